/* SPDX-License-Identifier: MIT
 * coherence incidents: what happened, out of the history that a sentinel keeps (or kept) in its state
 * directory. The file is opened before the seal and read after it; nothing is printed before it has been
 * closed again, so that a slow reader of ours does not hold up the sentinel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/history.h"
#include "cli/incident_table.h"
#include "cli/session.h"
#include "state/state_file.h"
#include "state/state_reader.h"

#define TABLE_ROWS  50           /* of the table when no limit is given */
#define OUTPUT_MAX  (512U << 20) /* bytes of output that are put together before they are printed */
#define OUTPUT_STEP (1U << 20)
/* The label of a state file is "host NAME" (keeper.c). */
#define LABEL_HOST "host "

/* What is being put together. */
struct listing {
    struct incident_table table;
    bool json;
    uint32_t limit; /* 0: none */
    uint32_t rows;
    uint64_t left_out;
    char *bytes;
    size_t n, size;
    uint64_t odd; /* lines of the file that are none */
};

static bool is_one_of(const char *flag, const char *text, const char *const *words)
{
    char all[128] = "";

    for (size_t i = 0; words[i]; i++) {
        if (!text || strcmp(text, words[i]) == 0)
            return true;
        (void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", words[i]);
    }
    const char *near = option_nearest(words, text, strlen(text));
    session_say("%s '%s' is unknown%s%s; known are %s", flag, text, near ? "; did you mean " : "",
        near ? near : "", all);
    return false;
}

static int read_question(const struct arguments *a, struct state_question *q)
{
    static const char *const kinds[] = {"single", "flapping", "cascading", "persistent", NULL};
    static const char *const severities[] = {"warning", "critical", NULL};
    const char *laws[LAW_COUNT + 1] = {NULL};

    for (unsigned i = 0; i < LAW_COUNT; i++)
        laws[i] = law_name((enum law_id)i);
    *q = (struct state_question){.since_ns = a->from_ns,
        .until_ns = a->to_ns == INT64_MAX ? STATE_TIME_NONE : a->to_ns,
        .host = a->host,
        .kind = a->kind,
        .law = a->law,
        .severity = a->severity,
        .open = a->open};
    if (!is_one_of("--kind", a->kind, kinds) || !is_one_of("--severity", a->severity, severities) ||
        !is_one_of("--law", a->law, laws))
        return STATUS_USAGE;
    return STATUS_FINE;
}

static int add(struct listing *l, const char *bytes, size_t n)
{
    if (l->size - l->n < n) {
        size_t size = l->size + n + OUTPUT_STEP;
        char *larger = size <= OUTPUT_MAX ? realloc(l->bytes, size) : NULL;
        if (!larger)
            return -ENOMEM;
        l->bytes = larger;
        l->size = size;
    }
    memcpy(l->bytes + l->n, bytes, n);
    l->n += n;
    return 0;
}

/* A line of ours has no control character in it: whatever else the file holds is not sent to a terminal. */
static bool is_line(const struct state_text *t)
{
    for (size_t i = 0; i < t->n; i++)
        if ((unsigned char)t->at[i] < ' ' || t->at[i] == 0x7f)
            return false;
    return t->n > 0 && t->at[0] == '{' && t->at[t->n - 1] == '}';
}

static int list_one(void *context, const struct state_incident *i)
{
    struct listing *l = context;
    char row[INCIDENT_TABLE_ROW_MAX];
    struct text t;

    if (l->limit && l->rows >= l->limit) {
        l->left_out++;
        return 0;
    }
    if (l->json && !is_line(&i->json)) {
        l->odd++;
        return 0;
    }
    l->rows++;
    if (l->json) {
        int r = add(l, i->json.at, i->json.n);
        return r ? r : add(l, "\n", 1);
    }
    text_init(&t, row, sizeof(row));
    incident_table_row(&l->table, &t, i);
    return add(l, t.data, t.length);
}

static int note_seen(void *context, const struct state_run *run)
{
    struct listing *l = context;
    l->table.seen_ns = run->seen_ns;
    return 1;
}

static int find_width(void)
{
    struct winsize w = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
        return INCIDENT_TABLE_WIDTH;
    return w.ws_col < INCIDENT_TABLE_WIDTH_MIN ? INCIDENT_TABLE_WIDTH_MIN : w.ws_col;
}

static int list(
    struct listing *l, const struct state_source *source, const struct state_question *q, struct error *e)
{
    static char host[STATE_LABEL_MAX];
    struct state_reader *r = NULL;
    int code = state_reader_new(&r, source, e);

    if (code)
        return code;
    const char *label = state_reader_label(r);
    bool named = strncmp(label, LABEL_HOST, strlen(LABEL_HOST)) == 0;
    (void)snprintf(host, sizeof(host), "%s", named ? label + strlen(LABEL_HOST) : "");
    l->table.host = host;
    l->table.seen_ns = STATE_TIME_NONE;
    code = state_reader_runs(r, STATE_TIME_NONE, STATE_TIME_NONE, 1, note_seen, l);
    if (code >= 0)
        code = state_reader_incidents(r, q, list_one, l);
    if (code)
        error_set(e, code, "%s", code == -EBADMSG ? "it is damaged" : strerror(-code));
    state_reader_free(r);
    return code;
}

static void print(struct session *s, const struct listing *l)
{
    char head[256];
    struct text t;

    text_init(&t, head, sizeof(head));
    if (!l->json && l->rows)
        incident_table_head(&l->table, &t);
    else if (!l->json)
        text_add(&t, "no incidents\n");
    out_lines(&s->out, t.data, t.length);
    out_lines(&s->out, l->bytes, l->n);
    out_flush(&s->out);
    if (l->left_out)
        session_say("%llu more, earlier: --limit 0 lists all, --since and --until a part",
            (unsigned long long)l->left_out);
    history_say_damaged(l->odd);
}

static int examine(struct session *s, const struct arguments *a)
{
    struct listing l = {.json = s->config.shell.format == SHELL_FORMAT_JSON,
        .table = {.width = find_width(), .color = s->color}};
    struct state_source source;
    struct state_question q;
    struct error e = {0};

    int status = read_question(a, &q);
    if (!status)
        status = history_open(s, &source);
    if (status)
        return status;
    l.limit = a->given_limit ? a->limit : l.json ? 0 : TABLE_ROWS;
    status = session_seal(s, NULL);
    int r = status ? 0 : list(&l, &source, &q, &e);
    state_source_close(&source);
    if (!status && r)
        status = history_refuse(s, &e);
    if (!status)
        print(s, &l);
    if (!status && l.rows)
        s->incidents = l.rows; /* for --exit-code */
    free(l.bytes);
    return status;
}

static int run(const struct arguments *a)
{
    static struct session session;

    if (a->operand_count) {
        session_say("incidents takes no file; --state-dir DIR says whose history is read");
        return STATUS_USAGE;
    }
    int status = session_open(&session, a, true);
    if (!status && !a->dump_config)
        status = examine(&session, a);
    return session_close(&session, status);
}

const struct command command_incidents = {
    .name = "incidents",
    .bit = FOR_INCIDENTS,
    .operands = "",
    .summary = "history: what happened, newest first",
    .run = run,
};
