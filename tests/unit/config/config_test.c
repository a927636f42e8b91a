/* SPDX-License-Identifier: MIT
 * Where a value comes from and who wins: defaults, $STATE_DIRECTORY, file, conf.d, environment, flags; the
 * dump that loads to the same; the rows of all rooms together. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "heard.h"

#define SECOND INT64_C(1000000000)

static struct heard heard;
static struct config c;
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/config_test.XXXXXX");
    heard_clear(&heard);
    config_init(&c);
    return mkdtemp(folder) ? chdir(folder) : -1;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return chdir("/") || system(command);
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "wb");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* Loads c.yaml of the folder with an environment. */
static int load(const char *const *environment)
{
    const struct config_request request = {.file = "c.yaml", .environment = environment};

    heard_clear(&heard);
    config_init(&c);
    return config_load(&c, &request, heard_problem, &heard);
}

static const char *origin_of(const char *key)
{
    static char buffer[512];
    struct text out;

    text_init(&out, buffer, sizeof(buffer));
    for (size_t i = 0; i < config_option_count(); i++)
        if (strcmp(config_option(i)->key, key) == 0)
            config_describe_origin(&c, i, &out);
    return buffer;
}

static void defaults_are_valid(void **state)
{
    (void)state;
    assert_int_equal(config_validate(&c, heard_problem, &heard), 0);
    assert_string_equal(heard.lines, "");
    assert_int_equal(c.engine.profile, PROFILE_DEFAULT);
    assert_true(c.engine.false_alarm_budget_per_day == 1.0 / 30);
    assert_int_equal(c.engine.memory_per_series_bytes, 2048);
    assert_int_equal(c.host.interval_ns, SECOND);
    assert_int_equal(c.seal.mode, SEAL_AUTO);
    assert_string_equal(c.shell.state_dir, "");
    assert_int_equal(c.shell.format, SHELL_FORMAT_TEXT);
    assert_int_equal(c.shell.color, SHELL_COLOR_AUTO);
    assert_int_equal(c.deep.mode, DEEP_AUTO);
    assert_int_equal(c.deep.max_jvms, 32);
    assert_string_equal(origin_of("profile"), "default");
}

static void the_stronger_source_wins(void **state)
{
    (void)state;
    static const char *const environment[] = {"COHERENCE_VETO_TTL=70s", "HOME=/", NULL};

    write_file(
        "c.yaml", "sources: {host: {interval: 2s, max_cpus: 3}}\nveto: {ttl: 50s}\nprofile: classic\n");
    mkdir("conf.d", 0755);
    write_file("conf.d/20.yaml", "sources: {host: {interval: 4s}}\n");
    write_file("conf.d/10.yaml", "\nsources: {host: {interval: 3s, fast_interval: 0}}\nveto: {ttl: 51s}\n");
    assert_int_equal(load(environment), 0);
    assert_int_equal(c.host.interval_ns, 4 * SECOND);
    assert_int_equal(c.host.fast_interval_ns, 0);
    assert_int_equal(c.host.max_cpus, 3);
    assert_int_equal(c.engine.veto_ttl_ns, 70 * SECOND);
    assert_int_equal(c.engine.profile, PROFILE_CLASSIC);
    assert_string_equal(origin_of("sources.host.interval"), "conf.d/20.yaml:1");
    assert_string_equal(origin_of("sources.host.fast_interval"), "conf.d/10.yaml:2");
    assert_string_equal(origin_of("sources.host.max_cpus"), "c.yaml:1");
    assert_string_equal(origin_of("veto.ttl"), "environment COHERENCE_VETO_TTL");
    assert_int_equal(c.file_count, 3);

    struct error e;
    assert_int_equal(config_set(&c, "veto.ttl", "80s", &e), 0);
    assert_int_equal(c.engine.veto_ttl_ns, 80 * SECOND);
    assert_string_equal(origin_of("veto.ttl"), "flag");
}

