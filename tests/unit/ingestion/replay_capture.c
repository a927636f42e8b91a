/* SPDX-License-Identifier: MIT
 * Bytes through the real replay into a transcript for tests. */
#include "ingestion/replay_capture.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int answer(struct capture *c)
{
    return c->fail_after > 0 && ++c->calls > c->fail_after ? -EIO : 0;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct capture *c = context;
    c->frames++;
    if (n > c->largest_frame)
        c->largest_frame = n;
    for (size_t i = 0; i < n; i++) {
        const struct series *s = catalog_series_get(c->catalog, samples[i].series);
        const struct entity *e = catalog_entity_get(c->catalog, s->entity);
        text_add_time(&c->text, t_ns);
        text_addf(&c->text, " %s", catalog_host_name(c->catalog, s->entity));
        if (e->kind != ENTITY_HOST)
            text_addf(&c->text, " %s:%s", entity_kind_name(e->kind), e->name);
        text_addf(&c->text, " %s ", catalog_metric_name(c->catalog, s->metric));
        text_add_number(&c->text, samples[i].value);
        text_add_char(&c->text, '\n');
    }
    return answer(c);
}

static int take_tick(void *context, int64_t now_ns)
{
    struct capture *c = context;
    text_add(&c->text, "tick ");
    text_add_time(&c->text, now_ns);
    text_add_char(&c->text, '\n');
    return answer(c);
}

/* As the engine does: at once the name is free, in the end there is nothing left of it. */
static void forget(struct catalog *c, uint32_t entity)
{
    for (uint32_t own; (own = catalog_own_series(c, entity)) != ENTITY_NONE;)
        forget(c, own);
    catalog_leave(c, entity);
    catalog_make_room(c, entity);
    catalog_remove(c, entity);
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct capture *c = context;
    const struct entity *e = catalog_entity_get(c->catalog, entity);
    text_addf(&c->text, "gone ");
    text_add_time(&c->text, t_ns);
    text_addf(&c->text, " %s %s:%s %d\n", catalog_host_name(c->catalog, entity), entity_kind_name(e->kind),
        e->name, (int)end);
    forget(c->catalog, entity);
    return answer(c);
}

struct feed capture_feed(struct capture *c)
{
    return (struct feed){
        .context = c, .catalog = c->catalog, .frame = take_frame, .tick = take_tick, .gone = take_gone};
}

void capture_init(struct capture *c, uint32_t series_max)
{
    memset(c, 0, offsetof(struct capture, buffer));
    text_init(&c->text, c->buffer, sizeof(c->buffer));
    struct catalog_limits limits = {.entities = 10000, .series = series_max, .metrics = 10000};
    c->catalog = catalog_new(&limits);
    assert(c->catalog != NULL);
}

void capture_done(struct capture *c)
{
    catalog_free(c->catalog);
    c->catalog = NULL;
}

int capture_stream(struct capture *c, struct byte_stream *s, const struct replay_options *o)
{
    struct replay *r = replay_open(s, o, &c->error);
    c->result = c->error.code;
    if (r != NULL) {
        struct feed feed = capture_feed(c);
        c->has_clock = replay_has_clock(r);
        c->result = replay_run(r, &feed, NULL, &c->counts, &c->error);
    }
    replay_close(r);
    byte_stream_close(s);
    return c->result;
}

int capture_bytes(struct capture *c, const char *bytes, size_t n, const struct replay_options *o)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    assert(fd >= 0);
    ssize_t wrote = write(fd, bytes, n);
    assert(wrote == (ssize_t)n);
    assert(lseek(fd, 0, SEEK_SET) == 0);
    struct byte_stream *s = byte_stream_from_fd(fd, "input", &c->error);
    assert(s != NULL);
    return capture_stream(c, s, o);
}
