/* SPDX-License-Identifier: MIT
 * Turns a root directory into an open host source, and rounds into frames. What the rounds read is in
 * host_fast.c and host_slow.c; clocks and timers belong to whoever calls. */
#include "ingestion/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/host/host_source.h"
#include "ingestion/host/process_sample.h"

#define NS_PER_S 1e9

#define BUFFER_BYTES     (64u << 10)
#define BUFFER_BYTES_MAX (4u << 20) /* heuristic: ten times the /proc/stat of a host with 4096 CPUs */

/* More samples than a round ever adds for the host itself. */
#define HOST_SAMPLES 64

#define UNNAMED_HOST "localhost"

#define ROW(k, t, f, lo, hi, fb, u, h)                                                                       \
    {                                                                                                        \
        .key = "sources.host." k, .type = t, .offset = offsetof(struct host_options, f), .minimum = lo,      \
        .maximum = hi, .fallback = fb, .unit = u, .help = h                                                  \
    }

const struct option_row host_option_rows[] = {
    ROW("interval", OPTION_DURATION, interval_ns, 0.1 * NS_PER_S, 3600 * NS_PER_S, "1s", "",
        "time between two slow rounds over the files of this host"),
    ROW("fast_interval", OPTION_DURATION, fast_interval_ns, 0, 60 * NS_PER_S, "100ms", "",
        "time between two fast rounds (CPU time and pressure); 0 reads them in the slow rounds"),
    ROW("cgroups", OPTION_BOOL, cgroups, 0, 0, "true", "",
        "watch each cgroup (container, service) for itself"),
    ROW("max_cgroups", OPTION_INT, max_cgroups, 0, 100000, "200", "",
        "most cgroups watched at a time; each keeps up to four files open"),
    ROW("max_cpus", OPTION_INT, max_cpus, 0, 65536, "512", "", "CPUs watched one by one have ids below this"),
    ROW("filesystems", OPTION_BOOL, filesystems, 0, 0, "true", "",
        "watch the local file systems that can be written: space and inodes"),
    ROW("processes", OPTION_BOOL, processes, 0, 0, "true", "", "watch the processes that use the most"),
    ROW("max_processes", OPTION_INT, max_processes, 1, 10000, "200", "",
        "processes watched every second; the others are looked at in turn"),
};
const size_t host_option_count = sizeof(host_option_rows) / sizeof(host_option_rows[0]);

/* Reads a small file once. Returns its length or -errno. */
static long read_once(struct host_source *s, const char *path)
{
    struct kfile f = {.fd = -1};
    size_t n = 0;
    int r = kfile_open(&f, s->root_fd, path);

    if (r == 0)
        r = kfile_read(&f, &s->buffer, &n);
    kfile_close(&f);
    return r < 0 ? r : (long)n;
}

static int declare_host(struct host_source *s, const char *name)
{
    long n = name ? (long)strlen(name) : read_once(s, "proc/sys/kernel/hostname");

    if (!name) {
        name = s->buffer.data;
        while (n > 0 && name[n - 1] == '\n')
            n--;
    }
    int64_t id = n > 0 ? catalog_host(s->feed.catalog, name, (size_t)n) : -ENODATA;
    if (id < 0 && id != -ENOSPC) {
        host_missing_set(s, HOST_LACK_HOST_NAME, 1, "%s/proc/sys/kernel/hostname: no name; called %s instead",
            s->root, UNNAMED_HOST);
        id = catalog_host(s->feed.catalog, UNNAMED_HOST, strlen(UNNAMED_HOST));
    }
    s->host = id < 0 ? ENTITY_NONE : (uint32_t)id;
    return id < 0 ? (int)id : 0;
}

