/* screen_sessions.c: all sessions, or those of one image: state, name, when it was changed, how much
 * is in it; beside or below it the details of the one under the cursor. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/details.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/text.h"
#include "ui/ui_step.h"

enum {
    IMAGE_WIDTH = 14,
    IMAGE_WIDTH_MIN = 9,
    STATE_WIDTH = 11,
    CHANGED_WIDTH = 8,
    COUNT_WIDTH = 9,
    CHANGED_FROM = 60, /* columns of the list from which on it is shown */
    SIZE_FROM = 72,
    EVALUATIONS_FROM = 88,
    SAVED_FROM = 100,
};

static const char *
state_word (const struct model_session *session)
{
    return session->conflict ? "conflict" : stui_session_state_word (session->state);
}

static void
size_text (int64_t bytes, char text[32])
{
    if (bytes < 1024)
        snprintf (text, 32, "%lld B", (long long) bytes);
    else
        snprintf (text, 32, "%lld KB", (long long) (bytes + 1023) / 1024);
}

static char *
changed_text (const struct model_session *session, struct ui_now now, char age[AGE_SIZE])
{
    age_text (now.wall_ms - session->modified_ms, age);
    if (!age[0])
        snprintf (age, AGE_SIZE, "now");
    return age;
}

/* One row, or the titles when SESSION is NULL. REPEATED: the row above is of the same image. */
static void
row_draw (const struct ui *ui, struct grid *grid, struct rect area,
          const struct model_session *session, bool selected, bool repeated)
{
    char text[64], age[AGE_SIZE];
    int image_width = area.columns >= CHANGED_FROM ? IMAGE_WIDTH : IMAGE_WIDTH_MIN;
    int name_width = area.columns - image_width - STATE_WIDTH - 9;
    name_width -= area.columns >= CHANGED_FROM ? CHANGED_WIDTH + 2 : 0;
    name_width -= area.columns >= SIZE_FROM ? COUNT_WIDTH + 2 : 0;
    name_width -= area.columns >= EVALUATIONS_FROM ? COUNT_WIDTH + 2 : 0;
    name_width -= area.columns >= SAVED_FROM ? COUNT_WIDTH + 2 : 0;
    name_width = name_width > 40 ? 40 : name_width;
    struct style dim = list_style (grid, ROLE_DIM, selected);
    struct style normal = list_style (grid, session ? ROLE_NORMAL : ROLE_DIM, selected);
    struct style state = session ? list_style (grid, model_session_role (session), selected) : dim;
    if (selected)
        grid_fill (grid, area, list_style (grid, ROLE_NORMAL, true));
    if (session)
        grid_string (grid, area, 0, 1, state, model_session_symbol (session));
    int column = list_field (grid, area, 3, image_width, repeated && !selected ? dim : normal,
                             session ? session->image : "image");
    column = list_field (grid, area, column, name_width, normal, session ? session->name : "name");
    column = list_field (grid, area, column, STATE_WIDTH, state,
                         session ? state_word (session) : "state");
    if (area.columns >= CHANGED_FROM)
        column = list_field (grid, area, column, -CHANGED_WIDTH, dim,
                             session ? changed_text (session, ui->now, age) : "changed");
    if (session)
        size_text (session->bytes, text);
    if (area.columns >= SIZE_FROM)
        column = list_field (grid, area, column, -COUNT_WIDTH, dim, session ? text : "size");
    if (session)
        snprintf (text, sizeof text, "%lld", (long long) session->evaluations);
    if (area.columns >= EVALUATIONS_FROM)
        column = list_field (grid, area, column, -COUNT_WIDTH, dim, session ? text : "evaluated");
    if (area.columns >= SAVED_FROM)
        list_field (grid, area, column, COUNT_WIDTH,
                    session && !session->saved ? list_style (grid, ROLE_WARNING, selected) : dim,
                    !session         ? "stored"
                    : session->saved ? "saved"
                                     : "unsaved");
}

