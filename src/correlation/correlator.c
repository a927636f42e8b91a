/* SPDX-License-Identifier: MIT
 * Turns findings into incidents, one open incident per host at a time. What is remembered of an incident is
 * bounded: CHAPTERS distinct things (entity, law, cause) and INCIDENT_FINDINGS_MAX ids; more are counted.
 * Everything here goes by host in order of its first mention, so output does not depend on hashing. */
#include "correlation/correlator.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "correlation/internal.h"
#include "correlation/narrative.h"

#define FLAPPING_TIMES 3 /* openings of the same law on the same entity: the seeds' flapping threshold */
#define CRITICAL_RISK  0.8
#define CRITICAL_S     600.0 /* exhaustion sooner than this is critical */
#define MAIN_LAWS      (1U << LAW_SEIZURE | 1U << LAW_FEVER | 1U << LAW_AMPLIFICATION)
#define SHOCK_SHARE    0.5 /* a shock of one series counts half in the risk of its host */

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

void correlator_free(struct correlator *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->host_count; i++)
        free(c->hosts[i]);
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
        struct host_memory **hosts = realloc(c->hosts, capacity * sizeof(*hosts));
        if (!hosts)
            return NULL;
        c->hosts = hosts;
        struct host_memory **open = realloc(c->open, capacity * sizeof(*open));
        if (!open)
            return NULL;
        c->open = open;
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

/* A chapter is one thing of one entity: law and cause. A finding whose cause became clear later still belongs
 * to the chapter that it opened, so what is open comes before what has the same cause. */
static struct chapter_state *find_chapter(struct host_memory *h, const struct finding *f)
{
    struct chapter_state *closed = NULL;
    for (uint32_t i = 0; i < h->chapter_count; i++) {
        const struct chapter *k = &h->chapters[i].chapter;
        if (k->entity != f->entity || k->law != f->law)
            continue;
        if (h->chapters[i].open)
            return &h->chapters[i];
        if (!closed && strcmp(k->cause, f->cause) == 0)
            closed = &h->chapters[i];
    }
    return closed;
}

/* Chapters stand in order of onset (ties: of arrival). */
static struct chapter_state *insert_chapter(struct host_memory *h, const struct finding *f)
{
    uint32_t at = h->chapter_count;
    if (at == CHAPTERS)
        return NULL;
    while (at > 0 && h->chapters[at - 1].chapter.onset_ns > f->onset_ns) {
        h->chapters[at] = h->chapters[at - 1];
        at--;
    }
    h->chapter_count++;
    memset(&h->chapters[at], 0, sizeof(h->chapters[at]));
    h->chapters[at].chapter =
        (struct chapter){.onset_ns = f->onset_ns, .entity = f->entity, .law = f->law, .cause = f->cause};
    return &h->chapters[at];
}

static double confidence_value(enum confidence c)
{
    return c == CONFIDENCE_HIGH ? 0.9 : c == CONFIDENCE_MEDIUM ? 0.65 : 0.4;
}

/* Risk: 1 - product over laws of (1 - strongest chapter of that law); shocks count half. */
static double find_risk(const struct host_memory *h)
{
    double strongest[LAW_COUNT] = {0}, rest = 1;
    for (uint32_t i = 0; i < h->chapter_count; i++) {
        const struct chapter *k = &h->chapters[i].chapter;
        double s = k->law == LAW_SHOCK ? SHOCK_SHARE * k->strength : k->strength;
        if (s > strongest[k->law])
            strongest[k->law] = s;
    }
    for (int i = 0; i < LAW_COUNT; i++)
        rest *= 1 - strongest[i];
    return 1 - rest;
}

/* How often the law of chapter i came on its entity, whatever the cause was called. */
static uint32_t times_of(const struct host_memory *h, uint32_t i)
{
    uint32_t times = 0;
    for (uint32_t k = 0; k < h->chapter_count; k++)
        if (h->chapters[k].chapter.entity == h->chapters[i].chapter.entity &&
            h->chapters[k].chapter.law == h->chapters[i].chapter.law)
            times += h->chapters[k].chapter.times;
    return times;
}

static enum incident_kind find_kind(const struct correlator *c, const struct host_memory *h, int64_t now_ns)
{
    uint32_t main = h->incident.laws & MAIN_LAWS;
    if (main & (main - 1))
        return INCIDENT_CASCADING;
    for (uint32_t i = 0; i < h->chapter_count; i++)
        if (times_of(h, i) >= FLAPPING_TIMES)
            return INCIDENT_FLAPPING;
    if (h->open_chapters && now_ns - h->incident.start_ns - h->unseen_ns >= c->settings.persistent_ns)
        return INCIDENT_PERSISTENT;
    return h->incident.kind == INCIDENT_PERSISTENT ? INCIDENT_PERSISTENT : INCIDENT_SINGLE;
}

