/* SPDX-License-Identifier: MIT
 * The buffered text of a report. */
#include "output/backtest/sheet.h"

#include <errno.h>
#include <stdlib.h>

struct sheet *sheet_new(backtest_write write, void *context)
{
    struct sheet *s = malloc(sizeof(*s));
    if (!s)
        return NULL;
    s->write = write;
    s->context = context;
    s->error = 0;
    text_init(&s->t, s->buffer, sizeof(s->buffer));
    return s;
}

static void write_out(struct sheet *s)
{
    if (!s->error && s->t.length > 0)
        s->error = s->write(s->context, s->t.data, s->t.length);
    text_clear(&s->t);
}

void sheet_turn(struct sheet *s)
{
    if (s->t.length > SHEET_BYTES / 2)
        write_out(s);
}

int sheet_end(struct sheet *s)
{
    write_out(s);
    return s->error;
}
