/* SPDX-License-Identifier: MIT
 * coherence simulate [SCENARIO]: the flight simulator. A scenario is one of the built-in ones, or a file;
 * time is virtual unless --realtime. */
#include "ingestion/simulator/simulator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/session.h"

#define DEFAULT_SCENARIO  "cascade"
#define SCENARIO_FILE_MAX (1024U * 1024U)

/* A name with a slash or a dot is a file. */
static bool is_file(const char *name)
{
    return strchr(name, '/') || strchr(name, '.');
}

static int read_file(const char *path, char *bytes, size_t *ret_n)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        session_say("cannot read '%s': %s", path, fd < 0 ? strerror(errno) : "not a regular file");
        if (fd >= 0)
            close(fd);
        return STATUS_BAD_INPUT;
    }
    size_t n = 0;
    ssize_t r = 1;
    while (r > 0 && n < SCENARIO_FILE_MAX) {
        r = read(fd, bytes + n, SCENARIO_FILE_MAX - n);
        n += r > 0 ? (size_t)r : 0;
    }
    close(fd);
    if (r != 0) {
        session_say("cannot read '%s': %s", path, r < 0 ? strerror(errno) : "larger than 1 MiB");
        return STATUS_BAD_INPUT;
    }
    *ret_n = n;
    return STATUS_FINE;
}

static int load(const char *name, struct scenario **ret)
{
    static char bytes[SCENARIO_FILE_MAX];
    struct error e;
    size_t n;

    if (is_file(name)) {
        int status = read_file(name, bytes, &n);
        if (status)
            return status;
        *ret = scenario_parse(bytes, n, name, &e);
    } else {
        *ret = scenario_builtin(name, &e);
    }
    if (*ret)
        return STATUS_FINE;
    session_say_error(&e);
    return is_file(name) ? STATUS_BAD_INPUT : STATUS_USAGE;
}

/* Sleeps until one more second of real time has passed since *next. */
static void wait_second(struct timespec *next)
{
    next->tv_sec++;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL) == EINTR)
        ;
}

static int fly(struct session *s, const struct scenario *scenario)
{
    const struct arguments *a = s->arguments;
    struct feed feed = session_feed(s);
    struct timespec next;
    struct error e;
    struct simulator *m = simulator_new(scenario, a->seed, a->duration_ns, &feed, &e);
    int r;

    if (!m) {
        session_say_error(&e);
        return STATUS_FAILURE;
    }
    clock_gettime(CLOCK_MONOTONIC, &next);
    while ((r = simulator_step(m)) > 0 && !s->out.error) {
        if (!a->realtime)
            continue;
        out_flush(&s->out);
        wait_second(&next);
    }
    simulator_free(m);
    if (r < 0 && !s->out.error) {
        session_say("the simulation stopped: %s", strerror(-r));
        return STATUS_FAILURE;
    }
    session_finish(s);
    return STATUS_FINE;
}

/* The simulator has a clock of its own, but nothing comes after its end: the classic rules may look at the
 * whole. */
static int judge(struct session *s, const struct scenario *scenario)
{
    int status = session_seal(s, NULL);
    if (!status)
        status = session_start(s, s->arguments->realtime ? ENGINE_STREAM : ENGINE_BOUNDED);
    return status ? status : fly(s, scenario);
}

static int run(const struct arguments *a)
{
    static struct session s;
    struct scenario *scenario = NULL;

    if (a->operand_count > 1) {
        session_say("simulate takes one scenario");
        return STATUS_USAGE;
    }
    /* Before session_open: a scenario that does not exist empties no CSV file. */
    int status =
        a->dump_config ? STATUS_FINE : load(a->operand_count ? a->operands[0] : DEFAULT_SCENARIO, &scenario);
    if (status)
        return status;
    status = session_open(&s, a, true);
    if (!status && scenario)
        status = judge(&s, scenario);
    scenario_free(scenario);
    return session_close(&s, status);
}

const struct command command_simulate = {
    .name = "simulate",
    .bit = FOR_SIMULATE,
    .operands = "[SCENARIO]",
    .summary = "flight simulator: deterministic synthetic telemetry (default: cascade)",
    .run = run,
};
