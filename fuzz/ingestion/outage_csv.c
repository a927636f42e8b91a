/* SPDX-License-Identifier: MIT
 * Lists of outages: whatever the bytes, what is kept is in order and terminated, and what is said fits the
 * rules. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/outages/outage_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void listen(void *context, const struct error *e)
{
    (void)context;
    assert(e->line >= 1 && e->column >= 1 && e->text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outage_csv_listener listener = {.fault = listen};
    struct outage *outages = NULL;
    size_t n = 0;
    struct error e = {0};
    int r = outage_csv_parse((const char *)data, size, "outages.csv", &listener, &outages, &n, &e);
    assert(r == 0 || r == -EBADMSG || r == -EFBIG || r == -ENOMEM);
    assert(r == 0 || e.text[0] != '\0');
    for (size_t i = 0; r == 0 && i < n; i++) {
        assert(outages[i].start_ns <= outages[i].end_ns);
        assert(outages[i].onset_ns == INT64_MIN || outages[i].onset_ns <= outages[i].start_ns);
        assert(memchr(outages[i].host, '\0', sizeof(outages[i].host)) != NULL);
        assert(memchr(outages[i].label, '\0', sizeof(outages[i].label)) != NULL);
    }
    free(outages);
    return 0;
}
