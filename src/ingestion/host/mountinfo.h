/* SPDX-License-Identifier: MIT
 * /proc/PID/mountinfo as text: one mount after the other, and among them the mounts of cgroup hierarchies. */
#ifndef COHERENCE_INGESTION_MOUNTINFO_H
#define COHERENCE_INGESTION_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of the text that was parsed, still with octal escapes (\040 for a blank). */
struct mount_span {
    const char *p;
    size_t n;
};

struct mount {
    struct mount_span device;  /* "8:1": major and minor number */
    struct mount_span root;    /* what of the file system is mounted: "/" = the whole */
    struct mount_span point;   /* where */
    struct mount_span type;    /* "ext4", "cgroup", "cgroup2" */
    struct mount_span options; /* of the file system: "rw,cpu,cpuacct" */
};

/* Takes the next line off [*p, end). Returns 1 with *ret filled, 0 at the end, -EBADMSG for a line without
 * the obligatory fields or one that does not end (*ret untouched); *p then stands after that line, so the
 * caller may go on. Source: Linux, Documentation/filesystems/proc.rst section 3.5. */
int mountinfo_next(const char **p, const char *end, struct mount *ret);

/* Is `option` one of the comma-separated options? */
bool mount_has_option(const struct mount *m, const char *option);

/* Writes a span without its escapes, NUL-terminated. Returns its length, -ENAMETOOLONG when it does not fit
 * into size, or -EBADMSG for a NUL inside; out is then "". */
long mount_span_text(const struct mount_span *s, char *out, size_t size);

#endif
