/* SPDX-License-Identifier: MIT
 * What is kept as JSON lines replays as what was fed: kept once more as CSV it is the same file, byte for
 * byte, as when the feed itself was kept as CSV. (That CSV replays as what was fed is telemetry_csv_test's.)
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "ingestion/replay/replay.h"
#include "output/telemetry_csv.h"
#include "output/telemetry_jsonl.h"

#define SECOND INT64_C(1000000000)

static char lines_path[] = "/tmp/telemetry-jsonl-XXXXXX", direct_path[] = "/tmp/telemetry-direct-XXXXXX",
            again_path[] = "/tmp/telemetry-again-XXXXXX";

static int make_files(void **state)
{
    char *paths[] = {lines_path, direct_path, again_path};
    (void)state;
    for (int i = 0; i < 3; i++) {
        strcpy(paths[i] + strlen(paths[i]) - 6, "XXXXXX");
        int fd = mkstemp(paths[i]);
        if (fd < 0 || close(fd) != 0)
            return -1;
    }
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    return unlink(lines_path) | unlink(direct_path) | unlink(again_path);
}

static struct catalog *new_catalog(void)
{
    static const struct catalog_limits limits = {.entities = 1000, .series = 1000, .metrics = 1000};
    return catalog_new(&limits);
}

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    char *bytes = malloc(1 << 22);
    assert_non_null(in);
    assert_non_null(bytes);
    size_t n = fread(bytes, 1, (1 << 22) - 1, in);
    bytes[n] = 0;
    assert_int_equal(fclose(in), 0);
    return bytes;
}

/* Keeps what the replay delivers. */
struct keeper {
    struct catalog *catalog;
    struct telemetry_csv *csv;
};

static int keep_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct keeper *k = context;
    return telemetry_csv_frame(k->csv, k->catalog, t_ns, samples, n);
}

static int keep_tick(void *context, int64_t now_ns)
{
    struct keeper *k = context;
    return telemetry_csv_tick(k->csv, k->catalog, now_ns);
}

static int keep_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct keeper *k = context;
    return telemetry_csv_gone(k->csv, k->catalog, t_ns, entity, end);
}

static void replay_lines(void)
{
    struct error e = {0};
    struct replay_counts counts;
    struct keeper k = {new_catalog(), telemetry_csv_open(again_path, &e)};
    struct feed feed = {&k, k.catalog, keep_frame, keep_tick, keep_gone};
    struct byte_stream *s = byte_stream_open(lines_path, &e);
    struct replay *r = replay_open(s, NULL, &e);
    assert_non_null(r);
    assert_true(replay_has_clock(r));
    assert_int_equal(replay_run(r, &feed, NULL, &counts, &e), 0);
    assert_int_equal(counts.skipped, 0);
    assert_int_equal(counts.imprecise, 0);
    replay_close(r);
    byte_stream_close(s);
    assert_int_equal(telemetry_csv_close(k.csv, NULL), 0);
    catalog_free(k.catalog);
}

static uint32_t series_of(struct catalog *c, uint64_t i)
{
    static const char *const hosts[] = {"a", "say \"hi\"\n", "\x01\x7f\\", "\xc3\xa9"};
    static const char *const entities[] = {"", "cgroup:/x,y:z\t", "process:/x,y:z\t/7 java", "service:s\"q"};
    static const char *const metrics[] = {"cpu_usage", "memory_used_mb", "queue", "a,\"b\""};
    const char *host = hosts[i % 4], *entity = entities[i / 4 % 4], *metric = metrics[i / 16 % 4];
    int64_t id = catalog_host(c, host, strlen(host));
    id = catalog_entity_text(c, (uint32_t)id, entity, strlen(entity));
    assert_true(id >= 0);
    id = catalog_series(c, (uint32_t)id, metric, strlen(metric));
    assert_true(id >= 0);
    return (uint32_t)id;
}

static double value_of(struct rng *rng)
{
    static const double odd[] = {0.0, -0.0, 1e-320, 1.7976931348623157e308, -1e22, 9007199254740992.0};
    uint64_t bits = rng_next(rng);
    double x;
    if (bits % 8 == 0)
        return (double)NAN;
    if (bits % 8 == 1)
        return odd[bits / 8 % 6];
    if (bits % 8 > 4)
        return rng_normal(rng);
    bits = rng_next(rng);
    memcpy(&x, &bits, sizeof(x));
    return x; /* any bits at all */
}