static int open_cgroups(struct host_source *s)
{
    struct cgroup_layout layout;
    size_t n = 0;
    bool is_read = host_mountinfo_read(s, &n) == 0;

    cgroup_layout_parse(s->buffer.data, is_read ? n : 0, &layout);
    int r = cgroup_tree_init(
        &s->tree, &layout, s->root_fd, s->options.cgroups ? (uint32_t)s->options.max_cgroups : 0);
    s->tree.catalog = s->feed.catalog;
    s->tree.host = s->host;
    if (r == 0)
        r = network_table_init(&s->networks, s->root_fd, s->tree.max);
    if (layout.mount_count == 0)
        host_missing_set(s, HOST_LACK_CGROUPS, 1,
            !is_read ? "%s/proc/self/mountinfo cannot be read; without it: cgroups"
                     : "no cgroup hierarchy is mounted in %s/proc/self/mountinfo; without it: cgroups",
            s->root);
    return r;
}

/* Looks for cgroups and files that came, went or can be read again. t_ns: for what is gone; INT64_MIN:
 * nothing has been said of any yet. Returns 0 or what the feed answered. */
static int look_again(struct host_source *s, int64_t t_ns)
{
    host_file_open_all(s);
    s->tree.oom_killed = s->oom_kills.count > s->oom_count_scanned;
    s->oom_count_scanned = s->oom_kills.count;
    int r = cgroup_tree_scan(&s->tree, &s->buffer, t_ns == INT64_MIN ? NULL : &s->feed, t_ns);
    if (r == 0)
        r = host_resource_look(s, t_ns);
    host_network_look(s);
    host_process_look(s);
    host_missing_set(s, HOST_LACK_CGROUP_ROOM, s->tree.excess > 0,
        "more cgroups than sources.host.max_cgroups (or the catalog) has room for; the excess goes "
        "unwatched");
    host_missing_set(s, HOST_LACK_DESCRIPTORS, s->tree.refused > 0,
        "no file descriptors left for all cgroups; raise the limit of open files or lower "
        "sources.host.max_cgroups");
    return r;
}

static void note_coarse_cpu(struct host_source *s)
{
    host_missing_set(s, HOST_LACK_FINE_CPU, !s->has_fine_cpu,
        "no cgroup hierarchy counts the CPU time of the whole host; its utilisation comes from %s/proc/stat, "
        "in "
        "ticks of %g ms and only in the slow rounds",
        s->root, 1000 / s->tick_hz);
}

/* Sets what is not zero at the start, so that host_source_close can be called from here on. */
static void blank(struct host_source *s, const struct host_options *o, const struct feed *feed)
{
    int64_t fast_ns = o->fast_interval_ns > 0 ? o->fast_interval_ns : o->interval_ns;

    s->options = *o;
    s->feed = *feed;
    s->tick_hz = (double)sysconf(_SC_CLK_TCK);
    s->page_bytes = (double)sysconf(_SC_PAGESIZE);
    s->slow_rules.max_gap_ns = HOST_GAP_INTERVALS * o->interval_ns;
    s->fast_rules.max_gap_ns = HOST_GAP_INTERVALS * fast_ns;
    for (int i = 0; i < HOST_FILE_COUNT; i++)
        s->files[i].fd = -1;
    for (int i = 0; i < CGROUP_ROLE_COUNT; i++)
        s->tree.mount_fds[i] = -1;
    s->tree.host_usage.fd = -1;
    s->net_class_fd = -1;
    s->networks.proc_fd = -1;
}

static int allocate(struct host_source *s)
{
    size_t cpus = (size_t)s->options.max_cpus, cgroups = (size_t)s->options.max_cgroups;
    int r = kfile_buffer_init(&s->buffer, BUFFER_BYTES, BUFFER_BYTES_MAX);

    if (r < 0)
        return r;
    s->stat_cpus = calloc(cpus + 1, sizeof(*s->stat_cpus));
    s->cpus = calloc(cpus + 1, sizeof(*s->cpus));
    if (!s->stat_cpus || !s->cpus)
        return -ENOMEM;
    for (size_t i = 0; i < cpus; i++)
        s->cpus[i].entity = ENTITY_NONE;
    size_t processes = s->options.processes ? (size_t)s->options.max_processes : 0;
    return frame_init(&s->frame, s->feed.catalog,
        HOST_SAMPLES + cpus + FILESYSTEM_SAMPLES * FILESYSTEM_MAX + CGROUP_SAMPLES * cgroups +
            NETWORK_SAMPLES * NETWORK_READINGS + PROCESS_SAMPLES * processes);
}

