/* command.h: what a subcommand is: one const struct, one row in its table, one file. Help,
 * usage and options are printed and read from these rows, so they cannot disagree. */

#ifndef STUI_CLI_COMMAND_H
#define STUI_CLI_COMMAND_H

#include "cli/arguments.h"
#include "cli/cli.h"

#include <stdio.h>

struct command {
    const char *name;                 /* "eval" */
    const char *usage;                /* what stands behind the name: "IMAGE… -e CODE" */
    const char *summary;              /* one line */
    const char *help;                 /* paragraphs, wrapped, without the options; may be NULL */
    const struct option_row *options; /* of its own; may be NULL */
    const struct command *const *commands; /* its subcommands, ending with NULL; may be NULL */
    size_t least, most;                    /* operands that it takes */
    bool changes;                          /* an image, the list or stui: not with --read-only */
    /* Returns an enum stui_exit. NULL when COMMANDS does the work; beside them it does what there is to do
     * when none is named. */
    int (*run) (const struct cli_options *cli, const struct arguments *arguments);
};

enum { CLI_EXIT_INTERRUPTED = 130 }; /* as shells have it: 128 and SIGINT */

extern const struct command command_demo, command_serve, command_stop, command_image, command_eval,
    command_filein, command_fileout, command_status, command_session, command_events,
    command_doctor, command_help, command_sim, command_backup, command_restore, command_secret,
    command_do, command_completion, command_held, command_doubt, command_chaos, command_transcript;

/* All commands, ending with NULL; the global options, ending with a NULL name. */
extern const struct command *const cli_commands[];
extern const struct option_row cli_global_options[];

/* Sends what was printed to stdout on its way. That it failed, here or by itself, is remembered: the
 * program says so at its end and does not exit 0. False when it has failed, now or before. */
bool cli_flush (void);

/* "stui: SENTENCE" on stderr. */
void cli_complain (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
/* The same for a wrong use of COMMAND, with its usage; STUI_EXIT_USAGE. */
int cli_misuse (const char *path, const struct command *command, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* Says that --read-only forbids `stui WHAT`, and that nothing was done; STUI_EXIT_USAGE. */
int cli_refuse (const char *what);

/* The command that COUNT words name ("image", "add"), and in *PATH its full name, which the
 * caller frees. NULL when a word is wrong: said on stderr. */
const struct command *cli_find_command (size_t count, const char *const *words, char **path);

/* COMMAND's help (NULL: that of the program) to OUT. */
void cli_print_help (FILE *out, const char *path, const struct command *command);

/* Whether stdin and stdout are a terminal. */
bool cli_has_terminal (void);
/* Runs the full-screen terminal on them; an enum stui_exit. */
int cli_run_terminal (const struct cli_options *cli);
/* What `stui` without a command does: that, or it says why not. */
int cli_default (const struct cli_options *cli);

/* Prints JSON to stdout, in one line. */
struct json;
void cli_print_json (const struct json *json);

/* Columns of the terminal that stdout is, 0 when it is none. */
size_t cli_terminal_width (void);
/* Whether OUT is a terminal that takes colour (NO_COLOR unset). */
bool cli_paints (FILE *out);
/* Prints TABLE to stdout as that suits, and destroys it. */
struct render_table;
void cli_print_table (const struct cli_options *cli, struct render_table **table);

#endif
