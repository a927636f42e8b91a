/* SPDX-License-Identifier: MIT
 * The power of the laws and their false alarms, as a table: every load of cpu_load.c, memory_load.c and
 * traffic_load.c over many seeds.
 * usage: power [SEEDS [PART_OF_A_NAME [FIRST_SEED]]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"

#define SEEDS_DEFAULT 200

static void print_all(
    const struct load_kind *kinds, size_t n, const char *part, uint64_t first, unsigned seeds)
{
    for (size_t i = 0; i < n; i++) {
        if (!strstr(kinds[i].name, part))
            continue;
        struct score s = score_run(&kinds[i], first, seeds);
        score_print(stdout, &s);
        if (s.wrong)
            fprintf(stderr, "  seed %llu: %s\n", (unsigned long long)s.text_seed, s.text);
    }
}

int main(int argc, char **argv)
{
    unsigned long seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : SEEDS_DEFAULT;
    const char *part = argc > 2 ? argv[2] : "";
    uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;

    if (seeds < 1 || seeds > SCORE_SEEDS_MAX) {
        fprintf(
            stderr, "usage: power [SEEDS [PART_OF_A_NAME [FIRST_SEED]]], 1 to %d seeds\n", SCORE_SEEDS_MAX);
        return 2;
    }
    score_print_head(stdout);
    print_all(cpu_loads, cpu_load_count, part, first, (unsigned)seeds);
    print_all(memory_loads, memory_load_count, part, first, (unsigned)seeds);
    print_all(traffic_loads, traffic_load_count, part, first, (unsigned)seeds);
    return 0;
}
