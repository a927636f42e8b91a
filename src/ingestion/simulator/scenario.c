/* SPDX-License-Identifier: MIT
 * The bytes of a scenario file turned into a struct scenario, checked key by key and then as a whole, every
 * fault with its line and column. YAML itself is base/yaml's matter, the keys are rows in scenario_rows.c,
 * what the effects do is simulator.c's. */
#include "ingestion/simulator/scenario.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/yaml.h"

#define NS_PER_S INT64_C(1000000000)

/* The key's own place, for keys that should not be there. */
#define key_error(y, entry, e, ...)                                                                          \
    error_set_at(e, -EINVAL, yaml_name(y), (entry)->key_line, (entry)->key_column, __VA_ARGS__)

static const char *nearest_key(const char *name, const struct option_group *g)
{
    size_t n = strlen(name);
    const char *best = NULL;
    unsigned least = UINT_MAX;
    for (size_t i = 0; i < g->count; i++) {
        unsigned distance = option_distance(name, n, g->rows[i].key, strlen(g->rows[i].key));
        if (distance < least) {
            least = distance;
            best = g->rows[i].key;
        }
    }
    return option_is_near(least, n) ? best : NULL;
}

static int unknown_key(const struct yaml_text *y, const struct yaml_entry *entry, const char *key,
    const struct option_group *g, struct error *e)
{
    const char *near = nearest_key(key, g);
    if (near == NULL)
        return key_error(y, entry, e, "unknown key '%s'", key);
    return key_error(y, entry, e, "unknown key '%s': did you mean '%s'?", key, near);
}

static int set_row(const struct yaml_text *y, const struct yaml_entry *entry, const char *key,
    const struct option_group *g, struct error *e)
{
    const struct option_group *found = NULL;
    const struct option_row *row = option_find(g, 1, key, strlen(key), &found);
    if (row == NULL)
        return unknown_key(y, entry, key, g, e);
    if (entry->kind != YAML_TEXT)
        return yaml_error(y, entry, e, -EINVAL, "'%s' needs a value", key);
    struct error why = {0};
    int result = option_set(g, row, entry->value, entry->value_n, &why);
    if (result < 0)
        return yaml_error(y, entry, e, result, "%s", why.text);
    return 0;
}

/* "phases[12].at": the index, and *ret_key at "at"; -1: not of that list. ret_key "" when the item is no
 * mapping. */
static long list_index(const char *path, const char *list, const char **ret_key)
{
    size_t n = strlen(list);
    if (strncmp(path, list, n) != 0 || path[n] != '[')
        return -1;
    const char *digits = path + n + 1;
    size_t length = strspn(digits, "0123456789");
    uint64_t index;
    if (digits[length] != ']' || number_parse_u64(digits, length, &index) < 0 || index > YAML_ENTRIES_MAX)
        return -1;
    const char *rest = digits + length + 1;
    *ret_key = *rest == '.' ? rest + 1 : rest;
    return (long)index;
}

static int take_host_name(const struct yaml_text *y, const struct yaml_entry *entry, long index,
    struct scenario *s, struct error *e)
{
    if (index >= SCENARIO_HOSTS_MAX)
        return yaml_error(y, entry, e, -E2BIG, "too many hosts: at most %d", SCENARIO_HOSTS_MAX);
    if (entry->kind != YAML_TEXT || entry->value_n == 0 || entry->value_n >= SCENARIO_HOST_NAME_MAX)
        return yaml_error(
            y, entry, e, -EINVAL, "a host's name has 1 to %d bytes", SCENARIO_HOST_NAME_MAX - 1);
    for (long i = 0; i < index; i++)
        if (strcmp(s->hosts[i], entry->value) == 0)
            return yaml_error(y, entry, e, -EINVAL, "this host is there twice");
    memcpy(s->hosts[index], entry->value, entry->value_n + 1);
    s->host_count = index + 1;
    return 0;
}

