/* SPDX-License-Identifier: MIT
 * Lists of outages as people write them, well and badly: what is kept, what is said, and where. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/outages/outage_csv.h"

#define S INT64_C(1000000000)

static struct outage *outages;
static size_t count;
static char said[4096];

static int setup(void **state)
{
    (void)state;
    said[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(outages);
    outages = NULL;
    return 0;
}

static void listen(void *context, const struct error *e)
{
    size_t n = strlen(said);
    (void)context;
    (void)snprintf(said + n, sizeof(said) - n, "%u:%u %s\n", e->line, e->column, e->text);
}

static int parse(const char *text, struct error *e)
{
    return outage_csv_parse(
        text, strlen(text), "outages.csv", &(struct outage_csv_listener){NULL, listen}, &outages, &count, e);
}

static void reads_what_people_write(void **state)
{
    struct error e;
    (void)state;
    assert_int_equal(parse("\xef\xbb\xbfstart,end,host,label\r\n"
                           "2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,db-1,\"disk full, again\"\r\n"
                           "\r\n"
                           "1767225600.5,1767225601,*,",
                         &e),
        0);
    assert_int_equal(count, 2);
    assert_int_equal(outages[0].start_ns, 1767225600 * S);
    assert_int_equal(outages[0].end_ns, 1767229200 * S);
    assert_string_equal(outages[0].host, "db-1");
    assert_string_equal(outages[0].label, "disk full, again");
    assert_int_equal(outages[0].line, 2);
    assert_true(outages[0].onset_ns == INT64_MIN);
    assert_int_equal(outages[1].start_ns, 1767225600 * S + S / 2);
    assert_string_equal(outages[1].host, "");
    assert_int_equal(outages[1].line, 4);
    assert_string_equal(said, "");
}

static void takes_columns_in_any_order(void **state)
{
    struct error e;
    (void)state;
    assert_int_equal(parse("severity,onset,end,start\nhigh,,30,20\nlow,5,60,50\n", &e), 0);
    assert_int_equal(count, 2);
    assert_int_equal(outages[0].start_ns, 20 * S);
    assert_true(outages[0].onset_ns == INT64_MIN);
    assert_int_equal(outages[1].onset_ns, 5 * S);
    assert_string_equal(said, "1:1 column 'severity' means nothing here and is passed over; known are start, "
                              "end, onset, host and label\n");
}

static void leaves_bad_rows_out_and_says_where(void **state)
{
    struct error e;
    (void)state;
    assert_int_equal(parse("start,end,host,label,onset\n"
                           "100,50,a,,\n"                  /* 2: ends before it starts */
                           ",50,a,,\n"                     /* 3: no start */
                           "2026-01-01 10:00:00,200,a,,\n" /* 4: whose midnight? */
                           "100,soon,a,,\n"                /* 5 */
                           "100,200,a,,150\n"              /* 6: began after it started */
                           "100,200,a\n"                   /* 7: cut */
                           "100,200,a,\"cut,\n"            /* 8: never closed */
                           "100,200,a\xff,,\n"             /* 9: no name */
                           "1767225600000,200,a,,\n"       /* 10: milliseconds */
                           "100,200,a,good,\n",            /* 11 */
                         &e),
        0);
    assert_int_equal(count, 1);
    assert_string_equal(outages[0].label, "good");
    assert_int_equal(outages[0].line, 11);
    assert_string_equal(said,
        "2:5 the end is before the start; this outage is left out\n"
        "3:1 start is empty; this outage is left out\n"
        "4:1 start has no time zone, or is not in seconds; write 1767225600 or 2026-01-01T00:00:00Z; this "
        "outage is left out\n"
        "5:5 end is not a time; write 1767225600 or 2026-01-01T00:00:00Z; this outage is left out\n"
        "6:12 the onset is after the start: an outage starts when people notice it; this outage is left out\n"
        "7:1 3 fields where the header names 5; this outage is left out\n"
        "8:11 quote is never closed; this line is left out\n"
        "9:9 host: name is not UTF-8; this outage is left out\n"
        "10:1 start has no time zone, or is not in seconds; write 1767225600 or 2026-01-01T00:00:00Z; this "
        "outage is left out\n");
}

static void says_what_overlaps_and_drops_what_repeats(void **state)
{
    struct error e;
    (void)state;
    assert_int_equal(parse("start,end,host\n100,200,a\n150,250,a\n100,200,b\n100,200,a\n", &e), 0);
    assert_int_equal(count, 3);
    assert_string_equal(said, "3:1 overlaps the outage in line 2; each is judged for itself\n"
                              "5:1 the same outage as in line 2; it is counted once\n");
}

static void refuses_what_is_no_list(void **state)
{
    struct error e;
    (void)state;
    assert_int_equal(parse("", &e), -EBADMSG);
    assert_int_equal(parse("begin,end\n1,2\n", &e), -EBADMSG);
    assert_string_equal(
        e.text, "the first line must name the columns, start and end among them: start,end,host,label");
    assert_int_equal(parse("start,end,start\n1,2,3\n", &e), -EBADMSG);
    assert_int_equal(e.column, 11);
    assert_int_equal(parse("start,\"end\n", &e), -EBADMSG);
    size_t n = OUTAGE_CSV_BYTES_MAX + 1;
    char *large = calloc(1, n);
    assert_non_null(large);
    assert_int_equal(
        outage_csv_parse(large, n, "x", &(struct outage_csv_listener){NULL, listen}, &outages, &count, &e),
        -EFBIG);
    free(large);
}

/* A label is cut between characters: 127 of two bytes fit into 255. */
static void cuts_a_long_label_between_characters(void **state)
{
    char text[2048] = "start,end,label\n1,2,x";
    struct error e;
    (void)state;
    for (int i = 0; i < 200; i++)
        strcat(text, "\xc3\xa4");
    assert_int_equal(parse(text, &e), 0);
    assert_int_equal(strlen(outages[0].label), 255);
    assert_int_equal((unsigned char)outages[0].label[254], 0xa4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_what_people_write),
        TEST(takes_columns_in_any_order),
        TEST(leaves_bad_rows_out_and_says_where),
        TEST(says_what_overlaps_and_drops_what_repeats),
        TEST(refuses_what_is_no_list),
        TEST(cuts_a_long_label_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
