/* commands_held.c: what the commands about what is held and in doubt do; their rows are in commands.c.
 * They are about the one under the cursor of its screen. */

#include "ui/commands_held.h"

#include <stdio.h>
#include <string.h>

#include "ui/commands_sessions.h"
#include "ui/ui_held.h"

/* The one that a command is about, if it is DOUBTFUL or not; NULL after a word to the user. */
static const struct model_held_entry *
target (struct ui *ui, bool doubtful)
{
    const struct model_held_entry *entry =
        ui->screen == SCREEN_HELD ? model_held_selected (&ui->held) : NULL;
    if (ui->screen != SCREEN_HELD) {
        ui_show (ui, SCREEN_HELD);
        ui_say (ui, ROLE_WARNING, "Choose one; s sends it, d drops it, Enter settles it");
    }
    else if (!entry)
        ui_say (ui, ROLE_WARNING, "Nothing is held or in doubt");
    else if (entry->doubtful != doubtful) {
        ui_say (ui, ROLE_WARNING,
                doubtful ? "It is held, not in doubt: s sends it, d drops it"
                         : "It is in doubt, and is not sent again unless Enter and a say so");
        return NULL;
    }
    return entry;
}

void
command_held_send (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    const struct model_held_entry *entry = target (ui, false);
    const struct model_image *image = entry ? model_find (&ui->model, entry->image) : NULL;
    if (!entry || !image)
        return;
    if (image->is_protected
        && command_asks (ui, self, "", image->name, "%s is protected%s: type its name to send it",
                         image->name,
                         entry->anew ? ", and the variables of its session are gone" : ""))
        return;
    if (entry->anew
        && command_asks (ui, self, "", "y",
                         "Its session was made anew, the variables are gone: send it anyway? y/n"))
        return;
    ui_held_send (ui, entry);
}

void
command_held_drop (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    const struct model_held_entry *entry = target (ui, false);
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!entry
        || command_asks (ui, self, "", "y", "Forget '%.60s' of %.40s, unsent? y/n", entry->code,
                         entry->image))
        return;
    struct ui_ask *ask =
        ui_ask (ui, UI_ASK_ORDER, entry->image,
                msg_new (ui_peer (entry->image, peer), MSG_HELD_DROP, ui->last_ref + 1, entry->id));
    if (ask)
        snprintf (ask->said, sizeof ask->said, "Dropped");
}

void
command_show_held (struct ui *ui, const struct command *self, const char *argument)
{
    if (strcmp (argument, "send") == 0)
        command_held_send (ui, commands_find ("send-held", strlen ("send-held")), "");
    else if (strcmp (argument, "drop") == 0)
        command_held_drop (ui, commands_find ("drop-held", strlen ("drop-held")), "");
    else if (*argument)
        ui_say (ui, ROLE_WARNING, ":%s takes send or drop, not %.40s", self->name, argument);
    else {
        ui_show (ui, SCREEN_HELD);
        model_held_select_first (&ui->held, false);
    }
}

/* Says of the one under the cursor what became of it: WAY. */
static void
doubt_resolve (struct ui *ui, const char *way)
{
    const struct model_held_entry *entry = target (ui, true);
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!entry)
        return;
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, entry->image,
                                 msg_new (ui_peer (entry->image, peer), MSG_DOUBT_RESOLVE,
                                          ui->last_ref + 1, entry->id, way));
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%s",
                  strcmp (way, "again") == 0 ? "It is held now; s sends it" : "Settled");
}

void
command_show_doubt (struct ui *ui, const struct command *self, const char *argument)
{
    static const char *const ways[] = {"ran", "not-ran", "again", NULL};
    const char *way = argument;
    if (strncmp (way, "resolve", strlen ("resolve")) == 0)
        way += strlen ("resolve") + strspn (way + strlen ("resolve"), " ");
    if (!*argument) {
        ui_show (ui, SCREEN_HELD);
        model_held_select_first (&ui->held, true);
        return;
    }
    if (*way) {
        doubt_resolve (ui, way);
        return;
    }
    const struct model_held_entry *entry = target (ui, true);
    char question[PROMPT_QUESTION_MAX];
    if (!entry)
        return;
    snprintf (question, sizeof question,
              "'%.40s' of %.40s: r it ran, n it did not, a hold it to be sent again:", entry->code,
              entry->image);
    prompt_choose (ui, self, ways, question);
}
