/* demo.c: `stui demo`: images in a temporary profile, real ones where there is a GNU Smalltalk, else
 * simulated ones, and what stui does with them: in a terminal the full-screen one, else a few
 * commands and their output. Owns the images, the owner
 * that is started for them and the temporary directory, and ends them all, whatever happens. */

#include "cli/command.h"
#include "cli/demo_images.h"
#include "cli/demo_keeper.h"
#include "cli/eval_print.h"
#include "cli/images.h"
#include "cli/smalltalk.h"
#include "cli/temporary.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/launch.h"
#include "runtime/path.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DEMO_IMAGES = 3,
    ONLINE_PATIENCE_MS = 30000,
    ANSWER_PATIENCE_MS = 20000,
    OWNER_PATIENCE_MS = 10000, /* it stops within 2 s, and may sync for 5 more */
    OWNER_LOOK_MS = 20,
};

struct demo {
    struct cli_options cli; /* with the demo's own profile and configuration */
    char *gst, *launcher;   /* owned; gst NULL: the images are simulated */
    struct temporary temporary;
    char *config_path; /* owned */
    int signal_fd;     /* owned; -1 */
    struct demo_images images;
    struct client *client; /* owned */
};

/* What each image is asked: its own work, nothing that two would do alike. The second are for
 * simulated images, which know less. */
static const char *const questions[][2] = {
    {"Smalltalk version", "Smalltalk version"},
    {"(1 to: 10) inject: 0 into: [:sum :each | sum + each]",
     "#(1 2 3 4) inject: 0 into: [:sum :each | sum + each]"},
    {"'stressed' reverse", "'stressed' reverse"},
    {"#(5 3 8 1) asSortedCollection asArray", "#(5 3 8 1) collect: [:each | each * each]"},
};

/* ---- making and removing --------------------------------------------------------------------------- */

/* Whether VARIABLE names nothing that cannot be run: FOUND is NULL only when it is not set. */
static bool
demo_may_do_without (const char *variable, const char *found)
{
    const char *named = getenv (variable);
    if (found != NULL || named == NULL || *named == '\0')
        return true;
    cli_complain ("%s is set to %s, which cannot be run: set it right, or unset it for a demo with "
                  "whatever is there",
                  variable, named);
    return false;
}

/* Finds what images there can be, before anything is made, and says so. False after saying what to
 * do. */
static bool
demo_find (struct demo *self)
{
    self->gst = smalltalk_find_gst ();
    self->launcher = smalltalk_find_launcher ();
    if (!demo_may_do_without ("STUI_GST", self->gst)
        || !demo_may_do_without ("STUI_IMAGE", self->launcher))
        return false;
    char *version = self->gst != NULL ? smalltalk_version (self->gst) : NULL;
    const char *missing = self->gst == NULL        ? "no GNU Smalltalk was found"
                          : version == NULL        ? "the GNU Smalltalk that was found does not run"
                          : self->launcher == NULL ? "stui-image was not found beside this program"
                                                   : NULL;
    if (missing == NULL)
        printf ("real images: GNU Smalltalk %s\n", version);
    else {
        printf ("%s, so the images are simulated: a small evaluator each, and no Smalltalk behind "
                "it.\nFor real ones install GNU Smalltalk 3.2.5 and set STUI_GST, or run `make "
                "demo` in the source tree, which fetches it\n",
                missing);
        free (self->gst);
        self->gst = NULL;
    }
    free (version);
    return true;
}

/* The owner, a child of ours, ends when its last client has left. */
static void
demo_end_owner (struct demo *self)
{
    int64_t deadline = clock_mono_ms () + OWNER_PATIENCE_MS;
    client_close (&self->client);
    pid_t owner;
    while ((owner = launch_read_holder (self->cli.profile).pid) != 0) {
        if (clock_mono_ms () > deadline)
            kill (owner, SIGKILL);
        waitpid (owner, NULL, WNOHANG);
        usleep (OWNER_LOOK_MS * 1000);
    }
}

static void
demo_fini (struct demo *self)
{
    if (self->config_path != NULL)
        demo_end_owner (self);
    demo_images_end (&self->images);
    temporary_remove (&self->temporary);
    if (self->signal_fd >= 0)
        close (self->signal_fd);
    free (self->config_path);
    free (self->launcher);
    free (self->gst);
}

/* ---- what is shown ------------------------------------------------------------------------------------ */

static const char *
demo_images_word (const struct demo *self, size_t count)
{
    if (self->gst != NULL)
        return count == 1 ? "image of GNU Smalltalk" : "images of GNU Smalltalk";
    return count == 1 ? "simulated image" : "simulated images";
}

/* Starts the images and writes the configuration that lists them. */
static bool
demo_start_images (struct demo *self, size_t count)
{
    struct stui_cause cause = {0};
    printf ("starting %zu %s\n", count, demo_images_word (self, count));
    cli_flush ();
    if (self->gst != NULL)
        setenv ("STUI_GST", self->gst, 1);
    if (demo_images_start (&self->images, count, self->gst != NULL ? self->launcher : NULL,
                           self->temporary.directory, &cause)
            < 0
        || demo_images_wait (&self->images, self->signal_fd, &cause) < 0) {
        cli_complain ("%s", cause.text);
        return false;
    }
    char *text = stui_strdup ("# written by stui demo\n");
    for (size_t i = 0; i < count; i++) {
        const struct demo_image *image = &self->images.items[i];
        printf ("  %s: process %ld, %s\n", image->name,
                (long) demo_images_pid (&self->images, image), image->address);
        char *longer =
            stui_printf ("%s[image \"%s\"]\naddress = %s\n", text, image->name, image->address);
        free (text);
        text = longer;
    }
    self->config_path = path_config ();
    char *directory = stui_strndup (
        self->config_path, (size_t) (strrchr (self->config_path, '/') - self->config_path));
    bool written = path_make_private (directory, &cause) == 0
                   && path_replace (self->config_path, text, strlen (text), 0600, &cause) == 0;
    if (!written)
        cli_complain ("%s", cause.text);
    free (directory);
    free (text);
    return written;
}

