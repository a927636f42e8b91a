/* SPDX-License-Identifier: MIT
 * Recordings that are torn, damaged, incomplete, joined or hostile: what is whole is read, what is not is
 * said and counted, and nothing is ever fed that was not recorded. */
#include "recording_world.h"

#include <errno.h>
#include <lzma.h>
#include <math.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "state/recording_file.h"

#define S          INT64_C(1000000000)
#define START_NS   INT64_C(1767225600000000000)
#define HEADER_SUM 60 /* offset of a header's own checksum (docs/formats.md) */

struct file {
    uint8_t *bytes;
    size_t n, at;
};

static long read_file(void *context, void *out, size_t n)
{
    struct file *f = context;
    size_t left = f->n - f->at, got = left < n ? left : n;
    if (got > 100)
        got = 100; /* in pieces, as from a pipe */
    memcpy(out, f->bytes + f->at, got);
    f->at += got;
    return (long)got;
}

/* The blocks of w as recording_out writes them, in a file of its own. */
static int write_file(const struct world *w)
{
    char path[] = "/tmp/coherence-recording-XXXXXX";
    int fd = mkstemp(path);
    struct recording_out out;
    assert_true(fd >= 0);
    unlink(path);
    recording_out_init(&out, fd);
    for (size_t i = 0; i < w->block_count; i++)
        assert_int_equal(recording_out_put(&out, &w->blocks[i].head), 0);
    assert_int_equal(out.whole, lseek(fd, 0, SEEK_END));
    return fd;
}

static struct file load(int fd)
{
    struct file f = {.n = (size_t)lseek(fd, 0, SEEK_END)};
    f.bytes = malloc(f.n);
    assert_int_equal(pread(fd, f.bytes, f.n, 0), (ssize_t)f.n);
    return f;
}

/* Three stretches of some seconds each; in the first an entity comes and goes in blocks of their own. */
static struct world *small_world(void)
{
    static const struct recording_settings settings = {.max_samples = 64, .max_span_ns = 1};
    struct world *w = world_new(&settings);
    struct feed feed = world_feed(w);
    struct sample samples[3];

    for (int64_t second = 0; second < 9; second++) {
        int64_t t = START_NS + second * S;
        if (second % 3 == 0)
            world_key(w, t, "key: value\n", second ? "snapshot" : "");
        uint32_t host = (uint32_t)catalog_host(feed.catalog, "a", 1);
        samples[0] = (struct sample){
            (uint32_t)catalog_series_known(feed.catalog, host, METRIC_MEMORY_USAGE), 4096.0 * (double)second};
        samples[1] = (struct sample){
            (uint32_t)catalog_series(feed.catalog, host, "queue", 5), second == 4 ? (double)NAN : 0.1};
        uint32_t cgroup = (uint32_t)catalog_entity(feed.catalog, host, ENTITY_CGROUP, "shop", 4, ENTITY_NONE);
        samples[2] =
            (struct sample){(uint32_t)catalog_series_known(feed.catalog, cgroup, METRIC_CPU_UTILIZATION),
                0.25 + (double)second};
        feed.frame(w, t, samples, second == 0 ? 2 : 3);
        if (second == 1)
            feed.gone(w, t, cgroup, ENTITY_ENDED);
        feed.tick(w, t + 1000); /* ends a block */
    }
    assert_int_equal(recording_writer_flush(w->writer), 0);
    return w;
}

/* What reading a file came to. */
struct outcome {
    struct world *world;
    struct recording_read read;
    uint64_t passed_over;
    bool torn;
    int faults;  /* of recording_in_next */
    int refused; /* of recording_reader_block */
};

static struct outcome read_all(struct file f)
{
    struct outcome o = {.world = world_new(NULL)};
    struct feed feed = world_feed(o.world);
    struct recording_reader *r = recording_reader_new();
    struct recording_in *in = recording_in_new(read_file, &f);
    struct recording_block b;
    struct recording_key key;
    struct error e;
    int found;

