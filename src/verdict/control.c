/* SPDX-License-Identifier: MIT
 * Turns the values of a host into the alarms of simple detectors, at every setting of a sweep. What an alarm
 * is worth is counted elsewhere. */
#include "verdict/control.h"

#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "base/hash.h"

#define START_ROWS  20 /* before them there is no habit to stray from */
#define HALF_LIFE_S 86400.0
#define LEAST_SHARE 0.002 /* of the largest value: below it a deviation is rounding */
#define LEAST       1e-12

const struct control_setting control_settings[CONTROL_SETTINGS] = {
    {CONTROL_WEIGHTED, 2},
    {CONTROL_WEIGHTED, 3},
    {CONTROL_WEIGHTED, 4},
    {CONTROL_WEIGHTED, 6},
    {CONTROL_WEIGHTED, 8},
    {CONTROL_WEIGHTED, 12},
    {CONTROL_WEIGHTED, 16},
    {CONTROL_WEIGHTED, 24},
    {CONTROL_WEIGHTED, 32},
    {CONTROL_WEIGHTED, 64},
    {CONTROL_WEIGHTED, 128},
    {CONTROL_WEIGHTED, 512},
    {CONTROL_WEIGHTED, 2048},
    {CONTROL_STATIC, 0.5},
    {CONTROL_STATIC, 0.6},
    {CONTROL_STATIC, 0.7},
    {CONTROL_STATIC, 0.8},
    {CONTROL_STATIC, 0.9},
    {CONTROL_STATIC, 0.95},
    {CONTROL_STATIC, 0.99},
    {CONTROL_STATIC, 1},
    {CONTROL_PERIODIC, 20},
    {CONTROL_PERIODIC, 60},
    {CONTROL_PERIODIC, 150},
    {CONTROL_PERIODIC, 500},
    {CONTROL_PERIODIC, 1500},
    {CONTROL_PERIODIC, 5000},
    {CONTROL_PERIODIC, 15000},
    {CONTROL_PERIODIC, 50000},
    {CONTROL_RANDOM, 0.05},
    {CONTROL_RANDOM, 0.015},
    {CONTROL_RANDOM, 0.005},
    {CONTROL_RANDOM, 0.002},
    {CONTROL_RANDOM, 0.0005},
    {CONTROL_RANDOM, 0.00015},
    {CONTROL_RANDOM, 0.00005},
};

const char *control_name(enum control_kind kind)
{
    static const char *const names[CONTROL_KINDS] = {"weighted z", "static share", "periodic", "random"};
    return names[kind];
}

double control_steady(double step_s)
{
    return 1 - fmath_pow(0.5, step_s / HALF_LIFE_S);
}

void control_take(struct control_row *row, struct control_series *s, uint64_t number, double steady, double x)
{
    if (x > s->most)
        s->most = x;
    if (s->most > 0 && number >= START_ROWS && x / s->most > row->share)
        row->share = x / s->most;

    s->seen++;
    double d = x - s->mean, magnitude = fabs(x);
    if (magnitude > s->largest)
        s->largest = magnitude;
    if (s->seen > START_ROWS) {
        double usual = sqrt(s->variance), least = LEAST_SHARE * s->largest;
        usual = usual > least ? usual : least;
        double z = fabs(d) / (usual > LEAST ? usual : LEAST);
        if (z > row->z)
            row->z = z;
    }
    double w = 1 / (double)s->seen > steady ? 1 / (double)s->seen : steady;
    s->mean += w * d;
    s->variance = (1 - w) * (s->variance + w * d * d);
}

void control_begin(struct control_host *h, const char *name)
{
    memset(h, 0, sizeof(*h));
    for (uint32_t i = 0; i < CONTROL_SETTINGS; i++)
        h->states[i].last_ns = INT64_MIN;
    rng_seed(&h->chance, hash_sip24(0, 0, name, strlen(name)));
}

uint64_t control_judge(struct control_host *h, const struct control_row *row, uint64_t number)
{
    double chance = rng_uniform(&h->chance);
    uint64_t alarms = 0;
    for (uint32_t i = 0; i < CONTROL_SETTINGS; i++) {
        const struct control_setting *s = &control_settings[i];
        bool alarm = false;
        switch (s->kind) {
        case CONTROL_WEIGHTED:
            alarm = row->z >= s->value;
            break;
        case CONTROL_STATIC:
            alarm = row->share >= s->value;
            break;
        case CONTROL_PERIODIC:
            alarm = number % (uint64_t)s->value == 0;
            break;
        default:
            alarm = chance >= 1 - s->value;
        }
        alarms |= (uint64_t)alarm << i;
    }
    return alarms;
}
