/* SPDX-License-Identifier: MIT
 * Turns files that have changed into a configuration that holds from the next tick on. What an option may
 * become in a running sentinel is config/reload.c's matter; each part takes over its own. */
#include "cli/reload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEYS_MAX 2048 /* bytes of keys in one line */

/* ---- what must stay readable ---- */

/* Is it a directory that holds more than ours? */
static bool is_shared(const char *dir)
{
    static const char *const shared[] = {"/", "/boot", "/dev", "/etc", "/home", "/mnt", "/opt", "/proc",
        "/root", "/run", "/srv", "/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/run", "/var/tmp", NULL};
    const char *home = getenv("HOME"), *below_home = strncmp(dir, "/home/", 6) == 0 ? dir + 6 : NULL;
    struct stat st;

    for (const char *const *s = shared; *s; s++)
        if (strcmp(dir, *s) == 0)
            return true;
    if ((home && strcmp(dir, home) == 0) || (below_home && !strchr(below_home, '/')))
        return true;
    return stat(dir, &st) != 0 || (st.st_mode & S_IWOTH);
}

/* The file's directory in `out`, or the file itself where others have things there too. */
static const char *tree_of(const char *file, char out[PATH_MAX])
{
    char copy[PATH_MAX];

    if (snprintf(copy, sizeof(copy), "%s", file) >= (int)sizeof(copy))
        return NULL;
    char *slash = strrchr(copy, '/');
    if (slash)
        slash[slash == copy] = '\0';
    if (!realpath(slash ? copy : ".", out) || is_shared(out))
        (void)snprintf(out, PATH_MAX, "%s", file);
    return out;
}

size_t reload_paths(const struct session *s, const char *paths[RELOAD_PATHS_MAX])
{
    static char trees[RELOAD_PATHS_MAX][PATH_MAX];
    const struct config *c = &s->config;
    const char *file = s->arguments->config_file;
    const char *const files[] = {file ? file : CONFIG_DEFAULT_FILE,
        c->http.listen[0] ? c->http.token_file : "", c->http.listen[0] ? c->http.tls_cert : "",
        c->http.listen[0] ? c->http.tls_key : ""};
    size_t n = 0;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i][0] && tree_of(files[i], trees[n])) {
            paths[n] = trees[n];
            n++;
        }
    /* Fragments are read beside a file that stands alone, too. */
    if (n > 0 && snprintf(trees[n], PATH_MAX, "%s", files[0]) < PATH_MAX) {
        char *slash = strrchr(trees[n], '/');
        const size_t at = slash ? (size_t)(slash - trees[n]) + 1 : 0;
        if (snprintf(trees[n] + at, PATH_MAX - at, "conf.d") < (int)(PATH_MAX - at))
            paths[n] = trees[n], n++;
    }
    return n;
}

/* ---- the reload ---- */

/* What the new one and what of the old one stays say together. */
static int judge_mixture(const struct config *next, const struct config_news *news)
{
    const int r = session_judge(next);

    if (r)
        session_say("this comes of what needs a restart and stays as it was: %s", news->kept.data);
    return r;
}

static int change_engine(const struct reload *r, const struct config *next)
{
    const int code = engine_set_options(r->session->engine, &next->engine);

    if (code == -ENOSPC)
        session_say("engine.max_entities (%lld) or engine.max_series (%lld) is less than what is watched now",
            (long long)next->engine.max_entities, (long long)next->engine.max_series);
    else if (code)
        session_say("the engine cannot take over its options: %s", strerror(-code));
    return code;
}

/* All or nothing: what can fail comes first. */
static int take_over(const struct reload *r, const struct config *next, const struct config_news *news)
{
    struct error e;
    int code = service_prepare(r->service, next, &e);

    if (code)
        session_say_error(&e);
    if (code == 0 && news->engine)
        code = change_engine(r, next);
    if (code)
        return code;
    r->session->config = *next;
    service_reloaded(r->service);
    historian_reloaded(r->historian);
    if (news->engine)
        keeper_changed(r->keeper);
    return 0;
}

/* What is outside the configuration and was read before the seal. */
static void say_keys(const struct session *s)
{
    const enum argument_source source = s->arguments->source;

    if (source == SOURCE_DATADOG || (source == SOURCE_LIVE && datadog_is_on(&s->config.datadog)))
        session_say("Datadog's keys stay as they were read at the start; new ones need a restart");
}

static void say_news(const struct config_news *news)
{
    session_say("configuration reloaded: %s%s", news->changed.length ? news->changed.data : "nothing",
        news->changed.length ? "" : " has changed");
    if (news->kept.length)
        session_say("needs a restart, and stays as it was: %s", news->kept.data);
}

bool reload_configuration(const struct reload *r)
{
    static struct config fresh, next;
    static char changed[KEYS_MAX], kept[KEYS_MAX];
    struct config_news news;

    text_init(&news.changed, changed, sizeof(changed));
    text_init(&news.kept, kept, sizeof(kept));
    int code = session_read(r->session->arguments, &fresh);
    if (code == 0) {
        fresh.engine.veto_ttl_ns += r->session->behind_ns;
        next = r->session->config;
        config_take_reloaded(&next, &fresh, &news);
        code = judge_mixture(&next, &news);
    }
    if (code == 0)
        code = take_over(r, &next, &news);
    if (code == 0) {
        say_news(&news);
        say_keys(r->session);
    } else
        session_say("the configuration was not reloaded; the old one goes on");
    service_tell_reload(r->service, code == 0, code == 0 ? kept : NULL);
    return code == 0;
}