static void flags_are_judged_too(void **state)
{
    (void)state;
    struct error e;

    assert_int_equal(config_set(&c, "veto.ttl", "80", &e), -EINVAL);
    assert_non_null(strstr(e.text, "needs a unit"));
    assert_int_equal(c.engine.veto_ttl_ns, 60 * SECOND);
    assert_string_equal(origin_of("veto.ttl"), "default");
    assert_int_equal(config_set(&c, "veto.tll", "80s", &e), -ENOENT);
    assert_non_null(strstr(e.text, "did you mean 'veto.ttl'?"));
    assert_int_equal(config_set(&c, "xyzzy.plugh", "80s", &e), -ENOENT);
    assert_string_equal(e.text, "unknown key 'xyzzy.plugh'");
}

static void the_service_manager_is_weakest(void **state)
{
    (void)state;
    static const char *const environment[] = {"STATE_DIRECTORY=/var/lib/coherence", NULL};
    static const char *const both[] = {"STATE_DIRECTORY=/a", "COHERENCE_STATE_DIR=/b", NULL};
    static const char *const several[] = {"STATE_DIRECTORY=/a:/b", NULL};

    write_file("c.yaml", "");
    assert_int_equal(load(environment), 0);
    assert_string_equal(c.shell.state_dir, "/var/lib/coherence");
    assert_string_equal(origin_of("state_dir"), "environment STATE_DIRECTORY");
    assert_int_equal(load(both), 0);
    assert_string_equal(c.shell.state_dir, "/b");
    assert_int_equal(load(several), -EINVAL);
    assert_string_equal(heard.lines, "STATE_DIRECTORY: names several directories; give the service one\n");
    write_file("c.yaml", "state_dir: /data\n");
    assert_int_equal(load(environment), 0);
    assert_string_equal(c.shell.state_dir, "/data");
}

static void odd_variables(void **state)
{
    (void)state;
    static const char *const environment[] = {"COHERENCE_PROFIL=classic",
        "COHERENCE_SOURCES_HOST_INTERVAL=10", "COHERENCE_SOURCES_DATADOG=/x", "COHERENCE_OUTPUTS=x",
        "COHERENCE_=1", "COHERENCE_HTTPS=1", "COHERENCE_profile=classic", NULL};
    static const char *const others[] = {"COHERENCE_SERVICE_HOST=10.0.0.1", "COHERENCE_SERVICE_PORT=9911",
        "COHERENCE_SERVICE_PORT_HTTP=9911", "COHERENCE_PORT=tcp://10.0.0.1:9911",
        "COHERENCE_PORT_9911_TCP_ADDR=10.0.0.1", "COHERENCE_HTTP_SERVICE_HOST=10.0.0.1",
        "COHERENCE_SOURCE_ROOT=/x", "COHERENCE_TEST_DATA=/x", "coherence_x=1", "COHERENCEX=1",
        "XCOHERENCE_Y=2", "COHERENCE_NOVALUE", NULL};

    write_file("c.yaml", "");
    assert_int_equal(load(environment), -EINVAL);
    assert_string_equal(heard.lines,
        "COHERENCE_PROFIL: is no setting; did you mean 'COHERENCE_PROFILE'?\n"
        "COHERENCE_SOURCES_HOST_INTERVAL: sources.host.interval: '10' needs a unit, such as 10s, 250ms, 5m, "
        "4h or 30d\n"
        "COHERENCE_SOURCES_DATADOG: is no setting; did you mean 'COHERENCE_SOURCES_DATADOG_URL'?\n"
        "COHERENCE_OUTPUTS: is no setting; unset it\n"
        "COHERENCE_: is no setting; unset it\n"
        "COHERENCE_HTTPS: is no setting; unset it\n"
        "COHERENCE_profile: is no setting; did you mean 'COHERENCE_PROFILE'?\n");
    assert_int_equal(load(others), 0);
    assert_string_equal(heard.lines, "");
}

