/* SPDX-License-Identifier: MIT
 * Turns /proc/PID/cgroup into the entity to which the process belongs. Which cgroups there are is
 * cgroup_tree.c's matter, the lines of the file are proc_pid_file.c's. */
#include "ingestion/host/process_cgroup.h"

#include "ingestion/host/proc_pid_file.h"

/* By role, the v1 controller whose hierarchy answers it. */
static const char *const controllers[CGROUP_ROLE_COUNT] = {
    [CGROUP_USAGE] = "cpuacct", [CGROUP_QUOTA] = "cpu", [CGROUP_MEMORY] = "memory"};

uint32_t process_cgroup_entity(const struct cgroup_tree *t, const char *text, size_t n)
{
    const uint32_t top = cgroup_tree_entity(t, "", 0);
    uint32_t found = t->host;

    for (int role = 0; role < CGROUP_ROLE_COUNT; role++) {
        const char *path, *controller = cgroup_tree_is_v2(t, role) ? NULL : controllers[role];
        size_t path_n;
        if (t->layout.role_mount[role] == CGROUP_MOUNT_NONE ||
            proc_pid_cgroup_parse(text, n, controller, &path, &path_n) < 0)
            continue;
        const uint32_t entity = cgroup_tree_entity(t, path, path_n);
        if (entity != top && entity != t->host)
            return entity;
        found = top;
    }
    return found;
}

uint32_t process_cgroup_read(
    const struct cgroup_tree *t, int dir_fd, const char *path, struct kfile_buffer *buffer)
{
    size_t n;

    return kfile_read_once(dir_fd, path, buffer, &n) < 0 ? t->host
                                                         : process_cgroup_entity(t, buffer->data, n);
}
