/* SPDX-License-Identifier: MIT
 * What is kept replays as what was fed: the same times, series, value bits and ticks in the same order; and
 * what the file refuses to be. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingestion/replay/replay.h"
#include "output/telemetry_csv.h"

#define NOTES_MAX 200000

/* One thing that was fed. */
struct note {
    int64_t t_ns;
    const char *host, *metric, *entity; /* NULL host: a tick */
    enum entity_kind kind;
    uint64_t bits; /* of the value in the metric's unit; missing and infinite as 0x7ff8... */
};

struct notes {
    struct catalog *catalog;
    size_t n;
    struct note list[NOTES_MAX];
};

static struct notes fed, replayed;
static char path[] = "/tmp/telemetry-csv-test-XXXXXX";

static int note_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct notes *to = context;
    for (size_t i = 0; i < n; i++) {
        const struct series *s = catalog_series_get(to->catalog, samples[i].series);
        const struct entity *e = catalog_entity_get(to->catalog, s->entity);
        double value = samples[i].value * s->scale;
        struct note note = {.t_ns = t_ns,
            .host = catalog_host_name(to->catalog, s->entity),
            .metric = catalog_metric_name(to->catalog, s->metric),
            .entity = e->name,
            .kind = e->kind,
            .bits = UINT64_C(0x7ff8000000000000)};
        if (isfinite(value))
            memcpy(&note.bits, &value, sizeof(value));
        assert_true(to->n < NOTES_MAX);
        to->list[to->n++] = note;
    }
    return 0;
}

static int note_tick(void *context, int64_t now_ns)
{
    struct notes *to = context;
    assert_true(to->n < NOTES_MAX);
    to->list[to->n++] = (struct note){.t_ns = now_ns};
    return 0;
}

static struct catalog *new_catalog(void)
{
    static const struct catalog_limits limits = {.entities = 1000, .series = 1000, .metrics = 1000};
    return catalog_new(&limits);
}

