/* sim_image.c: the image's side as design and protocol want it: hello with fencing, at most once
 * by a table of ids that forgets, one evaluation at a time and the others queued, sessions with
 * versions; and REP images, which know the seven commands and owe one answer at a time. What
 * these models break themselves would be no finding, so they are kept plain. */

#include "simulate/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/wire.h"

enum { SESSIONS_MAX = 5, LEASE_S = 30 };

/* ---- Its life ------------------------------------------------------------------------------------- */

static void
sessions_clear (struct sim_isession *sessions, size_t *count)
{
    for (size_t index = 0; index < *count; index++)
        json_destroy (&sessions[index].state);
    *count = 0;
}

static void
entries_clear (struct sim_image *image)
{
    for (size_t index = 0; index < image->entry_count; index++)
        free (image->entries[index].reply);
    image->entry_count = 0;
}

static void
inbox_clear (struct sim_image *image)
{
    for (size_t index = 0; index < image->inbox_count; index++)
        free (image->inbox[index].text);
    image->inbox_count = 0;
}

void
sim_image_init (struct sim *sim, int index, bool rep)
{
    struct sim_image *image = &sim->images[index];
    image->index = index;
    image->rep = rep;
    sim_uuid (sim, image->image_id);
    sim_image_start (sim, image, false, false);
}

void
sim_image_fini (struct sim_image *image)
{
    sessions_clear (image->sessions, &image->session_count);
    sessions_clear (image->snapshot, &image->snapshot_count);
    entries_clear (image);
    inbox_clear (image);
    free (image->sessions);
    free (image->snapshot);
    free (image->entries);
    free (image->jobs);
    free (image->inbox);
}

static void
sessions_copy (struct sim_isession **to, size_t *count, size_t *capacity,
               const struct sim_isession *from, size_t from_count)
{
    sessions_clear (*to, count);
    for (size_t index = 0; index < from_count; index++) {
        stui_grow (to, capacity, *count, sizeof **to);
        (*to)[*count] = from[index];
        (*to)[(*count)++].state = json_copy (from[index].state);
    }
}

void
sim_image_start (struct sim *sim, struct sim_image *image, bool snapshot, bool replaced)
{
    image->running = true;
    image->frozen = false;
    image->boot++;
    sim_uuid (sim, image->boot_id);
    if (replaced)
        sim_uuid (sim, image->image_id);
    sessions_clear (image->sessions, &image->session_count);
    if (snapshot && !replaced)
        sessions_copy (&image->sessions, &image->session_count, &image->session_capacity,
                       image->snapshot, image->snapshot_count);
    entries_clear (image);
    image->dropped[0] = '\0';
    image->job_count = 0;
    image->generation = image->counter = -1;
    image->newest = 0;
    sim_trace (sim, "image %d runs as %.13s boot %.13s", image->index, image->image_id,
               image->boot_id);
}

void
sim_image_kill (struct sim *sim, struct sim_image *image)
{
    image->running = image->frozen = false;
    if (sim_chance (sim, 50)) /* it had been saved shortly before */
        sessions_copy (&image->snapshot, &image->snapshot_count, &image->snapshot_capacity,
                       image->sessions, image->session_count);
    inbox_clear (image);
    image->job_count = 0;
    image->boot++;
    for (size_t index = 0; index < sim->link_count; index++)
        if (sim->links[index] && sim->links[index]->target == image->index
            && sim->links[index]->image_open)
            sim_net_drop (sim, index + 1, true);
}

void
sim_image_thaw (struct sim *sim, struct sim_image *image)
{
    image->frozen = false;
    struct sim_inbox *inbox = image->inbox;
    size_t count = image->inbox_count;
    image->inbox = NULL;
    image->inbox_count = image->inbox_capacity = 0;
    for (size_t index = 0; index < count; index++) {
        struct sim_link *link = sim_net_find (sim, inbox[index].link);
        if (link) /* read from its socket even when the other end has gone */
            sim_image_receive (sim, link, inbox[index].text);
        free (inbox[index].text);
    }
    free (inbox);
}

