/* SPDX-License-Identifier: MIT
 * Turns the parameters of a request into the values of a route's names. What they mean is the handlers'
 * matter. */
#include "net/http_query.h"

#include <string.h>

void http_query_add(struct http_query *q, struct http_field name, struct http_field value)
{
    if (q->count < HTTP_QUERIES_MAX) {
        q->names[q->count] = name;
        q->values[q->count] = value;
    }
    q->count++;
}

/* Where the name stands among those of the route; HTTP_QUERIES_MAX: nowhere. */
static unsigned place_of(const struct http_field *name, const char *const names[HTTP_QUERIES_MAX])
{
    for (unsigned i = 0; i < HTTP_QUERIES_MAX && names[i]; i++)
        if (strlen(names[i]) == name->n && memcmp(names[i], name->text, name->n) == 0)
            return i;
    return HTTP_QUERIES_MAX;
}

const char *http_query_take(
    const struct http_query *q, const char *const names[HTTP_QUERIES_MAX], struct http_values *ret)
{
    bool given[HTTP_QUERIES_MAX] = {false};

    for (unsigned i = 0; i < HTTP_QUERIES_MAX; i++)
        ret->values[i] = "";
    if (q->count > 0 && !names[0])
        return "there are no parameters here";
    if (q->count > HTTP_QUERIES_MAX)
        return "too many parameters";
    for (unsigned i = 0; i < q->count; i++) {
        const unsigned at = place_of(&q->names[i], names);
        const struct http_field *v = &q->values[i];
        if (at == HTTP_QUERIES_MAX)
            return "no such parameter";
        if (given[at])
            return "a parameter stands there twice";
        given[at] = true;
        if (http_value_decode(v->text ? v->text : "", v->n, ret->bytes[at], HTTP_VALUE_MAX) != 0)
            return "a parameter's value cannot be decoded";
        ret->values[at] = ret->bytes[at];
    }
    return NULL;
}
