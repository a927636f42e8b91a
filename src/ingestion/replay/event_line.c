/* SPDX-License-Identifier: MIT
 * Turns a finding's or an incident's JSON line back into the struct that it was made of. Which lines there
 * are is the history's matter; what is shown of them the sinks'. */
#include "ingestion/replay/event_line.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "ingestion/replay/json_scan.h"

/* Of a string, as it stands in the line: an incident's story, of which each byte may be \u00XX. */
#define RAW_MAX (6u * INCIDENT_TEXT_MAX + 2u)

struct reading {
    struct catalog *catalog;
    struct words *words;
    int error; /* the first */
};

static void fail(struct reading *r, int error)
{
    if (!r->error)
        r->error = error;
}

/* The value of a member of an object, kind ABSENT when it has none of that name. The object has been checked
 * by json_scan_value, so every step succeeds. */
static struct json_token member(const struct json_token *object, const char *name)
{
    const struct json_token absent = {.kind = JSON_KIND_ABSENT};
    struct json_token key, value;

    if (object->kind != JSON_KIND_OBJECT)
        return absent;
    struct json_scan s = {.at = object->raw + 1};
    for (;;) {
        json_scan_blank(&s);
        if (*s.at == '}' || !json_scan_name(&s, &key))
            return absent;
        json_scan_blank(&s);
        if (!json_scan_value(&s, &value))
            return absent;
        if (key.raw_n == strlen(name) + 2 && memcmp(key.raw + 1, name, strlen(name)) == 0)
            return value;
        json_scan_blank(&s);
        if (*s.at++ != ',')
            return absent;
    }
}

/* The elements of an array, one at a time. *at: NULL at first. */
static bool next_element(const struct json_token *array, const char **at, struct json_token *ret)
{
    if (array->kind != JSON_KIND_ARRAY)
        return false;
    struct json_scan s = {.at = *at ? *at : array->raw + 1};
    json_scan_blank(&s);
    if (*s.at == ']' || !json_scan_value(&s, ret))
        return false;
    json_scan_blank(&s);
    *at = *s.at == ',' ? s.at + 1 : s.at;
    return true;
}

