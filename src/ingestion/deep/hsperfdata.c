/* SPDX-License-Identifier: MIT
 * Turns the bytes of a JVM's hsperfdata file into a struct with what is needed of it. Finding and reading the
 * file, and what two readings say together (jvm_counters.c), is left to others. */
#include "ingestion/deep/hsperfdata.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* PerfDataPrologue: magic (always big-endian), byte order, version, "accessible"; then in the file's own
 * order used, overflow, modification time, offset of the first entry, number of entries. */
#define AT_MAGIC      0u
#define AT_ORDER      4u /* 0 = big-endian, 1 = little */
#define AT_MAJOR      5u
#define AT_ACCESSIBLE 7u
#define AT_USED       8u
#define AT_MODIFIED   16u
#define AT_FIRST      24u
#define AT_COUNT      28u
#define MAGIC         0xcafec0c0u
#define MAJOR         2u

/* PerfDataEntry. */
#define ENTRY_LENGTH   0u
#define ENTRY_NAME     4u
#define ENTRY_VECTOR   8u
#define ENTRY_TYPE     12u
#define ENTRY_DATA     16u
#define ENTRY_HEADER   20u
#define ENTRY_NAME_MAX 128u

/* Numbers from here on are not exact as doubles, and no heap or clock gets there. */
#define VALUE_MAX (INT64_C(1) << 53)

struct input {
    const uint8_t *bytes;
    size_t n; /* that the file says are used */
    bool is_little;
};

/* An entry within the input. */
struct entry {
    const char *name;
    size_t name_n;
    uint8_t type;      /* 'J': a 64-bit number, 'B': bytes */
    uint32_t vector_n; /* of bytes */
    const uint8_t *data;
    size_t data_n; /* bytes from data to the end of the entry */
};

static uint64_t word(const struct input *in, size_t at, unsigned bytes)
{
    uint64_t x = 0;

    for (unsigned i = 0; i < bytes; i++)
        x |= (uint64_t)in->bytes[at + (in->is_little ? i : bytes - 1 - i)] << (8 * i);
    return x;
}

static uint32_t word32(const struct input *in, size_t at)
{
    return (uint32_t)word(in, at, 4);
}

/* The entry that begins at `at`, where a header fits. Returns its length or -EBADMSG. */
static int64_t read_entry(const struct input *in, size_t at, struct entry *ret)
{
    const uint32_t length = word32(in, at + ENTRY_LENGTH);
    const uint32_t name = word32(in, at + ENTRY_NAME), data = word32(in, at + ENTRY_DATA);

    if (length < ENTRY_HEADER || length > in->n - at || name < ENTRY_HEADER || name >= length ||
        data < ENTRY_HEADER || data > length)
        return -EBADMSG;
    const uint8_t *begin = in->bytes + at;
    const size_t room = length - name < ENTRY_NAME_MAX ? length - name : ENTRY_NAME_MAX;
    const uint8_t *end = memchr(begin + name, 0, room);
    *ret = (struct entry){
        .name = (const char *)begin + name,
        .name_n = end ? (size_t)(end - (begin + name)) : 0, /* too long a name is none of ours */
        .type = begin[ENTRY_TYPE],
        .vector_n = word32(in, at + ENTRY_VECTOR),
        .data = begin + data,
        .data_n = length - data,
    };
    return length;
}

/* Steps over the prefix. */
static bool skip(const char **p, size_t *n, const char *prefix)
{
    const size_t prefix_n = strlen(prefix);

    if (*n < prefix_n || memcmp(*p, prefix, prefix_n) != 0)
        return false;
    *p += prefix_n;
    *n -= prefix_n;
    return true;
}

/* Steps over one digit below `count` and the dot behind it. */
static bool skip_index(const char **p, size_t *n, unsigned count, unsigned *ret)
{
    if (*n < 2 || **p < '0' || (unsigned)(**p - '0') >= count || (*p)[1] != '.')
        return false;
    *ret = (unsigned)(**p - '0');
    *p += 2;
    *n -= 2;
    return true;
}

static bool is(const char *p, size_t n, const char *word_wanted)
{
    return n == strlen(word_wanted) && memcmp(p, word_wanted, n) == 0;
}

/* Where the number of that name belongs; NULL: it is not wanted. */
static double *place_of_collector(struct hsperfdata *h, const char *p, size_t n)
{
    unsigned i;

    if (!skip_index(&p, &n, HSPERFDATA_COLLECTORS, &i))
        return NULL;
    return is(p, n, "invocations") ? &h->collectors[i].invocations
           : is(p, n, "time")      ? &h->collectors[i].time_ticks
                                   : NULL;
}

static double *place_of_generation(struct hsperfdata *h, const char *p, size_t n)
{
    unsigned g, s;

    if (!skip_index(&p, &n, HSPERFDATA_GENERATIONS, &g))
        return NULL;
    if (is(p, n, "maxCapacity"))
        return &h->generations[g].max_bytes;
    if (!skip(&p, &n, "space.") || !skip_index(&p, &n, HSPERFDATA_SPACES, &s))
        return NULL;
    return is(p, n, "used")       ? &h->generations[g].spaces[s].used_bytes
           : is(p, n, "capacity") ? &h->generations[g].spaces[s].capacity_bytes
                                  : NULL;
}

