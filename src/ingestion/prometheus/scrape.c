/* SPDX-License-Identifier: MIT
 * When which target is asked, and what becomes of its answer. Reading answers is exposition.c's matter, HTTP
 * the client's (net/http_client.h), what is configured scrape_options.c's, and what targets there are
 * scrape_target.c's. */
#include "ingestion/prometheus/scrape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "ingestion/prometheus/exposition.h"
#include "ingestion/prometheus/scrape_target.h"

#define ROUND_NS      INT64_C(250000000) /* how often it is looked who is due */
#define FILES_MAX     8
#define FILES_NS      INT64_C(30000000000) /* how often files of targets are looked at; Prometheus: 5 min */
#define CONNECT_NS    INT64_C(3000000000)
#define SOURCE_PREFIX "prometheus "

#define SCRAPE_WHY_MAX 256

/* The text format first: it says the same in fewer bytes. Source: Prometheus, "Content negotiation". */
#define ACCEPT                                                                                               \
    "Accept: text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"

enum standing { STANDING_NEW, STANDING_UP, STANDING_DOWN };

struct asked {
    struct scrape *scrape;
    struct scrape_target target;
    const struct scrape_target_options *options; /* NULL: of a file */
    struct intake *in;
    int64_t interval_ns, due_ns;
    int64_t begun_ns; /* of the scrape that is on its way */
    uint64_t request; /* its number at the client; 0: none */
    uint32_t file;    /* 1..: the file that names it; 0: the configuration */
    bool named;       /* when the file was read last */
    enum standing standing;
    bool answered;            /* last time, whatever it was */
    char why[SCRAPE_WHY_MAX]; /* while it is down */
};

struct watched_file {
    char path[OPTION_TEXT_MAX];
    struct timespec changed;
    off_t size;
};

struct scrape {
    const struct scrape_options *o;
    struct http_client *client;
    struct scrape_home home;
    struct intake_house *house;
    struct asked *asked[SCRAPE_ALL_MAX];
    uint32_t count;
    struct watched_file files[FILES_MAX];
    char rooms[FILES_MAX][OPTION_TEXT_MAX];
    const char *directories[FILES_MAX + 1];
    uint32_t file_count, reading; /* reading: number of the file that is being read, from 1 */
    int64_t files_due_ns;
    bool running; /* what goes is gone, not only given up */
    int fault;
};

static void say(const struct scrape *s, const struct text *t)
{
    s->home.say(s->home.context, t->data);
}

/* Times at which a target is due lie a part of the interval after its whole multiples: the same part always.
 */
static int64_t next_due(const struct asked *a, int64_t now_ns)
{
    char where[HTTP_URL_HOST_MAX + HTTP_URL_PATH_MAX + 32];
    struct text t;

    text_init(&t, where, sizeof(where));
    http_url_write(&a->target.url, NULL, &t);
    int64_t phase = (int64_t)(hash_sip24(0, 0, t.data, t.length) % (uint64_t)a->interval_ns);
    int64_t whole = now_ns - now_ns % a->interval_ns + phase;
    return whole > now_ns ? whole : whole + a->interval_ns;
}

static int open_intake(struct scrape *s, struct asked *a)
{
    char name[SCRAPE_INSTANCE_MAX + HTTP_URL_PATH_MAX + sizeof(SOURCE_PREFIX)];
    struct text t;

    text_init(&t, name, sizeof(name));
    text_addf(&t, SOURCE_PREFIX "%s", a->target.instance);
    if (strcmp(a->target.url.path, "/metrics") != 0)
        text_add(&t, a->target.url.path);
    a->in = intake_open(s->house, name, a->target.labels, a->target.label_count);
    return a->in ? 0 : -ENOMEM;
}

