/* ui_cleanup.c: see ui_cleanup.h. */

#include "ui/ui_cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "ui/ui_step.h"

/* An order about many goes out in parts. */
enum { PARTS = 10, PART_LEAST = 8 };

void
ui_cleanup_fini (struct ui_cleanup *self)
{
    json_destroy (&self->rows);
    json_destroy (&self->todo);
}

/* Sends VERB with WISH, which is taken over, to registry. As ui_ask. */
static struct ui_ask *
cleanup_ask (struct ui *self, enum ui_ask_kind kind, enum msg_verb verb, struct json *wish)
{
    char *text = json_print (wish);
    struct ui_ask *ask =
        ui_ask (self, kind, "", msg_new ("registry", verb, self->last_ref + 1, text));
    free (text);
    json_destroy (&wish);
    return ask;
}

/* What a wish about a list of KIND has beside its sessions; IMAGE: who adopts. */
static struct json *
cleanup_wish (enum cleanup_kind kind, const char *image)
{
    struct json *wish = json_object ();
    if (kind == CLEANUP_ADOPT)
        json_set_text (wish, "image", image);
    return wish;
}

static enum msg_verb
cleanup_verb (enum cleanup_kind kind)
{
    static const enum msg_verb verbs[] = {[CLEANUP_AWAY] = MSG_CLEANUP,
                                          [CLEANUP_BACK] = MSG_UNDO_CLEANUP,
                                          [CLEANUP_ADOPT] = MSG_ADOPT_STORED};
    return verbs[kind];
}

/* ASK is an order about so many SESSIONS; NULL: there was no place for it. */
static void
order_await (struct ui_cleanup *cleanup, struct ui_ask *ask, size_t sessions)
{
    if (!ask)
        return;
    ask->edited = sessions;
    cleanup->ordered++;
    cleanup->wanted += sessions;
}

/* A part of the list cannot be had now. */
static void
cleanup_fail (struct ui_cleanup *cleanup, const char *why)
{
    cleanup->failed = true;
    snprintf (cleanup->why, sizeof cleanup->why, "%s", why);
}

/* ASK is a question for the list that is asked for now; NULL: there was no place for it. */
static void
cleanup_await (struct ui_cleanup *cleanup, struct ui_ask *ask)
{
    if (!ask) {
        cleanup_fail (cleanup, "too many answers are awaited");
        return;
    }
    ask->listing = cleanup->listing;
    cleanup->open++;
}

/* How long is waited after WAITED_MS was: not for long at first, then as the list of sessions does. */
static int64_t
again_after (int64_t waited_ms)
{
    int64_t longer_ms = waited_ms > 0 ? 2 * waited_ms : UI_AGAIN_MS;
    return longer_ms < UI_SESSIONS_MS ? longer_ms : UI_SESSIONS_MS;
}

/* All that was asked for the list is answered: what has nothing in it is read again. What has is what a yes is
 * said to, and stays. */
static void
cleanup_end (struct ui *self)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    size_t count = json_count (cleanup->rows);
    cleanup->found_empty = count == 0 && !cleanup->failed;
    if (!cleanup->failed)
        cleanup->why[0] = '\0';
    bool again = cleanup->found_empty ? cleanup->kind != CLEANUP_ADOPT : count == 0;
    cleanup->wait_ms = again ? again_after (cleanup->wait_ms) : 0;
    cleanup->again_ms = again ? self->now.mono_ms + cleanup->wait_ms : STUI_NEVER;
}

static void
cleanup_refresh (struct ui *self)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    char peer[STUI_ACTOR_ID_MAX + 1];
    cleanup->wanted_again = cleanup->open > 0;
    if (cleanup->wanted_again)
        return;
    json_destroy (&cleanup->rows);
    cleanup->again_ms = STUI_NEVER;
    cleanup->failed = false;
    cleanup->listing++;
    cleanup_await (cleanup, cleanup_ask (self, UI_ASK_CLEANUP, cleanup_verb (cleanup->kind),
                                         cleanup_wish (cleanup->kind, cleanup->image)));
    if (cleanup->kind == CLEANUP_ADOPT)
        cleanup_await (cleanup, ui_ask (self, UI_ASK_CLEANUP, cleanup->image,
                                        msg_new (ui_peer (cleanup->image, peer), MSG_SESSION_LEFT,
                                                 self->last_ref + 1)));
    if (cleanup->open == 0)
        cleanup_end (self);
}

