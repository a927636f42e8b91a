/* SPDX-License-Identifier: MIT
 * Turns the bytes of a YAML text into a flat list of entries, by libyaml's events. Events and not its
 * document API, because a document no longer shows tags and anchors, expands aliases, and is built whole
 * before anything can be counted. The stack is explicit, every depth, count and length has a limit. What a
 * value means is left to whoever asks for it; what bytes may stand in the text at all, to base/yaml_scan.c.
 */
#include "base/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/shown.h"
#include "base/yaml_scan.h"
#include "base/yaml_store.h"

/* A mapping or list that is being read. */
struct level {
    bool list;
    bool wants_key; /* a mapping: the next node is a key */
    bool used;      /* something was in it */
    uint32_t items; /* of a list so far */
    size_t path_n;  /* bytes of the path that leads here */
    uint32_t line, column;
};

/* A place in the text: libyaml counts characters, people's editors and error.h count bytes. */
struct cursor {
    size_t character, byte;
    size_t line_start; /* byte offset */
};

struct reader {
    struct yaml_text *text;
    struct yaml_reporter *reporter;
    const char *bytes; /* what the parser sees */
    size_t n;
    size_t shift; /* bytes before it on the first line */
    struct cursor cursor;
    struct level levels[YAML_DEPTH_MAX];
    unsigned depth;
    char path[YAML_PATH_MAX];
    size_t path_n;
    unsigned skip_depth; /* inside a collection that is passed over */
    bool skip_value;     /* the next node belongs to a key that was refused */
    unsigned documents;
    bool quiet; /* structure is known to be broken: no follow-ups */
    bool stop;
    int error; /* -ENOMEM */
};

static void place_of(struct reader *r, const yaml_mark_t *mark, uint32_t *ret_line, uint32_t *ret_column)
{
    struct cursor *c = &r->cursor;

    if (mark->index < c->character)
        *c = (struct cursor){0};
    while (c->character < mark->index && c->byte < r->n) {
        if (r->bytes[c->byte++] == '\n')
            c->line_start = c->byte;
        while (c->byte < r->n && ((unsigned char)r->bytes[c->byte] & 0xC0) == 0x80)
            c->byte++;
        c->character++;
    }
    *ret_line = (uint32_t)mark->line + 1;
    *ret_column = (uint32_t)(c->byte - c->line_start + 1 + (mark->line == 0 ? r->shift : 0));
}

static void report_at(struct reader *r, const yaml_mark_t *mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void report_at(struct reader *r, const yaml_mark_t *mark, const char *format, ...)
{
    char said[ERROR_TEXT_MAX];
    uint32_t line, column;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(said, sizeof(said), format, arguments);
    va_end(arguments);
    place_of(r, mark, &line, &column);
    yaml_report(r->reporter, line, column, "%s", said);
}

/* Enters the reader's path at mark. Returns false when it was refused (and says why). */
static bool add_node(struct reader *r, const yaml_mark_t *mark)
{
    const struct yaml_node *first = yaml_store_node(r->text, r->path);
    struct shown s;
    uint32_t line, column;

    if (first) {
        report_at(r, mark, "%s is set twice, first at %u:%u; keep one of them",
            shown_name(&s, r->path, strlen(r->path)), first->line, first->column);
        return false;
    }
    place_of(r, mark, &line, &column);
    const int added = yaml_store_add_node(r->text, r->path, line, column);
    if (added == -ENOSPC)
        yaml_report(r->reporter, line, column,
            "more than %u keys and list items; the text is refused from here on", YAML_NODES_MAX);
    else if (added < 0)
        r->error = added;
    r->stop = added < 0;
    return added >= 0;
}

/* Gives the reader's path the entry. */
static void add_entry(struct reader *r, const struct yaml_entry *entry)
{
    const int added = yaml_store_add_entry(r->text, r->path, entry);

    if (added == -ENOSPC)
        yaml_report(r->reporter, entry->line, entry->column,
            "more than %u values; the text is refused from here on", YAML_ENTRIES_MAX);
    else if (added < 0)
        r->error = added;
    r->stop = added < 0;
}

static struct level *innermost(struct reader *r)
{
    return r->depth ? &r->levels[r->depth - 1] : NULL;
}

/* Sets the path to that of the innermost level with a key (or, NULL, an index) after it. Returns false when
 * it does not fit. */
static bool set_path(struct reader *r, const char *key, uint32_t index)
{
    const size_t from = r->depth ? innermost(r)->path_n : 0;
    char *end = r->path + from;
    const size_t room = sizeof(r->path) - from;
    const int n =
        key ? snprintf(end, room, "%s%s", from ? "." : "", key) : snprintf(end, room, "[%u]", index);

    if ((size_t)n < room) {
        r->path_n = from + (size_t)n;
        return true;
    }
    *end = '\0';
    r->path_n = from;
    return false;
}

static bool key_is_plain_word(const char *key, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char c = key[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                c == '-'))
            return false;
    }
    return n > 0;
}

