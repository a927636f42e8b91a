/* SPDX-License-Identifier: MIT
 * coherence live and coherence run: this host (or the flight simulator, at one second a second) through the
 * engine, until told to stop. `live` draws when it has a terminal; otherwise both print lines. `record`
 * (record.c) does the same without a word. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/footprint.h"
#include "cli/absence.h"
#include "cli/command.h"
#include "cli/deep_partner.h"
#include "cli/flight.h"
#include "cli/historian.h"
#include "cli/keeper.h"
#include "cli/lookback.h"
#include "cli/outgoing.h"
#include "cli/reload.h"
#include "cli/senses.h"
#include "cli/sentinel.h"
#include "cli/service.h"
#include "cli/session.h"
#include "engine/snapshot.h"
#include "ingestion/host/host.h"
#include "ingestion/simulator/simulator.h"
#include "net/loop.h"
#include "output/tui/tui.h"

#define MISSING_LINES_MAX 8
/* Frames are stamped to a microsecond: the counters that they hold (pressure) count no finer, and are read
 * some 10 us after the clock. */
#define STAMP_NS 1000
/* What is used but rarely (a handshake, a reload, the page) comes back with each use: so often it is let go.
 */
#define FIRST_TRIM_NS (INT64_C(10) * 1000000000)
#define TRIM_EVERY_NS (INT64_C(600) * 1000000000)

struct sentinel {
    struct session *session;
    struct loop *loop;
    struct host_source *host;
    struct deep_partner deep;
    struct simulator *simulator;
    struct tui *tui;
    struct keeper keeper;
    struct historian historian;
    struct flight flight;
    struct lookback lookback;
    bool only_records;
    bool reloads;
    struct service service;
    struct outgoing outgoing;
    struct senses senses;
    bool parting; /* only the service is still at work */
    struct feed feed;
    int status;
    int64_t period_ns;
    int64_t ticks_left; /* < 0: no limit */
    int64_t
        shift_ns; /* engine time minus real time: > 0 after the clock stepped back, until it has caught up */
    int64_t last_ns; /* engine time of the last tick */
    struct absence absence;
    int64_t known_ns; /* engine time at which it goes on from what was kept; INT64_MIN: it is new */
    uint64_t overruns;
    uint64_t unsaid; /* of the engine's totals, when it began */
    int64_t trim_ns; /* monotonic time at which the footprint is trimmed; 0: not known yet */
};

static void stop_with(struct sentinel *s, int status)
{
    if (s->status == STATUS_FINE)
        s->status = status;
    loop_stop(s->loop);
}

/* What the engine, or a source, answered ends it. What cannot be written is said when it is closed. */
static void stop_for(struct sentinel *s, int code)
{
    if (code != -EPIPE && code != s->session->out.error)
        session_note(s->session, "cannot go on: %s", strerror(-code));
    stop_with(s, code == -EPIPE ? STATUS_FINE : STATUS_FAILURE);
}

/* Real time as the engine sees it: never back. A clock that steps back is followed from where it was; one
 * that steps forward again takes that back. */
static int64_t engine_time(struct sentinel *s, const struct loop_instant *now, int64_t real_ns)
{
    real_ns -= real_ns % STAMP_NS + s->session->behind_ns;
    if (now->clock_stepped && s->shift_ns > 0) {
        int64_t gain_ns = real_ns + s->shift_ns - s->last_ns - s->period_ns;
        if (gain_ns > 0)
            s->shift_ns = gain_ns < s->shift_ns ? s->shift_ns - gain_ns : 0;
    }
    if (real_ns + s->shift_ns <= s->last_ns && now->clock_stepped) {
        s->shift_ns = s->last_ns + s->period_ns - real_ns;
        if (s->tui)
            tui_note(s->tui, "the clock stepped back");
        else
            session_say(
                "the clock stepped back; times go on %.0f s ahead of it, so that no window sees a time twice",
                (double)s->shift_ns * 1e-9);
    }
    return real_ns + s->shift_ns;
}

/* As after a restart, the time in which nobody looked is cut out, and a recording begins anew there. What was
 * heard before it is judged first. Returns as the feed. */
