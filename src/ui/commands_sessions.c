/* commands_sessions.c: what the commands about sessions do; their rows are in commands.c. */

#include "ui/commands_sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/ui_cleanup.h"
#include "ui/ui_step.h"

void
command_sessions (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    if (*argument && !*command_target_image (ui, argument))
        return;
    model_sessions_show (&ui->sessions, argument);
    ui_show (ui, SCREEN_SESSIONS);
    ui_refresh_sessions (ui);
}

/* The session that a command is about: the one under the cursor of the list, else that of the
 * workspace: its image into *IMAGE, its name into *NAME. NULL after a word to the user. */
static const char *
target_session (struct ui *ui, const char **image, const char **name)
{
    const struct model_session *selected =
        ui->screen == SCREEN_SESSIONS ? model_sessions_selected (&ui->sessions) : NULL;
    if (selected) {
        *image = selected->image;
        *name = selected->name;
        return selected->id;
    }
    if (!ui->current || !ui->current->session[0]) {
        ui_say (ui, ROLE_WARNING, "Which session? Choose one on the screen of sessions (4)");
        return NULL;
    }
    *image = ui->current->image;
    *name = ui->current->name ? ui->current->name : "";
    return ui->current->session;
}

/* The image of a session that is to be begun or opened may be changed: it is not protected, or its
 * name was typed. */
static bool
session_may_change (struct ui *ui, const struct command *self, const char *argument,
                    const char *image)
{
    const struct model_image *its = model_find (&ui->model, image);
    return !its || !its->is_protected
           || !command_asks (ui, self, argument, image, "%s is protected: type its name", image);
}

/* Opens the prompt with this command and TEXT; false when ARGUMENT is there already. */
static bool
command_wants_argument (struct ui *ui, const struct command *self, const char *argument,
                        const char *text)
{
    if (*argument)
        return false;
    command_type_on (ui, self, text);
    return true;
}

void
command_work_new (struct ui *ui, const struct command *self, const char *argument)
{
    const struct model_session *selected =
        ui->screen == SCREEN_SESSIONS ? model_sessions_selected (&ui->sessions) : NULL;
    const char *image = ui->screen == SCREEN_SESSIONS && ui->sessions.of[0] ? ui->sessions.of
                        : selected                                          ? selected->image
                                   : command_target_image (ui, "");
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!*image || command_wants_argument (ui, self, argument, "")
        || !session_may_change (ui, self, argument, image))
        return;
    ui_ask (ui, UI_ASK_SESSION_BEGIN, image,
            msg_new (ui_peer (image, peer), MSG_SESSION_NEW, ui->last_ref + 1, argument, "{}"));
}

/* Sends MSG about session NAME of IMAGE; SAID is told on success. MSG is taken over. */
static void
session_send (struct ui *ui, const char *image, const char *name, struct msg *msg, const char *said)
{
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, image, msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said, "Session %.40s %s", name, said);
}

/* Orders VERB about the session that is meant, with FIELD; SAID is told on success. */
static void
session_order (struct ui *ui, enum msg_verb verb, const char *field, const char *said)
{
    const char *image, *name, *id = target_session (ui, &image, &name);
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!id)
        return;
    ui_peer (image, peer);
    session_send (ui, image, name, msg_new (peer, verb, ui->last_ref + 1, id, field), said);
}

void
command_work_about (struct ui *ui, const struct command *self, const char *argument)
{
    const char *image, *name;
    if (!target_session (ui, &image, &name))
        return;
    if (self->value == ABOUT_NAME && command_wants_argument (ui, self, argument, name))
        return;
    struct json *about = json_object ();
    if (self->value == ABOUT_TAGS) {
        struct json *tags = json_array ();
        for (const char *at = argument; *at; at += strspn (at, " ")) {
            size_t size = strcspn (at, " ");
            char *tag = stui_strndup (at, size);
            json_push (tags, json_string (tag));
            free (tag);
            at += size;
        }
        json_set (about, "tags", tags);
    }
    else
        json_set_text (about, self->value == ABOUT_NAME ? "name" : "note", argument);
    char *text = json_print (about);
    session_order (ui, MSG_SESSION_SET, text,
                   self->value == ABOUT_NAME   ? "has another name"
                   : self->value == ABOUT_NOTE ? "has the note"
                                               : "has the tags");
    free (text);
    json_destroy (&about);
}

void
command_work_duplicate (struct ui *ui, const struct command *self, const char *argument)
{
    const char *image, *name, *id = target_session (ui, &image, &name);
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!id || !session_may_change (ui, self, argument, image))
        return;
    ui_ask (ui, UI_ASK_SESSION_COPY, image,
            msg_new (ui_peer (image, peer), MSG_SESSION_SHOW, ui->last_ref + 1, id));
}

/* The session under the cursor, if it waits for an image that is gone; NULL. */
static const struct model_session *
target_orphan (const struct ui *ui)
{
    const struct model_session *selected =
        ui->screen == SCREEN_SESSIONS ? model_sessions_selected (&ui->sessions) : NULL;
    return selected && selected->state == STUI_SESSION_ORPHANED ? selected : NULL;
}

