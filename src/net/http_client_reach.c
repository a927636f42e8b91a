/* SPDX-License-Identifier: MIT
 * Turns the addresses that are configured into what the seal must leave possible, and keeps the tokens that
 * go to them. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "net/http_client_inside.h"
#include "net/secret_file.h"

bool http_is_localhost(const struct http_url *u)
{
    return strcmp(u->host, "localhost") == 0;
}

const struct http_url *http_client_peer(const struct http_client *c, const struct http_url *u)
{
    return c->has_proxy && !u->loopback ? &c->proxy : u;
}

bool http_client_is_allowed(const struct http_client *c, const struct http_url *u)
{
    for (size_t i = 0; i < c->allowed_count; i++)
        if (c->allowed[i].port == u->port && strcmp(c->allowed[i].host, u->host) == 0)
            return true;
    return false;
}

struct token *http_client_token(struct http_client *c, const char *path)
{
    for (size_t i = 0; i < c->token_count; i++)
        if (strcmp(c->tokens[i].path, path) == 0)
            return &c->tokens[i];
    return NULL;
}

int http_client_renew_token(struct token *t, struct error *e)
{
    const uint64_t mark = secret_file_mark(t->path);
    char bytes[HTTP_CLIENT_SECRET_MAX];

    if (mark != 0 && mark == t->mark)
        return 0;
    const ssize_t got = secret_file_read("token_file", t->path, bytes, sizeof(bytes), e);
    const size_t n = got > 0 ? secret_line(bytes, (size_t)got) : 0;
    if (n == 0 || n >= sizeof(bytes)) {
        explicit_bzero(bytes, sizeof(bytes));
        if (t->mark != 0)
            return 0; /* it may be half written: the one before goes on for a while */
        if (got >= 0)
            error_set(e, -EACCES,
                "token_file: '%s' must hold one line of printable characters without blanks", t->path);
        return -EACCES;
    }
    memcpy(t->bytes, bytes, n);
    t->bytes[n] = '\0';
    t->mark = mark;
    explicit_bzero(bytes, sizeof(bytes));
    return 0;
}

void http_client_forget_tokens(struct http_client *c)
{
    explicit_bzero(c->tokens, sizeof(c->tokens));
}

static int add_token(struct http_client *c, const struct http_url *url, const char *path, struct error *e)
{
    struct error why;

    if (!url->tls && !url->loopback)
        return error_set(e, -EINVAL,
            "a token would go to %s unencrypted: use https, or an address of this host", url->host);
    if (http_client_token(c, path))
        return 0;
    if (path[0] != '/')
        return error_set(e, -EINVAL, "token_file must be an absolute path, from '/' on");
    if (c->token_count == HTTP_CLIENT_TOKENS_MAX || strlen(path) >= OPTION_TEXT_MAX)
        return error_set(e, -ENOSPC, "more than %d files with tokens", HTTP_CLIENT_TOKENS_MAX);
    struct token *t = &c->tokens[c->token_count];
    *t = (struct token){.mark = 0};
    memcpy(t->path, path, strlen(path) + 1); /* its length was judged above */
    if (http_client_renew_token(t, &why) != 0)
        return error_set(e, -EINVAL, "%s", why.text);
    c->token_count++;
    return 0;
}

/* A name needs the library that looks it up, before the seal. */
static int add_name(struct http_client *c, const struct http_url *peer, struct error *e)
{
    if (peer->numeric || http_is_localhost(peer))
        return 0;
    if (!c->names)
        c->names = name_lookup_open(e);
    if (!c->names)
        return -ENOENT;
    return name_lookup_allow(c->names, peer->host) == 0
               ? 0
               : error_set(e, -ENOSPC, "more than %d names of hosts", NAME_LOOKUP_NAMES_MAX);
}

int http_client_allow(
    struct http_client *c, const struct http_url *url, const char *token_file, struct error *e)
{
    int r = 0;

    if (token_file && token_file[0])
        r = add_token(c, url, token_file, e);
    if (r == 0 && url->tls && access(c->ca_file, R_OK) != 0)
        r = error_set(e, -EINVAL, "certificates to trust: cannot read '%s': %s%s", c->ca_file,
            strerror(errno), c->options->ca_file[0] ? "" : " (on Debian: apt-get install ca-certificates)");
    if (r == 0)
        r = add_name(c, http_client_peer(c, url), e);
    if (r != 0 || http_client_is_allowed(c, url))
        return r;
    if (c->allowed_count == HTTP_CLIENT_ADDRESSES_MAX)
        return error_set(e, -ENOSPC, "more than %d addresses to connect to", HTTP_CLIENT_ADDRESSES_MAX);
    struct address *a = &c->allowed[c->allowed_count++];
    memcpy(a->host, url->host, sizeof(a->host));
    a->port = url->port;
    c->tls = c->tls || url->tls;
    return 0;
}

static void reach_port(struct http_client_reach *r, uint16_t port)
{
    for (size_t i = 0; i < r->port_count; i++)
        if (r->ports[i] == port)
            return;
    if (r->port_count < HTTP_CLIENT_ADDRESSES_MAX)
        r->ports[r->port_count++] = port;
}

static void reach_path(struct http_client_reach *r, const char *path)
{
    for (size_t i = 0; i < r->path_count; i++)
        if (strcmp(r->paths[i], path) == 0)
            return;
    if (r->path_count < HTTP_CLIENT_REACH_PATHS)
        r->paths[r->path_count++] = path;
}

/* The directory of a file: what replaces the file is another file. For one in the root directory the file
 * itself, which then cannot be replaced. */
static const char *directory_of(const char *path, char *room)
{
    const char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return path;
    memcpy(room, path, (size_t)(slash - path));
    room[slash - path] = '\0';
    return room;
}

const struct http_client_reach *http_client_reach(struct http_client *c)
{
    struct http_client_reach *r = &c->reach;
    static char ca_directory[OPTION_TEXT_MAX];

    *r = (struct http_client_reach){.port_count = 0};
    for (size_t i = 0; i < c->allowed_count; i++) {
        const bool direct = !c->has_proxy || strcmp(c->allowed[i].host, "localhost") == 0 ||
                            strncmp(c->allowed[i].host, "127.", 4) == 0 ||
                            strcmp(c->allowed[i].host, "::1") == 0;
        reach_port(r, direct ? c->allowed[i].port : c->proxy.port);
    }
    if (c->names) {
        reach_port(r, NAME_LOOKUP_PORT);
        reach_path(r, "/etc/hosts");
    }
    if (c->tls)
        reach_path(r, directory_of(c->ca_file, ca_directory));
    for (size_t i = 0; i < c->token_count; i++)
        reach_path(r, directory_of(c->tokens[i].path, c->token_directories[i]));
    return r;
}
