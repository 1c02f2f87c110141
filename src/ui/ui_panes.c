/* ui_panes.c: see ui_panes.h. Pure but for the heap. */

#include "ui/ui_panes.h"

#include <stdio.h>
#include <string.h>

#include "runtime/json.h"
#include "ui/status.h"
#include "ui/text.h"
#include "ui/ui_step.h"

/* ---- a pane's state and the ui's -------------------------------------------------------------- */

static struct workspace *
workspace_numbered (const struct ui *self, uint64_t number)
{
    for (size_t index = 0; index < self->workspace_count; index++)
        if (self->workspaces[index]->number == number)
            return self->workspaces[index];
    return NULL;
}

static void
view_put (const struct ui *self, struct pane_view *view)
{
    const struct workspace *workspace = self->current;
    const struct model_transcript *transcript = &self->transcript;
    *view = (struct pane_view){
        .screen = (int) self->screen,
        .before = (int) self->before,
        .workspace = workspace ? workspace->number : 0,
        .view = workspace ? workspace->view : (struct editor_view){0},
        .transcript_last = transcript->last,
        .transcript_cut = transcript->cut,
        .transcript_by = transcript->by,
        .details = self->details,
        .held_top = self->held_top,
        .images_top = self->images_top,
        .sessions_top = self->sessions_top,
        .events_up = self->events_up,
        .help_top = self->help_top,
        .image_top = self->image_top,
        .fan_top = self->fan_top,
        .inspector_top = self->inspector_top,
        .list_area = self->list_area,
        .editor_area = self->editor_area,
        .results_area = self->results_area,
    };
    snprintf (view->image, sizeof view->image, "%s", workspace ? workspace->image : "");
    snprintf (view->session, sizeof view->session, "%s", workspace ? workspace->session : "");
    snprintf (view->transcript, sizeof view->transcript, "%s", transcript->image);
    snprintf (view->transcript_filter, sizeof view->transcript_filter, "%s", transcript->filter);
}

static void
view_take (struct ui *self, const struct pane_view *view)
{
    struct model_transcript *transcript = &self->transcript;
    self->screen = (enum screen_id) view->screen;
    self->before = (enum screen_id) view->before;
    self->current = workspace_numbered (self, view->workspace);
    if (self->current)
        self->current->view = view->view;
    transcript->last = view->transcript_last;
    transcript->cut = view->transcript_cut;
    transcript->by = view->transcript_by;
    self->details = view->details;
    snprintf (transcript->image, sizeof transcript->image, "%s", view->transcript);
    snprintf (transcript->filter, sizeof transcript->filter, "%s", view->transcript_filter);
    self->held_top = view->held_top;
    self->images_top = view->images_top;
    self->sessions_top = view->sessions_top;
    self->events_up = view->events_up;
    self->help_top = view->help_top;
    self->image_top = view->image_top;
    self->fan_top = view->fan_top;
    self->inspector_top = view->inspector_top;
    self->list_area = view->list_area;
    self->editor_area = view->editor_area;
    self->results_area = view->results_area;
}

static struct pane_view *
focused_view (struct ui *self)
{
    return &self->panes.nodes[self->panes.focus].view;
}

void
ui_panes_init (struct ui *self)
{
    struct pane_view view;
    view_put (self, &view);
    panes_init (&self->panes, &view);
}

void
ui_panes_put (struct ui *self)
{
    view_put (self, focused_view (self));
}

void
ui_panes_take (struct ui *self)
{
    view_take (self, focused_view (self));
    chooser_close (&self->chooser);
    if (!self->current)
        return;
    self->current->used = ++self->last_used;
    ui_pursue (self, self->current);
}

/* ---- what is seen ---------------------------------------------------------------------------- */

/* The next pane after NODE (-1: the first) that does not have the keys; -1. */
static int
next_other (const struct ui *self, int node)
{
    do
        node = panes_next (&self->panes, node);
    while (node >= 0 && node == self->panes.focus);
    return node;
}

bool
ui_sees (const struct ui *self, enum screen_id screen)
{
    bool seen = self->screen == screen;
    for (int node = next_other (self, -1); node >= 0 && !seen; node = next_other (self, node))
        seen = self->panes.nodes[node].view.screen == (int) screen;
    return seen;
}

bool
ui_sees_workspace (const struct ui *self, const struct workspace *workspace)
{
    bool seen = self->current == workspace;
    for (int node = next_other (self, -1); node >= 0 && !seen; node = next_other (self, node))
        seen = self->panes.nodes[node].view.workspace == workspace->number;
    return seen;
}

static bool
transcript_is_of (const char *shown, const char *image)
{
    return !*shown || strcmp (shown, image) == 0;
}

