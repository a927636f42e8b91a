/* SPDX-License-Identifier: MIT
 * Turns mountinfo into the list of file systems that are worth asking. Asking them is host_filesystem.c's
 * part. */
#include "ingestion/host/filesystem_table.h"

#include <string.h>

#include "ingestion/host/mountinfo.h"
#include "ingestion/host/scan.h"

/* Kinds that answer from memory, whatever state a network or a program is in: statfs on a dead NFS or FUSE
 * mount never returns. */
struct kind {
    const char *name;
    bool shows_device;     /* btrfs gives each subvolume a number of its own */
    const char *places[6]; /* where it counts; none: everywhere */
};
static const struct kind kinds[] = {
    {"ext4", true, {NULL}},
    {"ext3", true, {NULL}},
    {"ext2", true, {NULL}},
    {"xfs", true, {NULL}},
    {"btrfs", false, {NULL}},
    {"zfs", true, {NULL}},
    {"f2fs", true, {NULL}},
    {"bcachefs", false, {NULL}},
    {"jfs", true, {NULL}},
    {"nilfs2", true, {NULL}},
    {"reiserfs", true, {NULL}},
    {"ubifs", true, {NULL}},
    {"vfat", true, {NULL}},
    {"exfat", true, {NULL}},
    {"ntfs3", true, {NULL}},
    /* Elsewhere it holds what the system keeps for itself: a node has one for each secret of each pod. */
    {"tmpfs", true, {"/", "/tmp", "/run", "/dev/shm", "/var/tmp"}},
    {"overlay", true, {"/"}},
};

static const struct kind *find_kind(const struct mount *m)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (scan_is(m->type.p, m->type.n, kinds[i].name))
            return &kinds[i];
    return NULL;
}

/* "259:1" */
static bool parse_device(const struct mount_span *s, struct filesystem *f)
{
    const char *p = s->p, *end = p + s->n;
    uint64_t major, minor;

    if (!scan_u64(&p, end, &major) || p == end || *p++ != ':' || !scan_u64(&p, end, &minor) || p != end ||
        major > UINT32_MAX || minor > UINT32_MAX)
        return false;
    f->major = (uint32_t)major;
    f->minor = (uint32_t)minor;
    return true;
}

/* Returns whether the mount is one that counts. */
static bool describe(const struct mount *m, struct filesystem *f)
{
    const struct kind *kind = find_kind(m);

    *f = (struct filesystem){.entity = ENTITY_NONE};
    if (!kind || mount_has_option(m, "ro") || !parse_device(&m->device, f) ||
        mount_span_text(&m->point, f->point, sizeof(f->point)) <= 0)
        return false;
    f->is_whole = scan_is(m->root.p, m->root.n, "/");
    f->shows_device = kind->shows_device;
    bool counts = !kind->places[0];
    for (const char *const *place = kind->places; *place; place++)
        counts |= strcmp(f->point, *place) == 0;
    return counts;
}

static bool is_better(const struct filesystem *f, const struct filesystem *than)
{
    if (f->is_whole != than->is_whole)
        return f->is_whole;
    return strlen(f->point) < strlen(than->point);
}

/* What is mounted over hides what was there. */
static void hide(struct filesystem_table *t, const struct mount *m)
{
    char point[FILESYSTEM_POINT_MAX];

    if (mount_span_text(&m->point, point, sizeof(point)) <= 0)
        return;
    for (uint32_t i = 0; i < t->count; i++)
        if (strcmp(t->items[i].point, point) == 0) {
            t->count--;
            memmove(&t->items[i], &t->items[i + 1], (t->count - i) * sizeof(t->items[0]));
            return;
        }
}

static void add(struct filesystem_table *t, const struct filesystem *f)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct filesystem *other = &t->items[i];
        if (other->major != f->major || other->minor != f->minor)
            continue;
        if (is_better(f, other))
            *other = *f;
        return;
    }
    if (t->count == FILESYSTEM_MAX)
        t->excess++;
    else
        t->items[t->count++] = *f;
}

void filesystem_table_parse(const char *p, size_t n, struct filesystem_table *ret)
{
    const char *end = p + n;
    struct filesystem f;
    struct mount m;
    int r;

    ret->count = ret->excess = 0;
    while ((r = mountinfo_next(&p, end, &m)) != 0) {
        if (r < 0)
            continue;
        hide(ret, &m);
        if (describe(&m, &f))
            add(ret, &f);
    }
}

struct filesystem *filesystem_table_find(struct filesystem_table *t, const struct filesystem *f)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct filesystem *other = &t->items[i];
        if (other->major == f->major && other->minor == f->minor && strcmp(other->point, f->point) == 0)
            return other;
    }
    return NULL;
}
