/* SPDX-License-Identifier: MIT
 * Turns the files of one process into its CPU time, memory, faults and waiting of a round. Which processes
 * are read is the table's choice. */
#include "ingestion/host/process.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/entity.h"

#define PATH_MAX_BYTES 32 /* "4194304/schedstat" */

/* Heuristics, chosen on 2026-11-22: a CPU second is the measure. A fault costs about a microsecond, one that
 * reads a hundred times that; memory that grows by a hundredth of the host a minute weighs a twentieth CPU.
 */
#define FAULT_CORES    1e-6 /* for one a second */
#define MAJOR_CORES    1e-4
#define GROWTH_CORES   5.0  /* for all of the host's memory a minute */
#define INTEREST_TAU_S 15.0 /* how long interest lasts */
#define ROUND_GAP_S    60.0

static void path_of(char path[PATH_MAX_BYTES], uint32_t pid, const char *file)
{
    snprintf(path, PATH_MAX_BYTES, "%u/%s", pid, file);
}

static void blank(struct process *p)
{
    *p = (struct process){.stat_file.fd = -1, .sched_file.fd = -1, .entity = ENTITY_NONE};
    p->cores = (double)NAN;
    p->moved_ns = INT64_MIN;
}

/* A process that is gone answers in several ways: its files with ESRCH, its directory with ENOENT. */
static int gone(int error)
{
    return error == -ENOENT || error == -ENODEV ? -ESRCH : error;
}

static int read_stat_text(struct process *p, struct process_reading *r, uint32_t pid, size_t *ret_n)
{
    char path[PATH_MAX_BYTES];

    if (p->stat_file.fd >= 0) {
        r->calls++;
        return gone(kfile_read_piece(&p->stat_file, r->buffer, ret_n));
    }
    r->calls += 3;
    path_of(path, pid, "stat");
    return gone(kfile_read_once(r->proc_fd, path, r->buffer, ret_n));
}

/* The counter's rate in this round. A change of clock (ticks, ns) begins anew. */
static void take_cpu(struct process *p, const struct process_reading *r, double used_ns, bool is_fine)
{
    double delta_ns, dt_s;

    if (p->cpu_is_fine != is_fine)
        p->cpu_ns = (struct counter){0};
    p->cpu_is_fine = is_fine;
    if (counter_update(&p->cpu_ns, r->rules, r->mono_ns, used_ns, &delta_ns, &dt_s) == COUNTER_RATE)
        p->cores = delta_ns * 1e-9 / dt_s;
}

static void mark(struct process *p, const struct process_reading *r)
{
    const struct process_mark m = {
        .t_ns = r->mono_ns,
        .rss_bytes = (uint64_t)((double)p->stat.rss_pages * r->page_bytes),
        .faults = p->stat.minor_faults + p->stat.major_faults,
        .major_faults = p->stat.major_faults,
        .wait_ns = p->wait_ns,
    };

    process_history_mark(&p->history, &m);
}

/* schedstat is the first thread's alone: of a process with more it says too little. */
static bool uses_sched(const struct process *p)
{
    return p->sched_file.fd >= 0 && p->stat.threads == 1;
}

int process_read_stat(struct process *p, struct process_reading *r)
{
    struct proc_pid_stat stat;
    size_t n;
    int error = read_stat_text(p, r, p->stat.pid, &n);

    if (error == 0)
        error = proc_pid_stat_parse(r->buffer->data, n, &stat);
    if (error != 0)
        return error;
    if (stat.pid != p->stat.pid || stat.start_ticks != p->stat.start_ticks)
        return -ESRCH;
    if (stat.threads > 1 && p->stat.threads == 1)
        p->has_wait = p->has_sched = false;
    p->stat = stat;
    p->stat_ns = r->mono_ns;
    p->stat_is_current = true;
    mark(p, r);
    if (!uses_sched(p))
        take_cpu(p, r, (double)stat.ticks * r->tick_ns, false);
    return 0;
}

/* A kernel that does not count (no CONFIG_SCHED_INFO) says 0 of a process that has used time. */
static bool is_uncounted(const struct process *p, const struct proc_pid_sched *s)
{
    return s->exec_ns == 0 && s->slices == 0 && p->stat.ticks > 0;
}

