/* fleet_alerts.c: alerts.h fed with what the fleet sees, and what comes of it passed on: to worker,
 * which keeps it as an event and runs the user's command, and to watchers, which ring. Pure but for
 * the heap. */

#include "actors/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

void
fleet_alerts_set (struct fleet *self, const struct json *list)
{
    const struct json *alert = json_get (list, "alert");
    const char *run = json_get_text (alert, "run");
    alerts_set (&self->alerts, &(struct alerts_settings){
                                   .on = (unsigned) json_get_number (alert, "on", 0),
                                   .after_ms = json_get_number (alert, "after_s", 0) * 1000,
                                   .quiet_ms = json_get_number (alert, "quiet_s", 0) * 1000,
                               });
    free (self->alert_run);
    self->alert_run = run ? stui_strdup (run) : NULL;
    self->alert_bell = json_get_bool (alert, "bell", false);
    self->alert_notify = json_get_bool (alert, "notify", false);
}

void
fleet_alerts_see (struct fleet *self, struct fleet_image *image, const struct json *state)
{
    alerts_see (&self->alerts, image->alerts,
                &(struct alerts_sight){
                    .state = json_get_text (state, "state"),
                    .cause = json_get_text (state, "cause"),
                    .image_id = json_get_text (state, "image_id"),
                    .boot_id = json_get_text (state, "boot_id"),
                    .orphans = json_get_number (state, "orphans", 0),
                    .conflicts = json_get_number (state, "conflicts", 0),
                    .doubts = json_get_number (state, "in_doubt", 0),
                },
                self->now_ms);
}

void
fleet_alerts_snooze (struct fleet *self, const struct msg *msg)
{
    alerts_snooze (&self->alerts, self->now_ms + (int64_t) msg_number (msg, 0) * 60 * 1000);
    fleet_ok (self, msg, json_object ());
}

/* What watchers get of ALERT: kind, image, text, and how to ring. */
static struct json *
alert_json (const struct fleet *self, const struct alert *alert)
{
    struct json *json = json_object ();
    json_set_text (json, "kind", stui_alert_word (alert->kind));
    json_set_text (json, "image", alert->image);
    json_set_text (json, "text", alert->text);
    json_set_bool (json, "bell", self->alert_bell);
    json_set_bool (json, "notify", self->alert_notify);
    return json;
}

static void
alert_keep (struct fleet *self, const char *text)
{
    struct fleet_alert *kept = self->alerted;
    free (kept[0].text);
    memmove (kept, kept + 1, (FLEET_ALERTS_KEPT - 1) * sizeof *kept);
    kept[FLEET_ALERTS_KEPT - 1] = (struct fleet_alert){++self->version, stui_strdup (text)};
}

void
fleet_alerts_time (struct fleet *self)
{
    struct alert alert;
    alerts_time (&self->alerts, self->now_ms);
    while (alerts_next (&self->alerts, &alert)) {
        struct json *json = alert_json (self, &alert);
        char *text = json_print (json);
        alert_keep (self, text);
        free (text);
        json_set_text (json, "run", self->alert_run);
        text = json_print (json);
        fleet_send (self, msg_new ("alerter", MSG_ALERT, 0, text));
        free (text);
        json_destroy (&json);
    }
}

struct json *
fleet_alerts_since (const struct fleet *self, uint64_t version)
{
    struct json *alerts = json_array ();
    for (int index = 0; version > 0 && index < FLEET_ALERTS_KEPT; index++)
        if (self->alerted[index].version > version)
            json_push (alerts, json_parse_text (self->alerted[index].text));
    return alerts;
}

void
fleet_alerts_fini (struct fleet *self)
{
    for (int index = 0; index < FLEET_ALERTS_KEPT; index++)
        free (self->alerted[index].text);
    free (self->alert_run);
    alerts_fini (&self->alerts);
}