/* ---- Answers --------------------------------------------------------------------------------------- */

static void
reply_late (struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = sim_net_find (sim, event->number);
    if (link)
        link->owes = false;
    sim_net_down (sim, event->number, event->text);
}

/* The reply to ID as text; takes RESULT over. ERROR: its type, RESULT then being details. */
static char *
reply_text (const char *id, struct json *result, const char *error)
{
    struct json *reply = json_object ();
    json_set_text (reply, "id", id);
    json_set_text (reply, "status", error ? "error" : "success");
    if (error) {
        json_set_text (reply, "error", "the simulated image says no");
        json_set_text (reply, "error_type", error);
    }
    json_set (reply, error ? "details" : "result", result ? result : json_object ());
    char *text = json_print (reply);
    json_destroy (&reply);
    return text;
}

/* Sends TEXT and frees it. A REP image may take its time. */
static void
reply_send (struct sim *sim, struct sim_image *image, uint64_t link, char *text)
{
    if (!image->rep) {
        sim_net_down (sim, link, text);
        free (text);
        return;
    }
    if (sim_net_find (sim, link))
        sim_net_find (sim, link)->owes = true;
    int64_t delay = !sim->calm && sim_chance (sim, 10) ? 3 * SIM_S : 2 * SIM_MS;
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + sim_between (sim, 100, delay),
                                      .run = reply_late,
                                      .number = link,
                                      .index = image->index,
                                      .text = text});
}

static struct sim_entry *
entry_find (struct sim_image *image, const char *id)
{
    for (size_t index = 0; index < image->entry_count; index++)
        if (strcmp (image->entries[index].id, id) == 0)
            return &image->entries[index];
    return NULL;
}

static void
entry_remove (struct sim_image *image, size_t index)
{
    free (image->entries[index].reply);
    memmove (image->entries + index, image->entries + index + 1,
             (--image->entry_count - index) * sizeof *image->entries);
}

static void
entry_add (struct sim_image *image, const char *id)
{
    stui_grow (&image->entries, &image->entry_capacity, image->entry_count, sizeof *image->entries);
    struct sim_entry *entry = &image->entries[image->entry_count++];
    *entry = (struct sim_entry){.reply = NULL};
    snprintf (entry->id, sizeof entry->id, "%s", id);
    for (size_t index = 0; image->entry_count > SIM_ENTRIES_MAX && index < image->entry_count;
         index++) {
        if (!image->entries[index].reply)
            continue;
        if (strcmp (image->entries[index].id, image->dropped) > 0)
            memcpy (image->dropped, image->entries[index].id, sizeof image->dropped);
        entry_remove (image, index);
        break;
    }
}

/* Keeps the reply and sends it to the client's newest connection. */
static void
entry_done (struct sim *sim, struct sim_image *image, const char *id, char *text)
{
    struct sim_entry *entry = entry_find (image, id);
    if (entry) {
        free (entry->reply);
        entry->reply = stui_strdup (text);
    }
    sim_net_down (sim, image->newest, text);
    free (text);
}

/* ---- Evaluating -------------------------------------------------------------------------------------- */

static void job_begin (struct sim *sim, struct sim_image *image);

static void
job_end (struct sim *sim, struct sim_image *image, const char *error)
{
    struct sim_job job = image->jobs[0];
    memmove (image->jobs, image->jobs + 1, --image->job_count * sizeof *image->jobs);
    struct json *result = json_object ();
    if (!error) {
        json_set_number (result, "result", (int64_t) job.nonce);
        json_set_text (result, "result_type", "SmallInteger");
        json_set_bool (result, "has_error", false);
    }
    entry_done (sim, image, job.id, reply_text (job.id, result, error));
    job_begin (sim, image);
}

