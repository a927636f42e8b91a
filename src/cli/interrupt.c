/* SPDX-License-Identifier: MIT
 * Turns two signals into a flag. What is done with it is each command's matter. */
#include "cli/interrupt.h"

#include <signal.h>

static volatile int flag;
_Static_assert(sizeof(flag) == sizeof(sig_atomic_t), "a signal handler may write no wider type");

static void set_flag(int signal_number)
{
    (void)signal_number;
    flag = 1;
}

void interrupt_catch(void)
{
    const struct sigaction action = {.sa_handler = set_flag};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

const volatile int *interrupt_flag(void)
{
    return &flag;
}

bool interrupt_came(void)
{
    return flag != 0;
}
