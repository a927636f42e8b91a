/* SPDX-License-Identifier: MIT
 * Any bytes as a stored finding or incident: refused, or something that can be written as a line again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ingestion/replay/event_line.h"
#include "output/event_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[EVENT_JSON_MAX];
    const struct catalog_limits limits = {.entities = 16, .series = 16, .metrics = 16};
    struct catalog *c = catalog_new(&limits);
    struct words *w = words_new();
    const char *p = (const char *)data;
    struct finding f;
    struct incident n;
    struct text t;

    assert(c && w);
    text_init(&t, line, sizeof(line));
    if (event_line_finding(p, size, c, w, &f) == 0)
        event_json_write(&t, c, &(struct event){.type = EVENT_FINDING, .finding = &f});
    else if (event_line_incident(p, size, c, w, &n) == 0)
        event_json_write(&t, c, &(struct event){.type = EVENT_INCIDENT, .incident = &n});
    assert(!t.truncated);
    catalog_free(c);
    words_free(w);
    return 0;
}
