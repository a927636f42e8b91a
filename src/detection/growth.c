/* SPDX-License-Identifier: MIT
 * Turns what usage_watch keeps of a resource into growth with a time to exhaustion, or into nothing. Two
 * paths: minutes by an exponentially weighted regression, a quarter of an hour to a day by a random walk with
 * drift over block minima. Most of the rules are there to refuse: usage that has been higher before, that
 * flattens, that climbs only since it last fell. The sentence and the finding are law_fever.c's. */
#include "detection/growth.h"

#include <math.h>
#include <string.h>

#include "detection/lower_edge.h"
#include "detection/trend.h"

/* Heuristics, chosen before 2026-11 from one-second leaks and 673 host-days of production memory
 * (docs/laws.md). */
#define CHECK_NS          INT64_C(2000000000)
#define FAST_MIN_WEIGHT   10.0 /* effective samples behind the regression */
#define RECORD_LAG_CHECKS 30U  /* a minute */
#define SAW_TEETH         2U   /* findings of growth that came and went: then it is a saw-tooth */
#define SLOW_RISE         0.05 /* of the limit */
#define FIVE_RISE         0.10 /* in five minutes: chosen on 2026-11-23 from `make power` */
#define SLOW_RECORD       0.03 /* of the limit above every minimum before the window */
#define SLOW_REACH        4.0  /* limit/slope at most this many windows away */
#define INTERVAL_Z        1.64 /* 90 % */

/* Chosen on 2026-11-22 from `make power` and the one-second leaks. Of the fast path: */
#define FAST_AGREED 18U /* checks that agree, */
#define SURE_AGREED                                                                                          \
    3U /* or so few where the slope is hardly a guess: the one-second leaks last two minutes */
#define SURE_DOUBT  0.25 /* standard error of that slope, of itself, */
#define SURE_STEADY 1.2  /* and clearly above the long one: what flattens has to wait, */
#define SURE_HORIZON                                                                                         \
    600.0                  /* seconds: and what is to fill so soon, which is a start more often than a leak  \
                            */
#define FAST_Z       2.8   /* of the interval: a line through steps has too small a standard error for 1.64 */
#define SLOWEST      0.125 /* of the slope: as slow as its end may be, so that the late end is a time */
#define FALTER       2U    /* of them are lost by one that does not, here and on the slow path */
#define AGAIN_AGREED 4U    /* the same while a finding is open */
/* Of what was there first and has climbed since the first look, while nobody knows more; chosen on
 * 2026-11-23.
 */
#define COLD_NS      INT64_C(300000000000)
#define COLD_R2      0.95  /* of the line, */
#define COLD_RISE    0.05  /* of the limit in GROWTH_REACH_S, */
#define COLD_HORIZON 600.0 /* seconds to the limit, at most */
#define STILL        0.6   /* of the slope and of r2 are enough while a finding is open */
#define STEADY       0.93  /* short slope against its highest in these checks: less flattens */
#define STEADY_LONG  0.7   /* and against the long one: less is a step that was */
#define FAST_DOUBT   0.3   /* standard error of the short slope, of that slope: more is a guess */
#define FALL         0.02  /* of the limit: usage that falls by more begins anew */
#define QUIET_CHECKS 15U   /* without growth since it fell or was first seen; with fewer it is a mere climb */
#define QUIET_R2     0.6   /* of the long line: with more, what rises is not without growth */
#define TOOTH_TIMES  2.0   /* the last tooth's length: so long without a fall, and it is no tooth */
#define STARTING     0.5   /* of the growth is of what has only just been started: a start, until less than */
#define STARTED      0.25  /* this is */
#define NET          0.8   /* of what is left of a slope without teeth: no two are alike */

/* Of the slow path: */
#define CLIMBING     0.75 /* of all the time that was seen: a window that fills it has no past */
#define FALL_SHARE   0.5  /* of the rise, at most: what fell of late would fall again */
#define TOOTH_BLOCKS 6U   /* teeth may be so many blocks long */
#define LONGEST_FALL 3    /* of the scales: a day's falls say nothing of its minutes */
#define FAST_FALL    1    /* the first for the fast path: a regression of a minute spans teeth of seconds */
#define FLAT_RATIO   0.8  /* slope of the last third against the first: less flattens, */
#define FLAT_SIGMA   1.0  /* when noise would not do it so far */
#define GAIN_MARGIN  0.8  /* of the time that constant acceleration leaves */

