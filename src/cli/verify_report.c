/* SPDX-License-Identifier: MIT
 * Turns the results of forbidden attempts, with the seal and without, into a table and a judgement. A thing
 * that is refused without the seal too proves nothing, and is shown as that. Trying is verify_sandbox.c's. */
#include "cli/verify_report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

enum result { REFUSED, REFUSED_ANYWAY, ALLOWED, UNTESTABLE, POSSIBLE, RESULT_COUNT };
static const char *const result_names[] = {"refused", "refused_anyway", "allowed", "untestable", "possible"};

/* One table being read: which process, which rows, what came of them. */
struct trial {
    const char *process; /* for JSON */
    const struct attempt *rows;
    size_t count;
    const int *results, *bare;
    const struct seal_report *seal;
    bool only_seccomp; /* of the rows those of that layer, and nothing is allowed: the deep sense */
};

#define TRIALS 3

/* What the deep sense's filter is, as a seal. */
static const struct seal_report deep_seal = {
    .seccomp = true, .no_new_privileges = true, .capabilities = true};

static size_t trials_of(const struct verify_report *v, struct trial ret[TRIALS])
{
    ret[0] = (struct trial){.process = "sentinel",
        .rows = attempts,
        .count = attempt_count,
        .results = v->sealed->results,
        .bare = v->bare->results,
        .seal = &v->sealed->seal};
    if (!v->deep)
        return 1;
    ret[1] = (struct trial){.process = "deep",
        .rows = attempts,
        .count = attempt_count,
        .results = v->deep->results,
        .bare = v->bare->results,
        .seal = &deep_seal,
        .only_seccomp = true};
    ret[2] = (struct trial){.process = "deep",
        .rows = deep_attempts,
        .count = deep_attempt_count,
        .results = v->deep->deep_results,
        .bare = v->bare->deep_results,
        .seal = &deep_seal,
        .only_seccomp = true};
    return TRIALS;
}

static bool is_tried(const struct trial *t, size_t i)
{
    return !t->only_seccomp || t->rows[i].layer == ATTEMPT_SECCOMP;
}

/* Whether the thing that is to be tried is not there. */
static bool is_absence(int result)
{
    return result == -ENOENT || result == -ENODEV || result == -ENXIO;
}

static enum result judge(const struct trial *t, size_t i)
{
    const int with = t->results[i], without = t->bare[i];

    if (attempt_is_allowed(&t->rows[i], t->seal))
        return ALLOWED;
    if (!attempt_is_refused(with))
        return attempt_refuser(&t->rows[i], t->seal) == ATTEMPT_LANDLOCK && is_absence(with) &&
                       with == without
                   ? UNTESTABLE
                   : POSSIBLE;
    return attempt_is_refused(without) || without == -EROFS ? REFUSED_ANYWAY : REFUSED;
}

/* Who refused it, as far as the errno tells. */
static const char *refuser_of(const struct trial *t, size_t i)
{
    const struct attempt *a = &t->rows[i];

    if (t->only_seccomp)
        return "seccomp";
    if (t->results[i] != -attempt_refusal(a, t->seal) || !attempt_is_covered(a, t->seal))
        return NULL;
    return attempt_refuser(a, t->seal) == ATTEMPT_LANDLOCK ? "Landlock" : "seccomp";
}

static const char *allowed_by(const struct attempt *a, const struct seal_report *seal)
{
    if (a->not_with_state && seal->writes)
        return "the database in the state directory";
    return a->not_serving && seal->serves ? "connections are answered" : "connections are made";
}

static const char *error_name(int result)
{
    const char *name = result ? strerrorname_np(-result) : "success";

    return name ? name : "unknown";
}

static int name_width(void)
{
    size_t most = 0;

    for (size_t i = 0; i < attempt_count; i++)
        if (strlen(attempts[i].name) > most)
            most = strlen(attempts[i].name);
    return (int)most;
}

