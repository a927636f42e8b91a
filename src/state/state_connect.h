/* SPDX-License-Identifier: MIT
 * From a directory to a connection that may write: what lies there is looked at, set aside or left alone, and
 * a new database is made where there is none. Internal to the state room. */
#ifndef COHERENCE_STATE_CONNECT_H
#define COHERENCE_STATE_CONNECT_H

#include "base/error.h"
#include "state/state_vfs.h"

/* Opens or makes STATE_FILE_NAME of dir_fd through v, which is registered here and stays so while *ret is
 * open. As state_file_open, which see. */
int state_connect(sqlite3 **ret, struct state_vfs *v, int dir_fd, const char *label,
    char note[ERROR_TEXT_MAX], struct error *e);

/* Renames the database and its log: NAME.<kind>-1, what was there before to -2, and so on. Returns 0 or
 * -errno.
 */
int state_connect_set_aside(int dir_fd, const char *kind, char name[64]);

#endif
