/* SPDX-License-Identifier: MIT
 * The hsperfdata parser, on a file that anybody may write; and what follows from it, up to the message that
 * carries it, which must be one that the other side takes. */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/deep/deep_message.h"
#include "ingestion/deep/hsperfdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct deep_message m = {.kind = DEEP_JVM, .of.jvm.id = {1, 1}}, back;
    uint8_t bytes[DEEP_MESSAGE_MAX];
    struct jvm_allocation a = {0};
    struct hsperfdata h;

    if (hsperfdata_parse(data, size, &h) != 0)
        return 0;
    assert(memchr(h.command, 0, sizeof(h.command)));
    hsperfdata_name(&h, m.of.jvm.name, sizeof(m.of.jvm.name));
    jvm_reading_of(&h, &m.of.jvm.reading);
    (void)jvm_allocation_take(&a, &m.of.jvm.reading);
    const double total = jvm_allocation_take(&a, &m.of.jvm.reading);
    assert(isnan(total) || total >= 0);
    const int n = deep_message_write(&m, bytes);
    assert(n > 0 && deep_message_read(bytes, (size_t)n, &back) == n);
    return 0;
}