static const struct {
    double span_s, late_max_s; /* the limit is met within late_max_s at the late end */
    double rise;               /* of the limit, at least */
    uint32_t agreed;           /* checks that agree, each at a closed block */
    const char *words;
} scales[USAGE_SCALES] = {
    {300, 7200, FIVE_RISE, 8U, "5 minutes"},
    {900, 14400, SLOW_RISE, 8U, "15 minutes"},
    {3600, 14400, SLOW_RISE, 5U, "hour"},
    {14400, 14400, SLOW_RISE, 3U, "4 hours"},
    /* A day's growth is no emergency: it is told days ahead. */
    {86400, TREND_HORIZON_S, SLOW_RISE, 3U, "day"},
};

double growth_span_s(int scale)
{
    return scale == GROWTH_FAST ? GROWTH_REACH_S : scales[scale].span_s;
}

const char *growth_span_words(int scale)
{
    return scale == GROWTH_FAST ? "minute" : scales[scale].words;
}

/* The end of a slope's interval by its standard error, which its r2 tells: slope sqrt((1/r2 - 1) / n), n the
 * effective number of points. */
static double slope_end(double slope, double r2, double n, double z)
{
    return slope + z * slope * sqrt((1 / r2 - 1) / n);
}

/* Effective points of a line whose deviations remember. Source: Bartlett 1946; the variance of a mean of an
 * AR(1) process is (1 + rho) / (1 - rho) times that of independent values. */
static double effective(const struct trend_line *l, double rho)
{
    return l->weight * (1 - rho) / (1 + rho);
}

/* Standard error of the short slope, of itself. */
static double doubt(const struct usage_watch *m)
{
    double slope = trend_line_slope(&m->recent), n = effective(&m->recent, trend_line_memory(&m->recent));
    return slope > 0 ? slope_end(slope, trend_line_r2(&m->recent), n, 1) / slope - 1 : (double)INFINITY;
}

/* What is left of a slope when the last tooth comes again. */
static double without_teeth(const struct usage_watch *m, double slope, int64_t now_ns)
{
    if (m->falls < 2 || (double)(now_ns - m->valley_ns) * 1e-9 > TOOTH_TIMES * m->tooth_s)
        return slope;
    return NET * (slope - m->drop / m->tooth_s);
}

/* The sentinel came after the trouble: a climb from the first look on of what is no start of its own. */
static bool climbs_cold(const struct usage_watch *m, int64_t now_ns)
{
    double slope = trend_line_slope(&m->line);

    return m->was_there && isnan(m->record) && m->falls == 0 && now_ns - m->since_ns <= COLD_NS &&
           trend_line_r2(&m->line) >= COLD_R2 && slope * GROWTH_REACH_S >= COLD_RISE * m->limit &&
           m->limit - m->used <= COLD_HORIZON * slope && m->quiet <= 1;
}

/* What has done nothing but climb may be a start or a tooth, and what is of those who have only just been
 * started is a start: they count when most of their way is behind them. */
static bool is_mere_climb(const struct usage_watch *m, double left_s, int64_t now_ns)
{
    return m->quiet < QUIET_CHECKS && left_s > (double)(now_ns - m->valley_ns) * 1e-9;
}

static bool is_start(const struct usage_watch *m, double left_s, int64_t now_ns)
{
    return m->starting_ns && left_s > (double)(now_ns - m->starting_ns) * 1e-9;
}

/* Steep, straight, higher than ever, soon at the limit, and no mere climb from where it fell? */
static bool may_grow_fast(const struct usage_watch *m, int64_t now_ns)
{
    double slope = trend_line_slope(&m->line), headroom = m->limit - m->used,
           beyond = GROWTH_RISE * m->limit / 2, enough = m->in_finding ? STILL : 1;

    if (m->line.weight < FAST_MIN_WEIGHT || isnan(m->limit) || !(slope > 0) ||
        trend_line_r2(&m->line) < enough * GROWTH_R2)
        return false;
    if (slope * GROWTH_REACH_S < enough * GROWTH_RISE * m->limit || headroom / slope > GROWTH_HORIZON_S)
        return false;
    if (m->falls > 0 && beyond < m->fall)
        beyond = m->fall;
    bool cold = !m->in_finding && climbs_cold(m, now_ns);
    if (isnan(m->record) ? !cold && !m->in_finding : m->used < m->record + beyond)
        return false;
    /* What has been told need not prove itself again. */
    if (m->in_finding)
        return true;
    if (!(trend_line_slope(&m->recent) >= STEADY_LONG * slope))
        return false;
    double left_s = headroom / slope;
    return cold || !(is_mere_climb(m, left_s, now_ns) || is_start(m, left_s, now_ns));
}

