/* cli.c: the command line's frame: the table of subcommands, the global options, help, and
 * the one road from argv to a subcommand's function. */

#include "cli/cli.h"

#include "cli/command.h"
#include "cli/render.h"
#include "cli/suggest.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const struct command *const cli_commands[] = {
    &command_demo,
    &command_serve,
    &command_stop,
    &command_image,
    &command_eval,
    &command_filein,
    &command_fileout,
    &command_session,
    &command_held,
    &command_doubt,
    &command_status,
    &command_events,
    &command_transcript,
    &command_doctor,
    &command_backup,
    &command_restore,
    &command_secret,
    &command_do,
    &command_sim,
    &command_chaos,
    &command_completion,
    &command_help,
    NULL,
};

const struct option_row cli_global_options[] = {
    {"profile", 0, "NAME", "whose images, sessions and history (default)"},
    {"config", 0, "FILE", "the configuration ($XDG_CONFIG_HOME/stui/config)"},
    {"json", 0, NULL, "print data as JSON"},
    {"read-only", 0, NULL, "refuse whatever evaluates or changes an image"},
    {"fresh", 0, NULL, "begin without what was left open; it is kept, stored"},
    {"encrypt-sessions", 0, NULL, "encrypt sessions as they are saved, now and later"},
    {"ascii", 0, NULL, "draw with ASCII characters only"},
    {"theme", 0, "NAME", "terminal, dark, light, contrast, color-blind or mono"},
    {"kiosk", 0, NULL, "a wall: all images as tiles, worst first; no input but q"},
    {"log-file", 0, "FILE", "where the program's own log goes"},
    {"log-level", 0, "LEVEL", "error, warn, info or debug (info)"},
    {"help", 'h', NULL, "this help"},
    {"version", 0, NULL, "the version"},
    {0},
};

/* ---- what is said ------------------------------------------------------------------------ */

static int output_errno; /* why stdout could not be written; 0: it could, or nobody knows */

bool
cli_flush (void)
{
    if (fflush (stdout) != 0 && output_errno == 0)
        output_errno = errno;
    return output_errno == 0 && !ferror (stdout);
}

/* What was printed has to be where it was to go, whatever else went well. */
static int
cli_end_output (int status)
{
    if (cli_flush ())
        return status;
    cli_complain ("not all of the output could be written to stdout%s%s",
                  output_errno != 0 ? ": " : "", output_errno != 0 ? strerror (output_errno) : "");
    return status == STUI_EXIT_DONE ? STUI_EXIT_FAILED : status;
}

void
cli_complain (const char *format, ...)
{
    va_list list;
    char *text;
    cli_flush ();
    va_start (list, format);
    if (vasprintf (&text, format, list) < 0)
        abort ();
    va_end (list);
    char *harmless = render_block (text, 0); /* it may quote an image */
    fprintf (stderr, "stui: %s\n", harmless);
    free (harmless);
    free (text);
}

/* Whether USAGE shows the option of ROW already: "--count" or "-n". */
static bool
usage_has (const char *usage, const struct option_row *row)
{
    char *name = stui_printf ("--%s", row->name);
    bool has = strstr (usage, name) != NULL;
    free (name);
    for (const char *at = usage; row->letter != 0 && (at = strchr (at, '-')) != NULL; at++)
        has = has || (at[1] == row->letter && (at == usage || at[-1] != '-'));
    return has;
}

