/* SPDX-License-Identifier: MIT
 * The inside of the deep sense's own process, shared by deep_eye.c (its rounds), process_scan.c (which
 * processes there are), process_look.c (one of them), jvm_file.c (JVMs). Nobody else includes
 * this, but the tests. Everything has its place from the start: under its filter this process gets no more
 * memory. */
#ifndef COHERENCE_INGESTION_DEEP_EYE_H
#define COHERENCE_INGESTION_DEEP_EYE_H

#include <stdbool.h>
#include <stdint.h>

#include "ingestion/deep/deep_message.h"
#include "ingestion/deep/process_text.h"
#include "ingestion/host/proc_pid_stat.h"

#define EYE_TEXT_MAX      4096 /* bytes of a small file; status has 1500 */
#define EYE_ENTRIES_BYTES 32768
#define EYE_JVMS_MAX      256
#define EYE_OWN_MAX       16 /* processes that the deep sense chooses itself */

/* Heuristics, chosen on 2026-11-22: opening and reading one small file takes some 8 us here, so a round
 * stays below 15 ms on any host. */
#define EYE_SCAN_PER_ROUND  256u                 /* processes of /proc */
#define EYE_SCAN_EVERY_NS   INT64_C(10000000000) /* from the beginning of one pass to the next */
#define EYE_TASKS_PER_ROUND 1024u                /* threads, of all processes */
#define EYE_TASKS_EACH      128u /* threads, of one process; the next round takes the next ones */
#define EYE_LIMITS_ROUNDS   30u  /* the limit of open files is read again after so many rounds */
#define EYE_HIDDEN_TASKS    4u   /* so many threads in a row hide what they wait for: so do the others */
#define EYE_HIDDEN_ROUNDS   3u   /* of a process that did so in so many rounds in a row */
#define EYE_HIDDEN_AGAIN    10u  /* threads are looked at in every tenth only */

/* A process that is looked at. */
struct eye_process {
    struct deep_id id;
    int fd; /* its directory, O_PATH: a dead process answers ESRCH, also when its number lives on */
    uint32_t first_task; /* where the next round begins */
    uint32_t limit_age;
    uint32_t hidden_rounds; /* in a row, in which its threads hid what they wait for */
    double open_files_limit;
};

/* A JVM that is read. */
struct eye_jvm {
    struct deep_id id; /* pid 0: free */
    int process_fd;    /* as above */
    int file_fd;
    char name[DEEP_NAME_MAX];
    uint32_t nameless_rounds;
    bool has_name;
};

struct eye_candidate {
    struct deep_id id;
    uint64_t score;
};

struct deep_eye {
    int proc_fd; /* <root>/proc */
    int tmp_fd;  /* <root>/tmp; -1: none */
    int self_fd; /* /proc/self/fd; -1: none, and then no JVM is read */
    int out_fd;
    double tick_hz;
    uint32_t max_jvms;
    uint32_t own[2]; /* numbers of the two processes of this program */
    uint64_t dropped;

    /* The pass over all processes. */
    bool scanning;
    int64_t scan_begin_ns;
    struct eye_candidate best[EYE_OWN_MAX]; /* of this pass, best first */
    uint32_t best_count;
    struct {
        struct deep_id id;
        uint64_t cpu_ticks;
    } seen[4096];                      /* by pid modulo; of the last pass */
    uint32_t jvms_denied, jvms_excess; /* of this pass */

    struct eye_process processes[DEEP_WATCH_MAX];
    uint32_t process_count;
    bool is_told; /* the sentinel says which; else those of the last pass */

    struct eye_jvm jvms[EYE_JVMS_MAX];
    struct deep_round round;

    char text[EYE_TEXT_MAX];
    _Alignas(8) char entries[EYE_ENTRIES_BYTES]; /* of /proc, kept between rounds while scanning */
    long entries_n, entries_at;
    _Alignas(8) char names[EYE_ENTRIES_BYTES]; /* of the other directories */
    uint8_t perf[HSPERFDATA_BYTES_MAX + 1];
};

/* Reads a file of a process that the kernel writes in one go (single_open in fs/proc: stat, status, io,
 * limits, wchan), by one read, into e->text. Unlike kfile_read_once it follows no link, and cuts what is
 * longer than EYE_TEXT_MAX - 1 bytes: the status of who is in a thousand groups. Returns its length or
 * -errno. */
long eye_read(struct deep_eye *e, int dir_fd, const char *path);

/* The next entry of a directory of which `n` bytes were read into `entries`. NULL: no more in there. */
const char *eye_entry(const char *entries, long n, long *at);

/* Is that a process number? 0: no. */
uint32_t eye_pid(const char *name);

/* Goes on with the pass over all processes, or begins one when it is due; at its end the processes to be
 * looked at are those that used most CPU time, of those with two threads and more. */
void eye_scan(struct deep_eye *e, int64_t mono_ns);

/* Makes these the processes that are looked at. */
void eye_watch(struct deep_eye *e, const struct deep_id *ids, uint32_t count);
void eye_forget(struct eye_process *p);

/* Reads one process, with at most *budget threads, which it lowers. Returns false when the process is gone.
 */
bool eye_look(struct deep_eye *e, struct eye_process *p, uint32_t *budget, struct deep_process *ret);

/* Looks whether a process, whose directory is process_fd, is a JVM that can be read, and keeps it. The
 * descriptor stays the caller's. */
void eye_find_jvm(struct deep_eye *e, const struct deep_id *id, int process_fd);

/* Reads one JVM. Returns 1 with *ret filled, 0 when there is nothing to say this time, -errno when it is no
 * more. */
int eye_read_jvm(struct deep_eye *e, struct eye_jvm *j, struct deep_jvm *ret);
void eye_forget_jvm(struct eye_jvm *j);

/* One round: all of the above, and the messages about it. */
int eye_round(struct deep_eye *e);

#endif
