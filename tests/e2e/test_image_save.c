/* test_image_save.c: a real image that saves itself and is killed meanwhile. */

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "support/image.h"
#include "support/scratch.h"
#include "support/wire_client.h"
#include "support/wire_expect.h"

#define CLIENT "0c8e6c5e-5f0b-4c8e-9a0e-6a1f4d0c0001"

enum { GUARD_MS = 30000 };

static char directory[SCRATCH_SIZE], file[SCRATCH_SIZE + 16];
static struct image image;

static void
setup (void)
{
    scratch_open (directory);
    snprintf (file, sizeof file, "%s/saved.im", directory);
}

static void
teardown (void)
{
    image_stop (&image);
    scratch_close (directory);
}

TestSuite (image_save, .init = setup, .fini = teardown, .timeout = 120);

static void
expect_in (cJSON *message, const char *path, const char *value)
{
    const char *text = wire_string (message, path);
    cr_expect_str_eq (text != NULL ? text : "nothing", value);
    cJSON_Delete (message);
}

/* Starts the image, from its file if it has one; its first client. */
static struct wire_client *
begin (void)
{
    const char *args[] = {"--image", file, NULL};
    cr_assert_eq (image_start (&image, "saved", directory, 0, args), 0);
    struct wire_client *client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, CLIENT, 1, 1, NULL));
    return client;
}

/* Kills the image at once and starts it from its file; *CLIENT is the next one. */
static void
start_again (struct wire_client **client)
{
    image_kill (&image);
    wire_client_destroy (client);
    cr_assert_eq (image_restart (&image), 0);
    *client = wire_client_new (image.port);
    cr_assert (wire_client_claim (*client, CLIENT, 1, 2, NULL));
}

/* Symptom: "the image does not start: gst: Aborted": it was killed while it saved itself, and what it had
 * saved before was gone. */
Test (image_save, one_that_is_killed_while_it_saves_is_as_it_was_saved_before)
{
    char id[WIRE_ID_SIZE];
    struct wire_client *client = begin ();
    cJSON_Delete (wire_client_evaluate (client, NULL, "Smalltalk at: #Kept put: 42"));
    expect_in (wire_client_call (client, "snapshot", NULL), "status", "success");

    int watch = inotify_init1 (IN_CLOEXEC);
    cr_assert_geq (inotify_add_watch (watch, directory, IN_CREATE | IN_MODIFY), 0);
    wire_client_send (client, "snapshot", NULL, id);
    struct pollfd writes = {.fd = watch, .events = POLLIN};
    cr_assert_eq (poll (&writes, 1, GUARD_MS), 1, "it does not save itself");
    start_again (&client);
    close (watch);
    expect_in (wire_client_evaluate (client, NULL, "Smalltalk at: #Kept"), "result.result", "42");
    wire_client_destroy (&client);
}

/* Symptom: "the image does not start: gst: Aborted", at each start: it had been saved while its poller was
 * about to run, which called a C function before the libraries were linked again. */
Test (image_save, while_it_is_saved_it_has_no_handle_of_a_library)
{
    struct wire_client *client = begin ();
    expect_in (wire_client_evaluate (client, NULL,
                                     "| saved after |"
                                     " DLD update: #aboutToSnapshot."
                                     " saved := (CFunctionDescriptor addressOf: 'getsid') address."
                                     " DLD update: #finishedSnapshot."
                                     " after := (CFunctionDescriptor addressOf: 'getsid') address."
                                     " Array with: saved = 0 with: after = 0"),
               "result.result", "(true false )");
    expect_in (wire_client_call (client, "snapshot", NULL), "status", "success");
    start_again (&client);
    expect_in (wire_client_evaluate (client, NULL,
                                     "(CFunctionDescriptor addressOf: 'getsid') address = 0"),
               "result.result", "false");
    wire_client_destroy (&client);
}

/* Symptom: "the image does not start: gst: Aborted", at each start: among its objects were fewer than 2,048
 * free places, which is what the virtual machine thinks it has when it loads the file; so it collected
 * garbage before it had an interpreter. */
Test (image_save, one_without_a_free_place_among_its_objects_starts)
{
    struct wire_client *client = begin ();
    expect_in (wire_client_evaluate (
                   client, NULL,
                   "Smalltalk at: #Kept put: ((1 to: 100000) collect: [:each | Object new])."
                   " (Smalltalk at: #Kept) size"),
               "result.result", "100000");
    expect_in (wire_client_call (client, "snapshot", NULL), "status", "success");
    start_again (&client);
    expect_in (wire_client_evaluate (client, NULL, "(Smalltalk at: #Kept) size"), "result.result",
               "100000");
    wire_client_destroy (&client);
}

/* Symptom: an update of a session that waited behind a save was carried out anew by each image that was
 * started from the file, as a version that nobody knew: what is ready runs before the image is told of it. */
Test (image_save, what_waited_behind_a_save_is_not_done_by_the_image_that_is_started)
{
    char session[WIRE_ID_SIZE], id[WIRE_ID_SIZE];
    struct wire_client *client = begin ();
    wire_create_session (client, session);
    wire_client_send (client, "snapshot", NULL, id);
    for (int count = 0; count < 20; count++)
        wire_client_send (client, "update_session_state",
                          wire_json ("{'session_id':'%s','state_data':{'n':%d}}", session, count),
                          id);
    cJSON *answer = wire_client_answer (client, id);
    cr_expect_eq ((int) wire_number (answer, "result.version"), 21);
    cJSON_Delete (answer);
    start_again (&client);
    answer =
        wire_client_call (client, "restore_session", wire_json ("{'session_id':'%s'}", session));
    cr_expect_eq ((int) wire_number (answer, "result.version"), 1, "%f",
                  wire_number (answer, "result.version"));
    cJSON_Delete (answer);
    wire_client_destroy (&client);
}
