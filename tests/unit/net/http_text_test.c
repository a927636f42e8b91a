/* SPDX-License-Identifier: MIT
 * What is read of a request: paths, names of hosts, preferences, tags and tokens, as the RFCs give them and
 * as those write them who want to be let in. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "net/http_text.h"

static void test_paths(void **state)
{
    static const char *const plain[] = {
        "/", "/healthz", "/api/v1/incidents/0123456789abcdef", "/a.b/c_d-e~f", "/a/"};
    static const char *const refused[] = {"", "a", "*", "http://evil.example/", "//", "//etc", "/a//b", "/.",
        "/..", "/../etc/passwd", "/a/../b", "/a/./b", "/a/..", "/%2e%2e/etc", "/a%00", "/a\\..\\b", "/a b",
        "/a\tb", "/a;b", "/a?b", "/\xc3\xa4", "/a\x01"};
    char longest[HTTP_PATH_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (!http_path_is_plain(plain[i], strlen(plain[i])))
            fail_msg("refused: %s", plain[i]);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (http_path_is_plain(refused[i], strlen(refused[i])))
            fail_msg("taken: %s", refused[i]);
    assert_false(http_path_is_plain("/a\0b", 4));
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    assert_true(http_path_is_plain(longest, HTTP_PATH_MAX));
    assert_false(http_path_is_plain(longest, HTTP_PATH_MAX + 1));
}

static void test_hosts(void **state)
{
    static const struct {
        const char *host;
        int allowed;
    } rows[] = {
        {"127.0.0.1", 1},
        {"127.0.0.1:9911", 1},
        {"10.0.0.7:80", 1},
        {"[::1]", 1},
        {"[::1]:9911", 1},
        {"localhost", 1},
        {"LocalHost:9911", 1},
        {"web-1", 1},
        {"WEB-1:443", 1},
        {"sentinel.example.org", 1},
        {"evil.example", 0},
        {"localhost.evil.example", 0},
        {"127.0.0.1.evil.example", 0},
        {"web-1.evil.example", 0},
        {"web", 0},
        {"", 0},
        {":80", 0},
        {"localhost:", 1},
        {"localhost:port", 0},
        {"localhost:999999", 0},
        {"[::1", 0},
        {"[]", 0},
        {"[127.0.0.1]", 0},
        {"::1", 0},
        {"localhost ", 0},
        {"localhost, evil", 0},
        {",", 0},
        {"0x7f.1", 0},
        {"user@localhost", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (http_host_is_allowed(rows[i].host, strlen(rows[i].host), "web-1, sentinel.example.org") !=
            rows[i].allowed)
            fail_msg("%s", rows[i].host);
    assert_false(http_host_is_allowed("web-1", 5, ""));
    assert_false(http_host_is_allowed("localhost\0x", 11, ""));
}

/* The second header is what Prometheus 2.42 sends (scrape/scrape.go, acceptHeader). */
static void test_preferences(void **state)
{
    static const struct {
        const char *header, *value;
        int wanted;
    } rows[] = {
        {"", "text/plain", 1000},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "application/openmetrics-text", 1000},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "text/plain", 500},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "application/json", 100},
        {"text/*;q=0.3, text/html;q=0.7", "text/html", 700},
        {"text/*;q=0.3, text/html;q=0.7", "text/plain", 300},
        {"text/html", "text/plain", 0},
        {"*", "gzip", 1000},
        {"gzip;q=0, *", "gzip", 0},
        {"*;q=0", "gzip", 0},
        {"br, GZIP;q=0.001", "gzip", 1},
        {"identity", "gzip", 0},
        {"gzip;q=1.001", "gzip", 0},
        {"gzip;q=abc", "gzip", 0},
        {"gzip;q=0.1234", "gzip", 0},
        {"gzip ; q=0.5", "gzip", 500},
        {" , ,", "gzip", 1000},
        {";q=1", "gzip", 1000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (http_wants(rows[i].header, strlen(rows[i].header), rows[i].value) != rows[i].wanted)
            fail_msg("%s in '%s': %d", rows[i].value, rows[i].header,
                http_wants(rows[i].header, strlen(rows[i].header), rows[i].value));
}

static void test_values(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(http_value_decode("a%20b", 5, out, sizeof(out)), 0);
    assert_string_equal(out, "a b");
    assert_int_equal(http_value_decode("%2541", 5, out, sizeof(out)), 0);
    assert_string_equal(out, "%41"); /* once, not twice */
    assert_int_equal(http_value_decode("1234567", 7, out, sizeof(out)), 0);
    static const char *const refused[] = {"%", "%2", "%zz", "a%", "%00", "%0a", "a\nb", "%7f", "12345678"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (http_value_decode(refused[i], strlen(refused[i]), out, sizeof(out)) != -EINVAL)
            fail_msg("taken: %s", refused[i]);
        assert_string_equal(out, "");
    }
}

static bool etag(const char *header)
{
    return http_etag_matches(header, strlen(header), "\"abc\"");
}

static bool bearer(const char *header)
{
    return http_bearer_is(header, strlen(header), "0123456789abcdef");
}

static void test_tags_tokens_names(void **state)
{
    (void)state;
    assert_true(etag("\"abc\"") && etag("W/\"abc\"") && etag("\"x\", W/\"abc\" ") && etag("*"));
    assert_false(etag("") || etag("abc") || etag("\"abcd\"") || etag("\"ab\"") || etag("W/") || etag(",,"));
    assert_true(bearer("Bearer 0123456789abcdef") && bearer("bearer 0123456789abcdef"));
    assert_false(bearer("") || bearer("Bearer ") || bearer("Bearer 0123456789abcdeg") ||
                 bearer("0123456789abcdef") || bearer("Bearer 0123456789abcdef0") ||
                 bearer("Basic 0123456789abcdef"));
    assert_true(http_is_token("Content-Length", 14));
    assert_false(http_is_token("Content-Length ", 15) || http_is_token("", 0) || http_is_token("a:b", 3) ||
                 http_is_token("a\0b", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_preferences),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_tags_tokens_names),
    };

    return cmocka_run_group_tests_name("http_text", tests, NULL, NULL);
}
