/* SPDX-License-Identifier: MIT
 * What the deep sense reads of processes and JVMs: on trees that stand before /proc, and on a process of this
 * test's own whose threads wait in a futex. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_fixture.h"
#include "ingestion/deep/deep_eye.h"

static struct deep_eye eye;
static struct tree tree;

/* An eye on the tree's proc. Boot time and clock are this machine's, so a process that started at tick 1 is
 * older than every file here. */
static void open_eye(const char *root)
{
    char path[FIXTURE_PATH_MAX];

    memset(&eye, 0, sizeof(eye));
    (void)snprintf(path, sizeof(path), "%s/proc", root);
    eye.proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    eye.self_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(eye.proc_fd >= 0 && eye.self_fd >= 0);
    (void)snprintf(path, sizeof(path), "%s/tmp", root);
    eye.tmp_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    eye.out_fd = -1;
    eye.tick_hz = (double)sysconf(_SC_CLK_TCK);
    eye.max_jvms = 32;
}

static void put_process(unsigned pid, unsigned threads, unsigned long long start, const char *ns_pid)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "proc/%u/stat", pid);
    tree_putf(&tree, path, "%u (java) S 1 5 5 0 -1 4194560 900 0 3 0 17 5 0 0 20 0 %u 0 %llu 1000000 200 1\n",
        pid, threads, start);
    (void)snprintf(path, sizeof(path), "proc/%u/status", pid);
    tree_putf(&tree, path, "Name:\tjava\nUid:\t%u\t%u\t%u\t%u\nNSpid:\t%s\n", getuid(), geteuid(), geteuid(),
        geteuid(), ns_pid);
}

