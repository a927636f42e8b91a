/* SPDX-License-Identifier: MIT
 * SIGHUP: the configuration is read anew and taken over without losing what was learned; a bad one is
 * refused with all its problems, and the old one goes on. */
#ifndef COHERENCE_CLI_RELOAD_H
#define COHERENCE_CLI_RELOAD_H

#include "cli/historian.h"
#include "cli/keeper.h"
#include "cli/service.h"
#include "cli/session.h"

#define RELOAD_PATHS_MAX 6

/* Trees and files that must stay readable under the seal so that a reload can read them: the directories of
 * the configuration, of the token and of certificates, since files are usually replaced by new ones; of a
 * directory that holds other things too (/, /etc, /tmp, a home), the file alone. Memory is static. Returns
 * how many were written to paths. After session_open. */
size_t reload_paths(const struct session *s, const char *paths[RELOAD_PATHS_MAX]);

struct reload {
    struct session *session;
    struct historian *historian;
    struct keeper *keeper;
    struct service *service;
};

/* Between two ticks. Says what came of it. Returns whether the new configuration was taken over. */
bool reload_configuration(const struct reload *r);

#endif
