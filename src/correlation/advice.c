/* SPDX-License-Identifier: MIT
 * Turns the open chapters of main laws into one piece of advice. It begins with evidence and is renewed by
 * evidence; when that is over it expires by itself; when nobody can look any more, or what it was about is
 * gone, it is taken back at once. */
#include "correlation/advice.h"

#include <string.h>

static double confidence_value(enum confidence c)
{
    return c == CONFIDENCE_HIGH ? 0.9 : c == CONFIDENCE_MEDIUM ? 0.65 : 0.4;
}

/* The strongest chapter that speaks for an advice of that type now (VETO_NONE: for any). */
static const struct chapter *find_speaker(const struct story *s, enum veto_type type)
{
    const struct chapter *best = NULL;

    for (uint32_t i = 0; i < s->chapter_count; i++) {
        const struct chapter *k = &s->chapters[i];
        enum veto_type of = law_veto(k->law);
        if (k->open && !k->stale && of != VETO_NONE && (type == VETO_NONE || of == type) &&
            (!best || k->strength > best->strength))
            best = k;
    }
    return best;
}

/* Nobody speaks for it any more, and not because it would be over. */
static bool is_unfounded(const struct story *s, enum veto_type type)
{
    bool unfounded = false;

    for (uint32_t i = 0; i < s->chapter_count; i++) {
        const struct chapter *k = &s->chapters[i];
        if (law_veto(k->law) != type)
            continue;
        if (!k->open && k->ended != FINDING_GONE && k->ended != FINDING_UNHEARD &&
            k->ended != FINDING_FORGOTTEN)
            return false; /* it is over: the rest of its time stands */
        unfounded = true;
    }
    return unfounded;
}

/* When evidence for an advice of that type was last seen, of what is over. */
static int64_t last_seen(const struct story *s, enum veto_type type)
{
    int64_t seen_ns = INT64_MIN;

    for (uint32_t i = 0; i < s->chapter_count; i++) {
        const struct chapter *k = &s->chapters[i];
        if (law_veto(k->law) == type && k->seen_ns > seen_ns)
            seen_ns = k->seen_ns;
    }
    return seen_ns;
}

static void give(struct story *s, const struct catalog *names, const struct chapter *k, int64_t expires_ns)
{
    struct veto *v = &s->incident.veto;

    v->type = law_veto(k->law);
    v->confidence = confidence_value(k->confidence);
    v->expires_ns = expires_ns;
    narrative_reason(names, k, v->reason);
}

bool advice_step(struct story *s, const struct catalog *names, bool silent, int64_t ttl_ns, int64_t now_ns)
{
    struct veto *v = &s->incident.veto;
    enum veto_type before = v->type;

    if (silent) {
        v->type = VETO_NONE;
        return before != VETO_NONE;
    }
    const struct chapter *own = before == VETO_NONE ? NULL : find_speaker(s, before);
    const struct chapter *best = find_speaker(s, VETO_NONE);
    bool held = before != VETO_NONE && now_ns - s->advised_ns < ADVICE_HOLD_NS;
    if (before != VETO_NONE && !own && is_unfounded(s, before)) {
        v->type = VETO_NONE;
        held = false;
    }
    if (best && !held &&
        (!own || (law_veto(best->law) != before && best->strength >= own->strength + ADVICE_MARGIN)))
        own = best;
    if (own) {
        give(s, names, own, now_ns + ttl_ns);
    } else if (v->type != VETO_NONE) {
        /* It was renewed until its finding was closed, which takes a while without evidence. */
        int64_t end_ns = last_seen(s, v->type) + ttl_ns;
        v->expires_ns = end_ns < v->expires_ns ? end_ns : v->expires_ns;
        if (now_ns >= v->expires_ns) {
            v->type = VETO_NONE;
            return false; /* that it expires was said when it was given */
        }
    }
    if (v->type != before)
        s->advised_ns = now_ns;
    return v->type != before;
}
