/* msg.h: the vocabulary of the switchboard: each verb, its fields, who sends it to whom. This
 * file is the specification; docs/architecture.md tells the journeys. Pure but for the heap.
 *
 * On the switchboard a message is one frame of texts, each ended by a NUL:
 *
 *     actor -> registry:   TO    VERB REF FIELD…      (the ROUTER puts the sender's id before)
 *     registry -> actor:   FROM  VERB REF FIELD…
 *
 * TO and FROM are filled up with NULs to MSG_PEER_SIZE bytes, so that the switchboard writes the one over the
 * other and passes the frame on as it came: fields of up to 1 MB are neither copied nor looked at there.
 *
 * TO is an actor's name ("store", "image/one": whoever bears it now) or a routing id
 * NAME#INCARNATION (that very one, or nobody). REF is a decimal number that the sender of a
 * request chose, unique among its open requests; an answer carries the same. A report has
 * REF 0. VERB is the word below; a FIELD is text: `s` a UTF-8 string, `u` an unsigned decimal
 * below 2^53, `j` a JSON value. The same messages cross the control socket as
 * {"to","verb","ref","fields":[…]}.
 *
 * Kinds: a REQUEST is answered exactly once, with `ok` or `error`: by its receiver, or by
 * registry when the receiver is unknown, full or ended. A REPORT is not answered. */

#ifndef STUI_MSG_H
#define STUI_MSG_H

#include <stui/types.h>

enum msg_kind { MSG_REPORT, MSG_REQUEST, MSG_ANSWER };

/* The last field of held_send. */
enum { MSG_SEND_ANY_IMAGE = 1, MSG_SEND_ANYWAY = 2 };

/* As session_id in a command's parameters: the session that was chosen to be current, or none. */
#define MSG_SESSION_CURRENT "current"

enum {
    MSG_FIELDS_MAX = 4,
    MSG_PEER_SIZE = STUI_ACTOR_ID_MAX + 1,
    MSG_VOCABULARY = 10, /* raised when a verb or its fields change: both ends must agree */
};

