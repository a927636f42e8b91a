/* SPDX-License-Identifier: MIT
 * Telling others while calls fail: each allocation of ours, and each call on the file of the book, fails
 * once. Nothing crashes, nothing is lost for good, and what cannot be opened says so. Run under the
 * sanitizers, nothing leaks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_view.h"
#include "ingestion/prometheus/matrix.h"
#include "ingestion/prometheus/range_page.h"
#include "net/canned_server.h"
#include "output/alert/alert_file.h"
#include "output/alert/alerts.h"
#include "sample_events.h"

/* The call that is to fail: counted down; never when below 0. */
static long until = -1;
static bool failed;

static bool fails_now(void)
{
    if (until < 0 || until-- > 0)
        return false;
    failed = true;
    errno = ENOSPC;
    return true;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n)
{
    return fails_now() ? NULL : __real_malloc(n);
}

void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n)
{
    return fails_now() ? NULL : __real_calloc(count, n);
}

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n)
{
    return fails_now() ? NULL : __real_realloc(p, n);
}

int __real_renameat(int a, const char *from, int b, const char *to);
int __wrap_renameat(int a, const char *from, int b, const char *to);
int __wrap_renameat(int a, const char *from, int b, const char *to)
{
    return fails_now() ? -1 : __real_renameat(a, from, b, to);
}

int __real_write_all(int fd, const void *bytes, size_t n);
int __wrap_write_all(int fd, const void *bytes, size_t n);
int __wrap_write_all(int fd, const void *bytes, size_t n)
{
    return fails_now() ? -ENOSPC : __real_write_all(fd, bytes, n);
}

static struct loop *loop;
static struct alerts *alerts;

static void on_poll(void *context, const struct loop_instant *now)
{
    (void)now;
    if (!alerts_busy(alerts) || --*(int *)context <= 0)
        loop_stop(loop);
}

static void hush(void *context, const char *line)
{
    (void)context;
    assert_true(line[0] != '\0');
}

/* A whole life: opened, told, closed; returns the number of words that were taken, or -1 when it could not
 * begin. */
static int live(const struct canned *server, int dir_fd)
{
    static struct alert_options options;
    static struct http_client_options client_options;
    struct http_client *client;
    struct samples s;
    struct event e;
    struct error why = {.code = 0};
    int polls = 200, taken = -1;

    option_set_defaults(&(struct option_group){alert_option_rows, alert_option_count, &options});
    snprintf(options.webhook.urls, sizeof(options.webhook.urls), "http://127.0.0.1:%u/count", server->port);
    loop = loop_new(&why);
    client = loop ? http_client_open(&client_options, &why) : NULL;
    alerts = client
                 ? alerts_open(
                       &(struct alerts_home){
                           .options = &options, .client = client, .dir_fd = dir_fd, .root = "", .say = hush},
                       &why)
                 : NULL;
    if (!alerts) {
        assert_true(why.code < 0 && why.text[0]);
    } else if (http_client_start(client, loop) == 0 && alerts_start(alerts, loop, fake_view_get(), 1) == 0) {
        const long planned = until;
        until = -1; /* of the test's own */
        samples_make(&s);
        until = planned;
        e = event_of_incident(&s);
        struct incident i = *e.incident;
        e.incident = &i;
        i.change = CHANGE_OPEN;
        alerts_hear(alerts, s.catalog, &e);
        i.change = CHANGE_CLOSE;
        alerts_hear(alerts, s.catalog, &e);
        assert_int_equal(loop_every(loop, 10000000, on_poll, &polls), 0);
        assert_int_equal(loop_run(loop), 0);
        taken = (int)alerts_counts(alerts, ALERTS_WEBHOOK).sent;
        until = -1;
        catalog_free(s.catalog);
    }
    alerts_close(alerts);
    http_client_close(client);
    loop_free(loop);
    return taken;
}

static void each_call_may_fail_once(void **state)
{
    const struct canned server = canned_start();
    char path[] = "/tmp/coherence-test-XXXXXX";
    int walked = 0, began = 0;

    (void)state;
    assert_non_null(mkdtemp(path));
    const int dir_fd = open(path, O_RDONLY | O_DIRECTORY);
    fake_view_make("web-1");
    for (long n = 0;; n++) {
        (void)unlinkat(dir_fd, ALERT_FILE_NAME, 0);
        until = n;
        failed = false;
        const int taken = live(&server, dir_fd);
        until = -1;
        if (!failed) {
            assert_int_equal(taken, 2);
            break;
        }
        walked++;
        began += taken >= 0;
    }
    assert_true(walked > 10 && began > 3);
    (void)unlinkat(dir_fd, ALERT_FILE_NAME, 0);
    (void)unlinkat(dir_fd, ALERT_FILE_NAME ".new", 0);
    close(dir_fd);
    assert_int_equal(rmdir(path), 0); /* nothing half written is left */
    fake_view_free();
    canned_stop(&server);
}

static struct range_page *page;
static int page_fault;

static bool on_series(
    void *context, const char *key, size_t key_n, const struct intake_label *labels, size_t count)
{
    (void)context;
    page_fault = range_page_series(page, key, key_n, labels, count, "query");
    return page_fault == 0;
}

static bool on_point(void *context, int64_t t_ns, double value)
{
    (void)context;
    page_fault = range_page_point(page, t_ns, value);
    return page_fault == 0;
}

static void a_page_without_memory_says_so(void **state)
{
    static const char answer[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
                                 "{\"metric\":{\"a\":\"b\"},\"values\":[[1,\"2\"],[2,\"3\"]]}]}}";
    const struct matrix_listener listener = {.series = on_series, .point = on_point};

    (void)state;
    for (long n = 0;; n++) {
        until = n;
        failed = false;
        page = range_page_new(2);
        struct matrix *m = page ? matrix_new(&listener) : NULL;
        page_fault = 0;
        const int r = m ? matrix_take(m, answer, sizeof(answer) - 1) : -ENOMEM;
        until = -1;
        if (failed)
            assert_true(!m || (r == -ECANCELED && page_fault == -ENOMEM));
        else
            assert_int_equal(r, 0);
        matrix_free(m);
        range_page_free(page);
        if (!failed)
            break;
    }
}

static void a_full_page_says_so(void **state)
{
    const struct intake_label label = {.name = "k", .value = "v", .name_n = 1, .value_n = 1};

    (void)state;
    page = range_page_new(1);
    assert_int_equal(range_page_series(page, "k", 1, &label, 0, "q"), 0);
    assert_int_equal(range_page_point(page, 1, 1), 0);
    assert_int_equal(range_page_point(page, 2, 1), -EMSGSIZE);
    assert_int_equal(range_page_series_count(page), 1);
    range_page_sort(page);
    assert_int_equal(range_page_next_ns(page), 1);
    range_page_clear(page);
    assert_int_equal(range_page_next_ns(page), INT64_MAX);
    range_page_free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_may_fail_once),
        cmocka_unit_test(a_page_without_memory_says_so),
        cmocka_unit_test(a_full_page_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
