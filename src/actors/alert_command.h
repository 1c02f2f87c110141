/* alert_command.h: the user's command for alerts, run for one alert after the other. By the shell, in
 * a session of its own, told by its environment what it is about, never by its words: STUI_ALERT (the
 * kind), STUI_IMAGE (empty for several), STUI_TEXT (a sentence), STUI_LEFT_OUT (how many alerts
 * before this one nobody ran it for). Its output goes to the log, its failure is an event too.
 * Owned by worker's thread. */

#ifndef STUI_ACTORS_ALERT_COMMAND_H
#define STUI_ACTORS_ALERT_COMMAND_H

#include <stui/actor.h>

struct json;

enum {
    ALERT_COMMAND_MS = 10000,         /* then it is ended */
    ALERT_COMMAND_WAITING_MAX = 32,   /* then the oldest are left out, and counted */
    ALERT_COMMAND_OUTPUT_MAX = 16384, /* bytes of output that are logged */
};

struct alert_command {
    struct actor *actor;                             /* borrowed */
    struct json *waiting[ALERT_COMMAND_WAITING_MAX]; /* owned; oldest first */
    size_t waiting_count;
    uint64_t left_out;
    pid_t pid; /* 0: none runs */
    int pid_fd, out_fd;
    int pid_reader, out_reader;
    int64_t until_ms;
    bool ended; /* by us */
    size_t output_bytes;
};

void alert_command_init (struct alert_command *self, struct actor *actor);
/* Ends what runs. */
void alert_command_fini (struct alert_command *self);

/* Runs ALERT's command, after those that wait. Takes *ALERT, as the message `alert` has it, over. */
void alert_command_run (struct alert_command *self, struct json **alert);

int64_t alert_command_deadline (const struct alert_command *self);
void alert_command_time (struct alert_command *self);

#endif
