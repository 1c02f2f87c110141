/* frame.c: see frame.h. In: bytes, messages. Out: frames. Pure but for the heap. */

#include "runtime/frame.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"
#include "runtime/utf8.h"

/* A reader that holds more than this and is empty gives the memory back: frames of megabytes
 * are rare, clients stay for months. */
static const size_t reader_keeps_bytes = 1 << 20;

/* Makes room in *BYTES for SIZE bytes, doubling. */
static void
frame_reserve (char **bytes, size_t *capacity, size_t size)
{
    if (size <= *capacity)
        return;
    size_t wanted = *capacity ? *capacity : 4096;
    while (wanted < size)
        wanted *= 2;
    *bytes = stui_realloc (*bytes, wanted);
    *capacity = wanted;
}

/* ---- bytes in ---- */

static void
reader_compact (struct frame_reader *self)
{
    if (self->taken == 0)
        return;
    self->size -= self->taken;
    memmove (self->bytes, self->bytes + self->taken, self->size);
    self->taken = 0;
    if (self->size == 0 && self->capacity > reader_keeps_bytes)
        frame_reader_fini (self);
}

void
frame_feed (struct frame_reader *self, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    reader_compact (self);
    frame_reserve (&self->bytes, &self->capacity, self->size + size);
    memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
}

int
frame_take (struct frame_reader *self, struct json **json, struct stui_cause *cause)
{
    *json = NULL;
    size_t waiting = self->size - self->taken;
    if (waiting < FRAME_HEAD_BYTES)
        return 0;
    const unsigned char *head = (const unsigned char *) self->bytes + self->taken;
    size_t length =
        (size_t) head[0] << 24 | (size_t) head[1] << 16 | (size_t) head[2] << 8 | head[3];
    if (length > FRAME_MAX)
        return stui_fail (cause, STUI_E_TOO_LARGE,
                          "a frame of %zu bytes was announced, and at most %d are accepted", length,
                          FRAME_MAX);
    if (waiting - FRAME_HEAD_BYTES < length)
        return 0;
    struct json *taken = json_parse ((const char *) head + FRAME_HEAD_BYTES, length, cause);
    if (!taken)
        return STUI_E_MALFORMED;
    if (!json_is_object (taken)) {
        json_destroy (&taken);
        return stui_fail (cause, STUI_E_MALFORMED, "a frame holds JSON that is not an object");
    }
    self->taken += FRAME_HEAD_BYTES + length;
    *json = taken;
    return 1;
}

bool
frame_is_inside (const struct frame_reader *self)
{
    return self->size > self->taken;
}

void
frame_reader_fini (struct frame_reader *self)
{
    if (!self)
        return;
    free (self->bytes);
    *self = (struct frame_reader){0};
}

/* ---- frames out ---- */

char *
frame_encode (const char *text, size_t length, size_t *size)
{
    assert (length <= FRAME_MAX);
    char *frame = stui_realloc (NULL, FRAME_HEAD_BYTES + length);
    for (int byte = 0; byte < FRAME_HEAD_BYTES; byte++)
        frame[byte] = (char) (length >> (24 - 8 * byte));
    memcpy (frame + FRAME_HEAD_BYTES, text, length);
    *size = FRAME_HEAD_BYTES + length;
    return frame;
}

char *
frame_encode_json (const struct json *json, size_t *size)
{
    char *text = json_print (json);
    char *frame = frame_encode (text, strlen (text), size);
    free (text);
    return frame;
}

/* As frame_encode_json, of an object that is not needed any more. */
static char *
frame_encode_away (struct json *json, size_t *size)
{
    char *frame = frame_encode_json (json, size);
    json_destroy (&json);
    return frame;
}

char *
frame_hello (int64_t pid, size_t *size)
{
    struct json *hello = json_object ();
    json_set_text (hello, "stui", STUI_VERSION);
    json_set_number (hello, "vocabulary", MSG_VOCABULARY);
    json_set_number (hello, "pid", pid);
    return frame_encode_away (hello, size);
}

