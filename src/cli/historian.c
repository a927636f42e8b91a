/* SPDX-License-Identifier: MIT
 * Turns the engine's events into rows of the state file, and says what becomes of them. How they get to disk
 * without delaying a tick is state_writer.c's matter.
 *
 * After a restart two memories meet. The engine's comes from the snapshot, which may be a minute older than
 * the last row. So the file may know the end of an incident that the engine still has open: the engine is
 * told to forget it, or, when its findings go on, its next end is kept and not said again. And the file may
 * have open what the engine does not know (no snapshot, or an older one): that is closed as "lost", as of its
 * last evidence, and this is said, because its opening was. */
#include "cli/historian.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/recorder.h"
#include "engine/snapshot.h"
#include "output/event_json.h"

#define BEAT_NS     INT64_C(60000000000)
#define CLOSE_MS    2000 /* so long the end waits for a disk */
#define LOST_MAX    1000 /* incidents and findings that one start closes */
#define UNCLEAN_MAX 16   /* runs before this one that one start closes */

/* NULL: absent. */
static struct state_text text_of(const char *s)
{
    return (struct state_text){s, s ? strlen(s) : 0};
}

/* The line as printed, without its newline; valid until the next one. */
static struct state_text line_of(const struct historian *h, const struct event *e)
{
    static char line[EVENT_JSON_MAX];
    struct text t;

    text_init(&t, line, sizeof(line));
    event_json_write(&t, engine_catalog(h->session->engine), e);
    return (struct state_text){line, t.length > 0 ? t.length - 1 : 0};
}

static void add_laws(struct text *t, uint32_t laws)
{
    for (unsigned i = 0; i < LAW_COUNT; i++)
        if (laws & 1U << i) {
            text_add(t, t->length ? " " : "");
            text_add(t, law_name((enum law_id)i));
        }
}

static void put_incident(struct historian *h, const struct incident *i)
{
    const struct event e = {.type = EVENT_INCIDENT, .incident = i};
    char laws[256];
    struct text t;

    text_init(&t, laws, sizeof(laws));
    add_laws(&t, i->laws);
    const struct state_incident row = {.id = text_of(i->id),
        .host = text_of(catalog_host_name(engine_catalog(h->session->engine), i->host)),
        .kind = text_of(incident_kind_name(i->kind)),
        .severity = text_of(severity_name(i->severity)),
        .state = text_of(change_name(i->change)),
        .laws = {laws, t.length},
        .narrative = text_of(i->narrative),
        .veto = text_of(i->veto.type == VETO_NONE ? NULL : i->veto.reason),
        .start_ns = i->start_ns,
        .end_ns = i->end_ns,
        .said_ns = i->t_ns,
        .risk = i->risk,
        .json = line_of(h, &e)};
    (void)state_writer_put_incident(h->writer, &row); /* counted there */
}

static void put_finding(struct historian *h, const struct finding *f, const char *incident_id)
{
    const struct event e = {.type = EVENT_FINDING, .finding = f};
    const struct catalog *c = engine_catalog(h->session->engine);
    const struct entity *of = catalog_entity_get(c, f->entity);
    char entity[CATALOG_NAME_MAX + 16];
    struct text t;

    text_init(&t, entity, sizeof(entity));
    text_addf(&t, "%s:%s", entity_kind_name(of->kind), of->name);
    const struct state_finding row = {.id = text_of(f->id),
        .incident = text_of(incident_id),
        .host = text_of(catalog_host_name(c, f->entity)),
        .entity = {entity, t.length},
        .law = text_of(law_name(f->law)),
        .cause = text_of(f->cause),
        .state = text_of(change_name(f->change)),
        .onset_ns = f->onset_ns,
        .said_ns = f->t_ns,
        .json = line_of(h, &e)};
    (void)state_writer_put_finding(h->writer, &row);
}

/* The open incident of a finding's host, or NULL. */
static const char *incident_of(const struct historian *h, const struct finding *f)
{
    const struct view *v = engine_view(h->session->engine);
    uint32_t host = catalog_entity_get(view_catalog(v), f->entity)->host;
    const struct incident *i;

    for (uint32_t at = 0; (i = view_incident(v, at)); at++)
        if (i->host == host)
            return i->id;
    return NULL;
}

/* A finding opens before the incident that it begins or joins is said. */
static void put_pending(struct historian *h, const char *incident_id)
{
    if (h->is_pending)
        put_finding(h, h->pending, incident_id);
    h->is_pending = false;
}

