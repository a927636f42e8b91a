/* SPDX-License-Identifier: MIT
 * A flight through an engine, a flight recorder and a history, as a sentinel keeps them; then what is told of
 * its incident, and what its law measured, judged again from the blocks. The expected readings are those of
 * the first engine, noted while it flew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/recorder.h"
#include "cli/session.h"
#include "cli/signal_track.h"
#include "cli/told.h"
#include "engine/snapshot.h"
#include "output/event_json.h"
#include "state/state_file.h"
#include "stage.h"

#define SECOND  INT64_C(1000000000)
#define START   (INT64_C(1767225600) * SECOND)
#define SECONDS 1200
#define LABEL   "host host-001"

struct flight {
    char path[128];
    int dir_fd;
    struct session s;
    struct arguments a;
    struct state_file *file;
    struct law_reading readings[SECONDS + 1]; /* of the seizure of the host, at each tick */
    char incident[HASH_ID_TEXT_MAX];
    uint32_t findings;
    int64_t skip_until_ns; /* blocks before are not kept */
    int64_t forget_ns;     /* after this tick the host is forgotten; 0: never */
};

static struct flight f;

static struct state_text text_of(const char *s)
{
    return (struct state_text){s, strlen(s)};
}

static int keep_block(void *context, const struct recording_block *b)
{
    struct flight *x = context;
    const struct state_block row = {.kind = b->kind,
        .from_ns = b->from_ns,
        .to_ns = b->to_ns,
        .samples = b->samples,
        .bytes = b->bytes,
        .n = b->n};

    if (b->to_ns < x->skip_until_ns)
        return 0;
    assert_int_equal(state_file_begin(x->file), 0);
    assert_int_equal(state_file_put_block(x->file, &row), 0);
    assert_int_equal(state_file_commit(x->file), 0);
    return 0;
}

/* Findings and incidents become rows, as historian.c makes them. */
static void on_event(void *context, const struct event *e)
{
    struct flight *x = context;
    static char line[EVENT_JSON_MAX];
    struct text t;

    if (e->type != EVENT_FINDING && e->type != EVENT_INCIDENT)
        return;
    text_init(&t, line, sizeof(line));
    event_json_write(&t, engine_catalog(x->s.engine), e);
    const struct state_text json = {line, t.length - 1};
    assert_int_equal(state_file_begin(x->file), 0);
    if (e->type == EVENT_INCIDENT) {
        const struct incident *i = e->incident;
        const struct state_incident row = {.id = text_of(i->id),
            .host = text_of("host-001"),
            .kind = text_of(incident_kind_name(i->kind)),
            .severity = text_of(severity_name(i->severity)),
            .state = text_of(change_name(i->change)),
            .laws = text_of("seizure"),
            .narrative = text_of(i->narrative),
            .start_ns = i->start_ns,
            .end_ns = i->end_ns,
            .said_ns = i->t_ns,
            .risk = i->risk,
            .json = json};
        assert_int_equal(state_file_put_incident(x->file, &row), 0);
        (void)snprintf(x->incident, sizeof(x->incident), "%s", i->id);
    } else {
        const struct finding *k = e->finding;
        /* An incident has the id of its first finding. */
        const struct state_finding row = {.id = text_of(k->id),
            .incident = text_of(x->incident[0] ? x->incident : k->id),
            .host = text_of("host-001"),
            .entity = text_of("host"),
            .law = text_of(law_name(k->law)),
            .cause = text_of(k->cause),
            .state = text_of(change_name(k->change)),
            .onset_ns = k->onset_ns,
            .said_ns = k->t_ns,
            .json = json};
        assert_int_equal(state_file_put_finding(x->file, &row), 0);
        x->findings += k->change == CHANGE_OPEN;
    }
    assert_int_equal(state_file_commit(x->file), 0);
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct flight *x = context;

    recorder_frame(x->s.recorder, t_ns, samples, n);
    return engine_frame(x->s.engine, t_ns, samples, n);
}

