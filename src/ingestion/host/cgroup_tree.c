/* SPDX-License-Identifier: MIT
 * Turns directories below the cgroup mounts into a bounded table of cgroups with open files. Reading those
 * files round by round is left to cgroup_sample; choosing the mounts to cgroup_layout. */
#include "ingestion/host/cgroup_tree.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

#define TOP_NAME      "/"
#define ENTRIES_BYTES 8192 /* directory entries taken from the kernel at a time */
/* Its own name, and its entry in the directory above: nothing is below it. kernfs counts so
 * (fs/kernfs/inode.c, kernfs_refresh_inode); a file system that does not count says 1. */
#define LEAF_LINKS 2

/* Any fixed key would do: the table is bounded, and its order shows nowhere. */
#define INDEX_KEY0 UINT64_C(0x636f686572656e63)
#define INDEX_KEY1 UINT64_C(0x6367726f75707321)

bool cgroup_tree_is_v2(const struct cgroup_tree *t, enum cgroup_role role)
{
    int m = t->layout.role_mount[role];

    return m != CGROUP_MOUNT_NONE && t->layout.mounts[m].is_v2;
}

static bool role_is_in(const struct cgroup_tree *t, enum cgroup_role role, uint32_t mount)
{
    return t->layout.role_mount[role] == (int)mount;
}

/* Only the top of a whole hierarchy has no type (v2) and has a release agent (v1). Sources: cgroup-v2.rst,
 * "cgroup.type ... exists on non-root cgroups"; cgroup-v1/cgroups.rst section 1.4, "present only in the
 * root". */
static bool is_nested(const struct cgroup_mount *m, int fd)
{
    struct stat st;

    if (!m->is_whole)
        return true;
    return m->is_v2 ? fstatat(fd, "cgroup.type", &st, 0) == 0 : fstatat(fd, "release_agent", &st, 0) != 0;
}

static void open_mounts(struct cgroup_tree *t, int root_fd)
{
    for (uint32_t i = 0; i < t->layout.mount_count; i++) {
        const char *point = t->layout.mounts[i].point;
        point += strspn(point, "/");
        t->mount_fds[i] = openat(root_fd, *point ? point : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (t->mount_fds[i] >= 0)
            t->mount_is_nested[i] = is_nested(&t->layout.mounts[i], t->mount_fds[i]);
    }
}

int cgroup_tree_init(struct cgroup_tree *t, const struct cgroup_layout *layout, int root_fd, uint32_t max)
{
    *t = (struct cgroup_tree){.layout = *layout, .max = max, .host_usage.fd = -1};
    for (int i = 0; i < CGROUP_ROLE_COUNT; i++)
        t->mount_fds[i] = -1;
    if (max > 0) {
        /* At most half full, so that probing ends soon. */
        for (t->index_size = 2; t->index_size < 2 * max;)
            t->index_size *= 2;
        t->items = calloc(max, sizeof(*t->items));
        t->index = calloc(t->index_size, sizeof(*t->index));
        if (!t->items || !t->index) {
            cgroup_tree_done(t);
            return -ENOMEM;
        }
    }
    open_mounts(t, root_fd);
    int m = t->layout.role_mount[CGROUP_USAGE];
    if (m != CGROUP_MOUNT_NONE && t->mount_fds[m] >= 0 && !t->mount_is_nested[m])
        (void)kfile_open(
            &t->host_usage, t->mount_fds[m], t->layout.mounts[m].is_v2 ? "cpu.stat" : "cpuacct.usage");
    return 0;
}

static void close_role(struct cgroup *c, enum cgroup_role role)
{
    switch (role) {
    case CGROUP_USAGE:
        kfile_close(&c->usage);
        c->usage_ns = (struct counter){0};
        c->has_used = false;
        c->throttled_s = (double)NAN;
        break;
    case CGROUP_QUOTA:
        kfile_close(&c->throttled);
        c->limit_cpus = (double)NAN;
        break;
    case CGROUP_MEMORY:
        kfile_close(&c->memory);
        kfile_close(&c->memory_stat);
        c->limit_bytes = CGROUP_NO_LIMIT;
        break;
    case CGROUP_TASKS:
        c->limit_tasks = CGROUP_NO_LIMIT;
        break;
    case CGROUP_ROLE_COUNT:
        break;
    }
}

void cgroup_tree_lost(struct cgroup_tree *t, struct cgroup *c, enum cgroup_role role)
{
    (void)t;
    close_role(c, role);
}

static void close_all(struct cgroup *c)
{
    for (int role = 0; role < CGROUP_ROLE_COUNT; role++)
        close_role(c, (enum cgroup_role)role);
}

void cgroup_tree_done(struct cgroup_tree *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        close_all(&t->items[i]);
        free(t->items[i].name);
    }
    for (int i = 0; i < CGROUP_ROLE_COUNT; i++)
        if (t->mount_fds[i] >= 0)
            close(t->mount_fds[i]);
    kfile_close(&t->host_usage);
    free(t->items);
    free(t->index);
    *t = (struct cgroup_tree){.mount_fds = {-1, -1, -1, -1}, .host_usage.fd = -1};
}

