/* world_image.c: the image's side as design and protocol want it: hello with fencing, at most once
 * by a table of ids that forgets, one evaluation at a time and the others queued, sessions with
 * versions; and REP images, which know the seven commands and owe one answer at a time. What
 * these models break themselves would be no finding, so they are kept plain. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/wire.h"

/* ---- Its life ------------------------------------------------------------------------------------- */

static void
sessions_clear (struct world_isession *sessions, size_t *count)
{
    for (size_t index = 0; index < *count; index++)
        json_destroy (&sessions[index].state);
    *count = 0;
}

static void
entries_clear (struct world_image *image)
{
    for (size_t index = 0; index < image->entry_count; index++)
        free (image->entries[index].reply);
    image->entry_count = 0;
}

static void
inbox_clear (struct world_image *image)
{
    for (size_t index = 0; index < image->inbox_count; index++)
        free (image->inbox[index].text);
    image->inbox_count = 0;
}

void
world_image_init (struct world *world, int index, bool rep)
{
    struct world_image *image = &world->images[index];
    image->index = index;
    image->rep = rep;
    world_uuid (world, image->image_id);
    world_image_start (world, image, false, false);
}

void
world_image_fini (struct world_image *image)
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
sessions_copy (struct world_isession **to, size_t *count, size_t *capacity,
               const struct world_isession *from, size_t from_count)
{
    sessions_clear (*to, count);
    for (size_t index = 0; index < from_count; index++) {
        stui_grow (to, capacity, *count, sizeof **to);
        (*to)[*count] = from[index];
        (*to)[*count].leftover = (*to)[*count].saved = true;
        (*to)[(*count)++].state = json_copy (from[index].state);
    }
}

void
world_image_start (struct world *world, struct world_image *image, bool snapshot, bool replaced)
{
    image->running = true;
    image->frozen = false;
    image->boot++;
    world_uuid (world, image->boot_id);
    if (replaced)
        world_uuid (world, image->image_id);
    sessions_clear (image->sessions, &image->session_count);
    if (snapshot && !replaced)
        sessions_copy (&image->sessions, &image->session_count, &image->session_capacity,
                       image->snapshot, image->snapshot_count);
    entries_clear (image);
    image->dropped[0] = '\0';
    image->job_count = 0;
    image->generation = image->counter = -1;
    image->newest = 0;
    world_trace (world, "image %d runs as %.13s boot %.13s", image->index, image->image_id,
                 image->boot_id);
}

void
world_image_kill (struct world *world, struct world_image *image)
{
    image->running = image->frozen = false;
    if (world_chance (world, 50)) /* it had been saved shortly before */
        sessions_copy (&image->snapshot, &image->snapshot_count, &image->snapshot_capacity,
                       image->sessions, image->session_count);
    inbox_clear (image);
    image->job_count = 0;
    image->boot++;
    for (size_t index = 0; index < world->link_count; index++)
        if (world->links[index] && world->links[index]->target == image->index
            && world->links[index]->image_open)
            world_net_drop (world, index + 1, true);
}

void
world_image_thaw (struct world *world, struct world_image *image)
{
    image->frozen = false;
    struct world_inbox *inbox = image->inbox;
    size_t count = image->inbox_count;
    image->inbox = NULL;
    image->inbox_count = image->inbox_capacity = 0;
    for (size_t index = 0; index < count; index++) {
        struct world_link *link = world_net_find (world, inbox[index].link);
        if (link) /* read from its socket even when the other end has gone */
            world_image_receive (world, link, inbox[index].text);
        free (inbox[index].text);
    }
    free (inbox);
}

/* ---- Answers --------------------------------------------------------------------------------------- */

