/* SPDX-License-Identifier: MIT
 * Turns what was posted into a batch of the intake, and its outcome into the answer that OpenTelemetry's
 * exporters understand: 200 with what was rejected, 400 for what is no message, 503 for later, each in the
 * form in which was asked. Reading messages is otlp_metrics.c's matter.
 * Source: opentelemetry-proto, docs/specification.md, "OTLP/HTTP Response". */
#include "ingestion/otlp/otlp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/wire.h"
#include "ingestion/otlp/otlp_json.h"
#include "ingestion/otlp/otlp_metrics.h"

enum form { FORM_PROTOBUF, FORM_JSON };
/* Source: google/rpc/code.proto. */
enum { CODE_INVALID_ARGUMENT = 3, CODE_RESOURCE_EXHAUSTED = 8, CODE_UNAVAILABLE = 14 };

struct otlp {
    struct push_door *door;
    struct otlp_reader *reader;
};

const struct option_row otlp_option_rows[] = {
    {.key = "sources.otlp.enabled",
        .type = OPTION_BOOL,
        .offset = offsetof(struct otlp_options, enabled),
        .fallback = "false",
        .unit = "",
        .help = "take OpenTelemetry metrics at POST /v1/metrics of the HTTP service; the mapping alone, "
                "sources.otlp: {}, says true"},
};
const size_t otlp_option_count = sizeof(otlp_option_rows) / sizeof(otlp_option_rows[0]);

struct otlp *otlp_new(struct push_door *door)
{
    struct otlp *o = calloc(1, sizeof(*o));

    if (!o)
        return NULL;
    o->door = door;
    o->reader = otlp_reader_new();
    if (o->reader)
        return o;
    free(o);
    return NULL;
}

void otlp_free(struct otlp *o)
{
    if (!o)
        return;
    otlp_reader_free(o->reader);
    free(o);
}

static void put_varint(struct text *out, uint64_t v)
{
    while (v >= 0x80) {
        text_add_char(out, (char)(v | 0x80));
        v >>= 7;
    }
    text_add_char(out, (char)v);
}

/* A message of an integer (1) and a text (2), which both answers have. */
static void put_pair(struct text *out, uint64_t number, const struct text *words)
{
    put_varint(out, 1 << 3 | WIRE_VARINT);
    put_varint(out, number);
    put_varint(out, 2 << 3 | WIRE_BYTES);
    put_varint(out, words->length);
    text_add_bytes(out, words->data, words->length);
}

/* google.rpc.Status: code 1, message 2. */
static void say_error(enum form form, unsigned status, const char *words, struct http_answer *a)
{
    const uint64_t code = status == 400   ? CODE_INVALID_ARGUMENT
                          : status == 413 ? CODE_RESOURCE_EXHAUSTED
                                          : CODE_UNAVAILABLE;
    char line[256];
    struct text message;
    struct json j;

    a->status = status;
    text_init(&message, line, sizeof(line));
    text_add(&message, words);
    if (form == FORM_PROTOBUF) {
        put_pair(a->body, code, &message);
        return;
    }
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    json_put_uint(&j, "code", code);
    json_put_string(&j, "message", line);
    json_end_object(&j);
}

/* ExportMetricsServiceResponse: partial success 1, with the number of rejected points 1 and a message 2. */
static void say_success(enum form form, uint64_t rejected, const struct text *why, struct http_answer *a)
{
    char pair[512];
    struct text inner;
    struct json j;

    if (form == FORM_PROTOBUF) {
        if (!rejected)
            return;
        text_init(&inner, pair, sizeof(pair));
        put_pair(&inner, rejected, why);
        put_varint(a->body, 1 << 3 | WIRE_BYTES);
        put_varint(a->body, inner.length);
        text_add_bytes(a->body, pair, inner.length);
        return;
    }
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    if (rejected) {
        char count[24];
        text_init(&inner, count, sizeof(count));
        text_add_uint(&inner, rejected);
        json_begin_object(&j, "partialSuccess");
        json_put_string(&j, "rejectedDataPoints", count); /* 64 bits are a string in this JSON */
        json_put_string(&j, "errorMessage", why->data);
        json_end_object(&j);
    }
    json_end_object(&j);
}

/* Appends what of the message was not taken. Returns how many points that concerns. */
static uint64_t describe_rejected(const struct otlp *o, const struct otlp_summary *sum, struct text *why)
{
    uint64_t rejected = push_refused(o->door, why);

    if (sum->odd) {
        text_add(why, rejected ? ", " : "");
        text_add(why, "unsupported (a temporality, or a kind of metric) ");
        text_add_uint(why, sum->odd);
    }
    rejected += sum->odd;
    return rejected < sum->points ? rejected : sum->points; /* histograms have two samples a point */
}

static void read_message(struct otlp *o, enum form form, const void *bytes, size_t n, struct http_answer *a)
{
    struct otlp_summary sum;
    char line[400];
    struct text why;

    push_begin(o->door);
    const int r = otlp_metrics_read(o->reader, o->door->in, bytes, n, &sum);
    if (r)
        intake_drop(o->door->in, INTAKE_DROP_MALFORMED, sum.points ? sum.points : 1);
    (void)push_end(o->door, r == 0);
    text_init(&why, line, sizeof(line));
    if (o->door->fault)
        say_error(form, 503, "the engine does not take samples any more", a);
    else if (r)
        say_error(form, 400, sum.wrong, a);
    else
        say_success(form, describe_rejected(o, &sum, &why), &why, a);
}

static void take(void *context, const struct http_post *p, struct http_answer *a)
{
    struct otlp *o = context;
    const enum form form = p->accept == FORM_JSON ? FORM_JSON : FORM_PROTOBUF;
    const char *wrong;
    char *bytes;
    size_t n;

    a->type = otlp_route.accepts[form];
    if (form == FORM_PROTOBUF) {
        read_message(o, form, p->bytes, p->n, a);
        return;
    }
    const int r = otlp_json_convert(p->bytes, p->n, &bytes, &n, &wrong);
    if (r == 0) {
        read_message(o, form, bytes, n, a);
        free(bytes);
        return;
    }
    if (r != -ENOMEM)
        intake_drop(o->door->in, INTAKE_DROP_MALFORMED, 1);
    say_error(form, r == -EFBIG ? 413 : r == -ENOMEM ? 503 : 400, wrong, a);
}

const struct http_route otlp_route = {
    .path = "/v1/metrics",
    .help = "takes OpenTelemetry metrics, OTLP/HTTP in protobuf or JSON",
    .take = take,
    .accepts = {"application/x-protobuf", "application/json"},
    .codings = HTTP_CODING_NONE | HTTP_CODING_GZIP,
};
