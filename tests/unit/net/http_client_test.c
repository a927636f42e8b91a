/* SPDX-License-Identifier: MIT
 * The HTTP client against a server that answers well, badly, slowly and never; then the same under the seal.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "net/canned_server.h"
#include "net/http_client.h"
#include "sandbox/seal.h"

#define MS(x) ((int64_t)(x)*1000000)

struct bench {
    struct canned server;
    struct loop *loop;
    struct http_client *client;
    struct http_client_options options;
    struct http_url url;
    /* the last answer */
    struct http_client_answer answer;
    char body[8192];
    size_t answers, waited_for;
    /* what was streamed */
    size_t streamed, streamed_max;
};

static void on_answer(void *context, const struct http_client_answer *a)
{
    struct bench *b = context;

    b->answer = *a;
    snprintf(b->body, sizeof(b->body), "%s", a->body);
    if (++b->answers == b->waited_for)
        loop_stop(b->loop);
}

static bool on_bytes(void *context, const char *bytes, size_t n)
{
    struct bench *b = context;

    (void)bytes;
    b->streamed += n;
    return b->streamed <= b->streamed_max;
}

static void parse(struct http_url *u, const char *text)
{
    struct error e;

    if (http_url_parse(text, strlen(text), u, &e) != 0)
        fail_msg("%s: %s", text, e.text);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    char text[64];
    struct error e;

    b->server = canned_start();
    b->loop = loop_new(&e);
    b->client = http_client_open(&b->options, &e);
    if (!b->client)
        fail_msg("%s", e.text);
    snprintf(text, sizeof(text), "http://127.0.0.1:%u/", b->server.port);
    parse(&b->url, text);
    assert_int_equal(http_client_allow(b->client, &b->url, NULL, &e), 0);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    http_client_close(b->client);
    loop_free(b->loop);
    canned_stop(&b->server);
    free(b);
    return 0;
}

static void start(struct bench *b)
{
    assert_int_equal(http_client_start(b->client, b->loop), 0);
}

static struct http_client_request request_of(struct bench *b, const char *path)
{
    return (struct http_client_request){.url = &b->url,
        .path = path,
        .body_max = 100000,
        .connect_ns = MS(5000),
        .deadline_ns = MS(20000),
        .on_answer = on_answer,
        .context = b};
}

static const struct http_client_answer *ask(struct bench *b, const struct http_client_request *r)
{
    b->waited_for = b->answers + 1;
    assert_int_equal(http_client_send(b->client, r, NULL), 0);
    assert_int_equal(loop_run(b->loop), 0);
    assert_int_equal(b->answers, b->waited_for);
    return &b->answer;
}

