/* SPDX-License-Identifier: MIT
 * Turns the chapters of an incident into the few lines that a tired engineer reads first. Facts only, in
 * order of onset; guesses are marked as such. The text is one string; its lines are where a terminal may
 * break it. How one fact is put is fact.c's matter. */
#include "correlation/narrative.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "core/cause.h"
#include "correlation/fact.h"
#include "correlation/relation.h"

#define MAIN_LAWS (1U << LAW_SEIZURE | 1U << LAW_FEVER | 1U << LAW_AMPLIFICATION)
#define FACTS_MAX 16
/* What follows the facts always fits. */
#define TAIL_MAX 384
#define MORE_MAX 64 /* "And 12 more findings, which are not told here." */

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

static void begin_line(struct incident *i, struct text *t, enum line_kind kind)
{
    if (t->length > 0)
        text_add_char(t, ' ');
    if (i->line_count < INCIDENT_LINES_MAX)
        i->lines[i->line_count++] = (struct story_line){.at = (uint16_t)t->length, .kind = (uint8_t)kind};
}

/* The chapter with whose end the incident ends: the last that was seen. */
static const struct chapter *find_ending(const struct chapter *chapters, uint32_t n)
{
    const struct chapter *last = &chapters[0];
    for (uint32_t k = 1; k < n; k++)
        if (chapters[k].seen_ns > last->seen_ns)
            last = &chapters[k];
    return last;
}

static void add_article(struct text *t, const char *noun)
{
    text_add(t, strchr("aeiou", noun[0]) ? "an " : "a ");
    text_add(t, noun);
}

/* ": a compute seizure, then a resource fever" */
static void add_course(struct text *t, const struct chapter *chapters, uint32_t n)
{
    uint32_t told = 0;
    const char *between = ": ";

    for (uint32_t k = 0; k < n; k++) {
        if (told & 1U << chapters[k].law || !(MAIN_LAWS & 1U << chapters[k].law))
            continue;
        told |= 1U << chapters[k].law;
        text_add(t, between);
        add_article(t, fact_title(chapters[k].law));
        between = ", then ";
    }
}

/* Where, when that is not the host itself: " on cgroup a", " on cgroup a and 3 others" */
static void add_place(struct text *t, const struct catalog *names, const struct chapter *chapters, uint32_t n)
{
    const struct chapter *worst = NULL;
    uint32_t others = 0;

    for (uint32_t k = 0; k < n; k++) {
        const struct entity *e = catalog_entity_get(names, chapters[k].entity);
        if (e->kind == ENTITY_HOST || e->kind == ENTITY_SERIES)
            continue;
        if (!worst || chapters[k].strength > worst->strength)
            worst = &chapters[k];
    }
    /* What is seen above it too is seen best where it is. */
    for (uint32_t k = 0; worst && k < n; k++)
        if (chapters[k].law == worst->law && relation_is_above(names, worst->entity, chapters[k].entity) &&
            catalog_entity_get(names, chapters[k].entity)->kind != ENTITY_SERIES)
            worst = &chapters[k];
    for (uint32_t k = 0; worst && k < n; k++) {
        bool again = relation_in_line(names, worst->entity, chapters[k].entity);
        for (uint32_t b = 0; b < k; b++)
            again |= chapters[b].entity == chapters[k].entity;
        others += !again;
    }
    if (!worst)
        return;
    text_add(t, ", in ");
    fact_add_thing(t, names, worst->entity);
    if (others == 0)
        return;
    text_add(t, " and ");
    text_add_uint(t, others);
    text_add(t, others == 1 ? " other" : " others");
}

/* What the strongest fever exhausts. */
static const char *find_resource(const struct chapter *chapters, uint32_t n)
{
    const struct chapter *worst = NULL;
    for (uint32_t k = 0; k < n; k++)
        if (chapters[k].law == LAW_FEVER && (!worst || chapters[k].strength > worst->strength))
            worst = &chapters[k];
    const char *resource = worst ? cause_resource(worst->cause) : NULL;
    return resource ? resource : "Memory";
}

