/* SPDX-License-Identifier: MIT
 * Turns findings into incidents: which of a host's open stories a finding belongs to (relation.c), what it
 * adds to it, and when there is something to say of it. How bad a story is, what it advises and how it reads
 * are gravity.c's, advice.c's and narrative.c's matters.
 *
 * Incidents are said at the tick after everything of that tick is known, so that one event that shows in ten
 * places is one word. What is remembered is bounded: STORIES_PER_HOST open incidents, of each CHAPTERS
 * distinct things and INCIDENT_FINDINGS_MAX ids; more are counted. Everything here goes by host in order of
 * its first mention, so output does not depend on hashing. */
#include "correlation/correlator.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "correlation/advice.h"
#include "correlation/gravity.h"
#include "correlation/internal.h"
#include "correlation/relation.h"

#define RETELL_NS     INT64_C(120000000000)
#define MOVED         0.25 /* of the time left; heuristic, chosen on 2026-11-22 */
#define MOVED_LEAST_S 60.0 /* nearer to the end it is of a minute */

struct correlator *correlator_new(const struct correlator_settings *s, const struct catalog *names,
    void (*emit)(void *context, const struct incident *i), void *context)
{
    struct correlator *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->settings = *s;
    c->names = names;
    c->emit = emit;
    c->context = context;
    return c;
}

void correlator_set(struct correlator *c, const struct correlator_settings *s)
{
    c->settings = *s;
}

void correlator_free(struct correlator *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->host_count; i++) {
        for (uint32_t k = 0; k < c->hosts[i]->story_count; k++)
            free(c->hosts[i]->stories[k]);
        free(c->hosts[i]);
    }
    free(c->hosts);
    free(c->open);
    id_table_done(&c->index);
    free(c);
}

static struct host_memory *find_host(const struct correlator *c, uint32_t host)
{
    return id_table_get(&c->index, host);
}

/* Grows the tables; hosts are bounded by the catalog, so these are too. */
struct host_memory *correlator_add_host(struct correlator *c, uint32_t host)
{
    if (c->host_count == c->host_capacity) {
        uint32_t capacity = c->host_capacity ? 2 * c->host_capacity : 8;
        struct host_memory **hosts = realloc(c->hosts, capacity * sizeof(struct host_memory *));
        if (!hosts)
            return NULL;
        c->hosts = hosts;
        c->host_capacity = capacity;
    }
    struct host_memory *h = calloc(1, sizeof(*h));
    if (!h || id_table_put(&c->index, host, h)) {
        free(h);
        return NULL;
    }
    h->host = host;
    c->hosts[c->host_count++] = h;
    return h;
}

struct story *correlator_add_story(struct correlator *c, struct host_memory *h)
{
    assert(h->story_count < STORIES_PER_HOST);
    if (c->open_count == c->open_capacity) {
        uint32_t capacity = c->open_capacity ? 2 * c->open_capacity : 8;
        struct story **open = realloc(c->open, capacity * sizeof(struct story *));
        if (!open)
            return NULL;
        c->open = open;
        c->open_capacity = capacity;
    }
    struct story *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->incident.host = h->host;
    s->incident.severity_reason = "";
    s->incident.exhaustion_lo_s = s->incident.exhaustion_hi_s = (double)NAN;
    c->open[c->open_count++] = s;
    h->stories[h->story_count++] = s;
    return s;
}

static void drop_from(struct story **list, uint32_t *count, const struct story *s)
{
    uint32_t at = 0;
    while (list[at] != s)
        at++;
    memmove(&list[at], &list[at + 1], (--*count - at) * sizeof(struct story *));
}

static void drop_story(struct correlator *c, struct host_memory *h, struct story *s)
{
    drop_from(c->open, &c->open_count, s);
    drop_from(h->stories, &h->story_count, s);
    free(s);
}

static void say(struct correlator *c, struct story *s, int64_t now_ns, enum change change)
{
    struct incident *i = &s->incident;

    if (!s->said)
        memcpy(i->id, s->chapters[0].id, sizeof(i->id));
    i->t_ns = now_ns;
    i->change = change;
    narrative_write(i, c->names, s->chapters, s->chapter_count);
    s->said = true;
    s->said_lo_s = i->exhaustion_lo_s;
    s->said_hi_s = i->exhaustion_hi_s;
    s->news = false;
    c->emit(c->context, i);
}

/* The story of from goes on in into, which is older: one event turned out to be behind both. */
static void merge(
    struct correlator *c, struct host_memory *h, struct story *into, struct story *from, int64_t now_ns)
{
    struct incident *old = &from->incident;

    story_absorb(into, from);
    if (from->said) {
        old->t_ns = now_ns;
        old->change = CHANGE_CLOSE;
        old->veto.type = VETO_NONE;
        memcpy(old->merged_into, into->incident.id, sizeof(old->merged_into));
        narrative_write_merged(old, c->names);
        c->emit(c->context, old);
    }
    drop_story(c, h, from);
}

