/* SPDX-License-Identifier: MIT
 * Turns the chapters of an incident into the few sentences that a tired engineer reads first. Facts only, in
 * order of onset; guesses are marked as such. */
#include "correlation/narrative.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define MAIN_LAWS (1U << LAW_SEIZURE | 1U << LAW_FEVER | 1U << LAW_AMPLIFICATION)

static const char *const law_titles[LAW_COUNT] = {"compute seizure", "resource fever", "intent amplification",
    "system shock", "early warning", "signal lost"};

static const char *const law_patterns[LAW_COUNT] = {"COMPUTE SEIZURE (High Variance)",
    "RESOURCE FEVER (Memory)", "INTENT AMPLIFICATION (Retry Storm)", "SYSTEM SHOCK", "EARLY WARNING",
    "SIGNAL LOST"};

const char *narrative_pattern(uint32_t laws)
{
    uint32_t main = laws & MAIN_LAWS;
    if (main & (main - 1))
        return "CASCADING FAILURE";
    for (int i = 0; i < LAW_COUNT; i++)
        if (laws & (1U << i))
            return law_patterns[i];
    return "NOTHING";
}

static const char *fever_ends_in(const char *cause)
{
    if (strcmp(cause, "churn") == 0)
        return "Churn of this kind usually ends in a garbage collector that cannot keep up.";
    if (strcmp(cause, "gc_spiral") == 0)
        return "A collector that frees ever less usually ends in long pauses and an out-of-memory error.";
    return "Memory that keeps growing usually ends in reclaim or an OOM kill.";
}

/* What experience says comes next, by law and cause; a guess, and worded as one. */
static const char *what_follows(const struct chapter *chapters, uint32_t n)
{
    const char *guess = NULL;
    uint32_t laws = 0;
    for (uint32_t i = 0; i < n; i++) {
        /* What is gone does nothing any more. */
        if (chapters[i].end != ENTITY_LIVES)
            continue;
        laws |= 1U << chapters[i].law;
        if (strcmp(chapters[i].cause, "metastable_retry_storm") == 0)
            return "A storm of this kind does not end by itself: it ends when retries or load are cut "
                   "well below the usual.";
        if (chapters[i].law == LAW_FEVER)
            guess = fever_ends_in(chapters[i].cause);
        else if (chapters[i].law == LAW_SEIZURE && !guess)
            guess = "Swings of this kind usually show as latency before they show as load.";
    }
    if (laws & 1U << LAW_AMPLIFICATION)
        return "Retries feed on themselves: expect saturation downstream.";
    if (laws == 1U << LAW_EARLY_WARNING)
        return "Nothing has failed; recovery that slows down may precede a tipping point.";
    return guess;
}

static const char *advice(enum veto_type type)
{
    switch (type) {
    case VETO_COMPUTE:
        return "Advice: shed load.";
    case VETO_RESOURCE:
        return "Advice: throttle what allocates.";
    case VETO_INTENT:
        return "Advice: cap retries.";
    default:
        return NULL;
    }
}

/* "; killed for want of memory, gone at 12:00:00" */
static void add_end(struct text *t, const struct chapter *c)
{
    char clock[TIMESTAMP_TEXT_MAX];

    if (c->end == ENTITY_LIVES)
        return;
    timestamp_format_clock(c->end_ns, clock);
    text_add(t, c->end == ENTITY_OUT_OF_MEMORY ? "; killed for want of memory, gone at "
                : c->end == ENTITY_UNHEARD     ? "; watched no longer since "
                                               : "; gone at ");
    text_add(t, clock);
}

void narrative_write(
    struct incident *i, const struct catalog *names, const struct chapter *chapters, uint32_t n)
{
    struct text t;
    char clock[TIMESTAMP_TEXT_MAX];

    text_init(&t, i->narrative, sizeof(i->narrative));
    text_add(&t, "Detected instability on ");
    text_add(&t, catalog_entity_get(names, i->host)->name);
    text_add(&t, ". Pattern: ");
    text_add(&t, narrative_pattern(i->laws));
    text_add(&t, ".");
    for (uint32_t k = 0; k < n; k++) {
        const struct chapter *c = &chapters[k];
        const struct entity *e = catalog_entity_get(names, c->entity);
        timestamp_format_clock(c->onset_ns, clock);
        text_add(&t, " ");
        text_add(&t, clock);
        text_add(&t, k ? " then " : " ");
        text_add(&t, law_titles[c->law]);
        if (e->kind != ENTITY_HOST && e->kind != ENTITY_SERIES) {
            text_add(&t, " of ");
            text_add(&t, entity_kind_name(e->kind));
            text_add(&t, " ");
            text_add(&t, e->name);
        }
        text_add(&t, ": ");
        text_add(&t, c->text);
        if (c->times > 1) {
            text_add(&t, " (");
            text_add_uint(&t, c->times);
            text_add(&t, " times)");
        }
        add_end(&t, c);
        text_add(&t, ".");
    }
    const char *next = what_follows(chapters, n), *what = advice(i->veto.type);
    if (next) {
        text_add(&t, " ");
        text_add(&t, next);
    }
    if (what) {
        text_add(&t, " ");
        text_add(&t, what);
    }
}
