/* SPDX-License-Identifier: MIT
 * The book of the alerts (who is told what next, over failures, restarts and want of room), its file, and
 * what is written of a record. Expected texts were written by hand from the formats' documents. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_view.h"
#include "output/alert/alert_body.h"
#include "output/alert/alert_file.h"
#include "output/alert/alert_log.h"
#include "output/alert/alert_options.h"
#include "sample_events.h"

#define T SAMPLE_T_NS

static struct alert_book book;
static struct samples samples;

static int set_up(void **state)
{
    (void)state;
    memset(&book, 0, sizeof(book));
    samples_make(&samples);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    catalog_free(samples.catalog);
    return 0;
}

static void hear(unsigned number, enum change change, enum severity severity)
{
    struct incident i = samples.incident;

    snprintf(i.id, sizeof(i.id), "%016x", number);
    i.change = change;
    i.severity = severity;
    i.host = samples.host;
    alert_book_hear(&book, samples.catalog, &i);
}

/* "1 opened", or "" when there is nothing to tell; then it has been told. */
static const char *next(size_t target)
{
    static const char *const words[] = {"opened", "changed", "closed"};
    static char text[32];
    struct alert_work w;

    if (!alert_book_next(&book, target, &w))
        return "";
    snprintf(text, sizeof(text), "%ld %s", strtol(alert_book_record(&book, &w)->alert.id, NULL, 16),
        words[w.word]);
    alert_book_told(&book, target, &w, false);
    return text;
}

static void each_is_told_in_order(void **state)
{
    (void)state;
    assert_int_equal(alert_book_add_target(&book, "a"), 0);
    assert_int_equal(alert_book_add_target(&book, "b"), 1);
    hear(1, CHANGE_OPEN, SEVERITY_WARNING);
    hear(2, CHANGE_OPEN, SEVERITY_WARNING);
    assert_string_equal(next(0), "1 opened");
    hear(1, CHANGE_UPDATE, SEVERITY_WARNING); /* nothing that is worth a word */
    assert_string_equal(next(0), "2 opened");
    assert_string_equal(next(0), "");
    hear(1, CHANGE_UPDATE, SEVERITY_CRITICAL);
    assert_string_equal(next(0), "1 changed");
    hear(1, CHANGE_CLOSE, SEVERITY_CRITICAL);
    assert_int_equal(alert_book_waiting(&book, 0), 1);
    assert_int_equal(alert_book_waiting(&book, 1), 3);
    assert_string_equal(next(0), "1 closed");
    assert_string_equal(next(0), "");
    /* Who was away hears the opening and the end, not every change between. */
    assert_string_equal(next(1), "1 opened");
    assert_string_equal(next(1), "1 closed");
    assert_string_equal(next(1), "2 opened");
    assert_int_equal(alert_book_open(&book), 1);
}

static void what_began_before_anybody_is_not_told_to_end(void **state)
{
    (void)state;
    (void)alert_book_add_target(&book, "a");
    hear(1, CHANGE_CLOSE, SEVERITY_WARNING);
    assert_string_equal(next(0), "");
}

static void without_room_the_oldest_that_is_over_goes(void **state)
{
    (void)state;
    (void)alert_book_add_target(&book, "a");
    for (unsigned i = 1; i <= ALERT_RECORDS_MAX; i++)
        hear(i, CHANGE_OPEN, SEVERITY_WARNING);
    hear(7, CHANGE_CLOSE, SEVERITY_WARNING);
    hear(1000, CHANGE_OPEN, SEVERITY_WARNING);
    assert_int_equal(book.dropped[0], 2); /* the opening and the end of 7 */
    hear(1001, CHANGE_OPEN, SEVERITY_WARNING);
    assert_int_equal(book.dropped[0], 4); /* 1 */
    assert_string_equal(next(0), "2 opened");
}

static void a_piece_of_work_may_outlive_its_record(void **state)
{
    struct alert_work w;

    (void)state;
    (void)alert_book_add_target(&book, "a");
    hear(1, CHANGE_OPEN, SEVERITY_WARNING);
    assert_true(alert_book_next(&book, 0, &w));
    for (unsigned i = 2; i <= ALERT_RECORDS_MAX + 1; i++)
        hear(i, CHANGE_OPEN, SEVERITY_WARNING);
    assert_null(alert_book_record(&book, &w));
    alert_book_told(&book, 0, &w, false);
    assert_int_equal(alert_book_waiting(&book, 0), ALERT_RECORDS_MAX);
}

static int make_directory(char *path)
{
    assert_non_null(mkdtemp(path));
    return open(path, O_RDONLY | O_DIRECTORY);
}

