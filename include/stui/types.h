/* types.h: the words that every part of stui shares: limits, errors, states. No functions
 * with state, no outside library. Who may include it: everybody. */

#ifndef STUI_TYPES_H
#define STUI_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STUI_VERSION "0.1.0"

/* ---- Limits, each with its reason ------------------------------------------------------ */

enum {
    STUI_NAME_MAX = 64,       /* bytes of an image name, [A-Za-z0-9._-] */
    STUI_PROFILE_MAX = 32,    /* bytes of a profile name, same alphabet */
    STUI_UUID_LEN = 36,       /* text form, lower case, without NUL */
    STUI_ACTOR_ID_MAX = 96,   /* NAME#INCARNATION: "image/" + 64 + '#' + 20 digits */
    STUI_CAUSE_MAX = 256,     /* bytes of a sentence that a user will read */
    STUI_ADDRESS_MAX = 300,   /* tcp://HOST:PORT; a DNS name has at most 253 bytes */
    STUI_VIA_MAX = 320,       /* [USER@]HOST[:PORT] of SSH, with its NUL */
    STUI_IMAGE_ROOM = 64,     /* requests that one image may owe an answer to */
    STUI_TERMINAL_ROOM = 256, /* requests that one terminal (or CLI) may have open */
    STUI_JSON_DEPTH = 64,     /* nesting accepted from a peer, the disk or a user */
    STUI_TOKEN_MAX = 1024,    /* bytes of a token */
};

#define STUI_MESSAGE_MAX      10485760 /* bytes of one wire message, both ways (fixed) */
#define STUI_RECEIVE_MAX      (STUI_MESSAGE_MAX + 65536) /* what our socket takes before it cuts */
#define STUI_SESSION_MAX      1048576                    /* bytes of one session's record */
#define STUI_SESSION_NAME_MAX 128                        /* bytes of a session's name */
#define STUI_NEVER            INT64_MAX                  /* a deadline that does not come */

/* ---- Errors ------------------------------------------------------------------------------
 * Functions return 0 (or a count) or a negative enum stui_err. The word is what --json, the
 * control socket and the switchboard carry as error_type; those of the wire protocol keep the
 * protocol's own spelling. */

#define STUI_ERRORS(X)                                                                             \
    /* the wire protocol's own */                                                                  \
    X (INVALID_REQUEST, "InvalidRequest")                                                          \
    X (UNKNOWN_COMMAND, "UnknownCommand")                                                          \
    X (AUTHENTICATION, "AuthenticationError")                                                      \
    X (PERMISSION, "PermissionDenied")                                                             \
    X (FENCED, "Fenced")                                                                           \
    X (SESSION_NOT_FOUND, "SessionNotFound")                                                       \
    X (SESSION_LIMIT, "SessionLimitExceeded")                                                      \
    X (SESSION, "SessionError")                                                                    \
    X (CONFLICT, "Conflict")                                                                       \
    X (EVALUATION, "EvaluationError")                                                              \
    X (COMPILE, "CompileError")                                                                    \
    X (CLASS_NOT_FOUND, "ClassNotFound")                                                           \
    X (METHOD_NOT_FOUND, "MethodNotFound")                                                         \
    X (OBJECT_NOT_FOUND, "ObjectNotFound")                                                         \
    X (TIMEOUT, "Timeout")                                                                         \
    X (TOO_LARGE, "MessageTooLarge")                                                               \
    X (UNSUPPORTED, "UnsupportedOperation")                                                        \
    X (INTERNAL, "InternalError")                                                                  \
    /* stui's own */                                                                               \
    X (MALFORMED, "Malformed") /* bytes that are not what they should be */                        \
    X (NOT_FOUND, "NotFound")  /* no such image, key, file */                                      \
    X (EXISTS, "AlreadyExists")                                                                    \
    X (QUEUE_FULL, "QueueFull")     /* no room reserved for an answer */                           \
    X (ACTOR_ENDED, "ActorEnded")   /* the receiver ended before it answered */                    \
    X (UNREACHABLE, "Unreachable")  /* the image is not online; nothing was sent */                \
    X (NEVER_RUN, "NeverRun")       /* the image says it has not begun it */                       \
    X (IN_DOUBT, "InDoubt")         /* nobody can say whether it ran */                            \
    X (HELD, "Held")                /* it was not sent, and is kept to be sent later */            \
    X (UNKNOWN_VERB, "UnknownVerb") /* an actor was asked for what it does not do */               \
    X (OWNED, "ProfileOwned")       /* another process holds the profile */                        \
    X (LOCKED, "Locked")            /* a secret is needed, and its key is not there */             \
    X (STORAGE, "StorageError")     /* the database or the disk refused */                         \
    X (SYSTEM, "SystemError")       /* the kernel refused: errno is in the text */                 \
    X (STOPPING, "Stopping")

enum stui_err_index {
    STUI_ERR_INDEX_NONE,
#define X(name, word) STUI_ERR_INDEX_##name,
    STUI_ERRORS (X)
#undef X
        STUI_ERR_INDEX_COUNT
};

enum stui_err {
    STUI_OK = 0,
#define X(name, word) STUI_E_##name = -STUI_ERR_INDEX_##name,
    STUI_ERRORS (X)
#undef X
};

/* Why something failed, for a person: a whole sentence without a final full stop. */
struct stui_cause {
    int err; /* an enum stui_err, 0 when nothing failed */
    char text[STUI_CAUSE_MAX];
};

/* The error_type word of ERR (0: "ok"); static text. Never NULL. */
const char *stui_err_word (int err);

/* The enum stui_err whose word is WORD, or STUI_E_INTERNAL for one that we do not know. */
int stui_err_from_word (const char *word);

