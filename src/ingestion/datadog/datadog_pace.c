/* SPDX-License-Identifier: MIT
 * Turns what answers say of rate limits into the time of the next request. */
#include "ingestion/datadog/datadog_pace.h"

#include <string.h>
#include <strings.h>

#include "base/number.h"

#define SECOND_NS INT64_C(1000000000)

void datadog_pace_init(struct datadog_pace *p)
{
    *p = (struct datadog_pace){.limit = -1, .remaining = -1, .reset_s = -1, .period_s = -1};
}

void datadog_pace_begin(struct datadog_pace *p)
{
    p->limit = p->remaining = p->reset_s = p->period_s = -1;
}

void datadog_pace_header(struct datadog_pace *p, const char *line, size_t n)
{
    const struct {
        const char *name;
        int64_t *value;
    } known[] = {{"x-ratelimit-limit", &p->limit}, {"x-ratelimit-remaining", &p->remaining},
        {"x-ratelimit-reset", &p->reset_s}, {"x-ratelimit-period", &p->period_s}};
    const char *colon = memchr(line, ':', n);

    for (size_t i = 0; colon && i < sizeof(known) / sizeof(known[0]); i++) {
        const char *value = colon + 1, *end = line + n;
        uint64_t number;
        if (strlen(known[i].name) != (size_t)(colon - line) ||
            strncasecmp(line, known[i].name, (size_t)(colon - line)) != 0)
            continue;
        while (value < end && (*value == ' ' || *value == '\t'))
            value++;
        while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (number_parse_u64(value, (size_t)(end - value), &number) == 0 && number <= INT32_MAX)
            *known[i].value = (int64_t)number;
    }
}

/* Until the period is over; 0: not said. */
static int64_t reset_ns(const struct datadog_pace *p)
{
    const int64_t s = p->reset_s >= 0 ? p->reset_s : p->period_s >= 0 ? p->period_s : 0;

    return s * SECOND_NS < DATADOG_RESET_MOST_NS ? s * SECOND_NS : DATADOG_RESET_MOST_NS;
}

void datadog_pace_good(struct datadog_pace *p, int64_t now_ns)
{
    p->failures = 0;
    p->not_before_ns = now_ns;
    if (p->remaining >= 0 && p->remaining <= (p->limit > 0 ? p->limit / 10 : 0))
        p->not_before_ns = now_ns + reset_ns(p);
}

int64_t datadog_pace_failed(
    struct datadog_pace *p, int64_t now_ns, int limited, int64_t retry_after_ns, int64_t least_ns)
{
    int64_t wait_ns = DATADOG_WAIT_FIRST_NS;

    for (unsigned i = 0; i < p->failures && wait_ns < DATADOG_WAIT_MOST_NS; i++)
        wait_ns *= 2;
    p->failures++;
    if (wait_ns > DATADOG_WAIT_MOST_NS)
        wait_ns = DATADOG_WAIT_MOST_NS;
    if (limited && (reset_ns(p) > 0 || retry_after_ns > 0))
        wait_ns = reset_ns(p); /* it says how long: that is enough, and no less */
    if (retry_after_ns > wait_ns)
        wait_ns = retry_after_ns < DATADOG_RESET_MOST_NS ? retry_after_ns : DATADOG_RESET_MOST_NS;
    if (wait_ns < least_ns)
        wait_ns = least_ns;
    p->not_before_ns = now_ns + wait_ns;
    return wait_ns;
}
