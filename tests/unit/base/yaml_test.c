/* SPDX-License-Identifier: MIT
 * The strict YAML subset: paths, values and places of what is taken; what is refused, where, and that reading
 * goes on after it. Places were counted by hand in the texts below. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"

#define PROBLEMS_KEPT 80

/* The problems of one reading. */
struct heard {
    struct error items[PROBLEMS_KEPT];
    size_t count;
};

static void hear(void *context, const struct error *e)
{
    struct heard *h = context;

    if (h->count < PROBLEMS_KEPT)
        h->items[h->count] = *e;
    h->count++;
}

static struct yaml_text *read_good(const char *text)
{
    struct heard h = {.count = 0};
    struct yaml_text *t = NULL;
    const int result = yaml_read(text, strlen(text), "t.yaml", hear, &h, &t);

    if (h.count)
        print_message("%u:%u %s\n", h.items[0].line, h.items[0].column, h.items[0].text);
    assert_int_equal(result, 0);
    assert_non_null(t);
    return t;
}

static void assert_entry(
    const struct yaml_text *t, const char *path, const char *value, uint32_t line, uint32_t column)
{
    const struct yaml_entry *entry = yaml_find(t, path);

    assert_non_null(entry);
    assert_string_equal(entry->path, path);
    assert_string_equal(entry->value, value);
    assert_int_equal(entry->value_n, strlen(value));
    assert_int_equal(entry->line, line);
    assert_int_equal(entry->column, column);
}

static void paths_values_and_places(void **state)
{
    (void)state;
    struct yaml_text *t = read_good("a: 1\n"
                                    "b:\n"
                                    "  c: two words\n"
                                    "  d: [x, {e: 'y', f: \"z\\n\"}]   # comment\n"
                                    "list:\n"
                                    "- {at: 1s}\n"
                                    "- at: 2s\n"
                                    "  to: |\n"
                                    "    two\n"
                                    "    lines\n");

    assert_string_equal(yaml_name(t), "t.yaml");
    assert_int_equal(yaml_count(t), 8);
    assert_entry(t, "a", "1", 1, 4);
    assert_entry(t, "b.c", "two words", 3, 6);
    assert_entry(t, "b.d[0]", "x", 4, 7);
    assert_entry(t, "b.d[1].e", "y", 4, 14);
    assert_entry(t, "b.d[1].f", "z\n", 4, 22);
    assert_entry(t, "list[0].at", "1s", 6, 8);
    assert_entry(t, "list[1].at", "2s", 7, 7);
    assert_entry(t, "list[1].to", "two\nlines\n", 8, 7);
    /* In the order of the text. */
    assert_string_equal(yaml_at(t, 0)->path, "a");
    assert_string_equal(yaml_at(t, 7)->path, "list[1].to");
    assert_null(yaml_at(t, 8));
    assert_int_equal(yaml_list_count(t, "list"), 2);
    assert_int_equal(yaml_list_count(t, "b.d"), 2);
    assert_int_equal(yaml_list_count(t, "a"), 0);
    assert_null(yaml_find(t, "b"));
    assert_null(yaml_find(t, "b.x"));
    assert_string_equal(yaml_entry_key(yaml_find(t, "list[1].at")), "at");
    assert_string_equal(yaml_entry_key(yaml_find(t, "a")), "a");
    assert_false(yaml_find(t, "b.c")->quoted);
    assert_true(yaml_find(t, "b.d[1].e")->quoted);
    assert_true(yaml_find(t, "list[1].to")->quoted);
    assert_int_equal(yaml_find(t, "b.d[1].e")->key_column, 11);
    yaml_close(t);
}

static void keys_have_places(void **state)
{
    (void)state;
    struct yaml_text *t = read_good("a:\n  bb:\n    c: [1, 2]\n");
    uint32_t line = 0, column = 0;

    assert_int_equal(yaml_key_place(t, "a.bb", &line, &column), 0);
    assert_int_equal(line, 2);
    assert_int_equal(column, 3);
    assert_int_equal(yaml_key_place(t, "a.bb.c[1]", &line, &column), 0);
    assert_int_equal(line, 3);
    assert_int_equal(column, 12);
    assert_int_equal(yaml_key_place(t, "a.x", &line, &column), -ENOENT);
    assert_int_equal(column, 12);
    yaml_close(t);
}