int
frame_hello_check (const struct json *json, bool we_own, int64_t pid, struct stui_cause *cause)
{
    const char *refusal = json_get_text (json, "error");
    if (refusal)
        return stui_fail (cause, STUI_E_UNSUPPORTED, "%s", refusal);
    const char *version = json_get_text (json, "stui");
    int64_t vocabulary = json_get_number (json, "vocabulary", -1);
    int64_t peer = json_get_number (json, "pid", 0);
    if (!version || vocabulary < 0)
        return stui_fail (cause, STUI_E_MALFORMED,
                          "the first frame on the control socket is not a hello of stui");
    if (strcmp (version, STUI_VERSION) == 0 && vocabulary == MSG_VOCABULARY)
        return 0;
    static const char advice[] = "quit that owner, or use the same version";
    if (we_own)
        return stui_fail (cause, STUI_E_UNSUPPORTED,
                          "this owner is stui %s (vocabulary %d) with pid %" PRId64
                          ", you are stui %.20s (vocabulary %" PRId64 "): %s",
                          STUI_VERSION, MSG_VOCABULARY, pid, version, vocabulary, advice);
    return stui_fail (cause, STUI_E_UNSUPPORTED,
                      "the owner is stui %.20s (vocabulary %" PRId64 ") with pid %" PRId64
                      ", this is stui %s (vocabulary %d): %s",
                      version, vocabulary, peer, STUI_VERSION, MSG_VOCABULARY, advice);
}

char *
frame_stopped (const char *sentence, size_t *size)
{
    struct json *stopped = json_object ();
    json_set_text (stopped, "stopped", sentence);
    return frame_encode_away (stopped, size);
}

const char *
frame_stopped_text (const struct json *json)
{
    return json_get_text (json, "stopped");
}

char *
frame_ack (uint64_t ref, size_t *size)
{
    struct json *ack = json_object ();
    json_set_number (ack, "ack", (int64_t) ref);
    return frame_encode_away (ack, size);
}

/* Put together by hand: an answer of megabytes is copied often enough without a tree of each part. */
char *
frame_part (uint64_t ref, const char *text, size_t length, size_t *offset, size_t *size)
{
    assert (*offset < length);
    size_t piece = utf8_cut (text + *offset, length - *offset, FRAME_PART_BYTES);
    char *words = json_quote (text + *offset, piece);
    *offset += piece;
    const char *after = *offset < length ? ",\"more\":true}" : ",\"more\":false}";
    char before[48];
    snprintf (before, sizeof before, "{\"ref\":%" PRIu64 ",\"part\":", ref);
    char *part = stui_realloc (NULL, strlen (before) + strlen (words) + strlen (after) + 1);
    char *end = stpcpy (stpcpy (stpcpy (part, before), words), after);
    char *frame = frame_encode (part, (size_t) (end - part), size);
    free (words);
    free (part);
    return frame;
}

/* ---- messages ---- */

/* A piece of a frame's text. */
struct piece {
    const char *text;
    char *own; /* what is to be freed: TEXT, or NULL */
    size_t size;
};

static struct piece
piece_own (char *text)
{
    return (struct piece){text, text, strlen (text)};
}

/* Field INDEX of MSG as it stands in a frame; its text is NULL, with CAUSE, when a frame cannot carry it.
 * JSON is looked through, not made into a tree, and borrowed: an answer may be of megabytes. */
static struct piece
frame_field (const struct msg *msg, int index, struct stui_cause *cause)
{
    const char *text = msg_text (msg, index);
    char form = msg_fields (msg->verb)[index];
    if (form == 'j') {
        size_t size = strlen (text);
        int depth = json_scan_depth (text, size, cause);
        if (depth > FRAME_DEPTH_MAX)
            stui_fail (cause, STUI_E_TOO_LARGE,
                       "the JSON of '%s' is nested deeper than the %d levels that a frame carries",
                       msg_word (msg->verb), FRAME_DEPTH_MAX);
        bool fits = depth >= 0 && depth <= FRAME_DEPTH_MAX;
        return (struct piece){.text = fits ? text : NULL, .size = size};
    }
    struct json *value =
        form == 's' ? json_string (text) : json_number ((int64_t) msg_number (msg, index));
    char *printed = json_print (value);
    json_destroy (&value);
    return piece_own (printed);
}

/* The members before the fields, without the closing bracket. */
static char *
frame_begin (const struct msg *msg, uint64_t ref)
{
    struct json *frame = json_object ();
    if (msg_kind (msg->verb) != MSG_ANSWER)
        json_set_text (frame, "to", msg->peer);
    json_set_text (frame, "verb", msg_word (msg->verb));
    json_set_number (frame, "ref", (int64_t) ref);
    char *text = json_print (frame);
    json_destroy (&frame);
    text[strlen (text) - 1] = '\0';
    return text;
}

