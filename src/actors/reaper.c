/* reaper.c: see reaper.h. It is long, since an order's whole life is in it. From top to bottom: time,
 * orders and their end, one session's way, what comes in. */

#include "actors/reaper.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/reaper_counts.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/json.h"
#include "runtime/words.h"

enum {
    LOAD_AGAIN_MS = 1000,
    RETURNED_MS = 1000, /* when many come back, they are looked at together */
};

/* The time between two steps: what is configured is passed in some of them. */
static int64_t
step_ms (const struct reaper *self)
{
    struct reaper_image image;
    int64_t shortest =
        self->reap_after_ms < self->undo_for_ms ? self->reap_after_ms : self->undo_for_ms;
    for (size_t index = 0; self->look (self->context, index, &image); index++) {
        shortest = image.reap_after_ms < shortest ? image.reap_after_ms : shortest;
        shortest = image.undo_for_ms < shortest ? image.undo_for_ms : shortest;
    }
    shortest /= REAPER_STEPS;
    return shortest < REAPER_STEP_MIN_MS   ? REAPER_STEP_MIN_MS
           : shortest > REAPER_STEP_MAX_MS ? REAPER_STEP_MAX_MS
                                           : shortest;
}

void
reaper_init (struct reaper *self, reaper_look *look, const void *context)
{
    *self = (struct reaper){.look = look,
                            .context = context,
                            .doubtful = json_object (),
                            .counts = json_object (),
                            .load_ms = STUI_NEVER,
                            .returned_ms = STUI_NEVER,
                            .go_on_ms = STUI_NEVER};
    reaper_settings (self, STUI_NEVER, STUI_NEVER);
}

void
reaper_settings (struct reaper *self, int64_t reap_after_ms, int64_t undo_for_ms)
{
    self->reap_after_ms = reap_after_ms;
    self->undo_for_ms = undo_for_ms;
    self->step_ms = step_ms (self);
}

static void
order_free (struct reaper_order *order)
{
    for (size_t index = 0; index < order->count; index++) {
        json_destroy (&order->rows[index]->json);
        free (order->rows[index]);
    }
    free (order->rows);
    free (order->list);
    json_destroy (&order->wish);
    free (order);
}

void
reaper_fini (struct reaper *self)
{
    for (size_t index = 0; index < self->order_count; index++)
        order_free (self->orders[index]);
    for (size_t index = 0; index < self->out_count; index++)
        msg_destroy (&self->out[index]);
    free (self->orders);
    free (self->out);
    json_destroy (&self->doubtful);
    json_destroy (&self->counts);
    reaper_absences_fini (self);
    *self = (struct reaper){0};
}

static void
reaper_send (struct reaper *self, struct msg *msg)
{
    stui_grow (&self->out, &self->out_capacity, self->out_count, sizeof *self->out);
    self->out[self->out_count++] = msg;
}

/* An event of the reaper's own. */
static void __attribute__ ((format (printf, 4, 5)))
reaper_event (struct reaper *self, const char *image, const char *kind, const char *format, ...)
{
    char text[STUI_CAUSE_MAX * 2];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    reaper_send (self, event_put (++self->last_ref, self->now.wall_ms, image, kind, text));
}

/* ---- Time -------------------------------------------------------------------------------------- */

bool
reaper_is_suspended (const struct reaper *self)
{
    return self->suspended_ms > self->now.mono_ms;
}

/* The clock is compared to what it was at the last look, so that what it drifts does not add up. */
static void
reaper_enter (struct reaper *self, struct reaper_now now)
{
    int64_t offset_ms = now.wall_ms - now.boot_ms, jump_ms = offset_ms - self->wall_offset_ms;
    self->now = now;
    if (self->looked && (jump_ms > REAPER_JUMP_MS || jump_ms < -REAPER_JUMP_MS)) {
        self->suspended_ms = now.mono_ms + REAPER_SUSPENDED_MS;
        reaper_event (self, "", "reaper_suspended",
                      "the clock jumped by %+lld minutes: no session is cleaned away by itself "
                      "for a day",
                      (long long) jump_ms / 60000);
    }
    else if (self->suspended_ms && !reaper_is_suspended (self)) {
        self->suspended_ms = 0;
        reaper_event (self, "", "reaper_resumed", "sessions are cleaned away by themselves again");
    }
    self->wall_offset_ms = offset_ms;
    self->looked = true;
    if (self->loaded)
        wall_trust_look (&self->clock, now.boot_ms, now.wall_ms);
}

