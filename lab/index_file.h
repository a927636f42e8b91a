/* SPDX-License-Identifier: MIT
 * A file that a program keeps looking things up in: its pages live in the page cache of the program's cgroup,
 * and come back from the disk when they were reclaimed. */
#ifndef COHERENCE_LAB_INDEX_FILE_H
#define COHERENCE_LAB_INDEX_FILE_H

#include <stddef.h>

struct index_file {
    const char *pages;
    size_t bytes;
};

#define INDEX_FILE_MIB_MAX 256

/* Writes mib MiB (1 to INDEX_FILE_MIB_MAX) in the working directory, under a name that is removed at once:
 * nothing stays behind. Ends the program when it cannot. */
void index_file_open(struct index_file *f, double mib);

/* Looks at every page of the first mib MiB, chunks of 64 KiB in an order of their own, and works cpu_s
 * seconds over it all. */
void index_file_scan(const struct index_file *f, double mib, double cpu_s, unsigned long long *random);

#endif