static void write_row(const struct trial *t, size_t i, struct text *out)
{
    const char *refuser = refuser_of(t, i);

    text_addf(out, "  %-*s  ", name_width(), t->rows[i].name);
    switch (judge(t, i)) {
    case REFUSED:
        text_addf(out, "refused   %s\n", refuser ? refuser : "the kernel");
        return;
    case REFUSED_ANYWAY:
        text_add(out, "refused   already without the seal\n");
        return;
    case ALLOWED:
        text_addf(out, "allowed   as configured: %s\n", allowed_by(&t->rows[i], t->seal));
        return;
    case UNTESTABLE:
        text_add(out, "-         not testable: there is none here\n");
        return;
    default:
        text_addf(out, "POSSIBLE  %s\n", t->results[i] ? strerror(-t->results[i]) : "it succeeded");
        return;
    }
}

static void count_results(const struct verify_report *v, size_t counts[RESULT_COUNT])
{
    struct trial trials[TRIALS];
    const size_t n = trials_of(v, trials);

    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < trials[k].count; i++)
            if (is_tried(&trials[k], i))
                counts[judge(&trials[k], i)]++;
}

/* A line that the sources say under the seal and not without, because something was refused to them. Others
 * tell of the host, which goes on living between the two. */
static bool is_lost(const struct verify_report *v, uint32_t line)
{
    if (!strstr(v->sealed->lines[line], strerror(EACCES)) && !strstr(v->sealed->lines[line], strerror(EPERM)))
        return false;
    for (uint32_t i = 0; i < v->bare->line_count; i++)
        if (strcmp(v->bare->lines[i], v->sealed->lines[line]) == 0)
            return false;
    return true;
}

static void write_configured(const struct seal_report *seal, struct text *out)
{
    const struct {
        bool is;
        const char *what;
    } parts[] = {
        {seal->writes, "a state directory (tried with one like it)"},
        {seal->serves, "answering connections"},
        {seal->connects, "making connections"},
        {seal->receives, "receiving datagrams"},
    };
    const char *before = " ";

    text_add(out, "\nconfigured:");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i].is) {
            text_addf(out, "%s%s", before, parts[i].what);
            before = ", ";
        }
    text_add(out, before[0] == ' ' ? " nothing that writes or connects\n" : "\n");
}

static void write_seal(const struct seal_report *seal, struct text *out)
{
    text_addf(out, "user: %s (%u)\nseal:", geteuid() == 0 ? "root" : "not root", (unsigned)geteuid());
    if (seal->no_new_privileges)
        text_add(out, " no-new-privileges");
    if (seal->capabilities)
        text_add(out, ", capabilities given up");
    if (seal->landlock)
        text_addf(out, ", Landlock (ABI %d)", seal->landlock_abi);
    if (seal->seccomp)
        text_add(out, ", seccomp");
    if (!seal->no_new_privileges && !seal->landlock && !seal->seccomp)
        text_add(out, " none");
    if (seal->missing[0])
        text_addf(out, "\nmissing: %s", seal->missing);
    write_configured(seal, out);
}

void verify_write_text(const struct verify_report *v, struct text *out)
{
    struct trial trials[TRIALS];
    const size_t n = trials_of(v, trials);
    size_t counts[RESULT_COUNT] = {0};

    write_seal(&v->sealed->seal, out);
    text_addf(out, "\n  %-*s  %-9s %s\n", name_width(), "the sentinel tries to", "result", "by");
    for (size_t k = 0; k < n; k++) {
        if (k == 1)
            text_addf(out, "\n  %-*s  %-9s %s\n", name_width(), "the deep sense tries to", "result", "by");
        for (size_t i = 0; i < trials[k].count; i++)
            if (is_tried(&trials[k], i))
                write_row(&trials[k], i, out);
    }
    if (!v->deep)
        text_addf(out, "\ndeep sense: none, %s\n", v->deep_absence);
    text_addf(out, "\nsources: %llu values read under the seal, %llu without\n",
        (unsigned long long)v->sealed->values, (unsigned long long)v->bare->values);
    for (uint32_t i = 0; i < v->sealed->line_count; i++)
        if (is_lost(v, i)) {
            text_add(out, "    lost: ");
            text_add_printable(out, v->sealed->lines[i], strlen(v->sealed->lines[i]));
            text_add(out, "\n");
        }
    count_results(v, counts);
    text_addf(out,
        "attempts: %zu refused, %zu refused already without the seal, %zu not testable, %zu allowed as "
        "configured, %zu possible\n",
        counts[REFUSED], counts[REFUSED_ANYWAY], counts[UNTESTABLE], counts[ALLOWED], counts[POSSIBLE]);
}

