/* SPDX-License-Identifier: MIT
 * What the words on the screen mean, for someone who sees them for the first time at night. */
#include "output/tui/panel.h"

#include <string.h>

#define TEXT_COLUMN 15

static const struct {
    const char *word, *text;
} entries[] = {
    {"", "keys"},
    {"q  F10", "quit"},
    {"j k  arrows", "scroll; also page up and down, home, end"},
    {"i", "incidents with their evidence, and back"},
    {"p", "hold the screen still; watching goes on"},
    {"h  ?", "this page"},
    {"Esc", "back"},
    {"", "the three laws"},
    {"SEIZURE", "the CPU swings at some time scale while its mean stays moderate: lock contention, "
                "thrashing, throttling"},
    {"FEVER", "memory is allocated or grows faster than usual: churn, a leak, exhaustion ahead"},
    {"AMPLIFICATION", "requests that leave per request that comes in: retries that feed on themselves"},
    {"", "their states"},
    {"ok", "inside its band"},
    {"ACTIVE", "a finding is open; the incident says why"},
    {"warmup", "not long enough watched to say"},
    {"stale", "its source has gone quiet: no verdict, no advice"},
    {"unobservable", "it has no source on this host"},
    {"", "numbers"},
    {"usual", "what this host does normally, learned from it"},
    {"band", "values that raise no finding"},
    {"of band", "value divided by the band's upper end"},
    {"SPECTRUM", "how much CPU use changes from one moment to the next, by the length of the moment"},
    {"advice", "a recommendation that expires; coherence itself changes nothing"},
};

void panel_help(struct area *a)
{
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (!entries[i].word[0]) {
            struct line l = area_line(a);
            line_title(&l, entries[i].text);
            continue;
        }
        int first = a->count;
        area_wrap(a, STYLE_PLAIN, entries[i].text, strlen(entries[i].text), TEXT_COLUMN);
        int next = a->count;
        a->count = first;
        struct line l = area_line(a);
        line_put(&l, STYLE_STRONG, entries[i].word);
        a->count = next;
    }
}