static void a_rule_points_at_what_was_set_last(void **state)
{
    (void)state;
    static const char *const environment[] = {"COHERENCE_SOURCES_HOST_INTERVAL=50s", NULL};

    write_file("c.yaml", "veto: {ttl: 90s}\n");
    assert_int_equal(load(environment), 0);
    assert_int_equal(config_validate(&c, heard_problem, &heard), -EINVAL);
    assert_string_equal(heard.lines, "COHERENCE_SOURCES_HOST_INTERVAL: veto.ttl (90s) is shorter than two "
                                     "periods of sources.host.interval (50s); make it longer or the "
                                     "period shorter\n");
    struct error e;
    assert_int_equal(config_set(&c, "veto.ttl", "99s", &e), 0);
    heard_clear(&heard);
    assert_int_equal(config_validate(&c, heard_problem, &heard), -EINVAL);
    assert_int_equal(strncmp(heard.lines, "veto.ttl (99s)", 14), 0); /* a flag has no place */
    assert_int_equal(config_set(&c, "veto.ttl", "100s", &e), 0);
    assert_int_equal(config_validate(&c, NULL, NULL), 0);
}

static void the_default_file_may_be_missing(void **state)
{
    (void)state;
    struct config_request request = {.default_file = "none/c.yaml"};

    assert_int_equal(config_load(&c, &request, heard_problem, &heard), 0);
    assert_string_equal(heard.lines, "");
    assert_int_equal(c.file_count, 0);
    request.file = "none/c.yaml";
    assert_int_equal(config_load(&c, &request, heard_problem, &heard), -EINVAL);
    assert_string_equal(
        heard.lines, "none/c.yaml: cannot read the configuration: No such file or directory\n");
    /* There without the file itself. */
    request = (struct config_request){.default_file = "c.yaml"};
    mkdir("conf.d", 0755);
    write_file("conf.d/a.yaml", "profile: classic\n");
    config_init(&c);
    assert_int_equal(config_load(&c, &request, heard_problem, &heard), 0);
    assert_int_equal(c.engine.profile, PROFILE_CLASSIC);
}

static void the_dump_loads_to_the_same(void **state)
{
    (void)state;
    static char first[CONFIG_DUMP_MAX], second[CONFIG_DUMP_MAX];
    static const char *const settings[][2] = {{"profile", "classic"}, {"false_alarm_budget", "3/7d"},
        {"state_dir", "/a \"b\" #\\ \xc3\xbc: c"}, {"sandbox", "off"},
        {"classic.ratio", "1.0000000000000002"}, {"sources.host.interval", "1.234567891s"},
        {"sources.host.cgroups", "false"}, {"sources.host.deep", "off"}, {"color", "never"},
        {"engine.stale_after", "90s"}};
    struct text out;
    struct error e;

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        assert_int_equal(config_set(&c, settings[i][0], settings[i][1], &e), 0);
    const struct config before = c;
    text_init(&out, first, sizeof(first));
    config_dump(&c, &out);
    assert_false(out.truncated);
    assert_non_null(strstr(first, "profile: classic  # flag\n"));
    assert_non_null(strstr(first, "\n  host:\n    cgroups: false  # flag\n"));
    assert_non_null(strstr(first, "format: text  # default\n"));

    config_init(&c);
    assert_int_equal(config_parse(&c, first, out.length, "dump.yaml", heard_problem, &heard), 0);
    assert_string_equal(heard.lines, "");
    assert_int_equal(c.engine.profile, before.engine.profile);
    assert_true(c.engine.false_alarm_budget_per_day == before.engine.false_alarm_budget_per_day);
    assert_true(c.engine.classic_ratio == before.engine.classic_ratio);
    assert_int_equal(c.host.interval_ns, 1234567891);
    assert_string_equal(c.shell.state_dir, "/a \"b\" #\\ \xc3\xbc: c");
    assert_int_equal(c.seal.mode, SEAL_OFF);

    /* The same text again, but for where the values came from. */
    text_init(&out, second, sizeof(second));
    config_dump(&c, &out);
    for (const char *a = first, *b = second; *a; a = strchr(a, '\n') + 1, b = strchr(b, '\n') + 1) {
        const char *comment = strstr(a, "  # ");
        const size_t n =
            comment && comment < strchr(a, '\n') ? (size_t)(comment - a) : (size_t)(strchr(a, '\n') - a);
        assert_memory_equal(a, b, n);
    }
}

