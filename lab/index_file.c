/* SPDX-License-Identifier: MIT
 * Makes a file without a name and scans it: pages that are there cost nothing, pages that were reclaimed cost
 * a major fault and a read each time. When to scan, and how much, is the programs' own. */
#include "index_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault.h"

#define CHUNK_BYTES 65536

static void fill(int fd, size_t bytes)
{
    static char chunk[CHUNK_BYTES];
    unsigned long long random = 7;

    for (size_t done = 0; done < bytes; done += sizeof chunk) {
        for (size_t i = 0; i < sizeof chunk; i += 64)
            chunk[i] = (char)(int)(fault_uniform(&random) * 128);
        if (write(fd, chunk, sizeof chunk) != (ssize_t)sizeof chunk)
            fault_give_up("index file");
        if (done % (8 << 20) == 0)
            fdatasync(fd); /* a small cgroup cannot hold it all dirty */
    }
    fdatasync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

void index_file_open(struct index_file *f, double mib)
{
    char name[] = "./index.XXXXXX";
    int fd;

    if (mib < 1 || mib > INDEX_FILE_MIB_MAX)
        fault_give_up("size of the index file");
    f->bytes = (size_t)mib << 20;
    if ((fd = mkostemp(name, O_CLOEXEC)) < 0)
        fault_give_up(name);
    unlink(name);
    fill(fd, f->bytes);
    f->pages = mmap(NULL, f->bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (f->pages == MAP_FAILED)
        fault_give_up("mmap");
    madvise((void *)(size_t)f->pages, f->bytes, MADV_RANDOM); /* no reading ahead: a look-up knows one page */
    close(fd);
}

void index_file_scan(const struct index_file *f, double mib, double cpu_s, unsigned long long *random)
{
    size_t bytes = (size_t)(mib * 1048576) < f->bytes ? (size_t)(mib * 1048576) : f->bytes;
    size_t chunks = bytes / CHUNK_BYTES, first = (size_t)(fault_uniform(random) * (double)chunks);
    volatile char sum = 0;

    /* 37 is prime: every chunk is visited once, unless their number is a multiple of it. */
    for (size_t i = 0; i < chunks; i++) {
        const char *chunk = f->pages + (first + i * 37) % chunks * CHUNK_BYTES;
        for (size_t k = 0; k < CHUNK_BYTES; k += 4096)
            sum = (char)(sum + chunk[k]);
        if (chunks >= 16 && i % (chunks / 16) == 0)
            fault_burn(cpu_s / 16);
    }
}
