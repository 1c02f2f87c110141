/* terminal.c: see terminal.h. What a signal handler needs to give the terminal back lies ready in
 * one static struct, `rescue`; its flag `held` also stops all further output once the terminal was
 * given back by whomever. */

#include "ui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"
#include "ui/buffer.h"
#include "ui/theme.h"

enum {
    MEMORY = -1,              /* the descriptor of a terminal in memory */
    RESCUE_PATIENCE_MS = 100, /* for a terminal that takes nothing, */
    RESCUE_TRIES = 3,         /* as often, before it gets its modes back without the sequence */
    SIGNAL_STACK_BYTES = 32768,
};

struct terminal {
    int fd;      /* MEMORY: none */
    bool own_fd; /* opened here, else the caller's */
    bool entered;
    bool asked; /* a question was sent whose answer has not come */
    bool owed;  /* a frame was wished for while the terminal was behind */
    bool gone;  /* hung up */
    struct terminal_traits traits;
    struct grid grid;       /* where screens draw */
    struct present present; /* what is shown */
    struct buffer out;      /* bytes of the last frame that wait */
    /* of a terminal in memory */
    struct buffer written;
    size_t room;
    int rows, columns;
};

/* ---- traits ---- */

static bool
starts_with (const char *text, const char *start)
{
    return strncmp (text, start, strlen (start)) == 0;
}

static enum color_depth
detect_depth (const char *term, const char *colorterm)
{
    if (colorterm && (strcmp (colorterm, "truecolor") == 0 || strcmp (colorterm, "24bit") == 0))
        return COLOR_TRUE;
    if (strstr (term, "-direct"))
        return COLOR_TRUE;
    if (strstr (term, "256color"))
        return COLOR_256;
    return starts_with (term, "vt") || strstr (term, "-mono") ? COLOR_MONO : COLOR_16;
}

int
terminal_traits_detect (struct terminal_traits *traits, const char *term, const char *colorterm,
                        const char *no_color, const char *locale, struct stui_cause *cause)
{
    *traits = (struct terminal_traits){0};
    if (!term || !*term || strcmp (term, "dumb") == 0)
        return stui_fail (cause, STUI_E_UNSUPPORTED,
                          "a screen needs a terminal that can move its cursor, but TERM is %s; "
                          "set it to what the terminal is, or use the command line (stui help)",
                          term && *term ? term : "not set");
    bool old = starts_with (term, "vt") || strcmp (term, "linux") == 0;
    traits->depth = no_color && *no_color ? COLOR_MONO : detect_depth (term, colorterm);
    traits->ascii = !locale || !(strcasestr (locale, "utf-8") || strcasestr (locale, "utf8"));
    traits->shapes = !old;
    traits->erases = !starts_with (term, "screen");
    traits->mouse = true;
    return 0;
}

