/* image.h: what the files of `stui image` share: rows that have files of their own, the conformance
 * kit that `image test` runs, how an image is waited for, asked and changed. */

#ifndef STUI_CLI_IMAGE_H
#define STUI_CLI_IMAGE_H

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"

extern const struct command image_show, image_set, image_test, image_diagnose, image_interrupt,
    image_save, image_sessions;

/* Starts the supervisor of image NAME if it has to be, and waits for its state. A copy that the caller
 * owns, or NULL after saying why. */
struct json *image_settle (struct client *client, const char *name, enum images_patience patience,
                           int64_t limit_ms);

#define IMAGE_SERVER_KEY_OPTION                                                                    \
    {                                                                                              \
        "server-key", 0, "KEY", "the server's public key of CURVE, in place of the configured one" \
    }
#define IMAGE_VIA_OPTION                                                                           \
    {                                                                                              \
        "via", 0, "[USER@]HOST[:PORT]", "it is behind this host, which ssh gets to without asking" \
    }
/* Puts what --via says into SETTINGS. False after saying what is wrong with it. */
bool image_add_via (const struct arguments *arguments, struct json *settings);

/* Puts {address, via?, token?, token_secret?, server_key?} of a configured image, or of an address, into
 * TARGET. 0, or an exit status after saying what is wrong. */
int image_find_target (struct client *client, const struct arguments *arguments,
                       struct json *target);
/* One attempt at TARGET, without claiming it. False after saying what is wrong with stui itself. */
bool image_probe (struct client *client, const struct json *target, struct reply *reply);
/* What came of it, a line a step. */
void image_print_steps (const struct reply *reply);
void image_print_step (const char *title, enum render_color color, const char *verdict,
                       const char *text);

/* Sends REQUEST to the supervisor of image NAME. The result that the caller owns, or NULL, and in
 * *EXIT_STATUS what that means, after saying why. */
struct json *image_ask (struct client *client, const char *name, struct msg *request,
                        int *exit_status);
/* Sends COMMAND with PARAMETERS, which it destroys, to image NAME. The result that the caller owns, or
 * NULL, and in *EXIT_STATUS what that means, after saying why. */
struct json *image_command (struct client *client, const char *name, int64_t wait_ms,
                            const char *command, struct json *parameters, int *exit_status);

/* What is done to image NAME, which may be changed and whose supervisor runs; an enum stui_exit. */
typedef int image_work (const struct cli_options *cli, struct client *client, const char *name,
                        int64_t wait_ms);
/* The same for the command PATH (its row ROW), whose first operand names the image: says what is wrong
 * with that, and WORKs. */
int image_change (const struct cli_options *cli, const struct arguments *arguments,
                  const char *path, const struct command *row, image_work *work);

/* An enum stui_exit. */
int image_conformance_run (const struct cli_options *cli, const struct arguments *arguments);

#endif
