/* SPDX-License-Identifier: MIT
 * The options of reading from Datadog, as rows, and what they may say together. */
#include "ingestion/datadog/datadog_options.h"

#include <errno.h>
#include <string.h>

#include "base/shown.h"
#include "net/http_url.h"

#define ROW(name, field, kind, low, high, default_text, text)                                                \
    {                                                                                                        \
        .key = "sources.datadog." name, .type = (kind), .offset = offsetof(struct datadog_options, field),   \
        .minimum = (low), .maximum = (high), .fallback = (default_text), .unit = "", .help = (text)          \
    }

const struct option_row datadog_option_rows[] = {
    ROW("enabled", enabled, OPTION_BOOL, 0, 0, "false",
        "ask Datadog for what its agents have reported; also on when site, url or a key's file is set"),
    ROW("site", site, OPTION_TEXT, 0, 0, "",
        "Datadog's site, such as datadoghq.eu; empty: DD_SITE, DATADOG_SITE, DATADOG_HOST, else "
        "datadoghq.com"),
    ROW("url", url, OPTION_TEXT, 0, 0, "",
        "address of the API instead of the site's, such as that of a proxy in front of it"),
    ROW("hosts", hosts, OPTION_TEXT, 0, 0, "*",
        "hosts that are watched, separated by commas; * stands for anything in a name"),
    ROW("scope", scope, OPTION_TEXT, 0, 0, "", "tags that what is watched must have, such as env:prod"),
    ROW("watch", watch, OPTION_TEXT, 0, 0, "host, container, trace, jvm",
        "what is asked for: host, disk, container, kubernetes, trace, jvm"),
    ROW("requests_in", requests_in, OPTION_TEXT, 0, 0,
        "http.request, web.request, servlet.request, express.request, flask.request, django.request, "
        "rack.request, aspnet_core.request",
        "names of the spans of requests that come in"),
    ROW("requests_out", requests_out, OPTION_TEXT, 0, 0,
        "http.client.request, requests.request, okhttp.request, apache-httpclient.request, grpc.client",
        "names of the spans of requests that go out"),
    ROW("api_key_file", api_key_file, OPTION_TEXT, 0, 0, "",
        "file with the API key, readable by its owner and group only; empty: DD_API_KEY or DATADOG_API_KEY"),
    ROW("app_key_file", app_key_file, OPTION_TEXT, 0, 0, "",
        "file with the application key; empty: DD_APP_KEY, DATADOG_APP_KEY or DD_APPLICATION_KEY"),
    ROW("env_file", env_file, OPTION_TEXT, 0, 0, ".env",
        "file with NAME=value lines that stands in for those variables, if it is there; empty: none"),
    ROW("interval", interval_ns, OPTION_DURATION, 1e9, 3600e9, "60s", "how often it is asked"),
    ROW("bucket", bucket_ns, OPTION_DURATION, 1e9, 300e9, "20s",
        "time over which Datadog averages: what is shorter cannot be seen; it has no less than 10s"),
    ROW("lag", lag_ns, OPTION_DURATION, 0, 3600e9, "40s",
        "how long after a bucket's end Datadog is expected to have heard of all hosts"),
    ROW("backfill", backfill_ns, OPTION_DURATION, 0, 14400e9, "1h",
        "how far back is asked at the start, so that baselines need not be waited for"),
    ROW("timeout", timeout_ns, OPTION_DURATION, 1e8, 300e9, "30s", "how long an answer may take"),
    ROW("max_body", max_body_bytes, OPTION_SIZE, 4096, 67108864, "8MiB",
        "most bytes of one answer, unpacked; of a longer one, less is asked for at once"),
};
const size_t datadog_option_count = sizeof(datadog_option_rows) / sizeof(datadog_option_rows[0]);

static const char *const sites[] = {"datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com",
    "ap1.datadoghq.com", "ap2.datadoghq.com", "uk1.datadoghq.com", "datadoghq.eu", "ddog-gov.com",
    "us2.ddog-gov.com", NULL};

bool datadog_is_on(const struct datadog_options *o)
{
    return o->enabled || o->site[0] || o->url[0] || o->api_key_file[0] || o->app_key_file[0];
}

int64_t datadog_delay_ns(const struct datadog_options *o)
{
    return o->lag_ns + 2 * o->bucket_ns + o->interval_ns +
           (o->timeout_ns < 15000000000 ? o->timeout_ns : 15000000000);
}

const char *datadog_next_word(const char **at, size_t *ret_n)
{
    const char *word = *at + strspn(*at, ", \t");
    size_t n = strcspn(word, ",");

    *at = word + n;
    while (n > 0 && (word[n - 1] == ' ' || word[n - 1] == '\t'))
        n--;
    *ret_n = n;
    return n > 0 ? word : NULL;
}