/* Says why a key is refused; true when it may stay. */
static bool check_key(struct reader *r, const yaml_event_t *event)
{
    const char *key = (const char *)event->data.scalar.value;
    const size_t n = event->data.scalar.length;
    const yaml_mark_t *mark = &event->start_mark;
    struct shown s;

    if (n == 0)
        report_at(r, mark, "a key is missing before ':'");
    else if (n == 2 && memcmp(key, "<<", 2) == 0)
        report_at(r, mark, "merge keys ('<<') are not read; write the keys out");
    else if (n > YAML_KEY_MAX)
        report_at(r, mark, "a key of %zu bytes; at most %u", n, YAML_KEY_MAX);
    else if (memchr(key, '.', n) && strlen(key) == n)
        report_at(r, mark, "key %s has dots; write one key a line, each indented below the one before",
            shown_name(&s, key, n));
    else if (!key_is_plain_word(key, n))
        report_at(
            r, mark, "key %s is not a plain word; letters, digits, '_' and '-' only", shown_name(&s, key, n));
    else
        return true;
    return false;
}

static void read_key(struct reader *r, const yaml_event_t *event)
{
    struct level *level = innermost(r);

    level->wants_key = false;
    level->used = true;
    r->skip_value = true;
    if (!check_key(r, event))
        return;
    if (!set_path(r, (const char *)event->data.scalar.value, 0)) {
        report_at(r, &event->start_mark, "the path to this key has more than %u bytes", YAML_PATH_MAX - 1);
        return;
    }
    r->skip_value = !add_node(r, &event->start_mark);
}

/* Called for the start of every value: makes list items and the root nodes of their own. Returns false when
 * the value is passed over. */
static bool begin_value(struct reader *r, const yaml_mark_t *mark)
{
    struct level *level = innermost(r);

    if (level && !level->list) {
        const bool skip = r->skip_value;
        level->wants_key = true;
        r->skip_value = false;
        return !skip;
    }
    if (!level) {
        r->path[0] = '\0';
        r->path_n = 0;
        return add_node(r, mark);
    }
    level->used = true;
    if (set_path(r, NULL, level->items++))
        return add_node(r, mark);
    report_at(r, mark, "the path to this list item has more than %u bytes", YAML_PATH_MAX - 1);
    return false;
}

static void read_scalar(struct reader *r, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    const size_t n = event->data.scalar.length;
    const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const struct level *level = innermost(r);

    if (level && !level->list && level->wants_key) {
        read_key(r, event);
        return;
    }
    if (!begin_value(r, &event->start_mark))
        return;
    if (memchr(value, '\0', n)) {
        report_at(r, &event->start_mark, "an escaped NUL in the value; remove it");
        return;
    }
    if (r->depth == 0 && plain && n == 0)
        return; /* "---" and nothing after it */
    struct yaml_entry entry = {
        .value = value, .value_n = n, .kind = plain && n == 0 ? YAML_NOTHING : YAML_TEXT, .quoted = !plain};
    place_of(r, &event->start_mark, &entry.line, &entry.column);
    add_entry(r, &entry);
}

/* libyaml's time grows with the square of the depth: nothing is read beyond the limit, not even to pass it
 * over. */
