/* SPDX-License-Identifier: MIT
 * What base/yaml.c fills and base/yaml.h shows: the keys and list items of a text, found by their path, and
 * the entries among them. Not for others. */
#ifndef COHERENCE_BASE_YAML_STORE_H
#define COHERENCE_BASE_YAML_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/yaml.h"

#define YAML_NODES_MAX 8192U /* keys and list items: entries, and what holds them */

/* A key or a list item. */
struct yaml_node {
    char *path;
    uint32_t line, column;
    uint32_t entry; /* index of its entry, or YAML_NO_ENTRY: it holds others */
};
#define YAML_NO_ENTRY UINT32_MAX

/* NULL: out of memory. name is copied. */
struct yaml_text *yaml_store_new(const char *name);

/* The node of that path, or NULL. Valid until the next yaml_store_add_node. */
const struct yaml_node *yaml_store_node(const struct yaml_text *t, const char *path);

/* Adds a node whose path is not there yet. Returns its index, -ENOSPC (YAML_NODES_MAX) or -ENOMEM. */
int yaml_store_add_node(struct yaml_text *t, const char *path, uint32_t line, uint32_t column);

/* Adds the entry of a node that has none; value is copied, path and the key's place are the node's. Returns
 * 0, -ENOSPC (YAML_ENTRIES_MAX) or -ENOMEM. */
int yaml_store_add_entry(struct yaml_text *t, const char *path, const struct yaml_entry *like);

/* Takes the last entry away again (its node stays): what a parser delivered just before it failed is half a
 * value. */
void yaml_store_drop_entry(struct yaml_text *t);

#endif
