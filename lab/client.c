/* SPDX-License-Identifier: MIT
 * Clients that keep coming whatever happens (an open loop): --rate requests a second at random moments, each
 * with a patience of --timeout milliseconds, and never a second try. At the end it says how many were sent
 * and how many answered. */
#include "fault.h"

#include <math.h>
#include <stdatomic.h>

#include "connection.h"

static double to = 127000000001, to_port = 8080, rate_per_s = 20, timeout_ms = 2000;
static atomic_ulong sent, good;

#define RATE_MAX 200.0 /* requests a second: the lab stays small */
#define NAP_S    0.5   /* between two looks at the clock */
#define WORKERS                                                                                              \
    60 /* each sends its share; a worker still waiting sends late, which bounds what is under way */

static void *work(void *number)
{
    unsigned long long random = (size_t)number * 7919;
    double next = fault_now_s();

    while (fault_phase() != FAULT_OVER) {
        next -= log(1 - fault_uniform(&random)) * WORKERS / rate_per_s;
        if (next < fault_now_s())
            next = fault_now_s();
        while (fault_now_s() + NAP_S < next && fault_phase() != FAULT_OVER)
            fault_sleep(NAP_S);
        if (fault_phase() == FAULT_OVER)
            break;
        fault_sleep_until(next);
        atomic_fetch_add(&sent, 1);
        if (connection_ask(to, to_port, timeout_ms / 1000) == 0)
            atomic_fetch_add(&good, 1);
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"to", &to, "address to ask, three digits a part"},
        {"to-port", &to_port, "its port"},
        {"rate", &rate_per_s, "requests a second of all clients"},
        {"timeout", &timeout_ms, "milliseconds that a client waits"},
    };
    fault_begin(argc, argv, options, 4);
    if (rate_per_s < 0.1 || rate_per_s > RATE_MAX)
        fault_give_up("--rate 0.1 to 200");
    connection_check(to);
    fault_run_threads(WORKERS, work);
    fault_say("sent", (double)sent);
    fault_say("good", (double)good);
    return 0;
}
