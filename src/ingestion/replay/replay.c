/* SPDX-License-Identifier: MIT
 * Recorded telemetry to frames and ticks: recognises the format by the first bytes, reads whole lines in
 * bounded memory and hands them to the parser of that format. It decides at the end whether too many records
 * were bad. Decompression is the byte stream's matter, ticks the tick rule's, time order the frame builder's.
 */
#include "ingestion/replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/replay/csv.h"
#include "ingestion/replay/csv_long.h"
#include "ingestion/replay/csv_wide.h"
#include "ingestion/replay/frame_builder.h"
#include "ingestion/replay/jsonl.h"
#include "ingestion/replay/line_reader.h"
#include "ingestion/replay/replay_input.h"
#include "ingestion/replay/series_cache.h"

#define FALLBACK_HOST "host"        /* when neither the input nor the options name one */
#define SLICE_BYTES   (64u * 1024u) /* parsed between two looks at the stop flag */

struct replay {
    struct line_reader lines;
    struct byte_stream *stream; /* borrowed */
    struct csv_header header;   /* CSV only */
    bool is_jsonl;
    bool has_clock;
    const char *default_host;
    uint64_t line; /* of the first row that is not consumed */
    struct series_cache cache;
    struct frame_builder frames;
};

/* Waits until the line at begin is whole (or the input ends). Returns 0 or the fault. */
static int need_line(struct replay *r, struct error *e)
{
    while (r->lines.begin == r->lines.complete && !r->lines.at_end) {
        int more = line_reader_more(&r->lines, e);
        if (more == -EFBIG)
            return error_set_at(e, -EBADMSG, byte_stream_name(r->stream), (uint32_t)r->line, 1,
                "line longer than 1048576 bytes");
        if (more < 0)
            return more;
        if (more == 0)
            break;
    }
    return 0;
}

static size_t first_bytes(const struct replay *r)
{
    return r->lines.end - r->lines.begin;
}

/* Byte order marks. Source: The Unicode Standard, section 23.8; UTF-32 LE before UTF-16 LE, whose mark it
 * begins with. */
static int check_mark(struct replay *r, struct error *e)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *name;
    } marks[] = {{"\xff\xfe\0\0", 4, "UTF-32"}, {"\0\0\xfe\xff", 4, "UTF-32"}, {"\xff\xfe", 2, "UTF-16"},
        {"\xfe\xff", 2, "UTF-16"}};
    const char *p = r->lines.data + r->lines.begin;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (first_bytes(r) >= marks[i].n && memcmp(p, marks[i].bytes, marks[i].n) == 0)
            return error_set_at(e, -EBADMSG, byte_stream_name(r->stream), 1, 1,
                "text is %s; convert it to UTF-8", marks[i].name);
    if (first_bytes(r) >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        r->lines.begin += 3;
    return 0;
}

/* Passes over blank lines before the first row. */
static int skip_blank(struct replay *r, struct error *e)
{
    for (;;) {
        int fault = need_line(r, e);
        if (fault != 0)
            return fault;
        const char *p = r->lines.data + r->lines.begin;
        size_t n = r->lines.complete - r->lines.begin;
        size_t blank = n >= 1 && p[0] == '\n' ? 1 : n >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
        if (blank == 0)
            return 0;
        r->lines.begin += blank;
        r->line++;
    }
}

static int open_csv(struct replay *r, struct error *e)
{
    const char *name = byte_stream_name(r->stream);
    const char *p = r->lines.data + r->lines.begin;
    const char *newline = memchr(p, '\n', r->lines.complete - r->lines.begin);
    int fault = csv_header_parse(&r->header, p, (size_t)(newline + 1 - p), name, e);
    if (fault != 0) {
        if (e != NULL && e->line > 0)
            e->line = (uint32_t)r->line;
        return fault;
    }
    r->lines.begin += (size_t)(newline + 1 - p);
    r->line++;
    r->has_clock = r->header.has_now;
    if (!r->header.is_long)
        return 0;
    fault = skip_blank(r, e);
    const char *row = r->lines.data + r->lines.begin;
    r->has_clock = fault == 0 && csv_long_announces_clock(&r->header, row, r->lines.data + r->lines.complete);
    return fault;
}

