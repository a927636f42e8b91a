/* SPDX-License-Identifier: MIT
 * Turns the JSON of a range query into calls, byte by byte: a tokenizer without recursion, and a stack that
 * knows where in the answer a value stands. What the names and times mean is left to the caller.
 *
 * Only the form that matters is judged: where a series or a point is expected it must be one, what is not
 * known is passed over. */
#include "ingestion/prometheus/matrix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

/* Where a value stands. */
enum place {
    IN_NOTHING, /* before and after the answer */
    IN_ANSWER,  /* {"status":, "data":, "error":} */
    IN_DATA,    /* {"resultType":, "result":} */
    IN_RESULT,  /* [series, ...] */
    IN_SERIES,  /* {"metric":, "values":} */
    IN_METRIC,  /* {"name": "value", ...} */
    IN_VALUES,  /* [point, ...] */
    IN_POINT,   /* [time, "value"] */
    IN_OTHER    /* what is not known */
};

/* What may come next. */
enum expectation { WANTS_VALUE, WANTS_KEY, WANTS_COLON, WANTS_COMMA };

struct level {
    enum place place;
    bool array;
};

struct matrix {
    struct matrix_listener listener;
    int error;
    char why[128];
    struct level levels[MATRIX_DEPTH_MAX];
    unsigned depth;
    enum expectation wants;
    bool may_close; /* the bracket that is open may be closed: it is empty, or a value came */
    /* the string or number that is being read */
    enum { TOKEN_NONE, TOKEN_STRING, TOKEN_WORD } token;
    enum { PLAIN, ESCAPED, UNICODE } escape;
    unsigned digits; /* of \uXXXX */
    uint32_t unit, high;
    char text[MATRIX_TEXT_MAX];
    size_t text_n;
    bool too_long;
    char key[64]; /* of the value that follows */
    /* the answer */
    bool over, has_status, success, has_result, has_metric;
    char reason[MATRIX_REASON_MAX];
    /* the series */
    char labels[MATRIX_LABEL_MAX];
    size_t labels_n;
    struct {
        uint32_t name, name_n, value, value_n;
    } at[INTAKE_LABELS_MAX];
    size_t label_count;
    /* the point */
    unsigned part;
    int64_t t_ns;
    uint64_t passed_over;
};

static int refuse(struct matrix *m, const char *why)
{
    struct text t;

    if (m->error == 0) {
        text_init(&t, m->why, sizeof(m->why));
        text_add(&t, why);
        m->error = -EBADMSG;
    }
    return m->error;
}

static enum place place_of(const struct matrix *m)
{
    return m->depth ? m->levels[m->depth - 1].place : IN_NOTHING;
}

/* Hands over the series whose labels are complete. */
static void say_series(struct matrix *m)
{
    struct intake_label labels[INTAKE_LABELS_MAX];

    for (size_t i = 0; i < m->label_count; i++)
        labels[i] = (struct intake_label){.name = m->labels + m->at[i].name,
            .name_n = m->at[i].name_n,
            .value = m->labels + m->at[i].value,
            .value_n = m->at[i].value_n};
    m->has_metric = true;
    if (!m->listener.series(m->listener.context, m->labels, m->labels_n, labels, m->label_count))
        m->error = -ECANCELED;
}

/* Remembers bytes of the series' labels. Returns where they stand. */
static uint32_t keep_label(struct matrix *m, const char *bytes, size_t n)
{
    const uint32_t at = (uint32_t)m->labels_n;

    if (m->labels_n + n + 1 > sizeof(m->labels)) {
        refuse(m, "a series has too many or too long labels");
        return 0;
    }
    memcpy(m->labels + at, bytes, n);
    m->labels[at + n] = '\0';
    m->labels_n += n + 1;
    return at;
}

/* The name of a label; its value follows. */
static void begin_label(struct matrix *m)
{
    if (m->label_count == INTAKE_LABELS_MAX) {
        refuse(m, "a series has too many labels");
        return;
    }
    m->at[m->label_count].name = keep_label(m, m->text, m->text_n);
    m->at[m->label_count].name_n = (uint32_t)m->text_n;
}

