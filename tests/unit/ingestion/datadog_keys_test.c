/* SPDX-License-Identifier: MIT
 * Keys are found where they are kept, the surest place first, and never shown; pauses are what rate limits
 * ask for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingestion/datadog/datadog_keys.h"
#include "ingestion/datadog/datadog_pace.h"
#include "ingestion/datadog/datadog_request.h"
#include "ingestion/datadog/env_file.h"

#define API "0123456789abcdef0123456789canary"
#define APP "canary0123456789abcdef0123456789abcdef01"
#define SEC INT64_C(1000000000)

static int look(const char *text, const char *name, char *ret_value, struct error *e)
{
    const char *value = "";
    size_t n = 0;
    int r = env_file_find(text, strlen(text), name, &value, &n, e);

    memcpy(ret_value, value, n);
    ret_value[n] = '\0';
    return r;
}

static void lines_of_an_env_file_are_read(void **state)
{
    static const char text[] =
        "# keys\r\n\r\n  export DD_SITE=datadoghq.eu # ours\r\nDD_API_KEY=\"abc def\"\r\n"
        "OTHER=$(rm -rf /) \"x\nEMPTY=\nDD_APP_KEY='a#b'";
    char value[64];
    struct error e;

    (void)state;
    assert_int_equal(look(text, "DD_SITE", value, &e), 1);
    assert_string_equal(value, "datadoghq.eu");
    assert_int_equal(look(text, "DD_API_KEY", value, &e), 1);
    assert_string_equal(value, "abc def");
    assert_int_equal(look(text, "DD_APP_KEY", value, &e), 1);
    assert_string_equal(value, "a#b");
    assert_int_equal(look(text, "EMPTY", value, &e), 0);
    assert_int_equal(look(text, "API_KEY", value, &e), 0);
}

static void other_lines_are_refused(void **state)
{
    static const struct {
        const char *text;
        uint32_t line;
    } bad[] = {{"A=1\nK=a b", 2}, {"K=\"a", 1}, {"K='a' b", 1}, {"K=a$B", 1}, {"K=a\nK=b", 2}, {"\n\nK", 3},
        {"K =a", 1}, {"9K=a", 1}, {"K=a\\b", 1}, {"K=a\tb", 1}, {"export\nK=a", 1}};
    char value[64];
    struct error e;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(look(bad[i].text, "K", value, &e), -EINVAL);
        assert_int_equal(e.line, bad[i].line);
    }
    const char *p;
    size_t n;
    assert_int_equal(env_file_find("K=a\0b", 5, "K", &p, &n, &e), -EINVAL);
}

struct place {
    char dir[64], env[96], key[96];
    struct datadog_options o;
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    strcpy(p->dir, "/tmp/datadog_keys.XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->env, sizeof(p->env), "%s/.env", p->dir);
    (void)snprintf(p->key, sizeof(p->key), "%s/key", p->dir);
    option_set_defaults(&(struct option_group){datadog_option_rows, datadog_option_count, &p->o});
    strcpy(p->o.env_file, p->env);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    (void)unlink(p->env);
    (void)unlink(p->key);
    (void)rmdir(p->dir);
    free(p);
    return 0;
}

static void the_environment_names_keys_and_site(void **state)
{
    const char *const both[] = {"DATADOG_API_KEY=ignored-ignored", "DD_API_KEY=" API, "DATADOG_APP_KEY=" APP,
        "DATADOG_SITE=us5.datadoghq.com", NULL};
    const char *const host[] = {
        "DD_API_KEY=" API, "DD_APPLICATION_KEY=" APP, "DATADOG_HOST=https://api.datadoghq.eu", NULL};
    const char *const plain[] = {
        "DD_API_KEY=" API, "DD_APP_KEY=" APP, "DATADOG_HOST=http://example.org", NULL};
    struct place *p = *state;
    struct datadog_keys k;
    struct error e;

    assert_int_equal(datadog_keys_find(&k, &p->o, both, &e), 0);
    assert_string_equal(k.api, API);
    assert_string_equal(k.app, APP);
    assert_string_equal(k.url.host, "api.us5.datadoghq.com");
    assert_true(k.url.tls);
    assert_string_equal(k.api_from, "DD_API_KEY");
    assert_string_equal(k.app_from, "DATADOG_APP_KEY");
    assert_string_equal(k.url_from, "DATADOG_SITE");
    assert_int_equal(datadog_keys_find(&k, &p->o, host, &e), 0);
    assert_string_equal(k.url.host, "api.datadoghq.eu");
    assert_int_equal(datadog_keys_find(&k, &p->o, plain, &e), -EINVAL);
    assert_string_equal(k.api, ""); /* forgotten */
    strcpy(p->o.site, "ap1.datadoghq.com");
    assert_int_equal(datadog_keys_find(&k, &p->o, both, &e), 0);
    assert_string_equal(k.url.host, "api.ap1.datadoghq.com");
}

