/* workspace.h: the work that a terminal shows of one image: the text in its editor, what was
 * evaluated and what came of it, what of all that is stored. The supervisor has the session; this
 * is a copy of it, edited here while this terminal holds the lease. Pure but for the heap.
 *
 * Saving: each change raises `edited`; a write carries it, and when the write is confirmed `saved`
 * becomes what it carried. Only `saved == edited` is called saved. */

#ifndef STUI_UI_WORKSPACE_H
#define STUI_UI_WORKSPACE_H

#include <stui/types.h>

#include "ui/editor_view.h"
#include "ui/model.h"

struct json;

enum {
    WORKSPACE_WRITE_MS = 250,      /* between writes: at most 4 a second, the newest wins */
    WORKSPACE_WRITES_MAX = 12,     /* not yet confirmed: a save may take 2 s */
    WORKSPACE_GRACE_MS = 3000,     /* who had the lease comes first */
    WORKSPACE_OUTPUTS_MAX = 100,   /* kept, here and in the session */
    WORKSPACE_STORED_BYTES = 2048, /* of an output's code and of its text, in the session */
    WORKSPACE_TEXT_BYTES = 65536,  /* of an output's text, here */
    WORKSPACE_HISTORY_MAX = 1000,  /* inputs kept: as many as the session keeps */
    WORKSPACE_BUFFERS_MAX = 16,
    WORKSPACE_BUFFER_NAME_MAX = 64, /* bytes */
    WORKSPACE_TAG_MAX = 128,        /* bytes of what an evaluation is known by */
    WORKSPACE_WHY_SIZE = 128,       /* bytes of the sentence of a text that takes no more */
};

enum output_kind {
    OUTPUT_RUNNING,
    OUTPUT_RESULT,
    OUTPUT_RAISED,   /* an exception in the user's code */
    OUTPUT_REFUSED,  /* not run, or ended by force */
    OUTPUT_IN_DOUBT, /* nobody can say whether it ran */
    OUTPUT_HELD,     /* not sent, and kept to be sent later */
    OUTPUT_KIND_COUNT
};

enum eval_mode { EVAL_DO, EVAL_PRINT, EVAL_INSPECT, EVAL_MODE_COUNT };

/* One evaluation and what came of it. */
struct output {
    uint64_t ref;  /* of the request while it runs, or while it is asked what became of it; 0 */
    char *tag;     /* owned: the supervisor knows it by this; NULL: not known */
    uint64_t news; /* with which it was asked for last (ui_outcomes.c) */
    bool doubted;  /* in doubt, and that is what came of asking */
    enum output_kind kind;
    enum eval_mode mode;
    char *code, *text; /* owned; text may be NULL */
    int64_t at_ms;     /* wall: begun */
    int64_t began_ms;  /* mono; only while it runs */
    uint64_t buffer;   /* whose code it is */
    int anchor;        /* of its editor: where a print goes; -1 */
    uint64_t edited;   /* of the workspace when it began */
    bool interrupting; /* ^C was passed on */
    bool foreign;      /* came with the session: another terminal or an earlier start */
};

/* A text of several. */
struct workspace_buffer {
    uint64_t number;      /* of evaluations that began in it */
    char *name;           /* owned; of one workspace each has its own */
    char *path;           /* owned: its file; NULL */
    bool path_told;       /* by a document, not here: the first write to it asks */
    uint64_t file_sum;    /* of what the file had when it was read or written here */
    struct editor editor; /* empty while it is the one shown */
    struct editor_view view;
    bool told; /* while a record is read: it is in it */
};

