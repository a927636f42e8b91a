/* SPDX-License-Identifier: MIT
 * One stream of frames and ticks into as many engines as are to be compared. The source declares names in a
 * catalog of the fan-out's own; each engine has its own too, with ids of its own, and forgets what has gone
 * quiet, so ids are translated, and what an engine knows no more is declared to it anew, as the source itself
 * would. Frames and ticks are collected; then threads take one engine after the other and give it all of
 * them. Nobody shares anything but what was collected, so what an engine says does not depend on the number
 * of threads. */
#include "engine/fanout.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/crew.h"

#define SAMPLES_MAX                                                                                          \
    65536U                 /* collected at once: 1 MiB; engines then have tens of milliseconds of work each  \
                            */
#define RECORDS_MAX 32768U /* frames, ticks and ends */
#define UNKNOWN     UINT32_MAX

enum what { FRAME, TICK, GONE };

struct fanout_record {
    int64_t t_ns;
    uint32_t first, count; /* FRAME: in samples[]; GONE: the entity, and enum entity_end */
    uint32_t what;
};

struct fanout_member {
    struct engine *engine;
    uint32_t *ids; /* of its series, by ours; UNKNOWN: not declared yet */
    uint32_t id_count;
    struct sample *translated; /* one frame */
    uint32_t translated_capacity;
    uint64_t changes; /* of its catalog when ids[] was last looked through */
    int fault;
};

struct fanout {
    struct catalog *names;
    struct fanout_member members[FANOUT_ENGINES_MAX];
    uint32_t count;
    struct fanout_onlooker onlooker;
    void (*ticked)(void *context, const struct view *v, int64_t now_ns);
    void *ticked_context;
    struct crew *crew;
    uint32_t threads;
    uint32_t next; /* part of the present round that nobody has taken */
    struct sample *samples;
    struct fanout_record *records;
    uint32_t sample_count, record_count;
    bool has_ticked;
    int64_t last_tick_ns;
    int fault;
};

static int64_t mirror_entity(const struct catalog *from, uint32_t id, struct catalog *to)
{
    const struct entity *e = catalog_entity_get(from, id);
    const char *host = catalog_host_name(from, id);
    int64_t h = catalog_host(to, host, strlen(host));
    char text[CATALOG_NAME_MAX + 32];
    struct text t;

    if (h < 0 || e->kind == ENTITY_HOST)
        return h;
    text_init(&t, text, sizeof(text));
    text_addf(&t, "%s:%s", entity_kind_name(e->kind), e->name);
    return t.truncated ? -EINVAL : catalog_entity_text(to, (uint32_t)h, text, t.length);
}

/* The id of our series in another catalog, declared when it is not there. Returns like catalog_host. */
static int64_t mirror_series(const struct catalog *from, uint32_t id, struct catalog *to)
{
    const struct series *s = catalog_series_get(from, id);
    if (s->metric < METRIC_KNOWN_COUNT) {
        int64_t entity = mirror_entity(from, s->entity, to);
        return entity < 0 ? entity : catalog_series_of(to, (uint32_t)entity, s->metric, s->scale);
    }
    const char *metric = catalog_metric_name(from, s->metric);
    int64_t above = mirror_entity(from, catalog_entity_get(from, s->entity)->parent, to);
    return above < 0 ? above : catalog_series(to, (uint32_t)above, metric, strlen(metric));
}

static int grow_ids(struct fanout_member *m, uint32_t id)
{
    uint32_t more = m->id_count ? m->id_count : 1024;
    while (more <= id)
        more *= 2;
    uint32_t *ids = realloc(m->ids, more * sizeof(*ids));
    if (!ids)
        return -ENOMEM;
    memset(ids + m->id_count, 0xff, (more - m->id_count) * sizeof(*ids));
    m->ids = ids;
    m->id_count = more;
    return 0;
}

/* Forgets the ids that the engine knows no more, and asks anew for those that it refused. */
static void look_through(struct fanout_member *m)
{
    struct catalog *c = engine_catalog(m->engine);
    m->changes = catalog_changes(c);
    for (uint32_t i = 0; i < m->id_count; i++)
        if (m->ids[i] != UNKNOWN && !catalog_series_lives(c, m->ids[i]))
            m->ids[i] = UNKNOWN;
}

