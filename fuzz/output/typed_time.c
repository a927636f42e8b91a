/* SPDX-License-Identifier: MIT
 * Times as they are typed at the screen: what is taken is not still to come, and typed in full it is the same
 * second. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/number.h"
#include "output/tui/visit.h"

/* 2026-11-22 03:10:22 UTC */
#define NOW_NS INT64_C(1795317022000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char full[TIMESTAMP_TEXT_MAX];
    int64_t t_ns = INT64_MIN, again_ns;

    if (visit_parse_time((const char *)data, size, NOW_NS, &t_ns) != 0) {
        assert(t_ns == INT64_MIN);
        return 0;
    }
    assert(t_ns > 0 && t_ns <= NOW_NS);
    const size_t n = timestamp_format_plain(t_ns, full);
    assert(visit_parse_time(full, n, NOW_NS, &again_ns) == 0);
    assert(again_ns <= t_ns && t_ns - again_ns < 1000000000);
    return 0;
}
