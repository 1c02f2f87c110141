/* cli.h: the command line: one row a subcommand (cli.c's table), one file each. What main lends
 * to it, and what every subcommand gets. */

#ifndef STUI_CLI_H
#define STUI_CLI_H

#include <stui/types.h>

struct client;

/* How an owner of a profile is run. `serve` runs one in the foreground; other subcommands fork
 * one when nobody owns the profile: it binds the control socket too, connects only what it is
 * asked to (autoconnect false), and ends when its last client has left (once). */
struct owner_options {
    const char *profile;
    const char *config_path; /* absolute */
    const char *log_file;    /* NULL: stderr for serve, none for a forked owner */
    int log_level;
    bool autoconnect; /* connect every image that is not disabled, at once */
    bool once;        /* end when the last client has left */
    bool read_only;   /* refuse whatever evaluates or changes an image */
    int ready_fd; /* -1, or where "ready\n" or "failed ERROR_TYPE SENTENCE\n" is written; closed then */
};

/* Runs the actors in this process until stopped; an enum stui_exit. main.c provides it. */
typedef int owner_runner (const struct owner_options *options);

/* What main lends to the command line. */
struct cli_services {
    owner_runner *run_owner;
};

struct cli_options { /* the global options, parsed */
    const char *program;
    const char *profile; /* "default" */
    char *config_path;   /* owned, absolute */
    const char *log_file;
    int log_level;
    bool json, read_only, ascii;
    const struct cli_services *services;
};

/* The whole command line: an enum stui_exit. */
int cli_main (int argc, char **argv, const struct cli_services *services);

#endif
