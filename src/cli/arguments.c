/* SPDX-License-Identifier: MIT
 * Turns the words of the command line into a struct. Flags that stand for configuration keys are only
 * remembered here: their values are judged by the option rows, like everything else in the configuration. */
#include "cli/arguments.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "base/number.h"
#include "base/shown.h"

enum flag_kind {
    FLAG_SWITCH, /* sets a bool */
    FLAG_TEXT,   /* keeps the value */
    FLAG_SEED,
    FLAG_QUERY,
    FLAG_DURATION, /* seconds, or with a unit */
    FLAG_TIME,     /* how long ago, a date, RFC 3339 or Unix seconds */
    FLAG_SOURCE,
    FLAG_LIMIT,
    FLAG_SETTING, /* a configuration key with the given value */
    FLAG_SET,     /* KEY=VALUE */
    FLAG_COMMAND  /* the seeds' way of naming a command */
};

struct flag {
    const char *name;
    enum flag_kind kind;
    unsigned commands;
    size_t offset;     /* of the field, for SWITCH, TEXT and TIME */
    const char *key;   /* of SETTING; the command of COMMAND */
    const char *value; /* of SETTING without a word of its own; NULL: takes one */
    const char *word;  /* how the value is called in help */
    const char *help;
};

#define FIELD(name) offsetof(struct arguments, name)
#define JUDGING     (FOR_LIVE | FOR_RUN | FOR_SIMULATE | FOR_REPLAY)
#define HOSTS       (FOR_LIVE | FOR_RUN)
#define READING     (HOSTS | FOR_RECORD) /* this host */
#define FILES       (FOR_REPLAY | FOR_BACKTEST)
#define HELP_COLUMN 30 /* where the help of a row begins */

