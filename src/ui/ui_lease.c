/* ui_lease.c: the edit lease of each workspace: when this terminal takes it, renews it, and lets it go.
 * See ui_step.h. */

#include "ui/ui_step.h"

/* Those that are seen have it, and one that still owes text or a result. */
bool
ui_lease_is_wanted (const struct ui *self, struct workspace *workspace)
{
    bool used = ui_sees_workspace (self, workspace) || !workspace_is_saved (workspace)
                || workspace_running (workspace);
    return used && !self->read_only && workspace_wants_lease (workspace);
}

void
ui_take_lease (struct ui *self, struct workspace *workspace)
{
    if (self->read_only || workspace->asks_lease || !workspace->session[0])
        return;
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *msg = msg_new (ui_peer (workspace->image, peer), MSG_SESSION_LEASE,
                               self->last_ref + 1, workspace->session, self->terminal_id);
    workspace->asks_lease = ui_ask_about (self, UI_ASK_LEASE, workspace, msg) != NULL;
    workspace->lease_ms = self->now.mono_ms + UI_AGAIN_MS;
}

static void
lease_drop (struct ui *self, struct workspace *workspace)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    ui_tell (self, msg_new (ui_peer (workspace->image, peer), MSG_SESSION_RELEASE, ++self->last_ref,
                            workspace->session, self->terminal_id));
    workspace->mine = false;
    workspace->holder[0] = '\0';
    workspace->lease_ms = 0; /* taken at once by who comes back to it */
}

/* A session that was left may be edited elsewhere, and may give its place on the image. */
static void
lease_leave (struct ui *self, struct workspace *workspace)
{
    bool asked = workspace->asks_lease || workspace->writes > 0;
    if (workspace->mine && !ui_sees_workspace (self, workspace) && !asked
        && workspace_is_saved (workspace) && !workspace_running (workspace))
        lease_drop (self, workspace);
}

void
ui_lease_pursue (struct ui *self, struct workspace *workspace)
{
    if (ui_lease_is_wanted (self, workspace) && self->now.mono_ms >= workspace->lease_ms)
        ui_take_lease (self, workspace);
    else
        lease_leave (self, workspace);
}

/* Who types into a text that nobody holds any more need not wait for whoever held it. */
void
ui_lease_hurry (struct ui *self, struct workspace *workspace)
{
    if (!workspace->mine && !workspace->was_mine && workspace->change > 0 && !workspace->holder[0])
        workspace->lease_ms = self->now.mono_ms;
}

void
ui_lease_drop_all (struct ui *self)
{
    for (size_t index = 0; index < self->workspace_count; index++)
        if (self->workspaces[index]->mine)
            lease_drop (self, self->workspaces[index]);
}
