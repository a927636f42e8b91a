/* SPDX-License-Identifier: MIT
 * Brings the book of the alerts and its receivers together: who is told next, when it is tried again, what
 * people hear of it. What is told is alert_body.c's, who knows what alert_book.c's matter.
 *
 * A receiver is told one thing at a time. After a failure it is left alone for a second, then for twice as
 * long each time, up to five minutes (Alertmanager: until the next time that what is open is sent anyway); a
 * quarter more or less of that, so that a hundred sentinels do not come back at once. */
#include "output/alert/alerts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/number.h"
#include "net/secret_file.h"
#include "output/alert/alert_body.h"
#include "output/alert/alert_file.h"
#include "output/alert/alert_log.h"

#define SECOND_NS       INT64_C(1000000000)
#define BACK_OFF_MIN_NS SECOND_NS
#define BACK_OFF_MAX_NS (300 * SECOND_NS)
#define RESENDS_HELD    4 /* an open alert holds for so many resends */
#define BODY_MAX        ((size_t)4 << 20)
#define ANSWER_MAX      4096
#define ALERTS_PATH     "/api/v2/alerts"
#define URL_MAX         (HTTP_URL_HOST_MAX + HTTP_URL_PATH_MAX + 32)

struct receiver {
    struct alerts *of;
    enum alerts_output output;
    size_t target; /* in the book */
    struct http_url url;
    const char *token_file;
    char name[HTTP_URL_HOST_MAX + 32]; /* for people: without its path, which may be a secret */
    bool in_flight, failing;
    unsigned failures;                          /* in a row */
    int64_t next_ns;                            /* not before; monotonic */
    int64_t resend_ns;                          /* Alertmanager: what is open is sent again then; monotonic */
    struct alert_work work;                     /* on its way to a webhook */
    struct alert_work batch[ALERT_RECORDS_MAX]; /* on its way to an Alertmanager */
    size_t batch_n;
    uint64_t sent, failed;
};

struct alerts {
    struct alerts_home home;
    struct alert_style style;
    struct alert_book book;
    struct alert_log log;
    struct pack file;
    bool file_failing;
    struct loop *loop;
    struct loop_alarm *alarm;
    char *body; /* BODY_MAX bytes, for one request at a time */
    size_t count;
    struct receiver receivers[ALERT_TARGETS_MAX];
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t); /* cannot fail for these clocks */
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void say(const struct alerts *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct alerts *a, const char *format, ...)
{
    char line[ERROR_TEXT_MAX];
    struct text t;
    va_list args;

    text_init(&t, line, sizeof(line));
    va_start(args, format);
    text_addv(&t, format, args);
    va_end(args);
    if (a->home.say)
        a->home.say(a->home.context, line);
}

/* Keeps the book, when it has changed. */
static void keep(struct alerts *a)
{
    if (a->home.dir_fd <= 0 || !a->book.changed)
        return;
    const int r = alert_file_write(&a->book, &a->file, a->home.dir_fd);
    if (r != 0 && !a->file_failing)
        say(a, "cannot keep what was told to whom: %s; after a restart it may be told again", strerror(-r));
    a->file_failing = r != 0;
    if (r != 0)
        a->book.changed = true;
}

/* A quarter more or less, the same each time for this receiver and this try. */
static int64_t spread(const struct receiver *r, int64_t ns)
{
    const uint64_t seed[] = {r->of->book.names[r->target], r->failures};
    const int64_t part = (int64_t)(hash_sip24(0, 0, seed, sizeof(seed)) % 1024) - 512;

    return ns + ns / 2048 * part;
}

