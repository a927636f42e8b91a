/* SPDX-License-Identifier: MIT
 * Writes the options for people: the effective values as YAML that loads to the same, and the list of all
 * options for help and man page. */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/registry.h"

#define INDENT 2 /* blanks a level */

void config_describe_origin(const struct config *c, size_t number, struct text *out)
{
    const struct config_origin *origin = &c->origins[number];

    switch (origin->source) {
    case CONFIG_FROM_DEFAULT:
        text_add(out, "default");
        return;
    case CONFIG_FROM_SERVICE:
        text_add(out, "environment STATE_DIRECTORY");
        return;
    case CONFIG_FROM_FILE:
        text_add_printable(out, c->files[origin->file], strlen(c->files[origin->file]));
        text_addf(out, ":%u", origin->line);
        return;
    case CONFIG_FROM_ENVIRONMENT:
        text_add(out, "environment ");
        config_variable(config_option(number)->key, out);
        return;
    case CONFIG_FROM_FLAG:
        text_add(out, "flag");
        return;
    }
}

/* By words: "a.b" and "a.c" stand together even when "a-x" would come between. */
static int compare_keys(const void *a, const void *b)
{
    const unsigned char *x = (const unsigned char *)config_option(*(const size_t *)a)->key;
    const unsigned char *y = (const unsigned char *)config_option(*(const size_t *)b)->key;

    while (*x && *x == *y) {
        x++;
        y++;
    }
    return (*x == '.' ? 1 : *x) - (*y == '.' ? 1 : *y);
}

enum dump_style {
    DUMP_PLAIN,
    DUMP_ORIGINS, /* where each value came from, behind it */
    DUMP_EXAMPLE  /* the help before each key, and a mark of comments before each line */
};

/* The words of key above its last one that before does not share, each on a line of its own. Returns the
 * depth of the last word. */
static int write_groups(const char *key, const char *before, const char *mark, struct text *out)
{
    int depth = 0;
    bool shared = true;

    for (const char *dot = strchr(key, '.'); dot; key = dot + 1, dot = strchr(key, '.')) {
        const size_t n = (size_t)(dot - key) + 1;
        shared = shared && strncmp(key, before, n) == 0;
        if (shared)
            before += n;
        else
            text_addf(out, "%s%*s%.*s:\n", mark, depth * INDENT, "", (int)n - 1, key);
        depth++;
    }
    return depth;
}

void config_describe_type(const struct option_row *row, struct text *out)
{
    text_add(out, option_type_name(row->type));
    if (row->type == OPTION_CHOICE || row->minimum != 0 || row->maximum != 0) {
        text_add(out, row->type == OPTION_CHOICE ? " of " : ", ");
        option_format_bounds(row, out);
    }
    if (row->unit[0])
        text_addf(out, ", %s", row->unit);
}

static void dump(const struct config *c, enum dump_style style, struct text *out)
{
    const char *mark = style == DUMP_EXAMPLE ? "#" : "", *before = "";
    size_t order[CONFIG_ROWS_MAX];
    const size_t count = config_option_count();

    for (size_t i = 0; i < count; i++)
        order[i] = i;
    qsort(order, count, sizeof(order[0]), compare_keys);
    for (size_t i = 0; i < count; i++) {
        struct option_group group;
        const struct option_row *row = config_row(c, order[i], &group);
        const int depth = write_groups(row->key, before, mark, out);
        const char *dot = strrchr(row->key, '.');
        if (style == DUMP_EXAMPLE) {
            text_addf(out, "%s%*s# %s (", mark, depth * INDENT, "", row->help);
            config_describe_type(row, out);
            text_add(out, ")\n");
        }
        text_addf(out, "%s%*s%s: ", mark, depth * INDENT, "", dot ? dot + 1 : row->key);
        option_format(&group, row, out);
        if (style == DUMP_ORIGINS) {
            text_add(out, "  # ");
            config_describe_origin(c, order[i], out);
        }
        text_add_char(out, '\n');
        before = row->key;
    }
}

void config_dump(const struct config *c, struct text *out)
{
    text_add(out, "# effective configuration\n");
    dump(c, DUMP_ORIGINS, out);
}

void config_write(const struct config *c, struct text *out)
{
    dump(c, DUMP_PLAIN, out);
}

void config_write_example(struct text *out)
{
    static struct config c;

    config_init(&c);
    text_add(out,
        "## Configuration of coherence(1); coherence.yaml(5) says more. Every key is optional and stands "
        "here "
        "at its\n## default: take a key's mark away, and those of the keys above it, to change it. "
        "'coherence "
        "check-config FILE'\n## finds every mistake. The files of conf.d/ beside this one are read after "
        "it.\n\n");
    dump(&c, DUMP_EXAMPLE, out);
}

/* "  key (type, bounds, default; variable)" and the help below it. */
static void describe_option(const struct option_row *row, struct text *out)
{
    text_addf(out, "  %s (", row->key);
    config_describe_type(row, out);
    text_addf(out, ", default: %s; ", row->fallback[0] ? row->fallback : "none");
    config_variable(row->key, out);
    text_addf(out, ")\n      %s\n", row->help);
}

void config_describe(struct text *out)
{
    for (size_t g = 0; g < CONFIG_GROUPS; g++) {
        text_addf(out, "%s%s:\n", g ? "\n" : "", config_groups[g].title);
        for (size_t i = 0; i < *config_groups[g].count; i++)
            describe_option(&config_groups[g].rows[i], out);
    }
}
