/* SPDX-License-Identifier: MIT
 * Holds a row against what a request says: its path, the type that it wants, the type that it brings. The
 * order among rows, and what is answered, are http_server.c's matter. */
#include "net/http_route.h"

#include <string.h>
#include <strings.h>

bool http_route_serves(const struct http_route *row, const char *path, const char **ret_rest)
{
    const size_t n = strlen(row->path);

    *ret_rest = "";
    if (strcmp(row->path, path) == 0)
        return true;
    if (n < 2 || row->path[n - 1] != '*' || strncmp(row->path, path, n - 1) != 0)
        return false;
    const char *rest = path + n - 1;
    if (*rest == '\0' || strchr(rest, '/'))
        return false;
    *ret_rest = rest;
    return true;
}

int http_route_form(const struct http_route *row, struct http_field accept)
{
    int best = -1, wanted = 0;

    for (int i = 0; i < 2 && row->types[i]; i++) {
        char type[64];
        const size_t n = strcspn(row->types[i], ";");
        const size_t kept = n < sizeof(type) - 1 ? n : sizeof(type) - 1;
        memcpy(type, row->types[i], kept);
        type[kept] = '\0';
        const int q = accept.text ? http_wants(accept.text, accept.n, type) : 1000;
        if (q > wanted) {
            wanted = q;
            best = i;
        }
    }
    return best;
}

int http_route_accept(const struct http_route *row, struct http_field type)
{
    size_t n = 0;

    while (n < type.n && type.text[n] != ';')
        n++;
    while (n > 0 && (type.text[n - 1] == ' ' || type.text[n - 1] == '\t'))
        n--;
    for (int i = 0; i < HTTP_ACCEPTS_MAX && row->accepts[i]; i++)
        if (strlen(row->accepts[i]) == n && strncasecmp(row->accepts[i], type.text, n) == 0)
            return i;
    return -1;
}
