/* SPDX-License-Identifier: MIT
 * hsperfdata: files of real JVMs against what the JDK's own tools said of them, files of both byte orders
 * made by hand, and files that somebody means harm with. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/deep/hsperfdata.h"
#include "ingestion/deep/jvm_counters.h"

static uint8_t file[HSPERFDATA_BYTES_MAX + 8];
static size_t length;

static void read_golden(const char *name)
{
    char path[512];

    (void)snprintf(
        path, sizeof(path), "%s/tests/golden/hsperfdata/%s", getenv("COHERENCE_SOURCE_ROOT"), name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const ssize_t n = read(fd, file, sizeof(file));
    assert_int_equal(n, 32768);
    length = (size_t)n;
    (void)close(fd);
}

/* From jcmd PID PerfCounter.print of the same JVM (the uptime, which that tells of a moment later, from the
 * file by another reader); times in ns; the limit as -Xmx64m or what the two
 * generations have together. */
static const struct golden {
    const char *name;
    bool has_eden;
    double collections, ticks, used, live, limit, eden_used, eden_capacity, young, majors, uptime;
} goldens[] = {
    {"jdk17-serial", true, 17 + 1, 15768423 + 2434659, 5099248 + 7977304, 7977304, 22347776 + 44761088,
        5099248, 17891328, 17, 1, 3.973348951},
    {"jdk17-parallel", true, 20 + 1, 112840300 + 4823432, 5037928 + 7975088, 7975088, 22020096 + 45088768,
        5037928, 14680064, 20, 1, 3.972901751},
    {"jdk17-g1", true, 9 + 1 + 0, 61823003 + 4063756 + 0, 4194304 + 8614472, 8614472, 67108888, 4194304,
        19922952, 9, 1, 3.973392236},
    {"jdk17-z", false, 66, 566169, 10485760, (double)NAN, 67108864, (double)NAN, (double)NAN, (double)NAN,
        (double)NAN, 3.988366802},
};

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void test_real_files_say_what_the_jdk_tools_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
        const struct golden *g = &goldens[i];
        struct hsperfdata h;
        struct jvm_reading r;
        char name[64];

        read_golden(g->name);
        assert_int_equal(hsperfdata_parse(file, length, &h), 0);
        assert_int_equal(h.has_eden, g->has_eden);
        assert_true(same(h.tick_hz, 1e9));
        assert_string_equal(h.command, "Golden --password=secret");
        hsperfdata_name(&h, name, sizeof(name));
        assert_string_equal(name, "Golden");
        jvm_reading_of(&h, &r);
        assert_true(same(r.gc_count, g->collections));
        assert_true(same(r.gc_time_s, g->ticks / 1e9));
        assert_true(same(r.heap_used_bytes, g->used));
        assert_true(same(r.heap_live_bytes, g->live));
        assert_true(same(r.heap_limit_bytes, g->limit));
        assert_true(same(r.eden_used_bytes, g->eden_used));
        assert_true(same(r.eden_capacity_bytes, g->eden_capacity));
        assert_true(same(r.young_count, g->young));
        assert_true(same(r.major_count, g->majors));
        assert_true(same(r.uptime_s, g->uptime));
    }
}

/* ---- made by hand ---- */

static bool is_little;

static void put(size_t at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        file[at + (is_little ? i : bytes - 1 - i)] = (uint8_t)(value >> (8 * i));
}

static void begin(bool little)
{
    static const uint8_t magic[] = {0xca, 0xfe, 0xc0, 0xc0};

    is_little = little;
    memset(file, 0, sizeof(file));
    memcpy(file, magic, 4);
    file[4] = little ? 1 : 0;
    file[5] = 2; /* major */
    file[7] = 1; /* accessible */
    put(24, 32, 4);
    length = 32;
    put(8, length, 4);
}