bool
ui_sees_transcript (const struct ui *self, const char *image)
{
    bool seen =
        self->screen == SCREEN_TRANSCRIPT && transcript_is_of (self->transcript.image, image);
    for (int node = next_other (self, -1); node >= 0 && !seen; node = next_other (self, node)) {
        const struct pane_view *view = &self->panes.nodes[node].view;
        seen = view->screen == SCREEN_TRANSCRIPT && transcript_is_of (view->transcript, image);
    }
    return seen;
}

bool
ui_has_keys (const struct ui *self)
{
    return !self->elsewhere && self->prompt.kind == PROMPT_CLOSED;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* The border at the right of a pane, where another one stands. */
static void
border_draw (struct grid *grid, struct rect area, struct rect pane)
{
    struct rect border = {pane.row, pane.column + pane.columns, pane.rows, 1};
    if (border.column < area.column + area.columns)
        grid_line_down (grid, border, style_of (grid, ROLE_BORDER));
}

static void
pane_draw (struct ui *self, struct grid *grid, struct rect area)
{
    status_draw_pane (self, grid, rect_cut_rows (&area, 1));
    details_forget (self);
    screen_of (self->screen)->draw (self, grid, area);
}

void
ui_panes_draw (struct ui *self, struct grid *grid, struct rect area)
{
    struct panes *panes = &self->panes;
    panes_place (panes, area);
    if (panes->count == 1) {
        struct rect title = rect_cut_rows (&area, 1);
        details_forget (self);
        screen_of (self->screen)->draw (self, grid, area);
        status_draw_title (self, grid,
                           title); /* says how far it is scrolled, which drawing finds */
        return;
    }
    ui_panes_put (self);
    self->elsewhere = true;
    for (int node = next_other (self, -1); panes->fits && node >= 0;
         node = next_other (self, node)) {
        struct panes_node *other = &panes->nodes[node];
        view_take (self, &other->view);
        pane_draw (self, grid, other->area);
        view_put (self, &other->view);
        border_draw (grid, area, other->area);
    }
    self->elsewhere = false;
    grid->cursor.visible = false; /* forms show one */
    view_take (self, focused_view (self));
    pane_draw (self, grid, panes->nodes[panes->focus].area);
    border_draw (grid, area, panes->nodes[panes->focus].area);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static const char *
name_of (int screen)
{
    return screen_of ((enum screen_id) screen)->name;
}

/* Sessions keep how the screen was split: it is there again at the next start. */
static void
panes_changed (struct ui *self)
{
    for (size_t index = 0; index < self->workspace_count; index++)
        if (self->workspaces[index]->mine && ui_sees_workspace (self, self->workspaces[index]))
            workspace_note_edit (self->workspaces[index], self->now);
}

/* The keys go to NODE. */
static void
panes_go (struct ui *self, int node)
{
    ui_panes_put (self);
    self->panes.focus = node;
    ui_panes_take (self);
    panes_changed (self);
}

struct json *
ui_panes_record (const struct ui *self)
{
    struct panes panes = self->panes;
    view_put (self, &panes.nodes[panes.focus].view);
    return panes_record (&panes, name_of);
}

void
ui_panes_keep (const struct ui *self, const struct workspace *workspace, struct json *patch)
{
    if (ui_sees_workspace (self, workspace))
        json_set (patch, "panes", self->panes.count > 1 ? ui_panes_record (self) : json_null ());
}

/* Opens the workspace that VIEW shows; without its image it shows the images. */
static void
view_open (struct ui *self, struct pane_view *view)
{
    if (*view->image && model_find (&self->model, view->image)) {
        if (*view->session)
            ui_open_session (self, view->image, view->session, false);
        else
            ui_open (self, view->image, false);
        view->workspace = self->current->number;
    }
    else if (view->screen == SCREEN_WORKSPACE)
        view->screen = SCREEN_IMAGES;
}

static void
views_open (struct ui *self, struct panes *panes)
{
    for (int node = panes_next (panes, -1); node >= 0; node = panes_next (panes, node))
        view_open (self, &panes->nodes[node].view);
}

bool
ui_panes_open (struct ui *self, const struct json *record)
{
    struct panes panes;
    if (!panes_from_record (&panes, record, screen_from_name, SCREEN_IMAGES))
        return false;
    views_open (self, &panes);
    self->panes = panes;
    ui_panes_take (self);
    panes_changed (self);
    return true;
}

bool
ui_panes_restore (struct ui *self, const struct workspace *workspace, const struct json *session)
{
    struct panes panes;
    const struct json *record = json_get (json_get (session, "context"), "panes");
    if (self->touched || self->kiosk || self->current != workspace || self->panes.count > 1
        || !panes_from_record (&panes, record, screen_from_name, SCREEN_IMAGES))
        return false;
    views_open (self, &panes);
    /* Whoever was started to open an image works in it, whichever pane had the keys. */
    int node = panes_next (&panes, -1);
    while (node >= 0 && panes.nodes[node].view.workspace != workspace->number)
        node = panes_next (&panes, node);
    if (self->named && node >= 0 && panes.nodes[panes.focus].view.workspace != workspace->number)
        panes.focus = node;
    self->panes = panes;
    ui_panes_take (self);
    return true;
}

/* What panes had in the last frame. */
static struct rect
panes_area (const struct ui *ui)
{
    return (struct rect){0, 0, ui->rows - 2, ui->columns};
}

/* ---- the mouse ------------------------------------------------------------------------------- */

/* A press on a border begins to drag it, until the button is let go. */
static bool
border_mouse (struct ui *self, const struct mouse *mouse)
{
    const struct panes_node *split = self->border > 0 ? &self->panes.nodes[self->border - 1] : NULL;
    if (mouse->action == MOUSE_PRESS && mouse->button <= 1)
        self->border =
            panes_border_at (&self->panes, mouse->row, mouse->column, panes_area (self)) + 1;
    else if (mouse->action == MOUSE_DRAG && split)
        panes_set_border (&self->panes, self->border - 1,
                          split->beside ? mouse->column : mouse->row, panes_area (self));
    else
        return false;
    return self->border > 0;
}

void
ui_panes_release (struct ui *self)
{
    if (self->border > 0)
        panes_changed (self);
    self->border = 0;
}

bool
ui_panes_mouse (struct ui *self, const struct mouse *mouse)
{
    int node = panes_at (&self->panes, mouse->row, mouse->column);
    if (self->panes.count == 1)
        return false;
    if (border_mouse (self, mouse)) {
        if (mouse->action == MOUSE_PRESS && node >= 0 && node != self->panes.focus)
            panes_go (self, node); /* it was dragged by its title */
        return true;
    }
    if (node < 0 || node == self->panes.focus)
        return false;
    bool wheel = mouse->action == MOUSE_WHEEL_UP || mouse->action == MOUSE_WHEEL_DOWN;
    if (mouse->action == MOUSE_PRESS)
        panes_go (self, node);
    if (!wheel)
        return false;
    struct pane_view *view = &self->panes.nodes[node].view;
    ui_panes_put (self);
    view_take (self, view);
    ui_wheel (self, mouse);
    view_put (self, view);
    view_take (self, focused_view (self));
    return true;
}

/* ---- commands -------------------------------------------------------------------------------- */

static bool
is_only (struct ui *ui)
{
    if (ui->panes.count > 1)
        return false;
    ui_say (ui, ROLE_NORMAL, "This is the only pane; :split and :vsplit make another");
    return true;
}

/* With an image the new pane shows its workspace, with a command what that makes of it. */
void
command_pane_split (struct ui *ui, const struct command *self, const char *argument)
{
    char why[PANES_WHY_SIZE];
    bool is_image = *argument && model_find (&ui->model, argument);
    if (*argument && !is_image && !commands_find (argument, strcspn (argument, " "))) {
        ui_say (ui, ROLE_WARNING, "%.64s is no image and no command: nothing was split", argument);
        return;
    }
    ui_panes_put (ui);
    if (!panes_split (&ui->panes, self->value != 0, panes_area (ui), why)) {
        ui_say (ui, ROLE_WARNING, "%s", why);
        return;
    }
    if (ui->screen == SCREEN_HELP)
        ui_show (ui, ui->before);
    if (is_image)
        ui_open (ui, argument, true);
    else if (*argument)
        commands_run_line (ui, argument);
    panes_changed (ui);
}

bool
ui_panes_close (struct ui *self)
{
    if (!panes_close (&self->panes))
        return false;
    ui_panes_take (self);
    panes_changed (self);
    return true;
}

void
command_pane_only (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    if (is_only (ui))
        return;
    ui_panes_put (ui);
    panes_only (&ui->panes);
    panes_changed (ui);
}

void
command_pane_step (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    if (is_only (ui))
        return;
    struct panes after = ui->panes;
    panes_step (&after, self->value < 0);
    panes_go (ui, after.focus);
}

void
command_pane_toward (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    int node = panes_toward (&ui->panes, (enum panes_direction) self->value, panes_area (ui));
    if (node >= 0)
        panes_go (ui, node);
    else if (!is_only (ui))
        ui_bell (ui);
}

void
command_pane_border (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    if (is_only (ui))
        return;
    if (panes_move_border (&ui->panes, (enum panes_direction) self->value, panes_area (ui)))
        panes_changed (ui);
    else
        ui_bell (ui);
}

void
command_pane_even (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    if (is_only (ui))
        return;
    panes_even (&ui->panes);
    panes_changed (ui);
}