void
ui_cleanup_show (struct ui *self, enum cleanup_kind kind, const char *image)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    json_destroy (&cleanup->rows);
    cleanup->kind = kind;
    cleanup->open = cleanup->selected = 0;
    cleanup->top = 0;
    cleanup->wanted_again = cleanup->found_empty = cleanup->failed = false;
    cleanup->why[0] = '\0';
    cleanup->again_ms = STUI_NEVER;
    cleanup->wait_ms = 0;
    snprintf (cleanup->image, sizeof cleanup->image, "%s", image);
    ui_show (self, SCREEN_CLEANUP);
    cleanup_refresh (self);
}

static bool
again_is_wanted (const struct ui *self)
{
    return ui_sees (self, SCREEN_CLEANUP) && self->cleanup.open == 0;
}

void
ui_cleanup_attach (struct ui *self)
{
    if (again_is_wanted (self) && self->now.mono_ms >= self->cleanup.again_ms)
        cleanup_refresh (self);
}

int64_t
ui_cleanup_deadline (const struct ui *self)
{
    return again_is_wanted (self) ? self->cleanup.again_ms : STUI_NEVER;
}

/* Adds session ID of the image that is known as KEY, or else by its name, to the SESSIONS of a wish. */
static void
wish_push (struct json *sessions, const char *id, const char *key, const char *image)
{
    struct json *one = json_object ();
    json_set_text (one, "session_id", id);
    json_set_text (one, key ? "image_id" : "image", key ? key : image);
    json_push (sessions, one);
}

void
ui_cleanup_one (struct ui *self, const struct model_session *session)
{
    struct json *wish = json_object (), *ids = json_array ();
    wish_push (ids, session->id, session->key, session->image);
    json_set (wish, "sessions", ids);
    json_set_bool (wish, "do", true);
    order_await (&self->cleanup, cleanup_ask (self, UI_ASK_CLEANED, MSG_CLEANUP, wish), 1);
}

/* Orders the next part of what is to be done. */
static void
order_next (struct ui *self)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    struct json *wish = cleanup_wish (cleanup->todo_kind, cleanup->todo_image);
    struct json *now = json_array (), *later = json_array ();
    const struct json *one = json_first (cleanup->todo);
    for (; one; one = json_next (one))
        json_push (json_count (now) < cleanup->part ? now : later, json_copy (one));
    size_t count = json_count (now);
    json_destroy (&cleanup->todo);
    if (json_count (later) > 0)
        cleanup->todo = later;
    else
        json_destroy (&later);
    json_set (wish, "sessions", now);
    json_set_bool (wish, "do", true);
    order_await (cleanup,
                 cleanup_ask (self, UI_ASK_CLEANED, cleanup_verb (cleanup->todo_kind), wish),
                 count);
}

void
ui_cleanup_do (struct ui *self)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    struct json *todo = json_array ();
    char peer[STUI_ACTOR_ID_MAX + 1];
    for (const struct json *row = json_first (cleanup->rows); row; row = json_next (row)) {
        const char *id = json_get_text (row, "session_id"), *key = json_get_text (row, "image_id");
        if (id && key)
            wish_push (todo, id, key, NULL);
        else if (id) /* it is on the image alone */
            order_await (cleanup,
                         ui_ask (self, UI_ASK_CLEANED, cleanup->image,
                                 msg_new (ui_peer (cleanup->image, peer), MSG_SESSION_ADOPT,
                                          self->last_ref + 1, id)),
                         1);
    }
    size_t count = json_count (todo);
    json_destroy (&cleanup->todo);
    cleanup->todo = todo;
    cleanup->todo_kind = cleanup->kind;
    memcpy (cleanup->todo_image, cleanup->image, sizeof cleanup->todo_image);
    cleanup->part = count / PARTS > PART_LEAST ? (count + PARTS - 1) / PARTS : PART_LEAST;
    if (count > 0)
        order_next (self);
    else
        json_destroy (&cleanup->todo);
    if (cleanup->ordered > 0)
        json_destroy (&cleanup->rows); /* nobody orders the same twice */
}

