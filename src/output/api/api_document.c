/* SPDX-License-Identifier: MIT
 * The OpenAPI document, as it is in docs/. */
#include "output/api/document_data.h"
#include "output/api/handlers.h"

void api_document(void *context, const struct http_request *q, struct http_answer *a)
{
    (void)context, (void)q;
    text_add_bytes(a->body, (const char *)document_files[0].bytes, document_files[0].count);
}
