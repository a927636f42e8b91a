/* SPDX-License-Identifier: MIT
 * Turns one call into as many as there are parts, side by side. What the parts share is the caller's care. */
#include "engine/crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct member {
    struct crew *crew;
    uint32_t part;
    pthread_t thread;
};

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    void (*job)(void *context, uint32_t part);
    void *context;
    uint64_t round;   /* number of the present job */
    uint32_t working; /* members that have not finished it */
    bool leaving;
    uint32_t count; /* threads in members[], the caller not among them */
    struct member members[];
};

static void *work(void *argument)
{
    struct member *m = argument;
    struct crew *c = m->crew;
    uint64_t seen = 0;

    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (c->round == seen && !c->leaving)
            pthread_cond_wait(&c->start, &c->lock);
        if (c->round == seen) /* a job that was begun is finished */
            break;
        seen = c->round;
        pthread_mutex_unlock(&c->lock);
        c->job(c->context, m->part);
        pthread_mutex_lock(&c->lock);
        if (--c->working == 0)
            pthread_cond_signal(&c->done);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

struct crew *crew_new(uint32_t members)
{
    struct crew *c = calloc(1, sizeof(*c) + members * sizeof(c->members[0]));
    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->start, NULL);
    pthread_cond_init(&c->done, NULL);
    for (uint32_t i = 0; i + 1 < members; i++) {
        c->members[i] = (struct member){.crew = c, .part = i + 1};
        if (pthread_create(&c->members[i].thread, NULL, work, &c->members[i])) {
            crew_free(c);
            return NULL;
        }
        c->count++;
    }
    return c;
}

void crew_free(struct crew *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->leaving = true;
    pthread_cond_broadcast(&c->start);
    pthread_mutex_unlock(&c->lock);
    for (uint32_t i = 0; i < c->count; i++)
        pthread_join(c->members[i].thread, NULL);
    pthread_cond_destroy(&c->start);
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void crew_begin(struct crew *c, void (*job)(void *context, uint32_t part), void *context)
{
    pthread_mutex_lock(&c->lock);
    c->job = job;
    c->context = context;
    c->working = c->count;
    c->round++;
    pthread_cond_broadcast(&c->start);
    pthread_mutex_unlock(&c->lock);
}

void crew_end(struct crew *c)
{
    c->job(c->context, 0);
    pthread_mutex_lock(&c->lock);
    while (c->working > 0)
        pthread_cond_wait(&c->done, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

void crew_run(struct crew *c, void (*job)(void *context, uint32_t part), void *context)
{
    crew_begin(c, job, context);
    crew_end(c);
}
