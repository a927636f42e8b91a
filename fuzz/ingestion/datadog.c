/* SPDX-License-Identifier: MIT
 * What Datadog answers, from the bytes to the intake; its messages with the keys taken out; .env files; and
 * headers about rate limits. Byte 0 chooses. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/datadog/datadog_answer.h"
#include "ingestion/datadog/datadog_book.h"
#include "ingestion/datadog/datadog_keys.h"
#include "ingestion/datadog/datadog_pace.h"
#include "ingestion/datadog/env_file.h"
#include "intake_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEY   "canary-key"
#define TO_NS INT64_C(1700000100000000000)

struct taking {
    struct datadog_book *book;
    struct datadog_query queries[3];
};

static void on_series(void *context, const struct datadog_series *s)
{
    struct taking *t = context;

    assert(s->tag_count <= DATADOG_TAGS_MAX && s->count <= DATADOG_POINTS_MAX && s->scale > 0);
    for (size_t i = 0; i < s->tag_count; i++)
        assert(strchr(s->tags[i], ':') > s->tags[i]);
    for (size_t i = 1; i < s->count; i++)
        assert(s->t_ns[i] > s->t_ns[i - 1]);
    datadog_book_take(t->book, &t->queries[(size_t)(s->query + 1) % 3], 20, TO_NS, s);
}

static void answers(const char *bytes, size_t n, bool first)
{
    struct taking t = {.book = datadog_book_new("h*, a"),
        .queries = {{.kind = DATADOG_LEVEL, .series = "system.cpu.iowait"},
            {.kind = DATADOG_RATE, .series = "datadog.packets_in"},
            {.kind = DATADOG_COUNT, .series = "datadog.requests_in"}}};
    struct datadog_reader r = {.series = on_series, .context = &t};
    struct intake_sink sink;
    struct error e;

    sink_open(&sink, NULL, 0);
    for (int round = 0; round < 2; round++) {
        int read = first ? datadog_read_v1(bytes, n, &r, &e) : datadog_read_v2(bytes, n, &r, &e);
        assert(read == 0 || e.code == read);
        if (round == 0)
            datadog_book_abandon(t.book);
        else
            datadog_book_commit(t.book);
    }
    assert(datadog_book_release(t.book, sink.in, TO_NS) == 0);
    sink_close(&sink);
    datadog_book_free(t.book);
}

static void messages(const char *bytes, size_t n)
{
    static const struct datadog_keys keys = {.api = KEY, .app = "other-canary"};
    char shown[4096], message[400];
    struct text out, t;

    text_init(&out, shown, sizeof(shown));
    datadog_keys_scrub(&keys, bytes, n < 900 ? n : 900, &out);
    assert(!strstr(shown, KEY) && !strstr(shown, keys.app));
    text_init(&t, message, sizeof(message));
    datadog_read_message(bytes, n, &t);
    (void)datadog_read_valid(bytes, n);
}

static void files(const char *bytes, size_t n)
{
    const char *value;
    size_t value_n;
    struct error e;
    int r = env_file_find(bytes, n, "DD_API_KEY", &value, &value_n, &e);

    if (r == 1)
        assert(
            value >= bytes && value + value_n <= bytes + n && value_n > 0 && !memchr(value, '\n', value_n));
    else
        assert(r == 0 || (r == -EINVAL && e.line > 0));
}

static void headers(const char *bytes, size_t n)
{
    struct datadog_pace p;

    datadog_pace_init(&p);
    for (const char *end; n > 0; n -= (size_t)(end - bytes) + (end < bytes + n), bytes = end + (n > 0)) {
        end = memchr(bytes, '\n', n);
        if (!end)
            end = bytes + n;
        datadog_pace_header(&p, bytes, (size_t)(end - bytes));
        if (end == bytes + n)
            break;
    }
    datadog_pace_good(&p, 0);
    assert(p.not_before_ns >= 0 && p.not_before_ns <= DATADOG_RESET_MOST_NS);
    assert(datadog_pace_failed(&p, 0, 1, -1, 0) <= DATADOG_RESET_MOST_NS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *bytes = malloc(size > 1 ? size - 1 : 1); /* exactly as long, so that reading past it is seen */
    assert(bytes);
    memcpy(bytes, data + 1, size - 1);
    if (data[0] == '1' || data[0] == '2')
        answers(bytes, size - 1, data[0] == '1');
    else if (data[0] == 'e')
        files(bytes, size - 1);
    else if (data[0] == 'h')
        headers(bytes, size - 1);
    else
        messages(bytes, size - 1);
    free(bytes);
    return 0;
}
