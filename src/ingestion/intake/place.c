/* SPDX-License-Identifier: MIT
 * Turns labels into names: of a host, of an entity on it, of a series that no law knows. What a name means is
 * meaning.c's matter; whether the catalog takes it, the intake's. */
#include "ingestion/intake/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define CUT_MARK "...#"

/* The labels by which telemetry names its host and its service, the surest first. Source: OpenTelemetry
 * resource conventions, with the underscores of their Prometheus form; kube-state-metrics and node_exporter
 * (node, nodename); Micrometer's common tag (application); Prometheus itself (job, instance). */
static const char *const host_labels[] = {"host.name", "host_name", "nodename", "node", "k8s.node.name",
    "k8s_node_name", "kubernetes_node", "hostname", "host", "instance", NULL};
static const char *const service_labels[] = {"service.name", "service_name", "service", "app", "application",
    "app_kubernetes_io_name", "exported_job", "job", "container", "pod", NULL};
static const char *const pod_labels[] = {"pod", "k8s.pod.name", "k8s_pod_name", NULL};

static bool name_is(const struct intake_label *l, const char *name, size_t n)
{
    return l->name_n == n && memcmp(l->name, name, n) == 0;
}

static const struct intake_label *find(
    const struct intake_label *labels, size_t count, const char *name, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (labels[i].value_n > 0 && name_is(&labels[i], name, n))
            return &labels[i];
    return NULL;
}

const struct intake_label *place_label(const struct intake_label *labels, size_t count, const char *name)
{
    return find(labels, count, name, strlen(name));
}

/* The first of those names that is there, or NULL. */
static const struct intake_label *first_of(
    const struct intake_label *labels, size_t count, const char *const *names)
{
    for (; *names; names++) {
        const struct intake_label *l = place_label(labels, count, *names);
        if (l)
            return l;
    }
    return NULL;
}

/* Bytes of an address without its port; *ret_port: where the port begins, or NULL. "[::1]:80", "::1",
 * "host:80", "host". */
static size_t address_end(const char *p, size_t n, const char **ret_port)
{
    const char *colon = n > 0 ? memrchr(p, ':', n) : NULL;
    size_t end = colon ? (size_t)(colon - p) : n;
    bool digits = end + 1 < n;

    for (size_t i = end + 1; i < n; i++)
        digits &= p[i] >= '0' && p[i] <= '9';
    *ret_port = NULL;
    if (!colon || !digits)
        return n;
    if (end > 0 && p[0] != '[' && memchr(p, ':', end)) /* an IPv6 address alone */
        return n;
    *ret_port = colon + 1;
    return end;
}

static bool is_loopback(const char *p, size_t n)
{
    static const char *const same[] = {"localhost", "::1", "[::1]", "0.0.0.0", NULL};

    for (size_t i = 0; same[i]; i++)
        if (strlen(same[i]) == n && memcmp(same[i], p, n) == 0)
            return true;
    return n > 4 && memcmp(p, "127.", 4) == 0;
}

/* The bytes of a host's name in its label's value. */
static size_t host_part(const struct intake_label *l)
{
    const char *port;

    return name_is(l, "instance", 8) ? address_end(l->value, l->value_n, &port) : l->value_n;
}

void place_host(const struct intake_label *labels, size_t count, const char *local, struct text *out)
{
    const struct intake_label *l = first_of(labels, count, host_labels);
    size_t n = l ? host_part(l) : 0;

    if (n == 0 || is_loopback(l->value, n))
        text_add(out, local);
    else
        text_add_bytes(out, l->value, n);
}

static void add_service(const struct intake_label *labels, size_t count, struct text *out)
{
    const struct intake_label *name = first_of(labels, count, service_labels);
    const struct intake_label *instance = place_label(labels, count, "instance");
    const struct intake_label *pod = first_of(labels, count, pod_labels);
    const char *port = NULL;

    if (instance)
        (void)address_end(instance->value, instance->value_n, &port);
    if (name)
        text_add_bytes(out, name->value, name->value_n);
    else if (instance)
        text_add_bytes(out, instance->value, instance->value_n);
    else
        text_add(out, "unnamed");
    if (name && port) {
        text_add_char(out, ':');
        text_add_bytes(out, port, (size_t)(instance->value + instance->value_n - port));
    }
    if (pod && pod != name && !name_is(pod, "instance", 8)) {
        text_add_char(out, '/');
        text_add_bytes(out, pod->value, pod->value_n);
    }
}

