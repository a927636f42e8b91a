/* SPDX-License-Identifier: MIT
 * Turns the options into queries and queries into requests. What the answers look like is datadog_answer.c's
 * matter, what the series mean intake/meaning_table.c's. */
#include "ingestion/datadog/datadog_query.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/shown.h"
#include "net/http_url.h"

#define SECOND_NS INT64_C(1000000000)
#define PATH_V1   "/api/v1/query"

/* What the groups of sources.datadog.watch ask for. Names and units. Source: Datadog's integrations (system,
 * network, disk, container, kubernetes: metadata.csv; of JVMs, "Java runtime metrics", and jmxfetch's
 * new-gc-default-jmx-metrics.yaml: counters of collections and of their milliseconds, reported as rates). */
static const struct group_row {
    const char *group;
    struct datadog_query query;
} group_rows[] = {
    {"host", {"system.cpu.user", NULL, "avg", DATADOG_LEVEL, "host", "system.cpu.user", false}},
    {"host", {"system.cpu.system", NULL, "avg", DATADOG_LEVEL, "host", "system.cpu.system", false}},
    {"host", {"system.cpu.iowait", NULL, "avg", DATADOG_LEVEL, "host", "system.cpu.iowait", false}},
    {"host", {"system.cpu.stolen", NULL, "avg", DATADOG_LEVEL, "host", "system.cpu.stolen", false}},
    {"host", {"system.mem.usable", NULL, "avg", DATADOG_LEVEL, "host", "datadog.mem.usable", false}},
    {"host", {"system.mem.total", NULL, "avg", DATADOG_LEVEL, "host", "datadog.mem.total", false}},
    {"host", {"system.net.packets_in.count", NULL, "sum", DATADOG_RATE, "host", "datadog.packets_in", false}},
    {"host",
        {"system.net.packets_out.count", NULL, "sum", DATADOG_RATE, "host", "datadog.packets_out", false}},
    {"disk", {"system.disk.used", NULL, "max", DATADOG_LEVEL, "host,device", "datadog.disk.used", false}},
    {"disk", {"system.disk.total", NULL, "max", DATADOG_LEVEL, "host,device", "datadog.disk.total", false}},
    {"container", {"container.cpu.usage", "container.cpu.limit", "sum", DATADOG_LEVEL, "host,container_name",
                      "datadog.container.cpu", false}},
    {"container", {"container.cpu.throttled", NULL, "sum", DATADOG_RATE, "host,container_name",
                      "datadog.container.throttled", false}},
    {"container", {"container.memory.usage", NULL, "sum", DATADOG_LEVEL, "host,container_name",
                      "datadog.container.memory", false}},
    {"container", {"container.memory.limit", NULL, "sum", DATADOG_LEVEL, "host,container_name",
                      "datadog.container.memory_limit", false}},
    {"kubernetes", {"kubernetes.cpu.usage.total", "kubernetes.cpu.limits", "sum", DATADOG_LEVEL,
                       "host,pod_name", "datadog.pod.cpu", false}},
    {"kubernetes", {"kubernetes.memory.usage", NULL, "sum", DATADOG_LEVEL, "host,pod_name",
                       "datadog.pod.memory", false}},
    {"kubernetes", {"kubernetes.memory.limits", NULL, "sum", DATADOG_LEVEL, "host,pod_name",
                       "datadog.pod.memory_limit", false}},
    {"jvm", {"jvm.heap_memory", NULL, "sum", DATADOG_LEVEL, "host,service", "datadog.jvm.heap", false}},
    {"jvm",
        {"jvm.heap_memory_max", NULL, "sum", DATADOG_LEVEL, "host,service", "datadog.jvm.heap_max", false}},
    {"jvm", {"jvm.gc.minor_collection_time", NULL, "sum", DATADOG_RATE, "host,service",
                "datadog.jvm.minor_time", false}},
    {"jvm", {"jvm.gc.major_collection_time", NULL, "sum", DATADOG_RATE, "host,service",
                "datadog.jvm.major_time", false}},
    {"jvm", {"jvm.gc.minor_collection_count", NULL, "sum", DATADOG_RATE, "host,service",
                "datadog.jvm.minor_count", false}},
    {"jvm", {"jvm.gc.major_collection_count", NULL, "sum", DATADOG_RATE, "host,service",
                "datadog.jvm.major_count", false}},
};