/* The regression's view. */
static struct growth grow_fast(const struct usage_watch *m, int64_t now_ns)
{
    struct growth g = {.scale = GROWTH_FAST};
    double slope = trend_line_slope(&m->line), r2 = trend_line_r2(&m->line), headroom = m->limit - m->used;
    double recent = trend_line_slope(&m->recent), recent_r2 = trend_line_r2(&m->recent);
    double rho = trend_line_memory(&m->recent), n = effective(&m->line, rho),
           recent_n = effective(&m->recent, rho);

    /* A slope that is itself a guess, for steps and slow noise, is left to the slow path. */
    if (!may_grow_fast(m, now_ns) || (!m->in_finding && doubt(m) > FAST_DOUBT))
        return g;
    /* Just after a bend the long regression still remembers the flat part: the truth lies between it and the
     * short one, each give or take its own error. */
    double most = slope_end(slope, r2, n, FAST_Z), least = slope_end(slope, r2, n, -FAST_Z),
           high = slope_end(recent, recent_r2, recent_n, FAST_Z),
           low = slope_end(recent, recent_r2, recent_n, -FAST_Z), net = without_teeth(m, slope, now_ns);
    if (net <= 0)
        return g;
    most = high > most ? high : most;
    least = low < least ? low : least;
    least = net < least ? net : least;
    if (headroom < 0)
        headroom = 0;
    g.fits = true;
    g.slope_per_s = slope;
    g.early_s = headroom / most;
    least = least > SLOWEST * slope ? least : SLOWEST * slope;
    g.late_s = headroom / least;
    return g;
}

/* One more check that agrees, or not: noise, steps and small teeth falter, what flattens stays away. */
static uint32_t agree(uint32_t agreed, bool agrees, uint32_t enough)
{
    if (agrees)
        return agreed < enough ? agreed + 1 : enough;
    return agreed > FALTER ? agreed - FALTER : 0;
}

/* A start that flattens falls off from its steepest for good. */
static void check_fast(struct usage_watch *m, int64_t now_ns)
{
    double recent = trend_line_slope(&m->recent);
    bool fits = grow_fast(m, now_ns).fits;

    if (fits && recent > m->steepest)
        m->steepest = recent;
    m->agreed_fast =
        agree(m->agreed_fast, fits && (m->in_finding || recent >= STEADY * m->steepest), FAST_AGREED);
    if (m->agreed_fast == 0)
        m->steepest = fits ? recent : 0;
}

/* Does the slope fall off by more than noise would make it? */
static bool flattens(const struct exhaustion *x, double block_s)
{
    double lost = (x->first_per_s - x->recent_per_s) * 8 * block_s;
    return x->recent_per_s < FLAT_RATIO * x->first_per_s && lost > FLAT_SIGMA * x->sigma * sqrt(16 * block_s);
}

/* Growth that gains speed beyond what noise does meets the limit sooner than a straight line: at constant
 * acceleration, less a margin. Returns +inf when it gains none. */
static double gaining_end(const struct exhaustion *x, double block_s)
{
    double gained = (x->recent_per_s - x->first_per_s) * 8 * block_s;
    double a = (x->recent_per_s - x->first_per_s) / (12 * block_s), v = x->recent_per_s + a * 6 * block_s;

    if (!(gained > FLAT_SIGMA * x->sigma * sqrt(16 * block_s)))
        return (double)INFINITY;
    return GAIN_MARGIN * (sqrt(v * v + 2 * a * x->headroom) - v) / a;
}

/* The largest fall of the lower edges of the rings from first to last: what comes down again. */
static double fall_since(const struct usage_watch *m, int first, int last, size_t reach)
{
    double low[ENVELOPE_BLOCKS], edge[ENVELOPE_BLOCKS], fall = 0;

    for (int i = first; i <= last; i++) {
        size_t n = m->edges[i].closed;
        if (envelope_minima(&m->edges[i], n, low))
            continue;
        lower_edge_erode(low, n, reach, edge);
        double f = lower_edge_fall(edge, n);
        if (f > fall)
            fall = f;
    }
    return fall;
}

/* Fits the drift to the minima as they are, else to the lower edge of teeth, the shortest that do. Returns
 * false when nothing fits that does not fall again. */
