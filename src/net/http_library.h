/* SPDX-License-Identifier: MIT
 * libmicrohttpd, loaded when a service is configured and not mapped at all when none is
 * (docs/decisions/0012). */
#ifndef COHERENCE_NET_HTTP_LIBRARY_H
#define COHERENCE_NET_HTTP_LIBRARY_H

#include <microhttpd.h>

#include "base/error.h"

/* The library's functions that are used here, with their own types: a call is library->run(daemon). */
struct http_library {
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_stop_daemon) *stop_daemon;
    __typeof__(MHD_run) *run;
    __typeof__(MHD_get_timeout) *get_timeout;
    __typeof__(MHD_get_daemon_info) *get_daemon_info;
    __typeof__(MHD_get_connection_info) *get_connection_info;
    __typeof__(MHD_get_connection_values_n) *get_connection_values_n;
    __typeof__(MHD_suspend_connection) *suspend_connection;
    __typeof__(MHD_resume_connection) *resume_connection;
    __typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
    __typeof__(MHD_create_response_from_callback) *create_response_from_callback;
    __typeof__(MHD_add_response_header) *add_response_header;
    __typeof__(MHD_queue_response) *queue_response;
    __typeof__(MHD_destroy_response) *destroy_response;
};

/* Loads the library into the process, for good; before the seal, which allows no new code. Returns 0; -ENOENT
 * (not installed) or -ENOSYS (it lacks a function) with e filled. */
int http_library_load(struct http_library *ret_library, struct error *e);

#endif
