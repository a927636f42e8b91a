/* SPDX-License-Identifier: MIT
 * An intake house whose feed writes down what it gets, one sample a line: "t host entity metric value". */
#ifndef COHERENCE_TESTS_INTAKE_CAPTURE_H
#define COHERENCE_TESTS_INTAKE_CAPTURE_H

#include "base/text.h"
#include "ingestion/intake/intake.h"
#include "ingestion/intake/meaning.h"

#define INTAKE_CAPTURE_LOCAL "here"

struct intake_capture {
    struct catalog *catalog;
    struct meaning *meaning;
    struct intake_house *house;
    int frames;
    struct text text;
    char bytes[1 << 16];
};

/* With the defaults, but at most `series` of one source (0: the default). */
void intake_capture_open(struct intake_capture *c, int64_t series);
void intake_capture_close(struct intake_capture *c);

/* What has been fed since the last call. It stays until the next. */
const char *intake_capture_said(struct intake_capture *c);

/* Gives `text` as a series "name{a=b,c=d}" one sample. */
void intake_capture_give(
    struct intake *in, const char *text, enum intake_kind kind, int64_t t_ns, double value);

#endif
