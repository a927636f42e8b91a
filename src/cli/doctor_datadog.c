/* SPDX-License-Identifier: MIT
 * Turns what Datadog answers to one look into lines: address, keys, limits, and of each metric whether it is
 * there and what it is for. The asking is ingestion/datadog/datadog_check.c's matter. */
#include "cli/doctor_datadog.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "ingestion/datadog/datadog_check.h"

#define TEXT_MAX    32768
#define METRIC_WIDE 40

struct look {
    struct session *session;
    struct http_client *client;
    struct loop *loop;
    struct datadog_checking *checking;
    int64_t now_ns;
};

/* What a series is for, by the beginning of its name. */
static const struct {
    const char *begin, *use;
} uses[] = {{"system.cpu.iowait", "the cause io_stall"}, {"system.cpu.stolen", "the cause stolen"},
    {"system.cpu", "the law seizure"}, {"datadog.mem", "the law fever"},
    {"datadog.disk", "fever: a disk runs full"},
    {"datadog.packets", "amplification, where nothing better is"},
    {"datadog.requests", "the law amplification, of services"},
    {"datadog.container.cpu", "seizure of a container that has a CPU limit"},
    {"datadog.container.throttled", "the cause throttled"}, {"datadog.container", "fever of a container"},
    {"datadog.pod.cpu", "seizure of a pod that has a CPU limit"}, {"datadog.pod", "fever of a pod"},
    {"datadog.jvm.heap", "fever of a JVM, with its limit"}, {"datadog.jvm", "the cause gc_spiral"}};

static const char *use_of(const char *series)
{
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
        if (strncmp(series, uses[i].begin, strlen(uses[i].begin)) == 0)
            return uses[i].use;
    return "";
}

static unsigned requests_a_round(const struct datadog_check *c)
{
    return (unsigned)((c->count + DATADOG_BATCH_MAX - 1) / DATADOG_BATCH_MAX);
}

static void write_limit(const struct datadog_check *c, const struct look *l, struct text *t)
{
    if (c->limit >= 0) {
        text_addf(t, "rate limit: %lld requests", (long long)c->limit);
        if (c->period_s >= 0)
            text_addf(t, " in %lld s", (long long)c->period_s);
        if (c->remaining >= 0)
            text_addf(t, ", %lld of them left", (long long)c->remaining);
        text_add(t, "; ");
    } else {
        text_add(t, "rate limit: it says none; ");
    }
    text_addf(t, "run makes %u every ", requests_a_round(c));
    text_add_human(t, (double)l->session->config.datadog.interval_ns * 1e-9, 3);
    text_add(t, " s\n");
}

static void write_metrics(const struct datadog_check *c, struct text *t)
{
    text_add(t, "\n");
    for (size_t i = 0; i < c->count; i++) {
        const struct datadog_finding *f = &c->findings[i];
        char found[32] = "missing";
        struct text n;
        text_init(&n, found, sizeof(found));
        if (f->series)
            text_addf(&n, "%zu series", f->series);
        else
            text_add(&n, "missing");
        text_addf(t, "%-*s%-14s%s\n", METRIC_WIDE, f->query.metric, found, use_of(f->query.series));
    }
}

static void write_text(const struct look *l, const struct datadog_check *c, struct text *t)
{
    text_add(t, "address: ");
    http_url_describe(&c->keys.url, t);
    text_addf(t, " (%s)\n", c->keys.url_from);
    if (c->keys.warning[0])
        text_addf(t, "warning: %s\n", c->keys.warning);
    text_addf(t, "API key: %s (%s)\n",
        c->valid      ? "valid"
        : c->readable ? "works"
                      : "not confirmed",
        c->keys.api_from);
    text_addf(t, "application key: %s (%s)\n", c->readable ? "may read metrics" : "not confirmed",
        c->keys.app_from);
    if (!c->readable) {
        text_add(t, "cannot read from Datadog: ");
        text_add_printable(t, c->why, strlen(c->why));
        text_add(t, "\n");
        return;
    }
    text_addf(t, "API: version %d\n", c->version);
    write_limit(c, l, t);
    text_addf(t, "hosts: %zu\n", c->hosts);
    if (c->newest_ns != INT64_MIN) {
        text_add(t, "newest bucket: began ");
        text_add_human(t, (double)(l->now_ns - c->newest_ns) * 1e-9, 2);
        text_add(t, " s ago\n");
    } else {
        text_addf(t,
            "nothing of the last ten minutes matches the hosts '%s': do agents report to this account?\n",
            l->session->config.datadog.hosts);
    }
    write_metrics(c, t);
}

