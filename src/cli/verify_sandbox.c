/* SPDX-License-Identifier: MIT
 * coherence verify-sandbox: puts the seal on a process as `run` with the same configuration would, lets that
 * process try what must be impossible, and the deep sense's filter on another likewise; a third tries the
 * same without a seal, to know what a refusal is worth. What came of it is verify_report.c's matter.
 *
 * The attempts change nothing but a scratch directory, which is removed. The state directory of a running
 * sentinel is in use, so a directory like it, in the scratch directory, takes its place. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/outgoing.h"
#include "cli/reload.h"
#include "cli/senses.h"
#include "cli/service.h"
#include "cli/session.h"
#include "cli/verify_report.h"
#include "ingestion/deep/deep_child.h"
#include "ingestion/deep/deep_sense.h"
#include "ingestion/host/host.h"
#include "sandbox/deep_seal.h"

#define REPORT_MAX (256U * 1024U)
#define LIMIT_S    60                 /* for one process; it takes a fraction of a second */
#define ROUNDS     2                  /* two readings make a rate */
#define ROUND_NS   INT64_C(100000000) /* between them */

_Static_assert(STATUS_FINE == 0, "a run's status is one of these");

struct verify {
    struct session session;
    struct verify_run *run; /* being filled, in this process */
    struct attempt_scene scene;
    struct outgoing outgoing; /* of the sealed process: whom it may connect to, */
    struct senses senses;     /* and whose telemetry it would take in */
};

static int count_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct verify *v = context;

    (void)t_ns;
    (void)samples;
    v->run->values += n;
    return 0;
}

static int pass_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t); /* cannot fail for these clocks */
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* What this host's sources can read. */
static void look_around(struct verify *v)
{
    const struct timespec between = {.tv_nsec = ROUND_NS};
    struct verify_run *run = v->run;
    const char *line;
    struct error e;

    run->status = session_start(&v->session, ENGINE_STREAM);
    if (run->status)
        return;
    const struct feed feed = {
        .context = v, .catalog = engine_catalog(v->session.engine), .frame = count_frame, .tick = pass_tick};
    struct host_source *host =
        host_source_open(&v->session.config.host, v->session.arguments->root, NULL, &feed, &e);
    if (!host) {
        session_say_error(&e);
        run->status = STATUS_HOST_CANNOT;
        return;
    }
    for (int i = 0; i < ROUNDS; i++) {
        run->values = 0;
        (void)host_source_fast(host, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_MONOTONIC));
        (void)host_source_slow(host, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_MONOTONIC));
        if (i + 1 < ROUNDS)
            (void)nanosleep(&between, NULL);
    }
    while (run->line_count < VERIFY_LINES_MAX && (line = host_source_missing(host, run->line_count)))
        (void)snprintf(run->lines[run->line_count++], VERIFY_LINE_MAX, "%s", line);
    host_source_close(host);
}

/* A process of the same user that is there to be tried upon: a child of the one that tries, because some
 * kernels let a process look only into those. Its grandparent ends it: under the seal no signal leaves. */
static int start_victim(struct verify *v)
{
    const pid_t victim = fork();

    if (victim == 0) {
        (void)alarm(LIMIT_S);
        for (;;)
            (void)pause();
    }
    v->scene.process = v->run->victim = victim;
    return victim < 0 ? -errno : 0;
}

static void try_everything(struct verify *v, bool with_deep)
{
    for (size_t i = 0; i < attempt_count && i < VERIFY_ATTEMPTS_MAX; i++)
        v->run->results[i] = attempt_run(&attempts[i], &v->scene);
    for (size_t i = 0; with_deep && i < deep_attempt_count && i < VERIFY_ATTEMPTS_MAX; i++)
        v->run->deep_results[i] = attempt_run(&deep_attempts[i], &v->scene);
    v->run->done = true;
}

static void be_bare(struct verify *v)
{
    look_around(v);
    if (!v->run->status)
        try_everything(v, true);
}

static void be_sealed(struct verify *v)
{
    struct session *s = &v->session;

    if (s->config.shell.state_dir[0])
        s->state_fd = v->scene.state_fd;
    s->serves = service_is_configured(&s->config);
    const char *more[RELOAD_PATHS_MAX + SENSES_PATHS_MAX + 1] = {NULL};
    (void)reload_paths(s, more);
    v->run->status = outgoing_open(&v->outgoing, s, -1);
    if (!v->run->status)
        v->run->status = senses_reach(&v->senses, s, &v->outgoing);
    if (v->run->status)
        return;
    outgoing_reach(&v->outgoing);
    senses_paths(&v->senses, more, sizeof(more) / sizeof(more[0]));
    v->run->status = session_seal_host(s, more);
    v->run->seal = s->seal;
    if (!v->run->status)
        look_around(v);
    if (!v->run->status)
        try_everything(v, false);
}

