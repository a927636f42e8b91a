/* SPDX-License-Identifier: MIT
 * Turns Unix seconds and RFC 3339 text into nanoseconds since 1970 and back, in integers only. The calendar
 * is the proleptic Gregorian one and every day has 86400 s, as POSIX counts; what a time means to a series is
 * left to others. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"

#define NS_PER_S     INT64_C(1000000000)
#define S_PER_DAY    INT64_C(86400)
#define DECIMALS_MAX 9
#define SECONDS_MIN                                                                                          \
    INT64_C(-9223372036) /* whole seconds, rounded down, that 64-bit nanoseconds hold with any fraction */
#define SECONDS_MAX   INT64_C(9223372035)
#define UNIX_LIMIT    UINT64_C(100000000000) /* 1e11 s is the year 5138; 1e11 ms is 1973 */
#define TEXT_MAX      64
#define DATE_LENGTH   10 /* 2026-01-01 */
#define TIME_LENGTH   19 /* 2026-01-01T00:00:00 */
#define OFFSET_LENGTH 6  /* +00:00 */
#define LEAP_SECOND   60
#define DAYS_PER_ERA  146097 /* 400 years */
#define DAYS_TO_1970                                                                                         \
    (719468 + DAYS_PER_ERA) /* from 1 March of the year -400, so that year 0 is positive too */

struct civil {
    unsigned year, month, day, hour, minute, second;
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Days since 1970-01-01; years begin in March so that the leap day comes last.
 * Source: Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.
 */
static int64_t days_from_civil(const struct civil *c)
{
    const unsigned year = c->year + 400 - (c->month <= 2);
    const unsigned era = year / 400, year_of_era = year % 400;
    const unsigned month = c->month > 2 ? c->month - 3 : c->month + 9;
    const unsigned day_of_year = (153 * month + 2) / 5 + c->day - 1;
    const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static void civil_from_days(int64_t days_since_1970, struct civil *c)
{
    const unsigned days = (unsigned)(days_since_1970 + DAYS_TO_1970);
    const unsigned era = days / DAYS_PER_ERA, day_of_era = days % DAYS_PER_ERA;
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month = (5 * day_of_year + 2) / 153;
    c->day = day_of_year - (153 * month + 2) / 5 + 1;
    c->month = month < 10 ? month + 3 : month - 9;
    c->year = year_of_era + era * 400 + (c->month <= 2) - 400;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const unsigned char days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month] + (month == 2 && leap);
}

/* Exactly `count` digits at p. Returns whether they are there. */
static bool fixed_digits(const char *p, unsigned count, unsigned *ret_value)
{
    unsigned v = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!is_digit(p[i]))
            return false;
        v = v * 10 + (unsigned)(p[i] - '0');
    }
    *ret_value = v;
    return true;
}

/* Eight digits at once: neighbours are joined to pairs, pairs to fours, fours to eight.
 * Source: Lemire 2022, "Parsing eight digits", after Langdale's and Mula's multiplications. Returns whether
 * all were digits. */
