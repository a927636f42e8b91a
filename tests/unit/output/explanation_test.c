/* SPDX-License-Identifier: MIT
 * Pages that explain, compared with those in tests/golden/explanation (looked at, not computed): of a
 * cascade, as it was flown by `simulate cascade --json`, and of a finding alone with everything that one can
 * have. And that no name drives a terminal, and no line passes the page. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/replay/event_line.h"
#include "output/event_json.h"
#include "output/explanation.h"
#include "output/wrap.h"
#include "golden.h"
#include "sample_events.h"

#define PAGE_MAX 65536

static char said[PAGE_MAX];
static struct text out;

static void write_page(const struct explanation *x, uint32_t columns, bool color)
{
    text_init(&out, said, sizeof(said));
    explanation_write(x, &(struct explanation_style){.columns = columns, .color = color}, &out);
    assert_false(out.truncated);
}

/* Cells of the widest line but pictures, which are as they come. */
static size_t widest(const char *text)
{
    size_t most = 0;

    for (const char *p = text; *p;) {
        const size_t n = strcspn(p, "\n"), width = wrap_columns(p, n);
        most = width > most ? width : most;
        p += n + (p[n] == '\n');
    }
    return most;
}

static void a_cascade_is_explained(void **state)
{
    struct catalog *c = catalog_new(&(struct catalog_limits){.entities = 16, .series = 16, .metrics = 16});
    struct words *w = words_new();
    static char line[EVENT_JSON_MAX];
    static struct finding findings[2];
    struct explained_finding told[2];
    static struct incident n;
    uint32_t count = 0;
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    char path[512];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/tests/golden/explanation/cascade.jsonl", root ? root : ".");
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        if (count < 2 && event_line_finding(line, strlen(line), c, w, &findings[count]) == 0) {
            told[count] = (struct explained_finding){.finding = &findings[count],
                .state = EXPLAINED_OPEN,
                .opened_ns = findings[count].t_ns,
                .remark = "The recording begins at 00:20:00: of this nothing can be drawn."};
            count++;
        } else {
            assert_int_equal(event_line_incident(line, strlen(line), c, w, &n), 0);
        }
    }
    fclose(f);
    struct explanation x = {
        .names = c, .incident = &n, .state = EXPLAINED_OPEN, .findings = told, .count = count};
    write_page(&x, 80, false);
    is_golden("explanation/cascade-80.txt", said);
    assert_in_range(widest(said), 70, 80);
    write_page(&x, 100, true);
    is_golden("explanation/cascade-100-color.txt", said);
    x.incident = NULL;
    x.findings = &told[1];
    x.count = 1;
    told[1].picture = "   (a picture)\n";
    told[1].state = EXPLAINED_LOST;
    write_page(&x, 100, false);
    is_golden("explanation/fever-100.txt", said);
    words_free(w);
    catalog_free(c);
}

/* Everything that comes from outside, hostile; on pages of every width. */
static void no_name_drives_a_terminal(void **state)
{
    struct samples s;

    (void)state;
    samples_make(&s);
    s.finding.entity = (uint32_t)catalog_entity(
        s.catalog, s.hostile, ENTITY_CGROUP, HOSTILE_NAME, strlen(HOSTILE_NAME), s.hostile);
    s.incident.host = s.hostile;
    (void)snprintf(s.finding.text, sizeof(s.finding.text), "%s", HOSTILE_NAME);
    (void)snprintf(s.incident.narrative, sizeof(s.incident.narrative), "%s %s", HOSTILE_NAME, HOSTILE_NAME);
    (void)snprintf(s.incident.veto.reason, sizeof(s.incident.veto.reason), "%s", HOSTILE_NAME);
    (void)snprintf(s.finding.evidence[0].signal, EVIDENCE_NAME_MAX, "%s", HOSTILE_NAME);
    (void)snprintf(s.finding.carriers[0].name, CARRIER_NAME_MAX, "%s", HOSTILE_NAME);
    s.finding.carriers[0].share = 0.5;
    s.finding.carrier_count = 1;
    s.finding.cause = "x";
    struct explained_finding told[] = {
        {.finding = &s.finding, .state = EXPLAINED_CLOSED, .opened_ns = INT64_MIN, .remark = HOSTILE_NAME}};
    const struct explanation x = {.names = s.catalog,
        .incident = &s.incident,
        .state = EXPLAINED_LOST,
        .findings = told,
        .count = 1,
        .more = 3};
    for (uint32_t columns = 0; columns <= 200; columns += 3) {
        write_page(&x, columns, false);
        for (const char *p = said; *p; p++)
            assert_true((unsigned char)*p >= 0x20 || *p == '\n');
        assert_null(strchr(said, '\x9b'));
        assert_null(strchr(said, '\xff'));
    }
    catalog_free(s.catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cascade_is_explained),
        cmocka_unit_test(no_name_drives_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
