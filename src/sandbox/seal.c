/* SPDX-License-Identifier: MIT
 * Turns a mode and a list of readable trees into a sealed process, and says what of it could not be had. How
 * the layers are made is in landlock.c and syscall_filter.c; what a refusal means for the exit code is the
 * caller's. */
#include "sandbox/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sandbox/capabilities.h"
#include "sandbox/landlock.h"
#include "sandbox/syscall_filter.h"

static const char *const mode_names[] = {
    [SEAL_REQUIRED] = "required", [SEAL_AUTO] = "auto", [SEAL_OFF] = "off", [SEAL_OFF + 1] = NULL};

const struct option_row seal_option_rows[] = {
    {
        .key = "sandbox",
        .type = OPTION_CHOICE,
        .offset = offsetof(struct seal_options, mode),
        .choices = mode_names,
        .fallback = "auto",
        .unit = "",
        .help = "whether the program seals itself (Landlock, seccomp): required refuses to start without, "
                "auto takes what the kernel offers",
    },
};
const size_t seal_option_count = sizeof(seal_option_rows) / sizeof(seal_option_rows[0]);

/* The layers that are missing, being collected. */
struct shortfall {
    struct text text; /* writes into the report */
    int code;         /* -errno of the first */
};

static void add_shortfall(struct shortfall *s, const char *layer, int code, const char *reason)
{
    if (s->text.length > 0)
        text_add(&s->text, "; ");
    text_add(&s->text, layer);
    text_add(&s->text, ": ");
    text_add(&s->text, reason);
    if (s->code == 0)
        s->code = code == -ENOSYS || code == -EOPNOTSUPP ? -ENOSYS : -EPERM;
}

/* Whether this is the only thread. Landlock binds the calling thread and its future children, not its
 * siblings. Source: proc_task_getattr() in Linux fs/proc/base.c: /proc/self/task has two links and one for
 * each thread. */
static bool is_single_threaded(void)
{
    struct stat st;

    return stat("/proc/self/task", &st) != 0 ||
           st.st_nlink <= 3; /* without /proc nothing speaks against it */
}

/* Reading is what this program is for, and which files may be read is Landlock's matter. Who is root and was
 * given a state directory of another user needs to write there as root does. */
static uint64_t kept_capabilities(const struct seal_rules *rules)
{
    struct stat st;
    uint64_t kept = CAPABILITY_BIT(CAP_DAC_READ_SEARCH);

    if (rules->write_fd > 0 && fstat(rules->write_fd, &st) == 0 && st.st_uid != geteuid())
        kept |= CAPABILITY_BIT(CAP_DAC_OVERRIDE);
    return kept;
}

static void apply_privileges(const struct seal_rules *rules, struct seal_report *report, struct shortfall *s)
{
    struct rlimit none = {0, 0};
    uint64_t left;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        report->no_new_privileges = true;
    else
        add_shortfall(s, "no-new-privileges", -errno, strerror(errno));
    int r = capabilities_keep(kept_capabilities(rules), &left);
    if (r == 0)
        report->capabilities = true;
    else
        add_shortfall(s, "capabilities", r, strerror(-r));
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        add_shortfall(s, "core dumps off", -errno, strerror(errno));
}

static void apply_landlock(const struct seal_rules *rules, struct seal_report *report, struct shortfall *s)
{
    struct error e = {0};
    size_t n = 0;
    int r, abi = rules->pretend_landlock_abi < 0 ? -ENOSYS : landlock_abi();

    if (abi < 0) {
        add_shortfall(s, "landlock", abi,
            abi == -ENOSYS       ? "not in this kernel"
            : abi == -EOPNOTSUPP ? "switched off at boot (lsm=)"
                                 : strerror(-abi));
        return;
    }
    if (!is_single_threaded()) {
        add_shortfall(s, "landlock", -EBUSY, "other threads exist already");
        return;
    }
    if (abi > LANDLOCK_ABI_MAX)
        abi = LANDLOCK_ABI_MAX;
    if (rules->pretend_landlock_abi > 0 && abi > rules->pretend_landlock_abi)
        abi = rules->pretend_landlock_abi;
    while (n < SEAL_PATHS_MAX && rules->read_paths[n])
        n++;
    r = landlock_restrict(abi,
        &(struct landlock_plan){.read_paths = rules->read_paths,
            .n_paths = n,
            .write_fd = rules->write_fd,
            .connect_ports = rules->connect_ports,
            .n_ports = rules->connect_count},
        &e);
    if (r != 0) {
        add_shortfall(s, "landlock", r, e.text);
        return;
    }
    report->landlock = true;
    report->landlock_abi = abi;
}

static void apply_seccomp(const struct seal_rules *rules, struct seal_report *report, struct shortfall *s)
{
    struct error e = {0};
    int r = syscall_filter_load(rules->write_fd,
        (rules->serves ? SYSCALL_SERVES : 0U) | (rules->connect_count > 0 ? SYSCALL_CONNECTS : 0U) |
            (rules->receives ? SYSCALL_RECEIVES : 0U),
        &e);

    if (r == 0)
        report->seccomp = true;
    else
        add_shortfall(
            s, "seccomp", r == -EINVAL ? -ENOSYS : r, e.text); /* EINVAL: CONFIG_SECCOMP_FILTER is off */
}

/* Whether path lies below one of the trees that may be read. Only the root directory is asked for. */
static bool may_read_root(const struct seal_rules *rules)
{
    for (size_t i = 0; i < SEAL_PATHS_MAX && rules->read_paths[i]; i++)
        if (strcmp(rules->read_paths[i], "/") == 0)
            return true;
    return false;
}

/* Believes no return value: tries one thing that each layer refuses. */
static void verify(const struct seal_rules *rules, struct seal_report *report, struct shortfall *s)
{
    int fd;

    if (report->landlock && !may_read_root(rules)) {
        fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0) {
            (void)close(fd);
            report->landlock = false;
            report->landlock_abi = 0;
            add_shortfall(s, "landlock", -EPERM, "in force, but the root directory can be listed");
        }
    }
    if (report->seccomp && personality(0xffffffff) != -1) { /* only asks, and is not in the filter */
        report->seccomp = false;
        add_shortfall(s, "seccomp", -EPERM, "in force, but what it refuses is possible");
    }
}

int seal_apply(
    enum seal_mode mode, const struct seal_rules *rules, struct seal_report *report, struct error *e)
{
    struct shortfall s = {.code = 0};

    *report = (struct seal_report){.writes = rules->write_fd > 0,
        .serves = rules->serves,
        .receives = rules->receives,
        .connects = rules->connect_count > 0};
    text_init(&s.text, report->missing, sizeof(report->missing));
    if (mode == SEAL_OFF) {
        text_add(&s.text, "everything: switched off");
        return 0;
    }
    apply_privileges(rules, report, &s);
    apply_landlock(rules, report, &s);
    apply_seccomp(rules, report, &s);
    verify(rules, report, &s);
    if (mode == SEAL_REQUIRED && s.code != 0)
        return error_set(e, s.code, "the sandbox is required, but cannot be had: %s", report->missing);
    return 0;
}
