/* SPDX-License-Identifier: MIT
 * Expositions through the decoder and an intake, twice, so that the second body meets what the first one
 * left. Byte 0 chooses the format; times go on. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/option.h"
#include "forget.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/prometheus/exposition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)t_ns;
    assert(n > 0);
    for (size_t i = 0; i < n; i++)
        assert(catalog_series_lives(context, samples[i].series) && !isnan(samples[i].value));
    return 0;
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    (void)t_ns;
    (void)end;
    forget(context, entity);
    return 0;
}

static void give(
    struct intake *in, const char *body, size_t n, const struct exposition_options *o, int64_t t_ns)
{
    struct error e;

    intake_begin(in, t_ns);
    int r = exposition_read(body, n, o, in, &e);
    assert(r == 0 || e.code == r);
    if (r == 0)
        assert(intake_end(in, t_ns % 3 ? INTAKE_WHOLE : INTAKE_PART) == 0);
    else
        intake_cancel(in);
    assert(intake_tick(in, t_ns + 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct catalog_limits limits = {.entities = 60, .series = 50, .metrics = 40};
    static const struct intake_label labels[] = {{"instance", "h:1", 8, 3}};
    const uint8_t mode = size > 0 ? data[0] : 0;
    const char *body = size > 0 ? (const char *)data + 1 : "";
    const size_t n = size > 0 ? size - 1 : 0;
    const struct exposition_options o = {
        .openmetrics = mode & 1, .buckets = mode & 2, .max_samples = mode & 4 ? 3 : 1000};
    struct catalog *catalog = catalog_new(&limits);
    struct meaning *meaning = meaning_new(NULL, 0);
    const struct feed feed = {catalog, catalog, take_frame, NULL, take_gone};
    struct intake_setup setup = {.feed = &feed, .meaning = meaning, .local_host = "here"};
    option_set_defaults(&(struct option_group){intake_option_rows, intake_option_count, &setup.options});
    setup.options.max_series = 40;
    struct intake_house *house = intake_house_new(&setup);
    struct intake *in = intake_open(house, "fuzz", labels, 1);

    give(in, body, n, &o, 1000000001);
    give(in, body, n, &o, 2000000002);
    give(in, body + n / 2, n - n / 2, &o, 3000000003);
    for (int64_t t = 4; t < 2000; t += 300)
        assert(intake_tick(in, t * 1000000000) == 0);
    intake_close(in);
    intake_house_free(house);
    meaning_free(meaning);
    catalog_free(catalog);
    return 0;
}