static void end_label(struct matrix *m)
{
    m->at[m->label_count].value = keep_label(m, m->text, m->text_n);
    m->at[m->label_count].value_n = (uint32_t)m->text_n;
    m->label_count++;
}

/* A value of a point: a number, or what Go's formatting of floats calls the others. */
static double value_of(struct matrix *m)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"NaN", (double)NAN}, {"+Inf", (double)INFINITY}, {"Inf", (double)INFINITY},
        {"-Inf", -(double)INFINITY}};
    double v;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(m->text, words[i].word) == 0)
            return words[i].value;
    if (number_parse(m->text, m->text_n, &v) == 0)
        return v;
    m->passed_over++;
    return (double)NAN;
}

static void take_point_part(struct matrix *m, bool string)
{
    if (m->part == 0 && !string) {
        if (timestamp_parse(m->text, m->text_n, &m->t_ns) != 0)
            refuse(m, "the time of a point is none");
    } else if (m->part == 1 && string) {
        if (!m->has_metric)
            refuse(m, "points come before the series that they are of");
        else if (!m->listener.point(m->listener.context, m->t_ns, value_of(m)))
            m->error = -ECANCELED;
    } else {
        refuse(m, "a point is not a time and a text");
    }
    m->part++;
}

static void take_status(struct matrix *m)
{
    m->has_status = true;
    m->success = strcmp(m->text, "success") == 0;
}

/* A string or number (a word) as a value. */
static void take_scalar(struct matrix *m, bool string)
{
    struct text t;

    switch (place_of(m)) {
    case IN_ANSWER:
        if (strcmp(m->key, "status") == 0)
            take_status(m);
        else if (strcmp(m->key, "error") == 0) {
            text_init(&t, m->reason, sizeof(m->reason));
            text_add_printable(&t, m->text, m->text_n);
        }
        break;
    case IN_DATA:
        if (strcmp(m->key, "resultType") == 0 && strcmp(m->text, "matrix") != 0)
            refuse(m, "it is not a matrix: ask for a range of an instant vector");
        break;
    case IN_METRIC:
        if (string)
            end_label(m);
        else
            refuse(m, "a label is not a text");
        break;
    case IN_POINT:
        take_point_part(m, string);
        break;
    case IN_RESULT:
    case IN_VALUES:
        refuse(m, "a value stands where a series or a point belongs");
        break;
    default:
        break;
    }
}

/* What a bracket begins, by where it stands. */
static enum place place_within(struct matrix *m, bool array)
{
    switch (place_of(m)) {
    case IN_NOTHING:
        return array ? IN_OTHER : IN_ANSWER;
    case IN_ANSWER:
        return !array && strcmp(m->key, "data") == 0 ? IN_DATA : IN_OTHER;
    case IN_DATA:
        return array && strcmp(m->key, "result") == 0 ? IN_RESULT : IN_OTHER;
    case IN_RESULT:
        if (array)
            refuse(m, "a list stands where a series belongs");
        return IN_SERIES;
    case IN_SERIES:
        if (!array && strcmp(m->key, "metric") == 0)
            return IN_METRIC;
        if (array && strcmp(m->key, "histograms") == 0)
            m->passed_over++;
        return array && strcmp(m->key, "values") == 0 ? IN_VALUES : IN_OTHER;
    case IN_VALUES:
        if (!array)
            refuse(m, "an object stands where a point belongs");
        return IN_POINT;
    case IN_METRIC:
    case IN_POINT:
        refuse(m, "brackets stand where a text belongs");
        return IN_OTHER;
    default:
        return IN_OTHER;
    }
}

