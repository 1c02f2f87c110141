/* image_diagnose.c: `stui image diagnose`: an attempt at an image, step by step, then how its
 * supervisor and its sessions are; the first that is not well, what stui does about it, and what can be
 * done. */

#include "cli/image.h"

#include <stui/trouble.h>

#include <stdlib.h>
#include <string.h>

#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

enum { ATTEMPT_PATIENCE_MS = 30000 }; /* each phase of an attempt has its own limit */

/* What was found. */
struct diagnosis {
    struct reply reply;    /* owned: of the attempt */
    struct json *state;    /* owned: of its supervisor; NULL: it is not configured, or not tried */
    struct json *sessions; /* owned: all sessions; NULL likewise */
    const struct json *ailing; /* the first of its sessions that has failed; NULL */
    size_t open;               /* sessions */
    size_t gone;               /* those of its name that are kept under the id of another image */
    enum stui_trouble trouble;
    const char *cause; /* borrowed; NULL when all is well */
};

static void
diagnosis_fini (struct diagnosis *self)
{
    reply_fini (&self->reply);
    json_destroy (&self->state);
    json_destroy (&self->sessions);
}

static void
diagnosis_blame (struct diagnosis *self, const char *word, const char *cause)
{
    if (self->cause != NULL)
        return; /* the first counts */
    self->trouble = stui_trouble_from_word (word);
    self->cause = cause != NULL && *cause != '\0' ? cause : "it is not online";
}

/* Its own supervisor: it may be let go, or wait for the user. */
static void
diagnose_supervisor (struct diagnosis *self, struct client *client, const char *name)
{
    self->state = image_settle (client, name, IMAGES_ATTEMPTED, ATTEMPT_PATIENCE_MS);
    const char *word = json_get_text (self->state, "state");
    if (word == NULL || strcmp (word, "online") == 0)
        return;
    if (strcmp (word, "disabled") == 0)
        diagnosis_blame (self, NULL, "it is let go, as you asked: stui image enable takes it up");
    else
        diagnosis_blame (self, json_get_text (self->state, "trouble"),
                         json_get_text (self->state, "cause"));
}

static void
diagnose_sessions (struct diagnosis *self, struct client *client, const struct json *images,
                   const char *name)
{
    self->sessions = session_list_collect (client, images);
    for (const struct json *session = json_first (self->sessions); session != NULL;
         session = json_next (session)) {
        const char *image = json_get_text (session, "image"),
                   *state = json_get_text (session, "state");
        if (image == NULL || state == NULL || strcmp (image, name) != 0
            || strcmp (state, "closed") == 0 || strcmp (state, "stored") == 0)
            continue;
        if (json_get_bool (session, "image_gone", false)) {
            self->gone++;
            continue;
        }
        self->open++;
        if (strcmp (state, "failed") == 0 && self->ailing == NULL)
            self->ailing = session;
    }
}

/* ---- told ----------------------------------------------------------------------------------------- */

/* Caller frees. */
static char *
sessions_text (const struct diagnosis *self)
{
    if (self->ailing == NULL)
        return stui_printf ("%zu open", self->open);
    const char *reason = json_get_text (self->ailing, "reason"),
               *id = json_get_text (self->ailing, "session_id");
    if (json_get_bool (self->ailing, "conflict", false))
        return stui_printf ("%s is in conflict: the image has another version; 'stui session diff "
                            "%s' shows both, 'stui session restore %s --keep mine|theirs|both' "
                            "settles it",
                            json_get_text (self->ailing, "name"), id, id);
    return stui_printf ("%s: %s; stui session show %s", json_get_text (self->ailing, "name"),
                        reason != NULL ? reason : "it has failed", id);
}

/* What is kept of the image that was there before. */
static void
diagnosis_print_gone (const struct diagnosis *self, const char *name)
{
    if (self->gone == 0)
        return;
    char *text = stui_printf ("%zu of the image that was here before: 'stui session adopt %s' "
                              "lists them, and takes them over",
                              self->gone, name);
    image_print_step ("kept", RENDER_PLAIN, "note", text);
    free (text);
}

