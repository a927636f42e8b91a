/* SPDX-License-Identifier: MIT
 * One line of JSON to tokens that are still the raw bytes: numbers stay decimal text, so that times never
 * pass through a double, and strings stay escaped until somebody needs them. Strict (RFC 8259): no comments,
 * no trailing commas, no leading zeros, no lone surrogates, no control characters, UTF-8 only. Which members
 * matter is left to the caller. */
#include "ingestion/replay/json_scan.h"

#include <stdint.h>
#include <string.h>

#include "ingestion/replay/name_check.h"

static bool fail(struct json_scan *s, const char *at, const char *fault)
{
    s->at = at;
    s->fault = fault;
    return false;
}

void json_scan_blank(struct json_scan *s)
{
    while (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')
        s->at++;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* The code unit of \uXXXX at p (after the u), or -1. Stops at the first byte that is no hex digit. */
static int32_t code_unit(const char *p)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Checks the escape whose backslash is at p. Returns the byte after it, NULL on a fault. */
static const char *check_escape(struct json_scan *s, const char *p)
{
    if (p[1] != 'u') {
        if (p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL)
            return p + 2;
        (void)fail(s, p, "unknown escape in a string");
        return NULL;
    }
    int32_t unit = code_unit(p + 2);
    if (unit < 0) {
        (void)fail(s, p, "\\u without four hex digits");
        return NULL;
    }
    if (!is_high(unit) && !is_low(unit))
        return p + 6;
    if (is_high(unit) && p[6] == '\\' && p[7] == 'u' && is_low(code_unit(p + 8)))
        return p + 12;
    (void)fail(s, p, "lone surrogate in a string");
    return NULL;
}

static bool scan_string(struct json_scan *s, struct json_token *t)
{
    const char *p = s->at + 1;
    unsigned char high = 0;
    bool escaped = false;
    for (;;) {
        unsigned char c = (unsigned char)*p;
        if (c == '"')
            break;
        if (c < 0x20)
            return fail(s, p, c == '\n' ? "string is not closed" : "control character in a string");
        high |= c;
        if (c != '\\') {
            p++;
            continue;
        }
        escaped = true;
        p = check_escape(s, p);
        if (p == NULL)
            return false;
    }
    *t = (struct json_token){
        .kind = JSON_KIND_STRING, .raw = s->at, .raw_n = (size_t)(p + 1 - s->at), .escaped = escaped};
    if (high >= 0x80 && !name_is_utf8(t->raw, t->raw_n))
        return fail(s, t->raw, "string is not UTF-8");
    s->at = p + 1;
    return true;
}

static const char *digits(const char *p)
{
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
}

static bool scan_number(struct json_scan *s, struct json_token *t)
{
    const char *p = s->at + (*s->at == '-');
    if (*p < '0' || *p > '9')
        return fail(s, s->at, "not a JSON value");
    if (*p == '0' && p[1] >= '0' && p[1] <= '9')
        return fail(s, s->at, "number with a leading zero");
    p = digits(p);
    if (*p == '.') {
        const char *fraction = p + 1;
        p = digits(fraction);
        if (p == fraction)
            return fail(s, s->at, "number without digits after the point");
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        const char *exponent = p + (*p == '+' || *p == '-');
        p = digits(exponent);
        if (p == exponent)
            return fail(s, s->at, "number without digits in the exponent");
    }
    *t = (struct json_token){.kind = JSON_KIND_NUMBER, .raw = s->at, .raw_n = (size_t)(p - s->at)};
    s->at = p;
    return true;
}

static bool scan_word(struct json_scan *s, struct json_token *t)
{
    static const struct {
        const char *word;
        enum json_kind kind;
    } words[] = {{"null", JSON_KIND_NULL}, {"true", JSON_KIND_BOOLEAN}, {"false", JSON_KIND_BOOLEAN}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i].word);
        if (strncmp(s->at, words[i].word, n) == 0) {
            *t = (struct json_token){.kind = words[i].kind, .raw = s->at, .raw_n = n};
            s->at += n;
            return true;
        }
    }
    return fail(s, s->at, "not a JSON value");
}

