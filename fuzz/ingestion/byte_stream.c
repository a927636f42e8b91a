/* SPDX-License-Identifier: MIT
 * gzip, xz, zstd and plain bytes through the stream, in pieces whose size the first byte chooses. Output is
 * bounded, because a few bytes can stand for gigabytes. */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ingestion/replay/byte_stream.h"

#define OUTPUT_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char out[65536];
    if (size == 0)
        return 0;
    size_t piece = (size_t)data[0] * 256 + 1, n = 0;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1) && lseek(fd, 0, SEEK_SET) == 0);
    struct error e = {0};
    struct byte_stream *s = byte_stream_from_fd(fd, "fuzz", &e);
    long got;
    while ((got = byte_stream_read(s, out, piece, &e)) > 0 && n < OUTPUT_MAX) {
        assert((size_t)got <= piece);
        n += (size_t)got;
    }
    assert(got >= 0 || e.code == got);
    byte_stream_close(s);
    return 0;
}
