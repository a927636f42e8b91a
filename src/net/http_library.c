/* SPDX-License-Identifier: MIT
 * Turns the name of a shared library into a table of its functions. What they are called for is
 * http_server.c's matter; that the types are right is the compiler's, by the library's own header. */
#include "net/http_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

/* The library's interface version; Debian 12 has it in libmicrohttpd12. */
#define HTTP_LIBRARY_FILE "libmicrohttpd.so.12"

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
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
    struct http_library found;
    /* Never closed: the library registers what runs at the end of the process. */
    void *library = dlopen(HTTP_LIBRARY_FILE, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return error_set(e, -ENOENT,
            "http.listen needs " HTTP_LIBRARY_FILE ", which cannot be loaded (on Debian: apt-get install "
            "libmicrohttpd12): %s",
            dlerror());
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function)
            return error_set(e, -ENOSYS, HTTP_LIBRARY_FILE " has no %s: it is too old", functions[i].name);
        *(void **)((char *)&found + functions[i].offset) = function;
    }
    *ret_library = found;
    return 0;
}
