/* SPDX-License-Identifier: MIT
 * Decides when baselines are kept and what becomes of those that were found: restored, or set aside with the
 * reason. A snapshot is never a reason not to start; a state directory that is in use or cannot be written
 * is. How bytes get to disk whole is the state room's matter, what they mean the engine's. */
#include "cli/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/kfile.h"
#include "base/number.h"
#include "cli/forget.h"
#include "cli/recorder.h"
#include "engine/snapshot.h"
#include "state/request_file.h"

/* One window of the laws that judge by the minute: so much is lost at most when the process is killed.
 * Heuristic, chosen on 2026-11-22: a host with 200 cgroups then writes 19 KiB/s. */
#define KEEP_EVERY_NS INT64_C(60000000000)
/* And so many bytes a minute: a larger snapshot is kept so much more rarely. */
#define KEEP_EVERY_BYTES (16U << 20)
/* Incidents that begin and end in a row are kept together. */
#define KEEP_LEAST_NS INT64_C(5000000000)
/* A snapshot that is due waits so long for the history (a disk that is full keeps that for hours). */
#define WAIT_FOR_HISTORY_NS INT64_C(10000000000)
/* What has been silent for longer is left out, or every container that ever was would come back at every
 * start: a day, so that a daily job is known again, and two hours for its being late. */
#define FORGET_AFTER_NS INT64_C(93600000000000)
/* The clock may stand so far before the snapshot's time (a clock without battery, set back by a daylight
 * mistake); then engine time goes on ahead of it. */
#define AHEAD_MAX_NS        INT64_C(86400000000000)
#define HOST_NAME_MAX_BYTES 200

int keeper_open(struct keeper *k, struct session *s, bool simulated)
{
    const char *path = s->config.shell.state_dir;
    struct error e;

    *k = (struct keeper){.session = s, .dir = {.fd = -1, .lock_fd = -1}};
    if (!path[0])
        return STATUS_FINE;
    if (simulated || s->config.engine.profile == PROFILE_CLASSIC) {
        session_say("nothing is kept in '%s': %s", path,
            simulated ? "simulated telemetry is no habit of this host"
                      : "the classic profile learns nothing");
        return STATUS_FINE;
    }
    int r = state_dir_open(&k->dir, path, &e);
    if (r) {
        session_say_error(&e);
        return r == -EWOULDBLOCK ? STATUS_IN_USE : STATUS_HOST_CANNOT;
    }
    k->on = true;
    k->begun_ns = k->kept_ns = INT64_MIN;
    pack_to_write(&k->bytes, SNAPSHOT_BODY_MAX);
    snapshot_writer_init(&k->writer, k->dir.fd);
    s->state_fd = k->dir.fd;
    return STATUS_FINE;
}

/* Has this process, or its disk, failed, rather than the file? Then it may be there and good all the same. */
static bool is_passing(int code)
{
    return code == -EIO || code == -ENOMEM || code == -EMFILE || code == -ENFILE;
}

/* Whose telemetry it is: another host's habits are not this one's. A host may have no name; one that could
 * not be read is not that: by it, what was learned would be another host's. Returns a status. */
static int name_owner(const char *root, char *label)
{
    struct kfile_buffer b = {0};
    struct kfile f = {.fd = -1};
    char path[4096 + 32];
    size_t n = 0;

    snprintf(path, sizeof(path), "%s/proc/sys/kernel/hostname", root);
    int r = kfile_buffer_init(&b, 512, 4096);
    if (r == 0)
        r = kfile_open(&f, AT_FDCWD, path);
    if (r == 0 && (r = kfile_read(&f, &b, &n)) == -EIO)
        r = kfile_read(&f, &b, &n);
    while (r == 0 && n > 0 && b.data[n - 1] == '\n')
        n--;
    if (r || n > HOST_NAME_MAX_BYTES || (n > 0 && memchr(b.data, 0, n)))
        n = 0;
    snprintf(label, SNAPSHOT_LABEL_MAX, "host %.*s", (int)n, n ? b.data : "");
    kfile_close(&f);
    kfile_buffer_done(&b);
    if (!is_passing(r))
        return STATUS_FINE;
    session_say("cannot tell whose baselines these are: '%s': %s", path, strerror(-r));
    return STATUS_FAILURE;
}

/* Once more where the disk failed: what can be read the second time is not damaged. */
static int read_snapshot(const struct keeper *k, struct snapshot_image *image, struct error *e)
{
    int r = snapshot_file_read(k->dir.fd, k->head.label, image, e);

    return r == -EIO ? snapshot_file_read(k->dir.fd, k->head.label, image, e) : r;
}

