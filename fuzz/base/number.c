/* SPDX-License-Identifier: MIT
 * Numbers: what is taken must be what the C library reads, both ways of reading must agree, and what is
 * written must read back. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_double(const char *p, size_t n)
{
    double v = 0, inlined = 0;
    const int error = number_parse(p, n, &v);
    assert(number_parse_inline(p, n, &inlined) == error && memcmp(&v, &inlined, sizeof v) == 0);
    if (error == -EINVAL)
        return;
    char text[NUMBER_PARSE_MAX + 1], *end;
    memcpy(text, p, n);
    text[n] = '\0';
    const double judge = strtod(text, &end);
    assert(end == text + n);
    assert(error == 0 ? memcmp(&v, &judge, sizeof v) == 0 : error == -ERANGE && isinf(judge));
}

static void check_integers(const char *p, size_t n)
{
    uint64_t u;
    int64_t i;
    double v;
    const int u_error = number_parse_u64(p, n, &u), i_error = number_parse_i64(p, n, &i);
    if (u_error != -EINVAL)
        assert(number_parse(p, n, &v) == 0);
    if (i_error == 0 && i >= 0 && p[0] != '+' && p[0] != '-')
        assert(u_error == 0 && u == (uint64_t)i);
    if (u_error == 0)
        assert(v == (double)u);
}

static void check_format(double v)
{
    char text[NUMBER_TEXT_MAX], rounded[NUMBER_TEXT_MAX];
    double back = 1;
    const size_t n = number_format(v, text);
    assert(n < sizeof text && strlen(text) == n);
    assert(number_parse(text, n, &back) == 0 && back == v);
    for (int digits = 1; digits <= 9; digits++) {
        const size_t rounded_n = number_format_rounded(v, digits, rounded);
        assert(rounded_n < sizeof rounded && strlen(rounded) == rounded_n);
        const int error = number_parse(rounded, rounded_n, &back);
        assert(error == -ERANGE || (error == 0 && fabs(back - v) <= fabs(v)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    check_double(p, size);
    check_integers(p, size);
    double v;
    if (size == sizeof v) {
        memcpy(&v, data, sizeof v);
        if (isfinite(v))
            check_format(v);
    }
    return 0;
}