static void be_deep(struct verify *v)
{
    struct deep_seal_report report;
    struct error e;
    int ends[2];

    if (pipe(ends) != 0)
        return;
    v->scene.pipe_fd = ends[1];
    if (deep_seal_apply(getppid(), ends[1], DEEP_CHILD_FILES_MAX, &report, &e) != 0) {
        (void)snprintf(v->run->fault, sizeof(v->run->fault), "%s", e.text);
        return;
    }
    try_everything(v, true);
}

static const char *scratch_directory(void)
{
    const char *const places[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (places[i] && access(places[i], W_OK | X_OK) == 0)
            return places[i];
    return "/tmp";
}

/* Runs one process to its end. Returns an exit status when it could not be started. */
static int run_apart(struct verify *v, void (*be)(struct verify *v), struct verify_run **ret_run)
{
    void *memory =
        mmap(NULL, sizeof(struct verify_run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const char *scratch = scratch_directory();
    int status = 0;

    if (memory == MAP_FAILED) {
        session_say("not enough memory");
        return STATUS_FAILURE;
    }
    *ret_run = v->run = memory;
    int r = attempt_scene_make(scratch, 0, &v->scene);
    if (r != 0) {
        session_say("cannot make a directory in '%s' to try it in: %s; name another with TMPDIR", scratch,
            strerror(-r));
        return STATUS_HOST_CANNOT;
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)alarm(LIMIT_S);
        if (start_victim(v) == 0)
            be(v);
        (void)syscall(SYS_exit_group, 0); /* the one way out that both filters leave open */
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (v->run->victim > 0)
        (void)kill(v->run->victim, SIGKILL);
    attempt_scene_remove(&v->scene);
    if (child < 0) {
        session_say("cannot start a process: %s", strerror(errno));
        return STATUS_FAILURE;
    }
    if (WIFSIGNALED(status))
        (void)snprintf(v->run->fault, sizeof(v->run->fault), "ended by signal %d", WTERMSIG(status));
    return STATUS_FINE;
}

/* Whether it came to its end; says why not. */
static int check_run(const struct verify_run *run, const char *name)
{
    if (run->done)
        return STATUS_FINE;
    if (run->status)
        return run->status; /* said */
    session_say("the process that tries %s did not come to its end: %s", name,
        run->fault[0] ? run->fault : "unknown");
    return STATUS_FAILURE;
}

static int try_deep(struct verify *v, struct verify_run **ret_run, const char **ret_absence)
{
    const int mode = v->session.config.deep.mode;

    *ret_absence = deep_absence_text(DEEP_SWITCHED_OFF);
    if (mode == DEEP_OFF)
        return STATUS_FINE;
    int status = run_apart(v, be_deep, ret_run);
    if (status || (*ret_run)->done)
        return status;
    /* Without its filter it does not run: there is nothing to prove. */
    *ret_absence = (*ret_run)->fault;
    if (mode == DEEP_AUTO)
        *ret_run = NULL;
    return mode == DEEP_AUTO ? STATUS_FINE : STATUS_HOST_CANNOT;
}

static int verify(struct verify *v)
{
    static char bytes[REPORT_MAX];
    struct verify_run *bare = NULL, *sealed = NULL, *deep = NULL;
    struct verify_report report = {0};
    struct text t;

    int status = run_apart(v, be_sealed, &sealed);
    if (!status)
        status = check_run(sealed, "the sentinel's seal");
    if (!status)
        status = run_apart(v, be_bare, &bare);
    if (!status)
        status = check_run(bare, "without a seal");
    if (!status)
        status = try_deep(v, &deep, &report.deep_absence);
    if (status)
        return status;
    report.bare = bare;
    report.sealed = sealed;
    report.deep = deep;
    text_init(&t, bytes, sizeof(bytes));
    if (v->session.config.shell.format == SHELL_FORMAT_JSON)
        verify_write_json(&report, &t);
    else
        verify_write_text(&report, &t);
    out_lines(&v->session.out, t.data, t.length);
    return verify_faults(&report, session_say) ? STATUS_FAILURE : STATUS_FINE;
}

static int run(const struct arguments *a)
{
    static struct verify v;

    if (a->operand_count) {
        session_say("verify-sandbox takes no file; the configuration comes with -c");
        return STATUS_USAGE;
    }
    int status = session_open(&v.session, a, true);
    if (!status && !a->dump_config)
        status = verify(&v);
    return session_close(&v.session, status);
}

const struct command command_verify_sandbox = {
    .name = "verify-sandbox",
    .bit = FOR_VERIFY,
    .operands = "",
    .summary = "tries what must be impossible under the seal, and shows the result of each attempt",
    .run = run,
};
