/* SPDX-License-Identifier: MIT
 * Turns numbers and spans of time into the few characters that a person reads at a glance. Exact numbers are
 * the JSON lines' business. */
#include "output/tui/phrase.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define DIGITS 3 /* significant, for people */
#define NOTHING                                                                                              \
    5e-4 /* below this in the unit that is shown, digits are noise of the arithmetic: 0 is said              \
          */

/* How an amount is said. */
struct form {
    double divisor;
    const char *unit; /* "" = none */
};

/* Things that are counted, by the annotations of UCUM that stand for them. */
static const char *counted(const char *unit)
{
    static const char *const words[][2] = {{"{page}/s", "pages/s"}, {"{task}/s", "tasks/s"},
        {"{entry}/s", "entries/s"}, {"{inode}/s", "inodes/s"}, {"{file}/s", "files/s"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(unit, words[i][0]) == 0)
            return words[i][1];
    return unit;
}

/* The form in which an amount of this size is read at a glance. */
static struct form form_of(double amount, const char *unit)
{
    double size = fabs(amount);

    if (!unit || strcmp(unit, "1") == 0)
        return (struct form){1.0, ""};
    if (strcmp(unit, "By/s") != 0)
        return (struct form){1.0, counted(unit)};
    if (size >= 1e9)
        return (struct form){1e9, "GB/s"};
    if (size >= 1e5 || size < NOTHING * 1e6) /* 0 is 0 MB/s, like the text lines */
        return (struct form){1e6, "MB/s"};
    return (struct form){1e3, "kB/s"};
}

static void add_number(struct text *out, double v)
{
    text_add_human(out, fabs(v) < NOTHING ? 0.0 : v, DIGITS);
}

static void add_unit(struct text *out, const struct form *f)
{
    if (*f->unit)
        text_add_char(out, ' ');
    text_add(out, f->unit);
}

void phrase_quantity(struct text *out, double value, const char *unit)
{
    struct form f = form_of(value, unit);
    add_number(out, value / f.divisor);
    if (!isnan(value))
        add_unit(out, &f);
}

void phrase_bytes(struct text *out, double bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
    size_t i = 0;

    if (isnan(bytes)) {
        text_add(out, "no data");
        return;
    }
    while (i + 1 < sizeof(units) / sizeof(units[0]) && fabs(bytes) >= 1000.0) {
        bytes /= 1024.0;
        i++;
    }
    add_number(out, bytes);
    text_add(out, units[i]);
}

void phrase_signal(struct text *out, double value, uint32_t metric, const char *unit, bool rate)
{
    bool share = metric == METRIC_CPU_UTILIZATION || metric == METRIC_CPU_IOWAIT ||
                 metric == METRIC_CPU_STEAL || metric == METRIC_FUTEX_SHARE;

    if (isnan(value)) {
        text_add(out, "no data");
    } else if (share || (rate && strcmp(unit, "s") == 0)) {
        add_number(out, value * 100.0);
        text_add(out, " %");
    } else if (strcmp(unit, "By") == 0) {
        phrase_bytes(out, value);
        text_add(out, rate ? "/s" : "");
    } else {
        add_number(out, value);
        text_add(out, rate ? " /s" : "");
    }
}

const char *phrase_metric(const struct catalog *c, uint32_t metric)
{
    static const char *const names[METRIC_KNOWN_COUNT] = {
        [METRIC_CPU_UTILIZATION] = "CPU",
        [METRIC_MEMORY_USAGE] = "memory",
        [METRIC_MEMORY_LIMIT] = "memory limit",
        [METRIC_MEMORY_AVAILABLE] = "memory available",
        [METRIC_MEMORY_ALLOCATED] = "memory allocated",
        [METRIC_GC_TIME] = "time in GC",
        [METRIC_GC_COUNT] = "collections",
        [METRIC_GC_MAJOR] = "major collections",
        [METRIC_UPTIME] = "up for",
        [METRIC_HEAP_USED] = "heap",
        [METRIC_HEAP_LIVE] = "heap after GC",
        [METRIC_HEAP_LIMIT] = "heap limit",
        [METRIC_HEAP_ALLOCATED] = "heap allocated",
        [METRIC_PACKETS_SENT] = "packets out",
        [METRIC_PACKETS_RECEIVED] = "packets in",
        [METRIC_REQUESTS_IN] = "requests in",
        [METRIC_REQUESTS_OUT] = "requests out",
        [METRIC_REQUESTS_FAILED] = "requests failed",
        [METRIC_CONNECTIONS_IN] = "connections in",
        [METRIC_CONNECTIONS_OUT] = "connections out",
        [METRIC_CONNECTIONS_FAILED] = "connections failed",
        [METRIC_CPU_PRESSURE] = "CPU pressure",
        [METRIC_MEMORY_PRESSURE] = "memory pressure",
        [METRIC_IO_PRESSURE] = "I/O pressure",
        [METRIC_CPU_THROTTLED] = "CPU throttled",
        [METRIC_CPU_IOWAIT] = "CPU waiting for I/O",
        [METRIC_CPU_STEAL] = "CPU stolen",
        [METRIC_CONTEXT_SWITCHES] = "context switches",
        [METRIC_FORKS] = "processes begun",
        [METRIC_RECLAIM] = "pages scanned",
        [METRIC_REFAULTS] = "pages refaulted",
        [METRIC_RUN_QUEUE_WAIT] = "run-queue wait",
        [METRIC_PAGE_FAULTS] = "page faults",
        [METRIC_MAJOR_FAULTS] = "major page faults",
        [METRIC_THREADS] = "threads",
        [METRIC_FUTEX_SHARE] = "threads in futex",
        [METRIC_OPEN_FILES] = "open files",
        [METRIC_OPEN_FILES_LIMIT] = "open files limit",
        [METRIC_TASKS] = "tasks",
        [METRIC_TASKS_LIMIT] = "tasks limit",
        [METRIC_TRACKED] = "connections tracked",
        [METRIC_TRACKED_LIMIT] = "tracking limit",
        [METRIC_SPACE] = "space",
        [METRIC_SPACE_LIMIT] = "space limit",
        [METRIC_INODES] = "inodes",
        [METRIC_INODES_LIMIT] = "inodes limit",
        [METRIC_STORAGE_READ] = "read",
        [METRIC_STORAGE_WRITTEN] = "written",
    };
    return metric < METRIC_KNOWN_COUNT && names[metric] ? names[metric] : catalog_metric_name(c, metric);
}

void phrase_ahead(struct text *out, double s)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{86400.0, " d"}, {3600.0, " h"}, {60.0, " min"}, {1.0, " s"}};
    size_t i = 0;

    if (isnan(s)) {
        text_add(out, "not known");
        return;
    }
    while (i < 3 && s < 2.0 * units[i].seconds)
        i++;
    text_add_human(out, s / units[i].seconds, 2);
    text_add(out, units[i].name);
}

