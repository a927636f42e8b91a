/* SPDX-License-Identifier: MIT
 * The keys of a scenario file as tables: each key with its bounds and default, each effect with the keys that
 * it takes and needs. Reading a file by them is scenario.c's matter, what the effects do simulator.c's. */
#include "ingestion/simulator/scenario.h"

/* Bounds: a year of flight; a fleet's largest machine; a second's traffic that still counts exactly over a
 * year (2^53 / 1e9 s). */
#define TIME_MAX_NS    (366.0 * 86400e9)
#define SIZE_MAX_BYTES 1.8e16
#define RATE_MAX       8e6

#define AT(member)    offsetof(struct scenario, member)
#define PHASE(member) offsetof(struct scenario_phase, member)

const struct option_row scenario_rows[] = {
    {"title", OPTION_TEXT, AT(title), 0, 0, NULL, "", "", "what the flight shows, in one line"},
    {"duration", OPTION_DURATION, AT(duration_ns), 1e9, TIME_MAX_NS, NULL, "30m", "",
        "length of the flight; whole seconds"},
    {"fast_interval", OPTION_DURATION, AT(fast_interval_ns), 10e6, 1e9, NULL, "100ms", "",
        "time between two readings of the CPU; a whole number of them fills a second"},
    {"hosts", OPTION_INT, AT(host_count), 1, SCENARIO_HOSTS_MAX, NULL, "1", "",
        "how many hosts there are (host-001 ...), or the list of their names"},
    {"cpu.mean", OPTION_REAL, AT(cpu.mean), 0, 1, NULL, "0.35", "share of the host", "mean utilisation"},
    {"cpu.noise", OPTION_REAL, AT(cpu.noise), 0, 1, NULL, "0.03", "share of the host",
        "standard deviation of a single reading"},
    {"cpu.noise_time", OPTION_DURATION, AT(cpu.noise_time_ns), 1e6, 3600e9, NULL, "50ms", "",
        "time after which the noise has forgotten itself to 1/e"},
    {"cpu.daily", OPTION_REAL, AT(cpu.daily), 0, 1, NULL, "0", "share of the host",
        "amplitude of a sine of 24 hours"},
    {"memory.usage", OPTION_SIZE, AT(memory.usage_bytes), 0, SIZE_MAX_BYTES, NULL, "3GiB", "",
        "memory in use"},
    {"memory.limit", OPTION_SIZE, AT(memory.limit_bytes), 1, SIZE_MAX_BYTES, NULL, "8GiB", "",
        "memory that there is; more is never used"},
    {"memory.noise", OPTION_SIZE, AT(memory.noise_bytes), 0, SIZE_MAX_BYTES, NULL, "4MiB", "",
        "standard deviation of the memory in use"},
    {"memory.sawtooth", OPTION_SIZE, AT(memory.sawtooth_bytes), 0, SIZE_MAX_BYTES, NULL, "64MiB", "",
        "height of the teeth that a collector leaves in the memory in use"},
    {"memory.sawtooth_period", OPTION_DURATION, AT(memory.sawtooth_period_ns), 2e9, TIME_MAX_NS, NULL, "2m",
        "", "length of one tooth"},
    {"memory.allocation", OPTION_SIZE, AT(memory.allocation_bytes), 0, SIZE_MAX_BYTES, NULL, "24MiB",
        "a second", "allocation velocity; 0: it cannot be seen on this host"},
    {"network.packets_in", OPTION_REAL, AT(network.packets_in), 0, RATE_MAX, NULL, "1000", "a second",
        "packets received; both 0: no network counters"},
    {"network.packets_out", OPTION_REAL, AT(network.packets_out), 0, RATE_MAX, NULL, "900", "a second",
        "packets sent"},
    {"network.batch", OPTION_REAL, AT(network.batch), 1, 1e4, NULL, "8", "", "packets that come together"},
    {"requests.in", OPTION_REAL, AT(requests.in), 0, RATE_MAX, NULL, "200", "a second",
        "incoming requests; 0: no request counters"},
    {"requests.fan_out", OPTION_REAL, AT(requests.fan_out), 0, 1e3, NULL, "1", "",
        "outgoing requests for each incoming one"},
    {"requests.batch", OPTION_REAL, AT(requests.batch), 1, 1e4, NULL, "2", "", "requests that come together"},
    {"requests.failures", OPTION_REAL, AT(requests.failures), 0, 1, NULL, "0.001",
        "share of the outgoing ones", "outgoing requests that fail"},
};
const size_t scenario_row_count = sizeof(scenario_rows) / sizeof(scenario_rows[0]);

const char *const scenario_effect_names[EFFECT_COUNT + 1] = {
    [EFFECT_CPU_SWING] = "cpu_swing",
    [EFFECT_CPU_NOISE] = "cpu_noise",
    [EFFECT_MEMORY_LEAK] = "memory_leak",
    [EFFECT_MEMORY_CHURN] = "memory_churn",
    [EFFECT_RETRY_STORM] = "retry_storm",
    [EFFECT_STEP] = "step",
    [EFFECT_SILENCE] = "silence",
    [EFFECT_SLOW_BURN] = "slow_burn",
};

enum parameter {
    P_EFFECT,
    P_AT,
    P_FOR,
    P_ON,
    P_OFF,
    P_HOST,
    P_RAMP,
    P_PERIOD,
    P_LOW,
    P_HIGH,
    P_NOISE,
    P_NOISE_TIME,
    P_RATE,
    P_FACTOR,
    P_FAILURES,
    P_CPU,
    P_MEMORY,
    P_REQUESTS,
    P_COUNT
};

