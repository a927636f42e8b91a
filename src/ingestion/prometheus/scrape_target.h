/* SPDX-License-Identifier: MIT
 * One address that is scraped, as configuration or a file of targets names it. */
#ifndef COHERENCE_INGESTION_SCRAPE_TARGET_H
#define COHERENCE_INGESTION_SCRAPE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingestion/intake/intake.h"
#include "net/http_url.h"

#define SCRAPE_LABELS_MAX     8
#define SCRAPE_LABEL_TEXT_MAX 512 /* bytes of all names and values */
#define SCRAPE_INSTANCE_MAX   (HTTP_URL_HOST_MAX + 8)
#define SCRAPE_FILE_MAX       (1U << 20) /* bytes of a file of targets */

struct scrape_target {
    struct http_url url;
    char instance[SCRAPE_INSTANCE_MAX];            /* host:port */
    struct intake_label labels[SCRAPE_LABELS_MAX]; /* instance among them */
    size_t label_count;
    char text[SCRAPE_LABEL_TEXT_MAX]; /* of the labels */
    size_t text_n;
};

/* Reads a URL, and gives it the label instance. Returns 0 or -EINVAL with e. */
int scrape_target_init(struct scrape_target *t, const char *url, size_t n, struct error *e);

/* One label more; names that begin with "__" are none. Returns 0, or -EINVAL with e: no name, or no room. */
int scrape_target_label(struct scrape_target *t, const char *name, size_t name_n, const char *value,
    size_t value_n, struct error *e);

/* "name=value, name=value". Returns as scrape_target_label. */
int scrape_target_labels(struct scrape_target *t, const char *text, struct error *e);

/* Labels point into the target: after it has been copied or moved. */
void scrape_target_settle(struct scrape_target *t, const struct scrape_target *from);

/* Reads a file of targets: Prometheus' file_sd format, JSON when its name ends in .json, else YAML: a list of
 * {targets: ["host:port", ...], labels: {name: value, ...}}; the labels __scheme__ and __metrics_path__ say
 * where, others that begin with "__" are passed over. bytes: anything. Calls add for each target; a return
 * other than 0 ends it. Returns 0, what add returned, or -EINVAL with e (file, line). */
int scrape_file_read(const char *path, const char *bytes, size_t n,
    int (*add)(void *context, const struct scrape_target *target, struct error *e), void *context,
    struct error *e);

#endif
