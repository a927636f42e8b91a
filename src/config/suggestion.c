/* SPDX-License-Identifier: MIT
 * Goes over all known keys, and the groups above them, for the one that is nearest to a misspelt one. */
#include "config/suggestion.h"

#include <string.h>

#include "config/registry.h"

#define KNOWN_MAX 64 /* bytes of a known key or variable: what option_distance compares */

struct nearest {
    char known[KNOWN_MAX + 1];
    unsigned distance;
};

static void consider(struct nearest *best, const char *text, size_t n, const char *known, size_t known_n)
{
    const unsigned distance = option_distance(text, n, known, known_n);

    if (distance >= best->distance || known_n > KNOWN_MAX)
        return;
    best->distance = distance;
    memcpy(best->known, known, known_n);
    best->known[known_n] = '\0';
}

/* The part of a key after its last dot. */
static const char *last_word(const char *key, size_t n, size_t *ret_n)
{
    size_t at = n;

    while (at > 0 && key[at - 1] != '.')
        at--;
    *ret_n = n - at;
    return key + at;
}

/* The first option that ends in the same word, or nearly the same. */
static void same_word_elsewhere(const char *key, size_t n, struct text *out)
{
    struct nearest best = {.distance = KNOWN_MAX};
    size_t word_n, at = 0;
    const char *word = last_word(key, n, &word_n);
    const size_t count = config_option_count();

    for (size_t i = 0; i < count; i++) {
        const char *known = config_option(i)->key;
        size_t known_n;
        const char *known_word = last_word(known, strlen(known), &known_n);
        const unsigned before = best.distance;
        consider(&best, word, word_n, known_word, known_n);
        if (best.distance < before)
            at = i;
    }
    if (option_is_near(best.distance, word_n))
        text_add(out, config_option(at)->key);
}

void suggestion_for_key(const char *given, size_t n, struct text *out)
{
    struct nearest best = {.distance = KNOWN_MAX};
    const size_t count = config_option_count();
    char key[KNOWN_MAX];
    size_t word_n;

    if (n > sizeof(key))
        return;
    for (size_t i = 0; i < n; i++)
        key[i] = given[i] >= 'A' && given[i] <= 'Z' ? (char)(given[i] - 'A' + 'a') : given[i];

    for (size_t i = 0; i < count; i++) {
        const char *known = config_option(i)->key;
        const size_t known_n = strlen(known);
        consider(&best, key, n, known, known_n);
        for (size_t dot = 1; dot < known_n; dot++)
            if (known[dot] == '.')
                consider(&best, key, n, known, dot);
    }
    last_word(key, n, &word_n);
    if (best.distance == 0 || option_is_near(best.distance, word_n))
        text_add(out, best.known);
    else
        same_word_elsewhere(key, n, out);
}

void suggestion_for_variable(const char *given, size_t n, struct text *out)
{
    static const char prefix[] = "COHERENCE_";
    struct nearest best = {.distance = KNOWN_MAX};
    const size_t count = config_option_count();
    char name[KNOWN_MAX];

    if (n > sizeof(name) || n < sizeof(prefix) - 1)
        return;
    for (size_t i = 0; i < n; i++)
        name[i] = given[i] >= 'a' && given[i] <= 'z' ? (char)(given[i] - 'a' + 'A') : given[i];

    for (size_t i = 0; i < count; i++) {
        char buffer[KNOWN_MAX + 1];
        struct text variable;
        text_init(&variable, buffer, sizeof(buffer));
        config_variable(config_option(i)->key, &variable);
        consider(&best, name, n, buffer, variable.length);
    }
    if (best.distance == 0 || option_is_near(best.distance, n - (sizeof(prefix) - 1)))
        text_add(out, best.known);
}
