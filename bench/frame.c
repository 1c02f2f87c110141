/* frame.c: what a frame of the images screen costs: a thousand images on 200 columns and 50 rows,
 * drawn, compared and written, and the bytes that a terminal gets: all of it, when nothing changed, and
 * when one latency changed. The ui's pure steps, without a mailbox; the terminal is a file in memory.
 *
 * Beside it, in turns, ncurses shows the same cells and writes to such a file (frame_curses.h). It is given them
 * ready made, while ours works out what they say in the same time: "of that, shown" is the part that
 * both do. */

#include "bench.h"
#include "frame_curses.h"
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/present.h"
#include "ui/ui_step.h"

enum { IMAGES = 1000, ROWS = 50, COLUMNS = 200, ROUNDS = 500, PAIR_BYTES = 16 };

/* Of this thread: a frame is all computing, and other programs' time is none of it. */
static int64_t
cpu_us (void)
{
    struct timespec time;
    clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * INT64_C (1000000) + time.tv_nsec / 1000;
}

static const char terminal_id[] = "018f0000-0000-7000-8000-00000000000a";

struct stand {
    struct ui ui;
    struct ui_now now;
    struct grid grid;
    struct present present;
    struct buffer out;
    int sink, reference_sink; /* files in memory */
    uint64_t version;
};

static void
stand_settle (struct stand *self)
{
    for (size_t index = 0; index < self->ui.action_count; index++)
        msg_destroy (&self->ui.actions[index].msg);
    ui_actions_clear (&self->ui);
}

static void
stand_give (struct stand *self, struct msg *msg)
{
    ui_take_message (&self->ui, msg, self->now);
    msg_destroy (&msg);
    stand_settle (self);
}

static struct json *
image_state (int number, double latency_ms)
{
    char name[32], address[64];
    struct json *state = json_object ();
    snprintf (name, sizeof name, "image-%04d", number);
    snprintf (address, sizeof address, "tcp://10.0.%d.%d:4242", number / 250, number % 250);
    json_set_text (state, "name", name);
    json_set_text (state, "address", address);
    json_set_text (state, "state", number % 50 ? "online" : "offline");
    json_set_text (state, "phase", number % 50 ? "live" : "waiting");
    json_set_text (state, "dialect", "GNU Smalltalk");
    json_set_text (state, "network", "ok");
    json_set_text (state, "link", number % 50 ? "up" : "down");
    json_set_text (state, "image", number % 50 ? "answers" : "unknown");
    json_set_text (state, "evaluator", number % 50 ? "idle" : "unknown");
    json_set_real (state, "latency_ms", latency_ms);
    json_set_number (state, "sessions", number % 3);
    json_set_number (state, "attempt", 1);
    json_set_text (state, "cause", number % 50 ? NULL : "nothing listens there");
    return state;
}

/* News of the images FIRST to LAST, to the `watch` that is open. */
static void
stand_news (struct stand *self, int first, int last, double latency_ms)
{
    struct json *answer = json_object (), *images = json_array ();
    uint64_t watch = 0;
    for (size_t index = 0; index < self->ui.ask_count; index++)
        if (self->ui.asks[index].kind == UI_ASK_WATCH)
            watch = self->ui.asks[index].ref;
    for (int number = first; number <= last; number++)
        json_push (images, image_state (number, latency_ms));
    json_set_number (answer, "version", (int64_t) ++self->version);
    json_set (answer, "images", images);
    json_set (answer, "removed", json_array ());
    char *text = json_print (answer);
    stand_give (self, msg_new ("registry", MSG_OK, watch, text));
    free (text);
    json_destroy (&answer);
    /* It asks again after a while. */
    self->now.mono_ms += UI_WATCH_MS + 50;
    self->now.wall_ms += UI_WATCH_MS + 50;
    ui_take_time (&self->ui, self->now);
    stand_settle (self);
}

/* A terminal that nobody looks at. */
static int
sink_open (void)
{
    int sink = memfd_create ("frames", MFD_CLOEXEC);
    if (sink < 0)
        bench_fail ("no file in memory");
    return sink;
}

/* How much is in it; it is empty then. */
static int64_t
sink_take (int sink)
{
    off_t size = lseek (sink, 0, SEEK_CUR);
    if (size < 0 || ftruncate (sink, 0) < 0 || lseek (sink, 0, SEEK_SET) < 0)
        bench_fail ("the file in memory cannot be emptied");
    return size;
}

