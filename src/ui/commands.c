/* commands.c: see commands.h. First the functions, then the table: it is as long as the list of commands. */

#include "ui/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/via.h"
#include "ui/commands_fan.h"
#include "ui/commands_fleet.h"
#include "ui/commands_held.h"
#include "ui/commands_images.h"
#include "ui/commands_sessions.h"
#include "ui/commands_workspace.h"
#include "ui/ui_inspector.h"
#include "ui/ui_layouts.h"
#include "ui/commands_view.h"
#include "ui/ui_sessions.h"
#include "ui/ui_step.h"
#include "ui/ui_transcript.h"

/* ---- everywhere ----------------------------------------------------------------------------- */

static void
command_show (struct ui *ui, const struct command *self, const char *argument)
{
    if (self->value == SCREEN_WORKSPACE && *argument) {
        if (*command_target_image (ui, argument))
            ui_open (ui, argument, true);
    }
    else if (self->value == SCREEN_WORKSPACE && !ui->current)
        ui_act (ui, SCREEN_OPEN);
    else {
        ui_show (ui, (enum screen_id) self->value);
        if (*argument)
            ui_set_filter (ui, argument);
    }
}

static void
command_help (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    const struct command *about = *argument ? commands_find (argument, strlen (argument)) : NULL;
    if (about)
        ui_say (ui, ROLE_NORMAL, ":%s %s  %s", about->name, about->argument, about->help);
    else if (*argument)
        ui_say (ui, ROLE_WARNING, "There is no command %.40s; ? shows them all", argument);
    else
        ui_show (ui, SCREEN_HELP);
}

static void
command_prompt (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    prompt_open (ui, PROMPT_COMMAND, argument);
}

static void
command_act (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    ui_act (ui, self->value);
}

static void
command_close (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    if (ui->screen != SCREEN_HELP && ui_panes_close (ui))
        return;
    if (ui->screen == SCREEN_IMAGES)
        ui_quit (ui);
    else
        ui_show (ui, ui->screen == SCREEN_HELP ? ui->before : SCREEN_IMAGES);
}

static void
command_quit (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    ui_quit (ui);
}

static void
command_do (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    ui_do (ui, (enum ui_do) self->value);
}

bool
command_asks (struct ui *ui, const struct command *self, const char *argument, const char *expected,
              const char *format, ...)
{
    char question[PROMPT_QUESTION_MAX];
    va_list args;
    if (ui->prompt.confirmed)
        return false;
    va_start (args, format);
    vsnprintf (question, sizeof question, format, args);
    va_end (args);
    prompt_confirm (ui, self, argument, expected, question);
    return true;
}

void
command_type_on (struct ui *ui, const struct command *self, const char *text)
{
    char line[PROMPT_ARGUMENT_MAX];
    snprintf (line, sizeof line, "%s %s", self->name, text);
    prompt_open (ui, PROMPT_COMMAND, line);
}

/* ---- images --------------------------------------------------------------------------------- */

const char *
command_target_image (struct ui *ui, const char *argument)
{
    bool listed = ui->screen == SCREEN_IMAGES || ui->screen == SCREEN_IMAGE;
    const struct model_image *selected = listed ? model_selected (&ui->model)
                                         : ui->screen == SCREEN_DIAGNOSIS
                                             ? model_find (&ui->model, ui->diagnosis.image)
                                             : NULL;
    if (*argument && model_find (&ui->model, argument))
        return argument;
    if (*argument)
        ui_say (ui, ROLE_WARNING, "There is no image %.64s", argument);
    else if (selected)
        return selected->name;
    else if (ui->current)
        return ui->current->image;
    else
        ui_say (ui, ROLE_WARNING, "Which image? Name one");
    return "";
}

static void
command_open (struct ui *ui, const struct command *self, const char *argument)
{
    size_t size = strlen (argument);
    bool is_file = strchr (argument, '/') || (size > 3 && strcmp (argument + size - 3, ".st") == 0);
    if (!*argument)
        ui_act (ui, self->value);
    else if (is_file && !model_find (&ui->model, argument))
        command_workspace_open (ui, self, argument);
    else if (*command_target_image (ui, argument))
        ui_open (ui, argument, true);
}

/* `retry` and `disable`: a verb without fields to the image's supervisor. Without an owner the first
 * thing to be tried again is that. */
static void
command_order (struct ui *ui, const struct command *self, const char *argument)
{
    enum msg_verb verb = (enum msg_verb) self->value;
    if (verb == MSG_RETRY && ui->model.link == MODEL_UNLINKED) {
        ui_wake (ui);
        return;
    }
    const char *image = command_target_image (ui, argument);
    if (!*image)
        return;
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *msg = msg_new (ui_peer (image, peer), verb, ui->last_ref + 1);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, image, msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said,
                  verb == MSG_RETRY ? "%s is tried now" : "%s is left alone until it is retried",
                  image);
}

