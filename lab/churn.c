/* SPDX-License-Identifier: MIT
 * Memory that is taken, written and given back, over and over, while the resident size stays flat. As the
 * kernel sees it: whole areas from mmap to munmap, every page a fault. --hidden 1, as it does not: blocks
 * from malloc to free below the size from which the C library asks the kernel, which come from its own store
 * each time. The bytes a second that were reached are said at the end ("churned"). At rest it is one area a
 * second. */
#include "fault.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static double threads = 2, area_mib = 16, rate_mib = 6000, hidden, huge;
static atomic_ullong churned; /* bytes while sick */

#define HIDDEN_BLOCK_BYTES                                                                                   \
    65536 /* half of the C library's smallest threshold (mallopt(3), M_MMAP_THRESHOLD) */

static void through_kernel(size_t bytes)
{
    char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        fault_give_up("mmap");
    madvise(
        area, bytes, huge > 0 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE); /* what the kernel makes of it is its own */
    for (size_t i = 0; i < bytes; i += 4096)
        *(volatile char *)(area + i) = 1;
    munmap(area, bytes);
}

static void through_library(size_t bytes)
{
    for (size_t done = 0; done < bytes; done += HIDDEN_BLOCK_BYTES) {
        char *block = malloc(HIDDEN_BLOCK_BYTES);
        if (!block)
            fault_give_up("malloc");
        memset(block, (int)(done >> 16), HIDDEN_BLOCK_BYTES);
        __asm__ volatile(""
                         :
                         : "r"(block)
                         : "memory"); /* somebody looks at it: the compiler may not leave it out */
        free(block);
    }
}

static void *work(void *number)
{
    size_t bytes = (size_t)(area_mib * 1048576);
    double next = 0, step_s = area_mib * threads / rate_mib;
    enum fault_phase phase;

    (void)number;
    while ((phase = fault_phase()) != FAULT_OVER) {
        if (hidden > 0)
            through_library(bytes);
        else
            through_kernel(bytes);
        if (phase == FAULT_REST) {
            fault_sleep(fault_sick_s() > -1 ? -fault_sick_s() : 1);
            continue;
        }
        atomic_fetch_add(&churned, bytes);
        double now = fault_now_s();
        next = next < now - 1 ? now + step_s : next + step_s;
        if (next > now)
            fault_sleep_until(next);
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"threads", &threads, "that churn"},
        {"area", &area_mib, "MiB that each takes at a time"},
        {"rate", &rate_mib, "MiB a second of all together, at most"},
        {"hidden", &hidden, "1: recycled by the C library, unseen by the kernel"},
        {"huge", &huge, "1: in huge pages, where the kernel has them"},
    };
    fault_begin(argc, argv, options, 5);
    if (threads < 1 || threads > 4)
        threads = 2;
    if (area_mib < 1 || area_mib > 64 || rate_mib < 1)
        fault_give_up("--area 1 to 64, --rate from 1 on");
    mallopt(M_MMAP_THRESHOLD, 1 << 20); /* set, so that it does not move */
    fault_run_threads((unsigned)threads, work);
    fault_say("churned", (double)churned / fault_sick_length_s());
    return 0;
}
