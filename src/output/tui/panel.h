/* SPDX-License-Identifier: MIT
 * The parts of the screen. Each draws what a view says at one instant; none keeps anything. */
#ifndef COHERENCE_OUTPUT_TUI_PANEL_H
#define COHERENCE_OUTPUT_TUI_PANEL_H

#include "base/text.h"
#include "core/view.h"
#include "output/tui/history.h"
#include "output/tui/list.h"
#include "output/tui/past.h"
#include "output/tui/screen.h"
#include "output/tui/traces.h"

/* Of a page that shows an earlier moment: what is said about it, and about now. */
struct board_then {
    bool is;
    int64_t now_ns;
    const char *now; /* the host's state now, in a word; static */
    char news[160];  /* what has come up since now was left; "" = nothing */
};

/* What a drawing needs to know besides the view. */
struct board {
    struct screen screen;
    struct history history[LAW_MAIN_COUNT];
    const char *units[LAW_MAIN_COUNT]; /* of the values in it; static; NULL = nothing yet */
    struct list entities, processes;
    struct traces traces;
    struct past past;
    uint32_t host;   /* entity id of the host that is shown, ENTITY_NONE before there is one */
    uint64_t ticks;  /* seen so far */
    int64_t tick_ns; /* between the last two */
    bool paused;
    char chosen[HASH_ID_TEXT_MAX]; /* incident of the page of incidents; "" or unknown: the first of the list
                                    */
    struct board_then then;
    char note[128]; /* outside bytes; "" = none */
};

/* Two rows: who, in which state, when; the advice. */
#define PANEL_STATUS_ROWS 2
void panel_status(struct area *a, const struct board *b, const struct view *v);

/* A row that says that what is seen is the past, which moment of it, how long ago, how to return, and how
 * this host is now. */
void panel_then(struct area *a, const struct board *b, const struct view *v);
/* The same on the way to wanted_ns, so many percent of which are done; 0: not known. */
void panel_on_the_way(struct area *a, int64_t wanted_ns, unsigned percent);
/* The last row: news that came up while the past is looked at. */
void panel_news(const struct board *b);

/* The three laws of the host, and the variance spectrum of now where it is wanted. rows: what they may take
 * at most; one law takes one row at least. */
void panel_laws(struct area *a, const struct board *b, const struct view *v, int rows, bool spectrum);
/* One law's state, value, usual value and band, in one row. */
void panel_reading(struct area *a, const char *title, const struct law_reading *r);
/* "SEIZURE", "EARLY WARNING", ... Static. */
const char *panel_law_title(enum law_id law);
/* Appends what a reading is about, with its time scale: the cause of the open finding where one is named
 * ("reclaim thrash over 20 s"), else what the law measures ("CPU swing at 0.8 s"). "" when there is no
 * number. */
void panel_add_measured(
    struct text *t, const struct view *v, uint32_t entity, enum law_id law, const struct law_reading *r);

/* The variance spectrum of an entity over time: a row an octave, then one for the times. Nothing when it has
 * none. */
void panel_heat(struct area *a, const struct board *b, const struct view *v, uint32_t entity);

/* Open incidents, newest word of each. */
void panel_incidents(struct area *a, const struct board *b, const struct view *v);
/* The same with what is behind them: reasons, findings, evidence; and those that are over. One is chosen:
 * returns its line in the area; 0 when there is none. */
int panel_incidents_full(struct area *a, const struct board *b, const struct view *v);
/* One finding with its evidence. */
void panel_finding(struct area *a, const struct view *v, const struct finding *f);

/* The list of entities, and of processes: title, heading, rows. They say where the rows are (list_fit). */
void panel_entities(struct area *a, struct board *b, const struct view *v);
void panel_processes(struct area *a, struct board *b, const struct view *v);
/* Appends how a list is ordered, filtered and scrolled, as far as it is. */
void panel_list_state(struct text *t, const struct list *list, bool utf8);
/* The heading of processes, and one of them. */
void panel_process_heading(struct area *a, enum rank_order order);
void panel_process(
    struct area *a, const struct view *v, uint32_t entity, bool selected, enum rank_order order);

/* Everything about one entity. scratch: for the list of its processes. */
void panel_entity(
    struct area *a, const struct board *b, const struct view *v, uint32_t entity, struct ranking *scratch);
/* "cgroup:system.slice/app" in at most `columns` columns; a series with what it belongs to. */
void panel_name(struct line *l, const struct view *v, uint32_t entity, enum style style, int columns);

/* What the words and the keys mean. */
void panel_help(struct area *a);

/* The last row: the keys of a page (ON_ bit of keys.h, with IN_THE_PAST) and totals. */
void panel_footer(const struct board *b, const struct view *v, unsigned page);
/* The last row while something is typed. */
void panel_prompt(const struct board *b, const char *question, const char *typed);

#endif