/* Opens the line of `add` with ARGUMENT, for it to be put right, and says what is missing. */
static void
add_again (struct ui *ui, const struct command *self, const char *argument, enum role role,
           const char *said)
{
    command_type_on (ui, self, argument);
    ui_say (ui, role, "%s", said);
}

/* TEXT, "ADDRESS [via=HOST]", into SETTINGS. 0, or STUI_E_MALFORMED with CAUSE. */
static int
add_parse (const char *text, struct json *settings, struct stui_cause *cause)
{
    struct address address;
    struct via via;
    size_t size = strcspn (text, " ");
    const char *rest = text + size + strspn (text + size, " ");
    char *place = stui_strndup (text, size);
    int err = address_parse (place, &address, cause);
    json_set_text (settings, "address", place);
    free (place);
    if (err || !*rest)
        return err;
    if (strncmp (rest, "via=", 4) != 0)
        return stui_fail (cause, STUI_E_MALFORMED,
                          "After the address comes nothing, or via=HOST to reach it by SSH");
    json_set_text (settings, "via", rest + 4);
    return via_parse (rest + 4, &via, cause);
}

static void
command_add (struct ui *ui, const struct command *self, const char *argument)
{
    char name[STUI_NAME_MAX + 2];
    size_t size = strcspn (argument, " ");
    const char *text = argument + size + strspn (argument + size, " ");
    snprintf (name, sizeof name, "%.*s", (int) (size < sizeof name ? size : sizeof name - 1),
              argument);
    struct stui_cause cause = {0};
    if (!*text) {
        add_again (ui, self, argument, ROLE_NORMAL, "A name and an address: one 127.0.0.1:4242");
        return;
    }
    if (!address_name_is_valid (name, STUI_NAME_MAX)) {
        add_again (ui, self, argument, ROLE_WARNING,
                   "The name comes first, of A-Z a-z 0-9 . _ -, then the address");
        return;
    }
    struct json *settings = json_object ();
    if (add_parse (text, settings, &cause) < 0) {
        add_again (ui, self, argument, ROLE_WARNING, cause.text);
        json_destroy (&settings);
        return;
    }
    char *body = json_print (settings);
    struct msg *msg = msg_new ("main", MSG_IMAGE_ADD, ui->last_ref + 1, name, body);
    free (body);
    json_destroy (&settings);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, "", msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%s is added", name);
}

static void
command_remove (struct ui *ui, const struct command *self, const char *argument)
{
    const char *image = command_target_image (ui, argument);
    if (!*image)
        return;
    const struct model_image *its = model_find (&ui->model, image);
    bool holds = its && its->held + its->in_doubt > 0;
    if (command_asks (ui, self, image, "y", "Remove %s from the list? Its sessions%s are kept. y/n",
                      image, holds ? " and what is held or in doubt" : ""))
        return;
    struct msg *msg = msg_new ("main", MSG_IMAGE_REMOVE, ui->last_ref + 1, image);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, "", msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%s is removed", image);
}

/* Turns the mark round. */
static void
command_favourite (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    const char *name = command_target_image (ui, argument);
    const struct model_image *image = *name ? model_find (&ui->model, name) : NULL;
    if (!image)
        return;
    bool favourite = !image->favourite;
    struct msg *msg =
        msg_new ("store", MSG_IMAGE_MARK, ui->last_ref + 1, name, (uint64_t) favourite);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_FAVOURITE, name, msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said,
                  favourite ? "%s is a favourite" : "%s is no favourite any more", name);
}

static void
command_filter (struct ui *ui, const struct command *self, const char *argument)
{
    ui_show (ui, (enum screen_id) self->value);
    if (*argument)
        ui_set_filter (ui, argument);
    else
        prompt_open (ui, PROMPT_FILTER, ui_filter (ui));
}

static void
command_sort (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    enum model_sort sort = (enum model_sort) ((ui->model.sort + 1) % MODEL_SORT_COUNT);
    for (int value = 0; *argument && value < MODEL_SORT_COUNT; value++)
        if (strcmp (model_sort_word ((enum model_sort) value), argument) == 0)
            sort = (enum model_sort) value;
    model_set_sort (&ui->model, sort, ui->model.reversed);
    ui_say (ui, ROLE_NORMAL, "Sorted by %s", model_sort_word (sort));
}

static void
command_reverse (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    model_set_sort (&ui->model, ui->model.sort, !ui->model.reversed);
}

/* ---- workspace ------------------------------------------------------------------------------ */

/* Code for a protected image is sent only after its name was typed. */
static void
command_evaluate (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    const struct model_image *image =
        ui->current ? model_find (&ui->model, ui->current->image) : NULL;
    if (ui->screen != SCREEN_WORKSPACE) {
        ui_say (ui, ROLE_WARNING,
                "Nothing was sent: code is evaluated where it is seen; 2 shows "
                "the workspace");
        return;
    }
    if (image && image->is_protected
        && command_asks (ui, self, "", image->name, "%s is protected: type its name to %s",
                         image->name, eval_mode_word ((enum eval_mode) self->value)))
        return;
    ui_evaluate (ui, (enum eval_mode) self->value);
}

