/* SPDX-License-Identifier: MIT
 * Finds keys where they are kept, says where each came from (never what it is), and takes them out of texts
 * that are shown. Reading a .env file's lines is env_file.c's matter. */
#include "ingestion/datadog/datadog_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/shown.h"
#include "ingestion/datadog/env_file.h"
#include "net/secret_file.h"

#define KEY_LEAST    8 /* shorter than that it is no key, and its text would be found anywhere */
#define DEFAULT_SITE "datadoghq.com"

/* The names, the first that is there counts. Source: Datadog's API clients (DD_*), its older Python library
 * (DATADOG_*) and its Terraform provider. */
static const char *const api_names[] = {"DD_API_KEY", "DATADOG_API_KEY", NULL};
static const char *const app_names[] = {
    "DD_APP_KEY", "DATADOG_APP_KEY", "DD_APPLICATION_KEY", "DATADOG_APPLICATION_KEY", NULL};
static const char *const site_names[] = {"DD_SITE", "DATADOG_SITE", NULL};
static const char *const host_names[] = {"DATADOG_HOST", NULL};

/* Where values are looked for. */
struct places {
    const char *const *environment;
    const char *file; /* the .env file's name */
    char *bytes;      /* its text */
    size_t n;
};

static const char *of_environment(const char *const *environment, const char *name)
{
    const size_t n = strlen(name);

    for (; *environment; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=' && (*environment)[n + 1])
            return *environment + n + 1;
    return NULL;
}

static void add_from(const char *name, const char *file, char *ret_from)
{
    struct text t;

    text_init(&t, ret_from, OPTION_TEXT_MAX);
    text_add(&t, name);
    if (file) {
        text_add(&t, " in ");
        text_add_printable(&t, file, strlen(file));
    }
}

/* The first of those names that has a value: in the environment, else in the file. Returns 1, 0 or -EINVAL.
 */
static int look_up(const struct places *p, const char *const *names, const char **ret_value, size_t *ret_n,
    char *ret_from, struct error *e)
{
    for (size_t i = 0; names[i]; i++) {
        *ret_value = of_environment(p->environment, names[i]);
        if (*ret_value) {
            *ret_n = strlen(*ret_value);
            add_from(names[i], NULL, ret_from);
            return 1;
        }
    }
    for (size_t i = 0; p->n > 0 && names[i]; i++) {
        int r = env_file_find(p->bytes, p->n, names[i], ret_value, ret_n, e);
        if (r < 0 && e)
            strncpy(e->file, p->file, sizeof(e->file) - 1);
        if (r != 0) {
            add_from(names[i], p->file, ret_from);
            return r;
        }
    }
    return 0;
}

/* Keeps a key if it can be one. */
static int keep(char *ret_key, const char *value, size_t n, const char *from, struct error *e)
{
    n = secret_line(value, n);
    if (n < KEY_LEAST || n >= DATADOG_KEY_MAX)
        return error_set(e, -EINVAL,
            "%s holds no key: expected one line of %d to %d characters without blanks", from, KEY_LEAST,
            DATADOG_KEY_MAX - 1);
    memcpy(ret_key, value, n);
    ret_key[n] = '\0';
    return 0;
}

static int find_key(const struct places *p, const char *const *names, const char *option, const char *path,
    char *ret_key, char *ret_from, struct error *e)
{
    char bytes[DATADOG_KEY_MAX + 2];
    const char *value = bytes;
    struct shown s;
    size_t n = 0;
    int r = 1;

    if (path[0]) {
        ssize_t got = secret_file_read(option, path, bytes, sizeof(bytes), e);
        r = got < 0 ? -EINVAL : 1;
        n = got < 0 ? 0 : (size_t)got;
        add_from(path, NULL, ret_from);
    } else {
        r = look_up(p, names, &value, &n, ret_from, e);
    }
    if (r == 1)
        r = keep(ret_key, value, n, ret_from, e);
    else if (r == 0)
        r = error_set(e, -ENOENT, "the %s key is missing: set %s, write it into %s, or name a file in %s",
            names == api_names ? "API" : "application", names[0],
            p->file[0] ? shown_name(&s, p->file, strlen(p->file)) : "the environment", option);
    explicit_bzero(bytes, sizeof(bytes));
    return r;
}

static int set_url(struct datadog_keys *k, const char *text, size_t n, struct error *e)
{
    struct error why;

    if (http_url_parse(text, n, &k->url, &why) != 0)
        return error_set(e, -EINVAL, "%s: %s", k->url_from, why.text);
    if (!k->url.tls && !k->url.loopback)
        return error_set(e, -EINVAL, "%s: keys are sent there; write https", k->url_from);
    k->url.path[1] = '\0';
    return 0;
}

static int set_site(struct datadog_keys *k, const char *site, size_t n, struct error *e)
{
    char name[128], url[160];
    struct text t;
    struct error why;

    text_init(&t, name, sizeof(name));
    text_add_bytes(&t, site, n);
    if (datadog_site_check(name, &why) != 0)
        return error_set(e, -EINVAL, "%s: %s", k->url_from, why.text);
    text_init(&t, url, sizeof(url));
    text_addf(&t, "https://api.%s", name);
    return set_url(k, url, t.length, e);
}

static int find_url(
    struct datadog_keys *k, const struct datadog_options *o, const struct places *p, struct error *e)
{
    const char *value;
    size_t n;
    int r;

    add_from(o->url[0] ? "sources.datadog.url" : "sources.datadog.site", NULL, k->url_from);
    if (o->url[0])
        return set_url(k, o->url, strlen(o->url), e);
    if (o->site[0])
        return set_site(k, o->site, strlen(o->site), e);
    r = look_up(p, site_names, &value, &n, k->url_from, e);
    if (r == 1)
        return set_site(k, value, n, e);
    if (r == 0)
        r = look_up(p, host_names, &value, &n, k->url_from, e);
    if (r == 1)
        return set_url(k, value, n, e);
    add_from("nothing else said", NULL, k->url_from);
    return r ? r : set_site(k, DEFAULT_SITE, sizeof(DEFAULT_SITE) - 1, e);
}

/* Reads the .env file, where there is one. A file that everybody can read is taken, and said. */
static int read_env_file(struct datadog_keys *k, struct places *p, char *bytes, struct error *e)
{
    struct shown s;
    struct stat st;
    ssize_t n = 0;
    int fd = p->file[0] ? open(p->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;

    if (fd < 0)
        return !p->file[0] || errno == ENOENT
                   ? 0
                   : error_set(e, -EINVAL, "cannot open %s: %s", shown_name(&s, p->file, strlen(p->file)),
                         strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > ENV_FILE_MAX)
        n = error_set(e, -EINVAL, "'%s' is no plain file of at most %d bytes", p->file, ENV_FILE_MAX);
    else if ((n = read(fd, bytes, ENV_FILE_MAX)) < 0)
        n = error_set(e, -EINVAL, "cannot read '%s': %s", p->file, strerror(errno));
    if (n > 0 && (st.st_mode & S_IRWXO)) {
        struct text t;
        text_init(&t, k->warning, sizeof(k->warning));
        text_addf(&t, "everybody on this host can read the keys in '%s'; take that away: chmod o= '%s'",
            p->file, p->file);
    }
    (void)close(fd);
    p->n = n > 0 ? (size_t)n : 0;
    return n < 0 ? -EINVAL : 0;
}

int datadog_keys_find(
    struct datadog_keys *k, const struct datadog_options *o, const char *const *environment, struct error *e)
{
    static char bytes[ENV_FILE_MAX];
    const struct rlimit none = {0, 0};
    struct places p = {.environment = environment, .file = o->env_file, .bytes = bytes};

    *k = (struct datadog_keys){.api = ""};
    (void)setrlimit(RLIMIT_CORE, &none); /* lowering it is always allowed */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    e->file[0] = '\0';
    e->line = 0;
    int r = read_env_file(k, &p, bytes, e);
    if (r == 0)
        r = find_url(k, o, &p, e);
    if (r == 0)
        r = find_key(&p, api_names, "sources.datadog.api_key_file", o->api_key_file, k->api, k->api_from, e);
    if (r == 0)
        r = find_key(&p, app_names, "sources.datadog.app_key_file", o->app_key_file, k->app, k->app_from, e);
    explicit_bzero(bytes, sizeof(bytes));
    if (r != 0)
        datadog_keys_forget(k);
    else if (!strstr(k->api_from, " in ") && !strstr(k->app_from, " in "))
        k->warning[0] = '\0'; /* no key was taken from the file */
    return r;
}

/* The keys are looked for in what will be shown: an escape's last letter may complete one. */
void datadog_keys_scrub(const struct datadog_keys *k, const char *bytes, size_t n, struct text *out)
{
    const char *const keys[] = {k->api, k->app};
    char shown[DATADOG_SCRUB_MAX];
    struct text t;
    size_t plain = 0; /* the first byte not yet appended */

    text_init(&t, shown, sizeof(shown));
    text_add_printable(&t, bytes, n);
    if (t.truncated)
        return;
    for (size_t i = 0; i < t.length;) {
        size_t hit = 0;
        for (size_t which = 0; which < 2 && hit == 0; which++) {
            const size_t key_n = strlen(keys[which]);
            if (key_n >= KEY_LEAST && key_n <= t.length - i && memcmp(shown + i, keys[which], key_n) == 0)
                hit = key_n;
        }
        if (hit > 0) {
            text_add_bytes(out, shown + plain, i - plain);
            text_add(out, "[key]");
            plain = i + hit;
        }
        i += hit > 0 ? hit : 1;
    }
    text_add_bytes(out, shown + plain, t.length - plain);
}

void datadog_keys_forget(struct datadog_keys *k)
{
    explicit_bzero(k->api, sizeof(k->api));
    explicit_bzero(k->app, sizeof(k->app));
}
