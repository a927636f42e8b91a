/* SPDX-License-Identifier: MIT
 * A file or standard input to plain bytes: recognises gzip, xz and zstd by their first bytes and reads
 * through the decoder; everything else passes as it is. Memory is one buffer and what the decoder needs,
 * whatever the length. What the bytes mean is left to the readers. */
#include "ingestion/replay/byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingestion/replay/byte_codec.h"

#define MAGIC_MAX 6

struct byte_stream {
    int fd;
    bool borrowed; /* standard input is not ours to close */
    char name[ERROR_FILE_MAX];
    const struct byte_codec *codec; /* NULL: plain */
    void *codec_state;
    struct byte_codec_input input; /* within buffer; for plain input only the first bytes */
    bool recognised;
    uint64_t done, size;
    int failed; /* a fault that came once is final */
    unsigned char peeked[BYTE_STREAM_PEEK_MAX];
    size_t peeked_from, peeked_to; /* what of it has not been read */
    unsigned char buffer[BYTE_CODEC_INPUT];
};

static const struct byte_codec *const codecs[] = {&byte_codec_gzip, &byte_codec_xz, &byte_codec_zstd};

static struct byte_stream *stream_new(int fd, bool borrowed, const char *name, struct error *e)
{
    struct byte_stream *s = malloc(sizeof(*s));
    if (s == NULL) {
        (void)error_set_at(e, -ENOMEM, name, 0, 0, "out of memory");
        if (!borrowed)
            (void)close(fd);
        return NULL;
    }
    *s = (struct byte_stream){.fd = fd, .borrowed = borrowed};
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        s->size = (uint64_t)st.st_size;
    strncat(s->name, name, sizeof(s->name) - 1);
    s->input = (struct byte_codec_input){.data = s->buffer, .name = s->name};
    return s;
}

/* What is not read as telemetry, in words; NULL: it is. Devices are refused because opening or reading some
 * of them does things. */
static const char *unsuitable(mode_t mode)
{
    if (S_ISDIR(mode))
        return "is a directory";
    if (S_ISBLK(mode) || S_ISCHR(mode))
        return "is a device";
    if (S_ISSOCK(mode))
        return "is a socket";
    return NULL;
}

struct byte_stream *byte_stream_open(const char *path, struct error *e)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        if (fstat(STDIN_FILENO, &st) == 0 && S_ISDIR(st.st_mode)) {
            (void)error_set_at(e, -EISDIR, "-", 0, 0, "cannot read standard input: it is a directory");
            return NULL;
        }
        return stream_new(STDIN_FILENO, true, "-", e);
    }
    const char *what = NULL;
    int fd = -1;
    /* Asked before opening, because opening a device can already do something; asked again after, because the
     * name may have changed hands. */
    if (stat(path, &st) == 0 && (what = unsuitable(st.st_mode)) == NULL)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &st) == 0 && (what = unsuitable(st.st_mode)) != NULL) {
        (void)close(fd);
        fd = -1;
    }
    if (fd >= 0)
        return stream_new(fd, false, path, e);
    if (what != NULL)
        (void)error_set_at(
            e, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, path, 0, 0, "cannot read: it %s", what);
    else
        (void)error_set_at(e, -errno, path, 0, 0, "cannot read: %s", strerror(errno));
    return NULL;
}

struct byte_stream *byte_stream_from_fd(int fd, const char *name, struct error *e)
{
    return stream_new(fd, false, name, e);
}

void byte_stream_close(struct byte_stream *s)
{
    if (s == NULL)
        return;
    if (s->codec_state != NULL)
        s->codec->close(s->codec_state);
    if (!s->borrowed)
        (void)close(s->fd);
    free(s);
}

const char *byte_stream_name(const struct byte_stream *s)
{
    return s->name;
}

uint64_t byte_stream_done(const struct byte_stream *s)
{
    return s->done;
}

uint64_t byte_stream_size(const struct byte_stream *s)
{
    return s->size;
}

/* One read(2). Returns the count, 0 at the end, -errno with e filled. */
static long read_some(struct byte_stream *s, void *out, size_t n, struct error *e)
{
    ssize_t got = read(s->fd, out, n);
    if (got >= 0) {
        s->done += (uint64_t)got;
        return got;
    }
    int fault = -errno;
    return error_set_at(e, fault, s->name, 0, 0, "cannot read: %s", strerror(-fault));
}