static void
command_interrupt (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    ui_interrupt (ui);
}

/* Opens the session of SELF, which was closed, on its image again. */
static void
session_reopen (struct ui *ui, const struct workspace *self)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *msg =
        msg_new (ui_peer (self->image, peer), MSG_SESSION_RESTORE, ui->last_ref + 1, self->session);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, self->image, msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said, "Session %.40s is open", self->name);
}

static void
command_edit (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    if (!ui->current)
        ui_say (ui, ROLE_WARNING, "No workspace is open");
    else if (ui->current->session[0] && ui->current->loaded
             && ui->current->state == STUI_SESSION_CLOSED)
        ui->read_only
            ? ui_say (ui, ROLE_WARNING, "This terminal was started read-only: nothing is opened")
            : session_reopen (ui, ui->current);
    else if (ui->current->mine)
        ui_say (ui, ROLE_NORMAL, "This terminal edits it already");
    else {
        ui->current->wants_lease = true;
        ui_take_lease (ui, ui->current);
    }
}

static void
command_clear (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    size_t ended = ui->current ? workspace_ended_outputs (ui->current) : 0;
    if (ended > 0
        && !command_asks (ui, self, "", "y", "Forget %zu result%s? They cannot be had again. y/n",
                          ended, ended == 1 ? "" : "s"))
        workspace_clear_outputs (ui->current, ui->now);
}

/* ---- the table ------------------------------------------------------------------------------ */

#define EVERYWHERE COMMAND_EVERYWHERE
#define PANES      COMMAND_PANES
#define IMAGES     COMMAND_IMAGES
#define SESSIONS   COMMAND_SESSIONS
#define HELD       COMMAND_HELD
#define FAN        COMMAND_FAN
#define FORM       COMMAND_FORM
#define CLEANUP    COMMAND_CLEANUP
#define WORKSPACE  COMMAND_WORKSPACE
#define TEXT       COMMAND_TEXT
#define NOTHING    COMPLETES_NOTHING
#define SCREENS    true /* about what a terminal shows */
#define BOTH       false

