/* SPDX-License-Identifier: MIT
 * The file that says who was told what: any bytes behind a head that is made right, so that the body is
 * reached. What is read can be asked, and written and read again is the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "output/alert/alert_body.h"
#include "output/alert/alert_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX 200000

static int parse(struct alert_book *b, const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size + 16);
    const uint64_t hash = hash_sip24(0, 0, data, size);
    int r;

    if (!bytes)
        return -1;
    memcpy(bytes, "cohalert", 8);
    for (unsigned i = 0; i < 8; i++)
        bytes[8 + i] = (uint8_t)(hash >> (8 * i));
    memcpy(bytes + 16, data, size);
    memset(b, 0, sizeof(*b));
    (void)alert_book_add_target(b, "a");
    (void)alert_book_add_target(b, "b");
    r = alert_file_parse(b, bytes, size + 16);
    free(bytes);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct alert_book book, again;
    static char body[BODY_MAX];
    const struct alert_style style = {.labels = "a=b", .link = ""};
    struct alert_work work;
    struct pack p;
    struct text t;

    memset(&book, 0, sizeof(book));
    (void)alert_file_parse(&book, data, size); /* as it is */
    if (parse(&book, data, size) != 0)
        return 0;
    for (int i = 0; i < 1000 && alert_book_next(&book, 1, &work); i++) {
        const struct alert_record *r = alert_book_record(&book, &work);
        text_init(&t, body, sizeof(body));
        alert_body_cloudevent(&t, r, work.word, &style);
        assert(!t.truncated && body[0] == '{' && body[t.length - 1] == '}');
        text_clear(&t);
        alert_body_webhook(&t, r, work.word, &style);
        assert(!t.truncated);
        alert_book_told(&book, 1, &work, false);
    }
    assert(alert_book_waiting(&book, 1) == 0);
    pack_to_write(&p, ALERT_FILE_MAX);
    alert_book_write(&book, &p);
    assert(p.error == 0 && parse(&again, p.bytes, p.at) == 0);
    pack_free(&p);
    return 0;
}
