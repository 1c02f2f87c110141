/* client.h: one client of a profile's owner, over the control socket: requests go out, replies
 * come back in the order in which they are ready, long ones put together from their parts. When
 * nobody owns the profile, opening one starts an owner. One thread, no other. */

#ifndef STUI_CLI_CLIENT_H
#define STUI_CLI_CLIENT_H

#include "cli/cli.h"

#include <stui/msg.h>

#include <sys/types.h>

struct json;
struct client; /* opaque */

/* The answer to one request. */
struct reply {
    uint64_t ref;
    struct json *json; /* owned: the result, or an error's details */
    int err;           /* 0, or the enum stui_err of TYPE */
    char *type, *text; /* owned: error_type and sentence; NULL when err is 0 */
};

void reply_fini (struct reply *reply);

enum client_turn {
    CLIENT_REPLY,   /* the reply is filled; the caller ends it */
    CLIENT_TIMEOUT, /* the deadline has come */
    CLIENT_SIGNAL,  /* a caught signal came: client_signal says which */
    CLIENT_LOST,    /* the owner is gone: no further reply comes; the cause is filled */
};

/* Attaches to the owner of CLI's profile, or starts one and attaches to that. NULL with CAUSE. */
struct client *client_open (const struct cli_options *cli, struct stui_cause *cause);
/* Attaches only. NULL with CAUSE; NOT_FOUND when nobody listens. */
struct client *client_attach (const struct cli_options *cli, struct stui_cause *cause);
/* Whether the owner has the configuration that --config names; without --config any is right. 0, or
 * INVALID_REQUEST with CAUSE, which names both. client_open has asked. */
int client_check_config (struct client *self, const struct cli_options *cli,
                         struct stui_cause *cause);
/* With --encrypt-sessions: has the owner that runs already do it. 0, or an error with CAUSE. client_open
 * has asked. */
int client_encrypt_sessions (struct client *self, const struct cli_options *cli,
                             struct stui_cause *cause);
/* Leaves. */
void client_close (struct client **self);
/* How long the next owner is waited for. */
struct client_patience {
    int64_t wait_ms;     /* while nobody starts one */
    int64_t deadline_ms; /* clock_mono_ms; STUI_NEVER */
    void (*tell) (
        pid_t); /* called once when that is over, and a process is starting: it is waited for */
};

/* Attaches SELF, whose owner went, to the next one; starts that if client_may_start, and nobody else does. It is
 * waited for as PATIENCE says, 60 s at most while one starts, and until a signal comes that is caught. What was asked is not asked again. False with CAUSE: there is none, SELF is as it was. */
bool client_again (struct client *self, const struct cli_options *cli,
                   const struct client_patience *patience, struct stui_cause *cause);

/* The owner's process, and whether client_open started it: then it is the caller's child. */
pid_t client_owner_pid (const struct client *self);
bool client_started_owner (const struct client *self);
/* Whether another is started in its place when it is gone: it was one that clients start for themselves, and no
 * service manager's. */
bool client_may_start (const struct client *self);
/* Whether the owner said that it was told to end: nobody starts another by himself. */
bool client_was_stopped (const struct client *self);

/* From now on SIGINT, SIGTERM and SIGHUP end the waiting instead of the program. */
void client_catch_signals (struct client *self);
int client_signal (const struct client *self);

/* Sends a request and takes it over: its peer and fields count, its ref is the client's own
 * choice and returned. 0 with CAUSE when it could not be sent. */
uint64_t client_send (struct client *self, struct msg **request, struct stui_cause *cause);

/* Waits until DEADLINE_MS (clock_mono_ms; STUI_NEVER) for the next reply to any request. */
enum client_turn client_next (struct client *self, int64_t deadline_ms, struct reply *reply,
                              struct stui_cause *cause);

/* Sends a request and waits for its own answer, keeping others for client_next. The result, which
 * the caller owns, or NULL with CAUSE; STOPPING when a caught signal came first. */
struct json *client_ask (struct client *self, struct msg *request, struct stui_cause *cause);

#endif
