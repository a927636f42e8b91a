/* SPDX-License-Identifier: MIT
 * Turns judged incidents into a list that can be read from the top: groups, the riskiest first. */
#include "output/backtest/ranking.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static double risk_of(const struct ranked *r)
{
    return isnan(r->risk) ? -1 : r->risk;
}

static int compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    double p = risk_of(x), q = risk_of(y);
    if (p > q || p < q)
        return p > q ? -1 : 1;
    return (x->incident > y->incident) - (x->incident < y->incident);
}

static void take_in(struct ranked *row, const struct tape_incident *t, int64_t last_ns)
{
    int64_t ended_ns = t->ended_ns > last_ns ? last_ns : t->ended_ns;
    if (ended_ns < t->opened_ns)
        ended_ns = t->opened_ns;
    if (ended_ns > row->ended_ns)
        row->ended_ns = ended_ns;
    if (t->story && !(row->risk >= t->story->risk))
        row->risk = t->story->risk;
}

int ranking_make(struct ranking *ret, const struct verdict *v, enum incident_worth worth)
{
    uint32_t n = tape_count(v->tape), count = 0;
    struct ranked *rows = calloc(n + 1U, sizeof(*rows));
    uint32_t *row_of = calloc(n + 1U, sizeof(*row_of));
    if (!rows || !row_of) {
        free(rows);
        free(row_of);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct verdict_incident *k = &v->incidents[i];
        uint32_t head = k->worth == INCIDENT_JOINED ? k->with : i;
        if (v->incidents[head].worth != worth)
            continue;
        if (head == i) {
            row_of[i] = count;
            rows[count++] = (struct ranked){.incident = i, .ended_ns = INT64_MIN, .risk = (double)NAN};
        } else {
            rows[row_of[head]].joined++;
        }
        take_in(&rows[row_of[head]], tape_incident(v->tape, i), v->last_ns);
    }
    free(row_of);
    qsort(rows, count, sizeof(*rows), compare);
    *ret = (struct ranking){rows, count};
    return 0;
}

void ranking_done(struct ranking *r)
{
    free(r->rows);
    *r = (struct ranking){0};
}