static void
reply_late (struct world *world, struct world_event *event)
{
    struct world_link *link = world_net_find (world, event->number);
    if (link)
        link->owes = false;
    world_net_down (world, event->number, event->text);
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
reply_send (struct world *world, struct world_image *image, uint64_t link, char *text)
{
    if (!image->rep) {
        world_net_down (world, link, text);
        free (text);
        return;
    }
    if (world_net_find (world, link))
        world_net_find (world, link)->owes = true;
    int64_t delay = !world->calm && world_chance (world, 10) ? 3 * WORLD_S : 2 * WORLD_MS;
    world_push (world,
                (struct world_event){.at_us = world->now_us + world_between (world, 100, delay),
                                     .run = reply_late,
                                     .number = link,
                                     .index = image->index,
                                     .text = text});
}

static struct world_entry *
entry_find (struct world_image *image, const char *id)
{
    for (size_t index = 0; index < image->entry_count; index++)
        if (strcmp (image->entries[index].id, id) == 0)
            return &image->entries[index];
    return NULL;
}

static void
entry_remove (struct world_image *image, size_t index)
{
    free (image->entries[index].reply);
    memmove (image->entries + index, image->entries + index + 1,
             (--image->entry_count - index) * sizeof *image->entries);
}

static void
entry_add (struct world_image *image, const char *id)
{
    stui_grow (&image->entries, &image->entry_capacity, image->entry_count, sizeof *image->entries);
    struct world_entry *entry = &image->entries[image->entry_count++];
    *entry = (struct world_entry){.reply = NULL};
    snprintf (entry->id, sizeof entry->id, "%s", id);
    size_t done = 0;
    for (size_t index = 0; index < image->entry_count; index++)
        done += image->entries[index].reply != NULL;
    for (size_t index = 0; done > WORLD_ENTRIES_MAX && index < image->entry_count; index++) {
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
entry_done (struct world *world, struct world_image *image, const char *id, char *text)
{
    struct world_entry *entry = entry_find (image, id);
    if (entry) {
        free (entry->reply);
        entry->reply = stui_strdup (text);
    }
    world_net_down (world, image->newest, text);
    free (text);
}

/* ---- Evaluating -------------------------------------------------------------------------------------- */

static void job_begin (struct world *world, struct world_image *image);

static void
job_end (struct world *world, struct world_image *image, const char *error)
{
    struct world_job job = image->jobs[0];
    memmove (image->jobs, image->jobs + 1, --image->job_count * sizeof *image->jobs);
    struct json *result = json_object ();
    if (!error) {
        json_set_number (result, "result", (int64_t) job.nonce);
        json_set_text (result, "result_type", "SmallInteger");
        json_set_bool (result, "has_error", false);
    }
    entry_done (world, image, job.id, reply_text (job.id, result, error));
    job_begin (world, image);
}

static void
job_time (struct world *world, struct world_event *event)
{
    struct world_image *image = &world->images[event->index];
    if (!image->running || image->job_count == 0 || image->jobs[0].number != event->number)
        return;
    if (image->frozen) {
        event->at_us = world->now_us + 100 * WORLD_MS;
        world_push (world, (struct world_event){.at_us = event->at_us,
                                                .run = job_time,
                                                .number = event->number,
                                                .index = event->index});
        return;
    }
    job_end (world, image, NULL);
}

static void
job_begin (struct world *world, struct world_image *image)
{
    if (image->job_count == 0)
        return;
    const struct world_job *job = &image->jobs[0];
    if (job->generation != image->generation || job->counter != image->counter)
        world_fail (world, "image %d begins work of a fenced connection", image->index);
    world_question_runs (world, job->nonce);
    int64_t long_us = !world->calm && world_chance (world, 10) ? 8 * WORLD_S : 300 * WORLD_MS;
    world_push (world,
                (struct world_event){.at_us = world->now_us + world_between (world, 100, long_us),
                                     .run = job_time,
                                     .number = job->number,
                                     .index = image->index});
}

static struct json *
result_of (struct world_image *image, const char *id)
{
    struct json *result = json_object ();
    json_set_text (result, "id", id);
    const struct world_entry *entry = entry_find (image, id);
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
results_of_all (struct world_image *image)
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
do_interrupt (struct world *world, struct world_image *image, struct world_link *link,
              const char *id, const struct json *parameters)
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
    reply_send (world, image, link->number, text);
    if (found && index == 0)
        job_end (world, image, "EvaluationError");
    else if (found) {
        entry_done (world, image, target, reply_text (target, NULL, "EvaluationError"));
        memmove (image->jobs + index, image->jobs + index + 1,
                 (--image->job_count - index) * sizeof *image->jobs);
    }
}

/* ---- Requests ------------------------------------------------------------------------------------------- */

/* Every lower epoch is dead: what is queued from it has not begun and never will. */
static void
fence (struct world *world, struct world_image *image, struct world_link *link)
{
    size_t kept = image->job_count > 0;
    for (size_t index = kept; index < image->job_count; index++)
        for (size_t entry = 0; entry < image->entry_count; entry++)
            if (strcmp (image->entries[entry].id, image->jobs[index].id) == 0) {
                entry_remove (image, entry);
                break;
            }
    image->job_count = kept;
    for (size_t index = 0; index < world->link_count; index++) {
        struct world_link *other = world->links[index];
        if (!other || other == link || other->target != image->index || !other->claimed)
            continue;
        other->fenced = true;
        if (other->image_open) {
            char *text = reply_text (NULL, NULL, "Fenced");
            world_net_down (world, other->number, text);
            free (text);
            world_net_drop (world, other->number, true);
        }
    }
}

static const char *
do_hello (struct world *world, struct world_image *image, struct world_link *link,
          const struct json *parameters, struct json **result)
{
    if (image->refuses && world_chance (world, 30))
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
        fence (world, image, link);
        image->newest = link->number;
    }
    *result = json_object ();
    json_set_text (*result, "image_id", image->image_id);
    json_set_text (*result, "boot_id", image->boot_id);
    json_set_text (*result, "dialect", "simulated");
    struct json *capabilities = json_array ();
    json_push (capabilities, json_string ("list_variables"));
    json_set (*result, "capabilities", capabilities);
    return NULL;
}

/* Another value after each evaluation. Caller owns. */
static struct json *
do_list_variables (const struct world_image *image)
{
    struct json *result = json_object (), *list = json_array (), *one = json_object ();
    char value[32];
    snprintf (value, sizeof value, "%llu", (unsigned long long) image->last_job);
    json_set_text (one, "name", "last");
    json_set_text (one, "value", value);
    json_push (list, one);
    json_set (result, "variables", list);
    json_set_number (result, "total_count", 1);
    return result;
}

/* Commands that are answered at once and change nothing that is remembered. */
static const char *
do_read (struct world *world, struct world_image *image, struct world_link *link,
         const char *command, const struct json *parameters, struct json **result)
{
    if (strcmp (command, "hello") == 0)
        return do_hello (world, image, link, parameters, result);
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
        return world_image_do_session (world, image, command, parameters, result);
    }
    if (strcmp (command, "list_variables") == 0) {
        json_destroy (result);
        *result = do_list_variables (image);
        return NULL;
    }
    if (strcmp (command, "list_classes") == 0) {
        json_set_number (*result, "result", json_get_number (parameters, "nonce", 0));
        return NULL;
    }
    json_destroy (result);
    return "UnknownCommand";
}

static void
serve_change (struct world *world, struct world_image *image, struct world_link *link,
              const char *id, const char *command, const struct json *parameters)
{
    if (!link->claimed) {
        reply_send (world, image, link->number, reply_text (id, NULL, "PermissionDenied"));
        return;
    }
    if (entry_find (image, id) || strcmp (id, image->dropped) <= 0) {
        reply_send (world, image, link->number, reply_text (id, result_of (image, id), NULL));
        return;
    }
    entry_add (image, id);
    if (strcmp (command, "interrupt") == 0) {
        do_interrupt (world, image, link, id, parameters);
        return;
    }
    if (strcmp (command, "evaluate") != 0) {
        struct json *result = NULL;
        const char *error = world_image_do_session (world, image, command, parameters, &result);
        entry_done (world, image, id, reply_text (id, result, error));
        return;
    }
    const char *session = json_get_text (parameters, "session_id");
    if (session && !world_image_session (image, session)) {
        entry_done (world, image, id, reply_text (id, NULL, "SessionNotFound"));
        return;
    }
    stui_grow (&image->jobs, &image->job_capacity, image->job_count, sizeof *image->jobs);
    struct world_job *job = &image->jobs[image->job_count++];
    *job = (struct world_job){.nonce = strtoull (json_get_text (parameters, "code"), NULL, 10),
                              .number = ++image->last_job,
                              .generation = link->generation,
                              .counter = link->counter};
    snprintf (job->id, sizeof job->id, "%s", id);
    if (image->job_count == 1)
        job_begin (world, image);
}

static void
serve_rep (struct world *world, struct world_image *image, struct world_link *link, const char *id,
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
        error = world_image_do_session (world, image, command, parameters, &result);
    reply_send (world, image, link->number, reply_text (id, result, error));
}

void
world_image_receive (struct world *world, struct world_link *link, const char *text)
{
    struct world_image *image = &world->images[link->target];
    if (!image->running)
        return;
    if (image->frozen) {
        stui_grow (&image->inbox, &image->inbox_capacity, image->inbox_count, sizeof *image->inbox);
        image->inbox[image->inbox_count++] = (struct world_inbox){link->number, stui_strdup (text)};
        return;
    }
    struct json *json = json_parse_text (text);
    const char *id = json_get_text (json, "id"), *command = json_get_text (json, "command");
    const struct json *parameters = json_get (json, "parameters");
    if (!id || !command)
        world_fail (world, "image %d was sent what is no request: %.200s", image->index, text);
    else if (link->fenced)
        reply_send (world, image, link->number, reply_text (id, NULL, "Fenced"));
    else if (image->rep) {
        if (link->owes)
            world_fail (world, "REP image %d was sent %s before it had answered", image->index,
                        command);
        serve_rep (world, image, link, id, command, parameters);
    }
    else if (wire_command_changes (command))
        serve_change (world, image, link, id, command, parameters);
    else {
        struct json *result = NULL;
        const char *error = do_read (world, image, link, command, parameters, &result);
        reply_send (world, image, link->number, reply_text (id, result, error));
    }
    json_destroy (&json);
}
