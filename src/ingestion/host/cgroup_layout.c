/* SPDX-License-Identifier: MIT
 * Turns mountinfo into the choice of hierarchies. Opening them, and finding out whether the top of one is the
 * host or only a container, is left to cgroup_tree. */
#include "ingestion/host/cgroup_layout.h"

#include <string.h>

#include "ingestion/host/mountinfo.h"
#include "ingestion/host/scan.h"

#define USUAL_PLACE "/sys/fs/cgroup"

static const char *const role_controllers[CGROUP_ROLE_COUNT] = {
    [CGROUP_USAGE] = "cpuacct",
    [CGROUP_QUOTA] = "cpu",
    [CGROUP_MEMORY] = "memory",
    [CGROUP_TASKS] = "pids",
};

/* A role's best mount so far. */
struct candidate {
    struct cgroup_mount mount;
    int rank; /* 0 = none yet */
};

static int rank_of(const struct cgroup_mount *m)
{
    bool usual = strncmp(m->point, USUAL_PLACE, strlen(USUAL_PLACE)) == 0;

    return 1 + (m->is_v2 ? 0 : 4) + (m->is_whole ? 2 : 0) + (usual ? 1 : 0);
}

/* The root of a mount as seen from our cgroup namespace (kernel/cgroup/cgroup.c, cgroup_show_path): "/" is
 * its top, "/../.." is two above that, all else is one cgroup. */
static bool is_whole(const char *p, size_t n, uint32_t *ret_above)
{
    const char *end = p + n;
    uint32_t above = 0;

    if (scan_is(p, n, "/"))
        p = end;
    for (; end - p >= 3 && memcmp(p, "/..", 3) == 0; p += 3)
        above++;
    *ret_above = p == end ? above : 0;
    return p == end;
}

static uint32_t add_mount(struct cgroup_layout *l, const struct cgroup_mount *m)
{
    for (uint32_t i = 0; i < l->mount_count; i++)
        if (strcmp(l->mounts[i].point, m->point) == 0)
            return i;
    l->mounts[l->mount_count] = *m;
    return l->mount_count++;
}

void cgroup_layout_parse(const char *p, size_t n, struct cgroup_layout *ret)
{
    struct candidate best[CGROUP_ROLE_COUNT] = {0};
    const char *end = p + n;
    struct mount line;
    int r;

    while ((r = mountinfo_next(&p, end, &line)) != 0) {
        struct cgroup_mount m = {0};
        if (r < 0)
            continue;
        m.is_v2 = scan_is(line.type.p, line.type.n, "cgroup2");
        if (!m.is_v2 && !scan_is(line.type.p, line.type.n, "cgroup"))
            continue;
        if (mount_span_text(&line.point, m.point, sizeof(m.point)) <= 0)
            continue;
        m.is_whole = is_whole(line.root.p, line.root.n, &m.above);
        for (int role = 0; role < CGROUP_ROLE_COUNT; role++) {
            if (!m.is_v2 && !mount_has_option(&line, role_controllers[role]))
                continue;
            if (rank_of(&m) > best[role].rank)
                best[role] = (struct candidate){m, rank_of(&m)};
        }
    }
    /* A v2 hierarchy that nothing else is read from has no controllers: its cgroups are not worth a walk. */
    bool shared =
        best[CGROUP_USAGE].mount.is_v2 || best[CGROUP_QUOTA].mount.is_v2 || best[CGROUP_MEMORY].mount.is_v2;
    if (best[CGROUP_TASKS].mount.is_v2 && !shared)
        best[CGROUP_TASKS].rank = 0;
    memset(ret, 0, sizeof(*ret));
    for (int role = 0; role < CGROUP_ROLE_COUNT; role++)
        ret->role_mount[role] =
            best[role].rank == 0 ? CGROUP_MOUNT_NONE : (int)add_mount(ret, &best[role].mount);
}