static void
job_time (struct sim *sim, struct sim_event *event)
{
    struct sim_image *image = &sim->images[event->index];
    if (!image->running || image->job_count == 0 || image->jobs[0].number != event->number)
        return;
    if (image->frozen) {
        event->at_us = sim->now_us + 100 * SIM_MS;
        sim_push (sim, (struct sim_event){.at_us = event->at_us,
                                          .run = job_time,
                                          .number = event->number,
                                          .index = event->index});
        return;
    }
    job_end (sim, image, NULL);
}

static void
job_begin (struct sim *sim, struct sim_image *image)
{
    if (image->job_count == 0)
        return;
    const struct sim_job *job = &image->jobs[0];
    if (job->generation != image->generation || job->counter != image->counter)
        sim_fail (sim, "image %d begins work of a fenced connection", image->index);
    sim_question_runs (sim, job->nonce);
    int64_t long_us = !sim->calm && sim_chance (sim, 10) ? 8 * SIM_S : 300 * SIM_MS;
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + sim_between (sim, 100, long_us),
                                      .run = job_time,
                                      .number = job->number,
                                      .index = image->index});
}

static struct json *
result_of (struct sim_image *image, const char *id)
{
    struct json *result = json_object ();
    json_set_text (result, "id", id);
    const struct sim_entry *entry = entry_find (image, id);
    if (!entry) {
        json_set_text (result, "state",
                       strcmp (id, image->dropped) > 0 ? "never_run" : "forgotten");
    }
    else {
        json_set_text (result, "state", entry->reply ? "done" : "running");
        if (entry->reply)
            json_set (result, "reply", json_parse_text (entry->reply));
    }
    return result;
}

static struct json *
results_of_all (struct sim_image *image)
{
    struct json *results = json_array (), *result = json_object ();
    for (size_t index = 0; index < image->entry_count; index++) {
        struct json *item = json_object ();
        json_set_text (item, "id", image->entries[index].id);
        json_set_text (item, "state", image->entries[index].reply ? "done" : "running");
        json_push (results, item);
    }
    json_set (result, "results", results);
    return result;
}

static void
do_interrupt (struct sim *sim, struct sim_image *image, struct sim_link *link, const char *id,
              const struct json *parameters)
{
    const char *target = json_get_text (parameters, "id");
    size_t index = 0;
    while (index < image->job_count && strcmp (image->jobs[index].id, target ? target : "") != 0)
        index++;
    bool found = index < image->job_count;
    struct json *result = json_object ();
    json_set_bool (result, "interrupted", found);
    json_set_text (result, "how", found ? "terminated" : "not running");
    char *text = reply_text (id, result, NULL);
    if (entry_find (image, id))
        entry_find (image, id)->reply = stui_strdup (text);
    reply_send (sim, image, link->number, text);
    if (found && index == 0)
        job_end (sim, image, "EvaluationError");
    else if (found) {
        entry_done (sim, image, target, reply_text (target, NULL, "EvaluationError"));
        memmove (image->jobs + index, image->jobs + index + 1,
                 (--image->job_count - index) * sizeof *image->jobs);
    }
}

/* ---- Sessions ------------------------------------------------------------------------------------------ */

struct sim_isession *
sim_image_session (struct sim_image *image, const char *id)
{
    for (size_t index = 0; id && index < image->session_count; index++)
        if (strcmp (image->sessions[index].id, id) == 0)
            return &image->sessions[index];
    return NULL;
}

static void
session_write (struct sim *sim, struct sim_isession *session, const struct json *state)
{
    json_destroy (&session->state);
    session->state = state ? json_copy (state) : json_object ();
    session->version++;
    session->stamp = sim->now_us / SIM_MS;
    session->foreign = false;
}

void
sim_image_foreign_edit (struct sim *sim, struct sim_image *image)
{
    if (image->session_count == 0)
        return;
    struct sim_isession *session =
        &image->sessions[sim_between (sim, 0, (int64_t) image->session_count - 1)];
    struct json *state = json_object ();
    json_set_number (state, "foreign", (int64_t) sim->steps);
    session_write (sim, session, state);
    session->foreign = true;
    json_destroy (&state);
}