/* Counts the time since the last step. A process that was stopped did not run: so no more than
 * there may be between two. */
static void
reaper_count (struct reaper *self)
{
    int64_t most_ms = 2 * self->step_ms, elapsed_ms = self->now.mono_ms - self->stepped_ms;
    if (elapsed_ms > most_ms)
        self->stepped_ms = self->now.mono_ms - most_ms;
    self->ran_ms += self->now.mono_ms - self->stepped_ms;
    reaper_count_away (self);
    self->stepped_ms = self->now.mono_ms;
}

int64_t
reaper_ran_ms (const struct reaper *self)
{
    int64_t most_ms = 2 * self->step_ms, elapsed_ms = self->now.mono_ms - self->stepped_ms;
    return self->ran_ms + (elapsed_ms < most_ms ? elapsed_ms : most_ms);
}

static void
reaper_save (struct reaper *self)
{
    struct json *all = json_object ();
    json_set_number (all, "ran_ms", self->ran_ms);
    json_set (all, "away", reaper_absences_to_json (self));
    json_set (all, "counts", json_copy (self->counts));
    json_set (all, "clock", wall_trust_save (&self->clock));
    self->counted = false;
    char *text = json_print (all);
    reaper_send (self, msg_new ("store", MSG_REAPER_SAVE, ++self->last_ref, text));
    free (text);
    json_destroy (&all);
}

void
reaper_returned (struct reaper *self, struct reaper_now now)
{
    reaper_enter (self, now);
    if (self->returned_ms == STUI_NEVER)
        self->returned_ms = now.mono_ms + RETURNED_MS;
}

/* What was counted of the absence of images that are there is void. */
static void
reaper_forget (struct reaper *self)
{
    self->returned_ms = STUI_NEVER;
    if (reaper_forget_away (self))
        reaper_save (self);
}

/* ---- Orders ------------------------------------------------------------------------------------ */

static bool
order_is_of_archive (const struct reaper_order *order)
{
    return order->kind == REAPER_BACK || order->kind == REAPER_DROP;
}

static void
order_list (struct reaper *self, struct reaper_order *order)
{
    order->listing = ++self->last_ref;
    reaper_send (self, order_is_of_archive (order)
                           ? msg_new ("store", MSG_ARCHIVE_LIST, order->listing)
                           : msg_new ("store", MSG_SESSIONS_LOAD, order->listing, ""));
}

bool
reaper_acts (enum reaper_order_kind kind, const struct json *wish)
{
    return kind == REAPER_CLEAN ? json_get_bool (wish, "do", false)
                                : json_get_bool (wish, "all", false) || json_get (wish, "sessions");
}

enum reaper_order_kind
reaper_kind (enum msg_verb verb)
{
    return verb == MSG_CLEANUP        ? REAPER_CLEAN
           : verb == MSG_ADOPT_STORED ? REAPER_CARRY
                                      : REAPER_BACK;
}

/* Whether anything is to be done, or only told. */
static bool
order_acts (const struct reaper_order *order)
{
    return !order->wish || reaper_acts (order->kind, order->wish);
}

/* What is to be deleted is looked up when nothing is on its way into the archive, and the other way
 * round: else the older copy is chosen, and the one that took its place is deleted. */
static bool
order_is_blocked (const struct reaper *self, size_t index)
{
    enum reaper_order_kind kind = self->orders[index]->kind;
    for (size_t before = 0; before < index && kind != REAPER_BACK; before++)
        if (self->orders[before]->kind != REAPER_BACK && self->orders[before]->kind != kind
            && order_acts (self->orders[before]) && order_acts (self->orders[index]))
            return true;
    return false;
}

static void
orders_start (struct reaper *self)
{
    for (size_t index = 0; self->loaded && index < self->order_count; index++)
        if (self->orders[index]->waiting && !order_is_blocked (self, index)) {
            self->orders[index]->waiting = false;
            order_list (self, self->orders[index]);
        }
}

