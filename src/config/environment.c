/* SPDX-License-Identifier: MIT
 * Turns environment variables COHERENCE_* into options, and $STATE_DIRECTORY, which a service manager sets,
 * into a weak state_dir. A variable with our prefix that is neither an option nor known to be someone else's
 * is a problem: a misspelt setting must not be passed over. */
#include <errno.h>
#include <string.h>

#include "config/config.h"
#include "config/environment.h"
#include "config/registry.h"
#include "config/suggestion.h"

#define PREFIX       "COHERENCE_"
#define PREFIX_N     (sizeof(PREFIX) - 1)
#define VARIABLE_MAX 128 /* bytes of a variable's name that messages show */

void config_variable(const char *key, struct text *out)
{
    text_add(out, PREFIX);
    for (; *key; key++) {
        const char c = *key;
        text_add_char(out, c == '.' || c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
}

/* Is name that key's variable? */
static bool is_variable_of(const char *name, size_t name_n, const char *key)
{
    char buffer[VARIABLE_MAX];
    struct text variable;

    text_init(&variable, buffer, sizeof(buffer));
    config_variable(key, &variable);
    return name_n == variable.length && memcmp(name, buffer, name_n) == 0;
}

/* What one variable is about to do and who listens. */
struct taking {
    struct config *config;
    void (*problem)(void *context, const struct error *e);
    void *context;
    bool failed;
};

static void say(struct taking *t, const char *name, size_t name_n, int code, const char *what)
{
    char shown[VARIABLE_MAX];
    struct error e;
    const size_t n = name_n < sizeof(shown) ? name_n : sizeof(shown) - 1;

    t->failed = true;
    if (!t->problem)
        return;
    memcpy(shown, name, n);
    shown[n] = '\0';
    error_set_at(&e, code, shown, 0, 0, "%s", what);
    t->problem(t->context, &e);
}

static void set_option(struct taking *t, size_t number, enum config_source source, const char *name,
    size_t name_n, const char *value)
{
    struct option_group group;
    const struct option_row *row = config_row(t->config, number, &group);
    struct error e;
    const int set = option_set(&group, row, value, strlen(value), &e);

    if (set < 0)
        say(t, name, name_n, set, e.text);
    t->config->origins[number] = (struct config_origin){.source = source, .refused = set < 0};
}

static void refuse(struct taking *t, const char *name, size_t name_n)
{
    char buffer[ERROR_TEXT_MAX], near[VARIABLE_MAX];
    struct text what, nearest;

    text_init(&what, buffer, sizeof(buffer));
    text_init(&nearest, near, sizeof(near));
    text_add(&what, "is no setting");
    suggestion_for_variable(name, name_n, &nearest);
    if (nearest.length)
        text_addf(&what, "; did you mean '%s'?", near);
    else
        text_add(&what, "; unset it");
    say(t, name, name_n, -EINVAL, buffer);
}

static void take_variable(struct taking *t, const char *name, size_t name_n, const char *value)
{
    const size_t count = config_option_count();

    for (size_t i = 0; i < count; i++) {
        if (is_variable_of(name, name_n, config_option(i)->key)) {
            set_option(t, i, CONFIG_FROM_ENVIRONMENT, name, name_n, value);
            return;
        }
    }
    if (!config_variable_ignored(name, name_n))
        refuse(t, name, name_n);
}

int config_environment(struct config *c, const char *const *environment,
    void (*problem)(void *context, const struct error *e), void *context)
{
    struct taking t = {.config = c, .problem = problem, .context = context};

    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (equals && strncmp(*environment, PREFIX, PREFIX_N) == 0)
            take_variable(&t, *environment, (size_t)(equals - *environment), equals + 1);
    }
    return t.failed ? -EINVAL : 0;
}

int config_service_environment(struct config *c, const char *const *environment,
    void (*problem)(void *context, const struct error *e), void *context)
{
    static const char name[] = "STATE_DIRECTORY", key[] = "state_dir";
    struct taking t = {.config = c, .problem = problem, .context = context};

    for (; *environment; environment++) {
        if (strncmp(*environment, name, sizeof(name) - 1) != 0 || (*environment)[sizeof(name) - 1] != '=')
            continue;
        const char *value = *environment + sizeof(name);
        const size_t number = (size_t)config_number(key, sizeof(key) - 1);
        if (strchr(value, ':')) {
            say(&t, name, sizeof(name) - 1, -EINVAL, "names several directories; give the service one");
        } else {
            set_option(&t, number, CONFIG_FROM_SERVICE, name, sizeof(name) - 1, value);
        }
    }
    return t.failed ? -EINVAL : 0;
}
