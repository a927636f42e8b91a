/* SPDX-License-Identifier: MIT
 * Turns an incident of the engine, which lives as long as the event, into a copy of what others are told. */
#include "output/alert/alert.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static void copy_text(char *to, size_t size, const char *from)
{
    struct text t;

    text_init(&t, to, size);
    text_add(&t, from);
}

void alert_take(struct alert *a, const struct catalog *c, const struct incident *i)
{
    *a = (struct alert){.t_ns = i->t_ns,
        .start_ns = i->start_ns,
        .end_ns = i->end_ns,
        .kind = i->kind,
        .severity = i->severity,
        .risk = i->risk,
        .laws = i->laws,
        .exhaustion_lo_s = i->exhaustion_lo_s,
        .exhaustion_hi_s = i->exhaustion_hi_s};
    copy_text(a->id, sizeof(a->id), i->id);
    copy_text(a->host, sizeof(a->host), catalog_host_name(c, i->host));
    copy_text(a->narrative, sizeof(a->narrative), i->narrative);
    copy_text(a->severity_reason, sizeof(a->severity_reason), i->severity_reason);
    copy_text(a->merged_into, sizeof(a->merged_into), i->merged_into);
    if (i->veto.type != VETO_NONE)
        a->veto = i->veto;
    const size_t all = strlen(a->narrative);
    a->head_n = (uint32_t)(i->line_count > 1 && i->lines[1].at <= all ? i->lines[1].at : all);
    while (a->head_n > 0 && a->narrative[a->head_n - 1] == ' ')
        a->head_n--;
}

void alert_pack(struct pack *p, struct alert *a)
{
    pack_text(p, a->id, sizeof(a->id));
    pack_text(p, a->host, sizeof(a->host));
    pack_time(p, &a->t_ns);
    pack_time(p, &a->start_ns);
    pack_time(p, &a->end_ns);
    PACK_ENUM(p, &a->kind, INCIDENT_PERSISTENT + 1);
    PACK_ENUM(p, &a->severity, SEVERITY_CRITICAL + 1);
    pack_within(p, &a->risk, 0, 1);
    pack_u32(p, &a->laws);
    pack_absent(p, &a->exhaustion_lo_s);
    pack_absent(p, &a->exhaustion_hi_s);
    pack_count(p, &a->head_n, sizeof(a->narrative) - 1);
    pack_text(p, a->narrative, sizeof(a->narrative));
    pack_check(p, a->head_n <= strlen(a->narrative));
    pack_text(p, a->severity_reason, sizeof(a->severity_reason));
    pack_text(p, a->merged_into, sizeof(a->merged_into));
    PACK_ENUM(p, &a->veto.type, VETO_INTENT + 1);
    pack_within(p, &a->veto.confidence, 0, 1);
    pack_time(p, &a->veto.expires_ns);
    pack_text(p, a->veto.reason, sizeof(a->veto.reason));
}
