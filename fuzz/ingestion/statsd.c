/* SPDX-License-Identifier: MIT
 * A datagram of StatsD, taken twice, with a flush after each. */
#include <stdint.h>

#include "ingestion/statsd/statsd_table.h"
#include "intake_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t now_ns;

static int64_t now(void *context)
{
    (void)context;
    return now_ns += INT64_C(1000000000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct statsd_rules rules = {.series = 20, .relative_gauges = size & 1};
    struct intake_sink s;

    sink_open(&s, NULL, 0);
    struct push_door door = {.in = s.in, .now_ns = now};
    struct statsd_table *t = statsd_table_new(&rules);
    now_ns = INT64_C(1000000000000);
    for (int round = 0; round < 2; round++) {
        statsd_table_take(t, &door, (const char *)data, size);
        assert(statsd_table_count(t) <= rules.series);
        assert(statsd_table_flush(t, &door) == 0);
    }
    statsd_table_free(t);
    sink_close(&s);
    return 0;
}
