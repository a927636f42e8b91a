/* SPDX-License-Identifier: MIT
 * Turns two PEM files into what GnuTLS signs and sends. Connections and handshakes are libmicrohttpd's
 * matter. */
#include "net/http_tls.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/secret_file.h"
#include "net/shared_library.h"

#define LIBRARY_FILE "libgnutls.so.30" /* what libmicrohttpd12 of Debian 12 is linked with */
/* Longer than any handshake lasts (HTTP_FIRST_NS), with room. */
#define RETIRE_NS INT64_C(30000000000)
#define KEY_ID    64 /* bytes of a key's fingerprint, at most */

struct library {
    __typeof__(gnutls_pcert_list_import_x509_raw) *pcert_list_import;
    __typeof__(gnutls_pcert_deinit) *pcert_deinit;
    __typeof__(gnutls_privkey_init) *privkey_init;
    __typeof__(gnutls_privkey_deinit) *privkey_deinit;
    __typeof__(gnutls_privkey_import_x509_raw) *privkey_import;
    __typeof__(gnutls_pubkey_init) *pubkey_init;
    __typeof__(gnutls_pubkey_deinit) *pubkey_deinit;
    __typeof__(gnutls_pubkey_import_privkey) *pubkey_import_privkey;
    __typeof__(gnutls_pubkey_get_key_id) *pubkey_get_key_id;
    __typeof__(gnutls_x509_crt_init) *crt_init;
    __typeof__(gnutls_x509_crt_deinit) *crt_deinit;
    __typeof__(gnutls_x509_crt_import) *crt_import;
    __typeof__(gnutls_x509_crt_get_expiration_time) *crt_expiry;
    __typeof__(gnutls_strerror) *strerror;
};

static const struct shared_function functions[] = {
    {"gnutls_pcert_list_import_x509_raw", offsetof(struct library, pcert_list_import)},
    {"gnutls_pcert_deinit", offsetof(struct library, pcert_deinit)},
    {"gnutls_privkey_init", offsetof(struct library, privkey_init)},
    {"gnutls_privkey_deinit", offsetof(struct library, privkey_deinit)},
    {"gnutls_privkey_import_x509_raw", offsetof(struct library, privkey_import)},
    {"gnutls_pubkey_init", offsetof(struct library, pubkey_init)},
    {"gnutls_pubkey_deinit", offsetof(struct library, pubkey_deinit)},
    {"gnutls_pubkey_import_privkey", offsetof(struct library, pubkey_import_privkey)},
    {"gnutls_pubkey_get_key_id", offsetof(struct library, pubkey_get_key_id)},
    {"gnutls_x509_crt_init", offsetof(struct library, crt_init)},
    {"gnutls_x509_crt_deinit", offsetof(struct library, crt_deinit)},
    {"gnutls_x509_crt_import", offsetof(struct library, crt_import)},
    {"gnutls_x509_crt_get_expiration_time", offsetof(struct library, crt_expiry)},
    {"gnutls_strerror", offsetof(struct library, strerror)},
};

