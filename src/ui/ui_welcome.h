/* ui_welcome.h: what greets a newcomer, and whoever asks for it: what was open is resumed, favourites and
 * recents are opened, and a new connection is tried while its address is typed. Pure but for the heap. */

#ifndef STUI_UI_UI_WELCOME_H
#define STUI_UI_UI_WELCOME_H

#include "ui/form.h"
#include "ui/ui_probe.h"

enum {
    WELCOME_RESUMES_MAX = 4,
    WELCOME_RECENTS_MAX = 5,
    WELCOME_ROWS_MAX = 16,
    WELCOME_PROBE_MS = 400, /* without a key before what was typed is tried */
};

enum welcome_field {
    WELCOME_ADDRESS,
    WELCOME_NAME,
    WELCOME_VIA,
    WELCOME_TOKEN,
    WELCOME_FIELD_COUNT
};

enum welcome_kind { WELCOME_RESUME, WELCOME_FAVOURITE, WELCOME_RECENT, WELCOME_KIND_COUNT };

/* Something that can be opened. */
struct welcome_row {
    enum welcome_kind kind;
    char image[STUI_NAME_MAX + 1];
    char session[STUI_UUID_LEN + 1]; /* of WELCOME_RESUME */
    char name[STUI_SESSION_NAME_MAX + 1];
    int64_t at_ms; /* wall: when it was last used; 0: unknown */
};

struct ui_welcome {
    struct form form;      /* of a new connection; made when it is shown first */
    struct ui_probe probe; /* of what is typed there */
    int64_t probe_ms;      /* mono: when it is tried; STUI_NEVER */
    bool in_form;          /* the form has the keys */
    bool by_itself;        /* it was shown because there is no image, and goes when there is one */
    struct welcome_row rows[WELCOME_ROWS_MAX];
    size_t count, selected;
    int top;                        /* the first row that is shown */
    struct json *resumes, *recents; /* owned: as they were answered; NULL */
    char adding[STUI_NAME_MAX + 1]; /* asked to be added, and opened then */
    struct rect form_area;          /* of the last frame: for the mouse */
};

void ui_welcome_fini (struct ui_welcome *self);

/* Shows it; BY_ITSELF: because there is no image. */
void ui_welcome_show (struct ui *ui, bool by_itself);
/* An answer of `watch` came. */
void ui_welcome_take_images (struct ui *ui);
/* The answer of `image_marks`, and one to a question of its own. */
void ui_welcome_take_marks (struct ui *ui, const struct json *answer);
void ui_welcome_answer (struct ui *ui, const struct ui_ask *ask, const struct msg *msg,
                        const struct json *result);
/* Time passed: what was typed may be tried now. */
void ui_welcome_attach (struct ui *ui);
int64_t ui_welcome_deadline (const struct ui *ui);
/* TEXT was typed into the form, or an editor_op changed it. */
void ui_welcome_type (struct ui *ui, const char *text, size_t size);
void ui_welcome_typed (struct ui *ui);
/* Opens what is under the cursor, or adds what is typed. */
void ui_welcome_accept (struct ui *ui);

#endif
