/* store.h: the actor that owns LevelDB and the state directory. Nobody else touches either.
 *
 * It answers claim_next, image_load, image_save, sessions_load, session_save, events_put,
 * events_get and store_status (msg.h says with what), and reports `opened` to registry,
 * control and main once profile and database are its own and the generation is on the disk.
 *
 * - A write is confirmed (`ok`) after its synced batch. While the disk refuses, writes are
 *   answered StorageError at once. Its details are {"kept":true} when the newest body is held
 *   in memory and written as soon as the database works again: a session or image may be sent
 *   again to have it confirmed; an event may not, it would come twice. A claim is not kept.
 * - What was put is seen by loads before it is written.
 * - The members "generation" and "bytes" of a session are the store's: set when it is loaded,
 *   dropped when it is saved. "generation" is 0 when nothing of it is on the disk yet.
 * - events_get: last_seq is where to go on. While the database cannot be read it is answered with
 *   none, or waits. A request that waits is answered by the next
 *   event; the oldest of more than 256 waiting ones is answered empty.
 * - On a disk that refuses at the start too it is degraded from the beginning, if it knows the
 *   profile's identity from elsewhere; reads and claims are refused until the database opens.
 * - When it cannot start, `ended` says why: an error word, a colon and a sentence; the word is
 *   "ProfileOwned" when another process holds the profile. */

#ifndef STUI_ACTORS_STORE_H
#define STUI_ACTORS_STORE_H

#include <stui/actor.h>

struct engine_functions;

/* Whether sessions are encrypted, from before anybody can save one. */
enum store_encrypts { STORE_ENCRYPTS_AS_BEFORE, STORE_ENCRYPTS_NOTHING, STORE_ENCRYPTS_SESSIONS };

/* actor_args.extra of the store; copied. */
struct store_args {
    const char *state_dir;                 /* the profile's: STATE_HOME/stui/PROFILE */
    const struct engine_functions *engine; /* static; NULL: LevelDB */
    enum store_encrypts encrypts;
};

void store_actor (zsock_t *pipe, void *args);

#endif