static void back_off(struct receiver *r, int64_t asked_ns)
{
    const int64_t most_ns =
        r->output == ALERTS_ALERTMANAGER ? r->of->home.options->alertmanager.resend_ns : BACK_OFF_MAX_NS;
    int64_t wait_ns = BACK_OFF_MIN_NS;

    for (unsigned i = 0; i < r->failures && wait_ns < most_ns; i++)
        wait_ns *= 2;
    r->failures++;
    wait_ns = spread(r, wait_ns < most_ns ? wait_ns : most_ns);
    r->next_ns = clock_ns(CLOCK_MONOTONIC) + (asked_ns > wait_ns ? asked_ns : wait_ns);
}

static void note_failure(struct receiver *r, const char *why, int64_t asked_ns)
{
    r->failed++;
    if (!r->failing)
        say(r->of, "cannot tell %s of incidents: %s; it is tried again", r->name, why);
    r->failing = true;
    back_off(r, asked_ns);
}

static void note_success(struct receiver *r, size_t words)
{
    r->sent += words;
    if (r->failing)
        say(r->of, "%s takes incidents again", r->name);
    r->failing = false;
    r->failures = 0;
    r->next_ns = 0;
}

/* Whether the answer says that the request itself is wrong: asking again would change nothing. Statuses that
 * say "later": 408, 425, 429 (RFC 9110, RFC 8470, RFC 6585). Those that may be mended on the other side: 401,
 * 403, 404, 407. */
static bool is_final(long status)
{
    return status >= 400 && status < 500 && status != 401 && status != 403 && status != 404 &&
           status != 407 && status != 408 && status != 425 && status != 429;
}

static void pump(struct alerts *a);

static void take_words(struct receiver *r, bool dropped)
{
    struct alert_book *b = &r->of->book;

    if (r->output == ALERTS_WEBHOOK)
        alert_book_told(b, r->target, &r->work, dropped);
    for (size_t i = 0; r->output == ALERTS_ALERTMANAGER && i < r->batch_n; i++)
        alert_book_told(b, r->target, &r->batch[i], dropped);
}

static void on_answer(void *context, const struct http_client_answer *answer)
{
    struct receiver *r = context;
    const size_t words = r->output == ALERTS_WEBHOOK ? 1 : r->batch_n;

    r->in_flight = false;
    if (answer->status >= 200 && answer->status < 300) {
        take_words(r, false);
        note_success(r, words);
        r->resend_ns = clock_ns(CLOCK_MONOTONIC) + r->of->home.options->alertmanager.resend_ns;
    } else if (is_final(answer->status)) {
        say(r->of, "%s refuses what it is told: %s; it is not told again", r->name, answer->text);
        take_words(r, true);
        r->failed++;
        r->resend_ns = clock_ns(CLOCK_MONOTONIC) + r->of->home.options->alertmanager.resend_ns;
    } else {
        note_failure(r, answer->text, answer->retry_after_ns);
    }
    pump(r->of);
}

static void post(struct receiver *r, const struct text *body, const char *type, const char *key)
{
    struct alerts *a = r->of;
    const bool hook = r->output == ALERTS_WEBHOOK;
    const int64_t timeout_ns =
        hook ? a->home.options->webhook.timeout_ns : a->home.options->alertmanager.timeout_ns;
    const struct http_client_request request = {.url = &r->url,
        .post = true,
        .body = body->data,
        .body_n = body->length,
        .headers = {type, key},
        .token_file = r->token_file,
        .body_max = ANSWER_MAX,
        .connect_ns = timeout_ns,
        .deadline_ns = timeout_ns,
        .on_answer = on_answer,
        .context = r};
    const int sent = body->truncated ? -EMSGSIZE : http_client_send(a->home.client, &request, NULL);

    r->in_flight = sent == 0;
    if (sent != 0)
        note_failure(r, strerror(-sent), 0);
}

