/* ui_cleanup.h: the list of sessions that could be cleaned away, brought back or adopted: what is asked
 * for it, what it holds, and what is ordered about it. Part of ui_step.h. Pure but for the heap. */

#ifndef STUI_UI_UI_CLEANUP_H
#define STUI_UI_UI_CLEANUP_H

#include <stdbool.h>
#include <stddef.h>

#include <stui/types.h>

struct json;
struct model_session;
struct msg;
struct ui;
struct ui_ask;

enum cleanup_kind {
    CLEANUP_AWAY,  /* into the archive */
    CLEANUP_BACK,  /* out of it */
    CLEANUP_ADOPT, /* from clients that are gone, and from an image that is not there any more */
};

struct ui_cleanup {
    enum cleanup_kind kind;
    char image[STUI_NAME_MAX + 1]; /* of CLEANUP_ADOPT: which one adopts */
    struct json *rows;             /* owned: as registry and supervisor say them; NULL: none yet */
    uint64_t listing;  /* number of the list that is asked for; answers of others are late */
    size_t open;       /* questions for it */
    bool wanted_again; /* something changed since they were asked */
    size_t ordered;    /* orders that are not answered yet */
    struct json *todo; /* owned: sessions that are ordered next, as a wish names them; NULL */
    enum cleanup_kind todo_kind;        /* what is ordered about them, … */
    char todo_image[STUI_NAME_MAX + 1]; /* … and for whom */
    size_t part;                        /* so many at a time, so that it is seen how far it is */
    size_t wanted, settled, moved;      /* sessions that were ordered; answered; moved */
    char kept[160];                     /* why one of them stays; empty */
    bool found_empty;                   /* the list was empty when it was read last */
    bool failed;                        /* some of it could not be read, this time; … */
    char why[STUI_CAUSE_MAX];           /* … and when it was read last, why: empty, all was */
    int64_t again_ms; /* what is empty or was not read is read again quietly then; STUI_NEVER */
    int64_t wait_ms;  /* and how long that was waited for */
    size_t selected;
    int top;
};

void ui_cleanup_fini (struct ui_cleanup *self);

/* Shows the list of KIND (IMAGE: who adopts, else ""), and asks what is in it. */
void ui_cleanup_show (struct ui *self, enum cleanup_kind kind, const char *image);
/* Reads an empty list, and one that could not be read, again when that is due: what is seen elsewhere comes
 * here once it is stored. */
void ui_cleanup_attach (struct ui *self);
int64_t ui_cleanup_deadline (const struct ui *self);
/* Orders it for all that is in the list, which is empty then until it is read again. */
void ui_cleanup_do (struct ui *self);
/* How many sessions were ordered since nothing was under way; cleanup.settled of them are answered. */
size_t ui_cleanup_wanted (const struct ui_cleanup *self);
/* SESSION goes into the archive. */
void ui_cleanup_one (struct ui *self, const struct model_session *session);

/* ASK, a question or an order of the two kinds, is not waited for any more, and nothing more is ordered. */
void ui_cleanup_give_up (struct ui *self, const struct ui_ask *ask);

/* An answer to a question of the kinds UI_ASK_CLEANUP and UI_ASK_CLEANED; RESULT is NULL after an
 * error. */
void ui_cleanup_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                        const struct json *result);

#endif
