/* fan.h: one command of the wire in one or many images at once, answers printed as they come. Owns
 * nothing but what fan_run makes and frees. In: replies of the images' supervisors, SIGINT. Out: one
 * `command` an image, as many at a time as there are places; `interrupt` after the first SIGINT;
 * at first and after two seconds `watch`, for what is waited for to be known and said. */

#ifndef STUI_CLI_FAN_H
#define STUI_CLI_FAN_H

#include "cli/client.h"

struct json;

struct fan { /* everything borrowed */
    const struct cli_options *cli;
    struct client *client;
    const struct json *names;    /* of the images, whose supervisors run */
    const char *command;         /* of the wire: "evaluate" */
    const char *parameters;      /* its parameters, JSON text */
    const char *source;          /* what the code is called in messages; NULL: nothing */
    bool hold;                   /* what cannot be sent is held */
    int64_t wait_ms, timeout_ms; /* for an image to be online; for the code, -1: no limit */
    /* Prints the REPLY of image NAME; an enum stui_exit. */
    int (*print) (const struct fan *fan, const char *name, const struct reply *reply);
};

/* Whether the answers of several images are printed: each with its name then. */
bool fan_is_wide (const struct fan *fan);

/* Serves until every answer is there or nobody waits any more: the highest status of all images, or
 * CLI_EXIT_INTERRUPTED. */
int fan_run (const struct fan *fan);

#endif
