/* ui.h: the ui actor: owns the terminal, the model and the screens. Keys and messages come in,
 * go through ui_step.h, and come out as cells and messages; it draws once at the end of a turn,
 * when something changed and the terminal is not behind.
 *
 * In:  `linked`, `unlinked`, `stalled` (relay); `resized`, `suspend`, `resume`, `configured`, `quit_now`
 *      (main); answers.
 * Out: the verbs of terminals: `connect`, `watch`, `events_get`, `sessions_load`, `session_…`,
 *      `command`, `interrupt`, `retry`, `disable`, `image_add`, `image_remove`; `config_stale` to main;
 *      SIGTSTP to the
 *      own process when the user asks for it (^Z is a key while the terminal is raw): main
 *      reads it and asks for `suspend`.
 *
 * It ends when the user quits, when main says so, or when the terminal is gone; before that the
 * last edits are confirmed, or 1 s passes. The word of its `ended` is empty when it was asked to
 * end, else why it had to. The terminal is given back before that word is said. */

#ifndef STUI_UI_UI_H
#define STUI_UI_UI_H

#include <stui/actor.h>

#include "ui/keymap.h"

/* What the command line says about the terminal. */
struct ui_options {
    bool ascii;            /* nothing but ASCII */
    bool fresh;            /* what was left open is not opened */
    bool kiosk;            /* a wall: all images as tiles, no keys */
    enum stui_theme theme; /* of its colours */
    const struct keymap_binding
        *bindings;                 /* borrowed until readiness: keys of the user's own; NULL */
    const char *config_name;       /* borrowed as long: where they stand … */
    const char *config_trouble;    /* … and why there are none; empty */
    bool read_only;                /* nothing is evaluated, nothing is written */
    char image[STUI_NAME_MAX + 1]; /* opened at the start; empty: as it was left */
};

struct ui_args {
    int fd; /* the terminal; borrowed until `ended` */
    struct ui_options options;
};

/* The actor's thread; actor_args.extra is a struct ui_args, copied before readiness. */
void ui_actor (zsock_t *pipe, void *args);

#endif
