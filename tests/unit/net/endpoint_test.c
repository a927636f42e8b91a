/* SPDX-License-Identifier: MIT
 * Addresses as they are configured, the sockets made of them, and what may be configured together. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/endpoint.h"
#include "net/http_options.h"

static void test_addresses(void **state)
{
    static const struct {
        const char *text;
        int taken, loopback;
    } rows[] = {{"127.0.0.1:9911", 1, 1}, {"127.9.9.9:1", 1, 1}, {"[::1]:9911", 1, 1}, {"0.0.0.0:9911", 1, 0},
        {"[::]:9911", 1, 0}, {"10.0.0.1:0", 1, 0}, {"[::ffff:127.0.0.1]:80", 1, 0}, {"", 0, 0},
        {":9911", 0, 0}, {"9911", 0, 0}, {"127.0.0.1", 0, 0}, {"127.0.0.1:", 0, 0}, {"127.0.0.1:65536", 0, 0},
        {"127.0.0.1:-1", 0, 0}, {"localhost:9911", 0, 0}, {"::1:9911", 0, 0}, {"[127.0.0.1]:1", 0, 0},
        {"127.1:9911", 0, 0}, {"127.0.0.1:99 11", 0, 0}, {"http://127.0.0.1:9911", 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct endpoint p;
        struct error e;
        const int r = endpoint_parse(rows[i].text, strlen(rows[i].text), &p, &e);
        if (r != (rows[i].taken ? 0 : -EINVAL) || (r == 0 && p.loopback != rows[i].loopback))
            fail_msg("%s", rows[i].text);
    }
}

static void test_sockets(void **state)
{
    struct endpoint p, again;
    struct error e;
    char where[64];
    struct text t;

    (void)state;
    assert_int_equal(endpoint_parse("127.0.0.1:0", 11, &p, &e), 0);
    const int fd = endpoint_listen(&p, &e);
    assert_true(fd >= 0);
    text_init(&t, where, sizeof(where));
    endpoint_describe(fd, &t);
    assert_int_equal(endpoint_parse(where, t.length, &again, &e), 0); /* with a real port */
    assert_int_equal(endpoint_listen(&again, &e), -EADDRINUSE);
    assert_non_null(strstr(e.text, "in use"));
    (void)close(fd);
}

static void test_what_goes_together(void **state)
{
    struct http_options o = {.listen = "0.0.0.0:9911"};
    const char *key = NULL;
    struct error e;

    (void)state;
    assert_int_equal(http_options_check(&o, &key, &e), -EINVAL);
    assert_string_equal(key, "http.listen");
    assert_non_null(strstr(e.text, "others can reach 0.0.0.0:9911"));
    strcpy(o.token_file, "/etc/coherence/token");
    assert_int_equal(http_options_check(&o, &key, &e), 0);
    strcpy(o.token_file, "token");
    assert_int_equal(http_options_check(&o, &key, &e), -EINVAL);
    assert_string_equal(key, "http.token_file");
    strcpy(o.listen, "127.0.0.1:9911");
    o.token_file[0] = '\0';
    assert_int_equal(http_options_check(&o, &key, &e), 0);
    o.listen[0] = '\0';
    assert_int_equal(http_options_check(&o, &key, &e), 0);
}

static int read_token(const char *bytes, mode_t mode, char token[HTTP_TOKEN_MAX])
{
    char path[] = "/tmp/coherence-token-XXXXXX";
    const int fd = mkstemp(path);
    struct error e;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
    const int r = http_token_read(path, token, &e);
    (void)unlink(path);
    return r;
}

static void test_tokens(void **state)
{
    char token[HTTP_TOKEN_MAX] = "", many[HTTP_TOKEN_MAX + 1];

    (void)state;
    assert_int_equal(read_token("0123456789abcdef\n", 0640, token), 0);
    assert_string_equal(token, "0123456789abcdef");
    assert_int_equal(read_token("0123456789abcdef\n", 0644, token), -EINVAL); /* everybody can read it */
    assert_int_equal(read_token("0123456789abcde\n", 0600, token), -EINVAL);
    assert_int_equal(read_token("0123456789 bcdef\n", 0600, token), -EINVAL);
    assert_int_equal(read_token("", 0600, token), -EINVAL);
    memset(many, 'x', sizeof(many));
    many[HTTP_TOKEN_MAX] = '\0';
    assert_int_equal(read_token(many, 0600, token), -EINVAL);
    many[HTTP_TOKEN_MAX - 1] = '\0';
    assert_int_equal(read_token(many, 0600, token), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_what_goes_together),
        cmocka_unit_test(test_tokens),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