    f.at = 0;
    while ((found = recording_in_next(in, &b, &e)) != 0) {
        if (found == -EPROTO) {
            o.faults++;
            break;
        }
        assert_true(found == 1 || found == -EBADMSG);
        o.faults += found < 0;
        if (found < 0) {
            assert_true(e.text[0] != '\0');
            continue;
        }
        int kind = recording_reader_block(r, b.bytes, b.n, &feed, &key);
        assert_true(kind == RECORDING_KEY || kind == RECORDING_DATA || kind == -EBADMSG || kind == -ENOKEY);
        o.refused += kind < 0;
    }
    o.read = recording_reader_totals(r);
    o.passed_over = recording_in_passed_over(in, &o.torn);
    recording_reader_free(r);
    recording_in_free(in);
    fflush(o.world->log);
    return o;
}

/* Does every line that was fed stand in the original? */
static void assert_part(const struct world *part, const struct world *whole)
{
    char line[512];
    for (const char *at = part->text, *end; *at; at = end + 1) {
        end = strchr(at, '\n');
        snprintf(line, sizeof(line), "%.*s\n", (int)(end - at), at);
        assert_non_null(strstr(whole->text, line));
    }
}

static void test_whole(void **state)
{
    struct world *w = small_world();
    int fd = write_file(w);
    struct file f = load(fd);
    struct outcome o = read_all(f);
    (void)state;
    world_say_catalog(w);
    world_say_catalog(o.world);
    assert_string_equal(o.world->text, w->text);
    assert_int_equal(o.faults + o.refused + (int)o.passed_over, 0);
    assert_int_equal(o.read.keys, 3);
    assert_int_equal(o.read.blocks + o.read.keys, w->block_count);
    assert_true(recording_is(f.bytes, f.n));
    assert_false(recording_is(f.bytes, 7));
    assert_false(recording_is((const uint8_t *)"timestamp,host", 14));
    world_free(o.world);
    free(f.bytes);
    close(fd);
    world_free(w);
}

/* A crash at any byte: everything before the torn block is read. */
static void test_every_truncation(void **state)
{
    struct world *w = small_world();
    int fd = write_file(w);
    struct file f = load(fd);
    size_t whole = RECORDING_FILE_MAGIC_SIZE, blocks = 0;
    (void)state;
    fflush(w->log);
    for (size_t n = 0; n <= f.n; n++) {
        if (blocks < w->block_count && n == whole + w->blocks[blocks].head.n)
            whole += w->blocks[blocks++].head.n;
        struct outcome o = read_all((struct file){.bytes = f.bytes, .n = n});
        assert_int_equal(o.read.keys + o.read.blocks, blocks);
        bool ends_whole = n == whole || n == 0;
        assert_int_equal(o.faults, !ends_whole);
        assert_int_equal(o.passed_over, ends_whole ? 0 : n < whole ? n : n - whole);
        assert_int_equal(o.torn, n >= whole + RECORDING_HEADER_SIZE);
        assert_memory_equal(o.world->text, w->text, o.world->text_n);
        world_free(o.world);
    }
    free(f.bytes);
    close(fd);
    world_free(w);
}

