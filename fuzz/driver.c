/* SPDX-License-Identifier: MIT
 * Runs a fuzz target over the files named on the command line, or over all files of the directories named
 * there, for compilers that bring no libFuzzer and for looking at one input in a debugger. It makes up no
 * inputs of its own. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (16u << 20) /* bytes; a corpus file is far smaller */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int refuse(const char *path, const char *reason)
{
    fprintf(stderr, "cannot read '%s': %s\n", path, reason);
    return -1;
}

/* Hands the file's bytes to the target in a block of exactly their size, so that a sanitizer sees a read past
 * the end. */
static int run_file(const char *path, off_t size)
{
    if (size > INPUT_MAX)
        return refuse(path, "too large");
    FILE *f = fopen(path, "rb");
    if (!f)
        return refuse(path, strerror(errno));
    const size_t wanted = (size_t)size;
    uint8_t *bytes = malloc(wanted ? wanted : 1);
    const int whole = bytes && fread(bytes, 1, wanted, f) == wanted;
    fclose(f);
    if (whole)
        LLVMFuzzerTestOneInput(bytes, wanted);
    free(bytes);
    return whole ? 1 : refuse(path, "short read or no memory");
}

/* A file, or with `deeper` a directory's files. Returns how many inputs ran, or -1. */
static int run_path(const char *path, int deeper)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return refuse(path, strerror(errno));
    if (S_ISREG(s.st_mode))
        return run_file(path, s.st_size);
    if (!S_ISDIR(s.st_mode) || !deeper)
        return 0;
    DIR *dir = opendir(path);
    if (!dir)
        return refuse(path, strerror(errno));
    int total = 0;
    for (const struct dirent *entry; total >= 0 && (entry = readdir(dir));) {
        char inner[PATH_MAX];
        if (snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= (int)sizeof inner)
            continue;
        const int n = run_path(inner, 0);
        total = n < 0 ? -1 : total + n;
    }
    closedir(dir);
    return total;
}

int main(int argc, char **argv)
{
    int total = 0;
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE|DIRECTORY...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        const int n = run_path(argv[i], 1);
        if (n < 0)
            return 1;
        total += n;
    }
    printf("%d inputs ran\n", total);
    return 0;
}
