/* supervise_history.c: one image's connections as they begin and end (history.h), told to the store:
 * when an attempt fails first, when it is online, when that ends; never in between. And that somebody
 * works with the image. Pure but for the heap.
 *
 * A connection that comes about at the first attempt was not down before. Of one that failed first
 * the outage counts from when the image was wanted: the end of the connection before, or the start. */

#include "actors/supervise.h"

#include <stdlib.h>

#include "runtime/json.h"

static bool
is_recorded (const struct supervise *self)
{
    return !self->probe && !self->finishing;
}

/* The connection as it is becomes the newest that waits to be saved. */
static void
connection_push (struct supervise *self)
{
    struct json *kept = json_array ();
    size_t left = json_count (self->connections);
    for (const struct json *old = json_first (self->connections); old; old = json_next (old))
        if (left-- < SUPERVISE_CONNECTIONS_MAX
            && json_get_number (old, "seq", 0) != (int64_t) self->connection.seq)
            json_push (kept, json_copy (old));
    json_push (kept, history_row_to_json (&self->connection));
    json_destroy (&self->connections);
    self->connections = kept;
}

static void
connection_advance (struct supervise *self)
{
    history_row_advance (&self->connection, self->now_ms - self->connection_ms);
    self->connection_ms = self->now_ms;
}

/* The next one, DOWN_MS long already. */
static void
connection_begin (struct supervise *self, bool reconnect, int64_t down_ms)
{
    self->connection = (struct history_row){
        .seq = self->connection.seq + 1,
        .from_ms = self->wall_ms - down_ms,
        .down_ms = down_ms,
        .reconnect = reconnect,
    };
    self->connection_ms = self->now_ms;
    self->connected = true;
}

void
supervise_history_want (struct supervise *self)
{
    if (self->connected || self->wanted_ms != STUI_NEVER)
        return;
    self->wanted_ms = self->now_ms;
    self->wanted_attempt = self->attempt;
}

void
supervise_history_online (struct supervise *self)
{
    if (!is_recorded (self))
        return;
    if (self->connected)
        connection_advance (self);
    else
        connection_begin (self, false, 0);
    self->connection.online_at_ms = self->wall_ms;
    self->connection.attempts = self->attempt - self->wanted_attempt;
    self->wanted_ms = STUI_NEVER;
    connection_push (self);
}

void
supervise_history_end (struct supervise *self, bool failed, const char *cause, const char *text)
{
    self->wanted_ms = STUI_NEVER;
    if (!self->connected || !is_recorded (self))
        return;
    connection_advance (self);
    if (self->connection.online_at_ms == 0)
        self->connection.attempts = self->attempt - self->wanted_attempt;
    history_row_end (&self->connection, self->wall_ms, failed, cause, text);
    self->connected = false;
    connection_push (self);
}

void
supervise_history_fail (struct supervise *self, bool was_up)
{
    if (!is_recorded (self) || (self->connected && !was_up))
        return;
    int64_t down_ms = self->wanted_ms != STUI_NEVER ? self->now_ms - self->wanted_ms : 0;
    if (was_up) {
        supervise_history_end (self, true, stui_trouble_word (self->trouble), self->cause.text);
        self->wanted_attempt = self->attempt;
    }
    connection_begin (self, was_up, down_ms);
    connection_push (self);
}

/* One message at a time, like events. */
void
supervise_history_flush (struct supervise *self)
{
    if (self->connections_out || json_count (self->connections) == 0)
        return;
    char *text = json_print (self->connections);
    uint64_t ref = supervise_ask (self, ASK_CONNECTIONS, NULL);
    supervise_send (self, msg_new ("store", MSG_CONNECTION_SAVE, ref, self->name, text));
    free (text);
    json_destroy (&self->connections);
    self->connections = json_array ();
    self->connections_out = true;
}

void
supervise_used (struct supervise *self)
{
    if (self->used_ms != STUI_NEVER && self->now_ms - self->used_ms < SUPERVISE_USED_MS)
        return;
    self->used_ms = self->now_ms;
    supervise_send (self, msg_new ("store", MSG_IMAGE_USED, 0, self->name));
}