/* PEER NULL: by itself. WISH is taken over. */
static void
order_begin (struct reaper *self, enum reaper_order_kind kind, const char *peer, uint64_t ref,
             struct json *wish)
{
    struct reaper_order *order = stui_alloc (sizeof *order);
    *order = (struct reaper_order){.kind = kind, .ref = ref, .wish = wish, .waiting = true};
    snprintf (order->peer, sizeof order->peer, "%s", peer ? peer : "");
    stui_grow (&self->orders, &self->order_capacity, self->order_count, sizeof *self->orders);
    self->orders[self->order_count++] = order;
    orders_start (self);
}

static void
order_remove (struct reaper *self, size_t index)
{
    order_free (self->orders[index]);
    self->order_count--;
    memmove (self->orders + index, self->orders + index + 1,
             (self->order_count - index) * sizeof *self->orders);
}

static void
order_answer (struct reaper *self, struct reaper_order *order)
{
    static const char *const kinds[] = {"session_reaped", "session_returned", "session_expired",
                                        "session_adopted"};
    if (order->told > REAPER_EVENTS_MAX)
        reaper_event (self, "", kinds[order->kind], "and %zu sessions more",
                      order->told - REAPER_EVENTS_MAX);
    if (!order->peer[0])
        return;
    struct json *result = json_object (), *rows = json_array ();
    for (size_t index = 0; index < order->count; index++) {
        json_push (rows, order->rows[index]->json);
        order->rows[index]->json = NULL; /* the order is over: there may be thousands to copy */
    }
    json_set (result, "sessions", rows);
    if (order->kind == REAPER_CLEAN)
        json_set_number (result, "undo_for_s", self->undo_for_ms / 1000);
    if (reaper_is_suspended (self))
        json_set_text (result, "suspended",
                       "the clock has jumped: nothing is cleaned away by itself for a day");
    char *text = json_print (result);
    reaper_send (self, msg_new (order->peer, MSG_OK, order->ref, text));
    free (text);
    json_destroy (&result);
}

static void
order_refuse (struct reaper *self, struct reaper_order *order, const struct msg *error)
{
    if (order->peer[0])
        reaper_send (self, msg_new (order->peer, MSG_ERROR, order->ref, msg_text (error, 0),
                                    msg_text (error, 1), msg_text (error, 2)));
    order->peer[0] = '\0';
    order->waiting = false;
}

/* ---- One session's way ------------------------------------------------------------------------- */

static void
row_ended (struct reaper_order *order, struct reaper_row *row, const char *kept)
{
    order->ended++;
    json_set_bool (row->json, "done", !kept);
    if (kept)
        json_set_text (row->json, "kept", kept);
}

static void
row_ask (struct reaper *self, struct reaper_order *order, struct reaper_row *row, struct msg *msg)
{
    struct reaper_flight *flight = self->flights;
    while (flight->ref)
        flight++; /* reaper_pump has seen that there is one */
    *flight = (struct reaper_flight){
        .ref = msg->ref,
        .due_ms = msg->verb == MSG_MAY_REAP ? self->now.mono_ms + REAPER_ANSWER_MS : STUI_NEVER,
        .verb = msg->verb,
        .order = order,
        .row = row};
    reaper_send (self, msg);
}

static void
row_archive (struct reaper *self, struct reaper_order *order, struct reaper_row *row)
{
    struct json *about = json_object ();
    json_set_text (about, "why", json_get_text (row->json, "why"));
    json_set_number (about, "ran_ms", reaper_ran_ms (self));
    char *text = json_print (about);
    row_ask (
        self, order, row,
        msg_new ("store", MSG_ARCHIVE, ++self->last_ref, row->key, row->id, row->generation, text));
    free (text);
    json_destroy (&about);
}

static void
row_carry (struct reaper *self, struct reaper_order *order, struct reaper_row *row)
{
    struct json *about = json_object (), *from = json_object ();
    json_set_text (from, "image_id", row->key);
    json_set_text (from, "image", row->image);
    json_set_text (about, "to", row->to);
    json_set_bool (about, "same", row->same);
    json_set_text (about, "image", row->to_image);
    json_set (about, "from", json_get_bool (order->wish, "undo", false) ? NULL : json_copy (from));
    char *text = json_print (about);
    row_ask (self, order, row,
             msg_new ("store", MSG_SESSION_CARRY, ++self->last_ref, row->key, row->id,
                      row->generation, text));
    free (text);
    json_destroy (&from);
    json_destroy (&about);
}