/* Finds out what the input is. */
static int recognise(struct replay *r, enum replay_format format, struct error *e)
{
    const char *name = byte_stream_name(r->stream);
    int fault = need_line(r, e);
    if (fault == 0)
        fault = check_mark(r, e);
    if (fault == 0)
        fault = skip_blank(r, e);
    if (fault != 0)
        return fault;
    if (r->lines.begin == r->lines.complete)
        return error_set_at(e, -EBADMSG, name, 1, 1, "input is empty; expected a CSV header or JSON lines");
    const char *p = r->lines.data + r->lines.begin;
    if (format == REPLAY_AUTO && *p == '[')
        return error_set_at(e, -EBADMSG, name, (uint32_t)r->line, 1,
            "a JSON array; expected JSON lines: one object a line, nothing around them");
    r->is_jsonl = format == REPLAY_JSONL || (format == REPLAY_AUTO && *p == '{');
    if (!r->is_jsonl)
        return open_csv(r, e);
    r->has_clock = jsonl_announces_clock(p, r->lines.data + r->lines.complete);
    return 0;
}

struct replay *replay_open(struct byte_stream *s, const struct replay_options *o, struct error *e)
{
    struct replay *r = calloc(1, sizeof(*r));
    if (r == NULL || line_reader_init(&r->lines, s) != 0 || series_cache_init(&r->cache) != 0) {
        (void)error_set_at(e, -ENOMEM, byte_stream_name(s), 0, 0, "out of memory");
        replay_close(r);
        return NULL;
    }
    r->stream = s;
    r->line = 1;
    r->default_host =
        o != NULL && o->default_host != NULL && *o->default_host != '\0' ? o->default_host : FALLBACK_HOST;
    if (recognise(r, o == NULL ? REPLAY_AUTO : o->format, e) != 0) {
        replay_close(r);
        return NULL;
    }
    return r;
}

bool replay_has_clock(const struct replay *r)
{
    return r->has_clock;
}

/* The parser of one run: one of three. */
struct parser {
    struct replay *r;
    struct csv_long csv_long;
    struct csv_wide csv_wide;
    struct jsonl jsonl;
};

/* Parses whole lines from p on. *ret_stop: where a record goes on beyond end. */
static int parse(struct parser *x, const char *p, const char *end, const char **ret_stop)
{
    *ret_stop = end;
    if (x->r->is_jsonl)
        return jsonl_rows(&x->jsonl, p, end, x->r->lines.cut && end == x->r->lines.data + x->r->lines.end);
    return x->r->header.is_long ? csv_long_rows(&x->csv_long, p, end, ret_stop)
                                : csv_wide_rows(&x->csv_wide, p, end, ret_stop);
}

/* Parses what is complete, slice by slice. Returns 0, 1 when the rest is one record that goes on, or the
 * fault. */
static int parse_complete(struct parser *x, const volatile int *stop)
{
    struct line_reader *lines = &x->r->lines;
    while (lines->begin < lines->complete) {
        if (stop != NULL && *stop != 0)
            return -EINTR;
        const char *p = lines->data + lines->begin, *all = lines->data + lines->complete, *end = all;
        if ((size_t)(all - p) > SLICE_BYTES)
            end = (const char *)memchr(p + SLICE_BYTES, '\n', (size_t)(all - p) - SLICE_BYTES) + 1;
        const char *stopped;
        int fault = parse(x, p, end, &stopped);
        if (fault == 0 && stopped == p && end != all) /* a record longer than the slice */
            fault = parse(x, p, all, &stopped);
        lines->begin = (size_t)(stopped - lines->data);
        if (fault != 0)
            return fault;
        if (stopped == p)
            return 1;
    }
    return 0;
}

