/* stage.c: see stage.h. */

#include "support/stage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

void
stage_open (struct stage *self, const char *settings)
{
    *self = (struct stage){.serve.out.fd = -1, .events.out.fd = -1};
    run_place_open (&self->place, NULL);
    self->config = stui_printf ("[stui]\n%s\n", settings);
    run_place_configure (&self->place, self->config);
}

void
stage_close (struct stage *self)
{
    if (self->serve.pid > 0)
        stage_end_serve (self, SIGKILL);
    for (size_t index = 0; index < self->image_count; index++)
        image_stop (&self->images[index]);
    run_place_close (&self->place);
    free (self->config);
    *self = (struct stage){0};
}

/* ---- Images --------------------------------------------------------------------------------- */

struct image *
stage_start_image (struct stage *self, const char *name)
{
    cr_assert_lt (self->image_count, STAGE_IMAGES_MAX);
    struct image *image = &self->images[self->image_count++];
    cr_assert_eq (image_start (image, name, NULL, 0, NULL), 0, "the image %s cannot be started",
                  name);
    return image;
}

void
stage_expect_alive (const struct image *image)
{
    siginfo_t info = {0};
    waitid (P_PID, (id_t) image->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    cr_assert_eq (info.si_pid, 0, "the image %s has ended by itself, by %s %d", image->name,
                  info.si_code == CLD_EXITED ? "exit status" : "signal", info.si_status);
}

void
stage_restart_image (struct image *image)
{
    cr_assert_eq (image_restart (image), 0, "the image %s cannot be started again", image->name);
}

void
stage_pause_image (const struct image *image)
{
    siginfo_t info;
    kill (image->pid, SIGSTOP);
    cr_assert_eq (waitid (P_PID, (id_t) image->pid, &info, WSTOPPED), 0);
}

void
stage_continue_image (const struct image *image)
{
    kill (image->pid, SIGCONT);
}

void
stage_list (struct stage *self, const char *name, const char *address)
{
    char *config = stui_printf ("%s[image \"%s\"]\naddress = %s\n", self->config, name, address);
    free (self->config);
    self->config = config;
    run_place_configure (&self->place, config);
}

struct image *
stage_add_image (struct stage *self, const char *name)
{
    struct image *image = stage_start_image (self, name);
    stage_list (self, name, image->address);
    return image;
}

/* ---- serve and its events ---------------------------------------------------------------------- */

void
stage_serve (struct stage *self)
{
    run_serve (&self->serve, &self->place, "default", NULL);
    run_start (&self->events, &self->place, NULL,
               (const char *const[]){"events", "-f", "--json", "-n", "1000", NULL});
}

void
stage_serve_one (struct stage *self)
{
    stage_add_image (self, "one");
    stage_serve (self);
    stage_pass (self, "one", "online");
}

int
stage_end_serve (struct stage *self, int signal_number)
{
    run_end (&self->events, SIGKILL); /* it may hang in a pipe that nobody reads */
    return run_end (&self->serve, signal_number);
}

struct event_wanted {
    const char *name, *kind;
};

static bool
event_is (const char *line, const void *context)
{
    const struct event_wanted *wanted = context;
    struct json *event = json_parse_text (line);
    const char *name = json_get_text (event, "image"), *kind = json_get_text (event, "kind");
    bool is = name && kind && strcmp (kind, wanted->kind) == 0
              && (!wanted->name || strcmp (name, wanted->name) == 0);
    json_destroy (&event);
    return is;
}

struct json *
stage_await (struct stage *self, const char *name, const char *kind)
{
    struct event_wanted wanted = {name, kind};
    return stage_parse (run_await (&self->events, event_is, &wanted));
}

void
stage_pass (struct stage *self, const char *name, const char *kind)
{
    struct json *event = stage_await (self, name, kind);
    json_destroy (&event);
}

/* ---- What commands say ---------------------------------------------------------------------------- */

struct json *
stage_parse (const char *out)
{
    struct json *json = json_parse_text (out);
    cr_assert_not_null (json, "this is no JSON: %s", out);
    return json;
}

struct json *
stage_state (const char *name)
{
    struct run_result result = run_stui ("status", "--json");
    struct json *status = stage_parse (result.out);
    struct json *state = NULL;
    const struct json *image = json_first (json_get (status, "images"));
    for (; image && !state; image = json_next (image))
        if (strcmp (json_get_text (image, "name"), name) == 0)
            state = json_copy (image);
    cr_assert_not_null (state, "there is no image %s in %s", name, result.out);
    json_destroy (&status);
    run_result_fini (&result);
    return state;
}

struct json *
stage_await_state (const char *name, const char *key, const char *value)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    for (;;) {
        struct json *state = stage_state (name);
        const char *text = json_get_text (state, key);
        if (text && strcmp (text, value) == 0)
            return state;
        cr_assert_lt (clock_mono_ms (), deadline, "%s: %s is %s and does not become %s", name, key,
                      text ? text : "null", value);
        json_destroy (&state);
    }
}

void
stage_new_session (const char *image, const char *name, char id[STUI_UUID_LEN + 1])
{
    struct run_result made = run_stui ("session", "new", image, name, "--json");
    cr_assert_eq (made.status, 0, "%s", made.err);
    struct json *session = stage_parse (made.out);
    snprintf (id, STUI_UUID_LEN + 1, "%s", json_get_text (session, "session_id"));
    json_destroy (&session);
    run_result_fini (&made);
}

void
stage_expect_eval (const char *name, const char *code, const char *result)
{
    struct run_result run = run_stui ("eval", name, "-e", code);
    char *line = stui_printf ("%s\n", result);
    cr_assert_eq (run.status, 0, "%s: exit status %d: %s", code, run.status, run.err);
    cr_assert_str_eq (run.out, line, "%s: %s", code, run.out);
    free (line);
    run_result_fini (&run);
}