/* Nobody has anything against it. */
static void
row_leave (struct reaper *self, struct reaper_order *order, struct reaper_row *row)
{
    if (order->kind == REAPER_CARRY)
        row_carry (self, order, row);
    else
        row_archive (self, order, row);
}

static void
row_begin (struct reaper *self, struct reaper_order *order, struct reaper_row *row)
{
    struct reaper_image image;
    reaper_presence (self, row->key, row->image, &image);
    uint64_t ref = self->last_ref + 1;
    if (order->kind == REAPER_BACK)
        row_ask (self, order, row, msg_new ("store", MSG_ARCHIVE_UNDO, ref, row->key, row->id));
    else if (order->kind == REAPER_DROP)
        row_ask (self, order, row, msg_new ("store", MSG_ARCHIVE_DROP, ref, row->key, row->id));
    else if (row->stays)
        row_ended (order, row, "its image is there: close it first");
    else if (image.name && image.starting)
        row_ended (order, row, "its image is just being connected: try again");
    else if (image.name && image.stuck)
        row_ended (order, row,
                   "the supervisor of its image does not answer: 'stui image retry' gives it up");
    else if (image.name && image.id[0]) {
        snprintf (row->supervisor, sizeof row->supervisor, "%s", image.id);
        row_ask (self, order, row,
                 msg_new (row->supervisor, MSG_MAY_REAP, ref, row->id, row->generation));
    }
    else {
        row_leave (self, order, row);
        return; /* it has taken its own ref */
    }
    self->last_ref = ref;
}

/* Says what became of ROW, unless of too many before it. */
static void
row_tell (struct reaper *self, struct reaper_order *order, struct reaper_row *row)
{
    const char *name = json_get_text (row->json, "name"), *why = json_get_text (row->json, "why");
    name = name ? name : "";
    if (row->quiet || order->told++ >= REAPER_EVENTS_MAX)
        return;
    if (order->kind == REAPER_CLEAN) {
        char age[WORDS_SIZE];
        words_duration (json_get_number (row->json, "age_ms", 0), age);
        reaper_event (self, row->image, "session_reaped",
                      "session %s was put into the archive: %s (%s); 'stui session undo %s' brings "
                      "it back",
                      name, why, age, row->id);
    }
    else if (order->kind == REAPER_BACK)
        reaper_event (self, row->image, "session_returned",
                      "session %s (%s) is out of the archive again: 'stui session restore' opens "
                      "it",
                      name, row->id);
    else if (order->kind == REAPER_CARRY)
        reaper_event (self, row->to_image, "session_adopted",
                      json_get_bool (order->wish, "undo", false)
                          ? "session %s (%s) belongs to %s again"
                          : "session %s (%s) was adopted from %s: 'stui session restore' opens it, "
                            "'stui session undo' puts it back",
                      name, row->id,
                      json_get_bool (order->wish, "undo", false) ? row->to_image : row->image);
    else
        reaper_event (self, row->image, "session_expired",
                      "session %s (%s) was deleted from the archive", name, row->id);
}

/* Whoever has ROW, of IMAGE, hears what became of it: who said yes, and one that was started meanwhile,
 * which has read it before. */
static void
row_reaped (struct reaper *self, const struct reaper_row *row, const struct reaper_image *image,
            enum reaper_end end)
{
    if (row->supervisor[0])
        reaper_send (self, msg_new (row->supervisor, MSG_REAPED, 0, row->id, (uint64_t) end));
    if (image->name && image->id[0] && strcmp (image->id, row->supervisor) != 0)
        reaper_send (self, msg_new (image->id, MSG_REAPED, 0, row->id, (uint64_t) end));
}

static void
row_archived (struct reaper *self, struct reaper_row *row, const char *kept)
{
    struct reaper_image image;
    char until[CLOCK_TEXT_SIZE];
    reaper_presence (self, row->key, row->image, &image);
    row_reaped (self, row, &image, kept ? REAPER_STAYS : REAPER_ARCHIVED);
    if (!kept) {
        int64_t undo_for_ms = image.name ? image.undo_for_ms : self->undo_for_ms;
        json_set_text (row->json, "until", clock_format (self->now.wall_ms + undo_for_ms, until));
    }
}

