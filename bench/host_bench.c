/* SPDX-License-Identifier: MIT
 * What watching this host costs beyond what the kernel charges for the files: CPU time of the two rounds of
 * the host source (without cgroups) against a bare pread loop over the same descriptors, and the same file by
 * file. Usage: host_bench [rounds]. Prints one line a file, one for a second of watching (10 fast rounds, 1
 * slow) and one for a round over the processes, which is held against a pread of every process' stat. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/kfile.h"
#include "base/number.h"
#include "ingestion/host/cgroup_file.h"
#include "ingestion/host/host.h"
#include "ingestion/host/mountinfo.h"
#include "ingestion/host/proc_diskstats.h"
#include "ingestion/host/proc_memory.h"
#include "ingestion/host/proc_net.h"
#include "ingestion/host/proc_pressure.h"
#include "ingestion/host/proc_stat.h"
#include "ingestion/host/process_table.h"

/* The two sides take turns and the median block counts, so that other load hits both alike. */
#define BLOCKS       21
#define ROUNDS_USUAL 4200
#define BUFFER_BYTES (1u << 20)
#define INTERVAL_NS  INT64_C(1000000000)
#define FAST_NS      INT64_C(100000000)
#define FAST_A_SLOW  (INTERVAL_NS / FAST_NS)

static int parse_stat(const char *p, size_t n)
{
    static struct proc_stat_cpu cpus[1024];
    struct proc_stat stat;

    return proc_stat_parse(p, n, &stat, cpus, sizeof(cpus) / sizeof(cpus[0]));
}

static int parse_meminfo(const char *p, size_t n)
{
    struct meminfo m;

    return meminfo_parse(p, n, &m);
}

static int parse_vmstat(const char *p, size_t n)
{
    struct vmstat v;

    return vmstat_parse(p, n, &v);
}

