/* SPDX-License-Identifier: MIT
 * Turns an engine's events into the little that a verdict needs of them. An alarm is what makes somebody
 * look: a single anomaly, and a finding when it opens or is told anew; a series that fell silent while its
 * host speaks is none (bench/quality/replay.py has the same rule). */
#include "verdict/tape.h"

#include <stdlib.h>
#include <string.h>

#include "base/id_table.h"
#include "base/text.h"

#define NONE      UINT32_MAX
#define TOLD_MAX  8  /* findings of a host that open together before their incident is told; older ones go */
#define DEPTH_MAX 64 /* of cgroups within each other */

struct tape_host {
    char *name;
    int64_t last_alarm_ns, earlier_alarm_ns; /* the last two that differ */
    uint32_t *outages, outage_count;
    uint32_t open;                       /* its open incident, or NONE */
    struct tape_finding *told[TOLD_MAX]; /* findings that opened, until an incident names them */
    uint32_t told_count;
};

struct tape {
    const struct ground *ground;
    bool stories;
    struct tape_host *hosts;
    uint32_t host_count, host_capacity;
    struct id_table host_of; /* host + 1 as a pointer, by the engine's id */
    struct tape_incident *incidents;
    uint32_t count, capacity, story_count;
    int64_t *alarms; /* by outage */
    uint64_t dropped;
    struct summary summary;
};

struct tape *tape_new(const struct ground *ground, bool stories)
{
    struct tape *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->ground = ground;
    t->stories = stories;
    t->alarms = calloc(ground->count + 1, sizeof(*t->alarms));
    if (!t->alarms) {
        free(t);
        return NULL;
    }
    for (uint32_t i = 0; i < ground->count; i++)
        t->alarms[i] = INT64_MIN;
    return t;
}

static void free_story(struct tape_story *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->finding_count; i++)
        free(s->findings[i]);
    free(s->narrative);
    free(s);
}

void tape_free(struct tape *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < t->host_count; i++) {
        free(t->hosts[i].name);
        free(t->hosts[i].outages);
        for (uint32_t k = 0; k < t->hosts[i].told_count; k++)
            free(t->hosts[i].told[k]);
    }
    for (uint32_t i = 0; i < t->count; i++)
        free_story(t->incidents[i].story);
    id_table_done(&t->host_of);
    free(t->hosts);
    free(t->incidents);
    free(t->alarms);
    free(t);
}

static struct tape_host *add_host(struct tape *t, const char *name)
{
    for (uint32_t i = 0; i < t->host_count; i++)
        if (strcmp(t->hosts[i].name, name) == 0)
            return &t->hosts[i];
    if (t->host_count == t->host_capacity) {
        uint32_t more = t->host_capacity ? 2 * t->host_capacity : 8;
        struct tape_host *hosts = realloc(t->hosts, more * sizeof(*hosts));
        if (!hosts)
            return NULL;
        t->hosts = hosts;
        t->host_capacity = more;
    }
    struct tape_host *h = &t->hosts[t->host_count];
    *h = (struct tape_host){.last_alarm_ns = INT64_MIN, .earlier_alarm_ns = INT64_MIN, .open = NONE};
    h->name = strdup(name);
    int64_t n = h->name ? ground_outages_of(t->ground, name, &h->outages) : -1;
    if (n < 0) {
        free(h->name);
        return NULL;
    }
    h->outage_count = (uint32_t)n;
    t->host_count++;
    return h;
}

/* The host of an entity; NULL: out of memory. */
static struct tape_host *find_host(struct tape *t, const struct catalog *names, uint32_t entity)
{
    uint32_t id = catalog_entity_get(names, entity)->host;
    uintptr_t number = (uintptr_t)id_table_get(&t->host_of, id);
    if (number > 0)
        return &t->hosts[number - 1];
    struct tape_host *h = add_host(t, catalog_host_name(names, entity));
    if (h && id_table_put(&t->host_of, id, (void *)(uintptr_t)(h - t->hosts + 1)))
        return NULL;
    return h;
}