static bool has_word(const char *list, const char *wanted)
{
    const char *word;
    size_t n;

    while ((word = datadog_next_word(&list, &n)) != NULL)
        if (strlen(wanted) == n && memcmp(word, wanted, n) == 0)
            return true;
    return false;
}

static int add(struct datadog_plan *p, const struct datadog_query *q, struct error *e)
{
    if (p->count == DATADOG_QUERIES_MAX)
        return error_set(e, -EINVAL, "sources.datadog asks for more than %d metrics", DATADOG_QUERIES_MAX);
    p->queries[p->count++] = *q;
    return 0;
}

/* Counts of spans. Source: Datadog, "Trace metrics": trace.<SPAN_NAME>.hits and .errors, of type COUNT, with
 * the tags of the host. */
static int add_spans(
    struct datadog_plan *p, const char *spans, const char *suffix, const char *series, struct error *e)
{
    const char *word;
    struct shown s;
    size_t n;
    int r = 0;

    while (r == 0 && (word = datadog_next_word(&spans, &n)) != NULL) {
        struct datadog_query q = {
            .aggregation = "sum", .kind = DATADOG_COUNT, .groups = "host,service", .series = series};
        struct text t;
        text_init(&t, q.metric, sizeof(q.metric));
        text_addf(&t, "trace.%.*s.%s", (int)n, word, suffix);
        r = t.truncated ? error_set(e, -EINVAL, "%s is too long for a span's name", shown_value(&s, word, n))
                        : add(p, &q, e);
    }
    return r;
}

/* What stands in the braces. */
static int write_scope(struct datadog_plan *p, const struct datadog_options *o, struct error *e)
{
    const char *at = o->hosts, *word;
    bool all = has_word(o->hosts, "*");
    size_t n, count = 0;
    struct text t;

    text_init(&t, p->scope, sizeof(p->scope));
    if (o->scope[0])
        text_addf(&t, all ? "%s" : "(%s) AND (", o->scope);
    else if (all)
        text_add(&t, "*");
    while (!all && (word = datadog_next_word(&at, &n)) != NULL)
        text_addf(&t, "%shost:%.*s", count++ > 0 ? " OR " : "", (int)n, word);
    if (o->scope[0] && !all)
        text_add(&t, ")");
    return t.truncated ? error_set(e, -EINVAL, "sources.datadog.hosts and scope are too long") : 0;
}

int datadog_plan_init(struct datadog_plan *p, const struct datadog_options *o, struct error *e)
{
    int r;

    *p = (struct datadog_plan){.bucket_s = o->bucket_ns / SECOND_NS > 0 ? o->bucket_ns / SECOND_NS : 1};
    r = write_scope(p, o, e);
    for (size_t i = 0; i < sizeof(group_rows) / sizeof(group_rows[0]) && r == 0; i++)
        if (has_word(o->watch, group_rows[i].group))
            r = add(p, &group_rows[i].query, e);
    if (r == 0 && has_word(o->watch, "trace"))
        r = add_spans(p, o->requests_in, "hits", "datadog.requests_in", e);
    if (r == 0 && has_word(o->watch, "trace"))
        r = add_spans(p, o->requests_out, "hits", "datadog.requests_out", e);
    if (r == 0 && has_word(o->watch, "trace"))
        r = add_spans(p, o->requests_out, "errors", "datadog.requests_failed", e);
    return r;
}

void datadog_query_write(
    const struct datadog_plan *p, const struct datadog_query *q, const char *metric, struct text *out)
{
    text_addf(out, "%s:%s{%s} by {%s}%s.rollup(%s, %lld).fill(null)", q->aggregation, metric, p->scope,
        q->groups, q->kind == DATADOG_COUNT ? ".as_count()" : "", q->kind == DATADOG_COUNT ? "sum" : "avg",
        (long long)p->bucket_s);
}

/* The next query from *at on that is not refused; count of the plan: none. */
static size_t next_query(const struct datadog_plan *p, size_t at)
{
    while (at < p->count && p->queries[at].refused)
        at++;
    return at;
}

static void put_query(
    struct json *j, const struct datadog_plan *p, size_t number, const char *metric, char part)
{
    const struct datadog_query *q = &p->queries[number];
    char query[1536], name[16];
    struct text t;

    text_init(&t, query, sizeof(query));
    datadog_query_write(p, q, metric, &t);
    json_begin_object(j, NULL);
    json_put_string(j, "data_source", "metrics");
    json_put_string(j, "query", query);
    text_init(&t, name, sizeof(name));
    text_addf(&t, "%c%zu", part, number);
    json_put_string(j, "name", name);
    json_end_object(j);
}

