/* SPDX-License-Identifier: MIT
 * Turns the bytes of one configuration file into options: each entry of the YAML text finds its row or is
 * said to be misplaced or misspelt. The form of the text is base/yaml.h's matter, the value is the row's
 * (base/option.h), what options say together is rules.c's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shown.h"
#include "base/yaml.h"
#include "config/config.h"
#include "config/problem_list.h"
#include "config/registry.h"
#include "config/suggestion.h"

struct filling {
    struct config *config;
    const struct yaml_text *yaml;
    struct problem_list *problems;
    uint32_t file; /* index into config->files */
    char
        said[YAML_PATH_MAX]; /* the last key that a problem was about: its other entries are not said again */
};

/* A problem with the key path[0..n), said once for all the entries below it. */
static void say_key(struct filling *f, const char *path, size_t n, const char *what)
{
    char key[YAML_PATH_MAX];
    uint32_t line = 1, column = 1;
    struct error e;

    memcpy(key, path, n);
    key[n] = '\0';
    if (strcmp(f->said, key) == 0)
        return;
    memcpy(f->said, key, n + 1);
    yaml_key_place(f->yaml, key, &line, &column);
    error_set_at(&e, -EINVAL, yaml_name(f->yaml), line, column, "%s", what);
    problem_list_add(f->problems, &e);
}

/* An item of a list, or a list of one. The first one ends what an earlier file said. */
static int take_item(const struct option_group *group, const struct option_row *row,
    const struct yaml_entry *entry, struct text *what)
{
    const char *index = entry->path + strlen(row->key);
    const bool first = index[0] == '\0' || strncmp(index, "[0]", 3) == 0;
    const bool deeper = index[0] == '[' && strchr(index, ']')[1] != '\0';
    struct error e;
    int r;

    if (deeper || entry->kind == YAML_NOTHING || entry->kind == YAML_EMPTY_MAP) {
        text_addf(what, "'%s' takes a list of texts, such as [\"a\", \"b\"]", row->key);
        return -EINVAL;
    }
    r = first ? option_set(group, row, "", 0, &e) : 0;
    if (r == 0 && entry->kind != YAML_EMPTY_LIST)
        r = option_append(group, row, entry->value, entry->value_n, &e);
    if (r != 0)
        text_add(what, e.text);
    return r;
}

#define ITEM_KEYS_MAX 16

/* A key of an item that has no such key. */
static int refuse_item_key(
    const struct option_records *r, const char *key, const char *list, struct text *what)
{
    const char *words[ITEM_KEYS_MAX + 1] = {NULL};

    for (size_t i = 0; i < r->count && i < ITEM_KEYS_MAX; i++)
        words[i] = r->rows[i].key;
    const char *nearest = option_nearest(words, key, strlen(key));
    struct shown s;
    text_add(what, "unknown key ");
    if (nearest)
        text_addf(what, "'%s'", key);
    else
        text_add(what, shown_name(&s, key, strlen(key)));
    text_addf(what, " in an item of '%s'", list);
    if (nearest)
        text_addf(what, "; did you mean '%s'?", nearest);
    return -EINVAL;
}

static struct option_place *place_of(const struct option_group *item, const struct option_row *row)
{
    return (struct option_place *)(void *)((char *)item->target + row->records->place_offset);
}

/* The item at its number: made when new. The first of a file ends what an earlier file said. */
static int find_item(struct filling *f, const struct option_row *row, const struct option_group *group,
    const struct yaml_entry *entry, size_t number, struct option_group *ret, struct error *e)
{
    const struct config_origin *origin = &f->config->origins[number];
    const size_t key_n = strlen(row->key);
    const uint32_t index = (uint32_t)strtoul(entry->path + key_n + 1, NULL, 10);
    char path[YAML_PATH_MAX];

    if (origin->source != CONFIG_FROM_FILE || origin->file != f->file)
        option_items_clear(group, row);
    const bool is_new = index == option_item_count(group, row);
    int r = option_item(group, row, index, ret, e);
    if (r == 0 && is_new) {
        struct option_place *place = place_of(ret, row);
        memcpy(path, entry->path, key_n);
        size_t n = strcspn(entry->path + key_n, "]") + 1;
        memcpy(path + key_n, entry->path + key_n, n);
        path[key_n + n] = '\0';
        *place = (struct option_place){.file = f->file, .line = entry->line, .column = entry->column};
        (void)yaml_key_place(f->yaml, path, &place->line, &place->column);
    }
    return r;
}