/* Returns where the entry begins. */
static size_t add_entry(const char *name, char type, uint32_t vector_n, size_t data_n)
{
    const size_t at = length, name_n = strlen(name) + 1;
    const size_t data = (20 + name_n + 7) / 8 * 8, whole = (data + data_n + 7) / 8 * 8;

    put(at, whole, 4);
    put(at + 4, 20, 4);
    put(at + 8, vector_n, 4);
    file[at + 12] = (uint8_t)type;
    put(at + 16, data, 4);
    memcpy(file + at + 20, name, name_n);
    length += whole;
    put(8, length, 4);
    uint32_t count = 0;
    for (unsigned i = 0; i < 4; i++)
        count |= (uint32_t)file[28 + i] << (8 * (is_little ? i : 3 - i));
    put(28, count + 1, 4);
    return at;
}

static void add_number(const char *name, int64_t value)
{
    const size_t at = add_entry(name, 'J', 0, 8);

    put(at + (20 + strlen(name) + 1 + 7) / 8 * 8, (uint64_t)value, 8);
}

static void add_text(const char *name, const char *text)
{
    const size_t at = add_entry(name, 'B', (uint32_t)strlen(text) + 1, strlen(text) + 1);

    memcpy(file + at + (20 + strlen(name) + 1 + 7) / 8 * 8, text, strlen(text) + 1);
}

/* Names as JDK 8's concurrent mark and sweep has them. */
static void make_jdk8(bool little)
{
    begin(little);
    add_number("sun.os.hrt.frequency", 1000000);
    add_number("sun.gc.collector.0.invocations", 3);
    add_number("sun.gc.collector.0.time", 4000);
    add_number("sun.gc.collector.1.invocations", 2);
    add_number("sun.gc.collector.1.time", 6000);
    add_text("sun.gc.policy.name", "ParNew:CMS");
    add_text("sun.gc.generation.0.space.0.name", "eden");
    add_number("sun.gc.generation.0.maxCapacity", 100);
    add_number("sun.gc.generation.0.space.0.capacity", 80);
    add_number("sun.gc.generation.0.space.0.used", 70);
    add_number("sun.gc.generation.0.space.1.used", 5);
    add_number("sun.gc.generation.0.space.2.used", 0);
    add_number("sun.gc.generation.1.maxCapacity", 300);
    add_number("sun.gc.generation.1.space.0.used", 200);
}

static void test_both_byte_orders_say_the_same(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        struct hsperfdata h;
        struct jvm_reading r;

        make_jdk8(little);
        assert_int_equal(hsperfdata_parse(file, length, &h), 0);
        jvm_reading_of(&h, &r);
        assert_true(r.gc_time_s == 0.01 && r.gc_count == 5); /* (4000 + 6000) / 10^6 */
        assert_true(r.heap_used_bytes == 275 && r.heap_live_bytes == 205 && r.heap_limit_bytes == 400);
        assert_true(r.eden_used_bytes == 70 && r.eden_capacity_bytes == 80 && r.young_count == 3);
        assert_string_equal(h.command, "");
    }
}

static void test_what_is_not_there_is_absent(void **state)
{
    struct hsperfdata h;
    struct jvm_reading r;

    (void)state;
    begin(true);
    assert_int_equal(hsperfdata_parse(file, length, &h), 0);
    jvm_reading_of(&h, &r);
    assert_true(isnan(r.gc_time_s) && isnan(r.gc_count) && isnan(r.heap_used_bytes) &&
                isnan(r.heap_limit_bytes) && isnan(r.heap_live_bytes) && isnan(r.eden_used_bytes) &&
                isnan(r.major_count) && isnan(r.uptime_s));
    /* No time without a clock, no live set before the first collection, no limit of 0. */
    add_number("sun.gc.collector.0.time", 5);
    add_number("sun.gc.collector.0.invocations", 0);
    add_text("sun.gc.generation.0.space.0.name", "eden");
    add_number("sun.gc.generation.1.space.0.used", 7);
    add_number("sun.gc.generation.1.maxCapacity", 0);
    assert_int_equal(hsperfdata_parse(file, length, &h), 0);
    jvm_reading_of(&h, &r);
    assert_true(isnan(r.gc_time_s) && r.gc_count == 0 && isnan(r.heap_live_bytes) && r.heap_used_bytes == 7 &&
                isnan(r.heap_limit_bytes));
}

