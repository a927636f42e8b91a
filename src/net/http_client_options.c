/* SPDX-License-Identifier: MIT
 * The options that all outgoing connections have in common, and whether they may stand so. */
#include <errno.h>
#include <string.h>

#include "net/http_client.h"

const struct option_row http_client_option_rows[] = {
    {.key = "client.ca_file",
        .type = OPTION_TEXT,
        .offset = offsetof(struct http_client_options, ca_file),
        .fallback = "",
        .unit = "",
        .help = "certificates (PEM) that are trusted when Coherence connects out by https; empty: those of "
                "the system"},
    {.key = "client.proxy",
        .type = OPTION_TEXT,
        .offset = offsetof(struct http_client_options, proxy),
        .fallback = "",
        .unit = "",
        .help =
            "HTTP proxy through which Coherence connects out, such as http://proxy:3128; not for this host "
            "itself; empty: none, whatever the environment says"},
};
const size_t http_client_option_count = sizeof(http_client_option_rows) / sizeof(http_client_option_rows[0]);

int http_client_options_check(const struct http_client_options *o, const char **ret_key, struct error *e)
{
    struct http_url proxy;
    struct error why;

    *ret_key = "client.ca_file";
    if (o->ca_file[0] && o->ca_file[0] != '/')
        return error_set(e, -EINVAL, "client.ca_file must be an absolute path, from '/' on");
    *ret_key = "client.proxy";
    if (!o->proxy[0])
        return 0;
    if (http_url_parse(o->proxy, strlen(o->proxy), &proxy, &why) != 0)
        return error_set(e, -EINVAL, "client.proxy: %s", why.text);
    if (proxy.tls || strcmp(proxy.path, "/") != 0)
        return error_set(e, -EINVAL, "client.proxy: expected a proxy such as http://192.0.2.1:3128");
    return 0;
}
