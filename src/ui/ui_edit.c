/* ui_edit.c: see ui_edit.h. Pure but for the heap. */

#include "ui/ui_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/via.h"
#include "ui/ui_step.h"

static const struct {
    const char *key, *label, *hint;
} fields[EDIT_FIELD_COUNT] = {
    [EDIT_ADDRESS] = {"address", "address", "HOST:PORT"},
    [EDIT_VIA] = {"via", "via SSH", "directly; or [USER@]HOST"},
    [EDIT_TAGS] = {"tags", "tags", "none; commas between"},
    [EDIT_TOKEN] = {"token_file", "token file", "none"},
};

void
ui_edit_fini (struct ui_edit *self)
{
    form_fini (&self->form);
    for (int field = 0; field < EDIT_FIELD_COUNT; field++)
        free (self->before[field]);
    *self = (struct ui_edit){.from = SCREEN_IMAGES};
}

void
ui_edit_begin (struct ui *ui, const char *name)
{
    struct ui_edit *self = &ui->edit;
    char kept[STUI_NAME_MAX + 1];
    snprintf (kept, sizeof kept, "%s", name);
    ui_edit_fini (self);
    memcpy (self->image, kept, sizeof kept);
    self->from = ui->screen == SCREEN_IMAGE ? SCREEN_IMAGE : SCREEN_IMAGES;
    ui_ask (ui, UI_ASK_EDIT, name, msg_new ("main", MSG_CONFIG_GET, ui->last_ref + 1, name));
    ui_show (ui, SCREEN_EDIT);
}

void
ui_edit_answer (struct ui *ui, const struct ui_ask *ask, const struct msg *msg,
                const struct json *result)
{
    struct ui_edit *self = &ui->edit;
    const struct json *settings = json_first (json_get (result, "images"));
    if (strcmp (ask->image, self->image) != 0 || self->form.count > 0)
        return; /* of one that is not edited any more */
    if (!settings) {
        ui_say (ui, ROLE_ERROR, "%s", msg->verb == MSG_ERROR ? msg_text (msg, 1) : "no settings");
        return;
    }
    for (int field = 0; field < EDIT_FIELD_COUNT; field++) {
        const char *value = json_get_text (settings, fields[field].key);
        self->before[field] = stui_strdup (value ? value : "");
        form_add (&self->form, fields[field].label, fields[field].hint, self->before[field]);
    }
}

bool
ui_edit_check (struct ui *ui)
{
    struct form *form = &ui->edit.form;
    char text[STUI_VIA_MAX];
    struct address address;
    struct via via;
    struct stui_cause cause = {0};
    bool good = true;
    if (form->count == 0)
        return false;
    for (int field = 0; field < EDIT_FIELD_COUNT; field++)
        form->fields[field].trouble[0] = '\0';
    if (address_parse (form_text (form, EDIT_ADDRESS, text, sizeof text), &address, &cause) < 0) {
        snprintf (form->fields[EDIT_ADDRESS].trouble, STUI_CAUSE_MAX, "%s", cause.text);
        good = false;
    }
    if (*form_text (form, EDIT_VIA, text, sizeof text) && via_parse (text, &via, &cause) < 0) {
        snprintf (form->fields[EDIT_VIA].trouble, STUI_CAUSE_MAX, "%s", cause.text);
        good = false;
    }
    return good;
}

void
ui_edit_type (struct ui *ui, const char *text, size_t size)
{
    form_insert (&ui->edit.form, text, size);
    ui_edit_check (ui);
}

void
ui_edit_accept (struct ui *ui)
{
    struct ui_edit *self = &ui->edit;
    char text[1024];
    if (self->form.count == 0)
        return;
    if (!ui_edit_check (ui)) {
        ui_say (ui, ROLE_WARNING, "Nothing is changed yet: see what is wrong");
        return;
    }
    struct json *changes = json_object ();
    for (int field = 0; field < EDIT_FIELD_COUNT; field++) {
        form_text (&self->form, (size_t) field, text, sizeof text);
        if (strcmp (text, self->before[field]) != 0)
            json_set (changes, fields[field].key, *text ? json_string (text) : json_null ());
    }
    size_t count = json_count (changes);
    char *body = json_print (changes);
    struct ui_ask *ask =
        count == 0 ? NULL
                   : ui_ask (ui, UI_ASK_ORDER, "",
                             msg_new ("main", MSG_IMAGE_SET, ui->last_ref + 1, self->image, body));
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%s is changed", self->image);
    free (body);
    json_destroy (&changes);
    if (count > 0 && !ask)
        return;
    ui_show (ui, (enum screen_id) self->from);
    if (count == 0)
        ui_say (ui, ROLE_NORMAL, "Nothing was changed");
}
