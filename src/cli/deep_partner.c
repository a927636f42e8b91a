/* SPDX-License-Identifier: MIT
 * Steers the deep sense: rounds in step with those of the host source, processes of interest as hints, and
 * lines for whoever watches. What it reads is its own matter (ingestion/deep), how it starts cli/deep.h's. */
#include "cli/deep_partner.h"

#define POINTED      16u                 /* processes that it is told to look at, */
#define POINT_NS     INT64_C(2000000000) /* so often */
#define KNOWN_ROUNDS 3                   /* what it cannot see is known after a pass over the processes */
#define LINES_MAX    8
#define ITS_PROMISE  "it reads, and can neither write, connect, run nor signal anything"

/* Says once what the deep sense has to say. */
static void say_news(struct deep_partner *d)
{
    const char *news = deep_sense_news(d->sense), *line;

    if (news)
        session_note(d->session, "%s", d->session->tui ? "the deep sense has ended" : news);
    if (d->said || d->session->tui || deep_sense_last(d->sense)->number < KNOWN_ROUNDS)
        return;
    d->said = true;
    for (uint32_t i = 0; i < LINES_MAX && (line = deep_sense_missing(d->sense, i)); i++)
        session_say("not observable here: %s", line);
}

/* Names to it the processes that are of interest now and then: a full pipe, and a deep sense that has ended,
 * are found out by others. */
static void point(struct deep_partner *d, int64_t mono_ns)
{
    struct host_process_id top[POINTED];
    struct deep_id ids[POINTED];

    if (mono_ns - d->pointed_ns < POINT_NS)
        return;
    d->pointed_ns = mono_ns;
    uint32_t n = host_source_threaded(d->host, top, POINTED);
    for (uint32_t i = 0; i < n; i++)
        ids[i] = (struct deep_id){.pid = top[i].pid, .start_ticks = top[i].start_ticks};
    (void)deep_sense_watch(d->sense, ids, n);
}

static uint32_t process_of(void *context, const struct deep_id *id)
{
    return host_source_process_entity(context, id->pid, id->start_ticks);
}

int deep_partner_open(
    struct deep_partner *d, struct session *s, struct host_source *host, const struct feed *feed)
{
    const struct deep_home home = {
        .feed = feed,
        .host = host_source_entity(host),
        .context = host,
        .cgroup_of = host_source_cgroup_of,
        .process_of = host_source_processes(host) ? process_of : NULL,
    };
    struct error e;

    d->session = s;
    d->host = host;
    d->sense = deep_sense_open(&d->link, &home, &e);
    if (!d->sense) {
        session_say_error(&e);
        return STATUS_FAILURE;
    }
    if (s->tui)
        return STATUS_FINE;
    if (d->pid > 0)
        session_say("the deep sense is on (process %d): %s", (int)d->pid, ITS_PROMISE);
    else
        session_say("not observable here: %s", deep_sense_missing(d->sense, 0));
    return STATUS_FINE;
}

int deep_partner_round(struct deep_partner *d, int64_t t_ns, int64_t mono_ns)
{
    if (!d->sense)
        return 0;
    const uint64_t before = d->session->samples;
    int r = deep_sense_round(d->sense, t_ns, mono_ns);

    d->samples += d->session->samples - before;
    point(d, mono_ns);
    say_news(d);
    return r;
}

void deep_partner_close(struct deep_partner *d)
{
    deep_sense_close(d->sense);
    d->sense = NULL;
}
