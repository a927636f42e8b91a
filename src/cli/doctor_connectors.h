/* SPDX-License-Identifier: MIT
 * What `doctor` says of telemetry of other systems: does each target answer, and what of it is understood;
 * can each address be listened at? */
#ifndef COHERENCE_CLI_DOCTOR_CONNECTORS_H
#define COHERENCE_CLI_DOCTOR_CONNECTORS_H

#include "base/json.h"
#include "base/text.h"
#include "cli/session.h"
#include "core/catalog.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/prometheus/scrape.h"
#include "net/http_client.h"

#define DOCTOR_LISTENERS_MAX 4

/* An address at which a sentinel with this configuration listens. */
struct doctor_listener {
    const char *what;    /* it is for */
    const char *address; /* as configured */
    struct error why;    /* code 0: it is free */
};

struct doctor_connectors {
    struct session *session;
    struct doctor_listener listeners[DOCTOR_LISTENERS_MAX];
    size_t listener_count;
    struct http_client *client; /* NULL: nothing is scraped */
    struct scrape *scrape;
    struct loop *loop;
    struct catalog *catalog;
    struct meaning *meaning;
    struct intake_house *house;
    char local_host[CATALOG_NAME_MAX + 1];
    int64_t end_ns; /* monotonic: then nobody is waited for any more */
};

/* Tries the addresses, which are free again afterwards, and opens what is scraped; tells the seal of it.
 * Before the seal. Returns an exit status. */
int doctor_connectors_open(struct doctor_connectors *d, struct session *s);

/* Asks all targets once, all at the same time, each within sources.prometheus.timeout; after the seal. A
 * dead target delays no other. Returns an exit status. */
int doctor_connectors_look(struct doctor_connectors *d);

/* Is there anything to tell? */
bool doctor_connectors_any(const struct doctor_connectors *d);

/* Appends lines for people; or the members "targets" and "listeners" of an object. */
void doctor_connectors_text(const struct doctor_connectors *d, struct text *t);
void doctor_connectors_json(const struct doctor_connectors *d, struct json *j);

/* Also after a failure, and of one that is all zeros. */
void doctor_connectors_close(struct doctor_connectors *d);

#endif
