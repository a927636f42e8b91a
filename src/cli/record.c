/* SPDX-License-Identifier: MIT
 * coherence record FILE: this host's telemetry, as `live` would judge it, into a recording. The engine works
 * along without a word: a recording carries its snapshots, so that a range of time can be replayed from the
 * one before it, and it keeps the number of names bounded. Blocks are written as they come: recording is what
 * this command is for, so it waits for the disk, and ends when that refuses. */
#include "cli/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/sentinel.h"
#include "cli/session.h"

#define MAGIC_MAX 64 /* bytes at the beginning of a file that tell a recording */

static int refuse(const char *path, const char *why)
{
    session_say("cannot write '%s': %s", path, why);
    return STATUS_FAILURE;
}

/* May that file be emptied? NULL, or why not. */
static const char *find_obstacle(int fd)
{
    struct stat st;
    uint8_t begin[MAGIC_MAX];

    if (fstat(fd, &st) != 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "it exists and is not a regular file";
    ssize_t n = pread(fd, begin, sizeof(begin), 0);
    if (n < 0)
        return strerror(errno);
    if (n > 0 && !recording_is(begin, (size_t)n))
        return "it exists and is no recording; name another file, or remove it";
    return ftruncate(fd, 0) == 0 ? NULL : strerror(errno);
}

/* Not O_TRUNC: it is emptied only after it has been looked at. O_NONBLOCK: a FIFO must not block the open. */
static int open_file(const char *path, int *ret_fd)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);

    if (fd < 0) {
        int fault = errno;
        bool link = fault == ELOOP && lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
        return refuse(path, link ? "it is a symbolic link" : strerror(fault));
    }
    const char *obstacle = find_obstacle(fd);
    if (obstacle) {
        int status = refuse(path, obstacle);
        (void)close(fd);
        return status;
    }
    *ret_fd = fd;
    return STATUS_FINE;
}

int record_open(struct record *r, const char *path)
{
    int fd = STDOUT_FILENO;

    *r = (struct record){.path = path};
    if (strcmp(path, "-") == 0) {
        if (isatty(fd)) {
            session_say("a recording is no text for a terminal: name a file, or send it to another program");
            return STATUS_USAGE;
        }
    } else {
        int status = open_file(path, &fd);
        if (status)
            return status;
    }
    recording_out_init(&r->out, fd);
    return STATUS_FINE;
}

void record_start(struct record *r, struct recorder *recorder)
{
    r->recorder = recorder;
    r->sink = recorder_add(recorder, recording_out_put, &r->out);
}

int record_fault(const struct record *r)
{
    return r->out.failed;
}

static void say_result(const struct recorder_state *s)
{
    char line[256], from[TIMESTAMP_TEXT_MAX];
    const uint64_t samples = s->samples, bytes = s->bytes;
    struct text t;

    text_init(&t, line, sizeof(line));
    if (s->from_ns != INT64_MIN) {
        timestamp_format(s->from_ns, from);
        text_addf(&t, "recorded %llu samples from %s on, over ", (unsigned long long)samples, from);
        text_add_human(&t, (double)(s->to_ns - s->from_ns) * 1e-9, 3);
        text_add(&t, " s: ");
    } else {
        text_add(&t, "recorded nothing: ");
    }
    text_addf(&t, "%llu bytes", (unsigned long long)bytes);
    if (samples > 0) {
        text_add(&t, ", ");
        text_add_human(&t, (double)bytes / (double)samples, 3);
        text_add(&t, " a sample");
    }
    session_say("%s", line);
}

int record_close(struct record *r, int status)
{
    if (!r->path)
        return status;
    if (r->recorder) {
        struct recorder_state s = recorder_state(r->recorder, r->sink);
        if (s.fault && s.fault != -EPIPE) {
            session_say("cannot write '%s': %s; it is good up to there, %llu samples are lost", r->path,
                strerror(-s.fault), (unsigned long long)s.lost_samples);
            status = status == STATUS_FINE ? STATUS_FAILURE : status;
        }
        say_result(&s);
    }
    if (r->out.fd != STDOUT_FILENO && close(r->out.fd) != 0 && status == STATUS_FINE)
        status = refuse(r->path, strerror(errno));
    *r = (struct record){0};
    return status;
}

static int run(const struct arguments *a)
{
    struct arguments with = *a;

    if (a->operand_count != 1 && !a->dump_config) {
        session_say("record takes one file, or - for standard output");
        return STATUS_USAGE;
    }
    with.record_file = a->operands[0];
    with.operand_count = 0;
    return sentinel_run(&with, &(struct sentinel_plan){.only_records = true});
}

const struct command command_record = {
    .name = "record",
    .bit = FOR_RECORD,
    .operands = "FILE | -",
    .summary = "only record this host's telemetry, for replay",
    .run = run,
};
