/* SPDX-License-Identifier: MIT
 * The laws, in the order in which they judge an entity; what is not listed here does not exist. And the
 * little that all laws share. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "detection/law_module.h"

const struct law_module *const law_registry[] = {
    &law_seizure, &law_fever, &law_amplification, &law_shock, &law_early_warning, &law_signal_lost, NULL};

struct law_reading law_reading_empty(enum law_state state, const char *unit)
{
    return (struct law_reading){.state = state,
        .value = (double)NAN,
        .expected = (double)NAN,
        .lo = (double)NAN,
        .hi = (double)NAN,
        .scale_s = (double)NAN,
        .unit = unit};
}

void finding_observed(struct finding *f)
{
    f->observed_length = (uint32_t)strlen(f->text);
}

void finding_add_evidence(struct finding *f, const char *signal, double value, double expected)
{
    if (isnan(value) || f->evidence_count == EVIDENCE_MAX)
        return;
    struct evidence *e = &f->evidence[f->evidence_count++];
    struct text t;
    text_init(&t, e->signal, sizeof(e->signal));
    text_add(&t, signal);
    e->value = value;
    e->expected = expected;
}
