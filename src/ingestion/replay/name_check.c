/* SPDX-License-Identifier: MIT
 * From outside bytes to a verdict whether they can be a name. Called once for each new name, not for each
 * row. Control characters pass: the outputs show them escaped. */
#include "ingestion/replay/name_check.h"

#include <string.h>

#include "core/catalog.h"

/* Length of the well-formed sequence at p, 0 when there is none. */
static size_t sequence_length(const unsigned char *p, size_t n)
{
    unsigned char lead = p[0], low = 0x80, high = 0xbf;
    size_t length;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        length = 2;
    else if (lead >= 0xe0 && lead <= 0xef)
        length = 3;
    else if (lead >= 0xf0 && lead <= 0xf4)
        length = 4;
    else
        return 0;
    /* The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF. */
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (n < length || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool name_is_utf8(const char *p, size_t n)
{
    const unsigned char *bytes = (const unsigned char *)p;
    while (n > 0) {
        size_t length = sequence_length(bytes, n);
        if (length == 0)
            return false;
        bytes += length;
        n -= length;
    }
    return true;
}

const char *name_fault(const char *p, size_t n)
{
    if (n > CATALOG_NAME_MAX)
        return "name longer than 512 bytes";
    if (memchr(p, '\0', n) != NULL)
        return "NUL byte in a name";
    return name_is_utf8(p, n) ? NULL : "name is not UTF-8";
}
