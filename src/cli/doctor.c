/* SPDX-License-Identifier: MIT
 * coherence doctor: looks at this host for a few seconds as `run` would, with the same seal and the same deep
 * sense, and says of each signal whether it came, what its absence costs and what would make it visible.
 * Nothing is judged. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/deep.h"
#include "cli/doctor_connectors.h"
#include "cli/doctor_datadog.h"
#include "cli/senses.h"
#include "cli/session.h"
#include "ingestion/host/host.h"

#define ROUNDS         4 /* the deep sense has gone through the processes, and two readings make a rate */
#define ROUND_MS       1000
#define FAST_MS        100        /* the fast round comes twice in each of them */
#define TEXT_MAX       (1u << 20) /* 256 targets with what is unknown of them */
#define NAME_MAX_WIDTH 34

enum verdict { SEEN, MISSING, NOTHING_THERE };
static const char *const verdict_names[] = {"observed", "missing", "nothing to observe"};

/* A signal: seen when one of its metrics came from an entity of that kind. */
struct signal_row {
    const char *name;
    enum entity_kind kind;
    const char *metrics[3]; /* canonical names; NULL: no more */
    const char *use;        /* what it is for, and so what its absence costs */
    const char *clue;       /* part of the line that tells why it is missing; NULL: none does */
    const char *nothing; /* what it means when it is missing without such a line; NULL: a mistake of ours */
    const char *remedy;
};

#define CGROUPS  "mount the cgroup file systems (in a container: the host's /sys)"
#define PROC     "let this process read the host's /proc (--root, hidepid=0)"
#define PRESSURE "a kernel with CONFIG_PSI, booted with psi=1"
#define DEEP     "sources.host.deep: auto, and a kernel with seccomp"
#define RIGHTS   "the capabilities SYS_PTRACE and DAC_READ_SEARCH (as root, or from the service manager)"