/* "usage: stui PATH WHAT-IT-TAKES [--OPTION]…": all options of its own, in lines that fit. */
static void
cli_print_usage (FILE *out, const char *path, const struct command *command)
{
    enum { USAGE_WIDTH = 79, USAGE_INDENT = 12 };
    char *line = stui_printf ("usage: stui %s%s%s", path, *command->usage != '\0' ? " " : "",
                              command->usage);
    size_t column = render_width (line);
    fputs (line, out);
    free (line);
    for (const struct option_row *row = command->options; row != NULL && row->name != NULL; row++) {
        if (usage_has (command->usage, row))
            continue;
        char *word = stui_printf ("[--%s%s%s]", row->name, row->argument != NULL ? " " : "",
                                  row->argument != NULL ? row->argument : "");
        size_t width = render_width (word);
        bool fits = column + 1 + width <= USAGE_WIDTH;
        fprintf (out, "%s%*s%s", fits ? "" : "\n", fits ? 1 : USAGE_INDENT, "", word);
        column = (fits ? column + 1 : (size_t) USAGE_INDENT) + width;
        free (word);
    }
    fputc ('\n', out);
}

int
cli_misuse (const char *path, const struct command *command, const char *format, ...)
{
    va_list list;
    cli_flush ();
    fprintf (stderr, "stui %s: ", path);
    va_start (list, format);
    vfprintf (stderr, format, list);
    va_end (list);
    fputc ('\n', stderr);
    cli_print_usage (stderr, path, command);
    fprintf (stderr, "`stui help %s` says more\n", path);
    return STUI_EXIT_USAGE;
}

int
cli_refuse (const char *what)
{
    cli_complain ("--read-only forbids `stui %s`: nothing was done", what);
    return STUI_EXIT_USAGE;
}

