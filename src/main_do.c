/* main_do.c: see main_do.h. Owns the client and the ui while the command runs. The ui's steps are the
 * terminal's own (ui/ui_step.h), so that a command does here what it does there; what it sends goes to
 * the owner, what comes back is given to it. It opens no session and holds no lease. */

#include "main_do.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "runtime/uuid.h"
#include "ui/ui_step.h"

enum { DO_PATIENCE_MS = 30000 };

/* A request of the ui's that was sent: what it is to the owner and to the ui. */
struct sent {
    uint64_t ref, ui_ref;
    enum msg_verb verb;
    char peer[STUI_ACTOR_ID_MAX + 1];
};

struct doing {
    struct client *client; /* owned */
    struct ui ui;
    struct sent *sent; /* owned */
    size_t sent_count, sent_capacity;
    int64_t until_ms;
    struct stui_cause *said; /* borrowed */
};

static struct ui_now
now_is (void)
{
    return (struct ui_now){.mono_ms = clock_mono_ms (), .wall_ms = clock_wall_ms ()};
}

/* Sends what the ui wants sent. False with the cause. */
static bool
doing_perform (struct doing *self)
{
    bool good = true;
    for (size_t index = 0; good && index < self->ui.action_count; index++) {
        struct ui_action *action = &self->ui.actions[index];
        if (action->what != UI_SEND || msg_kind (action->msg->verb) != MSG_REQUEST)
            continue;
        stui_grow (&self->sent, &self->sent_capacity, self->sent_count, sizeof *self->sent);
        struct sent *sent = &self->sent[self->sent_count++];
        *sent = (struct sent){.ui_ref = action->msg->ref, .verb = action->msg->verb};
        snprintf (sent->peer, sizeof sent->peer, "%s", action->msg->peer);
        sent->ref = client_send (self->client, &action->msg, self->said);
        good = sent->ref != 0;
    }
    ui_actions_clear (&self->ui);
    return good;
}

/* Gives REPLY to the ui. */
static void
doing_take (struct doing *self, const struct reply *reply)
{
    size_t place = 0;
    while (place < self->sent_count && self->sent[place].ref != reply->ref)
        place++;
    if (place == self->sent_count)
        return;
    struct sent sent = self->sent[place];
    self->sent[place] = self->sent[--self->sent_count];
    char *body = reply->json ? json_print (reply->json) : stui_strdup ("{}");
    struct msg *msg =
        reply->err ? msg_new (sent.peer, MSG_ERROR, sent.ui_ref, reply->type, reply->text, body)
                   : msg_new (sent.peer, MSG_OK, sent.ui_ref, body);
    ui_take_message (&self->ui, msg, now_is ());
    msg_destroy (&msg);
    free (body);
}

/* One turn: what is to be sent, one answer. False with the cause: nothing more comes. */
static bool
doing_turn (struct doing *self)
{
    struct reply reply = {0};
    if (!doing_perform (self))
        return false;
    switch (client_next (self->client, self->until_ms, &reply, self->said)) {
    case CLIENT_REPLY:
        doing_take (self, &reply);
        reply_fini (&reply);
        return true;
    case CLIENT_TIMEOUT:
        stui_fail (self->said, STUI_E_TIMEOUT, "nothing was answered in %d s",
                   DO_PATIENCE_MS / 1000);
        return false;
    default:
        if (!self->said->err)
            stui_fail (self->said, STUI_E_STOPPING, "interrupted");
        return false;
    }
}

/* Whether an answer to what the command asked, from FIRST on, is still to come. */
static bool
doing_waits (const struct doing *self, uint64_t first)
{
    for (size_t index = 0; index < self->ui.ask_count; index++) {
        const struct ui_ask *ask = &self->ui.asks[index];
        bool background = ask->kind == UI_ASK_CONNECT || ask->kind == UI_ASK_WATCH
                          || ask->kind == UI_ASK_EVENTS || ask->kind == UI_ASK_HISTORY
                          || ask->kind == UI_ASK_MARKS;
        if (ask->ref > first && !background)
            return true;
    }
    return false;
}

