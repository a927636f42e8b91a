/* SPDX-License-Identifier: MIT
 * Turns the text of /proc/stat into ticks per CPU and a few counters, and /proc/loadavg into one number.
 * Rates, and what a counter that steps back means, are left to the callers. */
#include "ingestion/host/proc_stat.h"

#include <errno.h>

#include "ingestion/host/scan.h"

enum column {
    COLUMN_USER,
    COLUMN_NICE,
    COLUMN_SYSTEM,
    COLUMN_IDLE,
    COLUMN_IOWAIT,
    COLUMN_IRQ,
    COLUMN_SOFTIRQ,
    COLUMN_STEAL,
    COLUMN_COUNT
};
#define COLUMNS_REQUIRED 4 /* what every kernel has had; iowait came with 2.5.41, steal with 2.6.11 */

/* The numbers after "cpu" or "cpuN". Columns beyond the known ones are skipped unread. */
static bool parse_columns(const char *p, const char *eol, struct proc_stat_cpu *ret)
{
    uint64_t c[COLUMN_COUNT] = {0};
    uint32_t n = 0;

    for (scan_blanks(&p, eol); p < eol && n < COLUMN_COUNT; scan_blanks(&p, eol))
        if (!scan_field_u64(&p, eol, &c[n++]))
            return false;
    if (n < COLUMNS_REQUIRED)
        return false;
    ret->columns = n;
    ret->busy = c[COLUMN_USER] + c[COLUMN_NICE] + c[COLUMN_SYSTEM] + c[COLUMN_IRQ] + c[COLUMN_SOFTIRQ];
    ret->idle = c[COLUMN_IDLE];
    ret->iowait = c[COLUMN_IOWAIT];
    ret->steal = c[COLUMN_STEAL];
    return true;
}

struct parse {
    struct proc_stat stat;
    struct proc_stat_cpu *cpus;
    size_t max;
    bool has_total;
    int64_t last_id;
};

/* A line that starts with "cpu". */
static bool parse_cpu_line(struct parse *s, const char *p, const char *eol)
{
    struct proc_stat_cpu cpu = {.id = PROC_STAT_TOTAL};
    uint64_t id;

    p += strlen("cpu");
    if (p == eol || *p == ' ') {
        if (s->has_total || !parse_columns(p, eol, &cpu))
            return false;
        s->has_total = true;
        s->stat.total = cpu;
        return true;
    }
    if (*p < '0' || *p > '9')
        return true; /* some other word, of a later kernel */
    if (!scan_field_u64(&p, eol, &id) || id >= PROC_STAT_TOTAL || (int64_t)id <= s->last_id)
        return false;
    s->last_id = (int64_t)id;
    s->stat.cpu_count++;
    if (s->stat.cpu_kept == s->max)
        return true;
    cpu.id = (uint32_t)id;
    if (!parse_columns(p, eol, &cpu))
        return false;
    s->cpus[s->stat.cpu_kept++] = cpu;
    return true;
}

/* A line of one number; true also when the line is another one. */
static bool parse_counter(const char *p, const char *eol, const char *key, uint64_t *value, bool *has)
{
    size_t n = strlen(key);

    if ((size_t)(eol - p) <= n || memcmp(p, key, n) != 0 || p[n] != ' ')
        return true;
    p += n;
    scan_blanks(&p, eol);
    if (*has || !scan_field_u64(&p, eol, value))
        return false;
    *has = true;
    return true;
}

int proc_stat_parse(const char *p, size_t n, struct proc_stat *ret, struct proc_stat_cpu *cpus, size_t max)
{
    const char *end = p + n, *eol;
    struct parse s = {.cpus = cpus, .max = max, .last_id = -1};

    for (; p < end; p = eol + 1) {
        bool good = true;
        eol = scan_line_end(p, end);
        if (!eol)
            return -EBADMSG;
        if (eol - p >= 3 && memcmp(p, "cpu", 3) == 0)
            good = parse_cpu_line(&s, p, eol);
        else if (*p == 'c')
            good = parse_counter(p, eol, "ctxt", &s.stat.context_switches, &s.stat.has_context_switches);
        else if (*p == 'p')
            good = parse_counter(p, eol, "processes", &s.stat.forks, &s.stat.has_forks);
        if (!good)
            return -EBADMSG;
    }
    if (!s.has_total)
        return -EBADMSG;
    *ret = s.stat;
    return 0;
}

int proc_loadavg_parse(const char *p, size_t n, struct proc_loadavg *ret)
{
    const char *end = p + n;
    struct proc_loadavg v;
    uint64_t whole, cents, running;

    if (!scan_u64(&p, end, &whole) || whole > UINT32_MAX || p == end || *p != '.')
        return -EBADMSG;
    p++;
    const char *decimals = p;
    if (!scan_u64(&p, end, &cents) || p - decimals != 2 || p == end || *p != ' ')
        return -EBADMSG;
    v.load = (double)whole + (double)cents / 100;
    for (int i = 0; i < 2; i++) { /* those of five and fifteen minutes */
        scan_blanks(&p, end);
        p = scan_word_end(p, end);
    }
    scan_blanks(&p, end);
    if (!scan_u64(&p, end, &running) || p == end || *p++ != '/' || !scan_u64(&p, end, &v.tasks) || p == end ||
        *p != ' ')
        return -EBADMSG;
    *ret = v;
    return 0;
}