static void
diagnosis_print (const struct diagnosis *self, const char *name)
{
    image_print_steps (&self->reply);
    const char *state = json_get_text (self->state, "state");
    if (self->state != NULL)
        image_print_step ("supervisor", self->cause == NULL ? RENDER_GOOD : RENDER_BAD, state,
                          self->cause);
    char kin[WORDS_KIN_SIZE];
    if (*images_kin (self->state, kin) != '\0')
        image_print_step ("identity", RENDER_PLAIN, "note", kin);
    if (self->sessions != NULL && self->cause == NULL) {
        char *text = sessions_text (self);
        image_print_step ("sessions", self->ailing == NULL ? RENDER_GOOD : RENDER_BAD,
                          self->ailing == NULL ? "ok" : "failed", text);
        free (text);
    }
    diagnosis_print_gone (self, name);
    if (self->cause == NULL) {
        if (self->ailing == NULL)
            printf ("\n%s is well\n", name);
        return;
    }
    const char *next = stui_trouble_next (self->trouble),
               *advice = stui_trouble_advice (self->trouble);
    putchar ('\n');
    if (*next != '\0' && self->state != NULL)
        printf ("what stui does   %s\n", next);
    if (*advice != '\0')
        printf ("what you can do  %s\n", advice);
}

static void
diagnosis_print_json (const struct diagnosis *self, const char *name)
{
    struct json *out = json_object ();
    json_set_text (out, "image", name);
    json_set (out, "well", json_bool (self->cause == NULL && self->ailing == NULL));
    json_set_text (out, "phase",
                   self->reply.err ? json_get_text (self->reply.json, "phase") : NULL);
    json_set_text (out, "state", json_get_text (self->state, "state"));
    json_set_text (out, "verdict", json_get_text (self->state, "verdict"));
    json_set_text (out, "other", json_get_text (self->state, "other"));
    json_set_number (out, "replaced_ms", json_get_number (self->state, "replaced_ms", 0));
    json_set_text (out, "cause", self->cause);
    json_set_text (out, "trouble", self->cause != NULL ? stui_trouble_word (self->trouble) : NULL);
    json_set_text (out, "next", self->cause != NULL ? stui_trouble_next (self->trouble) : NULL);
    json_set_text (out, "advice", self->cause != NULL ? stui_trouble_advice (self->trouble) : NULL);
    json_set_number (out, "sessions", (int64_t) self->open);
    json_set_number (out, "sessions_of_gone", (int64_t) self->gone);
    json_set_text (out, "failed_session", json_get_text (self->ailing, "session_id"));
    char *text = json_print (out);
    puts (text);
    free (text);
    json_destroy (&out);
}

/* ---- the command ---------------------------------------------------------------------------------- */

static int
diagnose (const struct cli_options *cli, struct client *client, const struct json *target,
          const char *name)
{
    struct diagnosis self = {0};
    struct json *images = images_config (client);
    if (images == NULL || !image_probe (client, target, &self.reply)) {
        json_destroy (&images);
        return STUI_EXIT_FAILED;
    }
    if (self.reply.err != 0)
        diagnosis_blame (&self, json_get_text (self.reply.json, "trouble"), self.reply.text);
    if (images_find (images, name) != NULL) {
        diagnose_supervisor (&self, client, name);
        diagnose_sessions (&self, client, images, name);
    }
    if (cli->json)
        diagnosis_print_json (&self, name);
    else
        diagnosis_print (&self, name);
    int exit_status = self.cause != NULL    ? STUI_EXIT_UNREACHABLE
                      : self.ailing != NULL ? STUI_EXIT_FAILED
                                            : STUI_EXIT_DONE;
    diagnosis_fini (&self);
    json_destroy (&images);
    return exit_status;
}

static int
image_diagnose_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct client *client = images_open (cli);
    if (client == NULL)
        return STUI_EXIT_FAILED;
    struct json *target = json_object ();
    int exit_status = image_find_target (client, arguments, target);
    if (exit_status == 0)
        exit_status = diagnose (cli, client, target, arguments_operand (arguments, 0));
    json_destroy (&target);
    client_close (&client);
    return exit_status;
}

static const struct option_row image_diagnose_options[] = {
    {"token-file", 0, "FILE", "the file with the token, for an ADDRESS that is not configured"},
    IMAGE_SERVER_KEY_OPTION,
    IMAGE_VIA_OPTION,
    {0},
};

const struct command image_diagnose = {
    .name = "diagnose",
    .usage = "NAME | ADDRESS",
    .summary = "say what is wrong with an image, and what can be done",
    .help = "Walks name and route (or the SSH tunnel), TCP, handshake, hello and ping without "
            "claiming\n"
            "the image, then looks at its supervisor and its sessions. Exit status 3 when it "
            "cannot be\n"
            "reached, 1 when a session of it has failed.",
    .options = image_diagnose_options,
    .least = 1,
    .most = 1,
    .run = image_diagnose_run,
};