/* Each bit of a file, wrong: it is noticed, and nothing is fed that was not recorded. */
static void test_every_bit(void **state)
{
    struct world *w = small_world();
    int fd = write_file(w);
    struct file f = load(fd);
    (void)state;
    fflush(w->log);
    for (size_t bit = 0; bit < 8 * f.n; bit++) {
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct outcome o = read_all(f);
        assert_true(o.faults + o.refused > 0);
        /* One bit costs one block, and what depends on it; not the file. A version is another matter. */
        if (o.passed_over > 0 || o.refused > 0)
            assert_true(o.read.keys >= 2);
        if (bit % 5 == 0)
            assert_part(o.world, w);
        world_free(o.world);
        f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(f.bytes);
    close(fd);
    world_free(w);
}

/* Without the block that declared a cgroup its samples have no name until the next KEY; the others have. */
static void test_lost_names(void **state)
{
    struct world *w = small_world(), *to = world_new(NULL);
    struct feed feed = world_feed(to);
    struct recording_reader *r = recording_reader_new();
    struct recording_key key;
    (void)state;
    fflush(w->log);
    assert_int_equal(w->blocks[2].head.kind, RECORDING_DATA); /* the second second, with the cgroup */
    for (size_t i = 0; i < w->block_count; i++)
        if (i != 2)
            assert_int_equal(recording_reader_block(r, w->blocks[i].bytes, w->blocks[i].head.n, &feed, &key),
                w->blocks[i].head.kind);
    struct recording_read read = recording_reader_totals(r);
    assert_int_equal(read.missing, 1);
    assert_int_equal(read.damaged, 0);
    assert_int_equal(read.nameless, 0); /* of the second cgroup of that name, declared in the third second */
    assert_int_equal(read.samples, 3 * 9 - 1 - 3);
    fflush(to->log);
    assert_part(to, w);
    world_free(to);
    recording_reader_free(r);

    /* The first block of a stretch declares everything: without it nothing has a name. */
    r = recording_reader_new();
    to = world_new(NULL);
    feed = world_feed(to);
    for (size_t i = 0; i < w->block_count; i++)
        if (i != 1)
            assert_int_equal(recording_reader_block(r, w->blocks[i].bytes, w->blocks[i].head.n, &feed, &key),
                w->blocks[i].head.kind);
    read = recording_reader_totals(r);
    assert_int_equal(read.nameless, 6); /* the second and the third second */
    assert_int_equal(read.samples, 18);
    fflush(to->log);
    assert_part(to, w);
    world_free(to);
    recording_reader_free(r);
    world_free(w);
}

/* Blocks that could not be kept: the next one declares all names, so only they are missing. */
static void test_full_disk(void **state)
{
    static const struct recording_settings settings = {.max_samples = 64, .max_span_ns = S};
    struct world *w = world_new(&settings);
    struct sample sample = {0};
    struct recording_key key = {.config = "", .snapshot = (const uint8_t *)""};
    (void)state;
    uint32_t host = (uint32_t)catalog_host(w->catalog, "a", 1);
    assert_int_equal(recording_writer_tick(w->writer, w->catalog, START_NS), -ENOKEY);
    assert_int_equal(recording_writer_frame(w->writer, w->catalog, START_NS, &sample, 1), -ENOKEY);
    assert_int_equal(recording_writer_gone(w->writer, w->catalog, START_NS, host, ENTITY_ENDED), -ENOKEY);
    assert_int_equal(recording_writer_key(w->writer, &key), 0);
    for (int64_t second = 0; second < 20; second++) {
        char name[8];
        int n = snprintf(name, sizeof(name), "m%d", (int)second);
        sample = (struct sample){(uint32_t)catalog_series(w->catalog, host, name, (size_t)n), 1};
        w->put_fault = second >= 8 && second < 12 ? -ENOSPC : 0;
        assert_int_equal(recording_writer_frame(w->writer, w->catalog, START_NS + second * S, &sample, 1), 0);
        (void)recording_writer_tick(w->writer, w->catalog, START_NS + second * S + S);
    }
    assert_int_equal(recording_writer_flush(w->writer), 0);
    struct recording_written wrote = recording_writer_totals(w->writer);
    assert_int_equal(wrote.lost_blocks, 4);
    assert_int_equal(wrote.lost_samples, 4);
    assert_int_equal(wrote.samples, 16);
    struct world *to = world_new(NULL);
    struct feed feed = world_feed(to);
    struct recording_reader *r = recording_reader_new();
    for (size_t i = 0; i < w->block_count; i++)
        assert_true(recording_reader_block(r, w->blocks[i].bytes, w->blocks[i].head.n, &feed, &key) > 0);
    struct recording_read read = recording_reader_totals(r);
    assert_int_equal(read.samples, 16);
    assert_int_equal(read.nameless, 0);
    assert_int_equal(read.missing, 4);
    recording_reader_free(r);
    world_free(to);
    world_free(w);
}

static void test_joined_and_found(void **state)
{
    struct world *w = small_world();
    int fd = write_file(w);
    struct file f = load(fd);
    off_t at[4];
    struct recording_block b;
    (void)state;
    for (int64_t i = 0; i < 3; i++) {
        assert_int_equal(recording_find_key(fd, START_NS + 3 * i * S, &at[i]), 0);
        assert_int_equal(recording_look(f.bytes + at[i], f.n - (size_t)at[i], &b, NULL), 0);
        assert_int_equal(b.kind, RECORDING_KEY);
        assert_int_equal(b.from_ns, START_NS + 3 * i * S);
        assert_int_equal(recording_find_key(fd, START_NS + 3 * i * S + 2 * S, &at[3]), 0);
        assert_int_equal(at[3], at[i]);
    }
    assert_int_equal(recording_find_key(fd, 0, &at[3]), 0);
    assert_int_equal(at[3], RECORDING_FILE_MAGIC_SIZE);
    /* From the last KEY on. */
    struct outcome o = read_all((struct file){.bytes = f.bytes + at[2], .n = f.n - (size_t)at[2]});
    assert_int_equal(o.read.samples, 9);
    assert_int_equal(o.faults + o.refused, 0);
    world_free(o.world);
    /* Over a damaged block. */
    uint8_t bad = 0;
    assert_int_equal(pwrite(fd, &bad, 1, at[1] + 1), 1);
    assert_int_equal(recording_find_key(fd, START_NS + 4 * S, &at[3]), 0);
    assert_int_equal(at[3], at[0]);
    assert_int_equal(recording_find_key(fd, START_NS + 7 * S, &at[3]), 0);
    assert_int_equal(at[3], at[2]);
    /* Twice the same, end to end. */
    struct file two = {.bytes = malloc(2 * f.n), .n = 2 * f.n};
    memcpy(two.bytes, f.bytes, f.n);
    memcpy(two.bytes + f.n, f.bytes, f.n);
    o = read_all(two);
    assert_int_equal(o.read.keys, 6);
    assert_int_equal(o.read.samples, 2 * (3 * 9 - 1));
    assert_int_equal(o.faults + o.refused + (int)o.read.missing, 0);
    world_free(o.world);
    free(two.bytes);
    free(f.bytes);
    close(fd);
    fd = memfd_create("empty", 0);
    assert_int_equal(recording_find_key(fd, 0, &at[0]), -ENOENT);
    close(fd);
    world_free(w);
}

static void test_another_version(void **state)
{
    struct world *w = small_world();
    struct recording_reader *r = recording_reader_new();
    struct recording_key key;
    uint8_t *bytes = w->blocks[0].bytes;
    (void)state;
    bytes[4]++;
    uint32_t sum = lzma_crc32(bytes, HEADER_SUM, 0);
    for (unsigned i = 0; i < 4; i++)
        bytes[HEADER_SUM + i] = (uint8_t)(sum >> (8 * i));
    assert_int_equal(recording_reader_block(r, bytes, w->blocks[0].head.n, NULL, &key), -EPROTO);
    assert_non_null(strstr(recording_reader_error(r)->text, "format 2"));
    assert_int_equal(recording_reader_block(r, w->blocks[1].bytes, w->blocks[1].head.n, NULL, &key), -ENOKEY);
    recording_reader_free(r);
    world_free(w);
}

static void test_limits(void **state)
{
    struct world *w = small_world();
    const struct catalog_limits tight = {.entities = 2, .series = 2, .metrics = 1};
    struct world *to = world_new(NULL);
    struct recording_reader *r = recording_reader_new();
    struct recording_key key = {.config_n = RECORDING_CONFIG_MAX + 1};
    (void)state;
    assert_int_equal(recording_writer_key(w->writer, &key), -EFBIG);
    key = (struct recording_key){.snapshot_n = (size_t)RECORDING_SNAPSHOT_MAX + 1};
    assert_int_equal(recording_writer_key(w->writer, &key), -EFBIG);
    catalog_free(to->catalog);
    to->catalog = catalog_new(&tight);
    struct feed feed = world_feed(to);
    for (size_t i = 0; i < w->block_count; i++)
        assert_int_equal(recording_reader_block(r, w->blocks[i].bytes, w->blocks[i].head.n, &feed, &key),
            w->blocks[i].head.kind);
    struct recording_read read = recording_reader_totals(r);
    assert_int_equal(read.refused, 8); /* the cgroup has no room */
    assert_int_equal(read.samples, 18);
    recording_reader_free(r);
    world_free(to);
    world_free(w);
}

/* Samples of what is no more are left out and counted, and frames longer than a block are cut. */
static void test_odd_frames(void **state)
{
    static const struct recording_settings settings = {.max_samples = 8};
    struct world *w = world_new(&settings);
    struct sample samples[20];
    struct recording_key key = {.config = "", .snapshot = (const uint8_t *)""};
    (void)state;
    uint32_t host = (uint32_t)catalog_host(w->catalog, "a", 1);
    world_key(w, 0, "", "");
    for (uint32_t i = 0; i < 20; i++) {
        char name[8];
        int n = snprintf(name, sizeof(name), "m%u", i);
        samples[i] = (struct sample){(uint32_t)catalog_series(w->catalog, host, name, (size_t)n), i};
    }
    world_remove(w, catalog_series_get(w->catalog, samples[3].series)->entity);
    assert_int_equal(recording_writer_frame(w->writer, w->catalog, S, samples, 20), 0);
    assert_int_equal(recording_writer_frame(w->writer, w->catalog, S, samples + 3, 1), 0);
    assert_int_equal(recording_writer_flush(w->writer), 0);
    assert_int_equal(recording_writer_totals(w->writer).dead_samples, 2);
    assert_int_equal(recording_writer_totals(w->writer).samples, 19);
    struct world *to = world_new(NULL);
    struct feed feed = world_feed(to);
    struct recording_reader *r = recording_reader_new();
    for (size_t i = 0; i < w->block_count; i++)
        assert_true(recording_reader_block(r, w->blocks[i].bytes, w->blocks[i].head.n, &feed, &key) > 0);
    assert_int_equal(recording_reader_totals(r).samples, 19);
    assert_int_equal(recording_reader_totals(r).frames, 3);
    recording_reader_free(r);
    world_free(to);
    world_free(w);
}

/* The reader's end of the pipe is slow, or gone. */
static void test_out(void **state)
{
    struct world *w = small_world();
    struct recording_out out;
    int fds[2];
    (void)state;
    assert_int_equal(pipe(fds), 0);
    recording_out_init(&out, fds[1]);
    assert_false(out.can_cut);
    assert_int_equal(recording_out_put(&out, &w->blocks[0].head), 0);
    uint8_t bytes[4096];
    assert_int_equal(read(fds[0], bytes, sizeof(bytes)), RECORDING_FILE_MAGIC_SIZE + w->blocks[0].head.n);
    assert_true(recording_is(bytes, sizeof(bytes)));
    close(fds[0]);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(recording_out_put(&out, &w->blocks[1].head), -EPIPE);
    assert_int_equal(recording_out_put(&out, &w->blocks[2].head), -EPIPE);
    close(fds[1]);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_lost_names),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_joined_and_found),
        cmocka_unit_test(test_another_version),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_odd_frames),
        cmocka_unit_test(test_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
