/* SPDX-License-Identifier: MIT
 * A day of baselines at a sample a second, faster than the clock, through the real recorder, the thread that
 * writes the state directory, and its limits. Then the last five minutes alone: replayed from the state
 * directory, and judged by an engine that was restored from the snapshot of that time, they say what was said
 * live, byte for byte. DAY_HOURS: how long the day is (2; `make day`: 24). The expected lines are those of
 * the run itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/pack.h"
#include "base/rng.h"
#include "cli/flight.h"
#include "cli/playback_state.h"
#include "cli/recorder.h"
#include "engine/snapshot.h"
#include "state/snapshot_file.h"
#include "state/state_dir.h"
#include "state/state_file.h"
#include "stage.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)
#define DAY_S  86400
#define LAST_S 300
#define GROUPS 40
#define LABEL  "host day"

/* A host with containers whose load follows the time of day; in the end one leaks and one swings. */
struct world {
    struct rng rng;
    int64_t seconds;
    uint32_t whole, cpu[GROUPS], memory[GROUPS], limit[GROUPS];
};

static uint32_t series_of(struct catalog *c, uint32_t entity, enum metric_id metric)
{
    const int64_t id = catalog_series_known(c, entity, metric);

    assert_true(id >= 0);
    return (uint32_t)id;
}

/* The same names in the same order for each engine. */
static void declare(struct world *w, struct catalog *c)
{
    const int64_t host = catalog_host(c, "day", 3);

    assert_true(host >= 0);
    w->whole = series_of(c, (uint32_t)host, METRIC_CPU_UTILIZATION);
    for (int i = 0; i < GROUPS; i++) {
        char name[32];
        const int n = snprintf(name, sizeof(name), "/slice/%d", i);
        const int64_t g = catalog_entity(c, (uint32_t)host, ENTITY_CGROUP, name, (size_t)n, ENTITY_NONE);
        assert_true(g >= 0);
        w->cpu[i] = series_of(c, (uint32_t)g, METRIC_CPU_UTILIZATION);
        w->memory[i] = series_of(c, (uint32_t)g, METRIC_MEMORY_USAGE);
        w->limit[i] = series_of(c, (uint32_t)g, METRIC_MEMORY_LIMIT);
    }
}

static double noise(struct world *w, double spread)
{
    return spread * rng_normal(&w->rng);
}

static void live_second(struct world *w, const struct feed *feed, int64_t s)
{
    struct sample samples[1 + 3 * GROUPS];
    const int64_t left_s = w->seconds - s;
    const double hour = (double)(s % DAY_S) / 3600, busy = 0.15 + 0.01 * (hour < 12 ? hour : 24 - hour);
    size_t n = 0;

    samples[n++] = (struct sample){w->whole, busy + noise(w, 0.02)};
    for (int i = 0; i < GROUPS; i++) {
        double cpu = busy / 2 + noise(w, 0.01), used = 1e8 + noise(w, 1e6);
        if (i == 3 && left_s < 600)
            cpu = (s % 5 < 2 ? 0.85 : 0.05) + noise(w, 0.02);
        if (i == 7 && left_s < 1800)
            used += 4e5 * (double)(1800 - left_s);
        samples[n++] = (struct sample){w->cpu[i], cpu};
        samples[n++] = (struct sample){w->memory[i], used};
        samples[n++] = (struct sample){w->limit[i], 1e9};
    }
    assert_int_equal(feed->frame(feed->context, START + s * SECOND - 1000, samples, n), 0);
    assert_int_equal(feed->tick(feed->context, START + s * SECOND), 0);
}

static void assert_same(const char *what, const char *wanted, const char *said)
{
    size_t at = 0, line = 0;

    while (wanted[at] && wanted[at] == said[at]) {
        line = wanted[at] == '\n' ? at + 1 : line;
        at++;
    }
    if (wanted[at] != said[at])
        fail_msg("%s\n# wanted: %.600s\n# said:   %.600s", what, wanted + line, said + line);
}

/* The disk is as fast as it is: the day waits for it, as a real one does. */
static void wait_for(struct state_writer *w)
{
    const struct timespec ms = {.tv_nsec = 1000000};
    struct state_writer_status s;

    for (int i = 0; i < 60000; i++) {
        state_writer_status(w, &s);
        assert_int_equal(s.degraded, 0);
        if (s.waiting == 0)
            return;
        nanosleep(&ms, NULL);
    }
    fail_msg("the writer does not get on");
}

static char directory[] = "/tmp/coherence-day-XXXXXX";
static int dir_fd;

/* Lives through the day; keeps a snapshot, and the world, as of five minutes before its end. Returns the
 * lines of those minutes. */
