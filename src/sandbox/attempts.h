/* SPDX-License-Identifier: MIT
 * What a sealed process must not be able to do, as a table of things to try: the proof of the read-only
 * promise, for the tests and for `coherence verify-sandbox`. Each row is harmless where the seal is missing:
 * signals have number 0, files are those of a scratch directory, and what would change the machine is called
 * with arguments on which only an unsealed kernel gets far enough to complain. */
#ifndef COHERENCE_SANDBOX_ATTEMPTS_H
#define COHERENCE_SANDBOX_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/attempt_scene.h"
#include "sandbox/seal.h"

#define ATTEMPT_ARGUMENTS 6

enum attempt_layer { ATTEMPT_SECCOMP, ATTEMPT_LANDLOCK };

struct attempt {
    const char *name;         /* for people: "open a file for writing" */
    enum attempt_layer layer; /* what refuses it */
    int refusal;              /* the errno of that refusal: EPERM, EACCES or ENOSYS */
    bool through_state;  /* where the state directory may be written, Landlock refuses it (EACCES) instead */
    bool not_with_state; /* where the state directory may be written it is allowed, on what is open already or
                            lies there */
    bool not_serving;    /* what serves may do it, on a socket that it has */
    bool not_connecting; /* what connects out may do it */
    bool not_receiving;  /* what takes datagrams in may do it, on a socket that it has */
    bool through_ports;  /* where connections may be made, Landlock refuses it (EACCES) instead, from ABI 4 */
    int (*act)(const struct attempt_scene *s); /* 0 or -errno; NULL: the system call below */
    long number;                               /* of the system call */
    uintptr_t arguments[ATTEMPT_ARGUMENTS];    /* some stand for parts of the scene, see attempts.c */
};

extern const struct attempt attempts[];
extern const size_t attempt_count;

/* What the sentinel may do and the deep sense may not, beside the rows above that seccomp refuses: it is
 * refused those too, whatever is configured. All are refused with EPERM. */
extern const struct attempt deep_attempts[];
extern const size_t deep_attempt_count;

/* Tries it. Returns 0 when it succeeded, else -errno. A descriptor that it got stays open: call this in a
 * process that ends afterwards. */
int attempt_run(const struct attempt *a, const struct attempt_scene *s);

/* Whether result (from attempt_run) means that the thing is impossible: EPERM, EACCES or ENOSYS, as opposed
 * to success or a complaint about the arguments, which shows that the kernel would have done it. */
bool attempt_is_refused(int result);

/* Whether the process that was sealed so may do it, because of what was configured. */
bool attempt_is_allowed(const struct attempt *a, const struct seal_report *report);

/* The layer that is to refuse it under that seal. */
enum attempt_layer attempt_refuser(const struct attempt *a, const struct seal_report *report);

/* Whether it is to be refused and the layer that refuses it is in force, and the errno with which it does. */
bool attempt_is_covered(const struct attempt *a, const struct seal_report *report);
int attempt_refusal(const struct attempt *a, const struct seal_report *report);

#endif