static void an_env_file_stands_in(void **state)
{
    const char *const none[] = {NULL}, *const api[] = {"DD_API_KEY=" API, NULL};
    struct place *p = *state;
    struct datadog_keys k;
    struct error e;

    write_file(p->env,
        "DATADOG_API_KEY=your-key-of-32\nDATADOG_APP_KEY=" APP "\nDATADOG_SITE=us5.datadoghq.com\n", 0600);
    assert_int_equal(datadog_keys_find(&k, &p->o, none, &e), 0);
    assert_string_equal(k.api, "your-key-of-32");
    assert_string_equal(k.url.host, "api.us5.datadoghq.com");
    assert_string_equal(k.warning, "");
    assert_non_null(strstr(k.api_from, "DATADOG_API_KEY in /tmp/datadog_keys."));
    assert_int_equal(datadog_keys_find(&k, &p->o, api, &e), 0);
    assert_string_equal(k.api, API);
    assert_string_equal(k.api_from, "DD_API_KEY");
    write_file(p->env, "DD_API_KEY=" API "\nDD_APP_KEY=" APP "\n", 0644);
    assert_int_equal(datadog_keys_find(&k, &p->o, none, &e), 0);
    assert_non_null(strstr(k.warning, "chmod o="));
    write_file(p->env, "DD_API_KEY=" API " oops\n", 0600);
    assert_int_equal(datadog_keys_find(&k, &p->o, none, &e), -EINVAL);
    assert_int_equal(e.line, 1);
    assert_string_equal(e.file, p->env);
    assert_null(strstr(e.text, "canary"));
}

static void what_is_missing_is_said(void **state)
{
    const char *const none[] = {NULL}, *const one[] = {"DD_API_KEY=" API, NULL},
                      *const bad[] = {"DD_API_KEY=" API " x", "DD_APP_KEY=" APP, NULL};
    struct place *p = *state;
    struct datadog_keys k;
    struct error e;

    assert_int_equal(datadog_keys_find(&k, &p->o, none, &e), -ENOENT);
    assert_non_null(strstr(e.text, "the API key is missing: set DD_API_KEY"));
    assert_int_equal(datadog_keys_find(&k, &p->o, one, &e), -ENOENT);
    assert_non_null(strstr(e.text, "the application key is missing: set DD_APP_KEY"));
    assert_int_equal(datadog_keys_find(&k, &p->o, bad, &e), -EINVAL);
    assert_null(strstr(e.text, "canary"));
    write_file(p->key, API "\n", 0640);
    strcpy(p->o.api_key_file, p->key);
    assert_int_equal(datadog_keys_find(&k, &p->o, (const char *const[]){"DD_APP_KEY=" APP, NULL}, &e), 0);
    assert_string_equal(k.api, API);
    write_file(p->key, API "\n", 0644);
    assert_int_equal(datadog_keys_find(&k, &p->o, one, &e), -EINVAL);
    assert_non_null(strstr(e.text, "everybody can get at"));
}

