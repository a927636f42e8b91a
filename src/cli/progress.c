/* SPDX-License-Identifier: MIT
 * Reads the clock and writes to the terminal, and nothing else: what is judged does not know of it. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"

#define CALLS   256 /* between two looks at the clock */
#define EVERY_S 0.5
#define SURE_S  2.0 /* before that nothing is said of the rest */
#define NS      1000000000

static int64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

void progress_begin(struct progress *p, uint64_t total_bytes)
{
    *p = (struct progress){.shown = isatty(STDERR_FILENO), .total_bytes = total_bytes};
    if (p->shown)
        p->began_ns = p->said_ns = clock_ns();
}

static void put(const struct text *t)
{
    /* What a terminal does not take now, it does not need later. */
    ssize_t n = write(STDERR_FILENO, t->data, t->length);
    (void)n;
}

static void add_rest(struct text *t, const struct progress *p, uint64_t done_bytes, double spent_s)
{
    double share = p->total_bytes ? (double)done_bytes / (double)p->total_bytes : 0;
    if (share <= 0)
        return;
    if (share > 1)
        share = 1;
    text_addf(t, ", %u %%", (unsigned)(100 * share));
    if (spent_s < SURE_S)
        return;
    unsigned rest = (unsigned)(spent_s / share - spent_s + 0.5);
    text_addf(t, ", %u:%02u left", rest / 60, rest % 60);
}

void progress_step(struct progress *p, uint64_t done_bytes, int64_t now_ns)
{
    if (!p->shown || ++p->skipped < CALLS)
        return;
    p->skipped = 0;
    int64_t now = clock_ns();
    if ((double)(now - p->said_ns) < EVERY_S * NS)
        return;
    p->said_ns = now;
    char bytes[160], moment[TIMESTAMP_TEXT_MAX];
    struct text t;
    text_init(&t, bytes, sizeof(bytes));
    timestamp_format(now_ns, moment);
    text_addf(&t, "\r\033[Kjudged until %s", moment);
    add_rest(&t, p, done_bytes, (double)(now - p->began_ns) / NS);
    put(&t);
    p->on_line = true;
}

void progress_end(struct progress *p)
{
    char bytes[8];
    struct text t;
    if (!p->on_line)
        return;
    text_init(&t, bytes, sizeof(bytes));
    text_add(&t, "\r\033[K");
    put(&t);
    p->on_line = false;
}
