/* SPDX-License-Identifier: MIT
 * Merges the configuration of a recording into what the user asked for: the recording's engine judges again
 * as it did, unless the command line names something else. What is judged (sources), shown (format, colour)
 * and held (the seal) is of today and stays as it is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/registry.h"

/* What changes no judgement: the user's, without a word. */
static bool is_free(const struct option_row *row)
{
    return strcmp(row->key, "engine.threads") == 0 || strcmp(row->key, "anomalies") == 0;
}

/* What bounds memory: a recording, which may be anybody's, does not raise it over what the user allows. */
static bool is_bound(const struct option_row *row)
{
    return strcmp(row->key, "engine.max_entities") == 0 || strcmp(row->key, "engine.max_series") == 0 ||
           strcmp(row->key, "memory_per_series") == 0;
}

static bool is_engine_row(const struct option_row *row)
{
    return row >= engine_option_rows && row < engine_option_rows + engine_option_count;
}

static bool is_named(const struct config *c, size_t number, bool file_named)
{
    enum config_source source = c->origins[number].source;
    return source == CONFIG_FROM_FLAG || (source == CONFIG_FROM_FILE && file_named);
}

/* Makes one option what was recorded, or notes that it stays another. */
static void take(
    struct config *c, size_t number, bool named, const struct config *recorded, struct text *kept)
{
    const struct option_row *row = config_option(number);
    size_t n;
    const size_t offset = config_field(number, &n);
    int64_t bound = 0, wanted = 0; /* both kinds of bounds, numbers and sizes, are far below 2^63 */

    if (memcmp((const char *)c + offset, (const char *)recorded + offset, n) == 0)
        return;
    memcpy(&bound, (const char *)c + offset, is_bound(row) ? n : 0);
    memcpy(&wanted, (const char *)recorded + offset, is_bound(row) ? n : 0);
    if (!named && !(is_bound(row) && wanted > bound)) {
        memcpy((char *)c + offset, (const char *)recorded + offset, n);
        return;
    }
    if (kept->length)
        text_add(kept, ", ");
    text_add(kept, row->key);
}

int config_take_recorded(struct config *c, bool file_named, const struct config_recorded *recorded,
    struct text *kept, void (*problem)(void *context, const struct error *e), void *context)
{
    struct config *then = malloc(sizeof(*then));

    if (!then)
        return -ENOMEM;
    config_init(then);
    int r = config_parse(then, recorded->bytes, recorded->n, recorded->name, problem, context);
    for (size_t i = 0, count = config_option_count(); i < count && r != -ENOMEM; i++)
        if (is_engine_row(config_option(i)) && !is_free(config_option(i)))
            take(c, i, is_named(c, i, file_named), then, kept);
    free(then);
    return r;
}
