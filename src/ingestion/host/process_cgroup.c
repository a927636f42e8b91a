/* SPDX-License-Identifier: MIT
 * Turns /proc/PID/cgroup into the entity to which the process belongs. Which cgroups there are is
 * cgroup_tree.c's matter, the lines of the file are proc_pid_file.c's. */
#include "ingestion/host/process_cgroup.h"

#include <string.h>

#include "ingestion/host/proc_pid_file.h"

/* By role, the v1 controller whose hierarchy answers it. */
static const char *const controllers[CGROUP_ROLE_COUNT] = {
    [CGROUP_USAGE] = "cpuacct", [CGROUP_QUOTA] = "cpu", [CGROUP_MEMORY] = "memory"};

/* The path is told from the top of our own cgroup namespace. Where the mount begins above that (a container
 * that is given the host's cgroups), so does what is not in it: "../../system.slice/nginx.service" from two
 * cgroups down. What leads less far up shares names with our own path, which nobody tells us. Source:
 * cgroup_namespaces(7). */
static uint32_t entity_at(
    const struct cgroup_tree *t, const struct cgroup_mount *mount, const char *path, size_t n)
{
    uint32_t up = 0;

    while (n >= 2 && memcmp(path, "..", 2) == 0 && (n == 2 || path[2] == '/')) {
        size_t step = n == 2 ? 2 : 3;
        path += step;
        n -= step;
        up++;
    }
    if (up == mount->above)
        return cgroup_tree_entity(t, path, n);
    return up < mount->above ? cgroup_tree_entity_by_end(t, mount->above - up, path, n) : t->host;
}

struct process_home process_cgroup_home(const struct cgroup_tree *t, const char *text, size_t n)
{
    const uint32_t top = cgroup_tree_entity(t, "", 0);
    struct process_home found = {.entity = t->host};

    for (int role = 0; role < CGROUP_ROLE_COUNT; role++) {
        const char *path, *controller = cgroup_tree_is_v2(t, role) ? NULL : controllers[role];
        size_t path_n;
        if (t->layout.role_mount[role] == CGROUP_MOUNT_NONE ||
            proc_pid_cgroup_parse(text, n, controller, &path, &path_n) < 0)
            continue;
        const uint32_t entity = entity_at(t, &t->layout.mounts[t->layout.role_mount[role]], path, path_n);
        if (entity != top && entity != t->host)
            return (struct process_home){entity, role == CGROUP_USAGE};
        found.entity = top;
    }
    return found;
}

struct process_home process_cgroup_read(
    const struct cgroup_tree *t, int dir_fd, const char *path, struct kfile_buffer *buffer)
{
    size_t n;

    if (kfile_read_once(dir_fd, path, buffer, &n) < 0)
        return (struct process_home){.entity = t->host};
    return process_cgroup_home(t, buffer->data, n);
}
