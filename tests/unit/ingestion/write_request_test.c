/* SPDX-License-Identifier: MIT
 * Remote write's messages, 1.0 and 2.0: what they become, and what of them is refused (rows 47 to 56 of the
 * bad inputs). The messages are put together field by field from the specifications. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ingestion/remote_write/write_request.h"
#include "intake_capture.h"
#include "wire_writer.h"

#define NOW_NS INT64_C(1000000000000)
#define NOW_MS INT64_C(1000000)

static struct intake_capture capture;
static struct intake *in;
static struct write_reader *reader;
static struct write_summary sum;

static int set_up(void **state)
{
    (void)state;
    intake_capture_open(&capture, 0);
    in = intake_open(capture.house, "remote_write", NULL, 0);
    reader = write_reader_new();
    return in && reader ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    write_reader_free(reader);
    intake_capture_close(&capture);
    return 0;
}

/* Appends a series of 1.0: labels name and value in turn up to a NULL, then one sample. */
static void put_series(struct wire_writer *w, const char *const *labels, int64_t t_ms, double value)
{
    WIRE_WRITER(series, 4096);
    WIRE_WRITER(sample, 64);

    for (size_t i = 0; labels[i]; i += 2) {
        WIRE_WRITER(label, 2048);
        put_string(&label, 1, labels[i]);
        put_string(&label, 2, labels[i + 1]);
        put_message(&series, 1, &label);
    }
    put_real(&sample, 1, value);
    put_integer(&sample, 2, (uint64_t)t_ms);
    put_message(&series, 2, &sample);
    put_message(w, 1, &series);
}

#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Reads it as one batch. Returns what the intake fed. */
static const char *read_as(int version, const struct wire_writer *w, int expected)
{
    intake_begin(in, NOW_NS);
    const int r = version == 1 ? write_request_read_1(reader, in, w->bytes, w->n, &sum)
                               : write_request_read_2(reader, in, w->bytes, w->n, &sum);
    assert_int_equal(r, expected);
    assert_true((sum.wrong != NULL) == (r != 0));
    if (r == 0)
        assert_int_equal(intake_end(in, INTAKE_PART), 0);
    else
        intake_cancel(in);
    return intake_capture_said(&capture);
}

static uint64_t dropped(enum intake_drop reason)
{
    return intake_count(in)->dropped[reason];
}

static void test_1_series(void **state)
{
    WIRE_WRITER(w, 8192);

    (void)state;
    put_series(&w, LABELS("__name__", "queue_depth", "host", "a", "service", "web"), NOW_MS, 5);
    put_series(&w, LABELS("__name__", "queue_depth", "host", "b", "service", "web"), NOW_MS, 7);
    const char *first = read_as(1, &w, 0);
    assert_non_null(strstr(first, "1000 a series:"));
    assert_non_null(strstr(first, "1000 b series:"));
    assert_non_null(strstr(first, "queue_depth"));
    assert_non_null(strstr(first, " 7\n"));
    assert_int_equal(sum.series, 2);
    assert_int_equal(sum.samples, 2);
    assert_int_equal(intake_count(in)->samples, 2);
    /* Sent again after an answer was lost: nothing is said twice. */
    assert_string_equal(read_as(1, &w, 0), "");
    assert_int_equal(dropped(INTAKE_DROP_DUPLICATE), 2);
    assert_int_equal(intake_count(in)->series, 2);
}

/* Labels need no order: vmagent does not sort them. The same ones are the same series. */
static void test_1_order_of_labels(void **state)
{
    WIRE_WRITER(w, 8192);

    (void)state;
    put_series(&w, LABELS("__name__", "x", "host", "a", "zone", "1"), NOW_MS, 5);
    put_series(&w, LABELS("zone", "1", "host", "a", "__name__", "x"), NOW_MS + 1000, 6);
    const char *said = read_as(1, &w, 0);
    assert_int_equal(intake_count(in)->samples, 2);
    assert_non_null(strstr(said, " 6\n"));
    assert_int_equal(catalog_series_count(capture.catalog), 1);
}