/* X (symbol, "verb", kind, "fields", "sender -> receiver: what it means") */
#define MSG_VERBS(X)                                                                                 \
    /* ---- answers ---- */                                                                          \
    X (OK, "ok", MSG_ANSWER, "j", "anybody -> requester: the result, an object")                     \
    X (ERROR, "error", MSG_ANSWER, "ssj",                                                            \
       "anybody -> requester: error_type, a sentence, details (an object)")                          \
    /* ---- an actor's life ---- */                                                                  \
    X (UP, "up", MSG_REPORT, "",                                                                     \
       "every actor -> registry: its first message; nothing is sent to it before")                   \
    X (ENDED, "ended", MSG_REPORT, "s",                                                              \
       "every actor -> registry: its last message, all else torn down; why, or empty when told "     \
       "to")                                                                                         \
    X (ACTOR_ENDED, "actor_ended", MSG_REPORT, "ss",                                                 \
       "registry -> main: an actor that main started ended: its name, why")                          \
    X (ABANDONED, "abandoned", MSG_REPORT, "su",                                                     \
       "registry -> main: the supervisor of this image answered nothing and was given up; how "      \
       "many such threads there are now. Image empty: one of them has ended after all")              \
    X (TICK, "tick", MSG_REPORT, "u",                                                                \
       "registry -> supervisor: it has been silent for some seconds: a number to be answered")       \
    X (TOCK, "tock", MSG_REPORT, "u",                                                                \
       "supervisor -> registry: the tick's number; or, beside a ping and unasked, 0: it lives")      \
    X (LISTENING, "listening", MSG_REPORT, "s",                                                      \
       "control -> main: clients may come: the socket's path")                                       \
    X (FINISH, "finish", MSG_REPORT, "", "registry -> supervisor: save, answer what is open, end")   \
    X (DRAIN, "drain", MSG_REQUEST, "",                                                              \
       "main -> registry: end all supervisors; ok {} when they have ended, or 2 s passed. "          \
       "main -> control: take nobody and nothing more; ok {} when clients have their answers")       \
    X (SHUTDOWN, "shutdown", MSG_REQUEST, "",                                                        \
       "terminal -> main: stop everything in order; answered before it begins")                      \
    /* ---- the fleet: registry ---- */                                                              \
    X (OPENED, "opened", MSG_REPORT, "su",                                                           \
       "store -> registry, control, main: client_id, generation; no claim before this")              \
    X (STORE_TROUBLE, "store_trouble", MSG_REPORT, "s",                                              \
       "store -> registry: nothing can be written at the moment, and why; empty: all is well "       \
       "again")                                                                                      \
    X (MARKS_CHANGED, "marks_changed", MSG_REPORT, "u",                                              \
       "store -> registry: favourites, marks or layouts changed, so often since it began: "          \
       "terminals read them again")                                                                  \
    X (NETWORK_CHANGED, "network_changed", MSG_REPORT, "s",                                          \
       "netwatch -> registry: interfaces, addresses or routes changed, or this machine slept: a "    \
       "sentence. main -> registry: this process was stopped and goes on")                           \
    X (IMAGES, "images", MSG_REPORT, "j",                                                            \
       "main -> registry: the whole list of images with their settings (config.h says which)")       \
    X (CONNECT, "connect", MSG_REQUEST, "j",                                                         \
       "terminal -> registry: start supervisors; [names], or [] for all; ok {} once all are up")     \
    X (WATCH, "watch", MSG_REQUEST, "u",                                                             \
       "terminal -> registry: states newer than this version, as soon as there are any: "            \
       "ok {version, images: [state…], removed: [name…], store_trouble, marks: how often they "  \
       "changed, alerts: [{kind, image, text, bell, notify}…]}; the open request is the credit")     \
    X (STATE, "state", MSG_REQUEST, "j",                                                             \
       "supervisor -> registry: its newest state; one on its way at a time, ok is the credit")       \
    X (JUDGE, "judge", MSG_REQUEST, "ss",                                                            \
       "supervisor -> registry: image_id, boot_id just introduced; "                                 \
       "ok {verdict: ours|new|alias|copy|moved, other: name}")                                       \
    X (PERMIT, "permit", MSG_REQUEST, "u",                                                           \
       "supervisor -> registry: may I attempt; consecutive failures; ok {} when granted")            \
    X (PERMIT_RETURN, "permit_return", MSG_REPORT, "", "supervisor -> registry: attempt over")       \
    X (PROBE, "probe", MSG_REQUEST, "j",                                                             \
       "terminal -> registry: try {address, token?, token_secret?} without claiming: "               \
       "ok {hello…, latency_ms, sessions} or error with details {phase}")                            \
    X (CLEANUP, "cleanup", MSG_REQUEST, "j",                                                         \
       "terminal -> registry: {images?: [name…], states?: [word…], sessions?: [id or "           \
       "{session_id, image_id?, image?}…], older_ms?, do?}: which sessions would go into the "     \
       "archive, why and how old they are; with `do` they "                                          \
       "go: ok {sessions: [{session_id, image, image_id, name, state, age_ms, why, done, kept?, "    \
       "until?}…], undo_for_s, suspended?}")                                                         \
    X (UNDO_CLEANUP, "undo_cleanup", MSG_REQUEST, "j",                                               \
       "terminal -> registry: {sessions?: as for `cleanup`, all?}: brings these back out of the "    \
       "archive, as stored; neither: only lists it: ok {sessions: [{session_id, image, image_id, "   \
       "name, "                                                                                      \
       "state, archived_at, until, why, bytes, done, kept?}…]}")                                     \
    X (ALERTS_SNOOZE, "alerts_snooze", MSG_REQUEST, "u",                                             \
       "terminal -> registry: no alerts for so many minutes; 0: alerts again; ok {}")                \
    X (ADOPT_STORED, "adopt_stored", MSG_REQUEST, "j",                                               \
       "terminal -> registry: {image, sessions?: as for `cleanup`, all?, undo?}: sessions kept "     \
       "under the id of an image that is not there any more, which could be this one's; these, "     \
       "or all, are "                                                                                \
       "from then on. With `undo` those that were adopted so go back, from any image: "              \
       "ok {sessions: [{session_id, image, image_id, name, state, why, bytes, done, kept?}…]}")      \
    /* ---- one image: supervisor ---- */                                                            \
    X (COMMAND, "command", MSG_REQUEST, "sjus",                                                      \
       "terminal -> supervisor: wire command, its parameters, ms to wait for online, a tag; "        \
       "ok: the wire reply's result; error: the reply's error, or InDoubt, NeverRun, Unreachable")   \
    X (HOLD, "hold", MSG_REQUEST, "sjus",                                                            \
       "terminal -> supervisor: as `command`, of a command that carries code; but what was not "     \
       "sent "                                                                                       \
       "in that time is held: error Held with details {id} once that is stored")                     \
    X (HELD_LIST, "held_list", MSG_REQUEST, "",                                                      \
       "terminal -> supervisor: ok {held: [{id, state, command, code, mode, session_id, "            \
       "asked_at, "                                                                                  \
       "asked_by, why, cut}…]}: what is held and what is in doubt, oldest first")                    \
    X (HELD_SEND, "held_send", MSG_REQUEST, "susu",                                                  \
       "terminal -> supervisor: sends the held one with this id: ms to wait for online, a tag, "     \
       "the "                                                                                        \
       "sum of 1: also to another image than it was asked of; 2: also in a session that was made "   \
       "anew since; "                                                                                \
       "answered as `command` is; what was not sent stays held")                                     \
    X (HELD_DROP, "held_drop", MSG_REQUEST, "s",                                                     \
       "terminal -> supervisor: forgets the held one with this id; ok {} once that is stored")       \
    X (DOUBT_RESOLVE, "doubt_resolve", MSG_REQUEST, "ss",                                            \
       "terminal -> supervisor: the one in doubt with this id: ran, not-ran: forgotten; again: "     \
       "held "                                                                                       \
       "from now on; ok {} once that is stored")                                                     \
    X (AWAIT, "await", MSG_REQUEST, "s",                                                             \
       "terminal -> supervisor: what became of the code that was asked for with this tag, whose "    \
       "answer did not arrive: as `command` answers it, once it does; error Held as long as it "     \
       "is "                                                                                         \
       "held, InDoubt when nobody can say, NotFound when nothing is known of it (any more), "        \
       "InvalidRequest when the tag is empty; it may stay open until the image is back, takes "      \
       "none "                                                                                       \
       "of the image's places, and is QueueFull beyond 256 of them")                                 \
    X (INTERRUPT, "interrupt", MSG_REQUEST, "s",                                                     \
       "terminal -> supervisor: interrupt the command with this tag (empty: what runs); "            \
       "ok {interrupted, how}")                                                                      \
    X (TRANSCRIPT_GET, "transcript_get", MSG_REQUEST, "uuu",                                         \
       "terminal -> supervisor: after this position, at most so many bytes of text, 1 to wait "      \
       "until "                                                                                      \
       "there is some, 2 until the image has sent all it has: ok {entries: [{position, at_ms, "      \
       "kind: text|gap|start, text, boot_id, seq, "                                                  \
       "session_id?}…], first, last: the positions there are, why: there is none, or null}")         \
    X (RETRY, "retry", MSG_REQUEST, "", "terminal -> supervisor: try now, backoff anew; ok {}")      \
    X (LOOK, "look", MSG_REPORT, "s",                                                                \
       "registry -> supervisor: look whether the link still stands, and wait no longer before "      \
       "the next attempt; why. netwatch -> supervisor: its tunnel is up: also one that has given "   \
       "up for want of it tries again")                                                              \
    X (DISABLE, "disable", MSG_REQUEST, "",                                                          \
       "terminal -> supervisor: let go of the image until retry; ok {}")                             \
    X (SESSION_LIST, "session_list", MSG_REQUEST, "",                                                \
       "terminal -> supervisor: ok {sessions: […]}")                                                 \
    X (SESSION_NEW, "session_new", MSG_REQUEST, "sj",                                                \
       "terminal -> supervisor: name, first context; ok: the session, once it is stored, and "       \
       "made "                                                                                       \
       "on an image that answers; with gave_place: {session_id, name} of another whose variables "   \
       "went for it")                                                                                \
    X (SESSION_SHOW, "session_show", MSG_REQUEST, "s",                                               \
       "terminal -> supervisor: session id; ok: the session with its context")                       \
    X (SESSION_EDIT, "session_edit", MSG_REQUEST, "sj",                                              \
       "terminal -> supervisor: session id, fields of the context to replace; ok {version}")         \
    X (SESSION_LEASE, "session_lease", MSG_REQUEST, "ss",                                            \
       "terminal -> supervisor: session id, terminal id: the edit lease is this terminal's; "        \
       "ok {holder} once what the holder before it wrote is stored")                                 \
    X (SESSION_RELEASE, "session_release", MSG_REQUEST, "ss",                                        \
       "terminal -> supervisor: session id, terminal id: this terminal lets the edit lease go; "     \
       "ok {holder} once what it wrote is stored; PermissionDenied when another has it")             \
    X (TERMINAL_GONE, "terminal_gone", MSG_REPORT, "s",                                              \
       "control -> registry, registry -> supervisor: the terminal of this id has left, or was "      \
       "killed: it edits nothing any more")                                                          \
    X (ASKER_GONE, "asker_gone", MSG_REPORT, "u",                                                    \
       "control -> supervisor: nobody waits for the answer to the request with this ref of its "     \
       "any "                                                                                        \
       "more")                                                                                       \
    X (SESSION_WRITE, "session_write", MSG_REQUEST, "ssj",                                           \
       "terminal -> supervisor: session id, terminal id, fields of the context to replace; "         \
       "ok {change} once stored; PermissionDenied when another terminal holds the lease")            \
    X (SESSION_WATCH, "session_watch", MSG_REQUEST, "sus",                                           \
       "terminal -> supervisor: session id, a change, a state or \"\" for any: as soon as it is "    \
       "at another: "                                                                                \
       "ok: the session with its change, holder, and unless only its state is another, context; "    \
       "as session_resolve when a conflict was settled")                                             \
    X (SESSION_RESTORE, "session_restore", MSG_REQUEST, "s",                                         \
       "terminal -> supervisor: open a stored session; ok: the session once restored or "            \
       "preserved; with recreated: true when its variables are gone, as_of: a time when they "       \
       "are older than what is known of them, and gave_place as above")                              \
    X (SESSION_CLOSE, "session_close", MSG_REQUEST, "sus",                                           \
       "terminal -> supervisor: session id, 1 to close also one that a terminal edits (else: "       \
       "PermissionDenied), by whom (the terminal's id, or a command in words), which is "            \
       "closed_by "                                                                                  \
       "of the session as long as this stui runs; kept as closed; ok {session_id, closed, "          \
       "already?}: it was "                                                                          \
       "so "                                                                                         \
       "before")                                                                                     \
    X (SESSION_SET, "session_set", MSG_REQUEST, "sj",                                                \
       "terminal -> supervisor: session id, {name?, note?, tags?, current?: code that names no "     \
       "session runs in it}; ok: the session, once stored")                                          \
    X (SESSION_IMPORT, "session_import", MSG_REQUEST, "ju",                                          \
       "terminal -> supervisor: a session as exports have it; 0 to keep it stored, 1 to open it, "   \
       "2 only to look whether it could be taken; ok: the session, once stored, or {already}: "      \
       "it is there as it is; "                                                                      \
       "InvalidRequest says what is wrong")                                                          \
    X (SESSION_RESOLVE, "session_resolve", MSG_REQUEST, "ss",                                        \
       "terminal -> supervisor: id of a session in conflict, mine, theirs or both: which version "   \
       "is kept; ok: the session, once the image has settled it, with theirs_taken: true when it "   \
       "is the image's version now, and mine_is: {session_id, name} of the session that ours is")    \
    X (SESSION_LEFT, "session_left", MSG_REQUEST, "",                                                \
       "terminal -> supervisor: the sessions that the image has, of all clients: ok {image_id, "     \
       "orphaned, sessions: [{session_id, client_id, name, state (ours, in use, orphaned), why, "    \
       "adoptable, last_used, age_ms, bytes}...]}")                                                  \
    X (SESSION_ADOPT, "session_adopt", MSG_REQUEST, "s",                                             \
       "terminal -> supervisor: the image's id of a session whose client is gone: it becomes one "   \
       "of "                                                                                         \
       "this profile, with its variables where the image hands it over; ok: the session, once "      \
       "stored")                                                                                     \
    X (MAY_REAP, "may_reap", MSG_REQUEST, "su",                                                      \
       "registry -> supervisor: session id, generation: may it go into the archive; "                \
       "ok {may, why, session, generation}: as which it may, after what was on its way to the "      \
       "store; then it is frozen until `reaped`, or until somebody touches it")                      \
    X (REAPED, "reaped", MSG_REPORT, "su",                                                           \
       "registry -> supervisor: session id, 1: it is in the archive, 2: it is another image's "      \
       "now, "                                                                                       \
       "forget it; 0: it is not, go on")                                                             \
    X (RETURNED, "returned", MSG_REPORT, "j",                                                        \
       "registry -> supervisor: a session's record, out of the archive again; {image_id} alone: "    \
       "one may be, though that failed: what is stored is read anew")                                \
    /* ---- store ---- */                                                                            \
    X (CLAIM_NEXT, "claim_next", MSG_REQUEST, "su",                                                  \
       "supervisor -> store: raise the claim counter of image_id, synced; and the generation, "      \
       "when "                                                                                       \
       "it is not above the second field (0: it is): the user takes the image back from another "    \
       "stui; ok {client_id, generation, counter}")                                                  \
    X (IMAGE_LOAD, "image_load", MSG_REQUEST, "s",                                                   \
       "supervisor -> store: what was learnt of image NAME; ok {image: {…} or null, connection: "  \
       "the number of its last one}; one that was left open is ended")                               \
    X (IMAGE_SAVE, "image_save", MSG_REQUEST, "sj",                                                  \
       "supervisor -> store: what was learnt of image NAME; ok {} when synced")                      \
    X (HELD_LOAD, "held_load", MSG_REQUEST, "s",                                                     \
       "anybody -> store: what image NAME has held and in doubt: ok {held: as held.h has it, "       \
       "with "                                                                                       \
       "`settled` as outcomes.h has it, or null}; NAME empty, of all images: ok {images: {NAME: "    \
       "[as `held_list` says]…}, locked, "                                                         \
       "why}")                                                                                       \
    X (HELD_SAVE, "held_save", MSG_REQUEST, "sj",                                                    \
       "supervisor -> store: the whole of image NAME's; ok {} when synced")                          \
    X (HELD_SETTLE, "held_settle", MSG_REQUEST, "sss",                                               \
       "terminal -> store: of an image that is on the list no more: its name, an id, and drop, "     \
       "ran, "                                                                                       \
       "not-ran or again, as `held_drop` and `doubt_resolve` mean them; ok {} when synced")          \
    X (CONNECTION_SAVE, "connection_save", MSG_REQUEST, "sj",                                        \
       "supervisor -> store: image NAME, [connection…] as history.h has them; ok {} when synced")    \
    X (IMAGE_USED, "image_used", MSG_REPORT, "s",                                                    \
       "supervisor -> store: somebody works with image NAME")                                        \
    X (IMAGE_HISTORY, "image_history", MSG_REQUEST, "su",                                            \
       "terminal -> store: image NAME, so many of its connections at most; "                         \
       "ok {connections: [newest first…], day, week, ever}")                                         \
    X (IMAGE_MARK, "image_mark", MSG_REQUEST, "su",                                                  \
       "terminal -> store: image NAME, 1: it is a favourite, 0: no more; ok {} when synced")         \
    X (IMAGE_MARKS, "image_marks", MSG_REQUEST, "",                                                  \
       "terminal -> store: ok {favourites: [name…], recents: [{name, at_ms}…], newest first, "   \
       "marked: [name…], layouts: [{name, panes}…]}")                                                \
    X (IMAGES_MARKED, "images_marked", MSG_REQUEST, "j",                                             \
       "terminal -> store: {mark: [name…], unmark: [name…]}: what changes of the "               \
       "images that are marked by hand; ok {} when synced")                                          \
    X (LAYOUT_SAVE, "layout_save", MSG_REQUEST, "sju",                                               \
       "terminal -> store: a layout's name, its panes as panes.h records them, or null: it is "      \
       "deleted; 1: also in place of one that is there, which is Exists else; ok {} when synced")    \
    X (SESSIONS_LOAD, "sessions_load", MSG_REQUEST, "s",                                             \
       "anybody -> store: all sessions of an IMAGE key; ok {sessions: [record…], damaged, "        \
       "locked, why, encrypted, refusal: why none can be saved now, or empty, waits: a key may "     \
       "be "                                                                                         \
       "given yet}; of one that is encrypted and does not open, of which there are LOCKED, "         \
       "{session_id, image_id, image or null, state: locked, reason, last_modified, generation, "    \
       "bytes}; "                                                                                    \
       "IMAGE empty: of all images, without contexts")                                               \
    X (SESSION_VERSIONS, "session_versions", MSG_REQUEST, "ss",                                      \
       "terminal -> store: IMAGE key, session id; ok {versions: [record with generation and "        \
       "written_at…]}, the good ones that are stored, newest first")                                 \
    X (SESSION_SAVE, "session_save", MSG_REQUEST, "ssjj",                                            \
       "supervisor -> store: IMAGE key, session id, record, {base, state}: the marks of the "        \
       "context that it builds on and of its own; ok {generation, encrypted} when synced, or "       \
       "Conflict: another one is stored by now")                                                     \
    X (ARCHIVE, "archive", MSG_REQUEST, "ssuj",                                                      \
       "registry -> store: IMAGE key, session id, the generation that is meant, {why, ran_ms}: "     \
       "moves it into the archive; ok {} when synced")                                               \
    X (ARCHIVE_LIST, "archive_list", MSG_REQUEST, "",                                                \
       "registry -> store: ok {sessions: [record without context, with archived: {at_ms, why, "      \
       "ran_ms}…]}")                                                                                 \
    X (ARCHIVE_UNDO, "archive_undo", MSG_REQUEST, "ss",                                              \
       "registry -> store: IMAGE key, session id: back out of the archive, as stored; "              \
       "ok {session: record} when synced")                                                           \
    X (ARCHIVE_DROP, "archive_drop", MSG_REQUEST, "ss",                                              \
       "registry -> store: IMAGE key, session id: it is deleted from the archive; ok {} when "       \
       "synced")                                                                                     \
    X (SESSION_CARRY, "session_carry", MSG_REQUEST, "ssuj",                                          \
       "registry -> store: IMAGE key, session id, the generation that is meant, {to: another "       \
       "key, "                                                                                       \
       "image, same, from?}, see store_archive.h: it is stored under the other one; "                \
       "ok {session: record} when synced")                                                           \
    X (REAPER_LOAD, "reaper_load", MSG_REQUEST, "",                                                  \
       "registry -> store: ok {reaper: {…} or null}, as it was saved last")                          \
    X (REAPER_SAVE, "reaper_save", MSG_REQUEST, "j",                                                 \
       "registry -> store: {ran_ms, away: {IMAGE key: ms}, counts: {IMAGE: what was reaped}}; "      \
       "ok {} when synced")                                                                          \
    X (EVENTS_PUT, "events_put", MSG_REQUEST, "j",                                                   \
       "anybody -> store: [{at_ms, image, kind, text, details?}…]; ok {last_seq} when synced")       \
    X (EVENTS_GET, "events_get", MSG_REQUEST, "uuu",                                                 \
       "terminal -> store: after this seq, at most so many, 1 to wait until there is one; "          \
       "ok {events: [{seq, at_ms, image, kind, text, details?}…], last_seq}")                        \
    X (STORE_STATUS, "store_status", MSG_REQUEST, "",                                                \
       "terminal -> store: ok {path, degraded, cause, images, sessions, events, generation, "        \
       "exports, losses: [{at_ms, image, session_id, generation, used}…], reaped: the counts of "  \
       "reaper_save, …}")                                                                            \
    X (STORE_CHECK, "store_check", MSG_REQUEST, "u",                                                 \
       "terminal -> store: 0: reads everything and says what is wrong; 1: puts it right and "        \
       "clears away: ok {records, damaged, missing, quarantined, databases_aside, exported, "        \
       "exports_damaged: how many, export_damaged: the newest of them, plain_sessions}")             \
    X (BACKUP, "backup", MSG_REQUEST, "uj",                                                          \
       "terminal -> store: part N of a backup, from 0 on, in order; with part 0 {key, argon2id} "    \
       "of "                                                                                         \
       "a passphrase that is to open its secrets, or {}: "                                           \
       "ok {text, more, records, complete}; another terminal's backup ends this one")                \
    /* ---- store: secrets; a key is 64 hex digits, by vault.h and crypt.h ---- */                   \
    X (SECRET_GET, "secret_get", MSG_REQUEST, "s",                                                   \
       "supervisor -> store: the secret of this name, for a token; ok {value}; Locked while its "    \
       "key "                                                                                        \
       "is not there")                                                                               \
    X (SECRET_SET, "secret_set", MSG_REQUEST, "ss",                                                  \
       "terminal -> store: name, value; ok {} when synced")                                          \
    X (SECRET_REMOVE, "secret_remove", MSG_REQUEST, "s",                                             \
       "terminal -> store: name; ok {} when synced")                                                 \
    X (SECRET_LIST, "secret_list", MSG_REQUEST, "",                                                  \
       "terminal -> store: ok {names: […], state, why, encrypt_sessions, "                         \
       "argon2id: {salt, operations, memory_bytes} or null, aside: [{at_ms, secrets, argon2id}…] " \
       "of resets}; never values")                                                                   \
    X (VAULT_UNLOCK, "vault_unlock", MSG_REQUEST, "s",                                               \
       "terminal -> store: the key, or empty to look at the key file again; ok {}")                  \
    X (VAULT_REKEY, "vault_rekey", MSG_REQUEST, "ssj",                                               \
       "terminal -> store: the key so far (empty: in the key file), the new one, its argon2id; "     \
       "empty and {}: one in the key file; ok {} when all is sealed anew and synced")                \
    X (VAULT_RESET, "vault_reset", MSG_REQUEST, "",                                                  \
       "terminal -> store: sets all secrets and their key aside; ok {}")                             \
    X (VAULT_RESTORE, "vault_restore", MSG_REQUEST, "s",                                             \
       "terminal -> store: brings back what was set aside and this key opens (empty: one in a "      \
       "file); "                                                                                     \
       "ok {secrets: [name…], kept: [those that were set anew…], quarantined: how many records " \
       "of "                                                                                         \
       "secrets stay damaged under quarantine/} when synced")                                        \
    X (VAULT_DISCARD, "vault_discard", MSG_REQUEST, "",                                              \
       "terminal -> store: deletes what was set aside; ok {resets: how many} when synced")           \
    X (VAULT_ENCRYPT, "vault_encrypt", MSG_REQUEST, "",                                              \
       "terminal -> store: sessions are encrypted when they are saved; ok {was: they were "          \
       "already}")                                                                                   \
    X (ENCRYPT_SESSIONS, "encrypt_sessions", MSG_REPORT, "u",                                        \
       "main -> store: 1: sessions are encrypted when they are saved; 0: no longer. Unsaid: as "     \
       "it "                                                                                         \
       "was")                                                                                        \
    X (SECRETS_CHANGED, "secrets_changed", MSG_REPORT, "s",                                          \
       "store -> registry: images that wait for a secret may be tried at once; why")                 \
    /* ---- netwatch, worker ---- */                                                                 \
    X (RESOLVE, "resolve", MSG_REQUEST, "s",                                                         \
       "supervisor -> netwatch: host name or address; ok {addresses: [numeric…]}")                   \
    X (TUNNEL, "tunnel", MSG_REQUEST, "ssu",                                                         \
       "supervisor -> netwatch: [USER@]HOST[:PORT] of SSH, an address as seen from there, 1: try "   \
       "at "                                                                                         \
       "once, whatever failed before: ok {endpoint} of this machine that leads there; error with "   \
       "details {trouble}")                                                                          \
    X (TUNNEL_WHY, "tunnel_why", MSG_REQUEST, "ss",                                                  \
       "supervisor -> netwatch: via and address whose connection was closed before it served: "      \
       "error with details {trouble} when ssh said why; else ok {}")                                 \
    X (TUNNEL_LEFT, "tunnel_left", MSG_REPORT, "s",                                                  \
       "supervisor -> netwatch: this via is not used any more by who says so")                       \
    X (FILE_READ, "file_read", MSG_REQUEST, "s",                                                     \
       "terminal -> worker: absolute path, at most 10 MB of UTF-8; ok {text}")                       \
    X (FILE_WRITE, "file_write", MSG_REQUEST, "ssu",                                                 \
       "terminal -> worker: absolute path, text, 1 to write over a file; written beside and "        \
       "renamed; ok {bytes}")                                                                        \
    X (ALERT, "alert", MSG_REPORT, "j",                                                              \
       "registry -> alerter: {kind, image, text, run?}: kept as an event; run: the user's "          \
       "command "                                                                                    \
       "for the shell, run beside")                                                                  \
    /* ---- main: the configuration and the process ---- */                                          \
    X (STATUS, "status", MSG_REQUEST, "",                                                            \
       "terminal -> main: ok {profile, owner_pid, uptime_s, version, config, state_dir, once: "      \
       "clients started it for themselves}")                                                         \
    X (IMAGE_ADD, "image_add", MSG_REQUEST, "sj",                                                    \
       "terminal -> main: name, {address, …}; the configuration is changed; ok {} after registry " \
       "knows")                                                                                      \
    X (IMAGE_SET, "image_set", MSG_REQUEST, "sj",                                                    \
       "terminal -> main: name, {key: value…}, null takes a key away; the configuration is "       \
       "changed; ok {} after registry knows")                                                        \
    X (IMAGE_REMOVE, "image_remove", MSG_REQUEST, "s", "terminal -> main: name; ok {}")              \
    X (CONFIG_GET, "config_get", MSG_REQUEST, "s",                                                   \
       "terminal -> main: image name, or empty for all; ok {images: [settings…]}, no secrets")       \
    /* ---- a terminal process: main, relay, ui ---- */                                              \
    X (LINKED, "linked", MSG_REPORT, "u", "relay -> ui: attached to the owner with this pid")        \
    X (UNLINKED, "unlinked", MSG_REPORT, "s",                                                        \
       "relay -> ui: attached to nobody, and why: a sentence; again whenever that changes. "         \
       "What was open is answered before the first")                                                 \
    X (STALLED, "stalled", MSG_REPORT, "s",                                                          \
       "relay -> ui: linked, but the owner is stopped: a sentence; empty: it goes on. What is "      \
       "open stays open")                                                                            \
    X (RESIZED, "resized", MSG_REPORT, "", "main -> ui: the terminal has another size")              \
    X (SUSPEND, "suspend", MSG_REQUEST, "",                                                          \
       "main -> ui: give the terminal back, this process is to stop; ok {} when done")               \
    X (RESUME, "resume", MSG_REPORT, "",                                                             \
       "main -> ui, relay: this process goes on after a stop. "                                      \
       "ui -> relay: the user wants to be attached to an owner now, a new one if need be")           \
    X (OWNER_WANTED, "owner_wanted", MSG_REPORT, "",                                                 \
       "ui -> relay: there is text to be stored: an owner that was stopped by order is started")     \
    X (CONFIG_STALE, "config_stale", MSG_REPORT, "",                                                 \
       "ui -> main: the owner read the configuration again; this terminal's part is to be, too")     \
    X (CONFIGURED, "configured", MSG_REPORT, "sjus",                                                 \
       "main -> ui: the theme, or empty: it stays; keys, [[command, keys, line]…]; 1: they are "   \
       "others; what is wrong, then all stays as it is, else empty")                                 \
    X (QUIT_NOW, "quit_now", MSG_REPORT, "s", "main -> ui: save and end; why")

