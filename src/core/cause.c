/* SPDX-License-Identifier: MIT
 * Turns the name of a cause into words for people, from one table. Which cause it is, and how sure that is,
 * is each law's matter. */
#include "core/cause.h"

#include <stddef.h>
#include <string.h>

#define STALLS  "Tasks that wait this long usually show as slow answers and timeouts before anything else."
#define LATENCY "Swings of this kind usually show as latency before they show as load."

static const struct cause_row {
    const char *name, *words, *next;
    bool shared;
    const char *resource; /* NULL: none in particular */
} rows[] = {
    {"throttled", "a CPU limit holds it back",
        "Work that is held back piles up: latency grows until the limit is raised or the load falls.", false,
        NULL},
    {"stolen", "the hypervisor takes CPU away", LATENCY, true, NULL},
    {"gc_pause", "a runtime stops for its garbage collector", LATENCY, false, NULL},
    {"reclaim_thrash", "tasks wait for memory to be reclaimed",
        "Thrashing usually ends in an OOM kill or in tasks that hardly get on.", false, NULL},
    {"io_stall", "tasks wait for storage", STALLS, true, NULL},
    {"lock_convoy", "its threads stand in line for a lock", LATENCY, false, NULL},
    {"starved", "tasks wait for a CPU most of the time", STALLS, true, NULL},
    {"unexplained", "nothing at hand names it", NULL, false, NULL},
    {"leak", "", "Memory that keeps growing usually ends in reclaim or an OOM kill.", false, "Memory"},
    {"task_leak", "", "Where no more tasks can be made, whatever starts next fails.", false, "Tasks"},
    {"connection_leak", "", "A full table of tracked connections drops whatever connects next.", false,
        "Connections"},
    {"disk_fill", "", "A full file system fails writes, and what cannot write usually stops.", false, "Disk"},
    {"inode_fill", "", "Without inodes no file can be made, however much space is left.", false, "Inodes"},
    {"file_leak", "", "Without descriptors nothing can be opened or accepted any more.", false, "Open files"},
    {"churn", "", "Churn of this kind usually ends in a garbage collector that cannot keep up.", false,
        "Memory"},
    {"gc_spiral", "",
        "A collector that frees ever less usually ends in long pauses and an out-of-memory error.", false,
        "Memory"},
    {"retry_storm", "what fails is tried again", "Retries feed on themselves: expect saturation downstream.",
        false, NULL},
    {"metastable_retry_storm", "it has outlived what set it off and feeds on its own retries",
        "A storm of this kind does not end by itself: it ends when retries or load are cut well below the "
        "usual.",
        false, NULL},
    {"slowing_down", "", "Nothing has failed; recovery that slows down may precede a tipping point.", false,
        NULL},
    {"silence", "", NULL, false, NULL},
};

static const struct cause_row *find(const char *cause)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].name, cause) == 0)
            return &rows[i];
    return NULL;
}

const char *cause_words(const char *cause)
{
    const struct cause_row *row = find(cause);
    return row ? row->words : "";
}

const char *cause_next(const char *cause)
{
    const struct cause_row *row = find(cause);
    return row ? row->next : NULL;
}

bool cause_is_shared(const char *cause)
{
    const struct cause_row *row = find(cause);
    return row && row->shared;
}

const char *cause_resource(const char *cause)
{
    const struct cause_row *row = find(cause);
    return row ? row->resource : NULL;
}