/* One more target; the same one twice is one. */
static int add(struct scrape *s, const struct scrape_target *target,
    const struct scrape_target_options *options, struct error *e)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const struct http_url *have = &s->asked[i]->target.url, *u = &target->url;
        if (have->port == u->port && have->tls == u->tls && strcmp(have->host, u->host) == 0 &&
            strcmp(have->path, u->path) == 0) {
            s->asked[i]->named = true;
            return 0;
        }
    }
    if (s->count == SCRAPE_ALL_MAX)
        return error_set(e, -ENOSPC, "more than %d targets", SCRAPE_ALL_MAX);
    int r = http_client_allow(s->client, &target->url, options ? options->token_file : NULL, e);
    struct asked *a = r == 0 ? calloc(1, sizeof(*a)) : NULL;
    if (!a)
        return r ? r : error_set(e, -ENOMEM, "not enough memory for targets");
    a->scrape = s;
    a->target = *target;
    scrape_target_settle(&a->target, target);
    a->options = options;
    a->interval_ns = options && options->interval_ns ? options->interval_ns : s->o->interval_ns;
    a->file = s->reading;
    a->named = true;
    a->due_ns = INT64_MIN;
    if (s->house && open_intake(s, a) != 0) {
        free(a);
        return error_set(e, -ENOMEM, "not enough memory for targets");
    }
    s->asked[s->count++] = a;
    return 0;
}

static int add_of_file(void *context, const struct scrape_target *target, struct error *e)
{
    return add(context, target, NULL, e);
}

static void drop(struct scrape *s, uint32_t i)
{
    struct asked *a = s->asked[i];

    if (a->request)
        http_client_cancel(s->client, a->request);
    if (s->running)
        intake_retire(a->in, s->home.now_ns(s->home.context));
    intake_close(a->in);
    free(a);
    memmove(&s->asked[i], &s->asked[i + 1], (--s->count - i) * sizeof(struct asked *));
}

/* The bytes of a plain file. The caller frees. NULL with e. */
static char *read_whole(const char *path, size_t *ret_n, struct stat *ret_status, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char *bytes = NULL;
    ssize_t n = -1;

    if (fd < 0 || fstat(fd, ret_status) != 0) {
        error_set_at(e, -errno, path, 0, 0, "cannot be read: %s", strerror(errno));
    } else if (!S_ISREG(ret_status->st_mode) || ret_status->st_size > SCRAPE_FILE_MAX) {
        error_set_at(e, -EINVAL, path, 0, 0, "is no plain file of at most %u bytes", SCRAPE_FILE_MAX);
    } else if ((bytes = malloc(SCRAPE_FILE_MAX)) == NULL || (n = read(fd, bytes, SCRAPE_FILE_MAX)) < 0) {
        error_set_at(e, -ENOMEM, path, 0, 0, "cannot be read");
        free(bytes);
        bytes = NULL;
    }
    if (fd >= 0)
        close(fd);
    *ret_n = n > 0 ? (size_t)n : 0;
    return bytes;
}

/* Reads the file if it is another than last time; targets that it names no more go. */
static int read_file(struct scrape *s, uint32_t number, struct error *e)
{
    struct watched_file *f = &s->files[number];
    struct stat now;
    size_t n;

    if (stat(f->path, &now) == 0 && now.st_mtim.tv_sec == f->changed.tv_sec &&
        now.st_mtim.tv_nsec == f->changed.tv_nsec && now.st_size == f->size)
        return 0;
    char *bytes = read_whole(f->path, &n, &now, e);
    if (!bytes)
        return e->code;
    f->changed = now.st_mtim;
    f->size = now.st_size;
    s->reading = number + 1;
    for (uint32_t i = 0; i < s->count; i++)
        s->asked[i]->named = s->asked[i]->file != s->reading;
    int r = scrape_file_read(f->path, bytes, n, add_of_file, s, e);
    free(bytes);
    for (uint32_t i = s->count; i-- > 0 && r == 0;)
        if (!s->asked[i]->named)
            drop(s, i);
    s->reading = 0;
    return r;
}

static int add_configured(struct scrape *s, const struct scrape_target_options *o, struct error *e)
{
    struct scrape_target target;
    int r = scrape_target_init(&target, o->url, strlen(o->url), e);

    if (r == 0)
        r = scrape_target_labels(&target, o->labels, e);
    return r ? r : add(s, &target, o, e);
}

