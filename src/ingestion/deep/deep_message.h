/* SPDX-License-Identifier: MIT
 * What the deep sense and the sentinel say to each other through two pipes: small messages of a fixed form.
 * Neither side believes the other more than any outside byte.
 *
 * A message is a header of four bytes (kind, version, length of the body, little endian) and a body of that
 * length, whose fields stand in the order of the structs below as base/pack.h writes them. No message is
 * longer than a pipe takes in one piece (PIPE_BUF), so that one either is written whole or not at all. */
#ifndef COHERENCE_INGESTION_DEEP_MESSAGE_H
#define COHERENCE_INGESTION_DEEP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/deep/jvm_counters.h"

#define DEEP_MESSAGE_MAX 1024u /* header included; PIPE_BUF is 4096 */
#define DEEP_NAME_MAX    64u   /* bytes of a name, NUL included */
#define DEEP_WATCH_MAX   64u   /* processes watched at a time */

enum deep_kind {
    DEEP_HELLO = 1, /* child: the filter is on */
    DEEP_WATCH,     /* parent: look at these processes, and at no others */
    DEEP_PROCESS,   /* child: one process */
    DEEP_JVM,       /* child: one JVM */
    DEEP_ROUND,     /* child: a round is over */
    DEEP_KIND_END
};

/* A process, over the reuse of its number. */
struct deep_id {
    uint32_t pid;         /* 1 or more */
    uint64_t start_ticks; /* since boot, from its stat file */
};

struct deep_hello {
    bool may_trace; /* processes of all users (CAP_SYS_PTRACE), else those of our own */
    bool may_read;  /* files of all users (CAP_DAC_READ_SEARCH) */
};

struct deep_watch {
    uint32_t count;
    struct deep_id ids[DEEP_WATCH_MAX];
};

/* NaN: could not be read. */
struct deep_process {
    struct deep_id id;
    char name[DEEP_NAME_MAX];
    uint32_t tasks_known; /* threads whose state is known, of those looked at */
    uint32_t tasks_futex; /* of them waiting in a futex */
    double open_files, open_files_limit;
    double read_bytes, written_bytes; /* at the storage, since its start */
};

struct deep_jvm {
    struct deep_id id;
    char name[DEEP_NAME_MAX];
    struct jvm_reading reading;
};

struct deep_round {
    uint64_t number;
    uint64_t took_ns;
    uint64_t dropped;     /* messages that found the pipe full, since the start */
    uint32_t processes;   /* looked at in this round */
    uint32_t denied;      /* of them such whose details the kernel refused */
    uint32_t hidden;      /* of them such whose threads all sleep nobody may know where */
    uint32_t jvms;        /* being read */
    uint32_t jvms_denied; /* found by the last search but unreadable */
    uint32_t jvms_excess; /* found by the last search beyond the limit */
};

struct deep_message {
    enum deep_kind kind;
    union {
        struct deep_hello hello;
        struct deep_watch watch;
        struct deep_process process;
        struct deep_jvm jvm;
        struct deep_round round;
    } of;
};

/* Writes a message into out (DEEP_MESSAGE_MAX bytes). Returns its length, or -ERANGE (a field that could not
 * be read back; nothing of use is in out). */
int deep_message_write(const struct deep_message *m, uint8_t *out);

/* Reads the message at the front of n bytes. Returns its length; 0: it is not whole yet; -EBADMSG: these
 * bytes are no message, and neither is what follows (*ret untouched). Of what is read: names are 1 to
 * DEEP_NAME_MAX - 1 printable ASCII bytes, numbers finite and not negative or NaN, counts within bounds. */
int deep_message_read(const uint8_t *bytes, size_t n, struct deep_message *ret);

/* Bytes that arrived and are not messages yet. All zero but fd. */
struct deep_inbox {
    int fd; /* non-blocking; borrowed */
    size_t n;
    uint8_t bytes[4 * DEEP_MESSAGE_MAX];
};

/* Takes the next message out, reading more when there is none. Returns 1; 0: nothing whole has arrived;
 * -EPIPE: the other side is gone; -EBADMSG: it sends what is no message; or the -errno of read. */
int deep_inbox_next(struct deep_inbox *in, struct deep_message *ret);

/* Sends a message, without waiting. Returns 0; -EAGAIN: the pipe is full and the message lost; -EPIPE: the
 * other side is gone (SIGPIPE must be ignored); -ERANGE; or the -errno of write. */
int deep_message_send(int fd, const struct deep_message *m);

/* Copies a name, cut and with everything but printable ASCII replaced by _; "?" when nothing is left. */
void deep_name_clean(const char *name, size_t n, char out[DEEP_NAME_MAX]);

#endif