/* The place in the index where that name is, or where it would go. */
static uint32_t *index_place(const struct cgroup_tree *t, const char *name, size_t n)
{
    uint32_t mask = t->index_size - 1;
    uint32_t i = (uint32_t)hash_sip24(INDEX_KEY0, INDEX_KEY1, name, n) & mask;

    for (;; i = (i + 1) & mask) {
        uint32_t at = t->index[i];
        if (at == 0)
            return &t->index[i];
        const char *other = t->items[at - 1].name;
        if (strlen(other) == n && memcmp(other, name, n) == 0)
            return &t->index[i];
    }
}

size_t cgroup_path_above(const char *path, size_t n)
{
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 0 && path[n - 1] == '/')
        n--;
    return n;
}

struct cgroup *cgroup_tree_find(const struct cgroup_tree *t, const char *path, size_t n)
{
    uint32_t at = t->count > 0 && n > 0 ? *index_place(t, path, n) : 0;

    return at ? &t->items[at - 1] : NULL;
}

long cgroup_tree_read_once(const struct cgroup_tree *t, const struct cgroup *c, uint32_t mount,
    const char *file, struct kfile_buffer *buffer)
{
    char path[CATALOG_NAME_MAX + 32];
    size_t n;

    snprintf(path, sizeof(path), "%s/%s", strcmp(c->name, TOP_NAME) == 0 ? "." : c->name, file);
    int r = kfile_read_once(t->mount_fds[mount], path, buffer, &n);
    return r < 0 ? r : (long)n;
}

uint32_t cgroup_tree_entity(const struct cgroup_tree *t, const char *path, size_t n)
{
    if (t->count == 0)
        return t->host;
    for (;;) {
        uint32_t at = n > 0 ? *index_place(t, path, n) : *index_place(t, TOP_NAME, strlen(TOP_NAME));
        if (at != 0)
            return t->items[at - 1].entity;
        if (n == 0)
            return t->host;
        n = cgroup_path_above(path, n);
    }
}

/* The part of the name behind its first `above` components, or NULL. */
static const char *behind(const char *name, uint32_t above)
{
    while (above-- > 0) {
        const char *slash = strchr(name, '/');
        if (!slash)
            return NULL;
        name = slash + 1;
    }
    return name;
}

uint32_t cgroup_tree_entity_by_end(const struct cgroup_tree *t, uint32_t above, const char *path, size_t n)
{
    while (n > 0) {
        const struct cgroup *found = NULL;
        uint32_t count = 0;
        for (uint32_t i = 0; i < t->count; i++) {
            const char *end = behind(t->items[i].name, above);
            if (!end || strlen(end) != n || memcmp(end, path, n) != 0)
                continue;
            found = &t->items[i];
            count++;
        }
        if (count > 0)
            return count == 1 ? found->entity : t->host;
        n = cgroup_path_above(path, n);
    }
    return t->host;
}

static struct cgroup blank(char *name, uint32_t entity)
{
    return (struct cgroup){.name = name,
        .entity = entity,
        .usage.fd = -1,
        .throttled.fd = -1,
        .memory.fd = -1,
        .memory_stat.fd = -1,
        .throttled_s = (double)NAN,
        .limit_cpus = (double)NAN,
        .limit_bytes = CGROUP_NO_LIMIT,
        .limit_tasks = CGROUP_NO_LIMIT};
}

/* The nearest cgroup above that path that the table has, or NULL. */
static struct cgroup *find_above(const struct cgroup_tree *t, const char *name, size_t n)
{
    while (n > 0) {
        n = cgroup_path_above(name, n);
        uint32_t at = n > 0 ? *index_place(t, name, n) : 0;
        if (at)
            return &t->items[at - 1];
    }
    uint32_t top = strcmp(name, TOP_NAME) == 0 ? 0 : *index_place(t, TOP_NAME, strlen(TOP_NAME));
    return top ? &t->items[top - 1] : NULL;
}