static void write_json(const struct datadog_check *c, struct text *t)
{
    char address[HTTP_URL_HOST_MAX + 32];
    struct text a;
    struct json j;

    text_init(&a, address, sizeof(address));
    http_url_describe(&c->keys.url, &a);
    json_init(&j, t);
    json_begin_object(&j, NULL);
    json_put_string(&j, "type", "doctor");
    json_put_string(&j, "source", "datadog");
    json_put_string(&j, "address", address);
    json_put_string(&j, "address_from", c->keys.url_from);
    json_put_string(&j, "api_key_from", c->keys.api_from);
    json_put_string(&j, "app_key_from", c->keys.app_from);
    json_put_string(&j, "warning", c->keys.warning[0] ? c->keys.warning : NULL);
    json_put_bool(&j, "api_key_valid", c->valid);
    json_put_bool(&j, "readable", c->readable);
    json_put_string(&j, "why", c->why[0] ? c->why : NULL);
    json_put_uint(&j, "version", (uint64_t)c->version);
    json_put_uint(&j, "hosts", c->hosts);
    if (c->newest_ns == INT64_MIN)
        json_put_null(&j, "newest");
    else
        json_put_time(&j, "newest", c->newest_ns);
    json_begin_array(&j, "metrics");
    for (size_t i = 0; i < c->count; i++) {
        json_begin_object(&j, NULL);
        json_put_string(&j, "metric", c->findings[i].query.metric);
        json_put_uint(&j, "series", c->findings[i].series);
        json_put_string(&j, "use", use_of(c->findings[i].query.series));
        json_end_object(&j);
    }
    json_end_array(&j);
    json_end_object(&j);
    text_add(t, "\n");
}

/* Opens, seals, asks. Returns an exit status. */
static int look(struct look *l)
{
    struct session *s = l->session;
    struct timespec now;
    struct error e;
    int r;

    l->client = http_client_open(&s->config.client, &e);
    if (l->client)
        l->checking = datadog_check_open(&s->config.datadog, l->client, (const char *const *)environ, &e);
    if (l->checking)
        l->loop = loop_new(&e);
    if (!l->loop) {
        session_say_error(&e);
        return e.code == -ENOENT || e.code == -EINVAL ? STATUS_USAGE : STATUS_HOST_CANNOT;
    }
    s->reach = http_client_reach(l->client);
    int status = session_seal(s, NULL);
    if (status)
        return status;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    l->now_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    r = http_client_start(l->client, l->loop);
    if (r == 0)
        r = datadog_check_start(l->checking, l->loop, l->now_ns);
    if (r == 0)
        r = loop_run(l->loop);
    if (r == 0)
        return STATUS_FINE;
    session_say("cannot ask Datadog: %s", strerror(-r));
    return STATUS_FAILURE;
}

int doctor_datadog(struct session *s)
{
    static char bytes[TEXT_MAX];
    struct look l = {.session = s};
    struct text t;
    int status = look(&l);

    if (!status) {
        const struct datadog_check *c = datadog_check_result(l.checking);
        text_init(&t, bytes, sizeof(bytes));
        if (s->config.shell.format == SHELL_FORMAT_JSON)
            write_json(c, &t);
        else
            write_text(&l, c, &t);
        out_lines(&s->out, t.data, t.length);
        status = c->readable ? STATUS_FINE : STATUS_HOST_CANNOT;
    }
    datadog_check_close(l.checking);
    http_client_close(l.client);
    if (l.loop)
        loop_free(l.loop);
    return status;
}
