/* SPDX-License-Identifier: MIT
 * The tables of the two libraries' functions that a client needs. What they are called for is http_client.c's
 * and name_lookup.c's matter. */
#include "net/client_library.h"

#include <stddef.h>

#include "net/shared_library.h"

#define CURL_FUNCTION(name)                                                                                  \
    {                                                                                                        \
        "curl_" #name, offsetof(struct curl_library, name)                                                   \
    }
#define ARES_FUNCTION(name)                                                                                  \
    {                                                                                                        \
        "ares_" #name, offsetof(struct ares_library, name)                                                   \
    }

static const struct shared_function curl_functions[] = {
    CURL_FUNCTION(global_init),
    CURL_FUNCTION(easy_init),
    CURL_FUNCTION(easy_reset),
    CURL_FUNCTION(easy_cleanup),
    CURL_FUNCTION(easy_setopt),
    CURL_FUNCTION(easy_getinfo),
    CURL_FUNCTION(easy_strerror),
    CURL_FUNCTION(multi_init),
    CURL_FUNCTION(multi_cleanup),
    CURL_FUNCTION(multi_setopt),
    CURL_FUNCTION(multi_add_handle),
    CURL_FUNCTION(multi_remove_handle),
    CURL_FUNCTION(multi_socket_action),
    CURL_FUNCTION(multi_info_read),
    CURL_FUNCTION(multi_assign),
    CURL_FUNCTION(share_init),
    CURL_FUNCTION(share_setopt),
    CURL_FUNCTION(share_cleanup),
    CURL_FUNCTION(slist_append),
    CURL_FUNCTION(slist_free_all),
};

static const struct shared_function ares_functions[] = {
    ARES_FUNCTION(library_init),
    ARES_FUNCTION(init_options),
    ARES_FUNCTION(destroy),
    ARES_FUNCTION(getaddrinfo),
    ARES_FUNCTION(freeaddrinfo),
    ARES_FUNCTION(process_fd),
    ARES_FUNCTION(timeout),
    ARES_FUNCTION(strerror),
};

int curl_library_load(struct curl_library *ret_library, struct error *e)
{
    static const struct shared_library library = {.file = "libcurl.so.4",
        .package = "libcurl4",
        .wanted_by = "what is configured to connect out",
        .functions = curl_functions,
        .count = sizeof(curl_functions) / sizeof(curl_functions[0])};

    return shared_library_load(&library, ret_library, e);
}

int ares_library_load(struct ares_library *ret_library, struct error *e)
{
    static const struct shared_library library = {.file = "libcares.so.2",
        .package = "libc-ares2",
        .wanted_by = "looking up the name of a host",
        .functions = ares_functions,
        .count = sizeof(ares_functions) / sizeof(ares_functions[0])};

    return shared_library_load(&library, ret_library, e);
}
