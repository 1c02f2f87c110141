/* commands_view.c: see commands_view.h. Pure but for the heap. */

#include "ui/commands_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/commands_sessions.h"
#include "ui/ui_step.h"

void
command_theme (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    int theme = stui_theme_from_word (argument);
    if (*argument && theme < 0) {
        ui_say (ui, ROLE_WARNING, "There is no theme %.40s: it is %s", argument, STUI_THEMES);
        return;
    }
    if (*argument)
        ui->theme = (enum stui_theme) theme;
    ui_say (ui, ROLE_NORMAL, "The theme is %s; [stui] theme = NAME in the configuration keeps one",
            stui_theme_word (ui->theme));
}

void
command_step (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    size_t count = ui->workspace_count, at = 0;
    while (at < count && ui->workspaces[at] != ui->current)
        at++;
    if (count == 0) {
        ui_say (ui, ROLE_NORMAL, "No workspace is open: Enter among the images opens one");
        return;
    }
    bool seen = ui->screen == SCREEN_WORKSPACE;
    if (seen && count == 1) {
        ui_say (ui, ROLE_NORMAL, "This is the only workspace that is open");
        return;
    }
    /* From another screen one comes back to where one was. */
    size_t next = at == count ? 0 : !seen ? at : (at + count + (size_t) self->value) % count;
    ui_go_to (ui, ui->workspaces[next]);
    ui_say (ui, ROLE_NORMAL, "%s, %zu of %zu open", ui->current->image, next + 1, count);
}

void
command_switch (struct ui *ui, const struct command *self, const char *argument)
{
    if (!*argument)
        command_type_on (ui, self, "");
    else if (*command_target_image (ui, argument))
        ui_open (ui, argument, true);
}

/* Those of RECORD, [[command, keys, line]…], whose texts they borrow. The caller frees. */
static struct keymap_binding *
bindings_of (const struct json *record)
{
    struct keymap_binding *bindings = stui_alloc ((json_count (record) + 1) * sizeof *bindings);
    size_t count = 0;
    for (const struct json *one = json_first (record); one; one = json_next (one)) {
        const char *command = json_text (json_at (one, 0)), *keys = json_text (json_at (one, 1));
        if (command && keys)
            bindings[count++] =
                (struct keymap_binding){command, keys, (int) json_value (json_at (one, 2), 0)};
    }
    return bindings;
}

void
ui_configure (struct ui *ui, const struct msg *msg)
{
    const char *word = msg_text (msg, 0), *trouble = msg_text (msg, 3);
    int theme = stui_theme_from_word (word);
    bool themed = *word && theme >= 0 && (enum stui_theme) theme != ui->theme;
    bool rekeyed = msg_number (msg, 2) == 1;
    ui->dirty |= UI_DIRTY_KEY;
    snprintf (ui->keys_trouble, sizeof ui->keys_trouble, "%s", trouble);
    if (*trouble)
        return; /* it stands in the last line until it is mended */
    struct json *record = json_parse_text (msg_text (msg, 1));
    struct keymap_binding *bindings = bindings_of (record);
    if (rekeyed)
        ui_remap (ui, bindings, "the configuration");
    if (themed)
        ui->theme = (enum stui_theme) theme;
    if (!ui->keys_trouble[0] && (rekeyed || themed))
        ui_say (ui, ROLE_SUCCESS, "%s as the configuration has %s now",
                rekeyed && themed ? "Keys and theme are"
                : rekeyed         ? "The keys are"
                                  : "The theme is",
                rekeyed ? "them" : "it");
    free (bindings);
    json_destroy (&record);
}

void
ui_remap (struct ui *ui, const struct keymap_binding *bindings, const char *name)
{
    struct stui_cause cause = {0};
    if (bindings && keymap_remap (&ui->keymap, bindings, name, &cause) < 0)
        snprintf (ui->keys_trouble, sizeof ui->keys_trouble, "%s", cause.text);
}