/* Copies a real JVM's file. */
static void put_perf(const char *path)
{
    char from[FIXTURE_PATH_MAX], to[FIXTURE_PATH_MAX];
    static char bytes[32768];

    (void)snprintf(
        from, sizeof(from), "%s/tests/golden/hsperfdata/jdk17-serial", getenv("COHERENCE_SOURCE_ROOT"));
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(in, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
    (void)close(in);
    tree_put(&tree, path, "");
    (void)snprintf(to, sizeof(to), "%s/%s", tree.root, path);
    const int out = open(to, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(out, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
    (void)close(out);
}

static void in_tree(char out[FIXTURE_PATH_MAX], const char *path)
{
    (void)snprintf(out, FIXTURE_PATH_MAX, "%s/%s", tree.root, path);
}

static void make_mode(const char *path, mode_t mode)
{
    char full[FIXTURE_PATH_MAX];

    in_tree(full, path);
    assert_int_equal(chmod(full, mode), 0);
}

#define FOLDER "proc/77/root/tmp/hsperfdata_someone"

/* A process 77 with a JVM's file in the tmp of its own root. */
static void make_jvm(const char *ns_pid)
{
    char path[64];

    tree_make(&tree);
    put_process(77, 20, 1, ns_pid);
    (void)snprintf(
        path, sizeof(path), FOLDER "/%s", strrchr(ns_pid, '\t') ? strrchr(ns_pid, '\t') + 1 : ns_pid);
    put_perf(path);
    make_mode(FOLDER, 0755);
}

/* Looks for the JVM. Returns whether one was found. */
static bool find(void)
{
    open_eye(tree.root);
    eye_scan(&eye, 1);
    return eye.jvms[0].id.pid != 0;
}

static void test_a_jvm_is_found_read_and_lost(void **state)
{
    struct deep_jvm j;

    (void)state;
    make_jvm("77");
    assert_true(find());
    assert_int_equal(eye.jvms[0].id.pid, 77);
    assert_int_equal(eye_read_jvm(&eye, &eye.jvms[0], &j), 1);
    assert_string_equal(j.name, "Golden");
    assert_true(j.reading.gc_count == 18); /* tests/golden/hsperfdata */
    assert_true(j.id.pid == 77 && j.id.start_ticks == 1);
    eye.scan_begin_ns = 0;
    eye_scan(&eye, 1); /* another pass does not take it twice */
    assert_int_equal(eye.jvms[1].id.pid, 0);
    put_process(77, 20, 2, "77"); /* the number lives on: another process */
    assert_int_equal(eye_read_jvm(&eye, &eye.jvms[0], &j), -ESRCH);
    eye_forget_jvm(&eye.jvms[0]);
    assert_int_equal(eye.jvms[0].id.pid, 0);
    tree_done(&tree);
}

static void test_a_jvm_that_is_a_corpse_is_none(void **state)
{
    struct deep_jvm j;

    (void)state;
    make_jvm("77");
    assert_true(find());
    tree_put(&tree, "proc/77/stat", "77 (java) Z 1 5 5 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 20 0 1 0 0 1\n");
    assert_int_equal(eye_read_jvm(&eye, &eye.jvms[0], &j), -ESRCH);
    tree_done(&tree);
}

static void test_in_a_container_the_file_has_the_inner_number(void **state)
{
    (void)state;
    make_jvm("77\t12\t1");
    assert_true(find());
    tree_done(&tree);
    make_jvm("77");
    put_process(77, 20, 1, "77\t12\t1"); /* file 77 there is somebody else's */
    assert_false(find());
    tree_done(&tree);
}

static void test_where_the_root_is_closed_the_hosts_tmp_is_looked_at(void **state)
{
    char from[FIXTURE_PATH_MAX], to[FIXTURE_PATH_MAX];

    (void)state;
    make_jvm("77");
    in_tree(from, "proc/77/root/tmp");
    in_tree(to, "tmp");
    assert_int_equal(rename(from, to), 0);
    in_tree(from, "proc/77/root");
    assert_int_equal(rmdir(from), 0);
    assert_true(find());
    put_process(77, 20, 1, "77\t77"); /* not for a process of a container */
    assert_false(find());
    tree_done(&tree);
}

/* Somebody puts something else in the file's place. */
static void test_what_is_no_plain_file_of_the_owner_is_not_opened(void **state)
{
    char path[FIXTURE_PATH_MAX], other[FIXTURE_PATH_MAX];

    (void)state;
    make_jvm("77");
    in_tree(path, FOLDER "/77");
    in_tree(other, FOLDER "/other");
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink("other", path), 0);
    assert_false(find());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* opening it would wait, or wake somebody */
    assert_false(find());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(link(other, path), 0); /* a second name: of anybody's file, perhaps */
    assert_false(find());
    assert_int_equal(unlink(other), 0); /* and with one name it is taken */
    assert_true(find());
    assert_int_equal(truncate(path, 16), 0);
    assert_false(find());
    assert_int_equal(truncate(path, HSPERFDATA_BYTES_MAX + 1), 0);
    assert_false(find());
    tree_done(&tree);
}

static void test_a_folder_that_others_may_write_to_is_not_trusted(void **state)
{
    char path[FIXTURE_PATH_MAX], other[FIXTURE_PATH_MAX];

    (void)state;
    make_jvm("77");
    make_mode(FOLDER, 0777);
    assert_false(find());
    make_mode(FOLDER, 0775);
    assert_false(find());
    make_mode(FOLDER, 0700);
    assert_true(find());
    in_tree(path, FOLDER);
    in_tree(other, "proc/77/root/tmp/elsewhere");
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_false(find());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rename(other, path), 0);
    assert_true(find());
    in_tree(path, "proc/77/root/tmp"); /* tmp itself as a link: it would lead through our root */
    in_tree(other, "proc/77/root/temporary");
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink("temporary", path), 0);
    assert_false(find());
    tree_done(&tree);
}

static void test_files_of_other_users_are_not_trusted(void **state)
{
    char path[FIXTURE_PATH_MAX];

    (void)state;
    if (geteuid() != 0) {
        print_message("# SKIP only root can give files away\n");
        return;
    }
    make_jvm("77");
    in_tree(path, FOLDER "/77");
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_false(find());
    assert_int_equal(chown(path, 0, 0), 0);
    assert_true(find());
    in_tree(path, FOLDER);
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_false(find());
    tree_done(&tree);
}

