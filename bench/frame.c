/* frame.c: what a frame of the images screen costs: a thousand images on 200 columns and 50 rows,
 * drawn and compared, and the bytes that a terminal gets: all of it, when nothing changed, and when
 * one latency changed. The ui's pure steps, without terminal and mailbox. */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* Draws and compares. Returns the bytes for the terminal. */
static size_t
stand_frame (struct stand *self)
{
    ui_draw (&self->ui, &self->grid);
    buffer_clear (&self->out);
    return present_frame (&self->present, &self->grid, &self->out);
}

void
bench_frame (void)
{
    static struct stand stand;
    static int64_t full_us[ROUNDS], same_us[ROUNDS];
    stand.now = (struct ui_now){.mono_ms = 1000000, .wall_ms = 1769855400000};
    ui_init (&stand.ui, terminal_id, "", false, stand.now);
    grid_init (&stand.grid, ROWS, COLUMNS);
    present_init (&stand.present, COLOR_TRUE);
    stand.present.synchronized = true;
    ui_begin (&stand.ui, stand.now);
    stand_settle (&stand);
    stand_give (&stand, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stand_news (&stand, 1, IMAGES, 1.5);
    stand_frame (&stand);

    for (int round = 0; round < ROUNDS; round++) {
        present_forget (&stand.present); /* all of it is written: the dearest frame */
        int64_t start_us = cpu_us ();
        stand_frame (&stand);
        full_us[round] = cpu_us () - start_us;
    }
    size_t same_bytes = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start_us = cpu_us ();
        same_bytes += stand_frame (&stand);
        same_us[round] = cpu_us () - start_us;
    }
    stand_news (&stand, 3, 3, 2.5);
    size_t one_bytes = stand_frame (&stand);

    bench_row_most ("a frame, 1,000 images on 200x50, all of it written, p99", "us",
                    (double) bench_percentile (full_us, ROUNDS, 99), BENCH_NO_REFERENCE, 2000);
    bench_row_most ("a frame, 1,000 images on 200x50, nothing changed, p99", "us",
                    (double) bench_percentile (same_us, ROUNDS, 99), BENCH_NO_REFERENCE, 2000);
    bench_row_most ("bytes of a frame when nothing changed", "bytes", (double) same_bytes,
                    BENCH_NO_REFERENCE, 0);
    bench_row_most ("bytes when one latency changed, beside the pair", "bytes",
                    (double) one_bytes - PAIR_BYTES, BENCH_NO_REFERENCE, 63);
    buffer_fini (&stand.out);
    present_fini (&stand.present);
    grid_fini (&stand.grid);
    ui_fini (&stand.ui);
}
