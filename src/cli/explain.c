/* SPDX-License-Identifier: MIT
 * coherence explain ID: what the history tells of an incident or a finding, and a picture of what its law
 * measured around the onset, judged again from the flight recorder's blocks. The files are opened before the
 * seal and read after it; nothing is printed before they have been closed again. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/history.h"
#include "cli/session.h"
#include "cli/signal_track.h"
#include "cli/told.h"
#include "output/plot.h"

#define COLUMNS_USUAL 80u
#define PLOT_ROWS     10u
/* Shown before the onset and after it: enough to see the habit, and what it became. A finding that was over
 * later is shown until then, within this bound. */
#define BEFORE_NS  INT64_C(180000000000)
#define AFTER_NS   INT64_C(300000000000)
#define MOST_NS    INT64_C(1800000000000)
#define REMARK_MAX 512
/* Lines as they are kept, and a number in its longest form for each point of a track. */
#define PAGE_MAX                                                                                             \
    (TOLD_FINDINGS_MAX * STATE_TEXT_MAX + SIGNAL_TRACKS_MAX * SIGNAL_POINTS_MAX * 5 * NUMBER_TEXT_MAX +      \
        (1U << 20))

struct explain {
    struct session *session;
    const char *id;
    struct told told;
    struct signal_track tracks[SIGNAL_TRACKS_MAX]; /* of the first findings */
    uint32_t track_count;
    struct signal_reach reach;
    int track_fault; /* -errno of reading the blocks */
    char pictures[SIGNAL_TRACKS_MAX][PLOT_BYTES_MAX];
    char remarks[SIGNAL_TRACKS_MAX][REMARK_MAX];
    bool utf8;
    uint32_t columns;
};

/* Which signals are wanted, and of what time. */
static void choose_tracks(struct explain *x)
{
    const struct told *t = &x->told;

    x->track_count = t->count < SIGNAL_TRACKS_MAX ? t->count : SIGNAL_TRACKS_MAX;
    for (uint32_t i = 0; i < x->track_count; i++) {
        const struct finding *f = &t->findings[i];
        const struct entity *e = catalog_entity_get(t->names, f->entity);
        struct signal_track *s = &x->tracks[i];
        (void)snprintf(s->host, sizeof(s->host), "%s", catalog_host_name(t->names, f->entity));
        (void)snprintf(s->entity, sizeof(s->entity), "%s%s%s", entity_kind_name(e->kind),
            e->kind == ENTITY_HOST ? "" : ":", e->kind == ENTITY_HOST ? "" : e->name);
        s->law = f->law;
        s->from_ns = f->onset_ns - BEFORE_NS;
        s->to_ns = f->onset_ns + AFTER_NS;
        if (f->t_ns + AFTER_NS / 5 > s->to_ns)
            s->to_ns = f->t_ns + AFTER_NS / 5;
        if (s->to_ns > f->onset_ns + MOST_NS)
            s->to_ns = f->onset_ns + MOST_NS;
    }
}

static void add_time(struct text *t, int64_t t_ns)
{
    char at[TIMESTAMP_TEXT_MAX];

    timestamp_format(t_ns, at);
    text_add(t, at);
}

/* Why there is no picture of a track. */
static void say_missing(const struct explain *x, const struct signal_track *s, struct text *t)
{
    if (x->track_fault) {
        text_addf(
            t, "The recording cannot be read: %s. There is nothing to draw.", strerror(-x->track_fault));
    } else if (!x->reach.any) {
        text_add(t, "No recording is kept of that time: there is nothing to draw.");
    } else if (x->reach.from_ns == INT64_MIN) {
        text_add(t, "Of the recording of that time nothing can be read: there is nothing to draw.");
    } else if (x->reach.from_ns > s->to_ns) {
        text_add(t, "The recording does not reach back to ");
        add_time(t, s->from_ns);
        text_add(t, ": it begins at ");
        add_time(t, x->reach.from_ns);
        text_add(t, ". There is nothing to draw.");
    } else if (x->reach.to_ns < s->from_ns) {
        text_add(t, "The recording ends at ");
        add_time(t, x->reach.to_ns);
        text_add(t, ", before this began. There is nothing to draw.");
    } else {
        text_add(
            t, "The recording holds nothing of it that the law could measure: there is nothing to draw.");
    }
}