static int cut_out_absence(struct sentinel *s, const struct loop_instant *now, int64_t t_ns)
{
    char line[160];
    int64_t before_ns;
    struct text why;

    text_init(&why, line, sizeof(line));
    if (!absence_ends(&s->absence, now, t_ns, s->period_ns, &before_ns, &why))
        return 0;
    if (before_ns > s->last_ns) {
        int r = s->feed.tick(s->feed.context, before_ns);
        if (r)
            return r;
        s->last_ns = before_ns;
    }
    session_note(s->session, "%s", line);
    engine_resume(s->session->engine, t_ns);
    keeper_changed(&s->keeper);
    return 0;
}

static void on_fast(void *context, const struct loop_instant *now)
{
    struct sentinel *s = context;

    if (s->parting)
        return;
    int64_t t_ns = engine_time(s, now, now->real_ns);
    int r = cut_out_absence(s, now, t_ns);
    if (!r)
        r = host_source_fast(s->host, t_ns, now->mono_ns);
    if (r)
        stop_for(s, r);
}

static void draw(struct sentinel *s)
{
    if (s->tui && tui_draw(s->tui, engine_view(s->session->engine)))
        loop_stop(s->loop);
}

static void tell_source(struct sentinel *s, const char *name, bool up, uint64_t samples)
{
    struct api_source *source = service_source(&s->service, name);

    if (samples != source->samples)
        source->heard_ns = view_now_ns(engine_view(s->session->engine));
    source->up = up;
    source->samples = samples;
}

/* What of this round those learn who ask over HTTP. */
static void tell_service(struct sentinel *s, int64_t mono_ns)
{
    if (!service_is_on(&s->service))
        return;
    s->service.api.overruns = s->overruns;
    s->service.api.degraded_count = 0;
    if (s->session->seal.missing[0])
        service_degraded(&s->service, s->session->seal.missing);
    service_degraded(&s->service, keeper_trouble(&s->keeper));
    service_degraded(&s->service, historian_trouble(&s->historian));
    if (view_summary(engine_view(s->session->engine)).unsaid > s->unsaid)
        service_degraded(&s->service,
            "some of what was judged was never said: there was no memory for it (coherence_unsaid_total)");
    if (s->host || s->simulator)
        tell_source(
            s, s->host ? "host" : "simulation", true, s->session->samples - s->deep.samples - s->senses.fed);
    if (s->deep.sense) {
        tell_source(s, "deep", deep_sense_last(s->deep.sense)->number > 0, s->deep.samples);
        for (uint32_t i = 0; i < MISSING_LINES_MAX; i++)
            service_degraded(&s->service, deep_sense_missing(s->deep.sense, i));
    }
    for (uint32_t i = 0; s->host && i < MISSING_LINES_MAX; i++)
        service_degraded(&s->service, host_source_missing(s->host, i));
    senses_tell(&s->senses, &s->service);
    service_tick(&s->service, mono_ns);
}

static void trim(struct sentinel *s, int64_t mono_ns)
{
    if (mono_ns >= s->trim_ns && s->trim_ns)
        footprint_trim();
    if (mono_ns >= s->trim_ns)
        s->trim_ns = mono_ns + (s->trim_ns ? TRIM_EVERY_NS : FIRST_TRIM_NS);
}

static void on_second(void *context, const struct loop_instant *now)
{
    struct sentinel *s = context;
    int r = 0;

    if (s->parting)
        return;
    s->overruns += now->missed;
    if (s->host) {
        int64_t t_ns = engine_time(s, now, now->real_ns);
        r = cut_out_absence(s, now, t_ns);
        if (r >= 0)
            r = host_source_slow(s->host, t_ns, now->mono_ns);
        if (r >= 0)
            r = deep_partner_round(&s->deep, t_ns, now->mono_ns);
    } else if (s->simulator && (r = simulator_step(s->simulator)) == 0)
        loop_stop(s->loop);
    if (r >= 0 && !s->simulator && datadog_sense_may_tick(&s->senses.datadog)) {
        int64_t tick_ns = engine_time(s, now, now->due_real_ns);
        s->senses.shift_ns = s->shift_ns;
        if (tick_ns > s->last_ns && (r = senses_tick(&s->senses, tick_ns)) == 0) {
            r = s->feed.tick(s->feed.context, tick_ns);
            s->last_ns = tick_ns;
            bool said = historian_tick(&s->historian, tick_ns);
            keeper_tick(&s->keeper, tick_ns, said);
        }
    }
    /* Who only records is done then, and so is who writes to a reader that has left. */
    bool full = flight_is_over(&s->flight) && (s->only_records || record_fault(&s->flight.file) == -EPIPE);
    if (s->session->out.error || full) {
        stop_with(s, STATUS_FINE); /* it is said, and counts, when it is closed */
        return;
    }
    if (r < 0) {
        stop_for(s, r);
        return;
    }
    tell_service(s, now->mono_ns);
    draw(s);
    trim(s, now->mono_ns);
    if (s->ticks_left > 0 && --s->ticks_left == 0)
        loop_stop(s->loop);
}