static void columns_count_bytes(void **state)
{
    (void)state;
    /* u-umlaut is two bytes, the euro sign three, the clef four: the value of b begins at byte 24. */
    struct yaml_text *t = read_good("# \xc3\xbc\n{a: \"\xc3\xbc\xe2\x82\xac\xf0\x9d\x84\x9e\", b:   7}\n");

    assert_entry(t, "a", "\xc3\xbc\xe2\x82\xac\xf0\x9d\x84\x9e", 2, 5);
    assert_entry(t, "b", "7", 2, 23);
    yaml_close(t);
}

static void what_is_empty_says_so(void **state)
{
    (void)state;
    struct yaml_text *t = read_good("a:\nb: {}\nc: []\nd: ''\ne: [[], {}]\n");

    assert_int_equal(yaml_find(t, "a")->kind, YAML_NOTHING);
    assert_int_equal(yaml_find(t, "b")->kind, YAML_EMPTY_MAP);
    assert_int_equal(yaml_find(t, "b")->column, 4);
    assert_int_equal(yaml_find(t, "c")->kind, YAML_EMPTY_LIST);
    assert_int_equal(yaml_find(t, "d")->kind, YAML_TEXT);
    assert_true(yaml_find(t, "d")->quoted);
    assert_int_equal(yaml_find(t, "e[0]")->kind, YAML_EMPTY_LIST);
    assert_int_equal(yaml_find(t, "e[1]")->kind, YAML_EMPTY_MAP);
    yaml_close(t);
}

static void texts_without_entries(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "\n\n", "# only this\n", "---\n", "---\n...\n", "{}\n", "  \n# x\n"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct yaml_text *t = read_good(texts[i]);
        assert_int_equal(yaml_count(t), 0);
        yaml_close(t);
    }
}

static void values_stay_text(void **state)
{
    (void)state;
    static const char *const values[] = {
        "no", "on", "1:30", "0o7", "010", "1e3", ".inf", "~", "null", "2026-01-01", "0x10", "1_000"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "k: %s\n", values[i]);
        struct yaml_text *t = read_good(text);
        assert_entry(t, "k", values[i], 1, 4);
        yaml_close(t);
    }
}

/* What is refused: the first problem's place and a word of its text. */
static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n; /* 0: strlen */
        uint32_t line, column;
        const char *says;
    } cases[] = {
        {"a: &x 1\n", 0, 1, 4, "anchor '&x'"},
        {"a: 1\nb: *x\n", 0, 2, 4, "alias '*x'"},
        {"a: !!int 1\n", 0, 1, 4, "tag '!!int'"},
        {"a: !own {b: 1}\n", 0, 1, 4, "tag '!own'"},
        {"%YAML 1.1\n---\na: 1\n", 0, 1, 1, "directive"},
        {"a:\n  <<: {b: 1}\n", 0, 2, 3, "merge keys"},
        {"a:\t1\n", 0, 1, 3, "a tab"},
        {"a:\n\tb: 1\n", 0, 2, 1, "tab indents"},
        {"a: 1\nb: 2\na: 3\n", 0, 3, 1, "'a' is set twice, first at 1:1"},
        {"x: {a: {b: 1}, c: 2, a: {d: 3}}\n", 0, 1, 22, "'x.a' is set twice, first at 1:5"},
        {"a: 1\n---\nb: 2\n", 0, 2, 1, "second document"},
        {"a: x\0y\n", 7, 1, 5, "NUL"},
        {"a: \"x\\0y\"\n", 0, 1, 4, "escaped NUL"},
        {"a: \x01\n", 0, 1, 4, "U+0001"},
        {"a: \xc2\x9b\n", 0, 1, 4, "U+009B"},
        {"a: \xff\n", 0, 1, 4, "0xFF is not UTF-8"},
        {"a: \xc0\xaf\n", 0, 1, 4, "0xC0 is not UTF-8"},
        {"a: \xed\xa0\x80\n", 0, 1, 4, "0xED is not UTF-8"},
        {"a: \xf4\x90\x80\x80\n", 0, 1, 4, "0xF4 is not UTF-8"},
        {"a: \xe2\x82", 0, 1, 4, "0xE2 is not UTF-8"},
        {"a: 1\rb: 2\n", 0, 1, 5, "carriage return"},
        {"a: 1\xe2\x80\xa8\n", 0, 1, 5, "U+2028"},
        {"\xef\xbb\xbf"
         "a: 1\n",
            0, 1, 1, "byte order mark"},
        {"a: \xef\xbb\xbf\n", 0, 1, 4, "U+FEFF"},
        {"\xff\xfe"
         "a\0",
            4, 1, 1, "UTF-16"},
        {"a\0:\0", 4, 1, 1, "UTF-16"},
        {"a: [1, 2\n", 0, 2, 1, "close the list"},
        {"a: 'x\n", 0, 1, 4, "quote that begins here"},
        {"a: b: c\n", 0, 1, 5, "second ': '"},
        {"a.b: 1\n", 0, 1, 1, "has dots"},
        {"? [a]\n: 1\n", 0, 1, 3, "list as a key"},
        {"\"a b\": 1\n", 0, 1, 1, "plain word"},
        {"\"\": 1\n", 0, 1, 1, "key is missing"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct heard h = {.count = 0};
        struct yaml_text *t = NULL;
        const size_t n = cases[i].n ? cases[i].n : strlen(cases[i].text);
        print_message("# %s\n", cases[i].says);
        assert_int_equal(yaml_read(cases[i].text, n, "t.yaml", hear, &h, &t), -EBADMSG);
        assert_true(h.count >= 1);
        assert_non_null(strstr(h.items[0].text, cases[i].says));
        assert_int_equal(h.items[0].line, cases[i].line);
        assert_int_equal(h.items[0].column, cases[i].column);
        assert_string_equal(h.items[0].file, "t.yaml");
        assert_int_equal(h.items[0].code, -EBADMSG);
        assert_non_null(t);
        yaml_close(t);
    }
}