static void
row_carried (struct reaper *self, struct reaper_row *row, const char *kept)
{
    struct reaper_image image;
    reaper_presence (self, row->key, row->image, &image);
    /* By its name alone it may be the new owner's. */
    if (!image.key)
        image.id = "";
    row_reaped (self, row, &image, kept ? REAPER_STAYS : REAPER_CARRIED);
}

/* The supervisor of the image KEY, called NAME, hears of RECORD, if there is one. */
static void
reaper_return (struct reaper *self, const char *key, const char *name, const struct json *record)
{
    struct reaper_image image;
    char *text = json_print (record);
    reaper_presence (self, key, name, &image);
    if (image.name && image.id[0])
        reaper_send (self, msg_new (image.id, MSG_RETURNED, 0, text));
    free (text);
}

/* ROW is stored under the image KEY, called NAME, now. RESULT is NULL after an error: the batch may be
 * on the disk after all, which shows when the database is opened again. */
static void
row_returned (struct reaper *self, struct reaper_row *row, const char *key, const char *name,
              const struct json *result)
{
    const struct json *record = json_get (result, "session");
    if (!record) {
        json_set_text (self->doubtful, key, name);
        return;
    }
    reaper_return (self, key, name, record);
    json_set_text (row->json, "state", json_get_text (record, "state"));
}

void
reaper_healed (struct reaper *self, struct reaper_now now)
{
    reaper_enter (self, now);
    for (const struct json *one = json_first (self->doubtful); one; one = json_next (one)) {
        struct json *record = json_object ();
        json_set_text (record, "image_id", json_key (one));
        reaper_return (self, json_key (one), json_text (one), record);
        json_destroy (&record);
    }
    json_destroy (&self->doubtful);
    self->doubtful = json_object ();
}

/* RESULT is NULL after an error, which is KEPT. */
static void
row_answered (struct reaper *self, const struct reaper_flight *flight, const struct json *result,
              const char *kept)
{
    struct reaper_order *order = flight->order;
    struct reaper_row *row = flight->row;
    if (flight->verb == MSG_MAY_REAP) {
        if (json_get_bool (result, "may", false)) {
            row->generation =
                (uint64_t) json_get_number (result, "generation", (int64_t) row->generation);
            row_leave (self, order, row);
        }
        else
            row_ended (order, row, result ? json_get_text (result, "why") : kept);
        return;
    }
    if (flight->verb == MSG_ARCHIVE)
        row_archived (self, row, kept);
    if (flight->verb == MSG_SESSION_CARRY) {
        row_carried (self, row, kept);
        row_returned (self, row, row->to, row->to_image, result);
    }
    if (flight->verb == MSG_ARCHIVE_UNDO)
        row_returned (self, row, row->key, row->image, result);
    row_ended (order, row, kept);
    if (kept)
        return;
    row_tell (self, order, row);
    if (reaper_counts_add (self->counts, order->kind, row, order->wish, self->now.wall_ms))
        self->counted = true;
}

static size_t
flights_free (const struct reaper *self)
{
    size_t count = 0;
    for (size_t index = 0; index < REAPER_FLIGHTS; index++)
        count += self->flights[index].ref == 0;
    return count;
}

/* The rest has its turn after other messages. */
static void
reaper_go_on (struct reaper *self)
{
    self->go_on_ms = self->now.mono_ms + REAPER_PAUSE_MS;
}

/* Begins as much as there are places for, and ends what is done. What is refused takes no place. */
static void
reaper_pump (struct reaper *self)
{
    size_t begun = 0;
    for (size_t index = 0; index < self->order_count;) {
        struct reaper_order *order = self->orders[index];
        bool waits =
            order->waiting || order->listing || order->list || (!self->loaded && order->peer[0]);
        if (!waits && !order_acts (order))
            order->begun = order->ended = order->count;
        for (; !waits && order->begun < order->count && flights_free (self) > 0; begun++) {
            if (begun == REAPER_SLICE) {
                reaper_go_on (self);
                break;
            }
            row_begin (self, order, order->rows[order->begun++]);
        }
        if (waits || order->ended < order->count) {
            index++;
            continue;
        }
        order_answer (self, order);
        order_remove (self, index);
        if (self->counted)
            reaper_save (self);
    }
    orders_start (self);
}

