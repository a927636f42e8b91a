/* SPDX-License-Identifier: MIT
 * Turns the number of a process into the entity to which it belongs: the cgroup that is watched, or the host.
 * What the cgroups themselves do is cgroup_sample.c's matter. */
#include <stdio.h>

#include "ingestion/host/host_source.h"
#include "ingestion/host/scan.h"

uint32_t host_source_entity(const struct host_source *s)
{
    return s->host;
}

/* The path of a line "5:cpu,cpuacct:/path", without its leading '/'; NULL: none. Source: cgroups(7). */
static const char *path_of(const char *line, const char *line_end)
{
    const char *p = line;

    for (int colons = 0; colons < 2; colons++) {
        p = p < line_end ? memchr(p, ':', (size_t)(line_end - p)) : NULL;
        if (!p)
            return NULL;
        p++;
    }
    return p < line_end && *p == '/' ? p + 1 : NULL;
}

uint32_t host_source_cgroup_of(void *context, uint32_t pid)
{
    struct host_source *s = context;
    struct kfile f = {.fd = -1};
    char path[32];
    uint32_t found = s->host;
    size_t n = 0, longest = 0;

    (void)snprintf(path, sizeof(path), "proc/%u/cgroup", pid);
    int r = kfile_open(&f, s->root_fd, path);
    if (r == 0)
        r = kfile_read(&f, &s->buffer, &n);
    kfile_close(&f);
    const char *p = s->buffer.data, *end = p + (r == 0 ? n : 0), *line_end;
    for (; (line_end = scan_line_end(p, end)); p = line_end + 1) {
        const char *name = path_of(p, line_end);
        const size_t name_n = name ? (size_t)(line_end - name) : 0;
        /* Of several hierarchies the one that says most. */
        if (name_n <= longest)
            continue;
        const uint32_t entity = cgroup_tree_entity(&s->tree, name, name_n);
        if (entity == s->host)
            continue;
        longest = name_n;
        found = entity;
    }
    return found;
}
