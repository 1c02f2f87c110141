/* ui_waits.c: see ui_waits.h. */

#include "ui/ui_waits.h"

#include <stdio.h>
#include <string.h>

#include "ui/ui_inspector.h"
#include "ui/ui_step.h"

/* What is waited for, by what was asked. */
static const char *const words[MSG_VERB_COUNT] = {
    [MSG_SESSION_RESTORE] = "restoring a session",
    [MSG_SESSION_CLOSE] = "closing a session",
    [MSG_SESSION_NEW] = "beginning a session",
    [MSG_SESSION_IMPORT] = "beginning a session",
    [MSG_SESSION_SHOW] = "reading a session",
    [MSG_SESSION_VERSIONS] = "reading versions",
    [MSG_SESSION_SET] = "changing a session",
    [MSG_SESSION_RESOLVE] = "settling a conflict",
    [MSG_SESSION_ADOPT] = "adopting a session",
    [MSG_SESSION_LEFT] = "asking what was left",
    [MSG_CLEANUP] = "looking what can be cleaned away",
    [MSG_UNDO_CLEANUP] = "looking into the archive",
    [MSG_ADOPT_STORED] = "looking what can be adopted",
    [MSG_COMMAND] = "looking at the object",
    [MSG_RETRY] = "connecting",
    [MSG_DISABLE] = "letting it go",
    [MSG_IMAGE_ADD] = "adding an image",
    [MSG_IMAGE_REMOVE] = "removing an image",
    [MSG_IMAGE_SET] = "changing an image",
    [MSG_LAYOUT_SAVE] = "keeping a layout",
};

/* The kinds that are an order of the user's, and what becomes of them that are given up: only those that
 * wait for the answer in a state of their own have something to be done. */
static const struct {
    bool is_order;
    const char *word; /* in place of the verb's; NULL */
    void (*give_up) (struct ui *self, const struct ui_ask *ask);
} kinds[UI_ASK_COUNT] = {
    [UI_ASK_ORDER] = {true, NULL, NULL},
    [UI_ASK_LAYOUT] = {true, NULL, NULL},
    [UI_ASK_SESSION_BEGIN] = {true, NULL, NULL},
    [UI_ASK_SESSION_COPY] = {true, NULL, NULL},
    [UI_ASK_VERSIONS] = {true, NULL, ui_versions_give_up},
    [UI_ASK_CLEANUP] = {true, NULL, ui_cleanup_give_up},
    [UI_ASK_CLEANED] = {true, "moving sessions", ui_cleanup_give_up},
    [UI_ASK_INSPECT] = {true, NULL, ui_inspector_give_up},
    [UI_ASK_INSPECT_AGAIN] = {true, "evaluating again", NULL},
};

static const char *
word_of (const struct ui_ask *ask)
{
    const char *word = kinds[ask->kind].word ? kinds[ask->kind].word : words[ask->verb];
    return word ? word : "what was ordered";
}

static bool
is_waited_for (const struct ui_ask *ask)
{
    return kinds[ask->kind].is_order && !ask->given_up;
}

/* The oldest that is waited for; NULL. */
static struct ui_ask *
oldest (const struct ui *self)
{
    struct ui_ask *first = NULL;
    for (size_t index = 0; index < self->ask_count; index++) {
        struct ui_ask *ask = &self->asks[index];
        if (is_waited_for (ask)
            && (!first || ask->since_ms < first->since_ms
                || (ask->since_ms == first->since_ms && ask->ref < first->ref)))
            first = ask;
    }
    return first;
}

enum { SECOND_MS = 1000, MINUTE_MS = 60000 };

/* Each second of the first minute: who waits looks at it. */
static char *
wait_text (int64_t age_ms, char text[AGE_SIZE])
{
    if (age_ms >= MINUTE_MS)
        return age_text (age_ms, text);
    text[0] = '\0';
    if (age_ms >= SECOND_MS)
        snprintf (text, AGE_SIZE, "%d s", (int) (age_ms / SECOND_MS));
    return text;
}

bool
ui_waits_text (const struct ui *self, char text[UI_WAITS_TEXT_SIZE])
{
    const struct ui_ask *ask = oldest (self);
    char age[AGE_SIZE];
    int64_t age_ms = ask ? self->now.mono_ms - ask->since_ms : 0;
    if (!ask || age_ms < UI_WAITS_MS)
        return false;
    wait_text (age_ms, age);
    snprintf (text, UI_WAITS_TEXT_SIZE, "waiting for %s: %s …%s%s, Esc gives up",
              ask->image[0] ? ask->image : "the owner", word_of (ask), age[0] ? " " : "", age);
    return true;
}

int64_t
ui_waits_deadline (const struct ui *self)
{
    const struct ui_ask *ask = oldest (self);
    int64_t age_ms = ask ? self->now.mono_ms - ask->since_ms : 0;
    if (!ask)
        return STUI_NEVER;
    return ask->since_ms
           + (age_ms < UI_WAITS_MS ? UI_WAITS_MS
              : age_ms < MINUTE_MS ? (age_ms / SECOND_MS + 1) * SECOND_MS
                                   : age_next_ms (age_ms));
}

bool
ui_waits_key (struct ui *self, struct key key)
{
    struct ui_ask *ask = oldest (self);
    if (key.symbol != KEY_ESCAPE || key.modifiers || !ask
        || self->now.mono_ms - ask->since_ms < UI_WAITS_MS)
        return false;
    ask->given_up = true;
    struct ui_ask given = *ask; /* what follows may ask anew */
    ui_say (self, ROLE_WARNING, "%s: %s is not waited for any more; what comes of it is told",
            given.image[0] ? given.image : "The owner", word_of (&given));
    if (kinds[given.kind].give_up)
        kinds[given.kind].give_up (self, &given);
    return true;
}

void
ui_waits_late (struct ui *self, const struct ui_ask *ask, const struct msg *msg)
{
    char age[AGE_SIZE];
    const char *word = word_of (ask);
    wait_text (self->now.mono_ms - ask->since_ms, age);
    ui_refresh_sessions (self);
    if (msg->verb == MSG_ERROR)
        ui_say (self, ROLE_WARNING, "%s: %s, given up before, failed%s%s: %s",
                ask->image[0] ? ask->image : "The owner", word, age[0] ? " after " : "", age,
                msg_text (msg, 1));
    else
        ui_say (self, ROLE_NORMAL, "%s: %s, given up before, is done%s%s",
                ask->image[0] ? ask->image : "The owner", word, age[0] ? " after " : "", age);
}
