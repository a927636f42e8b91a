/* SPDX-License-Identifier: MIT
 * Turns a URL and labels into a target. Files of targets are scrape_file.c's matter, when it is asked
 * scrape.c's. */
#include "ingestion/prometheus/scrape_target.h"

#include <errno.h>
#include <string.h>

#include "base/shown.h"
#include "base/text.h"

int scrape_target_init(struct scrape_target *t, const char *url, size_t n, struct error *e)
{
    struct text instance;

    *t = (struct scrape_target){.label_count = 0};
    int r = http_url_parse(url, n, &t->url, e);
    if (r != 0)
        return r;
    text_init(&instance, t->instance, sizeof(t->instance));
    text_addf(&instance, t->url.ipv6 ? "[%s]:%u" : "%s:%u", t->url.host, (unsigned)t->url.port);
    return scrape_target_label(t, "instance", 8, t->instance, instance.length, e);
}

int scrape_target_label(struct scrape_target *t, const char *name, size_t name_n, const char *value,
    size_t value_n, struct error *e)
{
    struct intake_label *l = t->labels;

    if (name_n == 0)
        return error_set(e, -EINVAL, "a label without a name; write name=value");
    if (value_n == 0 || (name_n > 1 && memcmp(name, "__", 2) == 0))
        return 0;
    while (l < t->labels + t->label_count && (l->name_n != name_n || memcmp(l->name, name, name_n) != 0))
        l++;
    if (l == t->labels + SCRAPE_LABELS_MAX || name_n + value_n > sizeof(t->text) - t->text_n)
        return error_set(e, -EINVAL, "more than %d labels, or more than %d bytes of them",
            SCRAPE_LABELS_MAX - 1, SCRAPE_LABEL_TEXT_MAX);
    if (l == t->labels + t->label_count)
        t->label_count++;
    char *at = t->text + t->text_n;
    memcpy(at, name, name_n);
    memcpy(at + name_n, value, value_n);
    t->text_n += name_n + value_n;
    *l = (struct intake_label){at, at + name_n, (uint32_t)name_n, (uint32_t)value_n};
    return 0;
}

int scrape_target_labels(struct scrape_target *t, const char *text, struct error *e)
{
    struct shown s;

    for (const char *p = text + strspn(text, ", "); *p; p += strspn(p, ", ")) {
        size_t n = strcspn(p, ",");
        const char *equals = memchr(p, '=', n), *next = p + n;
        while (n > 0 && p[n - 1] == ' ')
            n--;
        if (!equals || equals == p || equals + 1 >= p + n)
            return error_set(e, -EINVAL, "%s is no label; write name=value", shown_value(&s, p, n));
        int r = scrape_target_label(t, p, (size_t)(equals - p), equals + 1, (size_t)(p + n - equals) - 1, e);
        if (r != 0)
            return r;
        p = next;
    }
    return 0;
}

void scrape_target_settle(struct scrape_target *t, const struct scrape_target *from)
{
    for (size_t i = 0; i < t->label_count; i++) {
        t->labels[i].name = t->text + (t->labels[i].name - from->text);
        t->labels[i].value = t->text + (t->labels[i].value - from->text);
    }
}