/* A mapping below a key that holds "name=value, ...": adds one. */
static int take_pair(const struct option_group *item, const struct option_row *row, const char *name,
    const struct yaml_entry *entry, struct error *e)
{
    char pairs[OPTION_TEXT_MAX + YAML_PATH_MAX];
    struct text t;

    text_init(&t, pairs, sizeof(pairs));
    text_add(&t, (const char *)item->target + row->offset);
    text_add(&t, t.length ? ", " : "");
    text_addf(&t, "%s=", name);
    text_add_bytes(&t, entry->value, entry->value_n);
    return option_set(item, row, t.data, t.length, e);
}

/* Sets the key of an item. */
static int take_item_key(const struct option_group *item, const char *key, const struct yaml_entry *entry,
    bool *ret_found, struct error *e)
{
    const size_t n = strcspn(key, ".");

    *ret_found = true;
    for (size_t i = 0; i < item->count; i++) {
        const struct option_row *row = &item->rows[i];
        const bool pairs = strcmp(row->unit, OPTION_PAIRS) == 0;
        if (strlen(row->key) != n || memcmp(row->key, key, n) != 0 || (key[n] && !pairs))
            continue;
        if (entry->kind != YAML_TEXT)
            return error_set(e, -EINVAL, "'%s' takes one value", row->key);
        return key[n] ? take_pair(item, row, key + n + 1, entry, e)
                      : option_set(item, row, entry->value, entry->value_n, e);
    }
    *ret_found = false;
    return 0;
}

/* An entry of a list of mappings: "list[2].key", or the whole list when it is empty. */
static int take_record(struct filling *f, const struct option_row *row, const struct option_group *group,
    const struct yaml_entry *entry, size_t number, struct text *what)
{
    const char *key = strchr(entry->path + strlen(row->key), ']');
    struct option_group item;
    struct error e;

    if (!key && entry->kind == YAML_EMPTY_LIST)
        return option_set(group, row, "", 0, NULL);
    if (!key || key[1] != '.') {
        text_addf(
            what, "'%s' takes a list of mappings, such as [{%s: ...}]", row->key, row->records->rows->key);
        return -EINVAL;
    }
    int r = find_item(f, row, group, entry, number, &item, &e);
    if (r != 0) {
        text_add(what, e.text);
        return r;
    }
    bool found = true;
    r = take_item_key(&item, key + 2, entry, &found, &e);
    if (!found)
        r = refuse_item_key(row->records, key + 2, row->key, what);
    else if (r != 0)
        text_add(what, e.text);
    if (r != 0)
        place_of(&item, row)->refused = true;
    return r;
}

/* Takes the entry's value for option `number`. Returns 0, or a -errno with the reason in what. */
static int take_value(struct filling *f, const struct yaml_entry *entry, size_t number, struct text *what)
{
    struct option_group group;
    const struct option_row *row = config_row(f->config, number, &group);
    struct error e;

    if (row->type == OPTION_LIST)
        return take_item(&group, row, entry, what);
    if (row->type == OPTION_RECORDS)
        return take_record(f, row, &group, entry, number, what);
    if (entry->kind == YAML_NOTHING) {
        text_addf(what, "'%s' has no value; write one, or remove the key", row->key);
    } else if (entry->kind != YAML_TEXT) {
        text_addf(what, "'%s' takes one value, not a list or mapping", row->key);
    } else {
        const int set = option_set(&group, row, entry->value, entry->value_n, &e);
        if (set < 0)
            text_add(what, e.text);
        return set;
    }
    return -EINVAL;
}

/* The entry is that option's. */
static void set_option(struct filling *f, const struct yaml_entry *entry, size_t number)
{
    char buffer[ERROR_TEXT_MAX];
    struct text what;

    text_init(&what, buffer, sizeof(buffer));
    const int taken = take_value(f, entry, number, &what);
    if (taken < 0) {
        struct error e;
        yaml_error(f->yaml, entry, &e, taken, "%s", buffer);
        problem_list_add(f->problems, &e);
    }
    f->config->origins[number] = (struct config_origin){.source = CONFIG_FROM_FILE,
        .file = f->file,
        .line = entry->line,
        .column = entry->column,
        .refused = taken < 0};
}

