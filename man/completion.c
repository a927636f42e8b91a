/* SPDX-License-Identifier: MIT
 * Turns the tables of commands, options, keys and scenarios into completions for bash, zsh and fish: plain
 * functions of each shell, which need nothing else installed. */
#include <string.h>

#include "cli/command.h"
#include "config/config.h"
#include "ingestion/simulator/simulator.h"
#include "manual.h"

/* What a value or an operand is, by the word that stands for it in help. */
enum value_kind { VALUE_NONE, VALUE_CHOICE, VALUE_FILE, VALUE_DIRECTORY, VALUE_KEY, VALUE_OTHER };

static enum value_kind kind_of(const char *word)
{
    if (!word)
        return VALUE_NONE;
    if (strchr(word, '|'))
        return VALUE_CHOICE;
    if (strcmp(word, "FILE") == 0)
        return VALUE_FILE;
    if (strcmp(word, "DIR") == 0)
        return VALUE_DIRECTORY;
    return strcmp(word, "KEY=VALUE") == 0 ? VALUE_KEY : VALUE_OTHER;
}

/* The words of "a|b|c" with blanks between. */
static void add_choices(struct text *out, const char *word)
{
    for (; *word; word++)
        text_add_char(out, *word == '|' ? ' ' : *word);
}

static bool takes_files(const struct command *c)
{
    return strstr(c->operands, "FILE") != NULL;
}

static bool takes_scenario(const struct command *c)
{
    return strstr(c->operands, "SCENARIO") != NULL;
}

static void add_scenarios(struct text *out)
{
    for (const char *const *name = scenario_names(); *name; name++)
        text_addf(out, "%s%s", name == scenario_names() ? "" : " ", *name);
}

static void add_keys(struct text *out)
{
    for (size_t i = 0; i < config_option_count(); i++)
        text_addf(out, "%s%s=", i ? " " : "", config_option(i)->key);
}

/* Text within single quotes of a shell; quote: how a single quote is written there. */
static void add_quoted(struct text *out, const char *s, const char *quote)
{
    for (; *s; s++)
        if (*s == '\'')
            text_add(out, quote);
        else
            text_add_char(out, *s);
}

static void add_command_names(struct text *out)
{
    for (size_t i = 0; command_table[i]; i++)
        text_addf(out, "%s%s", i ? " " : "", command_table[i]->name);
}

/* The options of the commands in mask, and for each that takes a value the case that completes it. */
static void bash_values(struct text *out)
{
    struct argument_flag f;

    text_add(out, "    case $previous in\n");
    for (size_t i = 0; arguments_flag(i, &f); i++) {
        switch (kind_of(f.word)) {
        case VALUE_NONE:
            continue;
        case VALUE_CHOICE:
            text_addf(out, "    %s) COMPREPLY=($(compgen -W '", f.name);
            add_choices(out, f.word);
            text_add(out, "' -- \"$current\")); return ;;\n");
            continue;
        case VALUE_FILE:
            text_addf(out, "    %s) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n", f.name);
            continue;
        case VALUE_DIRECTORY:
            text_addf(out, "    %s) COMPREPLY=($(compgen -d -- \"$current\")); return ;;\n", f.name);
            continue;
        case VALUE_KEY:
            text_addf(out, "    %s) COMPREPLY=($(compgen -W '", f.name);
            add_keys(out);
            text_add(out, "' -- \"$current\")); compopt -o nospace 2>/dev/null; return ;;\n");
            continue;
        default:
            text_addf(out, "    %s) return ;;\n", f.name);
        }
    }
    text_add(out, "    esac\n");
}

static void bash_commands(struct text *out)
{
    struct argument_flag f;

    text_add(out, "    case $command in\n");
    for (size_t c = 0; command_table[c]; c++) {
        text_addf(out, "    %s) options='", command_table[c]->name);
        for (size_t i = 0; arguments_flag(i, &f); i++)
            if (f.help && (f.commands & command_table[c]->bit))
                text_addf(out, "%s ", f.name);
        text_add(out, "'");
        if (takes_scenario(command_table[c])) {
            text_add(out, " words='");
            add_scenarios(out);
            text_add(out, "'");
        }
        if (takes_files(command_table[c]))
            text_add(out, " files=yes");
        text_add(out, " ;;\n");
    }
    text_add(out, "    *) options='--help --version' words='");
    add_command_names(out);
    text_add(out, "' ;;\n    esac\n");
}