static void put_formula(struct json *j, const struct datadog_query *q, size_t number)
{
    char formula[40];
    struct text t;

    text_init(&t, formula, sizeof(formula));
    text_addf(&t, q->over ? "q%zu / d%zu" : "q%zu", number, number);
    json_begin_object(j, NULL);
    json_put_string(j, "formula", formula);
    json_end_object(j);
}

void datadog_write_v2(const struct datadog_plan *p, struct datadog_batch *b, struct text *out)
{
    struct json j;

    b->count = 0;
    b->next = next_query(p, b->first);
    for (; b->count < b->most && b->next < p->count; b->next = next_query(p, b->next + 1))
        b->chosen[b->count++] = b->next;
    json_init(&j, out);
    json_begin_object(&j, NULL);
    json_begin_object(&j, "data");
    json_put_string(&j, "type", "timeseries_request");
    json_begin_object(&j, "attributes");
    json_put_uint(&j, "from", (uint64_t)(b->from_ns / 1000000));
    json_put_uint(&j, "to", (uint64_t)(b->to_ns / 1000000));
    json_put_uint(&j, "interval", (uint64_t)p->bucket_s * 1000);
    json_begin_array(&j, "queries");
    for (size_t i = 0; i < b->count; i++) {
        const struct datadog_query *q = &p->queries[b->chosen[i]];
        put_query(&j, p, b->chosen[i], q->metric, 'q');
        if (q->over)
            put_query(&j, p, b->chosen[i], q->over, 'd');
    }
    json_end_array(&j);
    json_begin_array(&j, "formulas");
    for (size_t i = 0; i < b->count; i++)
        put_formula(&j, &p->queries[b->chosen[i]], b->chosen[i]);
    json_end_array(&j);
    json_end_object(&j);
    json_end_object(&j);
    json_end_object(&j);
}

/* Source: RFC 3986, 2.3: what need not be escaped. */
static void add_escaped(struct text *out, const char *p)
{
    for (; *p; p++)
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
            strchr("-._~", *p))
            text_add_char(out, *p);
        else
            text_addf(out, "%%%02X", (unsigned)(unsigned char)*p);
}

void datadog_write_v1(const struct datadog_plan *p, struct datadog_batch *b, struct text *out)
{
    char query[3200], escaped[HTTP_URL_PATH_MAX];
    struct text t, one;

    text_addf(out, PATH_V1 "?from=%lld&to=%lld&query=", (long long)(b->from_ns / SECOND_NS),
        (long long)(b->to_ns / SECOND_NS));
    b->count = 0;
    b->next = next_query(p, b->first);
    for (; b->count < b->most && b->next < p->count; b->next = next_query(p, b->next + 1)) {
        const struct datadog_query *q = &p->queries[b->next];
        text_init(&t, query, sizeof(query));
        text_add(&t, b->count > 0 ? "," : "");
        datadog_query_write(p, q, q->metric, &t);
        if (q->over) {
            text_add(&t, " / ");
            datadog_query_write(p, q, q->over, &t);
        }
        text_init(&one, escaped, sizeof(escaped));
        add_escaped(&one, query);
        if (one.truncated || out->length + one.length >= HTTP_URL_PATH_MAX) {
            if (b->count > 0)
                break;
            continue; /* it alone is too long for an address: it cannot be asked this way */
        }
        text_add_bytes(out, escaped, one.length);
        b->chosen[b->count++] = b->next;
    }
}

/* Does the glob (* for anything) match the whole name? */
static bool matches(const char *glob, size_t glob_n, const char *name, size_t n)
{
    size_t g = 0, i = 0, star = SIZE_MAX, from = 0;

    while (i < n) {
        if (g < glob_n && glob[g] == '*') {
            star = g++;
            from = i;
        } else if (g < glob_n && glob[g] == name[i]) {
            g++;
            i++;
        } else if (star != SIZE_MAX) {
            g = star + 1;
            i = ++from;
        } else {
            return false;
        }
    }
    while (g < glob_n && glob[g] == '*')
        g++;
    return g == glob_n;
}

bool datadog_host_wanted(const char *hosts, const char *name, size_t n)
{
    const char *word;
    size_t word_n;

    while ((word = datadog_next_word(&hosts, &word_n)) != NULL)
        if (matches(word, word_n, name, n))
            return true;
    return false;
}
