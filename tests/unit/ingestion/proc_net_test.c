/* SPDX-License-Identifier: MIT
 * /proc/net: TCP's counters and the packets of each interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/proc_net.h"

static const char *const names[] = {"ActiveOpens", "RetransSegs", "MaxConn"};
static const struct proc_net_names wanted = {"Tcp", names, 3};

static int parse(const char *text, uint64_t *v, uint32_t *found)
{
    *found = 0xffff;
    return proc_net_parse(text, strlen(text), &wanted, v, found);
}

static void finds_columns_by_name(void **state)
{
    uint64_t v[3];
    uint32_t found;

    (void)state;
    assert_int_equal(parse("Ip: ActiveOpens\nIp: 99\nTcp: RtoMin RetransSegs New MaxConn ActiveOpens\n"
                           "Tcp: 200 30 -5 -1 1300\nTcpExt: ActiveOpens\nTcpExt: 98\n",
                         v, &found),
        0);
    assert_int_equal(found, 3); /* MaxConn is negative: absent */
    assert_int_equal(v[0], 1300);
    assert_int_equal(v[1], 30);
}

static void a_protocol_may_be_missing(void **state)
{
    uint64_t v[3];
    uint32_t found;

    (void)state;
    assert_int_equal(parse("Ip: A\nIp: 1\nTcpExt: A\nTcpExt: 1\n", v, &found), -ENODATA);
    assert_int_equal(found, 0);
    assert_int_equal(parse("", v, &found), -ENODATA);
}

static void connections_and_their_failures(void **state)
{
    static const char whole[] = "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets RetransSegs\n"
                                "Tcp: 10 20 3 4 5\n",
                      part[] = "Tcp: PassiveOpens AttemptFails\nTcp: 20 3\n", cut[] = "Tcp: ActiveOpens\n";
    struct proc_net_tcp tcp;

    (void)state;
    assert_int_equal(proc_net_tcp_parse(whole, sizeof(whole) - 1, &tcp), 0);
    assert_true(tcp.has_opened && tcp.has_accepted && tcp.has_failed);
    assert_true(tcp.opened == 10 && tcp.accepted == 20 && tcp.failed == 12);
    assert_int_equal(proc_net_tcp_parse(cut, sizeof(cut) - 1, &tcp), -EBADMSG);
    assert_int_equal(tcp.failed, 12);
    /* Some failures are not all: better none. */
    assert_int_equal(proc_net_tcp_parse(part, sizeof(part) - 1, &tcp), 0);
    assert_true(!tcp.has_opened && tcp.has_accepted && !tcp.has_failed);
    assert_int_equal(proc_net_tcp_parse("", 0, &tcp), -ENODATA);
    assert_false(tcp.has_accepted);
}

static int overflows(const char *text, uint64_t *v)
{
    return proc_net_overflows_parse(text, strlen(text), v);
}

static void listen_queues_that_were_full(void **state)
{
    uint64_t v = 77;

    (void)state;
    assert_int_equal(overflows("TcpExt: SyncookiesSent\nTcpExt: 5\n", &v), -ENODATA);
    assert_int_equal(overflows("IpExt: ListenOverflows\nIpExt: 5\n", &v), -ENODATA);
    assert_int_equal(overflows("TcpExt: ListenOverflows\n", &v), -EBADMSG);
    assert_int_equal(v, 77);
    assert_int_equal(overflows("TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 5 6\n", &v), 0);
    assert_int_equal(v, 6);
}

static void refuses_what_does_not_pair(void **state)
{
    static const char *const bad[] = {"Tcp: A ActiveOpens\nTcp: 1\n", "Tcp: ActiveOpens\nTcp: 1 2\n",
        "Tcp: ActiveOpens\n", "Tcp: ActiveOpens\nTcp: 1", "Tcp: ActiveOpens\nUdp: 1\n",
        "Tcp: ActiveOpens ActiveOpens\nTcp: 1 1\n", "Tcp: ActiveOpens\nTcp: x\n",
        "Tcp: ActiveOpens\nTcp: 1.5\n", "Tcp: ActiveOpens\nTcp: 18446744073709551616\n"};
    uint64_t v[3];
    uint32_t found;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parse(bad[i], v, &found), -EBADMSG);
        assert_int_equal(found, 0xffff);
    }
}

#define HEADING "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n"

static void reads_interfaces_without_loopback(void **state)
{
    const char *text = HEADING "    lo:    3267      29    0    0    0     0          0         0     3267   "
                               "   29    0    0    0     0       0          0\n"
                               "  eth0:18987860     794    0    0    0     0          0         0    48983   "
                               "  654    0    0    0     0       0          0\n"
                               "eth0:1: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0 77 78\n";
    struct net_device d[3];
    size_t n = 0;

    (void)state;
    assert_int_equal(net_dev_parse(text, strlen(text), d, 3, &n), 0);
    assert_int_equal(n, 2);
    assert_string_equal(d[0].name, "eth0");
    assert_int_equal(d[0].received_packets, 794);
    assert_int_equal(d[0].sent_packets, 654);
    assert_string_equal(d[1].name, "eth0:1");
    assert_int_equal(d[1].sent_packets, 4);
    assert_int_equal(net_dev_parse(text, strlen(text), d, 1, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(net_dev_parse(HEADING, strlen(HEADING), d, 1, &n), 0);
    assert_int_equal(n, 0);
}

static void refuses_damaged_interfaces(void **state)
{
    static const char *const bad[] = {"", "x\ny\n", HEADING "eth0: 1 2 3\n",
        HEADING "eth0 1 2 0 0 0 0 0 0 3 4\n", HEADING ": 1 2 0 0 0 0 0 0 3 4\n",
        HEADING "an-interface-with-a-name-of-33-by: 1 2 0 0 0 0 0 0 3 4\n",
        HEADING "eth0: 1 2 0 0 x 0 0 0 3 4\n", HEADING "eth0: 1 2 0 0 0 0 0 0 3 4"};
    struct net_device d[3];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t n = 77;
        assert_int_equal(net_dev_parse(bad[i], strlen(bad[i]), d, 3, &n), -EBADMSG);
        assert_int_equal(n, 77);
    }
}

static void a_nul_in_a_name_is_refused(void **state)
{
    static const char text[] = HEADING "e\0h0: 1 2 0 0 0 0 0 0 3 4\n";
    struct net_device d[1];
    size_t n = 77;

    (void)state;
    assert_int_equal(net_dev_parse(text, sizeof(text) - 1, d, 1, &n), -EBADMSG);
    assert_int_equal(n, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_columns_by_name),
        cmocka_unit_test(a_protocol_may_be_missing),
        cmocka_unit_test(connections_and_their_failures),
        cmocka_unit_test(listen_queues_that_were_full),
        cmocka_unit_test(refuses_what_does_not_pair),
        cmocka_unit_test(reads_interfaces_without_loopback),
        cmocka_unit_test(refuses_damaged_interfaces),
        cmocka_unit_test(a_nul_in_a_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
