/* SPDX-License-Identifier: MIT
 * Frames and ticks to rows of long CSV that ingestion/replay reads back to the same frames and ticks. It
 * knows the catalog (series to names) and one descriptor; which frames there are, and what to do when the
 * disk is full, is left to the caller. */
#include "output/telemetry_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define BUFFER_SIZE (64u * 1024u)
/* A row: three names whose every byte may be a doubled quote, a time, a value, separators. */
#define ROW_MAX  (3u * (2u * (CATALOG_NAME_MAX + 16u) + 2u) + 128u)
#define FLUSH_NS INT64_C(10000000000) /* heuristic: what a crash may cost, against one write a tick */

struct telemetry_csv {
    int fd;
    bool regular;      /* can be cut back to its last whole row */
    bool began;        /* header and clock row are there */
    int failed;        /* 0 or the first -errno */
    int64_t flush_ns;  /* tick of the last flush */
    uint64_t lost;     /* rows that did not reach the file */
    uint64_t buffered; /* rows in text */
    off_t whole;       /* bytes in the file up to the last whole row */
    struct text text;
    char buffer[BUFFER_SIZE];
};

/* A descriptor for path, emptied, or -errno with e filled. */
static int open_file(const char *path, bool *ret_regular, struct error *e)
{
    struct stat st;
    /* Not O_TRUNC: it is emptied only after it has been looked at. O_NONBLOCK: a FIFO must not block the
     * open. */
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);
    if (fd < 0) {
        int fault = errno;
        bool link = fault == ELOOP && lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
        return error_set_at(
            e, -fault, path, 0, 0, "cannot write: %s", link ? "it is a symbolic link" : strerror(fault));
    }
    int fault = 0;
    if (fstat(fd, &st) != 0)
        fault = -errno;
    else if (!S_ISREG(st.st_mode))
        fault = -EEXIST;
    else if (ftruncate(fd, 0) != 0)
        fault = -errno;
    *ret_regular = true;
    if (fault == 0)
        return fd;
    (void)close(fd);
    return error_set_at(e, fault, path, 0, 0, "cannot write: %s",
        fault == -EEXIST ? "it exists and is not a regular file" : strerror(-fault));
}

struct telemetry_csv *telemetry_csv_open(const char *path, struct error *e)
{
    struct telemetry_csv *w = malloc(sizeof(*w));
    if (w == NULL) {
        (void)error_set_at(e, -ENOMEM, path, 0, 0, "out of memory");
        return NULL;
    }
    *w = (struct telemetry_csv){.fd = STDOUT_FILENO};
    if (strcmp(path, "-") != 0)
        w->fd = open_file(path, &w->regular, e);
    if (w->fd < 0) {
        free(w);
        return NULL;
    }
    text_init(&w->text, w->buffer, sizeof(w->buffer));
    return w;
}

