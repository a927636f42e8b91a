/* SPDX-License-Identifier: MIT
 * A proxy that asks the backend --fan times for each request that comes in, and for each of these up to
 * --tries times when there is no answer within --timeout milliseconds. In the best of health it sends --fan
 * requests for each one; when the backend fails, up to --fan times --tries. It always behaves in the same
 * way: what is sick is the backend. At the end it says how many came in and went out. */
#include "fault.h"

#include <stdatomic.h>

#include "connection.h"

static double port = 8080, to = 127000000001, to_port = 8081, fan = 1, tries = 4, timeout_ms = 250;
static atomic_ulong came_in, went_out, given_up;
static int listener;

#define WORKERS 63 /* requests at a time; what comes beyond waits in the listen queue */

static int ask(void)
{
    for (int i = 0; i < (int)tries; i++) {
        atomic_fetch_add(&went_out, 1);
        if (connection_ask(to, to_port, timeout_ms / 1000) == 0)
            return 1;
    }
    atomic_fetch_add(&given_up, 1);
    return 0;
}

/* All workers accept on the one listener. */
static void *work(void *number)
{
    (void)number;
    while (fault_phase() != FAULT_OVER) {
        int fd = connection_accept(listener, 0.2);
        if (fd < 0)
            continue;
        atomic_fetch_add(&came_in, 1);
        int is_good = connection_read_request(fd, 0.2) == 0;
        for (int i = 0; is_good && i < (int)fan; i++)
            is_good = ask();
        connection_answer(fd, is_good);
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"port", &port, "to listen on"},
        {"to", &to, "address of the backend, three digits a part"},
        {"to-port", &to_port, "its port"},
        {"fan", &fan, "requests out for each one in"},
        {"tries", &tries, "for each of them"},
        {"timeout", &timeout_ms, "milliseconds until a try has failed"},
    };
    fault_begin(argc, argv, options, 6);
    if (fan > 16 || tries < 1 || tries > 16)
        fault_give_up("--fan up to 16, --tries 1 to 16");
    connection_check(to);
    listener = connection_listen(port);
    fault_run_threads(WORKERS, work);
    fault_say("came_in", (double)came_in);
    fault_say("went_out", (double)went_out);
    fault_say("given_up", (double)given_up);
    return 0;
}
