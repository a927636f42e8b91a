/* SPDX-License-Identifier: MIT
 * Makes telemetry in which everything happens that an engine can remember. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "world.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)

/* Everything at once: hosts that swing, leak, storm and fall silent; cgroups that come and go; series that no
 * law knows, some of them lost; values that are no numbers; a host in the middle of whose tick it is cut. */
struct world {
    struct tape *tape;
    struct feed feed;
    struct rng rng;
    double in[4], out[4], failed[4];
    double gc_s, gc_count, allocated;
};

static uint32_t series(struct world *w, int host, const char *entity, const char *metric)
{
    char name[8] = {'h', (char)('0' + host), 0};
    int64_t h = catalog_host(w->tape->names, name, 2);
    int64_t e = catalog_entity_text(w->tape->names, (uint32_t)h, entity, strlen(entity));
    int64_t s = catalog_series(w->tape->names, (uint32_t)e, metric, strlen(metric));
    assert_true(s >= 0);
    return (uint32_t)s;
}

static void frame(struct world *w, int64_t t_ns, const struct sample *samples, size_t n)
{
    w->feed.frame(w->feed.context, t_ns, samples, n);
}

/* A runtime whose heap fills, and whose collector works ever more in vain after `from`. */
static void feed_heap(struct world *w, int s, int h, int64_t t, int from)
{
    double fill = s > from ? 0.75 + 0.2 * (1 - exp(-(s - from) / 300.0)) : 0.4, share = s > from ? 0.6 : 0.02;
    struct sample samples[] = {
        {series(w, h, "jvm:app", "jvm.memory.limit"), 1e9},
        {series(w, h, "jvm:app", "jvm.memory.used"), 1e9 * (fill + 0.05 * rng_uniform(&w->rng))},
        {series(w, h, "jvm:app", "jvm.memory.used_after_last_gc"), 1e9 * fill},
        {series(w, h, "jvm:app", "jvm.gc.duration"), w->gc_s += share},
        {series(w, h, "jvm:app", "jvm.gc.duration.count"), w->gc_count += s > from ? 3 : 0.2},
        {series(w, h, "jvm:app", "go.memory.allocated"), w->allocated += 5e7},
    };
    frame(w, t, samples, sizeof(samples) / sizeof(samples[0]));
}

/* One process whose threads stand in line after `from`, and one that starts then, and grows. */
static void feed_processes(struct world *w, int s, int h, int64_t t, int from)
{
    static const char old[] = "process:a/b/11 java @7", young[] = "process:12 sort @9";
    struct sample samples[] = {
        {series(w, h, old, "cpu_usage"), 25 + rng_normal(&w->rng)},
        {series(w, h, old, "process.thread.futex_wait.share"), s > from ? 0.9 : 0.1},
        {series(w, h, old, "process.cpu.run_queue.wait"),
            s > from ? 0.3 * (s - from) + 0.01 * from : 0.01 * s},
        {series(w, h, old, "process.thread.count"), 9},
        {series(w, h, old, "memory_used_mb"), 50},
        {series(w, h, old, "process.paging.faults"), 10.0 * s},
    };
    frame(w, t, samples, sizeof(samples) / sizeof(samples[0]));
    struct sample grows[] = {{series(w, h, young, "process.uptime"), s - from},
        {series(w, h, young, "memory_used_mb"), 25.0 * (s - from)}};
    if (s > from)
        frame(w, t, grows, 2);
}