static struct json *
session_marks (const struct sim_image *image, const struct sim_isession *session, bool state)
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

static const char *
do_session (struct sim *sim, struct sim_image *image, const char *command,
            const struct json *parameters, struct json **result)
{
    const char *id = json_get_text (parameters, "session_id");
    struct sim_isession *session = sim_image_session (image, id);
    const struct json *state = json_get (parameters, "state_data");
    if (strcmp (command, "create_session") == 0) {
        bool is_new = !session;
        if (is_new && image->session_count >= SESSIONS_MAX)
            return "SessionLimitExceeded";
        if (is_new) {
            stui_grow (&image->sessions, &image->session_capacity, image->session_count,
                       sizeof *image->sessions);
            session = &image->sessions[image->session_count++];
            *session = (struct sim_isession){.version = 0};
            snprintf (session->id, sizeof session->id, "%s", id);
            session_write (sim, session, state);
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
        if (image->refuses && sim_chance (sim, 20))
            return "InternalError";
        session_write (sim, session, state);
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

/* ---- Requests ------------------------------------------------------------------------------------------- */

/* Every lower epoch is dead: what is queued from it has not begun and never will. */
static void
fence (struct sim *sim, struct sim_image *image, struct sim_link *link)
{
    size_t kept = image->job_count > 0;
    for (size_t index = kept; index < image->job_count; index++)
        for (size_t entry = 0; entry < image->entry_count; entry++)
            if (strcmp (image->entries[entry].id, image->jobs[index].id) == 0) {
                entry_remove (image, entry);
                break;
            }
    image->job_count = kept;
    for (size_t index = 0; index < sim->link_count; index++) {
        struct sim_link *other = sim->links[index];
        if (!other || other == link || other->target != image->index || !other->claimed)
            continue;
        other->fenced = true;
        if (other->image_open) {
            char *text = reply_text (NULL, NULL, "Fenced");
            sim_net_down (sim, other->number, text);
            free (text);
            sim_net_drop (sim, other->number, true);
        }
    }
}

static const char *
do_hello (struct sim *sim, struct sim_image *image, struct sim_link *link,
          const struct json *parameters, struct json **result)
{
    if (image->refuses && sim_chance (sim, 30))
        return "AuthenticationError";
    const struct json *epoch = json_get (parameters, "client_epoch");
    if (epoch) {
        int64_t generation = json_get_number (epoch, "generation", 0);
        int64_t counter = json_get_number (epoch, "counter", 0);
        bool lower = generation < image->generation
                     || (generation == image->generation && counter <= image->counter);
        if (lower && !(link->claimed && generation == link->generation && counter == link->counter))
            return "Fenced";
        image->generation = link->generation = generation;
        image->counter = link->counter = counter;
        link->claimed = true;
        fence (sim, image, link);
        image->newest = link->number;
    }
    *result = json_object ();
    json_set_text (*result, "image_id", image->image_id);
    json_set_text (*result, "boot_id", image->boot_id);
    json_set_text (*result, "dialect", "simulated");
    return NULL;
}

/* Commands that are answered at once and change nothing that is remembered. */
static const char *
do_read (struct sim *sim, struct sim_image *image, struct sim_link *link, const char *command,
         const struct json *parameters, struct json **result)
{
    if (strcmp (command, "hello") == 0)
        return do_hello (sim, image, link, parameters, result);
    *result = json_object ();
    if (strcmp (command, "ping") == 0) {
        if (image->job_count > 0) {
            struct json *busy = json_object ();
            json_set_text (busy, "id", image->jobs[0].id);
            json_set (*result, "busy_with", busy);
        }
        return NULL;
    }
    if (!link->claimed) {
        json_destroy (result);
        return "PermissionDenied";
    }
    if (strcmp (command, "get_result") == 0) {
        json_destroy (result);
        const char *id = json_get_text (parameters, "id");
        *result = id ? result_of (image, id) : results_of_all (image);
        return NULL;
    }
    if (strcmp (command, "restore_session") == 0) {
        json_destroy (result);
        return do_session (sim, image, command, parameters, result);
    }
    if (strcmp (command, "list_classes") == 0) {
        json_set_number (*result, "result", json_get_number (parameters, "nonce", 0));
        return NULL;
    }
    json_destroy (result);
    return "UnknownCommand";
}

static void
serve_change (struct sim *sim, struct sim_image *image, struct sim_link *link, const char *id,
              const char *command, const struct json *parameters)
{
    if (!link->claimed) {
        reply_send (sim, image, link->number, reply_text (id, NULL, "PermissionDenied"));
        return;
    }
    if (entry_find (image, id) || strcmp (id, image->dropped) <= 0) {
        reply_send (sim, image, link->number, reply_text (id, result_of (image, id), NULL));
        return;
    }
    entry_add (image, id);
    if (strcmp (command, "interrupt") == 0) {
        do_interrupt (sim, image, link, id, parameters);
        return;
    }
    if (strcmp (command, "evaluate") != 0) {
        struct json *result = NULL;
        const char *error = do_session (sim, image, command, parameters, &result);
        entry_done (sim, image, id, reply_text (id, result, error));
        return;
    }
    const char *session = json_get_text (parameters, "session_id");
    if (session && !sim_image_session (image, session)) {
        entry_done (sim, image, id, reply_text (id, NULL, "SessionNotFound"));
        return;
    }
    stui_grow (&image->jobs, &image->job_capacity, image->job_count, sizeof *image->jobs);
    struct sim_job *job = &image->jobs[image->job_count++];
    *job = (struct sim_job){.nonce = strtoull (json_get_text (parameters, "code"), NULL, 10),
                            .number = ++image->last_job,
                            .generation = link->generation,
                            .counter = link->counter};
    snprintf (job->id, sizeof job->id, "%s", id);
    if (image->job_count == 1)
        job_begin (sim, image);
}

static void
serve_rep (struct sim *sim, struct sim_image *image, struct sim_link *link, const char *id,
           const char *command, const struct json *parameters)
{
    struct json *result = NULL;
    const char *error = "UnknownCommand";
    if (strcmp (command, "get_session_statistics") == 0) {
        result = json_object ();
        json_set_number (result, "total_sessions", (int64_t) image->session_count);
        error = NULL;
    }
    else if (strstr (command, "session"))
        error = do_session (sim, image, command, parameters, &result);
    reply_send (sim, image, link->number, reply_text (id, result, error));
}

void
sim_image_receive (struct sim *sim, struct sim_link *link, const char *text)
{
    struct sim_image *image = &sim->images[link->target];
    if (!image->running)
        return;
    if (image->frozen) {
        stui_grow (&image->inbox, &image->inbox_capacity, image->inbox_count, sizeof *image->inbox);
        image->inbox[image->inbox_count++] = (struct sim_inbox){link->number, stui_strdup (text)};
        return;
    }
    struct json *json = json_parse_text (text);
    const char *id = json_get_text (json, "id"), *command = json_get_text (json, "command");
    const struct json *parameters = json_get (json, "parameters");
    if (!id || !command)
        sim_fail (sim, "image %d was sent what is no request: %.200s", image->index, text);
    else if (link->fenced)
        reply_send (sim, image, link->number, reply_text (id, NULL, "Fenced"));
    else if (image->rep) {
        if (link->owes)
            sim_fail (sim, "REP image %d was sent %s before it had answered", image->index,
                      command);
        serve_rep (sim, image, link, id, command, parameters);
    }
    else if (wire_command_changes (command))
        serve_change (sim, image, link, id, command, parameters);
    else {
        struct json *result = NULL;
        const char *error = do_read (sim, image, link, command, parameters, &result);
        reply_send (sim, image, link->number, reply_text (id, result, error));
    }
    json_destroy (&json);
}