/* The full-screen terminal; a real image that ends is started again meanwhile. */
static bool
demo_run_terminal (struct demo *self)
{
    struct stui_cause cause = {0};
    struct demo_keeper *keeper = NULL;
    if (self->gst != NULL && !(keeper = demo_keeper_new (&self->images, &cause)))
        cli_complain ("an image that ends will stay away: %s", cause.text);
    bool shown = cli_run_terminal (&self->cli) == STUI_EXIT_DONE;
    demo_keeper_destroy (&keeper);
    return shown;
}

/* Asks image NAME to evaluate CODE and prints its answer as `stui eval` does. */
static bool
demo_ask (struct demo *self, const char *name, const char *code)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct stui_cause cause = {0};
    struct reply reply = {0};
    struct json *parameters = json_object ();
    json_set_text (parameters, "code", code);
    json_set_text (parameters, "mode", "printIt");
    char *text = json_print (parameters);
    json_destroy (&parameters);
    snprintf (peer, sizeof peer, "image/%s", name);
    struct msg *command =
        msg_new (peer, MSG_COMMAND, 0, "evaluate", text, (uint64_t) ONLINE_PATIENCE_MS, "demo");
    free (text);
    printf ("$ stui eval %s -e \"%s\"\n", name, code);
    cli_flush ();

    enum client_turn turn = CLIENT_LOST;
    if (client_send (self->client, &command, &cause) != 0)
        turn = client_next (self->client, clock_mono_ms () + ANSWER_PATIENCE_MS, &reply, &cause);
    if (turn == CLIENT_REPLY) {
        bool answered = eval_print (&self->cli, name, false, &reply) == STUI_EXIT_DONE;
        reply_fini (&reply);
        return answered;
    }
    cli_complain ("%s", turn == CLIENT_SIGNAL    ? "interrupted"
                        : turn == CLIENT_TIMEOUT ? "the image does not answer"
                                                 : cause.text);
    return false;
}

/* Connects the images as an owner does, and shows them at work. */
static bool
demo_show (struct demo *self)
{
    self->client = images_open (&self->cli);
    if (self->client == NULL)
        return false;
    client_catch_signals (self->client);
    puts ("connecting to them");
    cli_flush ();

    struct json *names = json_array ();
    for (size_t i = 0; i < self->images.count; i++)
        json_push (names, json_string (self->images.items[i].name));
    bool shown = images_connect (self->client, names);
    for (size_t i = 0; shown && i < self->images.count; i++)
        shown = demo_ask (self, self->images.items[i].name,
                          questions[i % (sizeof questions / sizeof *questions)][self->gst == NULL]);
    struct json *states =
        shown ? images_settle (self->client, names, IMAGES_ONLINE, ONLINE_PATIENCE_MS) : NULL;
    if (states != NULL) {
        puts ("$ stui status");
        images_print_table (&self->cli, names, states);
    }
    shown = states != NULL;
    json_destroy (&states);
    json_destroy (&names);
    return shown;
}

/* ---- the command --------------------------------------------------------------------------------------- */

static int
demo_catch_signals (void)
{
    sigset_t signals;
    sigemptyset (&signals);
    sigaddset (&signals, SIGINT);
    sigaddset (&signals, SIGTERM);
    sigaddset (&signals, SIGHUP);
    sigprocmask (SIG_BLOCK, &signals, NULL);
    return signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
demo_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    const char *operand = arguments_operand (arguments, 0);
    int64_t count = operand == NULL
                        ? DEMO_IMAGES
                        : arguments_to_number ("demo", operand, 1, DEMO_IMAGES_MAX, &cause);
    if (count < 0)
        return cli_misuse ("demo", &command_demo, "%s", cause.text);

    struct demo self = {.cli = *cli, .signal_fd = -1};
    bool shown = false;
    if (demo_find (&self)) {
        self.signal_fd = demo_catch_signals ();
        if (temporary_make (&self.temporary, "demo") && demo_start_images (&self, (size_t) count)) {
            self.cli.profile = "demo";
            self.cli.config_path = self.config_path;
            self.cli.json = false;
            shown = cli_has_terminal () ? demo_run_terminal (&self) : demo_show (&self);
        }
    }
    bool started = self.images.count > 0;
    const char *word = demo_images_word (&self, (size_t) count);
    demo_fini (&self);
    if (shown)
        printf ("the %s %s ended and the temporary profile is removed; `stui help` says what else "
                "there is\n",
                word, count == 1 ? "has" : "have");
    else if (started)
        cli_complain ("the demo was given up; its images have ended");
    return shown ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
}

const struct command command_demo = {
    .name = "demo",
    .usage = "[N]",
    .summary = "start N images (3) in a temporary profile and show stui at work",
    .help =
        "In a terminal it opens the full-screen one on them; elsewhere it evaluates something in\n"
        "each and prints their status. In the terminal a real image that ends is started again "
        "after a\n"
        "moment, at its address: kill one (`kill` and the process that its details show) and see\n"
        "what comes back.\n"
        "\n"
        "The images are of GNU Smalltalk: $STUI_GST, else gst on PATH, else the one that `make` "
        "has\n"
        "fetched; where there is none, simulated ones, as of `stui sim`. Which they are is said, "
        "and\n"
        "simulated ones are called sim-1, sim-2 … They listen on the loopback interface only, and\n"
        "end with the demo.",
    .most = 1,
    .run = demo_run,
};
