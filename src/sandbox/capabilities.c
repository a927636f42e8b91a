/* SPDX-License-Identifier: MIT
 * Turns a set of capabilities that are needed into a thread that has no others and can get no others. Which
 * are needed is the callers' matter: seal.c, deep_seal.c. */
#include "sandbox/capabilities.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Source: capget(2), version 3: two halves of 32 bits. */
struct halves {
    struct __user_cap_data_struct half[2];
};

static int ask(struct halves *ret)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    return syscall(SYS_capget, &header, ret->half) != 0 ? -errno : 0;
}

static uint64_t join(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

/* What a set-uid program could gain. It takes SETPCAP; who lacks it is held by no-new-privileges alone. */
static void shrink_bounding_set(uint64_t kept)
{
    for (unsigned c = 0; c < 64 && prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        if (!(kept & CAPABILITY_BIT(c)))
            (void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
}

int capabilities_keep(uint64_t kept, uint64_t *ret_left)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct halves h = {0};
    int r = ask(&h);

    if (r != 0)
        return r;
    shrink_bounding_set(kept);
    bool changes = false;
    for (unsigned i = 0; i < 2; i++) {
        const struct __user_cap_data_struct had = h.half[i];
        h.half[i].permitted &= (uint32_t)(kept >> (32 * i));
        h.half[i].effective = h.half[i].permitted;
        h.half[i].inheritable = 0; /* and with it the ambient ones */
        changes |= memcmp(&had, &h.half[i], sizeof(had)) != 0;
    }
    /* A service manager that leaves none may also have taken the call away. */
    if (changes && syscall(SYS_capset, &header, h.half) != 0)
        return -errno;
    r = ask(&h);
    if (r != 0)
        return r;
    if (join(h.half[0].permitted, h.half[1].permitted) & ~kept)
        return -EPERM;
    *ret_left = join(h.half[0].effective, h.half[1].effective);
    return 0;
}