static int translate(const struct fanout *f, struct fanout_member *m, const struct fanout_record *r)
{
    struct catalog *c = engine_catalog(m->engine);
    uint32_t n = 0;

    if (m->changes != catalog_changes(c))
        look_through(m);
    if (m->translated_capacity < r->count) {
        free(m->translated);
        m->translated = calloc(r->count, sizeof(*m->translated));
        m->translated_capacity = m->translated ? r->count : 0;
        if (!m->translated)
            return -ENOMEM;
    }
    for (uint32_t i = 0; i < r->count; i++) {
        const struct sample *s = &f->samples[r->first + i];
        if (s->series >= m->id_count && grow_ids(m, s->series))
            return -ENOMEM;
        if (m->ids[s->series] == UNKNOWN) {
            int64_t id = mirror_series(f->names, s->series, c);
            if (id == -ENOMEM)
                return -ENOMEM;
            if (id < 0)
                continue; /* at the engine's limit, which counts it */
            m->ids[s->series] = (uint32_t)id;
        }
        m->translated[n++] = (struct sample){.series = m->ids[s->series], .value = s->value};
    }
    return n == 0 ? 0 : engine_frame(m->engine, r->t_ns, m->translated, n);
}

static int end_entity(const struct fanout *f, struct fanout_member *m, const struct fanout_record *r)
{
    int64_t id = mirror_entity(f->names, r->first, engine_catalog(m->engine));
    if (id < 0)
        return id == -ENOMEM ? -ENOMEM : 0;
    int fault = engine_gone(m->engine, r->t_ns, (uint32_t)id, (enum entity_end)r->count);
    return fault == -ENOENT ? 0 : fault;
}

static int give(const struct fanout *f, struct fanout_member *m, const struct fanout_record *r)
{
    switch ((enum what)r->what) {
    case FRAME:
        return translate(f, m, r);
    case TICK:
        return engine_tick(m->engine, r->t_ns);
    case GONE:
        return end_entity(f, m, r);
    }
    return -EINVAL;
}

static void judge(struct fanout *f, uint32_t i)
{
    struct fanout_member *m = &f->members[i];
    for (uint32_t k = 0; k < f->record_count && !m->fault; k++) {
        const struct fanout_record *r = &f->records[k];
        m->fault = give(f, m, r);
        if (i == 0 && f->ticked && r->what == TICK && !m->fault)
            f->ticked(f->ticked_context, engine_view(m->engine), r->t_ns);
    }
}

static void look_on(struct fanout *f)
{
    for (uint32_t k = 0; k < f->record_count && f->onlooker.frame; k++) {
        const struct fanout_record *r = &f->records[k];
        if (r->what == FRAME)
            f->onlooker.frame(f->onlooker.context, f->names, r->t_ns, &f->samples[r->first], r->count);
    }
}

/* One thread's share of a round: engines as they come, then the onlooker. */
static void work(void *context, uint32_t part)
{
    struct fanout *f = context;
    (void)part;
    for (;;) {
        uint32_t i = __atomic_fetch_add(&f->next, 1, __ATOMIC_RELAXED);
        if (i > f->count)
            return;
        if (i < f->count)
            judge(f, i);
        else
            look_on(f);
    }
}

static int run_round(struct fanout *f)
{
    if (f->record_count == 0 || f->fault)
        return f->fault;
    f->next = 0;
    if (f->crew)
        crew_run(f->crew, work, f);
    else
        work(f, 0);
    f->record_count = f->sample_count = 0;
    for (uint32_t i = 0; i < f->count && !f->fault; i++)
        f->fault = f->members[i].fault;
    return f->fault;
}

static struct fanout_record *add_record(struct fanout *f, int64_t t_ns, enum what what)
{
    struct fanout_record *r = &f->records[f->record_count++];
    *r = (struct fanout_record){.t_ns = t_ns, .what = what};
    return r;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct fanout *f = context;
    assert(n <= SAMPLES_MAX);
    if (f->record_count == RECORDS_MAX || f->sample_count + n > SAMPLES_MAX) {
        int r = run_round(f);
        if (r)
            return r;
    }
    struct fanout_record *r = add_record(f, t_ns, FRAME);
    r->first = f->sample_count;
    r->count = (uint32_t)n;
    memcpy(&f->samples[f->sample_count], samples, n * sizeof(*samples));
    f->sample_count += (uint32_t)n;
    return f->fault;
}

static int take_tick(void *context, int64_t now_ns)
{
    struct fanout *f = context;
    if (f->has_ticked && now_ns < f->last_tick_ns)
        return -EINVAL;
    f->has_ticked = true;
    f->last_tick_ns = now_ns;
    if (f->record_count == RECORDS_MAX) {
        int r = run_round(f);
        if (r)
            return r;
    }
    add_record(f, now_ns, TICK);
    return f->fault;
}

