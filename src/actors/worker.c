/* worker.c: the worker actor. Owns the file that it has open at the moment, and the user's command for
 * alerts while it runs. In: `file_read`, `file_write`, one after the other; `alert`. Out: their
 * answers, events. It may block in the kernel for as long as a disk or a network mount likes; main
 * does not wait for it then. There are two: `worker` has the files, `alerter` the alerts, which must not wait
 * behind a file on a mount that hangs. */

#include "actors/worker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/alert_command.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"

struct worker {
    struct actor *actor; /* owned */
    struct alert_command command;
};

/* Answers with RESULT, which is taken over. */
static void
worker_answer (struct worker *self, const struct msg *msg, struct json *result)
{
    char *text = json_print (result);
    actor_answer (self->actor, msg, text);
    free (text);
    json_destroy (&result);
}

/* Refuses a path that would depend on where the owner was started. */
static bool
worker_path_is_good (struct worker *self, const struct msg *msg)
{
    if (msg_text (msg, 0)[0] == '/')
        return true;
    actor_refuse (self->actor, msg, STUI_E_INVALID_REQUEST,
                  "the path of a file must begin with '/': %.120s", msg_text (msg, 0));
    return false;
}

static void
worker_file_read (void *owner, const struct msg *msg)
{
    struct worker *self = owner;
    if (!worker_path_is_good (self, msg))
        return;
    struct stui_cause cause = {0};
    char *text = path_read (msg_text (msg, 0), STUI_MESSAGE_MAX, &cause);
    if (!text) {
        actor_refuse (self->actor, msg, cause.err, "%s", cause.text);
        return;
    }
    struct json *result = json_object ();
    json_set_text (result, "text", text);
    free (text);
    worker_answer (self, msg, result);
}

static void
worker_file_write (void *owner, const struct msg *msg)
{
    enum { MODE = 0644 };
    struct worker *self = owner;
    if (!worker_path_is_good (self, msg))
        return;
    const char *path = msg_text (msg, 0);
    struct stui_cause cause = {0};
    size_t size = strlen (msg_text (msg, 1));
    if (!msg_number (msg, 2) && access (path, F_OK) == 0) {
        actor_refuse (self->actor, msg, STUI_E_INVALID_REQUEST,
                      "there is a file %s already, and it is left as it is: choose another name",
                      path);
        return;
    }
    if (path_replace (path, msg_text (msg, 1), size, MODE, &cause) < 0) {
        actor_refuse (self->actor, msg, cause.err, "%s", cause.text);
        return;
    }
    struct json *result = json_object ();
    json_set_number (result, "bytes", (int64_t) size);
    worker_answer (self, msg, result);
}

/* An alert is an event, and the user's command is told of it. */
static void
worker_alert (void *owner, const struct msg *msg)
{
    struct worker *self = owner;
    struct json *alert = json_parse_text (msg_text (msg, 0));
    const char *text = json_get_text (alert, "text"), *image = json_get_text (alert, "image");
    if (!text || !image || !json_get_text (alert, "kind")) {
        log_error ("worker", "an alert without text, image or kind");
        json_destroy (&alert);
        return;
    }
    struct msg *put =
        event_put (actor_next_ref (self->actor), clock_wall_ms (), image, "alert", text);
    actor_send (self->actor, &put);
    if (json_get_text (alert, "run"))
        alert_command_run (&self->command, &alert);
    json_destroy (&alert);
}

static const struct actor_verb worker_verbs[] = {
    {MSG_FILE_READ, worker_file_read},
    {MSG_FILE_WRITE, worker_file_write},
    {MSG_ALERT, worker_alert},
    {0, NULL},
};

static int64_t
worker_deadline (void *owner)
{
    const struct worker *self = owner;
    return alert_command_deadline (&self->command);
}

static void
worker_time (void *owner)
{
    struct worker *self = owner;
    alert_command_time (&self->command);
}

static const struct actor_table worker_table = {
    .verbs = worker_verbs,
    .deadline_ms = worker_deadline,
    .on_deadline = worker_time,
};

void
worker_actor (zsock_t *pipe, void *args)
{
    struct worker self = {.actor = actor_open (pipe, args)};
    alert_command_init (&self.command, self.actor);
    actor_run (self.actor, &worker_table, &self);
    alert_command_fini (&self.command);
    actor_close (&self.actor, NULL);
}
