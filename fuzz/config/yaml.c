/* SPDX-License-Identifier: MIT
 * Any bytes as a configuration file: base/yaml.h, the rows of every room, the rules; and what loads must dump
 * to something that loads. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_problem(void *context, const struct error *e)
{
    assert(e->code < 0 && strlen(e->text) > 0 && strlen(e->text) < ERROR_TEXT_MAX);
    ++*(unsigned *)context;
}

/* Every entry is found by its path and lies within the text. */
static void check_entries(const char *bytes, size_t size)
{
    struct yaml_text *t = NULL;
    const int result = yaml_read(bytes, size, "fuzz", NULL, NULL, &t);

    assert((t == NULL) == (size > YAML_FILE_MAX));
    assert(result <= 0);
    for (size_t i = 0; t && i < yaml_count(t); i++) {
        const struct yaml_entry *entry = yaml_at(t, i);
        assert(yaml_find(t, entry->path) == entry);
        assert(entry->line >= 1 && entry->column >= 1 && entry->column <= size + 1);
        assert(strlen(entry->value) == entry->value_n);
        assert(strlen(entry->path) < YAML_PATH_MAX);
    }
    yaml_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config c, again;
    static char dump[CONFIG_DUMP_MAX];
    unsigned problems = 0;

    check_entries((const char *)data, size);
    config_init(&c);
    const int parsed = config_parse(&c, (const char *)data, size, "fuzz.yaml", count_problem, &problems);
    assert((parsed == 0) == (problems == 0));
    config_validate(&c, count_problem, &problems);
    if (parsed < 0)
        return 0;
    struct text out;
    text_init(&out, dump, sizeof(dump));
    config_dump(&c, &out);
    config_init(&again);
    problems = 0;
    assert(config_parse(&again, dump, out.length, "dump.yaml", count_problem, &problems) == 0);
    assert(memcmp(&c.engine, &again.engine, sizeof(c.engine)) == 0);
    assert(memcmp(&c.host, &again.host, sizeof(c.host)) == 0);
    assert(strcmp(c.shell.state_dir, again.shell.state_dir) == 0);
    return 0;
}