static void on_signal(void *context, int signal_number)
{
    struct sentinel *s = context;
    if (signal_number == SIGWINCH) {
        if (s->tui) {
            tui_resize(s->tui);
            draw(s);
        }
        return;
    }
    if (signal_number == SIGHUP && s->reloads) {
        if (!s->parting)
            (void)reload_configuration(&(struct reload){.session = s->session,
                .historian = &s->historian,
                .keeper = &s->keeper,
                .service = &s->service});
        return;
    }
    loop_stop(s->loop);
}

static void on_keys(void *context)
{
    struct sentinel *s = context;
    if (tui_keys(s->tui, engine_view(s->session->engine)))
        loop_stop(s->loop);
}

/* The loop takes its descriptors first: a host with many cgroups leaves none, and libuv aborts without. */
static int make_loop(struct sentinel *s)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
    struct error e;
    int r = 0;

    s->loop = loop_new(&e);
    if (!s->loop) {
        session_say_error(&e);
        return STATUS_FAILURE;
    }
    for (size_t i = 0; !r && i < sizeof(signals) / sizeof(signals[0]); i++)
        r = loop_on_signal(s->loop, signals[i], on_signal, s);
    if (!r && s->tui)
        r = loop_on_readable(s->loop, STDIN_FILENO, on_keys, s);
    if (r) {
        session_say("cannot start the event loop: %s", strerror(-r));
        return STATUS_FAILURE;
    }
    return STATUS_FINE;
}

static int start_timers(struct sentinel *s)
{
    const struct host_options *o = &s->session->config.host;
    int r = 0;

    if (s->host && o->fast_interval_ns > 0)
        r = loop_every(s->loop, o->fast_interval_ns, on_fast, s);
    if (!r)
        r = loop_every(s->loop, s->period_ns, on_second, s);
    if (r) {
        session_say("cannot start the timers: %s", strerror(-r));
        return STATUS_FAILURE;
    }
    return STATUS_FINE;
}

static int open_source(struct sentinel *s, const struct scenario *scenario)
{
    const struct arguments *a = s->session->arguments;
    struct error e;

    if (scenario) {
        s->simulator = simulator_new(scenario, a->seed, 0, &s->feed, &e);
        if (!s->simulator) {
            session_say_error(&e);
            return STATUS_FAILURE;
        }
        return STATUS_FINE;
    }
    if (a->source != SOURCE_LIVE)
        return STATUS_FINE; /* what is watched is elsewhere */
    s->host = host_source_open(&s->session->config.host, a->root, NULL, &s->feed, &e);
    if (!s->host) {
        session_say_error(&e);
        return STATUS_HOST_CANNOT;
    }
    for (uint32_t i = 0; !s->tui && i < MISSING_LINES_MAX && host_source_missing(s->host, i); i++)
        session_say("not observable here: %s", host_source_missing(s->host, i));
    return deep_partner_open(&s->deep, s->session, s->host, &s->feed);
}

/* Takes the terminal, or says why not and leaves lines to do the work. */
static int open_terminal(struct sentinel *s)
{
    struct tui_options o = {.color = s->session->color};
    struct error e;

    s->tui = tui_open(&o, &e);
    if (!s->tui) {
        session_say_error(&e);
        if (e.code != -ENOTTY)
            return STATUS_FAILURE;
        session_say("lines instead");
        return STATUS_FINE;
    }
    s->session->tui = s->tui; /* from here on it shows what is said */
    s->session->print_events = false;
    s->session->print_ticks = true; /* the engine shall keep what the screen shows */
    return STATUS_FINE;
}

