/* SPDX-License-Identifier: MIT
 * Keeps words that came from outside so that pointers to them live as long as the set. What a word means is
 * not judged, only that it can do no harm where it is shown. */
#include "core/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct words {
    size_t count;
    char word[WORDS_MAX][WORDS_MAX_LEN + 1];
};

struct words *words_new(void)
{
    return calloc(1, sizeof(struct words));
}

void words_free(struct words *set)
{
    free(set);
}

static bool is_harmless(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return false;
    return true;
}

const char *words_find_or_add(struct words *set, const char *text, size_t n)
{
    if (n > WORDS_MAX_LEN || !is_harmless(text, n))
        return NULL;
    if (n == 0)
        return "";
    for (size_t i = 0; i < set->count; i++)
        if (strlen(set->word[i]) == n && memcmp(set->word[i], text, n) == 0)
            return set->word[i];
    if (set->count == WORDS_MAX)
        return NULL;
    memcpy(set->word[set->count], text, n);
    return set->word[set->count++];
}
