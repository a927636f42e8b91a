/* SPDX-License-Identifier: MIT
 * How bad is it? Risk with its terms, kind and severity of a story, from its chapters. */
#ifndef COHERENCE_CORRELATION_GRAVITY_H
#define COHERENCE_CORRELATION_GRAVITY_H

#include "correlation/internal.h"

/* Writes risk with its terms, and exhaustion as of now_ns. */
void gravity_measure(struct story *s, int64_t now_ns);

/* The same, and kind, severity with its reason. A severity does not fall while the
 * incident lasts. Returns whether kind or severity changed. */
bool gravity_weigh(
    struct story *s, const struct catalog *names, const struct correlator_settings *settings, int64_t now_ns);

#endif
