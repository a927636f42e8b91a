/* SPDX-License-Identifier: MIT
 * What the words on the screen mean, for someone who sees them for the first time at night. */
#include "output/tui/panel.h"

#include <string.h>

#include "output/tui/keys.h"

#define TEXT_COLUMN 15

static const struct {
    const char *word, *text;
} entries[] = {
    {"", "the three laws"},
    {"SEIZURE", "the CPU swings at some time scale while its mean stays moderate: lock contention, "
                "thrashing, throttling"},
    {"FEVER", "memory is allocated or grows faster than usual: churn, a leak, exhaustion ahead"},
    {"AMPLIFICATION", "requests that leave per request that comes in: retries that feed on themselves"},
    {"", "their states"},
    {"ok", "inside its band"},
    {"high", "outside its band, but not long or not plainly enough for a finding"},
    {"ACTIVE", "a finding is open; the incident says why"},
    {"warmup", "not long enough watched to say"},
    {"stale", "its source has gone quiet: no verdict, no advice"},
    {"unobservable", "it has no source on this host"},
    {"", "numbers"},
    {"usual", "what this host does normally, learned from it"},
    {"band", "values that raise no finding"},
    {"of band", "value in percent of the band's upper end"},
    {"surprise", "distance from what was expected, in usual deviations; above 5 is rare"},
    {"SPECTRUM", "how much CPU use changes from one moment to the next, by the length of the moment; over "
                 "time: the darker, the nearer to the band's upper end"},
    {"futex", "share of a process's threads that wait for a lock"},
    {"wait", "time its threads were ready to run and did not, all together"},
    {"advice", "a recommendation that expires; coherence itself changes nothing"},
};

static void put_entry(struct area *a, const char *word, const char *text)
{
    int first = a->count;

    area_wrap(a, STYLE_PLAIN, text, strlen(text), TEXT_COLUMN);
    int next = a->count;
    a->count = first;
    struct line l = area_line(a);
    line_put(&l, STYLE_STRONG, word);
    a->count = next;
}

void panel_help(struct area *a)
{
    const struct key_row *key;
    struct line title = area_line(a);

    line_title(&title, "keys");
    for (size_t i = 0; (key = keys_row(i)); i++)
        if (key->label[0])
            put_entry(a, key->label, key->text);
    put_entry(a, "mouse",
        "wheel: scroll; click: select a row; again: open it. Most terminals mark text while "
        "Shift is held");
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (!entries[i].word[0]) {
            struct line l = area_line(a);
            line_title(&l, entries[i].text);
        } else {
            put_entry(a, entries[i].word, entries[i].text);
        }
    }
}
