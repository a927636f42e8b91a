/* SPDX-License-Identifier: MIT
 * The handlers behind the rows of api.c, each in a file of its subject. context is a struct api. Used inside
 * this folder, and by its tests. */
#ifndef COHERENCE_OUTPUT_API_HANDLERS_H
#define COHERENCE_OUTPUT_API_HANDLERS_H

#include "base/json.h"
#include "output/api/api.h"

void api_front(void *context, const struct http_request *q, struct http_answer *a);
void api_document(void *context, const struct http_request *q, struct http_answer *a);

/* api_status.c */
void api_healthz(void *context, const struct http_request *q, struct http_answer *a);
void api_readyz(void *context, const struct http_request *q, struct http_answer *a);
void api_status(void *context, const struct http_request *q, struct http_answer *a);

/* api_entities.c */
void api_entities(void *context, const struct http_request *q, struct http_answer *a);

/* Writes an entity as it stands in the list; key: as in json.h. */
void api_put_entity(struct json *j, const char *key, const struct view *v, uint32_t id);

/* api_entity.c */
void api_entity(void *context, const struct http_request *q, struct http_answer *a);
/* The entity whose number the path ends with; ENTITY_NONE, and 404 as the answer: there is none. */
uint32_t api_find_entity(const struct api *api, const struct http_request *q, struct http_answer *a);

/* api_spectra.c */
void api_spectrum(void *context, const struct http_request *q, struct http_answer *a);

/* api_incidents.c */
/* Appends the event's JSON line without its end, behind a comma unless it is the *first; false: no room,
 * nothing was appended. */
bool api_put_event(struct text *out, const struct api *api, bool *first, const struct event *e);
void api_incidents(void *context, const struct http_request *q, struct http_answer *a);
void api_incident(void *context, const struct http_request *q, struct http_answer *a);

/* api_series.c */
void api_series(void *context, const struct http_request *q, struct http_answer *a);
/* The answer to a question about a series, as it stands. */
void api_series_write(const struct question *s, struct http_answer *a);

/* question.c: 503, and when to ask again. */
void question_is_busy(struct http_answer *a);

/* api_veto.c */
void api_veto(void *context, const struct http_request *q, struct http_answer *a);
void api_veto_envoy(void *context, const struct http_request *q, struct http_answer *a);
void api_veto_consul(void *context, const struct http_request *q, struct http_answer *a);

/* metrics.c */
void api_metrics(void *context, const struct http_request *q, struct http_answer *a);

#endif
