/* SPDX-License-Identifier: MIT
 * Lists of mappings among the options: an array of structs of which each item has rows of its own. Which text
 * belongs to which item is the reader's matter (config/entries.c). */
#include <errno.h>
#include <string.h>

#include "base/option.h"

static uint32_t *used(const struct option_group *g, const struct option_row *row)
{
    return (uint32_t *)(void *)((char *)g->target + row->records->used_offset);
}

static struct option_group item_at(const struct option_group *g, const struct option_row *row, uint32_t index)
{
    const struct option_records *r = row->records;

    return (struct option_group){.rows = r->rows,
        .count = r->count,
        .target = (char *)g->target + row->offset + (size_t)index * r->item_size};
}

int option_item(const struct option_group *g, const struct option_row *row, uint32_t index,
    struct option_group *ret, struct error *e)
{
    const struct option_records *r = row->records;
    const uint32_t have = *used(g, row);

    if (index > have || index >= r->most)
        return error_set(e, -ERANGE, "%s: more than %u items", row->key, (unsigned)r->most);
    *ret = item_at(g, row, index);
    if (index == have) {
        memset(ret->target, 0, r->item_size);
        option_set_defaults(ret);
        *used(g, row) = have + 1;
    }
    return 0;
}

void option_items_clear(const struct option_group *g, const struct option_row *row)
{
    *used(g, row) = 0;
}

uint32_t option_item_count(const struct option_group *g, const struct option_row *row)
{
    return *used(g, row);
}

/* Is the value, as it would be written, that of a key that was not given? */
static bool is_default(const struct option_row *row, const char *written)
{
    return strcmp(written, row->fallback) == 0 || (row->fallback[0] == '\0' && strcmp(written, "\"\"") == 0);
}

void option_items_format(const struct option_group *g, const struct option_row *row, struct text *out)
{
    char written[6 * OPTION_TEXT_MAX + 3]; /* a JSON string at its longest */
    struct text t;

    text_add_char(out, '[');
    for (uint32_t i = 0; i < option_item_count(g, row); i++) {
        const struct option_group item = item_at(g, row, i);
        bool more = false;
        text_add(out, i ? ", {" : "{");
        for (size_t k = 0; k < item.count; k++) {
            text_init(&t, written, sizeof(written));
            option_format(&item, &item.rows[k], &t);
            if (is_default(&item.rows[k], written))
                continue;
            text_addf(out, "%s%s: ", more ? ", " : "", item.rows[k].key);
            text_add(out, written);
            more = true;
        }
        text_add_char(out, '}');
    }
    text_add_char(out, ']');
}
