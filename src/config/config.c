/* SPDX-License-Identifier: MIT
 * Puts the effective configuration together from its sources in the order of their strength. Reading files,
 * entries and variables, and judging what they say together, are the files beside this one. */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/shown.h"
#include "config/environment.h"
#include "config/file.h"
#include "config/registry.h"
#include "config/suggestion.h"

void config_init(struct config *c)
{
    memset(c, 0, sizeof(*c));
    for (size_t g = 0; g < CONFIG_GROUPS; g++) {
        const struct option_group group = {.rows = config_groups[g].rows,
            .count = *config_groups[g].count,
            .target = (char *)c + config_groups[g].offset};
        option_set_defaults(&group);
    }
}

/* 0 only when both are; -ENOMEM before -EINVAL. */
static int worse(int a, int b)
{
    return a == -ENOMEM || b == -ENOMEM ? -ENOMEM : a ? a : b;
}

static int load_file(
    struct config *c, const char *path, void (*problem)(void *context, const struct error *e), void *context)
{
    struct error e;
    char *bytes;
    size_t n;

    const int read = config_file_read(path, &bytes, &n, &e);
    if (read < 0) {
        if (problem)
            problem(context, &e);
        return read == -ENOMEM ? -ENOMEM : -EINVAL;
    }
    const int parsed = config_parse(c, bytes, n, path, problem, context);
    free(bytes);
    return parsed;
}

/* The file and conf.d beside it. */
static int load_files(struct config *c, const char *path, bool may_be_missing,
    void (*problem)(void *context, const struct error *e), void *context)
{
    int result = 0;

    if (!may_be_missing || access(path, F_OK) == 0 || errno != ENOENT)
        result = load_file(c, path, problem, context);
    struct config_fragments *fragments = malloc(sizeof(*fragments));
    if (!fragments)
        return -ENOMEM;
    result = worse(result, config_fragments_list(path, fragments, problem, context));
    for (size_t i = 0; i < fragments->count; i++)
        result = worse(result, load_file(c, fragments->paths[i], problem, context));
    free(fragments);
    return result;
}

int config_load(struct config *c, const struct config_request *request,
    void (*problem)(void *context, const struct error *e), void *context)
{
    const char *fallback = request->default_file ? request->default_file : CONFIG_DEFAULT_FILE;
    const char *path = request->file ? request->file : fallback;
    int result = 0;

    if (request->environment)
        result = config_service_environment(c, request->environment, problem, context);
    result = worse(result, load_files(c, path, !request->file, problem, context));
    if (request->environment)
        result = worse(result, config_environment(c, request->environment, problem, context));
    return result;
}

int config_set(struct config *c, const char *key, const char *text, struct error *e)
{
    const long number = config_number(key, strlen(key));
    struct option_group group;

    if (number < 0) {
        char near[ERROR_TEXT_MAX];
        struct text nearest;
        struct shown shown;
        text_init(&nearest, near, sizeof(near));
        suggestion_for_key(key, strlen(key), &nearest);
        if (nearest.length)
            return error_set(e, -ENOENT, "unknown key '%s'; did you mean '%s'?", key, near);
        return error_set(e, -ENOENT, "unknown key %s", shown_name(&shown, key, strlen(key)));
    }
    const struct option_row *row = config_row(c, (size_t)number, &group);
    const int set = option_set(&group, row, text, strlen(text), e);
    if (set == 0)
        c->origins[number] = (struct config_origin){.source = CONFIG_FROM_FLAG};
    return set;
}

int config_check(const char *path, void (*problem)(void *context, const struct error *e), void *context)
{
    struct config *c = malloc(sizeof(*c));

    if (!c)
        return -ENOMEM;
    config_init(c);
    int result = load_files(c, path, false, problem, context);
    result = worse(result, config_validate(c, problem, context));
    free(c);
    return result;
}
