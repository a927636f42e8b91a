/* SPDX-License-Identifier: MIT
 * Starts a load from its kind and a seed, and asks it for its readings. The kinds are in cpu_load.c,
 * memory_load.c and traffic_load.c. */
#include "load.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"

struct load load_begin(const struct load_kind *kind, uint64_t seed)
{
    struct load l = {.kind = kind};

    /* Two loads with the same seed share no draws. */
    rng_seed(&l.rng, seed + hash_sip24(0, 0, kind->name, strlen(kind->name)));
    kind->begin(&l);
    return l;
}

struct load_reading load_next(struct load *l, double t_s)
{
    struct load_reading r = {.cpu = (double)NAN,
        .forks = (double)NAN,
        .used = (double)NAN,
        .limit = (double)NAN,
        .process = (double)NAN,
        .in = (double)NAN,
        .out = (double)NAN,
        .failed = (double)NAN};

    l->kind->next(l, t_s, &r);
    l->t_s = t_s;
    return r;
}
