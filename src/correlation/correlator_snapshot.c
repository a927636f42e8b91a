/* SPDX-License-Identifier: MIT
 * Turns open incidents and their stories into bytes and back. Of a host without an open incident only its
 * place and its silence are kept: the rest begins anew with its next incident. */
#include "correlation/correlator_snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "correlation/internal.h"

#define UNSEEN_MAX_NS (INT64_C(1) << 61)

void correlator_mark(const struct correlator *c, bool *keep)
{
    for (uint32_t i = 0; i < c->open_count; i++) {
        const struct host_memory *h = c->open[i];
        keep[catalog_entity_place(c->names, h->host)] = true;
        for (uint32_t k = 0; k < h->chapter_count; k++)
            keep[catalog_entity_place(c->names, h->chapters[k].chapter.entity)] = true;
    }
}

static void pack_veto(struct pack *p, struct veto *v)
{
    PACK_ENUM(p, &v->type, VETO_INTENT + 1);
    pack_f64(p, &v->confidence);
    pack_time(p, &v->expires_ns);
    pack_text(p, v->reason, sizeof(v->reason));
}

static void pack_incident(struct pack *p, struct incident *i)
{
    pack_text(p, i->id, sizeof(i->id));
    pack_time(p, &i->t_ns);
    PACK_ENUM(p, &i->change, CHANGE_CLOSE + 1);
    PACK_ENUM(p, &i->kind, INCIDENT_PERSISTENT + 1);
    PACK_ENUM(p, &i->severity, SEVERITY_CRITICAL + 1);
    pack_time(p, &i->start_ns);
    pack_time(p, &i->end_ns);
    pack_within(p, &i->risk, 0, 1);
    pack_count(p, &i->laws, (1U << LAW_COUNT) - 1);
    pack_text(p, i->narrative, sizeof(i->narrative));
    pack_count(p, &i->finding_count, INCIDENT_FINDINGS_MAX);
    for (uint32_t k = 0; k < INCIDENT_FINDINGS_MAX && k < i->finding_count && !p->error; k++)
        pack_text(p, i->findings[k], sizeof(i->findings[k]));
    pack_u32(p, &i->findings_total);
    pack_veto(p, &i->veto);
}

static void pack_chapter(struct snapshot *s, struct chapter_state *k)
{
    struct pack *p = s->pack;

    if (p->reading)
        k->chapter.cause = "";
    pack_time(p, &k->chapter.onset_ns);
    snapshot_entity(s, &k->chapter.entity);
    PACK_ENUM(p, &k->chapter.law, LAW_COUNT);
    pack_u32(p, &k->chapter.times);
    pack_within(p, &k->chapter.strength, 0, 1);
    PACK_ENUM(p, &k->chapter.end, ENTITY_END_COUNT);
    pack_time(p, &k->chapter.end_ns);
    snapshot_word(s, &k->chapter.cause);
    pack_bool(p, &k->open);
    pack_bool(p, &k->unconfirmed);
    PACK_ENUM(p, &k->confidence, CONFIDENCE_HIGH + 1);
    pack_f64(p, &k->exhaustion_s);
    pack_text(p, k->text, sizeof(k->text));
}

static void pack_host(struct snapshot *s, struct host_memory *h)
{
    struct pack *p = s->pack;

    pack_bool(p, &h->silent);
    pack_bool(p, &h->gone);
    pack_bool(p, &h->open);
    if (!h->open || p->error)
        return;
    pack_time(p, &h->evidence_ns);
    pack_i64(p, &h->unseen_ns);
    pack_check(p, h->unseen_ns >= 0 && h->unseen_ns <= UNSEEN_MAX_NS);
    pack_incident(p, &h->incident);
    pack_count(p, &h->chapter_count, CHAPTERS);
    uint32_t open = 0;
    for (uint32_t i = 0; i < CHAPTERS && i < h->chapter_count && !p->error; i++) {
        pack_chapter(s, &h->chapters[i]);
        if (p->error)
            break;
        pack_check(p, catalog_entity_get(s->catalog, h->chapters[i].chapter.entity)->host == h->host);
        open += h->chapters[i].open;
    }
    pack_u32(p, &h->open_unlisted);
    if (p->reading) {
        h->open_chapters = open;
        h->incident.host = h->host;
    }
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

/* The order in which they opened. */
static void pack_order(struct snapshot *s, struct correlator *c)
{
    struct pack *p = s->pack;
    uint32_t count = c->open_count;

    pack_count(p, &count, c->host_count);
    for (uint32_t i = 0; i < count && !p->error; i++) {
        uint32_t entity = p->reading ? 0 : c->open[i]->host;
        struct host_memory *h = NULL;
        snapshot_entity(s, &entity);
        for (uint32_t k = 0; k < c->host_count && p->reading && !p->error && !h; k++)
            h = c->hosts[k]->host == entity ? c->hosts[k] : NULL;
        if (!p->reading || !pack_check(p, h && h->open))
            continue;
        for (uint32_t k = 0; k < c->open_count; k++)
            pack_check(p, c->open[k] != h);
        c->open[c->open_count++] = h;
    }
}

void correlator_pack(struct snapshot *s, struct correlator *c)
{
    struct pack *p = s->pack;
    uint32_t hosts = 0, open = 0;

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
        open += h && h->open;
    }
    pack_order(s, c);
    pack_check(p, c->open_count == open);
}

void correlator_resume(struct correlator *c, int64_t gap_ns)
{
    for (uint32_t i = 0; i < c->open_count; i++) {
        struct host_memory *h = c->open[i];
        h->unseen_ns = gap_ns < UNSEEN_MAX_NS - h->unseen_ns ? h->unseen_ns + gap_ns : UNSEEN_MAX_NS;
        h->incident.veto.type = VETO_NONE;
        for (uint32_t k = 0; k < h->chapter_count; k++)
            h->chapters[k].unconfirmed = h->chapters[k].open;
    }
}
