/* ui_quit.c: leaving (ui_step.h): it waits until what was typed is stored. After a second, or at once where
 * no owner is there to store it, it is said what is not: from then on the user may quit again and lose that, or
 * press another key and stay. Who is ordered to leave (its terminal is gone) has nobody to say it to: then
 * an owner is started for what is not stored. Pure but for the heap. */

#include "ui/ui_step.h"

static size_t
unsaved_count (const struct ui *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->workspace_count; index++) {
        const struct workspace *workspace = self->workspaces[index];
        bool holds = workspace->mine || workspace->was_mine || !workspace->holder[0];
        count += workspace->loaded ? holds && !workspace_is_saved (workspace)
                                   : workspace->editor.size > 0;
    }
    return count;
}

void
ui_quit_begin (struct ui *self, bool forced)
{
    self->quitting = true;
    self->quit_forced = forced || self->quit_forced;
    bool linked = self->model.link == MODEL_LINKED;
    bool rescues = !linked && self->quit_ordered && unsaved_count (self) > 0;
    self->quit_ms = self->now.mono_ms + (linked ? UI_QUIT_MS : rescues ? UI_QUIT_OWNER_MS : 0);
    if (rescues)
        ui_want_owner (self);
    for (size_t index = 0; index < self->workspace_count; index++) {
        struct workspace *workspace = self->workspaces[index];
        bool holds = workspace->mine || workspace->was_mine;
        if (!holds || workspace_is_saved (workspace))
            continue;
        workspace->write_due_ms = self->now.mono_ms;
        workspace->lease_ms = self->now.mono_ms; /* asking for it saves at once */
    }
}

void
ui_quit (struct ui *self)
{
    ui_quit_begin (self, self->quit_told);
}

void
ui_quit_cancel (struct ui *self)
{
    if (self->quit_ordered)
        return;
    self->quitting = self->quit_told = self->quit_forced = false;
    self->quit_ms = STUI_NEVER;
    ui_say (self, ROLE_NORMAL, "Not left");
}

/* Why what was typed is not stored yet. */
static const char *
unsaved_why (const struct ui *self)
{
    if (self->model.link != MODEL_LINKED)
        return self->model.link_cause[0] ? self->model.link_cause : "there is no owner";
    if (self->model.store_trouble[0])
        return "`stui backup FILE` keeps it elsewhere";
    for (size_t index = 0; index < self->workspace_count; index++) {
        const struct workspace *workspace = self->workspaces[index];
        if (workspace->trouble[0] && !workspace_is_saved (workspace))
            return workspace->trouble;
    }
    return "the owner has not confirmed it so far";
}

void
ui_quit_step (struct ui *self)
{
    if (!self->quitting)
        return;
    size_t unsaved = unsaved_count (self);
    bool late = self->now.mono_ms >= self->quit_ms;
    if (unsaved == 0 || (late && self->quit_forced)) {
        ui_lease_drop_all (self);
        ui_do (self, UI_QUIT);
        self->quitting = self->quit_told = false;
        self->quit_ms = STUI_NEVER;
    }
    else if (late) {
        self->quit_told = true;
        self->quit_ms = self->now.mono_ms + UI_QUIT_SAY_MS;
        ui_say (self, ROLE_WARNING,
                "%zu workspace%s not saved; quit again loses that, Esc stays: %s", unsaved,
                unsaved == 1 ? " is" : "s are", unsaved_why (self));
    }
}