static const struct flag flags[] = {
    {"-c", FLAG_TEXT,
        FOR_EXPLAIN | FOR_BASELINE | JUDGING | FOR_DOCTOR | FOR_INCIDENTS | FOR_RECORD | FOR_BACKTEST |
            FOR_VERIFY,
        FIELD(config_file), NULL, NULL, "FILE",
        "read the configuration from FILE, then from conf.d beside it"},
    {"--source", FLAG_SOURCE, FOR_RUN | FOR_LIVE | FOR_DOCTOR, 0, NULL, NULL,
        "live|sim|datadog|prometheus|remote_write|otlp|statsd", "where telemetry comes from"},
    {"--profile", FLAG_SETTING, JUDGING | FOR_RECORD, 0, "profile", NULL, "default|classic",
        "how to judge; classic: the seeds' fixed limits"},
    {"--seed", FLAG_SEED, FOR_SIMULATE | HOSTS, 0, NULL, NULL, "N",
        "seed of the flight simulator (default 1)"},
    {"--duration", FLAG_DURATION, READING | FOR_SIMULATE, 0, NULL, NULL, "SECONDS",
        "stop after SECONDS of telemetry"},
    {"--realtime", FLAG_SWITCH, FOR_SIMULATE, FIELD(realtime), NULL, NULL, NULL,
        "fly at one second a second"},
    {"--json", FLAG_SETTING, FOR_EXPLAIN | JUDGING | FOR_DOCTOR | FOR_INCIDENTS | FOR_BACKTEST | FOR_VERIFY,
        0, "format", "json", NULL, "JSON lines on standard output (backtest: one object)"},
    {"--format", FLAG_SETTING, JUDGING, 0, "format", NULL, "text|json|logfmt", "how events are written"},
    {"--ticks", FLAG_SWITCH, JUDGING, FIELD(ticks), NULL, NULL, NULL,
        "a line per host and tick, also from replay and simulate"},
    {"--anomalies", FLAG_SETTING, JUDGING, 0, "anomalies", "true", NULL, "also say single anomalies"},
    {"--csv", FLAG_TEXT, JUDGING, FIELD(csv_file), NULL, NULL, "FILE",
        "keep the telemetry in FILE as CSV, for replay and other tools (-: standard output)"},
    {"--jsonl", FLAG_TEXT, JUDGING, FIELD(jsonl_file), NULL, NULL, "FILE", "the same as JSON lines"},
    {"--record", FLAG_TEXT, HOSTS, FIELD(record_file), NULL, NULL, "FILE",
        "the same as a recording, which replays as what was judged, bit by bit (-: standard output)"},
    {"--input", FLAG_TEXT, FILES, FIELD(input), NULL, NULL, "csv|jsonl|recording",
        "the input's format (default: recognised)"},
    {"--prometheus", FLAG_TEXT, FILES, FIELD(prometheus), NULL, NULL, "URL",
        "instead of files: a history out of Prometheus, by range queries"},
    {"--query", FLAG_QUERY, FILES, 0, NULL, NULL, "PROMQL",
        "what is asked of it; may be given several times"},
    {"--step", FLAG_TEXT, FILES, FIELD(step), NULL, NULL, "TIME",
        "how far apart its points are (default 15s)"},
    {"--token-file", FLAG_TEXT, FILES, FIELD(token_file), NULL, NULL, "FILE", "a bearer token for it"},
    {"--from", FLAG_TIME, FILES, FIELD(from_ns), NULL, NULL, "TIME",
        "only what was said from TIME on: 10m (ago), 2026-01-31, RFC 3339 or Unix seconds"},
    {"--to", FLAG_TIME, FILES, FIELD(to_ns), NULL, NULL, "TIME", "and until TIME"},
    {"--outages", FLAG_TEXT, FOR_BACKTEST, FIELD(outages), NULL, NULL, "FILE",
        "known outages: CSV with start,end and, as known, host,label,onset"},
    {"--lead", FLAG_TEXT, FOR_BACKTEST, FIELD(lead), NULL, NULL, "TIME",
        "an incident announces an outage that starts at most TIME later (default 15m)"},
    {"--merge", FLAG_TEXT, FOR_BACKTEST, FIELD(merge), NULL, NULL, "TIME",
        "count incidents with alarms closer than TIME as one (default: 60 steps, 5m..1h)"},
    {"--judge-from", FLAG_TIME, FOR_BACKTEST, FIELD(judge_from_ns), NULL, NULL, "WHEN",
        "before WHEN nobody has noted outages: learn from it, count nothing as false"},
    {"--budgets", FLAG_TEXT, FOR_BACKTEST, FIELD(budgets), NULL, NULL, "LIST",
        "the sweep: 6/1d,1/1d,... or none (default: seven, 6/1d to 1/300d)"},
    {"--label", FLAG_TEXT, FOR_BACKTEST, FIELD(label_file), NULL, NULL, "FILE",
        "ask on the terminal which incidents were outages; write the list to FILE"},
    {"--html", FLAG_TEXT, FOR_BACKTEST, FIELD(html_file), NULL, NULL, "FILE",
        "also write the report as one HTML file"},
    {"--exit-code", FLAG_SWITCH, JUDGING | FOR_INCIDENTS, FIELD(exit_code), NULL, NULL, NULL,
        "exit with 3 when an incident was found"},
    {"--root", FLAG_TEXT, READING | FOR_DOCTOR | FOR_BASELINE | FOR_VERIFY, FIELD(root), NULL, NULL, "DIR",
        "read DIR/proc and DIR/sys instead of /proc and /sys"},
    {"--color", FLAG_SETTING, FOR_EXPLAIN | JUDGING | FOR_INCIDENTS, 0, "color", NULL, "auto|always|never",
        "colours in text (NO_COLOR is respected)"},
    {"--state-dir", FLAG_SETTING,
        FOR_EXPLAIN | FOR_BASELINE | HOSTS | FOR_INCIDENTS | FOR_REPLAY | FOR_VERIFY, 0, "state_dir", NULL,
        "DIR", "directory for what is kept across restarts"},
    {"--open", FLAG_SWITCH, FOR_INCIDENTS, FIELD(open), NULL, NULL, NULL, "only incidents that are open"},
    {"--since", FLAG_TIME, FOR_INCIDENTS, FIELD(from_ns), NULL, NULL, "TIME",
        "only what lasted beyond TIME: 2h (ago), 2026-01-31, RFC 3339 or Unix seconds"},
    {"--until", FLAG_TIME, FOR_INCIDENTS, FIELD(to_ns), NULL, NULL, "TIME", "only what began before TIME"},
    {"--host", FLAG_TEXT, FOR_INCIDENTS | FOR_BASELINE, FIELD(host), NULL, NULL, "NAME", "only of that host"},
    {"--kind", FLAG_TEXT, FOR_INCIDENTS, FIELD(kind), NULL, NULL, "KIND",
        "only single, flapping, cascading or persistent ones"},
    {"--severity", FLAG_TEXT, FOR_INCIDENTS, FIELD(severity), NULL, NULL, "SEVERITY",
        "only warning or critical ones"},
    {"--law", FLAG_TEXT, FOR_INCIDENTS, FIELD(law), NULL, NULL, "LAW",
        "only those in which that law was broken, such as seizure or fever"},
    {"--limit", FLAG_LIMIT, FOR_INCIDENTS, 0, NULL, NULL, "N",
        "at most N, the newest; 0: all (default: 50 in the table, all with --json)"},
    {"--threads", FLAG_SETTING, JUDGING | FOR_BACKTEST, 0, "engine.threads", NULL, "N",
        "threads that judge; the output does not depend on it"},
    {"--set", FLAG_SET,
        FOR_EXPLAIN | FOR_BASELINE | JUDGING | FOR_DOCTOR | FOR_INCIDENTS | FOR_RECORD | FOR_BACKTEST |
            FOR_VERIFY,
        0, NULL, NULL, "KEY=VALUE", "any configuration key"},
    {"--dump-config", FLAG_SWITCH,
        JUDGING | FOR_CHECK | FOR_DOCTOR | FOR_INCIDENTS | FOR_RECORD | FOR_BASELINE | FOR_BACKTEST |
            FOR_VERIFY,
        FIELD(dump_config), NULL, NULL, NULL, "print the effective configuration and exit"},
    {"--live", FLAG_COMMAND, ~0U, 0, "live", NULL, NULL, NULL},
    {"--simulate", FLAG_COMMAND, ~0U, 0, "simulate", NULL, NULL, NULL},
    {"--help", FLAG_SWITCH, ~0U, FIELD(help), NULL, NULL, NULL, "this text"},
    {"-h", FLAG_SWITCH, ~0U, FIELD(help), NULL, NULL, NULL, NULL},
    {"--version", FLAG_SWITCH, ~0U, FIELD(version), NULL, NULL, NULL, "the version"},
};
#define FLAG_COUNT (sizeof(flags) / sizeof(flags[0]))
_Static_assert(FLAG_COUNT <= 64, "struct arguments keeps a bit for each flag");