static void a_restart_goes_on_where_it_stood(void **state)
{
    char path[] = "/tmp/coherence-test-XXXXXX";
    const int dir = make_directory(path);
    struct pack room;

    (void)state;
    pack_to_write(&room, ALERT_FILE_MAX);
    assert_int_equal(alert_file_read(&book, dir), -ENOENT);
    (void)alert_book_add_target(&book, "a");
    (void)alert_book_add_target(&book, "b");
    hear(1, CHANGE_OPEN, SEVERITY_WARNING);
    hear(2, CHANGE_OPEN, SEVERITY_WARNING);
    assert_string_equal(next(0), "1 opened");
    assert_int_equal(alert_file_write(&book, &room, dir), 0);
    assert_false(book.changed);
    memset(&book, 0, sizeof(book));
    (void)alert_book_add_target(&book, "c"); /* one more, one gone, in another order */
    (void)alert_book_add_target(&book, "a");
    assert_int_equal(alert_file_read(&book, dir), 0);
    /* Incident 2 goes on, 1 ended while nobody watched, 3 is new. */
    fake_view_make("web-1");
    fake_view.incidents[0] = fake_view.incidents[1] = samples.incident;
    snprintf(fake_view.incidents[0].id, HASH_ID_TEXT_MAX, "%016x", 2);
    snprintf(fake_view.incidents[1].id, HASH_ID_TEXT_MAX, "%016x", 3);
    fake_view.incidents[0].host = fake_view.incidents[1].host = 0;
    fake_view.incident_count = 2;
    alert_book_meet(&book, fake_view_get(), T + 1);
    assert_string_equal(next(1), "1 closed");
    assert_string_equal(next(1), "2 opened");
    assert_string_equal(next(1), "3 opened");
    assert_string_equal(next(1), "");
    assert_string_equal(next(0), "1 opened"); /* it was open when c came */
    fake_view_free();
    pack_free(&room);
    unlinkat(dir, ALERT_FILE_NAME, 0);
    close(dir);
    rmdir(path);
}

static void a_damaged_file_is_no_book(void **state)
{
    char path[] = "/tmp/coherence-test-XXXXXX", name[64];
    const int dir = make_directory(path);
    static uint8_t bytes[65536];
    struct pack room;

    (void)state;
    pack_to_write(&room, ALERT_FILE_MAX);
    (void)alert_book_add_target(&book, "a");
    hear(1, CHANGE_OPEN, SEVERITY_WARNING);
    assert_int_equal(alert_file_write(&book, &room, dir), 0);
    snprintf(name, sizeof(name), "%s/%s", path, ALERT_FILE_NAME);
    const int fd = open(name, O_RDONLY);
    const ssize_t n = read(fd, bytes, sizeof(bytes));
    close(fd);
    assert_true(n > 100);
    for (ssize_t i = 0; i < n; i++) {
        bytes[i] ^= 0x10;
        memset(&book, 0, sizeof(book));
        assert_int_equal(alert_file_parse(&book, bytes, (size_t)n), -EBADMSG);
        assert_int_equal(alert_file_parse(&book, bytes, (size_t)i), -EBADMSG);
        bytes[i] ^= 0x10;
    }
    assert_int_equal(alert_file_parse(&book, bytes, (size_t)n), 0);
    /* A directory that is gone is a reason, not an end. */
    unlinkat(dir, ALERT_FILE_NAME, 0);
    rmdir(path);
    assert_int_equal(alert_file_write(&book, &room, dir), -ENOENT);
    pack_free(&room);
    close(dir);
}

/* The member at a path of names, or NULL. */
static json_t *at(json_t *o, const char *a, const char *b)
{
    o = json_object_get(o, a);
    return b ? json_object_get(o, b) : o;
}

static void bodies_are_what_their_formats_say(void **state)
{
    static char bytes[65536];
    const struct alert_style style = {.labels = "team=a env=b=c", .link = "http://n:1/"};
    struct alert_work w;
    struct text t;
    struct json j;
    json_t *o;

    (void)state;
    (void)alert_book_add_target(&book, "a");
    hear(1, CHANGE_OPEN, SEVERITY_WARNING);
    hear(1, CHANGE_UPDATE, SEVERITY_CRITICAL);
    assert_true(alert_book_next(&book, 0, &w));
    const struct alert_record *r = alert_book_record(&book, &w);
    text_init(&t, bytes, sizeof(bytes));
    json_init(&j, &t);
    json_begin_array(&j, NULL);
    alert_body_alertmanager(&j, r, &style, T + INT64_C(86400000000000));
    json_end_array(&j);
    o = json_loads(bytes, 0, NULL);
    assert_int_equal(json_array_size(o), 2); /* as critical; as warning, over */
    json_t *critical = json_array_get(o, 0), *warning = json_array_get(o, 1);
    assert_string_equal(json_string_value(at(critical, "labels", "severity")), "critical");
    assert_string_equal(json_string_value(at(critical, "labels", "env")), "b=c");
    assert_int_equal(json_object_size(at(critical, "labels", NULL)), 6);
    assert_string_equal(json_string_value(at(critical, "endsAt", NULL)), "2026-01-02T19:20:29Z");
    assert_string_equal(json_string_value(at(critical, "generatorURL", NULL)),
        "http://n:1/api/v1/incidents/0000000000000001");
    assert_string_equal(json_string_value(at(warning, "labels", "severity")), "warning");
    assert_true(strcmp(json_string_value(at(warning, "endsAt", NULL)), "2026-01-02T19:20:29Z") < 0);
    json_decref(o);
    text_clear(&t);
    alert_body_cloudevent(&t, r, ALERT_CHANGED, &style);
    o = json_loads(bytes, 0, NULL);
    assert_string_equal(json_string_value(at(o, "id", NULL)), "0000000000000001-changed-2");
    assert_string_equal(json_string_value(at(o, "type", NULL)), "io.coherence.incident.changed.v1");
    assert_string_equal(json_string_value(at(o, "data", "narrative")), samples.incident.narrative);
    json_decref(o);
    text_clear(&t);
    alert_body_webhook(&t, r, ALERT_OPENED, &style);
    o = json_loads(bytes, 0, NULL);
    assert_string_equal(json_string_value(at(o, "status", NULL)), "firing");
    json_decref(o);
}

