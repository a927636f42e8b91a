/* SPDX-License-Identifier: MIT
 * Turns what the threads of a process wait for into "they stand in line", against what they did before. Which
 * cgroup that is trouble of is attribution.c's matter. */
#include "detection/convoy.h"

#include <math.h>
#include <string.h>

/* Heuristics, chosen on 2026-11-23 from the lab's convoys and healthy loads (docs/lab.md). */
#define KNOWN_S     60.0   /* of its own past, at least */
#define SHARE_MORE  0.3    /* of its threads, over the usual share */
#define WAIT_LEAST  0.1    /* seconds a second, */
#define WAIT_TIMES  3.0    /* and so many times the usual */
#define CPU_LEAST   5.0    /* percent of the host: who works less holds nobody up */
#define CPU_LESS    0.5    /* of its usual CPU, at least: with less it has less to do, */
#define CPU_MORE    1.5    /* and at most: with more it has more */
#define STILL       0.7    /* of each is enough while they stand */
#define QUIET_SHARE 0.1    /* over the usual share: so far nothing has begun, */
#define STRAY_SHARE 0.15   /* and from there on nothing is learned */
#define STRAY_MAX_S 3600.0 /* for longer than this: then it is how the process lives now */
#define HALF_LIFE_S 300.0
#define LN2         0.69314718055994530942
#define STEP_MAX_S  10.0 /* what happens between two looks farther apart is not known */

void convoy_init(struct convoy *c)
{
    memset(c, 0, sizeof(*c));
    c->asked_ns = c->quiet_ns = INT64_MIN;
}

static bool stands(const struct convoy *c, double futex, double wait, double cpu)
{
    double enough = c->stands ? STILL : 1;

    return c->known_s >= KNOWN_S && futex >= enough * CONVOY_SHARE &&
           futex - c->futex.mean >= enough * SHARE_MORE && wait >= enough * WAIT_LEAST &&
           wait >= enough * WAIT_TIMES * c->wait.mean && cpu >= enough * CPU_LEAST &&
           cpu >= enough * CPU_LESS * c->cpu.mean && cpu <= CPU_MORE / enough * c->cpu.mean;
}

static void learn(struct convoy *c, double dt_s, double futex, double wait, double cpu)
{
    double weight = LN2 * dt_s / HALF_LIFE_S;

    average_take(&c->futex, futex, weight, 0.05);
    average_take(&c->wait, wait, weight, 0.01);
    average_take(&c->cpu, cpu, weight, 1);
    c->known_s += dt_s;
}

void convoy_take(struct convoy *c, int64_t t_ns, double futex, double wait, double cpu)
{
    double dt_s = c->asked_ns == INT64_MIN ? 0 : (double)((uint64_t)t_ns - (uint64_t)c->asked_ns) * 1e-9;

    c->asked_ns = t_ns;
    if (isnan(futex) || isnan(wait) || isnan(cpu)) {
        c->stands = false;
        return;
    }
    dt_s = dt_s < STEP_MAX_S ? dt_s : STEP_MAX_S;
    c->stands = stands(c, futex, wait, cpu);
    if (futex - c->futex.mean < QUIET_SHARE || c->quiet_ns == INT64_MIN)
        c->quiet_ns = t_ns;
    c->strayed_s = futex - c->futex.mean < STRAY_SHARE ? 0 : c->strayed_s + dt_s;
    if (c->strayed_s == 0 || c->strayed_s > STRAY_MAX_S || c->known_s < KNOWN_S)
        learn(c, dt_s, futex, wait, cpu);
}
