/* SPDX-License-Identifier: MIT
 * A flight through the real recorder into memory and into a state file; then moments of it, rebuilt by the
 * thread, as somebody at a screen goes about in them. The expected values are those of the engine that flew,
 * noted at each tick. */
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

#include "cli/hindsight.h"
#include "cli/recorder.h"
#include "state/state_file.h"
#include "stage.h"

#define SECOND  INT64_C(1000000000)
#define START   (INT64_C(1767225600) * SECOND)
#define SECONDS 1200
/* Nobody watched then. */
#define GAP_FROM 310
#define GAP_TO   370
/* A replay begins at a snapshot, of which there is one every five minutes, so long before the moment. */
#define WAY_TICKS_MAX 421

/* What is seen of a moment. */
struct sight {
    struct host_tick host;
    uint32_t incidents, findings;
};

static struct {
    struct stage *stage;
    struct short_memory *memory;
    struct state_file *file;
    char path[64];
    int dir_fd;
    struct feed engine;
    struct sight sights[SECONDS + 1];
    /* Of the visits. */
    struct loop *loop;
    struct hindsight *hindsight;
    struct hindsight_answer answer;
    struct sight seen;
    int64_t at_s;
    unsigned answers, begun, ticks;
} f;

static struct sight look(const struct view *v)
{
    const uint32_t host = catalog_find_text(view_catalog(v), "host-001", 8, "host", 4);
    const struct host_tick *h = host == ENTITY_NONE ? NULL : view_host(v, host);
    struct sight s = {.incidents = view_incident_count(v), .findings = view_finding_count(v)};

    if (h)
        s.host = *h;
    s.host.incident = NULL; /* lives in its engine */
    return s;
}

static bool is_gap(int64_t t_ns)
{
    return t_ns > START + GAP_FROM * SECOND && t_ns < START + GAP_TO * SECOND;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)context;
    return is_gap(t_ns) ? 0 : f.engine.frame(f.engine.context, t_ns, samples, n);
}

static int take_tick(void *context, int64_t now_ns)
{
    (void)context;
    if (is_gap(now_ns))
        return 0;
    const int r = f.engine.tick(f.engine.context, now_ns);
    f.sights[(now_ns - START) / SECOND] = look(engine_view(f.stage->s.engine));
    return r;
}

static int remember(void *context, const struct recording_block *b)
{
    (void)context;
    return short_memory_put(f.memory, b);
}

static int keep(void *context, const struct recording_block *b)
{
    const struct state_block row = {.kind = b->kind,
        .from_ns = b->from_ns,
        .to_ns = b->to_ns,
        .samples = b->samples,
        .bytes = b->bytes,
        .n = b->n};

    (void)context;
    assert_int_equal(state_file_begin(f.file), 0);
    assert_int_equal(state_file_put_block(f.file, &row), 0);
    return state_file_commit(f.file);
}

static void open_state(void)
{
    char note[ERROR_TEXT_MAX];
    struct error e;

    strcpy(f.path, "/tmp/coherence-test-XXXXXX");
    assert_non_null(mkdtemp(f.path));
    f.dir_fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(f.dir_fd >= 0);
    assert_int_equal(state_file_open(&f.file, f.dir_fd, "host host-001", note, &e), 0);
}

/* room: of the memory; 0: into a state file. */
static void fly(size_t room)
{
    memset(&f, 0, sizeof(f));
    f.stage = stage_new(1);
    assert_int_equal(session_start(&f.stage->s, ENGINE_STREAM), STATUS_FINE);
    f.stage->s.recorder = recorder_new(&f.stage->s);
    if (room) {
        f.memory = short_memory_new(room);
        recorder_add(f.stage->s.recorder, remember, NULL);
    } else {
        open_state();
        recorder_add(f.stage->s.recorder, keep, NULL);
    }
    f.engine = session_feed(&f.stage->s);
    const struct feed feed = {.catalog = f.engine.catalog, .frame = take_frame, .tick = take_tick};
    stage_fly("cascade", 1, SECONDS, &feed);
    recorder_flush(f.stage->s.recorder);
    if (f.file)
        state_file_close(f.file);
    assert_true(f.sights[660].incidents > 0 && f.sights[600].incidents == 0);
}

static void on_begin(void *context)
{
    (void)context;
    f.begun++;
}

static void on_tick(void *context, const struct view *v)
{
    (void)context;
    (void)v;
    f.ticks++;
}

static void on_answer(void *context, const struct hindsight_answer *a)
{
    (void)context;
    f.answers++;
    f.answer = *a;
    f.at_s = a->view ? (view_now_ns(a->view) - START) / SECOND : -1;
    if (a->view)
        f.seen = look(a->view);
    loop_stop(f.loop);
}

static void begin_visits(void)
{
    const struct stretch_source source = {.memory = f.memory, .dir_fd = f.dir_fd};
    const struct hindsight_watch watch = {.begin = on_begin, .tick = on_tick, .answer = on_answer};
    struct error e;

    f.loop = loop_new(&e);
    assert_non_null(f.loop);
    f.hindsight = hindsight_open(&source, &f.stage->s.config, &watch, f.loop);
    assert_non_null(f.hindsight);
}

static void land(void)
{
    hindsight_close(f.hindsight);
    loop_free(f.loop);
    recorder_free(f.stage->s.recorder);
    stage_free(f.stage);
    short_memory_free(f.memory);
    if (!f.file)
        return;
    (void)unlinkat(f.dir_fd, "coherence.db", 0);
    (void)unlinkat(f.dir_fd, "coherence.db-wal", 0);
    assert_int_equal(rmdir(f.path), 0);
    (void)close(f.dir_fd);
}

