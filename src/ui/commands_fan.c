/* commands_fan.c: what the commands about many images at once do; their rows are in commands.c. */

#include "ui/commands_fan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/ui_fan.h"
#include "ui/ui_layouts.h"

/* ---- marks ---------------------------------------------------------------------------------- */

/* Says what became of the marks that were BEFORE: also of those that are not seen. */
static void
unmarked_say (struct ui *ui, struct model_marked before)
{
    struct model_marked after = model_marked (&ui->model);
    size_t hidden = before.hidden - after.hidden, absent = before.absent - after.absent;
    size_t count = before.shown - after.shown + hidden + absent;
    size_t stay = after.shown + after.hidden;
    char unseen[120] = "", left[120] = "none is marked";
    int size = 0;
    if (hidden > 0)
        size = snprintf (unseen, sizeof unseen, ", %zu of them hidden by the filter", hidden);
    if (absent > 0)
        snprintf (unseen + size, sizeof unseen - (size_t) size, ", %zu not on the list", absent);
    if (stay > 0)
        size = snprintf (left, sizeof left, "%zu stay%s marked", stay, stay == 1 ? "s" : "");
    if (stay > 0 && after.hidden == stay)
        snprintf (left + size, sizeof left - (size_t) size, ", hidden by the filter");
    else if (after.hidden > 0)
        snprintf (left + size, sizeof left - (size_t) size, ", %zu of them hidden by the filter",
                  after.hidden);
    if (count == 0)
        ui_say (ui, ROLE_NORMAL, "Nothing of that was marked; %s", left);
    else
        ui_say (ui, ROLE_NORMAL, "%zu unmarked%s; %s", count, unseen, left);
}

static void
marked_say (struct ui *ui)
{
    struct model_marked marked = model_marked (&ui->model);
    size_t count = marked.shown + marked.hidden;
    if (count == 0)
        ui_say (ui, ROLE_NORMAL, "None is marked");
    else if (marked.hidden > 0)
        ui_say (ui, ROLE_NORMAL,
                "%zu marked, %zu of them hidden by the filter; :all CODE evaluates in all", count,
                marked.hidden);
    else
        ui_say (ui, ROLE_NORMAL, "%zu marked; :all CODE evaluates in them", count);
}

/* Marks each word of WHICH, or takes the marks away; says so when one means nothing. */
static bool
mark_words (struct ui *ui, const char *which, bool on)
{
    char word[STUI_NAME_MAX + 8];
    for (const char *rest = which; *rest; rest += strspn (rest, " ")) {
        size_t size = strcspn (rest, " ");
        snprintf (word, sizeof word, "%.*s", (int) size, rest);
        rest += size;
        if (model_mark (&ui->model, word, on))
            continue;
        ui_say (ui, ROLE_WARNING,
                "There is no image %s, and it is none of all, filter, none, "
                "protected, favourites, tag=TAG, state=WORD",
                word);
        return false;
    }
    return true;
}

/* `mark [WHICH …]` (VALUE 1), `unmark [WHICH …]` (0). Alone the first turns that of the image under the
 * cursor round and goes on to the next, the second takes all marks away. */
void
command_image_mark (struct ui *ui, const struct command *self, const char *argument)
{
    bool on = self->value != 0, none = on && strcmp (argument, "none") == 0;
    struct model_marked before = model_marked (&ui->model);
    if (!*argument && on) {
        if (ui->screen != SCREEN_IMAGES || !model_mark_turn (&ui->model)) {
            ui_say (ui, ROLE_WARNING,
                    "mark takes all, filter, none, protected, favourites, tag=TAG, state=WORD or "
                    "names");
            return;
        }
        ui_act (ui, EDITOR_DOWN);
    }
    bool known = mark_words (ui, *argument || on ? argument : "all", on);
    ui_marks_keep (ui); /* those before one that means nothing are marked */
    if (known && (!on || none))
        unmarked_say (ui, before);
    else if (known)
        marked_say (ui);
}

/* ---- in all of them ------------------------------------------------------------------------- */

/* What is evaluated: ARGUMENT, or the selection or line of the workspace. The caller frees; NULL when
 * there is none. */