void complete_bash(struct text *out)
{
    text_add(out, "# bash completion for coherence, made from the program's own tables.\n"
                  "# shellcheck disable=SC2207 # no completion holds a blank\n"
                  "_coherence()\n{\n"
                  "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                  "    local command='' options='' words='' files='' i\n"
                  "    COMPREPLY=()\n"
                  "    # A value after = is two words further for bash.\n"
                  "    [ \"$current\" != = ] || current=''\n"
                  "    [ \"$previous\" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
                  "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                  "        case ${COMP_WORDS[i]} in\n        ");
    for (size_t i = 0; command_table[i]; i++)
        text_addf(out, "%s%s", i ? " | " : "", command_table[i]->name);
    text_add(out, ") command=${COMP_WORDS[i]}; break ;;\n        esac\n    done\n");
    bash_values(out);
    bash_commands(out);
    text_add(out, "    case $current in\n"
                  "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
                  "    *)\n"
                  "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                  "        [ -z \"$files\" ] || COMPREPLY+=($(compgen -f -- \"$current\"))\n"
                  "        ;;\n    esac\n}\n"
                  "complete -o filenames -F _coherence coherence\n");
}

/* Help in the brackets of an _arguments specification. */
static void zsh_help(struct text *out, const char *help)
{
    char bytes[512];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    for (; *help; help++) {
        if (*help == '[' || *help == ']' || *help == ':' || *help == '\\')
            text_add_char(&t, '\\');
        text_add_char(&t, *help);
    }
    add_quoted(out, bytes, "'\\''");
}

static void zsh_flag(struct text *out, const struct argument_flag *f)
{
    text_addf(out, " \\\n            '%s%s[", f->name, f->word && f->name[1] == '-' ? "=" : "");
    zsh_help(out, f->help);
    text_add(out, "]");
    switch (kind_of(f->word)) {
    case VALUE_NONE:
        break;
    case VALUE_CHOICE:
        text_add(out, ":value:(");
        add_choices(out, f->word);
        text_add(out, ")");
        break;
    case VALUE_FILE:
        text_add(out, ":file:_files");
        break;
    case VALUE_DIRECTORY:
        text_add(out, ":directory:_files -/");
        break;
    case VALUE_KEY:
        text_add(out, ":key:->key");
        break;
    default:
        text_addf(out, ":%s:", f->word);
    }
    text_add(out, "'");
}

void complete_zsh(struct text *out)
{
    struct argument_flag f;

    text_add(out,
        "#compdef coherence\n# zsh completion for coherence, made from the program's own tables.\n"
        "_coherence()\n{\n    local context state line\n    local -a commands keys\n    commands=(");
    for (size_t c = 0; command_table[c]; c++) {
        text_addf(out, "\n        '%s:", command_table[c]->name);
        zsh_help(out, command_table[c]->summary);
        text_add(out, "'");
    }
    text_add(out, "\n    )\n    keys=(");
    add_keys(out);
    text_add(out, ")\n    if ((CURRENT == 2)); then\n        _describe -t commands command commands\n"
                  "        _arguments '--help[help]' '--version[the version]'\n        return\n    fi\n"
                  "    case $words[2] in\n");
    for (size_t c = 0; command_table[c]; c++) {
        const struct command *command = command_table[c];
        text_addf(out, "    %s)\n        _arguments", command->name);
        for (size_t i = 0; arguments_flag(i, &f); i++)
            if (f.help && (f.commands & command->bit))
                zsh_flag(out, &f);
        text_add(out, " \\\n            '1:command:'");
        if (takes_scenario(command)) {
            text_add(out, " \\\n            '2:scenario:(");
            add_scenarios(out);
            text_add(out, ")'");
        }
        if (takes_files(command))
            text_add(out, " \\\n            '*:file:_files'");
        text_add(out, "\n        ;;\n");
    }
    text_add(out, "    esac\n    [[ $state != key ]] || compadd -S '' -a keys\n}\n\n"
                  "if [ \"$funcstack[1]\" = _coherence ]; then\n    _coherence \"$@\"\nelse\n"
                  "    compdef _coherence coherence\nfi\n");
}

static void fish_condition(struct text *out, unsigned commands)
{
    text_add(out, " -n '__fish_seen_subcommand_from");
    for (size_t c = 0; command_table[c]; c++)
        if (commands & command_table[c]->bit)
            text_addf(out, " %s", command_table[c]->name);
    text_add(out, "'");
}

static void fish_flag(struct text *out, const struct argument_flag *f)
{
    text_add(out, "complete -c coherence");
    if (f->commands != ~0U)
        fish_condition(out, f->commands);
    text_addf(out, " %s %s", f->name[1] == '-' ? "-l" : "-s", f->name + (f->name[1] == '-' ? 2 : 1));
    switch (kind_of(f->word)) {
    case VALUE_NONE:
        break;
    case VALUE_CHOICE:
        text_add(out, " -x -a '");
        add_choices(out, f->word);
        text_add(out, "'");
        break;
    case VALUE_FILE:
        text_add(out, " -r -F");
        break;
    case VALUE_DIRECTORY:
        text_add(out, " -x -a '(__fish_complete_directories)'");
        break;
    case VALUE_KEY:
        text_add(out, " -x -a '");
        add_keys(out);
        text_add(out, "'");
        break;
    default:
        text_add(out, " -x");
    }
    text_add(out, " -d '");
    add_quoted(out, f->help, "\\'");
    text_add(out, "'\n");
}

void complete_fish(struct text *out)
{
    struct argument_flag f;
    unsigned with_files = 0;

    text_add(out,
        "# fish completion for coherence, made from the program's own tables.\ncomplete -c coherence -f\n");
    for (size_t c = 0; command_table[c]; c++) {
        text_addf(out, "complete -c coherence -n __fish_use_subcommand -a %s -d '", command_table[c]->name);
        add_quoted(out, command_table[c]->summary, "\\'");
        text_add(out, "'\n");
        if (takes_files(command_table[c]))
            with_files |= command_table[c]->bit;
        if (takes_scenario(command_table[c])) {
            text_add(out, "complete -c coherence");
            fish_condition(out, command_table[c]->bit);
            text_add(out, " -a '");
            add_scenarios(out);
            text_add(out, "'\n");
        }
    }
    for (size_t i = 0; arguments_flag(i, &f); i++)
        if (f.help)
            fish_flag(out, &f);
    text_add(out, "complete -c coherence");
    fish_condition(out, with_files);
    text_add(out, " -F\n");
}
