/* tmux.c: see tmux.h. */

#include "support/tmux.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"

enum { WORDS_MAX = 24, LOOK_MS = 50, READ_BYTES = 4096 };

/* Runs a command of tmux's; what it prints, which the caller frees. */
static char *
tmux_run (struct tmux *self, const char *const *words)
{
    const char *all[WORDS_MAX + 5] = {"-S", self->socket, "-f", "/dev/null"};
    for (size_t count = 0; count < WORDS_MAX && words[count]; count++)
        all[count + 4] = words[count];
    struct run_process process;
    run_start (&process, self->place, "tmux", all);
    char *out = NULL;
    size_t size = 0, capacity = 0;
    ssize_t got;
    do {
        while (size + READ_BYTES + 1 > capacity)
            stui_grow (&out, &capacity, capacity, 1);
        got = read (process.out.fd, out + size, READ_BYTES);
        size += got > 0 ? (size_t) got : 0;
    } while (got > 0);
    out[size] = '\0';
    cr_assert_eq (run_end (&process, 0), 0, "tmux %s: see background.err", words[0]);
    return out;
}

#define tmux_do(self, ...) free (tmux_run (self, (const char *const[]){__VA_ARGS__, NULL}))

#define ENDED "stui has ended with status "

/* The shell tells the status: tmux 3.3 does not always learn that of a process whose terminal was closed
 * before. */
static char *
command_line (const char *options)
{
    const char *program = getenv ("STUI");
    return stui_printf ("%s %s; echo \"" ENDED "$?.\"; exec sleep 3600",
                        program ? program : "build/stui", options);
}

void
tmux_open (struct tmux *self, const struct run_place *place, const char *options, int columns,
           int rows)
{
    char width[16], height[16], *line = command_line (options);
    snprintf (width, sizeof width, "%d", columns);
    snprintf (height, sizeof height, "%d", rows);
    *self = (struct tmux){.place = place, .socket = stui_printf ("%s/tmux", place->directory)};
    tmux_do (self, "start-server", ";", "set", "-g", "status", "off", ";", "new-session", "-d",
             "-x", width, "-y", height, line);
    free (line);
}

void
tmux_again (struct tmux *self, const char *options)
{
    char *line = command_line (options);
    tmux_do (self, "respawn-pane", "-k", line);
    free (line);
}

void
tmux_close (struct tmux *self)
{
    if (!self->socket)
        return;
    tmux_do (self, "kill-server");
    free (self->socket);
    *self = (struct tmux){0};
}

void
tmux_type (struct tmux *self, const char *text)
{
    tmux_do (self, "send-keys", "-l", "--", text);
}

void
tmux_keys (struct tmux *self, const char *keys)
{
    char *copy = stui_strdup (keys);
    const char *words[WORDS_MAX] = {"send-keys"};
    size_t count = 1;
    for (char *key = strtok (copy, " "); key && count < WORDS_MAX - 1; key = strtok (NULL, " "))
        words[count++] = key;
    free (tmux_run (self, words));
    free (copy);
}

char *
tmux_screen (struct tmux *self)
{
    return tmux_run (self, (const char *const[]){"capture-pane", "-p", NULL});
}

static void
tmux_wait (struct tmux *self, const char *text, bool is_wanted)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    for (;;) {
        char *screen = tmux_screen (self);
        if ((strstr (screen, text) != NULL) == is_wanted) {
            free (screen);
            return;
        }
        cr_assert_lt (clock_mono_ms (), deadline, "'%s' is %s on this screen:\n%s", text,
                      is_wanted ? "not" : "still", screen);
        free (screen);
        usleep (LOOK_MS * 1000);
    }
}

void
tmux_await (struct tmux *self, const char *text)
{
    tmux_wait (self, text, true);
}

void
tmux_await_gone (struct tmux *self, const char *text)
{
    tmux_wait (self, text, false);
}

int
tmux_await_end (struct tmux *self)
{
    int status = -1;
    tmux_await (self, ENDED);
    char *screen = tmux_screen (self);
    cr_assert_eq (sscanf (strstr (screen, ENDED), ENDED "%d.", &status), 1, "%s", screen);
    free (screen);
    return status;
}