size_t
ui_cleanup_wanted (const struct ui_cleanup *self)
{
    return self->wanted + json_count (self->todo);
}

/* What came of an order, which may have kept some. */
static void
cleaned (struct ui_cleanup *cleanup, const struct json *result)
{
    const struct json *row = json_first (json_get (result, "sessions"));
    if (!row && json_get_text (result, "session_id"))
        cleanup->moved++; /* one that was adopted */
    for (; row; row = json_next (row)) {
        const char *kept = json_get_text (row, "kept");
        if (json_get_bool (row, "done", false))
            cleanup->moved++;
        else
            snprintf (cleanup->kept, sizeof cleanup->kept, "%s", kept ? kept : "it could not go");
    }
}

/* An order is settled: the next part follows, or all are done, and what is left is listed. */
static void
order_end (struct ui *self, const struct ui_ask *ask)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    size_t moved = cleanup->moved;
    cleanup->ordered -= cleanup->ordered > 0;
    cleanup->settled += ask->edited;
    ui_refresh_sessions (self);
    if (json_first (cleanup->todo))
        order_next (self);
    if (cleanup->ordered > 0)
        return;
    json_destroy (&cleanup->todo);
    if (cleanup->kept[0])
        ui_say (self, ROLE_WARNING, "%zu done; another stays: %.120s", moved, cleanup->kept);
    else if (moved > 0)
        ui_say (self, ROLE_SUCCESS, "%zu session%s done; :undo-cleanup lists what can go back",
                moved, moved == 1 ? "" : "s");
    cleanup->wanted = cleanup->settled = cleanup->moved = 0;
    cleanup->kept[0] = '\0';
    if (ui_sees (self, SCREEN_CLEANUP))
        cleanup_refresh (self);
}

/* Nothing is read again that the user gave up. */
static void
listing_give_up (struct ui *self)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    cleanup->open -= cleanup->open > 0;
    cleanup_fail (cleanup, "it was given up; its command lists it again");
    if (cleanup->open == 0)
        cleanup_end (self);
    cleanup->again_ms = STUI_NEVER;
}

void
ui_cleanup_give_up (struct ui *self, const struct ui_ask *ask)
{
    if (ask->kind == UI_ASK_CLEANUP && ask->listing == self->cleanup.listing)
        listing_give_up (self);
    if (ask->kind == UI_ASK_CLEANUP)
        return;
    json_destroy (&self->cleanup.todo);
    order_end (self, ask);
}

void
ui_cleanup_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                   const struct json *result)
{
    struct ui_cleanup *cleanup = &self->cleanup;
    if (ask->kind == UI_ASK_CLEANUP && ask->listing != cleanup->listing)
        return; /* another list is shown by now */
    const char *why = msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged";
    if (!result && (ask->kind == UI_ASK_CLEANED || cleanup->wait_ms == 0))
        ui_say (self, ROLE_ERROR, "%s", why); /* not again and again */
    if (ask->kind == UI_ASK_CLEANED) {
        if (result)
            cleaned (cleanup, result);
        else
            json_destroy (&cleanup->todo); /* the rest would fare no better */
        order_end (self, ask);
        return;
    }
    cleanup->open -= cleanup->open > 0;
    if (!result)
        cleanup_fail (cleanup, why);
    if (!cleanup->rows)
        cleanup->rows = json_array ();
    const struct json *row = json_first (json_get (result, "sessions"));
    for (; row; row = json_next (row))
        if (!ask->image[0] || json_get_bool (row, "adoptable", false))
            json_push (cleanup->rows, json_copy (row));
    size_t count = json_count (cleanup->rows);
    cleanup->selected = cleanup->selected < count ? cleanup->selected : count > 0 ? count - 1 : 0;
    self->dirty |= UI_DIRTY_NEWS;
    if (cleanup->open == 0)
        cleanup_end (self);
    if (cleanup->open == 0 && cleanup->wanted_again)
        cleanup_refresh (self);
}
