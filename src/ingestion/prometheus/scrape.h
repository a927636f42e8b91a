/* SPDX-License-Identifier: MIT
 * Asks targets for their metrics, each at its own interval, and hands what they answer to an intake of its
 * own. Targets are asked apart from each other: one that is slow, dead or wrong delays none. The time of a
 * scrape is that at which it was begun; when in the interval that is follows from the target's URL, so that
 * many targets are not asked at once and a restart asks at the same times. */
#ifndef COHERENCE_INGESTION_SCRAPE_H
#define COHERENCE_INGESTION_SCRAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "ingestion/intake/intake.h"
#include "net/http_client.h"
#include "net/loop.h"

#define SCRAPE_TARGETS_MAX 64  /* in the configuration */
#define SCRAPE_ALL_MAX     256 /* those of files included: as many as the client may be allowed */

/* One item of sources.prometheus.scrape. */
struct scrape_target_options {
    char url[OPTION_TEXT_MAX];
    char token_file[OPTION_TEXT_MAX]; /* "": none */
    char labels[OPTION_TEXT_MAX];     /* "name=value, name=value" */
    int64_t interval_ns;              /* 0: sources.prometheus.interval */
    bool buckets;
    struct option_place place;
};

struct scrape_options {
    struct scrape_target_options targets[SCRAPE_TARGETS_MAX];
    uint32_t target_count;
    char file_sd[OPTION_LIST_MAX]; /* sources.prometheus.file_sd: paths */
    int64_t interval_ns;           /* sources.prometheus.interval, 15s */
    int64_t timeout_ns;            /* sources.prometheus.timeout, 10s; never longer than the interval */
    uint64_t max_body_bytes;       /* sources.prometheus.max_body, 16MiB, unpacked */
};

extern const struct option_row scrape_option_rows[];
extern const size_t scrape_option_count;

/* One item of the list; the rest. 0, or -EINVAL with e, and *ret_key. Read no file. */
int scrape_target_check(const struct scrape_target_options *t, struct error *e);
int scrape_options_check(const struct scrape_options *o, const char **ret_key, struct error *e);

/* Is anything to be scraped? */
bool scrape_is_on(const struct scrape_options *o);

struct scrape;

/* What a scrape needs of its owner. */
struct scrape_home {
    int64_t (*now_ns)(void *context);                 /* engine time */
    void (*say)(void *context, const char *sentence); /* what people should know, once at each change */
    void *context;
};

/* Reads the targets, those of files too, and lets the client know them (http_client_allow). Before the seal.
 * o and c: borrowed as long as the scrape. NULL with e filled: -EINVAL (a target, or a file), -ENOMEM, and
 * what the client answers. */
struct scrape *scrape_open(
    const struct scrape_options *o, struct http_client *c, const struct scrape_home *home, struct error *e);

/* Directories of files that are read again later, for the seal: from the front until NULL. */
const char *const *scrape_directories(const struct scrape *s);

/* Scrapes from now on, in callbacks of l; house and loop outlive it. Returns 0 or -errno. */
int scrape_start(struct scrape *s, struct intake_house *house, struct loop *l);

/* What an intake answered that the process must stop for; 0: nothing. */
int scrape_fault(const struct scrape *s);

uint32_t scrape_target_count(const struct scrape *s);

/* What has become of a target so far. */
struct scrape_standing {
    const struct http_url *url;
    const struct intake *in; /* what came of it */
    const char *why;         /* what is wrong with it; NULL: nothing, or not known yet */
    bool known;              /* it was asked, and has answered or not */
    bool answered;           /* something came, if only what is no exposition */
};

/* Asks all targets in the next round, instead of each when it is due; after scrape_start. */
void scrape_hurry(struct scrape *s);

/* Of target i < scrape_target_count; valid until the loop goes on. After scrape_start. */
struct scrape_standing scrape_stand(const struct scrape *s, uint32_t i);

/* Gives up what is on its way. Before the intakes' house, the client and the loop go. NULL allowed. */
void scrape_close(struct scrape *s);

#endif