/* Every option away from its default in turn: written, read and written again it is the same text, and the
 * engine's options are the same bits. */
static void what_is_written_loads_to_the_same_bits(void **state)
{
    (void)state;
    static const char *const texts[] = {"true", "false", "classic", "logfmt", "never", "required", "off", "3",
        "1234567", "0.1", "1.0000000000000002", "7/3d", "0.3/11d", "1.234567891s", "17m", "12345678B", "3MiB",
        "/a b", NULL};
    static char first[CONFIG_DUMP_MAX], second[CONFIG_DUMP_MAX];
    struct config again;
    struct text out;
    size_t changed = 0;

    for (size_t i = 0; i < config_option_count(); i++)
        for (const char *const *text = texts; *text; text++) {
            config_init(&c);
            if (config_set(&c, config_option(i)->key, *text, NULL))
                continue;
            changed++;
            text_init(&out, first, sizeof(first));
            config_write(&c, &out);
            assert_false(out.truncated);
            assert_null(strchr(first, '#'));
            config_init(&again);
            assert_int_equal(config_parse(&again, first, out.length, "r", heard_problem, &heard), 0);
            assert_memory_equal(&again.engine, &c.engine, sizeof(c.engine));
            assert_memory_equal(&again.host, &c.host, sizeof(c.host));
            text_init(&out, second, sizeof(second));
            config_write(&again, &out);
            assert_string_equal(first, second);
        }
    assert_true(changed > 2 * config_option_count());
}

static void set(struct config *of, const char *key, const char *value)
{
    assert_int_equal(config_set(of, key, value, NULL), 0);
}

static int take_recorded(const char *bytes, bool file_named, char kept[512])
{
    const struct config_recorded recorded = {.name = "r.rec", .bytes = bytes, .n = strlen(bytes)};
    struct text out;

    text_init(&out, kept, 512);
    return config_take_recorded(&c, file_named, &recorded, &out, heard_problem, &heard);
}

static void a_recording_is_judged_as_it_was(void **state)
{
    (void)state;
    static char bytes[CONFIG_DUMP_MAX];
    char kept[512];
    struct config then;
    struct text out;

    config_init(&then);
    set(&then, "false_alarm_budget", "3/7d");
    set(&then, "engine.warmup", "9");
    set(&then, "engine.max_series", "1234");
    set(&then, "engine.threads", "4");
    set(&then, "format", "json");
    text_init(&out, bytes, sizeof(bytes));
    config_write(&then, &out);

    /* Nothing named: all that judges is the recording's, and nothing else. */
    config_init(&c);
    assert_int_equal(take_recorded(bytes, false, kept), 0);
    assert_string_equal(kept, "");
    assert_int_equal(c.engine.warmup_samples, 9);
    assert_int_equal(c.engine.max_series, 1234);
    assert_true(c.engine.false_alarm_budget_per_day == then.engine.false_alarm_budget_per_day);
    assert_int_equal(c.engine.threads, 1);
    assert_int_equal(c.shell.format, SHELL_FORMAT_TEXT);

    /* Flags win, and are told when they differ. */
    config_init(&c);
    set(&c, "engine.warmup", "11");
    set(&c, "engine.max_series", "1234");
    set(&c, "engine.threads", "2");
    set(&c, "veto.ttl", "90s");
    assert_int_equal(take_recorded(bytes, false, kept), 0);
    assert_string_equal(kept, "engine.warmup, veto.ttl");
    assert_int_equal(c.engine.warmup_samples, 11);
    assert_int_equal(c.engine.threads, 2);

    /* A file wins when the command line names it. */
    for (int named = 0; named < 2; named++) {
        config_init(&c);
        assert_int_equal(config_parse(&c, "engine: {warmup: 12}", 20, "c.yaml", heard_problem, &heard), 0);
        assert_int_equal(take_recorded(bytes, named, kept), 0);
        assert_int_equal(c.engine.warmup_samples, named ? 12 : 9);
        assert_string_equal(kept, named ? "engine.warmup" : "");
    }
    assert_string_equal(heard.lines, "");

    /* Limits of memory are not raised by a recording. */
    config_init(&c);
    set(&c, "engine.max_series", "1000");
    for (size_t i = 0; i < config_option_count(); i++)
        c.origins[i].source = CONFIG_FROM_DEFAULT;
    assert_int_equal(take_recorded(bytes, false, kept), 0);
    assert_string_equal(kept, "engine.max_series");
    assert_int_equal(c.engine.max_series, 1000);

    /* What another version knows is said; the rest holds. */
    config_init(&c);
    assert_int_equal(take_recorded("engine: {warmup: 9, depth: 3}", false, kept), -EINVAL);
    assert_non_null(strstr(heard.lines, "r.rec:1:21: "));
    assert_int_equal(c.engine.warmup_samples, 9);
}

