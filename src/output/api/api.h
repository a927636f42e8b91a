/* SPDX-License-Identifier: MIT
 * What the HTTP routes of the outputs answer from: the engine's view, and the facts that only the shell
 * knows. The shell fills it after each tick; all on the loop's thread. */
#ifndef COHERENCE_OUTPUT_API_API_H
#define COHERENCE_OUTPUT_API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/view.h"
#include "net/http_server.h"
#include "output/alert/alerts.h"
#include "output/api/closed_lines.h"
#include "output/api/question.h"
#include "output/api/tracks.h"

#define API_SOURCES_MAX     272 /* those of this host, what is pushed, and 256 that are scraped */
#define API_SOURCE_NAME_MAX 128
#define API_DEGRADED_MAX    16
#define API_DROPS_MAX       24

/* One source of telemetry. */
struct api_source {
    char name[API_SOURCE_NAME_MAX]; /* "host", "deep", "simulation", "otlp", "prometheus db1:9100" */
    bool up;                        /* its last reading succeeded */
    int64_t heard_ns;               /* engine time of its last frame; INT64_MIN: none yet */
    uint64_t samples;
    /* Samples that it did not deliver to the engine, by reason: static names, up to a NULL. */
    struct {
        const char *reason;
        uint64_t count;
    } drops[API_DROPS_MAX];
};

/* A layer of the seal. */
struct api_layer {
    const char *name; /* static: "no_new_privileges", "capabilities", "landlock", "seccomp" */
    bool enforced;
};

struct api {
    const struct view *view;
    const struct http_server *server; /* for its counters; NULL: none */
    struct tracks *tracks;            /* the recent past; NULL: none is kept */
    struct closed_lines *closed;      /* NULL: the desk knows, or nobody */
    const struct question_desk *desk; /* for what only the state directory knows; NULL: there is none */
    const struct alerts *alerts;      /* who is told of incidents; NULL: nobody */
    int64_t tick_ns;                  /* engine time of the last tick; INT64_MIN: none yet */
    int64_t tick_mono_ns;             /* monotonic time of the same */
    int64_t period_ns;                /* between two ticks */
    int64_t started_ns;               /* Unix nanoseconds */
    int64_t started_mono_ns;
    const char *version, *profile;
    int64_t loaded_ns;        /* Unix nanoseconds: when the configuration that holds was read */
    bool reload_failed;       /* the last time that it was read anew */
    const char *restart;      /* keys that were changed since and need a restart; "" = none */
    const char *seal_missing; /* "" = nothing */
    struct api_layer layers[4];
    struct api_source sources[API_SOURCES_MAX];
    size_t source_count;
    const char *degraded[API_DEGRADED_MAX]; /* one line each: what is missing and what that costs */
    size_t degraded_count;
    uint64_t overruns;                                  /* ticks that were missed */
    uint64_t lines_dropped;                             /* of standard output */
    struct api_spectra *spectra;                        /* NULL: none are kept */
    uint64_t incidents_opened[INCIDENT_PERSISTENT + 1]; /* by kind at their opening */
};

/* Engine time now: that of the last tick, and what has passed since on the monotonic clock. INT64_MIN before
 * the first tick. */
int64_t api_now_ns(const struct api *a);
int64_t api_mono_ns(void);

/* Takes the memory in which the spectra of the last minutes are kept, 0.7 MB of which only what is used
 * becomes resident. Returns 0 or -ENOMEM. */
int api_spectra_new(struct api *a);
void api_spectra_free(struct api *a);
/* A tick has come: writes them down. O(entities). */
void api_spectra_tick(struct api *a);

/* Counts what is counted of events, and hands the event to the stream's listeners. */
void api_event(struct api *a, struct http_server *s, const struct event *e);

/* The rows of all files here; context is the struct api. */
extern const struct http_route api_routes[];
extern const size_t api_route_count;

#endif
