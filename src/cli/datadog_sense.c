/* SPDX-License-Identifier: MIT
 * Brings reading from Datadog up in step with the seal and the loop, and the past into the engine. What is
 * asked and what comes of it is ingestion/datadog's matter. */
#include "cli/datadog_sense.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int datadog_sense_open(
    struct datadog_sense *d, struct session *s, struct outgoing *outgoing, const struct datadog_home *home)
{
    const struct datadog_options *o = &s->config.datadog;
    struct http_client *client;
    char line[1024];
    struct error e;
    struct text t;

    *d = (struct datadog_sense){
        .session = s, .alone = s->arguments->source == SOURCE_DATADOG, .last_ns = INT64_MIN};
    if (!d->alone && !datadog_is_on(o))
        return STATUS_FINE;
    client = outgoing_client(outgoing, s, &e);
    if (client)
        d->datadog = datadog_open(o, client, (const char *const *)environ, home, &e);
    if (!d->datadog) {
        session_say_error(&e);
        return e.code == -EINVAL || e.code == -ENOENT ? STATUS_USAGE : STATUS_HOST_CANNOT;
    }
    text_init(&t, line, sizeof(line));
    datadog_describe(d->datadog, &t);
    session_note(s, "%s", line);
    if (datadog_warning(d->datadog)[0])
        session_note(s, "%s", datadog_warning(d->datadog));
    return STATUS_FINE;
}

int datadog_sense_start(struct datadog_sense *d, struct intake_house *house, struct loop *l, int64_t known_ns)
{
    if (!d->datadog)
        return STATUS_FINE;
    struct intake *in = intake_open(house, "datadog", NULL, 0);
    const int r = in ? datadog_start(d->datadog, in, l, known_ns) : -ENOMEM;

    d->last_ns = known_ns;
    if (r == 0)
        return STATUS_FINE;
    session_say("cannot start to read from Datadog: %s", strerror(-r));
    return STATUS_FAILURE;
}

int64_t datadog_sense_behind_ns(const struct datadog_sense *d)
{
    return d->alone && d->datadog ? datadog_delay_ns(&d->session->config.datadog) : 0;
}

bool datadog_sense_may_tick(const struct datadog_sense *d)
{
    return !d->alone || !d->datadog || datadog_is_ready(d->datadog);
}

int datadog_sense_step(struct datadog_sense *d, const struct feed *feed, int64_t now_ns)
{
    int64_t due_ns;
    int r = 0;

    if (!d->datadog)
        return 0;
    if (d->alone && !d->caught_up) /* the past is judged, but not told tick by tick */
        engine_want_ticks(d->session->engine, false);
    while (r >= 0 && (due_ns = datadog_due(d->datadog)) <= now_ns) {
        r = datadog_step(d->datadog, due_ns);
        if (r >= 0 && d->alone && due_ns > d->last_ns && due_ns < now_ns)
            r = feed->tick(feed->context, d->last_ns = due_ns);
    }
    if (d->alone && !d->caught_up)
        engine_want_ticks(d->session->engine, d->session->print_ticks);
    d->caught_up = true;
    if (d->last_ns < now_ns)
        d->last_ns = now_ns;
    return r;
}
