/* SPDX-License-Identifier: MIT
 * Turns names into the counters last seen under them. It knows neither files nor metrics. */
#include "ingestion/host/device_table.h"

#include <string.h>

void device_table_begin(struct device_table *t)
{
    t->cursor = 0;
    for (uint32_t i = 0; i < t->count; i++)
        t->items[i].was_seen = false;
}

static struct device *find(struct device_table *t, const char *name)
{
    if (t->cursor < t->count && strcmp(t->items[t->cursor].name, name) == 0)
        return &t->items[t->cursor];
    for (uint32_t i = 0; i < t->count; i++)
        if (strcmp(t->items[i].name, name) == 0)
            return &t->items[i];
    return NULL;
}

struct device *device_table_get(struct device_table *t, const char *name, bool *ret_is_new)
{
    struct device *d = find(t, name);

    *ret_is_new = !d;
    if (!d) {
        if (t->count == DEVICE_MAX || strlen(name) >= DEVICE_NAME_MAX)
            return NULL;
        d = &t->items[t->count++];
        *d = (struct device){0};
        memcpy(d->name, name, strlen(name) + 1);
    }
    if (d->was_seen)
        return NULL;
    d->was_seen = true;
    t->cursor = (uint32_t)(d - t->items) + 1;
    return d;
}

void device_table_end(struct device_table *t)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->count; i++)
        if (t->items[i].was_seen) {
            if (kept != i)
                t->items[kept] = t->items[i];
            kept++;
        }
    t->count = kept;
}
