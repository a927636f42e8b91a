/* SPDX-License-Identifier: MIT
 * Fields to bytes and back: one function per kind of field, which writes or reads depending on the direction,
 * so that a struct's fields are listed once for both. Little endian, no padding, nothing of the machine.
 *
 * A packer that writes promises not to change what it is given; its pointers are not const only because the
 * same call reads. The first failure stays: from then on nothing is written, and reading leaves every field
 * as it was. Conditions hold in both directions: what could not be read back is not written either. */
#ifndef COHERENCE_BASE_PACK_H
#define COHERENCE_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack {
    uint8_t *bytes;   /* writing: owned, grows; reading: borrowed, not changed */
    size_t at;        /* bytes written or read so far */
    size_t size;      /* room at bytes, or bytes that there are */
    size_t limit;     /* writing: room may not grow beyond */
    const char *part; /* static: what is being packed, for messages */
    int error;        /* 0, or the -errno of the first failure */
    bool reading;
};

/* Starts writing: at most `limit` bytes. The memory is kept over pack_rewind and freed by pack_free. */
void pack_to_write(struct pack *p, size_t limit);
void pack_rewind(struct pack *p);
void pack_free(struct pack *p);

/* Starts reading n bytes (borrowed). */
void pack_to_read(struct pack *p, const uint8_t *bytes, size_t n);

/* Fails with code (a -errno) unless something has failed before: -EBADMSG bytes that mean nothing, -ERANGE
 * a value that cannot be kept, -EFBIG over the limit, -ENOMEM. */
void pack_fail(struct pack *p, int code);

/* Fails unless `holds`: -EBADMSG when reading, -ERANGE when writing. Returns whether all is well so far. */
bool pack_check(struct pack *p, bool holds);

/* Marks the beginning of a part: four bytes that reading compares. name: static. */
void pack_part(struct pack *p, const char *name);

/* Reading: every byte must have been used. */
void pack_end(struct pack *p);

void pack_u8(struct pack *p, uint8_t *x);
void pack_u16(struct pack *p, uint16_t *x);
void pack_u32(struct pack *p, uint32_t *x);
void pack_u64(struct pack *p, uint64_t *x);
void pack_i64(struct pack *p, int64_t *x);
void pack_bool(struct pack *p, bool *x); /* 0 or 1 */
void pack_f32(struct pack *p, float *x); /* bit for bit, NaN and infinities included */
void pack_f64(struct pack *p, double *x);

/* Bounded kinds: *x <= most; lo <= *x <= hi; finite; finite or NaN; finite and lo <= *x <= hi. */
void pack_count(struct pack *p, uint32_t *x, uint32_t most);
void pack_int(struct pack *p, int *x, int lo, int hi);
void pack_finite(struct pack *p, double *x);
void pack_finite_f32(struct pack *p, float *x);
void pack_absent(struct pack *p, double *x);
void pack_within(struct pack *p, double *x, double lo, double hi);

/* An enum of `count` values from 0 on. */
#define PACK_ENUM(p, x, count)                                                                               \
    do {                                                                                                     \
        int value_ = (int)*(x);                                                                              \
        pack_int((p), &value_, 0, (int)(count)-1);                                                           \
        *(x) = (__typeof__(*(x)))value_;                                                                     \
    } while (0)

/* A time in nanoseconds between the years 1897 and 2116, so that differences do not overflow; with _or_none
 * also INT64_MIN, "none yet". */
#define PACK_TIME_MIN (-(INT64_C(1) << 61))
#define PACK_TIME_MAX ((INT64_C(1) << 62) - 1)
void pack_time(struct pack *p, int64_t *t_ns);
void pack_time_or_none(struct pack *p, int64_t *t_ns);

/* n bytes as they are. */
void pack_bytes(struct pack *p, void *bytes, size_t n);

/* A NUL-terminated text in an array of `size` bytes. The rest of the array is zeroed when reading. */
void pack_text(struct pack *p, char *text, size_t size);

#endif