#define ROW(name, type, member, lo, hi, fallback, unit, help)                                                \
    {                                                                                                        \
        name, type, PHASE(member), lo, hi, NULL, fallback, unit, help                                        \
    }

const struct option_row scenario_phase_rows[P_COUNT] = {
    [P_EFFECT] = {"effect", OPTION_CHOICE, PHASE(effect), 0, 0, scenario_effect_names, "cpu_swing", "",
        "what happens"},
    [P_AT] =
        ROW("at", OPTION_DURATION, at_ns, 0, TIME_MAX_NS, "0", "", "when it begins, counted from the start"),
    [P_FOR] =
        ROW("for", OPTION_DURATION, for_ns, 0, TIME_MAX_NS, "0", "", "how long it lasts; 0: to the end"),
    [P_ON] = ROW("on", OPTION_DURATION, on_ns, 0, TIME_MAX_NS, "0", "",
        "with off: it comes and goes, this long there"),
    [P_OFF] = ROW("off", OPTION_DURATION, off_ns, 0, TIME_MAX_NS, "0", "", "and this long away"),
    [P_HOST] = ROW(
        "host", OPTION_INT, host, 0, SCENARIO_HOSTS_MAX, "0", "", "the host's number, from 1; 0: all hosts"),
    [P_RAMP] = ROW(
        "ramp", OPTION_DURATION, ramp_ns, 0, TIME_MAX_NS, "0", "", "time in which it grows to its full size"),
    [P_PERIOD] = ROW("period", OPTION_DURATION, period_ns, 100e6, 3600e9, "3s", "",
        "mean time from one swing to the next"),
    [P_LOW] = ROW("low", OPTION_REAL, low, 0, 1, "0.05", "share of the host", "lower level"),
    [P_HIGH] = ROW("high", OPTION_REAL, high, 0, 1, "0.65", "share of the host", "upper level"),
    [P_NOISE] = ROW(
        "noise", OPTION_REAL, noise, 0, 1, "0.1", "share of the host", "standard deviation that is reached"),
    [P_NOISE_TIME] = ROW("noise_time", OPTION_DURATION, noise_time_ns, 1e6, 3600e9, "1s", "",
        "memory of the noise that is reached"),
    [P_RATE] = ROW(
        "rate", OPTION_SIZE, rate_bytes, 1, SIZE_MAX_BYTES, "1MiB", "a second", "bytes leaked or churned"),
    [P_FACTOR] =
        ROW("factor", OPTION_REAL, factor, 1, 1e3, "3", "", "outgoing requests become so many times more"),
    [P_FAILURES] = ROW("failures", OPTION_REAL, failures, 0, 1, "0.3", "share of the outgoing ones",
        "outgoing requests that fail"),
    [P_CPU] =
        ROW("cpu", OPTION_REAL, cpu, -1, 1, "-1", "share of the host", "new mean utilisation; -1: as it was"),
    [P_MEMORY] = ROW(
        "memory", OPTION_SIZE, memory_bytes, 0, SIZE_MAX_BYTES, "0", "", "memory in use on top of the usual"),
    [P_REQUESTS] = ROW(
        "requests", OPTION_REAL, requests, 0, 1e3, "1", "", "requests and packets become so many times more"),
};
const size_t scenario_phase_row_count = P_COUNT;

#define BIT(p)   (UINT32_C(1) << (p))
#define P_ALWAYS (BIT(P_EFFECT) | BIT(P_AT) | BIT(P_FOR) | BIT(P_ON) | BIT(P_OFF) | BIT(P_HOST))

static const struct {
    uint32_t takes, needs; /* beside P_ALWAYS */
} effects[EFFECT_COUNT] = {
    [EFFECT_CPU_SWING] = {BIT(P_RAMP) | BIT(P_PERIOD) | BIT(P_LOW) | BIT(P_HIGH),
        BIT(P_PERIOD) | BIT(P_LOW) | BIT(P_HIGH)},
    [EFFECT_CPU_NOISE] = {BIT(P_RAMP) | BIT(P_NOISE), BIT(P_NOISE)},
    [EFFECT_MEMORY_LEAK] = {BIT(P_RATE), BIT(P_RATE)},
    [EFFECT_MEMORY_CHURN] = {BIT(P_RAMP) | BIT(P_RATE), BIT(P_RATE)},
    [EFFECT_RETRY_STORM] = {BIT(P_RAMP) | BIT(P_FACTOR) | BIT(P_FAILURES), BIT(P_FACTOR)},
    [EFFECT_STEP] = {BIT(P_RAMP) | BIT(P_CPU) | BIT(P_MEMORY) | BIT(P_REQUESTS), 0},
    [EFFECT_SILENCE] = {0, 0},
    [EFFECT_SLOW_BURN] = {BIT(P_RATE) | BIT(P_NOISE) | BIT(P_NOISE_TIME), BIT(P_RATE)},
};

bool scenario_effect_takes(enum scenario_effect effect, size_t row)
{
    return ((P_ALWAYS | effects[effect].takes) & BIT(row)) != 0;
}

bool scenario_effect_needs(enum scenario_effect effect, size_t row)
{
    return ((BIT(P_EFFECT) | BIT(P_AT) | effects[effect].needs) & BIT(row)) != 0;
}
