/* SPDX-License-Identifier: MIT
 * A state directory of its own for each test, and rows to put into it. */
#ifndef COHERENCE_STATE_RIG_H
#define COHERENCE_STATE_RIG_H

#include <stdbool.h>

#include "state/state_file.h"
#include "state/state_reader.h"

#define RIG_LABEL "host a"

struct rig {
    char path[64];
    int dir_fd;
};

void rig_open(struct rig *r); /* below /tmp */
void rig_close(struct rig *r);
bool rig_has(const struct rig *r, const char *name);

/* "text" as a state_text. */
struct state_text rig_text(const char *text);

/* Incident number n, said `state` at second t (and begun at second n): the same n is the same id. */
void rig_incident(struct state_incident *i, unsigned n, const char *state, int64_t t);
void rig_finding(struct state_finding *f, unsigned n, const char *state, int64_t t);
/* Block of n bytes that can be told from others: its kind is 1 when its number is a multiple of 4, else 2. */
void rig_block(struct state_block *b, unsigned number, size_t n);

/* Opens the rig's file (fails the test on error) and puts incidents [from, to) closed, one transaction each.
 */
struct state_file *rig_file(const struct rig *r, char note[ERROR_TEXT_MAX]);
void rig_put_incident(struct state_file *f, unsigned n, const char *state, int64_t t);

/* What a reader sees: the number of incidents and, in closed, how many of them are closed. -errno. */
int rig_count(const struct rig *r, unsigned *ret_incidents, unsigned *ret_closed);

#endif
