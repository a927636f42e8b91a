/* SPDX-License-Identifier: MIT
 * The effective configuration: every room's options, filled from built-in defaults, files, environment and
 * flags, each value knowing where it came from. In the order of use: config_init, config_load, config_set for
 * each flag, config_validate.
 *
 * Who wins, from weak to strong: defaults; $STATE_DIRECTORY (for state_dir only); the file; conf.d beside it,
 * *.yaml in the order of their bytes; environment variables COHERENCE_*; flags. Every problem is said, not
 * only the first, through `problem`: e->file is a path or the name of an environment variable, e is valid
 * during the call. */
#ifndef COHERENCE_CONFIG_CONFIG_H
#define COHERENCE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "base/text.h"
#include "config/shell_options.h"
#include "engine/engine.h"
#include "ingestion/datadog/datadog_options.h"
#include "ingestion/deep/deep_sense.h"
#include "ingestion/host/host.h"
#include "ingestion/intake/intake.h"
#include "ingestion/intake/meaning_options.h"
#include "ingestion/otlp/otlp.h"
#include "ingestion/prometheus/scrape.h"
#include "ingestion/remote_write/remote_write.h"
#include "net/http_client.h"
#include "ingestion/statsd/statsd.h"
#include "net/http_options.h"
#include "output/alert/alert_options.h"
#include "output/haproxy_agent.h"
#include "sandbox/seal.h"
#include "state/history_options.h"
#include "state/recorder_options.h"

#define CONFIG_DEFAULT_FILE "/etc/coherence/coherence.yaml"
#define CONFIG_FILES_MAX    65     /* the file and 64 of conf.d */
#define CONFIG_ROWS_MAX     128    /* options of all rooms */
#define CONFIG_DUMP_MAX     262144 /* bytes that config_dump and config_describe need at most */

/* Where a value came from, from weak to strong. */
enum config_source {
    CONFIG_FROM_DEFAULT,
    CONFIG_FROM_SERVICE, /* $STATE_DIRECTORY, set by the service manager */
    CONFIG_FROM_FILE,
    CONFIG_FROM_ENVIRONMENT,
    CONFIG_FROM_FLAG
};

struct config_origin {
    enum config_source source;
    uint32_t file; /* of CONFIG_FROM_FILE: index into files */
    uint32_t line, column;
    bool refused; /* a value was set that could not be taken: what c holds is not what was meant */
};

struct config {
    struct engine_options engine;
    struct host_options host;
    struct deep_options deep;
    struct intake_options intake;
    struct meaning_options meaning;
    struct remote_write_options remote_write;
    struct otlp_options otlp;
    struct scrape_options scrape;
    struct statsd_options statsd;
    struct datadog_options datadog;
    struct seal_options seal;
    struct http_options http;
    struct haproxy_options haproxy;
    struct http_client_options client;
    struct alert_options alerts;
    struct shell_options shell;
    struct history_options history;
    struct recorder_options recorder;
    /* For reading: what was read, and where each option (by its number, see config_option) came from. */
    char files[CONFIG_FILES_MAX][ERROR_FILE_MAX];
    size_t file_count;
    struct config_origin origins[CONFIG_ROWS_MAX];
};

/* What is to be loaded. */
struct config_request {
    const char *file;               /* the file of -c, which must exist; NULL: default_file when it exists */
    const char *default_file;       /* NULL: CONFIG_DEFAULT_FILE */
    const char *const *environment; /* NULL-terminated "NAME=value"; NULL: none */
};

/* The configuration in a recording: config_write's text. */
struct config_recorded {
    const char *name; /* of the recording, for messages */
    const char *bytes;
    size_t n;
};

/* All options at their defaults. The struct may be copied. About 20 KiB. */
void config_init(struct config *c);

/* Files and environment over what c holds. Returns 0; -EINVAL when problem was called (c then holds a mixture
 * and must not be used); -ENOMEM. */
