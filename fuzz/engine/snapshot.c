/* SPDX-License-Identifier: MIT
 * Any bytes as an engine's snapshot: refused, or an engine that can be fed, judged, resumed and saved again.
 * The first byte says what is done with it. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/snapshot.h"

static void look(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static void feed(struct engine *g, int64_t t_ns, unsigned round)
{
    uint32_t n = catalog_series_count(engine_catalog(g));
    for (uint32_t i = 0; i < n; i++) {
        struct sample s = {.series = i, .value = (double)((i * 7 + round * 13) % 97)};
        engine_frame(g, t_ns, &s, 1);
    }
}

/* Some entity's life ends, and its name comes again. */
static void end_one(struct engine *g, int64_t t_ns, unsigned round)
{
    struct catalog *c = engine_catalog(g);
    uint32_t e = catalog_entity_first(c);
    for (unsigned i = 0; i < round && e != ENTITY_NONE; i++)
        e = catalog_entity_next(c, e);
    if (e == ENTITY_NONE || !catalog_entity_lives(c, e))
        return;
    struct entity was = *catalog_entity_get(c, e);
    uint32_t host = was.host;
    assert(engine_gone(g, t_ns, e, round % 2 ? ENTITY_ENDED : ENTITY_OUT_OF_MEMORY) == 0);
    if (catalog_entity_lives(c, host))
        catalog_entity(c, host, was.kind, "again", 5, ENTITY_NONE);
}

static void work(struct engine *g, unsigned how)
{
    int64_t last_ns = engine_last_tick_ns(g), t_ns = last_ns == INT64_MIN ? 0 : last_ns;

    if (how & 1) {
        t_ns += INT64_C(3600000000000);
        engine_resume(g, t_ns);
    }
    for (unsigned round = 0; round < 40; round++) {
        t_ns += how & 2 ? INT64_C(1000000000) : INT64_C(100000000);
        feed(g, t_ns, round);
        if ((how & 8) && round % 3 == 1)
            end_one(g, t_ns, round);
        if (round % 4 == 0)
            engine_tick(g, t_ns);
    }
    const struct view *v = engine_view(g);
    for (uint32_t i = 0; i < view_finding_count(v); i++)
        view_finding(v, i);
    for (uint32_t i = 0; i < view_incident_count(v); i++)
        view_incident(v, i);
}

/* What can be saved is read again, and is then the same. */
static void save(struct engine *g, const struct engine_options *options)
{
    struct pack first, second;

    pack_to_write(&first, 1U << 24);
    pack_to_write(&second, 1U << 24);
    if (engine_save(g, &first, INT64_MIN, NULL) == 0) {
        struct engine *other = engine_new(options, ENGINE_STREAM, NULL);
        assert(other);
        assert(engine_restore(other, first.bytes, first.at, NULL) == 0);
        assert(engine_save(other, &second, INT64_MIN, NULL) == 0);
        assert(first.at == second.at);
        for (size_t i = 0; i < first.at; i++)
            assert(first.bytes[i] == second.bytes[i]);
        engine_free(other);
    }
    pack_free(&first);
    pack_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct engine_options options = {.false_alarm_budget_per_day = 1.0 / 30,
        .threads = 1,
        .max_entities = 40,
        .max_series = 100,
        .warmup_samples = 5,
        .incident_join_ns = INT64_C(300000000000),
        .incident_persistent_ns = INT64_C(900000000000),
        .veto_ttl_ns = INT64_C(60000000000)};
    struct error e;

    if (size < 1)
        return 0;
    struct engine *g = engine_new(&options, ENGINE_STREAM, &e);
    assert(g);
    engine_on_event(g, look, NULL);
    engine_want_ticks(g, data[0] & 4);
    if (engine_restore(g, data + 1, size - 1, &e) == 0) {
        save(g, &options);
        work(g, data[0]);
        save(g, &options);
    }
    engine_free(g);
    return 0;
}
