/* SPDX-License-Identifier: MIT
 * Incidents that nobody has labelled, one after the other on a terminal, one key each; what was an outage
 * becomes a line of a list of outages. */
#ifndef COHERENCE_CLI_LABELLING_H
#define COHERENCE_CLI_LABELLING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "output/backtest/ranking.h"

enum labelling_answer { LABEL_NONE, LABEL_OUTAGE, LABEL_FALSE, LABEL_SKIPPED };

struct labelling {
    const struct verdict *verdict; /* borrowed */
    struct ranking ranking;        /* of what is to be labelled, the riskiest first */
    enum labelling_answer *answers;
    uint32_t at;
    bool over;
};

/* Returns 0 or -ENOMEM. */
int labelling_init(struct labelling *l, const struct verdict *v);
void labelling_done(struct labelling *l);

/* The card of the incident that waits for a key: at most 12 KiB. Nothing when it is over. */
void labelling_show(const struct labelling *l, struct text *out);

/* o: an outage; f: a false alarm; s, blank: skipped; b: back to the one before; q: done. Anything else does
 * nothing. */
void labelling_key(struct labelling *l, char key);

/* The header of the list, and line i of it: at most 4 KiB; nothing when it was no outage. */
void labelling_add_header(struct text *out);
void labelling_add_row(const struct labelling *l, uint32_t i, struct text *out);

/* All of it: asks on the terminal `tty`, writes the list to `fd`. Returns 0 or -errno of what could not be
 * read or written. */
int labelling_run(const struct verdict *v, int tty, int fd);

#endif
