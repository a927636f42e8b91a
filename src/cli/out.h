/* SPDX-License-Identifier: MIT
 * Standard output for events and reports: in batch commands it waits for its reader; in a sentinel it never
 * does, and counts the lines that a slow reader made it drop. A reader that leaves ends the program well. */
#ifndef COHERENCE_CLI_OUT_H
#define COHERENCE_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUT_BUFFER (256U * 1024U)

struct out {
    int fd;
    bool patient;     /* wait for the reader */
    int error;        /* 0, or -errno of the write that failed; -EPIPE: the reader left */
    uint64_t dropped; /* lines */
    size_t from, to;  /* bytes waiting in buffer[from..to) */
    char buffer[OUT_BUFFER];
};

void out_init(struct out *o, int fd, bool patient);

/* Takes whole lines. Returns 0, or o->error once writing has failed. A line that does not fit while the
 * reader is slow is dropped and counted. */
int out_lines(struct out *o, const char *bytes, size_t n);

/* Writes what is waiting, as far as the reader takes it (patient: all). Returns 0 or o->error. */
int out_flush(struct out *o);

/* The last flush of a sentinel: gives a slow reader wait_ms to take what is waiting; what it leaves is
 * dropped and counted. Returns 0 or o->error. */
int out_finish(struct out *o, int wait_ms);

#endif
