/* test_worker_actor.c: the worker actor's two verbs, on files in a directory of the test's own. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "actors/worker.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/switchboard.h"

static struct switchboard board;
static zactor_t *actor;
static char directory[64], path[96];

static void
setup (void)
{
    switchboard_open (&board);
    actor = switchboard_start (&board, worker_actor, "worker", NULL);
    strcpy (directory, "/tmp/test-worker-XXXXXX");
    cr_assert_not_null (mkdtemp (directory));
    snprintf (path, sizeof path, "%s/file.st", directory);
}

static void
teardown (void)
{
    switchboard_stop (&board, &actor);
    switchboard_close (&board);
    unlink (path);
    cr_assert_eq (rmdir (directory), 0, "something was left beside the file");
}

static struct msg *
ask_read (const char *name)
{
    struct msg *request = msg_new ("control#1", MSG_FILE_READ, 5, name);
    return switchboard_ask (&board, "worker", &request);
}

static struct msg *
ask_write (const char *name, const char *text)
{
    struct msg *request = msg_new ("control#1", MSG_FILE_WRITE, 6, name, text, (uint64_t) 1);
    return switchboard_ask (&board, "worker", &request);
}

/* The same, over no file. */
static struct msg *
ask_write_new (const char *name, const char *text)
{
    struct msg *request = msg_new ("control#1", MSG_FILE_WRITE, 6, name, text, (uint64_t) 0);
    return switchboard_ask (&board, "worker", &request);
}

/* The answer is an error of this type; frees it. */
static void
expect_error (struct msg *answer, int err)
{
    cr_assert_eq (answer->verb, MSG_ERROR);
    cr_assert_str_eq (msg_text (answer, 0), stui_err_word (err), "%s", msg_text (answer, 1));
    msg_destroy (&answer);
}

Test (worker_actor, reads_what_it_wrote, .init = setup, .fini = teardown)
{
    static const char text[] = "\"na\xc3\xafve\" Object subclass: #A\n\"\\\"";
    struct msg *answer = ask_write (path, text);
    cr_assert_eq (answer->verb, MSG_OK, "%s", msg_text (answer, 0));
    struct json *result = json_parse_text (msg_text (answer, 0));
    cr_assert_eq (json_get_number (result, "bytes", 0), (int64_t) strlen (text));
    json_destroy (&result);
    msg_destroy (&answer);
    answer = ask_read (path);
    result = json_parse_text (msg_text (answer, 0));
    cr_assert_str_eq (json_get_text (result, "text"), text);
    json_destroy (&result);
    msg_destroy (&answer);
}

Test (worker_actor, says_why_a_file_cannot_be_read, .init = setup, .fini = teardown)
{
    expect_error (ask_read (path), STUI_E_NOT_FOUND);
    expect_error (ask_read (directory), STUI_E_SYSTEM);
    FILE *file = fopen (path, "w");
    fputs ("\xff\xfe", file);
    fclose (file);
    expect_error (ask_read (path), STUI_E_MALFORMED);
    cr_assert_eq (truncate (path, STUI_MESSAGE_MAX + 1), 0);
    expect_error (ask_read (path), STUI_E_TOO_LARGE);
}

/* Symptom: the answers of a fan-out went over the file that had this name. */
Test (worker_actor, leaves_a_file_that_is_there_unless_it_is_meant, .init = setup, .fini = teardown)
{
    struct msg *answer = ask_write_new (path, "first");
    cr_assert_eq (answer->verb, MSG_OK, "%s", msg_text (answer, 1));
    msg_destroy (&answer);
    expect_error (ask_write_new (path, "second"), STUI_E_INVALID_REQUEST);
    answer = ask_read (path);
    cr_assert_not_null (strstr (msg_text (answer, 0), "first"));
    msg_destroy (&answer);
}

Test (worker_actor, refuses_paths_that_depend_on_where_it_was_started, .init = setup,
      .fini = teardown)
{
    expect_error (ask_read ("file.st"), STUI_E_INVALID_REQUEST);
    expect_error (ask_write ("", "text"), STUI_E_INVALID_REQUEST);
}

Test (worker_actor, leaves_the_old_file_when_the_new_one_cannot_be_written, .init = setup,
      .fini = teardown)
{
    char beyond[128];
    snprintf (beyond, sizeof beyond, "%s/no/such/file", directory);
    expect_error (ask_write (beyond, "text"), STUI_E_SYSTEM);
}

Test (worker_actor, answers_a_verb_that_is_not_its_own, .init = setup, .fini = teardown)
{
    struct msg *request = msg_new ("control#1", MSG_STATUS, 9);
    expect_error (switchboard_ask (&board, "worker", &request), STUI_E_UNKNOWN_VERB);
}

