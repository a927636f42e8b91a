/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_rig.h"

#define SECOND INT64_C(1000000000)

void rig_open(struct rig *r)
{
    strcpy(r->path, "/tmp/coherence-history-XXXXXX");
    assert_non_null(mkdtemp(r->path));
    r->dir_fd = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(r->dir_fd >= 0);
}

void rig_close(struct rig *r)
{
    DIR *d = opendir(r->path);
    for (struct dirent *e; d && (e = readdir(d));)
        (void)unlinkat(r->dir_fd, e->d_name, 0);
    if (d)
        closedir(d);
    (void)close(r->dir_fd);
    (void)rmdir(r->path);
}

bool rig_has(const struct rig *r, const char *name)
{
    return faccessat(r->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

struct state_text rig_text(const char *text)
{
    return (struct state_text){text, strlen(text)};
}

void rig_incident(struct state_incident *i, unsigned n, const char *state, int64_t t)
{
    static char id[17], json[256];

    snprintf(id, sizeof(id), "%016x", n);
    snprintf(json, sizeof(json),
        "{\"type\":\"incident\",\"state\":\"%s\",\"id\":\"%s\",\"narrative\":\"%s\"}", state, id,
        n % 3 ? "seizure" : "fever, then seizure");
    *i = (struct state_incident){.id = rig_text(id),
        .host = rig_text(n % 5 ? "a" : "b"),
        .kind = rig_text(n % 2 ? "single" : "cascading"),
        .severity = rig_text("warning"),
        .state = rig_text(state),
        .laws = rig_text(n % 3 ? "seizure" : "fever seizure"),
        .narrative = rig_text("told"),
        .start_ns = n * SECOND,
        .end_ns = t * SECOND,
        .said_ns = t * SECOND,
        .risk = 0.5,
        .json = rig_text(json)};
}

void rig_finding(struct state_finding *f, unsigned n, const char *state, int64_t t)
{
    static char id[17], incident[17], json[128];

    snprintf(id, sizeof(id), "f%015x", n);
    snprintf(incident, sizeof(incident), "%016x", n / 2);
    snprintf(json, sizeof(json), "{\"type\":\"finding\",\"id\":\"%s\"}", id);
    *f = (struct state_finding){.id = rig_text(id),
        .incident = rig_text(incident),
        .host = rig_text("a"),
        .entity = rig_text("cgroup:box"),
        .law = rig_text("seizure"),
        .cause = rig_text("throttled"),
        .state = rig_text(state),
        .onset_ns = n * SECOND,
        .said_ns = t * SECOND,
        .json = rig_text(json)};
}

void rig_block(struct state_block *b, unsigned number, size_t n)
{
    static uint8_t bytes[1 << 20];

    assert_true(n <= sizeof(bytes));
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(number * 31 + i * 7 + i / 251);
    *b = (struct state_block){.sequence = number,
        .kind = number % 4 == 0 ? 1 : 2,
        .from_ns = number * 60 * SECOND,
        .to_ns = (number * 60 + 59) * SECOND,
        .samples = 1000 + number,
        .bytes = bytes,
        .n = n};
}

struct state_file *rig_file(const struct rig *r, char note[ERROR_TEXT_MAX])
{
    char unread[ERROR_TEXT_MAX];
    struct state_file *f = NULL;
    struct error e = {0};

    if (state_file_open(&f, r->dir_fd, RIG_LABEL, note ? note : unread, &e))
        fail_msg("%s", e.text);
    return f;
}

void rig_put_incident(struct state_file *f, unsigned n, const char *state, int64_t t)
{
    struct state_incident i;

    rig_incident(&i, n, state, t);
    assert_int_equal(state_file_begin(f), 0);
    assert_int_equal(state_file_put_incident(f, &i), 0);
    assert_int_equal(state_file_commit(f), 0);
}

struct count {
    unsigned all, closed;
};

static int count_one(void *context, const struct state_incident *i)
{
    struct count *c = context;
    c->all++;
    c->closed += i->state.n == 5 && memcmp(i->state.at, "close", 5) == 0;
    return 0;
}

int rig_count(const struct rig *r, unsigned *ret_incidents, unsigned *ret_closed)
{
    const struct state_question all = {.since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE};
    struct state_source source;
    struct state_reader *reader = NULL;
    struct count c = {0};
    struct error e;

    int result = state_source_open(&source, r->path, &e);
    if (result)
        return result;
    result = state_reader_new(&reader, &source, &e);
    if (result == 0)
        result = state_reader_incidents(reader, &all, count_one, &c);
    state_reader_free(reader);
    state_source_close(&source);
    *ret_incidents = c.all;
    *ret_closed = c.closed;
    return result;
}
