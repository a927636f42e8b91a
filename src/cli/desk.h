/* SPDX-License-Identifier: MIT
 * Answers questions about the past from the state directory, in a thread of its own, so that neither a disk
 * nor a replay delays a tick: closed incidents from the history, readings by judging the recording again. */
#ifndef COHERENCE_CLI_DESK_H
#define COHERENCE_CLI_DESK_H

#include "config/config.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "output/api/question.h"

#define DESK_QUESTIONS_MAX 4 /* at once, the one that is being worked on included; then 503 */

struct desk;

/* dir_fd: the state directory, borrowed. config: for engines; copied. Starts the thread: after the seal.
 * NULL: out of memory, descriptors or threads. */
struct desk *desk_open(int dir_fd, const struct config *config, struct http_server *server, struct loop *l);

/* For the handlers; valid until desk_close. */
const struct question_desk *desk_counter(const struct desk *d);

/* Gives up what is being worked on, at its next block, and frees. NULL allowed. Before loop_free and
 * http_server_close. */
void desk_close(struct desk *d);

#endif