static void test_1_rules_broken(void **state)
{
    char long_value[INTAKE_VALUE_MAX + 1];
    WIRE_WRITER(w, 65536);
    const char *many[2 * 70 + 3];
    char names[70][8];

    (void)state;
    memset(long_value, 'x', sizeof(long_value));
    long_value[sizeof(long_value) - 1] = '\0';
    put_series(&w, LABELS("host", "a"), NOW_MS, 1);                               /* no name */
    put_series(&w, LABELS("__name__", "", "host", "a"), NOW_MS, 1);               /* an empty one */
    put_series(&w, LABELS("__name__", "x", "__name__", "y"), NOW_MS, 1);          /* two */
    put_series(&w, LABELS("__name__", "x", "", "y"), NOW_MS, 1);                  /* a label without name */
    put_series(&w, LABELS("__name__", "x", "host", "a", "host", "b"), NOW_MS, 1); /* twice the same */
    for (int i = 0; i < 70; i++) {
        snprintf(names[i], sizeof(names[i]), "l%d", i);
        many[2 * i + 2] = names[i];
        many[2 * i + 3] = "v";
    }
    many[0] = "__name__", many[1] = "many", many[142] = NULL;
    put_series(&w, many, NOW_MS, 1);
    put_series(&w, LABELS("__name__", "fine", "host", "a"), NOW_MS, 1);
    (void)read_as(1, &w, 0);
    assert_int_equal(dropped(INTAKE_DROP_BAD_NAME), 4);
    assert_int_equal(dropped(INTAKE_DROP_DUPLICATE_LABEL), 1);
    assert_int_equal(dropped(INTAKE_DROP_TOO_MANY_LABELS), 1);
    assert_int_equal(intake_count(in)->samples, 1);
    assert_int_equal(sum.samples, 7);
}

/* A stale marker ends a series and is no value: row 52. */
static void test_1_values(void **state)
{
    static const uint64_t stale = INTAKE_STALE_BITS;
    double marker;
    WIRE_WRITER(w, 8192);

    (void)state;
    memcpy(&marker, &stale, sizeof(marker));
    put_series(&w, LABELS("__name__", "x", "host", "a"), NOW_MS, 1);
    put_series(&w, LABELS("__name__", "x", "host", "a"), NOW_MS + 1000, marker);
    put_series(&w, LABELS("__name__", "y", "host", "a"), INT64_MAX, 1);
    put_series(&w, LABELS("__name__", "y", "host", "a"), INT64_MIN, 1);
    put_series(&w, LABELS("__name__", "y", "host", "a"), NOW_MS + 3600000, 1);
    put_series(&w, LABELS("__name__", "y", "host", "a"), NOW_MS - 7200000, 1);
    const char *said = read_as(1, &w, 0);
    assert_null(strstr(said, "no data"));
    assert_int_equal(dropped(INTAKE_DROP_FUTURE), 2);
    assert_int_equal(dropped(INTAKE_DROP_OLD), 2);
}

/* What is not taken is counted: rows 51 and 54. */
static void test_1_other_fields(void **state)
{
    WIRE_WRITER(w, 4096);
    WIRE_WRITER(series, 1024);
    WIRE_WRITER(label, 64);

    (void)state;
    put_string(&label, 1, "__name__");
    put_string(&label, 2, "h");
    put_message(&series, 1, &label);
    put_string(&series, 3, "exemplar");
    put_string(&series, 4, "histogram");
    put_string(&series, 900, "from the future");
    put_message(&w, 1, &series);
    put_string(&w, 3, "metadata");
    put_string(&w, 17, "unknown");
    assert_string_equal(read_as(1, &w, 0), "");
    assert_int_equal(sum.exemplars, 1);
    assert_int_equal(sum.histograms, 1);
    assert_int_equal(sum.metadata, 1);
    assert_int_equal(dropped(INTAKE_DROP_UNSUPPORTED), 2);
    w.n = 0;
    assert_string_equal(read_as(1, &w, 0), ""); /* nothing at all is a message too */
}