int
terminal_traits_from_environment (struct terminal_traits *traits, struct stui_cause *cause)
{
    static const char *const locales[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    for (size_t index = 0; index < sizeof locales / sizeof *locales && !(locale && *locale);
         index++)
        locale = getenv (locales[index]);
    return terminal_traits_detect (traits, getenv ("TERM"), getenv ("COLORTERM"),
                                   getenv ("NO_COLOR"), locale, cause);
}

/* ---- giving back, from anywhere ---- */

/* Alternate screen, no autowrap, no focus reports, bracketed paste; then the questions: is mode
 * 2026 there, and who are you, which every terminal answers. What an old one prints for the first
 * is gone with the first frame. */
static const char enter_sequence[] = "\033[?1049h\033[?7l\033[?1004l\033[?2004h";
static const char mouse_on[] = "\033[?1002h\033[?1006h";
static const char question[] = "\033[?2026$p\033[c";
/* Its first ESC also ends a sequence that was cut. */
static const char leave_sequence[] =
    "\033[?2026l\033[m\033[?1006l\033[?1002l\033[?2004l\033[?7h\033[?25h\033[?1049l";
static const char shape_default[] = "\033[0 q";

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
enum { CRASH_COUNT = sizeof crashes / sizeof *crashes };

static struct {
    atomic_bool held;
    int fd;
    int flags; /* of a descriptor that is not ours alone, as found; -1: nothing to give back */
    struct termios found;
    char leave[sizeof leave_sequence + sizeof shape_default];
    size_t leave_size;
    struct sigaction before[CRASH_COUNT];
    char stack[SIGNAL_STACK_BYTES]; /* so that an overflown stack is a crash like others */
} rescue;

void
terminal_rescue (void)
{
    if (!atomic_exchange (&rescue.held, false))
        return;
    int saved_errno = errno, tries = 0;
    size_t sent = 0;
    while (sent < rescue.leave_size && tries < RESCUE_TRIES) {
        ssize_t size = write (rescue.fd, rescue.leave + sent, rescue.leave_size - sent);
        if (size > 0)
            sent += (size_t) size;
        else {
            struct pollfd wait = {.fd = rescue.fd, .events = POLLOUT};
            poll (&wait, 1, RESCUE_PATIENCE_MS);
            tries++;
        }
    }
    /* Not TCSADRAIN: it would wait for a terminal that does not read. */
    tcsetattr (rescue.fd, TCSANOW, &rescue.found);
    if (rescue.flags != -1)
        fcntl (rescue.fd, F_SETFL, rescue.flags);
    errno = saved_errno;
}

/* Gives the terminal back, then lets the signal do what it did before: a fault happens again when
 * this returns, a signal that somebody sent is sent again. */
static void
on_crash (int number, siginfo_t *info, void *context)
{
    (void) context;
    terminal_rescue ();
    for (size_t index = 0; index < CRASH_COUNT; index++)
        if (crashes[index] == number)
            sigaction (number, &rescue.before[index], NULL);
    if (info->si_code <= 0)
        raise (number);
}

static void
watch_crashes (void)
{
    stack_t stack, ours = {.ss_sp = rescue.stack, .ss_size = sizeof rescue.stack};
    if (sigaltstack (NULL, &stack) == 0 && stack.ss_flags & SS_DISABLE)
        sigaltstack (&ours, NULL);
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset (&action.sa_mask);
    for (size_t index = 0; index < CRASH_COUNT; index++)
        sigaction (crashes[index], &action, &rescue.before[index]);
}

static void
unwatch_crashes (void)
{
    for (size_t index = 0; index < CRASH_COUNT; index++)
        sigaction (crashes[index], &rescue.before[index], NULL);
    stack_t stack, none = {.ss_flags = SS_DISABLE};
    if (sigaltstack (NULL, &stack) == 0 && stack.ss_sp == rescue.stack)
        sigaltstack (&none, NULL);
}

/* ---- bytes out ---- */

/* As much of the buffer as the terminal takes in one write. */
static void
write_some (struct terminal *self)
{
    size_t left = buffer_left (&self->out);
    if (left == 0)
        return;
    if (self->fd == MEMORY) {
        size_t size = left < self->room ? left : self->room;
        buffer_add (&self->written, buffer_head (&self->out), size);
        buffer_take (&self->out, size);
        if (self->room != SIZE_MAX)
            self->room -= size;
        return;
    }
    if (!atomic_load (&rescue.held)) {
        buffer_clear (&self->out);
        return;
    }
    ssize_t size = write (self->fd, buffer_head (&self->out), left);
    if (size >= 0)
        buffer_take (&self->out, (size_t) size);
    else if (errno != EAGAIN && errno != EINTR) {
        self->gone = true; /* reading will tell */
        buffer_clear (&self->out);
    }
}

void
terminal_show (struct terminal *self)
{
    self->owed = true;
    if (!terminal_is_behind (self))
        terminal_flush (self);
}

bool
terminal_is_behind (const struct terminal *self)
{
    return buffer_left (&self->out) > 0;
}

void
terminal_flush (struct terminal *self)
{
    write_some (self);
    if (!self->owed || !self->entered || self->gone || terminal_is_behind (self))
        return;
    self->owed = false;
    present_frame (&self->present, &self->grid, &self->out);
    write_some (self);
}

/* ---- life ---- */

void
terminal_bell (struct terminal *self)
{
    if (!self->entered || self->gone || terminal_is_behind (self))
        return;
    buffer_string (&self->out, "\a");
    write_some (self);
}

void
terminal_notify (struct terminal *self, const char *text)
{
    if (!self->entered || self->gone || terminal_is_behind (self))
        return;
    char *harmless = stui_strdup (text);
    utf8_repair (harmless);
    utf8_blank_controls (harmless);
    buffer_string (&self->out, "\033]9;stui: "); /* some take what begins with a digit for more */
    buffer_string (&self->out, harmless);
    buffer_string (&self->out, "\a");
    free (harmless);
    write_some (self);
}

/* SIZE bytes as base64 (RFC 4648) behind what OUT has. */
static void
add_base64 (struct buffer *out, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < size; at += 3) {
        size_t left = size - at;
        uint32_t three = (uint32_t) bytes[at] << 16 | (left > 1 ? (uint32_t) bytes[at + 1] << 8 : 0)
                         | (left > 2 ? bytes[at + 2] : 0);
        const char four[] = {digits[three >> 18], digits[three >> 12 & 63],
                             left > 1 ? digits[three >> 6 & 63] : '=',
                             left > 2 ? digits[three & 63] : '='};
        buffer_add (out, four, sizeof four);
    }
}