/* Bytes of the path up to the end of its word that begins at `from`. */
static size_t word_end(const char *path, size_t from)
{
    return from + strcspn(path + from, ".[");
}

/* An entry that is no option: finds the first word of its path that is wrong and says what is wrong with it.
 */
static void refuse_entry(struct filling *f, const struct yaml_entry *entry)
{
    const char *path = entry->path;
    size_t end = word_end(path, 0);
    char buffer[ERROR_TEXT_MAX], near[YAML_KEY_MAX + 1];
    struct text what, nearest;
    struct shown s;

    text_init(&what, buffer, sizeof(buffer));
    text_init(&nearest, near, sizeof(near));
    if (end == 0) {
        say_key(f, path, 0, "the file must hold keys with values, such as 'profile: default'");
        return;
    }
    while (path[end] == '.' && config_is_group(path, end))
        end = word_end(path, end + 1);
    if (config_is_group(path, end)) {
        if (path[end] == '\0' && (entry->kind == YAML_NOTHING || entry->kind == YAML_EMPTY_MAP))
            return; /* a group whose keys are all commented out */
        text_addf(&what, "'%.*s' holds keys of its own, not a value or list", (int)end, path);
    } else if (config_number(path, end) >= 0) {
        text_addf(&what, "'%.*s' takes one value, not a list or mapping", (int)end, path);
    } else {
        suggestion_for_key(path, end, &nearest);
        if (nearest.length == 0 && path[end])
            suggestion_for_key(path, strlen(path), &nearest);
        if (nearest.length)
            text_addf(&what, "unknown key '%.*s'; did you mean '%s'?", (int)end, path, near);
        else
            text_addf(&what, "unknown key %s", shown_name(&s, path, end));
    }
    say_key(f, path, end, buffer);
}

/* The option of that path: of a list, also the path of an item. */
static long number_of(const char *path, size_t n)
{
    const char *bracket = memchr(path, '[', n);
    const long number = config_number(path, bracket ? (size_t)(bracket - path) : n);

    return bracket && number >= 0 && config_option((size_t)number)->type < OPTION_LIST ? -1 : number;
}

static void take_entry(struct filling *f, const struct yaml_entry *entry)
{
    const size_t n = strlen(entry->path);
    const long number = number_of(entry->path, n);
    const long on = entry->kind == YAML_EMPTY_MAP ? config_switch(entry->path, n) : -1;

    if (number >= 0) {
        set_option(f, entry, (size_t)number);
    } else if (on >= 0) {
        struct yaml_entry yes = *entry;
        yes.kind = YAML_TEXT;
        yes.value = "true";
        yes.value_n = 4;
        set_option(f, &yes, (size_t)on);
    } else {
        refuse_entry(f, entry);
    }
}

/* Remembers the name. Returns its index. */
static uint32_t add_file(struct config *c, const char *name)
{
    if (c->file_count == CONFIG_FILES_MAX)
        return CONFIG_FILES_MAX - 1;
    char *kept = c->files[c->file_count];
    strncpy(kept, name, ERROR_FILE_MAX - 1);
    kept[ERROR_FILE_MAX - 1] = '\0';
    return (uint32_t)c->file_count++;
}

int config_parse(struct config *c, const char *bytes, size_t n, const char *name,
    void (*problem)(void *context, const struct error *e), void *context)
{
    struct problem_list *problems = calloc(1, sizeof(*problems));
    struct yaml_text *yaml = NULL;

    if (!problems)
        return -ENOMEM;
    int result = yaml_read(bytes, n, name, problem_list_add, problems, &yaml);
    if (result != -ENOMEM) {
        struct filling f = {
            .config = c, .yaml = yaml, .problems = problems, .file = add_file(c, name), .said = "?"};
        for (size_t i = 0; yaml && i < yaml_count(yaml); i++)
            take_entry(&f, yaml_at(yaml, i));
        problem_list_say(problems, problem, context);
        result = problems->count ? -EINVAL : 0;
    }
    yaml_close(yaml);
    free(problems);
    return result;
}
