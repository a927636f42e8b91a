/* SPDX-License-Identifier: MIT
 * Which mounts are file systems that can fill up, and which of several names one goes by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ingestion/host/filesystem_table.h"

static struct filesystem_table table;

static void parse(const char *text)
{
    filesystem_table_parse(text, strlen(text), &table);
}

static void assert_points(const char *expected)
{
    char points[1024] = "";
    struct text t;
    text_init(&t, points, sizeof(points));
    for (uint32_t i = 0; i < table.count; i++)
        text_addf(&t, "%s ", table.items[i].point);
    assert_string_equal(points, expected);
}

static void only_what_can_fill_and_answers_at_once(void **state)
{
    (void)state;
    parse("21 1 254:0 / / rw - ext4 /dev/vda rw\n"
          "22 21 0:21 / /proc rw - proc proc rw\n"
          "23 21 0:40 / /srv/share rw - nfs4 server:/x rw\n"
          "24 21 0:41 / /srv/own rw - fuse.sshfs x rw\n"
          "25 21 8:1 / /boot ro - ext4 /dev/sda1 ro\n"
          "26 21 7:0 / /snap/core ro - squashfs /dev/loop0 ro\n"
          "27 21 0:50 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n"
          "28 21 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
          "29 21 0:29 / /dev/shm rw - tmpfs tmpfs rw\n"
          "30 21 8:17 / /srv/my\\040data rw - xfs /dev/sdb1 rw\n");
    assert_points("/ /dev/shm /srv/my data ");
    assert_int_equal(table.items[0].major, 254);
    assert_int_equal(table.items[2].minor, 17);
    assert_true(table.items[0].shows_device);
    assert_int_equal(table.items[0].entity, ENTITY_NONE);
}

/* A container's root is an overlay, and so is all that it sees of its own. */
static void the_top_of_a_container_counts(void **state)
{
    (void)state;
    parse("1 2 0:70 / / rw - overlay overlay rw\n3 1 0:71 / /tmp rw - tmpfs tmpfs rw\n");
    assert_points("/ /tmp ");
}

static void a_device_counts_once_where_it_is_whole(void **state)
{
    (void)state;
    parse("1 2 8:1 /srv/a /a rw - ext4 /dev/sda1 rw\n"
          "1 2 8:1 / /a/long/way rw - ext4 /dev/sda1 rw\n"
          "1 2 8:1 / /data rw - ext4 /dev/sda1 rw\n"
          "1 2 8:1 /x /x rw - ext4 /dev/sda1 rw\n"
          "1 2 8:2 /y /y rw - ext4 /dev/sda2 rw\n");
    assert_points("/data /y ");
}

static void what_is_mounted_over_is_hidden(void **state)
{
    (void)state;
    parse("1 2 8:1 / /data rw - ext4 /dev/sda1 rw\n1 2 8:2 / /data rw - xfs /dev/sda2 rw\n");
    assert_points("/data ");
    assert_int_equal(table.items[0].minor, 2);
    parse("1 2 8:1 / /data rw - ext4 /dev/sda1 rw\n1 2 0:99 / /data rw - nfs x:/y rw\n");
    assert_points("");
}

static void more_than_fit_are_counted(void **state)
{
    static char text[FILESYSTEM_MAX * 80 + 400];
    size_t n = 0;
    (void)state;

    for (int i = 0; i < FILESYSTEM_MAX + 3; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "1 2 9:%d / /m%d rw - ext4 d rw\n", i, i);
    parse(text);
    assert_int_equal(table.count, FILESYSTEM_MAX);
    assert_int_equal(table.excess, 3);
}

static void odd_lines_are_passed_over(void **state)
{
    char text[FILESYSTEM_POINT_MAX + 200];
    (void)state;

    parse("1 2 8 / /a rw - ext4 d rw\n1 2 8: / /b rw - ext4 d rw\n1 2 8:x / /c rw - ext4 d rw\n"
          "1 2 99999999999:1 / /d rw - ext4 d rw\n1 2 8:1 / /e\\000f rw - ext4 d rw\nnothing\n"
          "1 2 8:3 / /g rw - ext4 d rw\n1 2 8:4 / /cut rw - ext4 d rw");
    assert_points("/g ");
    snprintf(text, sizeof(text), "1 2 8:1 / /%0*d rw - ext4 d rw\n", FILESYSTEM_POINT_MAX, 0);
    parse(text);
    assert_points("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_can_fill_and_answers_at_once),
        cmocka_unit_test(the_top_of_a_container_counts),
        cmocka_unit_test(a_device_counts_once_where_it_is_whole),
        cmocka_unit_test(what_is_mounted_over_is_hidden),
        cmocka_unit_test(more_than_fit_are_counted),
        cmocka_unit_test(odd_lines_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
