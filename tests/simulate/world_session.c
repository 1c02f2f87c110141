/* world_session.c: the sessions of a simulated image: versions, a limit, writes by somebody else. REP
 * images have times instead of versions, and leases that are to be renewed. */

#include "simulate/world.h"

#include <stdio.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"

enum { SESSIONS_MAX = 5, LEASE_S = 30 };

struct world_isession *
world_image_session (struct world_image *image, const char *id)
{
    for (size_t index = 0; id && index < image->session_count; index++)
        if (strcmp (image->sessions[index].id, id) == 0)
            return &image->sessions[index];
    return NULL;
}

static void
session_write (struct world *world, struct world_isession *session, const struct json *state)
{
    json_destroy (&session->state);
    session->state = state ? json_copy (state) : json_object ();
    session->version++;
    session->stamp = world->now_us / WORLD_MS;
    session->foreign = session->saved = false;
    /* An update that was long on its way leaves it what it is. */
    session->leftover = session->leftover && !world_disk_is_open (world, session->id);
}

/* Whether session ID is kept, and not as open. */
static bool
is_closed (struct world *world, const char *id)
{
    int places;
    world_disk_anywhere (world, id, &places);
    return places > 0 && !world_disk_is_open (world, id);
}

void
world_image_leftovers (struct world *world)
{
    for (int index = 0; index < world->image_count; index++) {
        struct world_image *image = &world->images[index];
        for (size_t at = 0; at < image->session_count; at++)
            if (!image->sessions[at].leftover
                && !world_disk_is_open (world, image->sessions[at].id))
                image->sessions[at].leftover = true;
    }
}

void
world_image_foreign_edit (struct world *world, struct world_image *image)
{
    if (image->session_count == 0)
        return;
    struct world_isession *session =
        &image->sessions[world_between (world, 0, (int64_t) image->session_count - 1)];
    struct json *state = json_object ();
    json_set_number (state, "foreign", (int64_t) world->steps);
    bool leftover = session->leftover; /* it stays ours to forget */
    session_write (world, session, state);
    session->foreign = true;
    session->leftover = leftover;
    json_destroy (&state);
}

static struct json *
session_marks (const struct world_image *image, const struct world_isession *session, bool state)
{
    char stamp[CLOCK_TEXT_SIZE];
    struct json *result = json_object ();
    json_set_text (result, "session_id", session->id);
    json_set_number (result, "timeout", image->rep ? LEASE_S : 3600);
    json_set_bool (result, "is_active", true);
    json_set_text (result, "last_modified",
                   clock_format (INT64_C (1700000000000) + session->stamp, stamp));
    if (!image->rep)
        json_set_number (result, "version", session->version);
    if (state)
        json_set (result, "session_state", json_copy (session->state));
    return result;
}

const char *
world_image_do_session (struct world *world, struct world_image *image, const char *command,
                        const struct json *parameters, struct json **result)
{
    const char *id = json_get_text (parameters, "session_id");
    struct world_isession *session = world_image_session (image, id);
    const struct json *state = json_get (parameters, "state_data");
    if (strcmp (command, "create_session") == 0) {
        bool is_new = !session;
        if (is_new && image->session_count >= SESSIONS_MAX)
            return "SessionLimitExceeded";
        if (is_new) {
            stui_grow (&image->sessions, &image->session_capacity, image->session_count,
                       sizeof *image->sessions);
            session = &image->sessions[image->session_count++];
            *session = (struct world_isession){.version = 0};
            snprintf (session->id, sizeof session->id, "%s", id);
            session_write (world, session, state);
            /* A REP image cannot tell what an earlier run of stui sent from what is asked now. */
            session->leftover = image->rep && is_closed (world, id);
        }
        *result = session_marks (image, session, !is_new);
        return NULL;
    }
    if (!session)
        return "SessionNotFound";
    if (strcmp (command, "update_session_state") == 0) {
        int64_t base = json_get_number (parameters, "base_version", 0);
        if (base > 0 && base != session->version)
            return "Conflict";
        if (image->refuses && world_chance (world, 20))
            return "InternalError";
        /* Here nobody asks to keep his own version. One that came with an older save of the image is
         * older than what stui has. */
        if (session->foreign && !image->rep && !session->saved)
            world_fail (world, "somebody else's version of session %s is overwritten unasked",
                        session->id);
        session_write (world, session, state);
        *result = session_marks (image, session, false);
        json_set_bool (*result, "update_successful", true);
        return NULL;
    }
    *result = session_marks (image, session, true);
    if (strcmp (command, "close_session") == 0) {
        json_set_bool (*result, "closed", true);
        json_destroy (&session->state);
        *session = image->sessions[--image->session_count];
    }
    return NULL;
}