/* Everything after the root directory. */
static int set_up(struct host_source *s, const char *host_name, struct error *e)
{
    int r = allocate(s);

    if (r == 0)
        r = declare_host(s, host_name);
    if (r < 0)
        return error_set(e, r, "cannot watch this host: %s", strerrordesc_np(-r));
    s->net_class_fd = openat(s->root_fd, "sys/class/net", O_PATH | O_DIRECTORY | O_CLOEXEC);
    r = open_cgroups(s);
    if (r < 0)
        return error_set(e, r, "cannot watch cgroups: %s", strerrordesc_np(-r));
    host_file_open_all(s);
    if (s->files[HOST_STAT].fd < 0)
        return error_set(e, s->missing[HOST_STAT].code, "%s", s->missing[HOST_STAT].text);
    host_slow_declare(s); /* before cgroups: in a small catalog the CPUs come first */
    (void)look_again(s, INT64_MIN);
    s->has_fine_cpu = s->tree.host_usage.fd >= 0;
    note_coarse_cpu(s);
    r = host_process_open(s);
    return r < 0 ? error_set(e, r, "cannot watch processes: %s", strerrordesc_np(-r)) : 0;
}

struct host_source *host_source_open(const struct host_options *o, const char *root, const char *host_name,
    const struct feed *feed, struct error *e)
{
    if (strlen(root) >= HOST_ROOT_MAX) {
        error_set(e, -ENAMETOOLONG, "the root directory's path is longer than %d bytes", HOST_ROOT_MAX - 1);
        return NULL;
    }
    struct host_source *s = calloc(1, sizeof(*s));
    if (!s) {
        error_set(e, -ENOMEM, "cannot watch this host: out of memory");
        return NULL;
    }
    blank(s, o, feed);
    memcpy(s->root, root, strlen(root) + 1);
    s->root_fd = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r = s->root_fd < 0 ? -errno : 0;
    if (r < 0)
        error_set_at(e, r, root, 0, 0, "cannot open the root directory: %s", strerrordesc_np(-r));
    else
        r = set_up(s, host_name, e);
    if (r < 0) {
        host_source_close(s);
        return NULL;
    }
    return s;
}

void host_source_close(struct host_source *s)
{
    if (!s)
        return;
    for (int i = 0; i < HOST_FILE_COUNT; i++)
        kfile_close(&s->files[i]);
    host_process_close(s);
    cgroup_tree_done(&s->tree);
    network_table_done(&s->networks);
    if (s->net_class_fd >= 0)
        close(s->net_class_fd);
    if (s->root_fd >= 0)
        close(s->root_fd);
    frame_done(&s->frame);
    kfile_buffer_done(&s->buffer);
    free(s->stat_cpus);
    free(s->cpus);
    free(s);
}

/* Ends a round. */
static int send(struct host_source *s, int64_t t_ns)
{
    host_missing_set(s, HOST_LACK_CATALOG, s->frame.refused > 0,
        "the limits on entities and series leave no room for everything on this host; the excess goes "
        "unwatched");
    s->frame.refused = 0;
    return frame_send(&s->frame, &s->feed, t_ns);
}

int host_source_fast(struct host_source *s, int64_t t_ns, int64_t mono_ns)
{
    host_fast_gather(s, mono_ns);
    return send(s, t_ns);
}

int host_source_slow(struct host_source *s, int64_t t_ns, int64_t mono_ns)
{
    if (!s->has_looked) {
        s->has_looked = true; /* when it was opened */
        s->looked_ns = mono_ns;
    } else if (mono_ns - s->looked_ns >= HOST_LOOK_NS) {
        s->looked_ns = mono_ns;
        int r = look_again(s, t_ns);
        if (r < 0)
            return r;
    }
    if (s->options.fast_interval_ns == 0)
        host_fast_gather(s, mono_ns);
    host_slow_gather(s, mono_ns);
    int r = host_process_gather(s, t_ns, mono_ns);
    note_coarse_cpu(s);
    return r < 0 ? r : send(s, t_ns);
}