static int take_phase(const struct yaml_text *y, const struct yaml_entry *entry, long index, const char *key,
    struct scenario *s, struct error *e)
{
    if (index >= SCENARIO_PHASES_MAX)
        return yaml_error(y, entry, e, -E2BIG, "too many phases: at most %d", SCENARIO_PHASES_MAX);
    if (*key == '\0')
        return yaml_error(y, entry, e, -EINVAL, "a phase is a mapping: {at: 10m, effect: cpu_swing, ...}");
    struct option_group g = {scenario_phase_rows, scenario_phase_row_count, &s->phases[index]};
    if ((size_t)index >= s->phase_count) {
        option_set_defaults(&g);
        s->phase_count = (size_t)index + 1;
    }
    return set_row(y, entry, key, &g, e);
}

/* "cpu", "memory" ...: what stands before the dot of a row. */
static bool is_section(const char *path)
{
    size_t n = strlen(path);
    for (size_t i = 0; i < scenario_row_count; i++)
        if (strncmp(scenario_rows[i].key, path, n) == 0 && scenario_rows[i].key[n] == '.')
            return true;
    return false;
}

static int take_entry(
    const struct yaml_text *y, const struct yaml_entry *entry, struct scenario *s, struct error *e)
{
    const char *key;
    long index = list_index(entry->path, "phases", &key);
    if (index >= 0)
        return take_phase(y, entry, index, key, s, e);
    index = list_index(entry->path, "hosts", &key);
    if (index >= 0 && *key != '\0')
        return yaml_error(y, entry, e, -EINVAL, "a host is a name");
    if (index >= 0)
        return take_host_name(y, entry, index, s, e);
    if (strcmp(entry->path, "phases") == 0 && (entry->kind == YAML_EMPTY_LIST || entry->kind == YAML_NOTHING))
        return 0;
    if (strcmp(entry->path, "phases") == 0)
        return yaml_error(y, entry, e, -EINVAL, "'phases' is a list");
    if (*entry->path == '\0')
        return yaml_error(y, entry, e, -EINVAL, "a scenario is a mapping: title, duration, phases ...");
    if (is_section(entry->path) && (entry->kind == YAML_EMPTY_MAP || entry->kind == YAML_NOTHING))
        return 0;
    if (is_section(entry->path))
        return yaml_error(y, entry, e, -EINVAL, "'%s' is a mapping", entry->path);
    struct option_group g = {scenario_rows, scenario_row_count, s};
    return set_row(y, entry, entry->path, &g, e);
}

static const struct yaml_entry *phase_entry(const struct yaml_text *y, size_t phase, const char *key)
{
    char buffer[YAML_PATH_MAX];
    struct text path;
    text_init(&path, buffer, sizeof(buffer));
    text_addf(&path, "phases[%zu].%s", phase, key);
    return yaml_find(y, buffer);
}

/* Any entry of the phase: the place for what is missing. */
static const struct yaml_entry *phase_place(const struct yaml_text *y, size_t phase)
{
    const char *key;
    for (size_t i = 0; i < yaml_count(y); i++)
        if (list_index(yaml_at(y, i)->path, "phases", &key) == (long)phase)
            return yaml_at(y, i);
    return yaml_at(y, 0);
}

static int check_phase_keys(const struct yaml_text *y, size_t i, enum scenario_effect effect, struct error *e)
{
    bool has_effect = phase_entry(y, i, "effect") != NULL;
    const char *effect_name = scenario_effect_names[effect];
    for (size_t row = 0; row < scenario_phase_row_count; row++) {
        const char *key = scenario_phase_rows[row].key;
        const struct yaml_entry *entry = phase_entry(y, i, key);
        if (entry != NULL && has_effect && !scenario_effect_takes(effect, row))
            return key_error(y, entry, e, "effect '%s' takes no '%s'", effect_name, key);
        if (entry == NULL && !has_effect && strcmp(key, "effect") == 0)
            return key_error(y, phase_place(y, i), e, "this phase needs 'effect'");
        if (entry == NULL && scenario_effect_needs(effect, row))
            return key_error(
                y, phase_place(y, i), e, "this phase needs '%s' for its effect '%s'", key, effect_name);
    }
    return 0;
}

