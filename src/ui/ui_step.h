/* ui_step.h: the ui as pure steps: a key, a paste, a mouse, a message or time comes in; actions go
 * out (messages to send, a bell, the end). The actor performs them on a real terminal and a real
 * mailbox; tests perform them on none. Split by what comes in:
 *
 *   ui_step.c      the state, keys, time, what commands do
 *   ui_mail.c      messages: answers, the link, the life of a workspace's session
 *   ui_kiosk.c     a terminal that is a wall
 *   ui_alerts.c    alerts: said, rung, told to the desktop
 *   ui_panes.c     panes: which are seen, drawing them, the keys from one to another
 *   ui_layouts.c   named layouts of panes, and the marks of images
 *   ui_quit.c      leaving
 *   ui_waits.c     what is waited for, said and given up
 *   ui_panels.c    screens that ask of their own accord: diagnosis, edit, fan-out, welcome
 *   commands.c     the table of commands
 *   screen_*.c     the screens
 *
 * Owned by one thread. Pure but for the heap. */

#ifndef STUI_UI_STEP_H
#define STUI_UI_STEP_H

#include <stui/msg.h>

#include "ui/chooser.h"
#include "ui/details.h"
#include "ui/input.h"
#include "ui/keymap.h"
#include "ui/kiosk.h"
#include "ui/model.h"
#include "ui/model_fan.h"
#include "ui/model_held.h"
#include "ui/model_inspector.h"
#include "ui/model_sessions.h"
#include "ui/model_transcript.h"
#include "ui/prompt.h"
#include "ui/screen.h"
#include "ui/ui_cleanup.h"
#include "ui/ui_edit.h"
#include "ui/ui_panes.h"
#include "ui/ui_versions.h"
#include "ui/ui_welcome.h"
#include "ui/workspace.h"

enum ui_do {
    UI_SEND,      /* msg */
    UI_BELL,      /* a key that did nothing, or an alert */
    UI_NOTIFY,    /* text: an alert, for the desktop */
    UI_CLIPBOARD, /* text: for the terminal's clipboard */
    UI_EXTERNAL,  /* text: for the user's own editor */
    UI_REDRAW,    /* all of the screen, whatever is thought to be there */
    UI_SUSPEND,   /* as ^Z asks */
    UI_QUIT,      /* all is confirmed, or nobody waits any more */
};

struct ui_action {
    enum ui_do what;
    struct msg *msg; /* owned by whoever performs it */
    char *text;      /* owned by the step, until the actions are cleared */
};

/* Who needs a new frame: what a user did is shown at once, news with the next frame that the
 * screen's rate allows. */
enum ui_dirty { UI_DIRTY_KEY = 1 << 0, UI_DIRTY_NEWS = 1 << 1 };

/* What was asked, until it is answered. */
enum ui_ask_kind {
    UI_ASK_CONNECT,
    UI_ASK_WATCH,
    UI_ASK_EVENTS,
    UI_ASK_STORED,       /* all sessions: which was left open last */
    UI_ASK_SESSION_LIST, /* of an image */
    UI_ASK_SESSION_NEW,
    UI_ASK_SESSION_WATCH,
    UI_ASK_LEASE,
    UI_ASK_WRITE,
    UI_ASK_EVALUATE,
    UI_ASK_OUTCOME, /* what became of one that was held or in doubt */
    UI_ASK_INTERRUPT,
    UI_ASK_ORDER,         /* retry, disable, add, remove, rename …: `said` is told on success */
    UI_ASK_SESSIONS,      /* all that are stored, for their screen */
    UI_ASK_SESSIONS_LIVE, /* those of an image, for the same */
    UI_ASK_SESSION_BEGIN, /* a new one that is shown as soon as it is there */
    UI_ASK_MARKS,         /* favourites */
    UI_ASK_FAVOURITE,     /* as UI_ASK_ORDER, about one of them */
    UI_ASK_LAYOUT,        /* as UI_ASK_ORDER, about a layout; edited: the strokes */
    UI_ASK_MARKED,        /* images were marked; edited: the number of the last change */
    UI_ASK_HELD,          /* what an image has held and in doubt */
    UI_ASK_HELD_SEND,     /* the answer of one that was held */
    UI_ASK_HISTORY,       /* the connections of an image */
    UI_ASK_SESSION_COPY,  /* one that is to be the beginning of another */
    UI_ASK_VERSIONS,      /* of a session, to be compared */
    UI_ASK_CLEANUP,       /* what could be cleaned away, brought back or adopted */
    UI_ASK_CLEANED,       /* it was ordered */
    UI_ASK_COMPLETE,      /* what a word may become */
    UI_ASK_FILE_OPEN,     /* a file for a new buffer */
    UI_ASK_FILE_LOOK,     /* whether the file that is to be written is there */
    UI_ASK_FILE_WRITE,
    UI_ASK_KIOSK,         /* the figures of an image on a wall */
    UI_ASK_PROBE,         /* a step of an attempt at an image (ui_probe.h) */
    UI_ASK_EDIT,          /* the settings of an image that is edited */
    UI_ASK_FAN,           /* an evaluation in one of many images */
    UI_ASK_FAN_INTERRUPT, /* it is interrupted there */
    UI_ASK_WELCOME,       /* what can be resumed */
    UI_ASK_WELCOME_ADD,   /* an image is added, and opened then */
    UI_ASK_TRANSCRIPT,    /* of an image: what is new */
    UI_ASK_TRANSCRIPT_SAVE,
    UI_ASK_INSPECT,       /* the fields of an object; edited: the number of its node */
    UI_ASK_INSPECT_AGAIN, /* its code, evaluated again */
    UI_ASK_RELEASE,
    UI_ASK_COUNT
};