static void note_alarm(struct tape *t, struct tape_host *h, int64_t t_ns)
{
    if (t_ns > h->last_alarm_ns) {
        h->earlier_alarm_ns = h->last_alarm_ns;
        h->last_alarm_ns = t_ns;
    }
    for (uint32_t k = 0; k < h->outage_count; k++) {
        const struct outage *o = &t->ground->outages[h->outages[k]];
        if (o->start_ns > t_ns)
            return;
        int64_t *first = &t->alarms[h->outages[k]];
        if (t_ns <= o->end_ns && (*first == INT64_MIN || t_ns < *first))
            *first = t_ns;
    }
}

static struct tape_finding *copy_finding(const struct catalog *names, const struct finding *f)
{
    struct tape_finding *k = calloc(1, sizeof(*k));
    struct text text;
    if (!k)
        return NULL;
    const struct entity *e = catalog_entity_get(names, f->entity);
    *k = (struct tape_finding){.t_ns = f->t_ns,
        .onset_ns = f->onset_ns,
        .law = f->law,
        .entity_id = f->entity,
        .cause = f->cause,
        .confidence = f->confidence,
        .calibrated = f->calibrated,
        .false_alarms_per_year = f->false_alarms_per_year,
        .reading = f->reading,
        .evidence_count = f->evidence_count};
    memcpy(k->evidence, f->evidence, sizeof(k->evidence));
    memcpy(k->id, f->id, sizeof(k->id));
    memcpy(k->text, f->text, sizeof(k->text));
    text_init(&text, k->entity, sizeof(k->entity));
    text_addf(&text, "%s:%s", entity_kind_name(e->kind), e->name);
    return k;
}

/* Takes k over; the oldest goes where there are too many. */
static void keep_told(struct tape_host *h, struct tape_finding *k)
{
    if (!k)
        return;
    if (h->told_count == TOLD_MAX) {
        free(h->told[0]);
        memmove(h->told, h->told + 1, --h->told_count * sizeof(h->told[0]));
    }
    h->told[h->told_count++] = k;
}

static bool names_finding(const struct incident *i, const char *id)
{
    for (uint32_t k = 0; k < i->finding_count; k++)
        if (strcmp(i->findings[k], id) == 0)
            return true;
    return false;
}

/* Is one within the other: a cgroup in a cgroup, anything in its host? */
static bool is_within(const struct catalog *names, uint32_t entity, uint32_t above)
{
    if (catalog_entity_get(names, entity)->host == above)
        return entity != above;
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        entity = catalog_entity_get(names, entity)->parent;
        if (entity == above)
            return true;
        if (entity == ENTITY_NONE || catalog_stage(names, entity) == CATALOG_UNKNOWN)
            return false;
    }
    return false;
}

/* What the incident names goes into its story. Of those that opened it, the innermost leads: what is seen
 * above it too is seen best where it is (as the narrative has it). */
static void tell(
    struct tape_host *h, const struct catalog *names, struct tape_story *s, const struct incident *i)
{
    const bool opens = s->finding_count == 0;
    uint32_t left = 0;

    for (uint32_t k = 0; k < h->told_count; k++) {
        struct tape_finding *f = h->told[k];
        if (!names_finding(i, f->id))
            h->told[left++] = f;
        else if (s->finding_count < TAPE_FINDINGS_MAX)
            s->findings[s->finding_count++] = f;
        else
            free(f);
    }
    h->told_count = left;
    s->findings_total = i->findings_total;
    for (uint32_t k = 1; opens && k < s->finding_count; k++) {
        struct tape_finding *first = s->findings[0], *f = s->findings[k];
        if (f->law == first->law && is_within(names, f->entity_id, first->entity_id)) {
            s->findings[0] = f;
            s->findings[k] = first;
        }
    }
}

