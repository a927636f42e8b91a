/* SPDX-License-Identifier: MIT
 * A secret that stands in a file: one line, readable by its owner and group only. */
#ifndef COHERENCE_NET_SECRET_FILE_H
#define COHERENCE_NET_SECRET_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Reads what fits of it, at most size bytes. key: of the option that names the file, for messages. Returns
 * the number of bytes; or -EINVAL with e filled: it cannot be read, or everybody can. */
ssize_t secret_file_read(const char *key, const char *path, char *bytes, size_t size, struct error *e);

/* The same of a file that is no secret. */
ssize_t open_file_read(const char *key, const char *path, char *bytes, size_t size, struct error *e);

/* Bytes of the line at the front of bytes[0..n), without its end; 0: it is empty, holds what is not
 * printable or a blank, or another line follows. */
size_t secret_line(const char *bytes, size_t n);

/* Which content of the file was read last: another number when the file may have changed (its inode, length
 * or time did), 0 when it cannot be looked at. */
uint64_t secret_file_mark(const char *path);

#endif