static void add_pattern(const struct incident *i, const struct chapter *chapters, uint32_t n, struct text *t)
{
    const char *resource = find_resource(chapters, n);

    text_add(t, ". Pattern: ");
    if (i->kind == INCIDENT_CASCADING) {
        text_add(t, "CASCADING FAILURE");
    } else if ((i->laws & MAIN_LAWS) == 1U << LAW_FEVER) {
        text_add(t, "RESOURCE FEVER (");
        text_add(t, resource);
        text_add_char(t, ')');
    } else {
        text_add(t, narrative_pattern(i->laws));
    }
    text_add_char(t, '.');
}

/* What, where, since when, how bad. */
static void add_head(struct incident *i, const struct catalog *names, const struct chapter *chapters,
    uint32_t n, struct text *t)
{
    const char *host = catalog_entity_get(names, i->host)->name;

    begin_line(i, t, LINE_HEAD);
    text_add(t, "Detected instability on ");
    text_add_name(t, host, strlen(host), 2 * FACT_NAME_MAX);
    add_pattern(i, chapters, n, t);
    begin_line(i, t, LINE_HEAD);
    text_add(t, i->severity == SEVERITY_CRITICAL ? "Critical" : "Warning");
    text_add(t, i->change == CHANGE_CLOSE ? ", from " : ", open since ");
    fact_add_time(t, i->start_ns, i->start_ns);
    if (i->change == CHANGE_CLOSE) {
        text_add(t, " to ");
        fact_add_time(t, i->end_ns, i->start_ns);
    }
    add_place(t, names, chapters, n);
    if (i->kind == INCIDENT_FLAPPING) {
        text_add(t, i->change == CHANGE_CLOSE ? ": it came and went" : ": it comes and goes");
    } else if (i->kind == INCIDENT_CASCADING) {
        add_course(t, chapters, n);
    } else if (i->kind == INCIDENT_PERSISTENT && i->change != CHANGE_CLOSE) {
        text_add(t, ", and it stays");
    }
    text_add_char(t, '.');
}

/* Which of what is open and lives usually has the worst to follow. */
static const char *find_next(const struct chapter *chapters, uint32_t n)
{
    static const enum law_id order[] = {LAW_AMPLIFICATION, LAW_FEVER, LAW_SEIZURE, LAW_EARLY_WARNING};

    for (size_t l = 0; l < sizeof(order) / sizeof(order[0]); l++) {
        const struct chapter *worst = NULL;
        for (uint32_t k = 0; k < n; k++) {
            const struct chapter *c = &chapters[k];
            if (c->law == order[l] && c->open && c->end == ENTITY_LIVES &&
                (!worst || c->strength > worst->strength))
                worst = c;
        }
        const char *next = worst ? cause_next(worst->cause) : NULL;
        if (next)
            return next;
        if (worst && order[l] == LAW_SEIZURE)
            return "Swings of this kind usually show as latency before they show as load.";
    }
    return NULL;
}

static const char *find_advice(enum veto_type type, const struct chapter *chapters, uint32_t n)
{
    switch (type) {
    case VETO_COMPUTE:
        return "Advice: shed load.";
    case VETO_RESOURCE:
        return strcmp(find_resource(chapters, n), "Memory") == 0 ? "Advice: throttle what allocates."
                                                                 : "Advice: throttle what uses it up.";
    case VETO_INTENT:
        return "Advice: cap retries.";
    default:
        return NULL;
    }
}

static void add_close(
    struct incident *i, const struct catalog *names, const struct chapter *ending, struct text *t)
{
    begin_line(i, t, LINE_END);
    text_add(t, "Over since ");
    fact_add_time(t, i->end_ns, i->start_ns);
    text_add(t, ", after ");
    text_add_span(t, i->end_ns - i->start_ns);
    text_add(t, ", at worst with risk ");
    uint32_t percent = (uint32_t)(100 * i->risk + 0.5);
    text_addf(t, "%u.%02u: ", percent / 100, percent % 100);
    fact_add_ending(t, names, ending);
    text_add_char(t, '.');
}

