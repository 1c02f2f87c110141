/* cli.h: the command line: one row a subcommand (cli.c's table), one file each. What main lends
 * to it, and what every subcommand gets. */

#ifndef STUI_CLI_H
#define STUI_CLI_H

#include <stui/types.h>

struct client;
struct cli_options;
struct config;

/* How an owner of a profile is run. `serve` runs one in the foreground; other subcommands and
 * terminals start one when nobody owns the profile (`serve --once`): it connects only what it is
 * asked to (autoconnect false), and ends when its last client has left (once). */
struct owner_options {
    const char *profile;
    const char *config_path; /* absolute */
    const char *log_file;    /* NULL: stderr */
    int log_level;
    bool autoconnect;      /* connect every image that is not disabled, at once */
    bool once;             /* end when the last client has left */
    bool read_only;        /* refuse whatever evaluates or changes an image */
    bool fresh;            /* sessions that were open are stored, not restored */
    bool encrypt_sessions; /* sessions are encrypted when they are saved, from now on */
    int ready_fd; /* -1, or where "ready\n" or "failed ERROR_TYPE SENTENCE\n" is written; closed then */
};

/* Runs the actors in this process until stopped; an enum stui_exit. main_actor.c provides it. */
typedef int owner_runner (const struct owner_options *options);

/* How a full-screen terminal is run: a process without store and supervisors, attached to the
 * profile's owner, which it starts when there is none. */
struct terminal_options {
    const char *profile;
    const char *config_path; /* absolute */
    const char *log_file;    /* NULL: none; the owner that it starts logs there too */
    int log_level;
    bool read_only; /* this terminal neither evaluates nor changes an image */
    bool fresh;     /* what was left open is not opened; an owner that it starts is fresh too */
    bool encrypt_sessions; /* for an owner that it starts */
    bool ascii;
    bool kiosk; /* a wall */
    int theme;  /* of enum stui_theme; -1: what the configuration says */
};

/* Runs a terminal on stdin and stdout until its user quits; an enum stui_exit. */
typedef int terminal_runner (const struct terminal_options *options);

/* Simulated images: one row a image once they listen. */
struct sim_listing { /* texts are borrowed */
    const char *name, *image_id;
    int port;               /* of 127.0.0.1 */
    const char *server_key; /* of CURVE; NULL: it is not spoken */
};

struct sim_options { /* texts are borrowed */
    size_t count;
    int base_port;      /* 0: free ports */
    const char *prefix; /* of the names */
    const char *token;  /* NULL: none is asked for */
    const char *token_file;
    bool is_read_only;       /* they refuse whatever evaluates or changes them */
    bool is_encrypted;       /* they speak CURVE */
    const char *faults_file; /* a script of faults; NULL: all goes well */
    uint64_t seed;           /* of it */
    bool prints_config, prints_json;
    void (*announce) (const struct sim_options *options, const struct sim_listing *list,
                      size_t count); /* called once, when all listen */
};

/* Serves simulated images until SIGINT or SIGTERM. 0, or an error with CAUSE. main_sim.c provides
 * it. */
typedef int sim_runner (const struct sim_options *options, struct stui_cause *cause);

/* Calls EACH for each fault that a script can have: its word, and what happens. main_sim.c too. */
typedef void sim_fault_lister (void (*each) (const char *word, const char *help));

/* What a backup holds. */
struct restore_report {
    size_t records, sessions, images, events;
    int64_t made_at_ms;
    const char *opens_by; /* static: what its secrets need; NULL: there are none */
};

/* Makes the profile, which nobody may own meanwhile, what the backup FILE says; DRY_RUN: only looks at
 * the file. 0, or an error with CAUSE, and nothing has changed. main_restore.c provides it. */
typedef int restore_runner (const char *profile, const char *file, bool dry_run,
                            struct restore_report *report, struct stui_cause *cause);

/* Runs LINE, a command of the terminal, without a screen. SAID becomes what a terminal would have said
 * of it. A question is answered by ANSWER (NULL: not). An enum stui_exit. main_do.c provides it. */
typedef int do_runner (const struct cli_options *cli, const char *line, const char *answer,
                       struct stui_cause *said);
/* The name of the command at INDEX of those that it can run; NULL past the last. Static text. */
typedef const char *do_lister (size_t index);

/* Whether a terminal could use the keys of CONFIG, which was read from PATH: 0, or an error with CAUSE.
 * main_keys.c provides it. */
typedef int keys_checker (const struct config *config, const char *path, struct stui_cause *cause);

/* What main lends to the command line. */
struct cli_services {
    owner_runner *run_owner;
    sim_runner *run_sim;
    sim_fault_lister *list_sim_faults;
    terminal_runner *run_terminal;
    restore_runner *run_restore;
    do_runner *run_do;
    do_lister *do_name;
    keys_checker *check_keys;
};

struct cli_options { /* the global options, parsed */
    const char *program;
    const char *profile; /* "default" */
    char *config_path;   /* owned, absolute */
    bool config_named;   /* by --config: an owner that has another one is not ours */
    const char *log_file;
    int log_level;
    int theme; /* of enum stui_theme; -1: none was named */
    bool json, read_only, fresh, encrypt_sessions, ascii, kiosk;
    const struct cli_services *services;
};

/* The whole command line: an enum stui_exit. */
int cli_main (int argc, char **argv, const struct cli_services *services);

#endif
