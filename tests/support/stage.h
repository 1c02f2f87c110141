/* stage.h: what an end-to-end test of faults plays on: a private place, real images in processes
 * of their own that can be killed, stopped and started again on their ports, one `stui serve`
 * that holds them, and its events as they come. */

#ifndef TESTS_SUPPORT_STAGE_H
#define TESTS_SUPPORT_STAGE_H

#include <stui/types.h>

#include "support/image.h"
#include "support/run.h"

struct json;

enum { STAGE_IMAGES_MAX = 8 };

/* Settings of tests in which connections are to be lost and had again at once. */
#define STAGE_QUICK "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

struct stage {
    struct run_place place;
    struct image images[STAGE_IMAGES_MAX]; /* owned */
    size_t image_count;
    char *config; /* owned: the configuration so far */
    struct run_process serve, events;
};

/* SETTINGS are lines of the section [stui]. */
void stage_open (struct stage *self, const char *settings);
/* Ends serve and images, whatever state they are in, and removes the place. */
void stage_close (struct stage *self);

/* Starts an image on a free port and waits until it listens; it is not in the configuration yet.
 * NAME is also what its id is kept under. */
struct image *stage_start_image (struct stage *self, const char *name);
/* Fails the test, saying how, when the image has ended by itself. */
void stage_expect_alive (const struct image *image);
/* Kills it and starts it on its port: another boot of the same image. */
void stage_restart_image (struct image *image);
/* SIGSTOP, waited for, and SIGCONT. */
void stage_pause_image (const struct image *image);
void stage_continue_image (const struct image *image);

/* Adds a section [image "NAME"] to the configuration and writes the file. */
void stage_list (struct stage *self, const char *name, const char *address);
/* stage_start_image and stage_list in one. */
struct image *stage_add_image (struct stage *self, const char *name);

/* Starts `stui serve`, waits until it is ready, and follows its events. */
void stage_serve (struct stage *self);
/* What most tests begin with: an image named "one" in the configuration, and a `stui serve` that
 * has it online. */
void stage_serve_one (struct stage *self);
/* Sends SIGNAL (0: none) to serve and waits for its end; its exit status. The events end before. */
int stage_end_serve (struct stage *self, int signal_number);

/* The next event of KIND about the image NAME (NULL: about any): events before it are passed over.
 * Caller owns. */
struct json *stage_await (struct stage *self, const char *name, const char *kind);
/* The same, for when only its having come matters. */
void stage_pass (struct stage *self, const char *name, const char *kind);

/* What `status --json` says now of the image NAME. Caller owns. */
struct json *stage_state (const char *name);
/* Asks for the state until its member KEY is the text VALUE. Caller owns. */
struct json *stage_await_state (const char *name, const char *key, const char *value);

/* Makes a session NAME on IMAGE and writes its id. */
void stage_new_session (const char *image, const char *name, char id[STUI_UUID_LEN + 1]);

/* Runs `eval NAME -e CODE`, which must print RESULT (without its end of line) and exit 0. */
void stage_expect_eval (const char *name, const char *code, const char *result);

/* The whole of what OUT, printed by a command with --json, says. Caller owns. */
struct json *stage_parse (const char *out);

#endif
