/* SPDX-License-Identifier: MIT
 * Telemetry kept in memory, to be played to several engines; and a player that keeps what its engine says as
 * JSON lines. */
#ifndef COHERENCE_TESTS_ENGINE_TAPE_H
#define COHERENCE_TESTS_ENGINE_TAPE_H

#include "base/pack.h"
#include "engine/engine.h"
#include "output/telemetry_csv.h"
#include "state/recording_writer.h"

struct tape_step {
    int64_t t_ns;
    uint32_t from, count; /* of samples[]; count 0: a tick, or the end of: */
    enum entity_end end;  /* not ENTITY_LIVES: the life of an entity ended, */
    uint32_t entity;      /* of names; which goes on knowing it, for when it comes again */
};

struct tape {
    struct catalog *names; /* that the samples' series belong to */
    struct tape_step *steps;
    struct sample *samples;
    uint32_t step_count, sample_count, step_capacity, sample_capacity;
    uint32_t ticks;
};

void tape_init(struct tape *t);
void tape_done(struct tape *t);
/* A door for sources. */
struct feed tape_feed(struct tape *t);
/* A built-in scenario for so many seconds. */
void tape_simulate(struct tape *t, const char *scenario, uint64_t seed, int64_t seconds);

struct player {
    const struct tape *tape;
    struct engine *engine;
    struct telemetry_csv *recording;   /* what is played goes there too; NULL: nowhere */
    struct recording_writer *recorder; /* and there */
    uint32_t *series;                  /* the engine's, by the tape's; UINT32_MAX: not declared yet */
    uint32_t step;                     /* next */
    char *said;
    size_t length, capacity;
};

/* An engine of its own for the tape; options NULL: defaults with anomalies. */
struct engine_options tape_options(int64_t threads);
void player_start(struct player *p, const struct tape *t, const struct engine_options *options, bool ticks);
void player_done(struct player *p);
/* Plays until after `ticks` more ticks, or to the end. */
void player_play(struct player *p, uint32_t ticks);
/* Goes on where `from` stands, with an engine restored from these bytes. */
void player_restore(struct player *p, const struct player *from, const struct engine_options *options,
    bool ticks, const uint8_t *bytes, size_t n);
/* Writes the engine's snapshot over what out holds. */
void player_save(struct player *p, struct pack *out);

/* Two snapshots are the same; two engines have said the same, else the lines that differ are shown. */
void assert_same_bytes(const struct pack *a, const struct pack *b);
void assert_same_text(const char *a, size_t a_n, const char *b, size_t b_n);

#endif