struct ui_ask {
    uint64_t ref;
    enum ui_ask_kind kind;
    char image[STUI_NAME_MAX + 1];
    uint64_t workspace; /* its number, when it is about one */
    uint64_t edited;    /* of a write: what it carries */
    uint64_t listing; /* of UI_ASK_CLEANUP: the list that it is for; of UI_ASK_PROBE: the attempt */
    enum msg_verb verb; /* what was asked … */
    int64_t since_ms;   /* … and when */
    bool given_up;      /* by the user: a late answer is told, not obeyed */
    char said[STUI_NAME_MAX + 80];
};

enum {
    UI_ASKS_MAX = STUI_TERMINAL_ROOM - 16, /* a few places stay free for saves and interrupts */
    UI_QUIT_MS = 1000,                     /* for the last saves, without a word */
    UI_QUIT_OWNER_MS = 1800,               /* the same, when an owner is started for them */
    UI_QUIT_SAY_MS = 5000,                 /* and then until it is said again what is waited for */
    UI_AGAIN_MS = 500,                     /* until what failed is asked for again */
    UI_WATCH_MS = 200,                     /* between answers of `watch`: no screen shows more */
    UI_SESSIONS_MS = 10000, /* until the list of sessions is asked for again, without news */
    UI_SESSIONS_SOON_MS = 200,
    UI_SESSIONS_LIVE_MAX = 32, /* images whose supervisors are asked for it at a time */
    UI_HISTORY_MS = 10000,     /* until connections are asked for again, without news */
    UI_HISTORY_SOON_MS = 200,  /* between two questions about them */
    UI_CLICK_MS = 400,         /* at most between the clicks of a double one */
    UI_FAN_ROOM = 32,          /* places that an evaluation in many images leaves to the rest */
    UI_RENEW_MS = 5000,        /* the edit lease; it lasts three times as long */
    UI_ROWS_MIN = 10,
    UI_COLUMNS_MIN = 40,
};

/* Of the mouse, one soon after the other on one cell. */
struct clicks {
    int row, column, count;
    int64_t at_ms;
};

