/* SPDX-License-Identifier: MIT
 * Turns a law's case, with the finding that it has open, into bytes and back. After a gap an open finding
 * stays open, on its own clock of observed time, and waits to be seen again: the next evidence is told as
 * news (case.c), its absence closes it as ever. */
#include "detection/watch_snapshot.h"

#include <string.h>

#define FACETS_MAX 16 /* of one law */

static void pack_reading(struct snapshot *s, struct law_reading *r)
{
    struct pack *p = s->pack;

    PACK_ENUM(p, &r->state, LAW_STATE_COUNT);
    pack_f64(p, &r->value);
    pack_f64(p, &r->expected);
    pack_f64(p, &r->lo);
    pack_f64(p, &r->hi);
    pack_f64(p, &r->scale_s);
    snapshot_word(s, &r->unit);
}

static void pack_finding(struct snapshot *s, struct finding *f)
{
    struct pack *p = s->pack;

    pack_text(p, f->id, sizeof(f->id));
    pack_time(p, &f->t_ns);
    pack_time(p, &f->onset_ns);
    pack_time(p, &f->seen_ns);
    PACK_ENUM(p, &f->change, CHANGE_CLOSE + 1);
    pack_bool(p, &f->stale);
    pack_count(p, &f->facet, FACETS_MAX);
    pack_reading(s, &f->reading);
    pack_f64(p, &f->false_alarms_per_year);
    pack_bool(p, &f->calibrated);
    PACK_ENUM(p, &f->confidence, CONFIDENCE_HIGH + 1);
    snapshot_word(s, &f->cause);
    pack_f64(p, &f->exhaustion_lo_s);
    pack_f64(p, &f->exhaustion_hi_s);
    pack_within(p, &f->strength, 0, 1);
    pack_count(p, &f->evidence_count, EVIDENCE_MAX);
    for (uint32_t i = 0; i < EVIDENCE_MAX && i < f->evidence_count && !p->error; i++) {
        pack_text(p, f->evidence[i].signal, EVIDENCE_NAME_MAX);
        pack_f64(p, &f->evidence[i].value);
        pack_f64(p, &f->evidence[i].expected);
    }
    pack_count(p, &f->carrier_count, CARRIERS_MAX);
    for (uint32_t i = 0; i < CARRIERS_MAX && i < f->carrier_count && !p->error; i++) {
        pack_text(p, f->carriers[i].name, CARRIER_NAME_MAX);
        pack_f64(p, &f->carriers[i].share);
    }
    pack_text(p, f->text, sizeof(f->text));
    pack_count(p, &f->observed_length, FINDING_TEXT_MAX - 1);
    if (p->reading)
        pack_check(p, f->observed_length <= strlen(f->text));
}

void case_pack(struct snapshot *s, struct law_case *k)
{
    struct pack *p = s->pack;

    if (p->reading)
        k->finding.reading.unit = k->finding.cause = "";
    pack_bool(p, &k->open);
    if (!k->open)
        return;
    pack_finding(s, &k->finding);
    pack_time(p, &k->opened_ns);
    pack_time(p, &k->last_active_ns);
    pack_int(p, &k->facet, 0, FACETS_MAX);
    pack_bool(p, &k->unconfirmed);
}

void case_resume(struct law_case *k, int64_t gap_ns)
{
    if (!k->open)
        return;
    k->opened_ns = resume_time(k->opened_ns, gap_ns);
    k->last_active_ns = resume_time(k->last_active_ns, gap_ns);
    k->unconfirmed = true;
}