static bool take_settled(struct historian *h, const char *id)
{
    for (uint32_t i = 0; i < h->settled_count; i++)
        if (strcmp(h->settled[i], id) == 0) {
            memmove(&h->settled[i], &h->settled[i + 1], (--h->settled_count - i) * sizeof(h->settled[0]));
            return true;
        }
    return false;
}

static bool take_finding(struct historian *h, const struct finding *f)
{
    put_pending(h, NULL);
    if (f->change == CHANGE_OPEN) {
        *h->pending = *f;
        h->is_pending = true;
        return true;
    }
    put_finding(h, f, incident_of(h, f));
    return !take_settled(h, f->id);
}

static bool take_incident(struct historian *h, const struct incident *i)
{
    put_pending(h, i->id);
    put_incident(h, i);
    /* Another word than its end, and it is as if the end had not been said. */
    bool settled = take_settled(h, i->id);
    return !(settled && i->change == CHANGE_CLOSE);
}

bool historian_event(struct historian *h, const struct event *e)
{
    if (!h->writer)
        return true;
    if (e->type == EVENT_FINDING)
        return take_finding(h, e->finding);
    if (e->type == EVENT_INCIDENT)
        return take_incident(h, e->incident);
    if (e->type == EVENT_TICK)
        put_pending(h, NULL);
    return true;
}

/* What one start finds, being put together. */
struct meeting {
    struct historian *h;
    struct state_file *file;
    int64_t now_ns;
    uint32_t lost;
};

static bool is_known(const struct meeting *m, const struct state_text *id, bool finding)
{
    const struct view *v = engine_view(m->h->session->engine);
    uint32_t n = finding ? view_finding_count(v) : view_incident_count(v);

    for (uint32_t i = 0; i < n; i++) {
        const char *known = finding ? view_finding(v, i)->id : view_incident(v, i)->id;
        if (strlen(known) == id->n && memcmp(known, id->at, id->n) == 0)
            return true;
    }
    return false;
}

/* Its line says "close" instead of what it said last. Returns whether there was something to replace: the
 * file's bytes are not believed. */
static bool close_line(const struct state_text *json, struct text *out)
{
    static const char key[] = "\"state\":\"";
    const char *at = memmem(json->at, json->n, key, sizeof(key) - 1);
    const char *end =
        at ? memchr(at + sizeof(key) - 1, '"', json->n - (size_t)(at - json->at) - sizeof(key) + 1) : NULL;

    if (!end)
        return false;
    text_add_bytes(out, json->at, (size_t)(at - json->at) + sizeof(key) - 1);
    text_add(out, "close");
    text_add_bytes(out, end, json->n - (size_t)(end - json->at));
    return !out->truncated;
}

static int close_lost_incident(void *context, const struct state_incident *i)
{
    static char line[STATE_TEXT_MAX + 16];
    struct meeting *m = context;
    struct state_incident row = *i;
    char since[TIMESTAMP_TEXT_MAX];
    struct text t;

    if (is_known(m, &i->id, false))
        return 0;
    row.state = text_of("lost");
    row.said_ns = i->said_ns > m->now_ns ? i->said_ns : m->now_ns;
    text_init(&t, line, sizeof(line));
    if (close_line(&i->json, &t))
        row.json = (struct state_text){line, t.length};
    (void)state_writer_put_incident(m->h->writer, &row);
    timestamp_format(i->start_ns, since);
    session_say("incident %.*s of %.*s, open since %s, is not known any more after the restart: closed",
        (int)i->id.n, i->id.at, (int)i->host.n, i->host.at, since);
    if (row.json.at == line && m->h->session->config.shell.format == SHELL_FORMAT_JSON) {
        text_add_char(&t, '\n');
        out_lines(&m->h->session->out, t.data, t.length);
    }
    return ++m->lost >= LOST_MAX;
}

static int close_lost_finding(void *context, const struct state_finding *f)
{
    struct meeting *m = context;
    struct state_finding row = *f;

    if (is_known(m, &f->id, true))
        return 0;
    row.state = text_of("lost");
    row.said_ns = f->said_ns > m->now_ns ? f->said_ns : m->now_ns;
    (void)state_writer_put_finding(m->h->writer, &row);
    return ++m->lost >= LOST_MAX;
}

static void settle(struct meeting *m, const char *id)
{
    struct historian *h = m->h;
    if (h->settled_count < HISTORIAN_SETTLED_MAX)
        memcpy(h->settled[h->settled_count++], id, HASH_ID_TEXT_MAX);
}

