/* SPDX-License-Identifier: MIT
 * Files of targets in Prometheus' file_sd format to targets: YAML by our own reader, JSON by jansson. Both
 * give the same list of groups: targets, and labels for all of them. */
#include "ingestion/prometheus/scrape_target.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/shown.h"
#include "base/text.h"
#include "base/yaml.h"

#define URL_MAX 1400

/* What a group says of all its targets. */
struct group {
    const char *scheme, *path; /* NULL: not said */
    struct {
        const char *name, *value;
    } labels[SCRAPE_LABELS_MAX * 2];
    size_t count;
};

struct reading {
    int (*add)(void *context, const struct scrape_target *target, struct error *e);
    void *context;
    struct error *e;
};

static void take_label(struct group *g, const char *name, const char *value)
{
    if (strcmp(name, "__scheme__") == 0)
        g->scheme = value;
    else if (strcmp(name, "__metrics_path__") == 0)
        g->path = value;
    else if (g->count < sizeof(g->labels) / sizeof(g->labels[0])) {
        g->labels[g->count].name = name;
        g->labels[g->count++].value = value;
    }
}

/* "host:port" with what its group says. */
static int take_target(const struct reading *r, const struct group *g, const char *address)
{
    char url[URL_MAX];
    struct text t;
    struct scrape_target target;

    text_init(&t, url, sizeof(url));
    if (!strstr(address, "://"))
        text_addf(&t, "%s://", g->scheme ? g->scheme : "http");
    text_add(&t, address);
    if (!strstr(address, "://"))
        text_add(&t, g->path ? g->path : "/metrics");
    if (t.truncated)
        return error_set(r->e, -EINVAL, "an address that is too long");
    int fault = scrape_target_init(&target, url, t.length, r->e);
    for (size_t i = 0; i < g->count && fault == 0; i++)
        fault = scrape_target_label(&target, g->labels[i].name, strlen(g->labels[i].name), g->labels[i].value,
            strlen(g->labels[i].value), r->e);
    return fault ? fault : r->add(r->context, &target, r->e);
}

static int take_json_group(const struct reading *r, json_t *group)
{
    json_t *targets = json_object_get(group, "targets"), *value;
    struct group g = {.scheme = NULL};
    struct shown s;
    const char *name;
    size_t i;
    int fault = 0;

    if (!json_is_array(targets))
        return error_set(r->e, -EINVAL, "a group without targets; write [{\"targets\": [\"host:port\"]}]");
    json_object_foreach(json_object_get(group, "labels"), name, value)
    {
        if (!json_is_string(value))
            return error_set(r->e, -EINVAL, "the label %s is no text", shown_name(&s, name, strlen(name)));
        take_label(&g, name, json_string_value(value));
    }
    json_array_foreach(targets, i, value)
    {
        if (!json_is_string(value))
            return error_set(r->e, -EINVAL, "a target that is no text");
        fault = take_target(r, &g, json_string_value(value));
        if (fault)
            break;
    }
    return fault;
}

static int read_json(const struct reading *r, const char *path, const char *bytes, size_t n)
{
    json_error_t why;
    json_t *list = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &why), *group;
    size_t i;
    int fault = 0;

    if (!list) { /* without what it stands near to, which may hold a password */
        char *near = strstr(why.text, " near ");
        if (near)
            *near = '\0';
        return error_set_at(r->e, -EINVAL, path, (uint32_t)why.line, (uint32_t)why.column, "%s", why.text);
    }
    if (!json_is_array(list))
        fault = error_set(r->e, -EINVAL, "no list of groups; write [{\"targets\": [\"host:port\"]}]");
    json_array_foreach(list, i, group)
    {
        fault = take_json_group(r, group);
        if (fault)
            break;
    }
    json_decref(list);
    return fault;
}

/* Is the path that of an item of a list of that group: "[3].targets[0]"? */
static bool is_of(const char *path, size_t group, const char *key)
{
    char begin[64];
    struct text t;

    text_init(&t, begin, sizeof(begin));
    text_addf(&t, "[%zu].%s", group, key);
    return strncmp(path, begin, t.length) == 0;
}

static int take_yaml_group(const struct reading *r, const struct yaml_text *y, size_t number)
{
    struct group g = {.scheme = NULL};
    int fault = 0;

    for (size_t i = 0; i < yaml_count(y); i++) {
        const struct yaml_entry *entry = yaml_at(y, i);
        if (is_of(entry->path, number, "labels."))
            take_label(&g, yaml_entry_key(entry), entry->value);
    }
    for (size_t i = 0; i < yaml_count(y) && fault == 0; i++) {
        const struct yaml_entry *entry = yaml_at(y, i);
        if (!is_of(entry->path, number, "targets[") || entry->kind != YAML_TEXT)
            continue;
        fault = take_target(r, &g, entry->value);
        if (fault == -EINVAL && r->e->line == 0)
            r->e->line = entry->line;
    }
    return fault;
}

static void keep_first(void *context, const struct error *e)
{
    struct error *kept = context;

    if (kept->code == 0)
        *kept = *e;
}

static int read_yaml(const struct reading *r, const char *path, const char *bytes, size_t n)
{
    struct yaml_text *y = NULL;
    int fault;

    r->e->code = 0;
    fault = yaml_read(bytes, n, path, keep_first, r->e, &y);
    size_t groups = y ? yaml_list_count(y, "") : 0;
    if (!fault && yaml_count(y) > 0 && groups == 0)
        fault = error_set(r->e, -EINVAL, "no list of groups; write - targets: [\"host:port\"]");
    for (size_t i = 0; i < groups && !fault; i++)
        fault = take_yaml_group(r, y, i);
    yaml_close(y);
    return fault ? (fault == -ENOMEM ? fault : -EINVAL) : 0;
}

static bool is_json(const char *path)
{
    size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".json") == 0;
}

int scrape_file_read(const char *path, const char *bytes, size_t n,
    int (*add)(void *context, const struct scrape_target *target, struct error *e), void *context,
    struct error *e)
{
    const struct reading r = {.add = add, .context = context, .e = e};

    e->line = 0;
    int fault = is_json(path) ? read_json(&r, path, bytes, n) : read_yaml(&r, path, bytes, n);
    if (fault && e->file[0] == '\0')
        strncpy(e->file, path, sizeof(e->file) - 1);
    return fault;
}
