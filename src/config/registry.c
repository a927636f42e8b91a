/* SPDX-License-Identifier: MIT
 * The plain arrays behind the configuration. A room's options exist when its rows are listed here. */
#include "config/registry.h"

#include <string.h>

#include "base/yaml.h"

const struct config_group config_groups[CONFIG_GROUPS] = {
    {"program", shell_option_rows, &shell_option_count, offsetof(struct config, shell)},
    {"history", history_option_rows, &history_option_count, offsetof(struct config, history)},
    {"flight recorder", recorder_option_rows, &recorder_option_count, offsetof(struct config, recorder)},
    {"engine", engine_option_rows, &engine_option_count, offsetof(struct config, engine)},
    {"this host", host_option_rows, &host_option_count, offsetof(struct config, host)},
    {"deep sense", deep_option_rows, &deep_option_count, offsetof(struct config, deep)},
    {"telemetry of other systems", intake_option_rows, &intake_option_count, offsetof(struct config, intake)},
    {"what metrics mean", meaning_option_rows, &meaning_option_count, offsetof(struct config, meaning)},
    {"Prometheus remote write", remote_write_option_rows, &remote_write_option_count,
        offsetof(struct config, remote_write)},
    {"Prometheus", scrape_option_rows, &scrape_option_count, offsetof(struct config, scrape)},
    {"OpenTelemetry", otlp_option_rows, &otlp_option_count, offsetof(struct config, otlp)},
    {"Datadog", datadog_option_rows, &datadog_option_count, offsetof(struct config, datadog)},
    {"StatsD and DogStatsD", statsd_option_rows, &statsd_option_count, offsetof(struct config, statsd)},
    {"seal", seal_option_rows, &seal_option_count, offsetof(struct config, seal)},
    {"HTTP service", http_option_rows, &http_option_count, offsetof(struct config, http)},
    {"HAProxy agent-check", haproxy_option_rows, &haproxy_option_count, offsetof(struct config, haproxy)},
    {"alerts", alert_option_rows, &alert_option_count, offsetof(struct config, alerts)},
    {"connecting out", http_client_option_rows, &http_client_option_count, offsetof(struct config, client)},
};

/* Variables with our prefix that are not settings. */
static const char *const ignored_variables[] = {
    "COHERENCE_SOURCE_ROOT", /* the project's own tests: where the checkout is */
    "COHERENCE_TEST_DATA",   /* the project's own tests: where recorded data are */
    NULL,
};

/* The group of option `number`, which becomes the index in it; NULL when there is none. */
static const struct config_group *group_of(size_t *number)
{
    for (size_t g = 0; g < CONFIG_GROUPS; g++) {
        if (*number < *config_groups[g].count)
            return &config_groups[g];
        *number -= *config_groups[g].count;
    }
    return NULL;
}

const struct option_row *config_row(const struct config *c, size_t number, struct option_group *ret_group)
{
    const struct config_group *group = group_of(&number);

    if (!group)
        return NULL;
    *ret_group = (struct option_group){
        .rows = group->rows, .count = *group->count, .target = (char *)c + group->offset};
    return &group->rows[number];
}

const struct option_row *config_option(size_t number)
{
    const struct config_group *group = group_of(&number);

    return group ? &group->rows[number] : NULL;
}

const char *config_option_group(size_t number)
{
    const struct config_group *group = group_of(&number);

    return group ? group->title : NULL;
}

static size_t field_size(enum option_type type)
{
    switch (type) {
    case OPTION_BOOL:
        return sizeof(bool);
    case OPTION_CHOICE:
        return sizeof(int);
    case OPTION_TEXT:
        return OPTION_TEXT_MAX;
    case OPTION_LIST:
        return OPTION_LIST_MAX;
    default:
        return sizeof(int64_t); /* whole numbers and doubles */
    }
}

size_t config_field(size_t number, size_t *ret_size)
{
    size_t at = number;
    const struct config_group *group = group_of(&at);
    const struct option_row *row = &group->rows[at];

    *ret_size = field_size(row->type);
    return group->offset + row->offset;
}

size_t config_option_count(void)
{
    size_t count = 0;

    for (size_t g = 0; g < CONFIG_GROUPS; g++)
        count += *config_groups[g].count;
    return count;
}

long config_number(const char *key, size_t key_n)
{
    const size_t count = config_option_count();

    for (size_t i = 0; i < count; i++) {
        const char *known = config_option(i)->key;
        if (strlen(known) == key_n && memcmp(known, key, key_n) == 0)
            return (long)i;
    }
    return -1;
}

/* Is key that prefix, or below it? */
static bool is_below(const char *key, size_t key_n, const char *prefix, size_t prefix_n)
{
    return key_n > prefix_n && memcmp(key, prefix, prefix_n) == 0 &&
           (key[prefix_n] == '.' || key[prefix_n] == '[');
}

long config_switch(const char *group, size_t group_n)
{
    static const char last[] = ".enabled";
    char key[YAML_PATH_MAX];

    if (group_n + sizeof(last) > sizeof(key))
        return -1;
    memcpy(key, group, group_n);
    memcpy(key + group_n, last, sizeof(last));
    return config_number(key, group_n + sizeof(last) - 1);
}

bool config_is_group(const char *prefix, size_t prefix_n)
{
    const size_t count = config_option_count();

    for (size_t i = 0; i < count; i++) {
        const char *key = config_option(i)->key;
        if (is_below(key, strlen(key), prefix, prefix_n))
            return true;
    }
    return false;
}

/* Kubernetes sets NAME_SERVICE_HOST, NAME_SERVICE_PORT[_X], NAME_PORT and NAME_PORT_9911_TCP[_X] for every
 * service whose name begins with "coherence". Source: Kubernetes documentation, "Accessing the Service",
 * environment variables. */
static bool is_service_link(const char *name, size_t n)
{
    static const char host[] = "_SERVICE_HOST", service_port[] = "_SERVICE_PORT", port[] = "_PORT";

    for (size_t at = 0; at < n; at++) {
        const char *rest = name + at;
        const size_t rest_n = n - at;
        if (rest_n == sizeof(host) - 1 && memcmp(rest, host, rest_n) == 0)
            return true;
        if (rest_n >= sizeof(service_port) - 1 && memcmp(rest, service_port, sizeof(service_port) - 1) == 0)
            return true;
        if (rest_n >= sizeof(port) - 1 && memcmp(rest, port, sizeof(port) - 1) == 0) {
            const char *after = rest + sizeof(port) - 1;
            const size_t after_n = rest_n - (sizeof(port) - 1);
            if (after_n == 0 || (after_n >= 2 && after[0] == '_' && after[1] >= '0' && after[1] <= '9'))
                return true;
        }
    }
    return false;
}

bool config_variable_ignored(const char *name, size_t name_n)
{
    for (const char *const *known = ignored_variables; *known; known++)
        if (strlen(*known) == name_n && memcmp(*known, name, name_n) == 0)
            return true;
    return is_service_link(name, name_n);
}