bool
terminal_clipboard (struct terminal *self, const char *text)
{
    size_t size = strlen (text);
    if (size > TERMINAL_CLIPBOARD_MAX)
        return false;
    if (!self->entered || self->gone)
        return true;
    buffer_string (&self->out,
                   "\033]52;c;"); /* a frame before it is whole, or it waits behind it */
    add_base64 (&self->out, (const unsigned char *) text, size);
    buffer_string (&self->out, "\a");
    write_some (self);
    return true;
}

void
terminal_redraw (struct terminal *self)
{
    present_forget (&self->present);
}

static struct terminal *
terminal_new (int fd, const struct terminal_traits *traits)
{
    struct terminal *self = stui_alloc (sizeof *self);
    self->fd = fd;
    self->traits = *traits;
    self->room = SIZE_MAX;
    present_init (&self->present, traits->depth);
    self->present.synchronized = traits->synchronized;
    self->present.shapes = traits->shapes;
    self->present.erases = traits->erases;
    grid_init (&self->grid, 1, 1);
    self->grid.ascii = traits->ascii;
    terminal_set_theme (self, STUI_THEME_TERMINAL);
    return self;
}

void
terminal_set_theme (struct terminal *self, enum stui_theme theme)
{
    self->grid.theme = theme_at_depth (theme, self->traits.depth);
}

/* Opens the terminal at FD again: the flags of a descriptor that a shell lent are the shell's too,
 * O_NONBLOCK would reach it. Where that is not allowed (another user's terminal), FD itself. */