static bool scan_scalar(struct json_scan *s, struct json_token *t)
{
    if (*s->at == '"')
        return scan_string(s, t);
    if (*s->at == '-' || (*s->at >= '0' && *s->at <= '9'))
        return scan_number(s, t);
    return scan_word(s, t);
}

bool json_scan_name(struct json_scan *s, struct json_token *ret_name)
{
    json_scan_blank(s);
    if (*s->at != '"')
        return fail(s, s->at, "expected a member's name in quotes");
    if (++s->members > JSON_SCAN_MEMBERS_MAX)
        return fail(s, s->at, "more than 256 members");
    if (!scan_string(s, ret_name))
        return false;
    json_scan_blank(s);
    if (*s->at != ':')
        return fail(s, s->at, "expected a colon after the name");
    s->at++;
    return true;
}

/* The containers that are open, innermost in the lowest bit: 1 = object. */
struct nesting {
    uint32_t objects;
    unsigned depth;
};

/* Opens the container at s->at. *ret_empty: it was closed at once. */
static bool open_container(struct json_scan *s, struct nesting *open, bool *ret_empty)
{
    struct json_token name;
    bool is_object = *s->at == '{';
    if (open->depth + 1 >= JSON_SCAN_DEPTH_MAX)
        return fail(s, s->at, "nested deeper than 32");
    s->at++;
    json_scan_blank(s);
    *ret_empty = *s->at == (is_object ? '}' : ']');
    if (*ret_empty) {
        s->at++;
        return true;
    }
    open->objects = open->objects << 1 | is_object;
    open->depth++;
    return !is_object || json_scan_name(s, &name);
}

/* After a value: closes what ends here. *ret_done: the outermost is closed; else another value follows. */
static bool after_value(struct json_scan *s, struct nesting *open, bool *ret_done)
{
    struct json_token name;
    while (open->depth > 0) {
        bool is_object = open->objects & 1u;
        json_scan_blank(s);
        if (*s->at == ',') {
            s->at++;
            *ret_done = false;
            return !is_object || json_scan_name(s, &name);
        }
        if (*s->at != (is_object ? '}' : ']'))
            return fail(s, s->at, is_object ? "expected , or }" : "expected , or ]");
        s->at++;
        open->objects >>= 1;
        open->depth--;
    }
    *ret_done = true;
    return true;
}

bool json_scan_value(struct json_scan *s, struct json_token *ret_value)
{
    json_scan_blank(s);
    const char *first = s->at;
    if (*first != '{' && *first != '[')
        return scan_scalar(s, ret_value);
    struct nesting open = {0};
    struct json_token inner;
    for (bool done = false; !done;) {
        json_scan_blank(s);
        bool is_container = *s->at == '{' || *s->at == '[', whole = true;
        if (!(is_container ? open_container(s, &open, &whole) : scan_scalar(s, &inner)))
            return false;
        if (whole && !after_value(s, &open, &done))
            return false;
    }
    *ret_value = (struct json_token){.kind = *first == '{' ? JSON_KIND_OBJECT : JSON_KIND_ARRAY,
        .raw = first,
        .raw_n = (size_t)(s->at - first)};
    return true;
}

/* Appends a code point as UTF-8. Source: RFC 3629 section 3. */
static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

size_t json_scan_text(const struct json_token *string, char *out)
{
    const char *p = string->raw + 1, *end = string->raw + string->raw_n - 1;
    size_t n = 0;
    while (p < end) {
        if (*p != '\\') {
            out[n++] = *p++;
            continue;
        }
        if (p[1] != 'u') {
            static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
            out[n++] = bytes[strchr(names, p[1]) - names];
            p += 2;
            continue;
        }
        uint32_t c = (uint32_t)code_unit(p + 2);
        p += 6;
        if (is_high((int32_t)c)) {
            c = 0x10000u + ((c - 0xd800u) << 10) + ((uint32_t)code_unit(p + 2) - 0xdc00u);
            p += 6;
        }
        n += put_utf8(out + n, c);
    }
    return n;
}