static int start(void **state)
{
    (void)state;
    fed.n = replayed.n = 0;
    fed.catalog = new_catalog();
    replayed.catalog = new_catalog();
    (void)strcpy(path, "/tmp/telemetry-csv-test-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int stop(void **state)
{
    (void)state;
    catalog_free(fed.catalog);
    catalog_free(replayed.catalog);
    return unlink(path);
}

static void replay_file(void)
{
    struct error e = {0};
    struct replay_counts counts;
    struct byte_stream *s = byte_stream_open(path, &e);
    assert_non_null(s);
    struct replay *r = replay_open(s, NULL, &e);
    assert_non_null(r);
    assert_true(replay_has_clock(r));
    struct feed feed = {&replayed, replayed.catalog, note_frame, note_tick};
    assert_int_equal(replay_run(r, &feed, NULL, &counts, &e), 0);
    assert_int_equal(counts.skipped, 0);
    replay_close(r);
    byte_stream_close(s);
}

static void same(const struct note *a, const struct note *b)
{
    assert_int_equal(a->t_ns, b->t_ns);
    assert_int_equal(a->host == NULL, b->host == NULL);
    if (a->host == NULL)
        return;
    assert_string_equal(a->host, b->host);
    assert_string_equal(a->metric, b->metric);
    assert_string_equal(a->entity, b->entity);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->bits, b->bits);
}

static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Series of every shape: hosts and names that need quotes, known metrics by other units, unknown metrics of
 * entities. */
static uint32_t make_series(unsigned i)
{
    static const char *const hosts[] = {"a", "b,c", "say \"hi\"", "two\nlines", "=cmd", "\xc3\xa9"};
    static const char *const metrics[] = {
        "cpu_usage", "system.cpu.utilization", "memory_used_mb", "queue", "a,b", "+x\"y"};
    static const struct {
        enum entity_kind kind;
        const char *name;
    } entities[] = {{ENTITY_HOST, ""}, {ENTITY_CPU, "0"}, {ENTITY_CGROUP, "/system.slice/x,y:z"},
        {ENTITY_SERVICE, "s\"q"}, {ENTITY_SERIES, "queue"}, {ENTITY_SERIES, "other"}};
    const char *host = hosts[i % 6], *metric = metrics[i / 6 % 6];
    unsigned k = i / 36 % 6;
    int64_t id = catalog_host(fed.catalog, host, strlen(host));
    assert_true(id >= 0);
    if (entities[k].kind != ENTITY_HOST)
        id = catalog_entity(fed.catalog, (uint32_t)id, entities[k].kind, entities[k].name,
            strlen(entities[k].name), ENTITY_NONE);
    assert_true(id >= 0);
    id = catalog_series(fed.catalog, (uint32_t)id, metric, strlen(metric));
    assert_true(id >= 0);
    return (uint32_t)id;
}

static double random_value(void)
{
    static const double odd[] = {0.0, -0.0, 0.1, 1e-320, 1.7976931348623157e308, -1e22, 9007199254740993.0};
    uint64_t bits = random_bits();
    double value;
    switch (bits >> 61) {
    case 0:
        return (double)NAN;
    case 1:
        return odd[bits % 7];
    case 2:
        memcpy(&value, &bits, sizeof(value));
        return value; /* any bits at all, infinities and NaN among them */
    default:
        return (double)(int64_t)(bits % 2000000) / 1000.0 - 1000.0;
    }
}

static void what_is_kept_replays_as_what_was_fed(void **state)
{
    (void)state;
    struct error e = {0};
    struct telemetry_csv *w = telemetry_csv_open(path, &e);
    assert_non_null(w);
    static struct sample samples[1500];
    int64_t t_ns = INT64_C(1767225600000000000);
    for (int round = 0; round < 400; round++) {
        t_ns += (int64_t)(random_bits() % 2000000000) - 200000000;
        if (round == 200)
            t_ns = -1234567890123; /* a clock that was set back before 1970 */
        size_t n = round % 50 == 0 ? 1500 : 1 + random_bits() % 40;
        for (size_t i = 0; i < n; i++)
            samples[i] = (struct sample){make_series((unsigned)(random_bits() % 216)), random_value()};
        assert_int_equal(telemetry_csv_frame(w, fed.catalog, t_ns, samples, n), 0);
        assert_int_equal(note_frame(&fed, t_ns, samples, n), 0);
        if (random_bits() % 3 > 0) {
            int64_t now_ns = t_ns + (int64_t)(random_bits() % 500000000);
            assert_int_equal(telemetry_csv_tick(w, fed.catalog, now_ns), 0);
            assert_int_equal(note_tick(&fed, now_ns), 0);
        }
    }
    uint64_t lost = 1;
    assert_int_equal(telemetry_csv_close(w, &lost), 0);
    assert_int_equal(lost, 0);
    replay_file();
    assert_int_equal(fed.n, replayed.n);
    for (size_t i = 0; i < fed.n; i++)
        same(&fed.list[i], &replayed.list[i]);
}

/* The bytes of a small file, as documented. */
static void the_file_looks_as_documented(void **state)
{
    (void)state;
    struct error e = {0};
    struct telemetry_csv *w = telemetry_csv_open(path, &e);
    struct sample samples[3] = {
        {make_series(0), 50}, {make_series(18), (double)NAN}, {make_series(37), -0.0}};
    assert_int_equal(telemetry_csv_tick(w, fed.catalog, 1500000000), 0);
    assert_int_equal(telemetry_csv_frame(w, fed.catalog, 2000000001, samples, 3), 0);
    assert_int_equal(telemetry_csv_close(w, NULL), 0);
    char bytes[1000];
    FILE *in = fopen(path, "r");
    bytes[fread(bytes, 1, sizeof(bytes) - 1, in)] = '\0';
    (void)fclose(in);
    assert_string_equal(bytes,
        "timestamp,host,metric,value,entity\n1.5,,coherence.clock,,\n1.5,,coherence.tick,,\n"
        "2.000000001,a,system.cpu.utilization,0.5,\n2.000000001,a,queue,,\n"
        "2.000000001,\"b,c\",system.cpu.utilization,-0,cpu:0\n");
}

static void nothing_fed_is_a_header(void **state)
{
    (void)state;
    struct error e = {0};
    assert_int_equal(telemetry_csv_close(telemetry_csv_open(path, &e), NULL), 0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, strlen("timestamp,host,metric,value,entity\n"));
}

static void ticks_ten_seconds_apart_reach_the_file(void **state)
{
    (void)state;
    struct error e = {0};
    struct stat st;
    struct telemetry_csv *w = telemetry_csv_open(path, &e);
    assert_int_equal(telemetry_csv_tick(w, fed.catalog, 0), 0);
    assert_int_equal(telemetry_csv_tick(w, fed.catalog, 9999999999), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(telemetry_csv_tick(w, fed.catalog, 10000000000), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 0);
    assert_int_equal(telemetry_csv_close(w, NULL), 0);
}

static void what_is_no_regular_file_is_refused(void **state)
{
    (void)state;
    struct error e = {0};
    char other[64];
    assert_null(telemetry_csv_open("/dev/null", &e));
    assert_int_equal(e.code, -EEXIST);
    assert_null(telemetry_csv_open("/tmp", &e));
    assert_int_equal(e.code, -EISDIR);
    (void)snprintf(other, sizeof(other), "%s.link", path);
    assert_int_equal(symlink(path, other), 0);
    assert_null(telemetry_csv_open(other, &e));
    assert_int_equal(e.code, -ELOOP);
    assert_non_null(strstr(e.text, "symbolic link"));
    assert_int_equal(unlink(other), 0);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_null(telemetry_csv_open(other, &e)); /* and does not block */
    assert_int_equal(unlink(other), 0);
}

/* A limit to the file's size stands for a full disk: EFBIG instead of ENOSPC, by the same road. */
static void a_full_disk_is_counted_and_leaves_whole_rows(void **state)
{
    (void)state;
    struct error e = {0};
    struct rlimit before, small = {100000, 100000};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    struct telemetry_csv *w = telemetry_csv_open(path, &e);
    struct sample sample = {make_series(0), 12.5};
    uint64_t lost = 0, rows = 0;
    int result = 0;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 10000; i++)
        result = telemetry_csv_frame(w, fed.catalog, i * INT64_C(1000000000), &sample, 1);
    int closed = telemetry_csv_close(w, &lost);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, -EFBIG);
    assert_int_equal(closed, -EFBIG);
    replay_file();
    rows = replayed.n;
    assert_true(rows > 1000);
    assert_int_equal(rows + lost, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_kept_replays_as_what_was_fed, start, stop),
        cmocka_unit_test_setup_teardown(the_file_looks_as_documented, start, stop),
        cmocka_unit_test_setup_teardown(nothing_fed_is_a_header, start, stop),
        cmocka_unit_test_setup_teardown(ticks_ten_seconds_apart_reach_the_file, start, stop),
        cmocka_unit_test_setup_teardown(what_is_no_regular_file_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_full_disk_is_counted_and_leaves_whole_rows, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
