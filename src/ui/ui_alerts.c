/* ui_alerts.c: alerts as registry gives them: said in the last line, rung, told to the desktop, as the
 * configuration wants it. Pure but for the heap. */

#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/ui_step.h"

/* Tells the desktop of TEXT, as far as the terminal can. */
static void
notify (struct ui *self, const char *text)
{
    ui_do (self, UI_NOTIFY);
    self->actions[self->action_count - 1].text = stui_strdup (text);
}

void
ui_take_alerts (struct ui *self, const struct json *result)
{
    bool rings = false;
    for (const struct json *alert = json_first (json_get (result, "alerts")); alert;
         alert = json_next (alert)) {
        const char *text = json_get_text (alert, "text"), *kind = json_get_text (alert, "kind");
        if (!text || !kind)
            continue;
        bool good = strcmp (kind, stui_alert_word (STUI_ALERT_ONLINE)) == 0;
        ui_news (self, good ? ROLE_SUCCESS : ROLE_WARNING, "%s", text);
        rings = rings || json_get_bool (alert, "bell", false);
        if (json_get_bool (alert, "notify", false))
            notify (self, text);
    }
    if (rings)
        ui_bell (self);
}