char *
frame_text (const struct msg *msg, uint64_t ref, struct stui_cause *cause)
{
    static const char before[] = ",\"fields\":[", after[] = "]}";
    struct piece pieces[MSG_FIELDS_MAX + 1] = {piece_own (frame_begin (msg, ref))};
    int count = 1;
    size_t room = pieces[0].size + sizeof before + sizeof after + MSG_FIELDS_MAX;
    for (int index = 0; index < msg->field_count && pieces[count - 1].text; index++, count++) {
        pieces[count] = frame_field (msg, index, cause);
        room += pieces[count].size;
    }
    char *text = pieces[count - 1].text ? stui_realloc (NULL, room) : NULL, *at = text;
    for (int index = 0; text && index < count; index++) {
        at = stpcpy (at, index > 1 ? "," : "");
        at = (char *) mempcpy (at, pieces[index].text, pieces[index].size);
        at = stpcpy (at, index == 0 ? before : "");
    }
    if (text)
        at = stpcpy (at, after);
    while (count > 0)
        free (pieces[--count].own);
    if (text && at - text > FRAME_MAX) {
        stui_fail (cause, STUI_E_TOO_LARGE, "the '%s' is of %zu bytes, and a frame carries %d",
                   msg_word (msg->verb), (size_t) (at - text), FRAME_MAX);
        free (text);
        return NULL;
    }
    return text;
}

/* The text of a field of FORM on the switchboard, owned by the caller; NULL when VALUE does
 * not fit. A negative number prints with its sign, which msg_from_texts refuses. */
static char *
field_text (char form, const struct json *value)
{
    switch (form) {
    case 's':
        return json_is_string (value) ? stui_strdup (json_text (value)) : NULL;
    case 'u':
        return json_is_number (value) ? json_print (value) : NULL;
    default:
        return json_print (value);
    }
}

/* Checks all of a message but its fields' values; its verb, or an error with CAUSE. */
static int
frame_check (const struct json *json, struct stui_cause *cause)
{
    const char *to = json_get_text (json, "to");
    const char *word = json_get_text (json, "verb");
    const struct json *fields = json_get (json, "fields");
    if (!word || json_get_number (json, "ref", 0) <= 0 || !json_is_array (fields))
        return stui_fail (cause, STUI_E_MALFORMED,
                          "a frame needs a \"verb\", a \"ref\" above 0 and an array of \"fields\"");
    int verb = msg_verb_from_word (word);
    if (verb < 0)
        return stui_fail (cause, STUI_E_UNKNOWN_VERB, "there is no verb '%.40s'", word);
    size_t wanted = strlen (msg_fields ((enum msg_verb) verb));
    if (json_count (fields) != wanted)
        return stui_fail (cause, STUI_E_MALFORMED, "'%s' has %zu fields, and came with %zu", word,
                          wanted, json_count (fields));
    if (msg_kind ((enum msg_verb) verb) != MSG_ANSWER
        && !(to && *to && strlen (to) <= STUI_ACTOR_ID_MAX))
        return stui_fail (cause, STUI_E_MALFORMED,
                          "'%s' came without the name of an actor in \"to\"", word);
    return verb;
}

/* Where the fields of a frame stand in its text. */
struct span {
    const char *text;
    size_t size;
};

struct spans {
    struct span items[MSG_FIELDS_MAX];
    size_t count; /* of all that came, which may be more */
};

/* As frame_msg. With SPANS the fields that are JSON are taken from there, as they stand. */
static struct msg *
frame_make (const struct json *json, const struct spans *spans, const char *peer, uint64_t *ref,
            struct stui_cause *cause)
{
    int64_t number = json_get_number (json, "ref", 0);
    if (ref)
        *ref = number > 0 ? (uint64_t) number : 0;
    int checked = frame_check (json, cause);
    if (checked < 0)
        return NULL;
    enum msg_verb verb = (enum msg_verb) checked;
    const char *form = msg_fields (verb);
    char *texts[MSG_FIELDS_MAX] = {0};
    int count = 0;
    const struct json *value = json_first (json_get (json, "fields"));
    while (value) {
        bool stands = spans && form[count] == 'j';
        texts[count] = stands ? stui_strndup (spans->items[count].text, spans->items[count].size)
                              : field_text (form[count], value);
        if (!texts[count])
            break;
        count++;
        value = json_next (value);
    }
    struct msg *msg = NULL;
    if (value) {
        stui_fail (cause, STUI_E_MALFORMED, "field %d of '%s' is not a %s", count + 1,
                   msg_word (verb), form[count] == 's' ? "string" : "number");
    }
    else {
        char digits[24];
        snprintf (digits, sizeof digits, "%" PRId64, number);
        bool is_answer = msg_kind (verb) == MSG_ANSWER;
        msg = msg_from_texts (is_answer ? peer : json_get_text (json, "to"), msg_word (verb),
                              digits, (const char *const *) texts, count, cause);
    }
    while (count > 0)
        free (texts[--count]);
    return msg;
}

