/* SPDX-License-Identifier: MIT
 * Turns what stands beside a seizure into its cause. CPU alone cannot name one: where no evidence does, it is
 * `unexplained`, and said with low confidence. Whether it is a seizure is the law's matter. */
#include "detection/seizure_story.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "core/cause.h"
#include "detection/attribution.h"
#include "detection/law_module.h"
#include "detection/wording.h"

/* Evidence counts from these shares of time on. */
#define CAUSE_THROTTLED 0.05
#define CAUSE_STEAL     0.05
#define CAUSE_MEMORY    0.10
#define CAUSE_IO        0.20
#define CAUSE_STARVED   0.50
#define CAUSE_GC        0.10 /* in a runtime's collections */
#define CAUSE_FUTEX     0.25 /* of a process' threads, as sampled: convoys had 0.53 to 0.63, others 0.00 */
#define CAUSE_RUN_QUEUE 0.05 /* seconds a second that its threads were ready and did not run */
#define CAUSE_CARRIED   0.50 /* of the swing, by processes where there is such evidence: then it is theirs */

struct cause {
    const char *name;
    enum confidence confidence;
};

static const struct cause throttled = {"throttled", CONFIDENCE_HIGH};
static const struct cause throttled_within = {"throttled", CONFIDENCE_MEDIUM};
static const struct cause reclaim = {"reclaim_thrash", CONFIDENCE_MEDIUM};
static const struct cause lock = {"lock_convoy", CONFIDENCE_MEDIUM};

/* What contention without a swing is called, and by what its carriers are known. */
static const struct {
    const struct cause *cause;
    enum attribution_of by;
} contended[CONTENTION_KINDS] = {
    [CONTENTION_THROTTLED] = {&throttled, ATTRIBUTION_SWING},
    [CONTENTION_MEMORY] = {&reclaim, ATTRIBUTION_MAJOR_FAULTS},
    [CONTENTION_REFAULTS] = {&reclaim, ATTRIBUTION_MAJOR_FAULTS},
    [CONTENTION_LOCK] = {&lock, ATTRIBUTION_LINE},
};

/* Whose evidence names the cause: of the entity itself, or of one within it that carries the swing. NULL:
 * none. */
struct suspects {
    const struct watch *held_back;  /* a cgroup, by its CPU limit */
    const struct watch *collecting; /* a runtime */
    const struct process_watch *convoy;
};

/* A process that carries the swing and whose threads stand in line for a lock: many of them in a futex, while
 * others of it wait for a CPU. An idle pool of threads stands in a futex too, but nobody waits. NULL: none.
 */
static const struct process_watch *find_convoy(const struct attribution *a)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct process_watch *p = a->watches[i]->process;
        if (p->futex_share >= CAUSE_FUTEX && p->rates[PROCESS_RUN_QUEUE].per_s >= CAUSE_RUN_QUEUE)
            return p;
    }
    return NULL;
}

static bool is_throttled(const struct watch *cgroup)
{
    return cgroup->causes && cgroup->causes->throttled > CAUSE_THROTTLED;
}

/* The cgroup below w, held back by its limit, whose processes carry most of the swing; of several the one
 * with the largest share. NULL: none. */
static const struct watch *find_throttled(const struct watch *w, const struct attribution *a)
{
    const struct watch *first = NULL;
    double share = 0;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct watch *cgroup = attribution_cgroup(w, a->watches[i], is_throttled);
        share += cgroup ? a->carriers[i].share : 0;
        first = first ? first : cgroup;
    }
    return share >= CAUSE_CARRIED ? first : NULL;
}

static bool is_collecting(const struct watch *runtime)
{
    return runtime->causes && runtime->causes->gc_share > CAUSE_GC;
}

static struct suspects find_suspects(const struct watch *w, const struct attribution *a)
{
    return (struct suspects){
        .held_back = is_throttled(w) ? w : find_throttled(w, a),
        .collecting = is_collecting(w) ? w : attribution_runtime(w, a, CAUSE_CARRIED, is_collecting),
        .convoy = find_convoy(a),
    };
}

