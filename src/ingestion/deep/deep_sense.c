/* SPDX-License-Identifier: MIT
 * Turns messages of the deep sense into samples of processes and JVMs, and its silence into the lines of what
 * is missing. Starting and sealing its process is cli/deep.c's matter, names are deep_entries.c's. */
#include "ingestion/deep/deep_sense.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/deep/deep_entries.h"

/* One round of the child has at most DEEP_WATCH_MAX + 256 + 1 messages; what is behind that waits. */
#define MESSAGES_MAX 1024u
#define SAMPLES_MAX  (MESSAGES_MAX * DEEP_SLOTS)

/* A process that was not heard of for so long has let go of its name: five rounds of the usual second. */
#define SILENCE_NS INT64_C(5000000000)

#define LINE_MAX_BYTES 512

static const char *const mode_names[] = {[DEEP_AUTO] = "auto", [DEEP_ON] = "on", [DEEP_OFF] = "off", NULL};

const struct option_row deep_option_rows[] = {
    {
        .key = "sources.host.deep",
        .type = OPTION_CHOICE,
        .offset = offsetof(struct deep_options, mode),
        .choices = mode_names,
        .fallback = "auto",
        .unit = "",
        .help = "a second process under a filter of its own, which reads what the sealed one may not (locks, "
                "JVMs, open files): on refuses to start without, auto takes what this host allows",
    },
    {
        .key = "sources.host.max_jvms",
        .type = OPTION_INT,
        .offset = offsetof(struct deep_options, max_jvms),
        .minimum = 0,
        .maximum = 256,
        .fallback = "32",
        .unit = "",
        .help = "most JVMs watched at a time",
    },
};
const size_t deep_option_count = sizeof(deep_option_rows) / sizeof(deep_option_rows[0]);

const struct deep_signal deep_signals[] = {
    {"waiting for locks", "process.thread.futex_wait.share", "names a lock convoy as the cause of a seizure"},
    {"garbage collection of JVMs", "jvm.gc.duration, jvm.memory.used, .used_after_last_gc, .limit",
        "the fever of a collector in a spiral"},
    {"open files of processes", "process.open_file_descriptor.count, .limit",
        "how near a process is to its limit"},
    {"storage I/O of processes", "process.disk.io.read, .write", "which process the disks are busy for"},
    {NULL, NULL, NULL},
};

#define ALL_SIGNALS                                                                                          \
    "waiting for locks, garbage collection of JVMs, open files and storage I/O of single processes"

enum lack {
    LACK_ALL,
    LACK_OTHERS, /* of other users */
    LACK_HIDDEN,
    LACK_JVM_DENIED,
    LACK_JVM_ROOM,
    LACK_NAMES,
    LACK_CATALOG,
    LACK_COUNT
};

struct deep_sense {
    struct deep_home home;
    struct feed feed;
    struct deep_inbox in;
    int out_fd;
    enum deep_absence why;
    bool has_news;
    bool has_hello;
    struct deep_hello hello;
    struct deep_watch watched; /* as last sent */
    struct deep_round last;
    struct deep_entries entries;
    struct frame frame;
    struct deep_message message; /* being taken */
    int lack_codes[LACK_COUNT];
    char lack_texts[LACK_COUNT][LINE_MAX_BYTES];
    char news[LINE_MAX_BYTES];
};

const char *deep_absence_text(enum deep_absence why)
{
    switch (why) {
    case DEEP_PRESENT:
        return "on";
    case DEEP_SWITCHED_OFF:
        return "switched off (sources.host.deep)";
    case DEEP_NO_HOST:
        return "this is not a host's own telemetry";
    case DEEP_NO_PROCESS:
        return "its process cannot be started";
    case DEEP_SILENT:
        return "its process did not get ready in time";
    case DEEP_NO_PROC:
        return "there is no /proc of running processes";
    case DEEP_NO_FILTER:
        return "this kernel gives no seccomp filter, and it does not run without one";
    default:
        return "it ended while starting";
    }
}