static char *live(struct world *w, struct world *ret_then)
{
    struct stage *x = stage_new(1);
    struct state_writer_settings settings = {.dir_fd = dir_fd,
        .label = LABEL,
        .limits = {.keep_ns = x->s.config.history.keep_ns,
            .history_bytes = x->s.config.history.size_bytes,
            .recording_keep_ns = x->s.config.recorder.keep_ns + RECORDER_KEY_EVERY_NS,
            .recording_bytes = x->s.config.recorder.size_bytes}};
    struct state_writer *writer = NULL;
    struct flight flight = {0};
    struct pack kept;
    struct error e = {0};
    off_t before = 0;

    assert_int_equal(state_writer_new(&writer, &settings), 0);
    assert_int_equal(state_writer_start(writer, NULL), 0);
    assert_int_equal(session_start(&x->s, ENGINE_STREAM), STATUS_FINE);
    assert_int_equal(flight_start(&flight, &x->s, writer, false), STATUS_FINE);
    const struct feed feed = session_feed(&x->s);
    declare(w, feed.catalog);
    for (int64_t s = 0; s < w->seconds; s++) {
        live_second(w, &feed, s);
        state_writer_tick(writer, START + s * SECOND);
        if (s % 60 == 59)
            wait_for(writer);
        if (s == w->seconds - LAST_S - 1) {
            before = stage_said(x);
            pack_to_write(&kept, SNAPSHOT_BODY_MAX);
            assert_int_equal(engine_save(x->s.engine, &kept, INT64_MIN, &e), 0);
            const struct snapshot_head head = {.time_ns = START + s * SECOND, .label = LABEL};
            assert_int_equal(snapshot_file_write(dir_fd, &head, kept.bytes, kept.at), 0);
            print_message("# a snapshot of %zu bytes\n", (size_t)kept.at);
            pack_free(&kept);
            *ret_then = *w;
        }
    }
    char *lines = stage_lines(x, before);
    assert_int_equal(flight_stop(&flight, &x->s, STATUS_FINE), STATUS_FINE);
    assert_int_equal(state_writer_close(writer, 60000), 0);
    print_message(
        "# %lld hours, %llu samples\n", (long long)(w->seconds / 3600), (unsigned long long)x->s.samples);
    stage_free(x);
    return lines;
}

static char *replay_the_end(const struct world *w)
{
    struct stage *x = stage_new(1);
    const volatile int stop = 0;
    struct state_source source;
    struct playback p;
    struct error e = {0};

    x->a.from_ns = START + (w->seconds - LAST_S) * SECOND - SECOND / 2;
    assert_int_equal(state_source_open(&source, directory, &e), 0);
    assert_int_equal(playback_open(&p, &x->s, directory), 0);
    assert_int_equal(playback_state(&p, &source, &stop, &e), 0);
    assert_int_equal(p.gaps, 0);
    char *said = stage_lines(x, 0);
    playback_close(&p);
    state_source_close(&source);
    stage_free(x);
    return said;
}

static char *restore_and_go_on(struct world *then)
{
    struct stage *x = stage_new(1);
    struct snapshot_image image;
    struct error e = {0};

    assert_int_equal(session_start(&x->s, ENGINE_STREAM), STATUS_FINE);
    assert_int_equal(snapshot_file_read(dir_fd, LABEL, &image, &e), 0);
    assert_int_equal(engine_restore(x->s.engine, image.body, image.body_size, &e), 0);
    snapshot_image_free(&image);
    const struct feed feed = session_feed(&x->s);
    declare(then, feed.catalog);
    for (int64_t s = then->seconds - LAST_S; s < then->seconds; s++)
        live_second(then, &feed, s);
    char *said = stage_lines(x, 0);
    stage_free(x);
    return said;
}

static size_t count(const char *lines, const char *what)
{
    size_t n = 0;

    for (const char *at = lines; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void the_last_minutes_of_a_day(void **state)
{
    const char *hours = getenv("DAY_HOURS");
    struct world w = {.seconds = 3600 * (hours ? strtol(hours, NULL, 10) : 2)}, then;
    struct stat st;

    (void)state;
    assert_true(w.seconds >= 3600);
    rng_seed(&w.rng, 20);
    assert_non_null(mkdtemp(directory));
    dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    char *lines = live(&w, &then), *said;
    assert_int_equal(count(lines, "\"type\":\"tick\""), LAST_S);
    assert_true(count(lines, "\"type\":\"incident\"") > 0); /* something happens in them */
    assert_int_equal(fstatat(dir_fd, STATE_FILE_NAME, &st, 0), 0);
    print_message("# the state file: %lld bytes; %zu bytes of lines\n", (long long)st.st_size, strlen(lines));
    said = replay_the_end(&w);
    assert_same("replayed from the state directory", lines, said);
    free(said);
    said = restore_and_go_on(&then);
    assert_same("restored from the snapshot", lines, said);
    free(said);
    free(lines);
    (void)unlinkat(dir_fd, SNAPSHOT_FILE_NAME, 0);
    (void)unlinkat(dir_fd, STATE_FILE_NAME, 0);
    (void)unlinkat(dir_fd, STATE_FILE_NAME "-wal", 0);
    (void)close(dir_fd);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_minutes_of_a_day)};
    return cmocka_run_group_tests_name("day", tests, NULL, NULL);
}