/* Puts the snapshot out of the way and says why. */
static void set_aside(const struct keeper *k, int why, const char *reason)
{
    char name[64];
    int r = snapshot_file_set_aside(k->dir.fd, why == -EBADMSG || why == -EIO ? "damaged" : "foreign", name);

    if (r)
        session_say("no baselines restored: %s/%s: %s; it cannot be set aside (%s) and will be replaced",
            k->dir.path, SNAPSHOT_FILE_NAME, reason, strerror(-r));
    else
        session_say("no baselines restored: %s/%s: %s; set aside as %s, everything is learned anew",
            k->dir.path, SNAPSHOT_FILE_NAME, reason, name);
}

static int begin_anew(struct keeper *k)
{
    engine_free(k->session->engine);
    k->session->engine = NULL;
    return session_start(k->session, ENGINE_STREAM);
}

/* A snapshot from the future is no past to go on from. */
static int check_time(int64_t now_ns, int64_t time_ns, struct error *e)
{
    char at[TIMESTAMP_TEXT_MAX];

    if (time_ns == INT64_MIN || time_ns - AHEAD_MAX_NS <= now_ns)
        return 0;
    timestamp_format(time_ns, at);
    return error_set(
        e, -ESTALE, "it ends at %s, more than a day after what the clock says; set the clock right", at);
}

static void say_restored(const struct keeper *k, int64_t time_ns)
{
    const struct view *v = engine_view(k->session->engine);
    uint32_t open = view_incident_count(v);
    char at[TIMESTAMP_TEXT_MAX];

    timestamp_format(time_ns, at);
    session_say("baselines restored: %llu series, up to %s%s", (unsigned long long)view_summary(v).series, at,
        open == 0   ? ""
        : open == 1 ? "; an incident is still open"
                    : "; incidents are still open");
}

int keeper_restore(struct keeper *k, const char *root, int64_t now_ns, int64_t *ret_time_ns)
{
    struct snapshot_image image;
    struct error e;

    *ret_time_ns = INT64_MIN;
    if (!k->on)
        return STATUS_FINE;
    k->due_ns = now_ns + KEEP_EVERY_NS;
    int status = name_owner(root, k->head.label);
    if (status)
        return status;
    int r = read_snapshot(k, &image, &e);
    if (r == -ENOENT) {
        session_say(k->edits ? "no baselines are kept in '%s' yet"
                             : "no baselines to restore yet; they are kept in '%s'",
            k->dir.path);
        return k->edits ? STATUS_FAILURE : STATUS_FINE;
    }
    if (r == 0) {
        r = engine_restore(k->session->engine, image.body, image.body_size, &e);
        snapshot_image_free(&image);
        if (r == 0)
            r = check_time(now_ns, engine_last_tick_ns(k->session->engine), &e);
        if (r && (status = begin_anew(k)) != STATUS_FINE)
            return status;
    }
    if (is_passing(r) && r != -EIO) {
        session_say("%s/%s: %s", k->dir.path, SNAPSHOT_FILE_NAME, e.text);
        return STATUS_FAILURE;
    }
    if (r && k->edits) {
        session_say("%s/%s: %s; nothing was changed", k->dir.path, SNAPSHOT_FILE_NAME, e.text);
        return STATUS_FAILURE;
    }
    if (r) {
        set_aside(k, r, e.text);
        return STATUS_FINE;
    }
    *ret_time_ns = k->kept_ns = engine_last_tick_ns(k->session->engine);
    if (*ret_time_ns != INT64_MIN && !k->edits)
        say_restored(k, *ret_time_ns);
    return STATUS_FINE;
}

/* Landlock's rule holds for the directory that was there at the start, and not for one that takes its place.
 */
static void look_after_directory(struct keeper *k)
{
    const enum state_dir_fate fate = state_dir_fate(&k->dir);
    struct error e;

    if (fate != STATE_DIR_REMOVED && state_dir_relock(&k->dir, &e) > 0)
        session_note(
            k->session, "the lock in '%s' was removed; it has been made and taken again", k->dir.path);
    if (fate == k->fate)
        return;
    k->fate = fate;
    if (fate == STATE_DIR_REMOVED)
        session_note(k->session,
            "the state directory '%s' was removed: this process is sealed to that one and can write in no "
            "other; it watches on with what it has in memory, and keeps again after a restart",
            k->dir.path);
    else if (fate == STATE_DIR_MOVED)
        session_note(k->session,
            "the state directory '%s' was moved, or another is mounted in its place: all is still kept in "
            "the "
            "old one, and after a restart in what is there then",
            k->dir.path);
    else
        session_note(k->session, "the state directory '%s' is in its place again", k->dir.path);
}

