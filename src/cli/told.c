/* SPDX-License-Identifier: MIT
 * Turns rows of the history back into an incident and its findings. The rows' lines are not believed: what is
 * no finding or incident of ours is passed over and counted. */
#include "cli/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/replay/event_line.h"

/* Names of one incident. */
#define NAMES_MAX 1024u

static enum explained_state state_of(const struct state_text *t)
{
    if (t->n == 5 && memcmp(t->at, "close", 5) == 0)
        return EXPLAINED_CLOSED;
    return t->n == 4 && memcmp(t->at, "lost", 4) == 0 ? EXPLAINED_LOST : EXPLAINED_OPEN;
}

/* A copy with a newline behind it (for the scanner), which a NUL follows. NULL: no memory. */
static char *copy_line(const struct state_text *t)
{
    char *line = malloc(t->n + 2);

    if (line) {
        memcpy(line, t->at, t->n);
        line[t->n] = '\n';
        line[t->n + 1] = '\0';
    }
    return line;
}

/* Only what is one printable line is handed on as JSON. */
static void end_line(char *line, size_t n)
{
    line[n] = '\0';
}

static void copy_id(char out[HASH_ID_TEXT_MAX], const struct state_text *t)
{
    const size_t n = t->n < HASH_ID_TEXT_MAX ? t->n : HASH_ID_TEXT_MAX - 1;

    memcpy(out, t->n ? t->at : "", n);
    out[n] = '\0';
}

static void note_match(struct told *t, const struct state_text *id)
{
    if (t->match_count < 2)
        copy_id(t->matches[t->match_count], id);
    t->match_count++;
}

static int take_incident(void *context, const struct state_incident *i)
{
    struct told *t = context;

    note_match(t, &i->id);
    if (t->match_count > 1)
        return 0;
    t->incident_json = copy_line(&i->json);
    if (!t->incident_json)
        return -ENOMEM;
    const int r = event_line_incident(t->incident_json, i->json.n + 1, t->names, t->words, &t->incident);
    end_line(t->incident_json, i->json.n);
    if (r)
        return r;
    t->state = state_of(&i->state);
    t->has_incident = true;
    return 0;
}

static int take_finding(void *context, const struct state_finding *f)
{
    struct told *t = context;

    if (t->count == TOLD_FINDINGS_MAX) {
        t->more++;
        return 0;
    }
    char *line = copy_line(&f->json);
    if (!line)
        return -ENOMEM;
    struct finding *into = &t->findings[t->count];
    const int r = event_line_finding(line, f->json.n + 1, t->names, t->words, into);
    if (r) {
        free(line);
        t->damaged++;
        return 0;
    }
    end_line(line, f->json.n);
    t->finding_json[t->count] = line;
    copy_id(t->incidents[t->count], &f->incident);
    t->explained[t->count++] = (struct explained_finding){
        .finding = into,
        .state = state_of(&f->state),
        .opened_ns = into->change == CHANGE_OPEN ? into->t_ns : INT64_MIN,
    };
    return 0;
}

static int take_match(void *context, const struct state_finding *f)
{
    struct told *t = context;

    note_match(t, &f->id);
    return t->match_count > 1 ? 0 : take_finding(context, f);
}

static int explain_fault(int r, struct error *e)
{
    return error_set(e, r, "%s", r == -EBADMSG ? "it is damaged" : strerror(-r));
}

int told_read(struct told *t, struct state_reader *r, const char *id, struct error *e)
{
    const struct catalog_limits limits = {.entities = NAMES_MAX, .series = 1, .metrics = 1};

    *t = (struct told){.names = catalog_new(&limits), .words = words_new()};
    if (!t->names || !t->words)
        return explain_fault(-ENOMEM, e);
    int code = state_reader_incident(r, id, take_incident, t);
    if (code < 0)
        return explain_fault(code, e);
    if (t->match_count > 1)
        return -EEXIST;
    code = t->has_incident ? state_reader_findings(r, t->incident.id, take_finding, t)
                           : state_reader_finding(r, id, take_match, t);
    if (code < 0)
        return explain_fault(code, e);
    if (t->match_count > 1)
        return -EEXIST;
    if (t->match_count == 0)
        return -ENOENT;
    return t->has_incident || t->count ? 0 : explain_fault(-EBADMSG, e);
}

void told_free(struct told *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        free(t->finding_json[i]);
    free(t->incident_json);
    catalog_free(t->names);
    words_free(t->words);
}
