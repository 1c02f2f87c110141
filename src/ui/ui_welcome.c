/* ui_welcome.c: see ui_welcome.h. Pure but for the heap. */

#include "ui/ui_welcome.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/via.h"
#include "ui/ui_step.h"

void
ui_welcome_fini (struct ui_welcome *self)
{
    form_fini (&self->form);
    ui_probe_fini (&self->probe);
    json_destroy (&self->resumes);
    json_destroy (&self->recents);
    *self = (struct ui_welcome){0};
}

/* ---- what can be opened --------------------------------------------------------------------- */

static struct welcome_row *
row_add (struct ui_welcome *self, enum welcome_kind kind, const char *image, int64_t at_ms)
{
    if (self->count == WELCOME_ROWS_MAX)
        return NULL;
    struct welcome_row *row = &self->rows[self->count++];
    *row = (struct welcome_row){.kind = kind, .at_ms = at_ms};
    snprintf (row->image, sizeof row->image, "%s", image);
    return row;
}

static int
by_time (const void *one, const void *other)
{
    int64_t left = ((const struct welcome_row *) one)->at_ms,
            right = ((const struct welcome_row *) other)->at_ms;
    return left > right ? -1 : left < right;
}

/* The open sessions used last, of images on the list. */
static void
resumes_gather (struct ui *ui)
{
    struct ui_welcome *self = &ui->welcome;
    size_t room = json_count (self->resumes), count = 0;
    struct welcome_row *found = stui_alloc ((room + 1) * sizeof *found);
    for (const struct json *one = json_first (self->resumes); one; one = json_next (one)) {
        const char *image = json_get_text (one, "image"), *id = json_get_text (one, "session_id");
        const char *name = json_get_text (one, "name"), *at = json_get_text (one, "last_modified");
        if (!image || !id || strlen (id) > STUI_UUID_LEN || !json_get_bool (one, "open", false)
            || !model_find (&ui->model, image))
            continue;
        struct welcome_row *row = &found[count++];
        *row = (struct welcome_row){.kind = WELCOME_RESUME};
        snprintf (row->image, sizeof row->image, "%s", image);
        snprintf (row->session, sizeof row->session, "%s", id);
        snprintf (row->name, sizeof row->name, "%s", name ? name : "");
        row->at_ms = at ? clock_parse (at) : 0;
    }
    qsort (found, count, sizeof *found, by_time);
    for (size_t index = 0; index < count && index < WELCOME_RESUMES_MAX; index++)
        self->rows[self->count++] = found[index];
    free (found);
}

static bool
is_resumed (const struct ui_welcome *self, const char *image)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->rows[index].kind == WELCOME_RESUME
            && strcmp (self->rows[index].image, image) == 0)
            return true;
    return false;
}

static void
rows_make (struct ui *ui)
{
    struct ui_welcome *self = &ui->welcome;
    size_t recents = 0;
    self->count = 0;
    resumes_gather (ui);
    for (size_t index = 0; index < ui->model.image_count; index++)
        if (ui->model.images[index].favourite
            && self->count < WELCOME_ROWS_MAX - WELCOME_RECENTS_MAX)
            row_add (self, WELCOME_FAVOURITE, ui->model.images[index].name, 0);
    for (const struct json *one = json_first (self->recents); one; one = json_next (one)) {
        const char *name = json_get_text (one, "name");
        const struct model_image *image = name ? model_find (&ui->model, name) : NULL;
        if (!image || image->favourite || is_resumed (self, name)
            || recents++ == WELCOME_RECENTS_MAX)
            continue;
        row_add (self, WELCOME_RECENT, name, json_get_number (one, "at_ms", 0));
    }
    if (self->selected >= self->count)
        self->selected = self->count > 0 ? self->count - 1 : 0;
    if (self->count == 0)
        self->in_form = true;
}

/* ---- being shown ---------------------------------------------------------------------------- */

static void
form_make (struct ui_welcome *self)
{
    if (self->form.count > 0)
        return;
    self->probe_ms = STUI_NEVER;
    form_add (&self->form, "address", "HOST:PORT, as in 127.0.0.1:4242", "");
    form_add (&self->form, "name", "as it calls itself", "");
    form_add (&self->form, "via SSH", "directly; or [USER@]HOST", "");
    form_add (&self->form, "token file", "none", "");
}

void
ui_welcome_show (struct ui *ui, bool by_itself)
{
    struct ui_welcome *self = &ui->welcome;
    form_make (self);
    self->by_itself = by_itself;
    rows_make (ui);
    self->in_form = self->count == 0;
    ui->marks_wanted = true;
    ui_ask (ui, UI_ASK_WELCOME, "", msg_new ("store", MSG_SESSIONS_LOAD, ui->last_ref + 1, ""));
    ui_show (ui, SCREEN_WELCOME);
}

