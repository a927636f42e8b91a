/* SPDX-License-Identifier: MIT
 * Counts what a test program asks of the allocator, and lets one of it fail. Included by its one source file,
 * which is linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. */
#ifndef COHERENCE_TESTS_BASE_ALLOCATIONS_H
#define COHERENCE_TESTS_BASE_ALLOCATIONS_H

#include <stddef.h>

static unsigned long allocations;
static unsigned long allocation_that_fails; /* by that count; 0: none */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
    return ++allocations == allocation_that_fails ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return ++allocations == allocation_that_fails ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return ++allocations == allocation_that_fails ? NULL : __real_realloc(p, n);
}

#endif