static const struct flag *find_flag(const char *word, size_t n)
{
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (strlen(flags[i].name) == n && memcmp(flags[i].name, word, n) == 0)
            return &flags[i];
    return NULL;
}

static int refuse_unknown(struct error *e, const char *word, size_t n)
{
    const struct flag *nearest = NULL;
    unsigned best = UINT_MAX;
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        unsigned d = option_distance(flags[i].name, strlen(flags[i].name), word, n);
        if (d < best) {
            best = d;
            nearest = &flags[i];
        }
    }
    /* Its dashes are nothing that somebody may have mistyped. */
    if (nearest && option_is_near(best, n - (word[1] == '-' ? 2 : 1)))
        return error_set(
            e, -EINVAL, "unknown option '%.*s'; did you mean '%s'?", (int)n, word, nearest->name);
    return error_set(e, -EINVAL, "unknown option '%.*s'; 'coherence --help' lists them", (int)n, word);
}

static int read_duration(struct arguments *a, const char *value, struct error *e)
{
    double s;
    int64_t ns;
    size_t n = strlen(value);
    if (number_parse(value, n, &s) == 0) {
        if (!(s >= 1e-9 && s <= 3.2e8))
            return error_set(e, -EINVAL, "--duration '%s' is not between 0 and ten years of seconds", value);
        a->duration_ns = (int64_t)(s * 1e9);
        return 0;
    }
    if (duration_parse(value, n, &ns) == 0 && ns > 0) {
        a->duration_ns = ns;
        return 0;
    }
    return error_set(
        e, -EINVAL, "--duration '%s' is not a time; give seconds, such as 30, or a unit, such as 10m", value);
}