/* What the engine has open: the file may know its end, or nothing of it. */
static int meet_incidents(struct meeting *m)
{
    struct engine *g = m->h->session->engine;
    const struct incident *i;
    bool closed;
    int64_t said_ns;

    for (uint32_t at = 0; (i = view_incident(engine_view(g), at));) {
        int r = state_file_said(m->file, false, i->id, &closed, &said_ns);
        if (r)
            return r;
        if (said_ns == STATE_TIME_NONE)
            put_incident(m->h, i);
        if (closed && engine_forget_incident(g, i->id))
            continue; /* the next one has moved up */
        if (closed)
            settle(m, i->id);
        at++;
    }
    return 0;
}

static int meet_findings(struct meeting *m)
{
    const struct view *v = engine_view(m->h->session->engine);
    const struct finding *f;
    bool closed;
    int64_t said_ns;

    for (uint32_t at = 0; (f = view_finding(v, at)); at++) {
        int r = state_file_said(m->file, true, f->id, &closed, &said_ns);
        if (r)
            return r;
        if (said_ns == STATE_TIME_NONE)
            put_finding(m->h, f, incident_of(m->h, f));
        if (closed)
            settle(m, f->id);
    }
    return 0;
}

static int meet_runs(struct meeting *m)
{
    struct state_run left;
    bool there = true;
    int64_t before_ns = m->h->start_ns;
    int r = 0;

    for (int i = 0; i < UNCLEAN_MAX && r == 0 && there; i++) {
        r = state_file_unclean_run(m->file, before_ns, &there, &left);
        if (r || !there)
            break;
        before_ns = left.start_ns;
        left.version = text_of("");
        left.end = text_of("killed");
        left.stop_ns = left.seen_ns;
        (void)state_writer_put_run(m->h->writer, &left);
    }
    return r;
}

static void put_run(struct historian *h, int64_t seen_ns, int64_t stop_ns, const char *end)
{
    const struct state_run run = {.start_ns = h->start_ns,
        .seen_ns = seen_ns,
        .stop_ns = stop_ns,
        .version = text_of(COHERENCE_VERSION),
        .end = text_of(end)};
    (void)state_writer_put_run(h->writer, &run);
}

/* The configuration, when it is not the last one. */
static void put_config(struct historian *h, int64_t now_ns)
{
    static char bytes[CONFIG_DUMP_MAX];
    char hash[HASH_ID_TEXT_MAX];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    config_dump(&h->session->config, &t);
    snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)hash_sip24(0, 0, bytes, t.length));
    const struct state_config row = {.t_ns = now_ns, .hash = text_of(hash), .text = {bytes, t.length}};
    if (strcmp(hash, h->config_hash) == 0)
        return;
    memcpy(h->config_hash, hash, sizeof(hash));
    (void)state_writer_put_config(h->writer, &row);
}

/* Brings the two memories together; rows go to the writer's queue, which the thread empties when this is
 * over. */
static int meet(struct historian *h, struct state_file *file, int64_t now_ns)
{
    struct meeting m = {.h = h, .file = file, .now_ns = now_ns};
    int r = meet_runs(&m);

    if (r == 0)
        r = meet_incidents(&m);
    if (r == 0)
        r = meet_findings(&m);
    if (r == 0 && (r = state_file_open_incidents(file, close_lost_incident, &m)) > 0)
        r = 0;
    if (r == 0 && (r = state_file_open_findings(file, close_lost_finding, &m)) > 0)
        r = 0;
    if (r == 0)
        r = state_file_last_config(file, h->config_hash);
    return r;
}

static struct state_file *open_file(struct historian *h, const char *label)
{
    char note[ERROR_TEXT_MAX];
    struct state_file *file = NULL;
    struct error e;
    int r = state_file_open(&file, h->dir->fd, label, note, &e);

    if (note[0])
        session_say("%s/%s: %s, history begins anew", h->dir->path, STATE_FILE_NAME, note);
    if (r) {
        session_say("no history can be written yet: %s/%s: %s; it is tried again", h->dir->path,
            STATE_FILE_NAME, e.text);
        h->degraded = r;
    }
    return file;
}

/* Without a writer nothing is settled or pending. */
static void give_up(struct historian *h)
{
    free(h->settled);
    free(h->pending);
    h->settled = NULL;
    h->pending = NULL;
    h->writer = NULL;
}

