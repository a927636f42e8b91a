/* SPDX-License-Identifier: MIT
 * The history of `live` and `run`: what the engine says goes into the state file, and at the start what the
 * file knows is brought together with what the engine remembers. Without a state directory it does nothing.
 */
#ifndef COHERENCE_CLI_HISTORIAN_H
#define COHERENCE_CLI_HISTORIAN_H

#include "cli/session.h"
#include "state/state_dir.h"
#include "state/state_writer.h"

#define HISTORIAN_SETTLED_MAX 4096

struct historian {
    struct session *session;
    const struct state_dir *dir; /* borrowed */
    struct state_writer *writer; /* NULL: nothing is kept */
    int64_t start_ns, beat_ns;   /* engine time: of this run; of its last sign of life */
    uint64_t notes;              /* of the writer, said */
    int degraded;                /* the -errno that has been said; 0: all is well */
    /* Ends that an earlier run has said already, though the engine does not know it. */
    char (*settled)[HASH_ID_TEXT_MAX];
    uint32_t settled_count;
    struct finding *pending; /* one that has opened; its incident is said next */
    bool is_pending;
    char config_hash[HASH_ID_TEXT_MAX]; /* of the configuration that was kept last */
};

/* Opens the state file of the locked directory, after the seal and after the engine has been restored; closes
 * what is left open there and is not known any more, and starts the thread that writes. now_ns: engine time.
 * What cannot be opened is said, and does not keep the sentinel from watching. Returns an exit status. */
int historian_open(
    struct historian *h, struct session *s, const struct state_dir *dir, const char *label, int64_t now_ns);

/* Takes what the engine says, before anybody prints it. False: it has been said before a restart: to be kept,
 * not printed. */
bool historian_event(struct historian *h, const struct event *e);

/* After a tick at now_ns: a sign of life once a minute, and a line when writing fails, or works again.
 * Returns whether everything that was said is on the disk. */
bool historian_tick(struct historian *h, int64_t now_ns);

/* What of the history would not survive a restart: a line, static; NULL: nothing. */
const char *historian_trouble(const struct historian *h);

/* session->config has been reloaded: its limits hold from now on, and it is kept when it is another one. */
void historian_reloaded(struct historian *h);

/* Says how the run ended and waits for the disk, two seconds at most. */
void historian_close(struct historian *h, int status);

#endif