void phrase_band(struct text *out, double lo, double hi, const char *unit)
{
    struct form f = form_of(fmax(fabs(lo), fabs(hi)), unit);

    if (isnan(lo) && isnan(hi)) {
        text_add(out, "not known");
        return;
    }
    if (isnan(lo)) {
        text_add(out, "up to ");
    } else if (isnan(hi)) {
        text_add(out, "from ");
    } else {
        add_number(out, lo / f.divisor);
        text_add(out, " to ");
    }
    add_number(out, (isnan(hi) ? lo : hi) / f.divisor);
    add_unit(out, &f);
}

void phrase_scale(struct text *out, double s)
{
    /* Scales are binary multiples of a sampling interval as it was measured: two digits, of more than ten
     * three, are the number that was meant. */
    text_add_human(out, s < 120.0 ? s : s / 60.0, s < 10.0 ? DIGITS - 1 : DIGITS);
    text_add(out, s < 120.0 ? " s" : " min");
}

void phrase_share(struct text *out, double share)
{
    int hundredths = share > 0.0 ? (int)((share < 1.0 ? share : 1.0) * 100.0 + 0.5) : 0;
    if (isnan(share)) {
        text_add(out, "no data");
        return;
    }
    text_add_int(out, hundredths / 100);
    text_add_char(out, '.');
    text_add_int(out, hundredths / 10 % 10);
    text_add_int(out, hundredths % 10);
}
