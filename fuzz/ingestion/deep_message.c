/* SPDX-License-Identifier: MIT
 * What comes through the pipe from the deep sense (and, the other way, to it): any bytes, taken as a stream
 * of messages. Whatever is taken for a message must be written back as the same bytes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ingestion/deep/deep_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct deep_message m, again;
    uint8_t bytes[DEEP_MESSAGE_MAX];

    for (int n; (n = deep_message_read(data, size, &m)) > 0;) {
        const int written = deep_message_write(&m, bytes);
        assert(written == n && deep_message_read(bytes, (size_t)written, &again) == n);
        assert(memcmp(bytes, data, (size_t)n) == 0);
        data += n;
        size -= (size_t)n;
    }
    return 0;
}