enum msg_verb {
#define X(symbol, word, kind, fields, meaning) MSG_##symbol,
    MSG_VERBS (X)
#undef X
        MSG_VERB_COUNT
};

/* One message, sent or received: one piece of memory, its fields behind it. */
struct msg {
    char peer[STUI_ACTOR_ID_MAX + 1]; /* who it is to, or who it came from */
    enum msg_verb verb;
    uint64_t ref;
    int field_count;
    const char
        *fields[MSG_FIELDS_MAX]; /* one behind the other: in `text`, or in a letter's frame */
    size_t text_size;            /* of all fields together, with a NUL after each */
    char text[];                 /* the fields of a message that has its own */
};

/* The verb's row in the table above; static text. */
const char *msg_word (enum msg_verb verb);
enum msg_kind msg_kind (enum msg_verb verb);
const char *msg_fields (enum msg_verb verb);
const char *msg_meaning (enum msg_verb verb);

/* Whether it may bring a command to an image: then nobody can say whether that ran when its receiver
 * ends before it answers. */
bool msg_reaches_image (enum msg_verb verb);

/* Whether a client of the control socket may send it: a request whose row says "terminal -> " or
 * "anybody -> ". */
bool msg_is_for_clients (enum msg_verb verb);

/* The verb of WORD, or -1. */
int msg_verb_from_word (const char *word);