static int check_phase(const struct yaml_text *y, size_t i, const struct scenario *s, struct error *e)
{
    const struct scenario_phase *p = &s->phases[i];
    int result = check_phase_keys(y, i, (enum scenario_effect)p->effect, e);
    if (result < 0)
        return result;
    const struct yaml_entry *place = phase_place(y, i);
    if (p->at_ns >= s->duration_ns)
        return yaml_error(y, phase_entry(y, i, "at"), e, -EINVAL, "this phase begins after the flight's end");
    if ((p->on_ns == 0) != (p->off_ns == 0))
        return key_error(y, place, e, "'on' and 'off' belong together");
    if (p->effect == EFFECT_CPU_SWING && p->low >= p->high)
        return yaml_error(y, phase_entry(y, i, "low"), e, -EINVAL, "'low' is not below 'high'");
    if (p->host > s->host_count)
        return yaml_error(y, phase_entry(y, i, "host"), e, -EINVAL,
            "there is no such host: the flight has %lld", (long long)s->host_count);
    return 0;
}

/* What no single row can say. The place is the key's when it was given, else the file's. */
static int check_whole(const struct yaml_text *y, const struct scenario *s, struct error *e)
{
    const struct {
        const char *key;
        bool bad;
        const char *text;
    } rules[] = {
        {"duration", s->duration_ns % NS_PER_S != 0, "'duration' is not a whole number of seconds"},
        {"fast_interval", NS_PER_S % s->fast_interval_ns != 0,
            "'fast_interval' does not divide a second evenly"},
        {"memory.usage", s->memory.usage_bytes > s->memory.limit_bytes,
            "'memory.usage' is above 'memory.limit'"},
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (!rules[i].bad)
            continue;
        const struct yaml_entry *entry = yaml_find(y, rules[i].key);
        if (entry != NULL)
            return yaml_error(y, entry, e, -EINVAL, "%s", rules[i].text);
        return error_set_at(e, -EINVAL, yaml_name(y), 0, 0, "%s", rules[i].text);
    }
    for (size_t i = 0; i < s->phase_count; i++) {
        int result = check_phase(y, i, s, e);
        if (result < 0)
            return result;
    }
    return 0;
}

static void name_hosts(struct scenario *s)
{
    for (int64_t i = 0; i < s->host_count; i++) {
        if (s->hosts[i][0] != '\0')
            continue;
        struct text t;
        text_init(&t, s->hosts[i], sizeof(s->hosts[i]));
        text_addf(&t, "host-%03lld", (long long)(i + 1));
    }
}

/* Keeps the first of the problems that a text has. */
static void first_problem(void *context, const struct error *problem)
{
    struct error *e = context;
    if (e->code == 0)
        *e = *problem;
}

static int fill(struct scenario *s, const char *bytes, size_t n, const char *name, struct error *e)
{
    struct error first = {0};
    struct yaml_text *y = NULL;
    int result = yaml_read(bytes, n, name, first_problem, &first, &y);
    if (result < 0 && first.code == 0)
        error_set_at(&first, result, name, 0, 0, "%s", strerror(-result));
    struct option_group g = {scenario_rows, scenario_row_count, s};
    option_set_defaults(&g);
    for (size_t i = 0; result == 0 && i < yaml_count(y); i++)
        result = take_entry(y, yaml_at(y, i), s, &first);
    if (result == 0)
        result = check_whole(y, s, &first);
    if (result == 0)
        name_hosts(s);
    else if (e != NULL)
        *e = first;
    yaml_close(y);
    return result;
}

struct scenario *scenario_parse(const char *bytes, size_t n, const char *name, struct error *e)
{
    struct scenario *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        error_set(e, -ENOMEM, "out of memory for the scenario");
        return NULL;
    }
    if (fill(s, bytes, n, name, e) < 0) {
        free(s);
        return NULL;
    }
    return s;
}

void scenario_free(struct scenario *s)
{
    free(s);
}

int64_t scenario_duration_ns(const struct scenario *s)
{
    return s->duration_ns;
}
