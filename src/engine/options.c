/* SPDX-License-Identifier: MIT
 * The engine's option rows: every limit, window and threshold that a person may set, with its unit, bounds
 * and default. */
#include "engine/engine.h"

#include <stddef.h>

#include "detection/novelty.h"

static const char *const profiles[] = {"default", "classic", NULL};

#define ROW(key_, type_, field_, min_, max_, fallback_, unit_, help_)                                        \
    {                                                                                                        \
        .key = key_, .type = type_, .offset = offsetof(struct engine_options, field_), .minimum = min_,      \
        .maximum = max_, .fallback = fallback_, .unit = unit_, .help = help_                                 \
    }

#define SECOND 1e9
#define DAY    (86400 * SECOND)

const struct option_row engine_option_rows[] = {
    {.key = "profile",
        .type = OPTION_CHOICE,
        .offset = offsetof(struct engine_options, profile),
        .choices = profiles,
        .fallback = "default",
        .unit = "",
        .help = "how to judge: default learns each entity's own habit, classic uses the seeds' fixed limits"},
    ROW("false_alarm_budget", OPTION_RATE, false_alarm_budget_per_day, 1e-4, 24, "1/30d", "",
        "false incidents allowed per host; the alarm levels follow from it"),
    ROW("memory_per_series", OPTION_SIZE, memory_per_series_bytes, 2048, NOVELTY_BYTES_MAX, "2KiB", "",
        "what a lone series may remember; from 8KiB on its alarms must also be unlike its past"),
    ROW("anomalies", OPTION_BOOL, anomalies, 0, 0, "false", "",
        "also say single anomalies (the classic profile always does)"),
    ROW("engine.threads", OPTION_INT, threads, 1, 64, "1", "",
        "threads that judge; the output does not depend on it"),
    ROW("engine.max_entities", OPTION_INT, max_entities, 1, 4194304, "200000", "",
        "hosts, cgroups, series and other entities; more are refused and counted"),
    ROW("engine.max_series", OPTION_INT, max_series, 1, 4194304, "200000", "",
        "metrics of entities; more are refused and counted"),
    ROW("engine.stale_after", OPTION_DURATION, stale_after_ns, 0, DAY, "0", "",
        "silence after which a signal is lost; 0 judges each source by its own cadence"),
    ROW("engine.warmup", OPTION_INT, warmup_samples, 2, 10000, "5", "samples", "samples before a law speaks"),
    ROW("incidents.join_window", OPTION_DURATION, incident_join_ns, SECOND, DAY, "5m", "",
        "findings of a host this close together are one incident"),
    ROW("incidents.persistent_after", OPTION_DURATION, incident_persistent_ns, SECOND, DAY, "15m", "",
        "an incident older than this is persistent"),
    ROW("veto.ttl", OPTION_DURATION, veto_ttl_ns, SECOND, DAY, "60s", "",
        "advice expires this long after its last evidence"),
    ROW("classic.cpu_sigma", OPTION_REAL, classic_cpu_sigma, 0, 100, "10", "percentage points",
        "classic profile: CPU standard deviation above which load is to be shed"),
    ROW("classic.growth", OPTION_REAL, classic_growth_mb_s, 0, 1e9, "100", "MB/s",
        "classic profile: memory growth above which to throttle"),
    ROW("classic.ratio", OPTION_REAL, classic_ratio, 0, 1e6, "1.1", "",
        "classic profile: packets sent per packet received above which retries are to be capped"),
    ROW("classic.escalation", OPTION_REAL, classic_escalation, 0, 1e6, "2", "times",
        "classic profile: rolling variance over its mean that is an anomaly"),
    ROW("classic.window", OPTION_INT, classic_window, 2, 512, "60", "samples",
        "classic profile: samples of a window"),
    ROW("classic.stale_after", OPTION_DURATION, classic_stale_after_ns, SECOND, DAY, "300s", "",
        "classic profile: age at which telemetry is stale"),
};

const size_t engine_option_count = sizeof(engine_option_rows) / sizeof(engine_option_rows[0]);
