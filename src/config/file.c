/* SPDX-License-Identifier: MIT
 * Reads configuration files from disk, before the process is sealed: only regular files, only up to a limit,
 * and of conf.d only what lies in it. What the bytes mean is entries.c's. */
#include "config/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/yaml.h"

static const char *kind_name(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

static int refuse(struct error *e, int code, const char *path, const char *why)
{
    return error_set_at(e, code, path, 0, 0, "cannot read the configuration: %s", why);
}

/* Opens path when it is a regular file. stat comes first, because opening some devices does something. */
static int open_regular(const char *path, struct error *e)
{
    struct stat s;

    if (stat(path, &s) < 0)
        return refuse(e, -errno, path, strerror(errno));
    if (S_ISREG(s.st_mode)) {
        const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
            return refuse(e, -errno, path, strerror(errno));
        if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode))
            return fd;
        close(fd);
    }
    return error_set_at(
        e, -EINVAL, path, 0, 0, "is %s; a configuration is a regular file", kind_name(s.st_mode));
}

int config_file_read(const char *path, char **ret_bytes, size_t *ret_n, struct error *e)
{
    const int fd = open_regular(path, e);
    char *bytes = fd < 0 ? NULL : malloc(YAML_FILE_MAX + 1);
    size_t n = 0;
    int result = 0;

    if (fd < 0)
        return fd;
    if (!bytes)
        result = refuse(e, -ENOMEM, path, strerror(ENOMEM));
    while (result == 0 && n <= YAML_FILE_MAX) {
        const ssize_t got = read(fd, bytes + n, YAML_FILE_MAX + 1 - n);
        if (got == 0)
            break;
        if (got > 0)
            n += (size_t)got;
        else if (errno != EINTR)
            result = refuse(e, -errno, path, strerror(errno));
    }
    close(fd);
    if (result == 0 && n > YAML_FILE_MAX)
        result = error_set_at(
            e, -EFBIG, path, 0, 0, "is larger than %u bytes; a configuration is not", YAML_FILE_MAX);
    if (result < 0) {
        free(bytes);
        return result;
    }
    *ret_bytes = bytes;
    *ret_n = n;
    return 0;
}

/* A directory being listed. */
struct listing {
    const char *directory; /* as it is named */
    char real[PATH_MAX];   /* without links */
    struct config_fragments *fragments;
    void (*problem)(void *context, const struct error *e);
    void *context;
    bool failed;
};

static void say(struct listing *l, const char *path, int code, const char *why)
{
    struct error e;

    l->failed = true;
    error_set_at(&e, code, path, 0, 0, "%s", why);
    if (l->problem)
        l->problem(l->context, &e);
}

static bool ends_in(const char *name, const char *ending)
{
    const size_t n = strlen(name), ending_n = strlen(ending);

    return n > ending_n && strcmp(name + n - ending_n, ending) == 0;
}

/* Links inside the directory are fine (that is how mounted volumes swap their content); what they lead to
 * must lie in it. */
static bool lies_inside(struct listing *l, const char *path)
{
    char real[PATH_MAX];
    const size_t n = strlen(l->real);

    if (!realpath(path, real)) {
        say(l, path, -errno, strerror(errno));
        return false;
    }
    if (strncmp(real, l->real, n) == 0 && real[n] == '/')
        return true;
    say(l, path, -EINVAL, "is a link that leads out of conf.d; put the file itself there");
    return false;
}

static void take_name(struct listing *l, const char *name)
{
    struct config_fragments *f = l->fragments;
    char path[CONFIG_PATH_MAX];
    size_t at = f->count;

    if (name[0] == '.' || !(ends_in(name, ".yaml") || ends_in(name, ".yml")))
        return;
    const int n = snprintf(path, sizeof(path), "%s/%s", l->directory, name);
    if (n < 0 || (size_t)n >= sizeof(path)) {
        say(l, l->directory, -ENAMETOOLONG, "holds a path that is too long");
        return;
    }
    if (ends_in(name, ".yml")) {
        say(l, path, -EINVAL, "is not read: rename it to end in .yaml");
        return;
    }
    if (!lies_inside(l, path))
        return;
    if (f->count == CONFIG_FILES_MAX - 1) {
        say(l, path, -ENOSPC, "is one file too many: conf.d may hold 64");
        return;
    }
    while (at > 0 && strcmp(f->paths[at - 1], path) > 0) {
        memcpy(f->paths[at], f->paths[at - 1], CONFIG_PATH_MAX);
        at--;
    }
    memcpy(f->paths[at], path, (size_t)n + 1);
    f->count++;
}

int config_fragments_list(const char *file, struct config_fragments *f,
    void (*problem)(void *context, const struct error *e), void *context)
{
    const char *slash = strrchr(file, '/');
    char directory[CONFIG_PATH_MAX];
    const int n =
        snprintf(directory, sizeof(directory), "%.*sconf.d", slash ? (int)(slash - file) + 1 : 0, file);
    struct listing l = {.directory = directory, .fragments = f, .problem = problem, .context = context};

    f->count = 0;
    if (n < 0 || (size_t)n >= sizeof(directory)) {
        say(&l, file, -ENAMETOOLONG, "the path is too long");
        return -EINVAL;
    }
    DIR *d = opendir(directory);
    if (!d && errno == ENOENT)
        return 0;
    if (!d || !realpath(directory, l.real)) {
        say(&l, directory, -errno, strerror(errno));
        if (d)
            closedir(d);
        return -EINVAL;
    }
    for (const struct dirent *entry = readdir(d); entry; entry = readdir(d))
        take_name(&l, entry->d_name);
    closedir(d);
    return l.failed ? -EINVAL : 0;
}
