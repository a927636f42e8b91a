/* SPDX-License-Identifier: MIT
 * A big start that is none the worse for it: memory grows to --to MiB within --ramp seconds, fast at first
 * and slower towards the end, with the CPU busy for it; then it stays, with a small steady load. What a
 * database or a JVM does that fills its caches. */
#include "fault.h"

#include <math.h>
#include <sys/mman.h>

static double to_mib = 240, ramp_s = 60, load_ratio = 0.1;

#define STEP_S 0.05

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"to", &to_mib, "MiB that it grows to"},
        {"ramp", &ramp_s, "seconds that the growth takes"},
        {"load", &load_ratio, "share of one CPU afterwards"},
    };
    size_t bytes, held = 0;
    enum fault_phase phase;

    fault_begin(argc, argv, options, 3);
    if (to_mib > 512 || ramp_s < 1)
        fault_give_up("--to up to 512, --ramp from 1 on");
    bytes = (size_t)(to_mib * 1048576);
    char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        fault_give_up("mmap");
    while ((phase = fault_phase()) != FAULT_OVER) {
        double into = phase == FAULT_SICK ? fault_sick_s() / ramp_s : 0;
        double share = into >= 1 ? 1 : (1 - exp(-3 * into)) / (1 - exp(-3));
        for (; held < (size_t)(share * (double)bytes); held += 4096)
            *(volatile char *)(area + held) = 1;
        fault_burn(STEP_S * (into > 0 && into < 1 ? 0.7 : load_ratio));
        fault_sleep(STEP_S * (into > 0 && into < 1 ? 0.3 : 1 - load_ratio));
    }
    return 0;
}
