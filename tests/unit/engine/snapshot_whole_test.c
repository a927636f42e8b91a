/* SPDX-License-Identifier: MIT
 * Nothing is forgotten: what a restored engine holds of an entity is the same, word for word of memory, as
 * what the engine that was saved holds, apart from what is left out on purpose and listed here. A field that
 * is added to a struct and not to its packer fails this test as soon as any telemetry sets it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlation/internal.h"
#include "engine/internal.h"
#include "engine/snapshot.h"
#include "world.h"

/* Turns a ring of n values around so that its oldest comes first; what is beyond them is nobody's. */
static void unroll(void *ring, size_t size, uint32_t capacity, uint32_t *next, uint32_t n)
{
    char *bytes = ring, *copy = calloc(capacity, size);
    assert_non_null(copy);
    for (uint32_t i = 0; i < n; i++)
        memcpy(copy + i * size, bytes + (*next + capacity - n + i) % capacity * size, size);
    memcpy(ring, copy, capacity * size);
    free(copy);
    *next = n % capacity;
}

static void level_tail(struct tail *t)
{
    uint32_t next = t->next;
    unroll(t->codes, 1, t->rule->blocks, &next, t->count);
    t->next = (uint16_t)next;
}

static void level_cpu(struct cpu_watch *c)
{
    unroll(c->ring, sizeof(c->ring[0]), CPU_RING, &c->head, c->count);
    memset(&c->octaves[c->octave_count], 0, (CPU_OCTAVES - c->octave_count) * sizeof(c->octaves[0]));
    c->weight = c->weight_step_s = 0; /* computed anew from the step */
}

static void level_usage(struct usage_watch *m)
{
    m->line.step_s = m->line.decay = m->recent.step_s = m->recent.decay = 0; /* the same */
    for (int i = 0; i < USAGE_SCALES; i++) {
        struct envelope *e = &m->edges[i];
        uint32_t head = e->head;
        unroll(e->low, sizeof(e->low[0]), ENVELOPE_BLOCKS, &head, e->closed);
        unroll(e->high, sizeof(e->high[0]), ENVELOPE_BLOCKS, &e->head, e->closed);
    }
}

static void level_memory(struct memory_watch *m)
{
    level_usage(&m->usage);
    m->beginners.step_s = m->beginners.decay = 0;
}

static void level_resource(struct resource_watch *r)
{
    level_usage(&r->usage);
}

static void level_warning(struct warning_watch *k)
{
    memset(&k->slowing.block[k->slowing.n], 0, (SLOWING_BLOCK - k->slowing.n) * sizeof(float));
    for (unsigned i = 0; i < SLOWING_SCALES; i++) {
        struct slowing_scale *s = &k->slowing.scales[i];
        memset(&s->log_variance[s->count], 0, (SLOWING_WINDOW - s->count) * sizeof(float));
        memset(&s->lag1[s->count], 0, (SLOWING_WINDOW - s->count) * sizeof(float));
    }
}

/* Before the ring is full its rest is nobody's; where it begins is the engine's own matter. */
static void level_process(struct process_watch *m)
{
    float ring[PROCESS_RING] = {0};
    for (uint32_t i = 0; i < m->count; i++)
        ring[i] = m->ring[(m->head + PROCESS_RING - m->count + i) % PROCESS_RING];
    memcpy(m->ring, ring, sizeof(ring));
    m->head = m->count % PROCESS_RING;
    m->memory.step_s = m->memory.decay = m->threads.step_s = m->threads.decay = 0;
}

static void level_gc(struct gc_spiral *g)
{
    memset(&g->blocks[g->block_count], 0, (GC_BLOCKS - g->block_count) * sizeof(g->blocks[0]));
}

/* What lies between the fields of structs that were assigned whole is nobody's either. */
static void level_padding(void *from, const void *next)
{
    memset(from, 0, (size_t)((const char *)next - (char *)from));
}

static void level_top(struct host_top *t)
{
    for (uint32_t i = 0; i < HOST_TOP; i++)
        level_padding(&t->series[i].metric + 1, &t->series[i] + 1);
}

static void level_together(struct host_surprise *h)
{
    level_tail(&h->several);
    level_tail(&h->single);
    level_top(&h->top);
    memset(&h->top.series[h->top.count], 0, (HOST_TOP - h->top.count) * sizeof(h->top.series[0]));
}

