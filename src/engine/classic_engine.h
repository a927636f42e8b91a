/* SPDX-License-Identifier: MIT
 * The classic profile at work: the original's rules fed by the same frames and ticks (docs/decisions/0005).
 */
#ifndef COHERENCE_ENGINE_CLASSIC_ENGINE_H
#define COHERENCE_ENGINE_CLASSIC_ENGINE_H

#include <stdint.h>

#include "core/event.h"

struct engine;
struct classic_engine;

struct classic_engine *classic_engine_new(struct engine *g); /* g: borrowed; NULL: no memory */
void classic_engine_free(struct classic_engine *c);          /* NULL allowed */

/* One sample as it was fed (before its alias' scale), in order of arrival. */
void classic_engine_sample(struct classic_engine *c, uint32_t series, int64_t t_ns, double value);
void classic_engine_tick(struct classic_engine *c, int64_t now_ns);
/* The life of an entity has ended: what was kept of its series goes, and its names make room at once. Nothing
 * happens to a host, nor in a bounded input, whose end is to judge all of it. Returns 0. */
int classic_engine_gone(struct classic_engine *c, uint32_t entity);
/* A bounded input is over: the rules that look at the whole series speak now; what is open closes. */
void classic_engine_end(struct classic_engine *c);
const struct host_tick *classic_engine_host(const struct classic_engine *c, uint32_t host);

#endif
