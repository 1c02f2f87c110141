/* completion.c: `stui completion bash|zsh|fish`: a script for the shell, made of the tables of commands
 * and options that help is made of. Images are completed out of the configuration file: asking an
 * owner would start one. */

#include "cli/command.h"
#include "cli/completion_words.h"

#include "runtime/alloc.h"

#include <stdlib.h>
#include <string.h>

/* How one shell says it: what begins and ends the script, and a place in between: PATH ("", "image",
 * "image add"), what may stand there. */
struct dialect {
    const char *shell, *head, *tail;
    void (*place) (const char *path, const struct command *const *rows,
                   const struct option_row *own, bool images, const char *words);
};

/* TEXT between single quotes, in which only MARKS need BEFORE each. */
static void
print_quoted (const char *text, const char *marks, const char *before, const char *quote)
{
    putchar ('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs (quote, stdout);
        else {
            if (strchr (marks, *text) != NULL)
                fputs (before, stdout);
            putchar (*text);
        }
    }
    putchar ('\'');
}

/* ---- bash ---------------------------------------------------------------------------------------- */

static void
bash_options (const struct option_row *row)
{
    for (; row != NULL && row->name != NULL; row++)
        printf (" --%s", row->name);
}

static void
bash_place (const char *path, const struct command *const *rows, const struct option_row *own,
            bool images, const char *words)
{
    printf ("    '%s') _stui_words='", path);
    for (; rows != NULL && *rows != NULL; rows++)
        printf ("%s ", (*rows)->name);
    bash_options (own);
    bash_options (cli_global_options);
    printf ("' _stui_images=%s _stui_ask=%s;;\n", images ? "yes" : "", words ? words : "");
}

static const char bash_head[] = "# bash completion of stui; made by `stui completion bash`\n"
                                "_stui_place () {\n"
                                "    case $1 in\n";
static const char bash_tail[] =
    "    *) return 1;;\n"
    "    esac\n"
    "}\n"
    "_stui () {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} at= word next index _stui_words= _stui_images=\n"
    "    local _stui_ask=\n"
    "    for ((index = 1; index < COMP_CWORD; index++)); do\n"
    "        word=${COMP_WORDS[index]} next=${at:+$at }${COMP_WORDS[index]}\n"
    "        case $word in -*) continue;; esac\n"
    "        _stui_place \"$next\" && at=$next\n"
    "    done\n"
    "    _stui_place \"$at\"\n"
    "    case $current in -*) _stui_images= _stui_ask=;; esac\n"
    "    case ${COMP_WORDS[COMP_CWORD-1]} in\n"
    "    --tag) _stui_ask=tags _stui_words= _stui_images=;;\n"
    "    --kind) _stui_ask=kinds _stui_words= _stui_images=;;\n"
    "    --session) _stui_ask=sessions _stui_words= _stui_images=;;\n"
    "    --image) _stui_images=yes _stui_words= _stui_ask=;;\n"
    "    esac\n"
    "    [ -z \"$_stui_ask\" ] || _stui_words=\"$_stui_words $(stui completion --words $_stui_ask "
    "2>/dev/null)\"\n"
    "    [ -z \"$_stui_images\" ] || _stui_words=\"$_stui_words $(sed -n "
    "'s/^ *\\[image \"\\(.*\\)\"\\].*/\\1/p' "
    "\"${XDG_CONFIG_HOME:-$HOME/.config}/stui/config\" 2>/dev/null)\"\n"
    "    COMPREPLY=($(compgen -W \"$_stui_words\" -- \"$current\"))\n"
    "}\n"
    "complete -o default -F _stui stui\n";

/* ---- zsh ----------------------------------------------------------------------------------------- */

static void
zsh_word (const char *dashes, const char *name, const char *help)
{
    char *text = stui_printf ("%s%s", dashes, name);
    fputs ("        ", stdout);
    print_quoted (text, ":\\", "\\", "'\\''");
    putchar (':');
    print_quoted (help, "\\", "\\", "'\\''");
    putchar ('\n');
    free (text);
}