static void goes_on_after_a_problem(void **state)
{
    (void)state;
    static const char text[] = "a: &x 1\na: 2\nb: \"\\0\"\nc: 3\n? {x: [y]}\n: {z: 1}\nd: 4\n";
    struct heard h = {.count = 0};
    struct yaml_text *t = NULL;

    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, 4);
    assert_entry(t, "a", "1", 1, 4);
    assert_entry(t, "c", "3", 4, 4);
    assert_entry(t, "d", "4", 7, 4);
    assert_null(yaml_find(t, "b"));
    assert_int_equal(yaml_count(t), 3);
    yaml_close(t);
}

static void tabs_in_comment_lines_are_no_harm(void **state)
{
    (void)state;
    struct yaml_text *t = read_good("#\ta\n  #\tb\na: 1\r\n");

    assert_entry(t, "a", "1", 3, 4);
    yaml_close(t);
}

static void half_a_value_is_dropped(void **state)
{
    (void)state;
    static const char text[] = "a: 1\nb: {c: 5\nd: 6\n";
    struct yaml_text *t = NULL;

    assert_int_equal(yaml_read(text, strlen(text), "t", NULL, NULL, &t), -EBADMSG);
    assert_int_equal(yaml_count(t), 1);
    assert_null(yaml_find(t, "b.c"));
    yaml_close(t);
}

static char *repeated(const char *unit, size_t count, const char *end)
{
    char *text = malloc(strlen(unit) * count + strlen(end) + 1);
    char *at = text;

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, unit);
    strcpy(at, end);
    return text;
}

/* Reads text, which has exactly one problem that says so. */
static void assert_limit(char *text, const char *says, size_t entries)
{
    struct heard h = {.count = 0};
    struct yaml_text *t = NULL;

    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, 1);
    assert_non_null(strstr(h.items[0].text, says));
    assert_int_equal(yaml_count(t), entries);
    yaml_close(t);
    free(text);
}

static void limits(void **state)
{
    (void)state;
    assert_limit(repeated("[", 17, ""), "nested more than 16 deep", 0);
    assert_limit(repeated("[", 500000, ""), "nested more than 16 deep", 0);
    assert_limit(repeated("- 1\n", YAML_ENTRIES_MAX + 1, ""), "more than 4096 values", YAML_ENTRIES_MAX);
    assert_limit(repeated("- [[[1]]]\n", 3000, ""), "more than 8192 keys", 2047);
    assert_limit(repeated("k", YAML_KEY_MAX + 1, ": 1\n"), "a key of 65 bytes", 0);

    char *text = repeated("- 1\n", YAML_ENTRIES_MAX, "");
    struct yaml_text *t = read_good(text);
    assert_int_equal(yaml_count(t), YAML_ENTRIES_MAX);
    assert_int_equal(yaml_list_count(t, ""), YAML_ENTRIES_MAX);
    yaml_close(t);
    free(text);

    text = repeated("k", YAML_KEY_MAX, ": {k: 1}\n");
    t = read_good(text);
    assert_int_equal(yaml_count(t), 1);
    yaml_close(t);
    free(text);
}

