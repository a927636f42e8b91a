/* SPDX-License-Identifier: MIT
 * What the configuration knows by name: the rooms' option groups, the keys that are fixed but not built yet,
 * the environment variables that are not ours to judge. Used inside this room. */
#ifndef COHERENCE_CONFIG_REGISTRY_H
#define COHERENCE_CONFIG_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"
#include "config/config.h"

#define CONFIG_GROUPS 18

/* The option rows of one room, and the member of struct config that they fill. */
struct config_group {
    const char *title; /* for help, lower case */
    const struct option_row *rows;
    const size_t *count;
    size_t offset;
};

extern const struct config_group config_groups[CONFIG_GROUPS];

/* The row of option `number`, its group in *ret_group. */
const struct option_row *config_row(const struct config *c, size_t number, struct option_group *ret_group);

/* Where the value of the option of that number lies in a struct config, and its size; not of a list of
 * mappings. */
size_t config_field(size_t number, size_t *ret_size);

/* The number of the option with that key, or -1. */
long config_number(const char *key, size_t key_n);

/* The number of the option that switches a group on ("sources.otlp.enabled" of "sources.otlp"), or -1. An
 * empty mapping says that it is on. */
long config_switch(const char *group, size_t group_n);

/* Is some option's key below that prefix ("sources" of "sources.host.interval")? */
bool config_is_group(const char *prefix, size_t prefix_n);

/* Is the variable (whole name) one that others set and that is passed over? */
bool config_variable_ignored(const char *name, size_t name_n);

#endif
