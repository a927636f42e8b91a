/* SPDX-License-Identifier: MIT
 * Turns keys into moments. Whether anything is known of a moment, and rebuilding it, is others' matter. */
#include "output/tui/visit.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define SECOND_NS INT64_C(1000000000)
#define DAY_NS    (86400 * SECOND_NS)
#define DATE_N    TIMESTAMP_DATE_BYTES
#define TYPED_MAX 63
/* Unix seconds before 2001 are a number that was meant as something else. */
#define TYPED_MIN_NS (INT64_C(1000000000) * SECOND_NS)
/* Further from what was asked for than so many ticks is worth a word. */
#define NEAR_TICKS 2

void visit_init(struct visit *v)
{
    *v = (struct visit){.at_ns = INT64_MIN, .wanted_ns = INT64_MIN, .before_ns = INT64_MAX};
}

/* "h:mm" or "hh:mm:ss" as it stands in a date: "hh:mm:ss". False: it is none. */
static bool spell_clock(const char *p, size_t n, char *ret)
{
    static const char shape[] = "dd:dd:dd";
    size_t hour = n > 1 && p[1] == ':' ? 1 : 2;

    memcpy(ret, "00:00:00", sizeof(shape));
    if (n < hour + 3 || n > hour + 6 || n == hour + 4 || n == hour + 5)
        return false;
    memcpy(ret + 2 - hour, p, n);
    for (size_t i = 0; i < sizeof(shape) - 1; i++)
        if (shape[i] == 'd' ? ret[i] < '0' || ret[i] > '9' : ret[i] != ':')
            return false;
    return true;
}

/* Date and clock of that day. Returns as timestamp_parse. */
static int parse_full(const char *date, const char *clock, size_t n, int64_t *ret_ns)
{
    char spelt[DATE_N + 1 + sizeof("00:00:00") + 1];

    memcpy(spelt, date, DATE_N);
    spelt[DATE_N] = 'T';
    if (!spell_clock(clock, n, spelt + DATE_N + 1))
        return -EINVAL;
    spelt[sizeof(spelt) - 2] = 'Z';
    return timestamp_parse(spelt, sizeof(spelt) - 1, ret_ns);
}

int visit_parse_time(const char *typed, size_t n, int64_t now_ns, int64_t *ret_ns)
{
    char today[TIMESTAMP_TEXT_MAX];
    int64_t t_ns;

    if (n == 0 || n > TYPED_MAX)
        return -EINVAL;
    timestamp_format_plain(now_ns, today);
    if (duration_parse(typed, n, &t_ns) == 0) {
        t_ns = now_ns - t_ns;
    } else if (parse_full(today, typed, n, &t_ns) == 0) {
        if (t_ns > now_ns)
            t_ns -= DAY_NS;
    } else if (timestamp_parse(typed, n, &t_ns) != 0 &&
               (n <= DATE_N + 1 || parse_full(typed, typed + DATE_N + 1, n - DATE_N - 1, &t_ns) != 0)) {
        return -EINVAL;
    }
    if (t_ns < TYPED_MIN_NS)
        return -EINVAL;
    if (t_ns > now_ns)
        return -ERANGE;
    *ret_ns = t_ns;
    return 0;
}

static enum visit_answer say(struct visit *v, const char *text)
{
    struct text t;

    text_init(&t, v->message, sizeof(v->message));
    text_add(&t, text);
    return VISIT_STAYS;
}

static int64_t far_from(int64_t t_ns, int64_t by_ns)
{
    int64_t sum;

    return __builtin_add_overflow(t_ns, by_ns, &sum) ? t_ns : sum;
}

/* Forth or back from where one is, at least by a tick. */
static enum visit_answer step(struct visit *v, int64_t by_ns, int64_t now_ns)
{
    const int64_t from_ns = !v->away                                 ? v->shown_ns
                            : v->on_the_way || v->at_ns == INT64_MIN ? v->wanted_ns
                                                                     : v->at_ns;
    const int64_t to_ns = far_from(from_ns, by_ns);

    if (!v->away && to_ns > now_ns)
        return say(v, "this is now: [ leads back by a tick, { by a minute, ( by ten, @ to a time");
    v->wanted_ns = to_ns;
    v->before_ns = by_ns < 0 && v->away ? from_ns : INT64_MAX;
    return v->away && to_ns >= now_ns ? VISIT_RETURNS : VISIT_GOES;
}

static enum visit_answer go_to(struct visit *v, int64_t t_ns)
{
    v->wanted_ns = t_ns;
    v->before_ns = INT64_MAX;
    return VISIT_GOES;
}

enum visit_answer visit_wish(
    struct visit *v, const struct visit_wish *w, const char *typed, int64_t now_ns, int64_t tick_ns)
{
    int64_t t_ns = 0;
    int r;

    v->message[0] = '\0';
    v->tick_ns = tick_ns;
    if (!v->away)
        v->left_ns = now_ns;
    switch (w->kind) {
    case VISIT_STEPS:
        return step(v, w->amount * tick_ns, now_ns);
    case VISIT_SPAN:
        return step(v, w->amount, now_ns);
    case VISIT_MOMENT:
        return go_to(v, w->amount);
    case VISIT_TYPED:
        if (!typed || !typed[0])
            return VISIT_STAYS;
        r = visit_parse_time(typed, strlen(typed), now_ns, &t_ns);
        if (r == -ERANGE)
            return say(v, "that time has not come yet");
        return r ? say(v, "that is no time: 03:02, 03:02:15, 2026-01-31 03:02 (UTC), or how long ago: 10m")
                 : go_to(v, t_ns);
    case VISIT_NOW:
        return v->away ? VISIT_RETURNS : say(v, "this is now");
    default:
        return VISIT_STAYS;
    }
}

static void add_clock(struct text *t, int64_t t_ns)
{
    char clock[TIMESTAMP_TEXT_MAX];

    text_add_bytes(t, clock, timestamp_format_clock(t_ns, clock));
}

enum visit_answer visit_arrive(
    struct visit *v, int64_t at_ns, int64_t from_ns, bool is_last, const char *bound)
{
    const bool ahead = v->on_the_way && v->at_ns != INT64_MIN && v->wanted_ns > v->at_ns;
    const int64_t near_ns = NEAR_TICKS * v->tick_ns;
    struct text t;

    if (is_last && ahead && at_ns <= v->at_ns)
        return VISIT_RETURNS;
    v->on_the_way = false;
    v->at_ns = at_ns;
    text_init(&t, v->message, sizeof(v->message));
    if (at_ns >= v->before_ns || (from_ns > v->wanted_ns && at_ns > v->wanted_ns)) {
        text_add(&t, "nothing earlier: ");
        text_add(&t, bound);
    } else if (at_ns - v->wanted_ns > near_ns) {
        text_add(&t, "nothing was judged at ");
        add_clock(&t, v->wanted_ns);
        text_add(&t, "; this is the next moment that was");
    } else if (v->wanted_ns - at_ns > near_ns && !is_last) {
        text_add(&t, "nothing was judged from here to ");
        add_clock(&t, v->before_ns);
    } else if (is_last) {
        text_add(&t, "the latest that is recorded; ] leads back to now");
    }
    return VISIT_STAYS;
}
