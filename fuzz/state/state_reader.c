/* SPDX-License-Identifier: MIT
 * A state file with bytes changed anywhere, in the database and in its log: read by every question, then
 * opened for writing. The input is a list of patches on a good file, because anything else fails by its
 * head: which file and offset (4 bytes), how many bytes (1), the bytes. Time is bounded by the reader's own
 * limit of steps. */
#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/state_file.h"
#include "state/state_reader.h"

#define ROWS_MAX 2000000 /* that any question may bring: the limit of steps holds long before */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* SQLite frees megabytes each time; what the sanitizer keeps of that is not the reader's memory, and walking
 * the stack for each of its allocations takes a third of the time. */
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=1";
}

static char directory[] = "/dev/shm/coherence-fuzz-XXXXXX";
static int dir_fd = -1;
static uint8_t *good[2]; /* database, log */
static size_t good_n[2];
static const char *const names[2] = {STATE_FILE_NAME, STATE_FILE_NAME "-wal"};

static struct state_text text_of(const char *s)
{
    return (struct state_text){s, strlen(s)};
}

static void put_rows(struct state_file *f, unsigned n)
{
    char id[17];
    snprintf(id, sizeof(id), "%016x", n);
    const struct state_incident i = {.id = text_of(id),
        .host = text_of("a"),
        .kind = text_of("single"),
        .severity = text_of("warning"),
        .state = text_of(n % 2 ? "open" : "close"),
        .laws = text_of("fever"),
        .narrative = text_of("told"),
        .start_ns = n * INT64_C(1000000000),
        .end_ns = n * INT64_C(2000000000),
        .said_ns = n,
        .risk = 0.5,
        .json = text_of("{}")};
    const struct state_finding x = {.id = text_of(id),
        .incident = text_of(id),
        .host = text_of("a"),
        .entity = text_of("host:a"),
        .law = text_of("fever"),
        .cause = text_of("leak"),
        .state = text_of("open"),
        .onset_ns = n,
        .said_ns = n,
        .json = text_of("{}")};
    const struct state_run r = {
        .start_ns = n, .seen_ns = n, .stop_ns = STATE_TIME_NONE, .version = text_of("1")};
    const struct state_config c = {.t_ns = n, .hash = text_of("0123456789abcdef"), .text = text_of("a: b\n")};
    const struct state_block b = {.kind = 1 + n % 2, .from_ns = n, .to_ns = n + 1, .bytes = id, .n = 17};
    if (state_file_begin(f))
        return; /* of a file that is not what it seems */
    int failed = state_file_put_incident(f, &i) || state_file_put_finding(f, &x) ||
                 state_file_put_run(f, &r) || state_file_put_config(f, &c) || state_file_put_block(f, &b);
    if (failed)
        state_file_rollback(f);
    else
        (void)state_file_commit(f);
}

static void load(int which)
{
    int fd = openat(dir_fd, names[which], O_RDONLY);
    assert(fd >= 0);
    good_n[which] = (size_t)lseek(fd, 0, SEEK_END);
    good[which] = malloc(good_n[which]);
    assert(good[which] && pread(fd, good[which], good_n[which], 0) == (ssize_t)good_n[which]);
    (void)close(fd);
}

static void remove_all(void)
{
    static const char *const others[] = {STATE_FILE_NAME ".damaged-1", STATE_FILE_NAME ".damaged-1-wal",
        STATE_FILE_NAME ".damaged-2", STATE_FILE_NAME ".damaged-2-wal", STATE_FILE_NAME ".foreign-1",
        STATE_FILE_NAME ".foreign-1-wal"};
    for (int i = 0; i < 2; i++)
        (void)unlinkat(dir_fd, names[i], 0);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        (void)unlinkat(dir_fd, others[i], 0);
}

static void set_up(void)
{
    char note[ERROR_TEXT_MAX];
    struct state_file *f = NULL;

    /* Room for a connection's small things in one piece: statements are prepared anew for each input. */
    assert(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 400) == SQLITE_OK);
    assert(mkdtemp(directory));
    dir_fd = open(directory, O_RDONLY | O_DIRECTORY);
    assert(dir_fd >= 0 && state_file_open(&f, dir_fd, "host a", note, NULL) == 0);
    for (unsigned n = 1; n <= 40; n++) {
        put_rows(f, n);
        if (n == 25)
            assert(state_file_checkpoint(f) == 0);
    }
    load(0);
    load(1);
    state_file_close(f);
    remove_all();
    (void)rmdir(directory);
    strcpy(directory + sizeof(directory) - 7, "XXXXXX");
    (void)close(dir_fd);
    assert(mkdtemp(directory));
    dir_fd = open(directory, O_RDONLY | O_DIRECTORY);
}

