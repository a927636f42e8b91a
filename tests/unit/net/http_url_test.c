/* SPDX-License-Identifier: MIT
 * URLs of the configuration: what is taken, and what is refused with its reason. Expected values by hand from
 * RFC 3986. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "net/http_url.h"

static void what_can_be_asked_is_taken(void **state)
{
    static const struct {
        const char *text, *host, *path;
        unsigned port;
        bool tls, numeric, loopback;
        const char *written; /* NULL: as it stands */
    } rows[] = {
        {"http://127.0.0.1:9093/x", "127.0.0.1", "/x", 9093, false, true, true, NULL},
        {"http://127.0.0.1", "127.0.0.1", "/", 80, false, true, true, "http://127.0.0.1/"},
        {"HTTPS://Example.ORG", "example.org", "/", 443, true, false, false, "https://example.org/"},
        {"https://example.org:443/a?b=c", "example.org", "/a?b=c", 443, true, false, false,
            "https://example.org/a?b=c"},
        {"http://h?q=1", "h", "/?q=1", 80, false, false, false, "http://h/?q=1"},
        {"http://[::1]:9090/", "::1", "/", 9090, false, true, true, NULL},
        {"http://[2001:db8::1]", "2001:db8::1", "/", 80, false, true, false, "http://[2001:db8::1]/"},
        {"http://localhost:1/", "localhost", "/", 1, false, false, true, NULL},
        {"http://192.0.2.7:65535/", "192.0.2.7", "/", 65535, false, true, false, NULL},
        {"http://a_b.svc.cluster.local./", "a_b.svc.cluster.local.", "/", 80, false, false, false, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char written[2048];
        struct http_url u;
        struct error e;
        struct text t;
        if (http_url_parse(rows[i].text, strlen(rows[i].text), &u, &e) != 0)
            fail_msg("%s: %s", rows[i].text, e.text);
        assert_string_equal(u.host, rows[i].host);
        assert_string_equal(u.path, rows[i].path);
        assert_int_equal(u.port, rows[i].port);
        assert_int_equal(u.tls, rows[i].tls);
        assert_int_equal(u.numeric, rows[i].numeric);
        assert_int_equal(u.loopback, rows[i].loopback);
        text_init(&t, written, sizeof(written));
        http_url_write(&u, NULL, &t);
        assert_string_equal(written, rows[i].written ? rows[i].written : rows[i].text);
    }
}

static void what_cannot_is_refused(void **state)
{
    static const char *const rows[] = {"", "http://", "http:///x", "ftp://h/", "h:9090", "//h/",
        "http://h:0/", "http://h:65536/", "http://h:/", "http://h:9 0/", "http://h/a b", "http://h/#x",
        "http://u:p@h/", "http://u@h/", "http://[::1/", "http://[::g]/", "http://::1/", "http://a..b/",
        "http://.a/", "http://127.1/", "http://2130706433/", "http://h\n/", "http://h/\x80", "http://h\"/",
        "http://a,b/"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_url u = {.port = 4711};
        struct error e;
        if (http_url_parse(rows[i], strlen(rows[i]), &u, &e) != -EINVAL)
            fail_msg("'%s' was taken", rows[i]);
        assert_int_equal(u.port, 4711);
    }
}

static void a_password_is_not_repeated(void **state)
{
    static const char text[] = "https://user:hunter2@example.org/";
    struct http_url u;
    struct error e;

    (void)state;
    assert_int_equal(http_url_parse(text, sizeof(text) - 1, &u, &e), -EINVAL);
    assert_null(strstr(e.text, "hunter2"));
    assert_null(strstr(e.text, "user"));
}

static void a_query_is_not_described(void **state)
{
    static const char url[] = "https://example.org/hook?key=hunter2";
    struct http_url u;
    char line[256];
    struct text t;

    (void)state;
    assert_int_equal(http_url_parse(url, sizeof(url) - 1, &u, NULL), 0);
    text_init(&t, line, sizeof(line));
    http_url_describe(&u, &t);
    assert_string_equal(line, "https://example.org/hook");
}

/* The bound is of the path as it is asked for, with the '/' that a URL may leave out. */
static void the_longest_path_is_taken(void **state)
{
    char bytes[HTTP_URL_PATH_MAX + 16];
    struct http_url u;

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *front = i ? "http://a?" : "http://a/";
        const size_t room = HTTP_URL_PATH_MAX - 1 - (i ? 2 : 1), n = strlen(front) + room;
        memset(bytes, 'x', sizeof(bytes));
        memcpy(bytes, front, strlen(front));
        assert_int_equal(http_url_parse(bytes, n, &u, NULL), 0);
        assert_int_equal(strlen(u.path), HTTP_URL_PATH_MAX - 1);
        assert_int_equal(http_url_parse(bytes, n + 1, &u, NULL), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_asked_is_taken),
        cmocka_unit_test(what_cannot_is_refused),
        cmocka_unit_test(a_password_is_not_repeated),
        cmocka_unit_test(a_query_is_not_described),
        cmocka_unit_test(the_longest_path_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
