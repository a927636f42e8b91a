/* SPDX-License-Identifier: MIT
 * libcurl and c-ares, loaded when something connects out and not mapped at all when nothing does
 * (docs/decisions/0015). */
#ifndef COHERENCE_NET_CLIENT_LIBRARY_H
#define COHERENCE_NET_CLIENT_LIBRARY_H

#include <ares.h>
#include <curl/curl.h>

#include "base/error.h"

/* The libraries' functions that are used here, with their own types. */
struct curl_library {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_reset) *easy_reset;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_multi_setopt) *multi_setopt;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_socket_action) *multi_socket_action;
    __typeof__(curl_multi_info_read) *multi_info_read;
    __typeof__(curl_multi_assign) *multi_assign;
    __typeof__(curl_share_init) *share_init;
    __typeof__(curl_share_setopt) *share_setopt;
    __typeof__(curl_share_cleanup) *share_cleanup;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
};

struct ares_library {
    __typeof__(ares_library_init) *library_init;
    __typeof__(ares_init_options) *init_options;
    __typeof__(ares_destroy) *destroy;
    __typeof__(ares_getaddrinfo) *getaddrinfo;
    __typeof__(ares_freeaddrinfo) *freeaddrinfo;
    __typeof__(ares_process_fd) *process_fd;
    __typeof__(ares_timeout) *timeout;
    __typeof__(ares_strerror) *strerror;
};

/* Load them, for good; before the seal. Return 0; -ENOENT (not installed) or -ENOSYS (too old) with e filled.
 */
int curl_library_load(struct curl_library *ret_library, struct error *e);
int ares_library_load(struct ares_library *ret_library, struct error *e);

#endif
