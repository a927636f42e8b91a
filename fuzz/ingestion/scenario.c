/* SPDX-License-Identifier: MIT
 * Any bytes as a scenario file; what is accepted is flown for three seconds, and must feed finite numbers and
 * a tick a second. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/feed.h"
#include "ingestion/simulator/simulator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS INT64_C(3)

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)context;
    (void)t_ns;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(samples[i].value) || samples[i].value < 0)
            abort();
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    (void)now_ns;
    ++*(int *)context;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error e = {0};
    struct scenario *s = scenario_parse((const char *)data, size, "fuzz", &e);
    if (s == NULL) {
        if (e.code >= 0 || e.text[0] == '\0')
            abort(); /* a refusal always says why */
        return 0;
    }
    int ticks = 0;
    struct catalog *c = catalog_new(&(struct catalog_limits){.entities = 512, .series = 4096, .metrics = 8});
    if (c == NULL)
        abort();
    struct feed feed = {&ticks, c, take_frame, take_tick};
    struct simulator *m = simulator_new(s, size, SECONDS * 1000000000, &feed, &e);
    while (simulator_step(m) == 1)
        continue;
    if (ticks != SECONDS)
        abort();
    simulator_free(m);
    catalog_free(c);
    scenario_free(s);
    return 0;
}
