/* SPDX-License-Identifier: MIT
 * Who is told to go, and when: sockets of a pair stand for connections, and one that was told to go is at its
 * end for the peer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http_peers.h"

#define S INT64_C(1000000000)

struct pair {
    int ours, theirs;
};

static struct pair make_pair(void)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    return (struct pair){fds[0], fds[1]};
}

static bool was_told_to_go(const struct pair *p)
{
    char byte;
    return recv(p->theirs, &byte, 1, 0) == 0;
}

static void test_deadlines(void **state)
{
    static const struct {
        enum http_peer_state is;
        int64_t patience_ns;
    } rows[] = {{HTTP_PEER_NEW, HTTP_FIRST_NS}, {HTTP_PEER_IDLE, HTTP_IDLE_NS},
        {HTTP_PEER_ANSWERED, HTTP_ANSWER_NS}, {HTTP_PEER_LISTENS, INT64_MAX}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair p = make_pair();
        struct http_peers peers;
        assert_int_equal(http_peers_init(&peers, 4), 0);
        struct http_peer *peer = http_peers_add(&peers, p.ours, 100 * S);
        http_peer_enter(peer, rows[i].is, 100 * S);
        const bool endless = rows[i].patience_ns == INT64_MAX;
        http_peers_sweep(&peers, 100 * S + (endless ? 1000000 * S : rows[i].patience_ns));
        assert_false(was_told_to_go(&p));
        if (!endless) {
            http_peers_sweep(&peers, 100 * S + rows[i].patience_ns + 1);
            assert_true(was_told_to_go(&p));
            http_peers_sweep(&peers, 100 * S + rows[i].patience_ns + 2);
        }
        assert_int_equal(peers.overdue, endless ? 0 : 1);
        http_peers_remove(&peers, peer);
        assert_int_equal(peers.count, 0);
        http_peers_free(&peers);
        (void)close(p.ours);
        (void)close(p.theirs);
    }
}

/* Beyond the limit the oldest waiting one goes, not one that is being answered or listens. */
static void test_room_is_made(void **state)
{
    struct pair p[5];
    struct http_peer *peer[5];
    struct http_peers peers;

    (void)state;
    assert_int_equal(http_peers_init(&peers, 4), 0);
    for (int i = 0; i < 5; i++) {
        p[i] = make_pair();
        peer[i] = http_peers_add(&peers, p[i].ours, (10 + i) * S);
        assert_non_null(peer[i]);
        if (i == 0)
            http_peer_enter(peer[0], HTTP_PEER_LISTENS, 10 * S);
        if (i == 1)
            http_peer_enter(peer[1], HTTP_PEER_ANSWERED, 11 * S);
    }
    assert_int_equal(peers.evicted, 1);
    assert_false(was_told_to_go(&p[0]) || was_told_to_go(&p[1]));
    assert_true(was_told_to_go(&p[2]));
    assert_false(was_told_to_go(&p[3]) || was_told_to_go(&p[4]));
    for (int i = 0; i < 5; i++) {
        http_peers_remove(&peers, peer[i]);
        (void)close(p[i].ours);
        (void)close(p[i].theirs);
    }
    http_peers_free(&peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_deadlines), cmocka_unit_test(test_room_is_made)};

    return cmocka_run_group_tests_name("http_peers", tests, NULL, NULL);
}