/* ---- What comes in ----------------------------------------------------------------------------- */

static void
reaper_load (struct reaper *self)
{
    self->load_ms = STUI_NEVER;
    self->load_ref = ++self->last_ref;
    reaper_send (self, msg_new ("store", MSG_REAPER_LOAD, self->load_ref));
}

void
reaper_begin (struct reaper *self, struct reaper_now now)
{
    reaper_enter (self, now);
    self->begun = true;
    reaper_load (self);
}

/* How many orders are under way: of terminals, or by itself. */
static size_t
orders_of (const struct reaper *self, bool terminals)
{
    size_t count = 0;
    for (size_t index = 0; index < self->order_count; index++)
        count += (self->orders[index]->peer[0] != '\0') == terminals;
    return count;
}

void
reaper_message (struct reaper *self, const struct msg *msg, struct reaper_now now)
{
    reaper_enter (self, now);
    struct json *wish = json_parse_text (msg_text (msg, 0));
    if (!json_is_object (wish))
        reaper_send (self, msg_error (msg, STUI_E_INVALID_REQUEST,
                                      "what is to be cleaned away is told by an object", NULL));
    else if (!self->begun)
        reaper_send (self, msg_error (msg, STUI_E_STORAGE,
                                      "the database is not open: see 'stui doctor'", NULL));
    else if (orders_of (self, true) >= REAPER_ORDERS_MAX)
        reaper_send (self, msg_error (msg, STUI_E_QUEUE_FULL,
                                      "too many terminals are cleaning up: try again", NULL));
    else {
        order_begin (self, reaper_kind (msg->verb), msg->peer, msg->ref, wish);
        return;
    }
    json_destroy (&wish);
}

/* A start under a clock far ahead of the last run's is as good as a jump, which nobody saw. */
static void
take_clock (struct reaper *self, const struct json *saved)
{
    wall_trust_load (&self->clock, saved);
    int64_t known_ms = self->clock.trusted_ms;
    wall_trust_look (&self->clock, self->now.boot_ms, self->now.wall_ms);
    if (!wall_trust_doubts (&self->clock))
        return;
    self->suspended_ms = self->now.mono_ms + WALL_TRUST_RUN_MS - self->clock.doubted_ms;
    reaper_event (
        self, "", "reaper_suspended",
        "the clock is %lld days ahead of when stui last ran: no session is cleaned away by "
        "itself until stui has run for a day by it",
        (long long) (self->now.wall_ms - known_ms) / 86400000);
}

static void
take_loaded (struct reaper *self, const struct msg *msg)
{
    self->load_ref = 0;
    if (msg->verb != MSG_OK) {
        self->load_ms = self->now.mono_ms + LOAD_AGAIN_MS;
        for (size_t index = 0; index < self->order_count; index++)
            order_refuse (self, self->orders[index], msg);
        return;
    }
    struct json *result = json_parse_text (msg_text (msg, 0));
    const struct json *saved = json_get (result, "reaper");
    self->ran_ms = json_get_number (saved, "ran_ms", 0);
    reaper_absences_read (self, json_get (saved, "away"));
    if (json_is_object (json_get (saved, "counts"))) {
        json_destroy (&self->counts);
        self->counts = json_copy (json_get (saved, "counts"));
    }
    take_clock (self, json_get (saved, "clock"));
    json_destroy (&result);
    self->loaded = true;
    self->stepped_ms = self->now.mono_ms;
    orders_start (self);
}

/* What it sees is all that there is: keys that it does not meet are forgotten. */
static bool
order_forgets (const struct reaper_order *order)
{
    return order->kind == REAPER_CLEAN && !order->wish;
}

/* Some of its list. */
static void
order_read (struct reaper *self, struct reaper_order *order)
{
    if (reaper_choose (self, order)) {
        reaper_go_on (self);
        return;
    }
    free (order->list);
    order->list = NULL;
    if (order_forgets (order))
        reaper_meet_end (self);
}