/* ---- details ---- */

/* What can be done about SESSION as it is; NULL: nothing that is not plain. */
static const char *
advice_text (const struct model_session *session)
{
    if (session->conflict)
        return ":keep settles it: mine goes over the image's, theirs comes in place of yours, both "
               "makes two sessions; :diff shows what differs";
    switch (session->state) {
    case STUI_SESSION_ORPHANED:
        return "its image is gone; it is restored should that come back, d puts it into the "
               "archive";
    case STUI_SESSION_PRESERVED:
        return "its image is away; all of it is kept here and is restored when the image is back";
    case STUI_SESSION_STORED:
        return "it is on no image; Enter opens it";
    case STUI_SESSION_CLOSED:
        return "it was closed; Enter opens it again";
    default:
        return NULL;
    }
}

static int
lines_draw (const struct ui *ui, struct grid *grid, struct rect area, int row)
{
    const struct model_session *session = model_sessions_selected (&ui->sessions);
    char text[96], age[AGE_SIZE];
    snprintf (text, sizeof text, "%s %s", model_session_symbol (session), state_word (session));
    row = list_detail (grid, area, row, "state", model_session_role (session), text);
    row = list_detail (grid, area, row, "because", ROLE_WARNING, session->reason);
    row = list_detail (grid, area, row, "", ROLE_NORMAL, advice_text (session));
    row = list_detail (grid, area, row, "note", ROLE_NORMAL, session->note);
    row = list_detail (grid, area, row, "tags", ROLE_NORMAL, session->tags);
    row =
        list_detail (grid, area, row, "changed", ROLE_NORMAL, changed_text (session, ui->now, age));
    snprintf (text, sizeof text, "%lld, %lld of them raised an error",
              (long long) session->evaluations, (long long) session->errors);
    row = list_detail (grid, area, row, "evaluated", ROLE_NORMAL, text);
    return list_detail (grid, area, row, "id", ROLE_DIM, session->id);
}

static void
session_draw (struct ui *ui, struct grid *grid, struct layout_split split)
{
    const struct model_session *session = model_sessions_selected (&ui->sessions);
    char title[STUI_NAME_MAX + 200];
    if (!session)
        return;
    bool compared = ui_versions_are_shown (ui);
    snprintf (title, sizeof title, "%s%.120s of %s", compared ? "versions of " : "", session->name,
              session->image);
    details_draw (ui, grid, split, title, compared ? ui_versions_lines : lines_draw);
}

/* ---- the screen ---- */

static void
sessions_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model_sessions *sessions = &ui->sessions;
    if (sessions->filter[0])
        grid_printf (grid, area, 0, 0, style_of (grid, ROLE_MATCH), "%zu of %zu with %s",
                     model_sessions_count (sessions), sessions->count, sessions->filter);
    else if (sessions->of[0])
        grid_printf (grid, area, 0, 0, style_of (grid, ROLE_MATCH), "of %s", sessions->of);
    else if (sessions->listed)
        grid_printf (grid, area, 0, 0, style_of (grid, ROLE_DIM), "%zu", sessions->count);
}

static void
sessions_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model_sessions *sessions = &ui->sessions;
    int count = (int) model_sessions_count (sessions), cursor = (int) sessions->selected;
    ui->list_area = (struct rect){0};
    if (!sessions->listed)
        layout_notice (grid, area, "Reading …", "the sessions come as soon as the owner answers");
    else if (count == 0 && sessions->filter[0])
        layout_notice (grid, area, "No session matches the filter.", "Esc shows all of them");
    else if (count == 0)
        layout_notice (grid, area, "There is no session yet.",
                       "Opening an image begins one; n begins another");
    if (!sessions->listed || count == 0)
        return;
    struct layout_split split = details_split (ui, area);
    if (ui_versions_are_shown (ui)) { /* in the list's place, with the keys to read it */
        split = (struct layout_split){.list = area, .details = area};
        split.list.rows = 0;
        ui->details.keys = true;
    }
    row_draw (ui, grid, rect_cut_rows (&split.list, 1), NULL, false, false);
    if (split.list.rows > 0)
        ui->sessions_top = layout_scroll (ui->sessions_top, cursor, split.list.rows, count);
    ui->list_area = split.list;
    const struct model_session *above = NULL;
    for (int place = ui->sessions_top; place < count && split.list.rows > 0; place++) {
        const struct model_session *session = model_sessions_at (sessions, (size_t) place);
        row_draw (ui, grid, rect_cut_rows (&split.list, 1), session, place == cursor,
                  above && strcmp (above->image, session->image) == 0);
        above = session;
    }
    session_draw (ui, grid, split);
}