size_t
cli_terminal_width (void)
{
    struct winsize size;
    if (!isatty (STDOUT_FILENO) || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

bool
cli_paints (FILE *out)
{
    const char *no_color = getenv ("NO_COLOR");
    return (no_color == NULL || *no_color == '\0') && isatty (fileno (out));
}

void
cli_print_table (const struct cli_options *cli, struct render_table **table)
{
    char *text = render_table_text (*table, cli_terminal_width (), cli_paints (stdout), cli->ascii);
    fputs (text, stdout);
    free (text);
    render_table_destroy (table);
}

void
cli_print_json (const struct json *json)
{
    char *text = json_print (json);
    puts (text);
    free (text);
}

/* ---- help -------------------------------------------------------------------------------- */

static void
cli_print_options (FILE *out, const char *title, const struct option_row *table)
{
    if (table == NULL || table->name == NULL)
        return;
    fprintf (out, "\n%s:\n", title);
    for (const struct option_row *row = table; row->name != NULL; row++) {
        char letter[8] = "    ";
        if (row->letter != 0)
            snprintf (letter, sizeof letter, "-%c, ", row->letter);
        char *left = stui_printf ("%s--%s%s%s", letter, row->name, row->argument != NULL ? " " : "",
                                  row->argument != NULL ? row->argument : "");
        fprintf (out, "  %-28s %s\n", left, row->help);
        free (left);
    }
}

static void
cli_print_commands (FILE *out, const struct command *const *rows)
{
    fputs ("\ncommands:\n", out);
    for (; *rows != NULL; rows++)
        fprintf (out, "  %-12s %s\n", (*rows)->name, (*rows)->summary);
}

void
cli_print_help (FILE *out, const char *path, const struct command *command)
{
    if (command == NULL) {
        fputs (
            "usage: stui [OPTION…] [COMMAND [ARGUMENT…]]\n\n"
            "One terminal for all your Smalltalk images: it holds a live connection to each and\n"
            "loses nothing when a network, an image or stui itself goes away. Without a command "
            "it\n"
            "is that terminal.\n",
            out);
        cli_print_commands (out, cli_commands);
        cli_print_options (out, "options, before or after the command", cli_global_options);
        fputs ("\nexit status: 0 done, 1 failed or the code raised an error, 2 wrong usage or "
               "unknown\n"
               "image, 3 an image could not be reached, 4 in doubt (do not repeat)\n\n"
               "`stui help COMMAND` says more. `stui demo` starts images to try it on.\n",
               out);
        return;
    }
    cli_print_usage (out, path, command);
    fprintf (out, "\n%s\n", command->summary);
    if (command->help != NULL)
        fprintf (out, "\n%s\n", command->help);
    if (command->commands != NULL)
        cli_print_commands (out, command->commands);
    cli_print_options (out, "options", command->options);
    fputs ("\n`stui help` lists the options that every command takes\n", out);
}

/* ---- which command ------------------------------------------------------------------------ */

/* The row called WORD, or NULL after saying so, with the near misses. PATH is "" or the name of
 * the command whose table it is. */
static const struct command *
cli_find_row (const struct command *const *rows, const char *path, const char *word)
{
    enum { ROWS_MAX = 32 };
    const char *names[ROWS_MAX];
    size_t count = 0;
    for (size_t i = 0; rows[i] != NULL; i++) {
        if (strcmp (rows[i]->name, word) == 0)
            return rows[i];
        if (count < ROWS_MAX)
            names[count++] = rows[i]->name;
    }
    char *near = suggest_text (word, names, count);
    cli_complain ("there is no command '%s%s%s'%s; `stui help%s%s` lists them", path,
                  *path != '\0' ? " " : "", word, near, *path != '\0' ? " " : "", path);
    free (near);
    return NULL;
}

const struct command *
cli_find_command (size_t count, const char *const *words, char **path)
{
    const struct command *const *rows = cli_commands;
    const struct command *command = NULL;
    *path = stui_strdup ("");
    for (size_t i = 0; i < count; i++) {
        if (rows == NULL) {
            cli_complain ("'stui %s' has no commands of its own, so '%s' is one word too many",
                          *path, words[i]);
            return NULL;
        }
        command = cli_find_row (rows, *path, words[i]);
        if (command == NULL)
            return NULL;
        char *longer = stui_printf ("%s%s%s", *path, i > 0 ? " " : "", words[i]);
        free (*path);
        *path = longer;
        rows = command->commands;
    }
    return command;
}

/* ---- from argv to a function ---------------------------------------------------------------- */

/* What argv came to, kept together so that one place frees it. */
struct invocation {
    struct cli_options cli;
    struct arguments globals;   /* given before the command's last word */
    struct arguments arguments; /* given after it */
    const struct command *command;
    char *path;
};

static const char *
invocation_value (const struct invocation *self, const char *option)
{
    const char *value = arguments_value (&self->arguments, option);
    return value != NULL ? value : arguments_value (&self->globals, option);
}

/* Reads words up to the command's name, then its own. 0, or STUI_EXIT_USAGE after saying why. */
static int
invocation_read (struct invocation *self, int argc, char **argv)
{
    struct stui_cause cause = {0};
    const struct command *const *rows = cli_commands;
    int at = 1;
    while (rows != NULL) {
        int taken = arguments_read (&self->globals, NULL, cli_global_options, argc - at, argv + at,
                                    true, &cause);
        if (taken < 0) {
            cli_complain ("%s; `stui help` lists the options", cause.text);
            return STUI_EXIT_USAGE;
        }
        at += taken;
        if (at == argc)
            return 0;
        self->command = cli_find_row (rows, self->path, argv[at]);
        if (self->command == NULL)
            return STUI_EXIT_USAGE;
        char *longer =
            stui_printf ("%s%s%s", self->path, *self->path != '\0' ? " " : "", argv[at++]);
        free (self->path);
        self->path = longer;
        rows = self->command->commands;
    }
    if (arguments_read (&self->arguments, self->command->options, cli_global_options, argc - at,
                        argv + at, false, &cause)
        < 0)
        return cli_misuse (self->path, self->command, "%s", cause.text);
    return 0;
}

static char *
cli_absolute (const char *path)
{
    if (path[0] == '/')
        return stui_strdup (path);
    char *here = getcwd (NULL, 0);
    char *absolute = stui_printf ("%s/%s", here != NULL ? here : "", path);
    free (here);
    return absolute;
}

/* Fills CLI from the global options. 0, or STUI_EXIT_USAGE after saying why. */
static int
invocation_apply (struct invocation *self)
{
    struct cli_options *cli = &self->cli;
    const char *value = invocation_value (self, "profile");
    cli->profile = value != NULL ? value : "default";
    if (!address_name_is_valid (cli->profile, STUI_PROFILE_MAX)) {
        cli_complain ("'%s' is no profile name: 1 to %d of A-Z a-z 0-9 . _ -", cli->profile,
                      STUI_PROFILE_MAX);
        return STUI_EXIT_USAGE;
    }
    value = invocation_value (self, "log-level");
    cli->log_level = value != NULL ? log_level_from_word (value) : LOG_LEVEL_INFO;
    if (cli->log_level < 0) {
        cli_complain ("--log-level takes error, warn, info or debug, not '%s'", value);
        return STUI_EXIT_USAGE;
    }
    value = invocation_value (self, "config");
    cli->config_named = value != NULL;
    cli->config_path = value != NULL ? cli_absolute (value) : path_config ();
    cli->log_file = invocation_value (self, "log-file");
    cli->json = invocation_value (self, "json") != NULL;
    cli->read_only = invocation_value (self, "read-only") != NULL;
    cli->fresh = invocation_value (self, "fresh") != NULL;
    cli->encrypt_sessions = invocation_value (self, "encrypt-sessions") != NULL;
    cli->ascii = invocation_value (self, "ascii") != NULL;
    value = invocation_value (self, "theme");
    cli->theme = value != NULL ? stui_theme_from_word (value) : -1;
    if (value != NULL && cli->theme < 0) {
        cli_complain ("--theme takes %s, not '%s'", STUI_THEMES, value);
        return STUI_EXIT_USAGE;
    }
    cli->kiosk = invocation_value (self, "kiosk") != NULL;
    if (cli->kiosk && self->command != NULL) {
        cli_complain ("--kiosk is a way to show the terminal: it goes without a command");
        return STUI_EXIT_USAGE;
    }
    return 0;
}

/* Signals as a program started by a shell has them, whoever blocked them before. */
static void
cli_default_signals (void)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
}

/* Nothing that is opened later may become what the caller closed: output would go into a socket. The
 * wrong direction makes a write fail, which is said. */
static void
cli_hold_descriptors (void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl (fd, F_GETFD) < 0)
            open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* the lowest: FD */
}