static bool is_lapsed(const struct correlator *c, const struct story *s, int64_t now_ns)
{
    return story_is_over(s) && now_ns - s->evidence_ns > c->settings.join_ns;
}

/* The story that a finding belongs to, with those that it belongs to as well merged into the oldest that has
 * been said; NULL: none. */
static struct story *find_story(struct correlator *c, struct host_memory *h, const struct finding *f)
{
    struct story *found[STORIES_PER_HOST];
    uint32_t n = 0;

    for (uint32_t i = 0; i < h->story_count; i++) {
        struct story *s = h->stories[i];
        if (is_lapsed(c, s, f->t_ns))
            continue;
        struct relation_found r =
            relation_find(c->names, s->chapters, s->chapter_count, f, c->settings.join_ns);
        if (r.relation != RELATION_NONE)
            found[n++] = s;
    }
    for (uint32_t i = 1; i < n; i++)
        merge(c, h, found[0], found[i], f->t_ns);
    if (n > 0)
        return found[0];
    return h->story_count == STORIES_PER_HOST ? h->stories[STORIES_PER_HOST - 1] : NULL;
}

static void note_opening(struct correlator *c, struct host_memory *h, const struct finding *f)
{
    struct story *s = find_story(c, h, f);
    if (!s)
        s = correlator_add_story(c, h);
    if (s)
        story_open(s, f);
}

/* The story that told of a finding's opening: what is open comes first, then who has its id. */
static struct story *find_teller(struct host_memory *h, const struct finding *f, struct chapter **ret_chapter)
{
    struct story *listed = NULL, *counted = NULL;

    *ret_chapter = NULL;
    for (uint32_t i = 0; i < h->story_count; i++) {
        struct story *s = h->stories[i];
        struct chapter *k = story_find_chapter(s, f);
        if (k && k->open) {
            *ret_chapter = k;
            return s;
        }
        if (s->open_unlisted && !listed && story_has_id(s, f->id))
            listed = s;
        if (s->open_unlisted && !counted)
            counted = s;
    }
    return listed ? listed : counted;
}

/* A stronger sight of something that is open already, or an estimate that has moved, or its source is quiet
 * now or speaks again. */
static void note_update(struct host_memory *h, const struct finding *f)
{
    struct chapter *k;
    struct story *s = find_teller(h, f, &k);
    if (k)
        story_update(s, k, f);
}

static void note_closing(struct host_memory *h, const struct finding *f)
{
    struct chapter *k;
    struct story *s = find_teller(h, f, &k);
    if (s)
        story_close(s, k, f);
}

void correlator_finding(struct correlator *c, const struct finding *f)
{
    const struct entity *e = catalog_entity_get(c->names, f->entity);
    if (f->law == LAW_SIGNAL_LOST && e->kind != ENTITY_HOST)
        return;
    struct host_memory *h = find_host(c, e->host);
    if (!h)
        h = correlator_add_host(c, e->host);
    if (!h)
        return;
    if (f->change == CHANGE_OPEN)
        note_opening(c, h, f);
    else if (f->change == CHANGE_UPDATE)
        note_update(h, f);
    else
        note_closing(h, f);
}

static void finish(struct correlator *c, struct host_memory *h, struct story *s, int64_t now_ns)
{
    s->incident.veto.type = VETO_NONE;
    s->incident.end_ns = s->incident.start_ns;
    for (uint32_t i = 0; i < s->chapter_count; i++)
        if (s->chapters[i].seen_ns > s->incident.end_ns)
            s->incident.end_ns = s->chapters[i].seen_ns;
    say(c, s, now_ns, CHANGE_CLOSE);
    drop_story(c, h, s);
}

/* One end of the time that is left, now and when it was last said, elapsed_s ago. */
static bool end_moved(double said_s, double elapsed_s, double left_s)
{
    const double before_s = said_s - elapsed_s;

    if (left_s <= 0 && before_s <= 0)
        return false;
    return fabs(left_s - before_s) > MOVED * (before_s > MOVED_LEAST_S ? before_s : MOVED_LEAST_S);
}

/* When what is growing is exhausted: has an end of that moved by more than a quarter of the time left since
 * the last word of it, or become known? Every two minutes at most. */
static bool has_moved(const struct story *s, int64_t now_ns)
{
    const struct incident *i = &s->incident;
    const double elapsed_s = (double)(now_ns - i->t_ns) / 1e9;

    if (isnan(i->exhaustion_lo_s) || now_ns - i->t_ns < RETELL_NS)
        return false;
    return isnan(s->said_lo_s) || end_moved(s->said_lo_s, elapsed_s, i->exhaustion_lo_s) ||
           end_moved(s->said_hi_s, elapsed_s, i->exhaustion_hi_s);
}