static void write_object(const struct trial *t, size_t i, struct json *j)
{
    const enum result r = judge(t, i);

    json_begin_object(j, NULL);
    json_put_string(j, "process", t->process);
    json_put_string(j, "attempt", t->rows[i].name);
    json_put_string(j, "result", result_names[r]);
    json_put_string(j, "layer", r == REFUSED ? refuser_of(t, i) : NULL);
    json_put_string(j, "sealed", error_name(t->results[i]));
    json_put_string(j, "without_seal", error_name(t->bare[i]));
    json_end_object(j);
}

static void write_json_seal(const struct seal_report *seal, struct json *j)
{
    json_begin_object(j, "seal");
    json_put_bool(j, "no_new_privileges", seal->no_new_privileges);
    json_put_bool(j, "capabilities", seal->capabilities);
    json_put_bool(j, "landlock", seal->landlock);
    json_put_uint(j, "landlock_abi", (uint64_t)seal->landlock_abi);
    json_put_bool(j, "seccomp", seal->seccomp);
    json_put_bool(j, "state_directory", seal->writes);
    json_put_bool(j, "answers_connections", seal->serves);
    json_put_bool(j, "makes_connections", seal->connects);
    json_put_bool(j, "receives_datagrams", seal->receives);
    json_put_string(j, "missing", seal->missing[0] ? seal->missing : NULL);
    json_end_object(j);
}

void verify_write_json(const struct verify_report *v, struct text *out)
{
    struct trial trials[TRIALS];
    const size_t n = trials_of(v, trials);
    size_t counts[RESULT_COUNT] = {0};
    struct json j;

    json_init(&j, out);
    json_begin_object(&j, NULL);
    json_put_string(&j, "type", "sandbox");
    json_put_uint(&j, "user", geteuid());
    write_json_seal(&v->sealed->seal, &j);
    json_put_string(&j, "deep", v->deep ? NULL : v->deep_absence);
    json_begin_array(&j, "attempts");
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < trials[k].count; i++)
            if (is_tried(&trials[k], i))
                write_object(&trials[k], i, &j);
    json_end_array(&j);
    json_begin_object(&j, "sources");
    json_put_uint(&j, "values", v->sealed->values);
    json_put_uint(&j, "values_without_seal", v->bare->values);
    json_begin_array(&j, "lost");
    for (uint32_t i = 0; i < v->sealed->line_count; i++)
        if (is_lost(v, i))
            json_put_string(&j, NULL, v->sealed->lines[i]);
    json_end_array(&j);
    json_end_object(&j);
    count_results(v, counts);
    json_begin_object(&j, "counts");
    for (size_t i = 0; i < RESULT_COUNT; i++)
        json_put_uint(&j, result_names[i], counts[i]);
    json_end_object(&j);
    json_end_object(&j);
    text_add(out, "\n");
}

/* The first few by name: all of them stand in the table. */
#define FAULTS_SAID 8

size_t verify_faults(const struct verify_report *v, void (*say)(const char *format, ...))
{
    struct trial trials[TRIALS];
    const size_t n = trials_of(v, trials);
    size_t faults = 0;

    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < trials[k].count; i++)
            if (is_tried(&trials[k], i) && judge(&trials[k], i) == POSSIBLE && ++faults <= FAULTS_SAID)
                say("the %s can %s", k == 0 ? "sentinel" : "deep sense", trials[k].rows[i].name);
    if (faults > FAULTS_SAID)
        say("and %zu more of what should be impossible", faults - FAULTS_SAID);
    for (uint32_t i = 0; i < v->sealed->line_count; i++)
        if (is_lost(v, i)) {
            say("not readable under the seal: %s", v->sealed->lines[i]);
            faults++;
        }
    if (v->sealed->values == 0) {
        say("the sources read nothing under the seal");
        faults++;
    }
    return faults;
}
