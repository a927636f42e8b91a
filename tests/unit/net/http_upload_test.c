/* SPDX-License-Identifier: MIT
 * Bodies on their way in: bounds of one and of all, and what is answered to those that break them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <zlib.h>

#include "net/http_upload.h"

#define MAX     ((size_t)1 << 20)
#define DECODED ((size_t)4 << 20)

static const struct http_route row = {.path = "/in",
    .accepts = {"application/x-protobuf", "application/json"},
    .codings = HTTP_CODING_NONE | HTTP_CODING_GZIP | HTTP_CODING_SNAPPY};
static struct http_uploads uploads;
static char bytes[2 * MAX];

static int set_up(void **state)
{
    struct error e;

    (void)state;
    return http_uploads_init(
        &uploads, MAX, DECODED, HTTP_CODING_NONE | HTTP_CODING_GZIP | HTTP_CODING_SNAPPY, &e);
}

static int tear_down(void **state)
{
    (void)state;
    http_uploads_done(&uploads);
    return 0;
}

/* A head of these lines, name and value in turn. */
static struct http_head head_of(const char *const *lines)
{
    struct http_head h = {.may_send = true};

    for (size_t i = 0; lines[i]; i += 2)
        http_head_add(&h, (struct http_field){lines[i], strlen(lines[i])},
            (struct http_field){lines[i + 1], strlen(lines[i + 1])});
    return h;
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define PROTOBUF   "Content-Type", "application/x-protobuf"

/* Begins an upload for connection number i. */
static struct http_upload *begin(size_t i, const char *const *lines, unsigned *ret_status)
{
    const struct http_head h = head_of(lines);
    const char *why = NULL;
    unsigned status = 0;

    struct http_upload *p = http_upload_begin(&uploads, &bytes[i], &h, &row, &status, &why);
    *ret_status = p ? p->status : status;
    assert_true(*ret_status == 0 || (p ? p->why : why) != NULL);
    return p;
}

/* What a whole request with that body is answered: 0 is taken, *ret_post says what. */
static unsigned send(const char *const *lines, const void *body, size_t n, struct http_post *ret_post)
{
    unsigned status;
    const char *why;
    struct http_upload *p = begin(0, lines, &status);

    if (!p)
        return status;
    for (size_t at = 0; at < n; at += 8192)
        assert_true(http_upload_add(&uploads, p, (const char *)body + at, n - at < 8192 ? n - at : 8192));
    status = http_upload_take(&uploads, p, ret_post, &why);
    http_upload_end(&uploads, p);
    return status;
}

static void test_heads(void **state)
{
    static const struct {
        unsigned status;
        const char *lines[9];
    } rows[] = {
        {0, {PROTOBUF, "Content-Length", "3"}},
        {0, {"Content-Type", "Application/JSON; charset=utf-8", "Content-Length", "3"}},
        {0, {PROTOBUF, "Transfer-Encoding", "chunked"}},
        {0, {PROTOBUF, "Content-Length", "3", "Content-Encoding", "identity"}},
        {411, {PROTOBUF}},
        {413, {PROTOBUF, "Content-Length", "1048577"}},
        {413, {PROTOBUF, "Content-Length", "99999999999999999999"}},
        {415, {"Content-Length", "3"}},
        {415, {"Content-Type", "text/plain", "Content-Length", "3"}},
        {415, {"Content-Type", "application/x-protobuf2", "Content-Length", "3"}},
        {415, {PROTOBUF, "Content-Length", "3", "Content-Encoding", "zstd"}},
        {415, {PROTOBUF, "Content-Length", "3", "Content-Encoding", "gzip, gzip"}},
    };
    struct http_post post;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (send(rows[i].lines, "abc", 3, &post) != rows[i].status)
            fail_msg("row %zu", i);
    assert_int_equal(
        send(LINES("Content-Type", "application/json", "Content-Length", "3"), "abc", 3, &post), 0);
    assert_int_equal(post.accept, 1);
    assert_memory_equal(post.bytes, "abc", 3);
}

/* Who asks first is answered at once; who does not gets his answer when he has sent. */
static void test_refusals_wait_for_who_sends(void **state)
{
    unsigned status;
    struct http_upload *p;

    (void)state;
    assert_null(begin(0, LINES(PROTOBUF, "Content-Length", "2000000", "Expect", "100-continue"), &status));
    assert_int_equal(status, 413);
    assert_null(begin(0, LINES(PROTOBUF, "Content-Length", "5000000"), &status)); /* beyond all patience */
    assert_int_equal(status, 413);
    p = begin(0, LINES(PROTOBUF, "Content-Length", "2000000"), &status);
    assert_non_null(p);
    assert_int_equal(status, 413);
    assert_true(http_upload_add(&uploads, p, bytes, sizeof(bytes)));
    assert_int_equal(p->capacity, 0); /* nothing of it is kept */
    assert_true(http_upload_add(&uploads, p, bytes, sizeof(bytes)));
    assert_false(http_upload_add(&uploads, p, bytes, 1));
    http_upload_end(&uploads, p);
}

/* Chunks without an end: row 56 of the bad inputs. */
static void test_chunks_without_end(void **state)
{
    unsigned status;
    struct http_upload *p = begin(0, LINES(PROTOBUF, "Transfer-Encoding", "chunked"), &status);
    struct http_post post;
    const char *why;
    size_t sent = 0;

    (void)state;
    while (http_upload_add(&uploads, p, bytes, 4096))
        sent += 4096;
    assert_int_equal(sent, HTTP_UPLOADS_PATIENCE * MAX);
    assert_true(p->capacity <= 2 * MAX);
    assert_int_equal(http_upload_take(&uploads, p, &post, &why), 413);
    http_upload_end(&uploads, p);
}

/* All together hold HTTP_UPLOADS_SHARE times what one may hold; what places keep gives way. */
static void test_memory_of_all(void **state)
{
    struct http_upload *p[HTTP_UPLOADS_MAX];
    unsigned status, refused = 0;

    (void)state;
    for (size_t i = 0; i < HTTP_UPLOADS_MAX; i++) {
        p[i] = begin(i, LINES(PROTOBUF, "Content-Length", "262144"), &status);
        assert_non_null(p[i]);
        assert_true(http_upload_add(&uploads, p[i], bytes, 262144));
        refused += p[i]->status == 503;
        assert_true(uploads.held <= HTTP_UPLOADS_SHARE * MAX);
    }
    assert_int_equal(refused, HTTP_UPLOADS_MAX - HTTP_UPLOADS_SHARE * MAX / 262144);
    assert_null(begin(HTTP_UPLOADS_MAX, LINES(PROTOBUF, "Content-Length", "1"), &status));
    assert_int_equal(status, 503);
    for (size_t i = 0; i < HTTP_UPLOADS_MAX; i++)
        http_upload_end(&uploads, p[i]);
    assert_int_equal(uploads.held, HTTP_UPLOADS_SHARE * MAX); /* kept for the next ones */
    p[0] = begin(0, LINES(PROTOBUF, "Content-Length", "1048576"), &status);
    assert_true(http_upload_add(&uploads, p[0], bytes, MAX));
    assert_int_equal(p[0]->status, 0);
    http_upload_end(&uploads, p[0]);
}

/* Who is refused anyway does not take the places of those who are not. */
static void test_refused_leave_room(void **state)
{
    struct http_upload *p[HTTP_UPLOADS_MAX] = {NULL};
    unsigned status;
    size_t waiting = 0;

    (void)state;
    for (size_t i = 0; i < HTTP_UPLOADS_MAX; i++)
        waiting +=
            (p[i] = begin(i, LINES("Content-Type", "text/html", "Content-Length", "9"), &status)) != NULL;
    assert_int_equal(waiting, HTTP_UPLOADS_REFUSED_MAX);
    for (size_t i = 0; i < HTTP_UPLOADS_MAX; i++)
        if (p[i])
            http_upload_end(&uploads, p[i]);
}

static size_t gzip(const void *from, size_t n, char *to, size_t size)
{
    z_stream z = {.next_in = (z_const Bytef *)(z_const void *)from, .avail_in = (uInt)n};

    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)size;
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&z);
    return size - z.avail_out;
}