/* What frames of one kind cost: ours, the part of it that is no drawing, and ncurses'. */
struct cost {
    int64_t us[ROUNDS], shown_us[ROUNDS], reference_us[ROUNDS];
    int64_t bytes[ROUNDS], reference_bytes[ROUNDS];
};

/* A frame of each, of the same cells; ANEW: all of it is written, the dearest frame. */
static void
stand_frame (struct stand *self, struct bench_curses *curses, bool anew, struct cost *cost,
             int round)
{
    if (anew)
        present_forget (&self->present);
    int64_t start_us = cpu_us ();
    ui_draw (&self->ui, &self->grid);
    int64_t drawn_us = cpu_us ();
    buffer_clear (&self->out);
    present_frame (&self->present, &self->grid, &self->out);
    if (buffer_left (&self->out) > 0
        && write (self->sink, buffer_head (&self->out), buffer_left (&self->out)) < 0)
        bench_fail ("the file in memory takes nothing");
    int64_t end_us = cpu_us ();
    cost->us[round] = end_us - start_us;
    cost->shown_us[round] = end_us - drawn_us;
    cost->bytes[round] = sink_take (self->sink);
    bench_curses_take (curses, &self->grid);
    start_us = cpu_us ();
    bench_curses_frame (curses, anew);
    cost->reference_us[round] = cpu_us () - start_us;
    cost->reference_bytes[round] = sink_take (self->reference_sink);
}

static void
stand_open (struct stand *self)
{
    self->now = (struct ui_now){.mono_ms = 1000000, .wall_ms = 1769855400000};
    self->sink = sink_open ();
    self->reference_sink = sink_open ();
    ui_init (&self->ui, terminal_id, "", false, self->now);
    grid_init (&self->grid, ROWS, COLUMNS);
    present_init (&self->present, COLOR_TRUE);
    self->present.synchronized = true;
    ui_begin (&self->ui, self->now);
    stand_settle (self);
    stand_give (self, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stand_news (self, 1, IMAGES, 1.5);
}

static void
stand_close (struct stand *self)
{
    buffer_fini (&self->out);
    present_fini (&self->present);
    grid_fini (&self->grid);
    ui_fini (&self->ui);
    close (self->sink);
    close (self->reference_sink);
}

/* The middle one: now and then ages of the list change as well. */
static double
median (int64_t *samples)
{
    return (double) bench_percentile (samples, ROUNDS, 50);
}

static void
print_cost (const char *what, struct cost *cost)
{
    bench_row_most (what, "us", (double) bench_percentile (cost->us, ROUNDS, 99),
                    (double) bench_percentile (cost->reference_us, ROUNDS, 99), 2000);
    bench_row_part ("of that, shown: median", "us", median (cost->shown_us),
                    median (cost->reference_us));
}

void
bench_frame (void)
{
    static struct stand stand;
    static struct cost full, same, one;
    stand_open (&stand);
    struct bench_curses *curses = bench_curses_new (stand.reference_sink, ROWS, COLUMNS);
    if (!curses)
        bench_fail ("ncurses does not begin: is there a terminfo of xterm-256color?");
    for (int round = 0; round < ROUNDS; round++)
        stand_frame (&stand, curses, true, &full, round);
    for (int round = 0; round < ROUNDS; round++)
        stand_frame (&stand, curses, false, &same, round);
    for (int round = 0; round < ROUNDS; round++) {
        int number = 3 + round % 7 * 5; /* another row each time */
        stand_news (&stand, number, number, round / 7 % 2 ? 1.5 : 2.5);
        stand_frame (&stand, curses, false, &one, round);
    }
    bench_curses_destroy (&curses);
    print_cost ("a frame, 1,000 images on 200x50, all of it, p99", &full);
    print_cost ("a frame, 1,000 images on 200x50, nothing changed, p99", &same);
    print_cost ("a frame, 1,000 images on 200x50, one latency, p99", &one);
    bench_row_part ("bytes of a frame, all of it", "bytes", median (full.bytes),
                    median (full.reference_bytes));
    bench_row_most ("bytes of a frame when nothing changed", "bytes", median (same.bytes),
                    median (same.reference_bytes), 0);
    bench_row_most ("bytes when one latency changed, beside the pair", "bytes",
                    median (one.bytes) - PAIR_BYTES, median (one.reference_bytes), 63);
    stand_close (&stand);
}
