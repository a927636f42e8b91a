/* SPDX-License-Identifier: MIT
 * Baselines that survive a restart: brings the state directory, the snapshot file and the engine together for
 * `live` and `run`. Without a state directory it does nothing and nothing is written. */
#ifndef COHERENCE_CLI_KEEPER_H
#define COHERENCE_CLI_KEEPER_H

#include "base/pack.h"
#include "cli/session.h"
#include "state/snapshot_writer.h"
#include "state/state_dir.h"

struct keeper {
    struct session *session;
    struct state_dir dir;
    bool on;
    bool edits; /* set after keeper_open: what is there is to be changed, not to be gone on from; what cannot
                   be read stays where it is, and is a reason to stop */
    struct pack bytes;
    struct snapshot_writer writer;
    struct snapshot_head head; /* of the last snapshot that was begun */
    int64_t due_ns;            /* of the next; engine time */
    int64_t begun_ns, kept_ns; /* engine time of the last begun and the last written; INT64_MIN: none */
    uint64_t incidents;        /* session->incidents as of the last begun */
    uint64_t failures;         /* snapshots that could not be written */
    bool failing;              /* and that has been said */
    enum state_dir_fate fate;  /* as it was said */
    bool changed;              /* what was kept last is not what was learned, whatever the time */
};

/* Opens and locks the configured state directory; before the seal, which must leave k->dir.fd writable
 * (session->state_fd). simulated: telemetry that is not of this host is not kept. Returns an exit status. */
int keeper_open(struct keeper *k, struct session *s, bool simulated);

/* Fills the session's new engine from the snapshot, if there is one for the host below root, and says in one
 * line what came back or why nothing did; what cannot be used is set aside. now_ns: the clock. *ret_time_ns:
 * the engine's last tick, INT64_MIN when it begins anew; it may be later than now_ns, by a day at most. May
 * replace session->engine. Returns an exit status. */
int keeper_restore(struct keeper *k, const char *root, int64_t now_ns, int64_t *ret_time_ns);

/* After a tick at now_ns: does what a request in the state directory asks for (coherence baseline), and keeps
 * a snapshot when one is due, which is every minute, and at once when an incident has begun or ended. said:
 * the history has everything that was said so far; otherwise it is waited for, some seconds at most, so that
 * no snapshot is ahead of it: what a restart finds in neither was never said. */
void keeper_tick(struct keeper *k, int64_t now_ns, bool said);

/* What the engine has learned was changed other than by a tick: it is kept at the next opportunity, and a
 * recording begins anew. */
void keeper_changed(struct keeper *k);

/* What of the baselines would not survive a restart, and why: a line, static; NULL: nothing. */
const char *keeper_trouble(const struct keeper *k);

/* Keeps a last snapshot, waits for it, and lets go of the directory. */
void keeper_close(struct keeper *k);

/* Lets go of the directory without keeping anything. */
void keeper_let_go(struct keeper *k);

#endif
