/* worker.c: the worker actor. Owns nothing but the file that it has open at the moment. In:
 * `file_read`, `file_write`, one after the other. Out: their answers. It may block in the
 * kernel for as long as a disk or a network mount likes; main does not wait for it then. */

#include "actors/worker.h"

#include <stdlib.h>
#include <string.h>

#include <stui/actor.h>

#include "runtime/json.h"
#include "runtime/path.h"

struct worker {
    struct actor *actor; /* owned */
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
    struct stui_cause cause = {0};
    size_t size = strlen (msg_text (msg, 1));
    if (path_replace (msg_text (msg, 0), msg_text (msg, 1), size, MODE, &cause) < 0) {
        actor_refuse (self->actor, msg, cause.err, "%s", cause.text);
        return;
    }
    struct json *result = json_object ();
    json_set_number (result, "bytes", (int64_t) size);
    worker_answer (self, msg, result);
}

static const struct actor_verb worker_verbs[] = {
    {MSG_FILE_READ, worker_file_read},
    {MSG_FILE_WRITE, worker_file_write},
    {0, NULL},
};

static const struct actor_table worker_table = {.verbs = worker_verbs};

void
worker_actor (zsock_t *pipe, void *args)
{
    struct worker self = {.actor = actor_open (pipe, args)};
    actor_run (self.actor, &worker_table, &self);
    actor_close (&self.actor, NULL);
}
