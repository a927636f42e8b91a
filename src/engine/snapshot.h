/* SPDX-License-Identifier: MIT
 * The engine as bytes: everything that it has learned and has open, so that another engine goes on where this
 * one stopped. Where the bytes are kept, and whether they are whole, is the state room's matter. */
#ifndef COHERENCE_ENGINE_SNAPSHOT_H
#define COHERENCE_ENGINE_SNAPSHOT_H

#include "base/pack.h"
#include "engine/engine.h"

/* Raised whenever a field that is packed changes, comes or goes. */
#define ENGINE_SNAPSHOT_VERSION 16

/* Writes the engine to p (from pack_to_write or pack_rewind). What waits for threads is judged and said
 * first, as by engine_flush; nothing else changes. Saving twice gives the same bytes, and so does saving an
 * engine that has been restored. heard_since_ns: entities of which nothing was heard since then and that have
 * nothing open are left out; INT64_MIN: none. Returns 0; -ENOTSUP: the classic profile learns nothing and has
 * no snapshot; -ERANGE: a time or number that cannot be kept; -EFBIG: over p's limit; -ENOMEM. On error p
 * holds nothing useful. Cost O(what is kept): some 2 us per series, 20 us per cgroup. */
int engine_save(struct engine *g, struct pack *p, int64_t heard_since_ns, struct error *e);

/* Fills a new engine (no name declared yet) from such bytes, which are not believed. Its options may differ
 * from the writer's (threads, limits that are still large enough, budget, windows); what was learned is kept
 * and the new options hold from now on. Fed the same from here on, it says the same, bit for bit, as the
 * engine that was saved. Returns 0; -EPROTO: another version of the program wrote it; -EBADMSG: damaged;
 * -ENOSPC: more entities or series than this engine may have; -ENOTSUP: classic profile; -EBUSY: not new;
 * -ENOMEM. After an error the engine must be freed. e (may be NULL) says it in words. */
int engine_restore(struct engine *g, const uint8_t *bytes, size_t n, struct error *e);

/* The observer was away since the engine's last tick and looks again at now_ns: call it after engine_restore,
 * before the first sample, unless what follows is the very next tick, or between a tick and the first sample
 * after an absence. The time between is cut out: no silence
 * of that time is loss, no difference across it is a jump, findings and incidents stay open but give no
 * advice until they have been seen again. Nothing happens when now_ns is not later than the last tick, and in
 * the classic profile, whose rules have no such time. */
void engine_resume(struct engine *g, int64_t now_ns);

/* Time of the last tick; INT64_MIN before the first. */
int64_t engine_last_tick_ns(const struct engine *g);

#endif