static void open_bracket(struct matrix *m, bool array)
{
    const enum place place = place_within(m, array);

    if (m->depth == MATRIX_DEPTH_MAX) {
        refuse(m, "it is nested too deeply");
        return;
    }
    if (m->depth == 0 && array)
        refuse(m, "it is not an object");
    m->levels[m->depth++] = (struct level){.place = place, .array = array};
    if (place == IN_RESULT)
        m->has_result = true;
    if (place == IN_SERIES)
        m->has_metric = false;
    if (place == IN_METRIC)
        m->labels_n = m->label_count = 0;
    if (place == IN_POINT)
        m->part = 0;
    m->wants = array ? WANTS_VALUE : WANTS_KEY;
    m->may_close = true;
}

static void close_bracket(struct matrix *m, bool array)
{
    if (m->depth == 0 || m->levels[m->depth - 1].array != array || !m->may_close || m->wants == WANTS_COLON) {
        refuse(m, "a bracket is closed that is not open");
        return;
    }
    const enum place place = m->levels[--m->depth].place;
    if (place == IN_POINT && m->part != 2)
        refuse(m, "a point is not a time and a text");
    if (place == IN_METRIC && m->error == 0)
        say_series(m);
    m->over = m->depth == 0;
    m->wants = WANTS_COMMA;
    m->may_close = true;
}

/* A string or word is complete. */
static void end_token(struct matrix *m, bool string)
{
    struct text t;

    m->text[m->text_n] = '\0';
    m->token = TOKEN_NONE;
    if (m->wants == WANTS_KEY && string) {
        text_init(&t, m->key, sizeof(m->key));
        text_add_bytes(&t, m->text, m->text_n);
        if (m->too_long)
            refuse(m, "a name is too long");
        else if (place_of(m) == IN_METRIC)
            begin_label(m);
        m->wants = WANTS_COLON;
        m->may_close = false;
        return;
    }
    if (m->wants != WANTS_VALUE || m->depth == 0) {
        refuse(m, "a value stands where none belongs");
        return;
    }
    if (m->too_long && (place_of(m) == IN_METRIC || place_of(m) == IN_POINT))
        refuse(m, "a text is too long");
    else
        take_scalar(m, string);
    m->wants = WANTS_COMMA;
    m->may_close = true;
}

static void add_byte(struct matrix *m, char c)
{
    if (m->text_n + 1 < sizeof(m->text))
        m->text[m->text_n++] = c;
    else
        m->too_long = true;
}

/* A code point in UTF-8. */
static void add_code(struct matrix *m, uint32_t c)
{
    if (c < 0x80) {
        add_byte(m, (char)c);
        return;
    }
    if (c < 0x800) {
        add_byte(m, (char)(0xc0 | c >> 6));
    } else if (c < 0x10000) {
        add_byte(m, (char)(0xe0 | c >> 12));
        add_byte(m, (char)(0x80 | (c >> 6 & 0x3f)));
    } else {
        add_byte(m, (char)(0xf0 | c >> 18));
        add_byte(m, (char)(0x80 | (c >> 12 & 0x3f)));
        add_byte(m, (char)(0x80 | (c >> 6 & 0x3f)));
    }
    add_byte(m, (char)(0x80 | (c & 0x3f)));
}

/* One half of what may be a pair of surrogates; U+FFFD for one that stands alone. */
static void end_unicode(struct matrix *m)
{
    const uint32_t unit = m->unit;

    m->escape = PLAIN;
    if (unit >= 0xdc00 && unit < 0xe000) {
        add_code(m, m->high ? 0x10000 + ((m->high - 0xd800) << 10) + (unit - 0xdc00) : 0xfffd);
        m->high = 0;
        return;
    }
    if (m->high)
        add_code(m, 0xfffd);
    m->high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
    if (!m->high)
        add_code(m, unit);
}

