/* outcomes.c: see outcomes.h. Pure but for the heap. */

#include "actors/outcomes.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"

#define STATE_WORD "settled"

static size_t
text_bytes (const char *text)
{
    return text ? strlen (text) : 0;
}

static size_t
outcome_bytes (const struct outcome *one)
{
    return text_bytes (one->id) + text_bytes (one->tag) + text_bytes (one->result)
           + text_bytes (one->err) + text_bytes (one->text) + text_bytes (one->details);
}

static void
outcomes_remove (struct outcomes *self, size_t index)
{
    struct outcome *one = &self->items[index];
    self->bytes -= outcome_bytes (one);
    free (one->id);
    free (one->tag);
    free (one->result);
    free (one->err);
    free (one->text);
    free (one->details);
    memmove (one, one + 1, (--self->count - index) * sizeof *one);
}

void
outcomes_fini (struct outcomes *self)
{
    while (self->count > 0)
        outcomes_remove (self, self->count - 1);
    free (self->items);
    *self = (struct outcomes){0};
}

static char *
text_copy (const char *text)
{
    return text ? stui_strdup (text) : NULL;
}

/* Whether JSON, a text or NULL, is one that the store's record can have in it and still be read. */
static bool
depth_fits (const char *json)
{
    return !json || json_scan_depth (json, strlen (json), NULL) <= OUTCOMES_DEPTH_MAX;
}

/* Adds a copy of ONE as the newest. */
static void
outcomes_add (struct outcomes *self, const struct outcome *one)
{
    for (size_t index = self->count; index-- > 0;)
        if (strcmp (self->items[index].tag, one->tag) == 0)
            outcomes_remove (self, index);
    struct outcome fitting = *one;
    if (!depth_fits (one->details))
        fitting.details = NULL;
    one = &fitting;
    size_t bytes = outcome_bytes (one);
    if (bytes > OUTCOMES_BYTES_MAX || !depth_fits (one->result))
        return;
    while (self->count >= OUTCOMES_MAX || self->bytes + bytes > OUTCOMES_BYTES_MAX)
        outcomes_remove (self, 0);
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = (struct outcome){.id = text_copy (one->id),
                                                  .tag = stui_strdup (one->tag),
                                                  .result = text_copy (one->result),
                                                  .err = text_copy (one->err),
                                                  .text = text_copy (one->text),
                                                  .details = text_copy (one->details),
                                                  .at_ms = one->at_ms};
    self->bytes += bytes;
}

void
outcomes_keep (struct outcomes *self, const struct outcome *one)
{
    if (!one->tag[0])
        return;
    self->settled++;
    for (size_t index = self->count; index-- > 0;)
        if (self->items[index].at_ms < one->at_ms - OUTCOMES_AGE_MS)
            outcomes_remove (self, index);
    outcomes_add (self, one);
}

const struct outcome *
outcomes_find (const struct outcomes *self, const char *tag)
{
    for (size_t index = 0; index < self->count; index++)
        if (strcmp (self->items[index].tag, tag) == 0)
            return &self->items[index];
    return NULL;
}

const char *
outcomes_said (const char *how, int *err)
{
    static const struct {
        const char *how, *text;
        int err;
    } words[] = {
        {"drop", "it was held, and was dropped", STUI_E_NEVER_RUN},
        {"ran", "it was said that it ran; its answer is not known", STUI_E_IN_DOUBT},
        {"not-ran", "it was said that it did not run", STUI_E_NEVER_RUN},
    };
    for (size_t index = 0; index < sizeof words / sizeof *words; index++)
        if (strcmp (words[index].how, how) == 0) {
            *err = words[index].err;
            return words[index].text;
        }
    return NULL;
}

/* ---- As the store keeps them ------------------------------------------------------------------- */

struct json *
outcomes_to_json (const struct outcomes *self)
{
    struct json *list = json_array ();
    for (size_t index = 0; index < self->count; index++) {
        const struct outcome *one = &self->items[index];
        struct json *stored = json_object ();
        json_set_text (stored, "id", one->id);
        json_set_text (stored, "state", STATE_WORD);
        json_set_text (stored, "asked_by", one->tag);
        json_set_number (stored, "at_ms", one->at_ms);
        if (one->result)
            json_set (stored, "result", json_parse_text (one->result));
        else {
            json_set_text (stored, "error_type", one->err);
            json_set_text (stored, "error", one->text);
        }
        if (one->details)
            json_set (stored, "details", json_parse_text (one->details));
        json_push (list, stored);
    }
    return list;
}

bool
outcomes_is_stored (const struct json *stored)
{
    const char *state = json_get_text (stored, "state");
    return state && strcmp (state, STATE_WORD) == 0;
}

/* The JSON text of the member KEY; caller frees, NULL: there is none. */
static char *
member_print (const struct json *json, const char *key)
{
    const struct json *member = json_get (json, key);
    return member ? json_print (member) : NULL;
}

/* Borrows from STORED; false: it makes no sense. */
static bool
outcome_read (const struct json *stored, struct outcome *one)
{
    *one = (struct outcome){
        .id = (char *) json_get_text (stored, "id"),
        .tag = (char *) json_get_text (stored, "asked_by"),
        .err = (char *) json_get_text (stored, "error_type"),
        .text = (char *) json_get_text (stored, "error"),
        .at_ms = json_get_number (stored, "at_ms", 0),
    };
    return outcomes_is_stored (stored) && one->id && *one->id && one->tag && *one->tag
           && (json_is_object (json_get (stored, "result")) || (one->err && one->text));
}

void
outcomes_load (struct outcomes *self, const struct json *list, int64_t wall_ms)
{
    struct outcomes newer = *self;
    *self = (struct outcomes){.settled = newer.settled};
    for (const struct json *stored = json_first (list); stored; stored = json_next (stored)) {
        struct outcome one;
        if (!outcome_read (stored, &one) || one.at_ms < wall_ms - OUTCOMES_AGE_MS)
            continue;
        one.result =
            json_is_object (json_get (stored, "result")) ? member_print (stored, "result") : NULL;
        one.details = member_print (stored, "details");
        outcomes_add (self, &one);
        free (one.result);
        free (one.details);
    }
    for (size_t index = 0; index < newer.count; index++)
        outcomes_add (self, &newer.items[index]);
    outcomes_fini (&newer);
}