/* What the command came to, of what was said and of what was asked from FIRST on. */
static int
doing_end (struct doing *self, uint64_t first)
{
    const struct model *model = &self->ui.model;
    bool more = self->ui.prompt.kind != PROMPT_CLOSED;
    if (self->ui.prompt.kind == PROMPT_CONFIRM) {
        stui_fail (self->said, STUI_E_INVALID_REQUEST, "%s (nothing was done: --answer says it)",
                   self->ui.prompt.question);
        return STUI_EXIT_USAGE;
    }
    if (more || (self->ui.last_ref == first && !*model->message)) {
        stui_fail (self->said, STUI_E_INVALID_REQUEST, "nothing was done: %s",
                   *model->message ? model->message
                   : more          ? "it wants something more behind it, see stui(1)"
                                   : "it means nothing without a terminal");
        return STUI_EXIT_USAGE;
    }
    stui_fail (self->said, STUI_OK, "%s", model->message);
    return model->message_role == ROLE_ERROR     ? STUI_EXIT_FAILED
           : model->message_role == ROLE_WARNING ? STUI_EXIT_USAGE
                                                 : STUI_EXIT_DONE;
}

static int
doing_run (struct doing *self, const char *line, const char *answer)
{
    while (!self->ui.model.listed) /* names are checked against the list */
        if (!doing_turn (self))
            return STUI_EXIT_FAILED;
    uint64_t first = self->ui.last_ref;
    self->ui.now = now_is ();
    model_say (&self->ui.model, self->ui.now, ROLE_NORMAL, "");
    commands_run_line (&self->ui, line);
    struct prompt *prompt = &self->ui.prompt;
    if (prompt->kind == PROMPT_CONFIRM && answer && strcmp (prompt->expected, answer) == 0) {
        prompt->kind = PROMPT_CLOSED;
        prompt->confirmed = true;
        prompt->command->run (&self->ui, prompt->command, prompt->argument);
        prompt->confirmed = false;
    }
    while (doing_waits (self, first))
        if (!doing_turn (self))
            return STUI_EXIT_FAILED;
    return doing_end (self, first);
}

int
main_do_run (const struct cli_options *cli, const char *line, const char *answer,
             struct stui_cause *said)
{
    const char *name = line + strspn (line, " :");
    const struct command *command = commands_find (name, strcspn (name, " "));
    if (command && command->for_screens) {
        stui_fail (said, STUI_E_INVALID_REQUEST,
                   "`%s` is about what a terminal shows, and there is none here: type it in one",
                   command->name);
        return STUI_EXIT_USAGE;
    }
    struct doing self = {.said = said, .until_ms = clock_mono_ms () + DO_PATIENCE_MS};
    self.client = client_open (cli, said);
    if (!self.client)
        return STUI_EXIT_FAILED;
    client_catch_signals (self.client);
    char id[STUI_UUID_LEN + 1];
    struct uuid_source uuids = {0};
    struct random_source random;
    clock_random (&random, sizeof random);
    uuid_next (&uuids, clock_wall_ms (), &random, id);
    ui_init (&self.ui, id, "", cli->read_only, now_is ());
    self.ui.restored = true;        /* nothing is opened */
    self.ui.screen = SCREEN_EVENTS; /* nothing is under a cursor */
    ui_begin (&self.ui, now_is ());
    int exit_status = doing_run (&self, line, answer);
    ui_actions_clear (&self.ui);
    ui_fini (&self.ui);
    free (self.sent);
    client_close (&self.client);
    return exit_status;
}

const char *
main_do_name (size_t index)
{
    const struct command *command = commands_first ();
    for (; command != NULL; command = commands_next (command))
        if (!command->for_screens && index-- == 0)
            return command->name;
    return NULL;
}