static void feed_host(struct world *w, int s, int h)
{
    int64_t t = START + s * SECOND;
    bool swings = h == 1 && s > 60, leaks = (h == 2 && s > 90) || (h == 3 && s > 130),
         storms = h == 0 && s > 200;
    for (int k = 9; h == 1 && k > 0; k--)
        frame(w, t - k * SECOND / 10,
            &(struct sample){
                series(w, h, "", "cpu_usage"), swings && (s % 4 < 2) ? 5 : 60 + rng_normal(&w->rng)},
            1);
    w->in[h] += (double)rng_poisson(&w->rng, 100);
    w->out[h] += (double)rng_poisson(&w->rng, storms ? 400 : 110);
    w->failed[h] += (double)rng_poisson(&w->rng, storms ? 60 : 1);
    struct sample samples[] = {
        {series(w, h, "", "cpu_usage"), swings ? (s % 4 < 2 ? 5 : 95) : 20 + rng_normal(&w->rng)},
        {series(w, h, "", "memory_limit_mb"), 8000},
        {series(w, h, "", "memory_used_mb"),
            leaks ? 2000 + 25.0 * (s - (h == 2 ? 90 : 130)) : 2000 + rng_normal(&w->rng)},
        {series(w, h, "", "ingress_requests"), w->in[h]},
        {series(w, h, "", "egress_requests"), w->out[h]},
        {series(w, h, "", "egress_failures"), w->failed[h]},
        {series(w, h, "", "system.linux.cpu.pressure"), s % 11 ? 10 + rng_normal(&w->rng) : (double)NAN},
        {series(w, h, "", "system.pressure.cpu.some"), 0.3 * s},
        {series(w, h, "", "system.process.created"), 5.0 * s},
        {series(w, h, "cgroup:a/b", "cpu_usage"),
            s % 50 < 30 ? 30 + 10 * rng_normal(&w->rng) : (double)INFINITY},
        {series(w, h, "cgroup:a/b", "container.cpu.throttled.time"), 0.2 * s},
        {series(w, h, "cgroup:a/b", "memory_used_mb"), 100 + 0.01 * s},
        {series(w, h, "service:shop", "latency"), 5 + rng_normal(&w->rng) + (s == 250 || s == 251 ? 500 : 0)},
    };
    size_t n = sizeof(samples) / sizeof(samples[0]);
    frame(w, t, samples, h == 3 && s > 150 ? n - 2 : n); /* two of its series are lost */
    if (h == 2)
        feed_heap(w, s, h, t, 220);
    if (h == 3)
        feed_processes(w, s, h, t, 130);
    if (s > 40 && s % 3 == 0)
        frame(w, t, &(struct sample){series(w, h, "", "slow_queue"), rng_normal(&w->rng)}, 1);
}

void world_of_seconds(struct tape *t, int seconds)
{
    struct world w = {.tape = t};
    tape_init(t);
    w.feed = tape_feed(t);
    rng_seed(&w.rng, 7);
    for (int s = 1; s <= seconds; s++) {
        for (int h = 0; h < 4; h++)
            if (!(h == 0 && s > 110 && s < 160)) /* silent, and back */
                feed_host(&w, s, h);
        w.feed.tick(w.feed.context, START + s * SECOND);
    }
}

/* Days by the minute: tails fill, hosts are judged by their series together, blocks that warn early close. */
void world_of_minutes(struct tape *t, int minutes)
{
    struct world w = {.tape = t};
    double level = 10;

    tape_init(t);
    w.feed = tape_feed(t);
    rng_seed(&w.rng, 8);
    for (int m = 1; m <= minutes; m++) {
        int64_t at = START + m * 60 * SECOND;
        bool odd = m > 3000 && m % 997 < 3;
        w.in[0] += (double)rng_poisson(&w.rng, 6000);
        w.out[0] += (double)rng_poisson(&w.rng, m > 4000 && m < 4100 ? 20000 : 6000);
        w.failed[0] += (double)rng_poisson(&w.rng, 60 + m / 60);
        level += 0.9 * (10 - level) + rng_normal(&w.rng);
        struct sample samples[] = {
            {series(&w, 0, "", "queue"), level + (odd ? 60 : 0)},
            {series(&w, 0, "", "latency"), 5 + rng_exponential(&w.rng) + (odd ? 90 : 0)},
            {series(&w, 0, "", "errors"), rng_uniform(&w.rng) < 0.05 ? 3 : 0},
            {series(&w, 1, "", "alone"),
                m % 1440 + rng_normal(&w.rng) + (m > 3500 && m % 1501 == 0 ? 4000 : 0)},
            {series(&w, 0, "", "ingress_requests"), w.in[0]},
            {series(&w, 0, "", "egress_requests"), w.out[0]},
            {series(&w, 0, "", "egress_failures"), w.failed[0]},
            {series(&w, 0, "", "cpu_usage"), 30 + 10 * rng_normal(&w.rng)},
            {series(&w, 0, "", "memory_limit_mb"), 8000},
            {series(&w, 0, "", "memory_used_mb"), 2000 + 0.6 * m + 20 * rng_normal(&w.rng)},
        };
        frame(&w, at, samples, sizeof(samples) / sizeof(samples[0]));
        feed_heap(&w, m, 0, at, 2500);
        w.feed.tick(w.feed.context, at);
    }
}
