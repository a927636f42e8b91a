/* SPDX-License-Identifier: MIT
 * Keeps the last minute of one CPU for the seizure law, and its course for the early warning. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "detection/watch_parts.h"

#define CPU_WINDOW_S     60.0
#define CPU_SLOW_STEP_S  1.0 /* samples rarer than this: the window is counted in samples instead */
#define CPU_SLOW_SAMPLES 60U
#define CPU_GAP_STEPS                                                                                        \
    5.0 /* of a hole longer than this many steps each is kept as absent: a spectrum needs even spacing */
#define CPU_GAP_SHARE 3U /* a hole longer than this part of the window starts it anew */

#define WARNING_STEP_S    1.0 /* readings that come faster are averaged to it */
#define WARNING_GAP_STEPS 5.0 /* a longer hole starts a block anew */
#define WARNING_CPU_FLOOR                                                                                    \
    0.3 /* points: below it a CPU is still; heuristic, chosen on 2026-11-22 (a tick of 10 ms) */

int watch_warning_prepare(struct watch *w, enum warning_source source, double floor)
{
    if (w->warnings[source])
        return 0;
    struct warning_watch *k = w->warnings[source] = calloc(1, sizeof(*k));
    if (!k)
        return -ENOMEM;
    slowing_init(&k->slowing, floor);
    return 0;
}

int watch_cpu_prepare(struct watch *w)
{
    if (w->cpu)
        return 0;
    /* A single CPU swings with what the scheduler moves about, a process lives too short. */
    if (w->kind != ENTITY_CPU && w->kind != ENTITY_PROCESS &&
        watch_warning_prepare(w, WARNING_CPU, WARNING_CPU_FLOOR))
        return -ENOMEM;
    w->cpu = calloc(1, sizeof(*w->cpu));
    if (!w->cpu)
        return -ENOMEM;
    cadence_init(&w->cpu->cadence);
    w->cpu->shape = w->cpu->wide = -1;
    return 0;
}

/* The window in samples, once the cadence is known. */
static void size_cpu_window(struct cpu_watch *c)
{
    double step = c->cadence.usual_s;
    if (step <= 0)
        return;
    double n = step < CPU_SLOW_STEP_S * 0.999 ? floor(CPU_WINDOW_S / step + 0.5) : CPU_SLOW_SAMPLES;
    c->window = n > CPU_RING ? CPU_RING : (uint32_t)n;
}

static void keep(struct cpu_watch *c, float percent)
{
    c->ring[c->head] = percent;
    c->head = (c->head + 1) % CPU_RING;
    if (c->count < CPU_RING)
        c->count++;
}

/* Nothing was heard for gap_s. */
static void pass_over(struct cpu_watch *c, double gap_s)
{
    const double missed = floor(gap_s / c->cadence.usual_s + 0.5) - 1;

    if (missed * CPU_GAP_SHARE > c->window) {
        c->count = 0;
        c->judged = false;
        c->eager = 0;
        c->wide_samples = 0;
        return;
    }
    for (double i = 0; i < missed; i++)
        keep(c, NAN);
}

static bool take_cpu(struct cpu_watch *c, int64_t t_ns, double ratio)
{
    int64_t last_ns = c->cadence.last_ns;
    bool begun = c->cadence.count > 0;
    if (!cadence_take(&c->cadence, t_ns))
        return false;
    if (c->window == 0 || c->cadence.count % CADENCE_STEPS == 1)
        size_cpu_window(c);
    double step_s = begun ? (double)((uint64_t)t_ns - (uint64_t)last_ns) * 1e-9 : 0;
    if (c->window && step_s > CPU_GAP_STEPS * c->cadence.usual_s)
        pass_over(c, step_s);
    keep(c, (float)(ratio * 100.0));
    c->since_judged++;
    return true;
}

/* One reading more of what is asked for slowing down; readings that come faster than a second are averaged.
 */
static void take_warning_cpu(struct watch *w, int64_t t_ns, int64_t last_ns, double points)
{
    struct warning_watch *k = w->warnings[WARNING_CPU];
    double step_s = w->cpu->cadence.usual_s;

    if (!k || step_s <= 0)
        return;
    uint32_t group = step_s < WARNING_STEP_S ? (uint32_t)(WARNING_STEP_S / step_s + 0.5) : 1;
    double value_step_s = step_s * group;
    if (last_ns != INT64_MIN &&
        (double)((uint64_t)t_ns - (uint64_t)last_ns) * 1e-9 > WARNING_GAP_STEPS * value_step_s) {
        slowing_break(&k->slowing);
        k->sum = k->in_sum = 0;
    }
    k->step_s = value_step_s;
    k->sum += points;
    if (++k->in_sum < group)
        return;
    slowing_push(&k->slowing, k->sum / k->in_sum);
    k->sum = k->in_sum = 0;
}

enum watch_outcome watch_cpu_take(struct watch *w, int64_t t_ns, double x)
{
    int64_t last_ns = w->cpu->cadence.last_ns;

    if (!take_cpu(w->cpu, t_ns, x))
        return WATCH_LATE;
    take_warning_cpu(w, t_ns, last_ns, 100 * x);
    return WATCH_TAKEN;
}
