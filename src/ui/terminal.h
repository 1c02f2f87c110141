/* terminal.h: the terminal: taken into raw mode and the alternate screen, drawn on, and given back
 * as it was found, on an orderly end, on a crash and by whoever must end a process in a hurry.
 * Owned by one thread (the ui's), but for terminal_rescue.
 *
 * Frames go out through a buffer with one write(2) a turn that never blocks. While bytes of the
 * last frame wait, the terminal is behind: no new frame is made, only the wish for one is kept,
 * so that the buffer never holds more than one frame, and what comes next is the newest.
 *
 * A terminal opened on memory has no descriptor and no modes; the rest is the same code, so that
 * tests see what a user sees: the bytes, and the grid that is shown.
 *
 *     loop: poll (terminal_fd: POLLIN, and POLLOUT if terminal_is_behind)
 *           readable  -> terminal_read -> input_feed
 *           writable  -> terminal_flush
 *           at the end of a turn in which something changed:
 *               draw into terminal_grid; terminal_show */

#ifndef STUI_UI_TERMINAL_H
#define STUI_UI_TERMINAL_H

#include <sys/types.h>

#include <stui/types.h>

#include "ui/cell.h"
#include "ui/present.h"

enum { TERMINAL_CLIPBOARD_MAX = 74994 /* bytes: what terminals take, 100,000 characters of it */ };

struct terminal; /* opaque */

/* What a terminal can, as far as its environment tells. */
struct terminal_traits {
    enum color_depth depth;
    bool ascii;        /* nothing but ASCII, by wish or because the locale is not UTF-8 */
    bool synchronized; /* mode 2026; usually learnt from terminal_reply */
    bool shapes;       /* DECSCUSR */
    bool erases;       /* erasing takes the background */
    bool mouse;        /* reports of buttons, drags and the wheel are wanted */
};

/* Traits from the values of $TERM, $COLORTERM, $NO_COLOR and of $LC_ALL, $LC_CTYPE, $LANG (the
 * first that is set), each of which may be NULL. UNSUPPORTED with CAUSE for a terminal on which no
 * screen can be drawn (none, "dumb"). */
int terminal_traits_detect (struct terminal_traits *traits, const char *term, const char *colorterm,
                            const char *no_color, const char *locale, struct stui_cause *cause);
/* The same from the environment of this process. */
int terminal_traits_from_environment (struct terminal_traits *traits, struct stui_cause *cause);

/* Takes the terminal at FD (borrowed; both ways; a descriptor of its own is opened where the
 * kernel allows it, so that no flag of a shared one changes). One at a time in a process: it is
 * the one that crashes give back. NULL and CAUSE: UNSUPPORTED when FD is no terminal, SYSTEM. */
struct terminal *terminal_open (int fd, const struct terminal_traits *traits,
                                struct stui_cause *cause);
/* A terminal in memory. */
struct terminal *terminal_open_memory (int rows, int columns, const struct terminal_traits *traits);
/* Gives the terminal back (terminal_leave) and frees. */
void terminal_close (struct terminal **self);

/* The descriptor to poll; -1 in memory. */
int terminal_fd (const struct terminal *self);
/* Up to SIZE bytes of input; 0 when there are none now; ACTOR_ENDED when the terminal is gone
 * (hung up), with CAUSE. */
ssize_t terminal_read (struct terminal *self, char *bytes, size_t size, struct stui_cause *cause);

/* Where to draw: of the terminal's size; kept from frame to frame; borrowed until the close. */
struct grid *terminal_grid (struct terminal *self);
/* How the grid is to be drawn from now on, as far as the terminal can. */
void terminal_set_theme (struct terminal *self, enum stui_theme theme);
/* The grid is complete: shows it, now or, when the terminal is behind, as soon as it is not. */
void terminal_show (struct terminal *self);
/* Whether bytes wait, so that POLLOUT is of interest. */
bool terminal_is_behind (const struct terminal *self);
/* Writes what the terminal takes; when all is written and a frame was wished for meanwhile, shows
 * the grid as it is then. */
void terminal_flush (struct terminal *self);

/* Rings, unless the terminal is behind. */
void terminal_bell (struct terminal *self);
/* A notification of the desktop (OSC 9), unless the terminal is behind; one that knows of none ignores
 * it. What would drive the terminal in TEXT becomes blanks. */
void terminal_notify (struct terminal *self, const char *text);
/* TEXT into the terminal's clipboard (OSC 52), for other programs; a terminal that has none to give
 * ignores it. False, and nothing was written: it is longer than TERMINAL_CLIPBOARD_MAX. */
bool terminal_clipboard (struct terminal *self, const char *text);
/* The next frame is a whole one, whatever is thought to be shown. */
void terminal_redraw (struct terminal *self);

/* Asks for the size and resizes the grid to it: true when it changed; then draw and show. For
 * SIGWINCH, and after terminal_enter. */
bool terminal_resize (struct terminal *self);
/* What the terminal answered (an INPUT_REPLY): learns what it can. */
void terminal_reply (struct terminal *self, const char *reply, size_t size);

/* Gives the terminal back for a while (^Z), and takes it again, with the modes it has by then
 * (fg); the next frame is a whole one. Each does nothing where it is so already; enter also
 * after a stop that came without leave. */
void terminal_leave (struct terminal *self);
int terminal_enter (struct terminal *self, struct stui_cause *cause);

/* Gives back whatever terminal this process holds. Async-signal-safe, from any thread, any number
 * of times: for the end that does not wait for the ui. The crash handlers call it too. */
void terminal_rescue (void);

/* The traits, as learnt by now, and the counters; borrowed. */
const struct terminal_traits *terminal_traits (const struct terminal *self);
const struct present *terminal_present (const struct terminal *self);
/* Bytes that wait. */
size_t terminal_pending (const struct terminal *self);

/* ---- of a terminal in memory ---- */

/* All that was written and not yet cleared; borrowed until the next call. Clear it with
 * buffer_clear. */
struct buffer *terminal_written (struct terminal *self);
/* The terminal takes at most BYTES more before it blocks; SIZE_MAX, as at first: no end. */
void terminal_set_room (struct terminal *self, size_t bytes);
/* Its user makes it another size; terminal_resize finds out. */
void terminal_set_size (struct terminal *self, int rows, int columns);

#endif