/* The rows of all rooms together: what one room cannot see. */
static void keys_fit_together(void **state)
{
    (void)state;
    const size_t count = config_option_count();
    char a[128], b[128];
    struct text x, y;

    assert_true(count > 20 && count <= CONFIG_ROWS_MAX);
    assert_null(config_option(count));
    for (size_t i = 0; i < count; i++) {
        const char *key = config_option(i)->key;
        assert_true(config_option(i)->help[0] != '\0');
        assert_non_null(config_option(i)->unit);
        assert_true(strlen(key) <= 64);
        for (size_t j = 0; j < count; j++) {
            if (i == j)
                continue;
            const char *other = config_option(j)->key;
            const size_t n = strlen(key);
            assert_string_not_equal(key, other);
            assert_false(strncmp(key, other, n) == 0 && other[n] == '.'); /* a value and a group at once */
            text_init(&x, a, sizeof(a));
            text_init(&y, b, sizeof(b));
            config_variable(key, &x);
            config_variable(other, &y);
            assert_string_not_equal(a, b);
        }
    }
    /* Names that the interface fixes. */
    struct error e;
    assert_int_equal(config_set(&c, "profile", "classic", &e), 0);
    assert_int_equal(config_set(&c, "false_alarm_budget", "1/30d", &e), 0);
    assert_int_equal(config_set(&c, "state_dir", "/var/lib/coherence", &e), 0);
    assert_int_equal(config_set(&c, "sandbox", "required", &e), 0);
    assert_int_equal(config_set(&c, "sources.host.interval", "1s", &e), 0);
    assert_int_equal(config_set(&c, "sources.host.deep", "auto", &e), 0);
}

static void variables_are_named_after_keys(void **state)
{
    (void)state;
    char buffer[64];
    struct text out;

    text_init(&out, buffer, sizeof(buffer));
    config_variable("sources.host.fast_interval", &out);
    assert_string_equal(buffer, "COHERENCE_SOURCES_HOST_FAST_INTERVAL");
}

static void every_option_is_described(void **state)
{
    (void)state;
    static char buffer[CONFIG_DUMP_MAX];
    struct text out;

    text_init(&out, buffer, sizeof(buffer));
    config_describe(&out);
    assert_false(out.truncated);
    for (size_t i = 0; i < config_option_count(); i++) {
        assert_non_null(strstr(buffer, config_option(i)->key));
        assert_non_null(strstr(buffer, config_option(i)->help));
    }
    assert_non_null(strstr(buffer,
        "sources.host.interval (duration, 100ms to 1h, default: 1s; COHERENCE_SOURCES_HOST_INTERVAL)\n"));
    assert_non_null(
        strstr(buffer, "sandbox (choice of required, auto or off, default: auto; COHERENCE_SANDBOX)\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_are_valid, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_stronger_source_wins, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(flags_are_judged_too, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_service_manager_is_weakest, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(odd_variables, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_rule_points_at_what_was_set_last, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_default_file_may_be_missing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_dump_loads_to_the_same, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_written_loads_to_the_same_bits, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_recording_is_judged_as_it_was, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(keys_fit_together, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(variables_are_named_after_keys, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(every_option_is_described, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