static const struct signal_row rows[] = {
    {"CPU use of the host", ENTITY_HOST, {"system.cpu.utilization"}, "the law seizure", "CPU time", NULL,
        PROC},
    {"CPU use of each CPU", ENTITY_CPU, {"system.cpu.utilization"},
        "shown and recorded; no law judges a single CPU", "CPU time", "too short a look", PROC},
    {"CPU use of cgroups", ENTITY_CGROUP, {"system.cpu.utilization"}, "seizure of a service or container",
        "without it: cgroups", "no cgroup below the top counts its own CPU time", CGROUPS},
    {"throttling of cgroups", ENTITY_CGROUP, {"container.cpu.throttled.time"}, "the cause throttled",
        "without it: cgroups", "no cgroup has a CPU quota", CGROUPS},
    {"pressure of CPU, memory and I/O", ENTITY_HOST,
        {"system.pressure.cpu.some", "system.pressure.memory.some", "system.pressure.io.some"},
        "the causes starved, reclaim_thrash and io_stall", "pressure", NULL, PRESSURE},
    {"I/O wait and steal", ENTITY_HOST, {"system.cpu.utilization.iowait", "system.cpu.utilization.steal"},
        "the causes io_stall and stolen", "CPU time", NULL, PROC},
    {"memory in use", ENTITY_HOST, {"system.memory.usage"}, "the law fever: growth towards the limit",
        "memory used", NULL, PROC},
    {"memory of cgroups", ENTITY_CGROUP, {"system.memory.usage"}, "fever of a service or container",
        "without it: cgroups", "no cgroup counts its memory", CGROUPS},
    {"memory allocated", ENTITY_HOST, {"system.memory.allocated"}, "the cause churn", "memory allocated",
        NULL, PROC},
    {"reclaim", ENTITY_HOST, {"system.paging.scanned"}, "the cause reclaim_thrash", "reclaim", NULL, PROC},
    {"forks and context switches", ENTITY_HOST, {"system.process.created", "system.context_switches"},
        "telling a storm of processes from a convoy", "forks", NULL, PROC},
    {"TCP connections", ENTITY_HOST,
        {"system.network.connection.opened.active", "system.network.connection.opened.passive"},
        "the law amplification", "TCP", NULL, PROC},
    {"TCP connections of containers", ENTITY_CGROUP,
        {"system.network.connection.opened.active", "system.network.connection.opened.passive"},
        "amplification of a service or container", "their TCP connections",
        "no cgroup shows a network namespace of its own", PROC},
    {"packets", ENTITY_HOST, {"system.network.packet.count.transmit"},
        "amplification, where nothing better is", "packets", "no network interface counts any", PROC},
    {"utilisation of disks", ENTITY_HOST, {"system.disk.utilization"}, "surprise", "disks",
        "no disk is there", PROC},
    {"tasks of the host", ENTITY_HOST, {"system.task.count", "system.task.limit"}, "fever: tasks run out",
        "tasks", NULL, PROC},
    {"tasks of cgroups", ENTITY_CGROUP, {"system.task.count"}, "fever of a service or container",
        "without it: cgroups", "no cgroup has a limit on its tasks", CGROUPS},
    {"tracked connections", ENTITY_HOST, {"system.network.conntrack.count"}, "fever: the table runs full",
        NULL, "the firewall tracks no connections", PROC},
    {"space of file systems", ENTITY_FILESYSTEM, {"system.filesystem.usage"},
        "fever: a file system runs full", "file systems", "no local file system can be written (here)",
        "mount the host's file systems below --root"},
    {"waiting for locks", ENTITY_PROCESS, {"process.thread.futex_wait.share"}, "the cause lock_convoy",
        "waiting for locks", "no process of several threads shows what it waits for", DEEP "; " RIGHTS},
    {"garbage collection of JVMs", ENTITY_JVM, {"jvm.gc.duration"}, "the cause gc_spiral", "JVMs",
        "no JVM runs here, or it keeps no counters (-XX:+PerfDisableSharedMem)", DEEP "; " RIGHTS},
    {"open files of processes", ENTITY_PROCESS, {"process.open_file_descriptor.count"},
        "how near a process is to its limit", "open files", "no process has several threads",
        DEEP "; " RIGHTS},
    {"storage I/O of processes", ENTITY_PROCESS, {"process.disk.io.read", "process.disk.io.write"},
        "which process the disks are busy for", "storage I/O", "no process has several threads",
        DEEP "; " RIGHTS},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

struct look {
    struct session *session;
    struct host_source *host;
    struct deep_sense *deep;
    struct deep_link link;
    pid_t deep_pid;
    struct feed feed;
    struct doctor_connectors connectors;
    bool seen[ROW_COUNT];
};

static bool is_row_of(const struct signal_row *row, enum entity_kind kind, const char *metric)
{
    for (size_t i = 0; i < sizeof(row->metrics) / sizeof(row->metrics[0]) && row->metrics[i]; i++)
        if (row->kind == kind && strcmp(row->metrics[i], metric) == 0)
            return true;
    return false;
}

/* The feed: notes what came, judges nothing. */
static int note_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct look *l = context;
    const struct catalog *c = l->feed.catalog;

    (void)t_ns;
    for (size_t i = 0; i < n; i++) {
        const struct series *s = catalog_series_get(c, samples[i].series);
        const struct entity *e = catalog_entity_get(c, s->entity);
        if (e->kind == ENTITY_SERIES && e->parent != ENTITY_NONE)
            e = catalog_entity_get(c, e->parent);
        for (size_t row = 0; row < ROW_COUNT; row++)
            l->seen[row] |= is_row_of(&rows[row], e->kind, catalog_metric_name(c, s->metric));
    }
    return 0;
}

static int note_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

static const char *missing_line(const struct look *l, uint32_t i)
{
    uint32_t of_host = 0;

    while (host_source_missing(l->host, of_host))
        of_host++;
    return i < of_host ? host_source_missing(l->host, i) : deep_sense_missing(l->deep, i - of_host);
}

/* Why a signal is missing; NULL: no line says so. */
static const char *reason_of(const struct look *l, const struct signal_row *row)
{
    const char *line;

    for (uint32_t i = 0; row->clue && (line = missing_line(l, i)); i++)
        if (strstr(line, row->clue))
            return line;
    return NULL;
}

static enum verdict judge(const struct look *l, size_t row, const char **ret_why)
{
    *ret_why = NULL;
    if (l->seen[row])
        return SEEN;
    *ret_why = reason_of(l, &rows[row]);
    if (*ret_why || !rows[row].nothing)
        return MISSING;
    *ret_why = rows[row].nothing;
    return NOTHING_THERE;
}

