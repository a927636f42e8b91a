/* SPDX-License-Identifier: MIT
 * coherence baseline forget ENTITY: after a deliberate change the entity's habits are learned anew. A
 * sentinel that runs is asked by a file in its state directory (keeper.c takes it up); without one the
 * snapshot itself is changed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/forget.h"
#include "cli/keeper.h"
#include "cli/session.h"
#include "engine/snapshot.h"
#include "state/request_file.h"

/* A sentinel looks once a second; a tick may wait for a disk or a CPU. Heuristic, chosen on 2026-11-22. */
#define ANSWER_WAIT_S  15
#define ANSWER_LOOK_NS 50000000L

struct order {
    struct session *session;
    const char *host, *entity;
    int dir_fd;
};

/* Prints the sentence as a result, or says it as an error. */
static int report(struct order *o, int code, const char *said)
{
    if (code) {
        session_say("%s", said);
        return code == -EINVAL ? STATUS_USAGE : STATUS_FAILURE;
    }
    out_lines(&o->session->out, said, strlen(said));
    out_lines(&o->session->out, "\n", 1);
    return STATUS_FINE;
}

/* The state belongs to whoever owns its directory: what root leaves there must stay readable for him. */
static void become_owner(int dir_fd)
{
    struct stat st;

    if (geteuid() != 0 || fstat(dir_fd, &st) != 0 || st.st_uid == 0)
        return;
    if (setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0)
        session_say("cannot become the owner of the state directory: %s", strerror(errno));
}

static int open_directory(struct order *o)
{
    const char *path = o->session->config.shell.state_dir;

    if (!path[0]) {
        session_say(
            "no state directory: nothing is kept that could be forgotten; name it with --state-dir DIR, "
            "state_dir in the configuration, or STATE_DIRECTORY");
        return STATUS_USAGE;
    }
    o->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (o->dir_fd < 0) {
        session_say("cannot read the state directory '%s': %s", path, strerror(errno));
        return STATUS_FAILURE;
    }
    become_owner(o->dir_fd);
    return STATUS_FINE;
}

static int wait_for_answer(struct order *o, const struct request *asked)
{
    const struct timespec pause = {.tv_nsec = ANSWER_LOOK_NS};
    struct answer a;
    int r = -ENOENT;

    for (long looks = ANSWER_WAIT_S * (1000000000L / ANSWER_LOOK_NS); looks > 0 && r == -ENOENT; looks--) {
        (void)nanosleep(&pause, NULL);
        r = answer_take(o->dir_fd, asked->id, &a);
    }
    if (r == 0)
        return report(o, a.code, a.text);
    if (r != -ENOENT) {
        session_say("cannot read the answer in '%s': %s", o->session->config.shell.state_dir, strerror(-r));
        return STATUS_FAILURE;
    }
    if (request_withdraw(o->dir_fd) == 0)
        session_say("the sentinel that holds '%s' did not take the request up within %d s; it is withdrawn, "
                    "nothing is forgotten",
            o->session->config.shell.state_dir, ANSWER_WAIT_S);
    else
        session_say("the sentinel that holds '%s' took the request up, but did not answer within %d s",
            o->session->config.shell.state_dir, ANSWER_WAIT_S);
    return STATUS_FAILURE;
}

static int64_t clock_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* A sentinel holds the directory. */
static int ask_sentinel(struct order *o)
{
    struct request asked = {0};

    if (strlen(o->host) >= sizeof(asked.host) || strlen(o->entity) >= sizeof(asked.entity)) {
        session_say("no name is that long");
        return STATUS_USAGE;
    }
    (void)snprintf(asked.id, sizeof(asked.id), "%ld-%lld", (long)getpid(), (long long)clock_ns());
    memcpy(asked.host, o->host, strlen(o->host));
    memcpy(asked.entity, o->entity, strlen(o->entity));
    const int r = request_put(o->dir_fd, &asked);
    if (r == -EEXIST) {
        session_say(
            "another request waits in '%s'; try again in a moment", o->session->config.shell.state_dir);
        return STATUS_IN_USE;
    }
    if (r) {
        session_say(
            "cannot write in the state directory '%s': %s", o->session->config.shell.state_dir, strerror(-r));
        return STATUS_FAILURE;
    }
    return wait_for_answer(o, &asked);
}

/* Brings the snapshot into a new engine. Returns an exit status. */
static int read_snapshot(struct order *o, struct keeper *k)
{
    const char *root = o->session->arguments->root;
    char proc[4096];
    const char *readable[] = {proc, NULL};
    int64_t last_ns;

    (void)snprintf(proc, sizeof(proc), "%s/proc", root);
    int status = keeper_open(k, o->session, false);
    k->edits = true;
    if (!status && !k->on) /* the classic profile; that has been said */
        status = STATUS_FAILURE;
    if (!status)
        status = session_seal(o->session, readable);
    if (!status)
        status = session_start(o->session, ENGINE_STREAM);
    return status ? status : keeper_restore(k, root, clock_ns(), &last_ns);
}

/* Nobody holds it but this process: what is kept there is changed. */
static int change_snapshot(struct order *o)
{
    char said[REQUEST_TEXT_MAX];
    struct keeper k;
    struct text t;

    int status = read_snapshot(o, &k);
    if (status) {
        keeper_let_go(&k);
        return status;
    }
    text_init(&t, said, sizeof(said));
    const int r = forget_by_name(o->session->engine, o->host, o->entity, &t);
    if (r)
        keeper_let_go(&k);
    else {
        keeper_changed(&k);
        keeper_close(&k);
    }
    return k.failures ? STATUS_FAILURE : report(o, r, said);
}

static int forget(struct order *o)
{
    struct state_dir probe;
    struct error e;

    int status = open_directory(o);
    if (status)
        return status;
    const int r = state_dir_open(&probe, o->session->config.shell.state_dir, &e);
    if (r == 0) {
        state_dir_close(&probe);
        return change_snapshot(o);
    }
    if (r != -EWOULDBLOCK) {
        session_say_error(&e);
        return STATUS_HOST_CANNOT;
    }
    o->session->state_fd = o->dir_fd;
    status = session_seal(o->session, NULL);
    return status ? status : ask_sentinel(o);
}

static int run(const struct arguments *a)
{
    static struct session session;
    struct order o = {.session = &session, .host = a->host ? a->host : "", .dir_fd = -1};

    if (a->operand_count != 2 || strcmp(a->operands[0], "forget") != 0) {
        session_say("baseline takes 'forget' and an entity: coherence baseline forget "
                    "cgroup:system.slice/nginx.service");
        return STATUS_USAGE;
    }
    o.entity = a->operands[1];
    int status = session_open(&session, a, true);
    if (!status && !a->dump_config)
        status = forget(&o);
    return session_close(&session, status);
}

const struct command command_baseline = {
    .name = "baseline",
    .bit = FOR_BASELINE,
    .operands = "forget ENTITY",
    .summary = "after a deliberate change: learn the habits of an entity (kind:name, or host) anew",
    .run = run,
};