static void test_a_file_older_than_its_process_is_a_dead_jvms(void **state)
{
    struct timespec up;

    (void)state;
    make_jvm("77");
    assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &up), 0);
    const unsigned long long hz = (unsigned long long)sysconf(_SC_CLK_TCK);
    put_process(77, 20, ((unsigned long long)up.tv_sec + 10) * hz, "77"); /* 10 s younger than the file */
    assert_false(find());
    put_process(77, 20, ((unsigned long long)up.tv_sec - 1) * hz, "77");
    assert_true(find());
    tree_done(&tree);
}

static void test_jvms_beyond_the_limit_are_counted(void **state)
{
    (void)state;
    make_jvm("77");
    put_process(78, 20, 1, "78");
    put_perf("proc/78/root/tmp/hsperfdata_x/78");
    make_mode("proc/78/root/tmp/hsperfdata_x", 0700);
    open_eye(tree.root);
    eye.max_jvms = 1;
    eye_scan(&eye, 1);
    assert_true(eye.jvms[0].id.pid != 0 && eye.jvms[1].id.pid == 0);
    assert_int_equal(eye.jvms_excess, 1);
    tree_done(&tree);
}

static void test_processes_of_one_thread_and_kernel_threads_are_not_chosen(void **state)
{
    (void)state;
    tree_make(&tree);
    put_process(5, 1, 1, "5");
    put_process(6, 3, 1, "6");
    put_process(7, 9, 1, "7");
    tree_put(&tree, "proc/8/stat", "8 (kworker) S 1 5 5 0 -1 2129984 900 0 3 0 17 5 0 0 20 0 9 0 8 1 2 3\n");
    tree_put(&tree, "proc/9/stat", "garbage\n");
    tree_put(&tree, "proc/version", "x\n");
    open_eye(tree.root);
    eye.own[0] = 4;
    for (int i = 0; eye.scanning || i == 0; i++)
        eye_scan(&eye, 1);
    assert_int_equal(eye.process_count, 2);
    assert_int_equal(eye.processes[0].id.pid, 7); /* with nothing known of their CPU time, most threads */
    assert_int_equal(eye.processes[1].id.pid, 6);
    tree_done(&tree);
}

static void put_task(int task, char state, const char *wchan)
{
    char path[64], text[128];

    (void)snprintf(path, sizeof(path), "proc/6/task/%d/wchan", task);
    tree_put(&tree, path, wchan);
    (void)snprintf(path, sizeof(path), "proc/6/task/%d/stat", task);
    (void)snprintf(
        text, sizeof(text), "%d (x) %c 1 5 5 0 -1 0 9 0 3 0 1 5 0 0 20 0 9 0 8 1 2 3\n", task, state);
    tree_put(&tree, path, text);
}

static void test_one_process_is_read(void **state)
{
    struct deep_process p;
    uint32_t budget = 100;

    (void)state;
    tree_make(&tree);
    put_process(6, 3, 1, "6");
    tree_put(&tree, "proc/6/io", "read_bytes: 4096\nwrite_bytes: 8192\n");
    tree_put(&tree, "proc/6/limits",
        "Max open files            1024                 4096                 files\n");
    put_task(6, 'S', "futex_do_wait");
    put_task(7, 'S', "ep_poll");
    put_task(8, 'R', "0");
    put_task(9, 'S', "0"); /* nobody may know where it sleeps */
    open_eye(tree.root);
    eye_watch(&eye, &(struct deep_id){6, 1}, 1);
    assert_int_equal(eye.process_count, 1);
    assert_true(eye_look(&eye, &eye.processes[0], &budget, &p));
    assert_true(p.read_bytes == 4096 && p.written_bytes == 8192 && p.open_files_limit == 1024);
    assert_int_equal(p.tasks_known, 3);
    assert_int_equal(p.tasks_futex, 1);
    assert_int_equal(budget, 96);
    assert_int_equal(eye.round.hidden, 0);
    /* Another process under that number is not the one that is meant. */
    eye_watch(&eye, &(struct deep_id){6, 2}, 1);
    assert_int_equal(eye.process_count, 0);
    tree_done(&tree);
}

