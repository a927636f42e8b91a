/* SPDX-License-Identifier: MIT
 * Forgetting by name: from what somebody wrote to what the engine forgets, and a sentence about it. */
#ifndef COHERENCE_CLI_FORGET_H
#define COHERENCE_CLI_FORGET_H

#include <stddef.h>

#include "base/text.h"
#include "engine/engine.h"

/* host: "" = the only one there is. entity: "kind:name", or "host". Both are outside bytes. Writes one
 * sentence to said: what was forgotten, or why nothing was and what may have been meant. Returns 0; -ENOENT:
 * no such host or entity; -EINVAL: which host is not said; what engine_forget answers. O(entities). */
int forget_by_name(struct engine *g, const char *host, const char *entity, struct text *said);

#endif
