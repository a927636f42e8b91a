/* SPDX-License-Identifier: MIT
 * OpenTelemetry's messages: what begins with '{' is JSON, and becomes a message that can be read; anything
 * else is read as a message, twice. */
#include <stdint.h>
#include <stdlib.h>

#include "ingestion/otlp/otlp_json.h"
#include "ingestion/otlp/otlp_metrics.h"
#include "intake_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns what was said to it. */
static int read_message(struct intake_sink *s, const void *bytes, size_t n)
{
    struct otlp_reader *r = otlp_reader_new();
    struct otlp_summary sum;
    int said = 0;

    for (int round = 0; round < 2; round++) {
        intake_begin(s->in, INT64_C(1000000000000));
        said = otlp_metrics_read(r, s->in, bytes, n, &sum);
        assert((said != 0) == (sum.wrong != NULL));
        if (said)
            intake_cancel(s->in);
        else
            assert(intake_end(s->in, INTAKE_PART) == 0);
    }
    otlp_reader_free(r);
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct intake_sink s;
    const char *wrong;
    char *bytes;
    size_t n;

    sink_open(&s, NULL, 0);
    if (size == 0 || data[0] != '{')
        (void)read_message(&s, data, size);
    else if (otlp_json_convert((const char *)data, size, &bytes, &n, &wrong) == 0) {
        assert(read_message(&s, bytes, n) == 0);
        free(bytes);
    }
    sink_close(&s);
    return 0;
}
