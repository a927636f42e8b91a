/* SPDX-License-Identifier: MIT
 * The one variable that is not ours by name. Used inside this room; the others are config_environment's. */
#ifndef COHERENCE_CONFIG_ENVIRONMENT_H
#define COHERENCE_CONFIG_ENVIRONMENT_H

#include "config/config.h"

/* $STATE_DIRECTORY as the weakest setting of state_dir. As config_load. Source: systemd.exec(5),
 * StateDirectory=. */
int config_service_environment(struct config *c, const char *const *environment,
    void (*problem)(void *context, const struct error *e), void *context);

#endif