/* Goes there and waits for the answer. before_s < 0: wherever it is. */
static void go(int64_t to_s, int64_t before_s)
{
    f.ticks = f.begun = 0;
    hindsight_go(f.hindsight, &(struct hindsight_wish){.t_ns = START + to_s * SECOND,
                                  .before_ns = before_s < 0 ? INT64_MAX : START + before_s * SECOND});
    assert_int_equal(loop_run(f.loop), 0);
}

static void assert_stands(int64_t at_s)
{
    const struct sight *then = &f.sights[at_s];

    assert_int_equal(f.answer.fault, 0);
    assert_int_equal(f.at_s, at_s);
    assert_int_equal(f.seen.host.state, then->host.state);
    assert_int_equal(f.seen.incidents, then->incidents);
    assert_int_equal(f.seen.findings, then->findings);
    for (unsigned law = 0; law < LAW_MAIN_COUNT; law++) {
        const struct law_reading *a = &f.seen.host.laws[law], *b = &then->host.laws[law];
        assert_int_equal(a->state, b->state);
        assert_memory_equal(&a->value, &b->value, sizeof(a->value)); /* to the bit, NaN included */
        assert_memory_equal(&a->expected, &b->expected, sizeof(a->expected));
        assert_memory_equal(&a->hi, &b->hi, sizeof(a->hi));
    }
    assert_true(f.ticks <= WAY_TICKS_MAX * (f.begun ? f.begun : 1)); /* over a gap it is gone twice */
}

static void visit_moments(void)
{
    go(660, -1);
    assert_stands(660);
    assert_true(f.seen.incidents > 0);
    assert_int_equal(f.begun, 1);
    assert_true(f.answer.from_ns <= START + 660 * SECOND - HINDSIGHT_BEFORE_NS);
    go(661, -1); /* from where it stands */
    assert_stands(661);
    assert_int_equal(f.begun, 0);
    assert_int_equal(f.ticks, 1);
    go(720, -1);
    assert_stands(720);
    assert_int_equal(f.begun, 0);
    go(719, 720); /* back: anew from a snapshot */
    assert_stands(719);
    assert_int_equal(f.begun, 1);
    go(100, -1);
    assert_stands(100);
    go(1100, -1); /* far ahead: a snapshot is nearer */
    assert_stands(1100);
    assert_int_equal(f.begun, 1);
    hindsight_leave(f.hindsight);
    assert_int_equal(loop_run(f.loop), 0);
    assert_true(f.answer.left);
    go(650, -1); /* and again */
    assert_stands(650);
}

static void moments_are_as_they_were_out_of_memory(void **state)
{
    (void)state;
    fly(16u << 20);
    begin_visits();
    visit_moments();
    land();
}

static void moments_are_as_they_were_out_of_a_state_file(void **state)
{
    (void)state;
    fly(0);
    begin_visits();
    visit_moments();
    land();
}

static void where_nobody_watched_the_tick_before_or_after_is_shown(void **state)
{
    (void)state;
    fly(16u << 20);
    begin_visits();
    go(340, -1);
    assert_stands(GAP_TO);
    go(GAP_TO - 1, GAP_TO); /* a tick back */
    assert_stands(GAP_FROM);
    go(GAP_FROM + 1, -1); /* and on */
    assert_stands(GAP_TO);
    land();
}

static void both_ends_are_said(void **state)
{
    (void)state;
    fly(16u << 20);
    begin_visits();
    go(5000, -1);
    assert_stands(SECONDS);
    assert_true(f.answer.is_last);
    go(5001, -1); /* still */
    assert_stands(SECONDS);
    assert_true(f.answer.is_last);
    go(-100, -1);
    const int64_t first_s = f.at_s;
    assert_true(first_s >= 0 && first_s <= 1 && !f.answer.is_last);
    assert_true(f.answer.from_ns > START - 100 * SECOND);
    go(first_s - 1, first_s);
    assert_stands(first_s);
    land();
}

static void only_the_last_of_many_wishes_is_answered(void **state)
{
    (void)state;
    fly(16u << 20);
    begin_visits();
    for (int64_t t_s = 1000; t_s > 300; t_s -= 100)
        hindsight_go(
            f.hindsight, &(struct hindsight_wish){.t_ns = START + t_s * SECOND, .before_ns = INT64_MAX});
    const unsigned before = f.answers;
    go(222, -1);
    assert_int_equal(f.answers, before + 1);
    assert_stands(222);
    hindsight_go(f.hindsight, &(struct hindsight_wish){.t_ns = START, .before_ns = INT64_MAX});
    land(); /* in the middle of it */
}

static void what_memory_has_lost_is_not_made_up(void **state)
{
    (void)state;
    fly(64u << 10);
    begin_visits();
    go(0, -1);
    assert_int_equal(f.answer.fault, 0);
    assert_true(f.at_s >= 300 && f.answer.from_ns > START);
    assert_stands(f.at_s);
    go(1150, -1);
    assert_stands(1150);
    land();
}

static void without_a_recording_there_is_no_moment(void **state)
{
    (void)state;
    memset(&f, 0, sizeof(f));
    f.stage = stage_new(1);
    f.memory = short_memory_new(4096);
    begin_visits();
    go(10, -1);
    assert_int_equal(f.answer.fault, -ENOENT);
    assert_null(f.answer.view);
    land();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_as_they_were_out_of_memory),
        cmocka_unit_test(moments_are_as_they_were_out_of_a_state_file),
        cmocka_unit_test(where_nobody_watched_the_tick_before_or_after_is_shown),
        cmocka_unit_test(both_ends_are_said),
        cmocka_unit_test(only_the_last_of_many_wishes_is_answered),
        cmocka_unit_test(what_memory_has_lost_is_not_made_up),
        cmocka_unit_test(without_a_recording_there_is_no_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
