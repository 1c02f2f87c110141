/* check.h: what a check is and what it works with. A check is a function that asks the image and
 * says what it expects. The first thing that is not as expected is kept; from then on asking
 * answers "nothing" at once and expecting is silent, so a check is written straight down, without
 * looking whether it has failed already. All that it is given lives until it returns; what it has
 * left in the image (sessions, classes, evaluations that run) is taken away afterwards.
 *
 * Adding a check is one row in the table of its section and one function. */

#ifndef STUI_CONFORMANCE_CHECK_H
#define STUI_CONFORMANCE_CHECK_H

#include "conformance/compose.h"
#include "conformance/zmtp.h"
#include "runtime/random.h"
#include "runtime/uuid.h"

enum {
    KIT_WAIT_MS = 10000, /* for an answer that should come at once */
    KIT_SHOWN_BYTES = 160,
    KIT_ID_SIZE = STUI_UUID_LEN + 1,
    /* Code that loops for ever has this limit, should a broken image not be told to end it. */
    KIT_LOOP_MS = 30000,
};

struct kit;
struct kit_line;   /* one connection */
struct kit_answer; /* one message of the image */

/* Which images a check is for. */
enum kit_peers {
    KIT_NEWER, /* those that know hello */
    KIT_OLDER, /* those that know the seven session commands alone */
    KIT_BOTH,
};

struct kit_check {
    const char *name; /* for people to type: small letters and hyphens */
    const char *rule; /* one sentence: what must hold */
    enum kit_peers peers;
    const char *needs; /* capabilities with blanks between; "token": the image asks for one and it
                        * is known; "open": it asks for none; NULL: nothing */
    void (*run) (struct kit *kit);
};

struct kit_section {
    const char *name;
    const struct kit_check *checks; /* ending with a NULL name */
};

extern const struct kit_section kit_transport, kit_messages, kit_life, kit_once, kit_evaluating,
    kit_ending, kit_sessions, kit_events, kit_code, kit_objects, kit_debugging, kit_upkeep,
    kit_limits, kit_older, kit_patience;

/* ---- verdicts ------------------------------------------------------------------------------- */

