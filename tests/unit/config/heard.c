/* SPDX-License-Identifier: MIT
 * Turns problems into lines and keeps them. */
#include "heard.h"

#include <stdio.h>

void heard_clear(struct heard *h)
{
    h->lines[0] = '\0';
    h->length = h->count = 0;
}

void heard_problem(void *context, const struct error *e)
{
    struct heard *h = context;
    char line[2048];
    const int n = snprintf(
        h->lines + h->length, sizeof(h->lines) - h->length, "%s\n", error_format(e, line, sizeof(line)));

    if (n > 0 && h->length + (size_t)n < sizeof(h->lines))
        h->length += (size_t)n;
    h->count++;
}
