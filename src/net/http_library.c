/* SPDX-License-Identifier: MIT
 * Turns the name of a shared library into a table of its functions. What they are called for is
 * http_server.c's matter; that the types are right is the compiler's, by the library's own header. */
#include "net/http_library.h"

#include <stddef.h>

#include "net/shared_library.h"

static const struct shared_function functions[] = {
    {"MHD_start_daemon", offsetof(struct http_library, start_daemon)},
    {"MHD_stop_daemon", offsetof(struct http_library, stop_daemon)},
    {"MHD_run", offsetof(struct http_library, run)},
    {"MHD_get_timeout", offsetof(struct http_library, get_timeout)},
    {"MHD_get_daemon_info", offsetof(struct http_library, get_daemon_info)},
    {"MHD_get_connection_info", offsetof(struct http_library, get_connection_info)},
    {"MHD_get_connection_values_n", offsetof(struct http_library, get_connection_values_n)},
    {"MHD_suspend_connection", offsetof(struct http_library, suspend_connection)},
    {"MHD_resume_connection", offsetof(struct http_library, resume_connection)},
    {"MHD_create_response_from_buffer", offsetof(struct http_library, create_response_from_buffer)},
    {"MHD_create_response_from_callback", offsetof(struct http_library, create_response_from_callback)},
    {"MHD_add_response_header", offsetof(struct http_library, add_response_header)},
    {"MHD_queue_response", offsetof(struct http_library, queue_response)},
    {"MHD_destroy_response", offsetof(struct http_library, destroy_response)},
};

int http_library_load(struct http_library *ret_library, struct error *e)
{
    /* The library's interface version; Debian 12 has it in libmicrohttpd12. */
    static const struct shared_library library = {.file = "libmicrohttpd.so.12",
        .wanted_by = "http.listen",
        .package = "libmicrohttpd12",
        .functions = functions,
        .count = sizeof(functions) / sizeof(functions[0])};
    struct http_library found;

    const int r = shared_library_load(&library, &found, e);
    if (r == 0)
        *ret_library = found;
    return r;
}