static void say_picture(const struct explain *x, const struct signal_track *s, struct text *t)
{
    text_add(t, "What the law measured (");
    text_add(t, law_name(s->law));
    text_add(t, " of ");
    text_add(t, s->entity);
    text_add(t, "), judged again from the recording");
    text_add(
        t, x->reach.cold
               ? ", which has no snapshot of what had been learned before: the band is that of a cold start"
               : "");
    if (x->reach.from_ns > s->from_ns && x->reach.from_ns != INT64_MIN) {
        text_add(t, "; the recording does not reach further back than ");
        add_time(t, x->reach.from_ns);
    }
    if (x->reach.damaged)
        text_addf(t, "; %llu blocks of it could not be read", (unsigned long long)x->reach.damaged);
    text_add(t, ":");
}

static void draw(struct explain *x, uint32_t i)
{
    const struct signal_track *s = &x->tracks[i];
    struct explained_finding *e = &x->told.explained[i];
    const struct plot plot = {.t_ns = s->t_ns,
        .value = s->value,
        .expected = s->expected,
        .lo = s->lo,
        .hi = s->hi,
        .n = s->count,
        .from_ns = s->from_ns,
        .to_ns = s->to_ns,
        .onset_ns = e->finding->onset_ns,
        .unit = e->finding->reading.unit};
    const struct plot_style style = {
        .columns = x->columns, .rows = PLOT_ROWS, .utf8 = x->utf8, .color = x->session->color};
    struct text picture, remark;

    text_init(&picture, x->pictures[i], sizeof(x->pictures[i]));
    text_init(&remark, x->remarks[i], sizeof(x->remarks[i]));
    if (plot_write(&plot, &style, &picture)) {
        say_missing(x, s, &remark);
    } else {
        say_picture(x, s, &remark);
        e->picture = x->pictures[i];
    }
    e->remark = x->remarks[i];
}

static int read_all(struct explain *x, const struct state_source *source, struct error *e)
{
    struct state_reader *r = NULL;
    int code = state_reader_new(&r, source, e);

    if (code)
        return code;
    code = told_read(&x->told, r, x->id, e);
    if (code == 0) {
        choose_tracks(x);
        x->track_fault = signal_track_read(r, &x->session->config, x->tracks, x->track_count, &x->reach);
    }
    state_reader_free(r);
    return code;
}

static void write_text(struct explain *x, struct text *out)
{
    const struct told *t = &x->told;

    for (uint32_t i = 0; i < x->track_count; i++)
        draw(x, i);
    const struct explanation page = {.names = t->names,
        .incident = t->has_incident ? &t->incident : NULL,
        .state = t->state,
        .findings = t->explained,
        .count = t->count,
        .more = (uint32_t)t->more};
    explanation_write(
        &page, &(struct explanation_style){.columns = x->columns, .color = x->session->color}, out);
    if (!t->has_incident && t->incidents[0][0])
        text_addf(
            out, "\nIt is part of incident %s: coherence explain %s\n", t->incidents[0], t->incidents[0]);
}

static void write_numbers(struct json *j, const char *key, const double *v, uint32_t n)
{
    json_begin_array(j, key);
    for (uint32_t i = 0; i < n; i++)
        json_put_number(j, NULL, v[i]);
    json_end_array(j);
}

/* "plot":{...}, or null and why. */
static void write_track(const struct explain *x, uint32_t i, struct text *out)
{
    char why[REMARK_MAX];
    struct text t;
    struct json j;

    json_init(&j, out);
    json_begin_object(&j, NULL);
    text_init(&t, why, sizeof(why));
    if (i < x->track_count && x->tracks[i].count > 0) {
        const struct signal_track *s = &x->tracks[i];
        json_put_bool(&j, "cold", x->reach.cold);
        json_begin_array(&j, "t");
        for (uint32_t k = 0; k < s->count; k++)
            json_put_time(&j, NULL, s->t_ns[k]);
        json_end_array(&j);
        write_numbers(&j, "value", s->value, s->count);
        write_numbers(&j, "expected", s->expected, s->count);
        write_numbers(&j, "lo", s->lo, s->count);
        write_numbers(&j, "hi", s->hi, s->count);
    } else {
        if (i < x->track_count)
            say_missing(x, &x->tracks[i], &t);
        else
            text_addf(&t, "Only the first %u findings are judged again: coherence explain %s",
                SIGNAL_TRACKS_MAX, x->told.findings[i].id);
        json_put_string(&j, "missing", why);
    }
    json_end_object(&j);
}