/* Appends what stands for {a|b}. Returns 0, or -EINVAL when none of them is there. */
static int add_choice(
    const char *names, size_t n, const struct intake_label *labels, size_t count, struct text *out)
{
    while (n > 0) {
        const char *bar = memchr(names, '|', n);
        size_t word = bar ? (size_t)(bar - names) : n;
        const struct intake_label *l = find(labels, count, names, word);
        if (l) {
            text_add_bytes(out, l->value, l->value_n);
            return 0;
        }
        names += bar ? word + 1 : word;
        n -= bar ? word + 1 : word;
    }
    return -EINVAL;
}

int place_entity(const char *entity, const struct intake_label *labels, size_t count, struct text *out)
{
    const char *colon = strchr(entity, ':');

    if (!colon && *entity && strcmp(entity, "host") != 0)
        return -EINVAL;
    if (strcmp(entity, "host") == 0)
        return ENTITY_HOST;
    int kind = *entity ? entity_kind_parse(entity, (size_t)(colon - entity)) : ENTITY_SERVICE;
    const char *p = *entity ? colon + 1 : "";
    if (*p == '\0')
        add_service(labels, count, out);
    while (*p) {
        const char *end = *p == '{' ? strchr(p, '}') : p + strcspn(p, "{");
        if (!end)
            return -EINVAL;
        if (*p != '{')
            text_add_bytes(out, p, (size_t)(end - p));
        else if (add_choice(p + 1, (size_t)(end - p) - 1, labels, count, out) != 0)
            return -EINVAL;
        p = *p == '{' ? end + 1 : end;
    }
    return kind;
}

static int by_name(const void *a, const void *b)
{
    const struct intake_label *x = a, *y = b;
    size_t n = x->name_n < y->name_n ? x->name_n : y->name_n;
    int order = memcmp(x->name, y->name, n);

    return order ? order : (x->name_n > y->name_n) - (x->name_n < y->name_n);
}

/* Source: Prometheus exposition formats, text 0.0.4: backslash, double quote and line feed. */
static void add_escaped(struct text *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n')
            text_add(out, "\\n");
        else if (p[i] == '"' || p[i] == '\\') {
            text_add_char(out, '\\');
            text_add_char(out, p[i]);
        } else
            text_add_bytes(out, p + i, 1);
    }
}

static void add_labels(struct text *out, const struct intake_label *labels, size_t count)
{
    struct intake_label sorted[INTAKE_LABELS_MAX];
    bool any = false;

    if (count > INTAKE_LABELS_MAX)
        count = INTAKE_LABELS_MAX;
    if (count > 0)
        memcpy(sorted, labels, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_name);
    for (size_t i = 0; i < count; i++) {
        if (sorted[i].value_n == 0)
            continue;
        text_add_char(out, any ? ',' : '{');
        text_add_bytes(out, sorted[i].name, sorted[i].name_n);
        text_add(out, "=\"");
        add_escaped(out, sorted[i].value, sorted[i].value_n);
        text_add_char(out, '"');
        any = true;
    }
    if (any)
        text_add_char(out, '}');
}

void place_identity(
    const char *name, size_t name_n, const struct intake_label *labels, size_t count, struct text *out)
{
    text_add_bytes(out, name, name_n);
    add_labels(out, labels, count);
}

void place_series(const char *name, size_t name_n, const struct intake_label *labels, size_t count,
    size_t most, struct text *out)
{
    struct intake_label kept[INTAKE_LABELS_MAX];
    const struct intake_label *host = first_of(labels, count, host_labels);
    size_t n = 0;

    for (size_t i = 0; i < count && n < INTAKE_LABELS_MAX; i++)
        if (&labels[i] != host || host_part(host) != host->value_n)
            kept[n++] = labels[i];
    place_identity(name, name_n, kept, n, out);
    if (out->length <= most)
        return;
    const char *const parts[] = {out->data};
    char id[HASH_ID_TEXT_MAX];
    hash_id(parts, 1, id);
    size_t cut = most - strlen(CUT_MARK) - (HASH_ID_TEXT_MAX - 1);
    while (cut > 0 && ((unsigned char)out->data[cut] & 0xc0u) == 0x80u)
        cut--;
    out->data[out->length = cut] = '\0';
    text_add(out, CUT_MARK);
    text_add(out, id);
}
