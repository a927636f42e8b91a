/* SPDX-License-Identifier: MIT
 * Tokens of one line of JSON, by their raw bytes, without recursion or allocation. Source: RFC 8259. Why not
 * a library: docs/decisions/0006. */
#ifndef COHERENCE_INGESTION_JSON_SCAN_H
#define COHERENCE_INGESTION_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_SCAN_DEPTH_MAX   32  /* the line's own object counted */
#define JSON_SCAN_MEMBERS_MAX 256 /* of a line, nested ones counted */

enum json_kind {
    JSON_KIND_ABSENT,
    JSON_KIND_NULL,
    JSON_KIND_BOOLEAN,
    JSON_KIND_NUMBER,
    JSON_KIND_STRING,
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY
};

struct json_token {
    enum json_kind kind;
    const char *raw; /* as it stands, quotes included */
    size_t raw_n;
    bool escaped; /* a string with backslashes */
};

/* Where the scan stands. The bytes must end in a newline, which is neither blank nor part of any token, so
 * nothing runs past it. */
struct json_scan {
    const char *at;
    unsigned members;
    const char *fault; /* what is wrong at `at`, after a function answered false */
};

/* Passes over blanks, tabs and carriage returns. */
void json_scan_blank(struct json_scan *s);

/* A member's name and its colon; at stands before the name. False: a fault. */
bool json_scan_name(struct json_scan *s, struct json_token *ret_name);

/* A value of any kind; objects and arrays are checked and passed over as a whole (duplicate names inside them
 * are not looked for). False: a fault. */
bool json_scan_value(struct json_scan *s, struct json_token *ret_value);

/* The text of a string token in out, which holds raw_n - 2 bytes at least. Returns its length. */
size_t json_scan_text(const struct json_token *string, char *out);

#endif
