/* SPDX-License-Identifier: MIT
 * Judges what options say together: windows against the period that fills them, limits against each other,
 * paths. Single values were judged by their rows; whether this host can do what is asked is found out by
 * those who do it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "config/registry.h"

struct judging {
    const struct config *config;
    void (*problem)(void *context, const struct error *e);
    void *context;
    bool failed;
};

/* Was a set after b: by a stronger source, or further down? */
static bool is_later(const struct config_origin *a, const struct config_origin *b)
{
    if (a->source != b->source)
        return a->source > b->source;
    if (a->file != b->file)
        return a->file > b->file;
    return a->line > b->line || (a->line == b->line && a->column > b->column);
}

/* Says a problem of two options at the one that was set last: by the stronger source, or further down the
 * same file. b may be NULL. */
static void say(struct judging *j, const char *a, const char *b, const char *what)
{
    const struct config *c = j->config;
    const size_t a_number = (size_t)config_number(a, strlen(a));
    const size_t b_number = b ? (size_t)config_number(b, strlen(b)) : a_number;
    const struct config_origin *at = &c->origins[a_number], *other = &c->origins[b_number];
    size_t number = a_number;
    char variable[ERROR_FILE_MAX];
    struct text name;
    struct error e;

    if (at->refused || other->refused)
        return; /* said already, and what is there instead is not what was meant */
    if (is_later(other, at)) {
        at = other;
        number = b_number;
    }
    text_init(&name, variable, sizeof(variable));
    if (at->source == CONFIG_FROM_ENVIRONMENT)
        config_variable(config_option(number)->key, &name);
    else if (at->source == CONFIG_FROM_SERVICE)
        text_add(&name, "STATE_DIRECTORY");
    else if (at->source == CONFIG_FROM_FILE)
        text_add(&name, c->files[at->file]);
    error_set_at(&e, -EINVAL, variable, at->line, at->column, "%s", what);
    j->failed = true;
    if (j->problem)
        j->problem(j->context, &e);
}

/* "a (5s) <relation> b (1s)" with both present values, then what to do. */
static void say_pair(
    struct judging *j, const char *a, const char *relation, const char *b, const char *remedy)
{
    const char *keys[2] = {a, b};
    char buffer[ERROR_TEXT_MAX];
    struct text what;

    text_init(&what, buffer, sizeof(buffer));
    for (int i = 0; i < 2; i++) {
        struct option_group group;
        const struct option_row *row =
            config_row(j->config, (size_t)config_number(keys[i], strlen(keys[i])), &group);
        text_addf(&what, "%s%s (", i ? relation : "", keys[i]);
        option_format(&group, row, &what);
        text_add(&what, ")");
    }
    text_add(&what, remedy);
    say(j, a, b, buffer);
}

/* A window over host samples shorter than two of their periods sees one sample or none. */
static void judge_windows(struct judging *j)
{
    static const char period[] = "sources.host.interval";
    const struct engine_options *e = &j->config->engine;
    const bool classic = e->profile == PROFILE_CLASSIC;
    const struct {
        const char *key;
        int64_t window_ns;
        bool applies;
    } windows[] = {
        {"engine.stale_after", e->stale_after_ns, e->stale_after_ns != 0},
        {"incidents.join_window", e->incident_join_ns, true},
        {"classic.stale_after", e->classic_stale_after_ns, classic},
        {"veto.ttl", e->veto_ttl_ns, true},
    };

    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
        if (windows[i].applies && windows[i].window_ns < 2 * j->config->host.interval_ns)
            say_pair(j, windows[i].key, " is shorter than two periods of ", period,
                "; make it longer or the period shorter");
    if (e->incident_persistent_ns < e->incident_join_ns)
        say_pair(j, "incidents.persistent_after", " is shorter than ", "incidents.join_window",
            "; an incident would be persistent while it is still being joined");
}

static void judge_host(struct judging *j)
{
    static const char interval[] = "sources.host.interval", fast[] = "sources.host.fast_interval";
    const struct host_options *h = &j->config->host;
    /* Heuristic, chosen on 2026-11-22 from the cost of one fast round, well under a millisecond: shorter
     * periods measure the watcher. */
    const int64_t fast_least_ns = 10 * INT64_C(1000000);

    if (h->fast_interval_ns == 0)
        return;
    if (h->fast_interval_ns < fast_least_ns)
        say(j, fast, NULL, "sources.host.fast_interval must be 0 (off) or at least 10ms");
    else if (h->fast_interval_ns > h->interval_ns)
        say_pair(j, fast, " is longer than ", interval, "; make it shorter, or 0 to leave fast rounds out");
}

