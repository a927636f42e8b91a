/* SPDX-License-Identifier: MIT
 * Turns a question that was worked on into the answer. */
#include "output/api/question.h"

#include <errno.h>

#include "output/api/handlers.h"

/* Room that is left for the end of a list. */
#define TAIL_MAX 64

bool question_add_line(struct question *q, const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return false;
    if (n < 2 || line[0] != '{' || line[n - 1] != '}' || q->body.capacity - q->body.length < n + 1 + TAIL_MAX)
        return false;
    if (q->listed > 0)
        text_add_char(&q->body, ',');
    text_add_bytes(&q->body, line, n);
    q->listed++;
    return true;
}

static void answer_fault(const struct question *q, struct http_answer *a)
{
    switch (q->result) {
    case -ENOENT:
        http_answer_error(a, 404,
            q->kind == QUESTION_INCIDENT ? "no incident has this id"
                                         : "nothing is known of this in that time");
        return;
    case -EBADMSG:
        http_answer_error(a, 500, "what the state directory holds of this is damaged");
        return;
    case -EAGAIN:
    case -EBUSY:
        question_is_busy(a);
        return;
    default:
        http_answer_error(a, 500, "the state directory cannot be read");
    }
}

void question_is_busy(struct http_answer *a)
{
    http_answer_error(a, 503, "busy with other questions about the past; ask again");
    a->headers[0].name = "Retry-After";
    a->headers[0].value = "2";
}

void question_answer(struct question *q, struct http_answer *a)
{
    if (q->kind == QUESTION_SERIES) {
        if (q->result == -ENOENT && q->known)
            q->result = 0; /* there is nothing older, that is all */
        if (q->result == 0)
            api_series_write(q, a);
    } else if (q->result == 0) {
        if (q->kind == QUESTION_INCIDENTS)
            text_addf(&q->body, "],\"left_out\":%u}\n", q->left_out);
        else
            text_add(&q->body, "]}\n");
        a->body = &q->body;
    }
    if (q->result)
        answer_fault(q, a);
}
