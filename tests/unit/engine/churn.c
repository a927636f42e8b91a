/* SPDX-License-Identifier: MIT
 * Makes a random schedule of lives from a seed: each second a life may begin or end, those that are there say
 * something, and some of them behave badly, so that findings are open when they end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "churn.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)
#define LIVES  24

struct one_life {
    bool there;
    int since;
    bool leaks, swings;
    double used_mb;
};

struct churn {
    struct tape *tape;
    const char *below; /* how the second half of the cgroups is called */
    struct feed feed;
    struct rng rng;
    struct one_life lives[LIVES];
};

static double any(struct churn *c)
{
    return rng_uniform(&c->rng);
}

/* Names 0..11 are cgroups of one host, some below others; the rest processes and cgroups of the second. */
static uint32_t entity_of(struct churn *c, int i)
{
    struct catalog *names = c->tape->names;
    char text[64];
    int64_t host = catalog_host(names, i < 16 ? "h0" : "h1", 2);
    if (i < 12)
        snprintf(text, sizeof(text), "cgroup:pod%d%s", i % 6, i < 6 ? "" : c->below);
    else
        snprintf(text, sizeof(text), "%s:p%d", i % 2 ? "process" : "cgroup", i);
    int64_t e = catalog_entity_text(names, (uint32_t)host, text, strlen(text));
    assert_true(e >= 0);
    return (uint32_t)e;
}

static void add(
    struct churn *c, struct sample *samples, size_t *n, uint32_t entity, const char *metric, double x)
{
    int64_t s = catalog_series(c->tape->names, entity, metric, strlen(metric));
    assert_true(s >= 0 && *n < 400);
    samples[(*n)++] = (struct sample){(uint32_t)s, x};
}

static void end_life(struct churn *c, int i, int64_t t_ns)
{
    c->lives[i].there = false;
    c->feed.gone(c->feed.context, t_ns, entity_of(c, i), any(c) < 0.3 ? ENTITY_OUT_OF_MEMORY : ENTITY_ENDED);
}

static void begin_life(struct churn *c, int i, int s)
{
    c->lives[i] = (struct one_life){
        .there = true, .since = s, .leaks = any(c) < 0.3, .swings = any(c) < 0.3, .used_mb = 100};
}

static void live_on(struct churn *c, int i, int s, struct sample *samples, size_t *n)
{
    struct one_life *l = &c->lives[i];
    uint32_t e = entity_of(c, i);

    l->used_mb += l->leaks ? 12 : 0;
    add(c, samples, n, e, "cpu_usage", l->swings ? (s % 4 < 2 ? 4 : 96) : 20 + rng_normal(&c->rng));
    add(c, samples, n, e, "memory_limit_mb", 4000);
    add(c, samples, n, e, "memory_used_mb", l->used_mb + rng_normal(&c->rng));
    if (i % 3 == 0)
        add(c, samples, n, e, "queue", any(c) < 0.01 ? 90 : 5 + rng_normal(&c->rng));
}

static void feed_hosts(struct churn *c, int s, struct sample *samples, size_t *n)
{
    for (int h = 0; h < 2; h++) {
        int64_t host = catalog_host(c->tape->names, h ? "h1" : "h0", 2);
        add(c, samples, n, (uint32_t)host, "cpu_usage",
            h && s > 100 && s % 4 < 2 ? 90 : 20 + rng_normal(&c->rng));
        add(c, samples, n, (uint32_t)host, "latency", 10 + rng_normal(&c->rng));
        if (h == 0)
            add(c, samples, n, (uint32_t)host, "errors", rng_normal(&c->rng));
    }
}

void churn_of_seconds(struct tape *t, uint64_t seed, int seconds, bool nested)
{
    struct churn c = {.tape = t, .below = nested ? "/box" : "-box"};

    tape_init(t);
    c.feed = tape_feed(t);
    rng_seed(&c.rng, seed);
    for (int s = 1; s <= seconds; s++) {
        int64_t t_ns = START + s * SECOND;
        struct sample samples[400];
        size_t n = 0;
        for (int i = 0; i < LIVES; i++) {
            bool ends = c.lives[i].there && any(&c) < (c.lives[i].leaks ? 0.004 : 0.02);
            if (ends)
                end_life(&c, i, t_ns);
            if (!c.lives[i].there && any(&c) < (ends ? 0.3 : 0.02))
                begin_life(&c, i, s);
        }
        /* The second host goes as a whole now and then, and begins anew at once. */
        if (s % 170 == 169) {
            int64_t host = catalog_host(t->names, "h1", 2);
            c.feed.gone(c.feed.context, t_ns, (uint32_t)host, ENTITY_ENDED);
            for (int i = 16; i < LIVES; i++)
                c.lives[i].there = false;
        }
        feed_hosts(&c, s, samples, &n);
        for (int i = 0; i < LIVES; i++)
            if (c.lives[i].there)
                live_on(&c, i, s, samples, &n);
        c.feed.frame(c.feed.context, t_ns, samples, n);
        c.feed.tick(c.feed.context, t_ns);
    }
}
