/* SPDX-License-Identifier: MIT
 * What an answer costs: rendering /metrics of a host with a hundred cgroups, and compressing it; CPU time,
 * the median of RUNS. usage: http_bench (no arguments). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config/config.h"
#include "net/http_zip.h"
#include "output/api/handlers.h"

#define RUNS     101
#define CGROUPS  100
#define TICKS    40
#define FIRST_NS INT64_C(1767225600000000000) /* 2026-01-01 */

static char body[HTTP_BODY_MAX], packed[HTTP_BODY_MAX];

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e6 * (double)t.tv_sec + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* An engine that has judged such a host for a while; exits when it cannot be made. */
static struct engine *make_engine(void)
{
    static struct config config;
    static struct sample samples[2 * (CGROUPS + 1)];
    struct error e;
    size_t n = 0;

    config_init(&config);
    struct engine *g = engine_new(&config.engine, ENGINE_STREAM, &e);
    if (!g)
        exit(1);
    struct catalog *c = engine_catalog(g);
    const int64_t host = catalog_host(c, "web-1", 5);
    for (int i = 0; i <= CGROUPS; i++) {
        char name[64];
        const int length =
            snprintf(name, sizeof(name), "/system.slice/worker-%c%c.service", 'a' + i / 26, 'a' + i % 26);
        const int64_t entity =
            i == CGROUPS ? host
                         : catalog_entity_below(c, (uint32_t)host, ENTITY_CGROUP, name, (size_t)length);
        samples[n++].series = (uint32_t)catalog_series_known(c, (uint32_t)entity, METRIC_CPU_UTILIZATION);
        samples[n++].series = (uint32_t)catalog_series_known(c, (uint32_t)entity, METRIC_MEMORY_USAGE);
    }
    for (int t = 0; t < TICKS; t++) {
        const int64_t now_ns = FIRST_NS + t * INT64_C(1000000000);
        for (size_t i = 0; i < n; i++)
            samples[i].value = i % 2 ? 1e8 + t * 4096.0 : 0.2 + 0.01 * (double)((t * 7 + (int)i) % 11);
        if (engine_frame(g, now_ns, samples, n) != 0 || engine_tick(g, now_ns) != 0)
            exit(1);
    }
    return g;
}

int main(void)
{
    struct engine *g = make_engine();
    struct api api = {.view = engine_view(g),
        .tick_ns = FIRST_NS + (TICKS - 1) * INT64_C(1000000000),
        .tick_mono_ns = api_mono_ns(),
        .version = COHERENCE_VERSION,
        .profile = "default",
        .seal_missing = "",
        .layers = {{"no_new_privileges", true}, {"landlock", true}, {"seccomp", true}}};
    static const char *const nothing[HTTP_QUERIES_MAX] = {"", "", "", "", "", "", "", ""};
    const struct http_request q = {.rest = "", .values = nothing};
    struct http_zip *zip = http_zip_new();
    double render[RUNS], pack[RUNS];
    struct text text;
    size_t n = 0, samples = 0;

    if (!zip)
        return 1;
    for (int i = 0; i < RUNS; i++) {
        struct http_answer a = {.status = 200, .body = &text};
        const double begun = cpu_us();
        text_init(&text, body, sizeof(body));
        api_metrics(&api, &q, &a);
        const double rendered = cpu_us();
        n = http_zip_pack(zip, text.data, text.length, packed, sizeof(packed));
        render[i] = rendered - begun;
        pack[i] = cpu_us() - rendered;
    }
    for (size_t i = 0; i < text.length; i++)
        samples += text.data[i] == '\n' && text.data[i + 1] != '#' && text.data[i + 1] != '\0';
    qsort(render, RUNS, sizeof(render[0]), by_value);
    qsort(pack, RUNS, sizeof(pack[0]), by_value);
    printf("http: /metrics of %zu series, %zu bytes: rendered in %.0f us; to %zu bytes of gzip in %.0f us\n",
        samples, text.length, render[RUNS / 2], n, pack[RUNS / 2]);
    http_zip_free(zip);
    engine_free(g);
    return 0;
}