static bool fit_edge(const struct usage_watch *m, int i, struct exhaustion *ret)
{
    struct exhaustion_input in = {
        .block_s = scales[i].span_s / EXHAUSTION_BLOCKS, .limit = m->limit, .z = INTERVAL_Z};
    double low[EXHAUSTION_BLOCKS];

    if (envelope_minima(&m->edges[i], EXHAUSTION_BLOCKS, low))
        return false;
    for (size_t k = 0; k < EXHAUSTION_BLOCKS; k++)
        if (isnan(low[k]))
            return false;
    memcpy(in.minima, low, sizeof(low));
    bool teeth = lower_edge_fall(low, EXHAUSTION_BLOCKS) > FALL * m->limit;
    for (size_t half = 0; half <= (teeth ? TOOTH_BLOCKS / 2 : 0); half++) {
        if (half > 0 && !lower_edge_take(low, EXHAUSTION_BLOCKS, half, in.minima))
            continue;
        in.recent_max = envelope_recent_max(&m->edges[i], 2 * half + 2);
        double rise = in.minima[EXHAUSTION_BLOCKS - 1] - in.minima[0];
        if (lower_edge_fall(in.minima, EXHAUSTION_BLOCKS) <= FALL_SHARE * rise &&
            trend_exhaustion(&in, ret) == 0 && ret->fits) {
            /* Where in a tooth, or in a block, the end comes is not known. */
            double slack_s = (double)(2 * half + 1) * in.block_s;
            ret->early_s = ret->early_s > slack_s ? ret->early_s - slack_s : 0;
            ret->late_s += slack_s;
            return true;
        }
    }
    return false;
}

static bool check_scale(struct usage_watch *m, int i, int64_t now_ns)
{
    struct exhaustion *x = &m->fit[i];

    m->fit_valid[i] = !isnan(m->limit) && fit_edge(m, i, x);
    if (!m->fit_valid[i])
        return false;
    /* What was seen before this window must be clearly exceeded; a window without a past stands for itself,
     * and has to be nearer to the limit than to its beginning. */
    double record = envelope_earlier_record(&m->edges[i], EXHAUSTION_BLOCKS);
    if (!isnan(record) && x->last_low < record + SLOW_RECORD * m->limit)
        return false;
    if (x->drift_ratio < GROWTH_DRIFT_RATIO || flattens(x, scales[i].span_s / EXHAUSTION_BLOCKS) ||
        x->rise * FALL_SHARE < fall_since(m, i + 1, LONGEST_FALL, TOOTH_BLOCKS))
        return false;
    double gaining_s = gaining_end(x, scales[i].span_s / EXHAUSTION_BLOCKS);
    if (gaining_s < x->early_s)
        x->early_s = gaining_s;
    double since_s = (double)(now_ns - m->since_ns) * 1e-9;
    if (scales[i].span_s >= CLIMBING * since_s && x->middle_s > since_s)
        return false;
    if (x->middle_s > SLOW_REACH * scales[i].span_s || is_start(m, x->middle_s, now_ns))
        return false;
    return x->rise >= scales[i].rise * m->limit && x->late_s <= scales[i].late_max_s;
}

/* What counts as higher than ever is usage as it was before the regression's reach. Usage during a finding of
 * growth is not learned at first, so that a leak that comes back is found again; growth that came and went
 * SAW_TEETH times is how this entity lives, and its peaks are learned. */
static void learn_record(struct usage_watch *m)
{
    if (m->in_finding) {
        if (!(m->used <= m->tooth))
            m->tooth = m->used;
        m->lagged_peak = m->lagging_peak = m->peak = (double)NAN;
        return;
    }
    if (!isnan(m->tooth)) {
        if (++m->teeth >= SAW_TEETH && !(m->tooth <= m->record))
            m->record = m->tooth;
        m->tooth = (double)NAN;
    }
    if (m->lag_count++ % RECORD_LAG_CHECKS != 0)
        return;
    if (!isnan(m->lagged_peak) && !(m->lagged_peak <= m->record))
        m->record = m->lagged_peak;
    m->lagged_peak = m->lagging_peak;
    m->lagging_peak = m->peak;
    m->peak = (double)NAN;
}

