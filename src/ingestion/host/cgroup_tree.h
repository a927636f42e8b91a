/* SPDX-License-Identifier: MIT
 * The cgroups of this host: found by walking the hierarchies now and then, known by path and inode, their
 * files kept open in between. */
#ifndef COHERENCE_INGESTION_CGROUP_TREE_H
#define COHERENCE_INGESTION_CGROUP_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/kfile.h"
#include "core/feed.h"
#include "ingestion/host/cgroup_file.h"
#include "ingestion/host/cgroup_layout.h"
#include "ingestion/host/frame.h"
#include "ingestion/host/fullness.h"

#define CGROUP_PRESSURES 3 /* of CPU, memory and I/O */

/* The cgroups next below another one, and what cgroup_usage knows of their CPU time together. */
struct cgroup_below {
    uint32_t first; /* position in items + 1; 0 = none */
    bool has_apart;
    uint64_t apart_ns; /* CPU time of the one above that is none of theirs, when all were read; mod 2^64 */
    int64_t whole_ns;  /* then */
};

/* The network namespace of its processes; network_table's. */
struct cgroup_network {
    uint64_t inode; /* of /proc/PID/net/snmp, which each namespace has one of; 0 = not known */
    uint32_t pid;   /* by which it is known */
    uint8_t looks;  /* how often someone has tried to know it, up to 2 */
};

/* One cgroup, whatever hierarchies it is in. */
struct cgroup {
    char *name; /* path below the top without leading '/'; "/" for the top itself. The tree's own */
    uint32_t entity;
    uint32_t seen;                      /* bit i: found in mounts[i] by the present scan */
    uint64_t inodes[CGROUP_ROLE_COUNT]; /* of its directory in mounts[i]; 0 = none */
    struct kfile usage;                 /* cpuacct.usage or cpu.stat */
    struct kfile throttled;             /* v1: cpu.stat of the cpu hierarchy, while there is a quota */
    struct kfile memory, memory_stat;
    struct counter usage_ns;
    uint64_t used_ns;    /* CPU time, as of the last round; see cgroup_usage.h */
    bool has_used;       /* it is known */
    int64_t worked_ns;   /* monotonic; when it was last seen to have moved */
    bool is_read;        /* this round has tried to */
    uint8_t rest_rounds; /* readings in which it has stood still; stops counting where that is long enough */
    struct cgroup_below below;
    uint32_t next_beside; /* like below.first: the next one below the same */
    double throttled_s;   /* v2: as of the last reading of usage; NaN = unknown */
    double limit_cpus;    /* NaN = none */
    uint64_t limit_bytes; /* CGROUP_NO_LIMIT = none */
    uint64_t limit_tasks; /* CGROUP_NO_LIMIT = none */
    struct fullness full; /* of its own limit */
    struct cgroup_network network;
    struct frame_slot utilization_slot, throttled_slot, memory_slot, memory_limit_slot, refaults_slot,
        tasks_slot, tasks_limit_slot, pressure_slots[CGROUP_PRESSURES];
};

struct cgroup_tree {
    struct cgroup_layout layout;
    int mount_fds[CGROUP_ROLE_COUNT];        /* directories, O_PATH; -1 = cannot be opened */
    bool mount_is_nested[CGROUP_ROLE_COUNT]; /* its top is a container's cgroup, not the host's */
    struct kfile host_usage;                 /* CPU time of the whole host; not open where there is none */
    struct catalog *catalog;                 /* borrowed */
    uint32_t host;                           /* entity */
    struct cgroup *items;                    /* parents before children */
    uint32_t count, max;
    uint32_t first_top; /* like cgroup_below.first: of those that have none above them */
    int64_t usage_ns;   /* monotonic; up to when it is known what each has used */
    bool oom_killed;    /* the kernel has killed for want of memory since the last scan (set by who scans) */
    const struct feed *feed; /* of the present scan: who is told what is gone; NULL: nobody */
    int64_t t_ns;            /* of the present scan */
    int fault;               /* what the feed answered */
    uint32_t *index;         /* open addressing by hash of the name: position in items + 1, 0 = free */
    uint32_t index_size;
    uint64_t excess;  /* cgroups that the last scan found and had no room for */
    uint64_t refused; /* files and directories that the last scan could not open for want of descriptors */
    uint32_t starved; /* bit i: some directory of mounts[i] among them */
};