struct ui {
    struct model model;
    struct kiosk *kiosk; /* owned; NULL: this terminal is no wall */
    struct keymap keymap;
    struct prompt prompt;
    struct workspace **workspaces; /* owned */
    size_t workspace_count, workspace_capacity;
    struct workspace *current;       /* the one shown; NULL: none was opened */
    uint64_t last_number, last_used; /* of workspaces */
    struct model_sessions sessions;
    struct ui_cleanup cleanup;
    struct ui_versions versions; /* of a session, compared */
    struct ui_probe diagnosis;   /* of an image */
    struct ui_edit edit;
    struct ui_welcome welcome;
    struct model_fan fan;
    char *fan_code; /* owned: what is to be evaluated in many, while it is asked about; NULL */
    enum screen_id fan_from; /* its screen goes back to it */
    int64_t sessions_ms;     /* when their screen's list is asked for anew; STUI_NEVER */
    size_t sessions_open;    /* questions of it that are open */
    struct model_transcript transcript;
    size_t transcripts_open; /* questions about them that are open */
    struct model_inspector inspector;
    struct model_held held;
    bool held_wanted;                      /* its screen's list is to be asked for */
    size_t held_open;                      /* questions of it that are open */
    size_t held_next;                      /* the image that is asked next; 0: all were */
    bool marks_wanted, history_open;       /* to be asked for; asked for */
    int64_t marks_ms;                      /* not before: they could not be had */
    uint64_t marks_seen;                   /* how often they had changed when they were asked for */
    uint64_t strokes;                      /* keys and pastes so far */
    struct json *layouts;                  /* owned: of panes, by name; NULL: not known yet */
    char layout_wanted[STUI_NAME_MAX + 1]; /* shown as soon as they are told; empty */
    char history_image[STUI_NAME_MAX + 1]; /* whose connections were asked for last … */
    enum stui_image_state history_state;   /* … and how it was then */
    int64_t history_ms, history_soon_ms;   /* when they are asked for anew; another image's */
    enum stui_theme theme;                 /* wanted; the terminal may have fewer colours */
    char keys_trouble[STUI_CAUSE_MAX]; /* what is wrong with the keys of the configuration; empty */
    bool config_wrong;                 /* that of the owner, as far as was heard */
    enum screen_id screen;
    enum screen_id before; /* help goes back to it */
    struct panes panes;    /* the one that has the keys has its state here, see ui_panes.h */
    int border;            /* the split whose border is dragged, and 1; 0: none is */
    bool elsewhere;        /* another one is drawn */
    char terminal_id[STUI_UUID_LEN + 1];
    bool read_only;
    bool named;               /* it was started to open an image */
    bool touched;             /* the user did something: a stored view no longer takes the screen */
    bool restored;            /* what was left open last is known */
    bool watching, listening; /* `watch`, `events_get` are open */
    char *clip;               /* owned: what was cut or copied; NULL */
    struct clicks clicks;
    char *file;           /* owned: the one that a question is open about; NULL */
    uint64_t file_buffer; /* the one shown when that was asked */
    uint64_t file_sum;    /* of what is being written */
    bool file_changed;    /* by another program: what is asked about is that */
    uint64_t outside_workspace, outside_buffer; /* whose text the user's own editor has */
    char *directory, *home;                     /* owned: where paths begin; NULL: unknown */
    struct chooser chooser;                     /* over the current workspace's text */
    int rows, columns;                          /* of the last frame */
    int held_top, images_top, sessions_top, events_up, help_top, image_top, fan_top, inspector_top;
    struct rect list_area, editor_area, results_area; /* of the last frame: for the mouse */
    struct details details; /* of what is under a list's cursor, on the screen that has the keys */
    struct ui_now now;
    struct ui_ask *asks; /* owned */
    size_t ask_count, ask_capacity;
    uint64_t last_ref;
    int64_t watch_ms, listen_ms; /* when `watch`, `events_get` may be asked again */
    int64_t event_seq;    /* of the event under the cursor; 0: the newest, whichever that is */
    bool event_open;      /* all of it is shown */
    int64_t events_said;  /* those after this one are news */
    int64_t events_after; /* the last event known; -1: where to begin is not known */
    bool quitting, quit_forced,
        quit_ordered; /* forced: whatever is unsaved; ordered: not by the user */
    bool quit_told;   /* what it waits for, and how that is given up */
    int64_t quit_ms;
    unsigned dirty;            /* of enum ui_dirty; cleared by whoever drew */
    struct ui_action *actions; /* owned */
    size_t action_count, action_capacity;
};

/* IMAGE is opened at once; empty: as it was left. TERMINAL_ID is a UUID. */
void ui_init (struct ui *self, const char *terminal_id, const char *image, bool read_only,
              struct ui_now now);
void ui_fini (struct ui *self);

/* The steps. Each appends actions; the caller performs them and calls ui_actions_clear. */
void ui_begin (struct ui *self, struct ui_now now);
void ui_take_key (struct ui *self, struct key key, struct ui_now now);
void ui_take_paste (struct ui *self, const char *text, size_t size, struct ui_now now);
void ui_take_mouse (struct ui *self, const struct mouse *mouse, struct ui_now now);
void ui_take_message (struct ui *self, const struct msg *msg, struct ui_now now);
void ui_take_time (struct ui *self, struct ui_now now);
/* What the user's own editor made of the text; NULL: it made nothing, for the reason WHY. */
void ui_take_external (struct ui *self, const char *text, const char *why, struct ui_now now);
/* Told to end: the last edits are sent; UI_QUIT follows. */
void ui_take_quit (struct ui *self, struct ui_now now);
int64_t ui_deadline (const struct ui *self);
void ui_actions_clear (struct ui *self);

/* The whole screen into GRID. */
void ui_draw (struct ui *self, struct grid *grid);

