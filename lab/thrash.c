/* SPDX-License-Identifier: MIT
 * A working set that no longer fits: --threads threads answer requests, each of which scans an index file and
 * works --cpu seconds over it, with a pause of --period seconds in the mean (exponentially distributed) from
 * one to the next. At rest a request needs --fits MiB of the file, which stay in the page cache; sick,
 * --needs MiB, more than the limit of the cgroup that it is put into: each request then reclaims the pages
 * that the next one needs, and waits for the disk. */
#include "fault.h"

#include <math.h>
#include <stdatomic.h>

#include "index_file.h"

static double fits_mib = 24, needs_mib = 96, period_s = 0.7, cpu_s = 0.05, threads = 4;
static struct index_file file;
static atomic_ulong requests; /* while sick */

static void *work(void *number)
{
    unsigned long long random = (size_t)number * 7919;
    enum fault_phase phase;

    while ((phase = fault_phase()) != FAULT_OVER) {
        index_file_scan(&file, phase == FAULT_REST ? fits_mib : needs_mib, cpu_s, &random);
        if (phase == FAULT_SICK)
            atomic_fetch_add(&requests, 1);
        fault_sleep(-log(1 - fault_uniform(&random)) * period_s);
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"fits", &fits_mib, "MiB looked at by a request at rest"},
        {"needs", &needs_mib, "MiB looked at by a request when sick"},
        {"period", &period_s, "seconds from request to request in the mean"},
        {"cpu", &cpu_s, "seconds of CPU of a request"},
        {"threads", &threads, "that answer requests"},
    };

    fault_begin(argc, argv, options, 5);
    index_file_open(&file, needs_mib);
    fault_run_threads((unsigned)threads, work);
    fault_say("requests", (double)requests);
    return 0;
}