static inline bool eight_digits(const char *p, uint32_t *ret_value)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    const uint64_t high_nibbles = UINT64_C(0xf0f0f0f0f0f0f0f0);
    if (((v & high_nibbles) | (((v + UINT64_C(0x0606060606060606)) & high_nibbles) >> 4)) !=
        UINT64_C(0x3333333333333333))
        return false;
    v = (v & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
    v = (v & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
    *ret_value = (uint32_t)((v & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32);
    return true;
}

/* One to nine decimals from p[i] on, as nanoseconds. Returns the index after the last digit, or 0 when there
 * are none or too many. */
static size_t parse_fraction(const char *p, size_t n, size_t i, uint32_t *ret_ns)
{
    static const uint32_t scale[DECIMALS_MAX + 1] = {
        1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    const size_t begin = i;
    uint32_t v = 0;
    if (n - i >= 8 && eight_digits(p + i, &v))
        i += 8;
    for (; i < n && is_digit(p[i]); i++) {
        if (i - begin == DECIMALS_MAX)
            return 0;
        v = v * 10 + (uint32_t)(p[i] - '0');
    }
    *ret_ns = v * scale[i - begin];
    return i > begin ? i : 0;
}

static int parse_unix(const char *p, size_t n, int64_t *ret_ns)
{
    const bool negative = p[0] == '-';
    const size_t begin = p[0] == '-' || p[0] == '+';
    size_t i = begin;
    uint64_t seconds = 0;
    uint32_t fraction_ns = 0, eight;
    if (n - i >= 8 && eight_digits(p + i, &eight)) {
        seconds = eight;
        i += 8;
    }
    for (; i < n && is_digit(p[i]); i++) {
        if (seconds < UNIX_LIMIT)
            seconds = seconds * 10 + (uint64_t)(p[i] - '0');
    }
    if (i == begin)
        return -EINVAL;
    if (i < n && p[i] == '.')
        i = parse_fraction(p, n, i + 1, &fraction_ns);
    if (i != n)
        return -EINVAL;
    if (seconds >= UNIX_LIMIT)
        return -EDOM;
    if (seconds > (uint64_t)SECONDS_MAX)
        return -ERANGE;
    const int64_t magnitude_ns = (int64_t)seconds * NS_PER_S + fraction_ns;
    *ret_ns = negative ? -magnitude_ns : magnitude_ns;
    return 0;
}

static bool parse_date(const char *p, struct civil *c)
{
    return fixed_digits(p, 4, &c->year) && p[4] == '-' && fixed_digits(p + 5, 2, &c->month) && p[7] == '-' &&
           fixed_digits(p + 8, 2, &c->day) && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month);
}

static bool parse_time_of_day(const char *p, struct civil *c)
{
    return fixed_digits(p, 2, &c->hour) && p[2] == ':' && fixed_digits(p + 3, 2, &c->minute) && p[5] == ':' &&
           fixed_digits(p + 6, 2, &c->second) && c->hour <= 23 && c->minute <= 59 && c->second <= LEAP_SECOND;
}

/* "Z" or "+hh:mm" as the whole of p[0..n). Returns 0, -EDOM when nothing is there, -EINVAL. */
static int parse_zone(const char *p, size_t n, int64_t *ret_offset_s)
{
    unsigned hours, minutes;
    *ret_offset_s = 0;
    if (n == 0)
        return -EDOM;
    if (n == 1 && (p[0] == 'Z' || p[0] == 'z'))
        return 0;
    if (n != OFFSET_LENGTH || (p[0] != '+' && p[0] != '-') || !fixed_digits(p + 1, 2, &hours) ||
        p[3] != ':' || !fixed_digits(p + 4, 2, &minutes) || hours > 23 || minutes > 59)
        return -EINVAL;
    const int64_t magnitude_s = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    *ret_offset_s = p[0] == '-' ? -magnitude_s : magnitude_s;
    return 0;
}

/* Whether the second that ends at next_second_s may be a leap second: it is the last of a month. */
static bool ends_month(int64_t next_second_s)
{
    struct civil c;
    if (next_second_s % S_PER_DAY != 0 || next_second_s < SECONDS_MIN || next_second_s > SECONDS_MAX)
        return false;
    civil_from_days(next_second_s / S_PER_DAY, &c);
    return c.day == 1;
}

static int parse_rfc3339(const char *p, size_t n, int64_t *ret_ns)
{
    struct civil c;
    if (n < DATE_LENGTH || !parse_date(p, &c))
        return -EINVAL;
    if (n == DATE_LENGTH)
        return -EDOM;
    const char separator = p[DATE_LENGTH];
    if (n < TIME_LENGTH || (separator != 'T' && separator != 't' && separator != ' ') ||
        !parse_time_of_day(p + DATE_LENGTH + 1, &c))
        return -EINVAL;
    size_t i = TIME_LENGTH;
    uint32_t fraction_ns = 0;
    if (i < n && p[i] == '.') {
        i = parse_fraction(p, n, i + 1, &fraction_ns);
        if (i == 0)
            return -EINVAL;
    }
    int64_t offset_s;
    const int error = parse_zone(p + i, n - i, &offset_s);
    if (error != 0)
        return error;
    int64_t seconds = days_from_civil(&c) * S_PER_DAY + c.hour * 3600 + c.minute * 60 + c.second - offset_s;
    if (c.second == LEAP_SECOND) {
        if (!ends_month(seconds))
            return -EINVAL;
        seconds--;
        fraction_ns = (uint32_t)(NS_PER_S - 1);
    }
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
        return -ERANGE;
    *ret_ns = seconds * NS_PER_S + fraction_ns;
    return 0;
}

int timestamp_parse(const char *p, size_t n, int64_t *ret_ns)
{
    if (n == 0 || n > TEXT_MAX)
        return -EINVAL;
    if (n > 4 && p[4] == '-')
        return parse_rfc3339(p, n, ret_ns);
    return parse_unix(p, n, ret_ns);
}

static void split(int64_t t_ns, struct civil *c)
{
    const int64_t seconds = t_ns / NS_PER_S - (t_ns % NS_PER_S < 0);
    const int64_t days = seconds / S_PER_DAY - (seconds % S_PER_DAY < 0);
    const unsigned second_of_day = (unsigned)(seconds - days * S_PER_DAY);
    civil_from_days(days, c);
    c->hour = second_of_day / 3600;
    c->minute = second_of_day / 60 % 60;
    c->second = second_of_day % 60;
}

static char *put_two(char *out, unsigned v, char after)
{
    out[0] = (char)('0' + v / 10 % 10);
    out[1] = (char)('0' + v % 10);
    out[2] = after;
    return out + 3;
}

static char *put_clock(char *out, const struct civil *c, char after)
{
    out = put_two(out, c->hour, ':');
    out = put_two(out, c->minute, ':');
    return put_two(out, c->second, after);
}

/* Returns where the text goes on. */
static char *put_moment(char *out, int64_t t_ns, char between, char after)
{
    struct civil c;
    split(t_ns, &c);
    out = put_two(out, c.year / 100, '\0') - 1;
    out = put_two(out, c.year % 100, '-');
    out = put_two(out, c.month, '-');
    out = put_two(out, c.day, between);
    return put_clock(out, &c, after);
}

size_t timestamp_format(int64_t t_ns, char *out)
{
    char *p = put_moment(out, t_ns, 'T', 'Z');
    *p = '\0';
    return (size_t)(p - out);
}

size_t timestamp_format_plain(int64_t t_ns, char *out)
{
    const char *p = put_moment(out, t_ns, ' ', '\0') - 1;
    return (size_t)(p - out);
}

size_t timestamp_format_clock(int64_t t_ns, char *out)
{
    struct civil c;
    split(t_ns, &c);
    char *p = put_clock(out, &c, '\0') - 1;
    return (size_t)(p - out);
}
