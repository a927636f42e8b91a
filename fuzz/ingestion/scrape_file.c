/* SPDX-License-Identifier: MIT
 * Files of targets, as YAML and as JSON; what comes of them is a target whose labels lie in it. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "ingestion/prometheus/scrape_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *context, const struct scrape_target *t, struct error *e)
{
    int *left = context;

    (void)e;
    assert(t->label_count >= 1 && t->label_count <= SCRAPE_LABELS_MAX && t->url.port > 0);
    for (size_t i = 0; i < t->label_count; i++)
        assert(t->labels[i].name >= t->text && t->labels[i].value_n > 0 &&
               t->labels[i].value + t->labels[i].value_n <= t->text + sizeof(t->text));
    return --*left > 0 ? 0 : -ENOSPC;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"targets.yaml", "targets.json"};

    for (int i = 0; i < 2; i++) {
        struct error e = {.code = 0};
        int left = 100;
        int r = scrape_file_read(names[i], (const char *)data, size, take, &left, &e);
        assert(r <= 0);
    }
    return 0;
}
