/* SPDX-License-Identifier: MIT
 * Gives the sliding passes as the compiler makes them for the processor it builds for. On x86-64
 * sliding_kernels_x86.c takes this file's place. */
#include "detection/sliding_passes.h"

#include <stddef.h>

SLIDING_DEFINE(portable, );

const struct sliding_kernels *sliding_kernels_at(unsigned i)
{
    return i == 0 ? &kernels_portable : NULL;
}

const struct sliding_kernels *sliding_kernels_best(void)
{
    return &kernels_portable;
}