static int open_history(struct sentinel *s, int64_t now_ns)
{
    if (!s->keeper.on)
        return STATUS_FINE;
    int status = historian_open(&s->historian, s->session, &s->keeper.dir, s->keeper.head.label, now_ns);
    s->session->historian = &s->historian;
    return status;
}

/* Goes on from what was kept. Engine time never goes back: where the clock stands before it, the difference
 * is kept, as after a step of the clock. */
static int restore(struct sentinel *s)
{
    struct timespec clock;
    int64_t last_ns;

    clock_gettime(CLOCK_REALTIME, &clock);
    int64_t now_ns = clock.tv_sec * INT64_C(1000000000) + clock.tv_nsec - s->session->behind_ns;
    int status = keeper_restore(&s->keeper, s->session->arguments->root, now_ns, &last_ns);
    if (status || last_ns == INT64_MIN)
        return status ? status : open_history(s, now_ns);
    if (now_ns <= last_ns) {
        s->shift_ns = last_ns + s->period_ns - now_ns;
        session_say("the clock stands before the time of the baselines; times go on %.0f s ahead of it",
            (double)s->shift_ns * 1e-9);
    }
    s->last_ns = last_ns;
    s->known_ns = now_ns + s->shift_ns;
    engine_resume(s->session->engine, s->known_ns);
    return open_history(s, now_ns + s->shift_ns);
}

/* Opens what is written, as far as something is. */
static int open_outputs(struct sentinel *s, const struct scenario *scenario)
{
    const char *file = s->session->arguments->record_file;
    int status = STATUS_FINE;

    if (s->only_records) {
        s->session->config.shell.state_dir[0] = 0; /* it belongs to the sentinel that judges */
        s->session->print_events = s->session->print_ticks = false;
    }
    status = keeper_open(&s->keeper, s->session, scenario != NULL);
    if (!status && file) /* the last: no file is emptied for a sentinel that does not come up */
        status = record_open(&s->flight.file, file);
    return status;
}

static int watch(struct sentinel *s, bool draws, const struct scenario *scenario)
{
    const char *more[RELOAD_PATHS_MAX + SENSES_PATHS_MAX + 1] = {NULL};
    const struct arguments *a = s->session->arguments;
    int status = STATUS_FINE;

    s->deep.link = (struct deep_link){.in_fd = -1, .out_fd = -1, .why = DEEP_NO_HOST};
    if (a->source == SOURCE_LIVE) /* first, while there is nothing yet that it could take along */
        status = deep_begin(&s->session->config.deep, a->root, s->session->config.host.interval_ns,
            &s->deep.link, &s->deep.pid);
    if (!status)
        status = open_outputs(s, scenario);
    if (!status && draws)
        status = open_terminal(s);
    if (s->reloads)
        (void)reload_paths(s->session, more);
    if (!status)
        status = service_open(&s->service, s->session);
    if (!status && !s->only_records)
        status = outgoing_open(&s->outgoing, s->session, s->keeper.on ? s->keeper.dir.fd : -1);
    if (!status && !scenario) /* simulated time is not that of others */
        status = senses_open(&s->senses, s->session, &s->service, &s->outgoing);
    outgoing_reach(&s->outgoing);
    senses_paths(&s->senses, more, sizeof(more) / sizeof(more[0]));
    if (!status)
        status = session_seal_host(s->session, more);
    s->session->behind_ns = datadog_sense_behind_ns(&s->senses.datadog);
    s->session->config.engine.veto_ttl_ns +=
        s->session->behind_ns; /* so that advice ends as long after it is read */
    if (!status)
        status = session_start(s->session, ENGINE_STREAM);
    s->period_ns = scenario ? INT64_C(1000000000) : s->session->config.host.interval_ns;
    if (!status)
        status = restore(s);
    if (!status)
        s->unsaid = view_summary(engine_view(s->session->engine)).unsaid;
    if (!status)
        status = flight_start(
            &s->flight, s->session, s->historian.writer, s->tui && lookback_is_possible(s->session));
    if (status)
        return status;
    if (s->tui)
        session_note_seal(s->session, s->deep.pid > 0);
    s->session->tui = s->senses.tui = s->tui;
    s->feed = session_feed(s->session);
    s->ticks_left = a->duration_ns ? (a->duration_ns + s->period_ns - 1) / s->period_ns : -1;
    status = make_loop(s);
    if (!status && s->tui)
        status = lookback_start(&s->lookback, s->session, s->tui, &s->flight, s->loop);
    if (!status)
        status = open_source(s, scenario);
    if (!status)
        status = outgoing_start(&s->outgoing, s->loop);
    s->senses.shift_ns = s->shift_ns;
    if (!status)
        status = senses_start(
            &s->senses, &s->feed, s->host ? host_source_entity(s->host) : ENTITY_NONE, s->loop, s->known_ns);
    if (!status)
        status = service_start(&s->service, s->loop, s->period_ns, s->tui != NULL);
    s->service.api.alerts = s->outgoing.alerts;
    if (!status)
        status = start_timers(s);
    if (status)
        return status;
    draw(s); /* what is not known yet: the first tick is a second away */
    int r = loop_run(s->loop);
    if (r) {
        session_say("the event loop stopped: %s", strerror(-r));
        stop_with(s, STATUS_FAILURE);
    }
    s->parting = true;
    outgoing_farewell(&s->outgoing);
    service_farewell(&s->service);
    engine_flush(s->session->engine);
    return s->status;
}