/* The check has failed: "expected X, got Y". Only the first counts. Returns false. */
bool kit_fail (struct kit *kit, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* kit_fail unless HOLDS. */
bool kit_expect (struct kit *kit, bool holds, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
/* The check does not apply after all, and why. */
void kit_skip (struct kit *kit, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* Whether it goes on: neither failed nor skipped. */
bool kit_goes_on (const struct kit *kit);

/* ---- what is known of the image --------------------------------------------------------------- */

bool kit_can (const struct kit *kit, const char *capability);
const struct json *kit_hello (const struct kit *kit); /* hello's result; NULL of an older peer */
const char *kit_token (const struct kit *kit);        /* NULL: none is used */
const char *kit_client (const struct kit *kit);       /* the client_id of kit_claim */
const char *kit_other_client (const struct kit *kit);
/* The known commands that the table of the page has, ending with NULL. */
extern const char *const kit_commands[];

/* A formatted text that lives as long as the check. */
const char *kit_text (struct kit *kit, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
/* COUNT times PIECE between BEFORE and AFTER. */
const char *kit_repeated (struct kit *kit, const char *before, const char *piece, size_t count,
                          const char *after);
/* The next id: a UUIDv7, greater than all before. */
const char *kit_id (struct kit *kit);
int64_t kit_now_ms (void);

/* The kit that a line, an answer is of. */
struct kit *kit_of (const struct kit_line *line);
struct kit *kit_of_answer (const struct kit_answer *answer);

/* ---- connections: never NULL; one that could not be made takes nothing and gives nothing --------- */

/* TCP alone: nothing is sent. */
struct kit_line *kit_dial (struct kit *kit);
/* And the handshake with NULL. */
struct kit_line *kit_connect (struct kit *kit);
/* And the hello that introduces; and the one that claims, with an epoch above all before. */
struct kit_line *kit_introduce (struct kit *kit, const char *client_id);
struct kit_line *kit_claim (struct kit *kit);
struct kit_line *kit_claim_as (struct kit *kit, const char *client_id);
/* The epoch of the newest claim of this run, and a greater one. */
void kit_epoch (const struct kit *kit, int64_t *generation, int64_t *counter);
void kit_next_epoch (struct kit *kit);
/* Parameters of hello: client_id, protocol, the token, and with CLAIMS the newest epoch. */
const char *kit_hello_parameters (struct kit *kit, const char *client_id, bool claims);

void kit_hang_up (struct kit_line *line);
/* Bytes as they are. */
void kit_write (struct kit_line *line, const void *bytes, size_t size);
/* The next SIZE bytes that came, before any frame is read: NULL when they do not come. */
const char *kit_read (struct kit_line *line, size_t size, int64_t wait_ms);
/* The next frame. False: none came, or the peer closed. */
bool kit_read_frame (struct kit_line *line, struct kit_frame *frame, int64_t wait_ms);
/* Whether the peer closes the connection within so long; what comes before is dropped. */
bool kit_closes (struct kit_line *line, int64_t wait_ms);

/* ---- requests and answers: the answers are never NULL --------------------------------------------- */

/* Sends a request with an id of its own and parameters by kit_compose; the id. */
const char *kit_send (struct kit_line *line, const char *command, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
/* Sends that body as it is, in an envelope of one empty frame. */
void kit_send_body (struct kit_line *line, const char *body, size_t size);
/* The request's text with an id of the caller's and parameters as JSON text. */
const char *kit_request (struct kit *kit, const char *id, const char *command,
                         const char *parameters);
/* The answer to ID; the next message of any kind. */
const struct kit_answer *kit_await (struct kit_line *line, const char *id);
const struct kit_answer *kit_await_for (struct kit_line *line, const char *id, int64_t wait_ms);
const struct kit_answer *kit_next (struct kit_line *line);
/* Sends and waits. */
const struct kit_answer *kit_ask (struct kit_line *line, const char *command, const char *format,
                                  ...) __attribute__ ((format (printf, 3, 4)));
/* With parameters as JSON text, and an id of the caller's (NULL: one is made). */
const struct kit_answer *kit_ask_raw (struct kit_line *line, const char *id, const char *command,
                                      const char *parameters);
/* Sends a body and takes the next message for its answer. ASKED, a static text or one of the kit's,
 * is what failures call it. */
const struct kit_answer *kit_ask_body (struct kit_line *line, const char *asked, const char *body);
/* The next event of that name; the next whose text at PATH contains TEXT, those of others that use
 * the image are passed over. The third does not fail: NULL when none came. */
const struct kit_answer *kit_event (struct kit_line *line, const char *name);
const struct kit_answer *kit_event_with (struct kit_line *line, const char *name, const char *path,
                                         const char *text);
const struct kit_answer *kit_find_event (struct kit_line *line, const char *name, int64_t wait_ms);
/* Whether the message with this id was received already and waits to be taken. */
bool kit_has_come (struct kit_line *line, const char *id);

const char *kit_body (const struct kit_answer *answer, size_t *size); /* as it came */
const struct json *kit_value (const struct kit_answer *answer, const char *path);
const char *kit_string (const struct kit_answer *answer, const char *path); /* "" for none */
int64_t kit_number (const struct kit_answer *answer, const char *path);     /* -1 for none */
size_t kit_size (const struct kit_answer *answer, const char *path);        /* of an array */
int64_t kit_order (const struct kit_answer *answer); /* when it came, among all of this run */

/* ---- common requests ------------------------------------------------------------------------------- */

/* A session with the parameters of FORMAT ("{}": none), and its id. */
const char *kit_session (struct kit_line *line, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
/* evaluate with printIt; SESSION may be NULL. */
const struct kit_answer *kit_evaluate (struct kit_line *line, const char *session,
                                       const char *code);
/* Sends it without waiting; with a limit of KIT_LOOP_MS. */
const char *kit_start (struct kit_line *line, const char *session, const char *code);
/* Expects that CODE prints RESULT. */
bool kit_prints (struct kit_line *line, const char *session, const char *code, const char *result);
/* Waits until a ping says that the evaluation ID runs, or that the image is busy with another one
 * and get_result says that this one runs. */
void kit_await_busy (struct kit_line *line, const char *id);

/* ---- expectations ------------------------------------------------------------------------------------- */

bool kit_succeeds (const struct kit_answer *answer);
bool kit_refuses (const struct kit_answer *answer, const char *error_type);
bool kit_says (const struct kit_answer *answer, const char *path, const char *text);
bool kit_counts (const struct kit_answer *answer, const char *path, int64_t number);
bool kit_ranges (const struct kit_answer *answer, const char *path, int64_t low, int64_t high);
bool kit_is (const struct kit_answer *answer, const char *path, bool value);
/* That there is nothing, or null. */
bool kit_lacks (const struct kit_answer *answer, const char *path);
/* The value as compact JSON text. */
bool kit_equals (const struct kit_answer *answer, const char *path, const char *json);
/* kit_fields_fault of the value at PATH. */
bool kit_has (const struct kit_answer *answer, const char *path, const char *fields);
/* That the array at PATH holds an element with MEMBER VALUE (MEMBER NULL: the string VALUE itself). */
bool kit_lists (const struct kit_answer *answer, const char *path, const char *member,
                const char *value);
/* That element, or NULL. */
const struct json *kit_row_of (const struct kit_answer *answer, const char *path,
                               const char *member, const char *value);

#endif