void
ui_welcome_take_images (struct ui *ui)
{
    struct ui_welcome *self = &ui->welcome;
    if (ui->screen == SCREEN_WELCOME) {
        if (self->by_itself && !ui->touched && ui->model.image_count > 0)
            ui_show (ui, SCREEN_IMAGES);
        rows_make (ui);
    }
    else if (ui->screen == SCREEN_IMAGES && !ui->touched && !ui->read_only && !self->by_itself
             && ui->model.image_count == 0)
        ui_welcome_show (ui, true);
}

void
ui_welcome_take_marks (struct ui *ui, const struct json *answer)
{
    const struct json *recents = json_get (answer, "recents");
    json_destroy (&ui->welcome.recents);
    ui->welcome.recents = recents ? json_copy (recents) : NULL;
    rows_make (ui);
}

/* ---- what is typed -------------------------------------------------------------------------- */

static bool
name_is_taken (const struct ui *ui, const char *name)
{
    return model_find (&ui->model, name) != NULL;
}

/* Looks at each field at once. False when one is wrong; an empty address is only not there yet. */
static bool
fields_check (struct ui *ui)
{
    struct form_field *fields = ui->welcome.form.fields;
    char text[STUI_VIA_MAX];
    struct address address;
    struct via via;
    struct stui_cause cause = {0};
    bool good = true;
    for (int field = 0; field < WELCOME_FIELD_COUNT; field++)
        fields[field].trouble[0] = '\0';
    form_text (&ui->welcome.form, WELCOME_ADDRESS, text, sizeof text);
    if (*text && address_parse (text, &address, &cause) < 0) {
        snprintf (fields[WELCOME_ADDRESS].trouble, STUI_CAUSE_MAX, "%s", cause.text);
        good = false;
    }
    good = good && *text;
    form_text (&ui->welcome.form, WELCOME_NAME, text, sizeof text);
    if (*text && !address_name_is_valid (text, STUI_NAME_MAX)) {
        snprintf (fields[WELCOME_NAME].trouble, STUI_CAUSE_MAX,
                  "a name is made of A-Z a-z 0-9 . _ -");
        good = false;
    }
    else if (*text && name_is_taken (ui, text)) {
        snprintf (fields[WELCOME_NAME].trouble, STUI_CAUSE_MAX, "there is an image %.64s already",
                  text);
        good = false;
    }
    form_text (&ui->welcome.form, WELCOME_VIA, text, sizeof text);
    if (*text && via_parse (text, &via, &cause) < 0) {
        snprintf (fields[WELCOME_VIA].trouble, STUI_CAUSE_MAX, "%s", cause.text);
        good = false;
    }
    form_text (&ui->welcome.form, WELCOME_TOKEN, text, sizeof text);
    if (*text && *text != '/') {
        snprintf (fields[WELCOME_TOKEN].trouble, STUI_CAUSE_MAX,
                  "the path of a file must begin with '/'");
        good = false;
    }
    return good;
}

/* What was typed as settings of an image. The caller owns it. */
static struct json *
settings_make (const struct ui_welcome *self)
{
    static const struct {
        enum welcome_field field;
        const char *key;
    } keys[] = {{WELCOME_ADDRESS, "address"}, {WELCOME_VIA, "via"}, {WELCOME_TOKEN, "token_file"}};
    char text[STUI_VIA_MAX];
    struct json *settings = json_object ();
    for (size_t index = 0; index < sizeof keys / sizeof *keys; index++)
        if (*form_text (&self->form, keys[index].field, text, sizeof text))
            json_set_text (settings, keys[index].key, text);
    struct address address;
    struct stui_cause cause;
    const char *typed = json_get_text (settings, "address");
    if (typed && address_parse (typed, &address, &cause) == 0) {
        char whole[STUI_ADDRESS_MAX];
        address_format (&address, whole);
        json_set_text (settings, "address", whole);
    }
    return settings;
}

void
ui_welcome_typed (struct ui *ui)
{
    struct ui_welcome *self = &ui->welcome;
    bool good = fields_check (ui);
    if (self->form.focus == WELCOME_NAME) /* how it is called here changes nothing there */
        return;
    ui_probe_reset (&self->probe);
    self->probe_ms = good ? ui->now.mono_ms + WELCOME_PROBE_MS : STUI_NEVER;
}

void
ui_welcome_type (struct ui *ui, const char *text, size_t size)
{
    form_insert (&ui->welcome.form, text, size);
    ui_welcome_typed (ui);
}

void
ui_welcome_attach (struct ui *ui)
{
    struct ui_welcome *self = &ui->welcome;
    if (self->form.count == 0 || ui->model.link != MODEL_LINKED || ui->now.mono_ms < self->probe_ms)
        return;
    self->probe_ms = STUI_NEVER;
    ui_probe_target (ui, &self->probe, settings_make (self));
}

int64_t
ui_welcome_deadline (const struct ui *ui)
{
    bool waits = ui->welcome.form.count > 0 && ui->model.link == MODEL_LINKED;
    return waits ? ui->welcome.probe_ms : STUI_NEVER;
}

/* ---- adding --------------------------------------------------------------------------------- */

