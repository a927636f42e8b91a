/* SPDX-License-Identifier: MIT
 * Keeps connections asleep while somebody works on their answers. Who works, and how many may wait for that,
 * is the handlers' matter; a connection that is closed meanwhile is noticed when its answer comes. */
#include "net/http_later.h"

#include <assert.h>

static struct http_waiting *find(struct http_later *l, const struct MHD_Connection *connection)
{
    for (size_t i = 0; i < HTTP_LATER_MAX; i++)
        if (l->items[i].connection == connection)
            return &l->items[i];
    return NULL;
}

bool http_later_has_room(const struct http_later *l)
{
    for (size_t i = 0; i < HTTP_LATER_MAX; i++)
        if (!l->items[i].connection)
            return !l->ends;
    return false;
}

void http_later_wait(struct http_later *l, struct MHD_Connection *connection, uint64_t ticket, bool zipped)
{
    struct http_waiting *w = find(l, NULL);

    assert(w);
    *w = (struct http_waiting){.connection = connection, .ticket = ticket, .zipped = zipped};
    l->library->suspend_connection(connection);
}

struct http_waiting *http_later_of(struct http_later *l, const struct MHD_Connection *connection)
{
    return connection ? find(l, connection) : NULL;
}

bool http_later_deliver(
    struct http_later *l, const struct http_reply_maker *m, uint64_t ticket, const struct http_answer *a)
{
    for (size_t i = 0; i < HTTP_LATER_MAX; i++) {
        struct http_waiting *w = &l->items[i];
        if (!w->connection || w->ticket != ticket || w->done)
            continue;
        /* Without memory for it the connection is closed when it wakes: reply.plain stays NULL. */
        (void)http_reply_make(m, a, &w->reply);
        w->done = true;
        l->library->resume_connection(w->connection);
        return true;
    }
    return false;
}

void http_later_forget(struct http_waiting *w, const struct http_reply_maker *m)
{
    http_reply_forget(m, &w->reply);
    *w = (struct http_waiting){0};
}

void http_later_end(struct http_later *l)
{
    l->ends = true;
    for (size_t i = 0; i < HTTP_LATER_MAX; i++) {
        struct http_waiting *w = &l->items[i];
        if (w->connection && !w->done) {
            w->done = true;
            l->library->resume_connection(w->connection);
        }
    }
}
