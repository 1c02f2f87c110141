/* sim_parts.h: what a simulated image is made of, for the files that carry out its commands:
 * sim_image.c (life, peers, dispatch), sim_request.c (a request from bytes to its one answer),
 * sim_hello.c (who is who), sim_commands.c (sessions and the rest), sim_evaluations.c (what runs),
 * sim_evaluate.c (expressions), sim_file_in.c (whole sources), sim_browse.c and sim_methods.c (what
 * is defined), sim_change.c (defining), sim_inspect.c (objects), sim_debug.c (what is suspended).
 * Pure. */

#ifndef STUI_SIM_PARTS_H
#define STUI_SIM_PARTS_H

#include "runtime/random.h"
#include "runtime/uuid.h"
#include "sim/sim_class.h"
#include "sim/sim_eval.h"
#include "sim/sim_events.h"
#include "sim/sim_image.h"
#include "sim/sim_replies.h"
#include "sim/sim_sessions.h"

struct json;

enum { SIM_ID_MAX = 128 }; /* bytes of an id or name that a client chose */

struct sim_client { /* one client_id, in lower case */
    char id[SIM_ID_MAX + 1];
    int64_t generation, counter; /* of its newest claim; -1: none */
    struct sim_peer *peer;       /* its newest connection; NULL when that has ended */
    struct sim_replies replies;
    int64_t seen_ms;
};

struct sim_peer { /* one connection */
    uint64_t number;
    struct sim_client *client;              /* that claimed it; borrowed */
    bool is_introduced;                     /* it said hello, with the right token */
    bool is_dismissed;                      /* nothing from it counts any more */
    bool is_proven;                         /* it has shown the token before any hello */
    struct sim_request *refused;            /* owned: a hello with a wrong token, answered later */
    int64_t refused_ms;                     /* when */
    char *event_names[SIM_EVENT_NAMES_MAX]; /* owned */
    size_t event_name_count;
    char *event_session; /* owned; NULL: of all sessions */
};

struct sim_image;
struct sim_request;
/* Answers REQUEST, or keeps it for a later answer and then owns it. */
typedef void sim_handler (struct sim_image *self, struct sim_request *request);

enum sim_treatment {
    SIM_OPEN,    /* may come on any connection (without a hello too, unless there is a token) */
    SIM_READ,    /* needs a claimed connection */
    SIM_KEEP,    /* the same; changes something, so it is done at most once */
    SIM_SESSION, /* one of the seven: also without any hello; on a claimed connection as READ */
    SIM_CHANGE,  /* the same, and as KEEP on a claimed connection */
};

struct sim_command {
    const char *name;
    sim_handler *handle; /* NULL: a simulated image cannot do it */
    enum sim_treatment treatment;
    bool is_write; /* a read-only image refuses it */
};

struct sim_request { /* owns its message and its envelope */
    uint64_t peer;
    void *envelope;
    size_t envelope_size;
    size_t bytes; /* as it came */
    struct json *message;
    struct json *id_value;   /* as it came, for the answer; NULL: unknown */
    char id[SIM_ID_MAX + 1]; /* in lower case: ids are compared as texts */
    char *command;
    const struct json *parameters; /* of the message; NULL: none */
    const char *text;          /* of the message, BYTES of it; borrowed until it is carried out */
    struct sim_client *client; /* of a claimed connection; borrowed */
    struct sim_entry *entry;   /* its place in the client's table; borrowed */
    bool may_move;             /* answered later, on the client's newest connection */
    bool is_answered;
};

struct sim_file_in;

struct sim_debugged {                  /* an evaluation that an exception suspended */
    int64_t number;                    /* of its debug_id */
    struct sim_run *run;               /* owned; NULL while EVALUATION has it */
    struct sim_evaluation *evaluation; /* that goes on with it; borrowed */
    bool is_do_it;
};

struct sim_debuggers { /* of a session; oldest first */
    struct sim_debugged items[SIM_SUSPENDED_MAX + 1];
    size_t count;
};

enum sim_work {
    SIM_WORK_EVALUATE,
    SIM_WORK_INSPECT,        /* its value is inspected */
    SIM_WORK_FILE_IN,        /* a run for each chunk that is an expression */
    SIM_WORK_DEBUG,          /* a suspended run goes on */
    SIM_WORK_DEBUG_EVALUATE, /* inside a suspended one */
};