/* A duration is so long ago, a date without a time its beginning in UTC. */
static int read_time(const struct flag *f, const char *value, int64_t *ret_ns, struct error *e)
{
    struct timespec now;
    int64_t ago_ns;
    size_t n = strlen(value);
    char whole[TIMESTAMP_TEXT_MAX];
    struct text t;

    if (duration_parse(value, n, &ago_ns) == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        *ret_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec - ago_ns;
        return 0;
    }
    text_init(&t, whole, sizeof(whole));
    if (n == TIMESTAMP_DATE_BYTES && value[4] == '-') {
        text_add(&t, value);
        text_add(&t, "T00:00:00Z");
    }
    int r = timestamp_parse(t.length ? whole : value, t.length ? t.length : n, ret_ns);
    if (r == -EDOM)
        return error_set(e, -EINVAL,
            "%s '%s' has no zone, or is not in seconds; write it as 2026-01-01T00:00:00Z", f->name, value);
    if (r)
        return error_set(e, -EINVAL,
            "%s '%s' is not a time; give how long ago, such as 10m or 7d, or 2026-01-31, or "
            "2026-01-31T08:00:00Z, or Unix seconds",
            f->name, value);
    return 0;
}

static int keep_setting(struct arguments *a, const struct flag *f, const char *value, struct error *e)
{
    if (a->setting_count == ARGUMENTS_SETTINGS_MAX)
        return error_set(e, -EINVAL, "more than %d settings on the command line; put them into a file (-c)",
            ARGUMENTS_SETTINGS_MAX);
    struct argument_setting *s = &a->settings[a->setting_count++];
    *s = (struct argument_setting){.flag = f->name, .key = f->key, .value = value};
    if (f->kind != FLAG_SET)
        return 0;
    const char *equals = strchr(value, '=');
    size_t n = equals ? (size_t)(equals - value) : 0;
    struct shown shown;
    if (n == 0 || n >= sizeof(s->key_text))
        return error_set(e, -EINVAL, "--set %s: give KEY=VALUE, such as engine.warmup=10",
            shown_value(&shown, value, strlen(value)));
    memcpy(s->key_text, value, n);
    s->value = equals + 1;
    return 0;
}

/* Names a source, which switches it on where it has a switch; what else it needs is in its section of the
 * configuration. */
static int read_source(struct arguments *a, const struct flag *f, const char *value, struct error *e)
{
    static const struct {
        const char *name;
        enum argument_source source;
        const char *key; /* that is "true" then; NULL: none */
    } sources[] = {{"live", SOURCE_LIVE, NULL}, {"host", SOURCE_LIVE, NULL}, {"sim", SOURCE_SIMULATION, NULL},
        {"datadog", SOURCE_DATADOG, NULL}, {"prometheus", SOURCE_PROMETHEUS, NULL},
        {"remote_write", SOURCE_REMOTE_WRITE, "sources.remote_write.enabled"},
        {"otlp", SOURCE_OTLP, "sources.otlp.enabled"}, {"statsd", SOURCE_STATSD, NULL}};

    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (strcmp(value, sources[i].name) != 0)
            continue;
        a->source = sources[i].source;
        if (!sources[i].key)
            return 0;
        struct flag as = *f;
        as.kind = FLAG_SETTING;
        as.key = sources[i].key;
        return keep_setting(a, &as, "true", e);
    }
    return error_set(e, -EINVAL,
        "--source '%s' is unknown; 'live', 'sim', 'datadog', 'prometheus', 'remote_write', 'otlp' and "
        "'statsd' "
        "are known",
        value);
}

static int take_flag(struct arguments *a, const struct flag *f, const char *value, struct error *e)
{
    char *base = (char *)a;
    uint64_t seed;

    switch (f->kind) {
    case FLAG_SWITCH:
        *(bool *)(base + f->offset) = true;
        return 0;
    case FLAG_TEXT:
        *(const char **)(base + f->offset) = value;
        return 0;
    case FLAG_QUERY:
        if (a->query_count == ARGUMENTS_QUERIES_MAX)
            return error_set(e, -EINVAL, "more than %d queries", ARGUMENTS_QUERIES_MAX);
        a->queries[a->query_count++] = value;
        return 0;
    case FLAG_SEED:
        if (number_parse_u64(value, strlen(value), &seed))
            return error_set(e, -EINVAL, "--seed '%s' is not a whole number of 0 or more", value);
        a->seed = seed;
        return 0;
    case FLAG_LIMIT:
        if (number_parse_u64(value, strlen(value), &seed) || seed > UINT32_MAX)
            return error_set(e, -EINVAL, "%s '%s' is not a whole number of 0 or more", f->name, value);
        a->limit = (uint32_t)seed;
        a->given_limit = true;
        return 0;
    case FLAG_DURATION:
        return read_duration(a, value, e);
    case FLAG_TIME:
        return read_time(f, value, (int64_t *)(void *)(base + f->offset), e);
    case FLAG_SOURCE:
        return read_source(a, f, value, e);
    case FLAG_COMMAND:
        if (a->command && strcmp(a->command, f->key) != 0)
            return error_set(e, -EINVAL, "'%s' and '%s' are two commands; give one", a->command, f->name);
        a->command = f->key;
        return 0;
    default:
        return keep_setting(a, f, value, e);
    }
}

