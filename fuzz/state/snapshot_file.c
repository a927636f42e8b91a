/* SPDX-License-Identifier: MIT
 * Any bytes as a snapshot file. Nearly all fail by their checksum, so each input is also tried with a right
 * one in its place. */
#include <assert.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/snapshot_file.h"

static void parse(const uint8_t *bytes, size_t n)
{
    struct snapshot_image i;
    struct error e;

    if (snapshot_file_parse(bytes, n, "host a", &i, &e))
        return;
    assert(i.body >= bytes && i.body + i.body_size + 8 == bytes + n);
    assert(strcmp(i.head.label, "host a") == 0);
    assert(i.bytes == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(data, size);
    if (size < 8)
        return 0;
    uint8_t *copy = malloc(size);
    assert(copy);
    memcpy(copy, data, size);
    uint64_t sum = lzma_crc64(copy, size - 8, 0);
    for (unsigned i = 0; i < 8; i++)
        copy[size - 8 + i] = (uint8_t)(sum >> (8 * i));
    parse(copy, size);
    free(copy);
    return 0;
}
