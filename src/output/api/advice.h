/* SPDX-License-Identifier: MIT
 * The advice that holds now, for whoever balances load by it: the strongest of one host or of all, and only
 * as long as it has not expired, whatever became of the ticks. */
#ifndef COHERENCE_OUTPUT_API_ADVICE_H
#define COHERENCE_OUTPUT_API_ADVICE_H

#include "core/view.h"

/* The advice of the host of that name ("" = of all, the one with the highest confidence) at now_ns, engine
 * time. NULL: none. *ret_host (NULL allowed) becomes the host's entity, ENTITY_NONE when there is no host of
 * that name. Valid until the next feed. O(entities). */
const struct veto *advice_now(const struct view *v, const char *host, int64_t now_ns, uint32_t *ret_host);

/* The weight in percent for a load balancer: 100 without advice, and with it less the surer it is, down to
 * floor_percent at a confidence of 1. Advice to cap retries leaves 100: a load balancer that sends less here
 * sends the retries to the neighbours. */
int advice_weight(const struct veto *v, int floor_percent);

#endif