static char *
code_of (const struct ui *ui, const char *argument)
{
    size_t start, end;
    if (*argument)
        return stui_strdup (argument);
    if (ui->screen != SCREEN_WORKSPACE || !ui->current)
        return NULL;
    const struct editor *editor = &ui->current->editor;
    editor_code (editor, &start, &end);
    while (start < end && strchr (" \t\n", editor->text[start]))
        start++;
    while (start < end && strchr (" \t\n", editor->text[end - 1]))
        end--;
    return start < end ? stui_strndup (editor->text + start, end - start) : NULL;
}

/* How many of the marked images are protected, and the NAME of the first. */
static size_t
protected_count (const struct ui *ui, const char **name)
{
    size_t count = 0;
    for (size_t index = 0; index < ui->model.image_count; index++) {
        const struct model_image *image = &ui->model.images[index];
        if (!image->marked || !image->is_protected)
            continue;
        if (count++ == 0)
            *name = image->name;
    }
    return count;
}

/* Asks what has to be asked before anything is sent; true: the answer is awaited. */
static bool
all_asks (struct ui *ui, const struct command *self)
{
    const char *name = "";
    char expected[STUI_NAME_MAX + 1];
    size_t locked = protected_count (ui, &name), marked = model_marked_count (&ui->model);
    size_t open = ui->fan.counts[FAN_SENT] + ui->fan.counts[FAN_WAITING];
    if (locked == 1)
        return command_asks (ui, self, "", name, "%s, one of the %zu, is protected: type its name",
                             name, marked);
    snprintf (expected, sizeof expected, "%zu protected", locked);
    if (locked > 1)
        return command_asks (ui, self, "", expected,
                             "%.40s and others of the %zu are protected: type '%s' to send to "
                             "them too",
                             name, marked, expected);
    char names[PROMPT_QUESTION_MAX / 2], forget[80] = "";
    size_t unknown = model_marks_unknown (&ui->model, names, sizeof names);
    if (open > 0)
        snprintf (forget, sizeof forget, ", and forget %zu awaited answers", open);
    if (unknown > 0)
        return command_asks (ui, self, "", "y",
                             "%zu of the %zu marked were so before or elsewhere (%s): send to "
                             "all%s? y/n",
                             unknown, marked, names, forget);
    return open > 0
           && command_asks (ui, self, "", "y",
                            "%zu answers of the last one are awaited: forget them? y/n", open);
}

void
command_fan_all (struct ui *ui, const struct command *self, const char *argument)
{
    if (!ui->prompt.confirmed) {
        free (ui->fan_code);
        ui->fan_code = code_of (ui, argument);
    }
    size_t marked = model_marked_count (&ui->model);
    if (ui->read_only)
        ui_say (ui, ROLE_WARNING, "This terminal was started read-only: nothing was sent");
    else if (marked == 0)
        ui_say (ui, ROLE_WARNING,
                "No image is marked: Space marks one in the list, :mark all marks every one");
    else if (!ui->fan_code)
        command_type_on (ui, self, "");
    else if (!all_asks (ui, self)) {
        model_marks_know (&ui->model);
        ui_fan_begin (ui, ui->fan_code);
    }
}

/* `fanout [save FILE|stop|differing]` */
void
command_fan_show (struct ui *ui, const struct command *self, const char *argument)
{
    size_t size = strcspn (argument, " ");
    const char *rest = argument + size + strspn (argument + size, " ");
    if (!*argument) {
        if (ui->screen != SCREEN_FAN && ui->screen != SCREEN_HELP)
            ui->fan_from = ui->screen;
        ui_show (ui, SCREEN_FAN);
    }
    else if (size == 4 && strncmp (argument, "save", size) == 0 && *rest)
        ui_fan_save (ui, rest);
    else if (strcmp (argument, "stop") == 0) {
        if (!ui_fan_give_up (ui))
            ui_say (ui, ROLE_NORMAL, "Nothing waits to be sent");
    }
    else
        ui_say (ui, ROLE_WARNING, ":%s takes save FILE or stop, not %.40s", self->name, argument);
}

/* Those that differ first, or all in the order of the list. */
void
command_fan_order (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    bool first = !ui->fan.differing_first;
    model_fan_set_differing_first (&ui->fan, first);
    ui_say (ui, ROLE_NORMAL, first ? "Those that differ come first" : "In the order of the list");
}

void
command_fan_interrupt (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    ui_fan_interrupt (ui);
}
