/* test_worker_actor.c: the worker actor's two verbs, on files in a directory of the test's own. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/worker.h"
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
    struct msg *request = msg_new ("control#1", MSG_FILE_WRITE, 6, name, text);
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
