/* SPDX-License-Identifier: MIT
 * An intake for fuzz targets of decoders: with small limits, and a feed that looks at what it gets. */
#ifndef COHERENCE_FUZZ_INTAKE_SINK_H
#define COHERENCE_FUZZ_INTAKE_SINK_H

#include <assert.h>
#include <math.h>

#include "base/option.h"
#include "forget.h"
#include "ingestion/intake/intake.h"
#include "ingestion/intake/meaning.h"

struct intake_sink {
    struct catalog *catalog;
    struct meaning *meaning;
    struct intake_house *house;
    struct intake *in;
};

static int sink_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    const struct intake_sink *s = context;

    (void)t_ns;
    assert(n > 0);
    for (size_t i = 0; i < n; i++)
        assert(catalog_series_lives(s->catalog, samples[i].series) && isfinite(samples[i].value));
    return 0;
}

static int sink_tick(void *context, int64_t now_ns)
{
    (void)context, (void)now_ns;
    return 0;
}

static int sink_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct intake_sink *s = context;

    (void)t_ns, (void)end;
    forget(s->catalog, entity);
    return 0;
}

/* labels: of the intake itself. */
static inline void sink_open(struct intake_sink *s, const struct intake_label *labels, size_t n)
{
    const struct catalog_limits limits = {.entities = 60, .series = 50, .metrics = 40};

    s->catalog = catalog_new(&limits);
    s->meaning = meaning_new(NULL, 0);
    const struct feed feed = {s, s->catalog, sink_frame, sink_tick, sink_gone};
    struct intake_setup setup = {.feed = &feed, .meaning = s->meaning, .local_host = "here"};
    option_set_defaults(&(struct option_group){intake_option_rows, intake_option_count, &setup.options});
    setup.options.max_series = 40;
    setup.options.max_batch = 1000;
    s->house = intake_house_new(&setup);
    s->in = intake_open(s->house, "fuzz", labels, n);
}

static inline void sink_close(struct intake_sink *s)
{
    intake_close(s->in);
    intake_house_free(s->house);
    meaning_free(s->meaning);
    catalog_free(s->catalog);
}

#endif