/* Something that runs in its session's turn and is answered when it ends. */
struct sim_evaluation {
    enum sim_work work;
    struct sim_request *request; /* owned */
    struct sim_session *session; /* borrowed; NULL: in a scope of its own */
    struct sim_scope *scope;     /* the session's, else owned */
    struct sim_run *run;         /* owned; NULL: not begun */
    struct sim_file_in *file_in; /* owned; of FILE_IN */
    int64_t debugged;            /* the number of the debug_id, of DEBUG and DEBUG_EVALUATE */
    int64_t timeout_ms;          /* 0: none */
    bool is_do_it, is_debugged, is_inspect_it;
    int64_t started_ms, started_wall_ms;
    int64_t wake_ms;     /* when it goes on */
    int64_t progress_ms; /* when it is announced that it still runs */
    int64_t steps;
    const char *reason, *how; /* why and how it was ended; NULL: it was not */
};

struct sim_evaluations {           /* pointers, in order */
    struct sim_evaluation **items; /* owned */
    size_t count, room;
};

struct sim_image {
    char *name, *image_id, *boot_id, *token, *host; /* owned; the token may be NULL */
    int64_t pid, started_ms, started_wall_ms, cleanup_ms;
    bool is_read_only;
    int64_t last_object, last_debugged; /* the numbers that were given last */
    struct sim_peer **peers;            /* owned */
    size_t peer_count, peer_room;
    struct sim_client **clients; /* owned */
    size_t client_count, client_room;
    char greatest_evicted[STUI_UUID_LEN + 1]; /* of clients that were forgotten */
    struct sim_sessions sessions;
    struct sim_events events;
    struct sim_world *world; /* owned; NULL before the first evaluation */
    struct sim_evaluations running, waiting;
    struct random_source random;
    struct uuid_source uuid;
    struct sim_time now;    /* of the step that is being made */
    struct sim_outbox *out; /* the same; borrowed */
};

/* ---- sim_request.c ------------------------------------------------------------------------- */

struct sim_request *sim_request_new (uint64_t peer, struct sim_envelope envelope);
/* Takes a message apart. 0, or INVALID_REQUEST with CAUSE; what is needed for the answer is there
 * then too. */
int sim_request_read (struct sim_request *self, const char *bytes, size_t size,
                      struct stui_cause *cause);
/* Finds the id among the first bytes of what is not read to its end. */
void sim_request_guess_id (struct sim_request *self, const char *bytes, size_t size);
void sim_request_destroy (struct sim_request **self);

/* The one answer; later ones are not sent. Take RESULT and DETAILS (NULL: {}) over. */
void sim_succeed (struct sim_image *self, struct sim_request *request, struct json *result);
/* The same with RAWS added to RESULT. */
void sim_succeed_with (struct sim_image *self, struct sim_request *request, struct json *result,
                       const struct sim_raw *raws, size_t count);
/* sim_fail with RAWS added to DETAILS. */
void sim_fail_with (struct sim_image *self, struct sim_request *request, int err,
                    struct json *details, const struct sim_raw *raws, size_t count,
                    const char *sentence);
void sim_fail (struct sim_image *self, struct sim_request *request, int err, struct json *details,
               const char *format, ...) __attribute__ ((format (printf, 5, 6)));

/* Parameters. False: it was wrong, and has been answered. JSON's null counts as absent. */
bool sim_has (const struct sim_request *request, const char *name);
/* OTHERWISE NULL: it must be there. Borrowed from the request. */
bool sim_text_at (struct sim_image *self, struct sim_request *request, const char *name,
                  const char *otherwise, const char **value);
/* A text of 1 to SIM_ID_MAX bytes that must be there. */
bool sim_name_at (struct sim_image *self, struct sim_request *request, const char *name,
                  const char **value);
/* From LOW to HIGH; OTHERWISE below LOW: it must be there. */
bool sim_integer_at (struct sim_image *self, struct sim_request *request, const char *name,
                     int64_t low, int64_t high, int64_t otherwise, int64_t *value);
