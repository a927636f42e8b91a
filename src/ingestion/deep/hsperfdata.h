/* SPDX-License-Identifier: MIT
 * The counters that a HotSpot JVM keeps in its hsperfdata file: from the bytes of the file to the few numbers
 * that say how its collector fares. */
#ifndef COHERENCE_INGESTION_HSPERFDATA_H
#define COHERENCE_INGESTION_HSPERFDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The file is 32 KiB unless the JVM was started with another -XX:PerfDataMemorySize. */
#define HSPERFDATA_BYTES_MAX   (256u << 10)
#define HSPERFDATA_HEADER      32u
#define HSPERFDATA_ENTRIES_MAX 4096u /* JDK 8 to 25 have 130 to 280 */
#define HSPERFDATA_COMMAND_MAX 256u  /* bytes of the command that are kept, NUL included */

#define HSPERFDATA_COLLECTORS  3u
#define HSPERFDATA_GENERATIONS 2u
#define HSPERFDATA_SPACES      3u

/* Absent is NaN: the file lacks the entry, or its value is none that could be true. */
struct hsperfdata {
    double tick_hz;      /* of the collectors' times */
    double uptime_ticks; /* since the JVM was started, as of its last sample (every 50 ms) */
    struct {
        double invocations;
        double time_ticks;
    } collectors[HSPERFDATA_COLLECTORS]; /* young; full; pauses of the concurrent one */
    struct {
        double max_bytes; /* may grow to */
        struct {
            double used_bytes, capacity_bytes;
        } spaces[HSPERFDATA_SPACES]; /* young: eden and two survivors; old: one */
    } generations[HSPERFDATA_GENERATIONS];
    bool has_eden;          /* the first space of the first generation is an eden */
    bool disjoint;          /* the generations are two parts of the heap; else each may become all of it */
    int64_t modified_ticks; /* when entries were added last, in the JVM's own time */
    char command[HSPERFDATA_COMMAND_MAX]; /* main class or jar and arguments, cut; outside bytes; "" = absent
                                           */
};

/* Reads the n bytes of a file, of either byte order. Anybody may have written them: everything is bounded,
 * entries that are not understood are skipped, of two with one name the first counts.
 * Returns 0; -EAGAIN: the JVM is still filling it; -EBADMSG: not such a file, or one whose entries lie
 * outside of it; -EPROTONOSUPPORT: a version other than 2. *ret is untouched on error. Cost: about 10 us.
 * Source: OpenJDK, src/hotspot/share/runtime/perfMemory.hpp (PerfDataPrologue, PerfDataEntry) and
 * src/hotspot/share/gc/shared/ (collectorCounters.cpp, generationCounters.cpp). */
int hsperfdata_parse(const void *bytes, size_t n, struct hsperfdata *ret);

/* Do two headers of HSPERFDATA_HEADER bytes, of one file, read before and after it, say that its entries
 * stayed the same meanwhile? Values change all the time and are told by nothing; each is 8 aligned bytes. */
bool hsperfdata_is_settled(const void *before, const void *after);

/* Writes a name for the program: the first word of its command without folders, everything but letters,
 * digits and ._$- replaced by _, at most out_size - 1 bytes (out_size >= 8); "java" when nothing is left.
 * Arguments, which may hold secrets, are never in it. */
void hsperfdata_name(const struct hsperfdata *h, char *out, size_t out_size);

#endif
