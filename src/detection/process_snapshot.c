/* SPDX-License-Identifier: MIT
 * Turns what is known of a process into bytes and back. After a gap it starts anew: a minute that nobody saw
 * explains nothing. */
#include "detection/watch_snapshot.h"

static void convoy_pack(struct pack *p, struct convoy *c)
{
    average_pack(p, &c->futex);
    average_pack(p, &c->wait);
    average_pack(p, &c->cpu);
    pack_f64(p, &c->known_s);
    pack_f64(p, &c->strayed_s);
    pack_time_or_none(p, &c->asked_ns);
    pack_time_or_none(p, &c->quiet_ns);
    pack_bool(p, &c->stands);
}

void process_pack(struct pack *p, struct process_watch *m)
{
    pack_part(p, "process");
    cadence_pack(p, &m->cadence);
    pack_count(p, &m->count, PROCESS_RING);
    if (p->error)
        return;
    /* Oldest first, so that the bytes do not depend on where the ring begins. */
    uint32_t from = p->reading ? 0 : (m->head + PROCESS_RING - m->count) % PROCESS_RING;
    for (uint32_t i = 0; i < m->count; i++)
        pack_f32(p, &m->ring[(from + i) % PROCESS_RING]);
    if (p->reading)
        m->head = m->count % PROCESS_RING;
    line_pack(p, &m->memory);
    pack_f64(p, &m->resident);
    pack_time_or_none(p, &m->began_ns);
    pack_f64(p, &m->still_s);
    for (int i = 0; i < PROCESS_COUNTERS; i++) {
        pack_f64(p, &m->rates[i].last);
        pack_time_or_none(p, &m->rates[i].t_ns);
        pack_f64(p, &m->rates[i].per_s);
    }
    pack_f64(p, &m->busy);
    pack_f64(p, &m->futex_share);
    convoy_pack(p, &m->convoy);
    line_pack(p, &m->threads);
}

void process_resume(struct process_watch *m)
{
    process_watch_init(m);
    m->still_s = PROCESS_SETTLED_S; /* it was there before */
}