/* Adds to the bytes at input. Returns 0 or -errno. */
static int fill(struct byte_stream *s, struct error *e)
{
    if (s->input.n > 0 && s->input.data != s->buffer)
        memmove(s->buffer, s->input.data, s->input.n);
    s->input.data = s->buffer;
    long got = read_some(s, s->buffer + s->input.n, sizeof(s->buffer) - s->input.n, e);
    if (got < 0)
        return (int)got;
    s->input.n += (size_t)got;
    s->input.at_end = got == 0;
    return 0;
}

/* Looks at the first bytes. They may come one by one, from a pipe. */
static int recognise(struct byte_stream *s, struct error *e)
{
    while (s->input.n < MAGIC_MAX && !s->input.at_end) {
        int fault = fill(s, e);
        if (fault != 0)
            return fault;
        /* Text is known by its first byte: do not make it wait for six. */
        if (s->input.n > 0 && s->buffer[0] != codecs[0]->magic[0] && s->buffer[0] != codecs[1]->magic[0] &&
            s->buffer[0] != codecs[2]->magic[0])
            break;
    }
    s->recognised = true;
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
        if (s->input.n >= codecs[i]->magic_n && memcmp(s->buffer, codecs[i]->magic, codecs[i]->magic_n) == 0)
            s->codec = codecs[i];
    if (s->codec == NULL)
        return 0;
    s->codec_state = s->codec->open();
    return s->codec_state != NULL
               ? 0
               : error_set_at(e, -ENOMEM, s->name, 0, 0, "out of memory for %s data", s->codec->format);
}

static long read_plain(struct byte_stream *s, void *out, size_t n, struct error *e)
{
    if (s->input.n == 0)
        return s->input.at_end ? 0 : read_some(s, out, n, e);
    size_t copied = s->input.n < n ? s->input.n : n;
    memcpy(out, s->input.data, copied);
    s->input.data += copied;
    s->input.n -= copied;
    return (long)copied;
}

static long read_coded(struct byte_stream *s, void *out, size_t n, struct error *e)
{
    for (;;) {
        long got = s->codec->decode(s->codec_state, &s->input, out, n, e);
        if (got != 0 || s->input.at_end)
            return got;
        int fault = fill(s, e);
        if (fault != 0)
            return fault;
    }
}

/* What was looked at before it was read. */
static long read_peeked(struct byte_stream *s, void *out, size_t n)
{
    size_t left = s->peeked_to - s->peeked_from, copied = left < n ? left : n;

    memcpy(out, s->peeked + s->peeked_from, copied);
    s->peeked_from += copied;
    return (long)copied;
}

long byte_stream_read(struct byte_stream *s, void *out, size_t n, struct error *e)
{
    if (s->peeked_from < s->peeked_to && n > 0)
        return read_peeked(s, out, n);
    if (s->failed != 0)
        return error_set_at(e, s->failed, s->name, 0, 0, "cannot read on after an earlier fault");
    if (n > BYTE_STREAM_READ_MAX)
        n = BYTE_STREAM_READ_MAX;
    long got = s->recognised ? 0 : recognise(s, e);
    if (got == 0)
        got = s->codec == NULL ? read_plain(s, out, n, e) : read_coded(s, out, n, e);
    if (got < 0 && got != -EINTR && got != -EAGAIN)
        s->failed = (int)got;
    return got;
}

long byte_stream_peek(struct byte_stream *s, void *out, size_t n, struct error *e)
{
    size_t have = 0;

    while (have < n) {
        long got = byte_stream_read(s, s->peeked + have, n - have, e);
        if (got < 0)
            return got;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    memcpy(out, s->peeked, have);
    s->peeked_from = 0;
    s->peeked_to = have;
    return (long)have;
}

int byte_stream_file(const struct byte_stream *s)
{
    struct stat st;
    bool plain = s->recognised && s->codec == NULL && fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode);
    return plain ? s->fd : -1;
}

int byte_stream_seek(struct byte_stream *s, off_t offset)
{
    if (lseek(s->fd, offset, SEEK_SET) < 0)
        return -errno;
    s->peeked_from = s->peeked_to = 0;
    s->input.n = 0;
    s->input.at_end = false;
    return 0;
}