int config_load(struct config *c, const struct config_request *request,
    void (*problem)(void *context, const struct error *e), void *context);

/* One option from a flag; key as in the file. Returns 0, -ENOENT (no such key), or what option_set says; e
 * (NULL allowed) says it in words. */
int config_set(struct config *c, const char *key, const char *text, struct error *e);

/* What the options say together: windows against periods, limits against each other, paths. Reads no file.
 * Returns 0, or -EINVAL when problem was called; each problem stands at the place of the value that was set
 * last. */
int config_validate(
    const struct config *c, void (*problem)(void *context, const struct error *e), void *context);

/* Checks the file and conf.d beside it as -c would load them, over the defaults and without environment.
 * Returns 0, -EINVAL or -ENOMEM. */
int config_check(const char *path, void (*problem)(void *context, const struct error *e), void *context);

/* The first half of loading, without files: the bytes of one YAML file (anything), the variables of one
 * environment. As config_load. */
int config_parse(struct config *c, const char *bytes, size_t n, const char *name,
    void (*problem)(void *context, const struct error *e), void *context);
int config_environment(struct config *c, const char *const *environment,
    void (*problem)(void *context, const struct error *e), void *context);

/* Writes the effective configuration as YAML that loads to the same values, with a comment for each: default,
 * file and line, environment variable or flag. */
void config_dump(const struct config *c, struct text *out);

/* The same without the comments: what a recording carries. It loads to the same values, bit for bit, and
 * written again gives the same text. No row holds a secret: those are named by the file that they are in. */
void config_write(const struct config *c, struct text *out);

/* Writes a file for people to begin with: every key at its default with its help, all of it commented out. */
void config_write_example(struct text *out);

/* Writes what a value of that option may be: "choice of auto, off or on", "duration, 100ms to 1h". */
void config_describe_type(const struct option_row *row, struct text *out);

/* How c, which the user has loaded, judges a recording: the engine's options become those of the recorded
 * (config_write's text, outside bytes), except those that the command line names: flags, and the file of -c
 * and its conf.d when file_named. What the machine's own file and environment say is how this host judges,
 * not how the recording was judged. engine.threads and anomalies, which change no judgement, stay the user's;
 * so do limits of memory where the recorded ones are higher. Writes to kept the keys, ", " between, whose
 * values are the user's and differ from the recorded ones. Returns 0; -EINVAL when problem was called: what
 * it says was not understood (another version wrote it) and c has the default there, the rest holds; -ENOMEM
 * (c untouched).
 */
int config_take_recorded(struct config *c, bool file_named, const struct config_recorded *recorded,
    struct text *kept, void (*problem)(void *context, const struct error *e), void *context);

/* What a reload brought. */
struct config_news {
    struct text changed, kept; /* keys, ", " between: taken over; need a restart and stay as they were */
    bool engine;               /* of the engine's options some have changed */
};

/* Makes c what a running sentinel can take over of `fresh`, which was loaded and is right: what was changed
 * but needs a restart stays. Judge the mixture by config_validate. ret->changed, kept: initialised texts. */
void config_take_reloaded(struct config *c, const struct config *fresh, struct config_news *ret);

/* Writes where the option of that number came from: "default", "/etc/coherence/coherence.yaml:3",
 * "environment COHERENCE_PROFILE", "flag". */
void config_describe_origin(const struct config *c, size_t number, struct text *out);

/* Writes every option with type, default, bounds, environment variable and help, in groups: for --help and
 * the man page. */
void config_describe(struct text *out);

/* The options of all rooms, numbered from 0 to config_option_count() - 1 in the order of the registry. */
size_t config_option_count(void);
const struct option_row *config_option(size_t number);

/* The title of the group in which it stands, lower case. */
const char *config_option_group(size_t number);

/* Writes the environment variable of a key: "COHERENCE_SOURCES_HOST_INTERVAL" of "sources.host.interval". */
void config_variable(const char *key, struct text *out);

#endif
