/* SPDX-License-Identifier: MIT
 * Plain and compressed bytes through the real stream. The compressed samples are made here by the libraries'
 * own encoders, so that what is read back is known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "ingestion/replay/byte_stream.h"

#define PLAIN_MAX  (1u << 20)
#define PACKED_MAX (1u << 21)

static unsigned char plain[PLAIN_MAX], packed[PACKED_MAX], out[2 * PLAIN_MAX + 1];

static void fill_plain(void)
{
    uint32_t x = 1;
    for (size_t i = 0; i < PLAIN_MAX; i++) {
        x = x * 1664525u + 1013904223u;
        plain[i] = (unsigned char)("0123456789,\n abc"[x >> 28]);
    }
}

static size_t pack_gzip(const void *p, size_t n, unsigned char *to)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = to;
    z.avail_out = PACKED_MAX / 2;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t made = z.total_out;
    (void)deflateEnd(&z);
    return made;
}

static size_t pack_xz(const void *p, size_t n, unsigned char *to)
{
    size_t made = 0;
    assert_int_equal(
        lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, p, n, to, &made, PACKED_MAX / 2), LZMA_OK);
    return made;
}

static size_t pack_zstd(const void *p, size_t n, unsigned char *to)
{
    size_t made = ZSTD_compress(to, PACKED_MAX / 2, p, n, 3);
    assert_false(ZSTD_isError(made));
    return made;
}

static const struct {
    const char *name;
    size_t (*pack)(const void *p, size_t n, unsigned char *to);
} formats[] = {{"gzip", pack_gzip}, {"xz", pack_xz}, {"zstd", pack_zstd}};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static struct byte_stream *stream_of(const void *p, size_t n)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    struct byte_stream *s = byte_stream_from_fd(fd, "input", NULL);
    assert_non_null(s);
    return s;
}

/* Reads all in pieces of at most `piece`. Returns the count or the fault. */
static long read_all(struct byte_stream *s, size_t piece, struct error *e)
{
    size_t n = 0;
    for (;;) {
        size_t room = sizeof(out) - n < piece ? sizeof(out) - n : piece;
        assert_true(room > 0);
        long got = byte_stream_read(s, out + n, room, e);
        if (got <= 0)
            return got < 0 ? got : (long)n;
        n += (size_t)got;
    }
}

static void expect_plain(const void *p, size_t n, size_t expected_n)
{
    static const size_t pieces[] = {1, 7, 4096, 1u << 21};
    for (size_t i = n > 100000 ? 1 : 0; i < 4; i++) {
        struct error e = {0};
        struct byte_stream *s = stream_of(p, n);
        assert_int_equal(read_all(s, pieces[i], &e), expected_n);
        for (size_t at = 0; at < expected_n; at += PLAIN_MAX)
            assert_memory_equal(out + at, plain, expected_n - at < PLAIN_MAX ? expected_n - at : PLAIN_MAX);
        byte_stream_close(s);
    }
}

static void plain_bytes_pass(void **state)
{
    (void)state;
    expect_plain(plain, 0, 0);
    expect_plain(plain, 1, 1);
    expect_plain(plain, 5, 5);
    expect_plain(plain, 200000, 200000);
}

static void each_format_is_recognised(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        size_t n = formats[i].pack(plain, PLAIN_MAX, packed);
        assert_true(n < PLAIN_MAX);
        expect_plain(packed, n, PLAIN_MAX);
        expect_plain(packed, formats[i].pack(plain, 0, packed), 0);
        expect_plain(packed, formats[i].pack(plain, 3, packed), 3);
    }
}

static void concatenated_parts_are_read_through(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        size_t n = formats[i].pack(plain, PLAIN_MAX, packed);
        n += formats[i].pack(plain, 0, packed + n);
        n += formats[i].pack(plain, 1000, packed + n);
        expect_plain(packed, n, PLAIN_MAX + 1000);
    }
}

static void zero_padding_after_gzip_is_passed_over(void **state)
{
    (void)state;
    size_t n = pack_gzip(plain, 100, packed);
    memset(packed + n, 0, 100000);
    expect_plain(packed, n + 100000, 100);
}