uint64_t cgroup_tree_limit_reached(const struct cgroup_tree *t, uint32_t entity, int64_t mono_ns)
{
    uint32_t at = 0;
    const struct cgroup *c = cgroup_tree_of(t, entity, &at);

    while (c && !fullness_is_recent(&c->full, mono_ns))
        c = find_above(t, c->name, strlen(c->name));
    return c ? c->limit_bytes : CGROUP_NO_LIMIT;
}

/* Declares a cgroup. Returns its entity or < 0. */
static int64_t declare(struct cgroup_tree *t, const char *name, size_t n)
{
    const struct cgroup *above = find_above(t, name, n);

    return catalog_entity(t->catalog, t->host, ENTITY_CGROUP, name, n, above ? above->entity : t->host);
}

/* The cgroup of that name, made when new; NULL when there is no room. */
static struct cgroup *find_or_add(struct cgroup_tree *t, const char *name, size_t n)
{
    uint32_t *place = index_place(t, name, n);

    if (*place)
        return &t->items[*place - 1];
    char *own = t->count < t->max ? strndup(name, n) : NULL;
    int64_t entity = own ? declare(t, own, n) : -ENOSPC;
    if (entity < 0) {
        free(own);
        t->excess++;
        return NULL;
    }
    struct cgroup *c = &t->items[t->count++];
    *c = blank(own, (uint32_t)entity);
    *place = t->count;
    return c;
}

/* The life of an entity has ended; a catalog that knows it no more need not be told. */
static void say_gone(struct cgroup_tree *t, const struct cgroup *c)
{
    if (!t->feed || !t->feed->gone || t->fault || !catalog_entity_lives(t->catalog, c->entity))
        return;
    /* It used that much when it was last read, and went while the kernel killed: it was the one. */
    bool out_of_memory = t->oom_killed && c->full.is_full;
    t->fault = t->feed->gone(
        t->feed->context, t->t_ns, c->entity, out_of_memory ? ENTITY_OUT_OF_MEMORY : ENTITY_ENDED);
}

/* The same name, but another cgroup, or one that the catalog has let go: declared anew, with nothing known of
 * it. Returns false when there is no room. */
static bool begin_anew(struct cgroup_tree *t, struct cgroup *c)
{
    uint32_t seen = c->seen;
    int64_t entity = declare(t, c->name, strlen(c->name));

    close_all(c);
    *c = blank(c->name, entity < 0 ? ENTITY_NONE : (uint32_t)entity);
    c->seen = seen;
    if (entity < 0) {
        t->excess++;
        c->seen = 0; /* it is found again by the next scan */
    }
    return entity >= 0;
}

/* Notes that mounts[mount] has a cgroup `child` below `parent` (NULL: below the top that is the host). */
static void note_child(struct cgroup_tree *t, uint32_t mount, const struct cgroup *parent, const char *child)
{
    char name[CATALOG_NAME_MAX];
    bool below_top = !parent || strcmp(parent->name, TOP_NAME) == 0;
    size_t prefix_n = below_top ? 0 : strlen(parent->name) + 1, child_n = strlen(child);

    if (prefix_n + child_n > sizeof(name)) {
        t->excess++;
        return;
    }
    if (!below_top) {
        memcpy(name, parent->name, prefix_n - 1);
        name[prefix_n - 1] = '/';
    }
    memcpy(name + prefix_n, child, child_n);
    struct cgroup *c = find_or_add(t, name, prefix_n + child_n);
    if (c)
        c->seen |= 1u << mount;
}

