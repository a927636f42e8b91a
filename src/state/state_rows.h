/* SPDX-License-Identifier: MIT
 * What the state file keeps, as plain data: one struct for each kind of row, the same for writing and
 * reading. Texts are borrowed: when writing for the call, when reading for the callback. Names (laws, kinds,
 * states) are the words of the JSON lines (docs/formats.md). Times are engine time, Unix nanoseconds;
 * INT64_MIN: none. */
#ifndef COHERENCE_STATE_ROWS_H
#define COHERENCE_STATE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#define STATE_TIME_NONE INT64_MIN
#define STATE_TEXT_MAX  (128U << 10) /* bytes of a text or JSON line; longer ones are refused */
#define STATE_BLOCK_MAX (16U << 20)  /* bytes of a recording's block; longer ones are refused */

/* Bytes that need not end with NUL; at NULL: absent. */
struct state_text {
    const char *at;
    size_t n;
};

/* A sentinel's life. */
struct state_run {
    int64_t start_ns; /* its name: no two begin at once */
    int64_t seen_ns;  /* the last that is known of it */
    int64_t stop_ns;  /* STATE_TIME_NONE: it runs, or ended without saying so */
    struct state_text version;
    struct state_text end; /* "stopped", "failed"; "killed": found so by the next start; absent: runs */
};

/* An effective configuration, kept when it is another than the last. */
struct state_config {
    int64_t t_ns;
    struct state_text hash; /* 16 hex digits */
    struct state_text text; /* as --dump-config prints it, without comments on origins */
};

struct state_incident {
    struct state_text id, host, kind, severity;
    struct state_text state; /* "open", "update", "close": the last that was said; "lost": it was open when
                                the sentinel ended and the next one did not know it any more */
    struct state_text laws;  /* separated by blanks */
    struct state_text narrative;
    struct state_text veto; /* reason of the advice; absent: none */
    int64_t start_ns, end_ns;
    int64_t said_ns; /* of that state */
    double risk;
    struct state_text json; /* the line as printed, without its newline */
};

struct state_finding {
    struct state_text id, incident, host;
    struct state_text entity; /* "kind:name" */
    struct state_text law, cause;
    struct state_text state; /* "open", "close", "lost" */
    int64_t onset_ns;
    int64_t said_ns;        /* of that state: of a closed one, when it closed */
    struct state_text json; /* with its evidence */
};

/* A block of the flight recorder: bytes that only state/recording.h understands. */
struct state_block {
    uint64_t sequence; /* unique; rises with time. 0 when writing: the next one */
    int32_t kind;      /* enum recording_kind */
    int64_t from_ns, to_ns;
    uint32_t samples;
    const void *bytes;
    size_t n;
};

#endif