/* One at a time: the oldest. */
static void
orders_read (struct reaper *self)
{
    for (size_t index = 0; index < self->order_count; index++)
        if (self->orders[index]->list) {
            order_read (self, self->orders[index]);
            reaper_go_on (self); /* there may be others */
            return;
        }
}

static void
take_list (struct reaper *self, struct reaper_order *order, const struct msg *msg)
{
    order->listing = 0;
    if (msg->verb != MSG_OK) {
        order_refuse (self, order, msg);
        return;
    }
    order->list = stui_strdup (msg_text (msg, 0));
    json_walk_begin (&order->walk, order->list, "sessions");
    if (order_forgets (order))
        reaper_meet_begin (self);
    order_read (self, order);
}

/* One that comes when nobody waits for it any more: what was frozen for it goes on. */
static void
take_late (struct reaper *self, const struct msg *msg, const struct json *result)
{
    const char *id = json_get_text (result, "session");
    if (id && json_get_bool (result, "may", false))
        reaper_send (self, msg_new (msg->peer, MSG_REAPED, 0, id, (uint64_t) REAPER_STAYS));
}

static void
take_flight (struct reaper *self, const struct msg *msg)
{
    struct json *result = msg->verb == MSG_OK ? json_parse_text (msg_text (msg, 0)) : NULL;
    size_t index = 0;
    while (index < REAPER_FLIGHTS && self->flights[index].ref != msg->ref)
        index++;
    if (index < REAPER_FLIGHTS) {
        struct reaper_flight flight = self->flights[index];
        self->flights[index].ref = 0;
        row_answered (self, &flight, result, result ? NULL : msg_text (msg, 1));
    }
    else
        take_late (self, msg, result);
    json_destroy (&result);
}

void
reaper_answer (struct reaper *self, const struct msg *msg, struct reaper_now now)
{
    reaper_enter (self, now);
    if (msg->ref == 0)
        return; /* to nothing that was asked */
    struct reaper_order *lists = NULL;
    for (size_t index = 0; index < self->order_count && !lists; index++)
        if (self->orders[index]->listing == msg->ref)
            lists = self->orders[index];
    if (msg->ref == self->load_ref)
        take_loaded (self, msg);
    else if (lists)
        take_list (self, lists, msg);
    else
        take_flight (self, msg);
    reaper_pump (self);
}

/* Supervisors that do not answer are not waited for. */
static void
flights_expire (struct reaper *self)
{
    for (size_t index = 0; index < REAPER_FLIGHTS; index++) {
        struct reaper_flight flight = self->flights[index];
        if (!flight.ref || flight.due_ms > self->now.mono_ms)
            continue;
        self->flights[index].ref = 0;
        row_answered (self, &flight, NULL, "its supervisor gave no answer: try again");
    }
}

void
reaper_time (struct reaper *self, struct reaper_now now)
{
    if (!self->begun || now.mono_ms < reaper_deadline (self))
        return;
    reaper_enter (self, now);
    if (!self->loaded) {
        reaper_load (self);
        return;
    }
    if (self->returned_ms <= now.mono_ms)
        reaper_forget (self);
    self->go_on_ms = STUI_NEVER;
    flights_expire (self);
    orders_read (self);
    reaper_pump (self);
    if (now.mono_ms < self->stepped_ms + self->step_ms)
        return;
    reaper_count (self);
    reaper_save (self);
    if (orders_of (self, false) == 0) {
        order_begin (self, REAPER_CLEAN, NULL, 0, NULL);
        order_begin (self, REAPER_DROP, NULL, 0, NULL);
    }
}

int64_t
reaper_deadline (const struct reaper *self)
{
    if (!self->loaded)
        return self->load_ms;
    int64_t due_ms = self->stepped_ms + self->step_ms;
    due_ms = self->returned_ms < due_ms ? self->returned_ms : due_ms;
    due_ms = self->go_on_ms < due_ms ? self->go_on_ms : due_ms;
    for (size_t index = 0; index < REAPER_FLIGHTS; index++)
        if (self->flights[index].ref && self->flights[index].due_ms < due_ms)
            due_ms = self->flights[index].due_ms;
    return due_ms;
}
