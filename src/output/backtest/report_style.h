/* SPDX-License-Identifier: MIT
 * The style sheet of the HTML report (report.css), embedded when the program is built. */
#ifndef COHERENCE_OUTPUT_BACKTEST_REPORT_STYLE_H
#define COHERENCE_OUTPUT_BACKTEST_REPORT_STYLE_H

#include <stddef.h>

struct report_style {
    const char *name;
    const unsigned char *bytes;
    size_t size;
};
extern const struct report_style report_styles[]; /* one, then a row of NULL */

#endif
