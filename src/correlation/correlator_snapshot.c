/* SPDX-License-Identifier: MIT
 * Turns open incidents and their stories into bytes and back. Of a host without an open incident only its
 * place and its silence are kept: the rest begins anew with its next incident. */
#include "correlation/correlator_snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "correlation/gravity.h"
#include "correlation/internal.h"

#define UNSEEN_MAX_NS (INT64_C(1) << 61)

void correlator_mark(const struct correlator *c, bool *keep)
{
    for (uint32_t i = 0; i < c->open_count; i++) {
        const struct story *t = c->open[i];
        keep[catalog_entity_place(c->names, t->incident.host)] = true;
        for (uint32_t k = 0; k < t->chapter_count; k++)
            keep[catalog_entity_place(c->names, t->chapters[k].entity)] = true;
    }
}

static void pack_veto(struct pack *p, struct veto *v)
{
    PACK_ENUM(p, &v->type, VETO_INTENT + 1);
    pack_f64(p, &v->confidence);
    pack_time(p, &v->expires_ns);
    pack_text(p, v->reason, sizeof(v->reason));
}

static void pack_line(struct pack *p, struct story_line *l)
{
    uint32_t at = l->at, kind = l->kind;

    pack_count(p, &at, INCIDENT_TEXT_MAX - 1);
    pack_count(p, &kind, LINE_END);
    *l = (struct story_line){.at = (uint16_t)at, .kind = (uint8_t)kind};
}

static void pack_incident(struct snapshot *s, struct incident *i)
{
    struct pack *p = s->pack;

    pack_text(p, i->id, sizeof(i->id));
    pack_time(p, &i->t_ns);
    PACK_ENUM(p, &i->change, CHANGE_CLOSE + 1);
    PACK_ENUM(p, &i->kind, INCIDENT_PERSISTENT + 1);
    PACK_ENUM(p, &i->severity, SEVERITY_CRITICAL + 1);
    snapshot_word(s, &i->severity_reason);
    pack_time(p, &i->start_ns);
    pack_time(p, &i->end_ns);
    pack_count(p, &i->laws, (1U << LAW_COUNT) - 1);
    pack_text(p, i->narrative, sizeof(i->narrative));
    pack_count(p, &i->line_count, INCIDENT_LINES_MAX);
    for (uint32_t k = 0; k < INCIDENT_LINES_MAX && k < i->line_count && !p->error; k++)
        pack_line(p, &i->lines[k]);
    pack_count(p, &i->finding_count, INCIDENT_FINDINGS_MAX);
    for (uint32_t k = 0; k < INCIDENT_FINDINGS_MAX && k < i->finding_count && !p->error; k++)
        pack_text(p, i->findings[k], sizeof(i->findings[k]));
    pack_u32(p, &i->findings_total);
    pack_veto(p, &i->veto);
}

static void pack_chapter(struct snapshot *s, struct chapter *k)
{
    struct pack *p = s->pack;

    if (p->reading)
        k->cause = "";
    pack_text(p, k->id, sizeof(k->id));
    pack_time(p, &k->onset_ns);
    for (int i = 0; i < FLAPPING_TIMES; i++)
        pack_time_or_none(p, &k->opened_ns[i]);
    pack_time(p, &k->seen_ns);
    pack_time_or_none(p, &k->closed_ns);
    pack_time(p, &k->told_ns);
    snapshot_entity(s, &k->entity);
    PACK_ENUM(p, &k->law, LAW_COUNT);
    pack_u32(p, &k->facet);
    pack_u32(p, &k->times);
    pack_bool(p, &k->open);
    pack_bool(p, &k->stale);
    PACK_ENUM(p, &k->ended, FINDING_END_COUNT);
    pack_within(p, &k->strength, 0, 1);
    PACK_ENUM(p, &k->confidence, CONFIDENCE_HIGH + 1);
    snapshot_word(s, &k->cause);
    pack_count(p, &k->carrier_count, CARRIERS_MAX);
    for (uint32_t i = 0; i < CARRIERS_MAX && i < k->carrier_count && !p->error; i++) {
        pack_text(p, k->carriers[i].name, CARRIER_NAME_MAX);
        pack_f64(p, &k->carriers[i].share);
    }
    pack_f64(p, &k->exhaustion_lo_s);
    pack_f64(p, &k->exhaustion_hi_s);
    pack_text(p, k->observed, sizeof(k->observed));
    PACK_ENUM(p, &k->end, ENTITY_END_COUNT);
    pack_time(p, &k->end_ns);
}