/* A string into out, cut to size; "" for null and absent. */
static void read_text(struct reading *r, const struct json_token *t, char *out, size_t size)
{
    char text[RAW_MAX];

    out[0] = '\0';
    if (t->kind == JSON_KIND_ABSENT || t->kind == JSON_KIND_NULL)
        return;
    if (t->kind != JSON_KIND_STRING || t->raw_n > sizeof(text)) {
        fail(r, -EBADMSG);
        return;
    }
    size_t n = json_scan_text(t, text);
    if (n >= size) { /* not inside a character */
        n = size - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0u) == 0x80u)
            n--;
    }
    if (memchr(text, 0, n)) {
        fail(r, -EBADMSG);
        return;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

static void text_of(struct reading *r, const struct json_token *o, const char *name, char *out, size_t size)
{
    const struct json_token t = member(o, name);
    read_text(r, &t, out, size);
}

/* A word that is static in the program. */
static const char *word_of(struct reading *r, const struct json_token *o, const char *name)
{
    char text[WORDS_MAX_LEN + 2];

    text_of(r, o, name, text, sizeof(text));
    const char *word = words_find_or_add(r->words, text, strlen(text));
    if (!word)
        fail(r, -EBADMSG);
    return word ? word : "";
}

static double read_number(struct reading *r, const struct json_token *t)
{
    double v = (double)NAN;

    if (t->kind == JSON_KIND_ABSENT || t->kind == JSON_KIND_NULL)
        return v;
    if (t->kind != JSON_KIND_NUMBER || number_parse(t->raw, t->raw_n, &v))
        fail(r, -EBADMSG);
    return v;
}

static double number_of(struct reading *r, const struct json_token *o, const char *name)
{
    const struct json_token t = member(o, name);
    return read_number(r, &t);
}

static int64_t time_of(struct reading *r, const struct json_token *o, const char *name)
{
    const struct json_token t = member(o, name);
    int64_t ns = INT64_MIN;

    if (t.kind == JSON_KIND_ABSENT || t.kind == JSON_KIND_NULL)
        return ns;
    if (t.kind != JSON_KIND_NUMBER || timestamp_parse(t.raw, t.raw_n, &ns))
        fail(r, -EBADMSG);
    return ns;
}

/* The number of a word in one of the tables of names. */
static int choice_of(
    struct reading *r, const struct json_token *o, const char *name, const char *(*name_of)(int), int count)
{
    char text[64];

    text_of(r, o, name, text, sizeof(text));
    for (int i = 0; i < count; i++) {
        const char *known = name_of(i);
        if (known && strcmp(text, known) == 0)
            return i;
    }
    fail(r, -EBADMSG);
    return 0;
}

static const char *law_of(int i)
{
    return law_name((enum law_id)i);
}

static const char *change_of(int i)
{
    return change_name((enum change)i);
}

static const char *confidence_of(int i)
{
    return confidence_name((enum confidence)i);
}

static const char *kind_of(int i)
{
    return incident_kind_name((enum incident_kind)i);
}

static const char *severity_of(int i)
{
    return severity_name((enum severity)i);
}

static const char *veto_of(int i)
{
    return i == VETO_NONE ? NULL : veto_type_name((enum veto_type)i);
}

static const char *entity_kind_of(int i)
{
    return entity_kind_name((enum entity_kind)i);
}

/* Two numbers. */
static void read_pair(
    struct reading *r, const struct json_token *o, const char *name, double *ret_lo, double *ret_hi)
{
    const struct json_token pair = member(o, name);
    double *const both[] = {ret_lo, ret_hi};
    const char *at = NULL;
    struct json_token t;

    *ret_lo = *ret_hi = (double)NAN;
    for (int i = 0; i < 2 && next_element(&pair, &at, &t); i++)
        *both[i] = read_number(r, &t);
}

static uint32_t host_of(struct reading *r, const struct json_token *o)
{
    char name[CATALOG_NAME_MAX + 1];

    text_of(r, o, "host", name, sizeof(name));
    const int64_t id = catalog_host(r->catalog, name, strlen(name));
    if (id < 0)
        fail(r, id == -ENOSPC ? -ENOSPC : -EBADMSG);
    return id < 0 ? 0 : (uint32_t)id;
}

static uint32_t entity_of(struct reading *r, const struct json_token *o)
{
    const struct json_token e = member(o, "entity");
    const uint32_t host = host_of(r, o);
    char name[CATALOG_NAME_MAX + 1], above[CATALOG_NAME_MAX + 16];
    int64_t parent = host;

    if (r->error)
        return 0;
    const enum entity_kind kind =
        (enum entity_kind)choice_of(r, &e, "kind", entity_kind_of, ENTITY_KIND_COUNT);
    if (kind == ENTITY_HOST)
        return host;
    text_of(r, &e, "name", name, sizeof(name));
    text_of(r, &e, "parent", above, sizeof(above));
    if (above[0] && strncmp(above, "host:", 5) != 0)
        parent = catalog_entity_text(r->catalog, host, above, strlen(above));
    const int64_t id =
        parent < 0 ? parent : catalog_entity(r->catalog, host, kind, name, strlen(name), (uint32_t)parent);
    if (id < 0)
        fail(r, id == -ENOSPC ? -ENOSPC : -EBADMSG);
    return id < 0 ? 0 : (uint32_t)id;
}

static void read_evidence(struct reading *r, const struct json_token *o, struct finding *f)
{
    const struct json_token list = member(o, "evidence"), carriers = member(o, "carriers");
    const char *at = NULL;
    struct json_token t;

    while (f->evidence_count < EVIDENCE_MAX && next_element(&list, &at, &t)) {
        struct evidence *e = &f->evidence[f->evidence_count++];
        text_of(r, &t, "signal", e->signal, sizeof(e->signal));
        e->value = number_of(r, &t, "value");
        e->expected = number_of(r, &t, "expected");
    }
    at = NULL;
    while (f->carrier_count < CARRIERS_MAX && next_element(&carriers, &at, &t)) {
        struct carrier *c = &f->carriers[f->carrier_count++];
        text_of(r, &t, "process", c->name, sizeof(c->name));
        c->share = number_of(r, &t, "share");
    }
}

/* The object of the line, if it is one of that type. */
static struct json_token begin(struct reading *r, const char *line, size_t n, const char *type)
{
    struct json_scan s = {.at = line};
    struct json_token object = {.kind = JSON_KIND_ABSENT};
    char text[16];

    if (n == 0 || line[n - 1] != '\n' || memchr(line, '\n', n - 1)) {
        fail(r, -EBADMSG);
        return object;
    }
    json_scan_blank(&s);
    if (!json_scan_value(&s, &object) || object.kind != JSON_KIND_OBJECT) {
        fail(r, -EBADMSG);
        return (struct json_token){.kind = JSON_KIND_ABSENT};
    }
    json_scan_blank(&s);
    text_of(r, &object, "type", text, sizeof(text));
    if (s.at != line + n - 1 || strcmp(text, type) != 0)
        fail(r, -EBADMSG);
    return object;
}

int event_line_finding(const char *line, size_t n, struct catalog *c, struct words *w, struct finding *ret)
{
    struct reading r = {.catalog = c, .words = w};
    struct finding f = {.cause = ""};
    const struct json_token o = begin(&r, line, n, "finding");

    if (r.error)
        return r.error;
    text_of(&r, &o, "id", f.id, sizeof(f.id));
    f.t_ns = time_of(&r, &o, "t");
    f.onset_ns = time_of(&r, &o, "onset");
    f.change = (enum change)choice_of(&r, &o, "state", change_of, CHANGE_CLOSE + 1);
    f.entity = entity_of(&r, &o);
    f.law = (enum law_id)choice_of(&r, &o, "law", law_of, LAW_COUNT);
    f.reading.state = f.change == CHANGE_CLOSE ? LAW_OK : LAW_ACTIVE;
    f.reading.value = number_of(&r, &o, "value");
    f.reading.expected = number_of(&r, &o, "expected");
    read_pair(&r, &o, "band", &f.reading.lo, &f.reading.hi);
    f.reading.unit = word_of(&r, &o, "unit");
    f.reading.scale_s = number_of(&r, &o, "scale_s");
    f.false_alarms_per_year = number_of(&r, &o, "false_alarms_per_year");
    const struct json_token calibrated = member(&o, "calibrated");
    f.calibrated = calibrated.kind == JSON_KIND_BOOLEAN && calibrated.raw[0] == 't';
    f.confidence = (enum confidence)choice_of(&r, &o, "confidence", confidence_of, CONFIDENCE_HIGH + 1);
    f.cause = word_of(&r, &o, "cause");
    read_pair(&r, &o, "exhaustion_s", &f.exhaustion_lo_s, &f.exhaustion_hi_s);
    read_evidence(&r, &o, &f);
    text_of(&r, &o, "text", f.text, sizeof(f.text));
    if (!r.error)
        *ret = f;
    return r.error;
}

static void read_veto(struct reading *r, const struct json_token *o, struct veto *v)
{
    const struct json_token t = member(o, "veto");

    if (t.kind != JSON_KIND_OBJECT)
        return;
    v->type = (enum veto_type)choice_of(r, &t, "type", veto_of, VETO_INTENT + 1);
    text_of(r, &t, "reason", v->reason, sizeof(v->reason));
    v->confidence = number_of(r, &t, "confidence");
    v->expires_ns = time_of(r, &t, "expires");
}

/* "laws" and "findings". */
static void read_lists(struct reading *r, const struct json_token *o, struct incident *i)
{
    const struct json_token laws = member(o, "laws"), findings = member(o, "findings");
    const char *at = NULL;
    struct json_token t;
    char text[32];

    for (uint32_t k = 0; k < LAW_COUNT && next_element(&laws, &at, &t); k++) {
        read_text(r, &t, text, sizeof(text));
        for (int law = 0; law < LAW_COUNT; law++)
            if (strcmp(text, law_name((enum law_id)law)) == 0)
                i->laws |= 1U << law;
    }
    at = NULL;
    while (i->finding_count < INCIDENT_FINDINGS_MAX && next_element(&findings, &at, &t)) {
        char *id = i->findings[i->finding_count++];
        read_text(r, &t, id, HASH_ID_TEXT_MAX);
    }
    const double total = number_of(r, o, "findings_total");
    i->findings_total = total >= 0 && total <= UINT32_MAX ? (uint32_t)total : i->finding_count;
}

/* "risk_terms": what each law adds. */
static void read_terms(struct reading *r, const struct json_token *o, struct incident *i)
{
    const struct json_token terms = member(o, "risk_terms");
    const char *at = NULL;
    struct json_token t;
    char name[CATALOG_NAME_MAX + 32];

    while (i->term_count < LAW_COUNT && next_element(&terms, &at, &t)) {
        struct risk_term *term = &i->terms[i->term_count++];
        term->law = (enum law_id)choice_of(r, &t, "law", law_of, LAW_COUNT);
        term->strength = number_of(r, &t, "strength");
        term->weight = number_of(r, &t, "weight");
        text_of(r, &t, "entity", name, sizeof(name));
        bool is_host = strncmp(name, "host:", 5) == 0;
        int64_t id = is_host ? i->host : catalog_entity_text(r->catalog, i->host, name, strlen(name));
        if (id < 0)
            fail(r, id == -ENOSPC ? -ENOSPC : -EBADMSG);
        term->entity = id < 0 ? i->host : (uint32_t)id;
    }
}

int event_line_incident(const char *line, size_t n, struct catalog *c, struct words *w, struct incident *ret)
{
    struct reading r = {.catalog = c, .words = w};
    struct incident i = {0};
    const struct json_token o = begin(&r, line, n, "incident");

    if (r.error)
        return r.error;
    text_of(&r, &o, "id", i.id, sizeof(i.id));
    i.t_ns = time_of(&r, &o, "t");
    i.change = (enum change)choice_of(&r, &o, "state", change_of, CHANGE_CLOSE + 1);
    i.host = host_of(&r, &o);
    i.kind = (enum incident_kind)choice_of(&r, &o, "kind", kind_of, INCIDENT_PERSISTENT + 1);
    i.severity = (enum severity)choice_of(&r, &o, "severity", severity_of, SEVERITY_CRITICAL + 1);
    i.start_ns = time_of(&r, &o, "start");
    i.end_ns = time_of(&r, &o, "end");
    i.risk = number_of(&r, &o, "risk");
    read_lists(&r, &o, &i);
    read_terms(&r, &o, &i);
    i.severity_reason = word_of(&r, &o, "severity_reason");
    read_pair(&r, &o, "exhaustion_s", &i.exhaustion_lo_s, &i.exhaustion_hi_s);
    text_of(&r, &o, "merged_into", i.merged_into, sizeof(i.merged_into));
    text_of(&r, &o, "narrative", i.narrative, sizeof(i.narrative));
    read_veto(&r, &o, &i.veto);
    if (!r.error)
        *ret = i;
    return r.error;
}