static int read_targets(struct scrape *s, struct error *e)
{
    const char *at = s->o->file_sd, *word;
    size_t n;
    int r = 0;

    for (uint32_t i = 0; i < s->o->target_count && r == 0; i++)
        r = add_configured(s, &s->o->targets[i], e);
    while (r == 0 && (word = option_list_next(&at, &n)) != NULL) {
        if (s->file_count == FILES_MAX || n >= OPTION_TEXT_MAX)
            return error_set(e, -EINVAL, "sources.prometheus.file_sd: more than %d files", FILES_MAX);
        struct watched_file *f = &s->files[s->file_count];
        memcpy(f->path, word, n);
        f->size = -1;
        char *room = s->rooms[s->file_count]; /* what replaces a file is another file */
        memcpy(room, f->path, OPTION_TEXT_MAX);
        char *slash = strrchr(room, '/');
        slash[slash == room] = '\0';
        s->directories[s->file_count] = room;
        r = read_file(s, s->file_count++, e);
    }
    return r;
}

struct scrape *scrape_open(
    const struct scrape_options *o, struct http_client *c, const struct scrape_home *home, struct error *e)
{
    struct scrape *s = calloc(1, sizeof(*s));

    if (!s) {
        error_set(e, -ENOMEM, "not enough memory for targets");
        return NULL;
    }
    s->o = o;
    s->client = c;
    s->home = *home;
    if (read_targets(s, e) == 0)
        return s;
    scrape_close(s);
    return NULL;
}

const char *const *scrape_directories(const struct scrape *s)
{
    return s->directories;
}

uint32_t scrape_target_count(const struct scrape *s)
{
    return s->count;
}

int scrape_fault(const struct scrape *s)
{
    return s->fault;
}

/* A target has become good or bad: said once. why: NULL when good. */
static void stand(struct asked *a, const char *why)
{
    const enum standing now = why ? STANDING_DOWN : STANDING_UP, before = a->standing;
    char line[512];
    struct text t;

    a->standing = now;
    intake_set_up(a->in, !why);
    text_init(&t, a->why, sizeof(a->why));
    text_add(&t, why ? why : "");
    if (now == before || (now == STANDING_UP && before == STANDING_NEW))
        return;
    text_init(&t, line, sizeof(line));
    text_add(&t, why ? "cannot scrape " : "scraping ");
    http_url_describe(&a->target.url, &t);
    if (why) {
        text_addf(&t, ": %s; asking again every ", why);
        text_add_human(&t, (double)a->interval_ns * 1e-9, 3);
        text_add(&t, " s");
    } else {
        text_add(&t, " again");
    }
    say(a->scrape, &t);
}

static bool begins(const char *type, const char *with)
{
    return strncasecmp(type, with, strlen(with)) == 0;
}

/* What is no exposition, by what the target says that it is; NULL: it may be one. */
static const char *type_fault(const char *type)
{
    if (type[0] == '\0' || begins(type, "text/plain") || begins(type, "application/openmetrics-text"))
        return NULL;
    return begins(type, "text/html") ? "what it answers is a page for people, no metrics: is the path right?"
           : begins(type, "application/vnd.google.protobuf") ? "it answers in protobuf, unasked"
                                                             : "what it answers is no text exposition";
}

static void take_answer(struct asked *a, const struct http_client_answer *answer)
{
    struct scrape *s = a->scrape;
    const struct exposition_options o = {
        .openmetrics = begins(answer->content_type, "application/openmetrics"),
        .buckets = a->options && a->options->buckets,
        .max_samples = intake_max_batch(a->in)};
    struct error e = {.code = 0};
    char why[ERROR_TEXT_MAX + 32];

    intake_begin_at(a->in, s->home.now_ns(s->home.context), a->begun_ns);
    if (exposition_read(answer->body, answer->body_n, &o, a->in, &e) != 0) {
        intake_cancel(a->in);
        snprintf(why, sizeof(why), "line %u: %s", (unsigned)e.line, e.text);
        stand(a, why);
        return;
    }
    int r = intake_end(a->in, INTAKE_WHOLE);
    s->fault = s->fault ? s->fault : r;
    stand(a, NULL);
}

