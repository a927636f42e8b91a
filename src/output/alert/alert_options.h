/* SPDX-License-Identifier: MIT
 * Where alerts go, as configured. */
#ifndef COHERENCE_OUTPUT_ALERT_ALERT_OPTIONS_H
#define COHERENCE_OUTPUT_ALERT_ALERT_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/option.h"

enum alert_webhook_form { ALERT_FORM_CLOUDEVENTS, ALERT_FORM_ALERTMANAGER };
enum alert_log_kind { ALERT_LOG_OFF, ALERT_LOG_AUTO, ALERT_LOG_JOURNAL, ALERT_LOG_SYSLOG };

struct alert_options {
    char link[OPTION_TEXT_MAX];
    struct {
        char urls[OPTION_LIST_MAX];
        char token_file[OPTION_TEXT_MAX];
        char labels[OPTION_LIST_MAX];
        int64_t resend_ns, timeout_ns;
    } alertmanager;
    struct {
        char urls[OPTION_LIST_MAX];
        char url_file[OPTION_TEXT_MAX];
        char token_file[OPTION_TEXT_MAX];
        int form; /* enum alert_webhook_form */
        int64_t timeout_ns;
    } webhook;
    int log; /* enum alert_log_kind */
};
extern const struct option_row alert_option_rows[];
extern const size_t alert_option_count;

/* 0, or -EINVAL with *ret_key and e filled. Reads nothing. */
int alert_options_check(const struct alert_options *o, const char **ret_key, struct error *e);

/* Whether anything is to be told to anybody over HTTP; whether anything at all. */
bool alert_options_connect(const struct alert_options *o);
bool alert_options_any(const struct alert_options *o);

#endif
