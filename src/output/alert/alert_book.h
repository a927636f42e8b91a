/* SPDX-License-Identifier: MIT
 * Who has been told what: the incidents that others are told of, and for each of those others what he has
 * taken so far. What is to be told next follows from that, so that a receiver that was away for an hour hears
 * what it missed once, in order, and nothing twice; and a restart goes on from where it stood. */
#ifndef COHERENCE_OUTPUT_ALERT_ALERT_BOOK_H
#define COHERENCE_OUTPUT_ALERT_ALERT_BOOK_H

#include "core/view.h"
#include "output/alert/alert.h"

#define ALERT_RECORDS_MAX 256 /* incidents; beyond, the oldest that is over goes, told or not */
#define ALERT_TARGETS_MAX 20

enum alert_word { ALERT_OPENED, ALERT_CHANGED, ALERT_CLOSED };

/* One incident. */
struct alert_record {
    uint64_t order; /* of its opening, from 1 on; 0: free */
    struct alert alert;
    bool closed;
    uint32_t version;     /* of what is worth telling: severity and kind; from 1 on */
    uint8_t was_severity; /* bit per severity that it had before the present one */
    struct {
        bool opened, closed;
        uint32_t version;
    } told[ALERT_TARGETS_MAX];
};

/* One thing to tell. */
struct alert_work {
    size_t record;  /* its index, */
    uint64_t order; /* and which incident stood there */
    enum alert_word word;
    uint32_t version;
};

struct alert_book {
    size_t targets;
    uint64_t names[ALERT_TARGETS_MAX]; /* hash of what each is: where it stands in a file */
    uint64_t last_order;
    uint64_t dropped[ALERT_TARGETS_MAX]; /* words that were never taken */
    bool changed;                        /* since alert_book_write */
    struct alert_record records[ALERT_RECORDS_MAX];
};

/* One receiver more. Returns its number, or -ENOSPC. name: says who it is, the same in every run. */
int alert_book_add_target(struct alert_book *b, const char *name);

/* Takes over what the engine says of an incident. */
void alert_book_hear(struct alert_book *b, const struct catalog *c, const struct incident *i);

/* After a restart: what is open in the engine and not in the book is opened, what is open in the book and not
 * in the engine has closed meanwhile, at now_ns at the latest. */
void alert_book_meet(struct alert_book *b, const struct view *v, int64_t now_ns);

/* The oldest thing that the target has not taken. Returns whether there is one. */
bool alert_book_next(const struct alert_book *b, size_t target, struct alert_work *ret);

/* The record of a piece of work, or NULL when it is gone. */
const struct alert_record *alert_book_record(const struct alert_book *b, const struct alert_work *w);

/* The target has taken it, or will not (dropped). */
void alert_book_told(struct alert_book *b, size_t target, const struct alert_work *w, bool dropped);

/* Words that wait for the target. */
size_t alert_book_waiting(const struct alert_book *b, size_t target);

/* Open incidents. */
size_t alert_book_open(const struct alert_book *b);

/* Writes the book; reads it into one whose targets are there already: who is not among the file's has been
 * told nothing. After a failure to read the book is empty. p->error says how it went. */
void alert_book_write(struct alert_book *b, struct pack *p);
void alert_book_read(struct alert_book *b, struct pack *p);

#endif