static void outside_bytes_end_no_field_of_a_log(void **state)
{
    char line[ALERT_LOG_MAX];
    struct alert_work w;
    struct incident i = samples.incident;
    struct text t;

    (void)state;
    (void)alert_book_add_target(&book, "a");
    i.change = CHANGE_OPEN;
    snprintf(i.narrative, sizeof(i.narrative), "%s]\nMESSAGE=x\n\"", HOSTILE_NAME);
    alert_book_hear(&book, samples.catalog, &i);
    assert_true(alert_book_next(&book, 0, &w));
    text_init(&t, line, sizeof(line));
    alert_log_journal(&t, alert_book_record(&book, &w), ALERT_OPENED);
    assert_int_equal(strncmp(line, "MESSAGE=incident ", 17), 0);
    assert_null(strstr(line, "\nMESSAGE=x"));
    text_clear(&t);
    alert_log_syslog(&t, alert_book_record(&book, &w), ALERT_OPENED, 42);
    assert_null(strchr(line, '\n'));
    assert_null(strchr(line, '\033'));
    assert_non_null(strstr(line, " - coherence 42 incident-open [coherence@32473 incident=\""));
}

static void labels_are_judged(void **state)
{
    static const struct {
        const char *labels;
        int result;
    } rows[] = {{"", 0}, {"a=b", 0}, {"a=b _c9=d=e", 0}, {"a", -EINVAL}, {"=b", -EINVAL}, {"a=", -EINVAL},
        {"9a=b", -EINVAL}, {"a-b=c", -EINVAL}, {"a=b host=c", -EINVAL}, {"severity=x", -EINVAL}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (alert_labels_check("k", rows[i].labels, NULL) != rows[i].result)
            fail_msg("'%s'", rows[i].labels);
}

static void options_are_judged(void **state)
{
    struct alert_options o;
    const struct option_group g = {alert_option_rows, alert_option_count, &o};
    const struct {
        const char *key, *value, *about;
    } rows[] = {{"outputs.alertmanager.urls", "http://a:9093 https://b/x", NULL},
        {"outputs.alertmanager.urls", "a:9093", "outputs.alertmanager.urls"},
        {"outputs.webhook.urls", "https://u:p@b/", "outputs.webhook.urls"},
        {"outputs.webhook.url_file", "u", "outputs.webhook.url_file"},
        {"outputs.webhook.token_file", "t", "outputs.webhook.token_file"},
        {"outputs.alertmanager.labels", "x", "outputs.alertmanager.labels"},
        {"outputs.link", "n", "outputs.link"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct option_group *group;
        const char *key = "";
        struct error e;
        option_set_defaults(&g);
        const struct option_row *row = option_find(&g, 1, rows[i].key, strlen(rows[i].key), &group);
        assert_int_equal(option_set(&g, row, rows[i].value, strlen(rows[i].value), &e), 0);
        assert_int_equal(alert_options_check(&o, &key, &e), rows[i].about ? -EINVAL : 0);
        if (rows[i].about)
            assert_string_equal(key, rows[i].about);
    }
}

#define WITH_BOOK(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOOK(each_is_told_in_order),
        WITH_BOOK(what_began_before_anybody_is_not_told_to_end),
        WITH_BOOK(without_room_the_oldest_that_is_over_goes),
        WITH_BOOK(a_piece_of_work_may_outlive_its_record),
        WITH_BOOK(a_restart_goes_on_where_it_stood),
        WITH_BOOK(a_damaged_file_is_no_book),
        WITH_BOOK(bodies_are_what_their_formats_say),
        WITH_BOOK(outside_bytes_end_no_field_of_a_log),
        cmocka_unit_test(labels_are_judged),
        cmocka_unit_test(options_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
