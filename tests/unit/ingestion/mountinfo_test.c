/* SPDX-License-Identifier: MIT
 * Mounts, and which of them are the cgroup hierarchies that count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/cgroup_layout.h"
#include "ingestion/host/mountinfo.h"

#define ROOT   "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard\n"
#define V1_CPU "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define V1_MEM "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
#define V2     "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"

static void splits_a_line(void **state)
{
    const char *text = "36 35 98:0 /mnt1 /mnt\\0402\\134x rw,noatime master:1 propagate_from:2 - ext3 "
                       "/dev/root rw,errors=continue\n";
    const char *p = text;
    char point[32];
    struct mount m;

    (void)state;
    assert_int_equal(mountinfo_next(&p, text + strlen(text), &m), 1);
    assert_memory_equal(m.root.p, "/mnt1", m.root.n);
    assert_int_equal(m.root.n, 5);
    assert_int_equal(mount_span_text(&m.point, point, sizeof(point)), 8);
    assert_string_equal(point, "/mnt 2\\x");
    assert_int_equal(m.type.n, 4);
    assert_true(mount_has_option(&m, "rw"));
    assert_true(mount_has_option(&m, "errors=continue"));
    assert_false(mount_has_option(&m, "errors"));
    assert_false(mount_has_option(&m, ""));
    assert_int_equal(mountinfo_next(&p, text + strlen(text), &m), 0);
}

static void a_bad_line_is_stepped_over(void **state)
{
    const char *text = "garbage\n\n1 2 3 root point rw - t s o\n1 2 3 / / rw shared:1 ext4 dev rw\n" ROOT
                       "27 1 254:0 / / rw - ext4 a";
    const char *p = text, *end = text + strlen(text);
    struct mount m;

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(mountinfo_next(&p, end, &m), -EBADMSG);
    assert_int_equal(mountinfo_next(&p, end, &m), 1);
    assert_int_equal(mountinfo_next(&p, end, &m), -EBADMSG); /* cut */
    assert_int_equal(mountinfo_next(&p, end, &m), 0);
}

static void a_name_is_bounded(void **state)
{
    const struct mount_span s = {"/abc\\040", 8}, nul = {"/a\\000b", 7}, half = {"/a\\04", 5};
    char out[8];

    (void)state;
    assert_int_equal(mount_span_text(&s, out, 6), 5);
    assert_string_equal(out, "/abc ");
    assert_int_equal(mount_span_text(&s, out, 5), -ENAMETOOLONG);
    assert_string_equal(out, "");
    assert_int_equal(mount_span_text(&nul, out, sizeof(out)), -EBADMSG);
    assert_int_equal(mount_span_text(&half, out, sizeof(out)), 5);
}

static struct cgroup_layout layout(const char *text)
{
    struct cgroup_layout l;

    cgroup_layout_parse(text, strlen(text), &l);
    return l;
}

static void v1_shares_a_mount(void **state)
{
    struct cgroup_layout l = layout(ROOT V1_MEM V1_CPU);

    (void)state;
    assert_int_equal(l.mount_count, 2);
    assert_int_equal(l.role_mount[CGROUP_USAGE], l.role_mount[CGROUP_QUOTA]);
    assert_string_equal(l.mounts[l.role_mount[CGROUP_USAGE]].point, "/sys/fs/cgroup/cpu,cpuacct");
    assert_string_equal(l.mounts[l.role_mount[CGROUP_MEMORY]].point, "/sys/fs/cgroup/memory");
    assert_false(l.mounts[0].is_v2);
    assert_true(l.mounts[0].is_whole);
}

static void v2_alone_serves_all(void **state)
{
    struct cgroup_layout l = layout(ROOT V2);

    (void)state;
    assert_int_equal(l.mount_count, 1);
    for (int role = 0; role < CGROUP_ROLE_COUNT; role++)
        assert_int_equal(l.role_mount[role], 0);
    assert_true(l.mounts[0].is_v2);
}

static void hybrid_prefers_v1_where_it_has_the_controller(void **state)
{
    struct cgroup_layout l = layout(ROOT V2 V1_CPU);

    (void)state;
    assert_false(l.mounts[l.role_mount[CGROUP_USAGE]].is_v2);
    assert_true(l.mounts[l.role_mount[CGROUP_MEMORY]].is_v2);
}

static void none_is_none(void **state)
{
    struct cgroup_layout l = layout(ROOT);

    (void)state;
    assert_int_equal(l.mount_count, 0);
    for (int role = 0; role < CGROUP_ROLE_COUNT; role++)
        assert_int_equal(l.role_mount[role], CGROUP_MOUNT_NONE);
}

static void copies_in_other_places_lose(void **state)
{
    struct cgroup_layout l = layout("1 2 0:1 / /var/lib/a/rootfs/sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
                                    "1 2 0:1 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
                                    "1 2 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
                                    "1 2 0:1 / /sys/fs/cgroup/later rw - cgroup2 cgroup2 rw\n");

    (void)state;
    assert_int_equal(l.mount_count, 1);
    assert_string_equal(l.mounts[0].point, "/sys/fs/cgroup");
    assert_true(l.mounts[0].is_whole);
    l = layout("1 2 0:1 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    assert_false(l.mounts[0].is_whole);
}

/* As a container sees the host's mounts from its own cgroup namespace (Linux 6.18, unshare -C). */
static void what_begins_above_our_namespace_is_whole(void **state)
{
    struct cgroup_layout l = layout("41 31 0:38 /../.. /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n"
                                    "42 31 0:38 / /copy rw,relatime - cgroup2 cgroup2 rw\n");

    (void)state;
    assert_string_equal(l.mounts[0].point, "/sys/fs/cgroup");
    assert_true(l.mounts[0].is_whole);
    assert_int_equal(l.mounts[0].above, 2);
    l = layout("1 2 0:1 /../other /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    assert_false(l.mounts[0].is_whole);
    l = layout("1 2 0:1 /..name /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    assert_false(l.mounts[0].is_whole);
    l = layout("1 2 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    assert_int_equal(l.mounts[0].above, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_a_line),
        cmocka_unit_test(a_bad_line_is_stepped_over),
        cmocka_unit_test(a_name_is_bounded),
        cmocka_unit_test(v1_shares_a_mount),
        cmocka_unit_test(v2_alone_serves_all),
        cmocka_unit_test(hybrid_prefers_v1_where_it_has_the_controller),
        cmocka_unit_test(none_is_none),
        cmocka_unit_test(copies_in_other_places_lose),
        cmocka_unit_test(what_begins_above_our_namespace_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