static const char *state_name(enum explained_state state)
{
    static const char *const names[] = {
        [EXPLAINED_OPEN] = "open", [EXPLAINED_CLOSED] = "close", [EXPLAINED_LOST] = "lost"};

    return names[state];
}

/* The lines as they were printed, with what the history knows besides. */
static void write_json(const struct explain *x, struct text *out)
{
    const struct told *t = &x->told;

    text_add(out, "{\"type\":\"explanation\",\"state\":");
    text_addf(out, "\"%s\",\"incident\":%s,\"findings\":[",
        state_name(t->has_incident ? t->state : t->explained[0].state),
        t->has_incident ? t->incident_json : "null");
    for (uint32_t i = 0; i < t->count; i++) {
        text_addf(out, "%s{\"state\":\"%s\",\"finding\":", i ? "," : "", state_name(t->explained[i].state));
        text_add(out, t->finding_json[i]);
        text_add(out, ",\"signal\":");
        write_track(x, i, out);
        text_add(out, "}");
    }
    text_addf(out, "],\"more\":%llu}\n", (unsigned long long)t->more);
}

static bool is_id(const char *id)
{
    const size_t n = strspn(id, "0123456789abcdef");

    return n > 0 && id[n] == '\0' && n < HASH_ID_TEXT_MAX;
}

static int refuse(const struct explain *x, int code, const struct error *e)
{
    const struct told *t = &x->told;

    if (code == -ENOENT) {
        session_say(
            "nothing in the history has an id that begins with '%s'; 'coherence incidents' lists them",
            x->id);
        return STATUS_FAILURE;
    }
    if (code == -EEXIST) {
        session_say("'%s' is the beginning of several ids (%s, %s); give more of it", x->id, t->matches[0],
            t->matches[1]);
        return STATUS_FAILURE;
    }
    return history_refuse(x->session, e);
}

static int print(struct explain *x)
{
    struct text out;
    char *page = malloc(PAGE_MAX);

    if (!page) {
        session_say("not enough memory");
        return STATUS_FAILURE;
    }
    text_init(&out, page, PAGE_MAX);
    if (x->session->config.shell.format == SHELL_FORMAT_JSON)
        write_json(x, &out);
    else
        write_text(x, &out);
    out_lines(&x->session->out, out.data, out.length);
    out_flush(&x->session->out);
    history_say_damaged(x->told.damaged);
    free(page);
    return STATUS_FINE;
}

static uint32_t find_width(void)
{
    struct winsize w = {0};

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : COLUMNS_USUAL;
}

static int examine(struct explain *x)
{
    struct state_source source;
    struct error e = {0};

    /* Before the seal: a locale is a file. */
    (void)setlocale(LC_CTYPE, "");
    x->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    x->columns = find_width();
    int status = history_open(x->session, &source);
    if (status)
        return status;
    status = session_seal(x->session, NULL);
    const int r = status ? 0 : read_all(x, &source, &e);
    state_source_close(&source);
    if (!status)
        status = r ? refuse(x, r, &e) : print(x);
    told_free(&x->told);
    return status;
}

static int run(const struct arguments *a)
{
    static struct session session;
    static struct explain x;

    if (a->operand_count != 1) {
        session_say(
            "explain takes the id of an incident or a finding, or its beginning; 'coherence incidents' lists "
            "them");
        return STATUS_USAGE;
    }
    x.session = &session;
    x.id = a->operands[0];
    if (!is_id(x.id)) {
        session_say("'%s' is no id: ids are 16 digits of 0-9 and a-f, or the first of them; 'coherence "
                    "incidents' lists "
                    "them",
            x.id);
        return STATUS_USAGE;
    }
    int status = session_open(&session, a, true);
    if (!status && !a->dump_config)
        status = examine(&x);
    return session_close(&session, status);
}

const struct command command_explain = {
    .name = "explain",
    .bit = FOR_EXPLAIN,
    .operands = "ID",
    .summary = "why: an incident or finding with its evidence, and what its signal did",
    .run = run,
};