static bool takes_value(const struct flag *f)
{
    return f->word != NULL;
}

/* One word that begins with a dash; *at is moved over a value that is a word of its own. */
static int read_flag(struct arguments *a, int argc, char *const argv[], int *at, struct error *e)
{
    const char *word = argv[*at], *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    const struct flag *f = find_flag(word, n);
    const char *value = equals ? equals + 1 : NULL;

    if (!f)
        return refuse_unknown(e, word, n);
    a->given |= UINT64_C(1) << (f - flags);
    if (!takes_value(f)) {
        if (value)
            return error_set(e, -EINVAL, "%s takes no value", f->name);
        return take_flag(a, f, f->value, e);
    }
    if (!value) {
        if (*at + 1 >= argc)
            return error_set(e, -EINVAL, "%s needs a value: %s", f->name, f->word);
        value = argv[++*at];
    }
    return take_flag(a, f, value, e);
}

int arguments_read(struct arguments *a, int argc, char *const argv[], struct error *e)
{
    bool only_operands = false;

    memset(a, 0, sizeof(*a));
    a->root = "";
    a->seed = 1;
    a->from_ns = a->judge_from_ns = INT64_MIN;
    a->to_ns = INT64_MAX;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_operands && strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && word[0] == '-' && word[1]) {
            int r = read_flag(a, argc, argv, &i, e);
            if (r)
                return r;
        } else if (!a->command && !only_operands) {
            a->command = word;
        } else {
            if (a->operand_count == ARGUMENTS_OPERANDS_MAX)
                return error_set(e, -EINVAL, "more than %d files", ARGUMENTS_OPERANDS_MAX);
            a->operands[a->operand_count++] = word;
        }
    }
    return 0;
}

int arguments_check(const struct arguments *a, unsigned command_bit, const char *command, struct error *e)
{
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (!(flags[i].commands & command_bit) && (a->given >> i & 1))
            return error_set(e, -EINVAL, "'%s' does not know %s; 'coherence %s --help' lists what it knows",
                command, flags[i].name, command);
    return 0;
}

int arguments_apply(const struct arguments *a, struct config *c, struct error *e)
{
    for (size_t i = 0; i < a->setting_count; i++) {
        const struct argument_setting *s = &a->settings[i];
        int r = config_set(c, s->key ? s->key : s->key_text, s->value, e);
        if (r) {
            struct error why = *e;
            return error_set(e, -EINVAL, "%s: %s", s->flag, why.text);
        }
    }
    return 0;
}

bool arguments_flag(size_t i, struct argument_flag *ret)
{
    if (i >= FLAG_COUNT)
        return false;
    *ret = (struct argument_flag){
        .name = flags[i].name, .word = flags[i].word, .help = flags[i].help, .commands = flags[i].commands};
    return true;
}

void arguments_end_row(struct text *out, size_t from, const char *help)
{
    size_t width = out->length - from;

    if (width >= HELP_COLUMN) {
        text_add_char(out, '\n');
        width = 0;
    }
    text_addf(out, "%*s%s\n", (int)(HELP_COLUMN - width), "", help);
}

void arguments_describe(struct text *out, unsigned command_bit)
{
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag *f = &flags[i];
        if (!(f->commands & command_bit) || !f->help)
            continue;
        size_t from = out->length;
        text_addf(out, "  %s%s%s", f->name, f->word ? " " : "", f->word ? f->word : "");
        arguments_end_row(out, from, f->help);
    }
}