static void report_depth(struct reader *r, const yaml_event_t *event)
{
    report_at(
        r, &event->start_mark, "nested more than %u deep; the text is refused from here on", YAML_DEPTH_MAX);
    r->stop = true;
}

static void begin_collection(struct reader *r, const yaml_event_t *event, bool list)
{
    struct level *level = innermost(r);

    if (level && !level->list && level->wants_key) {
        report_at(r, &event->start_mark, "a %s as a key; a key is a plain word", list ? "list" : "mapping");
        level->wants_key = false;
        level->used = true;
        r->skip_value = true;
        r->skip_depth = 1;
        return;
    }
    if (r->depth == YAML_DEPTH_MAX) {
        report_depth(r, event);
        return;
    }
    if (!begin_value(r, &event->start_mark)) {
        r->skip_depth = 1;
        return;
    }
    level = &r->levels[r->depth++];
    *level = (struct level){.list = list, .wants_key = !list, .path_n = r->path_n};
    place_of(r, &event->start_mark, &level->line, &level->column);
}

static void end_collection(struct reader *r)
{
    const struct level level = r->levels[--r->depth];

    if (level.used || (r->depth == 0 && !level.list))
        return; /* "{}" alone is an empty text */
    r->path[level.path_n] = '\0';
    const struct yaml_entry entry = {.value = "",
        .kind = level.list ? YAML_EMPTY_LIST : YAML_EMPTY_MAP,
        .line = level.line,
        .column = level.column};
    add_entry(r, &entry);
}

/* Inside a collection that is passed over; returns true when the event was only that. */
static bool pass_over(struct reader *r, const yaml_event_t *event)
{
    if (r->skip_depth == 0)
        return false;
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
        r->skip_depth++;
    else if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        r->skip_depth--;
    if (r->depth + r->skip_depth > YAML_DEPTH_MAX)
        report_depth(r, event);
    return true;
}

/* A name with its mark of YAML's, which may be a value that nobody quoted. */
static const char *shown_mark(struct shown *s, const char *mark, const yaml_char_t *name)
{
    char whole[YAML_KEY_MAX];
    struct text t;

    text_init(&t, whole, sizeof(whole));
    text_add(&t, mark);
    text_add(&t, (const char *)name);
    return shown_value(s, t.data, t.length);
}

static void check_properties(
    struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    static const char standard[] = "tag:yaml.org,2002:"; /* what "!!" stands for */
    struct shown s;

    if (anchor)
        report_at(r, &event->start_mark, "anchor %s; anchors and aliases are not read, write the value out",
            shown_mark(&s, "&", anchor));
    if (tag) {
        const bool is_standard = strncmp((const char *)tag, standard, sizeof(standard) - 1) == 0;
        report_at(r, &event->start_mark, "tag %s; tags are not read, remove it: each key knows its own type",
            shown_mark(&s, is_standard ? "!!" : "", is_standard ? tag + sizeof(standard) - 1 : tag));
    }
}

static void refuse_alias(struct reader *r, const yaml_event_t *event)
{
    struct shown s;

    report_at(r, &event->start_mark, "alias %s; anchors and aliases are not read, write the value out",
        shown_mark(&s, "*", event->data.alias.anchor));
}

static void begin_document(struct reader *r, const yaml_event_t *event)
{
    if (++r->documents < 2)
        return;
    report_at(r, &event->start_mark,
        "a second document begins here; one file holds one document, remove the '---'");
    r->stop = true;
}

static void read_event(struct reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        begin_document(r, event);
        return;
    case YAML_ALIAS_EVENT:
        refuse_alias(r, event);
        break;
    case YAML_SCALAR_EVENT:
        check_properties(r, event, event->data.scalar.anchor, event->data.scalar.tag);
        break;
    case YAML_SEQUENCE_START_EVENT:
        check_properties(r, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        check_properties(r, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
        break;
    default:
        break;
    }
    if (pass_over(r, event))
        return;
    if (event->type == YAML_SCALAR_EVENT) {
        read_scalar(r, event);
    } else if (event->type == YAML_ALIAS_EVENT) {
        struct level *level = innermost(r);
        if (level && !level->list && level->wants_key) {
            level->wants_key = false;
            level->used = r->skip_value = true;
        } else {
            begin_value(r, &event->start_mark);
        }
    } else if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT) {
        begin_collection(r, event, event->type == YAML_SEQUENCE_START_EVENT);
    } else if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT) {
        end_collection(r);
    }
}