/* Makes a message to (or from) PEER. The fields follow as the verb's row says: `s` and `j`
 * take a const char * (copied, NULL counts as "" or "{}"), `u` takes a uint64_t.
 * Caller owns the result. */
struct msg *msg_new (const char *peer, enum msg_verb verb, uint64_t ref, ...);

/* The answer `ok` or `error` to REQUEST, addressed to the very incarnation that asked.
 * RESULT is JSON text (NULL: "{}"). Caller owns the result. */
struct msg *msg_ok (const struct msg *request, const char *result);
struct msg *msg_error (const struct msg *request, int err, const char *text, const char *details);

/* Makes a message from received texts, all copied. Checks verb, number and form of the fields
 * (a `j` field only for balance of nothing: whoever reads it parses it). Returns NULL and
 * fills CAUSE with STUI_E_UNKNOWN_VERB or STUI_E_MALFORMED. Caller owns the result. */
struct msg *msg_from_texts (const char *peer, const char *word, const char *ref,
                            const char *const *fields, int field_count, struct stui_cause *cause);

/* The two steps of that for a message whose fields stay where they are, in SIZE bytes of TEXT, each ended by
 * a NUL: PEER, verb and ref, without fields; then the fields, borrowed. 0, or the error in CAUSE; then
 * SELF has no fields. */
int msg_read_envelope (struct msg *self, const char *peer, const char *word, const char *ref,
                       struct stui_cause *cause);
int msg_read_fields (struct msg *self, const char *text, size_t size, struct stui_cause *cause);

/* The same message with fields of its own. Caller owns the result. */
struct msg *msg_copy (const struct msg *msg);

/* Field INDEX as text (borrowed until the message goes) or as a number. Asserts on a wrong
 * index: form was checked when the message was made. */
const char *msg_text (const struct msg *msg, int index);
uint64_t msg_number (const struct msg *msg, int index);

/* Frees *MSG and clears it; accepts NULL. */
void msg_destroy (struct msg **msg);

#endif
