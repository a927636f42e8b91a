/* SPDX-License-Identifier: MIT
 * Turns numbers and ids into words for people. What a sentence says is each law's own. */
#include "detection/wording.h"

#include <math.h>
#include <string.h>

void wording_add_amount(struct text *t, double bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
    int u = 0;
    while (fabs(bytes) >= 1024 && u < 4) {
        bytes /= 1024;
        u++;
    }
    text_add_human(t, bytes, 3);
    text_add(t, units[u]);
}

void wording_add_percent(struct text *t, double share)
{
    text_add_human(t, 100 * share, 2);
    text_add(t, " %");
}

/* Seconds below two minutes, minutes below two hours: no more digits than a forecast can have. */
static void add_ahead(struct text *t, double s)
{
    if (isinf(s)) {
        text_add(t, "unknown");
    } else if (s < 120) {
        text_add_human(t, floor(s + 0.5), 3);
        text_add(t, " s");
    } else if (s < 7200) {
        text_add_human(t, s / 60, 2);
        text_add(t, " min");
    } else {
        text_add_human(t, s / 3600, 2);
        text_add(t, " h");
    }
}

void wording_add_exhaustion(struct text *t, double early_s, double late_s)
{
    text_add(t, "; exhausted in ");
    add_ahead(t, early_s);
    if (isinf(late_s)) {
        text_add(t, " at the earliest");
        return;
    }
    text_add(t, " to ");
    add_ahead(t, late_s);
}

/* "{packet}" is an annotation of a bare count: the name says already what is counted. */
static void add_in_unit(struct text *t, const char *unit, double value)
{
    if (strcmp(unit, "By") == 0) {
        wording_add_amount(t, value);
        return;
    }
    text_add_human(t, value, 3);
    if (unit[0] != '{') {
        text_add_char(t, ' ');
        text_add(t, unit);
    }
}

void wording_add_value(struct text *t, uint32_t metric, double value)
{
    if (metric >= METRIC_KNOWN_COUNT) {
        text_add_human(t, value, 4);
        return;
    }
    const struct metric *m = &metric_table[metric];
    bool rate = m->kind != METRIC_GAUGE, seconds = strcmp(m->unit, "s") == 0;
    /* Seconds a second are a share of time. */
    if (strcmp(m->unit, "1") == 0 || (rate && seconds)) {
        wording_add_percent(t, value);
        return;
    }
    add_in_unit(t, m->unit, value);
    if (rate)
        text_add(t, "/s");
}

void wording_add_subject(struct text *t, const struct catalog *names, uint32_t entity, uint32_t metric)
{
    const struct entity *e = catalog_entity_get(names, entity);

    if (metric >= METRIC_KNOWN_COUNT) {
        text_add(t, e->name);
        return;
    }
    text_add(t, metric_table[metric].name);
    if (e->kind == ENTITY_HOST)
        return;
    text_add(t, " of ");
    text_add(t, entity_kind_name(e->kind));
    text_add_char(t, ' ');
    text_add(t, e->name);
}
