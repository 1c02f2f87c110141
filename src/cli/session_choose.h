/* session_choose.h: what the subcommands about one session start with: which one is meant, and how
 * its supervisor is asked. */

#ifndef STUI_CLI_SESSION_CHOOSE_H
#define STUI_CLI_SESSION_CHOOSE_H

#include "cli/client.h"

struct chosen {
    struct client *client;      /* owned */
    struct json *images, *list; /* owned: configured images, all sessions */
    const struct json *session; /* in list */
    const char *id, *image;     /* in session */
};

/* Opens the client and reads the list. False after saying why. */
bool chosen_list (struct chosen *self, const struct cli_options *cli);
/* Picks the session ID, which may be shortened, from the list. 0, or an exit status after saying
 * why. */
int chosen_pick (struct chosen *self, const char *id);
/* Both. */
int chosen_find (struct chosen *self, const struct cli_options *cli, const char *id);
struct arguments;
struct command;
/* The one that the first of ARGUMENTS names, whose image may be changed: it is not protected, or --yes
 * names it. 0, or an exit status after saying why. */
int chosen_begin (struct chosen *self, const struct cli_options *cli,
                  const struct arguments *arguments);
/* Whether each --image of ARGUMENTS is one that is configured, or has sessions in the list; says which is
 * not. Whether SESSION is of one of them. */
bool session_knows_images (const struct chosen *self, const struct arguments *arguments);
bool session_is_of_images (const struct json *session, const struct arguments *arguments);
void chosen_fini (struct chosen *self);

/* Starts the supervisor of IMAGE if it has to be, and waits for one attempt: it knows its sessions
 * then. PEER becomes its name on the switchboard. False after saying why. */
bool session_reach (struct client *client, const char *image, char peer[STUI_ACTOR_ID_MAX + 1]);
/* The same for the image of the chosen session. */
bool chosen_reach (struct chosen *self, char peer[STUI_ACTOR_ID_MAX + 1]);
/* Sends a request with the session's id alone to its supervisor, which is started if it has to be.
 * The answer, or NULL after saying why. */
struct json *chosen_ask (struct chosen *self, enum msg_verb verb);
/* The chosen session with its context: live from its supervisor (only that says `saved`), else out
 * of the store. Caller owns; NULL after saying why. */
struct json *chosen_whole (struct chosen *self);

/* Whether NAME (NULL: none) can be a session's; says why not, as a misuse of COMMAND at PATH. */
bool session_name_fits (const char *path, const struct command *command, const char *name);
/* "ID SAID" (NULL: the state), or with --json the whole. */
void session_print (const struct cli_options *cli, const struct json *session, const char *said);
/* Says which session lost its variables, because the image took no more, for SESSION. */
void session_complain_place (const struct json *session);

#endif