static enum severity find_severity(const struct host_memory *h)
{
    if (h->incident.kind == INCIDENT_CASCADING || h->incident.risk >= CRITICAL_RISK)
        return SEVERITY_CRITICAL;
    for (uint32_t i = 0; i < h->chapter_count; i++)
        if (h->chapters[i].exhaustion_s < CRITICAL_S)
            return SEVERITY_CRITICAL;
    return SEVERITY_WARNING;
}

/* The advice of the strongest open finding of a main law. */
static void advise(struct correlator *c, struct host_memory *h, int64_t now_ns)
{
    const struct chapter_state *best = NULL;
    struct veto *v = &h->incident.veto;

    for (uint32_t i = 0; i < h->chapter_count; i++) {
        const struct chapter_state *k = &h->chapters[i];
        if (k->open && !k->unconfirmed && law_veto(k->chapter.law) != VETO_NONE &&
            (!best || k->chapter.strength > best->chapter.strength))
            best = k;
    }
    if (h->silent) {
        v->type = VETO_NONE;
    } else if (best) {
        v->type = law_veto(best->chapter.law);
        v->confidence = confidence_value(best->confidence);
        v->expires_ns = now_ns + c->settings.veto_ttl_ns;
        memcpy(v->reason, best->text, sizeof(v->reason));
    } else if (v->type != VETO_NONE && now_ns >= v->expires_ns) {
        v->type = VETO_NONE;
    }
}

static void say(struct correlator *c, struct host_memory *h, int64_t now_ns, enum change change)
{
    struct chapter chapters[CHAPTERS];
    for (uint32_t i = 0; i < h->chapter_count; i++) {
        chapters[i] = h->chapters[i].chapter;
        chapters[i].text = h->chapters[i].text;
    }
    h->incident.t_ns = now_ns;
    h->incident.change = change;
    narrative_write(&h->incident, c->names, chapters, h->chapter_count);
    c->emit(c->context, &h->incident);
}

/* Recomputes what follows from the chapters. Returns whether kind or severity changed. */
static bool weigh(struct correlator *c, struct host_memory *h, int64_t now_ns)
{
    enum incident_kind kind = h->incident.kind;
    enum severity severity = h->incident.severity;

    h->incident.risk = find_risk(h);
    h->incident.kind = find_kind(c, h, now_ns);
    h->incident.severity = find_severity(h);
    return kind != h->incident.kind || severity != h->incident.severity;
}

static bool is_over(const struct host_memory *h)
{
    return h->open_chapters == 0 && h->open_unlisted == 0;
}

static void forget_incident(struct correlator *c, struct host_memory *h)
{
    uint32_t at = 0;
    h->open = false;
    while (c->open[at] != h)
        at++;
    memmove(&c->open[at], &c->open[at + 1], (--c->open_count - at) * sizeof(struct host_memory *));
}

static void finish(struct correlator *c, struct host_memory *h, int64_t now_ns)
{
    h->incident.veto.type = VETO_NONE;
    say(c, h, now_ns, CHANGE_CLOSE);
    forget_incident(c, h);
}

static void begin(struct correlator *c, struct host_memory *h, const struct finding *f)
{
    memset(&h->incident, 0, sizeof(h->incident));
    h->open = true;
    c->open[c->open_count++] = h;
    h->chapter_count = h->open_chapters = h->open_unlisted = 0;
    h->unseen_ns = 0;
    h->incident.host = h->host;
    h->incident.start_ns = h->incident.end_ns = f->onset_ns;
    memcpy(h->incident.id, f->id, sizeof(h->incident.id));
}

static void write_chapter(struct chapter_state *k, const struct finding *f)
{
    k->chapter.cause = f->cause;
    if (f->strength >= k->chapter.strength)
        k->chapter.strength = f->strength;
    k->unconfirmed = false;
    k->confidence = f->confidence;
    k->exhaustion_s = f->exhaustion_lo_s;
    memcpy(k->text, f->text, sizeof(k->text));
}