static int parse_snmp(const char *p, size_t n)
{
    static const char *const names[] = {
        "ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "RetransSegs"};
    const struct proc_net_names wanted = {"Tcp", names, 5};
    uint64_t v[5];
    uint32_t found;

    return proc_net_parse(p, n, &wanted, v, &found);
}

static int parse_netstat(const char *p, size_t n)
{
    static const char *const names[] = {"ListenOverflows"};
    const struct proc_net_names wanted = {"TcpExt", names, 1};
    uint64_t v;
    uint32_t found;

    return proc_net_parse(p, n, &wanted, &v, &found);
}

static int parse_net_dev(const char *p, size_t n)
{
    static struct net_device devices[256];
    size_t count;

    return net_dev_parse(p, n, devices, 256, &count);
}

static int parse_diskstats(const char *p, size_t n)
{
    static struct disk disks[256];
    size_t count;

    return diskstats_parse(p, n, disks, 256, &count);
}

static int parse_pressure(const char *p, size_t n)
{
    struct pressure v;

    return pressure_parse(p, n, &v);
}

static int parse_usage_v1(const char *p, size_t n)
{
    uint64_t usage_ns;

    return cgroup_usage_parse(p, n, false, &usage_ns, NULL);
}

static int parse_usage_v2(const char *p, size_t n)
{
    uint64_t usage_ns;

    return cgroup_usage_parse(p, n, true, &usage_ns, NULL);
}

struct file {
    const char *path;
    int (*parse)(const char *p, size_t n);
    int a_second; /* how often it is read in a second of watching */
    struct kfile file;
    int pieces; /* preads that return bytes: what the barest reader would do */
};

static struct file files[] = {
    {.path = "", .a_second = FAST_A_SLOW}, /* the top cgroup's CPU time, filled in below */
    {.path = "/proc/pressure/cpu", .parse = parse_pressure, .a_second = FAST_A_SLOW},
    {.path = "/proc/pressure/memory", .parse = parse_pressure, .a_second = FAST_A_SLOW},
    {.path = "/proc/pressure/io", .parse = parse_pressure, .a_second = FAST_A_SLOW},
    {.path = "/proc/stat", .parse = parse_stat, .a_second = 1},
    {.path = "/proc/meminfo", .parse = parse_meminfo, .a_second = 1},
    {.path = "/proc/vmstat", .parse = parse_vmstat, .a_second = 1},
    {.path = "/proc/net/snmp", .parse = parse_snmp, .a_second = 1},
    {.path = "/proc/net/netstat", .parse = parse_netstat, .a_second = 1},
    {.path = "/proc/net/dev", .parse = parse_net_dev, .a_second = 1},
    {.path = "/proc/diskstats", .parse = parse_diskstats, .a_second = 1},
};
#define FILE_COUNT (sizeof(files) / sizeof(files[0]))

static struct kfile_buffer buffer;

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void read_bare(const struct file *f)
{
    size_t n = 0;

    for (int i = 0; i < f->pieces; i++) {
        ssize_t got = pread(f->file.fd, buffer.data + n, buffer.size - n, (off_t)n);
        n += got > 0 ? (size_t)got : 0;
    }
}

static void read_watched(struct file *f)
{
    size_t n;

    if (kfile_read(&f->file, &buffer, &n) < 0 || f->parse(buffer.data, n) < 0) {
        fprintf(stderr, "host_bench: %s: %s\n", f->path, strerror(-f->file.last_error));
        exit(1);
    }
}

/* Which file the host source will take for its CPU time. */
static void choose_usage(struct file *f)
{
    static char path[CGROUP_MOUNT_PATH_MAX + 32];
    struct cgroup_layout layout;
    struct kfile mountinfo;
    size_t n = 0;

    if (kfile_open(&mountinfo, AT_FDCWD, "/proc/self/mountinfo") < 0 ||
        kfile_read(&mountinfo, &buffer, &n) < 0)
        return;
    cgroup_layout_parse(buffer.data, n, &layout);
    kfile_close(&mountinfo);
    int m = layout.role_mount[CGROUP_USAGE];
    if (m == CGROUP_MOUNT_NONE)
        return;
    bool is_v2 = layout.mounts[m].is_v2;
    snprintf(path, sizeof(path), "%s/%s", layout.mounts[m].point, is_v2 ? "cpu.stat" : "cpuacct.usage");
    f->path = path;
    f->parse = is_v2 ? parse_usage_v2 : parse_usage_v1;
}

static void open_files(void)
{
    choose_usage(&files[0]);
    for (size_t i = 0; i < FILE_COUNT; i++) {
        struct file *f = &files[i];
        size_t n = 0;
        ssize_t got;
        if (!f->parse || kfile_open(&f->file, AT_FDCWD, f->path) < 0) {
            f->a_second = 0;
            continue;
        }
        while ((got = pread(f->file.fd, buffer.data + n, buffer.size - n, (off_t)n)) > 0) {
            n += (size_t)got;
            f->pieces++;
        }
        if (f->pieces == 0)
            f->a_second = 0;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct cost {
    double bare_us, watched_us;
};

/* One of the two sides, `rounds` times. */
struct side {
    void (*run)(void *context);
    void *context;
};

static double time_side(const struct side *s, int rounds)
{
    int64_t start_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

    for (int i = 0; i < rounds; i++)
        s->run(s->context);
    return (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start_ns) / 1e3 / rounds;
}

static struct cost measure(struct side bare, struct side watched, int rounds)
{
    double a[BLOCKS], b[BLOCKS];
    int block = rounds / BLOCKS > 0 ? rounds / BLOCKS : 1;

    for (int i = 0; i < BLOCKS; i++) {
        a[i] = time_side(&bare, block);
        b[i] = time_side(&watched, block);
    }
    qsort(a, BLOCKS, sizeof(a[0]), compare);
    qsort(b, BLOCKS, sizeof(b[0]), compare);
    return (struct cost){a[BLOCKS / 2], b[BLOCKS / 2]};
}

static void print_cost(const char *name, struct cost c)
{
    printf("%-44s %10.2f %10.2f %8.2f\n", name, c.bare_us, c.watched_us, c.watched_us / c.bare_us);
}

static void run_bare_file(void *context)
{
    read_bare(context);
}

static void run_watched_file(void *context)
{
    read_watched(context);
}

static void run_bare_second(void *context)
{
    (void)context;
    for (int fast = 0; fast < FAST_A_SLOW; fast++)
        for (size_t i = 0; i < FILE_COUNT; i++)
            if (files[i].a_second == FAST_A_SLOW)
                read_bare(&files[i]);
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (files[i].a_second == 1)
            read_bare(&files[i]);
}

struct watch {
    struct host_source *source;
    int64_t t_ns;
    uint64_t samples;
};

static int count_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct watch *w = context;

    (void)t_ns;
    (void)samples;
    w->samples += n;
    return 0;
}

static int ignore_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

static void run_watched_second(void *context)
{
    struct watch *w = context;

    for (int fast = 0; fast < FAST_A_SLOW; fast++) {
        w->t_ns += FAST_NS;
        (void)host_source_fast(w->source, w->t_ns, w->t_ns);
    }
    (void)host_source_slow(w->source, w->t_ns, w->t_ns);
}

/* The processes that there are at the start, each with its stat kept open: what the barest reader has. */
#define PROCESSES_MAX 400
static struct kfile process_files[PROCESSES_MAX];
static uint32_t process_count;

static void open_processes(void)
{
    struct kdir listing;
    char path[32];
    int error;

    if (kdir_open(&listing, AT_FDCWD, "/proc") < 0)
        return;
    for (const char *name; (name = kdir_next(&listing, &error)) && process_count < PROCESSES_MAX;) {
        uint64_t pid;
        if (number_parse_u64(name, strlen(name), &pid) < 0)
            continue;
        snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)pid);
        process_count += kfile_open(&process_files[process_count], AT_FDCWD, path) == 0;
    }
    kdir_close(&listing);
}