static void note_failure(struct keeper *k, const char *reason)
{
    char at[TIMESTAMP_TEXT_MAX];

    k->failures++;
    if (k->failing)
        return;
    k->failing = true;
    if (k->kept_ns != INT64_MIN)
        timestamp_format(k->kept_ns, at);
    session_note(k->session, "cannot keep the baselines in '%s': %s; %s%s%s", k->dir.path, reason,
        k->kept_ns == INT64_MIN ? "none are kept there" : "those up to ", k->kept_ns == INT64_MIN ? "" : at,
        k->fate != STATE_DIR_REMOVED ? ", and it is tried again every minute"
        : k->kept_ns == INT64_MIN    ? ""
                                     : " went with it");
}

static void take_result(struct keeper *k, bool wait)
{
    int r;

    if (!snapshot_writer_take(&k->writer, wait, &r))
        return;
    if (r) {
        note_failure(k, strerror(-r));
        return;
    }
    k->kept_ns = k->head.time_ns;
    if (k->failing)
        session_note(k->session, "the baselines are kept again in '%s'", k->dir.path);
    k->failing = false;
}

static void keep(struct keeper *k, int64_t now_ns)
{
    struct error e;

    k->incidents = k->session->incidents;
    k->changed = false;
    k->begun_ns = now_ns;
    k->due_ns = now_ns + KEEP_EVERY_NS;
    pack_rewind(&k->bytes);
    if (engine_save(k->session->engine, &k->bytes, now_ns - FORGET_AFTER_NS, &e)) {
        note_failure(k, e.text);
        return;
    }
    k->due_ns += KEEP_EVERY_NS * (int64_t)(k->bytes.at / KEEP_EVERY_BYTES);
    k->head.time_ns = engine_last_tick_ns(k->session->engine);
    snapshot_writer_start(&k->writer, &k->head, k->bytes.bytes, k->bytes.at);
}

const char *keeper_trouble(const struct keeper *k)
{
    if (!k->on)
        return NULL;
    return k->fate == STATE_DIR_REMOVED
               ? "the state directory was removed: nothing is kept for after a restart"
           : k->failing ? "the state directory cannot be written: baselines are kept in memory only"
                        : NULL;
}

void keeper_changed(struct keeper *k)
{
    k->changed = true;
    if (k->session->recorder)
        recorder_renew(k->session->recorder);
}

/* Somebody asks for something to be forgotten. Nearly always nobody does: one system call. */
static void take_request(struct keeper *k)
{
    struct request asked;
    struct answer a = {0};
    struct text said;
    int r = request_take(k->dir.fd, &asked);

    if (r == -ENOENT)
        return;
    if (r) {
        session_note(k->session, "a request in '%s' cannot be read: %s", k->dir.path, strerror(-r));
        return;
    }
    memcpy(a.id, asked.id, sizeof(a.id));
    text_init(&said, a.text, sizeof(a.text));
    a.code = forget_by_name(k->session->engine, asked.host, asked.entity, &said);
    if (a.code == 0)
        keeper_changed(k);
    session_note(k->session, "%s%s", a.code ? "asked to forget: " : "", a.text);
    r = answer_put(k->dir.fd, &a);
    if (r)
        session_note(k->session, "cannot answer in '%s': %s", k->dir.path, strerror(-r));
}

void keeper_tick(struct keeper *k, int64_t now_ns, bool said)
{
    if (!k->on)
        return;
    look_after_directory(k);
    take_result(k, false);
    take_request(k);
    if (!said && now_ns < k->due_ns + WAIT_FOR_HISTORY_NS)
        return;
    bool news = k->incidents != k->session->incidents &&
                (k->begun_ns == INT64_MIN || now_ns - k->begun_ns >= KEEP_LEAST_NS);
    if (!k->writer.busy && (news || k->changed || now_ns >= k->due_ns))
        keep(k, now_ns);
}

void keeper_let_go(struct keeper *k)
{
    if (!k->on)
        return;
    pack_free(&k->bytes);
    state_dir_close(&k->dir);
    k->on = false;
}

void keeper_close(struct keeper *k)
{
    if (!k->on)
        return;
    look_after_directory(k);
    take_result(k, true);
    int64_t last_ns = k->session->engine ? engine_last_tick_ns(k->session->engine) : INT64_MIN;
    if (last_ns != INT64_MIN && (last_ns != k->kept_ns || k->changed)) {
        keep(k, last_ns);
        take_result(k, true);
    }
    if (k->failures)
        session_say("%llu snapshots of the baselines could not be written", (unsigned long long)k->failures);
    keeper_let_go(k);
}