#define GZIPPED LINES(PROTOBUF, "Transfer-Encoding", "chunked", "Content-Encoding", "gzip")
#define SNAPPED LINES(PROTOBUF, "Transfer-Encoding", "chunked", "Content-Encoding", "snappy")

static void test_gzip(void **state)
{
    static char zeros[DECODED + 1], packed[65536];
    struct http_post post;

    (void)state;
    size_t n = gzip("telemetry", 9, packed, sizeof(packed));
    assert_int_equal(send(GZIPPED, packed, n, &post), 0);
    assert_int_equal(post.n, 9);
    assert_memory_equal(post.bytes, "telemetry", 9);
    assert_int_equal(send(GZIPPED, packed, n - 1, &post), 400);
    assert_int_equal(send(GZIPPED, "telemetry", 9, &post), 400);
    memcpy(packed + n, "x", 1);
    assert_int_equal(send(GZIPPED, packed, n + 1, &post), 400);
    /* A bomb: four megabytes and one byte in four kilobytes. */
    n = gzip(zeros, DECODED, packed, sizeof(packed));
    assert_int_equal(send(GZIPPED, packed, n, &post), 0);
    assert_int_equal(post.n, DECODED);
    n = gzip(zeros, DECODED + 1, packed, sizeof(packed));
    assert_true(n < 5000);
    assert_int_equal(send(GZIPPED, packed, n, &post), 413);
}

/* The bytes of these blocks are written by hand from the format's description: a length, then a literal of
 * nine bytes (8 << 2). */
static void test_snappy(void **state)
{
    static const char whole[] = "\x09\x20telemetry", lies[] = "\x0a\x20telemetry",
                      bomb[] = "\x81\x80\x80\x02\x20telemetry", no_length[] = "\xff\xff\xff\xff\xff\xff";
    struct http_post post;

    (void)state;
    assert_int_equal(send(SNAPPED, whole, sizeof(whole) - 1, &post), 0);
    assert_int_equal(post.n, 9);
    assert_memory_equal(post.bytes, "telemetry", 9);
    assert_int_equal(send(SNAPPED, whole, sizeof(whole) - 2, &post), 400);
    assert_int_equal(send(SNAPPED, lies, sizeof(lies) - 1, &post), 400);
    assert_int_equal(send(SNAPPED, bomb, sizeof(bomb) - 1, &post), 413); /* says 4194305 */
    assert_int_equal(send(SNAPPED, no_length, sizeof(no_length) - 1, &post), 400);
    assert_int_equal(send(SNAPPED, "", 0, &post), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_heads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals_wait_for_who_sends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chunks_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_of_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_leave_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gzip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_snappy, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("http_upload", tests, NULL, NULL);
}