static int take_tick(void *context, int64_t now_ns)
{
    struct flight *x = context;
    const struct catalog *c = engine_catalog(x->s.engine);

    recorder_tick(x->s.recorder, now_ns);
    const int r = engine_tick(x->s.engine, now_ns);
    recorder_ticked(x->s.recorder, now_ns);
    const uint32_t host = catalog_find_text(c, "host-001", 8, "host", 4);
    assert_true(host != ENTITY_NONE && now_ns >= START && now_ns - START <= SECONDS * SECOND);
    x->readings[(now_ns - START) / SECOND] = view_reading(engine_view(x->s.engine), host, LAW_SEIZURE);
    if (x->forget_ns == now_ns) {
        assert_int_equal(engine_forget(x->s.engine, host), 0);
        recorder_renew(x->s.recorder);
    }
    return r;
}

static void fly(int64_t skip_until_ns, int64_t forget_ns)
{
    char note[ERROR_TEXT_MAX];
    struct error e;

    memset(&f, 0, sizeof(f));
    const char *kept = getenv("COHERENCE_KEEP_STATE"); /* to look at with the command */
    (void)snprintf(f.path, sizeof(f.path), "%s", kept ? kept : "/tmp/coherence-test-XXXXXX");
    assert_true(kept || mkdtemp(f.path));
    f.dir_fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(f.dir_fd >= 0);
    assert_int_equal(state_file_open(&f.file, f.dir_fd, LABEL, note, &e), 0);
    f.skip_until_ns = skip_until_ns;
    f.forget_ns = forget_ns;
    config_init(&f.s.config);
    f.s.config.engine.threads = 1;
    f.s.config.engine.max_entities = f.s.config.engine.max_series = 1000;
    f.s.arguments = &f.a;
    f.s.engine = engine_new(&f.s.config.engine, ENGINE_STREAM, &e);
    assert_non_null(f.s.engine);
    engine_on_event(f.s.engine, on_event, &f);
    f.s.recorder = recorder_new(&f.s);
    assert_non_null(f.s.recorder);
    recorder_add(f.s.recorder, keep_block, &f);
    const struct feed feed = {
        .context = &f, .catalog = engine_catalog(f.s.engine), .frame = take_frame, .tick = take_tick};
    stage_fly("cascade", 1, SECONDS, &feed);
    recorder_flush(f.s.recorder);
    state_file_close(f.file);
    assert_true(f.findings >= 2);
}

static void land(void)
{
    recorder_free(f.s.recorder);
    engine_free(f.s.engine);
    if (!getenv("COHERENCE_KEEP_STATE")) {
        static const char *const names[] = {"coherence.db", "coherence.db-wal", "coherence.db-shm"};
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            (void)unlinkat(f.dir_fd, names[i], 0);
        assert_int_equal(rmdir(f.path), 0);
    }
    (void)close(f.dir_fd);
}

/* What is looked at. */
struct look {
    struct state_source source;
    struct state_reader *reader;
};

static void open_look(struct look *l)
{
    struct error e;

    assert_int_equal(state_source_open(&l->source, f.path, &e), 0);
    assert_int_equal(state_reader_new(&l->reader, &l->source, &e), 0);
}

static void close_look(struct look *l)
{
    state_reader_free(l->reader);
    state_source_close(&l->source);
}

static struct signal_track tracks[SIGNAL_TRACKS_MAX];

static void want(struct signal_track *s, const char *entity, int64_t from_s, int64_t to_s)
{
    (void)snprintf(s->host, sizeof(s->host), "host-001");
    (void)snprintf(s->entity, sizeof(s->entity), "%s", entity);
    s->law = LAW_SEIZURE;
    s->from_ns = START + from_s * SECOND;
    s->to_ns = START + to_s * SECOND;
}

static bool is_same(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0 || (a != a && b != b);
}

static void the_history_tells_of_it(void **state)
{
    static struct told t;
    struct error e;
    struct look l;
    char id[HASH_ID_TEXT_MAX];

    (void)state;
    fly(INT64_MIN, 0);
    open_look(&l);
    assert_int_equal(told_read(&t, l.reader, f.incident, &e), 0);
    assert_true(t.has_incident);
    assert_string_equal(t.incident.id, f.incident);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.findings[0].law, LAW_SEIZURE);
    assert_int_equal(t.findings[1].law, LAW_FEVER);
    assert_true(t.findings[0].onset_ns < t.findings[1].onset_ns);
    assert_int_equal(t.incident_json[strlen(t.incident_json) - 1], '}');
    (void)snprintf(id, sizeof(id), "%s", t.findings[1].id);
    told_free(&t);
    /* A finding by the beginning of its id, with the incident that it is a part of. */
    id[6] = '\0';
    assert_int_equal(told_read(&t, l.reader, id, &e), 0);
    assert_false(t.has_incident);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.findings[0].law, LAW_FEVER);
    assert_string_equal(t.incidents[0], f.incident);
    told_free(&t);
    assert_int_equal(told_read(&t, l.reader, "0000000000000000", &e), -ENOENT);
    told_free(&t);
    close_look(&l);
    land();
}

