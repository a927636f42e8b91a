/* SPDX-License-Identifier: MIT
 * How recorded telemetry in text names what a sample is about, so that a replay finds the same entity. */
#ifndef COHERENCE_OUTPUT_TELEMETRY_NAME_H
#define COHERENCE_OUTPUT_TELEMETRY_NAME_H

#include "base/text.h"
#include "core/catalog.h"

#define TELEMETRY_ENTITY_MAX (CATALOG_NAME_MAX + 16u) /* bytes of "kind:name", NUL included */

/* The entity of which that series is told: its own, or, where a metric that no law knows has become an entity
 * of kind series, the one that it was fed for. */
const struct entity *telemetry_owner(const struct catalog *c, const struct series *s);

/* Writes "kind:name"; nothing for a host. */
void telemetry_entity(struct text *out, const struct entity *e);

#endif