/* Both ways: keys go, everything else stays. */
static void keys_are_taken_out_of_texts(void **state)
{
    struct datadog_keys k = {.api = API, .app = APP};
    char bytes[512];
    struct text t;

    (void)state;
    text_init(&t, bytes, sizeof(bytes));
    static const char said[] = "key " API APP " is 0123456789abcdef \x1b[1m, " API;
    datadog_keys_scrub(&k, said, sizeof(said) - 1, &t);
    assert_string_equal(bytes, "key [key][key] is 0123456789abcdef \\x1b[1m, [key]");

    /* the escape of the first byte ends with the letter that the key begins with */
    const struct datadog_keys odd = {.api = "canary-key", .app = APP};
    text_init(&t, bytes, sizeof(bytes));
    static const char cut[] = "a \xbc"
                              "anary-key";
    datadog_keys_scrub(&odd, cut, sizeof(cut) - 1, &t);
    assert_string_equal(bytes, "a \\xb[key]");
}

static void an_answer_is_explained_without_keys(void **state)
{
    struct datadog_keys k = {.api = API, .app = APP, .api_from = "DD_API_KEY", .app_from = "DD_APP_KEY"};
    struct http_client_answer a = {
        .status = 403, .body = "{\"errors\":[\"Forbidden: " API "\"]}", .text = "HTTP 403"};
    char bytes[1024];
    struct text t;

    (void)state;
    a.body_n = strlen(a.body);
    text_init(&t, bytes, sizeof(bytes));
    datadog_explain(&k, &a, &t);
    assert_string_equal(bytes,
        "it refuses the keys (HTTP 403, \"Forbidden: [key]\"); look whether DD_API_KEY and DD_APP_KEY are "
        "keys of "
        "an account at this site, and whether the application key may read metrics (scope timeseries_query)");
}

static void header(struct datadog_pace *p, const char *line)
{
    datadog_pace_header(p, line, strlen(line));
}

static void pauses_are_what_limits_ask_for(void **state)
{
    struct datadog_pace p;

    (void)state;
    datadog_pace_init(&p);
    header(&p, "X-RateLimit-Limit: 100");
    header(&p, "x-ratelimit-remaining:  42 ");
    header(&p, "X-RateLimit-Reset: 30");
    header(&p, "X-RateLimit-Period: sixty");
    datadog_pace_good(&p, 1000);
    assert_int_equal(p.not_before_ns, 1000);
    header(&p, "X-RateLimit-Remaining: 10");
    datadog_pace_good(&p, 1000);
    assert_int_equal(p.not_before_ns, 1000 + 30 * SEC); /* the last tenth is left to others */
    assert_int_equal(datadog_pace_failed(&p, 0, 1, -1, 0), 30 * SEC);
    assert_int_equal(datadog_pace_failed(&p, 0, 1, 45 * SEC, 0), 45 * SEC);
    assert_int_equal(datadog_pace_failed(&p, 0, 0, -1, 0), 20 * SEC); /* 5 s doubled twice */
    for (int i = 0; i < 20; i++)
        (void)datadog_pace_failed(&p, 0, 0, -1, 0);
    assert_int_equal(datadog_pace_failed(&p, 0, 0, -1, 0), 300 * SEC);
    datadog_pace_good(&p, 0);
    datadog_pace_begin(&p);
    assert_int_equal(datadog_pace_failed(&p, 0, 0, -1, 60 * SEC), 60 * SEC);
    header(&p, "X-RateLimit-Reset: 99999999999");
    header(&p, "X-RateLimit-Reset: 2000000000");
    assert_int_equal(datadog_pace_failed(&p, 0, 1, -1, 0), 3600 * SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_an_env_file_are_read),
        cmocka_unit_test(other_lines_are_refused),
        cmocka_unit_test_setup_teardown(the_environment_names_keys_and_site, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_env_file_stands_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_missing_is_said, set_up, tear_down),
        cmocka_unit_test(keys_are_taken_out_of_texts),
        cmocka_unit_test(an_answer_is_explained_without_keys),
        cmocka_unit_test(pauses_are_what_limits_ask_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
