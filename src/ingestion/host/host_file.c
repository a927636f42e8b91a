/* SPDX-License-Identifier: MIT
 * Turns the table of a host's files into open descriptors and their text, and failures into the lines of what
 * is missing. What the text says is left to the rounds. */
#include "ingestion/host/host_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct host_file_row {
    const char *path;        /* below the root */
    const char *path_of_one; /* the same as process 1 sees it, for what differs between namespaces; NULL = no
                                difference */
    const char *loss;        /* what is not known without it */
};

static const struct host_file_row rows[HOST_FILE_COUNT] = {
    [HOST_STAT] = {"proc/stat", NULL, "CPU time, context switches and forks"},
    [HOST_MEMINFO] = {"proc/meminfo", NULL, "memory used"},
    [HOST_VMSTAT] = {"proc/vmstat", NULL, "memory allocated, reclaim and page faults"},
    [HOST_SNMP] = {"proc/net/snmp", "proc/1/net/snmp", "TCP connections"},
    [HOST_NETSTAT] = {"proc/net/netstat", "proc/1/net/netstat", "overflows of listen queues"},
    [HOST_NET_DEV] = {"proc/net/dev", "proc/1/net/dev", "packets"},
    [HOST_DISKSTATS] = {"proc/diskstats", NULL, "utilisation of disks"},
    [HOST_LOADAVG] = {"proc/loadavg", NULL, "load average, tasks"},
    [HOST_PRESSURE_CPU] = {"proc/pressure/cpu", NULL, "CPU pressure"},
    [HOST_PRESSURE_MEMORY] = {"proc/pressure/memory", NULL, "memory pressure"},
    [HOST_PRESSURE_IO] = {"proc/pressure/io", NULL, "I/O pressure"},
};

void host_missing_set(struct host_source *s, int what, int code, const char *format, ...)
{
    struct host_missing *m = &s->missing[what];
    va_list arguments;

    if (m->code == code)
        return;
    m->code = code;
    if (code == 0)
        return;
    va_start(arguments, format);
    vsnprintf(m->text, sizeof(m->text), format, arguments);
    va_end(arguments);
}

const char *host_source_missing(const struct host_source *s, uint32_t i)
{
    for (int what = 0; what < HOST_MISSING_COUNT; what++)
        if (s->missing[what].code != 0 && i-- == 0)
            return s->missing[what].text;
    return NULL;
}

static const char *reason_of(int code)
{
    const char *text = code == -EBADMSG ? "its text is not understood" : strerrordesc_np(-code);

    return text ? text : "cannot be read";
}

void host_file_judge(struct host_source *s, enum host_file file, int code)
{
    host_missing_set(s, (int)file, code, "%s/%s: %s; without it: %s", s->root, rows[file].path,
        reason_of(code), rows[file].loss);
}

/* Behind a root of its own, "self" is a process of another place: process 1 is asked first. */
static int open_file(struct host_source *s, enum host_file file)
{
    const struct host_file_row *row = &rows[file];

    if (s->root[0] != '\0' && row->path_of_one &&
        kfile_open(&s->files[file], s->root_fd, row->path_of_one) == 0)
        return 0;
    return kfile_open(&s->files[file], s->root_fd, row->path);
}

void host_file_open_all(struct host_source *s)
{
    s->paused = 0;
    for (int i = 0; i < HOST_FILE_COUNT; i++) {
        if (s->files[i].fd >= 0)
            continue;
        host_file_judge(s, (enum host_file)i, open_file(s, (enum host_file)i));
    }
}

const char *host_file_read(struct host_source *s, enum host_file file, size_t *ret_n)
{
    uint32_t bit = UINT32_C(1) << file;

    if (s->files[file].fd < 0 || (s->paused & bit))
        return NULL;
    int r = kfile_read(&s->files[file], &s->buffer, ret_n);
    if (r < 0) {
        s->paused |= bit;
        host_file_judge(s, file, r);
        return NULL;
    }
    return s->buffer.data;
}

int host_mountinfo_read(struct host_source *s, size_t *ret_n)
{
    struct kfile f = {.fd = -1};
    int r = s->root[0] != '\0' ? kfile_open(&f, s->root_fd, "proc/1/mountinfo") : -ENOENT;

    if (r == 0)
        r = kfile_read(&f, &s->buffer, ret_n);
    kfile_close(&f);
    if (r == 0)
        return 0;
    r = kfile_open(&f, s->root_fd, "proc/self/mountinfo");
    if (r == 0)
        r = kfile_read(&f, &s->buffer, ret_n);
    kfile_close(&f);
    return r;
}

bool host_has_pressure(const struct host_source *s)
{
    return s->files[HOST_PRESSURE_CPU].fd >= 0 && s->missing[HOST_PRESSURE_CPU].code == 0;
}
