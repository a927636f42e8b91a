/* SPDX-License-Identifier: MIT
 * What can be unstable: a host and everything on it that is watched for itself. */
#ifndef COHERENCE_CORE_ENTITY_H
#define COHERENCE_CORE_ENTITY_H

#include <stddef.h>
#include <stdint.h>

enum entity_kind {
    ENTITY_HOST,
    ENTITY_CPU,
    ENTITY_CGROUP,
    ENTITY_PROCESS,
    ENTITY_JVM,
    ENTITY_SERVICE,
    ENTITY_FILESYSTEM, /* named by where it is mounted */
    ENTITY_SERIES,     /* one metric that no law knows: watched for itself */
    ENTITY_KIND_COUNT
};

#define ENTITY_NONE UINT32_MAX

/* How an entity's life has ended. */
enum entity_end {
    ENTITY_LIVES,
    ENTITY_ENDED,         /* its source says that it is no more */
    ENTITY_OUT_OF_MEMORY, /* and that the kernel killed it, or in it, for want of memory */
    ENTITY_UNHEARD,       /* nothing has been heard of it for so long that it is no longer watched */
    ENTITY_END_COUNT
};

struct entity {
    enum entity_kind kind;
    uint32_t host;    /* id of the host's own entity */
    uint32_t parent;  /* entity id, ENTITY_NONE for a host */
    const char *name; /* outside bytes, NUL-terminated, owned by the catalog */
};

/* "host", "cpu", ... as in JSON. */
const char *entity_kind_name(enum entity_kind kind);

/* The kind of that name, or -1. */
int entity_kind_parse(const char *name, size_t n);

#endif
