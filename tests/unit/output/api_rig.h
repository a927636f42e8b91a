/* SPDX-License-Identifier: MIT
 * What the tests of the API's handlers share: the API that is asked, and its answer. */
#ifndef COHERENCE_TESTS_OUTPUT_API_RIG_H
#define COHERENCE_TESTS_OUTPUT_API_RIG_H

#include <jansson.h>

#include "output/api/handlers.h"

extern struct api api;
extern struct text text; /* the body of the last answer */

/* The answer to q, which holds until the next. */
struct http_answer answer_to(void (*f)(void *context, const struct http_request *q, struct http_answer *a),
    const struct http_request *q);

/* The body of the last answer; the caller releases it. Fails the test where it is no JSON. */
json_t *parse(void);

/* The text under a key; NULL: none. */
const char *word(const json_t *j, const char *key);

#endif
