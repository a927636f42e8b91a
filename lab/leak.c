/* SPDX-License-Identifier: MIT
 * A leak: memory that is written and never given back, at --rate MiB a second. With --tooth, in teeth: the
 * program takes (1 / --keep) times as much, and gives all but the leak back when a tooth is over, as a
 * collector or a cache does. In a cgroup with a limit it ends in an OOM kill; without one it stops at --most
 * MiB and stays until its time is over. At rest it holds --base MiB and touches them. */
#include "fault.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static double base_mib = 24, rate_mib = 0.5, tooth_s, keep_ratio = 0.3, most_mib = 256;

#define STEP_S 0.25

/* One area that is all that this program will ever map; what is resident of it is moved up and down. */
static char *area;
static size_t resident; /* bytes from its beginning */

static void hold(double mib)
{
    size_t wanted = (size_t)(mib * 1048576) & ~(size_t)4095;
    if (wanted < resident)
        madvise(area + wanted, resident - wanted, MADV_DONTNEED);
    for (size_t i = resident; i < wanted; i += 4096)
        *(volatile char *)(area + i) = 1;
    resident = wanted;
}

/* What is held s seconds after the onset. */
static double held_mib(double s)
{
    double leaked = rate_mib * s;
    if (tooth_s > 0) {
        double into = s - tooth_s * (double)(long)(s / tooth_s), begun = rate_mib * (s - into);
        leaked = begun + rate_mib / keep_ratio * into;
    }
    return base_mib + leaked < most_mib ? base_mib + leaked : most_mib;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"base", &base_mib, "MiB held at rest"},
        {"rate", &rate_mib, "MiB leaked a second"},
        {"tooth", &tooth_s, "seconds of a tooth (0: a straight line)"},
        {"keep", &keep_ratio, "share of a tooth that is not given back, above 0, at most 1"},
        {"most", &most_mib, "MiB at which it stops"},
    };
    fault_begin(argc, argv, options, 5);
    if (most_mib > 512 || base_mib > most_mib || keep_ratio <= 0.01 || keep_ratio > 1)
        fault_give_up("--most up to 512, --base up to --most, --keep 0.01 to 1");
    area = mmap(NULL, (size_t)(most_mib * 1048576) + 4096, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED)
        fault_give_up("mmap");
    madvise(area, (size_t)(most_mib * 1048576) + 4096, MADV_NOHUGEPAGE);

    enum fault_phase phase;
    while ((phase = fault_phase()) != FAULT_OVER) {
        hold(phase == FAULT_REST ? base_mib : held_mib(fault_sick_s()));
        fault_sleep(STEP_S);
    }
    return 0;
}
