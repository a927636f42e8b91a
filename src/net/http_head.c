/* SPDX-License-Identifier: MIT
 * Turns header lines into the few that matter, and into a refusal where two programs could read them
 * differently: several lengths, a length beside a coding, a name with a blank. Paths, routes and tokens are
 * judged in http_server.c. */
#include "net/http_head.h"

#include <string.h>
#include <strings.h>

#include "net/http_text.h"

static bool is_named(struct http_field name, const char *wanted)
{
    return name.n == strlen(wanted) && strncasecmp(name.text, wanted, name.n) == 0;
}

static bool is_word(struct http_field f, const char *word)
{
    return f.text && is_named(f, word);
}

/* Another site's page asks behind its reader's back; a link from there that was followed, to a window of its
 * own, is the reader's wish, and what comes of it that page cannot read. Source: W3C Fetch Metadata Request
 * Headers. */
static bool is_intruder(const struct http_head *h)
{
    return is_word(h->fetch_site, "cross-site") &&
           !(is_word(h->fetch_mode, "navigate") && is_word(h->fetch_dest, "document"));
}

void http_head_add(struct http_head *h, struct http_field name, struct http_field value)
{
    struct {
        const char *name;
        struct http_field *field;
    } wanted[] = {
        {"Host", &h->host},
        {"Accept", &h->accept},
        {"Accept-Encoding", &h->accept_encoding},
        {"If-None-Match", &h->if_none_match},
        {"Authorization", &h->authorization},
        {"Sec-Fetch-Site", &h->fetch_site},
        {"Sec-Fetch-Mode", &h->fetch_mode},
        {"Sec-Fetch-Dest", &h->fetch_dest},
        {"Content-Type", &h->content_type},
        {"Content-Encoding", &h->content_encoding},
        {"Content-Length", &h->content_length},
        {"Transfer-Encoding", &h->transfer_encoding},
        {"Expect", &h->expect},
        {"X-Prometheus-Remote-Write-Version", &h->remote_write_version},
    };

    h->lines++;
    h->bytes += name.n + value.n;
    h->misshapen = h->misshapen || !http_is_token(name.text, name.n);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!wanted[i].field->text && is_named(name, wanted[i].name))
            *wanted[i].field = (struct http_field){value.text ? value.text : "", value.n};
    h->hosts += is_named(name, "Host");
    if (is_named(name, "Content-Length")) {
        h->lengths++;
        h->has_body = h->has_body || value.n != 1 || value.text[0] != '0';
    }
    if (is_named(name, "Transfer-Encoding")) {
        h->codings++;
        h->has_body = true;
    }
}

const char *http_head_judge(const struct http_head *h, const char *allowed_hosts, unsigned *ret_status)
{
    const char *wrong = NULL;
    unsigned status = 400;

    if (h->lines > HTTP_HEAD_LINES_MAX || h->bytes > HTTP_HEAD_MAX) {
        status = 431;
        wrong = "too many headers, or too long ones";
    } else if (h->misshapen) {
        wrong = "the name of a header is no token";
    } else if (h->lengths > 1 || h->codings > 1 || (h->lengths && h->codings)) {
        wrong = "the length of the request can be read in more than one way";
    } else if (h->codings && !is_named(h->transfer_encoding, "chunked")) {
        wrong = "a request comes whole or in chunks, and in no other coding";
    } else if (h->has_body && !h->may_send) {
        wrong = "a request to read has no body";
    } else if (h->hosts != 1) {
        wrong = "a request names one host";
    } else if (!http_host_is_allowed(h->host.text, h->host.n, allowed_hosts)) {
        status = 403;
        wrong = "this name of the host is not among http.allowed_hosts";
    } else if (is_intruder(h)) {
        status = 403;
        wrong = "another site's page may not ask";
    }
    if (wrong)
        *ret_status = status;
    return wrong;
}
