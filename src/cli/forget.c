/* SPDX-License-Identifier: MIT
 * Turns the words of an operator into the entity that the engine forgets, and a slip into the entity that was
 * probably meant. */
#include "cli/forget.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define ENTITY_TEXT_MAX (CATALOG_NAME_MAX + 16) /* "cgroup:" and a name */

static void write_entity(struct text *t, const struct entity *e)
{
    text_add(t, entity_kind_name(e->kind));
    if (e->kind == ENTITY_HOST)
        return;
    text_add(t, ":");
    text_add_printable(t, e->name, strlen(e->name));
}

/* The host of that name, or the only one. Returns its id, ENTITY_NONE: there is none, or more than one
 * (*ret_count). */
static uint32_t find_host(const struct catalog *c, const char *name, uint32_t *ret_count)
{
    uint32_t found = ENTITY_NONE;

    *ret_count = 0;
    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE; i = catalog_entity_next(c, i)) {
        const struct entity *e = catalog_entity_get(c, i);
        if (e->kind != ENTITY_HOST || !catalog_entity_lives(c, i) || (*name && strcmp(e->name, name) != 0))
            continue;
        found = i;
        ++*ret_count;
    }
    return *ret_count == 1 ? found : ENTITY_NONE;
}

/* The entity of a host whose text form is nearest to that word: a slip or two apart, or it holds the word. */
static uint32_t find_similar(const struct catalog *c, uint32_t host, const char *word)
{
    uint32_t nearest = ENTITY_NONE, holder = ENTITY_NONE;
    const size_t n = strlen(word);
    const char *colon = strchr(word, ':'), *part = colon && colon[1] ? colon + 1 : word;
    unsigned best = UINT_MAX;

    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE; i = catalog_entity_next(c, i)) {
        const struct entity *e = catalog_entity_get(c, i);
        char bytes[ENTITY_TEXT_MAX];
        struct text t;
        if (e->host != host || !catalog_entity_lives(c, i))
            continue;
        text_init(&t, bytes, sizeof(bytes));
        write_entity(&t, e);
        const unsigned d = option_distance(t.data, t.length, word, n);
        if (d < best) {
            best = d;
            nearest = i;
        }
        if (holder == ENTITY_NONE && e->kind != ENTITY_HOST && strstr(e->name, part))
            holder = i;
    }
    return nearest != ENTITY_NONE && option_is_near(best, n) ? nearest : holder;
}

static int refuse_host(const char *host, uint32_t count, struct text *said)
{
    if (count > 1) {
        text_addf(said, "%u hosts are known; say which one with --host", count);
        return -EINVAL;
    }
    if (!*host) {
        text_add(said, "nothing has been learned yet");
        return -ENOENT;
    }
    text_add(said, "no host '");
    text_add_printable(said, host, strlen(host));
    text_add(said, "' is known");
    return -ENOENT;
}

static int refuse_entity(const struct catalog *c, uint32_t host, const char *entity, struct text *said)
{
    const uint32_t similar = find_similar(c, host, entity);
    const char *name = catalog_host_name(c, host);

    text_add(said, "no entity '");
    text_add_printable(said, entity, strlen(entity));
    text_add(said, "' is known on ");
    text_add_printable(said, name, strlen(name));
    if (similar != ENTITY_NONE) {
        text_add(said, "; did you mean '");
        write_entity(said, catalog_entity_get(c, similar));
        text_add(said, "'?");
    } else {
        text_add(said,
            "; entities are written as kind:name, such as cgroup:system.slice/nginx.service, and the "
            "host itself as host");
    }
    return -ENOENT;
}

int forget_by_name(struct engine *g, const char *host, const char *entity, struct text *said)
{
    const struct catalog *c = engine_catalog(g);
    uint32_t count;
    const uint32_t on = find_host(c, host, &count);

    if (on == ENTITY_NONE)
        return refuse_host(host, count, said);
    const char *name = catalog_host_name(c, on);
    const uint32_t id = catalog_find_text(c, name, strlen(name), entity, strlen(entity));
    if (id == ENTITY_NONE)
        return refuse_entity(c, on, entity, said);
    const int r = engine_forget(g, id);
    if (r == 0) {
        text_add(said, "forgotten: ");
        write_entity(said, catalog_entity_get(c, id));
        text_add(said, " on ");
        text_add_printable(said, name, strlen(name));
        text_add(said, "; its habits are learned anew from here on");
    } else {
        text_add(said, r == -ENOTSUP ? "the classic profile learns nothing that could be forgotten"
                                     : "not enough memory to forget it");
    }
    return r;
}