static void judge_limits(struct judging *j)
{
    const struct engine_options *e = &j->config->engine;
    const struct host_options *h = &j->config->host;

    if (e->max_series < e->max_entities)
        say_pair(j, "engine.max_series", " is less than ", "engine.max_entities",
            "; every entity has at least one series");
    if (h->max_cgroups >= e->max_entities)
        say_pair(j, "sources.host.max_cgroups", " does not fit into ", "engine.max_entities",
            "; the host itself is an entity too");
}

/* Does the path have ".." as one of its parts? */
static bool climbs(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        const size_t n = strcspn(part, "/");
        if (n == 2 && part[0] == '.' && part[1] == '.')
            return true;
    }
    return false;
}

static void judge_paths(struct judging *j)
{
    static const char key[] = "state_dir";
    const char *path = j->config->shell.state_dir;

    if (path[0] == '\0')
        return;
    if (path[0] == '~')
        say(j, key, NULL, "state_dir: '~' is not replaced; write the path out, from '/' on");
    else if (path[0] != '/')
        say(j, key, NULL, "state_dir must be an absolute path, from '/' on");
    else if (climbs(path))
        say(j, key, NULL, "state_dir must not hold '..'; write where it leads");
    else if (strspn(path, "/") == strlen(path))
        say(j, key, NULL, "state_dir must be a directory of its own, such as /var/lib/coherence");
}

/* Says what is wrong with an item of a list, where the item stands. */
static void say_item(struct judging *j, const char *key, const struct option_place *place, const char *what)
{
    struct error e;

    if (place->refused)
        return;
    error_set_at(&e, -EINVAL, j->config->files[place->file], place->line, place->column, "%s: %s", key, what);
    j->failed = true;
    if (j->problem)
        j->problem(j->context, &e);
}

/* What is scraped, and what names mean. */
static void judge_sources(struct judging *j)
{
    const struct config *c = j->config;
    const char *key;
    struct error e;

    for (uint32_t i = 0; i < c->meaning.count; i++)
        if (meaning_option_check(&c->meaning.rows[i], &e) != 0)
            say_item(j, "sources.meaning", &c->meaning.rows[i].place, e.text);
    for (uint32_t i = 0; i < c->scrape.target_count; i++)
        if (scrape_target_check(&c->scrape.targets[i], &e) != 0)
            say_item(j, "sources.prometheus.scrape", &c->scrape.targets[i].place, e.text);
    if (scrape_options_check(&c->scrape, &key, &e) != 0)
        say(j, key, NULL, e.text);
    if (datadog_options_check(&c->datadog, &key, &e) != 0)
        say(j, key, NULL, e.text);
    if (http_client_options_check(&c->client, &key, &e) != 0)
        say(j, key, NULL, e.text);
}

static void judge_services(struct judging *j)
{
    const char *key;
    struct error e;

    if (http_options_check(&j->config->http, &key, &e) != 0)
        say(j, key, NULL, e.text);
    if (j->config->remote_write.enabled && !j->config->http.listen[0])
        say(j, "sources.remote_write.enabled", "http.listen",
            "sources.remote_write is taken in by the HTTP service; set http.listen, such as 127.0.0.1:9911");
    if (j->config->otlp.enabled && !j->config->http.listen[0])
        say(j, "sources.otlp.enabled", "http.listen",
            "sources.otlp is taken in by the HTTP service; set http.listen, such as 127.0.0.1:9911");
    if (statsd_options_check(&j->config->statsd, &key, &e) != 0)
        say(j, key, NULL, e.text);
    if (haproxy_options_check(&j->config->haproxy, &e) != 0)
        say(j, "outputs.haproxy_agent.listen", NULL, e.text);
    if (http_client_options_check(&j->config->client, &key, &e) != 0)
        say(j, key, NULL, e.text);
    if (alert_options_check(&j->config->alerts, &key, &e) != 0)
        say(j, key, NULL, e.text);
}

int config_validate(
    const struct config *c, void (*problem)(void *context, const struct error *e), void *context)
{
    struct judging j = {.config = c, .problem = problem, .context = context};

    judge_paths(&j);
    judge_host(&j);
    judge_windows(&j);
    judge_limits(&j);
    judge_services(&j);
    judge_sources(&j);
    return j.failed ? -EINVAL : 0;
}
