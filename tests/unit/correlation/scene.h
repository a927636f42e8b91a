/* SPDX-License-Identifier: MIT
 * A correlator with two hosts and a cgroup on the first, findings made up by hand, and what it says, kept. */
#ifndef COHERENCE_TESTS_CORRELATION_SCENE_H
#define COHERENCE_TESTS_CORRELATION_SCENE_H

#include "correlation/correlator.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND) /* 2026-01-01 00:00:00 UTC */

#define SCENE_SAID_MAX 4096

struct scene {
    struct catalog *names;
    uint32_t a, b, group; /* hosts a and b; cgroup /g on a */
    struct correlator_settings settings;
    struct correlator *correlator;
    struct incident *said; /* SCENE_SAID_MAX */
    unsigned count;
};

/* Settings as the options' defaults: five minutes, a minute, a quarter of an hour. */
void scene_init(struct scene *s);
void scene_done(struct scene *s);

/* A finding of that law and entity at that second; onset at the same time, medium confidence, strength 0.5,
 * cause "unexplained", text "something". Its id tells the second and the law. */
struct finding scene_finding(const struct scene *s, uint32_t entity, enum law_id law, int second);

/* Its sentence, all of it observed. */
void scene_text(struct finding *f, const char *text);

/* Says it to the correlator (its evidence seen just then), with the tick of that time. */
void scene_say(struct scene *s, const struct finding *f);

/* A finding of that law and entity said with that change at that second. */
void scene_open(struct scene *s, uint32_t entity, enum law_id law, int second);
void scene_close(struct scene *s, uint32_t entity, enum law_id law, int second);

/* Ticks every second from..to (both). */
void scene_tick(struct scene *s, int from, int to);

/* How many incidents were said with that change, and the last thing said (NULL: nothing). */
unsigned scene_count(const struct scene *s, enum change change);
const struct incident *scene_last(const struct scene *s);

#endif
