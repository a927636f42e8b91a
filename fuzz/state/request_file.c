/* SPDX-License-Identifier: MIT
 * Any bytes as a request or an answer. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "state/request_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    struct request r;
    struct answer a;

    if (request_parse(p, size, &r) == 0)
        assert(memchr(r.id, 0, sizeof(r.id)) && memchr(r.host, 0, sizeof(r.host)) &&
               memchr(r.entity, 0, sizeof(r.entity)) && r.id[0] && r.entity[0]);
    if (answer_parse(p, size, &a) == 0)
        assert(memchr(a.id, 0, sizeof(a.id)) && memchr(a.text, 0, sizeof(a.text)) && a.code <= 0);
    return 0;
}