static int
open_again (int fd)
{
    char path[32];
    snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
    return open (path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct terminal *
terminal_open (int fd, const struct terminal_traits *traits, struct stui_cause *cause)
{
    if (!isatty (fd)) {
        stui_fail (cause, STUI_E_UNSUPPORTED,
                   "a screen needs a terminal, and this is none; use the command line (stui help)");
        return NULL;
    }
    int own = open_again (fd);
    struct terminal *self = terminal_new (own >= 0 ? own : fd, traits);
    self->own_fd = own >= 0;
    watch_crashes ();
    if (terminal_enter (self, cause) < 0) {
        terminal_close (&self);
        return NULL;
    }
    terminal_resize (self);
    return self;
}

struct terminal *
terminal_open_memory (int rows, int columns, const struct terminal_traits *traits)
{
    struct terminal *self = terminal_new (MEMORY, traits);
    self->entered = true;
    terminal_set_size (self, rows, columns);
    terminal_resize (self);
    return self;
}

void
terminal_close (struct terminal **self_p)
{
    struct terminal *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    terminal_leave (self);
    if (self->fd != MEMORY)
        unwatch_crashes ();
    if (self->own_fd)
        close (self->fd);
    grid_fini (&self->grid);
    present_fini (&self->present);
    buffer_fini (&self->out);
    buffer_fini (&self->written);
    free (self);
}

/* ---- taking and giving back ---- */

static void
prepare_rescue (const struct terminal *self)
{
    rescue.fd = self->fd;
    rescue.leave_size = 0;
    if (self->traits.shapes)
        rescue.leave_size = strlen (strcpy (rescue.leave, shape_default));
    strcpy (rescue.leave + rescue.leave_size, leave_sequence);
    rescue.leave_size += strlen (leave_sequence);
}

/* Keeps the modes that are there and makes the terminal raw: every key is a byte to read. */
static int
enter_modes (struct terminal *self, struct stui_cause *cause)
{
    if (!self->entered && tcgetattr (self->fd, &rescue.found) < 0)
        return stui_fail (cause, STUI_E_SYSTEM, "the terminal does not tell its modes: %s",
                          strerror (errno));
    if (!self->entered)
        rescue.flags = self->own_fd ? -1 : fcntl (self->fd, F_GETFL);
    struct termios raw = rescue.found;
    cfmakeraw (&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr (self->fd, TCSANOW, &raw) < 0)
        return stui_fail (cause, STUI_E_SYSTEM, "the terminal does not take raw mode: %s",
                          strerror (errno));
    if (rescue.flags != -1)
        fcntl (self->fd, F_SETFL, rescue.flags | O_NONBLOCK);
    prepare_rescue (self);
    atomic_store (&rescue.held, true);
    return 0;
}

int
terminal_enter (struct terminal *self, struct stui_cause *cause)
{
    if (self->fd != MEMORY) {
        int err = enter_modes (self, cause);
        if (err < 0)
            return err;
    }
    bool first = !self->present.known && self->present.frames == 0;
    self->entered = true;
    buffer_clear (&self->out);
    buffer_string (&self->out, enter_sequence);
    if (self->traits.mouse)
        buffer_string (&self->out, mouse_on);
    if (first && self->fd != MEMORY) {
        buffer_string (&self->out, question);
        self->asked = true;
    }
    present_forget (&self->present);
    write_some (self);
    return 0;
}

void
terminal_leave (struct terminal *self)
{
    if (!self->entered)
        return;
    self->entered = false;
    buffer_clear (&self->out);
    if (self->fd == MEMORY) {
        buffer_string (&self->out, leave_sequence);
        write_some (self);
        return;
    }
    terminal_rescue ();
    if (self->asked) /* or its answer would be typed into the shell */
        tcflush (self->fd, TCIFLUSH);
}

/* ---- what the terminal says ---- */

int
terminal_fd (const struct terminal *self)
{
    return self->fd;
}

ssize_t
terminal_read (struct terminal *self, char *bytes, size_t size, struct stui_cause *cause)
{
    if (self->fd == MEMORY)
        return 0;
    ssize_t got = self->gone ? 0 : read (self->fd, bytes, size);
    if (got > 0)
        return got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    self->gone = true;
    return stui_fail (cause, STUI_E_ACTOR_ENDED, "the terminal was closed");
}

bool
terminal_resize (struct terminal *self)
{
    int rows = self->rows, columns = self->columns;
    struct winsize size;
    if (self->fd != MEMORY) {
        bool told = ioctl (self->fd, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col;
        rows = told ? size.ws_row : 24;
        columns = told ? size.ws_col : 80;
    }
    int old_rows = self->grid.rows, old_columns = self->grid.columns;
    if (rows == old_rows && columns == old_columns)
        return false;
    grid_resize (&self->grid, rows, columns);
    if (self->grid.rows == old_rows && self->grid.columns == old_columns)
        return false;
    present_forget (&self->present);
    return true;
}

void
terminal_reply (struct terminal *self, const char *reply, size_t size)
{
    /* DECRPM: 1 set, 2 reset, 3 always set; 0 unknown, 4 never. */
    static const char mode[] = "\033[?2026;";
    enum { MODE_SIZE = sizeof mode - 1 };
    if (size < 4)
        return;
    if (size == MODE_SIZE + 3 && memcmp (reply, mode, MODE_SIZE) == 0
        && memcmp (reply + MODE_SIZE + 1, "$y", 2) == 0) {
        bool has = reply[MODE_SIZE] >= '1' && reply[MODE_SIZE] <= '3';
        self->traits.synchronized = self->present.synchronized = has;
    }
    if (reply[2] == '?' && reply[size - 1] == 'c')
        self->asked = false;
}

/* ---- looking in ---- */

struct grid *
terminal_grid (struct terminal *self)
{
    return &self->grid;
}

const struct terminal_traits *
terminal_traits (const struct terminal *self)
{
    return &self->traits;
}

const struct present *
terminal_present (const struct terminal *self)
{
    return &self->present;
}

size_t
terminal_pending (const struct terminal *self)
{
    return buffer_left (&self->out);
}

/* ---- in memory ---- */

struct buffer *
terminal_written (struct terminal *self)
{
    return &self->written;
}

void
terminal_set_room (struct terminal *self, size_t bytes)
{
    self->room = bytes;
}

void
terminal_set_size (struct terminal *self, int rows, int columns)
{
    self->rows = rows;
    self->columns = columns;
}
