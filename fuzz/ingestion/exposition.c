/* SPDX-License-Identifier: MIT
 * Expositions through the decoder and an intake, twice, so that the second body meets what the first one
 * left. Byte 0 chooses the format; times go on. */
#include <stdint.h>

#include "ingestion/prometheus/exposition.h"
#include "intake_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give(
    struct intake *in, const char *body, size_t n, const struct exposition_options *o, int64_t t_ns)
{
    struct error e;

    intake_begin(in, t_ns);
    int r = exposition_read(body, n, o, in, &e);
    assert(r == 0 || e.code == r);
    if (r == 0)
        assert(intake_end(in, t_ns % 3 ? INTAKE_WHOLE : INTAKE_PART) == 0);
    else
        intake_cancel(in);
    assert(intake_tick(in, t_ns + 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct intake_label labels[] = {{"instance", "h:1", 8, 3}};
    const uint8_t mode = size > 0 ? data[0] : 0;
    const char *body = size > 0 ? (const char *)data + 1 : "";
    const size_t n = size > 0 ? size - 1 : 0;
    const struct exposition_options o = {
        .openmetrics = mode & 1, .buckets = mode & 2, .max_samples = mode & 4 ? 3 : 1000};
    struct intake_sink s;

    sink_open(&s, labels, 1);
    give(s.in, body, n, &o, 1000000001);
    give(s.in, body, n, &o, 2000000002);
    give(s.in, body + n / 2, n - n / 2, &o, 3000000003);
    for (int64_t t = 4; t < 2000; t += 300)
        assert(intake_tick(s.in, t * 1000000000) == 0);
    sink_close(&s);
    return 0;
}