/* Writes all of it. Returns 0 or -errno. */
static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, p, n);
        if (wrote >= 0) {
            p += wrote;
            n -= (size_t)wrote;
        } else if (errno == EAGAIN) { /* standard output that somebody made non-blocking */
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                return -errno;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

static int flush(struct telemetry_csv *w)
{
    if (w->failed == 0 && w->text.length > 0) {
        w->failed = write_all(w->fd, w->text.data, w->text.length);
        if (w->failed == 0)
            w->whole += (off_t)w->text.length;
        else if (w->regular && ftruncate(w->fd, w->whole) != 0)
            w->regular = false; /* a cut row stays; replay passes over it */
    }
    if (w->failed != 0)
        w->lost += w->buffered;
    w->buffered = 0;
    text_clear(&w->text);
    return w->failed;
}

/* Appends a name as one CSV field. Source: RFC 4180 section 2. */
static void add_field(struct text *t, const char *name)
{
    size_t n = strlen(name);
    if (strpbrk(name, ",\"\r\n") == NULL) {
        text_add_bytes(t, name, n);
        return;
    }
    text_add_char(t, '"');
    for (const char *quote; (quote = memchr(name, '"', n)) != NULL; name = quote + 1) {
        text_add_bytes(t, name, (size_t)(quote + 1 - name));
        text_add_char(t, '"');
        n -= (size_t)(quote + 1 - name);
    }
    text_add_bytes(t, name, n);
    text_add_char(t, '"');
}

/* Is the series entity `own` the one that catalog_series makes for a metric that no law knows? It stands for
 * its owner then. */
static bool stands_for_owner(const struct entity *own, const struct entity *owner, const char *metric)
{
    const char *name = own->name;
    if (owner->kind != ENTITY_HOST) {
        const char *kind = entity_kind_name(owner->kind);
        size_t kind_n = strlen(kind), owner_n = strlen(owner->name);
        if (strncmp(name, kind, kind_n) != 0 || name[kind_n] != ':' ||
            strncmp(name + kind_n + 1, owner->name, owner_n) != 0 || name[kind_n + 1 + owner_n] != '/')
            return false;
        name += kind_n + owner_n + 2;
    }
    return strcmp(name, metric) == 0;
}

/* Appends an entity as kind:name; nothing for a host. */
static void add_entity(struct text *t, const struct entity *e)
{
    if (e->kind == ENTITY_HOST)
        return;
    char name[CATALOG_NAME_MAX + 16];
    struct text whole;
    text_init(&whole, name, sizeof(name));
    text_add(&whole, entity_kind_name(e->kind));
    text_add_char(&whole, ':');
    text_add(&whole, e->name);
    add_field(t, name);
}

/* Appends the entity of which a series is told. */
static void add_owner(struct text *t, const struct catalog *c, const struct series *s)
{
    const struct entity *e = catalog_entity_get(c, s->entity);
    if (e->kind == ENTITY_SERIES && s->metric >= METRIC_KNOWN_COUNT && e->parent != ENTITY_NONE) {
        const struct entity *owner = catalog_entity_get(c, e->parent);
        if (stands_for_owner(e, owner, catalog_metric_name(c, s->metric)))
            e = owner;
    }
    add_entity(t, e);
}

static void add_value(struct text *t, double value)
{
    if (!isfinite(value))
        return;
    if (value == 0 && signbit(value)) /* the shortest form of -0 is 0, which has other bits */
        text_add_char(t, '-');
    text_add_number(t, value);
}

static void add_header(struct telemetry_csv *w)
{
    w->began = true;
    text_add(&w->text, "timestamp,host,metric,value,entity\n");
}

/* Makes room for one row, after header and clock row. Returns 0 or the kept fault, with the row counted as
 * lost. */
static int begin_row(struct telemetry_csv *w, int64_t t_ns)
{
    if (w->failed == 0 && !w->began) {
        w->flush_ns = t_ns;
        add_header(w);
        text_add_time(&w->text, t_ns);
        text_add(&w->text, ",,coherence.clock,,\n");
    }
    if (w->failed == 0 && w->text.capacity - w->text.length <= ROW_MAX)
        (void)flush(w);
    if (w->failed != 0) {
        w->lost++;
        return w->failed;
    }
    w->buffered++;
    text_add_time(&w->text, t_ns);
    text_add_char(&w->text, ',');
    return 0;
}

int telemetry_csv_frame(
    struct telemetry_csv *w, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (begin_row(w, t_ns) != 0)
            continue; /* counted */
        const struct series *s = catalog_series_get(c, samples[i].series);
        add_field(&w->text, catalog_host_name(c, s->entity));
        text_add_char(&w->text, ',');
        add_field(&w->text, catalog_metric_name(c, s->metric));
        text_add_char(&w->text, ',');
        add_value(&w->text, samples[i].value * s->scale);
        text_add_char(&w->text, ',');
        add_owner(&w->text, c, s);
        text_add_char(&w->text, '\n');
    }
    return w->failed;
}

int telemetry_csv_gone(
    struct telemetry_csv *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    if (begin_row(w, t_ns) != 0)
        return w->failed;
    add_field(&w->text, catalog_host_name(c, entity));
    text_add(&w->text, ",coherence.gone,");
    if (end == ENTITY_OUT_OF_MEMORY)
        text_add_char(&w->text, '1');
    text_add_char(&w->text, ',');
    add_entity(&w->text, catalog_entity_get(c, entity));
    text_add_char(&w->text, '\n');
    return 0;
}

int telemetry_csv_tick(struct telemetry_csv *w, const struct catalog *c, int64_t now_ns)
{
    (void)c;
    if (begin_row(w, now_ns) != 0)
        return w->failed;
    text_add(&w->text, ",coherence.tick,,\n");
    if ((uint64_t)now_ns - (uint64_t)w->flush_ns < (uint64_t)FLUSH_NS)
        return 0;
    w->flush_ns = now_ns;
    return flush(w);
}

int telemetry_csv_close(struct telemetry_csv *w, uint64_t *ret_lost)
{
    if (w == NULL)
        return 0;
    if (!w->began) /* nothing came: a file that replays as nothing */
        add_header(w);
    (void)flush(w);
    if (w->fd != STDOUT_FILENO && close(w->fd) != 0 && w->failed == 0)
        w->failed = -errno;
    int fault = w->failed;
    if (ret_lost != NULL)
        *ret_lost = w->lost;
    free(w);
    return fault;
}