bool sim_boolean_at (struct sim_image *self, struct sim_request *request, const char *name,
                     bool otherwise, bool *value);
/* An object, as it came; while the request is carried out only. OTHERWISE NULL: it must be there. Caller frees. */
bool sim_object_at (struct sim_image *self, struct sim_request *request, const char *name,
                    const char *otherwise, char **value);

/* TEXT in lower case (ASCII) in BUFFER, cut there. */
void sim_lower (char buffer[SIM_ID_MAX + 1], const char *text);
/* Sets a time as the protocol writes it. */
void sim_set_time (struct json *object, const char *key, int64_t wall_ms);

/* ---- sim_image.c --------------------------------------------------------------------------- */

struct sim_peer *sim_peer_find (const struct sim_image *self, uint64_t number);
/* The static text of a command's NAME (may be NULL); NULL when there is none. */
const char *sim_command_word (const char *name);
/* Appends to the outbox; copies ENVELOPE, takes TEXT over. The output, until the next one. */
struct sim_output *sim_put (struct sim_image *self, enum sim_action action, uint64_t peer,
                            struct sim_envelope envelope, char *text);
/* Numbers the event, keeps it, sends it to those who want it. Takes DATA over. */
void sim_announce (struct sim_image *self, const char *name, const char *session_id,
                   struct json *data);
void sim_send_event (struct sim_image *self, const struct sim_event *event,
                     const struct sim_peer *peer);
/* Answers REQUEST with what is known of its client's request ID. */
void sim_answer_result (struct sim_image *self, struct sim_request *request, const char *id);

/* ---- sim_hello.c --------------------------------------------------------------------------- */

#define SIM_DIALECT    "simulated"
#define SIM_VM_VERSION "stui sim " STUI_VERSION ", no Smalltalk"
#define SIM_NUMBER_MAX INT64_C (999999999999999) /* of the protocol: 15 digits */

sim_handler sim_hello, sim_ping, sim_get_result;
/* Answers the wrong tokens whose second is over, and closes their connections. */
void sim_refuse_due (struct sim_image *self);
int64_t sim_refusal_deadline (const struct sim_image *self);
/* The client of ID, which is in lower case; NULL: none is known. */
struct sim_client *sim_client_find (const struct sim_image *self, const char *id);

/* ---- sim_commands.c ------------------------------------------------------------------------ */

extern const struct sim_command sim_commands[]; /* ends with a NULL name */
void sim_remove_expired (struct sim_image *self);
/* The session ID, kept from expiring by its use. NULL: there is none, and that is answered. */
struct sim_session *sim_session_used (struct sim_image *self, struct sim_request *request,
                                      const char *id);

/* ---- sim_evaluations.c: what runs ----------------------------------------------------------- */

sim_handler sim_interrupt;
size_t sim_unfinished (const struct sim_image *self);
/* A new one of REQUEST, which is answered later. NULL: there are too many, or session_id or
 * timeout_ms is wrong; that has been answered. */
struct sim_evaluation *sim_evaluation_add (struct sim_image *self, struct sim_request *request,
                                           enum sim_work work);
/* Begins what may begin. At the end of every step. */
void sim_evaluations_begin (struct sim_image *self);
void sim_evaluations_advance (struct sim_image *self);
int64_t sim_evaluations_deadline (const struct sim_image *self);
/* Announces what its run has written. */
void sim_transcript_flush (struct sim_image *self, struct sim_evaluation *evaluation);
/* Ends what runs: it is answered, and freed. */
void sim_evaluation_interrupt (struct sim_image *self, struct sim_evaluation *evaluation);
/* The session goes: what waits in it is answered, what runs is ended. */
void sim_evaluations_end_session (struct sim_image *self, struct sim_session *session);
/* A new claim: what CLIENT's former connections sent and has not begun never runs. */
void sim_evaluations_discard (struct sim_image *self, const struct sim_client *client,
                              uint64_t except);
bool sim_session_is_busy (const struct sim_image *self, const struct sim_session *session);
void sim_evaluations_fini (struct sim_image *self);

/* ---- sim_evaluate.c: expressions ------------------------------------------------------------ */

