/* SPDX-License-Identifier: MIT
 * The book of the alerts in the state directory, so that a restart tells nobody anything twice. */
#ifndef COHERENCE_OUTPUT_ALERT_ALERT_FILE_H
#define COHERENCE_OUTPUT_ALERT_ALERT_FILE_H

#include "base/error.h"
#include "output/alert/alert_book.h"

#define ALERT_FILE_NAME "alerts"
#define ALERT_FILE_MAX  ((size_t)4 << 20) /* bytes */

/* Takes a file's bytes (anything) apart into a book whose targets are there. Returns 0, or -EBADMSG: then the
 * book is empty. */
int alert_file_parse(struct alert_book *b, const uint8_t *bytes, size_t n);

/* Reads it from the directory. Returns 0, -ENOENT (there is none), -EBADMSG or -errno. */
int alert_file_read(struct alert_book *b, int dir_fd);

/* Replaces it: written under another name and renamed, not synced. bytes: room that is kept. Returns 0 or
 * -errno. */
int alert_file_write(struct alert_book *b, struct pack *bytes, int dir_fd);

#endif
