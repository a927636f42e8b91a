/* SPDX-License-Identifier: MIT
 * A block of memory for when there is none, kept for a library that does not survive without. */
#ifndef COHERENCE_NET_RESERVE_H
#define COHERENCE_NET_RESERVE_H

#define RESERVE_BYTES 65536 /* libuv's table of watchers for descriptors up to 8189: 8 bytes each */

/* Has libuv take its memory from the C library, and from the block when that has none to enlarge something.
 * To be called before any loop is made; again does nothing. The block is one for the process: loops are of
 * one thread. */
void reserve_for_libuv(void);

#endif