/* clang-format off: one row a command, in columns */
static const struct command table[] = {
    /* name, argument, completes, keys in lists, keys in text, hint, help, group, run, value,
       for whom */
    {"help", "[COMMAND]", COMPLETES_COMMANDS, "? F1 M-?", "F1 M-?", "help", "keys and commands",
     EVERYWHERE, command_help, 0, BOTH},
    {"command", "", NOTHING, ": M-x", "M-x", "command", "type a command", EVERYWHERE,
     command_prompt, 0, SCREENS},
    {"images", "", NOTHING, "1 M-1", "M-1", "images", "the list of images", EVERYWHERE,
     command_show, SCREEN_IMAGES, SCREENS},
    {"workspace", "[IMAGE]", COMPLETES_IMAGES, "2 M-2", "M-2", "workspace",
     "the workspace of an image", EVERYWHERE, command_show, SCREEN_WORKSPACE, SCREENS},
    {"events", "[FILTER]", NOTHING, "3 M-3", "M-3", "events", "what happened lately", EVERYWHERE,
     command_show, SCREEN_EVENTS, SCREENS},
    {"sessions", "[IMAGE]", COMPLETES_IMAGES, "4 M-4", "M-4", "sessions", "the sessions of images",
     EVERYWHERE, command_sessions, 0, SCREENS},
    {"held", "[send|drop]", COMPLETES_HELD, "5 M-5", "M-5", "held", "what was not sent", EVERYWHERE,
     command_show_held, 0, SCREENS},
    {"doubt", "[resolve WAY]", COMPLETES_DOUBT, "", "", "doubt", "what is in doubt", EVERYWHERE,
     command_show_doubt, 0, SCREENS},
    {"all", "[CODE]", NOTHING, "A", "M-A", "in all", "evaluate in all marked", EVERYWHERE,
     command_fan_all, 0, SCREENS},
    {"fanout", "[save FILE|stop]", COMPLETES_FANOUT, "8 M-8", "M-8", "fan-out",
     "what all marked answered", EVERYWHERE, command_fan_show, 0, SCREENS},
    {"welcome", "", NOTHING, "9 M-9", "M-9", "welcome", "resume, or connect anew", EVERYWHERE,
     command_welcome, 0, SCREENS},
    {"transcript", "[IMAGE|all|save FILE]", COMPLETES_IMAGES, "6 M-6", "M-6", "transcript",
     "what images write", EVERYWHERE, command_transcript_show, 0, SCREENS},
    {"inspector", "", NOTHING, "7 M-7", "M-7", "inspector", "the object that is inspected",
     EVERYWHERE, command_show, SCREEN_INSPECTOR, SCREENS},
    {"switch", "[IMAGE]", COMPLETES_IMAGES, "0 M-0", "M-0", "switch", "go to an image's workspace",
     EVERYWHERE, command_switch, 0, SCREENS},
    {"next-image", "", NOTHING, "] F8", "F8", "next image", "the next open workspace", EVERYWHERE,
     command_step, 1, SCREENS},
    {"previous-image", "", NOTHING, "[ F7", "F7", "image before", "the open workspace before",
     EVERYWHERE, command_step, -1, SCREENS},
    {"next-panel", "", NOTHING, "Tab F6", "F6", "panel", "go to the next panel", EVERYWHERE,
     command_act, SCREEN_NEXT_PANEL, SCREENS},
    {"back", "", NOTHING, "Esc", "Esc", "back", "leave field, then screen", EVERYWHERE, command_act,
     SCREEN_BACK, SCREENS},
    {"close", "", NOTHING, "q", "M-q", "close", "close pane or screen, quit", EVERYWHERE,
     command_close, 0, SCREENS},
    {"quit", "", NOTHING, "^Q", "^Q", "quit", "leave stui; all is kept", EVERYWHERE, command_quit,
     0, SCREENS},
    {"keep", "[VERSION]", COMPLETES_VERSIONS, "M-k", "M-k", "settle", "end a session's conflict",
     EVERYWHERE, command_work_keep, 0, BOTH},
    {"theme", "[NAME]", COMPLETES_THEMES, "", "", "theme", "the colours of this terminal",
     EVERYWHERE, command_theme, 0, SCREENS},
    {"suspend", "", NOTHING, "^Z", "^Z", "suspend", "stop until fg", EVERYWHERE, command_do,
     UI_SUSPEND, SCREENS},
    {"redraw", "", NOTHING, "^L", "^L", "redraw", "draw the screen anew", EVERYWHERE, command_do,
     UI_REDRAW, SCREENS},

    {"split", "[IMAGE|COMMAND]", COMPLETES_IMAGES, "M--", "M--", "split", "a pane below this one",
     PANES, command_pane_split, 0, SCREENS},
    {"vsplit", "[IMAGE|COMMAND]", COMPLETES_IMAGES, "M-|", "M-|", "beside",
     "a pane beside this one", PANES, command_pane_split, 1, SCREENS},
    {"next-pane", "", NOTHING, "^O", "^O", "next pane", "the keys to the next pane", PANES,
     command_pane_step, 1, SCREENS},
    {"pane-left", "", NOTHING, "M-Left", "M-Left", "", "to the pane at the left", PANES,
     command_pane_toward, PANES_LEFT, SCREENS},
    {"pane-right", "", NOTHING, "M-Right", "M-Right", "", "to the pane at the right", PANES,
     command_pane_toward, PANES_RIGHT, SCREENS},
    {"pane-up", "", NOTHING, "M-Up", "M-Up", "", "to the pane above", PANES, command_pane_toward,
     PANES_UP, SCREENS},
    {"pane-down", "", NOTHING, "M-Down", "M-Down", "", "to the pane below", PANES,
     command_pane_toward, PANES_DOWN, SCREENS},
    {"border-left", "", NOTHING, "M-S-Left", "M-S-Left", "", "move its border to the left", PANES,
     command_pane_border, PANES_LEFT, SCREENS},
    {"border-right", "", NOTHING, "M-S-Right", "M-S-Right", "", "move its border to the right",
     PANES, command_pane_border, PANES_RIGHT, SCREENS},
    {"border-up", "", NOTHING, "M-S-Up", "M-S-Up", "", "move its border up", PANES,
     command_pane_border, PANES_UP, SCREENS},
    {"border-down", "", NOTHING, "M-S-Down", "M-S-Down", "", "move its border down", PANES,
     command_pane_border, PANES_DOWN, SCREENS},
    {"balance", "", NOTHING, "M-=", "M-=", "balance", "panes of the same size", PANES,
     command_pane_even, 0, SCREENS},
    {"layout", "[NAME|save NAME|delete NAME]", COMPLETES_LAYOUTS, "", "", "layout",
     "panes by a name", PANES, command_layout, 0, SCREENS},
    {"only", "", NOTHING, "", "", "only", "close all other panes", PANES, command_pane_only, 0,
     SCREENS},

    {"open", "[IMAGE]", COMPLETES_IMAGES, "Enter", "", "open", "open the image's workspace", IMAGES,
     command_open, SCREEN_OPEN, SCREENS},
    {"filter", "[TEXT]", NOTHING, "/", "", "filter", "show only what holds TEXT", IMAGES,
     command_filter, SCREEN_IMAGES, SCREENS},
    {"sort", "[COLUMN]", COMPLETES_SORTS, "s", "", "sort", "sort by the next column", IMAGES,
     command_sort, 0, SCREENS},
    {"reverse", "", NOTHING, "S", "", "reverse", "turn the order round", IMAGES, command_reverse, 0,
     SCREENS},
    {"group", "[tag|none]", NOTHING, "t", "", "group", "group by tag, or not", IMAGES,
     command_fleet_group, 0, SCREENS},
    {"details", "[IMAGE]", COMPLETES_IMAGES, "i", "", "details", "all that is known of it", IMAGES,
     command_image_details, 0, SCREENS},
    {"mark", "[WHICH]", COMPLETES_MARKS, "Space", "", "mark", "mark it for :all", IMAGES,
     command_image_mark, 1, SCREENS},
    {"unmark", "[WHICH]", COMPLETES_MARKS, "u", "", "unmark", "take the marks away", IMAGES,
     command_image_mark, 0, SCREENS},
    {"diagnose", "[IMAGE]", COMPLETES_IMAGES, "D", "", "diagnose", "say what is wrong with it",
     IMAGES, command_image_diagnose, 0, SCREENS},
    {"edit-image", "[IMAGE]", COMPLETES_IMAGES, "e", "", "edit", "change how it is reached", IMAGES,
     command_image_edit, 0, SCREENS},
    {"protect", "[IMAGE]", COMPLETES_IMAGES, "P", "", "protect", "protect it, or no more", IMAGES,
     command_image_protect, 0, BOTH},
    {"connect", "[IMAGE]", COMPLETES_IMAGES, "c", "", "connect", "connect it now", IMAGES,
     command_order, MSG_RETRY, BOTH},
    {"enable", "[IMAGE]", COMPLETES_IMAGES, "", "", "enable", "take up what was stopped", IMAGES,
     command_order, MSG_RETRY, BOTH},
    {"retry", "[IMAGE]", COMPLETES_IMAGES, "r", "", "retry", "try to connect now", IMAGES,
     command_order, MSG_RETRY, BOTH},
    {"stop", "[IMAGE]", COMPLETES_IMAGES, "x", "", "stop", "let it go until retried", IMAGES,
     command_order, MSG_DISABLE, BOTH},
    {"favourite", "[IMAGE]", COMPLETES_IMAGES, "*", "", "favourite", "mark it, or unmark it",
     IMAGES, command_favourite, 0, BOTH},
    {"add", "NAME ADDRESS [via=HOST]", NOTHING, "a", "", "add", "add an image", IMAGES, command_add,
     0, BOTH},
    {"remove", "[IMAGE]", COMPLETES_IMAGES, "d", "", "remove", "take it off the list", IMAGES,
     command_remove, 0, BOTH},

    {"image", "add|set|rm …", NOTHING, "", "", "image", "change the list of images", IMAGES,
     command_fleet_image, 0, BOTH},
    {"alerts", "on|off [MIN]", NOTHING, "", "", "alerts", "no alerts for a while", IMAGES,
     command_fleet_alerts, 0, BOTH},

    {"open-session", "", NOTHING, "Enter", "", "open", "open it in its workspace", SESSIONS,
     command_act, SCREEN_OPEN, SCREENS},
    {"find-session", "[TEXT]", NOTHING, "/", "", "filter", "show only what holds TEXT", SESSIONS,
     command_filter, SCREEN_SESSIONS, SCREENS},
    {"new-session", "NAME", NOTHING, "n", "", "new", "begin a session in it", SESSIONS,
     command_work_new, 0, BOTH},
    {"rename", "NAME", NOTHING, "R", "", "rename", "give it another name", SESSIONS,
     command_work_about, ABOUT_NAME, BOTH},
    {"note", "[TEXT]", NOTHING, "", "", "note", "keep a note with it", SESSIONS, command_work_about,
     ABOUT_NOTE, BOTH},
    {"tag", "[TAG …]", NOTHING, "", "", "tag", "give it these tags", SESSIONS, command_work_about,
     ABOUT_TAGS, BOTH},
    {"duplicate", "", NOTHING, "D", "", "duplicate", "begin one with its texts", SESSIONS,
     command_work_duplicate, 0, BOTH},
    {"close-session", "", NOTHING, "d", "", "close it", "close it; texts are kept", SESSIONS,
     command_work_close, 0, BOTH},
    {"diff", "[FROM [TO]]", NOTHING, "v", "", "versions", "what changed in it", SESSIONS,
     command_work_diff, 0, SCREENS},
    {"cleanup", "", NOTHING, "", "", "cleanup", "archive what is left", SESSIONS, command_cleanup,
     CLEANUP_AWAY, SCREENS},
    {"undo-cleanup", "", NOTHING, "", "", "undo", "bring that back", SESSIONS, command_cleanup,
     CLEANUP_BACK, SCREENS},
    {"adopt", "[IMAGE]", COMPLETES_IMAGES, "", "", "adopt", "take what was left", SESSIONS,
     command_cleanup, CLEANUP_ADOPT, SCREENS},

    {"move-listed", "", NOTHING, "Enter", "", "do it", "do it for all that is listed", CLEANUP,
     command_act, SCREEN_OPEN, SCREENS},

    {"whole-event", "", NOTHING, "Enter", "", "whole", "show all of it, or no more", COMMAND_EVENTS,
     command_act, SCREEN_OPEN, SCREENS},
    {"find-event", "[FILTER]", NOTHING, "/", "", "filter", "show what matches FILTER",
     COMMAND_EVENTS, command_filter, SCREEN_EVENTS, SCREENS},

    {"all-images", "", NOTHING, "a", "", "all images", "of all images, or of one",
     COMMAND_TRANSCRIPT, command_transcript_all, 0, SCREENS},
    {"filter-lines", "[FILTER]", NOTHING, "/", "", "filter", "show what matches FILTER",
     COMMAND_TRANSCRIPT, command_filter, SCREEN_TRANSCRIPT, SCREENS},
    {"find-text", "[TEXT]", NOTHING, "f", "", "find", "go to a line that holds TEXT",
     COMMAND_TRANSCRIPT, command_transcript_find, 0, SCREENS},
    {"find-next", "", NOTHING, "n", "", "next", "to the next such line", COMMAND_TRANSCRIPT,
     command_transcript_find, 1, SCREENS},
    {"find-earlier", "", NOTHING, "N", "", "earlier", "to the one before", COMMAND_TRANSCRIPT,
     command_transcript_find, -1, SCREENS},

    {"open-field", "", NOTHING, "Enter", "", "open", "open it, or close it", COMMAND_INSPECTOR,
     command_act, SCREEN_OPEN, SCREENS},
    {"refresh-field", "", NOTHING, "r", "", "refresh", "look at it again", COMMAND_INSPECTOR,
     command_inspector_refresh, 0, SCREENS},
    {"copy-value", "", NOTHING, "y", "", "copy", "copy its value", COMMAND_INSPECTOR,
     command_inspector_copy, 0, SCREENS},
    {"close-inspector", "", NOTHING, "q", "", "close", "let its objects go", COMMAND_INSPECTOR,
     command_inspector_close, 0, SCREENS},

    {"settle-held", "", NOTHING, "Enter", "", "settle", "send it, or say what it did", HELD,
     command_act, SCREEN_OPEN, SCREENS},
    {"send-held", "", NOTHING, "s", "", "send", "send it to its image now", HELD, command_held_send,
     0, SCREENS},
    {"drop-held", "", NOTHING, "d", "", "drop", "forget it, unsent", HELD, command_held_drop, 0,
     SCREENS},

    {"open-answering", "", NOTHING, "Enter", "", "open", "open the image's workspace", FAN,
     command_act, SCREEN_OPEN, SCREENS},
    {"differing-first", "", NOTHING, "s", "", "sort", "those that differ first", FAN,
     command_fan_order, 0, SCREENS},
    {"interrupt-all", "", NOTHING, "^C", "", "interrupt", "interrupt it everywhere", FAN,
     command_fan_interrupt, 0, SCREENS},

    {"accept", "", NOTHING, "Enter", "Enter", "do it", "do what the panel is for", FORM,
     command_act, SCREEN_OPEN, SCREENS},
    {"next-field", "", NOTHING, "Tab n", "Tab", "next field", "go to the next field", FORM,
     command_act, SCREEN_NEXT_PANEL, SCREENS},

    {"do-it", "", NOTHING, "^D", "^D", "do it", "evaluate selection or line", WORKSPACE,
     command_evaluate, EVAL_DO, SCREENS},
    {"print-it", "", NOTHING, "^P", "^P", "print it", "evaluate, insert the answer", WORKSPACE,
     command_evaluate, EVAL_PRINT, SCREENS},
    {"inspect-it", "", NOTHING, "M-i F4", "M-i F4", "inspect it", "evaluate and show the class",
     WORKSPACE, command_evaluate, EVAL_INSPECT, SCREENS},
    {"interrupt", "", NOTHING, "^C", "^C", "interrupt", "interrupt what runs", WORKSPACE,
     command_interrupt, 0, SCREENS},
    {"edit", "", NOTHING, "e", "M-e", "edit here", "edit, even if closed", WORKSPACE, command_edit,
     0, SCREENS},
    {"earlier-input", "", NOTHING, "", "M-p", "earlier", "put in the input before", WORKSPACE,
     command_workspace_history, 1, SCREENS},
    {"later-input", "", NOTHING, "", "M-n", "later", "put in the input after", WORKSPACE,
     command_workspace_history, -1, SCREENS},
    {"complete", "", NOTHING, "", "M-/ ^N", "complete", "complete the word", WORKSPACE,
     command_workspace_complete, 0, SCREENS},
    {"search-input", "[TEXT]", NOTHING, "", "^R", "search", "search inputs of before", WORKSPACE,
     command_workspace_search, 0, SCREENS},
    {"buffer", "[new|close|NAME]", COMPLETES_BUFFERS, "", "", "buffer", "texts of this workspace",
     WORKSPACE, command_workspace_buffer, 0, SCREENS},
    {"list-buffers", "", NOTHING, "", "M-O", "buffers", "choose a buffer", WORKSPACE,
     command_workspace_buffers, 0, SCREENS},
    {"next-buffer", "", NOTHING, "", "M-o", "next", "show the next buffer", WORKSPACE,
     command_workspace_next_buffer, 0, SCREENS},
    {"open-file", "FILE", NOTHING, "", "", "open", "a file into a new buffer", WORKSPACE,
     command_workspace_open, 0, SCREENS},
    {"write", "[FILE]", NOTHING, "", "M-s", "write", "write the buffer to a file", WORKSPACE,
     command_workspace_write, 0, SCREENS},
    {"results", "[place|beside]", COMPLETES_ANSWERS, "", "", "results", "where print it puts them",
     WORKSPACE, command_workspace_answers, 0, SCREENS},
    {"external", "", NOTHING, "", "M-v", "external", "edit it with $EDITOR", WORKSPACE,
     command_workspace_external, 0, SCREENS},
    {"clear", "", NOTHING, "c", "", "clear", "forget the results", WORKSPACE, command_clear, 0,
     SCREENS},

    {"up", "", NOTHING, "Up k", "Up", "up", "up", TEXT, command_act, EDITOR_UP, SCREENS},
    {"down", "", NOTHING, "Down j", "Down", "down", "down", TEXT, command_act, EDITOR_DOWN,
     SCREENS},
    {"left", "", NOTHING, "Left h", "Left", "left", "left", TEXT, command_act, EDITOR_LEFT,
     SCREENS},
    {"right", "", NOTHING, "Right l", "Right", "right", "right", TEXT, command_act, EDITOR_RIGHT,
     SCREENS},
    {"page-up", "", NOTHING, "PageUp", "PageUp", "back a page", "a page up", TEXT, command_act,
     EDITOR_PAGE_UP, SCREENS},
    {"page-down", "", NOTHING, "PageDown", "PageDown", "on a page", "a page down", TEXT,
     command_act, EDITOR_PAGE_DOWN, SCREENS},
    {"top", "", NOTHING, "g Home", "^Home M-<", "top", "to the beginning", TEXT, command_act,
     EDITOR_TEXT_START, SCREENS},
    {"bottom", "", NOTHING, "G End", "^End M->", "bottom", "to the end", TEXT, command_act,
     EDITOR_TEXT_END, SCREENS},
    {"line-start", "", NOTHING, "", "Home ^A", "line start", "to the line's beginning", TEXT,
     command_act, EDITOR_LINE_START, SCREENS},
    {"line-end", "", NOTHING, "", "End ^E", "line end", "to the line's end", TEXT, command_act,
     EDITOR_LINE_END, SCREENS},
    {"word-left", "", NOTHING, "", "M-b ^Left", "word left", "a word to the left", TEXT,
     command_act, EDITOR_WORD_LEFT, SCREENS},
    {"word-right", "", NOTHING, "", "M-f ^Right", "word right", "a word to the right", TEXT,
     command_act, EDITOR_WORD_RIGHT, SCREENS},
    {"select-up", "", NOTHING, "", "S-Up", "", "select a line up", TEXT, command_act,
     EDITOR_SELECT + EDITOR_UP, SCREENS},
    {"select-down", "", NOTHING, "", "S-Down", "", "select a line down", TEXT, command_act,
     EDITOR_SELECT + EDITOR_DOWN, SCREENS},
    {"select-left", "", NOTHING, "", "S-Left M-,", "", "select to the left", TEXT, command_act,
     EDITOR_SELECT + EDITOR_LEFT, SCREENS},
    {"select-right", "", NOTHING, "", "S-Right M-.", "", "select to the right", TEXT, command_act,
     EDITOR_SELECT + EDITOR_RIGHT, SCREENS},
    {"select-word-left", "", NOTHING, "", "M-B S-^Left", "", "select a word left", TEXT,
     command_act, EDITOR_SELECT + EDITOR_WORD_LEFT, SCREENS},
    {"select-word-right", "", NOTHING, "", "M-F S-^Right", "", "select a word right", TEXT,
     command_act, EDITOR_SELECT + EDITOR_WORD_RIGHT, SCREENS},
    {"select-line-start", "", NOTHING, "", "S-Home", "", "select to the line's start", TEXT,
     command_act, EDITOR_SELECT + EDITOR_LINE_START, SCREENS},
    {"select-line-end", "", NOTHING, "", "S-End", "", "select to the line's end", TEXT, command_act,
     EDITOR_SELECT + EDITOR_LINE_END, SCREENS},
    {"select-all", "", NOTHING, "", "M-a", "", "select everything", TEXT, command_act,
     EDITOR_SELECT_ALL, SCREENS},
    {"select-word", "", NOTHING, "", "M-w", "", "select word, or in brackets", TEXT, command_act,
     EDITOR_SELECT_WORD, SCREENS},
    {"select-line", "", NOTHING, "", "M-l", "", "select the line", TEXT, command_act,
     EDITOR_SELECT_LINE, SCREENS},
    {"set-mark", "", NOTHING, "", "^Space M-m", "", "from here on moves select", TEXT, command_act,
     EDITOR_SET_MARK, SCREENS},
    {"backspace", "", NOTHING, "", "Backspace", "", "remove what is before", TEXT, command_act,
     EDITOR_BACKSPACE, SCREENS},
    {"delete", "", NOTHING, "", "Delete", "", "remove what is behind", TEXT, command_act,
     EDITOR_DELETE, SCREENS},
    {"delete-word-left", "", NOTHING, "", "^W M-Backspace", "", "remove the word before", TEXT,
     command_act, EDITOR_DELETE_WORD_LEFT, SCREENS},
    {"delete-word-right", "", NOTHING, "", "M-d", "", "remove the word behind", TEXT, command_act,
     EDITOR_DELETE_WORD_RIGHT, SCREENS},
    {"delete-to-end", "", NOTHING, "", "^K", "", "remove the rest of the line", TEXT, command_act,
     EDITOR_DELETE_TO_LINE_END, SCREENS},
    {"undo", "", NOTHING, "", "M-u ^_", "undo", "take the last change back", TEXT, command_act,
     EDITOR_UNDO, SCREENS},
    {"redo", "", NOTHING, "", "M-r", "redo", "make it again", TEXT, command_act, EDITOR_REDO,
     SCREENS},
    {"copy", "", NOTHING, "", "M-c", "copy", "copy selection or line", TEXT, command_workspace_clip,
     WORKSPACE_COPY, SCREENS},
    {"cut", "", NOTHING, "", "^X", "cut", "cut selection or line", TEXT, command_workspace_clip,
     WORKSPACE_CUT, SCREENS},
    {"paste", "", NOTHING, "", "^V", "paste", "put in what was cut", TEXT, command_workspace_clip,
     WORKSPACE_PASTE, SCREENS},
};
/* clang-format on */

