/* SPDX-License-Identifier: MIT
 * Answers to range queries, in pieces whose length the first byte says: what is heard lies in bounds and does
 * not depend on the pieces. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "ingestion/prometheus/matrix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hash of all that was said. */
struct ear {
    uint64_t hash;
    bool has_series;
};

static void mix(struct ear *e, const void *bytes, size_t n)
{
    e->hash = hash_sip24(e->hash, n, bytes, n);
}

static bool on_series(
    void *context, const char *key, size_t key_n, const struct intake_label *labels, size_t count)
{
    struct ear *e = context;

    assert(count <= INTAKE_LABELS_MAX && key_n <= MATRIX_LABEL_MAX);
    e->has_series = true;
    mix(e, key, key_n);
    for (size_t i = 0; i < count; i++) {
        assert(labels[i].name >= key && labels[i].value + labels[i].value_n < key + key_n);
        mix(e, labels[i].name, labels[i].name_n);
        mix(e, labels[i].value, labels[i].value_n);
    }
    return true;
}

static bool on_point(void *context, int64_t t_ns, double value)
{
    struct ear *e = context;

    assert(e->has_series && t_ns != INT64_MIN);
    mix(e, &t_ns, sizeof(t_ns));
    if (!isnan(value))
        mix(e, &value, sizeof(value));
    return true;
}

static int hear(const uint8_t *data, size_t size, size_t piece, uint64_t *ret_hash)
{
    struct ear ear = {.hash = 0};
    struct matrix *m =
        matrix_new(&(struct matrix_listener){.context = &ear, .series = on_series, .point = on_point});
    struct error e;

    if (!m)
        return 0;
    for (size_t at = 0; at < size; at += piece)
        (void)matrix_take(m, (const char *)data + at, size - at < piece ? size - at : piece);
    const int r = matrix_end(m, &e);
    assert(r == 0 || e.text[0]);
    matrix_free(m);
    *ret_hash = ear.hash;
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t whole = 0, pieces = 0;

    if (size < 1)
        return 0;
    const int a = hear(data + 1, size - 1, size, &whole),
              b = hear(data + 1, size - 1, 1U + data[0] % 13U, &pieces);
    assert(a == b && whole == pieces);
    return 0;
}
