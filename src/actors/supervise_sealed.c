/* supervise_sealed.c: sessions of the image that do not open: which they are, and what cannot be done
 * because of it. See supervise.h. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <string.h>

#include "runtime/json.h"

void
supervise_session_seal (struct supervise *self, const struct json *result)
{
    const char *refusal = json_get_text (result, "refusal"), *why = json_get_text (result, "why");
    const char *locked = stui_session_state_word (STUI_SESSION_LOCKED);
    const struct json *record = json_first (json_get (result, "sessions"));
    json_destroy (&self->sealed);
    for (; record; record = json_next (record)) {
        const char *state = json_get_text (record, "state"),
                   *id = json_get_text (record, "session_id");
        if (!id || !state || strcmp (state, locked) != 0)
            continue;
        self->sealed = self->sealed ? self->sealed : json_object ();
        json_set_text (self->sealed, id, json_get_text (record, "reason"));
    }
    snprintf (self->refusal, sizeof self->refusal, "%s", refusal ? refusal : "");
    const char *said = refusal && *refusal ? refusal : why ? why : "";
    snprintf (self->locked, sizeof self->locked, "%s",
              json_get_bool (result, "waits", false) ? said : "");
}

bool
supervise_session_is_sealed (struct supervise *self, const struct msg *msg, const char *id)
{
    const char *why = json_get_text (self->sealed, id);
    if (why)
        supervise_mail_refuse (self, msg, STUI_E_LOCKED, "session %.40s is %s", id, why);
    return why != NULL;
}

bool
supervise_session_hides_current (struct supervise *self, const struct msg *msg)
{
    const struct json *sealed = json_first (self->sealed);
    const char *why = json_text (sealed);
    if (sealed)
        supervise_mail_refuse (self, msg, STUI_E_LOCKED,
                               "session %.40s of %s, which may be the current one, is %s; "
                               "'--session -' runs the code in none",
                               json_key (sealed), self->name, why ? why : "locked");
    return sealed != NULL;
}

bool
supervise_session_would_be_plain (struct supervise *self, const struct msg *msg)
{
    if (self->refusal[0])
        supervise_mail_refuse (self, msg, STUI_E_LOCKED, "%s", self->refusal);
    return self->refusal[0] != '\0';
}