/* WANTED made a name of the list that is not taken: "one", "one-2" … */
static void
name_make (const struct ui *ui, const char *wanted, char name[STUI_NAME_MAX + 1])
{
    enum { STEM_MAX = 48 };
    char stem[STEM_MAX + 1];
    size_t size = 0;
    for (; *wanted && size < STEM_MAX; wanted++)
        if (isalnum ((unsigned char) *wanted) || strchr ("._-", *wanted))
            stem[size++] = *wanted;
        else if (size > 0 && stem[size - 1] != '-')
            stem[size++] = '-';
    stem[size] = '\0';
    if (!address_name_is_valid (stem, STUI_NAME_MAX))
        snprintf (stem, sizeof stem, "image");
    snprintf (name, STUI_NAME_MAX + 1, "%s", stem);
    for (int number = 2; name_is_taken (ui, name); number++)
        snprintf (name, STUI_NAME_MAX + 1, "%s-%d", stem, number);
}

/* As it was typed, as the image calls itself, or as its host is called. */
static void
name_choose (const struct ui *ui, char name[STUI_NAME_MAX + 1])
{
    char typed[STUI_NAME_MAX + 8];
    struct address address = {.host = ""};
    struct stui_cause cause;
    const struct ui_welcome *self = &ui->welcome;
    const char *itself = self->probe.stage == UI_PROBE_GOOD
                             ? json_get_text (json_get (self->probe.result, "hello"), "image_name")
                             : NULL;
    form_text (&self->form, WELCOME_NAME, typed, sizeof typed);
    if (!*typed && itself && *itself)
        snprintf (typed, sizeof typed, "%s", itself);
    if (!*typed) {
        char where[STUI_ADDRESS_MAX];
        form_text (&self->form, WELCOME_ADDRESS, where, sizeof where);
        if (address_parse (where, &address, &cause) == 0 && !address.numeric)
            snprintf (typed, sizeof typed, "%.*s", (int) strcspn (address.host, "."), address.host);
    }
    name_make (ui, *typed ? typed : "image", name);
}

static void
add (struct ui *ui)
{
    struct ui_welcome *self = &ui->welcome;
    char address[STUI_ADDRESS_MAX];
    if (ui->read_only) {
        ui_say (ui, ROLE_WARNING, "This terminal was started read-only: nothing is added");
        return;
    }
    if (!*form_text (&self->form, WELCOME_ADDRESS, address, sizeof address)) {
        self->form.focus = WELCOME_ADDRESS;
        ui_say (ui, ROLE_NORMAL, "Type where the image listens: 127.0.0.1:4242");
        return;
    }
    if (!fields_check (ui)) {
        for (size_t field = 0; field < self->form.count; field++)
            if (self->form.fields[field].trouble[0]) {
                self->form.focus = field;
                ui_say (ui, ROLE_WARNING, "%s", self->form.fields[field].trouble);
                return;
            }
    }
    name_choose (ui, self->adding);
    struct json *settings = settings_make (self);
    char *body = json_print (settings);
    ui_ask (ui, UI_ASK_WELCOME_ADD, self->adding,
            msg_new ("main", MSG_IMAGE_ADD, ui->last_ref + 1, self->adding, body));
    free (body);
    json_destroy (&settings);
}

/* It is on the list: it is connected and opened, and the form is there for another. */
static void
added (struct ui *ui, const char *name)
{
    struct ui_welcome *self = &ui->welcome;
    struct json *names = json_array ();
    json_push (names, json_string (name));
    char *text = json_print (names);
    ui_ask (ui, UI_ASK_CONNECT, "", msg_new ("registry", MSG_CONNECT, ui->last_ref + 1, text));
    free (text);
    json_destroy (&names);
    form_fini (&self->form);
    ui_probe_reset (&self->probe);
    form_make (self);
    ui_open (ui, name, true);
    ui_say (ui, ROLE_SUCCESS, "%s is added: type code, ^P prints what it answers, F1 helps", name);
}

void
ui_welcome_answer (struct ui *ui, const struct ui_ask *ask, const struct msg *msg,
                   const struct json *result)
{
    struct ui_welcome *self = &ui->welcome;
    if (ask->kind == UI_ASK_WELCOME_ADD) {
        if (msg->verb == MSG_OK)
            added (ui, ask->image);
        else
            ui_say (ui, ROLE_ERROR, "%s", msg_text (msg, 1));
        return;
    }
    if (!result)
        return;
    const struct json *sessions = json_get (result, "sessions");
    json_destroy (&self->resumes);
    self->resumes = sessions ? json_copy (sessions) : NULL;
    size_t before = self->count;
    rows_make (ui);
    if (before == 0 && self->count > 0 && !ui->touched)
        self->in_form = false;
}

void
ui_welcome_accept (struct ui *ui)
{
    struct ui_welcome *self = &ui->welcome;
    const struct welcome_row *row =
        self->selected < self->count ? &self->rows[self->selected] : NULL;
    if (self->in_form)
        add (ui);
    else if (row && row->session[0])
        ui_open_session (ui, row->image, row->session, true);
    else if (row)
        ui_open (ui, row->image, true);
}
