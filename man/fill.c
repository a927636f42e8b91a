/* SPDX-License-Identifier: MIT
 * Turns the tables of commands, options, configuration keys, laws and scenarios into parts of manual pages.
 * Metrics, which are a table only once they are served, are fill_metrics.c's matter. */
#include <string.h>

#include "cli/command.h"
#include "config/config.h"
#include "core/law.h"
#include "detection/law_module.h"
#include "ingestion/simulator/simulator.h"
#include "manual.h"

void roff_add(struct text *out, const char *s)
{
    if (*s == '.' || *s == '\'')
        text_add(out, "\\&");
    for (; *s; s++)
        if (*s == '\\')
            text_add(out, "\\e");
        else if (*s == '-')
            text_add(out, "\\-");
        else if (*s == '\'')
            text_add(out, "\\(aq");
        else
            text_add_char(out, *s);
}

/* A sentence: the tables begin in lower case and have no full stop. */
static void add_sentence(struct text *out, const char *s)
{
    char first[2] = {(char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s), '\0'};

    roff_add(out, first);
    if (*s)
        roff_add(out, s + 1);
    text_add(out, ".\n");
}

static void add_flag(struct text *out, const struct argument_flag *f)
{
    text_add(out, "\\fB");
    roff_add(out, f->name);
    text_add(out, "\\fR");
    if (!f->word)
        return;
    text_add(out, " \\fI");
    roff_add(out, f->word);
    text_add(out, "\\fR");
}

void fill_commands(struct text *out)
{
    struct argument_flag f;

    for (size_t c = 0; command_table[c]; c++) {
        const struct command *command = command_table[c];
        bool any = false;

        text_add(out, ".TP\n\\fB");
        roff_add(out, command->name);
        text_add(out, "\\fR \\fI");
        roff_add(out, command->operands);
        text_add(out, "\\fR\n");
        add_sentence(out, command->summary);
        text_add(out, "Options:");
        for (size_t i = 0; arguments_flag(i, &f); i++) {
            if (!(f.commands & command->bit) || !f.help || f.commands == ~0U)
                continue;
            text_add(out, any ? ",\n" : "\n");
            text_add(out, "\\fB");
            roff_add(out, f.name);
            text_add(out, "\\fR");
            any = true;
        }
        text_add(out, any ? ".\n" : " none.\n");
    }
}

void fill_options(struct text *out)
{
    struct argument_flag f;

    for (size_t i = 0; arguments_flag(i, &f); i++) {
        if (!f.help)
            continue;
        text_add(out, ".TP\n");
        add_flag(out, &f);
        text_add(out, "\n");
        add_sentence(out, f.help);
    }
}

static void add_value(struct text *out, const struct option_row *row)
{
    char bytes[512];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    config_describe_type(row, &t);
    text_addf(&t, "; default: %s", row->fallback[0] ? row->fallback : "none");
    add_sentence(out, bytes);
}

void fill_keys(struct text *out)
{
    const size_t count = config_option_count();
    const char *group = "";
    char variable[128];
    struct text t;

    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = config_option(i);
        if (strcmp(group, config_option_group(i)) != 0) {
            group = config_option_group(i);
            text_add(out, ".SS ");
            add_sentence(out, group);
            out->length -= 2; /* a title has no full stop */
            text_add(out, "\n");
        }
        text_add(out, ".TP\n\\fB");
        roff_add(out, row->key);
        text_add(out, "\\fR\n");
        add_sentence(out, row->help);
        text_add(out, ".br\n");
        add_value(out, row);
        text_init(&t, variable, sizeof(variable));
        config_variable(row->key, &t);
        text_add(out, ".br\nEnvironment: ");
        roff_add(out, variable);
        text_add(out, "\n");
    }
}

void fill_laws(struct text *out)
{
    for (size_t i = 0; law_registry[i]; i++) {
        const struct law_module *law = law_registry[i];
        const enum veto_type veto = law_veto(law->id);

        text_add(out, ".TP\n\\fB");
        roff_add(out, law_name(law->id));
        text_add(out, "\\fR\n");
        add_sentence(out, law->summary);
        if (veto != VETO_NONE) {
            text_add(out, "Advice: ");
            roff_add(out, veto_action_name(veto));
            text_addf(out, " (%s).\n", veto_type_name(veto));
        }
    }
}

void fill_scenarios(struct text *out)
{
    for (const char *const *name = scenario_names(); *name; name++) {
        text_add(out, ".TP\n\\fB");
        roff_add(out, *name);
        text_add(out, "\\fR\n");
        add_sentence(out, scenario_title(*name));
    }
}
