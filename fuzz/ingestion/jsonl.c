/* SPDX-License-Identifier: MIT
 * JSON lines through the whole replay; and each line through the scanner alone, whose verdict must be
 * jansson's. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "forget.h"
#include "ingestion/replay/json_scan.h"
#include "ingestion/replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)t_ns;
    for (size_t i = 0; i < n; i++)
        assert(catalog_series_lives(context, samples[i].series));
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    (void)t_ns;
    (void)end;
    forget(context, entity);
    return 0;
}

static void whole(const uint8_t *data, size_t size)
{
    static const struct catalog_limits limits = {.entities = 40, .series = 30, .metrics = 25};
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    struct error e = {0};
    struct byte_stream *s = byte_stream_from_fd(fd, "fuzz", &e);
    struct replay_options o = {.format = REPLAY_JSONL};
    struct replay *r = replay_open(s, &o, &e);
    if (r != NULL) {
        struct catalog *catalog = catalog_new(&limits);
        struct feed feed = {catalog, catalog, take_frame, take_tick, take_gone};
        struct replay_counts counts;
        int result = replay_run(r, &feed, NULL, &counts, &e);
        assert(result == 0 || e.code == result);
        catalog_free(catalog);
    }
    replay_close(r);
    byte_stream_close(s);
}

/* Does the scanner take the line as one JSON value? *ret_limit: it stopped at a limit of its own. */
static bool scan(const char *line, size_t n, bool *ret_limit)
{
    char *copy = malloc(n + 1);
    assert(copy != NULL);
    memcpy(copy, line, n);
    copy[n] = '\n';
    struct json_scan s = {.at = copy};
    struct json_token value;
    bool good = json_scan_value(&s, &value);
    *ret_limit = !good && (strstr(s.fault, "deeper") != NULL || strstr(s.fault, "members") != NULL);
    if (good) {
        json_scan_blank(&s);
        good = s.at == copy + n;
    }
    if (good && value.kind == JSON_KIND_STRING) {
        char *text = malloc(n);
        assert(text != NULL && json_scan_text(&value, text) <= value.raw_n - 2);
        free(text);
    }
    free(copy);
    return good;
}

static void against_jansson(const char *line, size_t n)
{
    /* jansson refuses numbers that overflow a double; that is decided later here. Such numbers need an
     * exponent or many digits. And it takes a NUL byte after a number for the end. */
    if (n > 300 || memchr(line, 'e', n) != NULL || memchr(line, 'E', n) != NULL ||
        memchr(line, '\0', n) != NULL)
        return;
    bool limit, good = scan(line, n, &limit);
    if (limit)
        return;
    json_t *judge = json_loadb(line, n, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    assert((judge != NULL) == good);
    json_decref(judge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    whole(data, size);
    const char *p = (const char *)data, *end = p + size;
    for (int lines = 0; p < end && lines < 20; lines++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((newline != NULL ? newline : end) - p);
        against_jansson(p, n);
        p += n + 1;
    }
    return 0;
}