static void set_lack(struct deep_sense *d, enum lack what, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void set_lack(struct deep_sense *d, enum lack what, int code, const char *format, ...)
{
    va_list arguments;

    if (d->lack_codes[what] == code)
        return;
    d->lack_codes[what] = code;
    va_start(arguments, format);
    (void)vsnprintf(d->lack_texts[what], LINE_MAX_BYTES, format, arguments);
    va_end(arguments);
}

static void close_pipes(struct deep_sense *d)
{
    if (d->in.fd >= 0)
        (void)close(d->in.fd);
    if (d->out_fd >= 0)
        (void)close(d->out_fd);
    d->in.fd = d->out_fd = -1;
}

/* It is over; the watching goes on without. */
static void end(struct deep_sense *d, const char *why)
{
    close_pipes(d);
    memset(d->lack_codes, 0, sizeof(d->lack_codes));
    set_lack(d, LACK_ALL, 1, "the deep sense: %s; without it: " ALL_SIGNALS, why);
    (void)snprintf(
        d->news, sizeof(d->news), "the deep sense: %s; not observable from now on: " ALL_SIGNALS, why);
    d->has_news = true;
}

struct deep_sense *deep_sense_open(
    const struct deep_link *link, const struct deep_home *home, struct error *e)
{
    struct deep_sense *d = calloc(1, sizeof(*d));

    if (!d || frame_init(&d->frame, home->feed->catalog, SAMPLES_MAX) < 0) {
        error_set(e, -ENOMEM, "no memory for the deep sense");
        free(d);
        if (link->in_fd >= 0)
            (void)close(link->in_fd);
        if (link->out_fd >= 0)
            (void)close(link->out_fd);
        return NULL;
    }
    d->home = *home;
    d->feed = *home->feed;
    d->in.fd = link->in_fd;
    d->out_fd = link->out_fd;
    d->why = link->why;
    if (link->why != DEEP_PRESENT)
        set_lack(
            d, LACK_ALL, 1, "the deep sense: %s; without it: " ALL_SIGNALS, deep_absence_text(link->why));
    return d;
}

void deep_sense_close(struct deep_sense *d)
{
    if (!d)
        return;
    close_pipes(d);
    frame_done(&d->frame);
    free(d);
}

/* The entity of a process or JVM, made when it is new. */
static uint32_t entity_of(struct deep_sense *d, struct deep_entry *e)
{
    char name[DEEP_NAME_MAX + 16];
    uint32_t parent = ENTITY_NONE;

    if (e->entity != ENTITY_NONE && catalog_entity_lives(d->feed.catalog, e->entity))
        return e->entity;
    /* New, or not heard of for so long that the catalog let it go. */
    e->entity = ENTITY_NONE;
    memset(e->slots, 0, sizeof(e->slots));
    if (d->home.cgroup_of)
        parent = d->home.cgroup_of(d->home.context, e->holder.pid);
    if (!catalog_entity_lives(d->feed.catalog, parent))
        parent = d->home.host;
    deep_entry_name(e, name);
    const int64_t id = catalog_entity_below(d->feed.catalog, parent, e->kind, name, strlen(name));
    if (id >= 0)
        e->entity = (uint32_t)id;
    else
        d->frame.refused++;
    return e->entity;
}

/* Where a process is known to somebody else, its entity is theirs. */
static bool find_process(struct deep_sense *d, struct deep_entry *e)
{
    if (!d->home.process_of)
        return entity_of(d, e) != ENTITY_NONE;
    const uint32_t entity = d->home.process_of(d->home.context, &e->holder);
    if (entity != e->entity) {
        e->entity = entity;
        memset(e->slots, 0, sizeof(e->slots));
    }
    return entity != ENTITY_NONE;
}

static void take_process(struct deep_sense *d, const struct deep_process *p, int64_t mono_ns)
{
    struct deep_entry *e = deep_entries_get(&d->entries, ENTITY_PROCESS, &p->id, p->name, mono_ns);
    struct frame *f = &d->frame;

    if (!e || !find_process(d, e))
        return;
    const double share = p->tasks_known > 0 ? (double)p->tasks_futex / (double)p->tasks_known : (double)NAN;
    frame_add(f, &e->slots[0], e->entity, METRIC_FUTEX_SHARE, share);
    frame_add(f, &e->slots[1], e->entity, METRIC_OPEN_FILES, p->open_files);
    frame_add(f, &e->slots[2], e->entity, METRIC_OPEN_FILES_LIMIT, p->open_files_limit);
    frame_add(f, &e->slots[3], e->entity, METRIC_STORAGE_READ, p->read_bytes);
    frame_add(f, &e->slots[4], e->entity, METRIC_STORAGE_WRITTEN, p->written_bytes);
}

static void take_jvm(struct deep_sense *d, const struct deep_jvm *j, int64_t mono_ns)
{
    struct deep_entry *e = deep_entries_get(&d->entries, ENTITY_JVM, &j->id, j->name, mono_ns);
    const struct jvm_reading *r = &j->reading;
    struct frame *f = &d->frame;

    if (!e || entity_of(d, e) == ENTITY_NONE)
        return;
    frame_add(f, &e->slots[0], e->entity, METRIC_GC_TIME, r->gc_time_s);
    frame_add(f, &e->slots[1], e->entity, METRIC_GC_COUNT, r->gc_count);
    frame_add(f, &e->slots[2], e->entity, METRIC_HEAP_USED, r->heap_used_bytes);
    frame_add(f, &e->slots[3], e->entity, METRIC_HEAP_LIVE, r->heap_live_bytes);
    frame_add(f, &e->slots[4], e->entity, METRIC_HEAP_LIMIT, r->heap_limit_bytes);
    frame_add(f, &e->slots[5], e->entity, METRIC_HEAP_ALLOCATED, jvm_allocation_take(&e->allocation, r));
    frame_add(f, &e->slots[6], e->entity, METRIC_GC_MAJOR, r->major_count);
    frame_add(f, &e->slots[7], e->entity, METRIC_UPTIME, r->uptime_s);
}

static void take_round(struct deep_sense *d, const struct deep_round *r)
{
    d->last = *r;
    set_lack(d, LACK_OTHERS, !d->hello.may_trace && r->denied > 0,
        "processes of other users: their open files, storage I/O and what their threads wait for need the "
        "capability SYS_PTRACE");
    set_lack(d, LACK_HIDDEN, r->hidden > 0,
        "what threads wait for: the kernel hides it for some processes (wchan is 0 while they sleep)");
    set_lack(d, LACK_JVM_DENIED, r->jvms_denied > 0,
        "JVMs of other users: their counters need the capabilities SYS_PTRACE and DAC_READ_SEARCH");
    set_lack(d, LACK_JVM_ROOM, r->jvms_excess > 0,
        "more JVMs than sources.host.max_jvms; the excess goes unwatched");
}

/* Takes one message. Returns whether it may come from a deep sense at this point. */
static bool take(struct deep_sense *d, const struct deep_message *m, int64_t mono_ns)
{
    if (!d->has_hello) {
        d->has_hello = m->kind == DEEP_HELLO;
        d->hello = m->of.hello;
        return d->has_hello;
    }
    switch (m->kind) {
    case DEEP_PROCESS:
        take_process(d, &m->of.process, mono_ns);
        return true;
    case DEEP_JVM:
        take_jvm(d, &m->of.jvm, mono_ns);
        return true;
    case DEEP_ROUND:
        take_round(d, &m->of.round);
        return true;
    default:
        return false;
    }
}

/* Says of which runtimes, and processes that are known to nobody else, the life is over. */
static int say_gone(struct deep_sense *d, int64_t t_ns)
{
    int r = 0;

    for (uint32_t i = 0; i < d->entries.count && r >= 0; i++) {
        struct deep_entry *e = &d->entries.items[i];
        if (e->is_held || e->entity == ENTITY_NONE)
            continue;
        bool ours = e->kind == ENTITY_JVM || !d->home.process_of;
        if (ours && d->feed.gone && catalog_entity_lives(d->feed.catalog, e->entity))
            r = d->feed.gone(d->feed.context, t_ns, e->entity, ENTITY_ENDED);
        e->entity = ENTITY_NONE;
        memset(e->slots, 0, sizeof(e->slots));
    }
    return r;
}

int deep_sense_round(struct deep_sense *d, int64_t t_ns, int64_t mono_ns)
{
    for (uint32_t i = 0; d->in.fd >= 0 && i < MESSAGES_MAX; i++) {
        const int r = deep_inbox_next(&d->in, &d->message);
        if (r == 0)
            break;
        if (r == -EPIPE)
            end(d, "its process has ended");
        else if (r < 0 || !take(d, &d->message, mono_ns))
            end(d, "its process said what it never says, and is not listened to any more");
    }
    deep_entries_release(&d->entries, mono_ns - SILENCE_NS);
    set_lack(d, LACK_NAMES, d->entries.refused > 0,
        "processes and JVMs under more than %u names were seen; later ones go unwatched", DEEP_ENTRIES_MAX);
    set_lack(d, LACK_CATALOG, d->frame.refused > 0,
        "the limits on entities and series leave no room for all processes and JVMs; the excess goes "
        "unwatched");
    int r = say_gone(d, t_ns);
    return r < 0 ? r : frame_send(&d->frame, &d->feed, t_ns);
}

int deep_sense_watch(struct deep_sense *d, const struct deep_id *ids, uint32_t n)
{
    struct deep_message m = {.kind = DEEP_WATCH, .of.watch.count = n};

    if (d->out_fd < 0)
        return -EPIPE;
    for (uint32_t i = 0; i < n; i++)
        m.of.watch.ids[i] = ids[i];
    bool is_same = n == d->watched.count;
    for (uint32_t i = 0; is_same && i < n; i++)
        is_same = ids[i].pid == d->watched.ids[i].pid && ids[i].start_ticks == d->watched.ids[i].start_ticks;
    if (is_same)
        return 0;
    const int r = deep_message_send(d->out_fd, &m);
    if (r == 0)
        d->watched = m.of.watch;
    return r; /* that it has ended is found out by the next round */
}

const char *deep_sense_news(struct deep_sense *d)
{
    if (!d->has_news)
        return NULL;
    d->has_news = false;
    return d->news;
}

bool deep_sense_is_on(const struct deep_sense *d)
{
    return d->in.fd >= 0;
}

const char *deep_sense_missing(const struct deep_sense *d, uint32_t i)
{
    for (int what = 0; what < LACK_COUNT; what++)
        if (d->lack_codes[what] != 0 && i-- == 0)
            return d->lack_texts[what];
    return NULL;
}

const struct deep_round *deep_sense_last(const struct deep_sense *d)
{
    return &d->last;
}
