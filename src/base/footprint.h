/* SPDX-License-Identifier: MIT
 * Memory that a process holds without using it. */
#ifndef COHERENCE_BASE_FOOTPRINT_H
#define COHERENCE_BASE_FOOTPRINT_H

/* Unmaps the pages of code and constants, of the program and of every library, that this process has read so
 * far; what is used again is mapped again from the page cache, 64 KiB at a time, at some 0.5 us a fault, and
 * read from the disk only where the kernel has dropped it. Starting reads most of them once: constructors,
 * relocations, the parsers of options and certificates. Pages that hold data, or that were written to when
 * the library was loaded, are left alone. Any thread may call it at any time, under the seal too; 0.1 to 0.2
 * ms with fifty libraries. It cannot fail: where the kernel refuses, nothing changes. */
void footprint_trim(void);

#endif