/* What is passed over counts too: libyaml would take minutes for these. */
static void depth_inside_what_is_refused(void **state)
{
    (void)state;
    char *text = repeated("[?", 500000, "");
    struct heard h = {.count = 0};
    struct yaml_text *t = NULL;

    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, 2);
    assert_non_null(strstr(h.items[1].text, "nested more than 16 deep"));
    yaml_close(t);
    free(text);
    text = repeated("? [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]\n: 1\n", 1, ""); /* a mapping and 15 lists */
    h.count = 0;
    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, 1);
    yaml_close(t);
    free(text);
    text = repeated("? [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n: 1\n", 1, "");
    h.count = 0;
    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, 2);
    yaml_close(t);
    free(text);
    text = repeated("%TAG !a! b\n", 90000, "");
    h.count = 0;
    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, YAML_PROBLEMS_MAX + 1);
    yaml_close(t);
    free(text);
}

static void a_path_has_a_limit(void **state)
{
    (void)state;
    char text[4096], key[YAML_KEY_MAX + 1];
    struct heard h = {.count = 0};
    struct yaml_text *t = NULL;

    memset(key, 'k', YAML_KEY_MAX);
    key[YAML_KEY_MAX] = '\0';
    text[0] = '\0';
    for (int i = 0; i < 8; i++)
        strcat(strcat(text, key), ": {");
    strcat(text, "z: 1}}}}}}}}\n"); /* 8 * 64 bytes and dots: over 511 */
    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, 1);
    assert_non_null(strstr(h.items[0].text, "more than 511 bytes"));
    yaml_close(t);
}

static void problems_are_bounded(void **state)
{
    (void)state;
    char *text = repeated("- &a 1\n", 200, "");
    struct heard h = {.count = 0};
    struct yaml_text *t = NULL;

    assert_int_equal(yaml_read(text, strlen(text), "t", hear, &h, &t), -EBADMSG);
    assert_int_equal(h.count, YAML_PROBLEMS_MAX + 1);
    assert_non_null(strstr(h.items[YAML_PROBLEMS_MAX].text, "more than 64 problems"));
    yaml_close(t);
    free(text);
}

static void a_file_that_is_too_large(void **state)
{
    (void)state;
    char *text = repeated("#", YAML_FILE_MAX + 1, "");
    struct heard h = {.count = 0};
    struct yaml_text *t = (void *)text;

    assert_int_equal(yaml_read(text, YAML_FILE_MAX + 1, "t", hear, &h, &t), -E2BIG);
    assert_null(t);
    assert_int_equal(h.count, 1);
    assert_int_equal(yaml_read(text, YAML_FILE_MAX, "t", hear, &h, &t), 0);
    yaml_close(t);
    free(text);
}

static void an_error_at_an_entry(void **state)
{
    (void)state;
    struct yaml_text *t = read_good("a:\n  b: 7\n");
    struct error e;

    assert_int_equal(yaml_error(t, yaml_find(t, "a.b"), &e, -ERANGE, "%d is too much", 7), -ERANGE);
    assert_string_equal(e.file, "t.yaml");
    assert_int_equal(e.line, 2);
    assert_int_equal(e.column, 6);
    assert_string_equal(e.text, "7 is too much");
    yaml_close(t);
    yaml_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_values_and_places),
        cmocka_unit_test(keys_have_places),
        cmocka_unit_test(columns_count_bytes),
        cmocka_unit_test(what_is_empty_says_so),
        cmocka_unit_test(texts_without_entries),
        cmocka_unit_test(values_stay_text),
        cmocka_unit_test(refusals),
        cmocka_unit_test(goes_on_after_a_problem),
        cmocka_unit_test(tabs_in_comment_lines_are_no_harm),
        cmocka_unit_test(half_a_value_is_dropped),
        cmocka_unit_test(limits),
        cmocka_unit_test(depth_inside_what_is_refused),
        cmocka_unit_test(a_path_has_a_limit),
        cmocka_unit_test(problems_are_bounded),
        cmocka_unit_test(a_file_that_is_too_large),
        cmocka_unit_test(an_error_at_an_entry),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
