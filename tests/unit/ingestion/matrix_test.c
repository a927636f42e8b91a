/* SPDX-License-Identifier: MIT
 * The decoder of range queries: whole, byte by byte, and wrong. The answers are Prometheus 2.42's, shortened;
 * times and values were worked out by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ingestion/prometheus/matrix.h"

/* Everything that was said, one line each. */
struct heard {
    char buffer[8192];
    struct text text;
    int left; /* so many calls are answered with "more" */
};

static bool on_series(
    void *context, const char *key, size_t key_n, const struct intake_label *labels, size_t count)
{
    struct heard *h = context;

    assert_true(key_n > 0 || count == 0);
    (void)key;
    text_add(&h->text, "series");
    for (size_t i = 0; i < count; i++)
        text_addf(&h->text, " %.*s=%.*s", (int)labels[i].name_n, labels[i].name, (int)labels[i].value_n,
            labels[i].value);
    text_add(&h->text, "\n");
    return h->left-- > 0;
}

static bool on_point(void *context, int64_t t_ns, double value)
{
    struct heard *h = context;

    text_add_time(&h->text, t_ns);
    text_add_char(&h->text, ' ');
    if (isinf(value))
        text_add(&h->text, value > 0 ? "inf" : "-inf");
    else
        text_add_number(&h->text, value);
    text_add_char(&h->text, '\n');
    return h->left-- > 0;
}

static struct heard heard;

/* Takes the text in pieces of so many bytes. */
static int decode(const char *text, size_t piece, struct error *e)
{
    const struct matrix_listener listener = {.context = &heard, .series = on_series, .point = on_point};
    struct matrix *m = matrix_new(&listener);
    const size_t n = strlen(text);

    text_init(&heard.text, heard.buffer, sizeof(heard.buffer));
    heard.left = 1000;
    for (size_t at = 0; at < n; at += piece)
        if (matrix_take(m, text + at, n - at < piece ? n - at : piece) != 0)
            break;
    const int r = matrix_end(m, e);
    matrix_free(m);
    return r;
}

static const char two_series[] =
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
    "{\"metric\":{\"__name__\":\"up\",\"job\":\"a\\u00e9\\ud83d\\ude00\\n\\\"\"},"
    "\"values\":[[1435781430.781,\"1\"],[1435781445,\"NaN\"],[1435781460.5,\"-1.5e+3\"]]},"
    "{\"metric\":{},\"values\":[[1435781430,\"+Inf\"],[1435781431,\"-Inf\"],[1435781432,\"0\"]]}]}}\n";
static const char two_series_heard[] = "series __name__=up job=a\xc3\xa9\xf0\x9f\x98\x80\n\"\n1435781430.781 "
                                       "1\n1435781445 null\n1435781460.5 -1500\n"
                                       "series\n1435781430 inf\n1435781431 -inf\n1435781432 0\n";

static void an_answer_is_read_in_any_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof(two_series); piece++) {
        assert_int_equal(decode(two_series, piece, NULL), 0);
        assert_string_equal(heard.buffer, two_series_heard);
    }
}

static void what_is_not_known_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(
        decode("{ \"isPartial\" : false, \"warnings\":[\"a\",{\"b\":[1,2,{}]}], \"data\":{\"result\":["
               "{\"extra\":[[1,\"2\"]],\"metric\":{\"a\":\"b\"},\"histograms\":[[1,{\"count\":\"3\"}]],"
               "\"values\":[]}],"
               "\"resultType\":\"matrix\",\"stats\":{\"x\":null}},\"status\":\"success\"}",
            7, NULL),
        0);
    assert_string_equal(heard.buffer, "series a=b\n");
}

static void the_server_says_why(void **state)
{
    struct error e;

    (void)state;
    assert_int_equal(
        decode("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:5: parse error\\u001b[1m\"}",
            3, &e),
        -EREMOTEIO);
    assert_string_equal(e.text, "1:5: parse error\\x1b[1m");
}

static void what_is_no_answer_is_refused(void **state)
{
    static const char *const rows[] = {"", "{", "[]", "null", "{}", "hello", "<html>",
        "{\"status\":\"success\"}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"values\":[[1,\"2\"]]}]}}", /* points before a series
                                                                                      */
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{\"a\":1}}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{\"a\":{}}}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{},\"values\":[[1]]}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{},\"values\":[[1,2]]}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{},\"values\":[[\"1\",\"2\"]]}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{},\"values\":[[1,\"2\",3]]}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{},\"values\":[[1e400,\"2\"]]}]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[[]]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[1]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[]}}x",
        "{\"status\":\"success\",\"data\":{\"result\":[]}},",
        "{\"status\":\"success\",,\"data\":{\"result\":[]}}",
        "{\"status\" \"success\",\"data\":{\"result\":[]}}",
        "{\"status\":\"success\",\"data\":{\"result\":[}}",
        "{\"status\":\"success\",\"data\":{\"result\":[],}}",
        "{\"status\":\"suc\ncess\",\"data\":{\"result\":[]}}",
        "{\"status\":\"\\x\",\"data\":{\"result\":[]}}", "{\"status\":\"\\u12g4\",\"data\":{\"result\":[]}}",
        "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[]]]]", "{\"status\":\"success\",\"data\":{\"result\":[]}"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error e;
        if (decode(rows[i], 5, &e) != -EBADMSG)
            fail_msg("'%s' was taken", rows[i]);
        assert_true(e.text[0] != '\0');
    }
}

static void who_wants_no_more_gets_no_more(void **state)
{
    const struct matrix_listener listener = {.context = &heard, .series = on_series, .point = on_point};
    struct matrix *m = matrix_new(&listener);

    (void)state;
    text_init(&heard.text, heard.buffer, sizeof(heard.buffer));
    heard.left = 1;
    assert_int_equal(matrix_take(m, two_series, sizeof(two_series) - 1), -ECANCELED);
    assert_int_equal(matrix_take(m, "x", 1), -ECANCELED);
    matrix_reset(m);
    heard.left = 1000;
    assert_int_equal(matrix_take(m, two_series, sizeof(two_series) - 1), 0);
    assert_int_equal(matrix_end(m, NULL), 0);
    matrix_free(m);
}

static void half_a_pair_of_surrogates_is_a_mark(void **state)
{
    (void)state;
    assert_int_equal(decode("{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{\"a\":"
                            "\"\\ud83dx\\ude00\\ud83d\"},\"values\":[]}]}}",
                         1, NULL),
        0);
    assert_string_equal(heard.buffer, "series a=\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd\n");
}

static void labels_are_bounded(void **state)
{
    static char text[200000];
    struct error e;
    struct text t;

    (void)state;
    text_init(&t, text, sizeof(text));
    text_add(&t, "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{");
    for (int i = 0; i < 65; i++)
        text_addf(&t, "%s\"l%d\":\"v\"", i ? "," : "", i);
    text_add(&t, "}}]}}");
    assert_int_equal(decode(text, 1000, &e), -EBADMSG);
    text_clear(&t);
    text_add(&t, "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{\"a\":\"");
    for (int i = 0; i < 8192; i++)
        text_add_char(&t, 'x');
    text_add(&t, "\"}}]}}");
    assert_int_equal(decode(text, 1000, &e), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_read_in_any_pieces),
        cmocka_unit_test(what_is_not_known_is_passed_over),
        cmocka_unit_test(the_server_says_why),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(who_wants_no_more_gets_no_more),
        cmocka_unit_test(half_a_pair_of_surrogates_is_a_mark),
        cmocka_unit_test(labels_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