/* Words are static in one engine and the set's in the other; a closed case is only known to have been. */
static void level_case(struct law_case *k)
{
    struct finding *f = &k->finding;
    if (!k->open) {
        memset(k, 0, sizeof(*k));
        return;
    }
    f->cause = f->reading.unit = NULL;
    level_padding(&f->reading.state + 1, &f->reading.value);
    for (uint32_t i = 0; i < EVIDENCE_MAX; i++) {
        size_t length = strlen(f->evidence[i].signal);
        memset(f->evidence[i].signal + length, 0, EVIDENCE_NAME_MAX - length);
    }
    size_t n = strlen(f->text);
    memset(f->text + n, 0, sizeof(f->text) - n);
}

static void assert_same_memory(const char *what, const void *a, const void *b, size_t n)
{
    for (size_t at = 0; at < n; at += 4)
        if (memcmp((const char *)a + at, (const char *)b + at, 4) != 0)
            fail_msg("%s differs at byte %zu of %zu", what, at, n);
}

/* Both have the part or neither; copies of both are levelled and compared. */
#define COMPARE(part, level)                                                                                 \
    do {                                                                                                     \
        assert_true((a->part == NULL) == (b->part == NULL));                                                 \
        if (a->part) {                                                                                       \
            __typeof__(*a->part) *one_ = malloc(sizeof(*one_)), *two_ = malloc(sizeof(*two_));               \
            memcpy(one_, a->part, sizeof(*one_));                                                            \
            memcpy(two_, b->part, sizeof(*two_));                                                            \
            level(one_);                                                                                     \
            level(two_);                                                                                     \
            assert_same_memory(#part, one_, two_, sizeof(*one_));                                            \
            free(one_);                                                                                      \
            free(two_);                                                                                      \
        }                                                                                                    \
    } while (0)

static void level_nothing(const void *part)
{
    (void)part;
}

static void level_surprise(struct surprise *s)
{
    level_tail(&s->tail);
}

static void level_shock(struct shock *k)
{
    level_padding(&k->view.alarm + 1, &k->view + 1);
    level_padding(&k->fresh + 1, k + 1);
}

static void level_quantity(struct quantity *q)
{
    level_surprise(&q->surprise);
    level_shock(&q->shock);
    level_padding(&q->per_interval + 1, &q->metric);
    level_padding(&q->metric + 1, q + 1);
}

static void compare_watches(const struct watch *a, const struct watch *b)
{
    struct watch x = *a, y = *b, *both[] = {&x, &y};

    COMPARE(cpu, level_cpu);
    COMPARE(process, level_process);
    COMPARE(memory, level_memory);
    for (int i = 0; i < RESOURCE_COUNT; i++)
        COMPARE(resources[i], level_resource);
    COMPARE(traffic, level_nothing);
    COMPARE(gc, level_gc);
    for (int i = 0; i < WARNING_SOURCES; i++)
        COMPARE(warnings[i], level_warning);
    COMPARE(causes, level_nothing);
    COMPARE(surprise, level_surprise);
    assert_true((a->quantities == NULL) == (b->quantities == NULL));
    for (uint32_t i = 0; a->quantities && i < a->quantities->count; i++)
        COMPARE(quantities->items[i], level_quantity);
    COMPARE(together, level_together);
    for (int i = 0; i < LAW_COUNT; i++) {
        if (a->cases[i] && a->cases[i]->open) {
            assert_string_equal(a->cases[i]->finding.cause, b->cases[i]->finding.cause);
            assert_string_equal(a->cases[i]->finding.reading.unit, b->cases[i]->finding.reading.unit);
            for (uint32_t k = 0; k < a->cases[i]->finding.evidence_count; k++)
                assert_string_equal(
                    a->cases[i]->finding.evidence[k].signal, b->cases[i]->finding.evidence[k].signal);
        }
        COMPARE(cases[i], level_case);
    }
    for (int i = 0; i < 2; i++) {
        struct watch *w = both[i];
        level_shock(&w->shock);
        w->share = NULL;
        w->cpu = NULL;
        w->process = NULL;
        w->memory = NULL;
        memset(w->resources, 0, sizeof(w->resources));
        w->traffic = NULL;
        w->gc = NULL;
        memset(w->warnings, 0, sizeof(w->warnings));
        w->causes = NULL;
        w->surprise = NULL;
        w->quantities = NULL;
        w->host_watch = NULL;
        w->together = NULL;
        memset(w->cases, 0, sizeof(w->cases));
        w->readings = NULL; /* what was said at the last tick is said anew at the next */
    }
    assert_same_memory("watch", &x, &y, sizeof(x));
}

static void level_text(char *text, size_t size)
{
    memset(text + strlen(text), 0, size - strlen(text));
}

static void level_chapter(struct chapter *k)
{
    k->cause = NULL;
    level_text(k->observed, sizeof(k->observed));
    memset(&k->carriers[k->carrier_count], 0, (CARRIERS_MAX - k->carrier_count) * sizeof(k->carriers[0]));
    for (uint32_t i = 0; i < k->carrier_count; i++)
        level_text(k->carriers[i].name, sizeof(k->carriers[i].name));
}

static void level_story(struct story *s)
{
    struct incident *i = &s->incident;
    for (uint32_t k = 0; k < CHAPTERS; k++) {
        if (k >= s->chapter_count)
            memset(&s->chapters[k], 0, sizeof(s->chapters[k]));
        else
            level_chapter(&s->chapters[k]);
    }
    i->severity_reason = NULL;
    level_text(i->narrative, sizeof(i->narrative));
    level_text(i->veto.reason, sizeof(i->veto.reason));
    memset(&i->lines[i->line_count], 0, (INCIDENT_LINES_MAX - i->line_count) * sizeof(i->lines[0]));
    memset(&i->terms[i->term_count], 0, (LAW_COUNT - i->term_count) * sizeof(i->terms[0]));
}

static void compare_correlators(const struct correlator *a, const struct correlator *b)
{
    assert_int_equal(a->host_count, b->host_count);
    assert_int_equal(a->open_count, b->open_count);
    for (uint32_t i = 0; i < a->host_count; i++) {
        const struct host_memory *x = a->hosts[i], *y = b->hosts[i];
        assert_true(x->host == y->host && x->silent == y->silent && x->gone == y->gone);
        assert_int_equal(x->story_count, y->story_count);
    }
    for (uint32_t i = 0; i < a->open_count; i++) {
        struct story x = *a->open[i], y = *b->open[i];
        assert_string_equal(x.incident.severity_reason, y.incident.severity_reason);
        for (uint32_t k = 0; k < x.chapter_count; k++)
            assert_string_equal(x.chapters[k].cause, y.chapters[k].cause);
        level_story(&x);
        level_story(&y);
        assert_same_memory("incidents", &x, &y, sizeof(x));
    }
}

static void compare_fronts(const struct host_front *a, const struct host_front *b)
{
    struct host_front x = *a, y = *b, *both[] = {&x, &y};
    assert_true(a->shares[0].silent == b->shares[0].silent && a->shares[0].series == b->shares[0].series);
    for (int i = 0; i < 2; i++) {
        both[i]->watch = NULL;
        both[i]->shares = NULL;
        memset(&both[i]->last, 0, sizeof(both[i]->last)); /* as what a watch said */
        both[i]->has_last = false;
    }
    assert_same_memory("host", &x, &y, sizeof(x));
}

static void compare_engines(const struct engine *a, const struct engine *b)
{
    assert_int_equal(catalog_entity_count(a->catalog), catalog_entity_count(b->catalog));
    assert_int_equal(a->host_count, b->host_count);
    for (uint32_t i = 0; i < a->host_count; i++)
        compare_fronts(a->hosts[i], b->hosts[i]);
    for (uint32_t i = 0; i < catalog_entity_count(a->catalog); i++) {
        const struct watch *x = engine_watch(a, i), *y = engine_watch(b, i);
        assert_true((x == NULL) == (y == NULL));
        if (x)
            compare_watches(x, y);
    }
    compare_correlators(a->correlator, b->correlator);
    assert_true(a->last_tick_ns == b->last_tick_ns && a->last_frame_ns == b->last_frame_ns);
    assert_true(a->has_ticked == b->has_ticked && a->merged_ns == b->merged_ns);
    assert_true(a->host_anomalies == b->host_anomalies);
    assert_true(a->shards[0].late == b->shards[0].late && a->shards[0].anomalies == b->shards[0].anomalies &&
                a->shards[0].dropped == b->shards[0].dropped);
    assert_true(catalog_refused(a->catalog) == catalog_refused(b->catalog));
    assert_same_memory("totals", &a->totals, &b->totals, sizeof(a->totals));
}

static void check(struct tape *t, uint32_t every)
{
    struct engine_options options = tape_options(1);
    struct pack bytes;
    struct player p, other;

    player_start(&p, t, &options, true);
    pack_to_write(&bytes, 64U << 20);
    while (p.step < t->step_count) {
        player_play(&p, every);
        pack_rewind(&bytes);
        assert_int_equal(engine_save(p.engine, &bytes, INT64_MIN, NULL), 0);
        player_restore(&other, &p, &options, true, bytes.bytes, bytes.at);
        compare_engines(p.engine, other.engine);
        player_done(&other);
    }
    pack_free(&bytes);
    player_done(&p);
    tape_done(t);
}

static void test_seconds(void **state)
{
    struct tape t;
    (void)state;
    world_of_seconds(&t, 700);
    check(&t, 13);
}

static void test_minutes(void **state)
{
    struct tape t;
    (void)state;
    world_of_minutes(&t, 6000);
    check(&t, 331);
}

static void test_scenarios(void **state)
{
    static const char *const names[] = {"seizure", "fever", "retry-storm", "flapping", "metastable"};
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct tape t;
        tape_init(&t);
        tape_simulate(&t, names[i], 3, 900);
        check(&t, 37);
    }
}