static void read_clock(clockid_t clock, int64_t *ret_ns)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    *ret_ns = t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void look_around(struct look *l)
{
    int64_t real_ns, mono_ns;

    for (int i = 0; i < 2 * ROUNDS; i++) {
        read_clock(CLOCK_REALTIME, &real_ns);
        read_clock(CLOCK_MONOTONIC, &mono_ns);
        (void)host_source_fast(l->host, real_ns, mono_ns);
        if (i % 2) {
            (void)host_source_slow(l->host, real_ns, mono_ns);
            (void)deep_sense_round(l->deep, real_ns, mono_ns);
        }
        if (i + 1 < 2 * ROUNDS)
            (void)poll(NULL, 0, i % 2 ? ROUND_MS - FAST_MS : FAST_MS);
    }
}

static int open_senses(struct look *l)
{
    struct session *s = l->session;
    struct error e;

    l->feed = (struct feed){
        .context = l, .catalog = engine_catalog(s->engine), .frame = note_frame, .tick = note_tick};
    l->host = host_source_open(&s->config.host, s->arguments->root, NULL, &l->feed, &e);
    if (!l->host) {
        session_say_error(&e);
        return STATUS_HOST_CANNOT;
    }
    const struct deep_home home = {.feed = &l->feed,
        .host = host_source_entity(l->host),
        .context = l->host,
        .cgroup_of = host_source_cgroup_of};
    l->deep = deep_sense_open(&l->link, &home, &e);
    if (!l->deep) {
        session_say_error(&e);
        return STATUS_FAILURE;
    }
    return STATUS_FINE;
}

static const char *seal_words(const struct seal_report *r)
{
    return r->landlock && r->seccomp ? "whole" : r->landlock || r->seccomp ? "partly" : "off";
}

static void write_text(const struct look *l, struct text *t)
{
    const struct seal_report *seal = &l->session->seal;
    const char *why;

    text_addf(t, "seal: %s", seal_words(seal));
    if (seal->missing[0])
        text_addf(t, " (%s)", seal->missing);
    text_add(t, l->deep_pid > 0 ? "\ndeep sense: on\n" : "\ndeep sense: ");
    if (l->deep_pid == 0)
        text_addf(t, "%s\n", deep_absence_text(l->link.why));
    text_add(t, "\n");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const enum verdict v = judge(l, i, &why);
        text_addf(t, "%-*s%-20s%s\n", NAME_MAX_WIDTH, rows[i].name, verdict_names[v], rows[i].use);
        if (v == SEEN)
            continue;
        if (why) {
            text_add(t, "    why: ");
            text_add_printable(t, why, strlen(why));
            text_add(t, "\n");
        }
        if (v == MISSING)
            text_addf(t, "    visible with: %s\n", rows[i].remedy);
    }
    for (uint32_t i = 0; (why = missing_line(l, i)); i++) {
        text_add(t, i == 0 ? "\nlimits of what is seen:\n    " : "    ");
        text_add_printable(t, why, strlen(why));
        text_add(t, "\n");
    }
    if (doctor_connectors_any(&l->connectors) || datadog_is_on(&l->session->config.datadog))
        text_add(t, "\nother systems:\n");
    doctor_connectors_text(&l->connectors, t);
    if (datadog_is_on(&l->session->config.datadog))
        text_add(t, "Datadog: coherence doctor --source datadog looks at it\n");
}

static void write_signal(const struct look *l, struct json *j, size_t i)
{
    const char *why;
    const enum verdict v = judge(l, i, &why);

    json_begin_object(j, NULL);
    json_put_string(j, "signal", rows[i].name);
    json_put_string(j, "entity", entity_kind_name(rows[i].kind));
    json_begin_array(j, "metrics");
    for (size_t k = 0; k < sizeof(rows[i].metrics) / sizeof(rows[i].metrics[0]) && rows[i].metrics[k]; k++)
        json_put_string(j, NULL, rows[i].metrics[k]);
    json_end_array(j);
    json_put_string(j, "use", rows[i].use);
    json_put_string(j, "state", v == SEEN ? "observed" : v == MISSING ? "missing" : "nothing");
    json_put_string(j, "why", why);
    json_put_string(j, "visible_with", v == MISSING ? rows[i].remedy : NULL);
    json_end_object(j);
}