static void drop_entity(struct catalog *c, uint32_t entity)
{
    uint32_t below;
    while ((below = catalog_own_series(c, entity)) != ENTITY_NONE)
        drop_entity(c, below);
    catalog_leave(c, entity);
    catalog_make_room(c, entity);
    catalog_remove(c, entity);
}

/* A host and everything on it, the latest first. */
static void drop_host(struct catalog *c, uint32_t host)
{
    uint32_t before;
    for (uint32_t i = catalog_entity_newest(c); i != ENTITY_NONE; i = before) {
        before = catalog_entity_before(c, i);
        if (catalog_entity_get(c, i)->host != host)
            continue;
        catalog_leave(c, i);
        catalog_make_room(c, i);
        if (i != host)
            catalog_remove(c, i);
    }
    catalog_remove(c, host);
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct fanout *f = context;
    if (!catalog_entity_lives(f->names, entity))
        return -ENOENT;
    int r = f->record_count == RECORDS_MAX ? run_round(f) : f->fault;
    if (r)
        return r;
    struct fanout_record *g = add_record(f, t_ns, GONE);
    g->first = entity;
    g->count = (uint32_t)end;
    r = run_round(f); /* what is waiting may speak of it */
    if (r)
        return r;
    if (catalog_entity_get(f->names, entity)->kind == ENTITY_HOST)
        drop_host(f->names, entity);
    else
        drop_entity(f->names, entity);
    return 0;
}

struct feed fanout_feed(struct fanout *f)
{
    return (struct feed){
        .context = f, .catalog = f->names, .frame = take_frame, .tick = take_tick, .gone = take_gone};
}

struct engine *fanout_engine(struct fanout *f, uint32_t i)
{
    return f->members[i].engine;
}

uint64_t fanout_refused(const struct fanout *f)
{
    return catalog_refused(f->names);
}

static uint32_t names_of(int64_t limit)
{
    int64_t n = limit * FANOUT_NAMES;
    return n > UINT32_MAX / 4 ? UINT32_MAX / 4 : (uint32_t)n;
}

static int make_parts(struct fanout *f, const struct fanout_options *o, struct error *e)
{
    struct catalog_limits limits = {.entities = names_of(o->engines[0].max_entities),
        .series = names_of(o->engines[0].max_series),
        .metrics = names_of(o->engines[0].max_series)};

    f->names = catalog_new(&limits);
    f->samples = calloc(SAMPLES_MAX, sizeof(*f->samples));
    f->records = calloc(RECORDS_MAX, sizeof(*f->records));
    if (!f->names || !f->samples || !f->records)
        return error_set(e, -ENOMEM, "not enough memory");
    for (; f->count < o->count; f->count++) {
        struct engine_options options = o->engines[f->count];
        options.threads = 1;
        f->members[f->count].engine = engine_new(&options, o->mode, e);
        if (!f->members[f->count].engine)
            return -ENOMEM;
    }
    f->threads = o->threads < f->count + 1 ? o->threads : f->count + 1;
    if (f->threads < 2)
        return 0;
    f->crew = crew_new(f->threads);
    return f->crew ? 0 : error_set(e, -EAGAIN, "cannot start threads; lower engine.threads");
}

struct fanout *fanout_new(const struct fanout_options *o, struct error *e)
{
    assert(o->count >= 1 && o->count <= FANOUT_ENGINES_MAX);
    struct fanout *f = calloc(1, sizeof(*f));
    if (!f) {
        error_set(e, -ENOMEM, "not enough memory");
        return NULL;
    }
    f->onlooker = o->onlooker;
    f->ticked = o->ticked;
    f->ticked_context = o->ticked_context;
    if (make_parts(f, o, e)) {
        fanout_free(f);
        return NULL;
    }
    return f;
}

void fanout_free(struct fanout *f)
{
    if (!f)
        return;
    crew_free(f->crew);
    for (uint32_t i = 0; i < f->count; i++) {
        engine_free(f->members[i].engine);
        free(f->members[i].ids);
        free(f->members[i].translated);
    }
    catalog_free(f->names);
    free(f->samples);
    free(f->records);
    free(f);
}

int fanout_end(struct fanout *f)
{
    int r = run_round(f);
    for (uint32_t i = 0; i < f->count && !r; i++)
        r = engine_end(f->members[i].engine);
    return r;
}
