/* SPDX-License-Identifier: MIT
 * Collects problems that two passes over one file found (its form, then its options) and says them in the
 * order of its lines. */
#include "config/problem_list.h"

#include <errno.h>
#include <string.h>

static int place_before(const struct error *a, const struct error *b)
{
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

void problem_list_add(void *context, const struct error *e)
{
    struct problem_list *l = context;
    size_t at = l->count;

    while (at > 0 && place_before(e, &l->items[at - 1]))
        at--;
    if (l->count == PROBLEM_LIST_MAX)
        l->dropped = true;
    else
        l->count++;
    if (at == PROBLEM_LIST_MAX)
        return;
    memmove(&l->items[at + 1], &l->items[at], (l->count - at - 1) * sizeof(l->items[0]));
    l->items[at] = *e;
}

void problem_list_say(
    const struct problem_list *l, void (*problem)(void *context, const struct error *e), void *context)
{
    if (!problem)
        return;
    for (size_t i = 0; i < l->count; i++)
        problem(context, &l->items[i]);
    if (!l->dropped)
        return;
    struct error more;
    error_set_at(&more, -EINVAL, l->items[0].file, 0, 0, "there are more; mend the %d above and check again",
        PROBLEM_LIST_MAX);
    problem(context, &more);
}