/* What none of the tapes brings about is set by hand. */
static void set_rare_fields(struct watch *w)
{
    w->unusable = true;
    w->warned_hold_ns = 5;
    if (w->cpu) {
        w->cpu->wide = 1;
        w->cpu->wide_samples = 7;
    }
    if (w->memory) {
        w->memory->usage.falls = w->memory->usage.teeth = 3;
        w->memory->usage.starting_ns = 3;
    }
    if (w->gc)
        w->gc->restarted = !w->gc->restarted;
    if (w->traffic) {
        w->traffic->in[TRAFFIC_REQUESTS].falls = 2;
        w->traffic->metastability.found = true;
    }
    for (int i = 0; i < WARNING_SOURCES; i++)
        if (w->warnings[i])
            w->warnings[i]->slowing.scales[0].agreed = 1;
    if (w->together)
        w->together->alarm = w->together->by_single = true;
    if (w->surprise) {
        w->alarmed = w->shock.alarm = w->shock.fresh = true;
        w->shock.view.record = 1.5;
        w->shock.view.alarm = true;
    }
    for (uint32_t i = 0; w->quantities && i < w->quantities->count; i++) {
        struct quantity *q = w->quantities->items[i];
        q->shock.alarm = q->shock.fresh = q->per_interval = true;
    }
    for (int i = 0; i < LAW_COUNT; i++)
        if (w->cases[i] && w->cases[i]->open)
            w->cases[i]->finding.calibrated = w->cases[i]->finding.stale = w->cases[i]->unconfirmed = true;
}