struct workspace {
    uint64_t number; /* the ui's: of several of one image */
    uint64_t used;   /* rises with each opening: the last one used is found first */
    char image[STUI_NAME_MAX + 1];
    char session[STUI_UUID_LEN + 1]; /* empty: not known yet */
    char *name;                      /* owned: the session's */
    enum stui_session_state state;
    bool conflict;
    char *differs;                  /* owned: in a conflict how the versions differ (conflict.h) */
    bool loaded;                    /* text and outputs are the session's */
    char trouble[STUI_CAUSE_MAX];   /* why there is no session, or why it is not saved */
    bool replaced;                  /* another image answers there, in which it has none yet … */
    uint64_t replaced_edits;        /* … and what was `edited` when it came */
    char former[STUI_UUID_LEN + 1]; /* the session that it had in the one before; empty: none */
    char holder[STUI_UUID_LEN + 1]; /* who holds the edit lease; empty: nobody */
    bool mine;                      /* this terminal does */
    bool wanted;     /* another is about to have it: what is typed is written at once */
    bool was_mine;   /* it did when the link was lost, and types on */
    uint64_t change; /* of the session, as last watched */
    struct editor editor;
    struct workspace_buffer *buffers;             /* owned; see workspace_buffers.h */
    size_t buffer_count, buffer_capacity, buffer; /* buffer: the place of the one shown */
    uint64_t last_buffer;
    bool beside;     /* answers of print it stay out of the text */
    bool in_results; /* the results have the keys */
    struct editor_view view;
    int results_up;         /* lines scrolled up from the last */
    struct output *outputs; /* owned; oldest first */
    size_t output_count, output_capacity;
    char **history; /* owned; oldest first */
    size_t history_count, history_capacity;
    size_t history_back; /* how far back M-p went; 0: not */
    uint64_t edited, saved;
    int writes;           /* not yet confirmed */
    bool outputs_edited;  /* the next write carries them */
    bool inspected_none;  /* its inspector was closed: writes say so */
    int64_t write_due_ms; /* mono; STUI_NEVER */
    int64_t wrote_ms;     /* mono: when the last write left */
    /* open requests, by kind */
    bool asks_session, watches, asks_lease;
    bool wants_lease;    /* the user asked for it, and is told when it is here */
    int64_t lease_ms;    /* mono: when the lease is renewed, or taken because nobody has it */
    int64_t retry_ms;    /* mono: when what failed is asked for again; STUI_NEVER */
    int64_t outcomes_ms; /* the same of what became of evaluations */
};

/* SESSION may be empty: it is to be found. */
struct workspace *workspace_new (const char *image, const char *session);
void workspace_destroy (struct workspace **self);

/* Why the text took no more; the sentence stands in WHY. */
const char *workspace_full_why (const struct workspace *self, char why[WORKSPACE_WHY_SIZE]);

/* Whether keys may change the text. */
bool workspace_is_editable (const struct workspace *self);
bool workspace_is_saved (const struct workspace *self);
/* The text or the outputs changed: a write falls due. */
void workspace_note_edit (struct workspace *self, struct ui_now now);

/* Whether the lease is to be taken or renewed, and when that falls due. */
bool workspace_wants_lease (const struct workspace *self);
/* Whether a write may leave now; else when, as far as it is a matter of time. */
bool workspace_write_is_due (const struct workspace *self, int64_t now_ms);
int64_t workspace_write_deadline (const struct workspace *self);
/* What the next write carries; counts it as under way. The caller owns it. */
struct json *workspace_write_begin (struct workspace *self, const char *screen, struct ui_now now);
/* The write that carried EDITED was answered. */
void workspace_write_end (struct workspace *self, uint64_t edited, bool stored, struct ui_now now);

/* A `session_watch` answer: ME is this terminal. Returns the screen that the session was left at
 * ("" when it does not say), borrowed from SESSION, the first time; else NULL. */
const char *workspace_take_session (struct workspace *self, const struct json *session,
                                    const char *me, struct ui_now now);

/* Evaluations. The output is borrowed until the next is added. */
struct output *workspace_add_output (struct workspace *self, enum eval_mode mode, const char *code,
                                     size_t size, struct ui_now now);
struct output *workspace_find_output (struct workspace *self, uint64_t ref);
/* The youngest that runs; NULL. */
struct output *workspace_running (struct workspace *self);
/* The same, or the youngest in doubt whose answer is waited for anew; NULL. */
struct output *workspace_awaited (struct workspace *self);
/* What ^C is about: the oldest that runs and was not interrupted yet, since the others wait for it; else what is
 * awaited; NULL. */
struct output *workspace_interruptible (struct workspace *self);
/* It ended so, with TEXT. */
void workspace_end_output (struct workspace *self, struct output *output, enum output_kind kind,
                           const char *text, struct ui_now now);
/* How many have ended, and can be cleared. */
size_t workspace_ended_outputs (const struct workspace *self);
void workspace_clear_outputs (struct workspace *self, struct ui_now now);

/* The input BACK steps ago (1 is the last); NULL when there are not so many. Borrowed. */
const char *workspace_history (const struct workspace *self, size_t back);

/* The word that the wire has for a mode, and the one that Smalltalkers have. */
const char *eval_mode_wire (enum eval_mode mode);
const char *eval_mode_word (enum eval_mode mode);

#endif