static void test_hidden_threads_are_unknown_not_free_of_locks(void **state)
{
    struct deep_process p;
    uint32_t budget = 100;

    (void)state;
    tree_make(&tree);
    put_process(6, 3, 1, "6");
    put_task(6, 'S', "0");
    open_eye(tree.root);
    eye_watch(&eye, &(struct deep_id){6, 1}, 1);
    assert_true(eye_look(&eye, &eye.processes[0], &budget, &p));
    assert_int_equal(p.tasks_known, 0);
    assert_int_equal(eye.round.hidden, 1);
    assert_true(isnan(p.read_bytes) && isnan(p.open_files_limit));
    tree_done(&tree);
}

/* One round: returns how many threads were looked at. */
static uint32_t look(struct deep_process *p)
{
    uint32_t budget = 100;

    eye.round.hidden = 0;
    assert_true(eye_look(&eye, &eye.processes[0], &budget, p));
    return 100 - budget;
}

static void test_who_hides_is_looked_at_seldom(void **state)
{
    struct deep_process p;
    uint32_t looked = 0;

    (void)state;
    tree_make(&tree);
    put_process(6, 9, 1, "6");
    for (int i = 1; i <= 9; i++)
        put_task(i, 'S', "0");
    put_task(5, 'R', "0");
    open_eye(tree.root);
    eye_watch(&eye, &(struct deep_id){6, 1}, 1);
    for (int round = 0; round < 30; round++) {
        uint32_t n = look(&p);
        assert_true(n == 0 || n == EYE_HIDDEN_TASKS || n == EYE_HIDDEN_TASKS + 1); /* one of them may run */
        assert_int_equal(p.tasks_known, 0);
        assert_int_equal(eye.round.hidden, 1);
        looked += n > 0;
    }
    assert_int_equal(looked, 3 + 2); /* the tenth and the twentieth */
    /* It hides no more: seen within ten rounds, and from then on always. */
    for (int i = 1; i <= 9; i++)
        put_task(i, 'S', "futex_wait");
    for (int round = 0; round < 9 && look(&p) == 0; round++)
        ;
    assert_true(p.tasks_known == 9 && p.tasks_futex == 9 && eye.round.hidden == 0);
    assert_int_equal(look(&p), 9);
    for (int round = 0; round < 2; round++) { /* once is not always */
        for (int i = 1; i <= 9; i++)
            put_task(i, 'S', round == 0 ? "0" : "futex_wait");
        assert_int_equal(look(&p), round == 0 ? EYE_HIDDEN_TASKS : 9);
    }
    /* Some that have just fallen asleep are no refusal, when others tell. */
    for (int i = 3; i <= 9; i++)
        put_task(i, 'S', "0");
    for (int round = 0; round < 5; round++) {
        look(&p);
        if (p.tasks_known == 2)
            assert_true(p.tasks_futex == 2 && eye.round.hidden == 0);
        else
            assert_true(p.tasks_known == 0 && eye.round.hidden == 1); /* four others came first */
    }
    tree_done(&tree);
}

static void test_the_only_thread_needs_no_list(void **state)
{
    struct deep_process p;

    (void)state;
    tree_make(&tree);
    put_process(6, 1, 1, "6");
    put_task(6, 'S', "futex_wait");
    put_task(7, 'S', "ep_poll"); /* not there when its file was read */
    open_eye(tree.root);
    eye_watch(&eye, &(struct deep_id){6, 1}, 1);
    assert_int_equal(look(&p), 1);
    assert_true(p.tasks_known == 1 && p.tasks_futex == 1);
    put_task(6, 'R', "0");
    assert_int_equal(look(&p), 1);
    assert_true(p.tasks_known == 1 && p.tasks_futex == 0);
    put_task(6, 'S', "0");
    assert_int_equal(look(&p), 1);
    assert_true(p.tasks_known == 0 && eye.round.hidden == 1);
    uint32_t none = 0;
    assert_true(eye_look(&eye, &eye.processes[0], &none, &p));
    assert_true(p.tasks_known == 0 && none == 0);
    tree_done(&tree);
}