/* Shows the session in its workspace; one that is not open is opened on its image first. */
static int
sessions_open_selected (struct ui *ui)
{
    const struct model_session *session = model_sessions_selected (&ui->sessions);
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!session)
        return SCREEN_OPEN;
    if (!model_find (&ui->model, session->image)) {
        ui_say (ui, ROLE_WARNING, "%s is not in the list of images any more: add it again",
                session->image);
        return SCREEN_DONE;
    }
    if (session->state == STUI_SESSION_LOCKED) {
        ui_say (ui, ROLE_WARNING, "It is %s", session->reason ? session->reason : "locked");
        return SCREEN_DONE;
    }
    bool open = session->live && session->state != STUI_SESSION_STORED
                && session->state != STUI_SESSION_CLOSED;
    if (!open && !ui->read_only) {
        struct msg *msg = msg_new (ui_peer (session->image, peer), MSG_SESSION_RESTORE,
                                   ui->last_ref + 1, session->id);
        struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, session->image, msg);
        if (ask)
            snprintf (ask->said, sizeof ask->said, "Session %.40s is open", session->name);
    }
    ui_open_session (ui, session->image, session->id, true);
    return SCREEN_DONE;
}

static int
sessions_act (struct ui *ui, int request)
{
    size_t place = ui->sessions.selected, count = model_sessions_count (&ui->sessions);
    if (ui_versions_are_shown (ui) && (request == SCREEN_BACK || request == SCREEN_NEXT_PANEL)) {
        ui_versions_close (ui);
        return SCREEN_DONE;
    }
    if (count > 0 && details_act (ui, request))
        return SCREEN_DONE;
    if (list_move (request, ui->list_area.rows, count, &place)) {
        model_sessions_select (&ui->sessions, place);
        return SCREEN_DONE;
    }
    switch (request) {
    case SCREEN_OPEN:
        return sessions_open_selected (ui);
    case SCREEN_BACK:
        if (ui->sessions.filter[0]) {
            model_sessions_set_filter (&ui->sessions, "");
            return SCREEN_DONE;
        }
        if (!ui->sessions.of[0])
            return request;
        model_sessions_show (&ui->sessions, "");
        ui_refresh_sessions (ui);
        return SCREEN_DONE;
    default:
        return request;
    }
}

/* A click selects, a second one opens. */
static void
sessions_mouse (struct ui *ui, const struct mouse *mouse)
{
    size_t count = model_sessions_count (&ui->sessions);
    int place = list_pressed (mouse, ui->list_area, ui->sessions_top, count);
    if (place < 0)
        return;
    if ((size_t) place == ui->sessions.selected)
        sessions_act (ui, SCREEN_OPEN);
    else
        model_sessions_select (&ui->sessions, (size_t) place);
}

static const char *const hints[] = {"open-session", "help",          "new-session", "rename",
                                    "duplicate",    "close-session", "diff",        "keep",
                                    "next-panel",   "images",        "back",        NULL};

const struct screen screen_sessions = {
    .name = "sessions",
    .title = "Sessions",
    .group = COMMAND_SESSIONS,
    .hints = hints,
    .draw_title = sessions_draw_title,
    .draw = sessions_draw,
    .act = sessions_act,
    .mouse = sessions_mouse,
};
