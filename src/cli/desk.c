/* SPDX-License-Identifier: MIT
 * Turns questions into rows and readings of the state directory. What is asked and how it is answered is
 * output/api's matter; what may be read, and how, the state room's. */
#include "cli/desk.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "cli/signal_track.h"
#include "cli/told.h"
#include "state/state_reader.h"

/* A question is given up after so long: half of what an answer may take (net/http_peers.h). */
#define PATIENCE_NS INT64_C(15000000000)

enum stage { FREE, TAKEN, WAITS, DONE };

struct slot {
    enum stage stage; /* the thread owns it from WAITS to DONE */
    struct question question;
};

struct desk {
    int dir_fd, event_fd;
    struct config config;
    struct http_server *server;
    struct loop *loop;
    struct question_desk counter;
    pthread_t thread;
    pthread_mutex_t mutex; /* of stages, and ends */
    pthread_cond_t more;
    bool ends;
    atomic_bool hurry; /* ends, for the thread in the middle of its work */
    int64_t begun_ns;  /* the thread's: when it began with the question at hand */
    struct slot slots[DESK_QUESTIONS_MAX];
    struct signal_track track; /* the thread's */
};

static int64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- the thread ---- */

static int list_one(void *context, const struct state_incident *i)
{
    struct question *q = context;

    if (q->limit == 0 || !question_add_line(q, i->json.at, i->json.n))
        q->left_out++;
    else
        q->limit--;
    return 0;
}

static int list_incidents(struct state_reader *r, struct question *q)
{
    const struct state_question wanted = {.since_ns = q->from_ns,
        .until_ns = q->to_ns,
        .host = q->host[0] ? q->host : NULL,
        .closed = true,
        .limit = q->limit + QUESTION_LIMIT_MAX};

    return state_reader_incidents(r, &wanted, list_one, q);
}

static int tell_incident(struct state_reader *r, struct question *q)
{
    struct told t;
    struct error e;
    int code = told_read(&t, r, q->id, &e);

    if (code == 0 && !t.has_incident)
        code = -ENOENT;
    if (code == 0) {
        text_add(&q->body, "{\"incident\":");
        code = question_add_line(q, t.incident_json, strlen(t.incident_json)) ? 0 : -EBADMSG;
        text_add(&q->body, ",\"findings\":[");
        q->listed = 0;
    }
    for (uint32_t i = 0; code == 0 && i < t.count; i++)
        (void)question_add_line(q, t.finding_json[i], strlen(t.finding_json[i]));
    told_free(&t);
    return code;
}

static bool gives_up(void *context)
{
    const struct desk *d = context;
    return atomic_load_explicit(&d->hurry, memory_order_relaxed) || now_ns() - d->begun_ns > PATIENCE_NS;
}

static int judge_again(struct desk *d, struct state_reader *r, struct question *q)
{
    struct signal_track *s = &d->track;
    struct signal_reach reach;

    *s = (struct signal_track){.law = q->law >= 0 ? (enum law_id)q->law : LAW_SEIZURE,
        .metric = q->law >= 0 ? NULL : q->metric,
        .from_ns = q->from_ns,
        .to_ns = q->to_ns,
        .gives_up = gives_up,
        .context = d};
    memcpy(s->host, q->host, sizeof(s->host));
    memcpy(s->entity, q->entity, sizeof(s->entity));
    const int code = signal_track_read(r, &d->config, s, 1, &reach);
    if (code)
        return code == -ECANCELED ? -EAGAIN : code;
    for (uint32_t i = 0; i < s->count; i++)
        series_grid_put(&q->grid, s->t_ns[i],
            &(struct series_value){
                (float)s->value[i], (float)s->expected[i], (float)s->lo[i], (float)s->hi[i]});
    q->from_recording = s->count > 0;
    return s->count > 0 ? 0 : -ENOENT;
}

static int work(struct desk *d, struct question *q)
{
    struct state_source source;
    struct state_reader *r = NULL;
    struct error e;

    int code = state_source_open_at(&source, d->dir_fd, &e);
    if (code)
        return code;
    code = state_reader_new(&r, &source, &e);
    if (code == 0)
        code = q->kind == QUESTION_INCIDENTS  ? list_incidents(r, q)
               : q->kind == QUESTION_INCIDENT ? tell_incident(r, q)
                                              : judge_again(d, r, q);
    state_reader_free(r);
    state_source_close(&source);
    return code;
}

/* The one that has waited longest, or NULL. */
static struct slot *first_waiting(struct desk *d)
{
    struct slot *first = NULL;

    for (int i = 0; i < DESK_QUESTIONS_MAX; i++) {
        struct slot *s = &d->slots[i];
        if (s->stage == WAITS && (!first || s->question.ticket < first->question.ticket))
            first = s;
    }
    return first;
}

