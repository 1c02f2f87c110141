/* config.h: the configuration file: parsing and editing, as functions of its text. Who reads
 * and writes the file is main. INI, sections [stui], [alert], [keys] and [image "NAME"] as in git.
 * Pure; config.c alone includes inih. */

#ifndef STUI_RUNTIME_CONFIG_H
#define STUI_RUNTIME_CONFIG_H

#include <stui/types.h>

struct json;

/* Timings, each overridable in [image]. The names are the keys of the file. */
#define CONFIG_TIMINGS(X)                                                                          \
    X (ping_ms, 2000, 10, 600000)                                                                  \
    X (suspect_after, 3, 1, 1000)                                                                  \
    X (offline_after, 5, 2, 1000)                                                                  \
    X (busy_patience_ms, 60000, 100, 86400000)                                                     \
    X (backoff_min_ms, 100, 1, 600000)                                                             \
    X (backoff_max_ms, 10000, 1, 3600000)                                                          \
    X (handshake_ms, 5000, 50, 600000)                                                             \
    X (orphan_after_s, 900, 1, 315360000)                                                          \
    X (reap_after_s, 2592000, 1, 315360000)                                                        \
    X (undo_for_s, 604800, 1, 315360000)

struct config_timings {
#define X(key, otherwise, low, high) int64_t key;
    CONFIG_TIMINGS (X)
#undef X
};

struct config_image {
    char name[STUI_NAME_MAX + 1];
    char address[STUI_ADDRESS_MAX];             /* normalised tcp://HOST:PORT */
    char *via, *token_file, *server_key, *tags; /* owned, may be NULL */
    char
        *client_key_secret; /* owned, may be NULL: the name of a secret; beside a server_key only */
    char *token_secret; /* owned, may be NULL: the name of a secret; never beside a token_file */
    bool protected_, disabled;
    struct config_timings timings;
};

/* Section [alert]: what people are alerted to, and how. */
struct config_alert {
    unsigned on;       /* bits 1 << enum stui_alert */
    char *run;         /* owned: a command for the shell, or NULL */
    bool bell, notify; /* in terminals: ring; OSC 9, a notification of the desktop */
    int64_t after_s;   /* for so long an image must be offline */
    int64_t quiet_s;   /* and then well for so long, before it alerts again */
};

/* A line of section [keys], for terminals, who know the commands: COMMAND = KEYS. */
struct config_binding {
    char *command, *keys; /* owned */
    int line;
};

enum config_choice { CONFIG_UNSET, CONFIG_OFF, CONFIG_ON };

struct config {
    struct config_timings timings;
    struct config_image *images; /* owned, in file order */
    size_t image_count;
    struct config_alert alert;
    enum config_choice encrypt_sessions;
    enum stui_theme theme;
    struct config_binding *bindings; /* owned, in file order */
    size_t binding_count;
};

/* Parses TEXT (of the file NAME, for messages). 0, or STUI_E_MALFORMED with CAUSE: file, line,
 * what is wrong and what was expected; CONFIG is then empty. Unknown sections and keys, values
 * out of range, double image names, an image without address, backoff_min above max and
 * suspect_after not below offline_after are errors. */
int config_parse (const char *text, const char *name, struct config *config,
                  struct stui_cause *cause);
void config_fini (struct config *config);
const struct config_image *config_find (const struct config *config, const char *name);

/* The images as the `images` message carries them: an array of {name, address, via, tags,
 * protected, disabled, token_file, token_secret, server_key, client_key_secret, ping_ms, suspect_after, …all
 * timings}. Caller owns. */
struct json *config_to_json (const struct config *config);
/* Reads the timings back from one element of it; missing ones are the defaults. */
void config_timings_from_json (const struct json *image, struct config_timings *timings);

/* Section [alert] in the `images` message: {on, run, bell, notify, after_s, quiet_s}. Caller owns. */
struct json *config_alert_to_json (const struct config_alert *alert);

/* Editing keeps every other byte of TEXT: comments, order, blank lines. Each returns a new text
 * that the caller frees, or NULL with CAUSE. config_edit_add appends a section, or fails with
 * EXISTS; SETTINGS is an object of key: string, number or bool. config_edit_set replaces or adds
 * keys of an existing section (null removes a key). A value that the file cannot hold in one line
 * as it stands is refused (MALFORMED), and so is a change whose result config_parse refuses.
 * config_edit_remove takes the section away with its keys, and comments standing directly above
 * its header. */
char *config_edit_add (const char *text, const char *image, const struct json *settings,
                       struct stui_cause *cause);
char *config_edit_set (const char *text, const char *image, const struct json *settings,
                       struct stui_cause *cause);
char *config_edit_remove (const char *text, const char *image, struct stui_cause *cause);

#endif