static void add_tail(struct incident *i, const struct catalog *names, const struct chapter *chapters,
    uint32_t n, struct text *t)
{
    if (i->change == CHANGE_CLOSE) {
        add_close(i, names, find_ending(chapters, n), t);
        return;
    }
    const char *next = find_next(chapters, n), *what = find_advice(i->veto.type, chapters, n);
    if (next) {
        begin_line(i, t, LINE_NEXT);
        text_add(t, next);
    }
    if (what) {
        begin_line(i, t, LINE_ADVICE);
        text_add(t, what);
    }
}

static void add_facts(struct incident *i, const struct catalog *names, const struct chapter *chapters,
    uint32_t n, struct text *t)
{
    struct fact facts[FACTS_MAX];
    const struct chapter *ending = i->change == CHANGE_CLOSE ? find_ending(chapters, n) : NULL;
    uint32_t count = fact_gather(names, chapters, n, facts), told = 0, left = i->findings_total;

    for (; told < count; told++) {
        char buffer[FACT_MAX];
        struct text one;
        text_init(&one, buffer, sizeof(buffer));
        fact_add(&one, names, &facts[told], i->start_ns, ending);
        assert(!one.truncated);
        bool last = told + 1 == count;
        size_t room = INCIDENT_TEXT_MAX - TAIL_MAX - (last ? 0 : MORE_MAX);
        /* Two lines for what follows, and one for what is left out. */
        if (t->length + 1 + one.length >= room || i->line_count + 3 >= INCIDENT_LINES_MAX)
            break;
        begin_line(i, t, LINE_FACT);
        text_add_bytes(t, one.data, one.length);
        for (uint32_t k = 0; k < facts[told].count; k++)
            left -= facts[told].members[k]->times < left ? facts[told].members[k]->times : left;
        for (uint32_t k = 0; k < facts[told].above_count; k++)
            left -= facts[told].above[k]->times < left ? facts[told].above[k]->times : left;
    }
    if (left == 0)
        return;
    begin_line(i, t, LINE_FACT);
    text_add(t, "And ");
    text_add_uint(t, left);
    text_add(t, left == 1 ? " more finding." : " more findings.");
}

void narrative_write(
    struct incident *i, const struct catalog *names, const struct chapter *chapters, uint32_t n)
{
    struct text t;

    assert(n >= 1 && n <= FACTS_MAX);
    text_init(&t, i->narrative, sizeof(i->narrative));
    i->line_count = 0;
    add_head(i, names, chapters, n, &t);
    add_facts(i, names, chapters, n, &t);
    add_tail(i, names, chapters, n, &t);
    assert(!t.truncated);
}

void narrative_write_merged(struct incident *i, const struct catalog *names)
{
    struct text t;
    const char *host = catalog_entity_get(names, i->host)->name;

    text_init(&t, i->narrative, sizeof(i->narrative));
    i->line_count = 0;
    begin_line(i, &t, LINE_HEAD);
    text_add(&t, "Detected instability on ");
    text_add_name(&t, host, strlen(host), 2 * FACT_NAME_MAX);
    text_add(&t, ". Pattern: ");
    text_add(&t, narrative_pattern(i->laws));
    text_add_char(&t, '.');
    begin_line(i, &t, LINE_END);
    text_add(&t, "One event turned out to be behind this and incident ");
    text_add(&t, i->merged_into);
    text_add(&t, ", which goes on with its story.");
}

void narrative_reason(const struct catalog *names, const struct chapter *k, char *out)
{
    const struct entity *e = catalog_entity_get(names, k->entity);
    size_t n = strcspn(k->observed, ";");
    struct text t;

    text_init(&t, out, VETO_REASON_MAX);
    if (e->kind != ENTITY_HOST && e->kind != ENTITY_SERIES) {
        fact_add_thing(&t, names, k->entity);
        text_add(&t, ": ");
    }
    text_add_shortened(&t, k->observed, n, VETO_REASON_MAX - 1 - t.length);
}