/* Opens the hierarchies of `layout` below the directory root_fd, and the file of the host's own usage. Finds
 * no cgroup yet. max: cgroups, 0 = none. Returns 0 or -ENOMEM; a hierarchy that cannot be opened is left out.
 */
int cgroup_tree_init(struct cgroup_tree *t, const struct cgroup_layout *layout, int root_fd, uint32_t max);
void cgroup_tree_done(struct cgroup_tree *t);

/* Is the file of that role in v2's format? */
bool cgroup_tree_is_v2(const struct cgroup_tree *t, enum cgroup_role role);

/* Walks the hierarchies breadth first (so that with too many cgroups the upper ones are in), adds what is
 * new, drops what is gone, takes what was made anew under an old name for another cgroup, and reads the
 * limits. feed: is told, as of t_ns, what is gone; NULL: nobody is. buffer: scratch. Allocates nothing but
 * names. Returns 0 or what the feed answered. Cost: about 10 us a cgroup. */
int cgroup_tree_scan(
    struct cgroup_tree *t, struct kfile_buffer *buffer, const struct feed *feed, int64_t t_ns);

/* The length of the path without its last name; 0: there is nothing above it. */
size_t cgroup_path_above(const char *path, size_t n);

/* The cgroup of that path (below the top, without leading '/', or "/" for the top itself), or NULL; valid
 * until the next scan. */
struct cgroup *cgroup_tree_find(const struct cgroup_tree *t, const char *path, size_t n);

/* Opens, reads and closes a small file of c in mounts[mount], for which no descriptor is kept: one piece.
 * Returns its length or < 0. */
long cgroup_tree_read_once(const struct cgroup_tree *t, const struct cgroup *c, uint32_t mount,
    const char *file, struct kfile_buffer *buffer);

/* The entity of the cgroup of that path (below the top, without leading '/'; n = 0: the top itself) or, where
 * it is not known, of the nearest one above it; the host's when there is none. */
uint32_t cgroup_tree_entity(const struct cgroup_tree *t, const char *path, size_t n);

/* The same of a path of which only the end is known: before it stand `above` names (>= 1). Where several such
 * cgroups are known, or none, or n = 0: the host's. Cost: a comparison for each that is known. */
uint32_t cgroup_tree_entity_by_end(const struct cgroup_tree *t, uint32_t above, const char *path, size_t n);

/* The cgroup of that entity, or NULL; valid until the next scan. *at: where it was found last, any number at
 * first; it is looked for there before anywhere else. */
static inline struct cgroup *cgroup_tree_of(const struct cgroup_tree *t, uint32_t entity, uint32_t *at)
{
    if (*at < t->count && t->items[*at].entity == entity)
        return &t->items[*at];
    for (*at = 0; *at < t->count; ++*at)
        if (t->items[*at].entity == entity)
            return &t->items[*at];
    return NULL;
}

/* The memory limit of the cgroup of that entity, or of the nearest one above it, whose memory was as good as
 * used up in the last seconds; CGROUP_NO_LIMIT: there is none. */
uint64_t cgroup_tree_limit_reached(const struct cgroup_tree *t, uint32_t entity, int64_t mono_ns);

/* A file of c in that role could not be read: ENODEV and the like say that the cgroup is gone. Closes the
 * role's files and forgets its counters; the next scan settles the rest. */
void cgroup_tree_lost(struct cgroup_tree *t, struct cgroup *c, enum cgroup_role role);

#endif