static void tell_webhook(struct receiver *r)
{
    struct alerts *a = r->of;
    char key[96];
    struct text body, header;

    if (!alert_book_next(&a->book, r->target, &r->work))
        return;
    const struct alert_record *record = alert_book_record(&a->book, &r->work);
    text_init(&body, a->body, BODY_MAX);
    text_init(&header, key, sizeof(key));
    text_add(&header, "Idempotency-Key: ");
    alert_body_id(record, r->work.word, &header);
    if (a->home.options->webhook.form == ALERT_FORM_CLOUDEVENTS) {
        alert_body_cloudevent(&body, record, r->work.word, &a->style);
        post(r, &body, "Content-Type: application/cloudevents+json; charset=utf-8", key);
    } else {
        alert_body_webhook(&body, record, r->work.word, &a->style);
        post(r, &body, "Content-Type: application/json", key);
    }
}

/* All that is open, and what is over and not taken yet. */
static void tell_alertmanager(struct receiver *r, int64_t mono_ns)
{
    struct alerts *a = r->of;
    struct alert_work work;
    struct text body;
    struct json j;

    if (!alert_book_next(&a->book, r->target, &work) &&
        (mono_ns < r->resend_ns || alert_book_open(&a->book) == 0))
        return;
    const int64_t until_ns =
        clock_ns(CLOCK_REALTIME) + RESENDS_HELD * a->home.options->alertmanager.resend_ns;
    text_init(&body, a->body, BODY_MAX);
    json_init(&j, &body);
    json_begin_array(&j, NULL);
    r->batch_n = 0;
    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++) {
        const struct alert_record *record = &a->book.records[i];
        if (record->order == 0 || record->told[r->target].closed)
            continue;
        alert_body_alertmanager(&j, record, &a->style, until_ns);
        r->batch[r->batch_n++] = (struct alert_work){.record = i,
            .order = record->order,
            .word = record->closed ? ALERT_CLOSED : ALERT_OPENED,
            .version = record->version};
    }
    json_end_array(&j);
    post(r, &body, "Content-Type: application/json", NULL);
}

static void tell_log(struct receiver *r)
{
    struct alerts *a = r->of;
    struct alert_work work;
    int sent = 0;

    while (sent == 0 && alert_book_next(&a->book, r->target, &work)) {
        if (work.word != ALERT_CHANGED) /* one line for each opening and closing */
            sent = alert_log_send(&a->log, alert_book_record(&a->book, &work), work.word);
        if (sent == 0) {
            alert_book_told(&a->book, r->target, &work, false);
            if (work.word != ALERT_CHANGED)
                note_success(r, 1);
        }
    }
    if (sent != 0)
        note_failure(r, strerror(-sent), 0);
}

/* When there is something for the receiver to do; INT64_MAX: nothing. */
static int64_t due_ns(const struct receiver *r)
{
    const struct alert_book *b = &r->of->book;
    struct alert_work work;
    int64_t due = INT64_MAX;

    if (r->in_flight)
        return INT64_MAX;
    if (alert_book_next(b, r->target, &work))
        due = 0;
    else if (r->output == ALERTS_ALERTMANAGER && alert_book_open(b) > 0)
        due = r->resend_ns;
    return due < r->next_ns ? r->next_ns : due;
}

/* Tells everybody who is due, and sets the alarm for the next. */
static void pump(struct alerts *a)
{
    const int64_t mono_ns = clock_ns(CLOCK_MONOTONIC);
    int64_t next_ns = INT64_MAX;

    if (!a->loop)
        return;
    for (size_t i = 0; i < a->count; i++) {
        struct receiver *r = &a->receivers[i];
        if (due_ns(r) <= mono_ns) {
            if (r->output == ALERTS_WEBHOOK)
                tell_webhook(r);
            else if (r->output == ALERTS_ALERTMANAGER)
                tell_alertmanager(r, mono_ns);
            else
                tell_log(r);
        }
        if (due_ns(r) < next_ns)
            next_ns = due_ns(r);
    }
    if (next_ns == INT64_MAX)
        loop_alarm_clear(a->alarm);
    else
        loop_alarm_set(a->alarm, next_ns - mono_ns);
    keep(a);
}

static void on_alarm(void *context)
{
    pump(context);
}

