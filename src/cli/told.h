/* SPDX-License-Identifier: MIT
 * What the history tells of one id: the incident with its findings, or the finding. */
#ifndef COHERENCE_CLI_TOLD_H
#define COHERENCE_CLI_TOLD_H

#include "base/error.h"
#include "core/words.h"
#include "output/explanation.h"
#include "state/state_reader.h"

#define TOLD_FINDINGS_MAX 32u /* of one incident; the rest is counted */

struct told {
    struct catalog *names;
    struct words *words;
    bool has_incident;
    struct incident incident;
    enum explained_state state;                 /* of the incident */
    struct finding findings[TOLD_FINDINGS_MAX]; /* by onset */
    struct explained_finding explained[TOLD_FINDINGS_MAX];
    char incidents[TOLD_FINDINGS_MAX][HASH_ID_TEXT_MAX]; /* of which each is a part; "": none */
    uint32_t count;
    uint64_t more, damaged; /* findings that had no room; rows that could not be read */
    char *incident_json;    /* the lines as printed, without newlines; owned */
    char *finding_json[TOLD_FINDINGS_MAX];
    char matches[2][HASH_ID_TEXT_MAX]; /* ids that begin so, */
    uint32_t match_count;              /* two: there are several */
};

/* Looks for an incident, or else a finding, whose id begins with these characters. Returns 0; -ENOENT: there
 * is none; -EEXIST: several (matches); -EBADMSG (what is there cannot be read), -ENOMEM or another -errno of
 * reading, with e filled. told_free in every case. */
int told_read(struct told *t, struct state_reader *r, const char *id, struct error *e);
void told_free(struct told *t);

#endif
