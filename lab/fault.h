/* SPDX-License-Identifier: MIT
 * What the lab's programs share: their arguments, their life in two phases (at rest, then sick, each for a
 * set time), the lines in which they say the truth, and the bounds that no fault may leave.
 *
 * A program is healthy for --rest seconds and sick for --sick seconds, and then ends. It says what is true on
 * standard output, one line each: "UNIX_SECONDS WORD [VALUE]", with the words ready, onset, end and its own
 * facts. The harness reads no clock for what it is told here. */
#ifndef COHERENCE_LAB_FAULT_H
#define COHERENCE_LAB_FAULT_H

#include <pthread.h>
#include <stddef.h>

/* One argument "--NAME NUMBER" of a program; *value holds the default. */
struct fault_option {
    const char *name;
    double *value;
    const char *help;
};

enum fault_phase { FAULT_REST, FAULT_SICK, FAULT_OVER };

/* To be called first. Reads the arguments (a wrong one ends the program with 2 and the usage), takes care
 * that the program ends with its parent, after rest + sick + 60 seconds at the latest, and never maps more
 * than FAULT_MEMORY_BYTES; says "ready". */
void fault_begin(int argc, char *argv[], const struct fault_option *options, size_t count);

#define FAULT_MEMORY_BYTES (640UL << 20)
#define FAULT_THREADS_MAX  64

/* Which phase it is. The first call in each phase, by whichever thread, says "onset" or "end". */
enum fault_phase fault_phase(void);

/* Seconds since the onset (negative: until it). */
double fault_sick_s(void);

/* The length of the sick phase in seconds. */
double fault_sick_length_s(void);

/* Says a fact of the program's own. value: any finite number. */
void fault_say(const char *word, double value);

/* Monotonic seconds. */
double fault_now_s(void);
void fault_sleep_until(double monotonic_s);
void fault_sleep(double s);

/* Keeps the CPU busy until this thread has used cpu_s seconds of it. */
void fault_burn(double cpu_s);

/* Online CPUs. */
unsigned fault_cpus(void);

/* Uniform in [0, 1) and standard normal; *state is any number, and the same state gives the same numbers. */
double fault_uniform(unsigned long long *state);
double fault_normal(unsigned long long *state);

/* Starts count threads (at most FAULT_THREADS_MAX) with small stacks, work(1), work(2) ..., and waits for
 * all. Ends the program with 1 when it cannot. */
void fault_run_threads(unsigned count, void *(*work)(void *number));

/* Says why on standard error and ends the program with 1. */
_Noreturn void fault_give_up(const char *what);

#endif