void
command_work_close (struct ui *ui, const struct command *self, const char *argument)
{
    const char *image, *name, *id = target_session (ui, &image, &name);
    (void) argument;
    if (!id)
        return;
    const struct model_session *orphan = target_orphan (ui);
    if (orphan) {
        if (!command_asks (ui, self, "", "y",
                           "Put session %.40s, whose image %.40s is gone, into the archive? y/n",
                           name, image))
            ui_cleanup_one (ui, orphan);
        return;
    }
    if (command_asks (ui, self, "", "y",
                      "Close session %.40s of %.40s? Its texts are kept, its variables go. y/n",
                      name, image))
        return;
    char peer[STUI_ACTOR_ID_MAX + 1];
    ui_peer (image, peer);
    session_send (
        ui, image, name,
        msg_new (peer, MSG_SESSION_CLOSE, ui->last_ref + 1, id, (uint64_t) 1, ui->terminal_id),
        "is closed");
}

void
command_work_keep (struct ui *ui, const struct command *self, const char *argument)
{
    static const char *const versions[] = {"mine", "theirs", "both", NULL};
    const char *image, *name;
    if (*argument)
        session_order (ui, MSG_SESSION_RESOLVE, argument, "is in conflict no longer");
    else if (target_session (ui, &image, &name)) {
        char question[PROMPT_QUESTION_MAX];
        snprintf (question, sizeof question,
                  "%.40s: m keeps yours, t takes that of %.40s, b keeps both:", name, image);
        prompt_choose (ui, self, versions, question);
    }
}

/* The session that versions are compared of, under the cursor on its screen. NULL after a word to the user. */
static const struct model_session *
diff_target (struct ui *ui)
{
    if (ui->screen != SCREEN_SESSIONS && ui->current
        && model_sessions_select_id (&ui->sessions, ui->current->image, ui->current->session))
        ui_show (ui, SCREEN_SESSIONS);
    const struct model_session *session =
        ui->screen == SCREEN_SESSIONS ? model_sessions_selected (&ui->sessions) : NULL;
    if (!session)
        ui_say (ui, ROLE_WARNING, "Which session? Choose one on the screen of sessions (4)");
    return session;
}

void
command_work_diff (struct ui *ui, const struct command *self, const char *argument)
{
    long long from = 0, to = 0;
    char rest;
    (void) self;
    int numbers = *argument ? sscanf (argument, "%lld %lld %c", &from, &to, &rest) : 0;
    bool usual = !*argument || ((numbers == 1 || numbers == 2) && from > 0 && to >= 0);
    if (!usual) {
        ui_say (ui, ROLE_WARNING,
                "Generations of it are numbers, the older one first; :diff alone takes the newest "
                "that differ");
        return;
    }
    const struct model_session *session = diff_target (ui);
    if (session)
        ui_versions_open (ui, session, from, to);
}

/* ---- cleanup, undo-cleanup, adopt ------------------------------------------------------------- */

/* Asks whether all that is listed is meant; "do" as the argument comes from Enter on the screen. */
static void
cleanup_confirm (struct ui *ui, const struct command *self)
{
    static const char *const words[][2] = {
        [CLEANUP_AWAY] = {"Put", " into the archive"},
        [CLEANUP_BACK] = {"Bring", " back"},
        [CLEANUP_ADOPT] = {"Adopt", ""},
    };
    const struct ui_cleanup *cleanup = &ui->cleanup;
    const struct model_image *image = model_find (&ui->model, cleanup->image);
    size_t count = json_count (cleanup->rows);
    bool guarded = cleanup->kind == CLEANUP_ADOPT && image && image->is_protected;
    if (count == 0)
        ui_say (ui, ROLE_WARNING, "%s",
                cleanup->ordered > 0 ? "It is under way already" : "There is nothing in the list");
    else if (!command_asks (ui, self, "do", guarded ? image->name : "y", "%s %zu session%s%s? %s",
                            words[cleanup->kind][0], count, count == 1 ? "" : "s",
                            words[cleanup->kind][1],
                            guarded ? "It is protected: type its name" : "y/n"))
        ui_cleanup_do (ui);
}

void
command_cleanup (struct ui *ui, const struct command *self, const char *argument)
{
    enum cleanup_kind kind = (enum cleanup_kind) self->value;
    bool listed = ui->screen == SCREEN_CLEANUP && ui->cleanup.kind == kind;
    const struct model_session *selected =
        ui->screen == SCREEN_SESSIONS ? model_sessions_selected (&ui->sessions) : NULL;
    if (strcmp (argument, "do") == 0 && listed) {
        cleanup_confirm (ui, self);
        return;
    }
    const char *image = "";
    if (kind == CLEANUP_ADOPT)
        image = selected && !*argument ? selected->image : command_target_image (ui, argument);
    if (kind != CLEANUP_ADOPT || *image)
        ui_cleanup_show (ui, kind, image);
}
