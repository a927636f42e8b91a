/* SPDX-License-Identifier: MIT
 * The alerts as a sentinel has them (client, seal, loop, state directory), with incidents from standard input
 * instead of an engine: for the acceptance against real receivers.
 *
 * drive [key=value...] [state=DIRECTORY] [root=DIRECTORY] [open=ID...]
 * open ID SEVERITY | change ID SEVERITY | close ID | counts | quit
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "output/alert/alerts.h"
#include "sandbox/seal.h"
#include "output/fake_view.h"

static struct {
    struct alert_options options;
    struct http_client_options client_options;
    struct http_client *client;
    struct alerts *alerts;
    struct loop *loop;
    char in[4096];
    size_t in_n;
} d;

static int64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void say(void *context, const char *line)
{
    (void)context;
    printf("say %s\n", line);
    fflush(stdout);
}

static struct incident make(const char *id, const char *severity, enum change change)
{
    struct incident i = {.t_ns = now_ns(),
        .change = change,
        .kind = INCIDENT_SINGLE,
        .severity = strcmp(severity, "critical") == 0 ? SEVERITY_CRITICAL : SEVERITY_WARNING,
        .start_ns = now_ns(),
        .end_ns = now_ns(),
        .risk = 0.5,
        .severity_reason = "",
        .laws = 1U << LAW_SEIZURE,
        .veto = {.type = VETO_COMPUTE,
            .confidence = 0.8,
            .expires_ns = now_ns() + INT64_C(60000000000),
            .reason = "load is to be shed"}};

    snprintf(i.id, sizeof(i.id), "%s", id);
    snprintf(i.narrative, sizeof(i.narrative), "host a is unstable. Its CPU varies.");
    i.lines[1].at = 20;
    i.line_count = 2;
    return i;
}

static void hear(const char *id, const char *severity, enum change change)
{
    const struct incident i = make(id, severity, change);
    const struct event e = {.type = EVENT_INCIDENT, .incident = &i};

    alerts_hear(d.alerts, fake_view.catalog, &e);
}

static void tell_counts(void)
{
    for (int o = 0; o < ALERTS_OUTPUT_COUNT; o++) {
        const struct alerts_counts c = alerts_counts(d.alerts, (enum alerts_output)o);
        if (c.configured)
            printf("counts %s sent %llu failed %llu dropped %llu waiting %llu\n",
                alerts_output_name((enum alerts_output)o), (unsigned long long)c.sent,
                (unsigned long long)c.failed, (unsigned long long)c.dropped, (unsigned long long)c.waiting);
    }
    printf("end\n");
    fflush(stdout);
}

static void obey(char *line)
{
    char *save = NULL;
    const char *word = strtok_r(line, " ", &save), *id = strtok_r(NULL, " ", &save),
               *severity = strtok_r(NULL, " ", &save);

    if (!word || strcmp(word, "quit") == 0)
        loop_stop(d.loop);
    else if (strcmp(word, "counts") == 0)
        tell_counts();
    else if (id)
        hear(id, severity ? severity : "warning",
            strcmp(word, "open") == 0     ? CHANGE_OPEN
            : strcmp(word, "change") == 0 ? CHANGE_UPDATE
                                          : CHANGE_CLOSE);
}

static void on_line(void *context)
{
    const ssize_t got = read(STDIN_FILENO, d.in + d.in_n, sizeof(d.in) - 1 - d.in_n);
    char *end;

    (void)context;
    if (got <= 0) {
        loop_stop(d.loop);
        return;
    }
    d.in_n += (size_t)got;
    while ((end = memchr(d.in, '\n', d.in_n)) != NULL) {
        *end = '\0';
        obey(d.in);
        d.in_n -= (size_t)(end + 1 - d.in);
        memmove(d.in, end + 1, d.in_n);
    }
}

static void farewell(void *context, const struct loop_instant *now)
{
    static int left = 60;

    (void)context;
    (void)now;
    if (--left == 0 || !alerts_busy(d.alerts))
        loop_stop(d.loop);
}

static int fail(const char *what)
{
    fprintf(stderr, "drive: %s\n", what);
    return 1;
}

static int take_argument(const char *argument, struct alerts_home *home)
{
    const struct option_group groups[] = {{alert_option_rows, alert_option_count, &d.options},
        {http_client_option_rows, http_client_option_count, &d.client_options}};
    const struct option_group *group;
    const char *equals = strchr(argument, '=');
    struct error e;

    if (!equals)
        return fail(argument);
    const struct option_row *row = option_find(groups, 2, argument, (size_t)(equals - argument), &group);
    if (row)
        return option_set(group, row, equals + 1, strlen(equals + 1), &e) == 0 ? 0 : fail(e.text);
    if (strncmp(argument, "state=", 6) == 0)
        home->dir_fd = open(argument + 6, O_RDONLY | O_DIRECTORY);
    else if (strncmp(argument, "root=", 5) == 0)
        home->root = argument + 5;
    else if (strncmp(argument, "open=", 5) == 0)
        fake_view.incidents[fake_view.incident_count++] = make(argument + 5, "warning", CHANGE_OPEN);
    else
        return fail(argument);
    return 0;
}

static int seal(const struct alerts_home *home)
{
    const struct http_client_reach *reach = http_client_reach(d.client);
    struct seal_rules rules = {
        .write_fd = home->dir_fd, .connect_ports = reach->ports, .connect_count = reach->port_count};
    struct seal_report report;
    struct error e;

    for (size_t i = 0; i < reach->path_count; i++)
        rules.read_paths[i] = reach->paths[i];
    return seal_apply(SEAL_AUTO, &rules, &report, &e) == 0 ? 0 : fail(e.text);
}

int main(int n, char **arguments)
{
    struct alerts_home home = {.options = &d.options, .dir_fd = -1, .root = "", .say = say};
    struct error e;

    option_set_defaults(&(struct option_group){alert_option_rows, alert_option_count, &d.options});
    option_set_defaults(
        &(struct option_group){http_client_option_rows, http_client_option_count, &d.client_options});
    fake_view_make("a");
    for (int i = 1; i < n; i++)
        if (take_argument(arguments[i], &home) != 0)
            return 2;
    d.loop = loop_new(&e);
    d.client = http_client_open(&d.client_options, &e);
    home.client = d.client;
    d.alerts = d.client ? alerts_open(&home, &e) : NULL;
    if (!d.alerts)
        return fail(e.text);
    if (seal(&home) != 0 || http_client_start(d.client, d.loop) != 0 ||
        alerts_start(d.alerts, d.loop, fake_view_get(), now_ns()) != 0 ||
        loop_on_readable(d.loop, STDIN_FILENO, on_line, NULL) != 0)
        return fail("cannot start");
    printf("ready\n");
    fflush(stdout);
    (void)loop_run(d.loop);
    loop_forget(d.loop, STDIN_FILENO);
    (void)loop_every(d.loop, INT64_C(50000000), farewell, NULL);
    (void)loop_run(d.loop);
    alerts_close(d.alerts);
    http_client_close(d.client);
    loop_free(d.loop);
    return 0;
}
