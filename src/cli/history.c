/* SPDX-License-Identifier: MIT
 * Finds the history that is asked for, and turns what keeps it from being read into a line and an exit
 * status. */
#include "cli/history.h"

#include <errno.h>

#include "state/state_file.h"

static int status_of(int code)
{
    switch (code) {
    case -EBADMSG:
    case -EPROTO:
        return STATUS_BAD_INPUT;
    case -EBUSY:
        return STATUS_IN_USE;
    case -ENOENT:
    case -ENOMEM:
    case -EIO:
        return STATUS_FAILURE;
    default:
        return STATUS_HOST_CANNOT;
    }
}

int history_refuse(const struct session *s, const struct error *e)
{
    const char *dir = s->config.shell.state_dir;

    if (e->code == -ENOENT)
        session_say(
            "no history in '%s': a sentinel keeps one there with --state-dir %s (live, run)", dir, dir);
    else
        session_say("cannot read the history '%s/%s': %s", dir, STATE_FILE_NAME, e->text);
    return status_of(e->code);
}

int history_open(struct session *s, struct state_source *ret)
{
    struct error e = {0};

    if (!s->config.shell.state_dir[0]) {
        session_say("which history? give --state-dir DIR, or state_dir in the configuration");
        return STATUS_USAGE;
    }
    return state_source_open(ret, s->config.shell.state_dir, &e) ? history_refuse(s, &e) : STATUS_FINE;
}

void history_say_damaged(uint64_t rows)
{
    if (rows == 1)
        session_say("1 row of the history is damaged and was left out");
    else if (rows > 1)
        session_say("%llu rows of the history are damaged and were left out", (unsigned long long)rows);
}
