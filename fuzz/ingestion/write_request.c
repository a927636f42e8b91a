/* SPDX-License-Identifier: MIT
 * Remote write's messages: the first byte says which version, the rest is the message, read twice. */
#include <stdint.h>

#include "ingestion/remote_write/write_request.h"
#include "intake_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct intake_sink s;
    struct write_summary sum;

    if (size == 0)
        return 0;
    sink_open(&s, NULL, 0);
    struct write_reader *r = write_reader_new();
    for (int round = 0; round < 2; round++) {
        intake_begin(s.in, INT64_C(1000000000000));
        const int said = data[0] & 1 ? write_request_read_2(r, s.in, data + 1, size - 1, &sum)
                                     : write_request_read_1(r, s.in, data + 1, size - 1, &sum);
        assert((said != 0) == (sum.wrong != NULL));
        if (said)
            intake_cancel(s.in);
        else
            assert(intake_end(s.in, INTAKE_PART) == 0);
        assert(intake_tick(s.in, INT64_C(1001000000000)) == 0);
    }
    write_reader_free(r);
    sink_close(&s);
    return 0;
}
