/* SPDX-License-Identifier: MIT
 * Keeps lines in a ring of bytes: each in one piece, the oldest overwritten. */
#include "output/api/closed_lines.h"

#include <stdlib.h>
#include <string.h>

struct closed_lines {
    struct closed_line lines[CLOSED_LINES_MAX]; /* of number n at n % MAX */
    uint64_t first, next;                       /* numbers of those that are kept: [first, next) */
    size_t at;                                  /* where the next one's bytes go */
    char bytes[CLOSED_LINES_BYTES];
};

struct closed_lines *closed_lines_new(void)
{
    return calloc(1, sizeof(struct closed_lines));
}

void closed_lines_free(struct closed_lines *l)
{
    free(l);
}

static bool is_in(const struct closed_lines *l, const struct closed_line *one, size_t n)
{
    const size_t from = (size_t)(one->text - l->bytes);
    return from < l->at + n && from + one->n > l->at;
}

void closed_lines_add(struct closed_lines *l, const struct closed_line *line)
{
    if (line->n == 0 || line->n > CLOSED_LINES_BYTES / 2)
        return;
    if (l->at + line->n > CLOSED_LINES_BYTES) {
        /* What is left at the end is nobody's: those who lie there are the oldest. */
        while (l->first < l->next && l->lines[l->first % CLOSED_LINES_MAX].text >= l->bytes + l->at)
            l->first++;
        l->at = 0;
    }
    while (l->first < l->next && (l->next - l->first == CLOSED_LINES_MAX ||
                                     is_in(l, &l->lines[l->first % CLOSED_LINES_MAX], line->n)))
        l->first++;
    struct closed_line *one = &l->lines[l->next++ % CLOSED_LINES_MAX];
    *one = *line;
    one->text = memcpy(l->bytes + l->at, line->text, line->n);
    l->at += line->n;
}

bool closed_lines_get(const struct closed_lines *l, uint32_t i, struct closed_line *ret)
{
    if (i >= l->next - l->first)
        return false;
    *ret = l->lines[(l->next - 1 - i) % CLOSED_LINES_MAX];
    return true;
}