static double *place_of(struct hsperfdata *h, const char *p, size_t n)
{
    if (skip(&p, &n, "sun.gc.collector."))
        return place_of_collector(h, p, n);
    if (skip(&p, &n, "sun.gc.generation."))
        return place_of_generation(h, p, n);
    return is(p, n, "sun.os.hrt.frequency") ? &h->tick_hz
           : is(p, n, "sun.os.hrt.ticks")   ? &h->uptime_ticks
                                            : NULL;
}

static void take_number(const struct input *in, struct hsperfdata *h, const struct entry *e)
{
    double *place = place_of(h, e->name, e->name_n);

    if (!place || !isnan(*place) || e->vector_n != 0 || e->data_n < 8)
        return;
    const uint64_t value = word(in, (size_t)(e->data - in->bytes), 8);
    if (value < (uint64_t)VALUE_MAX) /* negative ones are above */
        *place = (double)value;
}

static void take_text(struct hsperfdata *h, const struct entry *e)
{
    const size_t room = e->vector_n < e->data_n ? e->vector_n : e->data_n;
    const char *text = (const char *)e->data;
    const size_t n = strnlen(text, room);

    if (is(e->name, e->name_n, "sun.rt.javaCommand") && h->command[0] == '\0') {
        const size_t kept = n < HSPERFDATA_COMMAND_MAX ? n : HSPERFDATA_COMMAND_MAX - 1;
        memcpy(h->command, text, kept);
        h->command[kept] = '\0';
    } else if (is(e->name, e->name_n, "sun.gc.policy.name")) {
        /* "Copy:MSC", "ParNew:CMS", "ParScav:MSC": a collector for each part of the heap. The others
         * ("GarbageFirst") give every generation the limit of the whole. */
        h->disjoint = memchr(text, ':', n) != NULL;
    } else if (is(e->name, e->name_n, "sun.gc.generation.0.space.0.name")) {
        h->has_eden = is(text, n, "eden");
    }
}

static void make_blank(struct hsperfdata *h)
{
    memset(h, 0, sizeof(*h));
    h->tick_hz = h->uptime_ticks = (double)NAN;
    for (unsigned i = 0; i < HSPERFDATA_COLLECTORS; i++)
        h->collectors[i].invocations = h->collectors[i].time_ticks = (double)NAN;
    for (unsigned g = 0; g < HSPERFDATA_GENERATIONS; g++) {
        h->generations[g].max_bytes = (double)NAN;
        for (unsigned s = 0; s < HSPERFDATA_SPACES; s++)
            h->generations[g].spaces[s].used_bytes = h->generations[g].spaces[s].capacity_bytes = (double)NAN;
    }
}

/* Checks the header. Returns 0 and fills *in and what follows it, or why not. */
static int read_header(
    const uint8_t *bytes, size_t n, struct input *in, size_t *ret_first, uint32_t *ret_count)
{
    *in = (struct input){.bytes = bytes, .n = n};
    if (n < HSPERFDATA_HEADER || n > HSPERFDATA_BYTES_MAX || word32(in, AT_MAGIC) != MAGIC ||
        bytes[AT_ORDER] > 1)
        return -EBADMSG;
    in->is_little = bytes[AT_ORDER] == 1;
    if (bytes[AT_MAJOR] != MAJOR)
        return -EPROTONOSUPPORT;
    if (bytes[AT_ACCESSIBLE] == 0)
        return -EAGAIN;
    const uint32_t used = word32(in, AT_USED), first = word32(in, AT_FIRST);
    if (used < HSPERFDATA_HEADER || used > n || first < HSPERFDATA_HEADER || first > used)
        return -EBADMSG;
    in->n = used;
    *ret_first = first;
    *ret_count = word32(in, AT_COUNT);
    return *ret_count > HSPERFDATA_ENTRIES_MAX ? -EBADMSG : 0;
}

int hsperfdata_parse(const void *bytes, size_t n, struct hsperfdata *ret)
{
    struct hsperfdata h;
    struct input in;
    uint32_t count;
    size_t at;
    int r = read_header(bytes, n, &in, &at, &count);

    if (r < 0)
        return r;
    make_blank(&h);
    h.modified_ticks = (int64_t)word(&in, AT_MODIFIED, 8);
    for (uint32_t i = 0; i < count; i++) {
        struct entry e;
        if (in.n - at < ENTRY_HEADER)
            return -EBADMSG;
        const int64_t length = read_entry(&in, at, &e);
        if (length < 0)
            return (int)length;
        if (e.type == 'J')
            take_number(&in, &h, &e);
        else if (e.type == 'B')
            take_text(&h, &e);
        at += (size_t)length;
    }
    *ret = h;
    return 0;
}

bool hsperfdata_is_settled(const void *before, const void *after)
{
    return memcmp(before, after, HSPERFDATA_HEADER) == 0;
}

static bool may_stand_in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '$' || c == '-';
}

void hsperfdata_name(const struct hsperfdata *h, char *out, size_t out_size)
{
    const char *word_begin = h->command;
    const char *end = word_begin + strcspn(word_begin, " \t\n\r");
    size_t n = 0;

    for (const char *p = word_begin; p < end; p++)
        if (*p == '/' || *p == '\\')
            word_begin = p + 1;
    for (const char *p = word_begin; p < end && n + 1 < out_size; p++)
        out[n++] = may_stand_in_name(*p) ? *p : '_';
    if (n == 0) {
        memcpy(out, "java", 4);
        n = 4;
    }
    out[n] = '\0';
}