/* A certificate with its chain, and its key. */
struct identity {
    gnutls_pcert_st chain[HTTP_TLS_CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
    int64_t expiry_s;
    int64_t retired_ns; /* monotonic; when it served no more */
    struct identity *next;
};

struct http_tls {
    struct library library;
    struct identity *serves;   /* new connections */
    struct identity *prepared; /* NULL: nothing is */
    struct identity *retired;  /* the latest first */
};

/* The one of this process: GnuTLS asks for a certificate without a context of ours. */
static struct http_tls *the_one;

static int load(struct library *l, struct error *e)
{
    static const struct shared_library gnutls = {.file = LIBRARY_FILE,
        .wanted_by = "http.tls_cert",
        .package = "libgnutls30",
        .functions = functions,
        .count = sizeof(functions) / sizeof(functions[0])};

    return shared_library_load(&gnutls, l, e);
}

static void free_identity(const struct library *l, struct identity *i)
{
    if (!i)
        return;
    for (unsigned k = 0; k < i->count; k++)
        l->pcert_deinit(&i->chain[k]);
    if (i->key)
        l->privkey_deinit(i->key);
    free(i);
}

static int take_chain(
    const struct library *l, struct identity *i, const char *path, const gnutls_datum_t *pem, struct error *e)
{
    gnutls_x509_crt_t first;
    unsigned n = HTTP_TLS_CHAIN_MAX;
    int r = l->pcert_list_import(i->chain, &n, pem, GNUTLS_X509_FMT_PEM, 0);

    if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
        return error_set(
            e, -EINVAL, "http.tls_cert: '%s' holds more than %d certificates", path, HTTP_TLS_CHAIN_MAX);
    if (r < 0 || n == 0)
        return error_set(e, -EINVAL,
            "http.tls_cert: '%s' holds no certificate in PEM form (%s); put the server's own first, then its "
            "chain",
            path, l->strerror(r));
    i->count = n;
    if (l->crt_init(&first) < 0)
        return error_set(e, -ENOMEM, "http.tls_cert: not enough memory");
    r = l->crt_import(first, pem, GNUTLS_X509_FMT_PEM);
    i->expiry_s = r < 0 ? 0 : (int64_t)l->crt_expiry(first);
    l->crt_deinit(first);
    if (i->expiry_s < (int64_t)time(NULL))
        return error_set(e, -EINVAL, "http.tls_cert: the certificate in '%s' has expired; renew it", path);
    return 0;
}

static int take_key(
    const struct library *l, struct identity *i, const char *path, const gnutls_datum_t *pem, struct error *e)
{
    if (l->privkey_init(&i->key) < 0) {
        i->key = NULL;
        return error_set(e, -ENOMEM, "http.tls_key: not enough memory");
    }
    const int r = l->privkey_import(i->key, pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (r < 0)
        return error_set(e, -EINVAL,
            "http.tls_key: '%s' holds no private key in PEM form without a passphrase (%s)", path,
            l->strerror(r));
    return 0;
}

/* Do the certificate and the key belong together? */
static bool match(const struct library *l, const struct identity *i)
{
    unsigned char a[KEY_ID], b[KEY_ID];
    size_t a_n = sizeof(a), b_n = sizeof(b);
    gnutls_pubkey_t of_key;

    if (l->pubkey_init(&of_key) < 0)
        return false;
    const bool read = l->pubkey_import_privkey(of_key, i->key, 0, 0) >= 0 &&
                      l->pubkey_get_key_id(of_key, 0, a, &a_n) >= 0 &&
                      l->pubkey_get_key_id(i->chain[0].pubkey, 0, b, &b_n) >= 0;
    l->pubkey_deinit(of_key);
    return read && a_n == b_n && memcmp(a, b, a_n) == 0;
}

static int read_pem(
    const char *key, const char *path, bool secret, char *bytes, gnutls_datum_t *ret, struct error *e)
{
    const ssize_t n = secret ? secret_file_read(key, path, bytes, HTTP_TLS_FILE_MAX, e)
                             : open_file_read(key, path, bytes, HTTP_TLS_FILE_MAX, e);

    if (n < 0)
        return (int)n;
    if (n == HTTP_TLS_FILE_MAX)
        return error_set(e, -EINVAL, "%s: '%s' is longer than 64 KiB", key, path);
    *ret = (gnutls_datum_t){(unsigned char *)bytes, (unsigned)n};
    return 0;
}

int http_tls_prepare(struct http_tls *t, const char *cert_path, const char *key_path, struct error *e)
{
    static char bytes[HTTP_TLS_FILE_MAX];
    struct identity *i = calloc(1, sizeof(*i));
    gnutls_datum_t pem;

    if (!i)
        return error_set(e, -ENOMEM, "http.tls_cert: not enough memory");
    int r = read_pem("http.tls_cert", cert_path, false, bytes, &pem, e);
    if (r == 0)
        r = take_chain(&t->library, i, cert_path, &pem, e);
    if (r == 0)
        r = read_pem("http.tls_key", key_path, true, bytes, &pem, e);
    if (r == 0)
        r = take_key(&t->library, i, key_path, &pem, e);
    explicit_bzero(bytes, sizeof(bytes));
    if (r == 0 && !match(&t->library, i))
        r = error_set(e, -EINVAL,
            "http.tls_key: the key in '%s' is not that of the certificate in '%s'; give the two that were "
            "made together",
            key_path, cert_path);
    free_identity(&t->library, t->prepared);
    t->prepared = NULL;
    if (r) {
        free_identity(&t->library, i);
        return r;
    }
    t->prepared = i;
    return 0;
}

/* Lets go of what no handshake can be using any more. */
static void forget_retired(struct http_tls *t, int64_t before_ns)
{
    struct identity **at = &t->retired;

    while (*at && (*at)->retired_ns > before_ns)
        at = &(*at)->next;
    while (*at) {
        struct identity *old = *at;
        *at = old->next;
        free_identity(&t->library, old);
    }
}

void http_tls_commit(struct http_tls *t, int64_t now_ns)
{
    if (!t->prepared)
        return;
    if (t->serves) {
        t->serves->retired_ns = now_ns;
        t->serves->next = t->retired;
        t->retired = t->serves;
    }
    t->serves = t->prepared;
    t->prepared = NULL;
    forget_retired(t, now_ns - RETIRE_NS);
}

static int give(gnutls_session_t session, const gnutls_datum_t *wanted, int wanted_n,
    const gnutls_pk_algorithm_t *algorithms, int algorithms_n, gnutls_pcert_st **ret_chain,
    unsigned *ret_count, gnutls_privkey_t *ret_key)
{
    (void)session, (void)wanted, (void)wanted_n, (void)algorithms, (void)algorithms_n;
    if (!the_one || !the_one->serves)
        return -1;
    *ret_chain = the_one->serves->chain;
    *ret_count = the_one->serves->count;
    *ret_key = the_one->serves->key;
    return 0;
}

void *http_tls_callback(void)
{
    return (void *)(uintptr_t)give;
}

int64_t http_tls_expiry_s(const struct http_tls *t)
{
    return t->serves->expiry_s;
}

struct http_tls *http_tls_open(const char *cert_path, const char *key_path, struct error *e)
{
    struct http_tls *t = calloc(1, sizeof(*t));

    if (!t) {
        error_set(e, -ENOMEM, "not enough memory for TLS");
        return NULL;
    }
    int r = load(&t->library, e);
    if (r == 0)
        r = http_tls_prepare(t, cert_path, key_path, e);
    if (r) {
        free(t);
        return NULL;
    }
    http_tls_commit(t, 0);
    the_one = t;
    return t;
}

void http_tls_free(struct http_tls *t)
{
    if (!t)
        return;
    the_one = NULL;
    forget_retired(t, INT64_MAX);
    free_identity(&t->library, t->prepared);
    free_identity(&t->library, t->serves);
    free(t);
}
