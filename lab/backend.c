/* SPDX-License-Identifier: MIT
 * The backend of a retry storm: answers one request after the other, each --service milliseconds long, in the
 * order in which they came, whether or not anybody still waits for it. That is what makes a storm metastable:
 * requests that were given up fill the queue (--queue of them; more are reset), and the answers that come out
 * of it are all too late. Sick, it stalls for --stall seconds (says "trigger_end" then) and fails --fail of
 * its requests from then on. */
#include "fault.h"

#include "connection.h"

static double port = 8080, service_ms = 20, queue_max = 200, stall_s, fail_ratio;

#define QUEUE_MAX 1024

static int listener;
static int queue[QUEUE_MAX]; /* connections, a ring, under the mutex */
static unsigned queue_first, queue_count;
static double answered, refused;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void take_in(void)
{
    while (fault_phase() != FAULT_OVER) {
        int fd = connection_accept(listener, 0.2);
        if (fd < 0)
            continue;
        pthread_mutex_lock(&mutex);
        int is_room = queue_count < (unsigned)queue_max;
        if (is_room)
            queue[(queue_first + queue_count++) % QUEUE_MAX] = fd;
        else
            refused++;
        pthread_mutex_unlock(&mutex);
        if (!is_room)
            connection_answer(fd, 0);
    }
}

/* The oldest connection, or -1. */
static int next_in_queue(void)
{
    int fd = -1;
    pthread_mutex_lock(&mutex);
    if (queue_count > 0) {
        fd = queue[queue_first];
        queue_first = (queue_first + 1) % QUEUE_MAX;
        queue_count--;
    }
    pthread_mutex_unlock(&mutex);
    return fd;
}

static void stall_once(void)
{
    static int stalled;
    if (stalled)
        return;
    stalled = 1;
    double left = stall_s - fault_sick_s();
    if (stall_s > 0) {
        fault_sleep(left);
        fault_say("trigger_end", stall_s);
    }
}

static void serve(void)
{
    unsigned long long random = 13;
    enum fault_phase phase;

    while ((phase = fault_phase()) != FAULT_OVER) {
        if (phase == FAULT_SICK)
            stall_once();
        int fd = next_in_queue();
        if (fd < 0) {
            fault_sleep(0.002);
            continue;
        }
        int is_good = connection_read_request(fd, 0.05) == 0 &&
                      !(phase == FAULT_SICK && fault_uniform(&random) < fail_ratio);
        fault_sleep(service_ms / 1000);
        answered++;
        connection_answer(fd, is_good);
    }
}

static void *work(void *number)
{
    if ((size_t)number == 1)
        take_in();
    else
        serve();
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"port", &port, "to listen on"},
        {"service", &service_ms, "milliseconds of a request"},
        {"queue", &queue_max, "requests that may wait"},
        {"stall", &stall_s, "seconds in which nothing is answered, from the onset on"},
        {"fail", &fail_ratio, "share of requests that fail when sick"},
    };
    fault_begin(argc, argv, options, 5);
    if (queue_max < 1 || queue_max > QUEUE_MAX)
        queue_max = QUEUE_MAX;
    listener = connection_listen(port);
    fault_run_threads(2, work);
    fault_say("answered", answered);
    fault_say("refused", refused);
    return 0;
}
