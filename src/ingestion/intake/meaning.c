/* SPDX-License-Identifier: MIT
 * Finds the rows that fit a series: rows are sorted by name once, conditions are looked at when a series is
 * declared, never per sample. What the rows say is meaning_table.c's matter. */
#include "ingestion/intake/meaning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shown.h"
#include "ingestion/intake/place.h"

struct meaning {
    size_t count, user;
    struct meaning_row *rows;          /* those of the configuration first */
    const struct meaning_row **sorted; /* by name, then as they stand in rows */
    char *texts;                       /* of the configuration's rows */
};

/* Rows are in one array: that of the lower address comes first. */
static int by_name(const void *a, const void *b)
{
    const struct meaning_row *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);

    return order ? order : (*x > *y) - (*x < *y);
}

static const char *keep(char **at, const char *text)
{
    size_t n = strlen(text) + 1;
    char *kept = *at;

    memcpy(kept, text, n);
    *at += n;
    return kept;
}

/* Copies the configuration's rows, texts and all. */
static bool copy_rows(struct meaning *m, const struct meaning_row *rows, size_t count)
{
    size_t bytes = 1;

    for (size_t i = 0; i < count; i++)
        bytes += strlen(rows[i].name) + strlen(rows[i].where) + strlen(rows[i].entity) + 3;
    m->texts = malloc(bytes);
    char *at = m->texts;
    for (size_t i = 0; at && i < count; i++) {
        m->rows[i] = rows[i];
        m->rows[i].name = keep(&at, rows[i].name);
        m->rows[i].where = keep(&at, rows[i].where);
        m->rows[i].entity = keep(&at, rows[i].entity);
    }
    return at != NULL;
}

struct meaning *meaning_new(const struct meaning_row *rows, size_t count)
{
    struct meaning *m = calloc(1, sizeof(*m));
    size_t built_in = 0;

    while (meaning_table[built_in].name)
        built_in++;
    if (!m)
        return NULL;
    m->user = count;
    m->count = count + built_in;
    m->rows = calloc(m->count + 1, sizeof(*m->rows));
    m->sorted = calloc(m->count + 1, sizeof(*m->sorted));
    if (!m->rows || !m->sorted || !copy_rows(m, rows, count)) {
        meaning_free(m);
        return NULL;
    }
    memcpy(m->rows + count, meaning_table, built_in * sizeof(*m->rows));
    for (size_t i = 0; i < m->count; i++)
        m->sorted[i] = &m->rows[i];
    qsort(m->sorted, m->count, sizeof(*m->sorted), by_name);
    return m;
}

void meaning_free(struct meaning *m)
{
    if (!m)
        return;
    free(m->texts);
    free(m->sorted);
    free(m->rows);
    free(m);
}

static int compare(const char *name, size_t n, const char *known)
{
    int order = strncmp(name, known, n);

    return order ? order : -(int)(known[n] != '\0');
}

/* The first row of that name in sorted, or count. */
static size_t lower_bound(const struct meaning *m, const char *name, size_t n)
{
    size_t from = 0, to = m->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare(name, n, m->sorted[middle]->name) > 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* One condition: name, whether it must be so, and the value. */
struct condition {
    const char *name, *value;
    size_t name_n, value_n;
    bool wanted, open; /* open: anything may follow the value */
};

/* The next condition at *at, which moves behind it. False: there is none, or (*ret_fault) it is none. */
static bool next_condition(const char **at, struct condition *c, const char **ret_fault)
{
    const char *p = *at + strspn(*at, ", "), *end = p + strcspn(p, ","),
               *equals = memchr(p, '=', (size_t)(end - p));

    *ret_fault = NULL;
    if (*p == '\0')
        return false;
    if (!equals || equals == p || (equals == p + 1 && *p == '!')) {
        *ret_fault = p;
        return false;
    }
    c->wanted = equals[-1] != '!';
    c->name = p;
    c->name_n = (size_t)(equals - p) - !c->wanted;
    c->value = equals + 1;
    while (end > c->value && end[-1] == ' ')
        end--;
    c->value_n = (size_t)(end - c->value);
    c->open = c->value_n > 0 && end[-1] == '*';
    c->value_n -= c->open;
    *at = end;
    return true;
}

static bool holds(const struct condition *c, const struct intake_label *labels, size_t count)
{
    const char *value = "";
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (labels[i].name_n == c->name_n && memcmp(labels[i].name, c->name, c->name_n) == 0) {
            value = labels[i].value;
            n = labels[i].value_n;
        }
    bool same = (c->open ? n >= c->value_n : n == c->value_n) && memcmp(value, c->value, c->value_n) == 0;
    return same == c->wanted;
}

static bool fits(const struct meaning_row *row, const struct intake_label *labels, size_t count)
{
    const char *at = row->where, *fault;
    struct condition c;

    while (next_condition(&at, &c, &fault))
        if (!holds(&c, labels, count))
            return false;
    return true;
}

size_t meaning_find(const struct meaning *m, const char *name, size_t name_n,
    const struct intake_label *labels, size_t label_count,
    const struct meaning_row *ret_rows[MEANING_FITS_MAX])
{
    size_t i = lower_bound(m, name, name_n), n = 0;
    bool users = i < m->count && m->sorted[i] < m->rows + m->user;

    for (; i < m->count && n < MEANING_FITS_MAX && compare(name, name_n, m->sorted[i]->name) == 0; i++) {
        if (users && m->sorted[i] >= m->rows + m->user)
            break;
        if (fits(m->sorted[i], labels, label_count))
            ret_rows[n++] = m->sorted[i];
    }
    return n;
}

bool meaning_knows(const struct meaning *m, const char *name, size_t name_n)
{
    size_t i = lower_bound(m, name, name_n);

    return i < m->count && compare(name, name_n, m->sorted[i]->name) == 0;
}

int meaning_check_where(const char *where, struct error *e)
{
    const char *at = where, *fault;
    struct condition c;
    struct shown s;

    while (next_condition(&at, &c, &fault))
        ;
    if (fault)
        return error_set(e, -EINVAL, "%s is no condition; write label=value or label!=value",
            shown_value(&s, fault, strlen(fault)));
    return 0;
}

/* Are braces closed, and is something in them? */
static bool braces_fit(const char *name)
{
    for (const char *p = name; *p; p++) {
        size_t n = strcspn(p + 1, "{}");
        if (*p == '}' || (*p == '{' && (n == 0 || p[n + 1] != '}')))
            return false;
        if (*p == '{')
            p += n + 1;
    }
    return true;
}

int meaning_check_entity(const char *entity, struct error *e)
{
    const char *colon = strchr(entity, ':');
    int kind = colon ? entity_kind_parse(entity, (size_t)(colon - entity)) : -1;
    struct shown s;

    if (*entity == '\0' || strcmp(entity, "host") == 0)
        return 0;
    if (kind != ENTITY_SERVICE && kind != ENTITY_JVM && kind != ENTITY_CGROUP && kind != ENTITY_FILESYSTEM)
        return error_set(e, -EINVAL,
            "%s is no entity; write host, service:NAME, jvm:NAME, cgroup:NAME or filesystem:NAME",
            shown_value(&s, entity, strlen(entity)));
    if (!braces_fit(colon + 1))
        return error_set(
            e, -EINVAL, "%s: a label's name stands between { and }", shown_value(&s, entity, strlen(entity)));
    return 0;
}
