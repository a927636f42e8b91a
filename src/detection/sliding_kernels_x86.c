/* SPDX-License-Identifier: MIT
 * Gives the sliding passes for x86-64 with AVX-512, with AVX2 and as the baseline has them, and picks by what
 * the processor reports. Built on x86-64 instead of sliding_kernels_portable.c. */
#include "detection/sliding_passes.h"

#include <stddef.h>

SLIDING_DEFINE(avx512, __attribute__((target("avx512f,avx512vl"))));
SLIDING_DEFINE(avx2, __attribute__((target("avx2"))));
SLIDING_DEFINE(baseline, );

const struct sliding_kernels *sliding_kernels_at(unsigned i)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && i-- == 0)
        return &kernels_avx512;
    if (__builtin_cpu_supports("avx2") && i-- == 0)
        return &kernels_avx2;
    return i == 0 ? &kernels_baseline : NULL;
}

const struct sliding_kernels *sliding_kernels_best(void)
{
    return sliding_kernels_at(0);
}
