/* SPDX-License-Identifier: MIT
 * The advice in the words of those who ask: as an object, as Envoy's header, as Consul's status. Always
 * pulled, never sent, and gone when it has expired. */
#include <string.h>

#include "base/json.h"
#include "output/api/advice.h"
#include "output/api/handlers.h"

/* The advice asked for; false: there is no such host, and that is the answer. */
static bool find(const struct api *api, const struct http_request *q, struct http_answer *a,
    const struct veto **ret_veto, uint32_t *ret_host)
{
    *ret_veto = advice_now(api->view, q->values[0], api_now_ns(api), ret_host);
    if (q->values[0][0] && *ret_host == ENTITY_NONE) {
        http_answer_error(a, 404, "no such host");
        return false;
    }
    return true;
}

void api_veto(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const struct veto *v;
    uint32_t host;
    struct json j;

    if (!find(api, q, a, &v, &host))
        return;
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    json_put_string(
        &j, "host", host == ENTITY_NONE ? NULL : catalog_host_name(view_catalog(api->view), host));
    if (v) {
        json_begin_object(&j, "veto");
        json_put_string(&j, "type", veto_type_name(v->type));
        json_put_string(&j, "action", veto_action_name(v->type));
        json_put_string(&j, "reason", v->reason);
        json_put_number(&j, "confidence", v->confidence);
        json_put_time(&j, "expires", v->expires_ns);
        json_end_object(&j);
    } else {
        json_put_null(&j, "veto");
    }
    json_end_object(&j);
    text_add_char(a->body, '\n');
}

/* "SHED_LOAD: why", or "no advice". */
static void put_line(struct http_answer *a, const struct veto *v)
{
    text_add(a->body, v ? veto_action_name(v->type) : "no advice");
    if (v)
        text_add(a->body, ": ");
    if (v)
        text_add_printable(a->body, v->reason, strnlen(v->reason, sizeof(v->reason)));
    text_add_char(a->body, '\n');
}

/* Source: Envoy documentation, "Degraded endpoints" (health checks): x-envoy-degraded on a healthy answer. */
void api_veto_envoy(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct veto *v;
    uint32_t host;

    if (!find(context, q, a, &v, &host))
        return;
    put_line(a, v);
    if (v) {
        a->headers[0].name = "x-envoy-degraded";
        a->headers[0].value = "true";
    }
}

/* Source: Consul documentation, "Define health checks", HTTP: 429 is a warning. */
void api_veto_consul(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct veto *v;
    uint32_t host;

    if (!find(context, q, a, &v, &host))
        return;
    put_line(a, v);
    a->status = v ? 429 : 200;
}