static double larger(double a, double b)
{
    return a > b || isnan(b) ? a : b;
}

/* What an entity says of itself counts; the host's word stands in where it says nothing. */
static double nearest(double own, double host)
{
    return isnan(own) ? host : own;
}

static struct cause find_cause(const struct watch *w, const struct suspects *s)
{
    const struct cause_watch *own = w->causes, *host = w->host_watch->causes, *near = own ? own : host;

    if (s->held_back)
        return s->held_back == w ? throttled : throttled_within;
    if (host && host->steal > CAUSE_STEAL)
        return (struct cause){"stolen", CONFIDENCE_HIGH};
    if (s->collecting || is_collecting(w->host_watch))
        return (struct cause){"gc_pause", CONFIDENCE_MEDIUM};
    if (near && nearest(near->memory_pressure, host ? host->memory_pressure : (double)NAN) > CAUSE_MEMORY)
        return reclaim;
    if (near &&
        nearest(near->io_pressure, host ? larger(host->io_pressure, host->iowait) : (double)NAN) > CAUSE_IO)
        return (struct cause){"io_stall", CONFIDENCE_MEDIUM};
    if (s->convoy)
        return lock;
    if (near && nearest(near->cpu_pressure, host ? host->cpu_pressure : (double)NAN) > CAUSE_STARVED)
        return (struct cause){"starved", CONFIDENCE_MEDIUM};
    return (struct cause){"unexplained", CONFIDENCE_LOW};
}

static void add_evidence(const struct watch *w, int octave, const struct suspects *s, struct finding *f)
{
    const struct cpu_watch *c = w->cpu;
    const struct cause_watch *host = w->host_watch->causes;

    if (c->judged) {
        finding_add_evidence(f, "cpu.mean", c->mean, (double)NAN);
        finding_add_evidence(f, "cpu.sigma", c->sigma, (double)NAN);
    }
    if (octave >= 0) {
        finding_add_evidence(f, "cpu.allan_deviation", c->octaves[octave].mean_form, (double)NAN);
        finding_add_evidence(f, "cpu.half_von_neumann", c->octaves[octave].half_von_neumann, 0.5);
    }
    if (s->held_back)
        finding_add_evidence(f, "cpu.throttled", s->held_back->causes->throttled, CAUSE_THROTTLED);
    if (s->collecting)
        finding_add_evidence(f, "gc.share", s->collecting->causes->gc_share, CAUSE_GC);
    if (s->convoy) {
        finding_add_evidence(f, "process.thread.futex_wait.share", s->convoy->futex_share, CAUSE_FUTEX);
        finding_add_evidence(
            f, "process.cpu.run_queue.wait", s->convoy->rates[PROCESS_RUN_QUEUE].per_s, CAUSE_RUN_QUEUE);
    }
    if (host) {
        finding_add_evidence(f, "cpu.pressure", host->cpu_pressure, (double)NAN);
        finding_add_evidence(f, "cpu.steal", host->steal, (double)NAN);
        finding_add_evidence(f, "cpu.iowait", host->iowait, (double)NAN);
        finding_add_evidence(f, "process.forks_per_s", host->forks_per_s, (double)NAN);
    }
}

static void tell_swing(const struct cpu_watch *c, const struct finding *f, struct text *t)
{
    text_add(t, "CPU swings by ");
    text_add_human(t, f->reading.value, 3);
    text_add(t, " points at the scale of ");
    text_add_human(t, f->reading.scale_s, 2);
    text_add(t, " s around a mean of ");
    text_add_human(t, c->mean, 3);
    text_add(t, " %; ");
    if (!isnan(f->reading.expected)) {
        text_add(t, "usual is ");
        text_add_human(t, f->reading.expected, 2);
        text_add(t, ", ");
    }
    text_add(t, "the limit is ");
    text_add_human(t, f->reading.hi, 2);
}

