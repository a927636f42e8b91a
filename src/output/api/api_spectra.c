/* SPDX-License-Identifier: MIT
 * The variance spectra of the last minutes of what is most unstable, kept from tick to tick as the terminal
 * keeps its own (tui/traces.c), for whoever draws them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "output/api/handlers.h"
#include "output/tui/ranking.h"
#include "output/tui/traces.h"

#define DIGITS 3 /* significant: they are kept to a twentieth */

struct api_spectra {
    struct traces traces;
    struct ranking ranking;
};

int api_spectra_new(struct api *a)
{
    a->spectra = calloc(1, sizeof(*a->spectra));
    return a->spectra ? 0 : -ENOMEM;
}

void api_spectra_free(struct api *a)
{
    free(a->spectra);
    a->spectra = NULL;
}

void api_spectra_tick(struct api *a)
{
    const struct rank_query q = {.below = ENTITY_NONE, .filter = "", .order = ORDER_UNSTABLE};

    if (!a->spectra)
        return;
    traces_tick(&a->spectra->traces);
    ranking_update(&a->spectra->ranking, a->view, &q);
    for (uint32_t i = 0; i < a->spectra->ranking.count && i < TRACES_MAX; i++)
        traces_take(&a->spectra->traces, a->view, a->spectra->ranking.rows[i].entity);
}

static double rounded(double value)
{
    if (!(value > 0.0))
        return value;
    const double unit = pow(10.0, floor(log10(value)) - (DIGITS - 1));
    const double inverse = pow(10.0, (DIGITS - 1) - floor(log10(value)));

    return unit >= 1.0 ? floor(value / unit + 0.5) * unit : floor(value * inverse + 0.5) / inverse;
}

/* Ticks from the first that was written down to the present one. */
static uint32_t length_of(const struct traces *t, const struct trace *one)
{
    const uint64_t n = t->ticks - one->begun + 1;
    return n < TRACES_TICKS ? (uint32_t)n : TRACES_TICKS;
}

static void put_trace(struct json *j, const struct traces *t, const struct trace *one)
{
    const uint32_t n = one ? length_of(t, one) : 0;

    json_begin_array(j, "scale_s");
    for (uint32_t octave = 0; one && octave < one->octaves; octave++)
        json_put_number(j, NULL, rounded(one->scale_s[octave]));
    json_end_array(j);
    json_begin_array(j, "value");
    for (uint32_t octave = 0; one && octave < one->octaves; octave++) {
        json_begin_array(j, NULL);
        for (uint32_t age = n; age-- > 0;)
            json_put_number(j, NULL, rounded(traces_value(t, one, octave, age, 1)));
        json_end_array(j);
    }
    json_end_array(j);
}

void api_spectrum(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const uint32_t id = api_find_entity(api, q, a);
    struct json j;

    if (id == ENTITY_NONE)
        return;
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    json_put_uint(&j, "id", id);
    json_put_string(&j, "unit", "%");
    json_put_number(&j, "step_s", (double)api->period_ns / 1e9);
    if (api->tick_ns == INT64_MIN)
        json_put_null(&j, "t");
    else
        json_put_time(&j, "t", api->tick_ns);
    put_trace(&j, &api->spectra->traces, traces_of(&api->spectra->traces, id));
    json_end_object(&j);
    text_add_char(a->body, '\n');
}
