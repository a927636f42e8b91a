/* SPDX-License-Identifier: MIT
 * Turns what can run out besides memory into samples: tasks, tracked connections, and the space and inodes of
 * file systems. Limits and the list of file systems are looked at now and then, what is in use once a second.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "ingestion/host/cgroup_file.h"
#include "ingestion/host/host_source.h"

#define FILESYSTEM_PATH_MAX (HOST_ROOT_MAX + FILESYSTEM_POINT_MAX)

/* The number in a small file; CGROUP_NO_LIMIT: it is not there. */
static uint64_t read_number(struct host_source *s, const char *path)
{
    uint64_t v;
    size_t n;

    if (kfile_read_once(s->root_fd, path, &s->buffer, &n) < 0 ||
        cgroup_value_parse(s->buffer.data, n, &v) < 0)
        return CGROUP_NO_LIMIT;
    return v;
}

/* Whichever ends first: the numbers for tasks, or the tasks. Source: Linux, Documentation/admin-guide/sysctl/
 * kernel.rst, "pid_max" and "threads-max". */
static uint64_t find_task_limit(struct host_source *s)
{
    uint64_t numbers = read_number(s, "proc/sys/kernel/pid_max"),
             tasks = read_number(s, "proc/sys/kernel/threads-max");

    return numbers < tasks ? numbers : tasks;
}

static const char *path_of(
    const struct host_source *s, const struct filesystem *f, char path[FILESYSTEM_PATH_MAX])
{
    snprintf(path, FILESYSTEM_PATH_MAX, "%s%s", s->root, f->point);
    return path;
}

/* Is what is seen at its place the file system itself? Behind another root, or below another mount, it is
 * not. */
static bool is_visible(const struct host_source *s, const struct filesystem *f)
{
    char path[FILESYSTEM_PATH_MAX];
    struct stat st;

    return stat(path_of(s, f, path), &st) == 0 && S_ISDIR(st.st_mode) &&
           (!f->shows_device || (major(st.st_dev) == f->major && minor(st.st_dev) == f->minor));
}

static void declare(struct host_source *s, struct filesystem *f)
{
    int64_t entity =
        catalog_entity(s->feed.catalog, s->host, ENTITY_FILESYSTEM, f->point, strlen(f->point), ENTITY_NONE);

    f->entity = entity < 0 ? ENTITY_NONE : (uint32_t)entity;
    s->frame.refused += entity < 0;
}

/* Says that those are gone that are mounted no more. t_ns INT64_MIN: nothing has been said of any. Returns 0
 * or what the feed answered. */
static int say_gone(struct host_source *s, struct filesystem_table *now, int64_t t_ns)
{
    int r = 0;

    for (uint32_t i = 0; i < s->filesystems.count && r == 0; i++) {
        const struct filesystem *f = &s->filesystems.items[i];
        const struct filesystem *same = filesystem_table_find(now, f);
        if ((same && same->visible) || !catalog_entity_lives(s->feed.catalog, f->entity))
            continue;
        if (t_ns != INT64_MIN && s->feed.gone)
            r = s->feed.gone(s->feed.context, t_ns, f->entity, ENTITY_ENDED);
    }
    return r;
}

static int look_at_filesystems(struct host_source *s, int64_t t_ns)
{
    struct filesystem_table *now = &s->filesystems_found;
    size_t n;

    if (!s->options.filesystems)
        return 0;
    int error = host_mountinfo_read(s, &n);
    host_missing_set(s, HOST_LACK_FILESYSTEMS, error,
        "%s/proc/self/mountinfo cannot be read: %s; without it: file systems", s->root,
        strerrordesc_np(-error));
    if (error < 0)
        return 0;
    filesystem_table_parse(s->buffer.data, n, now);
    host_missing_set(s, HOST_LACK_FILESYSTEM_ROOM, now->excess > 0,
        "more than %d file systems are mounted; the others go unwatched", FILESYSTEM_MAX);
    for (uint32_t i = 0; i < now->count; i++)
        now->items[i].visible = is_visible(s, &now->items[i]);
    int r = say_gone(s, now, t_ns);
    for (uint32_t i = 0; i < now->count; i++) {
        struct filesystem *f = &now->items[i], *known = filesystem_table_find(&s->filesystems, f);
        if (known && known->visible && f->visible && catalog_entity_lives(s->feed.catalog, known->entity)) {
            f->entity = known->entity;
            memcpy(f->slots, known->slots, sizeof(f->slots));
        } else if (f->visible) {
            declare(s, f);
        }
    }
    s->filesystems = *now;
    return r;
}

int host_resource_look(struct host_source *s, int64_t t_ns)
{
    s->task_limit = find_task_limit(s);
    s->tracked_limit = read_number(s, "proc/sys/net/netfilter/nf_conntrack_max");
    return look_at_filesystems(s, t_ns);
}

static void gather_filesystem(struct host_source *s, struct filesystem *f)
{
    char path[FILESYSTEM_PATH_MAX];
    struct statfs v;

    if (!f->visible || f->entity == ENTITY_NONE)
        return;
    if (statfs(path_of(s, f, path), &v) < 0 || v.f_blocks == 0 || v.f_bfree > v.f_blocks ||
        v.f_bavail > v.f_bfree)
        return;
    /* As df does it: what is reserved for root is neither in use nor to be had. */
    double used = (double)(v.f_blocks - v.f_bfree) * (double)v.f_frsize;
    frame_add(&s->frame, &f->slots[0], f->entity, METRIC_SPACE, used);
    frame_add(&s->frame, &f->slots[1], f->entity, METRIC_SPACE_LIMIT,
        used + (double)v.f_bavail * (double)v.f_frsize);
    if (v.f_files == 0 || v.f_ffree > v.f_files)
        return;
    frame_add(&s->frame, &f->slots[2], f->entity, METRIC_INODES, (double)(v.f_files - v.f_ffree));
    frame_add(&s->frame, &f->slots[3], f->entity, METRIC_INODES_LIMIT, (double)v.f_files);
}

static void gather_tracked(struct host_source *s)
{
    if (s->tracked_limit == CGROUP_NO_LIMIT)
        return;
    uint64_t count = read_number(s, "proc/sys/net/netfilter/nf_conntrack_count");
    if (count == CGROUP_NO_LIMIT)
        return;
    frame_add(&s->frame, &s->tracked_slots[0], s->host, METRIC_TRACKED, (double)count);
    frame_add(&s->frame, &s->tracked_slots[1], s->host, METRIC_TRACKED_LIMIT, (double)s->tracked_limit);
}

void host_resource_gather(struct host_source *s)
{
    if (s->task_count != 0 && s->task_limit != CGROUP_NO_LIMIT) {
        frame_add(&s->frame, &s->task_slots[0], s->host, METRIC_TASKS, (double)s->task_count);
        frame_add(&s->frame, &s->task_slots[1], s->host, METRIC_TASKS_LIMIT, (double)s->task_limit);
    }
    gather_tracked(s);
    for (uint32_t i = 0; i < s->filesystems.count; i++)
        gather_filesystem(s, &s->filesystems.items[i]);
}