/* getdents64 itself, because readdir would allocate in every scan. */
static void list_children(struct cgroup_tree *t, uint32_t mount, int dir_fd, const struct cgroup *parent)
{
    _Alignas(struct dirent64) char entries[ENTRIES_BYTES];
    struct stat st;
    ssize_t n;

    while ((n = getdents64(dir_fd, entries, sizeof(entries))) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *e = (const struct dirent64 *)(entries + at);
            at += e->d_reclen;
            if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
                continue;
            if (e->d_type == DT_DIR ||
                (e->d_type == DT_UNKNOWN && fstatat(dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISDIR(st.st_mode)))
                note_child(t, mount, parent, e->d_name);
        }
}

/* Opens f unless it is open. A file that is not there is normal: a controller that is not enabled. */
static void open_file(struct cgroup_tree *t, struct kfile *f, int dir_fd, const char *name)
{
    if (f->fd >= 0)
        return;
    int r = kfile_open(f, dir_fd, name);
    if (r == -EMFILE || r == -ENFILE)
        t->refused++;
}

/* Reads a file once. Returns its length, or < 0. */
static long read_once(int dir_fd, const char *name, struct kfile_buffer *buffer)
{
    struct kfile f = {.fd = -1};
    size_t n = 0;
    int r = kfile_open(&f, dir_fd, name);

    if (r == 0)
        r = kfile_read(&f, buffer, &n);
    kfile_close(&f);
    return r < 0 ? r : (long)n;
}

static uint64_t read_value(int dir_fd, const char *name, struct kfile_buffer *buffer)
{
    uint64_t v = CGROUP_NO_LIMIT;
    long n = read_once(dir_fd, name, buffer);

    if (n < 0 || cgroup_value_parse(buffer->data, (size_t)n, &v) < 0)
        return CGROUP_NO_LIMIT;
    return v;
}

static double read_limit_cpus(bool is_v2, int dir_fd, struct kfile_buffer *buffer)
{
    double cpus = (double)NAN;

    if (is_v2) {
        long n = read_once(dir_fd, "cpu.max", buffer);
        return n < 0 || cgroup_cpu_max_parse(buffer->data, (size_t)n, &cpus) < 0 ? (double)NAN : cpus;
    }
    uint64_t quota_us = read_value(dir_fd, "cpu.cfs_quota_us", buffer);
    if (quota_us == CGROUP_NO_LIMIT)
        return cpus;
    uint64_t period_us = read_value(dir_fd, "cpu.cfs_period_us", buffer);
    return period_us == CGROUP_NO_LIMIT || period_us == 0 ? cpus : (double)quota_us / (double)period_us;
}

/* Opens the files of c that live in mounts[mount], whose directory is dir_fd, and reads its limits. */
static void open_files(
    struct cgroup_tree *t, struct cgroup *c, uint32_t mount, int dir_fd, struct kfile_buffer *buffer)
{
    bool is_v2 = t->layout.mounts[mount].is_v2;

    if (role_is_in(t, CGROUP_USAGE, mount))
        open_file(t, &c->usage, dir_fd, is_v2 ? "cpu.stat" : "cpuacct.usage");
    if (role_is_in(t, CGROUP_QUOTA, mount)) {
        c->limit_cpus = read_limit_cpus(is_v2, dir_fd, buffer);
        /* v2 has throttling in the cpu.stat that is read for the usage; without a quota there is none. */
        if (isnan(c->limit_cpus))
            kfile_close(&c->throttled);
        else if (!is_v2 || !cgroup_tree_is_v2(t, CGROUP_USAGE))
            open_file(t, &c->throttled, dir_fd, "cpu.stat");
    }
    if (role_is_in(t, CGROUP_MEMORY, mount)) {
        open_file(t, &c->memory, dir_fd, is_v2 ? "memory.current" : "memory.usage_in_bytes");
        open_file(t, &c->memory_stat, dir_fd, "memory.stat");
        c->limit_bytes = read_value(dir_fd, is_v2 ? "memory.max" : "memory.limit_in_bytes", buffer);
    }
    if (role_is_in(t, CGROUP_TASKS, mount))
        c->limit_tasks = read_value(dir_fd, "pids.max", buffer);
}

static void forget_roles(struct cgroup_tree *t, struct cgroup *c, uint32_t mount)
{
    for (int role = 0; role < CGROUP_ROLE_COUNT; role++)
        if (role_is_in(t, (enum cgroup_role)role, mount))
            close_role(c, (enum cgroup_role)role);
    c->inodes[mount] = 0;
}

/* Without a free descriptor a directory cannot be listed: then nothing of this mount counts as gone. */
static void note_starved(struct cgroup_tree *t, uint32_t mount)
{
    t->refused++;
    t->starved |= 1u << mount;
}

/* Goes into one cgroup's directory; it may have vanished since it was listed. */
static void visit(struct cgroup_tree *t, struct cgroup *c, uint32_t mount, struct kfile_buffer *buffer)
{
    const char *path = strcmp(c->name, TOP_NAME) == 0 ? "." : c->name;
    int fd = openat(t->mount_fds[mount], path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        if (errno == EMFILE || errno == ENFILE)
            note_starved(t, mount);
        else
            c->seen &= ~(1u << mount);
        if (fd >= 0)
            close(fd);
        return;
    }
    if (c->inodes[mount] != 0 && c->inodes[mount] != st.st_ino) {
        say_gone(t, c);
        if (!begin_anew(t, c)) {
            close(fd);
            return;
        }
    }
    c->inodes[mount] = st.st_ino;
    open_files(t, c, mount, fd, buffer);
    if (st.st_nlink != LEAF_LINKS)
        list_children(t, mount, fd, c);
    close(fd);
}

static void visit_top(struct cgroup_tree *t, uint32_t mount)
{
    if (t->mount_is_nested[mount]) {
        struct cgroup *top = find_or_add(t, TOP_NAME, strlen(TOP_NAME));
        if (top)
            top->seen |= 1u << mount;
        return;
    }
    int fd = openat(t->mount_fds[mount], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        note_starved(t, mount);
        return;
    }
    list_children(t, mount, fd, NULL);
    close(fd);
}

/* Which mounts a cgroup is not in any more. */
static void settle_mounts(struct cgroup_tree *t, struct cgroup *c)
{
    for (uint32_t m = 0; m < t->layout.mount_count; m++) {
        if (c->inodes[m] == 0 || (c->seen & (1u << m)))
            continue;
        if (t->starved & (1u << m))
            c->seen |= 1u << m;
        else
            forget_roles(t, c, m);
    }
}

/* Drops the cgroups that no mount has any more (said from the latest on: children before parents), keeps the
 * order of the others and indexes them anew. */
static void drop_unseen(struct cgroup_tree *t)
{
    uint32_t kept = 0;

    for (uint32_t i = t->count; i-- > 0;) {
        settle_mounts(t, &t->items[i]);
        if (t->items[i].seen == 0)
            say_gone(t, &t->items[i]);
    }
    for (uint32_t i = 0; i < t->count; i++) {
        struct cgroup *c = &t->items[i];
        if (c->seen == 0) {
            close_all(c);
            free(c->name);
        } else if (kept++ != i) {
            t->items[kept - 1] = *c;
        }
    }
    t->count = kept;
    memset(t->index, 0, t->index_size * sizeof(*t->index));
    for (uint32_t i = 0; i < kept; i++)
        *index_place(t, t->items[i].name, strlen(t->items[i].name)) = i + 1;
}

static void walk(struct cgroup_tree *t, struct kfile_buffer *buffer)
{
    t->excess = 0;
    t->refused = 0;
    t->starved = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        t->items[i].seen = 0;
        if (!catalog_entity_lives(t->catalog, t->items[i].entity))
            (void)begin_anew(t, &t->items[i]);
    }
    for (uint32_t m = 0; m < t->layout.mount_count; m++) {
        if (t->mount_fds[m] < 0)
            continue;
        visit_top(t, m);
        /* The table is the queue: children are added behind their parents. */
        for (uint32_t i = 0; i < t->count; i++)
            if (t->items[i].seen & (1u << m))
                visit(t, &t->items[i], m, buffer);
    }
}

/* Links the cgroups to those below and beside them, and forgets what was known of them together. */
static void link_all(struct cgroup_tree *t)
{
    t->first_top = 0;
    for (uint32_t i = 0; i < t->count; i++)
        t->items[i].below = (struct cgroup_below){0};
    for (uint32_t i = t->count; i-- > 0;) {
        struct cgroup *c = &t->items[i], *above = find_above(t, c->name, strlen(c->name));
        uint32_t *first = above ? &above->below.first : &t->first_top;
        c->next_beside = *first;
        *first = i + 1;
    }
}

int cgroup_tree_scan(
    struct cgroup_tree *t, struct kfile_buffer *buffer, const struct feed *feed, int64_t t_ns)
{
    if (t->max == 0)
        return 0;
    t->feed = feed;
    t->t_ns = t_ns;
    t->fault = 0;
    walk(t, buffer);
    bool was_full = t->count == t->max;
    drop_unseen(t);
    /* Those that are gone kept new ones out: once more, with their room. */
    if (was_full && t->count < t->max && t->excess > 0) {
        walk(t, buffer);
        drop_unseen(t);
    }
    link_all(t);
    t->feed = NULL;
    return t->fault;
}