static void test_impossible_values_are_absent(void **state)
{
    struct hsperfdata h;

    (void)state;
    begin(true);
    add_number("sun.gc.collector.0.time", -1);
    add_number("sun.gc.collector.0.invocations", INT64_C(1) << 53);
    add_number("sun.gc.collector.1.time", (INT64_C(1) << 53) - 1);
    add_text("sun.gc.collector.1.invocations", "12345678");         /* a text where a number belongs */
    (void)add_entry("sun.gc.generation.0.maxCapacity", 'J', 0, 0);  /* without its data */
    (void)add_entry("sun.gc.generation.1.maxCapacity", 'J', 4, 32); /* a vector of them */
    add_number("sun.gc.collector.3.time", 9);                       /* more than there are places */
    add_number("sun.gc.collector.00.time", 9);
    add_number("sun.gc.generation.0.space.3.used", 9);
    assert_int_equal(hsperfdata_parse(file, length, &h), 0);
    assert_true(isnan(h.collectors[0].time_ticks) && isnan(h.collectors[0].invocations));
    assert_true(h.collectors[1].time_ticks == 9007199254740991.0 && isnan(h.collectors[1].invocations));
    assert_true(isnan(h.generations[0].max_bytes) && isnan(h.generations[1].max_bytes));
    assert_true(isnan(h.collectors[2].time_ticks));
}

static void test_of_two_entries_the_first_counts(void **state)
{
    struct hsperfdata h;

    (void)state;
    begin(true);
    add_number("sun.os.hrt.frequency", 1);
    add_number("sun.os.hrt.frequency", 2);
    add_text("sun.rt.javaCommand", "first");
    add_text("sun.rt.javaCommand", "second");
    assert_int_equal(hsperfdata_parse(file, length, &h), 0);
    assert_true(h.tick_hz == 1);
    assert_string_equal(h.command, "first");
}

static void refuses(int wanted)
{
    struct hsperfdata h, untouched;

    memset(&h, 0x5a, sizeof(h));
    untouched = h;
    assert_int_equal(hsperfdata_parse(file, length, &h), wanted);
    assert_memory_equal(&h, &untouched, sizeof(h));
}

static void test_headers_that_are_none_are_refused(void **state)
{
    (void)state;
    make_jdk8(true);
    for (size_t n = 0; n < 32; n++) {
        struct hsperfdata h;
        assert_int_equal(hsperfdata_parse(file, n, &h), -EBADMSG);
    }
    file[0] ^= 1;
    refuses(-EBADMSG);
    make_jdk8(true);
    file[4] = 2; /* no byte order */
    refuses(-EBADMSG);
    make_jdk8(true);
    file[5] = 1; /* JDK 1.4 */
    refuses(-EPROTONOSUPPORT);
    make_jdk8(true);
    file[7] = 0;
    refuses(-EAGAIN);
    make_jdk8(true);
    put(8, length + 1, 4); /* more used than there is */
    refuses(-EBADMSG);
    put(8, 0x80000000u, 4); /* negative */
    refuses(-EBADMSG);
    make_jdk8(true);
    put(24, 31, 4); /* entries in the header */
    refuses(-EBADMSG);
    put(24, length + 8, 4);
    refuses(-EBADMSG);
    make_jdk8(true);
    put(28, 15, 4); /* one more entry than there is */
    refuses(-EBADMSG);
    put(28, 0xffffffffu, 4);
    refuses(-EBADMSG);
    make_jdk8(true);
    length = sizeof(file); /* too long a file */
    refuses(-EBADMSG);
}

static void test_entries_that_point_outside_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
    } harms[] = {
        {0, 0}, {0, 19}, {0, 0xffffffffu}, {0, 0x7fffffff}, /* the entry's length */
        {4, 0}, {4, 19}, {4, 0xffffffffu}, {4, 0x7fffffff}, /* its name */
        {16, 0}, {16, 0xffffffffu}, {16, 0x7fffffff},       /* its data */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
        make_jdk8(true);
        put(32 + harms[i].at, harms[i].value, 4);
        refuses(-EBADMSG);
    }
    /* A text that says it is longer than its entry is cut there. */
    struct hsperfdata h;
    begin(true);
    const size_t at = add_entry("sun.rt.javaCommand", 'B', 0x7fffffff, 8);
    memcpy(file + at + 40, "Abcdefgh", 8);
    assert_int_equal(hsperfdata_parse(file, length, &h), 0);
    assert_string_equal(h.command, "Abcdefgh");
    /* A name without end is no name. */
    memset(file + at + 20, 'x', length - at - 20);
    assert_int_equal(hsperfdata_parse(file, length, &h), 0);
}

