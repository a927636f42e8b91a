/* SPDX-License-Identifier: MIT
 * A request to whoever holds the state directory, without a socket: a file put there, found within a tick,
 * and answered by another file. One at a time. docs/formats.md has the layout. */
#ifndef COHERENCE_STATE_REQUEST_FILE_H
#define COHERENCE_STATE_REQUEST_FILE_H

#include <stddef.h>

#define REQUEST_FILE_NAME  "request"
#define ANSWER_FILE_NAME   "answer"
#define REQUEST_ID_MAX     40   /* bytes of an id, NUL included */
#define REQUEST_HOST_MAX   513  /* of a host's name: CATALOG_NAME_MAX and NUL */
#define REQUEST_ENTITY_MAX 545  /* of an entity's text form */
#define REQUEST_TEXT_MAX   1024 /* of an answer's sentence */
#define REQUEST_BYTES_MAX  4096 /* of either file */

/* "Forget what was learned of this entity." Outside bytes. */
struct request {
    char id[REQUEST_ID_MAX];         /* chosen by who asks; the answer carries it */
    char host[REQUEST_HOST_MAX];     /* "": the only one there is */
    char entity[REQUEST_ENTITY_MAX]; /* "kind:name"; "host": the host itself */
};

struct answer {
    char id[REQUEST_ID_MAX]; /* of the request */
    int code;                /* 0: done; else an -errno */
    char text[REQUEST_TEXT_MAX];
};

/* Takes the bytes of a file apart. Returns 0, or -EBADMSG (*ret untouched): cut, another version, a field too
 * long or missing, bytes behind the last. */
int request_parse(const char *p, size_t n, struct request *ret);
int answer_parse(const char *p, size_t n, struct answer *ret);

/* Whoever asks. Puts the request there, whole or not at all. Returns 0; -EEXIST: another one waits; -errno.
 */
int request_put(int dir_fd, const struct request *r);
/* The answer to that request, which is removed. Returns 0; -ENOENT: none yet; -errno. */
int answer_take(int dir_fd, const char *id, struct answer *ret);
/* Nobody answered: the request is taken back. Returns 0, or -ENOENT: it has been taken up. */
int request_withdraw(int dir_fd);

/* Whoever holds the directory. Takes the request away. Returns 0; -ENOENT: there is none, at the cost of one
 * system call; -EBADMSG: it was none, and is gone; -errno. */
int request_take(int dir_fd, struct request *ret);
/* Puts the answer there, over an older one that nobody fetched. Returns 0 or -errno. */
int answer_put(int dir_fd, const struct answer *a);

#endif