/* ---- What commands and screens do ----------------------------------------------------------- */

/* What answers the user's own doing, and what comes by itself (model_say, model_tell). */
void ui_say (struct ui *self, enum role role, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void ui_news (struct ui *self, enum role role, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void ui_bell (struct ui *self);
void ui_do (struct ui *self, enum ui_do what);
/* Copies SIZE bytes at TEXT: for ^V here, and into the terminal's clipboard. */
void ui_copy (struct ui *self, const char *text, size_t size);
void ui_show (struct ui *self, enum screen_id screen);
/* Hands REQUEST to the screen; a bell when it is not for it. */
void ui_act (struct ui *self, int request);
/* The wheel of the MOUSE turns in what is under it on the screen. */
void ui_wheel (struct ui *self, const struct mouse *mouse);
/* Opens the image's workspace, the one used last, and shows it (or only opens it). */
void ui_open (struct ui *self, const char *image, bool show);
/* The same of one session of the image. */
void ui_open_session (struct ui *self, const char *image, const char *session, bool show);
/* The list of sessions is asked for anew, soon. */
void ui_refresh_sessions (struct ui *self);
void ui_evaluate (struct ui *self, enum eval_mode mode);
void ui_evaluate_answer (struct ui *self, struct workspace *workspace, const struct msg *msg,
                         const struct json *result);
void ui_interrupt (struct ui *self);
void ui_quit (struct ui *self);
/* Text that a user typed, cut or pasted changed the current workspace. */
void ui_edited (struct ui *self);
/* Whether keys are text on the screen that is shown. */
bool ui_takes_text (const struct ui *self);
/* The first key of the command NAME where keys go now: in the text another than elsewhere. KEY. */
const char *ui_key (const struct ui *self, const char *name, char key[KEY_NAME_SIZE]);
/* Says so when the bracket that was TYPED just now closes nothing, or another kind. */
void ui_check_bracket (struct ui *self, uint32_t typed);
/* Whether the workspace may be edited; says why not. */
bool ui_may_edit (struct ui *self);

/* ---- Between ui_step.c and ui_mail.c -------------------------------------------------------- */

/* Sends the request made by MSG_NEW (…, ref, …). Returns the ask, borrowed until the next; NULL
 * when there is no place, which is said. Ref is self->last_ref + 1. */
struct ui_ask *ui_ask (struct ui *self, enum ui_ask_kind kind, const char *image, struct msg *msg);
/* Whether an answer of KIND is awaited. */
bool ui_awaits (const struct ui *self, enum ui_ask_kind kind);
/* The same as ui_ask about WORKSPACE. */
struct ui_ask *ui_ask_about (struct ui *self, enum ui_ask_kind kind,
                             const struct workspace *workspace, struct msg *msg);
/* The alerts of a `watch` answer. */
void ui_take_alerts (struct ui *self, const struct json *result);
void ui_connect (struct ui *self);
/* Asks the relay for an owner, a new one if need be. */
void ui_wake (struct ui *self);
/* Asks for all that should be open and is not. */
void ui_attach (struct ui *self);
void ui_pursue (struct ui *self, struct workspace *workspace);
/* Leaving begins (FORCED: in a second whatever is unsaved then); is over once all is stored; or the user
 * stays. */
void ui_quit_begin (struct ui *self, bool forced);
/* There is text to be stored, or a file to be read: where the owner was stopped by order another is started. */
void ui_want_owner (struct ui *self);
void ui_quit_step (struct ui *self);
/* The user stays, unless it was ordered. */
void ui_quit_cancel (struct ui *self);
/* Sends MSG, which is taken over; no answer is waited for. */
void ui_tell (struct ui *self, struct msg *msg);
/* Whether the edit lease of WORKSPACE is to be taken or renewed, as soon as that is due. */
bool ui_lease_is_wanted (const struct ui *self, struct workspace *workspace);
/* Takes or renews it, or lets that of a workspace go that was left. */
void ui_lease_pursue (struct ui *self, struct workspace *workspace);
void ui_lease_hurry (struct ui *self, struct workspace *workspace);
void ui_take_lease (struct ui *self, struct workspace *workspace);
/* The next terminal need not wait until the leases of this one run out. */
void ui_lease_drop_all (struct ui *self);
struct workspace *ui_workspace (const struct ui *self, const char *image);
/* The actor name of IMAGE's supervisor into PEER. Returns PEER. */
char *ui_peer (const char *image, char peer[STUI_ACTOR_ID_MAX + 1]);

#endif