static void run_bare_processes(void *context)
{
    (void)context;
    for (uint32_t i = 0; i < process_count; i++)
        if (pread(process_files[i].fd, buffer.data, buffer.size, 0) < 0 && errno != ESRCH)
            exit(1);
}

struct process_watch {
    struct process_table table;
    struct process_round round;
    int rounds;
};

/* Every third round finds that something was forked, as on a host that does some work. */
static void run_watched_processes(void *context)
{
    struct process_watch *w = context;

    w->round.mono_ns += INTERVAL_NS;
    w->round.forks += w->rounds++ % 3 == 0;
    process_table_round(&w->table, &w->round);
}

static int bench_processes(int rounds)
{
    static struct process_watch w;
    static struct counter_rules rules = {.max_gap_ns = 3 * INTERVAL_NS};
    static struct cgroup_tree no_cgroups;
    const struct process_table_options o = {.max = PROCESSES_MAX,
        .descriptors = 2 * PROCESSES_MAX,
        .tick_hz = (double)sysconf(_SC_CLK_TCK),
        .page_bytes = (double)sysconf(_SC_PAGESIZE),
        .rules = &rules};
    char name[64];

    open_processes();
    int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0 || process_table_init(&w.table, &o, root_fd) < 0)
        return 1;
    w.round = (struct process_round){.buffer = &buffer, .tree = &no_cgroups, .mono_ns = 1, .has_forks = true};
    run_watched_processes(&w);
    snprintf(name, sizeof(name), "processes, one round: %u (watched: %u)", process_count, w.table.count);
    print_cost(name,
        measure((struct side){run_bare_processes, NULL}, (struct side){run_watched_processes, &w}, rounds));
    process_table_done(&w.table);
    close(root_fd);
    return 0;
}

int main(int argc, char **argv)
{
    const struct catalog_limits limits = {.entities = 4096, .series = 16384, .metrics = 256};
    struct host_options options = {.interval_ns = INTERVAL_NS, .fast_interval_ns = FAST_NS, .max_cpus = 1024};
    struct watch watch = {.t_ns = INTERVAL_NS};
    struct error e;
    uint64_t rounds = ROUNDS_USUAL;

    if (argc > 1 && number_parse_u64(argv[1], strlen(argv[1]), &rounds) < 0) {
        fprintf(stderr, "usage: host_bench [rounds]\n");
        return 2;
    }
    const struct feed feed = {&watch, catalog_new(&limits), count_frame, ignore_tick};
    if (!feed.catalog || kfile_buffer_init(&buffer, BUFFER_BYTES, BUFFER_BYTES) < 0)
        return 1;
    open_files();
    watch.source = host_source_open(&options, "", "bench", &feed, &e);
    if (!watch.source) {
        fprintf(stderr, "host_bench: %s\n", e.text);
        return 1;
    }
    printf("%-44s %10s %10s %8s\n", "CPU time, us", "bare", "watched", "ratio");
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (files[i].a_second > 0)
            print_cost(files[i].path, measure((struct side){run_bare_file, &files[i]},
                                          (struct side){run_watched_file, &files[i]}, (int)rounds));
    print_cost("one second: 10 fast rounds and 1 slow",
        measure((struct side){run_bare_second, NULL}, (struct side){run_watched_second, &watch},
            (int)(rounds / 10)));
    int status = bench_processes((int)(rounds / 10));
    host_source_close(watch.source);
    catalog_free(feed.catalog);
    kfile_buffer_done(&buffer);
    return status;
}
