/* SPDX-License-Identifier: MIT
 * What can be configured of scraping, as rows, and what its parts say together. */
#include "ingestion/prometheus/scrape.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/shown.h"
#include "ingestion/prometheus/scrape_target.h"

#define ITEM(name, field, kind, low, high, default_text, text)                                               \
    {                                                                                                        \
        .key = (name), .type = (kind), .offset = offsetof(struct scrape_target_options, field),              \
        .minimum = (low), .maximum = (high), .fallback = (default_text), .unit = "", .help = (text)          \
    }

static const struct option_row item_rows[] = {
    ITEM("url", url, OPTION_TEXT, 0, 0, "",
        "where the target tells its metrics, such as http://HOST:9100/metrics"),
    ITEM("interval", interval_ns, OPTION_DURATION, 0, 86400e9, "0s",
        "how often it is asked; 0: as sources.prometheus.interval says"),
    ITEM("token_file", token_file, OPTION_TEXT, 0, 0, "", "a file whose first line is sent as bearer token"),
    {.key = "labels",
        .type = OPTION_TEXT,
        .offset = offsetof(struct scrape_target_options, labels),
        .fallback = "",
        .unit = OPTION_PAIRS,
        .help = "labels that its series get, such as {job: db}; what a series says itself comes first"},
    ITEM("buckets", buckets, OPTION_BOOL, 0, 0, "false", "watch each bucket of its histograms too"),
};

static const struct option_records targets = {
    .rows = item_rows,
    .count = sizeof(item_rows) / sizeof(item_rows[0]),
    .item_size = sizeof(struct scrape_target_options),
    .most = SCRAPE_TARGETS_MAX,
    .used_offset = offsetof(struct scrape_options, target_count),
    .place_offset = offsetof(struct scrape_target_options, place),
};

#define ROW(name, field, kind, low, high, default_text, text)                                                \
    {                                                                                                        \
        .key = (name), .type = (kind), .offset = offsetof(struct scrape_options, field), .minimum = (low),   \
        .maximum = (high), .fallback = (default_text), .unit = "", .help = (text)                            \
    }

const struct option_row scrape_option_rows[] = {
    {.key = "sources.prometheus.scrape",
        .type = OPTION_RECORDS,
        .offset = offsetof(struct scrape_options, targets),
        .fallback = "",
        .unit = "",
        .help = "addresses that are asked for their metrics",
        .records = &targets},
    ROW("sources.prometheus.file_sd", file_sd, OPTION_LIST, 0, 0, "",
        "files with more of them, in Prometheus' file_sd format, read again when they change"),
    ROW("sources.prometheus.interval", interval_ns, OPTION_DURATION, 1e9, 86400e9, "15s",
        "how often each is asked that has no interval of its own"),
    ROW("sources.prometheus.timeout", timeout_ns, OPTION_DURATION, 1e8, 3600e9, "10s",
        "how long an answer may take, at most as long as the interval"),
    ROW("sources.prometheus.max_body", max_body_bytes, OPTION_SIZE, 1024, 67108864, "16MiB",
        "most bytes of one answer, unpacked; a longer one is refused"),
};
const size_t scrape_option_count = sizeof(scrape_option_rows) / sizeof(scrape_option_rows[0]);

#define INTERVAL_MIN_NS INT64_C(1000000000)

bool scrape_is_on(const struct scrape_options *o)
{
    return o->target_count > 0 || o->file_sd[0];
}

int scrape_target_check(const struct scrape_target_options *t, struct error *e)
{
    struct scrape_target target;

    if (t->url[0] == '\0')
        return error_set(e, -EINVAL, "a target without url; write {url: \"http://HOST:PORT/metrics\"}");
    if (t->interval_ns != 0 && t->interval_ns < INTERVAL_MIN_NS)
        return error_set(e, -EINVAL, "interval must be 0 (the common one) or at least 1s");
    int r = scrape_target_init(&target, t->url, strlen(t->url), e);
    return r ? r : scrape_target_labels(&target, t->labels, e);
}

int scrape_options_check(const struct scrape_options *o, const char **ret_key, struct error *e)
{
    const char *at = o->file_sd, *word;
    struct shown s;
    size_t n;

    *ret_key = "sources.prometheus.file_sd";
    while ((word = option_list_next(&at, &n)) != NULL)
        if (word[0] != '/')
            return error_set(e, -EINVAL,
                "sources.prometheus.file_sd: %s must be an absolute path, from '/' on",
                shown_name(&s, word, n));
    return 0;
}
