/* SPDX-License-Identifier: MIT
 * The file systems of this host that can fill up: found in mountinfo, each once, known by where it is
 * mounted. */
#ifndef COHERENCE_INGESTION_FILESYSTEM_TABLE_H
#define COHERENCE_INGESTION_FILESYSTEM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/host/frame.h"

#define FILESYSTEM_SAMPLES   4   /* most that one adds to a round */
#define FILESYSTEM_MAX       64  /* heuristic: more local file systems than any host has that was seen */
#define FILESYSTEM_POINT_MAX 256 /* bytes of a mount point, NUL included; longer ones are passed over */

struct filesystem {
    char point[FILESYSTEM_POINT_MAX];            /* where it is mounted, absolute */
    uint32_t major, minor;                       /* of its device */
    bool is_whole;                               /* its root is mounted there, not a directory of it */
    bool shows_device;                           /* files on it have the device's number */
    bool visible;                                /* it can be asked there, as of the last look */
    uint32_t entity;                             /* ENTITY_NONE: not declared */
    struct frame_slot slots[FILESYSTEM_SAMPLES]; /* space, its limit, inodes, their limit */
};

struct filesystem_table {
    struct filesystem items[FILESYSTEM_MAX];
    uint32_t count;
    uint32_t excess; /* found and no room for */
};

/* Takes the file systems from n bytes of mountinfo: of the kinds that live on this host's disks or in its
 * memory (asking any other may hang), writable, each device once, where it is whole and has the shortest
 * path. Of several mounted on one place the last counts: it hides the others. An overlay counts at "/" only:
 * elsewhere it is a container's, and fills with what it lies on; a tmpfs only where programs put files. In
 * order of appearance. Bad lines are passed over. ret: entities and slots blank. */
void filesystem_table_parse(const char *p, size_t n, struct filesystem_table *ret);

/* The one with that place and device, or NULL. */
struct filesystem *filesystem_table_find(struct filesystem_table *t, const struct filesystem *f);

#endif
