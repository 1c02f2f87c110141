/* supervise_transcript.c: one image's transcript: subscribed to after each claim from where the last link
 * ended, kept (transcript.h), handed on to whoever asks, its position and tail stored with what is known of
 * the image. All events that the image can send are subscribed to, for then their numbers tell whether
 * one is missing: it is asked for again. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/wire.h"

enum {
    EVENTS_MAX = 16,          /* of the protocol: names in one subscribe */
    SAVE_MS = 2000,           /* after the first text that is not stored */
    NEWS_MS = 250,            /* between two reports that there is more of it */
    WAIT_UNTIL_CAUGHT_UP = 2, /* of transcript_get */
    PAGE_BYTES = 262144,      /* of text in one answer, at most */
};

static const char event_prefix[] = "event:";

/* The events that its hello says it can send; none: it has no transcript for us. Caller owns. */
static struct json *
event_names (const struct supervise *self)
{
    struct json *hello = self->hello ? json_parse_text (self->hello) : NULL;
    struct json *names = json_array ();
    bool subscribes = false, has_transcript = false;
    const struct json *word = json_first (json_get (hello, "capabilities"));
    for (; word; word = json_next (word)) {
        const char *text = json_text (word);
        if (!text)
            continue;
        subscribes = subscribes || strcmp (text, "subscribe") == 0;
        has_transcript = has_transcript || strcmp (text, "event:transcript") == 0;
        if (strncmp (text, event_prefix, strlen (event_prefix)) == 0
            && json_count (names) < EVENTS_MAX)
            json_push (names, json_string (text + strlen (event_prefix)));
    }
    json_destroy (&hello);
    if (!subscribes || !has_transcript)
        json_destroy (&names);
    return names;
}

/* Asks for what comes after the last event that is known. */
static void
subscribe (struct supervise *self)
{
    struct json *names = event_names (self);
    if (!names)
        return;
    transcript_begin (&self->transcript, self->boot_id, self->wall_ms);
    struct json *parameters = json_object ();
    json_set (parameters, "events", names);
    json_set_number (parameters, "last_seq", self->transcript.seq);
    char *text = json_print (parameters);
    struct request *request =
        requests_add (&self->requests, REQUEST_SUBSCRIBE, "subscribe", self->now_ms);
    supervise_wire_send (self, request, text);
    free (text);
    json_destroy (&parameters);
}

void
supervise_transcript_online (struct supervise *self)
{
    self->transcript_quiet_seq = 0;
    if (self->claimed)
        subscribe (self);
}

/* There is more of it, or its position is another one. */
static void
note_news (struct supervise *self)
{
    if (self->transcript_save_ms == STUI_NEVER)
        self->transcript_save_ms = self->now_ms + SAVE_MS;
    if (self->report_ms == STUI_NEVER)
        self->report_ms = self->now_ms + NEWS_MS;
}

void
supervise_transcript_subscribed (struct supervise *self, const struct json *result)
{
    bool first = self->transcript.seq == 0;
    uint64_t before = self->transcript.last;
    int64_t last = json_get_number (result, "last_seq", 0);
    transcript_subscribed (&self->transcript, json_get_number (result, "oldest_seq", 1), last,
                           self->wall_ms);
    /* What happened before anybody here heard of it is no event of now. */
    self->transcript_quiet_seq = first ? last : self->transcript_quiet_seq;
    if (self->transcript.last != before)
        note_news (self);
}

void
supervise_transcript_event (struct supervise *self, const struct wire_message *message)
{
    bool counted = self->transcript.boot[0] && message->seq > 0;
    bool is_text = strcmp (message->event, "transcript") == 0;
    if (counted) {
        uint64_t before = self->transcript.last;
        const char *text = is_text ? json_get_text (message->data, "text") : NULL;
        int64_t at_ms = clock_parse (json_get_text (message->json, "timestamp"));
        if (at_ms <= 0 || at_ms > self->wall_ms) /* its clock runs ahead */
            at_ms = self->wall_ms;
        enum transcript_step step = transcript_event (
            &self->transcript, message->seq, json_get_text (message->json, "session_id"), text,
            is_text ? json_get_number (message->data, "lost_bytes", 0) : 0, at_ms);
        if (step == TRANSCRIPT_MISSED
            && !requests_find_about (&self->requests, REQUEST_SUBSCRIBE, ""))
            subscribe (self);
        if (self->transcript.last != before)
            note_news (self);
        if (step != TRANSCRIPT_TAKEN || message->seq <= self->transcript_quiet_seq)
            return;
    }
    if (strcmp (message->event, "image_saved") == 0
        || strcmp (message->event, "image_quitting") == 0)
        supervise_event (self, message->event, "the image said so");
}

