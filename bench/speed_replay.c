/* SPDX-License-Identifier: MIT
 * Speed of whole replays: the real program, long CSV on its standard input, one core and two. The floor is a
 * bare parse of the same bytes: split, numbers made, names hashed, nothing kept. */
#include "speed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"

#define FIRST_S     INT64_C(1767225600)
#define BLOCK_BYTES (1u << 20)
#define OUTPUT_MAX  (1u << 20)

struct input {
    const char *name;
    unsigned hosts, metrics, seconds; /* metrics of each host; 1: its cpu_usage */
};

static const struct input inputs[] = {
    {"replay, unknown series, long CSV", 100, 10, 2400},
    {"replay, cpu_usage, long CSV", 1000, 1, 1200},
};

struct replayed {
    double cpu_ns, wall_ns;
    size_t output_bytes;
    uint64_t output; /* hash of what it said */
};

/* Writes the input into a memory file. Returns its descriptor; ends the program when it cannot. */
static int make_input(const struct input *in)
{
    static char buffer[BLOCK_BYTES];
    static float noise[65536];
    struct text t;
    int fd = memfd_create("speed", MFD_CLOEXEC);

    speed_fill_noise(noise, 65536);
    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, "timestamp,host,metric,value\n");
    for (unsigned s = 0; s < in->seconds; s++) {
        for (unsigned i = 0; i < in->hosts * in->metrics; i++) {
            unsigned micro = (unsigned)((double)noise[(s * 7919 + i * 31) % 65536] * 1e4);
            text_addf(&t, "%lld,h%03u,", (long long)FIRST_S + s, i / in->metrics);
            if (in->metrics == 1)
                text_add(&t, "cpu_usage");
            else
                text_addf(&t, "m%u", i % in->metrics);
            text_addf(&t, ",%u.%04u\n", micro / 10000, micro % 10000);
            if (t.length < sizeof(buffer) - 4096)
                continue;
            if (write(fd, t.data, t.length) != (ssize_t)t.length)
                exit(1);
            text_clear(&t);
        }
    }
    if (fd < 0 || write(fd, t.data, t.length) != (ssize_t)t.length)
        exit(1);
    return fd;
}

/* One field up to `end`; *at stands behind the separator afterwards. */
static double bare_number(const char **at, const char *end)
{
    uint64_t digits = 0;
    double scale = 1;
    bool fraction = false;
    const char *p = *at;

    for (; p < end && *p != ',' && *p != '\n'; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        digits = digits * 10 + (unsigned)(*p - '0');
        scale *= fraction ? 10 : 1;
    }
    *at = p + 1;
    return (double)digits / scale;
}

static uint64_t bare_name(const char **at, const char *end)
{
    const char *p = *at;
    uint64_t h = 0xCBF29CE484222325U;

    for (; p < end && *p != ','; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001B3U;
    *at = p + 1;
    return h;
}

static double bare_parse_ns(int fd)
{
    size_t size = (size_t)lseek(fd, 0, SEEK_END);
    double ns[SPEED_RUNS], sum = 0;

    for (size_t run = 0; run < SPEED_RUNS; run++) {
        double from = speed_cpu_ns();
        const char *all = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0), *end = all + size;
        if (all == MAP_FAILED)
            exit(1);
        for (const char *p = memchr(all, '\n', size); ++p < end;) {
            sum += bare_number(&p, end);
            sum += (double)(bare_name(&p, end) ^ bare_name(&p, end));
            sum += bare_number(&p, end);
            p--;
        }
        munmap((void *)(uintptr_t)all, size);
        ns[run] = speed_cpu_ns() - from;
    }
    volatile double used = sum;
    (void)used;
    return speed_median(ns, SPEED_RUNS);
}