static void test_of_many_threads_each_round_takes_the_next_ones(void **state)
{
    struct deep_process p;

    (void)state;
    tree_make(&tree);
    put_process(6, 9, 1, "6");
    for (int i = 1; i <= 9; i++)
        put_task(i, 'S', i <= 4 ? "futex_wait" : "ep_poll");
    open_eye(tree.root);
    eye_watch(&eye, &(struct deep_id){6, 1}, 1);
    uint32_t futex = 0, known = 0;
    for (int round = 0; round < 3; round++) { /* 4, 4 and the last one */
        uint32_t budget = 4;
        assert_true(eye_look(&eye, &eye.processes[0], &budget, &p));
        known += p.tasks_known;
        futex += p.tasks_futex;
    }
    assert_int_equal(known, 9);
    assert_int_equal(futex, 4);
    tree_done(&tree);
}

/* ---- a real process ---- */

#define WAITERS 8

static void *wait_in_futex(void *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}

static _Noreturn void live_with_waiters(int ready_fd)
{
    static int word;
    pthread_t thread;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the test fails half-way */
    for (int i = 0; i < WAITERS; i++)
        if (pthread_create(&thread, NULL, wait_in_futex, &word) != 0)
            _exit(1);
    (void)!write(ready_fd, "x", 1);
    for (;;)
        pause();
}

static void test_threads_that_wait_for_a_lock_are_seen(void **state)
{
    struct deep_process p = {0};
    struct proc_pid_stat s;
    char byte, path[32];
    int ready[2];

    (void)state;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0)
        live_with_waiters(ready[1]);
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    open_eye("");
    (void)snprintf(path, sizeof(path), "%d/stat", (int)child);
    const long n = eye_read(&eye, eye.proc_fd, path);
    assert_int_equal(proc_pid_stat_parse(eye.text, (size_t)n, &s), 0);
    eye_watch(&eye, &(struct deep_id){(uint32_t)child, s.start_ticks}, 1);
    assert_int_equal(eye.process_count, 1);
    /* On a busy machine it takes a while until all of them sleep. */
    for (int tries = 0; tries < 1000 && (p.tasks_futex < WAITERS || p.tasks_known <= WAITERS); tries++) {
        uint32_t budget = 100;
        assert_true(eye_look(&eye, &eye.processes[0], &budget, &p));
        if (eye.round.hidden)
            break;
        (void)usleep(10000);
    }
    if (eye.round.hidden)
        print_message("# SKIP this kernel hides what threads wait for\n");
    else
        assert_true(p.tasks_futex == WAITERS && p.tasks_known == WAITERS + 1);
    assert_true(p.open_files >= 3 && p.open_files_limit >= 3);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    uint32_t budget = 100;
    assert_false(eye_look(&eye, &eye.processes[0], &budget, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_jvm_is_found_read_and_lost),
        cmocka_unit_test(test_a_jvm_that_is_a_corpse_is_none),
        cmocka_unit_test(test_in_a_container_the_file_has_the_inner_number),
        cmocka_unit_test(test_where_the_root_is_closed_the_hosts_tmp_is_looked_at),
        cmocka_unit_test(test_what_is_no_plain_file_of_the_owner_is_not_opened),
        cmocka_unit_test(test_a_folder_that_others_may_write_to_is_not_trusted),
        cmocka_unit_test(test_files_of_other_users_are_not_trusted),
        cmocka_unit_test(test_a_file_older_than_its_process_is_a_dead_jvms),
        cmocka_unit_test(test_jvms_beyond_the_limit_are_counted),
        cmocka_unit_test(test_processes_of_one_thread_and_kernel_threads_are_not_chosen),
        cmocka_unit_test(test_one_process_is_read),
        cmocka_unit_test(test_hidden_threads_are_unknown_not_free_of_locks),
        cmocka_unit_test(test_who_hides_is_looked_at_seldom),
        cmocka_unit_test(test_the_only_thread_needs_no_list),
        cmocka_unit_test(test_of_many_threads_each_round_takes_the_next_ones),
        cmocka_unit_test(test_threads_that_wait_for_a_lock_are_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
