/* SPDX-License-Identifier: MIT
 * The story of a seizure: its cause by the evidence at hand, who carries it, and the sentence. */
#ifndef COHERENCE_DETECTION_SEIZURE_STORY_H
#define COHERENCE_DETECTION_SEIZURE_STORY_H

#include "core/catalog.h"
#include "core/event.h"
#include "detection/contention.h"
#include "detection/watch.h"

/* Fills cause, confidence, evidence, carriers and text of f, whose reading stands. octave: of w->cpu, the one
 * that carries the verdict, or -1; contention: what does instead, or NULL. */
void seizure_tell(const struct watch *w, const struct catalog *names, int octave,
    const struct contention_view *contention, struct finding *f);

#endif
