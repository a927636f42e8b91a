/* SPDX-License-Identifier: MIT
 * A healthy service under steady load: jobs of --job milliseconds of CPU come at random (--rate a second,
 * exponentially distributed) to a pool of threads that wait for them in futex. Many threads in futex and a
 * CPU that is never quiet are no lock convoy. */
#include "fault.h"

#include <math.h>

static double threads = 16, rate_per_s = 100, job_ms = 5;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t there_is_work = PTHREAD_COND_INITIALIZER;
static unsigned waiting; /* jobs, under the mutex */
static int over;

#define QUEUE_MAX 1000

static void dispatch(void)
{
    unsigned long long random = 11;
    double next = fault_now_s();

    while (fault_phase() != FAULT_OVER) {
        next -= log(1 - fault_uniform(&random)) / rate_per_s;
        fault_sleep_until(next);
        pthread_mutex_lock(&mutex);
        if (waiting < QUEUE_MAX)
            waiting++;
        pthread_cond_signal(&there_is_work);
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    over = 1;
    pthread_cond_broadcast(&there_is_work);
    pthread_mutex_unlock(&mutex);
}

/* Takes a job; 0 when there will be none any more. */
static int take(void)
{
    pthread_mutex_lock(&mutex);
    while (waiting == 0 && !over)
        pthread_cond_wait(&there_is_work, &mutex);
    int taken = waiting > 0 && !over;
    if (taken)
        waiting--;
    pthread_mutex_unlock(&mutex);
    return taken;
}

static void *work(void *number)
{
    if ((size_t)number == 1)
        dispatch();
    else
        while (take())
            fault_burn(job_ms / 1000);
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"threads", &threads, "of the pool"},
        {"rate", &rate_per_s, "jobs a second"},
        {"job", &job_ms, "milliseconds of CPU of a job"},
    };
    fault_begin(argc, argv, options, 3);
    if (threads < 1 || threads > FAULT_THREADS_MAX - 1 || rate_per_s < 0.1)
        fault_give_up("--threads 1 to 63, --rate from 0.1 on");
    fault_run_threads((unsigned)threads + 1, work);
    return 0;
}
