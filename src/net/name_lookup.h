/* SPDX-License-Identifier: MIT
 * Addresses of names, over c-ares driven by our loop: /etc/hosts first, then the resolvers of
 * /etc/resolv.conf over TCP, so that no datagram socket has to be allowed (docs/decisions/0015). */
#ifndef COHERENCE_NET_NAME_LOOKUP_H
#define COHERENCE_NET_NAME_LOOKUP_H

#include <stdint.h>

#include "base/error.h"
#include "net/loop.h"

#define NAME_LOOKUP_NAMES_MAX     256
#define NAME_LOOKUP_ADDRESSES_MAX 512 /* bytes of "192.0.2.1,[2001:db8::1]", NUL included */
#define NAME_LOOKUP_PORT          53  /* of a resolver */

struct name_lookup;

/* Loads the library and reads /etc/resolv.conf; before the seal. Nothing is asked. NULL with e filled. */
struct name_lookup *name_lookup_open(struct error *e);

/* Remembers a name (lower case; borrowed for the call) that will be asked for. Returns 0 or -ENOSPC. */
int name_lookup_allow(struct name_lookup *n, const char *name);

/* Asks in callbacks of l from now on; changed is called (also from within name_lookup_find) when the answer
 * to some name came or failed. Returns 0 or -ENOSPC. */
int name_lookup_start(struct name_lookup *n, struct loop *l, void (*changed)(void *context), void *context);

/* The addresses of an allowed name, separated by commas, valid until the next callback. They are kept for as
 * long as their record says (5 s to 5 min), then asked for anew while the old ones go on being given. Returns
 * 0; -EAGAIN: asked, changed will be called; -EHOSTUNREACH: there are none, or nobody answered, and it was
 * just tried (again after 5 s); -EACCES: not allowed. */
int name_lookup_find(struct name_lookup *n, const char *name, const char **ret_addresses);

void name_lookup_close(struct name_lookup *n); /* NULL allowed; before loop_free */

#endif
