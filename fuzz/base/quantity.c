/* SPDX-License-Identifier: MIT
 * Durations, sizes and rates: what is taken must be in range and survive being written and read again. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    char text[NUMBER_TEXT_MAX];
    int64_t ns, ns_back;
    uint64_t bytes, bytes_back;
    double per_day = -1;
    if (duration_parse(p, size, &ns) == 0) {
        const size_t n = duration_format(ns, text);
        assert(ns >= 0 && n == strlen(text) && duration_parse(text, n, &ns_back) == 0 && ns_back == ns);
    }
    if (size_parse(p, size, &bytes) == 0) {
        const size_t n = size_format(bytes, text);
        assert(n == strlen(text));
        if (n <= 20) /* 19 digits are read */
            assert(size_parse(text, n, &bytes_back) == 0 && bytes_back == bytes);
    }
    if (rate_parse(p, size, &per_day) == 0)
        assert(per_day >= 0 && isfinite(per_day));
    else
        assert(per_day == -1);
    return 0;
}
