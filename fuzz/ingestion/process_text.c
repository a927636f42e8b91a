/* SPDX-License-Identifier: MIT
 * The kernel's files about one process, and the name that it chose for itself. The first byte chooses the
 * parser. */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/deep/deep_message.h"
#include "ingestion/deep/process_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data + 1;
    const size_t n = size ? size - 1 : 0;
    struct process_status status;
    char name[DEEP_NAME_MAX];
    double x = 0, y = 0;

    switch (size ? data[0] : 0) {
    case 'n':
        deep_name_clean(p, n, name);
        assert(name[0] != '\0');
        break;
    case 'u':
        if (process_status_parse(p, n, 7, &status) == 0)
            assert(status.ns_pid > 0);
        break;
    case 'l':
        if (process_limits_parse(p, n, &x) == 0)
            assert(isnan(x) || x >= 0);
        break;
    case 'i':
        if (process_io_parse(p, n, &x, &y) == 0)
            assert(x >= 0 && y >= 0);
        break;
    default:
        (void)wchan_parse(p, n);
    }
    return 0;
}