static void a_pipe_may_come_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        int fds[2];
        struct error e = {0};
        size_t n = formats[i].pack(plain, 300, packed);
        assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
        struct byte_stream *s = byte_stream_from_fd(fds[0], "pipe", &e);
        size_t read_n = 0;
        for (size_t at = 0; at < n; at++) {
            assert_int_equal(write(fds[1], packed + at, 1), 1);
            for (;;) {
                long got = byte_stream_read(s, out + read_n, 10, &e);
                if (got == -EAGAIN)
                    break;
                assert_true(got > 0);
                read_n += (size_t)got;
            }
        }
        close(fds[1]);
        long got;
        while ((got = byte_stream_read(s, out + read_n, 10, &e)) > 0)
            read_n += (size_t)got;
        assert_int_equal(got, 0);
        assert_int_equal(read_n, 300);
        assert_memory_equal(out, plain, 300);
        byte_stream_close(s);
    }
}

/* Every proper prefix that still has the magic must be told as cut, whatever was read before. */
static void cut_data_is_a_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        size_t n = formats[i].pack(plain, 2000, packed);
        for (size_t cut = 6; cut < n; cut++) {
            struct error e = {0};
            struct byte_stream *s = stream_of(packed, cut);
            assert_int_equal(read_all(s, 4096, &e), -EBADMSG);
            assert_non_null(strstr(e.text, formats[i].name));
            assert_non_null(strstr(e.text, "cut short"));
            /* A fault is final. */
            assert_int_equal(byte_stream_read(s, out, 10, &e), -EBADMSG);
            byte_stream_close(s);
        }
    }
}

/* A changed byte in the compressed data is found by the format's check sum at the latest. zstd has none here:
 * only crashes count. */
static void damaged_data_is_a_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        size_t n = formats[i].pack(plain, 2000, packed);
        for (size_t at = 12; at < n; at++) {
            struct error e = {0};
            packed[at] ^= 0x55;
            struct byte_stream *s = stream_of(packed, n);
            long got = read_all(s, 4096, &e);
            if (i < 2)
                assert_int_equal(got, -EBADMSG);
            byte_stream_close(s);
            packed[at] ^= 0x55;
        }
    }
}

static void what_follows_the_last_part_is_a_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        struct error e = {0};
        size_t n = formats[i].pack(plain, 100, packed);
        memcpy(packed + n, "rubbish!", 8);
        struct byte_stream *s = stream_of(packed, n + 8);
        assert_int_equal(read_all(s, 4096, &e), -EBADMSG);
        byte_stream_close(s);
    }
}

/* A header alone can ask for gigabytes: it must be refused before anything is allocated. */
static void a_greedy_header_is_refused(void **state)
{
    (void)state;
    struct error e = {0};
    ZSTD_CCtx *z = ZSTD_createCCtx();
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, 30)));
    ZSTD_inBuffer in = {plain, 1000, 0};
    ZSTD_outBuffer to = {packed, sizeof(packed), 0};
    /* Flushed before the end, so that the encoder does not know how little comes and keeps the window. */
    assert_int_equal(ZSTD_compressStream2(z, &to, &in, ZSTD_e_flush), 0);
    assert_int_equal(ZSTD_compressStream2(z, &to, &in, ZSTD_e_end), 0);
    ZSTD_freeCCtx(z);
    struct byte_stream *s = stream_of(packed, to.pos);
    assert_int_equal(read_all(s, 4096, &e), -EBADMSG);
    assert_non_null(strstr(e.text, "128 MiB"));
    byte_stream_close(s);

    lzma_options_lzma options;
    assert_false(lzma_lzma_preset(&options, 0));
    options.dict_size = 1u << 30;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    lzma_block block = {.version = 0, .check = LZMA_CHECK_CRC32, .filters = filters};
    lzma_stream_flags flags = {.version = 0, .check = LZMA_CHECK_CRC32};
    assert_int_equal(lzma_stream_header_encode(&flags, packed), LZMA_OK);
    block.compressed_size = LZMA_VLI_UNKNOWN;
    block.uncompressed_size = LZMA_VLI_UNKNOWN;
    assert_int_equal(lzma_block_header_size(&block), LZMA_OK);
    assert_int_equal(lzma_block_header_encode(&block, packed + LZMA_STREAM_HEADER_SIZE), LZMA_OK);
    s = stream_of(packed, LZMA_STREAM_HEADER_SIZE + block.header_size);
    assert_int_equal(read_all(s, 4096, &e), -EBADMSG);
    assert_non_null(strstr(e.text, "136 MiB"));
    byte_stream_close(s);
}