void alerts_hear(struct alerts *a, const struct catalog *c, const struct event *e)
{
    if (e->type != EVENT_INCIDENT)
        return;
    alert_book_hear(&a->book, c, e->incident);
    /* Not from here: an event comes from the middle of a tick. */
    if (a->loop)
        loop_alarm_set(a->alarm, 0);
}

static int add_receiver(struct alerts *a, enum alerts_output output, const char *name, struct error *e)
{
    struct receiver *r = &a->receivers[a->count];
    const int target = alert_book_add_target(&a->book, name);

    if (target < 0)
        return error_set(e, -EINVAL, "more than %d receivers of alerts", ALERT_TARGETS_MAX);
    *r = (struct receiver){.of = a, .output = output, .target = (size_t)target};
    a->count++;
    return 0;
}

/* An Alertmanager or webhook at that URL. */
static int add_url(struct alerts *a, enum alerts_output output, const char *url, size_t n, struct error *e)
{
    const bool hook = output == ALERTS_WEBHOOK;
    const char *key = hook ? "outputs.webhook" : "outputs.alertmanager";
    char name[URL_MAX + 16];
    struct http_url u;
    struct error why;
    struct text t;

    if (http_url_parse(url, n, &u, &why) != 0)
        return error_set(e, -EINVAL, "%s: %s", key, why.text);
    if (!hook) { /* what is given is where it is; a path before its own is a reverse proxy's */
        const size_t path_n = strcspn(u.path, "?");
        const size_t base_n = path_n > 0 && u.path[path_n - 1] == '/' ? path_n - 1 : path_n;
        if (base_n + sizeof(ALERTS_PATH) > sizeof(u.path))
            return error_set(e, -EINVAL, "%s: its path is too long", key);
        memcpy(u.path + base_n, ALERTS_PATH, sizeof(ALERTS_PATH));
    }
    text_init(&t, name, sizeof(name));
    text_addf(&t, "%s ", key);
    http_url_write(&u, NULL, &t);
    int r = add_receiver(a, output, name, e);
    if (r != 0)
        return r;
    struct receiver *into = &a->receivers[a->count - 1];
    into->url = u;
    into->token_file = hook ? a->home.options->webhook.token_file : a->home.options->alertmanager.token_file;
    text_init(&t, into->name, sizeof(into->name));
    http_url_write(&u, "", &t);
    r = http_client_allow(a->home.client, &u, into->token_file, &why);
    return r == 0 ? 0 : error_set(e, r, "%s: %s", key, why.text);
}

static int add_urls(struct alerts *a, enum alerts_output output, const char *list, struct error *e)
{
    const char *word;
    size_t n;
    int r = 0;

    while (r == 0 && (word = option_list_next(&list, &n)) != NULL)
        r = add_url(a, output, word, n, e);
    return r;
}

/* The receiver whose URL is a secret. */
static int add_url_file(struct alerts *a, const char *path, struct error *e)
{
    char url[URL_MAX];
    const ssize_t got = secret_file_read("outputs.webhook.url_file", path, url, sizeof(url), e);
    int r;

    if (got < 0)
        return (int)got;
    r = add_url(a, ALERTS_WEBHOOK, url, secret_line(url, (size_t)got), e);
    explicit_bzero(url, sizeof(url));
    return r;
}

static int add_all(struct alerts *a, struct error *e)
{
    const struct alert_options *o = a->home.options;
    int r = add_urls(a, ALERTS_ALERTMANAGER, o->alertmanager.urls, e);

    if (r == 0)
        r = add_urls(a, ALERTS_WEBHOOK, o->webhook.urls, e);
    if (r == 0 && o->webhook.url_file[0])
        r = add_url_file(a, o->webhook.url_file, e);
    if (r != 0 || o->log == ALERT_LOG_OFF)
        return r;
    r = alert_log_open(&a->log, (enum alert_log_kind)o->log, a->home.root, e);
    if (r == 0)
        r = add_receiver(a, ALERTS_LOG, "outputs.log", e);
    if (r == 0) {
        struct receiver *log = &a->receivers[a->count - 1];
        struct text t;
        text_init(&t, log->name, sizeof(log->name));
        text_add(&t, a->log.journal ? "the journal" : "syslog");
    }
    return r;
}