static void pack_story(struct snapshot *s, struct story *t)
{
    struct pack *p = s->pack;

    pack_incident(s, &t->incident);
    pack_u32(p, &t->open_unlisted);
    pack_time(p, &t->evidence_ns);
    pack_i64(p, &t->unseen_ns);
    pack_check(p, t->unseen_ns >= 0 && t->unseen_ns <= UNSEEN_MAX_NS);
    pack_time(p, &t->advised_ns);
    pack_f64(p, &t->said_lo_s);
    pack_f64(p, &t->said_hi_s);
    pack_bool(p, &t->said);
    pack_bool(p, &t->news);
    pack_count(p, &t->chapter_count, CHAPTERS);
    pack_check(p, t->chapter_count > 0);
    for (uint32_t i = 0; i < CHAPTERS && i < t->chapter_count && !p->error; i++) {
        pack_chapter(s, &t->chapters[i]);
        if (!p->error)
            pack_check(p, catalog_entity_get(s->catalog, t->chapters[i].entity)->host == t->incident.host);
    }
    if (!p->error && p->reading)
        gravity_measure(t, t->incident.t_ns);
    pack_f64(p, &t->incident.exhaustion_lo_s);
    pack_f64(p, &t->incident.exhaustion_hi_s);
}

static void pack_host(struct snapshot *s, struct host_memory *h)
{
    pack_bool(s->pack, &h->silent);
    pack_bool(s->pack, &h->gone);
}

/* The next host: reading, a new one. */
static struct host_memory *next_host(struct snapshot *s, struct correlator *c, uint32_t i)
{
    uint32_t entity = s->pack->reading ? 0 : c->hosts[i]->host;

    snapshot_entity(s, &entity);
    if (!s->pack->reading || s->pack->error)
        return s->pack->error ? NULL : c->hosts[i];
    bool is_new = catalog_entity_get(s->catalog, entity)->kind == ENTITY_HOST;
    for (uint32_t k = 0; k < c->host_count && is_new; k++)
        is_new = c->hosts[k]->host != entity;
    if (!pack_check(s->pack, is_new))
        return NULL;
    struct host_memory *h = correlator_add_host(c, entity);
    if (!h)
        pack_fail(s->pack, -ENOMEM);
    return h;
}

/* The open stories, in order of opening: reading, anew. */
static void pack_stories(struct snapshot *s, struct correlator *c)
{
    struct pack *p = s->pack;
    uint32_t count = c->open_count;

    pack_count(p, &count, p->reading ? c->host_count * STORIES_PER_HOST : count);
    for (uint32_t i = 0; i < count && !p->error; i++) {
        uint32_t entity = p->reading ? 0 : c->open[i]->incident.host;
        struct story *t = p->reading ? NULL : c->open[i];
        snapshot_entity(s, &entity);
        for (uint32_t k = 0; k < c->host_count && !p->error && !t; k++)
            if (c->hosts[k]->host == entity && c->hosts[k]->story_count < STORIES_PER_HOST) {
                t = correlator_add_story(c, c->hosts[k]);
                if (!t)
                    pack_fail(p, -ENOMEM);
            }
        if (!p->error && pack_check(p, t != NULL))
            pack_story(s, t);
    }
}

void correlator_pack(struct snapshot *s, struct correlator *c)
{
    struct pack *p = s->pack;
    uint32_t hosts = 0;

    pack_part(p, "incidents");
    for (uint32_t i = 0; i < c->host_count; i++)
        hosts += snapshot_has_entity(s, c->hosts[i]->host);
    pack_count(p, &hosts, catalog_known_count(s->catalog));
    for (uint32_t i = 0, n = p->reading ? hosts : c->host_count; i < n && !p->error; i++) {
        if (!p->reading && !snapshot_has_entity(s, c->hosts[i]->host))
            continue;
        struct host_memory *h = next_host(s, c, i);
        if (h)
            pack_host(s, h);
    }
    pack_stories(s, c);
}

void correlator_resume(struct correlator *c, int64_t gap_ns)
{
    for (uint32_t i = 0; i < c->open_count; i++) {
        struct story *t = c->open[i];
        t->unseen_ns = gap_ns < UNSEEN_MAX_NS - t->unseen_ns ? t->unseen_ns + gap_ns : UNSEEN_MAX_NS;
        t->incident.veto.type = VETO_NONE;
        for (uint32_t k = 0; k < t->chapter_count; k++)
            t->chapters[k].stale = t->chapters[k].open;
    }
}
