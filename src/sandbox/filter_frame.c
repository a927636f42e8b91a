/* SPDX-License-Identifier: MIT
 * Turns a plan into a seccomp program that is loaded, or written to a file for tests of other architectures.
 */
#include "sandbox/filter_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* libseccomp 2.5.4 writes through what calloc did not give (gen_bpf.c, db.c): an end by SIGSEGV. What it
 * needs for the largest of our filters is asked for before, in pieces that stay in the heap when they are
 * given back. Measured on 2026-11-22: it holds 190 KiB at most. */
#define SPARE_PIECE  (32U << 10) /* below what malloc maps from the system and gives back to it at once */
#define SPARE_PIECES 16U

/* Returns what is to be freed when the memory has been used, or NULL: there is not enough. */
static void *spare_memory(void)
{
    void *pieces[SPARE_PIECES] = {NULL}, *lid = NULL;
    unsigned n = 0;

    while (n < SPARE_PIECES && (pieces[n] = malloc(SPARE_PIECE)) != NULL)
        n++;
    if (n == SPARE_PIECES)
        lid = malloc(1); /* above them: the top of the heap would be given back */
    while (n > 0)
        free(pieces[--n]);
    return lid;
}

/* What it does with all it is not told of. */
static int set_frame(scmp_filter_ctx filter, const struct filter_plan *plan)
{
    int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (r == 0 && plan->all_threads)
        r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (r == 0 && plan->binary_tree)
        r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (r == 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* the kernel's own errno from loading */
    return r;
}

/* *ret_filter is the caller's, to be given to seccomp_release. */
static int build(const struct filter_plan *plan, uint32_t architecture, scmp_filter_ctx *ret_filter)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (!filter)
        return -ENOMEM;
    int r = set_frame(filter, plan);
    if (r == 0 && architecture != SCMP_ARCH_NATIVE && architecture != seccomp_arch_native()) {
        r = seccomp_arch_add(filter, architecture);
        if (r == 0)
            r = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
    }
    if (r == 0)
        r = plan->add_rules(filter, plan->write_fd);
    for (size_t i = 0; i < plan->also_count && r == 0; i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, plan->also[i], 0);
    if (r == 0)
        *ret_filter = filter;
    else
        seccomp_release(filter);
    return r;
}

int filter_frame_load(const struct filter_plan *plan, struct error *e)
{
    scmp_filter_ctx filter;
    void *spare = spare_memory();
    int r = spare ? build(plan, SCMP_ARCH_NATIVE, &filter) : -ENOMEM;

    if (r != 0) {
        free(spare);
        return error_set(e, r, "cannot build %s: %s", plan->name, strerror(-r));
    }
    r = seccomp_load(filter);
    seccomp_release(filter);
    free(spare);
    if (r > 0) /* for all threads: the one that could not take the filter over */
        r = -EPERM;
    if (r != 0)
        return error_set(e, r, "cannot load %s: %s", plan->name, strerror(-r));
    return 0;
}

int filter_frame_export(const struct filter_plan *plan, uint32_t architecture, int fd)
{
    scmp_filter_ctx filter;
    int r = build(plan, architecture, &filter);

    if (r != 0)
        return r;
    r = seccomp_export_bpf(filter, fd);
    seccomp_release(filter);
    return r;
}
