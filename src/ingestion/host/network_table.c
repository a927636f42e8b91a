/* SPDX-License-Identifier: MIT
 * Turns the processes of cgroups into network namespaces, and the files of those into samples.
 *
 * A namespace is known by the inode of its /proc/PID/net/snmp: the kernel makes that file once for each
 * namespace, under a number of its own (net/ipv4/proc.c, ip_proc_init_net; fs/proc/generic.c,
 * proc_alloc_inum). The link /proc/PID/ns/net says the same, but only to those who may trace the process, and
 * a sealed sentinel may not. */
#include "ingestion/host/network_table.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingestion/host/cgroup_file.h"
#include "ingestion/host/proc_net.h"

#define LOOKS_TURN       6 /* of so many looks, one is at each cgroup */
#define LOOKS_FIRST      2 /* at one that is new: what makes a container begins in the host's namespace */
#define PIDS_TRIED       3 /* of a cgroup: the first may just have ended */
#define PATH_BYTES       32
#define OVERFLOWS_GAP_NS INT64_C(300000000000) /* a longer time between two readings gives no rate */

int network_table_init(struct network_table *t, int root_fd, uint32_t max)
{
    *t = (struct network_table){.proc_fd = -1, .max = max};
    if (max == 0)
        return 0;
    t->items = calloc(max, sizeof(*t->items));
    if (!t->items)
        return -ENOMEM;
    t->proc_fd = openat(root_fd, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return 0;
}

void network_table_done(struct network_table *t)
{
    if (t->proc_fd >= 0)
        close(t->proc_fd);
    free(t->items);
    *t = (struct network_table){.proc_fd = -1};
}

static struct network *find(const struct network_table *t, uint64_t inode)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->items[i].inode == inode)
            return &t->items[i];
    return NULL;
}

/* ---- who has which ---- */

/* Returns 0 or -errno. */
static int namespace_of(const struct network_table *t, uint32_t pid, uint64_t *ret_inode)
{
    char path[PATH_BYTES];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%u/net/snmp", pid);
    if (fstatat(t->proc_fd, path, &st, 0) < 0)
        return -errno;
    *ret_inode = st.st_ino;
    return 0;
}

/* The text of the list of c's processes, in the first hierarchy that it is in. Returns its length, -ENODATA
 * (it has none), or < 0. */
static long read_processes(
    const struct cgroup_tree *tree, const struct cgroup *c, struct kfile_buffer *buffer)
{
    for (uint32_t m = 0; m < tree->layout.mount_count; m++)
        if (c->inodes[m] != 0)
            return cgroup_tree_read_once(tree, c, m, "cgroup.procs", buffer);
    return -ENOENT;
}

/* What a look needs. */
struct look {
    struct network_table *table;
    struct cgroup_tree *tree;
    const struct process_table *processes; /* NULL: none are known */
    struct kfile_buffer *buffer;
};

/* The same of the processes that we watch. */
static size_t watched_in(const struct look *l, const struct cgroup *c, uint32_t pids[PIDS_TRIED])
{
    size_t count = 0;

    for (uint32_t i = 0; l->processes && i < l->processes->count && count < PIDS_TRIED; i++)
        if (l->processes->items[i].parent == c->entity)
            pids[count++] = l->processes->items[i].stat.pid;
    return count;
}

/* By the first processes that are its own: those of the groups below it are not in the list. To another pid
 * namespace than theirs v2 tells a 0 for each, v1 nothing; those that are watched have a number in that of
 * /proc, but are not known at once. */
static void look_at(const struct look *l, struct cgroup *c)
{
    uint32_t pids[PIDS_TRIED];
    uint8_t looks = c->network.looks;
    long n = read_processes(l->tree, c, l->buffer);
    size_t count = n > 0 ? cgroup_procs_parse(l->buffer->data, (size_t)n, pids, PIDS_TRIED) : 0;
    int error = -ESRCH;

    if (count == 0)
        count = watched_in(l, c, pids);
    bool is_asked = count > 0 || n == -ENODATA;
    c->network = (struct cgroup_network){.looks = looks < LOOKS_FIRST && is_asked ? looks + 1 : looks};
    for (size_t i = 0; i < count && error < 0; i++) {
        error = namespace_of(l->table, pids[i], &c->network.inode);
        c->network.pid = pids[i];
    }
    l->table->denied += error == -EACCES || error == -EPERM;
}

/* Is it time to look at items[i] of the tree? Where its process has gone, at once. */
static bool is_due(const struct network_table *t, const struct cgroup *c, uint32_t i)
{
    if (c->network.looks < LOOKS_FIRST || (t->looks + i) % LOOKS_TURN == 0)
        return true;
    const struct network *n = c->network.inode ? find(t, c->network.inode) : NULL;
    return n && n->pid == 0;
}

/* ---- whose they are ---- */

static bool is_below(const char *name, const char *above, size_t n)
{
    return strncmp(name, above, n) == 0 && (name[n] == '\0' || name[n] == '/');
}

/* The length of the longest path above both, or that is one of them: the first n bytes of a. */
static size_t common_path(const char *a, size_t n, const char *b)
{
    while (n > 0 && !is_below(b, a, n))
        n = cgroup_path_above(a, n);
    return n;
}

static bool holds_others(const struct cgroup_tree *tree, const char *above, size_t n, uint64_t inode)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct cgroup *c = &tree->items[i];
        if (c->network.inode != 0 && c->network.inode != inode && is_below(c->name, above, n))
            return true;
    }
    return false;
}

