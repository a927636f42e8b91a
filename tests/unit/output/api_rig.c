/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_rig.h"

struct api api;
struct text text;

struct http_answer answer_to(void (*f)(void *context, const struct http_request *q, struct http_answer *a),
    const struct http_request *q)
{
    static char body[HTTP_BODY_MAX];
    struct http_answer a = {.status = 200, .body = &text};

    text_init(&text, body, sizeof(body));
    f(&api, q, &a);
    assert_false(text.truncated);
    return a;
}

json_t *parse(void)
{
    json_error_t e;
    json_t *j = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, &e);

    if (!j)
        fail_msg("%s in %s", e.text, text.data);
    return j;
}

const char *word(const json_t *j, const char *key)
{
    return json_string_value(json_object_get(j, key));
}