static void what_is_no_file_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int code;
        const char *word;
    } cases[] = {{"/", -EISDIR, "directory"}, {"/dev/zero", -EINVAL, "device"},
        {"/nonexistent/file.csv", -ENOENT, "No such file"}};
    for (size_t i = 0; i < 3; i++) {
        struct error e = {0};
        assert_null(byte_stream_open(cases[i].path, &e));
        assert_int_equal(e.code, cases[i].code);
        assert_string_equal(e.file, cases[i].path);
        assert_non_null(strstr(e.text, cases[i].word));
    }
}

static void a_file_is_read_by_its_path(void **state)
{
    (void)state;
    char path[] = "/tmp/byte-stream-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, plain, 500), 500);
    close(fd);
    struct error e = {0};
    struct byte_stream *s = byte_stream_open(path, &e);
    assert_non_null(s);
    assert_string_equal(byte_stream_name(s), path);
    assert_int_equal(read_all(s, 100, &e), 500);
    assert_memory_equal(out, plain, 500);
    byte_stream_close(s);
    unlink(path);
}

static void what_was_looked_at_is_read_all_the_same(void **state)
{
    (void)state;
    unsigned char first[BYTE_STREAM_PEEK_MAX];
    static const size_t lengths[] = {0, 1, 7, 15, 16, 17, 5000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (size_t f = 0; f <= FORMATS; f++) {
            struct error e = {0};
            size_t n = lengths[i], packed_n = f < FORMATS ? formats[f].pack(plain, n, packed) : n;
            struct byte_stream *s = stream_of(f < FORMATS ? packed : plain, packed_n);
            assert_int_equal(byte_stream_peek(s, first, sizeof(first), &e), n < 16 ? n : 16);
            assert_memory_equal(first, plain, n < 16 ? n : 16);
            assert_int_equal(byte_stream_file(s) >= 0, f == FORMATS);
            assert_int_equal(read_all(s, 1 + n % 9, &e), n);
            assert_memory_equal(out, plain, n);
            byte_stream_close(s);
        }
}

static void a_plain_file_can_be_read_from_any_place(void **state)
{
    (void)state;
    unsigned char first[8];
    struct error e = {0};
    struct byte_stream *s = stream_of(plain, 200000);
    assert_int_equal(byte_stream_peek(s, first, 8, &e), 8);
    for (off_t at = 199999; at > 0; at /= 3) {
        assert_int_equal(byte_stream_seek(s, at), 0);
        assert_int_equal(read_all(s, 4096, &e), 200000 - at);
        assert_memory_equal(out, plain + at, (size_t)(200000 - at));
    }
    byte_stream_close(s);
}

int main(void)
{
    fill_plain();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_bytes_pass),
        cmocka_unit_test(each_format_is_recognised),
        cmocka_unit_test(concatenated_parts_are_read_through),
        cmocka_unit_test(zero_padding_after_gzip_is_passed_over),
        cmocka_unit_test(a_pipe_may_come_byte_by_byte),
        cmocka_unit_test(cut_data_is_a_fault),
        cmocka_unit_test(damaged_data_is_a_fault),
        cmocka_unit_test(what_follows_the_last_part_is_a_fault),
        cmocka_unit_test(a_greedy_header_is_refused),
        cmocka_unit_test(what_is_no_file_is_refused_by_name),
        cmocka_unit_test(a_file_is_read_by_its_path),
        cmocka_unit_test(what_was_looked_at_is_read_all_the_same),
        cmocka_unit_test(a_plain_file_can_be_read_from_any_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