static void *run(void *context)
{
    struct desk *d = context;
    const uint64_t one = 1;
    struct slot *s;

    (void)pthread_mutex_lock(&d->mutex);
    while (!d->ends) {
        s = first_waiting(d);
        if (!s) {
            (void)pthread_cond_wait(&d->more, &d->mutex);
            continue;
        }
        (void)pthread_mutex_unlock(&d->mutex);
        d->begun_ns = now_ns();
        s->question.result = work(d, &s->question);
        (void)pthread_mutex_lock(&d->mutex);
        s->stage = DONE;
        const ssize_t written = write(d->event_fd, &one, sizeof(one));
        (void)written; /* full: it is readable already */
    }
    (void)pthread_mutex_unlock(&d->mutex);
    return NULL;
}

/* ---- the loop ---- */

static struct question *take(void *context)
{
    struct desk *d = context;
    struct slot *s = NULL;

    (void)pthread_mutex_lock(&d->mutex);
    for (int i = 0; i < DESK_QUESTIONS_MAX && !s; i++)
        if (d->slots[i].stage == FREE)
            s = &d->slots[i];
    if (s)
        s->stage = TAKEN;
    (void)pthread_mutex_unlock(&d->mutex);
    if (!s)
        return NULL;
    char *body = malloc(HTTP_BODY_MAX);
    if (!body) {
        (void)pthread_mutex_lock(&d->mutex);
        s->stage = FREE;
        (void)pthread_mutex_unlock(&d->mutex);
        return NULL;
    }
    s->question = (struct question){.kind = QUESTION_INCIDENTS};
    text_init(&s->question.body, body, HTTP_BODY_MAX);
    return &s->question;
}

static void put(void *context, struct question *q)
{
    struct desk *d = context;

    (void)pthread_mutex_lock(&d->mutex);
    for (int i = 0; i < DESK_QUESTIONS_MAX; i++)
        if (&d->slots[i].question == q)
            d->slots[i].stage = WAITS;
    (void)pthread_cond_signal(&d->more);
    (void)pthread_mutex_unlock(&d->mutex);
}

static void deliver(struct desk *d, struct question *q)
{
    char *bytes = malloc(HTTP_BODY_MAX);
    struct text body;
    struct http_answer a = {.status = 200, .type = "application/json", .body = &body};

    if (bytes) {
        text_init(&body, bytes, HTTP_BODY_MAX);
        question_answer(q, &a);
        if (a.body->truncated)
            http_answer_error(&a, 500, "the answer is too long");
        http_server_deliver(d->server, q->ticket, &a);
    }
    free(bytes);
    free(q->body.data);
    q->body.data = NULL;
}

static void on_done(void *context)
{
    struct desk *d = context;
    uint64_t count;
    const ssize_t got = read(d->event_fd, &count, sizeof(count));

    (void)got;
    for (int i = 0; i < DESK_QUESTIONS_MAX; i++) {
        struct slot *s = &d->slots[i];
        (void)pthread_mutex_lock(&d->mutex);
        const bool done = s->stage == DONE;
        (void)pthread_mutex_unlock(&d->mutex);
        if (!done)
            continue;
        deliver(d, &s->question);
        (void)pthread_mutex_lock(&d->mutex);
        s->stage = FREE;
        (void)pthread_mutex_unlock(&d->mutex);
    }
}

struct desk *desk_open(int dir_fd, const struct config *config, struct http_server *server, struct loop *l)
{
    struct desk *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->dir_fd = dir_fd;
    d->config = *config;
    d->server = server;
    d->counter = (struct question_desk){.context = d, .take = take, .put = put};
    d->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&d->mutex, NULL); /* cannot fail without attributes */
    (void)pthread_cond_init(&d->more, NULL);
    if (d->event_fd < 0 || loop_on_readable(l, d->event_fd, on_done, d) != 0) {
        if (d->event_fd >= 0)
            (void)close(d->event_fd);
        free(d);
        return NULL;
    }
    d->loop = l;
    if (pthread_create(&d->thread, NULL, run, d) != 0) {
        loop_forget(l, d->event_fd);
        (void)close(d->event_fd);
        free(d);
        return NULL;
    }
    return d;
}

const struct question_desk *desk_counter(const struct desk *d)
{
    return &d->counter;
}

void desk_close(struct desk *d)
{
    if (!d)
        return;
    atomic_store_explicit(&d->hurry, true, memory_order_relaxed);
    (void)pthread_mutex_lock(&d->mutex);
    d->ends = true;
    (void)pthread_cond_signal(&d->more);
    (void)pthread_mutex_unlock(&d->mutex);
    (void)pthread_join(d->thread, NULL);
    loop_forget(d->loop, d->event_fd);
    for (int i = 0; i < DESK_QUESTIONS_MAX; i++)
        free(d->slots[i].question.body.data);
    (void)close(d->event_fd);
    (void)pthread_mutex_destroy(&d->mutex);
    (void)pthread_cond_destroy(&d->more);
    free(d);
}