static int read_sched(struct process *p, struct process_reading *r)
{
    struct proc_pid_sched s;
    size_t n;

    r->calls++;
    int error = gone(kfile_read_piece(&p->sched_file, r->buffer, &n));
    if (error == 0)
        error = proc_pid_sched_parse(r->buffer->data, n, &s);
    if (error != 0)
        return error;
    if (is_uncounted(p, &s)) {
        r->calls++;
        kfile_close(&p->sched_file);
        return process_read_stat(p, r);
    }
    if (p->has_sched && (s.exec_ns != p->sched.exec_ns || s.slices != p->sched.slices))
        p->stat_is_current = false;
    if (p->has_sched && s.wait_ns >= p->sched.wait_ns)
        p->wait_ns += s.wait_ns - p->sched.wait_ns;
    p->has_wait = true;
    p->has_sched = true;
    p->sched = s;
    take_cpu(p, r, (double)s.exec_ns, true);
    return 0;
}

double process_interest(double cores, const struct process_minute *minute, uint64_t memory_bytes)
{
    double interest = isnan(cores) ? 0 : cores;

    if (minute->growth_bytes_per_s > 0 && memory_bytes > 0)
        interest += GROWTH_CORES * 60 * minute->growth_bytes_per_s / (double)memory_bytes;
    if (minute->faults_per_s > 0)
        interest += FAULT_CORES * minute->faults_per_s;
    if (minute->major_per_s > 0)
        interest += MAJOR_CORES * minute->major_per_s;
    return interest;
}

/* What this round says about the process. */
static void take_round(struct process *p, const struct process_reading *r, int64_t last_ns)
{
    struct process_minute minute;
    double dt_s = (double)(r->mono_ns - last_ns) * 1e-9;

    process_history_cores(&p->history, p->cores);
    if (p->stat_is_current)
        mark(p, r);
    if (isnan(p->cores) || dt_s <= 0 || dt_s > ROUND_GAP_S)
        return;
    process_history_trend(&p->history, &minute);
    double now = process_interest(p->cores, &minute, r->memory_bytes);
    double weight = dt_s < INTEREST_TAU_S ? dt_s / INTEREST_TAU_S : 1;
    p->interest += weight * (now - p->interest);
}

int process_read(struct process *p, struct process_reading *r)
{
    int64_t last_ns = p->cpu_ns.t_ns;

    p->cores = (double)NAN;
    p->has_switches = false;
    int error = uses_sched(p) ? read_sched(p, r) : process_read_stat(p, r);
    if (error == 0) {
        p->spoilt = 0;
        p->read_ns = r->mono_ns;
        take_round(p, r, last_ns);
    } else if (error == -EBADMSG) {
        p->spoilt++;
    }
    return error;
}

void process_rest(struct process *p, const struct process_reading *r, int64_t known_ns)
{
    struct process_reading known = *r;
    int64_t last_ns = p->cpu_ns.t_ns;

    known.mono_ns = known_ns;
    p->cores = (double)NAN;
    p->has_switches = false;
    take_cpu(p, &known, p->cpu_ns.value, p->cpu_is_fine);
    take_round(p, r, last_ns);
}

uint32_t process_descriptors(const struct process *p)
{
    return (p->stat_file.fd >= 0 ? 1u : 0) + (p->sched_file.fd >= 0 ? 1u : 0);
}

/* schedstat is of use for a process of one thread only, and only when its descriptor is kept: by name it
 * could be another process' by now. */
static int open_files(struct process *p, struct process_reading *r, uint32_t pid)
{
    char path[PATH_MAX_BYTES];

    path_of(path, pid, "stat");
    r->calls++;
    return kfile_open(&p->stat_file, r->proc_fd, path);
}

static void open_sched(struct process *p, struct process_reading *r)
{
    char path[PATH_MAX_BYTES];

    if (p->stat_file.fd < 0 || p->stat.threads != 1)
        return;
    path_of(path, p->stat.pid, "schedstat");
    r->calls++;
    (void)kfile_open(&p->sched_file, r->proc_fd, path);
}

int process_open(struct process *p, struct process_reading *r, uint32_t pid, bool keep)
{
    size_t n;

    blank(p);
    int error = keep ? gone(open_files(p, r, pid)) : 0;
    if (error == -EMFILE || error == -ENFILE)
        error = 0;
    if (error == 0)
        error = read_stat_text(p, r, pid, &n);
    if (error == 0)
        error = proc_pid_stat_parse(r->buffer->data, n, &p->stat);
    if (error == 0 && p->stat.pid != pid)
        error = -ESRCH;
    if (error != 0) {
        process_close(p);
        return error;
    }
    p->stat_ns = p->since_ns = r->mono_ns;
    open_sched(p, r);
    p->stat_is_current = true;
    error = process_read(p, r);
    if (error != 0) {
        process_close(p);
        return error;
    }
    return 0;
}

void process_close(struct process *p)
{
    kfile_close(&p->stat_file);
    kfile_close(&p->sched_file);
    blank(p);
}
