/* SPDX-License-Identifier: MIT
 * The scenarios that the program carries, by name. They are files like any other (scenarios/, embedded when
 * the program is built) and go through the same parser; here is only the finding of a name. */
#include "ingestion/simulator/simulator.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "ingestion/simulator/scenario.h"
#include "ingestion/simulator/scenario_data.h"

/* The order in which they are shown: from the healthy host to the strange ones. title is the file's, said
 * here too so that a list of them needs no parsing; a test holds them together. */
static const char *const titles[] = {
    "nothing happens: work, noise and a collector's saw-tooth",
    "a lock convoy: the CPU swings while its mean stays where it was",
    "churn with flat memory, then a leak towards the limit",
    "outgoing requests multiply while incoming ones do not",
    "a surge sets off retries that go on after it",
    "compute seizure, then memory fever",
    "a seizure that comes and goes",
    "the host goes silent for eight minutes and comes back",
    "five hours of a slow leak, with the CPU's noise growing slower and wider",
};

static const char *const names[] = {
    "stable",
    "seizure",
    "fever",
    "retry-storm",
    "metastable",
    "cascade",
    "flapping",
    "signal-lost",
    "slow-burn",
    NULL,
};

#define COUNT (sizeof(titles) / sizeof(titles[0]))
static_assert(COUNT + 1 == sizeof(names) / sizeof(names[0]), "one title a name");

const char *const *scenario_names(void)
{
    return names;
}

/* Underscores pass for dashes. */
static bool same_name(const char *given, const char *name)
{
    for (; *given != '\0' && *name != '\0'; given++, name++)
        if (*given != *name && !(*given == '_' && *name == '-'))
            return false;
    return *given == *name;
}

/* -1: unknown. */
static int name_index(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (same_name(name, names[i]))
            return (int)i;
    return -1;
}

const char *scenario_title(const char *name)
{
    int i = name_index(name);
    return i < 0 ? NULL : titles[i];
}

static void say_unknown(const char *name, struct error *e)
{
    const char *near = option_nearest(names, name, strlen(name));
    if (near != NULL) {
        error_set(e, -EINVAL, "unknown scenario '%s': did you mean '%s'?", name, near);
        return;
    }
    char list[ERROR_TEXT_MAX];
    struct text t;
    text_init(&t, list, sizeof(list));
    for (size_t i = 0; i < COUNT; i++)
        text_addf(&t, "%s%s", i > 0 ? ", " : "", names[i]);
    error_set(e, -EINVAL, "unknown scenario '%.64s'; there are %s", name, list);
}

struct scenario *scenario_builtin(const char *name, struct error *e)
{
    int i = name_index(name);
    if (i < 0) {
        say_unknown(name, e);
        return NULL;
    }
    size_t length = strlen(names[i]);
    for (const struct scenario_file *f = scenario_files; f->name != NULL; f++)
        if (strncmp(f->name, names[i], length) == 0 && strcmp(f->name + length, ".yaml") == 0)
            return scenario_parse((const char *)f->bytes, f->n, f->name, e);
    error_set(e, -ENOENT, "scenario '%s' is not in this program", names[i]);
    return NULL;
}
