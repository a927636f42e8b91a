/* SPDX-License-Identifier: MIT
 * The words after --lead, --merge and --budgets, as numbers. */
#include "cli/backtest_options.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "ingestion/outages/outage_csv.h"

/* Rates that an engine can be set to: false_alarm_budget's bounds. */
#define RATE_LEAST 1e-4
#define RATE_MOST  24.0

static const char default_budgets[] = "6/1d,1/1d,1/4d,1/10d,1/30d,1/100d,1/300d";

static int read_duration(const char *flag, const char *value, int64_t *ret, struct error *e)
{
    int64_t ns;
    if (!value)
        return 0;
    if (duration_parse(value, strlen(value), &ns) || ns > BACKTEST_LEAD_MAX_NS)
        return error_set(e, -EINVAL,
            "%s '%s' is not a time of at most 90 days with its unit, such as 15m or 0", flag, value);
    *ret = ns;
    return 0;
}

static int add_budget(struct backtest_options *o, const char *p, size_t n, struct error *e)
{
    double rate;
    if (rate_parse(p, n, &rate) || !(rate >= RATE_LEAST && rate <= RATE_MOST))
        return error_set(e, -EINVAL,
            "--budgets: '%.*s' is not a rate between 1/10000d and 24/1d, such as 1/30d",
            (int)(n < 64 ? n : 64), p);
    uint32_t at = 0;
    while (at < o->budget_count && o->budgets[at] > rate)
        at++;
    if (at < o->budget_count && !(o->budgets[at] < rate))
        return 0; /* twice */
    if (o->budget_count == BACKTEST_BUDGETS_MAX)
        return error_set(e, -EINVAL, "--budgets: more than %d rates", BACKTEST_BUDGETS_MAX);
    memmove(&o->budgets[at + 1], &o->budgets[at], (o->budget_count - at) * sizeof(o->budgets[0]));
    o->budgets[at] = rate;
    o->budget_count++;
    return 0;
}

static int read_budgets(struct backtest_options *o, const char *value, struct error *e)
{
    if (strcmp(value, "none") == 0)
        return 0;
    for (const char *p = value;; p++) {
        size_t n = strcspn(p, ",");
        int r = add_budget(o, p, n, e);
        if (r)
            return r;
        p += n;
        if (*p == '\0')
            return 0;
    }
}

int backtest_options_read(struct backtest_options *o, const struct arguments *a, struct error *e)
{
    *o = (struct backtest_options){
        .lead_ns = INT64_C(900000000000), .merge_ns = -1, .from_ns = a->judge_from_ns};
    int r = read_duration("--lead", a->lead, &o->lead_ns, e);
    if (!r)
        r = read_duration("--merge", a->merge, &o->merge_ns, e);
    if (!r && a->judge_from_ns != INT64_MIN &&
        (a->judge_from_ns > OUTAGE_CSV_TIME_MAX || a->judge_from_ns < -OUTAGE_CSV_TIME_MAX))
        r = error_set(e, -EINVAL, "--judge-from lies beyond the years 1843 to 2096");
    return r ? r : read_budgets(o, a->budgets ? a->budgets : default_budgets, e);
}
