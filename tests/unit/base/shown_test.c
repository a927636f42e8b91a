/* SPDX-License-Identifier: MIT
 * What a message repeats of a value that somebody wrote: mistakes can be found, secrets are not told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/shown.h"
#include "net/http_options.h"

/* What a test is about: the rule by word, written down in the header. */
static const struct {
    const char *value, *shown;
} values[] = {
    {"", "''"},
    {"maybe", "'maybe'"},
    {"ten percent of it", "'ten percent of it'"},
    {"localhost:9911", "'localhost:9911'"},
    {"0123456789abcde", "'0123456789abcde'"},
    {"0123456789abcdef", "'0123...'"},
    {"the key is 0123456789abcdef", "'the key is 0123...'"},
    {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", "'\xc3\xa4\xc3\xa4...'"},
    {"abc\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", "'abc...'"},
    {"http://127.0.0.1:9090/", "'http://127.0.0.1:9090/'"},
    {"https://example.org", "'https://example.org'"},
    {"https://example.org/hook/T01/B02", "'https://example.org/...'"},
    {"https://example.org?key=1", "'https://example.org/...'"},
    {"http://u:pw@example.org:3128/x", "'http://***@example.org:3128/...'"},
    {"http://u:p/w?#@w@example.org", "'http://***@example.org'"},
    {"https://user:hunter2/x", "'https://user:***/...'"},
    {"https://h:1234567/", "'https://h:***/'"},
    {"http://[2001:db8::1]:9911/", "'http://[2001:db8::1]:9911/'"},
    {"http://[2001:db8::1]:pw/", "'http://[2001:db8::1]:***/'"},
    {"https://0123456789abcdefghij.example.org/", "'https://0123....example.org/'"},
    {"HTTP://u:pw@h", "'HTTP://***@h'"},
    {"u:pw@example.org", "'***'"},
    {"ftp1://u:pw@h", "'***'"},
    {"see http://u:pw@h or a@b", "'see http://***@h or ***'"},
    {"@", "'***'"},
    {"://@", "'***'"},
};

static const struct {
    const char *name, *shown;
} names[] = {
    {"sources.prometheus.scrape[0].memory_per_series", "'sources.prometheus.scrape[0].memory_per_series'"},
    {"/run/secrets/kubernetes.io/token", "'/run/secrets/kubernetes.io/token'"},
    {"0123456789abcdefghi", "'0123456789abcdefghi'"},
    {"0123456789abcdefghij", "'0123...'"},
    {"http.0123456789abcdefghij", "'http.0123...'"},
    {"/0123456789abcdefghij/x", "'/0123.../x'"},
    {"http://u:pw@h/", "'http://***/'"},
};

static void a_value_is_shown_as_far_as_it_is_no_secret(void **state)
{
    (void)state;
    struct shown s;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_string_equal(shown_value(&s, values[i].value, strlen(values[i].value)), values[i].shown);
}

static void a_name_is_shown_part_by_part(void **state)
{
    (void)state;
    struct shown s;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_string_equal(shown_name(&s, names[i].name, strlen(names[i].name)), names[i].shown);
}

/* Every token that the HTTP service takes is too long to be shown. */
static void the_shortest_token_is_not_shown(void **state)
{
    (void)state;
    assert_true(SHOWN_SECRET_MIN <= HTTP_TOKEN_MIN);
}

static void what_is_long_is_cut(void **state)
{
    (void)state;
    struct shown s;
    char value[1001];

    for (size_t i = 0; i < sizeof(value) - 1; i++)
        value[i] = i % 8 == 7 ? ' ' : 'w';
    assert_string_equal(shown_value(&s, value, sizeof(value) - 1),
        "'wwwwwww wwwwwww wwwwwww wwwwwww wwwwwww wwwwwww wwwwwww...'");
    /* A host of any length, and a NUL: nothing of it is written beyond the room. */
    memset(value, 'h', sizeof(value) - 1);
    memcpy(value, "http://", 7);
    assert_true(strlen(shown_value(&s, value, sizeof(value) - 1)) < SHOWN_TEXT_MAX);
    value[300] = '\0';
    assert_true(strlen(shown_value(&s, value, sizeof(value) - 1)) < SHOWN_TEXT_MAX);
}

static void it_is_appended_to_a_text(void **state)
{
    (void)state;
    char buffer[64];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, "key: ");
    shown_add(&t, "0123456789abcdef", 16);
    assert_string_equal(buffer, "key: '0123...'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_shown_as_far_as_it_is_no_secret),
        cmocka_unit_test(a_name_is_shown_part_by_part),
        cmocka_unit_test(the_shortest_token_is_not_shown),
        cmocka_unit_test(what_is_long_is_cut),
        cmocka_unit_test(it_is_appended_to_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
