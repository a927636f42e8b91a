/* SPDX-License-Identifier: MIT
 * Merges a configuration that was read anew into the one that holds: what can change in a running sentinel
 * changes, the rest is named and stays. */
#include <errno.h>
#include <string.h>

#include "config/config.h"
#include "config/registry.h"

/* What a running sentinel takes over, besides the engine's options. */
static const char *const live[] = {"history.keep", "history.size", "recorder.keep", "recorder.size",
    "http.token_file", "http.allowed_hosts", "http.tls_cert", "http.tls_key", "outputs.haproxy_agent.floor",
    NULL};

/* What an engine keeps for its life (engine_set_options). */
static const char *const lifelong[] = {"profile", "engine.threads", "memory_per_series", NULL};

static bool is_in(const char *const *keys, const char *key)
{
    for (; *keys; keys++)
        if (strcmp(*keys, key) == 0)
            return true;
    return false;
}

static bool is_engine_row(const struct option_row *row)
{
    return row >= engine_option_rows && row < engine_option_rows + engine_option_count;
}

static bool is_live(const struct config *c, const struct config *fresh, const struct option_row *row)
{
    if (is_engine_row(row))
        return c->engine.profile != PROFILE_CLASSIC && !is_in(lifelong, row->key);
    /* Whether it speaks TLS at all is decided at the start. */
    if ((!c->http.tls_cert[0] || !fresh->http.tls_cert[0]) && strncmp(row->key, "http.tls_", 9) == 0)
        return false;
    return is_in(live, row->key);
}

/* The same items, wherever in the file they stand. */
static bool is_same_list(
    const struct option_group *a, const struct option_group *b, const struct option_row *row)
{
    const struct option_records *r = row->records;
    const size_t behind = r->place_offset + sizeof(struct option_place);
    const char *x = (const char *)a->target + row->offset, *y = (const char *)b->target + row->offset;
    const uint32_t count = option_item_count(a, row);

    if (option_item_count(b, row) != count)
        return false;
    for (uint32_t i = 0; i < count; i++, x += r->item_size, y += r->item_size)
        if (memcmp(x, y, r->place_offset) != 0 || memcmp(x + behind, y + behind, r->item_size - behind) != 0)
            return false;
    return true;
}

static bool is_same(const struct config *c, const struct config *fresh, size_t number)
{
    struct option_group a, b;
    const struct option_row *row = config_row(c, number, &a);
    size_t n;
    const size_t offset = config_field(number, &n);

    (void)config_row(fresh, number, &b);
    if (row->type == OPTION_RECORDS)
        return is_same_list(&a, &b, row);
    return memcmp((const char *)c + offset, (const char *)fresh + offset, n) == 0;
}

static void add_key(struct text *out, const char *key)
{
    text_add(out, out->length ? ", " : "");
    text_add(out, key);
}

void config_take_reloaded(struct config *c, const struct config *fresh, struct config_news *ret)
{
    ret->engine = false;
    text_clear(&ret->changed);
    text_clear(&ret->kept);
    memcpy(c->files, fresh->files, sizeof(c->files));
    c->file_count = fresh->file_count;
    for (size_t i = 0, count = config_option_count(); i < count; i++) {
        const struct option_row *row = config_option(i);
        size_t n;
        const size_t offset = config_field(i, &n);
        const bool same = is_same(c, fresh, i);
        if (!same && !is_live(c, fresh, row)) {
            add_key(&ret->kept, row->key);
            continue;
        }
        c->origins[i] = fresh->origins[i];
        if (same)
            continue;
        add_key(&ret->changed, row->key);
        ret->engine |= is_engine_row(row);
        memcpy((char *)c + offset, (const char *)fresh + offset, n);
    }
}
