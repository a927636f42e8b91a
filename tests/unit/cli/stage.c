/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ingestion/simulator/simulator.h"

struct stage *stage_new(int64_t threads)
{
    struct stage *x = calloc(1, sizeof(*x));

    assert_non_null(x);
    x->a = (struct arguments){.root = "", .from_ns = INT64_MIN, .to_ns = INT64_MAX};
    x->fd = memfd_create("lines", 0);
    assert_true(x->fd >= 0);
    config_init(&x->s.config);
    x->s.config.shell.format = SHELL_FORMAT_JSON;
    x->s.config.engine.threads = threads;
    x->s.config.engine.max_entities = x->s.config.engine.max_series = 5000;
    x->s.arguments = &x->a;
    x->s.print_events = x->s.print_ticks = x->s.print_summary = true;
    out_init(&x->s.out, x->fd, true);
    return x;
}

off_t stage_said(struct stage *x)
{
    engine_flush(x->s.engine);
    assert_int_equal(out_flush(&x->s.out), 0);
    return lseek(x->fd, 0, SEEK_END);
}

char *stage_lines(struct stage *x, off_t from)
{
    const off_t n = stage_said(x) - from;
    char *text = malloc((size_t)n + 1);

    assert_non_null(text);
    assert_int_equal(pread(x->fd, text, (size_t)n, from), n);
    text[n] = 0;
    return text;
}

void stage_free(struct stage *x)
{
    engine_free(x->s.engine);
    (void)close(x->fd);
    free(x);
}

void stage_fly(const char *scenario, uint64_t seed, int64_t seconds, const struct feed *feed)
{
    struct error e;
    struct scenario *plan = scenario_builtin(scenario, &e);
    struct simulator *m = plan ? simulator_new(plan, seed, seconds * INT64_C(1000000000), feed, &e) : NULL;

    assert_non_null(m);
    while (simulator_step(m) == 1)
        ;
    simulator_free(m);
    scenario_free(plan);
}
