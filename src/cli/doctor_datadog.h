/* SPDX-License-Identifier: MIT
 * coherence doctor --source datadog: are the keys good, and what can be read with them? */
#ifndef COHERENCE_CLI_DOCTOR_DATADOG_H
#define COHERENCE_CLI_DOCTOR_DATADOG_H

#include "cli/session.h"

/* Asks Datadog once, under the seal, and writes what it found to the session's output. Returns an exit
 * status: STATUS_USAGE (keys are missing), STATUS_HOST_CANNOT (Datadog cannot be read from). */
int doctor_datadog(struct session *s);

#endif