static int
invocation_run (struct invocation *self, int argc, char **argv)
{
    int wrong = invocation_read (self, argc, argv);
    if (wrong != 0)
        return wrong;
    if (invocation_value (self, "version") != NULL) {
        printf ("stui %s\n", STUI_VERSION);
        return STUI_EXIT_DONE;
    }
    if (invocation_value (self, "help") != NULL) {
        cli_print_help (stdout, self->path, self->command);
        return STUI_EXIT_DONE;
    }
    const struct command *command = self->command;
    if (command == NULL) {
        wrong = invocation_apply (self);
        return wrong != 0 ? wrong : cli_default (&self->cli);
    }
    if (command->run == NULL) {
        cli_print_help (stderr, self->path, command);
        return STUI_EXIT_USAGE;
    }
    size_t operands = arguments_operands (&self->arguments);
    if (operands > command->most)
        return cli_misuse (self->path, command, "'%s' is one word too many",
                           arguments_operand (&self->arguments, command->most));
    if (operands < command->least)
        return cli_misuse (self->path, command, "something is missing");
    wrong = invocation_apply (self);
    if (wrong == 0 && command->changes && self->cli.read_only)
        return cli_refuse (self->path);
    return wrong != 0 ? wrong : command->run (&self->cli, &self->arguments);
}

int
cli_main (int argc, char **argv, const struct cli_services *services)
{
    struct invocation self = {
        .cli = {.program = argv[0], .services = services},
        .path = stui_strdup (""),
    };
    cli_default_signals ();
    cli_hold_descriptors ();
    int status = cli_end_output (invocation_run (&self, argc, argv));
    arguments_fini (&self.arguments);
    arguments_fini (&self.globals);
    free (self.cli.config_path);
    free (self.path);
    return status;
}