/* Where the present climb began: usage that falls by more than FALL begins anew. */
static void follow_climb(struct usage_watch *m, int64_t now_ns)
{
    if (isnan(m->valley))
        m->since_ns = now_ns;
    if (isnan(m->valley) || m->used < m->crest - FALL * m->limit) {
        if (!m->in_finding && m->crest - m->valley > FALL * m->limit) {
            m->falls++;
            m->drop = m->crest - m->used;
            m->tooth_s = (double)(now_ns - m->valley_ns) * 1e-9;
        }
        m->valley = m->crest = m->used;
        m->valley_ns = now_ns;
        m->quiet = 0;
    }
    double recent = trend_line_slope(&m->recent), most = GROWTH_RISE / 2 * m->limit / GROWTH_REACH_S;
    bool straight = trend_line_slope(&m->line) >= most && trend_line_r2(&m->line) >= QUIET_R2;
    if (!straight && (fabs(recent) < most || fabs(m->used - m->checked_used) < most * CHECK_NS * 1e-9))
        m->quiet++;
    m->checked_used = m->used;
    if (m->used < m->valley)
        m->valley = m->used;
    if (m->used > m->crest)
        m->crest = m->used;
}

bool growth_begins(const struct usage_watch *m)
{
    return trend_line_slope(&m->line) * GROWTH_REACH_S >= GROWTH_RISE / 2 * m->limit;
}

/* Since when is most of the growth of what has only just been started? */
static void follow_start(struct usage_watch *m, double beginners_per_s, int64_t now_ns)
{
    double slope = trend_line_slope(&m->line);

    if (!growth_begins(m) || beginners_per_s < STARTED * slope)
        m->starting_ns = 0;
    else if (m->starting_ns == 0 && beginners_per_s >= STARTING * slope)
        m->starting_ns = now_ns;
}

void growth_check(struct usage_watch *m, double beginners_per_s, int64_t now_ns)
{
    bool closed = false;

    if (now_ns < m->next_check_ns)
        return;
    m->next_check_ns = cadence_after(now_ns, CHECK_NS);
    follow_climb(m, now_ns);
    follow_start(m, beginners_per_s, now_ns);
    for (int i = 0; i < USAGE_SCALES; i++) {
        /* A scale is judged when a block has closed since: the minima are the same until then. */
        int64_t block = m->edges[i].block;
        if (m->checked_block[i] == block)
            continue;
        closed = true;
        m->checked_block[i] = block;
        m->agreed[i] = agree(m->agreed[i], check_scale(m, i, now_ns), scales[i].agreed);
    }
    if (closed)
        m->fall = fall_since(m, FAST_FALL, LONGEST_FALL, 1);
    check_fast(m, now_ns);
    learn_record(m);
}

struct growth growth_find(const struct usage_watch *m, int64_t now_ns)
{
    double slope = trend_line_slope(&m->recent);
    bool sure = doubt(m) < SURE_DOUBT && slope >= SURE_STEADY * trend_line_slope(&m->line) &&
                m->limit - m->used > SURE_HORIZON * slope;
    uint32_t enough = m->in_finding ? AGAIN_AGREED : sure ? SURE_AGREED : FAST_AGREED;
    if (m->agreed_fast >= enough)
        return grow_fast(m, now_ns);
    for (int i = 0; i < USAGE_SCALES; i++)
        if (m->agreed[i] >= scales[i].agreed && m->fit_valid[i])
            return (struct growth){.fits = true,
                .scale = i,
                .slope_per_s = m->fit[i].slope_per_s,
                .early_s = m->fit[i].early_s,
                .late_s = m->fit[i].late_s};
    return (struct growth){.scale = GROWTH_FAST};
}

bool growth_is_cold(const struct usage_watch *m)
{
    return m->last_scale == GROWTH_FAST && isnan(m->record);
}

int64_t growth_onset(const struct usage_watch *m, int64_t now_ns)
{
    int64_t onset_ns = now_ns - (int64_t)(growth_span_s(m->last_scale) * 1e9);

    for (int i = m->last_scale > 0 ? m->last_scale : 0; i < USAGE_SCALES; i++) {
        const struct envelope *e = &m->edges[i];
        double low[ENVELOPE_BLOCKS];
        size_t n = e->closed;
        if (envelope_minima(e, n, low) < 0)
            break;
        double bend = trend_bend(NULL, low, n);
        if (isnan(bend))
            break;
        onset_ns = (e->block - (int64_t)n) * e->block_ns + (int64_t)(bend * (double)e->block_ns);
        /* A ring that is not full has seen all that there was. */
        if (bend >= 1 || n < ENVELOPE_BLOCKS)
            break;
    }
    return onset_ns > m->since_ns ? onset_ns : m->since_ns;
}