static void a_request_arrives_as_it_was_made(void **state)
{
    struct bench *b = *state;
    struct http_client_request r = request_of(b, "/echo");

    start(b);
    /* The environment's proxy does not count. */
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    r.post = true;
    r.body = "{\"a\":1}";
    r.body_n = 7;
    r.headers[0] = "Content-Type: application/json";
    const struct http_client_answer *a = ask(b, &r);
    assert_int_equal(a->error, 0);
    assert_int_equal(a->status, 200);
    assert_string_equal(a->content_type, "text/plain");
    assert_non_null(strstr(b->body, "POST /echo HTTP/1.1\r\n"));
    assert_non_null(strstr(b->body, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(b->body, "User-Agent: coherence/"));
    assert_non_null(strstr(b->body, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(b->body, "Expect:"));
    assert_null(strstr(b->body, "Authorization"));
    assert_null(strstr(b->body, "Accept-Encoding"));
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void a_connection_is_used_again(void **state)
{
    struct bench *b = *state;
    struct http_client_request r = request_of(b, "/count");

    start(b);
    (void)ask(b, &r);
    assert_string_equal(b->body, "1/1");
    (void)ask(b, &r);
    assert_string_equal(b->body, "1/2");
}

static void an_answer_is_told_as_it_is(void **state)
{
    struct bench *b = *state;
    const struct {
        const char *path;
        long status;
        int error;
        int64_t retry_after_ns;
    } rows[] = {
        {"/500", 500, 0, -1},
        {"/429", 429, 0, MS(7000)},
        {"/away", 302, 0, -1}, /* redirects are answers */
        {"/garbage", 0, -EPROTO, -1},
        {"/cut", 200, -ECONNRESET, -1},
        {"/head", 200, -EMSGSIZE, -1},
    };

    start(b);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_client_request r = request_of(b, rows[i].path);
        const struct http_client_answer *a = ask(b, &r);
        if (a->status != rows[i].status || a->error != rows[i].error ||
            a->retry_after_ns != rows[i].retry_after_ns)
            fail_msg("%s: %ld, %d, %s", rows[i].path, a->status, a->error, a->text);
    }
    assert_int_equal(http_client_in_flight(b->client), 0);
}

static void the_deadline_ends_what_is_slow(void **state)
{
    struct bench *b = *state;
    const char *const paths[] = {"/mute", "/drip"};

    start(b);
    for (size_t i = 0; i < 2; i++) {
        struct http_client_request r = request_of(b, paths[i]);
        r.deadline_ns = MS(300);
        const struct http_client_answer *a = ask(b, &r);
        assert_int_equal(a->error, -ETIMEDOUT);
        assert_true(a->took_ns >= MS(299) && a->took_ns < MS(5000));
    }
}

static void what_is_too_long_is_not_taken(void **state)
{
    struct bench *b = *state;
    struct http_client_request r = request_of(b, "/zip");

    start(b);
    r.gzip = true;
    (void)ask(b, &r);
    assert_int_equal(b->answer.error, 0);
    assert_int_equal(b->answer.body_n, 100000);
    r.body_max = 99999; /* of what is unpacked */
    (void)ask(b, &r);
    assert_int_equal(b->answer.error, -EMSGSIZE);
    r = request_of(b, "/bomb");
    r.gzip = true;
    (void)ask(b, &r);
    assert_int_equal(b->answer.error, -EMSGSIZE);
    assert_true(b->answer.body_n <= 100000);
}

static void an_answer_can_be_taken_as_it_comes(void **state)
{
    struct bench *b = *state;
    struct http_client_request r = request_of(b, "/zip");

    start(b);
    r.gzip = true;
    r.on_bytes = on_bytes;
    b->streamed_max = 1000000;
    (void)ask(b, &r);
    assert_int_equal(b->answer.error, 0);
    assert_int_equal(b->streamed, 100000);
    assert_int_equal(b->answer.body_n, 0);
    b->streamed = 0;
    b->streamed_max = 10;
    (void)ask(b, &r);
    assert_int_equal(b->answer.error, -ECANCELED);
    b->streamed = 0;
    r.path = "/500"; /* what is no 2xx is not streamed */
    (void)ask(b, &r);
    assert_int_equal(b->streamed, 0);
    assert_string_equal(b->body, "it broke");
}

static void redirects_are_followed_when_asked_for(void **state)
{
    struct bench *b = *state;
    struct http_client_request r = request_of(b, "/again");

    start(b);
    r.redirects = 2;
    (void)ask(b, &r);
    assert_int_equal(b->answer.status, 200);
    assert_string_equal(b->body, "1/2");
    r.path = "/away"; /* to where nothing is allowed */
    (void)ask(b, &r);
    assert_int_equal(b->answer.status, 302);
}

static void nobody_else_is_asked(void **state)
{
    struct bench *b = *state;
    struct http_url other;
    struct http_client_request r = request_of(b, "/");

    start(b);
    parse(&other, "http://127.0.0.1:9/");
    r.url = &other;
    assert_int_equal(http_client_send(b->client, &r, NULL), -EACCES);
}

static void a_closed_port_is_said(void **state)
{
    struct bench *b = *state;
    struct http_client_request r = request_of(b, "/");

    start(b);
    canned_stop(&b->server);
    (void)ask(b, &r);
    assert_int_equal(b->answer.error, -ECONNREFUSED);
    assert_string_equal(b->answer.text, "cannot connect: Connection refused");
    b->server = canned_start();
}

static void requests_in_flight_are_bounded_and_can_be_given_up(void **state)
{
    struct bench *b = *state;
    struct http_client_request r = request_of(b, "/mute");
    uint64_t ids[HTTP_CLIENT_FLIGHT_MAX];

    start(b);
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX; i++)
        assert_int_equal(http_client_send(b->client, &r, &ids[i]), 0);
    assert_int_equal(http_client_send(b->client, &r, NULL), -EAGAIN);
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX; i++)
        http_client_cancel(b->client, ids[i]);
    http_client_cancel(b->client, 12345);
    assert_int_equal(http_client_in_flight(b->client), 0);
    r.path = "/count";
    (void)ask(b, &r);
    assert_int_equal(b->answer.status, 200);
    assert_int_equal(b->answers, 1);
}

