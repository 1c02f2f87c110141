/* commands_fleet.c: what the commands about the whole list of images do; their rows are in commands.c. */

#include "ui/commands_fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/ui_step.h"

enum { SNOOZE_MINUTES = 60, SNOOZE_MINUTES_MAX = 7 * 24 * 60 };

/* The first word of *TEXT into WORD, cut to SIZE; *TEXT goes on behind it. */
static void
word_take (const char **text, char *word, size_t size)
{
    size_t length = strcspn (*text, " ");
    snprintf (word, size, "%.*s", (int) (length < size ? length : size - 1), *text);
    *text += length + strspn (*text + length, " ");
}

/* `alerts off [MINUTES]`, `alerts on`: for all terminals and the command that is run. */
void
command_fleet_alerts (struct ui *ui, const struct command *self, const char *argument)
{
    char word[16];
    (void) self;
    word_take (&argument, word, sizeof word);
    bool off = strcmp (word, "off") == 0;
    char *end;
    long minutes = off && *argument ? strtol (argument, &end, 10) : off ? SNOOZE_MINUTES : 0;
    bool good = off ? minutes > 0 && minutes <= SNOOZE_MINUTES_MAX && (!*argument || !*end)
                    : strcmp (word, "on") == 0 && !*argument;
    if (!good) {
        ui_say (ui, ROLE_WARNING, "alerts takes `on`, or `off` and for how many minutes: 1 to %d",
                SNOOZE_MINUTES_MAX);
        return;
    }
    struct msg *msg = msg_new ("registry", MSG_ALERTS_SNOOZE, ui->last_ref + 1, (uint64_t) minutes);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, "", msg);
    if (ask && off)
        snprintf (ask->said, sizeof ask->said, "No alerts for %ld min", minutes);
    else if (ask)
        snprintf (ask->said, sizeof ask->said, "Alerts are given again");
}

void
command_fleet_group (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    if (*argument && strcmp (argument, "tag") != 0 && strcmp (argument, "none") != 0) {
        ui_say (ui, ROLE_WARNING, "group takes tag or none, not %.40s", argument);
        return;
    }
    bool grouped = *argument ? strcmp (argument, "tag") == 0 : !ui->model.grouped;
    ui_show (ui, SCREEN_IMAGES);
    model_set_grouped (&ui->model, grouped);
    ui_say (ui, ROLE_NORMAL, grouped ? "Grouped by tag" : "Not grouped");
}

/* `image set NAME KEY [VALUE]`, as on the command line. */
static void
image_set (struct ui *ui, const char *argument)
{
    char name[STUI_NAME_MAX + 2], key[64];
    word_take (&argument, name, sizeof name);
    word_take (&argument, key, sizeof key);
    if (!*key) {
        ui_say (ui, ROLE_WARNING,
                "image set takes a name, a key and a value: image set one tags web");
        return;
    }
    if (!*command_target_image (ui, name))
        return;
    struct json *settings = json_object ();
    json_set (settings, key, *argument ? json_string (argument) : json_null ());
    char *body = json_print (settings);
    struct msg *msg = msg_new ("main", MSG_IMAGE_SET, ui->last_ref + 1, name, body);
    free (body);
    json_destroy (&settings);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, "", msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%.40s of %.64s is %s", key, name,
                  *argument ? "set" : "taken away");
}

/* `image add|set|rm`: what `add` and `remove` do, under the names that the command line has. */
void
command_fleet_image (struct ui *ui, const struct command *self, const char *argument)
{
    char word[16];
    (void) self;
    word_take (&argument, word, sizeof word);
    const char *row = strcmp (word, "add") == 0  ? "add"
                      : strcmp (word, "rm") == 0 ? "remove"
                                                 : NULL;
    if (row) {
        const struct command *command = commands_find (row, strlen (row));
        command->run (ui, command, argument);
    }
    else if (strcmp (word, "set") == 0)
        image_set (ui, argument);
    else
        ui_say (ui, ROLE_WARNING,
                "image takes add NAME ADDRESS [via=HOST], set NAME KEY [VALUE] or rm NAME");
}