/* The record at begin has no end within the buffer, or none at all. */
static int endless(struct parser *x, struct replay_input *in)
{
    const struct line_reader *lines = &x->r->lines;
    const char *row = lines->data + lines->begin, *p = row, *end = lines->data + lines->complete;
    struct csv_field f;
    while (!x->r->is_jsonl && p < end) {
        enum csv_after after = csv_field_next(p, end, &f, &p);
        if (after == CSV_CUT)
            return replay_refuse(in, row, f.raw, "quote is never closed");
        if (after != CSV_COMMA)
            break;
    }
    return replay_refuse(in, row, row, "line longer than 1048576 bytes");
}

static int read_all(struct parser *x, struct replay_input *in, const volatile int *stop)
{
    for (;;) {
        int fault = parse_complete(x, stop);
        if (fault < 0)
            return fault;
        int more = line_reader_more(&x->r->lines, in->e);
        if (more == -EFBIG || (more == 0 && fault == 1))
            return endless(x, in);
        if (more == -EINTR && (stop == NULL || *stop == 0))
            continue;
        if (more <= 0)
            return more;
    }
}

/* Were too many records bad? */
static int judge(const struct replay_counts *counts, const char *name, struct error *e)
{
    if (counts->skipped == 0)
        return 0;
    bool none_good = counts->skipped >= counts->rows;
    if (!none_good &&
        (counts->skipped <= REPLAY_SKIPPED_FREE || counts->skipped * REPLAY_SKIPPED_SHARE <= counts->rows))
        return 0;
    const struct error *first = &counts->first_skipped;
    if (none_good)
        return error_set_at(e, -EBADMSG, name, first->line, first->column,
            "no good record; the first fault: %.300s", first->text);
    return error_set_at(e, -EBADMSG, name, first->line, first->column,
        "%llu of %llu records are bad; the first: %.300s", (unsigned long long)counts->skipped,
        (unsigned long long)counts->rows, first->text);
}

static int finish(struct parser *x, struct replay_input *in)
{
    int fault = x->r->is_jsonl || x->r->header.is_long ? 0 : csv_wide_end(&x->csv_wide);
    if (fault == 0)
        fault = frame_builder_end(in->frames);
    return fault != 0 ? fault : judge(in->counts, in->name, in->e);
}

int replay_run(struct replay *r, const struct feed *feed, const volatile int *stop,
    struct replay_counts *counts, struct error *e)
{
    *counts = (struct replay_counts){.ignored_columns = (uint32_t)r->header.ignored};
    struct replay_input in = {.name = byte_stream_name(r->stream),
        .default_host = r->default_host,
        .default_host_n = strlen(r->default_host),
        .own_clock = r->has_clock,
        .line = r->line,
        .catalog = feed->catalog,
        .frames = &r->frames,
        .cache = &r->cache,
        .counts = counts,
        .e = e};
    frame_builder_init(&r->frames, feed, counts, r->has_clock);
    struct parser x = {.r = r};
    if (r->is_jsonl)
        jsonl_init(&x.jsonl, &in);
    else if (r->header.is_long)
        csv_long_init(&x.csv_long, &r->header, &in);
    else if (csv_wide_init(&x.csv_wide, &r->header, &in) != 0)
        return error_set_at(e, -ENOMEM, in.name, 0, 0, "out of memory");
    int fault = read_all(&x, &in, stop);
    if (fault == 0)
        fault = finish(&x, &in);
    if (!r->is_jsonl && !r->header.is_long)
        csv_wide_done(&x.csv_wide);
    return fault;
}

void replay_close(struct replay *r)
{
    if (r == NULL)
        return;
    csv_header_done(&r->header);
    series_cache_done(&r->cache);
    line_reader_done(&r->lines);
    free(r);
}
