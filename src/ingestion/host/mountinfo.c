/* SPDX-License-Identifier: MIT
 * Turns lines of mountinfo into spans. Which mount is the right one is left to cgroup_layout. */
#include "ingestion/host/mountinfo.h"

#include <errno.h>

#include "ingestion/host/scan.h"

static struct mount_span next_word(const char **p, const char *eol)
{
    scan_blanks(p, eol);
    const char *word_end = scan_word_end(*p, eol);
    struct mount_span s = {*p, (size_t)(word_end - *p)};
    *p = word_end;
    return s;
}

int mountinfo_next(const char **p, const char *end, struct mount *ret)
{
    struct mount m;
    struct mount_span word;
    const char *q = *p, *eol = scan_line_end(q, end);

    if (q == end)
        return 0;
    *p = eol ? eol + 1 : end;
    if (!eol)
        return -EBADMSG;
    for (int i = 0; i < 2; i++) /* mount id, parent id */
        next_word(&q, eol);
    m.device = next_word(&q, eol);
    m.root = next_word(&q, eol);
    m.point = next_word(&q, eol);
    next_word(&q, eol); /* options of the mount */
    do                  /* optional fields, ended by a hyphen */
        word = next_word(&q, eol);
    while (word.n > 0 && !scan_is(word.p, word.n, "-"));
    m.type = next_word(&q, eol);
    next_word(&q, eol); /* what was mounted; may be anything */
    m.options = next_word(&q, eol);
    if (m.options.n == 0 || m.root.p[0] != '/' || m.point.p[0] != '/')
        return -EBADMSG;
    *ret = m;
    return 1;
}

bool mount_has_option(const struct mount *m, const char *option)
{
    const char *p = m->options.p, *end = p + m->options.n;

    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *word_end = comma ? comma : end;
        if (scan_is(p, (size_t)(word_end - p), option))
            return true;
        p = word_end + (comma != NULL);
    }
    return false;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

long mount_span_text(const struct mount_span *s, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < s->n; n++) {
        const char *q = s->p + i;
        unsigned byte = (unsigned char)*q;
        bool escaped = *q == '\\' && s->n - i >= 4 && is_octal(q[1]) && is_octal(q[2]) && is_octal(q[3]);
        if (escaped)
            byte =
                ((unsigned)(q[1] - '0') << 6 | (unsigned)(q[2] - '0') << 3 | (unsigned)(q[3] - '0')) & 0xff;
        i += escaped ? 4 : 1;
        if (byte == 0 || n + 1 >= size) {
            out[0] = '\0';
            return byte == 0 ? -EBADMSG : -ENAMETOOLONG;
        }
        out[n] = (char)byte;
    }
    out[n] = '\0';
    return (long)n;
}