/* Nothing of a message that is none is taken, also not what came before: row 49. */
static void test_1_malformed(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } tails[] = {
        {"\x0a", 1},                     /* cut short */
        {"\x0a\x05x", 3},                /* longer than what is there */
        {"\x08\x01", 2},                 /* a series that is a number */
        {"\x0a\x02\x0a\x09", 4},         /* a label longer than its series */
        {"\x0a\x04\x0a\x02\x08\x01", 6}, /* a label whose name is a number */
        {"\x0a\x02\x10\x01", 4},         /* a sample that is a number */
        {"\x0a\x04\x12\x02\x08\x01", 6}, /* a value that is a number */
        {"\x0a\x04\x12\x02\x11\x01", 6}, /* a time of eight bytes, cut */
        {"\x0b\x0c", 2},                 /* groups */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        WIRE_WRITER(w, 4096);
        put_series(&w, LABELS("__name__", "x", "host", "a"), NOW_MS + (int64_t)i, 1);
        put_raw(&w, tails[i].bytes, tails[i].n);
        assert_null(
            strstr(read_as(1, &w, -EINVAL), " 1\n")); /* no sample; that its series goes may be said */
    }
    assert_int_equal(intake_count(in)->samples, 0);
}

/* ---- 2.0 ---- */

static void put_symbols(struct wire_writer *w, const char *const *symbols)
{
    for (size_t i = 0; symbols[i]; i++)
        put_string(w, 4, symbols[i]);
}

/* A series of 2.0: n references, a type of metadata (0: none), one sample. */
static void put_series_2(
    struct wire_writer *w, const uint32_t *refs, size_t n, unsigned type, int64_t t_ms, double value)
{
    WIRE_WRITER(series, 1024);
    WIRE_WRITER(packed, 256);
    WIRE_WRITER(sample, 64);
    WIRE_WRITER(metadata, 16);

    for (size_t i = 0; i < n; i++)
        put_varint(&packed, refs[i]);
    put_message(&series, 1, &packed);
    put_real(&sample, 1, value);
    put_integer(&sample, 2, (uint64_t)t_ms);
    put_integer(&sample, 3, (uint64_t)t_ms - 5000);
    put_message(&series, 2, &sample);
    put_integer(&metadata, 1, type);
    if (type)
        put_message(&series, 5, &metadata);
    put_message(w, 5, &series);
}

static void test_2_series(void **state)
{
    WIRE_WRITER(w, 8192);

    (void)state;
    put_symbols(&w, LABELS("", "__name__", "jobs_done", "host", "a"));
    put_series_2(&w, (uint32_t[]){1, 2, 3, 4}, 4, 1, NOW_MS, 10);
    (void)read_as(2, &w, 0);
    w.n = 0; /* other numbers, the same texts; a counter that no law knows is its rate */
    put_symbols(&w, LABELS("", "a", "host", "jobs_done", "__name__"));
    put_series_2(&w, (uint32_t[]){4, 3, 2, 1}, 4, 1, NOW_MS + 2000, 16);
    const char *said = read_as(2, &w, 0);
    assert_non_null(strstr(said, "1002 a series:rate(jobs_done)"));
    assert_non_null(strstr(said, " 3\n"));
    assert_int_equal(catalog_series_count(capture.catalog), 1);
}

/* Row 55, and other things that are no table. */
static void test_2_malformed(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        WIRE_WRITER(w, 4096);
        put_symbols(&w, i == 1 ? LABELS("x", "__name__", "y") : LABELS("", "__name__", "y"));
        if (i == 2)
            put_integer(&w, 4, 7);
        put_series_2(&w, i == 0 ? (uint32_t[]){1, 3} : (uint32_t[]){1, 2}, i == 3 ? 1 : 2, 0, NOW_MS, 1);
        assert_string_equal(read_as(2, &w, -EINVAL), "");
    }
    WIRE_WRITER(w, 4096);
    put_symbols(&w, LABELS("", "__name__", "y"));
    put_series_2(&w, NULL, 0, 0, NOW_MS, 1);
    assert_string_equal(read_as(2, &w, 0), "");
    assert_int_equal(dropped(INTAKE_DROP_BAD_NAME), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_1_series),
        TEST(test_1_order_of_labels),
        TEST(test_1_rules_broken),
        TEST(test_1_values),
        TEST(test_1_other_fields),
        TEST(test_1_malformed),
        TEST(test_2_series),
        TEST(test_2_malformed),
    };

    return cmocka_run_group_tests_name("write_request", tests, NULL, NULL);
}
