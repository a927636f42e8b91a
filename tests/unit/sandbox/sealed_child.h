/* SPDX-License-Identifier: MIT
 * Runs a function in a process of its own that may seal itself, as root or as nobody, next to an unsealed
 * process of the same user. */
#ifndef COHERENCE_TESTS_SEALED_CHILD_H
#define COHERENCE_TESTS_SEALED_CHILD_H

#include <stdbool.h>
#include <stdlib.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/attempt_scene.h"

#define NOBODY_ID 65534

/* Memory that a child fills and its parent reads. */
static inline void *shared_memory(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(p != MAP_FAILED);
    return p;
}

static inline void become_nobody(void)
{
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY_ID, NOBODY_ID, NOBODY_ID) != 0 ||
        setresuid(NOBODY_ID, NOBODY_ID, NOBODY_ID) != 0)
        _exit(111);
    /* Changing the user made this process undumpable, which alone would refuse what the seal is to refuse. */
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static inline const char *scratch_directory(void)
{
    const char *directory = getenv("TMPDIR");

    return directory && directory[0] ? directory : "/tmp";
}

/* Calls f(argument, scene) in a grandchild; the child between is scene->process and of the same user. Returns
 * the wait status of the grandchild; 110 and 111 are exit codes of this harness. */
static inline int run_apart(
    bool as_nobody, void (*f)(void *argument, const struct attempt_scene *scene), void *argument)
{
    int *status = shared_memory(sizeof(*status));
    int outer, r;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct attempt_scene scene;
        pid_t grandchild;

        if (as_nobody)
            become_nobody();
        if (attempt_scene_make(scratch_directory(), getpid(), &scene) != 0)
            _exit(110);
        grandchild = fork();
        if (grandchild == 0) {
            f(argument, &scene);
            _exit(0);
        }
        if (grandchild < 0 || waitpid(grandchild, status, 0) != grandchild)
            _exit(110);
        attempt_scene_remove(&scene);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &outer, 0), child);
    assert_true(WIFEXITED(outer));
    assert_int_equal(WEXITSTATUS(outer), 0);
    r = *status;
    (void)munmap(status, sizeof(*status));
    return r;
}

static inline bool ended_well(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
