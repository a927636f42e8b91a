/* SPDX-License-Identifier: MIT
 * Turns what was posted into a batch of the intake, and its outcome into the answer that senders understand:
 * 2xx is done, 4xx is never sent again, 5xx is. Reading messages is write_request.c's matter.
 * Source: Prometheus documentation, "Prometheus Remote-Write Specification" 1.0 and 2.0. */
#include "ingestion/remote_write/remote_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ingestion/remote_write/write_request.h"

#define COUNT_TEXT_MAX 24

struct remote_write {
    struct push_door *door;
    struct write_reader *reader;
    char written[COUNT_TEXT_MAX]; /* samples, for the header */
};

enum message { MESSAGE_NONE, MESSAGE_1, MESSAGE_2 };

const struct option_row remote_write_option_rows[] = {
    {.key = "sources.remote_write.enabled",
        .type = OPTION_BOOL,
        .offset = offsetof(struct remote_write_options, enabled),
        .fallback = "false",
        .unit = "",
        .help = "take Prometheus remote write at POST /api/v1/write of the HTTP service; the mapping alone, "
                "sources.remote_write: {}, says true"},
};
const size_t remote_write_option_count =
    sizeof(remote_write_option_rows) / sizeof(remote_write_option_rows[0]);

struct remote_write *remote_write_new(struct push_door *door)
{
    struct remote_write *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->door = door;
    w->reader = write_reader_new();
    if (w->reader)
        return w;
    free(w);
    return NULL;
}

void remote_write_free(struct remote_write *w)
{
    if (!w)
        return;
    write_reader_free(w->reader);
    free(w);
}

static bool is_word(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

/* Which message a Content-Type says it is, by its parameter "proto"; without one, that of 1.0. Source:
 * specification 2.0, "Protocol"; RFC 9110 8.3.1. */
static enum message message_of(struct http_field type)
{
    const char *at = memchr(type.text, ';', type.n), *const end = type.text + type.n;

    while (at) {
        const char *next = memchr(at + 1, ';', (size_t)(end - at - 1));
        const char *from = at + 1, *to = next ? next : end;
        while (from < to && (*from == ' ' || *from == '\t'))
            from++;
        while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
            to--;
        at = next;
        if (to - from < 6 || strncasecmp(from, "proto=", 6) != 0)
            continue;
        from += 6;
        if (to - from >= 2 && *from == '"' && to[-1] == '"') {
            from++;
            to--;
        }
        if (is_word(from, (size_t)(to - from), "prometheus.WriteRequest"))
            return MESSAGE_1;
        return is_word(from, (size_t)(to - from), "io.prometheus.write.v2.Request") ? MESSAGE_2
                                                                                    : MESSAGE_NONE;
    }
    return MESSAGE_1;
}

/* Whether a version header fits the message: 0.1.0 stands for all of 1.x. None says nothing. */
static bool fits_version(struct http_field version, enum message m)
{
    if (!version.text)
        return true;
    if (m == MESSAGE_2)
        return version.n >= 2 && strncmp(version.text, "2.", 2) == 0;
    return (version.n >= 4 && strncmp(version.text, "0.1.", 4) == 0) ||
           (version.n >= 2 && strncmp(version.text, "1.", 2) == 0);
}

/* What the message was, once it has been read; r: what write_request_read said. */
static void say_outcome(struct remote_write *w, int r, const struct write_summary *sum, struct http_answer *a)
{
    char line[512], why[384];
    struct text out, reasons;

    text_init(&out, line, sizeof(line));
    text_init(&reasons, why, sizeof(why));
    const uint64_t refused = push_refused(w->door, &reasons);
    if (w->door->fault) {
        http_answer_error(a, 503, "the engine does not take samples any more");
    } else if (r == -ENOMEM) {
        http_answer_error(a, 503, sum->wrong);
    } else if (r) {
        text_addf(&out, "%s; nothing of it was taken", sum->wrong);
        http_answer_error(a, 400, line);
    } else if (refused) {
        text_addf(&out, "%llu of %llu samples were taken; refused: %s",
            (unsigned long long)w->door->batch.samples, (unsigned long long)sum->samples, why);
        http_answer_error(a, 400, line);
    } else {
        a->status = 204;
    }
}

/* What 2.0 wants to hear: how much of each was taken. */
static void say_written(struct remote_write *w, struct http_answer *a)
{
    struct text out;

    text_init(&out, w->written, sizeof(w->written));
    text_add_uint(&out, w->door->batch.samples);
    a->headers[0].name = "X-Prometheus-Remote-Write-Samples-Written";
    a->headers[0].value = w->written;
    a->headers[1].name = "X-Prometheus-Remote-Write-Histograms-Written";
    a->headers[1].value = "0";
    a->headers[2].name = "X-Prometheus-Remote-Write-Exemplars-Written";
    a->headers[2].value = "0";
}

static void take(void *context, const struct http_post *p, struct http_answer *a)
{
    struct remote_write *w = context;
    const enum message m = message_of(p->head->content_type);
    struct write_summary sum = {0};
    int r;

    if (m == MESSAGE_NONE) {
        http_answer_error(
            a, 415, "the messages taken here are prometheus.WriteRequest and io.prometheus.write.v2.Request");
        return;
    }
    if (!fits_version(p->head->remote_write_version, m)) {
        http_answer_error(
            a, 415, "X-Prometheus-Remote-Write-Version is not that of the message: 0.1.0 or 2.0.0");
        return;
    }
    push_begin(w->door);
    if (m == MESSAGE_2)
        r = write_request_read_2(w->reader, w->door->in, p->bytes, p->n, &sum);
    else
        r = write_request_read_1(w->reader, w->door->in, p->bytes, p->n, &sum);
    if (r == -EINVAL)
        intake_drop(w->door->in, INTAKE_DROP_MALFORMED, sum.samples ? sum.samples : 1);
    (void)push_end(w->door, r == 0);
    say_outcome(w, r, &sum, a);
    if (m == MESSAGE_2)
        say_written(w, a);
}

const struct http_route remote_write_route = {
    .path = "/api/v1/write",
    .help = "takes Prometheus remote write, 1.0 and 2.0",
    .take = take,
    .accepts = {"application/x-protobuf"},
    .codings = HTTP_CODING_SNAPPY,
};