static void write_json(const struct look *l, struct text *t)
{
    const struct seal_report *seal = &l->session->seal;
    const char *line;
    struct json j;

    json_init(&j, t);
    json_begin_object(&j, NULL);
    json_put_string(&j, "type", "doctor");
    json_put_string(&j, "host", catalog_host_name(l->feed.catalog, host_source_entity(l->host)));
    json_begin_object(&j, "seal");
    json_put_bool(&j, "landlock", seal->landlock);
    json_put_bool(&j, "seccomp", seal->seccomp);
    json_put_string(&j, "missing", seal->missing[0] ? seal->missing : NULL);
    json_end_object(&j);
    json_begin_object(&j, "deep");
    json_put_bool(&j, "on", l->deep_pid > 0);
    json_put_string(&j, "why", l->deep_pid > 0 ? NULL : deep_absence_text(l->link.why));
    json_end_object(&j);
    json_begin_array(&j, "signals");
    for (size_t i = 0; i < ROW_COUNT; i++)
        write_signal(l, &j, i);
    json_end_array(&j);
    json_begin_array(&j, "missing");
    for (uint32_t i = 0; (line = missing_line(l, i)); i++)
        json_put_string(&j, NULL, line);
    json_end_array(&j);
    doctor_connectors_json(&l->connectors, &j);
    json_end_object(&j);
    text_add(t, "\n");
}

static bool wants_json(const struct look *l)
{
    return l->session->config.shell.format == SHELL_FORMAT_JSON;
}

/* What --source names is looked at alone. */
static int examine_connectors(struct look *l)
{
    static char bytes[TEXT_MAX];
    struct text t;
    struct json j;

    int status = doctor_connectors_open(&l->connectors, l->session);
    if (!status)
        status = session_seal(l->session, NULL);
    if (!status)
        status = doctor_connectors_look(&l->connectors);
    if (status)
        return status;
    text_init(&t, bytes, sizeof(bytes));
    if (wants_json(l)) {
        json_init(&j, &t);
        json_begin_object(&j, NULL);
        json_put_string(&j, "type", "doctor");
        doctor_connectors_json(&l->connectors, &j);
        json_end_object(&j);
        text_add(&t, "\n");
    } else {
        doctor_connectors_text(&l->connectors, &t);
    }
    out_lines(&l->session->out, t.data, t.length);
    return STATUS_FINE;
}

static int examine(struct look *l)
{
    static char bytes[TEXT_MAX];
    const struct arguments *a = l->session->arguments;
    struct text t;

    int status = deep_begin(
        &l->session->config.deep, a->root, l->session->config.host.interval_ns, &l->link, &l->deep_pid);
    if (!status)
        status = doctor_connectors_open(&l->connectors, l->session);
    if (!status)
        status = session_seal_host(l->session, NULL);
    if (!status)
        status = session_start(l->session, ENGINE_STREAM);
    if (!status)
        status = open_senses(l);
    if (!status)
        status = doctor_connectors_look(&l->connectors);
    if (status)
        return status;
    look_around(l);
    text_init(&t, bytes, sizeof(bytes));
    if (wants_json(l))
        write_json(l, &t);
    else
        write_text(l, &t);
    out_lines(&l->session->out, t.data, t.length);
    return STATUS_FINE;
}

static int run(const struct arguments *a)
{
    static struct session session;
    static struct look look;

    if (a->operand_count) {
        session_say("doctor takes no file");
        return STATUS_USAGE;
    }
    if (a->source == SOURCE_SIMULATION) {
        session_say("doctor looks at what is measured; the flight simulator measures nothing");
        return STATUS_USAGE;
    }
    look.session = &session;
    int status = session_open(&session, a, true);
    if (!status && !a->dump_config)
        status = senses_named(&session);
    if (!status && !a->dump_config)
        status = a->source == SOURCE_DATADOG ? doctor_datadog(&session)
                 : a->source == SOURCE_LIVE  ? examine(&look)
                                             : examine_connectors(&look);
    doctor_connectors_close(&look.connectors);
    host_source_close(look.host);
    deep_sense_close(look.deep);
    return session_close(&session, status);
}

const struct command command_doctor = {
    .name = "doctor",
    .bit = FOR_DOCTOR,
    .operands = "",
    .summary = "which signals this host (or a source) and these privileges can observe, and what is missing",
    .run = run,
};
