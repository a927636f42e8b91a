/* SPDX-License-Identifier: MIT
 * Heads that two programs could read differently, and heads that are too much. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "net/http_head.h"

#define FIELD(s) ((struct http_field){s, sizeof(s) - 1})

/* The status of a head of these lines, name and value in turn; 0: it is taken. */
static unsigned judge(const char *const *lines)
{
    struct http_head h = {0};
    unsigned status = 0;

    for (size_t i = 0; lines[i]; i += 2)
        http_head_add(&h, (struct http_field){lines[i], strlen(lines[i])},
            (struct http_field){lines[i + 1], strlen(lines[i + 1])});
    return http_head_judge(&h, "web-1", &status) ? status : 0;
}

static void test_heads(void **state)
{
    static const struct {
        unsigned status;
        const char *lines[9];
    } rows[] = {
        {0, {"Host", "127.0.0.1:9911"}},
        {0, {"host", "web-1", "Accept", "*/*", "Content-Length", "0"}},
        {0, {"Host", "localhost", "Sec-Fetch-Site", "same-origin"}},
        {400, {"Accept", "*/*"}},
        {400, {"Host", "localhost", "Host", "localhost"}},
        {400, {"Host", "localhost", "Content-Length", "5"}},
        {400, {"Host", "localhost", "Content-Length", "00"}},
        {400, {"Host", "localhost", "Content-Length", "0", "Content-Length", "0"}},
        {400, {"Host", "localhost", "Transfer-Encoding", "chunked"}},
        {400, {"Host", "localhost", "Content-Length", "0", "Transfer-Encoding", "identity"}},
        {400, {"Host", "localhost", "Content-Length ", "5"}},
        {400, {"Host", "localhost", "X\x01", "5"}},
        {400, {"Host", "localhost", "Transfer-Encoding", "gzip, chunked"}},
        {403, {"Host", "evil.example"}},
        {403, {"Host", ""}},
        {403, {"Host", "localhost", "Sec-Fetch-Site", "cross-site"}},
        {0, {"Host", "localhost", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate",
                "Sec-Fetch-Dest", "document"}},
        {403, {"Host", "localhost", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate",
                  "Sec-Fetch-Dest", "iframe"}},
        {403, {"Host", "localhost", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors",
                  "Sec-Fetch-Dest", "empty"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (judge(rows[i].lines) != rows[i].status)
            fail_msg("row %zu: %u", i, judge(rows[i].lines));
}

/* What a POST may have that a GET may not, and what neither may. */
static void test_bodies(void **state)
{
    static const struct {
        bool taken;
        const char *name, *value;
    } rows[] = {
        {true, "Content-Length", "5"},
        {true, "Transfer-Encoding", "chunked"},
        {true, "Transfer-Encoding", "Chunked"},
        {false, "Transfer-Encoding", "gzip, chunked"},
        {false, "Transfer-Encoding", "identity"},
        {false, "Transfer-Encoding", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_head h = {.may_send = true};
        unsigned status = 0;
        http_head_add(&h, FIELD("Host"), FIELD("localhost"));
        http_head_add(&h, (struct http_field){rows[i].name, strlen(rows[i].name)},
            (struct http_field){rows[i].value, strlen(rows[i].value)});
        if ((http_head_judge(&h, "", &status) == NULL) != rows[i].taken)
            fail_msg("row %zu: %u", i, status);
    }
}

static void test_limits(void **state)
{
    static char big[HTTP_HEAD_MAX];
    struct http_head h = {0};
    unsigned status = 0;

    (void)state;
    http_head_add(&h, FIELD("Host"), FIELD("localhost"));
    for (int i = 1; i < HTTP_HEAD_LINES_MAX; i++)
        http_head_add(&h, FIELD("X"), FIELD("1"));
    assert_null(http_head_judge(&h, "", &status));
    http_head_add(&h, FIELD("X"), FIELD("1"));
    assert_non_null(http_head_judge(&h, "", &status));
    assert_int_equal(status, 431);
    h = (struct http_head){0};
    http_head_add(&h, FIELD("Host"), FIELD("localhost"));
    http_head_add(&h, FIELD("X"), (struct http_field){big, sizeof(big) - 14});
    assert_null(http_head_judge(&h, "", &status));
    http_head_add(&h, FIELD("X"), FIELD(""));
    assert_non_null(http_head_judge(&h, "", &status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads), cmocka_unit_test(test_bodies), cmocka_unit_test(test_limits)};

    return cmocka_run_group_tests_name("http_head", tests, NULL, NULL);
}
