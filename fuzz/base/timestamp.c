/* SPDX-License-Identifier: MIT
 * Times: what is taken must survive being written and read again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t untouched = INT64_MIN;
    int64_t t_ns = untouched, back = untouched;
    if (timestamp_parse((const char *)data, size, &t_ns) != 0) {
        assert(t_ns == untouched);
        return 0;
    }
    assert(t_ns != untouched);
    char buffer[TIMESTAMP_TEXT_MAX];
    struct text t;
    text_init(&t, buffer, sizeof buffer);
    text_add_time(&t, t_ns);
    assert(!t.truncated && timestamp_parse(buffer, t.length, &back) == 0 && back == t_ns);
    const size_t n = timestamp_format(t_ns, buffer);
    assert(n == strlen(buffer) && timestamp_parse(buffer, n, &back) == 0);
    assert(back <= t_ns && t_ns - back < 1000000000);
    char clock[TIMESTAMP_TEXT_MAX];
    assert(timestamp_format_clock(t_ns, clock) == 8 && memcmp(clock, buffer + 11, 8) == 0);
    return 0;
}
