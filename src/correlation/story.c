/* SPDX-License-Identifier: MIT
 * Turns the findings of one incident into chapters, each one of the things that a law found on an entity,
 * however often it came. Which incident a finding belongs to, and when it is said, is the correlator's
 * matter. */
#include "correlation/story.h"

#include <math.h>
#include <string.h>

bool story_is_over(const struct story *s)
{
    bool over = s->open_unlisted == 0;
    for (uint32_t i = 0; i < s->chapter_count; i++)
        over &= !s->chapters[i].open;
    return over;
}

bool story_has_id(const struct story *s, const char *id)
{
    for (uint32_t i = 0; i < s->incident.finding_count; i++)
        if (strcmp(s->incident.findings[i], id) == 0)
            return true;
    return false;
}

struct chapter *story_find_chapter(struct story *s, const struct finding *f)
{
    struct chapter *closed = NULL;
    for (uint32_t i = 0; i < s->chapter_count; i++) {
        struct chapter *k = &s->chapters[i];
        if (k->entity != f->entity || k->law != f->law || k->facet != f->facet)
            continue;
        if (k->open)
            return k;
        closed = k;
    }
    return closed;
}

/* In order of onset; what began at one moment: of entity, law and facet. */
static bool stands_before(const struct chapter *a, const struct chapter *b)
{
    if (a->onset_ns != b->onset_ns)
        return a->onset_ns < b->onset_ns;
    if (a->entity != b->entity)
        return a->entity < b->entity;
    return a->law != b->law ? a->law < b->law : a->facet < b->facet;
}

/* Puts a chapter in its place. Returns it there, or NULL: there is no room. */
static struct chapter *insert_chapter(struct story *s, const struct chapter *k)
{
    uint32_t at = s->chapter_count;
    if (at == CHAPTERS)
        return NULL;
    for (; at > 0 && stands_before(k, &s->chapters[at - 1]); at--)
        s->chapters[at] = s->chapters[at - 1];
    s->chapter_count++;
    s->chapters[at] = *k;
    return &s->chapters[at];
}

static struct chapter *begin_chapter(struct story *s, const struct finding *f)
{
    struct chapter k = {.onset_ns = f->onset_ns,
        .opened_ns = {INT64_MIN, INT64_MIN, INT64_MIN},
        .closed_ns = INT64_MIN,
        .entity = f->entity,
        .law = f->law,
        .facet = f->facet,
        .cause = "unexplained",
        .exhaustion_lo_s = (double)NAN,
        .exhaustion_hi_s = (double)NAN};

    memcpy(k.id, f->id, sizeof(k.id));
    return insert_chapter(s, &k);
}

/* A chapter tells the strongest sight of its thing; but an estimate is told as it is now, and a cause once it
 * is known. */
static void write_chapter(struct chapter *k, const struct finding *f)
{
    bool named = strcmp(k->cause, "unexplained") == 0 && strcmp(f->cause, "unexplained") != 0;

    k->stale = f->stale;
    k->seen_ns = f->seen_ns;
    if (f->stale || (f->strength < k->strength && isnan(f->exhaustion_lo_s) && !named))
        return;
    if (f->strength > k->strength)
        k->strength = f->strength;
    k->told_ns = f->t_ns;
    k->confidence = f->confidence;
    k->cause = f->cause;
    k->exhaustion_lo_s = f->exhaustion_lo_s;
    k->exhaustion_hi_s = f->exhaustion_hi_s;
    k->carrier_count = f->carrier_count;
    memcpy(k->carriers, f->carriers, sizeof(k->carriers));
    memcpy(k->observed, f->text, f->observed_length);
    k->observed[f->observed_length] = '\0';
}

/* How often it came, quiet in between: what changed into something else and back did not rest. */
static void count_opening(struct chapter *k, const struct finding *f)
{
    bool rested = k->times == 0 || k->ended == FINDING_OVER;

    k->times++;
    if (rested) {
        k->opened_ns[2] = k->opened_ns[1];
        k->opened_ns[1] = k->opened_ns[0];
    }
    k->opened_ns[0] = f->onset_ns;
    k->open = true;
    k->ended = FINDING_LASTS;
}

static bool is_power_of_two(uint32_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

void story_open(struct story *s, const struct finding *f)
{
    struct incident *i = &s->incident;
    struct chapter *k = story_find_chapter(s, f);

    if (i->findings_total == 0) {
        i->start_ns = f->onset_ns;
        s->news = true;
    }
    if (!k) {
        k = begin_chapter(s, f);
        s->news |= k != NULL;
    }
    if (k) {
        count_opening(k, f);
        write_chapter(k, f);
        s->news |= k->times >= FLAPPING_TIMES && is_power_of_two(k->times);
    } else {
        s->open_unlisted++;
        s->news |= is_power_of_two(s->open_unlisted);
    }
    if (i->finding_count < INCIDENT_FINDINGS_MAX)
        memcpy(i->findings[i->finding_count++], f->id, sizeof(f->id));
    i->findings_total++;
    i->laws |= 1U << f->law;
    if (f->onset_ns < i->start_ns)
        i->start_ns = f->onset_ns;
    i->end_ns = s->evidence_ns = f->t_ns;
}

void story_update(struct story *s, struct chapter *k, const struct finding *f)
{
    const char *cause = k->cause;
    bool seen_again = k->stale && !f->stale;

    write_chapter(k, f);
    s->news |= seen_again || strcmp(cause, k->cause) != 0;
    if (!f->stale)
        s->incident.end_ns = s->evidence_ns = f->t_ns;
}

void story_close(struct story *s, struct chapter *k, const struct finding *f)
{
    if (k) {
        k->open = k->stale = false;
        k->seen_ns = f->seen_ns;
        k->closed_ns = f->t_ns;
        k->ended = f->end;
    } else {
        s->open_unlisted--;
    }
    s->evidence_ns = f->t_ns;
}

void story_absorb(struct story *s, const struct story *from)
{
    struct incident *i = &s->incident;
    const struct incident *old = &from->incident;

    for (uint32_t k = 0; k < from->chapter_count; k++)
        if (!insert_chapter(s, &from->chapters[k]))
            s->open_unlisted += from->chapters[k].open;
    for (uint32_t k = 0; k < old->finding_count && i->finding_count < INCIDENT_FINDINGS_MAX; k++)
        memcpy(i->findings[i->finding_count++], old->findings[k], sizeof(old->findings[k]));
    i->findings_total += old->findings_total;
    i->laws |= old->laws;
    s->open_unlisted += from->open_unlisted;
    s->news = true;
    if (old->start_ns < i->start_ns)
        i->start_ns = old->start_ns;
    if (from->evidence_ns > s->evidence_ns)
        i->end_ns = s->evidence_ns = from->evidence_ns;
}

void story_gone(struct story *s, uint32_t entity, int64_t t_ns, enum entity_end end)
{
    for (uint32_t i = 0; i < s->chapter_count; i++) {
        struct chapter *k = &s->chapters[i];
        if (k->entity != entity)
            continue;
        k->end = end;
        k->end_ns = t_ns;
        s->news = true;
    }
}

bool story_is_seen(const struct story *s)
{
    bool seen = s->open_unlisted > 0;
    for (uint32_t i = 0; i < s->chapter_count; i++)
        seen |= s->chapters[i].open && !s->chapters[i].stale;
    return seen;
}

uint32_t story_active_laws(const struct story *s)
{
    uint32_t laws = 0;
    for (uint32_t i = 0; i < s->chapter_count; i++)
        if (s->chapters[i].open)
            laws |= 1U << s->chapters[i].law;
    return laws;
}