static int take_down(struct sentinel *s, int status)
{
    lookback_stop(&s->lookback);
    tui_close(s->tui);
    s->session->tui = NULL;
    service_close(&s->service); /* it reads in the state directory */
    status = flight_stop(&s->flight, s->session, status);
    historian_close(&s->historian, status);
    s->session->historian = NULL;
    senses_close(&s->senses);
    outgoing_close(&s->outgoing);
    keeper_close(&s->keeper);
    if (s->loop)
        loop_free(s->loop);
    if (s->host)
        host_source_close(s->host);
    deep_partner_close(&s->deep);
    if (s->simulator)
        simulator_free(s->simulator);
    if (s->overruns)
        session_say("%llu ticks were missed: this process did not get to run in time",
            (unsigned long long)s->overruns);
    return status;
}

int sentinel_run(const struct arguments *a, const struct sentinel_plan *plan)
{
    static struct session session;
    static struct sentinel s;
    struct scenario *scenario = NULL;
    struct error e;

    if (a->operand_count) {
        session_say("'%s' takes no file; to judge recorded telemetry: coherence replay %s",
            a->command ? a->command : "run", a->operands[0]);
        return STATUS_USAGE;
    }
    s.session = &session;
    s.last_ns = s.known_ns = s.absence.heard_ns = INT64_MIN;
    s.only_records = plan->only_records;
    s.reloads = plan->reloads;
    int status = session_open(&session, a, false);
    if (!status && !a->dump_config)
        status = senses_named(&session);
    if (!status && a->source == SOURCE_SIMULATION) {
        scenario = scenario_builtin("cascade", &e);
        if (!scenario) {
            session_say_error(&e);
            status = STATUS_FAILURE;
        }
    }
    if (!status && !a->dump_config) {
        bool draws = plan->may_draw && !export_takes_stdout(a) &&
                     session.config.shell.format == SHELL_FORMAT_TEXT && isatty(STDOUT_FILENO) &&
                     isatty(STDIN_FILENO);
        status = take_down(&s, watch(&s, draws, scenario));
    }
    scenario_free(scenario);
    return session_close(&session, status);
}

static int run_live(const struct arguments *a)
{
    return sentinel_run(a, &(struct sentinel_plan){.may_draw = true});
}

static int run_headless(const struct arguments *a)
{
    return sentinel_run(a, &(struct sentinel_plan){.reloads = true});
}

const struct command command_live = {
    .name = "live",
    .bit = FOR_LIVE,
    .operands = "",
    .summary = "dashboard of this host in the terminal; lines without one",
    .run = run_live,
};

const struct command command_run = {
    .name = "run",
    .bit = FOR_RUN,
    .operands = "",
    .summary = "headless sentinel: sources, engine and outputs as configured",
    .run = run_headless,
};
