/* SPDX-License-Identifier: MIT
 * Turns amounts with units, as people write them in a configuration, into nanoseconds, bytes and events per
 * day, and the first two back. Exact or refused: nothing is rounded behind the writer's back. Bounds and
 * meaning belong to the option rows. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"

__extension__ typedef unsigned __int128 uint128;

#define TEXT_MAX   64
#define DIGITS_MAX 19 /* that always fit 64 bits */
#define NS_PER_DAY 86400e9

struct unit {
    const char *name;
    uint64_t size; /* in the stored unit */
};

/* Largest first: the order in which a writer tries them. */
static const struct unit duration_units[] = {
    {"w", UINT64_C(604800000000000)},
    {"d", UINT64_C(86400000000000)},
    {"h", UINT64_C(3600000000000)},
    {"m", UINT64_C(60000000000)},
    {"s", UINT64_C(1000000000)},
    {"ms", UINT64_C(1000000)},
    {"us", UINT64_C(1000)},
    {"ns", UINT64_C(1)},
    {NULL, 0},
};

/* Source: IEC 80000-13 (KiB), SI (kB; people write KB). */
static const struct unit size_units[] = {
    {"TiB", UINT64_C(1) << 40},
    {"TB", UINT64_C(1000000000000)},
    {"GiB", UINT64_C(1) << 30},
    {"GB", UINT64_C(1000000000)},
    {"MiB", UINT64_C(1) << 20},
    {"MB", UINT64_C(1000000)},
    {"KiB", UINT64_C(1) << 10},
    {"kB", UINT64_C(1000)},
    {"KB", UINT64_C(1000)},
    {"B", UINT64_C(1)},
    {NULL, 0},
};

/* digits / 10^decimals, as written. */
struct amount {
    uint64_t digits;
    unsigned decimals;
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Returns the index after the amount, 0 when there is none or it has too many digits. */
static size_t parse_amount(const char *p, size_t n, struct amount *a)
{
    size_t i = 0, digits = 0;
    bool point = false;
    *a = (struct amount){0};
    for (; i < n; i++) {
        if (p[i] == '.' && !point && digits > 0) {
            point = true;
            continue;
        }
        if (!is_digit(p[i]))
            break;
        if (++digits > DIGITS_MAX)
            return 0;
        a->digits = a->digits * 10 + (uint64_t)(p[i] - '0');
        a->decimals += point;
    }
    return i > 0 && p[i - 1] == '.' ? 0 : i;
}

static const struct unit *find_unit(const struct unit *units, const char *p, size_t n)
{
    for (; units->name != NULL; units++) {
        if (strlen(units->name) == n && memcmp(units->name, p, n) == 0)
            return units;
    }
    return NULL;
}

static int parse_quantity(
    const struct unit *units, const char *p, size_t n, uint64_t limit, uint64_t *ret_value)
{
    struct amount a;
    if (n == 0 || n > TEXT_MAX)
        return -EINVAL;
    const size_t i = parse_amount(p, n, &a);
    if (i == 0)
        return -EINVAL;
    if (i == n) {
        if (a.digits != 0)
            return -EDOM;
        *ret_value = 0;
        return 0;
    }
    const struct unit *unit = find_unit(units, p + i, n - i);
    if (unit == NULL)
        return -EINVAL;
    uint128 v = (uint128)a.digits * unit->size;
    for (; a.decimals > 0; a.decimals--) {
        if (v % 10 != 0)
            return -EINVAL;
        v /= 10;
    }
    if (v > limit)
        return -ERANGE;
    *ret_value = (uint64_t)v;
    return 0;
}

int duration_parse(const char *p, size_t n, int64_t *ret_ns)
{
    uint64_t v;
    const int error = parse_quantity(duration_units, p, n, INT64_MAX, &v);
    if (error == 0)
        *ret_ns = (int64_t)v;
    return error;
}

int size_parse(const char *p, size_t n, uint64_t *ret_bytes)
{
    return parse_quantity(size_units, p, n, UINT64_MAX, ret_bytes);
}

/* A duration, or a unit alone: "d" is "1d". */
static int parse_per(const char *p, size_t n, int64_t *ret_ns)
{
    char one[4] = "1";

    if (n == 0 || n > 2 || p[0] < 'a' || p[0] > 'z')
        return duration_parse(p, n, ret_ns);
    memcpy(one + 1, p, n);
    return duration_parse(one, n + 1, ret_ns);
}

int rate_parse(const char *p, size_t n, double *ret_per_day)
{
    const char *slash = n > 0 ? memchr(p, '/', n) : NULL;
    const size_t count_n = slash != NULL ? (size_t)(slash - p) : n;
    double count;
    int error = number_parse(p, count_n, &count);
    if (error != 0)
        return error;
    if (signbit(count))
        return -EINVAL;
    if (slash == NULL) {
        if (count != 0)
            return -EDOM;
        *ret_per_day = 0;
        return 0;
    }
    int64_t ns;
    error = parse_per(slash + 1, n - count_n - 1, &ns);
    if (error != 0)
        return error;
    if (ns == 0)
        return -EINVAL;
    const double per_day = count * NS_PER_DAY / (double)ns;
    if (isinf(per_day))
        return -ERANGE;
    *ret_per_day = per_day;
    return 0;
}

static size_t format_quantity(const struct unit *units, uint64_t v, bool negative, char *out)
{
    while (v % units->size != 0)
        units++;
    char digits[20];
    char *begin = digits + sizeof digits;
    uint64_t rest = v / units->size;
    do {
        *--begin = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    const size_t count = (size_t)(digits + sizeof digits - begin), name_n = strlen(units->name);
    out[0] = '-';
    memcpy(out + negative, begin, count);
    memcpy(out + negative + count, units->name, name_n + 1);
    return negative + count + name_n;
}

size_t duration_format(int64_t ns, char *out)
{
    if (ns == 0) {
        memcpy(out, "0s", 3);
        return 2;
    }
    return format_quantity(duration_units, ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, ns < 0, out);
}

size_t size_format(uint64_t bytes, char *out)
{
    if (bytes == 0) {
        memcpy(out, "0B", 3);
        return 2;
    }
    return format_quantity(size_units, bytes, false, out);
}
