/* SPDX-License-Identifier: MIT
 * A recording: telemetry as a run of compressed, checksummed blocks, from which a replay gets the same
 * frames, ticks and ends of lives in the same order, bit for bit (docs/formats.md, docs/decisions/0010).
 * Where blocks are kept (a file, rows of a table, a pipe) is their keepers' matter: each block is a run of
 * bytes that says by itself what it is.
 *
 * A KEY block has what a replay starts from: the effective configuration and the engine's snapshot. It begins
 * a stretch; DATA blocks follow, of which each may need the names that earlier ones of its stretch declared.
 * So a range of time is read from the KEY before it. */
#ifndef COHERENCE_STATE_RECORDING_H
#define COHERENCE_STATE_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define RECORDING_VERSION     1   /* of blocks: another one is refused */
#define RECORDING_HEADER_SIZE 64u /* bytes; enough to look at a block */

/* Bounds of what a block may hold: a reader refuses more, so what it needs is bounded too. */
#define RECORDING_CONFIG_MAX   (1u << 20)                /* bytes */
#define RECORDING_SNAPSHOT_MAX (1u << 29)                /* bytes: SNAPSHOT_BODY_MAX */
#define RECORDING_SAMPLES_MAX  (1u << 20)                /* of one block */
#define RECORDING_BLOCK_MAX    ((1u << 29) + (1u << 22)) /* bytes of a whole block, as stored */

enum recording_kind { RECORDING_KEY = 1, RECORDING_DATA = 2 };

/* What the header of a block says. */
struct recording_block {
    enum recording_kind kind;
    uint64_t sequence;      /* one more with each block of one writer, from 0 */
    int64_t from_ns, to_ns; /* earliest and latest time in it; of a KEY: its own */
    uint32_t samples, frames, ticks, gone;
    const uint8_t *bytes; /* the whole block, header and checksum included */
    size_t n;
};

/* What a KEY block holds. Borrowed. */
struct recording_key {
    int64_t t_ns; /* of the engine's last tick, or of the first frame to come */
    const char *config;
    size_t config_n;
    const uint8_t *snapshot; /* as engine_save made it */
    size_t snapshot_n;       /* 0: the engine was new */
};

/* Looks at the header of a block: n bytes are there, at least RECORDING_HEADER_SIZE. Fills ret; ret->n is the
 * length of the whole block, which need not be there yet. Returns 0; -EBADMSG: no block; -EPROTO: another
 * version's. The header has a checksum of its own, so what it says is what was written. */
int recording_look(const uint8_t *bytes, size_t n, struct recording_block *ret, struct error *e);

/* The same for exactly one whole block, whose checksum is compared. */
int recording_check(const uint8_t *bytes, size_t n, struct recording_block *ret, struct error *e);

#endif
