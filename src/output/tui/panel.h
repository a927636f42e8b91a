/* SPDX-License-Identifier: MIT
 * The parts of the screen. Each draws what a view says at one instant; none keeps anything. */
#ifndef COHERENCE_OUTPUT_TUI_PANEL_H
#define COHERENCE_OUTPUT_TUI_PANEL_H

#include "core/view.h"
#include "output/tui/history.h"
#include "output/tui/ranking.h"
#include "output/tui/screen.h"

/* What a drawing needs to know besides the view. */
struct board {
    struct screen screen;
    struct history history[LAW_MAIN_COUNT];
    struct ranking ranking;
    uint32_t host;  /* entity id of the host that is shown, ENTITY_NONE before there is one */
    uint64_t ticks; /* seen so far */
    bool paused;
    char note[128]; /* outside bytes; "" = none */
};

/* Rows 0 and 1: who, in which state, when; the advice. */
void panel_status(const struct board *b, const struct view *v);

/* The three laws and the variance spectrum of the host. rows: what they may take at most; one law takes one
 * row at least. */
void panel_laws(struct area *a, const struct board *b, const struct view *v, int rows);

/* Open incidents, newest word of each. */
void panel_incidents(struct area *a, const struct board *b, const struct view *v);
/* The same with what is behind them: reasons, findings, evidence. */
void panel_incidents_full(struct area *a, const struct board *b, const struct view *v);

/* Entities from the `first` of the ranking on. Returns how many rows of entities the area shows. */
uint32_t panel_entities(struct area *a, const struct board *b, const struct view *v, uint32_t first);

/* What the words and the keys mean. */
void panel_help(struct area *a);

/* The last row: keys and totals. */
void panel_footer(const struct board *b, const struct view *v, const char *keys);

#endif