static void run_child(const char *program, int fd, int out, const char *threads)
{
    if (dup2(fd, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        (void)execl(program, program, "replay", "--json", "--threads", threads, "-", (char *)NULL);
    (void)fprintf(stderr, "cannot run '%s': %s\n", program, strerror(errno));
    _exit(127);
}

static int replay_once(const char *program, int fd, const char *threads, struct replayed *ret)
{
    static char said[OUTPUT_MAX];
    struct rusage usage;
    int status, out = memfd_create("speed-output", MFD_CLOEXEC);
    double from = speed_wall_ns();

    (void)lseek(fd, 0, SEEK_SET);
    pid_t child = fork();
    if (child == 0)
        run_child(program, fd, out, threads);
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return -1;
    ret->wall_ns = speed_wall_ns() - from;
    ret->cpu_ns = 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                  1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    ssize_t n = pread(out, said, sizeof(said), 0);
    (void)close(out);
    ret->output_bytes = n < 0 ? 0 : (size_t)n;
    ret->output = hash_sip24(1, 2, said, ret->output_bytes);
    return 0;
}

/* Medians over all runs. */
struct measured {
    struct replayed one, two;
    double speed_up; /* median over pairs of runs that followed each other */
    bool same;       /* whatever the number of threads, the output was */
};

/* Runs with one thread and with two take turns: what else the machine does hits both alike. */
static int replay_in_turn(const char *program, int fd, struct measured *ret)
{
    double cpu[2][SPEED_RUNS], wall[2][SPEED_RUNS], ratio[SPEED_RUNS];

    ret->same = true;
    for (size_t run = 0; run < SPEED_RUNS; run++) {
        if (replay_once(program, fd, "1", &ret->one) || replay_once(program, fd, "2", &ret->two))
            return -1;
        ret->same &= ret->one.output_bytes == ret->two.output_bytes && ret->one.output == ret->two.output;
        cpu[0][run] = ret->one.cpu_ns;
        cpu[1][run] = ret->two.cpu_ns;
        wall[0][run] = ret->one.wall_ns;
        wall[1][run] = ret->two.wall_ns;
        ratio[run] = ret->one.wall_ns / ret->two.wall_ns;
    }
    ret->one.cpu_ns = speed_median(cpu[0], SPEED_RUNS);
    ret->two.cpu_ns = speed_median(cpu[1], SPEED_RUNS);
    ret->one.wall_ns = speed_median(wall[0], SPEED_RUNS);
    ret->two.wall_ns = speed_median(wall[1], SPEED_RUNS);
    ret->speed_up = speed_median(ratio, SPEED_RUNS);
    return 0;
}

static int measure(const char *program, const struct input *in)
{
    double rows = (double)in->hosts * in->metrics * in->seconds;
    struct measured m;
    int fd = make_input(in);

    if (replay_in_turn(program, fd, &m)) {
        (void)fprintf(stderr, "%s: the replay failed\n", in->name);
        return 1;
    }
    double floor = bare_parse_ns(fd);
    (void)close(fd);
    (void)printf("%-34s %8.0f %7.2f %7.2f %7.2f %6.1f %9.2f %9.2f %8.2f  %s\n", in->name, rows,
        rows / m.one.cpu_ns * 1e3, rows / m.two.cpu_ns * 1e3, rows / floor * 1e3, m.one.cpu_ns / floor,
        rows / m.one.wall_ns * 1e3, rows / m.two.wall_ns * 1e3, m.speed_up,
        m.same ? "same output" : "OUTPUT DIFFERS");
    (void)fflush(stdout);
    return !m.same;
}

int speed_replay(const char *program)
{
    int failed = 0;

    (void)printf("\n%-34s %8s %7s %7s %7s %6s %9s %9s %8s\n", "million rows a second", "rows", "1 thr.",
        "2 thr.", "bare", "times", "1 thread", "2 threads", "speed-up");
    (void)printf(
        "%-34s %8s %7s %7s %7s %6s %9s %9s\n", "", "", "CPU", "CPU", "parse", "bare", "wall", "wall");
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
        failed |= measure(program, &inputs[i]);
    return failed;
}
