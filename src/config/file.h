/* SPDX-License-Identifier: MIT
 * Configuration files on disk: the bytes of one, and the names in conf.d. Used inside this room. */
#ifndef COHERENCE_CONFIG_FILE_H
#define COHERENCE_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/config.h"

#define CONFIG_PATH_MAX 4096

/* Reads the regular file at path, at most YAML_FILE_MAX bytes. Returns 0 and *ret_bytes (the caller frees
 * it), or -errno with e filled. A FIFO, device, socket or directory is never opened for its content: -EINVAL.
 */
int config_file_read(const char *path, char **ret_bytes, size_t *ret_n, struct error *e);

/* The files of a conf.d. */
struct config_fragments {
    char paths[CONFIG_FILES_MAX - 1][CONFIG_PATH_MAX]; /* in the order of their names' bytes */
    size_t count;
};

/* Lists *.yaml in the directory conf.d beside file; names that begin with a dot are passed over, and what
 * does not end in .yaml too, but for .yml, which somebody hopes to be read. A directory that does not exist
 * holds nothing. Calls problem for what cannot be taken: a link that leads out of the directory, more files
 * than fit, .yml. Returns 0 or -EINVAL. */
int config_fragments_list(const char *file, struct config_fragments *f,
    void (*problem)(void *context, const struct error *e), void *context);

#endif
