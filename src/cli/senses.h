/* SPDX-License-Identifier: MIT
 * The sources that take in telemetry of other systems: opened as configured before the seal, joined to the
 * engine after it, and kept in step with the ticks. Where none is configured they do nothing. */
#ifndef COHERENCE_CLI_SENSES_H
#define COHERENCE_CLI_SENSES_H

#include "cli/datadog_sense.h"
#include "cli/outgoing.h"
#include "cli/service.h"
#include "cli/session.h"
#include "core/catalog.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/prometheus/scrape.h"
#include "ingestion/push/push_door.h"
#include "output/tui/tui.h"

struct senses {
    struct session *session;
    int64_t shift_ns; /* engine time minus real time, as the sentinel has it */
    uint64_t fed;     /* samples given to the engine */
    struct feed feed; /* the engine's */
    bool told;        /* senses_tell has been called */
    size_t others;    /* sources that the service knew before */
    struct meaning *meaning;
    struct intake_house *house;
    char local_host[CATALOG_NAME_MAX + 1];
    struct push_door write_door, otlp_door, statsd_door;
    struct remote_write *remote_write; /* NULL: not configured */
    struct otlp *otlp;                 /* NULL: not configured */
    struct scrape *scrape;             /* NULL: not configured */
    struct datadog_sense datadog;
    struct tui *tui;       /* says things instead of stderr; NULL: there is none */
    struct statsd *statsd; /* NULL: not configured */
};

#define SENSES_PATHS_MAX 8

/* Does the configuration say of what --source names what it needs? Else says so. After session_open. Returns
 * an exit status. */
int senses_named(const struct session *s);

/* Opens what is configured and adds its rows to the HTTP service, which is open, and whom it connects to to
 * what goes out; before outgoing_reach and the seal. Returns an exit status. */
int senses_open(
    struct senses *s, struct session *session, struct service *service, struct outgoing *outgoing);

/* Makes known to the seal what senses_open would, of what others are asked for or send unasked, and binds
 * nothing: for who seals the same way and takes nothing in. Before outgoing_reach. Returns an exit status. */
int senses_reach(struct senses *s, struct session *session, struct outgoing *outgoing);

/* Adds the directories that they read in later to paths[], after those that are there, up to the NULL at its
 * end. */
void senses_paths(const struct senses *s, const char **paths, size_t most);

/* Whether anything is configured. */
bool senses_are_on(const struct senses *s);

/* Joins them to the engine and the loop, after outgoing_start. host: the entity of this host where another
 * source watches it, or ENTITY_NONE. known_ns: engine time at which it goes on from what was kept, INT64_MIN:
 * it is new. Returns an exit status. */
int senses_start(struct senses *s, const struct feed *feed, uint32_t host, struct loop *l, int64_t known_ns);

/* Before each tick, at that engine time. Returns 0, or -errno on which the process stops. */
int senses_tick(struct senses *s, int64_t now_ns);

/* Tells the service what became of what came in; before service_tick. */
void senses_tell(struct senses *s, struct service *service);

/* After service_close, before the loop goes. */
void senses_close(struct senses *s);

#endif