static void on_answer(void *context, const struct http_client_answer *answer)
{
    struct asked *a = context;
    const char *fault;

    a->request = 0;
    a->answered = answer->error == 0;
    if (a->scrape->fault)
        return;
    if (answer->error || answer->status != 200)
        stand(a, answer->text);
    else if ((fault = type_fault(answer->content_type)) != NULL)
        stand(a, fault);
    else
        take_answer(a, answer);
}

/* Asks. Returns whether its turn is over. */
static bool ask(struct scrape *s, struct asked *a, int64_t now_ns)
{
    const int64_t limit_ns = s->o->timeout_ns < a->interval_ns ? s->o->timeout_ns : a->interval_ns;
    char header[80];
    struct text t;

    if (a->request)
        return true; /* the one before is still on its way */
    text_init(&t, header, sizeof(header));
    text_add(&t, "X-Prometheus-Scrape-Timeout-Seconds: ");
    text_add_human(&t, (double)limit_ns * 1e-9, 3);
    const struct http_client_request request = {.url = &a->target.url,
        .headers = {ACCEPT, header},
        .token_file = a->options ? a->options->token_file : NULL,
        .gzip = true,
        .body_max = s->o->max_body_bytes,
        .connect_ns = limit_ns < CONNECT_NS ? limit_ns : CONNECT_NS,
        .deadline_ns = limit_ns,
        .on_answer = on_answer,
        .context = a};
    int r = http_client_send(s->client, &request, &a->request);
    if (r == -EAGAIN)
        return false; /* many are on their way: in the next round */
    a->begun_ns = now_ns;
    if (r != 0)
        stand(a,
            r == -EACCES ? "it was not named when the seal was put on; restart to scrape it" : strerror(-r));
    return true;
}

static void read_files(struct scrape *s, int64_t now_ns)
{
    struct error e = {.code = 0};
    char line[ERROR_TEXT_MAX + ERROR_FILE_MAX + 64], place[ERROR_TEXT_MAX + ERROR_FILE_MAX];

    if (now_ns < s->files_due_ns)
        return;
    s->files_due_ns = now_ns + FILES_NS;
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (read_file(s, i, &e) == 0)
            continue;
        struct text t;
        text_init(&t, line, sizeof(line));
        text_addf(&t, "%s; the targets of before stay", error_format(&e, place, sizeof(place)));
        say(s, &t);
    }
}

static void on_round(void *context, const struct loop_instant *instant)
{
    struct scrape *s = context;
    int64_t now_ns = s->home.now_ns(s->home.context);

    (void)instant;
    read_files(s, now_ns);
    for (uint32_t i = 0; i < s->count && !s->fault; i++) {
        struct asked *a = s->asked[i];
        if (a->due_ns == INT64_MIN ||
            a->due_ns > now_ns + 2 * a->interval_ns) /* new, or the clock went back */
            a->due_ns = next_due(a, now_ns);
        if (now_ns >= a->due_ns && ask(s, a, now_ns))
            a->due_ns = next_due(a, now_ns);
    }
}

int scrape_start(struct scrape *s, struct intake_house *house, struct loop *l)
{
    int r = 0;

    s->house = house;
    s->files_due_ns = s->home.now_ns(s->home.context) + FILES_NS;
    for (uint32_t i = 0; i < s->count && r == 0; i++)
        r = open_intake(s, s->asked[i]);
    s->running = r == 0;
    return r ? r : loop_every(l, ROUND_NS, on_round, s);
}

void scrape_hurry(struct scrape *s)
{
    const int64_t now_ns = s->home.now_ns(s->home.context);

    for (uint32_t i = 0; i < s->count; i++)
        s->asked[i]->due_ns = now_ns;
}

struct scrape_standing scrape_stand(const struct scrape *s, uint32_t i)
{
    const struct asked *a = s->asked[i];

    return (struct scrape_standing){.url = &a->target.url,
        .in = a->in,
        .why = a->standing == STANDING_DOWN ? a->why : NULL,
        .known = a->standing != STANDING_NEW,
        .answered = a->answered};
}

void scrape_close(struct scrape *s)
{
    if (!s)
        return;
    s->running = false;
    while (s->count > 0)
        drop(s, s->count - 1);
    free(s);
}