static void read_book(struct alerts *a)
{
    if (a->home.dir_fd <= 0)
        return;
    const int r = alert_file_read(&a->book, a->home.dir_fd);
    if (r != 0 && r != -ENOENT)
        say(a, "what was told to whom before cannot be read: %s; what is open is told again",
            r == -EBADMSG ? "it is damaged" : strerror(-r));
}

struct alerts *alerts_open(const struct alerts_home *home, struct error *e)
{
    struct alerts *a = calloc(1, sizeof(*a));

    if (a) {
        a->log.fd = -1;
        a->body = malloc(BODY_MAX);
        pack_to_write(&a->file, ALERT_FILE_MAX);
    }
    if (!a || !a->body) {
        error_set(e, -ENOMEM, "not enough memory for the alerts");
        alerts_close(a);
        return NULL;
    }
    a->home = *home;
    a->style =
        (struct alert_style){.labels = home->options->alertmanager.labels, .link = home->options->link};
    if (add_all(a, e) != 0) {
        alerts_close(a);
        return NULL;
    }
    read_book(a);
    return a;
}

int alerts_start(struct alerts *a, struct loop *l, const struct view *view, int64_t now_ns)
{
    a->alarm = loop_alarm_new(l, on_alarm, a);
    if (!a->alarm)
        return -ENOSPC;
    a->loop = l;
    alert_book_meet(&a->book, view, now_ns);
    loop_alarm_set(a->alarm, 0);
    return 0;
}

bool alerts_busy(const struct alerts *a)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct receiver *r = &a->receivers[i];
        if (!r->failing && (r->in_flight || alert_book_waiting(&a->book, r->target) > 0))
            return true;
    }
    return false;
}

const char *alerts_output_name(enum alerts_output o)
{
    static const char *const names[] = {
        [ALERTS_ALERTMANAGER] = "alertmanager", [ALERTS_WEBHOOK] = "webhook", [ALERTS_LOG] = "log"};

    return names[o];
}

struct alerts_counts alerts_counts(const struct alerts *a, enum alerts_output o)
{
    struct alerts_counts sum = {.configured = false};

    for (size_t i = 0; i < a->count; i++) {
        const struct receiver *r = &a->receivers[i];
        if (r->output != o)
            continue;
        sum.configured = true;
        sum.sent += r->sent;
        sum.failed += r->failed;
        sum.dropped += a->book.dropped[r->target];
        sum.waiting += alert_book_waiting(&a->book, r->target);
    }
    return sum;
}

static void say_left(const struct alerts *a)
{
    for (size_t i = 0; a->loop && i < a->count; i++) {
        const struct receiver *r = &a->receivers[i];
        const size_t waiting = alert_book_waiting(&a->book, r->target);
        const uint64_t dropped = a->book.dropped[r->target];
        if (waiting > 0)
            say(a, "%s has not been told %zu thing%s%s", r->name, waiting, waiting == 1 ? "" : "s",
                a->home.dir_fd > 0 ? "; the next start goes on with it"
                                   : " and will not be: there is no state_dir");
        if (dropped > 0)
            say(a, "%s was never told %llu thing%s", r->name, (unsigned long long)dropped,
                dropped == 1 ? "" : "s");
    }
}

void alerts_close(struct alerts *a)
{
    if (!a)
        return;
    say_left(a);
    if (a->loop) {
        keep(a);
        loop_alarm_clear(a->alarm);
    }
    alert_log_close(&a->log);
    pack_free(&a->file);
    free(a->body);
    free(a);
}
