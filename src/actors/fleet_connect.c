/* fleet_connect.c: who asked for images to be connected, and waits until their supervisors are up.
 * Part of fleet.h. Pure but for the heap. */

#include "actors/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/json_write.h"

/* A thousand of them are made before anybody is answered: as texts. */
char *
fleet_spawn_settings (const struct fleet *self, const struct fleet_image *image)
{
    struct json_write more;
    json_write_begin (&more);
    json_write_text (&more, "client_id", self->client_id);
    json_write_number (&more, "generation", self->generation);
    json_write_number (&more, "number", (int64_t) image->number);
    json_write_bool (&more, "read_only", self->read_only);
    json_write_bool (&more, "fresh", self->fresh && !image->begun);
    char *members = json_write_end (&more);
    char *text = stui_printf ("%.*s,%s", (int) strlen (image->settings) - 1, image->settings,
                              members + 1); /* which have a bracket at their end */
    free (members);
    return text;
}

void
fleet_connecter_clear (struct fleet_connecter *connecter)
{
    for (size_t index = 0; index < connecter->name_count; index++)
        free (connecter->names[index]);
    free (connecter->names);
}

void
fleet_connecters_came (struct fleet *self, const char *name, const char *error)
{
    for (size_t at = 0; at < self->connecter_count;) {
        struct fleet_connecter *connecter = &self->connecters[at];
        bool mine = false;
        for (size_t index = 0; index < connecter->name_count; index++)
            if (strcmp (connecter->names[index], name) == 0) {
                free (connecter->names[index]);
                connecter->names[index] = connecter->names[--connecter->name_count];
                mine = true;
                break;
            }
        if (!mine || (connecter->name_count > 0 && !error)) {
            at++;
            continue;
        }
        fleet_send (self, error ? msg_new (connecter->peer, MSG_ERROR, connecter->ref,
                                           stui_err_word (STUI_E_ACTOR_ENDED), error, NULL)
                                : msg_new (connecter->peer, MSG_OK, connecter->ref, "{}"));
        fleet_connecter_clear (connecter);
        self->connecters[at] = self->connecters[--self->connecter_count];
    }
}

static bool
image_is_disabled (const struct fleet_image *image)
{
    struct json *settings = json_parse_text (image->settings);
    bool disabled = json_get_bool (settings, "disabled", false);
    json_destroy (&settings);
    return disabled;
}

static void
connect_one (struct fleet *self, struct fleet_image *image, struct fleet_connecter *waiting)
{
    image->wanted = true;
    if (image->life == FLEET_BROKEN) { /* asked for by the user: counted anew */
        memset (image->restarts_ms, 0, sizeof image->restarts_ms);
        image->life = FLEET_IDLE;
    }
    if (image->life == FLEET_UP)
        return;
    if (image->life == FLEET_ENDING)
        image->restart = true;
    waiting->names =
        stui_realloc (waiting->names, (waiting->name_count + 1) * sizeof *waiting->names);
    waiting->names[waiting->name_count++] = stui_strdup (image->name);
    fleet_spawn (self, image);
}

void
fleet_connect (struct fleet *self, const struct msg *msg)
{
    struct json *names = json_parse_text (msg_text (msg, 0));
    struct fleet_connecter waiting = {.ref = msg->ref};
    snprintf (waiting.peer, sizeof waiting.peer, "%s", msg->peer);
    for (const struct json *name = json_first (names); name; name = json_next (name)) {
        const char *text = json_text (name);
        if (text && fleet_find (self, text) && !fleet_find (self, text)->removed)
            continue;
        char error[STUI_CAUSE_MAX];
        snprintf (error, sizeof error, "there is no image %.64s: see 'stui image ls'",
                  text ? text : "(not a name)");
        fleet_send (self, msg_error (msg, STUI_E_NOT_FOUND, error, NULL));
        json_destroy (&names);
        return;
    }
    for (const struct json *name = json_first (names); name; name = json_next (name))
        connect_one (self, fleet_find (self, json_text (name)), &waiting);
    if (json_count (names) == 0)
        for (size_t index = 0; index < self->image_count; index++)
            if (!self->images[index]->removed && !image_is_disabled (self->images[index]))
                connect_one (self, self->images[index], &waiting);
    json_destroy (&names);
    if (waiting.name_count == 0) {
        fleet_connecter_clear (&waiting);
        fleet_ok (self, msg, json_object ());
        return;
    }
    stui_grow (&self->connecters, &self->connecter_capacity, self->connecter_count,
               sizeof *self->connecters);
    self->connecters[self->connecter_count++] = waiting;
}