static int fail_memory(struct historian *h)
{
    session_say("not enough memory for the history");
    give_up(h);
    return STATUS_FAILURE;
}

static struct state_limits limits_of(const struct config *c)
{
    return (struct state_limits){.keep_ns = c->history.keep_ns,
        .history_bytes = c->history.size_bytes,
        .recording_keep_ns = c->recorder.keep_ns + RECORDER_KEY_EVERY_NS,
        .recording_bytes = c->recorder.size_bytes};
}

int historian_open(
    struct historian *h, struct session *s, const struct state_dir *dir, const char *label, int64_t now_ns)
{
    struct state_writer_settings settings = {.dir_fd = dir->fd, .limits = limits_of(&s->config)};

    *h = (struct historian){.session = s,
        .dir = dir,
        .start_ns = now_ns,
        .beat_ns = now_ns,
        .settled = calloc(HISTORIAN_SETTLED_MAX, sizeof(h->settled[0])),
        .pending = calloc(1, sizeof(*h->pending))};
    (void)snprintf(settings.label, sizeof(settings.label), "%s", label);
    if (!h->settled || !h->pending)
        return fail_memory(h);
    struct state_file *file = open_file(h, label);
    if (state_writer_new(&h->writer, &settings)) {
        state_file_close(file);
        return fail_memory(h);
    }
    int r = file ? meet(h, file, now_ns) : 0;
    if (r)
        session_say(
            "%s/%s: what the last run left cannot be read: %s", h->dir->path, STATE_FILE_NAME, strerror(-r));
    put_run(h, now_ns, STATE_TIME_NONE, NULL);
    put_config(h, now_ns);
    r = state_writer_start(h->writer, file);
    if (r) {
        session_say("no history is kept: its thread cannot be started: %s", strerror(-r));
        (void)state_writer_close(h->writer, 0);
        give_up(h);
    }
    return STATUS_FINE;
}

static void say_change(struct historian *h, const struct state_writer_status *s)
{
    if (s->degraded && !h->degraded)
        session_note(h->session, "the history cannot be written to '%s': %s; it is kept in memory%s",
            h->dir->path, s->reason,
            state_dir_fate(h->dir) == STATE_DIR_REMOVED ? " up to the end" : " and tried again");
    else if (!s->degraded && h->degraded)
        session_note(h->session, "the history is written again to '%s'", h->dir->path);
    h->degraded = s->degraded;
    if (s->notes != h->notes)
        session_note(h->session, "%s/%s: %s", h->dir->path, STATE_FILE_NAME, s->note);
    h->notes = s->notes;
}

bool historian_tick(struct historian *h, int64_t now_ns)
{
    struct state_writer_status s;

    if (!h->writer)
        return true;
    put_pending(h, NULL);
    if (now_ns - h->beat_ns >= BEAT_NS) {
        h->beat_ns = now_ns;
        put_run(h, now_ns, STATE_TIME_NONE, NULL);
    }
    state_writer_tick(h->writer, now_ns);
    state_writer_status(h->writer, &s);
    if (s.commits > 0 || s.degraded || s.notes != h->notes)
        say_change(h, &s);
    return s.waiting == 0;
}

const char *historian_trouble(const struct historian *h)
{
    return h->writer && h->degraded
               ? "the state directory cannot be written: the history is kept in memory only"
               : NULL;
}

void historian_reloaded(struct historian *h)
{
    if (!h->writer)
        return;
    const struct state_limits limits = limits_of(&h->session->config);
    const int64_t last_ns = engine_last_tick_ns(h->session->engine);
    state_writer_set_limits(h->writer, &limits);
    put_config(h, last_ns < h->start_ns ? h->start_ns : last_ns);
}

void historian_close(struct historian *h, int status)
{
    struct state_writer_status s;

    if (!h->writer)
        return;
    put_pending(h, NULL);
    int64_t last_ns = h->session->engine ? engine_last_tick_ns(h->session->engine) : INT64_MIN;
    if (last_ns < h->start_ns)
        last_ns = h->start_ns;
    put_run(h, last_ns, last_ns, status == STATUS_FINE ? "stopped" : "failed");
    state_writer_status(h->writer, &s);
    uint64_t lost = s.dropped + s.refused;
    lost += state_writer_close(h->writer, CLOSE_MS);
    if (lost)
        session_say("%llu rows of the history could not be written to '%s'%s%s", (unsigned long long)lost,
            h->dir->path, s.degraded ? ": " : "", s.reason);
    give_up(h);
}