static void note_opening(struct correlator *c, struct host_memory *h, const struct finding *f)
{
    /* Ticks may be further apart than the window. */
    if (h->open && is_over(h) && f->t_ns - h->evidence_ns > c->settings.join_ns)
        finish(c, h, f->t_ns);
    bool is_new = !h->open;
    if (is_new)
        begin(c, h, f);
    struct incident *i = &h->incident;
    struct chapter_state *k = find_chapter(h, f);
    if (!k)
        k = insert_chapter(h, f);
    if (k) {
        h->open_chapters += !k->open;
        k->open = true;
        k->chapter.times++;
        write_chapter(k, f);
    } else {
        h->open_unlisted++;
    }
    if (i->finding_count < INCIDENT_FINDINGS_MAX)
        memcpy(i->findings[i->finding_count++], f->id, sizeof(f->id));
    i->findings_total++;
    i->laws |= 1U << f->law;
    if (f->onset_ns < i->start_ns)
        i->start_ns = f->onset_ns;
    i->end_ns = h->evidence_ns = f->t_ns;
    weigh(c, h, f->t_ns);
    advise(c, h, f->t_ns);
    say(c, h, f->t_ns, is_new ? CHANGE_OPEN : CHANGE_UPDATE);
}

/* A stronger sight of something that is open already: the story tells it, and the incident is said again when
 * its kind or severity changes by it, or when it is seen again for the first time after a gap. */
static void note_update(struct correlator *c, struct host_memory *h, const struct finding *f)
{
    struct chapter_state *k = find_chapter(h, f);
    if (!k)
        return;
    bool seen_again = k->unconfirmed;
    write_chapter(k, f);
    h->incident.end_ns = h->evidence_ns = f->t_ns;
    bool changed = weigh(c, h, f->t_ns) || seen_again;
    advise(c, h, f->t_ns);
    if (changed)
        say(c, h, f->t_ns, CHANGE_UPDATE);
}

static void note_closing(struct host_memory *h, const struct finding *f)
{
    struct chapter_state *k = find_chapter(h, f);
    if (k && k->open) {
        k->open = false;
        h->open_chapters--;
    } else if (h->open_unlisted) {
        h->open_unlisted--;
    }
    h->incident.end_ns = h->evidence_ns = f->t_ns;
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
    else if (f->change == CHANGE_UPDATE && h->open)
        note_update(c, h, f);
    else if (h->open)
        note_closing(h, f);
}

/* Is there evidence of it now, as far as anybody looks? */
static bool is_seen(const struct host_memory *h)
{
    bool seen = h->open_unlisted > 0;
    for (uint32_t i = 0; i < h->chapter_count; i++)
        seen |= h->chapters[i].open && !h->chapters[i].unconfirmed;
    return seen;
}

static void age(struct correlator *c, struct host_memory *h, int64_t now_ns)
{
    bool over = is_over(h);

    if (is_seen(h) && !h->silent)
        h->incident.end_ns = h->evidence_ns = now_ns;
    advise(c, h, now_ns);
    if (over && now_ns - h->evidence_ns >= c->settings.join_ns)
        finish(c, h, now_ns);
    else if (weigh(c, h, now_ns))
        say(c, h, now_ns, CHANGE_UPDATE);
}

/* Forgets the hosts that are gone and have no incident open any more. */
static void forget_gone(struct correlator *c)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->host_count; i++) {
        struct host_memory *h = c->hosts[i];
        if (!h->gone || h->open) {
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
        if (c->hosts[i]->open)
            age(c, c->hosts[i], now_ns);
        gone |= c->hosts[i]->gone;
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
    for (uint32_t i = 0; h->open && i < h->chapter_count; i++) {
        struct chapter *k = &h->chapters[i].chapter;
        if (k->entity != entity)
            continue;
        k->end = end;
        k->end_ns = t_ns;
    }
}

bool correlator_tells_of(const struct correlator *c, uint32_t entity)
{
    const struct host_memory *h = find_host(c, catalog_entity_get(c->names, entity)->host);
    if (!h || !h->open)
        return false;
    bool tells = h->host == entity;
    for (uint32_t i = 0; i < h->chapter_count; i++)
        tells |= h->chapters[i].chapter.entity == entity;
    return tells;
}

bool correlator_settle(struct correlator *c, const char *id)
{
    for (uint32_t i = 0; i < c->open_count; i++) {
        struct host_memory *h = c->open[i];
        if (strcmp(h->incident.id, id) != 0)
            continue;
        bool over = is_over(h);
        if (over)
            forget_incident(c, h);
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

const struct incident *correlator_incident(const struct correlator *c, uint32_t host)
{
    const struct host_memory *h = find_host(c, host);
    return h && h->open ? &h->incident : NULL;
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
    for (uint32_t i = 0; h && h->open && i < h->chapter_count; i++)
        if (h->chapters[i].open)
            laws |= 1U << h->chapters[i].chapter.law;
    return laws;
}
