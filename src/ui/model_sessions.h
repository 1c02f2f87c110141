/* model_sessions.h: the sessions that the terminal knows of: all that are stored, and of images with
 * a supervisor what that says of theirs. Owned by the ui. Pure but for the heap. */

#ifndef STUI_UI_MODEL_SESSIONS_H
#define STUI_UI_MODEL_SESSIONS_H

#include <stui/types.h>

#include "ui/model.h"
#include "ui/theme.h"

struct json;

struct model_session {
    char id[STUI_UUID_LEN + 1];
    char image[STUI_NAME_MAX + 1];
    char *key; /* owned: the id of the image that it is kept under; NULL: not known */
    char *name, *note, *tags, *reason; /* owned; all but the name may be NULL */
    enum stui_session_state state;
    bool conflict;
    bool live;  /* a supervisor has said so, not the store */
    bool saved; /* of a live one */
    int64_t modified_ms, bytes, evaluations, errors;
};

enum { MODEL_SESSIONS_FILTER_MAX = 128 }; /* bytes */

struct model_sessions {
    struct model_session *items; /* owned; by image, the youngest first, closed ones last */
    size_t count, capacity;
    size_t selected;
    char of[STUI_NAME_MAX + 1];             /* only those of this image; empty: all */
    char filter[MODEL_SESSIONS_FILTER_MAX]; /* only those that hold it; empty: all */
    bool listed;                            /* the store has answered */
};

void model_sessions_fini (struct model_sessions *self);

/* Two images may have sessions of one id: one is a copy of the other, or a session was exported from
 * one and imported into the other. */

/* The store's answer, all sessions of the profile: what is not in it is forgotten. What supervisors
 * said of the others stays until they say something else. */
void model_sessions_take_stored (struct model_sessions *self, const struct json *sessions);
/* Those of images that are not in MODEL's list are stored, whatever they were when it was removed. */
void model_sessions_store_unlisted (struct model_sessions *self, const struct model *model);
/* What the supervisor of IMAGE has. */
void model_sessions_take_live (struct model_sessions *self, const char *image,
                               const struct json *sessions);

/* Shows only those of IMAGE ("": all); the same session stays selected where it is shown. */
void model_sessions_show (struct model_sessions *self, const char *image);
/* Shows only those of which a text that is shown holds FILTER. */
void model_sessions_set_filter (struct model_sessions *self, const char *filter);
/* How many are shown, and the one at PLACE of them (NULL beyond). Borrowed until the next answer. */
size_t model_sessions_count (const struct model_sessions *self);
const struct model_session *model_sessions_at (const struct model_sessions *self, size_t place);
/* The one under the cursor; NULL when none is shown. */
const struct model_session *model_sessions_selected (const struct model_sessions *self);
void model_sessions_select (struct model_sessions *self, size_t place);
/* Puts the cursor on session ID of IMAGE; false: it is not shown. */
bool model_sessions_select_id (struct model_sessions *self, const char *image, const char *id);

/* The session to go on with in IMAGE ("": in any): the one changed last that is not closed; NULL: there
 * is none. Filters do not count. Borrowed until the next answer. */
const struct model_session *model_sessions_resume (const struct model_sessions *self,
                                                   const char *image);

/* The role and the symbol (one column; static text) of a session's state. */
enum role model_session_role (const struct model_session *session);
const char *model_session_symbol (const struct model_session *session);

#endif