static void take_finding(struct tape *t, const struct catalog *names, const struct finding *f)
{
    bool host = catalog_entity_get(names, f->entity)->kind == ENTITY_HOST;
    if (f->change == CHANGE_CLOSE || (f->law == LAW_SIGNAL_LOST && !host))
        return;
    struct tape_host *h = find_host(t, names, f->entity);
    if (!h)
        return;
    note_alarm(t, h, f->t_ns);
    if (!t->stories || f->change != CHANGE_OPEN)
        return;
    keep_told(h, copy_finding(names, f));
}

static void begin_story(struct tape *t, struct tape_incident *k, const struct incident *i)
{
    if (!t->stories || t->story_count == TAPE_STORIES_MAX || !(k->story = calloc(1, sizeof(*k->story))))
        return;
    t->story_count++;
    memcpy(k->story->id, i->id, sizeof(k->story->id));
}

static void open_incident(struct tape *t, struct tape_host *h, const struct incident *i)
{
    h->open = NONE;
    if (t->count == t->capacity && t->count < TAPE_INCIDENTS_MAX) {
        uint32_t more = t->capacity ? 2 * t->capacity : 64;
        struct tape_incident *incidents = realloc(t->incidents, more * sizeof(*incidents));
        if (incidents) {
            t->incidents = incidents;
            t->capacity = more;
        }
    }
    if (t->count == t->capacity) {
        t->dropped++;
        return;
    }
    struct tape_incident *k = &t->incidents[t->count];
    *k = (struct tape_incident){.host = (uint32_t)(h - t->hosts),
        .opened_ns = i->t_ns,
        .quiet_ns = h->last_alarm_ns < i->t_ns ? h->last_alarm_ns : h->earlier_alarm_ns};
    begin_story(t, k, i);
    h->open = t->count++;
}

static void refresh(
    struct tape_host *h, const struct catalog *names, struct tape_incident *k, const struct incident *i)
{
    struct tape_story *s = k->story;
    k->laws = i->laws;
    k->started_ns = i->start_ns;
    k->ended_ns = i->change == CHANGE_CLOSE ? i->end_ns : INT64_MAX;
    if (!s)
        return;
    s->kind = i->kind;
    s->severity = i->severity;
    s->risk = i->risk;
    char *narrative = strndup(i->narrative, INCIDENT_TEXT_MAX);
    if (narrative) {
        free(s->narrative);
        s->narrative = narrative;
    }
    tell(h, names, s, i);
}

static void take_incident(struct tape *t, const struct catalog *names, const struct incident *i)
{
    struct tape_host *h = find_host(t, names, i->host);
    if (!h)
        return;
    if (i->change == CHANGE_OPEN)
        open_incident(t, h, i);
    if (h->open == NONE)
        return;
    refresh(h, names, &t->incidents[h->open], i);
    if (i->change == CHANGE_CLOSE)
        h->open = NONE;
}

void tape_event(struct tape *t, const struct catalog *names, const struct event *e)
{
    struct tape_host *h;
    switch (e->type) {
    case EVENT_TICK:
        break;
    case EVENT_ANOMALY:
        h = find_host(t, names, e->anomaly->entity);
        if (h)
            note_alarm(t, h, e->anomaly->t_ns);
        break;
    case EVENT_FINDING:
        take_finding(t, names, e->finding);
        break;
    case EVENT_INCIDENT:
        take_incident(t, names, e->incident);
        break;
    case EVENT_SUMMARY:
        t->summary = *e->summary;
        break;
    }
}

uint32_t tape_count(const struct tape *t)
{
    return t->count;
}

const struct tape_incident *tape_incident(const struct tape *t, uint32_t i)
{
    return &t->incidents[i];
}

const char *tape_host(const struct tape *t, uint32_t host)
{
    return t->hosts[host].name;
}

int64_t tape_alarm(const struct tape *t, uint32_t outage)
{
    return t->alarms[outage];
}

uint64_t tape_dropped(const struct tape *t)
{
    return t->dropped;
}

const struct summary *tape_summary(const struct tape *t)
{
    return &t->summary;
}