static void
zsh_options (const struct option_row *row)
{
    for (; row != NULL && row->name != NULL; row++)
        zsh_word ("--", row->name, row->help);
}

static void
zsh_place (const char *path, const struct command *const *rows, const struct option_row *own,
           bool images, const char *words)
{
    printf ("    '%s') found=(\n", path);
    for (; rows != NULL && *rows != NULL; rows++)
        zsh_word ("", (*rows)->name, (*rows)->summary);
    zsh_options (own);
    zsh_options (cli_global_options);
    printf ("        ) images=%s ask=%s;;\n", images ? "yes" : "", words ? words : "");
}

static const char zsh_head[] = "#compdef stui\n"
                               "# zsh completion of stui; made by `stui completion zsh`\n"
                               "_stui_place () {\n"
                               "    case $1 in\n";
static const char zsh_tail[] =
    "    *) return 1;;\n"
    "    esac\n"
    "}\n"
    "_stui () {\n"
    "    local at= word next index images= ask=\n"
    "    local -a found names\n"
    "    for ((index = 2; index < CURRENT; index++)); do\n"
    "        word=$words[index] next=${at:+$at }$words[index]\n"
    "        case $word in -*) continue;; esac\n"
    "        _stui_place \"$next\" && at=$next\n"
    "    done\n"
    "    _stui_place \"$at\"\n"
    "    [[ -z $images ]] || names=(${(f)\"$(sed -n 's/^ *\\[image \"\\(.*\\)\"\\].*/\\1/p' "
    "${XDG_CONFIG_HOME:-$HOME/.config}/stui/config 2>/dev/null)\"})\n"
    "    case $words[CURRENT-1] in\n"
    "    --tag) ask=tags found=() images=;;\n"
    "    --kind) ask=kinds found=() images=;;\n"
    "    --session) ask=sessions found=() images=;;\n"
    "    --image) found=() ask=;;\n"
    "    esac\n"
    "    [[ -z $ask ]] || compadd -- ${(f)\"$(stui completion --words $ask 2>/dev/null)\"}\n"
    "    _describe stui found\n"
    "    (( ! $#names )) || compadd -a names\n"
    "    _files\n"
    "}\n"
    "[[ $funcstack[1] != _stui ]] || _stui \"$@\"\n"
    "(( ! $+functions[compdef] )) || compdef _stui stui\n";

/* ---- fish ---------------------------------------------------------------------------------------- */

static void
fish_word (const char *path, const char *what, const char *name, const char *help)
{
    printf ("complete -c stui -n \"__stui_at '%s'\" %s %s -d ", path, what, name);
    print_quoted (help, "\\", "\\", "\\'");
    putchar ('\n');
}

static void
fish_options (const char *path, const struct option_row *row)
{
    for (; row != NULL && row->name != NULL; row++) {
        const char *words = completion_words_of_option (row);
        char *what =
            words != NULL
                ? stui_printf ("-x -a '(stui completion --words %s 2>/dev/null)' -l", words)
                : stui_strdup (row->argument != NULL ? "-r -l" : "-l");
        fish_word (path, what, row->name, row->help);
        free (what);
    }
}

static void
fish_place (const char *path, const struct command *const *rows, const struct option_row *own,
            bool images, const char *words)
{
    for (; rows != NULL && *rows != NULL; rows++)
        fish_word (path, "-f -a", (*rows)->name, (*rows)->summary);
    fish_options (path, own);
    if (*path == '\0')
        for (const struct option_row *row = cli_global_options; row->name != NULL; row++) {
            printf ("complete -c stui %s -l %s -d ", row->argument != NULL ? "-r" : "", row->name);
            print_quoted (row->help, "\\", "\\", "\\'");
            putchar ('\n');
        }
    if (images)
        printf ("complete -c stui -n \"__stui_at '%s'\" -a '(__stui_images)'\n", path);
    if (words != NULL)
        printf ("complete -c stui -n \"__stui_at '%s'\" -a '(stui completion --words %s "
                "2>/dev/null)'\n",
                path, words);
    printf ("set -g __stui_places $__stui_places '%s'\n", path);
}

