/* model_history.c: what the terminal knows of favourites and of an image's connections (model.h). */

#include <stdio.h>
#include <string.h>

#include "runtime/json.h"
#include "ui/model.h"

void
model_apply_marks (struct model *self)
{
    for (size_t index = 0; index < self->image_count; index++)
        self->images[index].favourite = false;
    for (const struct json *one = json_first (self->favourites); one; one = json_next (one)) {
        struct model_image *image =
            json_text (one) ? (struct model_image *) model_find (self, json_text (one)) : NULL;
        if (image)
            image->favourite = true;
    }
    model_apply_marked (self);
}

void
model_take_marks (struct model *self, const struct json *answer)
{
    const struct json *favourites = json_get (answer, "favourites");
    json_destroy (&self->favourites);
    self->favourites = json_is_array (favourites) ? json_copy (favourites) : NULL;
    model_marks_read (self, json_get (answer, "marked"));
    model_apply_marks (self);
    self->recent_count = 0;
    const struct json *one = json_first (json_get (answer, "recents"));
    for (; one && self->recent_count < MODEL_RECENTS_MAX; one = json_next (one)) {
        const char *name = json_get_text (one, "name");
        struct model_recent *recent = &self->recents[self->recent_count];
        if (!name || strlen (name) >= sizeof recent->image)
            continue;
        snprintf (recent->image, sizeof recent->image, "%s", name);
        recent->used_ms = json_get_number (one, "at_ms", 0);
        self->recent_count++;
    }
}

static void
sum_take (struct model_sum *sum, const struct json *json)
{
    *sum = (struct model_sum){
        .availability = json_get_real (json, "availability", -1),
        .failures = json_get_number (json, "failures", 0),
        .mtbf_ms = json_get_number (json, "mtbf_ms", -1),
        .reconnect_p50_ms = json_get_number (json, "reconnect_p50_ms", -1),
        .reconnect_p99_ms = json_get_number (json, "reconnect_p99_ms", -1),
    };
}

void
model_take_history (struct model *self, const char *image, const struct json *answer)
{
    static const char *const windows[MODEL_WINDOW_COUNT] = {"day", "week", "ever"};
    struct model_history *history = &self->history;
    *history = (struct model_history){.count = 0};
    snprintf (history->image, sizeof history->image, "%s", image);
    for (int window = 0; window < MODEL_WINDOW_COUNT; window++)
        sum_take (&history->sums[window], json_get (answer, windows[window]));
    const struct json *row = json_first (json_get (answer, "connections"));
    for (; row && history->count < MODEL_CONNECTIONS_MAX; row = json_next (row)) {
        struct model_connection *connection = &history->connections[history->count++];
        const char *text = json_get_text (row, "text");
        connection->online_at_ms = json_get_number (row, "online_at_ms", 0);
        connection->ended_at_ms = json_get_number (row, "ended_at_ms", 0);
        connection->up_ms = json_get_number (row, "up_ms", 0);
        connection->down_ms = json_get_number (row, "down_ms", 0);
        snprintf (connection->text, sizeof connection->text, "%s", text ? text : "");
    }
}