/* Fills CAUSE (may be NULL) and returns ERR, so that callers can write
 * `return stui_fail (cause, STUI_E_X, "…")`. Text beyond STUI_CAUSE_MAX is cut at a
 * character. */
int stui_fail (struct stui_cause *cause, int err, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
int stui_vfail (struct stui_cause *cause, int err, const char *format, va_list args)
    __attribute__ ((format (printf, 3, 0)));

/* ---- States that users and --json see ---------------------------------------------------- */

/* An image's life. After a failure it is shown offline until online or failed, with the
 * phase of the attempt beside it. */
#define STUI_IMAGE_STATES(X)                                                                       \
    X (DISABLED, "disabled")                                                                       \
    X (WAITING, "waiting")                                                                         \
    X (RESOLVING, "resolving")                                                                     \
    X (CONNECTING, "connecting")                                                                   \
    X (HANDSHAKING, "handshaking")                                                                 \
    X (ONLINE, "online")                                                                           \
    X (SUSPECT, "suspect")                                                                         \
    X (OFFLINE, "offline")                                                                         \
    X (FAILED, "failed")

#define STUI_NETWORK_LIGHTS(X)                                                                     \
    X (UNKNOWN, "unknown") X (OK, "ok") X (NO_ROUTE, "no_route") X (NO_NAME, "no_name")
#define STUI_LINK_LIGHTS(X)      X (DOWN, "down") X (HANDSHAKING, "handshaking") X (UP, "up")
#define STUI_IMAGE_LIGHTS(X)     X (UNKNOWN, "unknown") X (ANSWERS, "answers") X (SILENT, "silent")
#define STUI_EVALUATOR_LIGHTS(X) X (UNKNOWN, "unknown") X (IDLE, "idle") X (BUSY, "busy")

#define STUI_SESSION_STATES(X)                                                                     \
    X (FRESH, "fresh")                                                                             \
    X (RESTORING, "restoring")                                                                     \
    X (RESTORED, "restored")                                                                       \
    X (MODIFIED, "modified")                                                                       \
    X (PRESERVED, "preserved") /* image offline, work kept */                                      \
    X (ORPHANED, "orphaned")                                                                       \
    X (FAILED, "failed")                                                                           \
    X (STORED, "stored") /* not open */                                                            \
    X (CLOSED, "closed")                                                                           \
    X (LOCKED, "locked") /* encrypted, and its key is not here: only that it is there is known */

/* What the user can ask to be alerted to; the words are those of `[alert] on`. */
#define STUI_ALERT_KINDS(X)                                                                        \
    X (OFFLINE, "offline")                                                                         \
    X (ONLINE, "online") /* back, after an alert that it was offline */                            \
    X (FAILED, "failed") /* stui cannot mend it by trying again */                                 \
    X (RESTARTED, "restarted")                                                                     \
    X (ORPHANED, "orphaned")                                                                       \
    X (CONFLICT, "conflict")                                                                       \
    X (DOUBT, "doubt")                                                                             \
    X (STORE, "store") /* nothing can be stored */

#define STUI_DECLARE_ENUM(lower, UPPER, LIST)                                                      \
    enum stui_##lower{LIST UPPER##_COUNT};                                                         \
    const char *stui_##lower##_word (enum stui_##lower value);

#define X(name, word) STUI_IMAGE_##name,
STUI_DECLARE_ENUM (image_state, STUI_IMAGE, STUI_IMAGE_STATES (X))
#undef X
#define X(name, word) STUI_NETWORK_##name,
STUI_DECLARE_ENUM (network, STUI_NETWORK, STUI_NETWORK_LIGHTS (X))
#undef X
#define X(name, word) STUI_LINK_##name,
STUI_DECLARE_ENUM (link, STUI_LINK, STUI_LINK_LIGHTS (X))
#undef X
#define X(name, word) STUI_ANSWER_##name,
STUI_DECLARE_ENUM (answer, STUI_ANSWER, STUI_IMAGE_LIGHTS (X))
#undef X
#define X(name, word) STUI_EVALUATOR_##name,
STUI_DECLARE_ENUM (evaluator, STUI_EVALUATOR, STUI_EVALUATOR_LIGHTS (X))
#undef X
#define X(name, word) STUI_SESSION_##name,
STUI_DECLARE_ENUM (session_state, STUI_SESSION, STUI_SESSION_STATES (X))

/* The state that WORD names; STUI_SESSION_COUNT when none does, or WORD is NULL. */
enum stui_session_state stui_session_state_from_word (const char *word);

#undef X
#define X(name, word) STUI_ALERT_##name,
STUI_DECLARE_ENUM (alert, STUI_ALERT, STUI_ALERT_KINDS (X))
#undef X

/* ---- Exit statuses of the command line --------------------------------------------------- */

enum stui_exit {
    STUI_EXIT_DONE = 0,
    STUI_EXIT_FAILED = 1,      /* failed, or the code raised an error */
    STUI_EXIT_USAGE = 2,       /* usage, or an unknown image: nothing was sent */
    STUI_EXIT_UNREACHABLE = 3, /* an image could not be reached */
    STUI_EXIT_IN_DOUBT = 4,    /* do not repeat */
};

/* The colours of a terminal's screens: its own sixteen, or a palette that stui brings along. */
enum stui_theme {
    STUI_THEME_TERMINAL,
    STUI_THEME_DARK,
    STUI_THEME_LIGHT,
    STUI_THEME_CONTRAST,
    STUI_THEME_COLOR_BLIND,
    STUI_THEME_MONO,
    STUI_THEME_COUNT
};
/* "dark"; static text. */
const char *stui_theme_word (enum stui_theme theme);
/* The theme of WORD; -1 when it is none. */
int stui_theme_from_word (const char *word);
#define STUI_THEMES "terminal, dark, light, contrast, color-blind or mono"

#endif