/* ---- alerts ------------------------------------------------------------------------------------- */

static void
alert (const char *run, const char *text)
{
    struct json *json = json_object ();
    json_set_text (json, "kind", "offline");
    json_set_text (json, "image", "one");
    json_set_text (json, "text", text);
    json_set_text (json, "run", run);
    char *body = json_print (json);
    struct msg *msg = msg_new ("registry#1", MSG_ALERT, 0, body);
    switchboard_send (&board, "worker", &msg);
    free (body);
    json_destroy (&json);
}

/* The next event is of KIND and says TEXT. */
static void
expect_event (const char *kind, const char *text)
{
    struct msg *put = switchboard_expect (&board, MSG_EVENTS_PUT);
    struct json *events = json_parse_text (msg_text (put, 0));
    const struct json *event = json_first (events);
    cr_assert_str_eq (json_get_text (event, "kind"), kind);
    cr_assert_str_eq (json_get_text (event, "text"), text);
    json_destroy (&events);
    msg_destroy (&put);
}

/* What the file at PATH holds once there is one; the command made it in one step. */
static char *
read_when_there (void)
{
    struct timespec pause = {.tv_nsec = 10000000};
    for (int round = 0; round < SWITCHBOARD_PATIENCE_MS / 10; round++) {
        FILE *file = fopen (path, "r");
        if (file) {
            char bytes[400] = "";
            size_t size = fread (bytes, 1, sizeof bytes - 1, file);
            fclose (file);
            return stui_strndup (bytes, size);
        }
        nanosleep (&pause, NULL);
    }
    cr_assert_fail ("the command made no file");
    return NULL;
}

Test (worker_actor, an_alert_is_an_event_and_tells_the_command_by_its_environment, .init = setup,
      .fini = teardown)
{
    char *run =
        stui_printf ("printf '%%s|%%s|%%s|%%s' \"$STUI_ALERT\" \"$STUI_IMAGE\" \"$STUI_TEXT\" "
                     "\"$STUI_LEFT_OUT\" >%s.new; mv %s.new %s",
                     path, path, path);
    setenv ("STUI_IMAGE", "smalltalk/gst/stui-image", 1); /* of images that stui starts itself */
    alert (run, "one is $(touch /tmp/x) offline; 'quoted\"");
    expect_event ("alert", "one is $(touch /tmp/x) offline; 'quoted\"");
    char *told = read_when_there ();
    cr_assert_str_eq (told, "offline|one|one is $(touch /tmp/x) offline; 'quoted\"|0");
    free (told);
    free (run);
}

Test (worker_actor, an_alert_without_a_command_is_an_event, .init = setup, .fini = teardown)
{
    alert (NULL, "one is offline");
    expect_event ("alert", "one is offline");
    struct msg *answer = ask_read (path); /* and it lives */
    msg_destroy (&answer);
}

Test (worker_actor, a_command_that_fails_is_an_event_and_the_next_is_run, .init = setup,
      .fini = teardown)
{
    alert ("exit 3", "first");
    expect_event ("alert", "first");
    expect_event ("alert_command", "the alert command failed: it ended with status 3");
    alert ("kill -9 $$", "second");
    expect_event ("alert", "second");
    expect_event ("alert_command", "the alert command was ended by signal 9");
}

Test (worker_actor, commands_run_one_after_the_other_and_the_oldest_are_left_out_when_too_many_wait,
      .init = setup, .fini = teardown)
{
    enum { MORE = 5, MANY = 32 + MORE };
    char *gate = stui_printf ("%s/gate", directory);
    cr_assert_eq (mkfifo (gate, 0600), 0);
    char *first = stui_printf ("read line <%s", gate);
    char *run = stui_printf ("echo $STUI_TEXT left out $STUI_LEFT_OUT >>%s.new; "
                             "if [ $STUI_TEXT = last ]; then mv %s.new %s; fi",
                             path, path, path);
    alert (first, "first"); /* holds the others up */
    for (int index = 1; index < MANY; index++)
        alert (run, "more");
    alert (run, "last");
    for (int index = 0; index <= MANY; index++) {
        struct msg *put = switchboard_expect (&board, MSG_EVENTS_PUT);
        msg_destroy (&put);
    }
    FILE *open_gate = fopen (gate, "w");
    fputs ("go\n", open_gate);
    fclose (open_gate);
    char *told = read_when_there ();
    cr_assert_eq (strncmp (told, "more left out 5\nmore left out 0\n", 32), 0, "%s", told);
    free (told);
    unlink (gate);
    free (gate);
    free (first);
    free (run);
}

Test (worker_actor, stopping_does_not_wait_for_the_command, .init = setup, .fini = teardown)
{
    alert ("sleep 1000", "first");
    expect_event ("alert", "first");
}
