/* ui_layouts.c: see ui_layouts.h. A layout is asked for anew before it is shown: another terminal may have
 * saved it since. For the same reason the store says whether one that is saved was there. Pure but for the heap. */

#include "ui/ui_layouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/json.h"
#include "ui/commands_sessions.h"

/* ---- what is kept ---------------------------------------------------------------------------- */

void
ui_layouts_fini (struct ui *self)
{
    json_destroy (&self->layouts);
}

const char *
ui_layouts_name (const struct ui *self, size_t place)
{
    return json_get_text (json_at (self->layouts, place), "name");
}

static const struct json *
layout_find (const struct ui *self, const char *name)
{
    const char *one;
    for (size_t place = 0; (one = ui_layouts_name (self, place)); place++)
        if (strcmp (one, name) == 0)
            return json_get (json_at (self->layouts, place), "panes");
    return NULL;
}

/* WHY they could not be read, if they never were. */
static void
layout_show (struct ui *self, const char *name, const char *why)
{
    const struct json *panes = layout_find (self, name);
    if (!self->layouts)
        ui_say (self, ROLE_ERROR, "Which layouts there are cannot be read now: %s", why);
    else if (!panes)
        ui_say (self, ROLE_WARNING, "There is no layout %s; :layout save %s keeps these panes so",
                name, name);
    else if (!ui_panes_open (self, panes))
        ui_say (self, ROLE_ERROR, "The layout %s cannot be read; :layout delete %s forgets it",
                name, name);
    else
        ui_say (self, ROLE_SUCCESS, "Layout %s", name);
}

void
ui_layouts_take (struct ui *self, const struct json *result, const char *why)
{
    char wanted[sizeof self->layout_wanted];
    if (result) {
        json_destroy (&self->layouts);
        self->layouts = json_copy (json_get (result, "layouts"));
    }
    snprintf (wanted, sizeof wanted, "%s", self->layout_wanted);
    self->layout_wanted[0] = '\0';
    if (wanted[0])
        layout_show (self, wanted, why);
}

void
ui_marks_keep (struct ui *self)
{
    struct json *owed = self->read_only || self->model.link != MODEL_LINKED
                            ? NULL /* it stands here until then */
                            : model_marks_owed (&self->model);
    if (!owed)
        return;
    char *text = json_print (owed);
    struct ui_ask *ask = ui_ask (self, UI_ASK_MARKED, "",
                                 msg_new ("store", MSG_IMAGES_MARKED, self->last_ref + 1, text));
    if (ask)
        ask->edited = self->model.mark_changes;
    free (text);
    json_destroy (&owed);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* PANES: what it has from now on, "null": it is deleted. REPLACE: whatever it had. */
static void
layout_order (struct ui *self, const char *name, const char *panes, bool replace, const char *what)
{
    struct msg *msg =
        msg_new ("store", MSG_LAYOUT_SAVE, self->last_ref + 1, name, panes, (uint64_t) replace);
    struct ui_ask *ask = ui_ask (self, UI_ASK_LAYOUT, name, msg);
    if (!ask)
        return;
    snprintf (ask->said, sizeof ask->said, "Layout %s is %s", name, what);
    ask->edited = self->strokes;
}

void
ui_layouts_exists (struct ui *self, const struct ui_ask *ask)
{
    char argument[STUI_NAME_MAX + 8], question[PROMPT_QUESTION_MAX];
    self->marks_wanted = true;
    if (self->prompt.kind != PROMPT_CLOSED || ask->edited != self->strokes) {
        /* A question now would take for its answer what is typed for something else. */
        ui_say (self, ROLE_WARNING,
                "Not saved: another terminal saved a layout %s; :layout save %s asks whether to "
                "replace it",
                ask->image, ask->image);
        return;
    }
    snprintf (argument, sizeof argument, "save %s", ask->image);
    snprintf (question, sizeof question,
              "Another terminal saved a layout %s meanwhile. Replace it? y/n", ask->image);
    prompt_confirm (self, commands_find ("layout", strlen ("layout")), argument, "y", question);
}

static void
layout_save (struct ui *ui, const struct command *self, const char *argument, const char *name)
{
    bool taken = strcmp (name, "save") == 0 || strcmp (name, "delete") == 0;
    if (taken || !address_name_is_valid (name, STUI_NAME_MAX)) {
        ui_say (ui, ROLE_WARNING,
                "A layout's name is of A-Z a-z 0-9 . _ -, and neither save nor delete");
        return;
    }
    if (!ui->prompt.confirmed && layout_find (ui, name)
        && command_asks (ui, self, argument, "y", "Layout %s is there already. Replace it? y/n",
                         name))
        return;
    struct json *record = ui_panes_record (ui);
    char *text = json_print (record);
    layout_order (ui, name, text, ui->prompt.confirmed, "saved");
    free (text);
    json_destroy (&record);
}

static void
layout_delete (struct ui *ui, const char *name)
{
    if (layout_find (ui, name) || !ui->layouts) /* the store knows */
        layout_order (ui, name, "null", true, "deleted");
    else
        ui_say (ui, ROLE_WARNING, "There is no layout %s", name);
}

/* What follows WORD in ARGUMENT; NULL when that is not its first word. */
static const char *
rest_after (const char *argument, const char *word)
{
    size_t size = strlen (word);
    bool is = strncmp (argument, word, size) == 0 && (argument[size] == ' ' || !argument[size]);
    return is ? argument + size + strspn (argument + size, " ") : NULL;
}

void
command_layout (struct ui *ui, const struct command *self, const char *argument)
{
    const char *saved = rest_after (argument, "save"), *deleted = rest_after (argument, "delete");
    ui->marks_wanted = true;
    if (saved && *saved)
        layout_save (ui, self, argument, saved);
    else if (deleted && *deleted)
        layout_delete (ui, deleted);
    else if (saved || deleted || !*argument)
        command_type_on (ui, self, saved ? "save " : deleted ? "delete " : "");
    else if (ui->model.link != MODEL_LINKED)
        layout_show (ui, argument, "no owner is linked");
    else
        snprintf (ui->layout_wanted, sizeof ui->layout_wanted, "%s", argument);
}