static const char fish_head[] =
    "# fish completion of stui; made by `stui completion fish`\n"
    "set -g __stui_places\n"
    "function __stui_at\n"
    "    set -l at ''\n"
    "    for word in (commandline -opc)[2..-1]\n"
    "        set -l next (string trim -- \"$at $word\")\n"
    "        contains -- \"$next\" $__stui_places; and set at $next\n"
    "    end\n"
    "    test \"$at\" = \"$argv[1]\"\n"
    "end\n"
    "function __stui_images\n"
    "    set -l home $HOME/.config\n"
    "    set -q XDG_CONFIG_HOME; and set home $XDG_CONFIG_HOME\n"
    "    sed -n 's/^ *\\[image \"\\(.*\\)\"\\].*/\\1/p' $home/stui/config 2>/dev/null\n"
    "end\n";

/* ---- the whole ------------------------------------------------------------------------------------ */

static const struct dialect dialects[] = {
    {"bash", bash_head, bash_tail, bash_place},
    {"zsh", zsh_head, zsh_tail, zsh_place},
    {"fish", fish_head, "", fish_place},
};

/* The places of ROWS, which stand behind PATH. */
static void
print_places (const struct dialect *dialect, const char *path, const struct command *const *rows)
{
    for (; *rows != NULL; rows++) {
        char *longer = stui_printf ("%s%s%s", path, *path != '\0' ? " " : "", (*rows)->name);
        const char *usage = (*rows)->usage;
        bool images = strstr (usage, "IMAGE") != NULL
                      || (strncmp (longer, "image ", 6) == 0 && strstr (usage, "NAME") != NULL);
        dialect->place (longer, (*rows)->commands, (*rows)->options, images,
                        completion_words_of_place (longer, usage));
        if ((*rows)->commands != NULL)
            print_places (dialect, longer, (*rows)->commands);
        free (longer);
    }
}

static int
completion_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *what = arguments_value (arguments, "words");
    if (what != NULL && completion_words_print (cli, what))
        return STUI_EXIT_DONE;
    if (what != NULL)
        return cli_misuse ("completion", &command_completion, "--words takes one of %s, not '%s'",
                           completion_words_kinds (), what);
    if (arguments_operands (arguments) == 0)
        return cli_misuse ("completion", &command_completion, "name the shell: bash, zsh or fish");
    const char *shell = arguments_operand (arguments, 0);
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        const struct dialect *dialect = &dialects[i];
        if (strcmp (dialect->shell, shell) != 0)
            continue;
        fputs (dialect->head, stdout);
        dialect->place ("", cli_commands, NULL, false, NULL);
        print_places (dialect, "", cli_commands);
        fputs (dialect->tail, stdout);
        return STUI_EXIT_DONE;
    }
    return cli_misuse ("completion", &command_completion,
                       "there is completion for bash, zsh and fish, not for '%s'", shell);
}

static const struct option_row completion_options[] = {
    {"words", 0, "KIND", "print what is completed of this kind: the script asks for it"},
    {0},
};

const struct command command_completion = {
    .name = "completion",
    .usage = "bash|zsh|fish",
    .summary = "a script that completes commands, options, images, tags and sessions in a shell",
    .help =
        "bash: `source <(stui completion bash)` in ~/.bashrc. zsh: the same in ~/.zshrc, after\n"
        "compinit. fish: `stui completion fish | source` in its config.fish. `make install` puts\n"
        "them where these shells look by themselves.",
    .options = completion_options,
    .most = 1,
    .run = completion_run,
};