static void lines_replay_as_what_was_fed(void **state)
{
    struct error e = {0};
    struct rng rng;
    struct catalog *c = new_catalog();
    struct telemetry_csv *direct = telemetry_csv_open(direct_path, &e);
    struct telemetry_jsonl *lines = telemetry_jsonl_open(lines_path, &e);
    int64_t t_ns = 1767225600 * SECOND;

    (void)state;
    assert_non_null(direct);
    assert_non_null(lines);
    rng_seed(&rng, 4);
    for (int round = 0; round < 300; round++) {
        struct sample samples[40];
        size_t n = 1 + rng_next(&rng) % 40;
        t_ns += (int64_t)(rng_next(&rng) % (2 * SECOND));
        for (size_t i = 0; i < n; i++)
            samples[i] = (struct sample){series_of(c, rng_next(&rng) % 64), value_of(&rng)};
        assert_int_equal(telemetry_csv_frame(direct, c, t_ns, samples, n), 0);
        assert_int_equal(telemetry_jsonl_frame(lines, c, t_ns, samples, n), 0);
        if (round % 50 == 49) {
            uint32_t entity =
                catalog_series_get(c, series_of(c, rng_next(&rng) % 16))->entity; /* cpu_usage */
            enum entity_end end = round % 100 == 99 ? ENTITY_OUT_OF_MEMORY : ENTITY_ENDED;
            assert_int_equal(telemetry_csv_gone(direct, c, t_ns, entity, end), 0);
            assert_int_equal(telemetry_jsonl_gone(lines, c, t_ns, entity, end), 0);
        }
        assert_int_equal(telemetry_csv_tick(direct, c, t_ns + 5), 0);
        assert_int_equal(telemetry_jsonl_tick(lines, c, t_ns + 5), 0);
    }
    uint64_t lost = 1;
    assert_int_equal(telemetry_csv_close(direct, NULL), 0);
    assert_int_equal(telemetry_jsonl_close(lines, &lost), 0);
    assert_int_equal(lost, 0);
    catalog_free(c);
    replay_lines();
    char *a = read_file(direct_path), *b = read_file(again_path);
    assert_true(strlen(a) > 100000);
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void the_lines_look_as_documented(void **state)
{
    struct error e = {0};
    struct catalog *c = new_catalog();
    struct telemetry_jsonl *w = telemetry_jsonl_open(lines_path, &e);
    struct sample samples[3] = {
        {series_of(c, 0), 50}, {series_of(c, 36), (double)NAN}, {series_of(c, 1), -0.0}};

    (void)state;
    assert_int_equal(telemetry_jsonl_frame(w, c, 2 * SECOND + 1, samples, 3), 0);
    assert_int_equal(telemetry_jsonl_gone(w, c, 3 * SECOND,
                         catalog_find_text(c, "a", 1, "cgroup:/x,y:z\t", 14), ENTITY_OUT_OF_MEMORY),
        0);
    assert_int_equal(telemetry_jsonl_tick(w, c, 3 * SECOND), 0);
    assert_int_equal(telemetry_jsonl_close(w, NULL), 0);
    char *bytes = read_file(lines_path);
    assert_string_equal(bytes,
        "{\"t\":2.000000001,\"metric\":\"coherence.clock\"}\n"
        "{\"t\":2.000000001,\"host\":\"a\",\"metric\":\"system.cpu.utilization\",\"value\":0.5}\n"
        "{\"t\":2.000000001,\"host\":\"a\",\"entity\":\"cgroup:/"
        "x,y:z\\t\",\"metric\":\"queue\",\"value\":null}\n"
        "{\"t\":2.000000001,\"host\":\"say "
        "\\\"hi\\\"\\n\",\"metric\":\"system.cpu.utilization\",\"value\":-0}\n"
        "{\"t\":3,\"host\":\"a\",\"entity\":\"cgroup:/x,y:z\\t\",\"metric\":\"coherence.gone\",\"value\":1}\n"
        "{\"t\":3,\"metric\":\"coherence.tick\"}\n");
    free(bytes);
    catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_replay_as_what_was_fed, make_files, remove_files),
        cmocka_unit_test_setup_teardown(the_lines_look_as_documented, make_files, remove_files),
    };
    return cmocka_run_group_tests_name("telemetry_jsonl", tests, NULL, NULL);
}