struct msg *
frame_msg (const struct json *json, const char *peer, uint64_t *ref, struct stui_cause *cause)
{
    return frame_make (json, NULL, peer, ref, cause);
}

/* ---- parts put together ---- */

bool
frame_is_part (const struct json *json, uint64_t *ref)
{
    int64_t number = json_get_number (json, "ref", 0);
    if (!json_get_text (json, "part") || number <= 0)
        return false;
    *ref = (uint64_t) number;
    return true;
}

int
frame_join (struct frame_join *self, const struct json *part, struct stui_cause *cause)
{
    const char *piece = json_get_text (part, "part");
    if (!piece || !*piece)
        return stui_fail (cause, STUI_E_MALFORMED, "a part of an answer has no text");
    size_t length = strlen (piece);
    if (self->size + length > FRAME_MAX)
        return stui_fail (cause, STUI_E_TOO_LARGE,
                          "the parts of one answer are more than the %d bytes of a frame",
                          FRAME_MAX);
    frame_reserve (&self->text, &self->capacity, self->size + length);
    memcpy (self->text + self->size, piece, length);
    self->size += length;
    return json_get_bool (part, "more", false) ? 0 : 1;
}

/* What a frame is made of, before its fields are looked at. */
struct opened {
    struct json *members; /* owned: those of one line */
    const char *fields;   /* NULL: there is no such array */
    size_t fields_size;
};

static void
opened_member (void *context, const char *key, size_t key_size, const char *value,
               size_t value_size)
{
    static const char *const small[] = {"to", "verb", "ref"};
    static const char fields[] = "fields";
    struct opened *self = context;
    for (size_t index = 0; index < sizeof small / sizeof *small; index++)
        if (key_size == strlen (small[index]) && memcmp (key, small[index], key_size) == 0)
            json_set (self->members, small[index], json_parse (value, value_size, NULL));
    if (key_size == sizeof fields - 1 && memcmp (key, fields, key_size) == 0 && *value == '[') {
        self->fields = value;
        self->fields_size = value_size;
    }
}

static void
spans_add (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    (void) key, (void) key_size;
    struct spans *self = context;
    if (self->count < MSG_FIELDS_MAX)
        self->items[self->count] = (struct span){value, value_size};
    self->count++;
}

struct msg *
frame_join_msg (const struct frame_join *self, const char *peer, struct stui_cause *cause)
{
    struct opened opened = {.members = json_object ()};
    struct spans spans = {.count = 0};
    struct msg *msg = NULL;
    int err = json_scan_object (self->text, self->size, opened_member, &opened, cause);
    if (!err && opened.fields)
        err = json_scan_array (opened.fields, opened.fields_size, spans_add, &spans, cause);
    if (!err) {
        const char *word = json_get_text (opened.members, "verb");
        int verb = msg_verb_from_word (word ? word : "");
        const char *form = verb < 0 ? "" : msg_fields ((enum msg_verb) verb);
        struct json *fields = json_array ();
        for (size_t index = 0; index < spans.count; index++) {
            bool is_kept = index >= strlen (form) || form[index] == 'j';
            const struct span *span = is_kept ? NULL : &spans.items[index];
            struct json *value = is_kept ? NULL : json_parse (span->text, span->size, NULL);
            json_push (fields, value ? value : json_null ());
        }
        if (opened.fields)
            json_set (opened.members, "fields", fields);
        else
            json_destroy (&fields);
        msg = frame_make (opened.members, &spans, peer, NULL, cause);
    }
    json_destroy (&opened.members);
    return msg;
}

void
frame_join_fini (struct frame_join *self)
{
    if (!self)
        return;
    free (self->text);
    *self = (struct frame_join){0};
}
