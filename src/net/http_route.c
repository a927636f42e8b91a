/* SPDX-License-Identifier: MIT
 * Which row a path belongs to, and which of its types is wanted. */
#include "net/http_route.h"

#include <string.h>

bool http_route_serves(const struct http_route *row, const char *path, const char **ret_rest)
{
    const size_t n = strlen(row->path);

    *ret_rest = "";
    if (strcmp(row->path, path) == 0)
        return true;
    if (n < 2 || row->path[n - 1] != '*' || strncmp(row->path, path, n - 1) != 0)
        return false;
    *ret_rest = path + n - 1;
    return **ret_rest && !strchr(*ret_rest, '/');
}

int http_route_form(const struct http_route *row, const char *accept, size_t accept_n)
{
    int best = -1, wanted = 0;

    for (int i = 0; i < 2 && row->types[i]; i++) {
        char type[64];
        size_t n = strcspn(row->types[i], ";");
        n = n < sizeof(type) - 1 ? n : sizeof(type) - 1;
        memcpy(type, row->types[i], n);
        type[n] = '\0';
        const int q = accept ? http_wants(accept, accept_n, type) : 1000;
        if (q > wanted) {
            wanted = q;
            best = i;
        }
    }
    return best;
}
