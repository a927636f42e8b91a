/* SPDX-License-Identifier: MIT
 * Hands what a feed brings to the files that the command line names. Formats and files are output's matter.
 */
#include "cli/export.h"

#include <errno.h>
#include <string.h>

typedef void (*say_function)(const char *path, int fault, uint64_t lost_rows);

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

bool export_takes_stdout(const struct arguments *a)
{
    return is_stdout(a->csv_file) || is_stdout(a->jsonl_file) || is_stdout(a->record_file);
}

int export_open(struct export *x, const struct arguments *a, struct error *e)
{
    *x = (struct export){0};
    if (is_stdout(a->csv_file) + is_stdout(a->jsonl_file) + is_stdout(a->record_file) > 1)
        return error_set(e, -EINVAL, "--csv, --jsonl and --record cannot share standard output; name a file");
    if (a->csv_file) {
        x->csv = telemetry_csv_open(a->csv_file, e);
        if (!x->csv)
            return e->code;
    }
    if (a->jsonl_file) {
        x->jsonl = telemetry_jsonl_open(a->jsonl_file, e);
        if (!x->jsonl)
            return e->code;
    }
    return 0;
}

void export_frame(
    struct export *x, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n)
{
    if (x->csv)
        (void)telemetry_csv_frame(x->csv, c, t_ns, samples, n);
    if (x->jsonl)
        (void)telemetry_jsonl_frame(x->jsonl, c, t_ns, samples, n);
}

void export_gone(
    struct export *x, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    if (x->csv)
        (void)telemetry_csv_gone(x->csv, c, t_ns, entity, end);
    if (x->jsonl)
        (void)telemetry_jsonl_gone(x->jsonl, c, t_ns, entity, end);
}

int export_tick(struct export *x, const struct arguments *a, const struct catalog *c, int64_t now_ns)
{
    int csv = x->csv ? telemetry_csv_tick(x->csv, c, now_ns) : 0;
    int jsonl = x->jsonl ? telemetry_jsonl_tick(x->jsonl, c, now_ns) : 0;

    return is_stdout(a->csv_file) ? csv : is_stdout(a->jsonl_file) ? jsonl : 0;
}

static int close_one(const char *path, int fault, uint64_t lost, say_function say)
{
    if (!fault || is_stdout(path))
        return 0;
    say(path, fault, lost);
    return fault;
}

int export_close(struct export *x, const struct arguments *a, say_function say)
{
    uint64_t lost = 0, lost_lines = 0;
    int csv = x->csv ? telemetry_csv_close(x->csv, &lost) : 0;
    int jsonl = x->jsonl ? telemetry_jsonl_close(x->jsonl, &lost_lines) : 0;

    *x = (struct export){0};
    csv = close_one(a->csv_file, csv, lost, say);
    jsonl = close_one(a->jsonl_file, jsonl, lost_lines, say);
    return csv ? csv : jsonl;
}