static void add_contention(enum contention_kind kind, double value, struct text *t)
{
    if (kind == CONTENTION_REFAULTS)
        text_add_human(t, value, 2);
    else
        wording_add_percent(t, value);
}

/* "83 % of the threads of 4711 java stand in line, usually 11 %, and are ready for 0.32 s a second without a
 * CPU, with as much work as usual" */
static void tell_line(const struct process_watch *p, const char *name, struct text *t)
{
    wording_add_percent(t, p->futex_share);
    text_add(t, " of the threads of ");
    text_add(t, name);
    text_add(t, " wait for each other, usually ");
    wording_add_percent(t, p->convoy.futex.mean);
    text_add(t, ", while it does as much as usual; those that have their turn wait ");
    text_add_human(t, p->rates[PROCESS_RUN_QUEUE].per_s, 2);
    text_add(t, " s a second for a CPU");
}

/* "its CPU limit withholds 34 % of the time", "tasks wait for memory 21 % of the time", "13000 pages a second
 * are read again that were just evicted" */
static void tell_contention(const struct contention_view *v, struct text *t)
{
    static const char *const before[CONTENTION_KINDS] = {
        "CPU is withheld ", "tasks wait for memory ", "", "threads of a process wait for each other: "};
    static const char *const after[CONTENTION_KINDS] = {
        " of the time", " of the time", " pages a second are read again that were just evicted", " of them"};

    text_add(t, before[v->kind]);
    add_contention(v->kind, v->value, t);
    text_add(t, after[v->kind]);
    if (isnan(v->expected)) {
        text_add(t, "; no habit is known yet");
    } else {
        text_add(t, "; usual is ");
        add_contention(v->kind, v->expected, t);
    }
    text_add(t, ", the limit is ");
    add_contention(v->kind, v->limit, t);
}

/* "; cause: a CPU limit holds it back: that of cgroup shop/cart" */
static void tell_cause(const struct watch *w, const struct catalog *names, const struct cause *cause,
    const struct suspects *s, struct text *t)
{
    bool held_back = s->held_back && s->held_back != w,
         collecting = s->collecting && s->collecting != w && strcmp(cause->name, "gc_pause") == 0;

    if (strcmp(cause->name, "unexplained") == 0) {
        text_add(t, "; nothing at hand names the cause");
        return;
    }
    text_add(t, "; cause: ");
    text_add(t, cause_words(cause->name));
    if (held_back || collecting) {
        text_add(t, held_back ? ": that of cgroup " : ": that of ");
        text_add(t, catalog_entity_get(names, (held_back ? s->held_back : s->collecting)->entity)->name);
    }
}

void seizure_tell(const struct watch *w, const struct catalog *names, int octave,
    const struct contention_view *contention, struct finding *f)
{
    struct attribution a;
    struct text t;

    attribution_find(w, contention ? contended[contention->kind].by : ATTRIBUTION_SWING, &a);
    bool line = contention && contention->kind == CONTENTION_LOCK && a.count > 0;
    struct suspects s = {0};
    if (!contention)
        s = find_suspects(w, &a);
    else if (line)
        s.convoy = a.watches[0]->process;
    struct cause cause = contention ? *contended[contention->kind].cause : find_cause(w, &s);

    f->cause = cause.name;
    f->confidence = contention && isnan(contention->expected) ? CONFIDENCE_LOW : cause.confidence;
    f->calibrated = false;
    add_evidence(w, octave, &s, f);
    text_init(&t, f->text, sizeof(f->text));
    if (line)
        tell_line(s.convoy, a.carriers[0].name, &t);
    else if (contention)
        tell_contention(contention, &t);
    else
        tell_swing(w->cpu, f, &t);
    finding_observed(f);
    tell_cause(w, names, &cause, &s, &t);
    attribution_tell(&a, f);
}