static void the_readings_are_those_of_the_run(void **state)
{
    struct signal_reach reach;
    struct look l;
    uint32_t known = 0;

    (void)state;
    fly(INT64_MIN, 0);
    open_look(&l);
    want(&tracks[0], "host", 400, 900);
    want(&tracks[1], "cgroup:none", 400, 500);
    assert_int_equal(signal_track_read(l.reader, &f.s.config, tracks, 2, &reach), 0);
    assert_true(reach.any && !reach.cold && reach.damaged == 0);
    assert_int_equal(tracks[0].count, 501);
    assert_int_equal(tracks[1].count, 0);
    for (uint32_t i = 0; i < tracks[0].count; i++) {
        const struct law_reading *r = &f.readings[400 + i];
        assert_true(tracks[0].t_ns[i] == START + (400 + (int64_t)i) * SECOND);
        assert_true(is_same(tracks[0].value[i], r->value) && is_same(tracks[0].expected[i], r->expected));
        assert_true(is_same(tracks[0].lo[i], r->lo) && is_same(tracks[0].hi[i], r->hi));
        known += r->value == r->value;
    }
    assert_true(known > 450);
    close_look(&l);
    land();
}

/* The first ten minutes are gone: what can be judged again is, and no more. */
static void what_is_not_kept_is_not_made_up(void **state)
{
    struct signal_reach reach;
    struct look l;

    (void)state;
    fly(START + 650 * SECOND, 0);
    open_look(&l);
    want(&tracks[0], "host", 100, 400);
    assert_int_equal(signal_track_read(l.reader, &f.s.config, tracks, 1, &reach), 0);
    assert_int_equal(tracks[0].count, 0);
    assert_true(reach.any && reach.from_ns > tracks[0].to_ns);
    want(&tracks[0], "host", 500, 1100);
    assert_int_equal(signal_track_read(l.reader, &f.s.config, tracks, 1, &reach), 0);
    assert_true(tracks[0].count > 150 && tracks[0].t_ns[0] >= START + 650 * SECOND);
    for (uint32_t i = 0; i < tracks[0].count; i++)
        assert_true(is_same(tracks[0].value[i], f.readings[(tracks[0].t_ns[i] - START) / SECOND].value));
    close_look(&l);
    land();
}

/* What was forgotten in the middle of an incident is forgotten in the replay, too. */
static void a_replay_forgets_where_the_run_did(void **state)
{
    struct signal_reach reach;
    struct look l;
    uint32_t warm = 0, before = 0;

    (void)state;
    fly(INT64_MIN, START + 700 * SECOND);
    open_look(&l);
    want(&tracks[0], "host", 650, 1150);
    assert_int_equal(signal_track_read(l.reader, &f.s.config, tracks, 1, &reach), 0);
    assert_int_equal(tracks[0].count, 501);
    for (uint32_t i = 0; i < tracks[0].count; i++) {
        const struct law_reading *r = &f.readings[650 + i];
        assert_true(is_same(tracks[0].value[i], r->value) && is_same(tracks[0].expected[i], r->expected));
        assert_true(is_same(tracks[0].lo[i], r->lo) && is_same(tracks[0].hi[i], r->hi));
        warm += i > 50 && i < 60 && r->state == LAW_WARMUP;
        before += i <= 50 && r->state == LAW_WARMUP;
    }
    assert_true(warm > 5 && before == 0);
    close_look(&l);
    land();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_history_tells_of_it),
        cmocka_unit_test(the_readings_are_those_of_the_run),
        cmocka_unit_test(what_is_not_kept_is_not_made_up),
        cmocka_unit_test(a_replay_forgets_where_the_run_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