static void take_escape(struct matrix *m, char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = c ? strchr(from, c) : NULL;

    if (m->escape == UNICODE) {
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            refuse(m, "an escape is none");
            return;
        }
        m->unit = m->unit << 4 | (uint32_t)digit;
        if (++m->digits == 4)
            end_unicode(m);
        return;
    }
    if (c == 'u') {
        m->escape = UNICODE;
        m->digits = 0;
        m->unit = 0;
        return;
    }
    if (!found) {
        refuse(m, "an escape is none");
        return;
    }
    if (m->high)
        add_code(m, 0xfffd);
    m->high = 0;
    add_byte(m, to[found - from]);
    m->escape = PLAIN;
}

static void take_string_byte(struct matrix *m, char c)
{
    if (m->escape != PLAIN) {
        take_escape(m, c);
        return;
    }
    if (c == '\\') {
        m->escape = ESCAPED;
        return;
    }
    if (m->high)
        add_code(m, 0xfffd);
    m->high = 0;
    if (c == '"')
        end_token(m, true);
    else if ((unsigned char)c < ' ')
        refuse(m, "a control character stands in a text");
    else
        add_byte(m, c);
}

static void begin_token(struct matrix *m, bool string)
{
    m->token = string ? TOKEN_STRING : TOKEN_WORD;
    m->text_n = 0;
    m->too_long = false;
    m->high = 0;
    m->escape = PLAIN;
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '+' || c == '.';
}

/* A byte outside of strings and words. */
static void take_structure(struct matrix *m, char c)
{
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
        return;
    if (m->over) {
        refuse(m, "something follows it");
    } else if (c == ',') {
        if (m->wants != WANTS_COMMA || m->depth == 0)
            refuse(m, "a comma stands where none belongs");
        m->wants = m->depth && m->levels[m->depth - 1].array ? WANTS_VALUE : WANTS_KEY;
        m->may_close = false;
    } else if (c == ':') {
        if (m->wants != WANTS_COLON)
            refuse(m, "a colon stands where none belongs");
        m->wants = WANTS_VALUE;
    } else if (c == '{' || c == '[') {
        if (m->wants != WANTS_VALUE)
            refuse(m, "a bracket stands where none belongs");
        else
            open_bracket(m, c == '[');
    } else if (c == '}' || c == ']') {
        close_bracket(m, c == ']');
    } else if (c == '"') {
        begin_token(m, true);
    } else if (is_word_byte(c)) {
        begin_token(m, false);
        add_byte(m, c);
    } else {
        refuse(m, "it is not JSON");
    }
}

int matrix_take(struct matrix *m, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n && m->error == 0; i++) {
        const char c = bytes[i];
        if (m->token == TOKEN_STRING) {
            take_string_byte(m, c);
        } else if (m->token == TOKEN_WORD && is_word_byte(c)) {
            add_byte(m, c);
        } else {
            if (m->token == TOKEN_WORD)
                end_token(m, false);
            if (m->error == 0)
                take_structure(m, c);
        }
    }
    return m->error;
}

int matrix_end(struct matrix *m, struct error *e)
{
    if (m->error == 0 && m->over && m->has_status && !m->success)
        return error_set(
            e, -EREMOTEIO, "%s", m->reason[0] ? m->reason : "it says that it failed, and not why");
    if (m->error == 0 && !m->over)
        refuse(m, "it breaks off");
    if (m->error == 0 && !(m->has_status && m->has_result))
        refuse(m, "it is no answer to a range query");
    return m->error == 0 ? 0
                         : error_set(e, m->error, "what came is not the answer to a range query: %s", m->why);
}

void matrix_reset(struct matrix *m)
{
    const struct matrix_listener listener = m->listener;
    const uint64_t passed_over = m->passed_over;

    memset(m, 0, sizeof(*m));
    m->listener = listener;
    m->passed_over = passed_over;
    m->wants = WANTS_VALUE;
}

struct matrix *matrix_new(const struct matrix_listener *listener)
{
    struct matrix *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->listener = *listener;
    m->wants = WANTS_VALUE;
    return m;
}

void matrix_free(struct matrix *m)
{
    free(m);
}

uint64_t matrix_passed_over(const struct matrix *m)
{
    return m->passed_over;
}
