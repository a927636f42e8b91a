/* SPDX-License-Identifier: MIT
 * Turns calls into JSON: keeps count of the nesting and puts the commas. How strings, numbers and times are
 * written is text.c's business; room for them is the caller's (the text says when something did not fit). */
#include "base/json.h"

#include <assert.h>
#include <string.h>

void json_init(struct json *j, struct text *out)
{
    j->out = out;
    j->depth = 0;
    j->in_object[0] = false;
    j->has_member[0] = false;
}

/* What comes before any value: the comma that is due, and the name inside an object. */
static void begin_value(struct json *j, const char *key)
{
    assert((key != NULL) == j->in_object[j->depth]);
    if (j->depth > 0) {
        if (j->has_member[j->depth])
            text_add_char(j->out, ',');
        j->has_member[j->depth] = true;
    }
    if (key != NULL) {
        text_add_char(j->out, '"');
        text_add(j->out, key);
        text_add_bytes(j->out, "\":", 2);
    }
}

static void begin_container(struct json *j, const char *key, bool object)
{
    begin_value(j, key);
    assert(j->depth + 1 < JSON_DEPTH_MAX);
    j->depth++;
    j->in_object[j->depth] = object;
    j->has_member[j->depth] = false;
    text_add_char(j->out, object ? '{' : '[');
}

static void end_container(struct json *j, bool object)
{
    assert(j->depth > 0 && j->in_object[j->depth] == object);
    j->depth--;
    text_add_char(j->out, object ? '}' : ']');
}

void json_begin_object(struct json *j, const char *key)
{
    begin_container(j, key, true);
}

void json_end_object(struct json *j)
{
    end_container(j, true);
}

void json_begin_array(struct json *j, const char *key)
{
    begin_container(j, key, false);
}

void json_end_array(struct json *j)
{
    end_container(j, false);
}

void json_put_string(struct json *j, const char *key, const char *value)
{
    if (value == NULL)
        json_put_null(j, key);
    else
        json_put_string_n(j, key, value, strlen(value));
}

void json_put_string_n(struct json *j, const char *key, const char *bytes, size_t n)
{
    begin_value(j, key);
    text_add_json_string(j->out, bytes, n);
}

void json_put_number(struct json *j, const char *key, double value)
{
    begin_value(j, key);
    text_add_number(j->out, value);
}

void json_put_uint(struct json *j, const char *key, uint64_t value)
{
    begin_value(j, key);
    text_add_uint(j->out, value);
}

void json_put_bool(struct json *j, const char *key, bool value)
{
    begin_value(j, key);
    text_add(j->out, value ? "true" : "false");
}

void json_put_time(struct json *j, const char *key, int64_t t_ns)
{
    begin_value(j, key);
    text_add_time(j->out, t_ns);
}

void json_put_null(struct json *j, const char *key)
{
    begin_value(j, key);
    text_add_bytes(j->out, "null", 4);
}