static void write_file(const char *path, const char *bytes, mode_t mode)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    close(fd);
}

static void a_token_is_read_anew_when_its_file_changes(void **state)
{
    struct bench *b = *state;
    char path[] = "/tmp/coherence-test-XXXXXX";
    struct http_client_request r = request_of(b, "/echo");
    struct http_url open_one;
    struct error e;

    close(mkstemp(path));
    write_file(path, "first-token\n", 0644);
    assert_int_equal(http_client_allow(b->client, &b->url, path, &e), -EINVAL);
    assert_non_null(strstr(e.text, "everybody"));
    write_file(path, "first-token\n", 0600);
    assert_int_equal(http_client_allow(b->client, &b->url, path, &e), 0);
    parse(&open_one, "http://192.0.2.1/");
    assert_int_equal(http_client_allow(b->client, &open_one, path, &e), -EINVAL);
    assert_non_null(strstr(e.text, "unencrypted"));
    start(b);
    r.token_file = path;
    (void)ask(b, &r);
    assert_non_null(strstr(b->body, "Authorization: Bearer first-token\r\n"));
    write_file(path, "second-one\n", 0600);
    (void)ask(b, &r);
    assert_non_null(strstr(b->body, "Authorization: Bearer second-one\r\n"));
    write_file(path, "", 0600); /* being written: the one before holds */
    (void)ask(b, &r);
    assert_non_null(strstr(b->body, "Authorization: Bearer second-one\r\n"));
    unlink(path);
}

/* In a process of its own, sealed as a sentinel is. Its exit code says which step failed. */
static int ask_sealed(struct bench *b)
{
    const struct http_client_reach *reach = http_client_reach(b->client);
    struct seal_rules rules = {.read_paths = {"/proc"}};
    struct http_client_request r = request_of(b, "/count");
    struct seal_report report;

    if (reach->port_count != 1 || reach->ports[0] != b->server.port)
        return 1;
    rules.connect_ports = reach->ports;
    rules.connect_count = reach->port_count;
    if (seal_apply(SEAL_AUTO, &rules, &report, NULL) != 0 || !report.seccomp || !report.connects)
        return 2;
    if (http_client_start(b->client, b->loop) != 0)
        return 3;
    b->waited_for = 1;
    if (http_client_send(b->client, &r, NULL) != 0 || loop_run(b->loop) != 0)
        return 4;
    return b->answer.status == 200 ? 0 : 5;
}

static void it_works_under_the_seal(void **state)
{
    struct bench *b = *state;
    int status;
    const pid_t child = fork();

    if (child == 0)
        _exit(ask_sealed(b));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void options_are_judged(void **state)
{
    const struct {
        const char *ca, *proxy;
        const char *key; /* NULL: they may stand so */
    } rows[] = {{"", "", NULL}, {"/ca.pem", "http://192.0.2.1:3128", NULL}, {"ca.pem", "", "client.ca_file"},
        {"", "192.0.2.1:3128", "client.proxy"}, {"", "https://192.0.2.1:3128", "client.proxy"},
        {"", "http://a:b@192.0.2.1", "client.proxy"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_client_options o;
        const char *key;
        struct error e;
        snprintf(o.ca_file, sizeof(o.ca_file), "%s", rows[i].ca);
        snprintf(o.proxy, sizeof(o.proxy), "%s", rows[i].proxy);
        assert_int_equal(http_client_options_check(&o, &key, &e), rows[i].key ? -EINVAL : 0);
        if (rows[i].key)
            assert_string_equal(key, rows[i].key);
    }
}

#define WITH_SERVER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_request_arrives_as_it_was_made),
        WITH_SERVER(a_connection_is_used_again),
        WITH_SERVER(an_answer_is_told_as_it_is),
        WITH_SERVER(the_deadline_ends_what_is_slow),
        WITH_SERVER(what_is_too_long_is_not_taken),
        WITH_SERVER(an_answer_can_be_taken_as_it_comes),
        WITH_SERVER(redirects_are_followed_when_asked_for),
        WITH_SERVER(nobody_else_is_asked),
        WITH_SERVER(a_closed_port_is_said),
        WITH_SERVER(requests_in_flight_are_bounded_and_can_be_given_up),
        WITH_SERVER(a_token_is_read_anew_when_its_file_changes),
        WITH_SERVER(it_works_under_the_seal),
        cmocka_unit_test(options_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
