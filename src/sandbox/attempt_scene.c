/* SPDX-License-Identifier: MIT
 * Makes the scratch directory in which the forbidden attempts are tried, and removes it. The attempts
 * themselves are in attempts.c. */
#include "sandbox/attempt_scene.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file for each attempt that would take its file away, so that the next attempt still finds its own. */
static const char *const files[] = {"victim", "unlink-me", "rename-me"};
#define FILE_COUNT (sizeof(files) / sizeof(files[0]))

/* What attempts that were possible may have left. */
static const char *const leftovers[] = {"created", "renamed", "linked", "symlinked", "fifo", "device"};
#define LEFTOVER_COUNT (sizeof(leftovers) / sizeof(leftovers[0]))

/* What may lie in the state directory. */
static const char *const state_files[] = {"state/kept", "state/kept.new", "state/created", "state/renamed",
    "state/linked", "state/symlinked", "state/fifo", "state/moved-in"};
#define STATE_COUNT (sizeof(state_files) / sizeof(state_files[0]))

static int make_file(int directory_fd, const char *name)
{
    int r = 0;
    int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    if (write(fd, "victim\n", 7) != 7)
        r = -EIO;
    (void)close(fd);
    return r;
}

/* The first disk, by its name in /dev. Drives whose opening moves something are passed over. */
static void find_block_device(char *ret_path, size_t size)
{
    static const char *const kinds[] = {"vd", "sd", "nvme", "xvd", "mmcblk", "dm-", "loop"};
    DIR *dev = opendir("/dev");
    const struct dirent *entry;
    struct stat st;

    ret_path[0] = '\0';
    while (dev && !ret_path[0] && (entry = readdir(dev)))
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            if (strncmp(entry->d_name, kinds[i], strlen(kinds[i])) == 0 &&
                fstatat(dirfd(dev), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISBLK(st.st_mode))
                (void)snprintf(ret_path, size, "/dev/%.64s", entry->d_name);
    if (dev)
        (void)closedir(dev);
}

void attempt_scene_remove(struct attempt_scene *s)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        (void)unlinkat(s->directory_fd, files[i], 0);
    for (size_t i = 0; i < LEFTOVER_COUNT; i++)
        (void)unlinkat(s->directory_fd, leftovers[i], 0);
    (void)unlinkat(s->directory_fd, "made", AT_REMOVEDIR);
    for (size_t i = 0; i < STATE_COUNT; i++)
        (void)unlinkat(s->directory_fd, state_files[i], 0);
    (void)unlinkat(s->directory_fd, "state/made", AT_REMOVEDIR);
    (void)unlinkat(s->directory_fd, "state", AT_REMOVEDIR);
    (void)close(s->directory_fd);
    if (s->victim_fd >= 0)
        (void)close(s->victim_fd);
    if (s->state_fd >= 0)
        (void)close(s->state_fd);
    (void)rmdir(s->directory);
}

int attempt_scene_make(const char *scratch, pid_t process, struct attempt_scene *ret_scene)
{
    struct attempt_scene s = {
        .directory_fd = -1, .victim_fd = -1, .state_fd = -1, .process = process, .pipe_fd = -1};
    int n = snprintf(s.directory, sizeof(s.directory), "%s/coherence-attempts-XXXXXX", scratch);
    int r = 0;

    if (n < 0 || (size_t)n >= sizeof(s.directory))
        return -ENAMETOOLONG;
    if (!mkdtemp(s.directory))
        return -errno;
    (void)snprintf(s.victim, sizeof(s.victim), "%s/victim", s.directory);
    s.directory_fd = open(s.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s.directory_fd < 0) {
        r = -errno;
        (void)rmdir(s.directory);
        return r;
    }
    for (size_t i = 0; i < FILE_COUNT && r == 0; i++)
        r = make_file(s.directory_fd, files[i]);
    if (r == 0) {
        s.victim_fd = openat(s.directory_fd, "victim", O_RDONLY | O_CLOEXEC);
        if (s.victim_fd < 0)
            r = -errno;
    }
    if (r == 0 && mkdirat(s.directory_fd, "state", 0700) != 0)
        r = -errno;
    if (r == 0)
        r = make_file(s.directory_fd, "state/kept");
    if (r == 0) {
        s.state_fd = openat(s.directory_fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s.state_fd < 0)
            r = -errno;
    }
    find_block_device(s.block_device, sizeof(s.block_device));
    if (r == 0)
        *ret_scene = s;
    else
        attempt_scene_remove(&s);
    return r;
}
