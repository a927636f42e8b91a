/* SPDX-License-Identifier: MIT
 * What a law is to the engine: a row of functions. Adding a law: one file, one row in registry.c, one enum
 * value in core/law.h. */
#ifndef COHERENCE_DETECTION_LAW_MODULE_H
#define COHERENCE_DETECTION_LAW_MODULE_H

#include "core/catalog.h"
#include "detection/watch.h"

/* In how many seconds something is exhausted: between lo and hi; NaN: no estimate, hi NaN: lo at the
 * earliest.
 */
struct estimate {
    double lo_s, hi_s;
};

struct law_module {
    enum law_id id;
    const char *summary; /* for people: what is measured, and what it means; one sentence, lower case */
    int64_t hold_ns;     /* an open finding closes after this long without evidence */
    int64_t dwell_ns;    /* and not before this long after it opened */
    /* The same, by entity; NULL: hold_ns. */
    int64_t (*hold)(const struct watch *w);
    /* When what is active now began, as far as the windows reach; NULL: now. */
    int64_t (*onset)(const struct watch *w, int64_t now_ns);
    /* Does this entity have what the law needs? Constant once its series are declared. */
    bool (*applies)(const struct watch *w);
    /* Judges at now_ns: fills *ret (reading always; NaN where there is no number). May update what the law
     * itself learns. */
    void (*judge)(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret);
    /* Would judge leave everything as it is and find nothing? Then it may be left out where nobody reads its
     * numbers. NULL: never. */
    bool (*idle)(const struct watch *w, const struct law_settings *s, int64_t now_ns);
    /* What describe would tell now as the exhaustion of what is active; false or NULL: the law knows of none.
     */
    bool (*estimate)(const struct watch *w, struct estimate *ret);
    /* Tells the story of an opinion: cause, evidence, confidence, exhaustion, calibrated, rarity, text.
     * Called when a finding opens and when it is told anew. */
    void (*describe)(
        const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f);
};

extern const struct law_module law_seizure, law_fever, law_amplification, law_shock, law_early_warning,
    law_signal_lost;

/* The shock law of a whole host: what two and more of its series say together (watch.together). Not in
 * the registry: it is stepped where the shards' levels meet. */
extern const struct law_module law_host_shock;

/* All laws in the order of law_id; ended by NULL. */
extern const struct law_module *const law_registry[];

/* A reading without numbers. */
struct law_reading law_reading_empty(enum law_state state, const char *unit);

/* What stands in the finding's text says what was observed; what is appended afterwards says why, by when and
 * by whom. */
void finding_observed(struct finding *f);

/* Appends evidence; more than EVIDENCE_MAX is left out. NaN values are left out: no evidence. */
void finding_add_evidence(struct finding *f, const char *signal, double value, double expected);

#endif