int datadog_site_check(const char *site, struct error *e)
{
    const char *bare = site;
    struct shown s;

    for (size_t i = 0; sites[i]; i++)
        if (strcmp(site, sites[i]) == 0)
            return 0;
    if (strncmp(bare, "https://", 8) == 0)
        bare += 8;
    if (strncmp(bare, "app.", 4) == 0 || strncmp(bare, "api.", 4) == 0)
        bare += 4;
    const char *near = option_nearest(sites, bare, strcspn(bare, "/"));
    if (near)
        return error_set(e, -EINVAL, "%s is no site of Datadog; did you mean '%s'?",
            shown_name(&s, site, strlen(site)), near);
    return error_set(e, -EINVAL,
        "%s is no site of Datadog; its sites are datadoghq.com, us3., us5., ap1., ap2. and "
        "uk1.datadoghq.com, "
        "datadoghq.eu, ddog-gov.com and us2.ddog-gov.com; for another address set sources.datadog.url",
        shown_value(&s, site, strlen(site)));
}

/* Only such characters may stand in a query, so that nothing leaves its braces. Source: Datadog, "Getting
 * started with tags": letters, digits, underscores, minuses, colons, periods and slashes. */
static bool are_all_in(const char *text, size_t n, const char *more)
{
    for (size_t i = 0; i < n; i++) {
        const char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                strchr("_-.", c) || strchr(more, c)) ||
            c == '\0')
            return false;
    }
    return true;
}

static int check_list(const char *key, const char *list, const char *more, struct error *e)
{
    const char *at = list, *word;
    struct shown s;
    size_t n, count = 0;

    while ((word = datadog_next_word(&at, &n)) != NULL) {
        count++;
        if (!are_all_in(word, n, more))
            return error_set(
                e, -EINVAL, "%s: %s holds a character that no such name has", key, shown_value(&s, word, n));
    }
    return count > 0 || !strstr(key, "hosts") ? 0 : error_set(e, -EINVAL, "%s: no host is named", key);
}

static int check_watch(const char *list, struct error *e)
{
    static const char *const groups[] = {"host", "disk", "container", "kubernetes", "trace", "jvm", NULL};
    const char *at = list, *word;
    struct shown s;
    size_t n, count = 0;

    for (; (word = datadog_next_word(&at, &n)) != NULL; count++) {
        size_t i = 0;
        while (groups[i] && (strlen(groups[i]) != n || memcmp(groups[i], word, n) != 0))
            i++;
        if (!groups[i])
            return error_set(e, -EINVAL,
                "sources.datadog.watch: %s is unknown; host, disk, container, kubernetes, trace and jvm are "
                "known",
                shown_value(&s, word, n));
    }
    return count ? 0 : error_set(e, -EINVAL, "sources.datadog.watch: nothing is to be watched");
}

static int check_url(const char *text, struct error *e)
{
    struct http_url u;
    struct error why;

    if (http_url_parse(text, strlen(text), &u, &why) != 0)
        return error_set(e, -EINVAL, "sources.datadog.url: %s", why.text);
    if (!u.tls && !u.loopback)
        return error_set(e, -EINVAL,
            "sources.datadog.url: keys are sent there; write https (http only to this host itself)");
    if (strcmp(u.path, "/") != 0)
        return error_set(e, -EINVAL, "sources.datadog.url: leave the path out; it is the API's");
    return 0;
}

static int check_file(const char *key, const char *path, struct error *e)
{
    return path[0] == '\0' || path[0] == '/'
               ? 0
               : error_set(e, -EINVAL, "%s must be an absolute path, from '/' on", key);
}

int datadog_options_check(const struct datadog_options *o, const char **ret_key, struct error *e)
{
    struct error why;
    int r = 0;

    *ret_key = "sources.datadog.site";
    if (o->site[0] && datadog_site_check(o->site, &why) != 0)
        return error_set(e, -EINVAL, "sources.datadog.site: %s", why.text);
    if (o->url[0])
        r = check_url(o->url, e), *ret_key = "sources.datadog.url";
    if (r == 0)
        r = check_list(*ret_key = "sources.datadog.hosts", o->hosts, "*", e);
    if (r == 0) {
        *ret_key = "sources.datadog.scope";
        if (!are_all_in(o->scope, strlen(o->scope), ":/*!, ()"))
            r = error_set(e, -EINVAL, "sources.datadog.scope: write tags, such as env:prod AND team:web");
    }
    if (r == 0)
        r = check_watch(o->watch, e), *ret_key = "sources.datadog.watch";
    if (r == 0)
        r = check_list(*ret_key = "sources.datadog.requests_in", o->requests_in, "", e);
    if (r == 0)
        r = check_list(*ret_key = "sources.datadog.requests_out", o->requests_out, "", e);
    if (r == 0)
        r = check_file(*ret_key = "sources.datadog.api_key_file", o->api_key_file, e);
    if (r == 0)
        r = check_file(*ret_key = "sources.datadog.app_key_file", o->app_key_file, e);
    return r;
}
