/* SPDX-License-Identifier: MIT
 * One fault that leads to the next, as in a real service in a cgroup with a limit: a leak takes the memory in
 * which the pages of an index file lived; they are reclaimed, each request reads them again (said as
 * "squeezed", when the leak has taken what the pages needed, --room MiB), the CPU swings with the requests;
 * at last the kernel kills it. At rest it answers requests out of the page cache. */
#include "fault.h"

#include <math.h>
#include <sys/mman.h>

#include "index_file.h"

static double index_mib = 48, rate_mib = 0.4, room_mib = 40, period_s = 0.7, cpu_s = 0.05, most_mib = 256,
              threads = 4;

#define LEAK_STEP_S 0.1

static struct index_file file;
static char *leaked;

/* The first thread leaks, the others answer requests. */
static void leak(void)
{
    size_t held = 0;
    int squeezed = 0;
    enum fault_phase phase;

    while ((phase = fault_phase()) != FAULT_OVER) {
        double mib = phase == FAULT_SICK ? rate_mib * fault_sick_s() : 0;
        size_t wanted = (size_t)((mib < most_mib ? mib : most_mib) * 1048576);
        for (; held < wanted; held += 4096)
            *(volatile char *)(leaked + held) = 1;
        if (!squeezed && mib > room_mib) {
            squeezed = 1;
            fault_say("squeezed", room_mib);
        }
        fault_sleep(LEAK_STEP_S);
    }
}

static void *work(void *number)
{
    unsigned long long random = (size_t)number * 7919;

    if ((size_t)number == 1)
        leak();
    else
        while (fault_phase() != FAULT_OVER) {
            index_file_scan(&file, index_mib, cpu_s, &random);
            fault_sleep(-log(1 - fault_uniform(&random)) * period_s);
        }
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"index", &index_mib, "MiB looked at by a request"},
        {"rate", &rate_mib, "MiB leaked a second"},
        {"room", &room_mib, "MiB of leak that leave the index whole"},
        {"period", &period_s, "seconds from request to request in the mean"},
        {"cpu", &cpu_s, "seconds of CPU of a request"},
        {"most", &most_mib, "MiB at which the leak stops"},
        {"threads", &threads, "that answer requests"},
    };
    size_t room = (size_t)(most_mib * 1048576) + 4096;

    fault_begin(argc, argv, options, 7);
    if (most_mib > 512)
        fault_give_up("--most up to 512");
    leaked = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (leaked == MAP_FAILED)
        fault_give_up("mmap");
    madvise(leaked, room, MADV_NOHUGEPAGE);
    index_file_open(&file, index_mib);
    fault_run_threads((unsigned)threads + 1, work);
    return 0;
}