/* libyaml's words and what a person can do about them. Source: scanner.c and parser.c of libyaml 0.2.5. */
static const struct {
    const char *begins, *remedy;
} syntax_remedies[] = {
    {"mapping values are not allowed",
        "a second ': ' on one line: put the value in quotes, or check the indentation"},
    {"did not find expected key", "check the indentation of this line and the quotes and brackets above it"},
    {"did not find expected '-' indicator", "check the indentation of this line: it stands inside a list"},
    {"could not find expected ':'", "a key needs ': ' after it"},
    {"found character that cannot start any token", "a value that begins with this character needs quotes"},
    {"did not find expected ',' or '}'", "close the mapping with '}', or put a ',' between its members"},
    {"did not find expected ',' or ']'", "close the list with ']', or put a ',' between its items"},
    {"block sequence entries are not allowed", "a list begins on a line of its own, indented below its key"},
    {"found unknown escape character",
        "inside double quotes a backslash is written twice; or use single quotes"},
    {"did not find expected <document start>",
        "what stands here belongs to nothing above it: check the indentation"},
    {"did not find expected node content", "a value is missing here"},
};

static void report_syntax(struct reader *r, const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    const char *remedy = NULL;

    yaml_store_drop_entry(r->text);
    if (r->quiet && r->reporter->count > 0)
        return;
    for (size_t i = 0; i < sizeof(syntax_remedies) / sizeof(syntax_remedies[0]) && !remedy; i++)
        if (strncmp(problem, syntax_remedies[i].begins, strlen(syntax_remedies[i].begins)) == 0)
            remedy = syntax_remedies[i].remedy;
    if (parser->context && strcmp(parser->context, "while scanning a quoted scalar") == 0 &&
        strncmp(problem, "found unexpected", strlen("found unexpected")) == 0)
        report_at(r, &parser->context_mark, "the quote that begins here is not closed");
    else if (remedy)
        report_at(r, &parser->problem_mark, "%s (%s)", remedy, problem);
    else
        report_at(r, &parser->problem_mark, "not valid YAML: %s", problem);
}

/* Returns 0 or -ENOMEM; what is wrong with the text went to the reporter. */
static int read_events(struct reader *r)
{
    yaml_parser_t parser;
    bool ended = false;

    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)r->bytes, r->n);
    while (!ended && !r->stop && !r->reporter->full) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            if (parser.error == YAML_MEMORY_ERROR)
                r->error = -ENOMEM;
            else
                report_syntax(r, &parser);
            break;
        }
        read_event(r, &event);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return r->error;
}

int yaml_read(const char *bytes, size_t n, const char *name,
    void (*problem)(void *context, const struct error *e), void *context, struct yaml_text **ret_text)
{
    struct yaml_reporter reporter = {.name = name, .problem = problem, .context = context};

    *ret_text = NULL;
    if (n > YAML_FILE_MAX) {
        yaml_report(&reporter, 0, 0, "%zu bytes; at most %u are read", n, YAML_FILE_MAX);
        return -E2BIG;
    }
    struct yaml_text *t = yaml_store_new(name);
    char *copy = malloc(n + 1);
    int result = -ENOMEM;
    if (t && copy) {
        if (n)
            memcpy(copy, bytes, n);
        const struct yaml_scan scan = yaml_scan_bytes(copy, n, &reporter);
        struct reader reader = {.text = t,
            .reporter = &reporter,
            .bytes = copy + scan.start,
            .n = n - scan.start,
            .shift = scan.start,
            .quiet = scan.indented_by_tab};
        result = scan.hopeless ? 0 : read_events(&reader);
    }
    free(copy);
    if (result < 0) {
        yaml_close(t);
        return result;
    }
    *ret_text = t;
    return reporter.count ? -EBADMSG : 0;
}