/* ---- Who asks for it --------------------------------------------------------------------------- */

/* Why there is none, for whoever looks at it; NULL: there is, as far as is known. */
static const char *
transcript_lack (const struct supervise *self)
{
    struct json *names = self->rep || !self->hello ? NULL : event_names (self);
    bool has = names != NULL;
    json_destroy (&names);
    if (supervise_is_alias (self))
        return "it is another route to an image that is known: its transcript is under that name";
    if (self->rep)
        return "it knows the seven session commands only: it sends no transcript";
    return self->hello && !has ? "the server in the image sends no transcript" : NULL;
}

/* Whether the image still has to send what it wrote before this link. */
static bool
is_behind (const struct supervise *self)
{
    return self->phase == LIFE_LIVE
           && (requests_find_about (&self->requests, REQUEST_SUBSCRIBE, "")
               || self->transcript.seq < self->transcript.sure_seq);
}

static bool
reader_is_due (const struct supervise *self, const struct supervise_reader *reader)
{
    return transcript_has_after (&self->transcript, reader->after)
           || (reader->until_caught_up && !is_behind (self));
}

static void
transcript_answer (struct supervise *self, const struct supervise_reader *reader)
{
    struct json *answer = transcript_after (&self->transcript, reader->after, reader->max_bytes);
    json_set_text (answer, "why", transcript_lack (self));
    char *text = json_print (answer);
    supervise_send (self, msg_new (reader->peer, MSG_OK, reader->ref, text));
    free (text);
    json_destroy (&answer);
}

void
supervise_transcript_get (struct supervise *self, const struct msg *msg)
{
    struct supervise_reader reader = {.ref = msg->ref, .after = msg_number (msg, 0)};
    uint64_t most = msg_number (msg, 1);
    reader.max_bytes = most < PAGE_BYTES ? (size_t) most : PAGE_BYTES;
    reader.until_caught_up = msg_number (msg, 2) == WAIT_UNTIL_CAUGHT_UP;
    snprintf (reader.peer, sizeof reader.peer, "%s", msg->peer);
    if (msg_number (msg, 2) == 0 || reader_is_due (self, &reader)) {
        transcript_answer (self, &reader);
        return;
    }
    /* The open request is the credit of whoever reads. */
    if (self->reader_count == SUPERVISE_READERS_MAX) { /* its client may be gone */
        transcript_answer (self, &self->readers[0]);
        memmove (self->readers, self->readers + 1, --self->reader_count * sizeof *self->readers);
    }
    self->readers[self->reader_count++] = reader;
}

/* ---- At the end of each step ------------------------------------------------------------------- */

int64_t
supervise_transcript_deadline (const struct supervise *self)
{
    return self->loaded ? self->transcript_save_ms : STUI_NEVER;
}

void
supervise_transcript_settle (struct supervise *self)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->reader_count; index++) {
        if (reader_is_due (self, &self->readers[index]))
            transcript_answer (self, &self->readers[index]);
        else
            self->readers[kept++] = self->readers[index];
    }
    self->reader_count = kept;
    if (self->transcript_save_ms <= self->now_ms || self->finishing)
        supervise_transcript_save (self);
}

void
supervise_transcript_save (struct supervise *self)
{
    if (self->transcript_save_ms == STUI_NEVER || !self->loaded || self->probe)
        return;
    self->transcript_save_ms = STUI_NEVER;
    supervise_image_save (self);
}

/* With encrypted sessions none of it is stored: it would lie there in plain. The next start has what the
 * image still has. */
struct json *
supervise_transcript_record (const struct supervise *self)
{
    return self->transcript.boot[0] && !self->veiled ? transcript_record (&self->transcript) : NULL;
}
