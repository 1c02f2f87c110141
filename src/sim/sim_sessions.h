/* sim_sessions.h: the sessions of a simulated image, with what clients store in them. Pure but for
 * the heap. */

#ifndef STUI_SIM_SESSIONS_H
#define STUI_SIM_SESSIONS_H

#include <stui/types.h>

struct json;
struct sim_scope;
struct sim_evaluation;
struct sim_debuggers;

enum {
    SIM_SESSIONS_PER_CLIENT = 5,
    /* Anybody may make sessions where there is no token, so all together are bounded too. */
    SIM_SESSIONS_MAX = 1000,
    SIM_SESSIONS_BYTES_MAX = 134217728, /* of names and states */
    SIM_SESSION_TIMEOUT_S = 3600,       /* without use; then it may be cleaned up */
    SIM_SESSION_TIMEOUT_MAX_S = 31536000,
    SIM_SESSION_CLEANUP_S = 300, /* between two looks for expired ones */
};

enum { SIM_SESSION_RAWS = 4 };

struct sim_raw { /* a member whose text is sent as it once came; borrowed */
    const char *key, *text;
    size_t size;
};

struct sim_session {
    char *id, *client_id, *name;                  /* owned */
    int64_t created_ms, modified_ms, accessed_ms; /* wall clock */
    int64_t timeout_s, version;
    char *state;                     /* owned: a JSON object's text */
    size_t bytes;                    /* of name and state */
    struct sim_scope *scope;         /* of its variables; the image's, NULL before the first use */
    struct sim_evaluation *running;  /* the image's; one at a time */
    struct sim_debuggers *debuggers; /* the image's; NULL: nothing is suspended */
};

/* Zeroed is a good start. */
struct sim_sessions {
    struct sim_session **items; /* owned; by creation */
    size_t count, room;
};

void sim_sessions_fini (struct sim_sessions *self);

struct sim_session *sim_sessions_find (const struct sim_sessions *self, const char *id);
/* How many of CLIENT_ID there are. */
size_t sim_sessions_of_client (const struct sim_sessions *self, const char *client_id);
/* What their names and states take, all together. */
size_t sim_sessions_bytes (const struct sim_sessions *self);
/* How many different clients have some. */
size_t sim_sessions_clients (const struct sim_sessions *self);

/* A new one, version 1; texts are copied. */
struct sim_session *sim_sessions_add (struct sim_sessions *self, const char *id,
                                      const char *client_id, const char *name, const char *state,
                                      int64_t timeout_s, int64_t wall_ms);
/* Frees *SESSION; its scope has been released. */
void sim_sessions_remove (struct sim_sessions *self, struct sim_session **session);

/* Replaces the state (copied) and raises the version. */
/* It is CLIENT_ID's from here on. */
void sim_session_give (struct sim_session *self, const char *client_id);
void sim_session_update (struct sim_session *self, const char *state, int64_t wall_ms);
bool sim_session_is_expired (const struct sim_session *self, int64_t wall_ms);

/* What the protocol tells of a session. Caller owns each. */
struct json *sim_session_description (const struct sim_session *self);
struct json *sim_session_restored (const struct sim_session *self);
struct json *sim_session_updated (const struct sim_session *self);
struct json *sim_session_info (const struct sim_session *self, int64_t wall_ms);
/* What stands in these as it came: session_state, which the last two have, and then the three parts
 * of it that only a restored one has. Borrowed from the session until it changes. */
void sim_session_raws (const struct sim_session *self, struct sim_raw raws[SIM_SESSION_RAWS]);
/* Details of a Conflict. */
struct json *sim_session_conflict (const struct sim_session *self);

#endif