static void test_rare_fields(void **state)
{
    struct engine_options options = tape_options(1);
    struct pack bytes;
    struct player p, other;
    struct tape t;

    (void)state;
    world_of_seconds(&t, 290);
    player_start(&p, &t, &options, true);
    player_play(&p, UINT32_MAX);
    for (uint32_t i = 0; i < catalog_entity_count(p.engine->catalog); i++)
        if (engine_watch(p.engine, i))
            set_rare_fields(engine_watch(p.engine, i));
    p.engine->shards[0].late = 3;
    p.engine->shards[0].dropped = 2;
    catalog_set_refused(p.engine->catalog, 4);
    for (uint32_t i = 0; i < p.engine->correlator->open_count; i++) {
        struct story *story = p.engine->correlator->open[i];
        story->unseen_ns = 9;
        story->open_unlisted = 2;
        story->news = story->chapters[0].stale = true;
    }
    pack_to_write(&bytes, 64U << 20);
    assert_int_equal(engine_save(p.engine, &bytes, INT64_MIN, NULL), 0);
    player_restore(&other, &p, &options, true, bytes.bytes, bytes.at);
    compare_engines(p.engine, other.engine);
    assert_int_equal(view_summary(engine_view(other.engine)).unsaid, 2);
    player_done(&other);
    player_done(&p);
    pack_free(&bytes);
    tape_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_minutes),
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_rare_fields),
    };
    return cmocka_run_group_tests_name("snapshot_whole", tests, NULL, NULL);
}
