/* SPDX-License-Identifier: MIT
 * Configuration files on disk: what is refused before a byte of it is parsed, and what of conf.d is taken. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/yaml.h"
#include "config/config.h"
#include "config/file.h"
#include "heard.h"

#define NOBODY 65534 /* uid without rights, on Debian */

static struct heard heard;
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/config_file.XXXXXX");
    heard_clear(&heard);
    return mkdtemp(folder) ? chdir(folder) : -1;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return chdir("/") || system(command);
}

static void write_bytes(const char *name, size_t n)
{
    FILE *f = fopen(name, "wb");

    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        fputc('#', f);
    assert_int_equal(fclose(f), 0);
}

static void assert_refused(const char *path, const char *line)
{
    heard_clear(&heard);
    assert_int_equal(config_check(path, heard_problem, &heard), -EINVAL);
    assert_string_equal(heard.lines, line);
}

static void only_regular_files(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("fifo", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_refused(".", ".: is a directory; a configuration is a regular file\n");
    assert_refused("fifo", "fifo: is a FIFO; a configuration is a regular file\n");
    assert_refused("link", "link: is a FIFO; a configuration is a regular file\n");
    assert_refused("socket", "socket: is a socket; a configuration is a regular file\n");
    assert_refused("/dev/zero", "/dev/zero: is a device; a configuration is a regular file\n");
    assert_refused("dangling", "dangling: cannot read the configuration: No such file or directory\n");
    assert_refused("", "cannot read the configuration: No such file or directory\n");
    close(fd);
}

static void a_mebibyte_at_most(void **state)
{
    (void)state;
    char *bytes;
    size_t n;
    struct error e;

    write_bytes("full", YAML_FILE_MAX);
    assert_int_equal(config_file_read("full", &bytes, &n, &e), 0);
    assert_int_equal(n, YAML_FILE_MAX);
    free(bytes);
    write_bytes("over", YAML_FILE_MAX + 1);
    assert_refused("over", "over: is larger than 1048576 bytes; a configuration is not\n");
}

static void an_unreadable_file(void **state)
{
    (void)state;
    write_bytes("secret", 1);
    assert_int_equal(chmod("secret", 0), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    const uid_t root = geteuid();
    if (root == 0)
        assert_int_equal(seteuid(NOBODY), 0); /* root reads every file */
    assert_refused("secret", "secret: cannot read the configuration: Permission denied\n");
    if (root == 0)
        assert_int_equal(seteuid(root), 0);
}

static struct config_fragments fragments;

static void fragments_in_the_order_of_their_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"b.yaml", "B.yaml", "10.yaml", "9.yaml", ".hidden.yaml", "a.yaml~",
        "a.yaml.rpmsave", "README", ".yaml"};
    char path[128];

    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), 0);
    assert_int_equal(fragments.count, 0);
    mkdir("conf.d", 0755);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "conf.d/%s", names[i]);
        write_bytes(path, 1);
    }
    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), 0);
    assert_int_equal(fragments.count, 4);
    assert_string_equal(fragments.paths[0], "conf.d/10.yaml");
    assert_string_equal(fragments.paths[1], "conf.d/9.yaml");
    assert_string_equal(fragments.paths[2], "conf.d/B.yaml");
    assert_string_equal(fragments.paths[3], "conf.d/b.yaml");
    assert_string_equal(heard.lines, "");
    /* Beside the file, wherever that is. */
    snprintf(path, sizeof(path), "%s/c.yaml", folder);
    assert_int_equal(config_fragments_list(path, &fragments, heard_problem, &heard), 0);
    assert_int_equal(fragments.count, 4);
    assert_int_equal(strncmp(fragments.paths[0], folder, strlen(folder)), 0);
}

/* A mounted volume swaps its content through links: conf.d/x.yaml -> ..data/x.yaml, ..data -> ..1/. */
static void links_must_stay_inside(void **state)
{
    (void)state;
    mkdir("conf.d", 0755);
    mkdir("conf.d/..1", 0755);
    mkdir("conf.d-other", 0755);
    write_bytes("conf.d/..1/x.yaml", 1);
    write_bytes("outside.yaml", 1);
    write_bytes("conf.d-other/y.yaml", 1);
    assert_int_equal(symlink("..1", "conf.d/..data"), 0);
    assert_int_equal(symlink("..data/x.yaml", "conf.d/x.yaml"), 0);
    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), 0);
    assert_int_equal(fragments.count, 1);

    assert_int_equal(symlink("../outside.yaml", "conf.d/out.yaml"), 0);
    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), -EINVAL);
    assert_string_equal(
        heard.lines, "conf.d/out.yaml: is a link that leads out of conf.d; put the file itself there\n");
    assert_int_equal(fragments.count, 1);

    heard_clear(&heard);
    unlink("conf.d/out.yaml");
    assert_int_equal(symlink("../conf.d-other/y.yaml", "conf.d/y.yaml"), 0);
    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), -EINVAL);
    assert_int_equal(heard.count, 1);
}

static void what_somebody_hopes_to_be_read(void **state)
{
    (void)state;
    mkdir("conf.d", 0755);
    write_bytes("conf.d/x.yml", 1);
    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), -EINVAL);
    assert_string_equal(heard.lines, "conf.d/x.yml: is not read: rename it to end in .yaml\n");
}

static void conf_d_that_is_a_file(void **state)
{
    (void)state;
    write_bytes("conf.d", 1);
    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), -EINVAL);
    assert_string_equal(heard.lines, "conf.d: Not a directory\n");
}

static void sixty_four_fragments(void **state)
{
    (void)state;
    char path[64];

    mkdir("conf.d", 0755);
    for (int i = 0; i < 65; i++) {
        snprintf(path, sizeof(path), "conf.d/%02d.yaml", i);
        write_bytes(path, 0);
        if (i == 63)
            assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), 0);
    }
    assert_int_equal(config_fragments_list("c.yaml", &fragments, heard_problem, &heard), -EINVAL);
    assert_int_equal(fragments.count, 64);
    assert_non_null(strstr(heard.lines, "is one file too many"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_regular_files, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_mebibyte_at_most, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(an_unreadable_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(fragments_in_the_order_of_their_bytes, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(links_must_stay_inside, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_somebody_hopes_to_be_read, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(conf_d_that_is_a_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(sixty_four_fragments, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("config_file", tests, NULL, NULL);
}