static void patch(uint8_t *files[2], const uint8_t *data, size_t size)
{
    while (size >= 5) {
        uint32_t at = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
        int which = data[3] & 1;
        size_t n = data[4] <= size - 5 ? data[4] : size - 5;
        for (size_t i = 0; i < n; i++)
            files[which][(at + i) % good_n[which]] = data[5 + i];
        data += 5 + n;
        size -= 5 + n;
    }
}

static unsigned rows;

static int see_incident(void *context, const struct state_incident *i)
{
    unsigned odd = 0;
    (void)context;
    for (size_t k = 0; k < i->json.n; k++)
        odd += (unsigned)i->json.at[k] & 1;
    return ++rows > ROWS_MAX || odd > STATE_BLOCK_MAX;
}

static int see_finding(void *context, const struct state_finding *f)
{
    (void)context;
    return ++rows > ROWS_MAX || (f->id.at && f->id.n > STATE_BLOCK_MAX);
}

static int see_run(void *context, const struct state_run *r)
{
    (void)context;
    (void)r;
    return ++rows > ROWS_MAX;
}

static int see_config(void *context, const struct state_config *c)
{
    (void)context;
    (void)c;
    return ++rows > ROWS_MAX;
}

static int see_block(void *context, const struct state_block *b)
{
    unsigned odd = 0;
    (void)context;
    for (size_t k = 0; b->bytes && k < b->n; k++)
        odd += ((const uint8_t *)b->bytes)[k] & 1;
    return ++rows > ROWS_MAX || odd > STATE_BLOCK_MAX;
}

static void ask_everything(const struct state_source *source)
{
    const struct state_question all = {.since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE};
    const struct state_question some = {.since_ns = 5, .until_ns = 1 << 30, .law = "fever", .open = true};
    const struct state_block_range blocks = {.since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE};
    struct state_reader *r = NULL;
    uint64_t sequence;

    if (state_reader_new(&r, source, NULL))
        return;
    rows = 0;
    int done[] = {state_reader_incidents(r, &all, see_incident, NULL),
        state_reader_incidents(r, &some, see_incident, NULL),
        state_reader_incident(r, "00", see_incident, NULL),
        state_reader_findings(r, "0000000000000003", see_finding, NULL),
        state_reader_finding(r, "0000", see_finding, NULL),
        state_reader_runs(r, STATE_TIME_NONE, STATE_TIME_NONE, 0, see_run, NULL),
        state_reader_configs(r, STATE_TIME_NONE, STATE_TIME_NONE, 0, see_config, NULL),
        state_reader_blocks(r, &blocks, see_block, NULL), state_reader_find_block(r, 1, 20, &sequence)};
    for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++)
        assert(done[i] <= 0); /* bounded, and an error is -errno */
    state_reader_free(r);
}

static int put_file(const char *name, const uint8_t *bytes, size_t n)
{
    int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char note[ERROR_TEXT_MAX];
    struct state_file *f = NULL;
    uint8_t *files[2];

    if (dir_fd < 0)
        set_up();
    for (int i = 0; i < 2; i++) {
        files[i] = malloc(good_n[i]);
        assert(files[i]);
        memcpy(files[i], good[i], good_n[i]);
    }
    patch(files, data, size);
    const struct state_source source = {
        put_file(names[0], files[0], good_n[0]), put_file(names[1], files[1], good_n[1])};
    ask_everything(&source);
    (void)close(source.db_fd);
    (void)close(source.wal_fd);
    int r = state_file_open(&f, dir_fd, "host a", note, NULL);
    if (r == 0) {
        const struct state_limits l = {.keep_ns = 10, .history_bytes = 1, .recording_bytes = 1};
        put_rows(f, 77);
        if (state_file_begin(f) == 0 && state_file_prune(f, &l, 1000, 10) >= 0)
            (void)state_file_commit(f);
        else
            state_file_rollback(f);
        state_file_close(f);
    }
    remove_all();
    free(files[0]);
    free(files[1]);
    return 0;
}
