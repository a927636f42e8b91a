/* SPDX-License-Identifier: MIT
 * What the forbidden attempts are tried on: a scratch directory with a few files, and a process. Made before
 * the seal, removed by someone who is not sealed. */
#ifndef COHERENCE_SANDBOX_ATTEMPT_SCENE_H
#define COHERENCE_SANDBOX_ATTEMPT_SCENE_H

#include <sys/types.h>

#define ATTEMPT_PATH_MAX 256

struct attempt_scene {
    char directory[ATTEMPT_PATH_MAX];   /* absolute or relative, as given; ours alone */
    char victim[ATTEMPT_PATH_MAX + 16]; /* a file in it that nobody needs */
    int directory_fd;                   /* open for reading */
    int victim_fd;                      /* open for reading */
    int state_fd;                       /* a directory in it that a seal may leave writable, open for reading;
                                           it holds the plain file "kept" */
    pid_t process; /* an ordinary process outside the seal; only ever signalled with signal 0 */
    int pipe_fd;   /* the one descriptor that the deep sense may write to; who tries it there sets it */
    char block_device[ATTEMPT_PATH_MAX]; /* a device in /dev that stores blocks; "" = there is none */
};

/* Makes a directory of its own below scratch (which exists, may be written to, and will not be readable under
 * the seal) and fills it. process: the process that the attempts are aimed at, usually the sealed one's
 * parent. Returns 0; -ENAMETOOLONG or the -errno of what failed: then nothing is left behind and *ret_scene
 * is untouched. */
int attempt_scene_make(const char *scratch, pid_t process, struct attempt_scene *ret_scene);

/* Closes and removes everything, also what attempts that were not refused have left. */
void attempt_scene_remove(struct attempt_scene *s);

#endif