static uint32_t owner_of(const struct cgroup_tree *tree, uint64_t inode)
{
    const struct cgroup *first = NULL;
    size_t n = 0;

    for (uint32_t i = 0; i < tree->count; i++) {
        const struct cgroup *c = &tree->items[i];
        if (c->network.inode != inode)
            continue;
        n = first ? common_path(first->name, n, c->name) : strlen(c->name);
        first = first ? first : c;
    }
    if (!first)
        return ENTITY_NONE;
    const struct cgroup *all = cgroup_tree_find(tree, first->name, n);
    return all && !holds_others(tree, first->name, n, inode) ? all->entity : first->entity;
}

/* Notes the namespace of c; where several have it, the first one's process is the one to read it by. */
static void note(struct network_table *t, const struct cgroup *c)
{
    if (c->network.inode == 0 || c->network.inode == t->host)
        return;
    struct network *n = find(t, c->network.inode);
    if (!n) {
        if (t->count == t->max)
            return; /* as many have just gone: the next look has room */
        n = &t->items[t->count++];
        *n = (struct network){.inode = c->network.inode, .entity = ENTITY_NONE};
    }
    if (!n->was_seen)
        n->pid = c->network.pid;
    n->was_seen = true;
}

/* Gives each namespace to its cgroup, and drops those that nobody has any more. */
static void settle(struct network_table *t, const struct cgroup_tree *tree)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->count; i++) {
        struct network *n = &t->items[i];
        if (!n->was_seen)
            continue;
        uint32_t owner = owner_of(tree, n->inode);
        if (owner != n->entity)
            *n = (struct network){.inode = n->inode, .pid = n->pid, .entity = owner};
        if (kept++ != i)
            t->items[kept - 1] = *n;
    }
    t->count = kept;
}

void network_table_look(struct network_table *t, struct cgroup_tree *tree,
    const struct process_table *processes, struct kfile_buffer *buffer, uint64_t own)
{
    const struct look l = {t, tree, processes, buffer};

    if (t->proc_fd < 0)
        return;
    t->host = own;
    (void)namespace_of(t, 1, &t->host);
    t->denied = 0;
    for (uint32_t i = 0; i < tree->count; i++)
        if (is_due(t, &tree->items[i], i))
            look_at(&l, &tree->items[i]);
    for (uint32_t i = 0; i < t->count; i++)
        t->items[i].was_seen = false;
    for (uint32_t i = 0; i < tree->count; i++)
        note(t, &tree->items[i]);
    settle(t, tree);
    t->looks++;
}

/* ---- what they count ---- */

/* Reads a file of n's process, if it has that inode (0: any). Returns its length or < 0. */
static long read_file(const struct network_table *t, const struct network *n, const char *file,
    uint64_t inode, struct kfile_buffer *buffer)
{
    struct kfile f = {.fd = -1};
    char path[PATH_BYTES];
    struct stat st;
    size_t length = 0;

    (void)snprintf(path, sizeof(path), "%u/net/%s", n->pid, file);
    int r = kfile_open(&f, t->proc_fd, path);
    if (r == 0 && inode != 0 && (fstat(f.fd, &st) < 0 || st.st_ino != inode))
        r = -ESRCH;
    if (r == 0)
        r = kfile_read_piece(&f, buffer, &length);
    kfile_close(&f);
    return r < 0 ? r : (long)length;
}

static void add_connections(
    struct network *n, const struct network_reading *r, enum network_count what, bool has, uint64_t value)
{
    static const enum metric_id metrics[NETWORK_COUNTS] = {
        [NETWORK_OUT] = METRIC_CONNECTIONS_OUT,
        [NETWORK_IN] = METRIC_CONNECTIONS_IN,
        [NETWORK_FAILED] = METRIC_CONNECTIONS_FAILED,
    };

    if (!n->has_first)
        n->first[what] = value;
    if (has && value >= n->first[what])
        frame_add(r->frame, &n->slots[what], n->entity, metrics[what], (double)(value - n->first[what]));
}

static void add_overflows(struct network *n, const struct network_reading *r, uint64_t overflows)
{
    static const struct counter_rules rules = {.max_gap_ns = OVERFLOWS_GAP_NS};
    double delta, dt_s;

    if (counter_update(&n->overflows, &rules, r->mono_ns, (double)overflows, &delta, &dt_s) == COUNTER_RATE)
        frame_add_named(r->frame, &n->overflows_slot, n->entity, METRIC_LISTEN_OVERFLOWS_NAME,
            frame_rounded(delta / dt_s));
}

static void gather(const struct network_table *t, struct network *n, const struct network_reading *r)
{
    struct proc_net_tcp tcp;
    uint64_t overflows;
    long length = read_file(t, n, "snmp", n->inode, r->buffer);

    if (length < 0) {
        n->pid = 0;
        return;
    }
    if (proc_net_tcp_parse(r->buffer->data, (size_t)length, &tcp) < 0)
        return;
    add_connections(n, r, NETWORK_OUT, tcp.has_opened, tcp.opened);
    add_connections(n, r, NETWORK_IN, tcp.has_accepted, tcp.accepted);
    add_connections(n, r, NETWORK_FAILED, tcp.has_failed, tcp.failed);
    n->has_first = true;
    if (n->turns++ % NETWORK_NETSTAT_TURN != 0)
        return;
    length = read_file(t, n, "netstat", 0, r->buffer);
    if (length >= 0 && proc_net_overflows_parse(r->buffer->data, (size_t)length, &overflows) == 0)
        add_overflows(n, r, overflows);
}

void network_table_round(struct network_table *t, const struct network_reading *r)
{
    uint32_t count = t->count < NETWORK_READINGS ? t->count : NETWORK_READINGS;

    for (uint32_t i = 0; i < count; i++) {
        struct network *n = &t->items[t->turn++ % t->count];
        if (n->pid != 0 && n->entity != ENTITY_NONE)
            gather(t, n, r);
    }
    if (t->count > 0)
        t->turn %= t->count;
}
