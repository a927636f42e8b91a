/* SPDX-License-Identifier: MIT
 * Keeps the keys, list items and entries of one YAML text in the order in which they came, and finds them by
 * path through a fixed hash table. How a text becomes paths is base/yaml.c. */
#include "base/yaml_store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SLOTS     (2 * YAML_NODES_MAX) /* a power of two, at most half full: probes stay short */
#define FREE_SLOT UINT16_MAX           /* no node has this index: YAML_NODES_MAX is less */
#define FIRST     64U                  /* elements allocated first; then doubled */

struct yaml_text {
    char *name;
    struct yaml_node *nodes;
    size_t node_count, node_capacity;
    struct yaml_entry *entries;
    size_t entry_count, entry_capacity;
    uint16_t slots[SLOTS]; /* open addressing by hash of the path: index of a node */
};

struct yaml_text *yaml_store_new(const char *name)
{
    struct yaml_text *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    memset(t->slots, 0xFF, sizeof(t->slots)); /* FREE_SLOT */
    t->name = strdup(name);
    if (!t->name) {
        free(t);
        return NULL;
    }
    return t;
}

void yaml_close(struct yaml_text *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->entry_count; i++)
        free((char *)t->entries[i].value);
    for (size_t i = 0; i < t->node_count; i++)
        free(t->nodes[i].path);
    free(t->entries);
    free(t->nodes);
    free(t->name);
    free(t);
}

/* The slot that holds path, or the free one where it belongs. */
static size_t slot_of(const struct yaml_text *t, const char *path)
{
    size_t at = hash_sip24(0, 0, path, strlen(path)) & (SLOTS - 1);

    while (t->slots[at] != FREE_SLOT && strcmp(t->nodes[t->slots[at]].path, path) != 0)
        at = (at + 1) & (SLOTS - 1);
    return at;
}

const struct yaml_node *yaml_store_node(const struct yaml_text *t, const char *path)
{
    const uint16_t index = t->slots[slot_of(t, path)];

    return index == FREE_SLOT ? NULL : &t->nodes[index];
}

/* An array with room for one more element, or NULL (the old one is then still there). */
static void *grown(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    const size_t wanted = *capacity ? *capacity * 2 : FIRST;
    void *larger = realloc(array, wanted * size);
    if (larger)
        *capacity = wanted;
    return larger;
}

int yaml_store_add_node(struct yaml_text *t, const char *path, uint32_t line, uint32_t column)
{
    if (t->node_count >= YAML_NODES_MAX)
        return -ENOSPC;
    struct yaml_node *nodes = grown(t->nodes, t->node_count, &t->node_capacity, sizeof(*nodes));
    if (!nodes)
        return -ENOMEM;
    t->nodes = nodes;
    char *copy = strdup(path);
    if (!copy)
        return -ENOMEM;
    t->slots[slot_of(t, path)] = (uint16_t)t->node_count;
    nodes[t->node_count] =
        (struct yaml_node){.path = copy, .line = line, .column = column, .entry = YAML_NO_ENTRY};
    return (int)t->node_count++;
}

int yaml_store_add_entry(struct yaml_text *t, const char *path, const struct yaml_entry *like)
{
    struct yaml_node *node = &t->nodes[t->slots[slot_of(t, path)]];

    if (t->entry_count >= YAML_ENTRIES_MAX)
        return -ENOSPC;
    struct yaml_entry *entries = grown(t->entries, t->entry_count, &t->entry_capacity, sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    t->entries = entries;
    char *value = malloc(like->value_n + 1);
    if (!value)
        return -ENOMEM;
    memcpy(value, like->value, like->value_n);
    value[like->value_n] = '\0';

    struct yaml_entry *entry = &entries[t->entry_count];
    *entry = *like;
    entry->path = node->path;
    entry->value = value;
    entry->key_line = node->line;
    entry->key_column = node->column;
    node->entry = (uint32_t)t->entry_count++;
    return 0;
}

void yaml_store_drop_entry(struct yaml_text *t)
{
    if (t->entry_count == 0)
        return;
    struct yaml_entry *entry = &t->entries[--t->entry_count];
    t->nodes[t->slots[slot_of(t, entry->path)]].entry = YAML_NO_ENTRY;
    free((char *)entry->value);
}

const char *yaml_name(const struct yaml_text *t)
{
    return t->name;
}

size_t yaml_count(const struct yaml_text *t)
{
    return t->entry_count;
}

const struct yaml_entry *yaml_at(const struct yaml_text *t, size_t index)
{
    return index < t->entry_count ? &t->entries[index] : NULL;
}

const struct yaml_entry *yaml_find(const struct yaml_text *t, const char *path)
{
    const struct yaml_node *node = yaml_store_node(t, path);

    return node && node->entry != YAML_NO_ENTRY ? &t->entries[node->entry] : NULL;
}

int yaml_key_place(const struct yaml_text *t, const char *path, uint32_t *ret_line, uint32_t *ret_column)
{
    const struct yaml_node *node = yaml_store_node(t, path);

    if (!node)
        return -ENOENT;
    *ret_line = node->line;
    *ret_column = node->column;
    return 0;
}

size_t yaml_list_count(const struct yaml_text *t, const char *path)
{
    char item[YAML_PATH_MAX];
    size_t count = 0;

    for (;;) {
        const int n = snprintf(item, sizeof(item), "%s[%zu]", path, count);
        if (n < 0 || (size_t)n >= sizeof(item) || !yaml_store_node(t, item))
            return count;
        count++;
    }
}

const char *yaml_entry_key(const struct yaml_entry *entry)
{
    const char *dot = strrchr(entry->path, '.');

    return dot ? dot + 1 : entry->path;
}

int yaml_error(const struct yaml_text *t, const struct yaml_entry *entry, struct error *e, int code,
    const char *format, ...)
{
    char said[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(said, sizeof(said), format, arguments);
    va_end(arguments);
    return error_set_at(e, code, t->name, entry->line, entry->column, "%s", said);
}