enum { TABLE_SIZE = sizeof table / sizeof *table };

const struct command *
commands_first (void)
{
    return table;
}

const struct command *
commands_next (const struct command *command)
{
    return command + 1 < table + TABLE_SIZE ? command + 1 : NULL;
}

const struct command *
commands_find (const char *name, size_t size)
{
    const struct command *found = NULL;
    int matches = 0;
    for (const struct command *row = table; row < table + TABLE_SIZE; row++) {
        if (strncmp (row->name, name, size) != 0 || size == 0)
            continue;
        if (row->name[size] == '\0')
            return row;
        found = row;
        matches++;
    }
    return matches == 1 ? found : NULL;
}

const char *
commands_group_title (enum command_group group)
{
    static const char *const titles[COMMAND_GROUP_COUNT] = {
        [COMMAND_EVERYWHERE] = "Everywhere",  [COMMAND_PANES] = "Panes and layouts",
        [COMMAND_IMAGES] = "Images",          [COMMAND_SESSIONS] = "Sessions",
        [COMMAND_HELD] = "Held and in doubt", [COMMAND_FAN] = "Fan-out",
        [COMMAND_FORM] = "Welcome and forms", [COMMAND_CLEANUP] = "Cleanup",
        [COMMAND_WORKSPACE] = "Workspace",    [COMMAND_TEXT] = "Moving and editing",
        [COMMAND_EVENTS] = "Events",          [COMMAND_TRANSCRIPT] = "Transcript",
        [COMMAND_INSPECTOR] = "Inspector",
    };
    return titles[group];
}

int
commands_editor_op (const struct command *command)
{
    return command->run == command_act && command->value < SCREEN_EDIT_LAST ? command->value : -1;
}

void
commands_run_line (struct ui *ui, const char *line)
{
    line += strspn (line, " :");
    size_t size = strcspn (line, " ");
    if (size == 0)
        return;
    const struct command *command = commands_find (line, size);
    if (!command) {
        ui_say (ui, ROLE_WARNING, "There is no command %.*s; ? shows them all",
                size > 40 ? 40 : (int) size, line);
        return;
    }
    char *argument = stui_strdup (line + size + strspn (line + size, " "));
    for (size_t end = strlen (argument); end > 0 && argument[end - 1] == ' ';)
        argument[--end] = '\0';
    command->run (ui, command, argument);
    free (argument);
}