static void test_names_hold_no_arguments_folders_or_odd_bytes(void **state)
{
    static const struct {
        const char *command, *name;
    } cases[] = {
        {"org.example.Main --password=x", "org.example.Main"},
        {"/opt/app/lib/server-1.2.jar -v", "server-1.2.jar"}, {"C:\\apps\\a.jar", "a.jar"},
        {"app.module/org.example.Main$Inner", "org.example.Main$Inner"}, {"", "java"}, {" x", "java"},
        {"/opt/app/", "java"}, {"a\x1b[31mb\n", "a__31mb"}, {"caf\xc3\xa9", "caf__"},
        {"Abcdefghijklmnopqrstuvwxyz", "Abcdefghijklmno"}, /* 16 bytes at most, here */
    };
    struct hsperfdata h = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[16 * 4];
        const size_t size = i + 1 == sizeof(cases) / sizeof(cases[0]) ? 16 : sizeof(name);

        (void)snprintf(h.command, sizeof(h.command), "%s", cases[i].command);
        hsperfdata_name(&h, name, size);
        assert_string_equal(name, cases[i].name);
    }
}

static void test_a_header_that_changed_is_not_settled(void **state)
{
    uint8_t before[HSPERFDATA_HEADER];

    (void)state;
    make_jdk8(true);
    memcpy(before, file, sizeof(before));
    assert_true(hsperfdata_is_settled(before, file));
    put(16, 12345, 8); /* the modification time: entries were added */
    assert_false(hsperfdata_is_settled(before, file));
}

/* ---- over time ---- */

static struct jvm_reading eden(double young, double used, double capacity)
{
    return (struct jvm_reading){
        .young_count = young, .eden_used_bytes = used, .eden_capacity_bytes = capacity};
}

static double take(struct jvm_allocation *a, double young, double used, double capacity)
{
    const struct jvm_reading r = eden(young, used, capacity);

    return jvm_allocation_take(a, &r);
}

static void test_allocation_is_what_went_through_eden(void **state)
{
    struct jvm_allocation a = {0};

    (void)state;
    assert_true(isnan(take(&a, (double)NAN, 5, 100)));
    assert_true(take(&a, 7, 40, 100) == 0);   /* the first reading is where counting begins */
    assert_true(take(&a, 7, 70, 100) == 30);  /* eden fills */
    assert_true(take(&a, 8, 20, 100) == 80);  /* + 30 to the brim, + 20 after the collection */
    assert_true(take(&a, 11, 10, 50) == 270); /* + 80 of the old eden, two whole new ones, 10 */
    assert_true(take(&a, 11, 4, 50) == 274);  /* a full collection that was no young one: at least the 4 */
    assert_true(take(&a, 2, 3, 50) == 274);   /* another JVM: nothing is known of the time between */
    assert_true(take(&a, 2, 8, 50) == 279);
    assert_true(isnan(take(&a, 3, (double)NAN, 50)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_files_say_what_the_jdk_tools_say),
        cmocka_unit_test(test_both_byte_orders_say_the_same),
        cmocka_unit_test(test_what_is_not_there_is_absent),
        cmocka_unit_test(test_impossible_values_are_absent),
        cmocka_unit_test(test_of_two_entries_the_first_counts),
        cmocka_unit_test(test_headers_that_are_none_are_refused),
        cmocka_unit_test(test_entries_that_point_outside_are_refused),
        cmocka_unit_test(test_names_hold_no_arguments_folders_or_odd_bytes),
        cmocka_unit_test(test_a_header_that_changed_is_not_settled),
        cmocka_unit_test(test_allocation_is_what_went_through_eden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
