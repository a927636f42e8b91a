/* SPDX-License-Identifier: MIT
 * manual TEMPLATE: copies a page of the manual to standard output and fills the lines that say `@part@`.
 * manual bash|zsh|fish|example: writes that file whole. Runs while building; the parts are in fill*.c,
 * completion.c and config/dump.c. */
#include "manual.h"

#include <stdio.h>
#include <string.h>

#include "config/config.h"

#define OUT_MAX  (1024U * 1024U)
#define LINE_MAX 1024

static const struct part {
    const char *name;
    void (*write)(struct text *out);
} parts[] =
    {
        {"@commands@", fill_commands},
        {"@options@", fill_options},
        {"@keys@", fill_keys},
        {"@metrics@", fill_metrics},
        {"@laws@", fill_laws},
        {"@scenarios@", fill_scenarios},
},
  files[] = {
      {"bash", complete_bash},
      {"zsh", complete_zsh},
      {"fish", complete_fish},
      {"example", config_write_example},
};

static const struct part *find(const struct part *rows, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* 0, or -1: said. */
static int fill(FILE *template, const char *path, struct text *out)
{
    char line[LINE_MAX];

    while (fgets(line, sizeof(line), template)) {
        line[strcspn(line, "\n")] = '\0';
        const struct part *part = find(parts, sizeof(parts) / sizeof(parts[0]), line);
        if (part) {
            part->write(out);
            continue;
        }
        if (line[0] == '@') {
            (void)fprintf(stderr, "manual: %s: no part is called %s\n", path, line);
            return -1;
        }
        text_add(out, line);
        text_add_char(out, '\n');
    }
    return 0;
}

int main(int argc, char *argv[])
{
    static char bytes[OUT_MAX];
    struct text out;
    int r = 0;

    if (argc != 2) {
        (void)fputs("usage: manual TEMPLATE|bash|zsh|fish|example\n", stderr);
        return 2;
    }
    text_init(&out, bytes, sizeof(bytes));
    const struct part *file = find(files, sizeof(files) / sizeof(files[0]), argv[1]);
    if (file) {
        file->write(&out);
    } else {
        FILE *template = fopen(argv[1], "re");
        if (!template) {
            perror(argv[1]);
            return 1;
        }
        r = fill(template, argv[1], &out);
        (void)fclose(template);
    }
    if (out.truncated) {
        (void)fprintf(stderr, "manual: %s is larger than %u bytes\n", argv[1], OUT_MAX);
        r = -1;
    }
    return r == 0 && fwrite(out.data, 1, out.length, stdout) == out.length && fflush(stdout) == 0 ? 0 : 1;
}