static void age(struct correlator *c, struct host_memory *h, struct story *s, int64_t now_ns)
{
    if (story_is_seen(s) && !h->silent)
        s->incident.end_ns = s->evidence_ns = now_ns;
    bool changed = gravity_weigh(s, c->names, &c->settings, now_ns);
    changed |= advice_step(s, c->names, h->silent, c->settings.veto_ttl_ns, now_ns);
    if (story_is_over(s) && now_ns - s->evidence_ns >= c->settings.join_ns)
        finish(c, h, s, now_ns);
    else if (!s->said)
        say(c, s, now_ns, CHANGE_OPEN);
    else if (changed || s->news || has_moved(s, now_ns))
        say(c, s, now_ns, CHANGE_UPDATE);
}

/* Forgets the hosts that are gone and have no incident open any more. */
static void forget_gone(struct correlator *c)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->host_count; i++) {
        struct host_memory *h = c->hosts[i];
        if (!h->gone || h->story_count) {
            c->hosts[kept++] = h;
            continue;
        }
        id_table_remove(&c->index, h->host);
        free(h);
    }
    c->host_count = kept;
}

void correlator_tick(struct correlator *c, int64_t now_ns)
{
    bool gone = false;
    for (uint32_t i = 0; i < c->host_count; i++) {
        struct host_memory *h = c->hosts[i];
        struct story *stories[STORIES_PER_HOST];
        uint32_t n = h->story_count;
        memcpy(stories, h->stories, n * sizeof(stories[0]));
        for (uint32_t k = 0; k < n; k++)
            age(c, h, stories[k], now_ns);
        gone |= h->gone;
    }
    if (gone)
        forget_gone(c);
}

void correlator_gone(struct correlator *c, uint32_t entity, int64_t t_ns, enum entity_end end)
{
    struct host_memory *h = find_host(c, catalog_entity_get(c->names, entity)->host);
    if (!h)
        return;
    h->gone |= h->host == entity;
    for (uint32_t i = 0; i < h->story_count; i++)
        story_gone(h->stories[i], entity, t_ns, end);
}

bool correlator_tells_of(const struct correlator *c, uint32_t entity)
{
    const struct host_memory *h = find_host(c, catalog_entity_get(c->names, entity)->host);
    bool tells = h && h->story_count && h->host == entity;
    for (uint32_t i = 0; h && i < h->story_count; i++)
        for (uint32_t k = 0; k < h->stories[i]->chapter_count; k++)
            tells |= h->stories[i]->chapters[k].entity == entity;
    return tells;
}

bool correlator_settle(struct correlator *c, const char *id)
{
    for (uint32_t i = 0; i < c->open_count; i++) {
        struct story *s = c->open[i];
        if (strcmp(s->incident.id, id) != 0)
            continue;
        bool over = story_is_over(s);
        if (over)
            drop_story(c, find_host(c, s->incident.host), s);
        return over;
    }
    return false;
}

void correlator_silence(struct correlator *c, uint32_t host, bool silent)
{
    struct host_memory *h = find_host(c, host);
    if (!h && silent)
        h = correlator_add_host(c, host);
    if (h)
        h->silent = silent;
}

static bool is_worse(const struct incident *a, const struct incident *b)
{
    return a->severity != b->severity ? a->severity > b->severity : a->risk > b->risk;
}

static const struct incident *find_worst(const struct correlator *c, uint32_t host, bool advises)
{
    const struct host_memory *h = find_host(c, host);
    const struct incident *worst = NULL;

    for (uint32_t i = 0; h && i < h->story_count; i++) {
        const struct incident *one = &h->stories[i]->incident;
        if (advises && one->veto.type == VETO_NONE)
            continue;
        if (!worst || is_worse(one, worst))
            worst = one;
    }
    return worst;
}

const struct incident *correlator_incident(const struct correlator *c, uint32_t host)
{
    return find_worst(c, host, false);
}

const struct veto *correlator_advice(const struct correlator *c, uint32_t host)
{
    const struct incident *worst = find_worst(c, host, true);
    return worst ? &worst->veto : NULL;
}

uint32_t correlator_open_count(const struct correlator *c)
{
    return c->open_count;
}

const struct incident *correlator_open(const struct correlator *c, uint32_t i)
{
    return i < c->open_count ? &c->open[i]->incident : NULL;
}

uint32_t correlator_active_laws(const struct correlator *c, uint32_t host)
{
    const struct host_memory *h = find_host(c, host);
    uint32_t laws = 0;
    for (uint32_t i = 0; h && i < h->story_count; i++)
        laws |= story_active_laws(h->stories[i]);
    return laws;
}