sim_handler sim_evaluate;
/* Checks the texts of mode and on_error. False: it has been answered. */
bool sim_modes_at (struct sim_image *self, struct sim_request *request,
                   struct sim_evaluation *into);
/* Begins with code. False: it does not compile, and that is answered. */
bool sim_expression_begin (struct sim_image *self, struct sim_evaluation *evaluation);
void sim_answer_fault (struct sim_image *self, struct sim_request *request,
                       const struct sim_fault *fault);
/* The run of EVALUATION is done, or suspended. */
void sim_expression_answer (struct sim_image *self, struct sim_evaluation *evaluation,
                            bool is_suspended);
/* result, result_type, has_error, execution_time, stack, truncated. Caller owns. */
struct json *sim_outcome_told (const struct sim_image *self,
                               const struct sim_evaluation *evaluation);

/* ---- sim_file_in.c -------------------------------------------------------------------------- */

sim_handler sim_file_in;
/* Goes on with at most BUDGET instructions. */
enum sim_progress sim_file_in_step (struct sim_image *self, struct sim_evaluation *evaluation,
                                    int budget);
void sim_file_in_answer (struct sim_image *self, struct sim_evaluation *evaluation);
void sim_file_in_destroy (struct sim_file_in **self);

/* ---- sim_browse.c, sim_methods.c, sim_change.c, sim_complete.c ------------------------------- */

sim_handler sim_list_classes, sim_browse_class, sim_file_out;
sim_handler sim_get_method, sim_senders, sim_implementors, sim_search_source;
sim_handler sim_compile_method, sim_define_class_command, sim_remove_method_command,
    sim_remove_class_command, sim_rename_category_command;
sim_handler sim_complete;

/* What is defined; NULL: nothing. */
struct sim_library *sim_library_of (const struct sim_image *self);
struct sim_world *sim_world_of (struct sim_image *self); /* made when it is not there yet */
/* Parameters; false: it has been answered. */
bool sim_class_at (struct sim_image *self, struct sim_request *request, struct sim_value *class);
bool sim_side_at (struct sim_image *self, struct sim_request *request, enum sim_side *side);
/* limit and from of a list. */
bool sim_range_at (struct sim_image *self, struct sim_request *request, int64_t *limit,
                   int64_t *from);
const char *sim_side_word (enum sim_side side);
const char *sim_package_of (const struct sim_library *library, struct sim_value class);
/* The packages that there are, by name. Caller owns. */
struct json *sim_packages (const struct sim_image *self);

/* ---- sim_inspect.c: objects ------------------------------------------------------------------- */

sim_handler sim_inspect, sim_release, sim_list_variables;
/* An object_id or debug_id: KIND, a word that only this start of the image uses, NUMBER. Caller frees. */
char *sim_handle_text (const struct sim_image *self, char kind, int64_t number);
/* The number of such an id; 0: it is none of this start's. */
int64_t sim_handle_number (const struct sim_image *self, char kind, const char *id);
/* The object_id of VALUE in SESSION. Caller frees. */
char *sim_hold (struct sim_image *self, struct sim_session *session, struct sim_value value);
/* The value that was to be inspected is there. */
void sim_inspect_answer (struct sim_image *self, struct sim_request *request,
                         struct sim_session *session, struct sim_value value);
/* One row of fields. */
struct json *sim_field (struct sim_image *self, struct sim_session *session, const char *name,
                        size_t size, struct sim_value value);

/* ---- sim_debug.c: what is suspended ------------------------------------------------------------ */

sim_handler sim_debug;
/* Keeps the run of EVALUATION, takes it over, and announces it; returns its number. */
int64_t sim_suspend (struct sim_image *self, struct sim_evaluation *evaluation);
/* Hands the suspended run over. False: it is no longer there, and that is answered. */
bool sim_debug_begin (struct sim_image *self, struct sim_evaluation *evaluation);
/* It is done, or suspended again. */
void sim_debug_answer (struct sim_image *self, struct sim_evaluation *evaluation,
                       bool is_suspended);
/* EVALUATION is about to end: what it went on with is gone. */
void sim_debug_forget (struct sim_evaluation *evaluation);
void sim_debuggers_destroy (struct sim_debuggers **self);

#endif
