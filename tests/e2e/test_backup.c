/* test_backup.c: a profile in one file and back: what was in it is in it again, a file that is not
 * whole changes nothing, and of two owners of one identity the restored one has the images. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/owner_client.h"
#include "support/stage.h"

enum { SESSIONS = 3 };

#define TIMINGS "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

static struct stage stage;
static char ids[SESSIONS][STUI_UUID_LEN + 1];
static char *file; /* owned: where backups go */

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    stage_serve_one (&stage);
    file = stui_printf ("%s/backup.jsonl", stage.place.directory);
    for (int index = 0; index < SESSIONS; index++) {
        char name[32];
        snprintf (name, sizeof name, "work %d", index);
        stage_new_session ("one", name, ids[index]);
    }
}

static void
teardown (void)
{
    free (file);
    stage_close (&stage);
}

TestSuite (backup, .init = setup, .fini = teardown, .timeout = 120);

static void
expect (int status, const char *said, struct run_result result)
{
    cr_assert_eq (result.status, status, "%s%s", result.out, result.err);
    cr_assert (strstr (result.out, said) || strstr (result.err, said), "%s%s", result.out,
               result.err);
    run_result_fini (&result);
}

/* Puts NAME and a session's number into each, and waits until all are shown as saved. */
static void
type_all (const char *name)
{
    struct owner_client client;
    owner_client_open (&client);
    for (int index = 0; index < SESSIONS; index++) {
        char *patch =
            stui_printf ("{\"workspace_context\":{\"text\":\"%s %d ≠\\n\"}}", name, index);
        struct json *done = owner_client_ask (
            &client, msg_new ("image/one", MSG_SESSION_EDIT, 0, ids[index], patch));
        json_destroy (&done);
        bool saved = false;
        while (!saved) {
            done =
                owner_client_ask (&client, msg_new ("image/one", MSG_SESSION_SHOW, 0, ids[index]));
            saved = json_get_bool (done, "saved", false);
            json_destroy (&done);
        }
        free (patch);
    }
    owner_client_close (&client);
}

/* Each session's name and context, one after another, as PROFILE has them. Caller frees. */
static char *
contents (const char *profile)
{
    char *all = stui_strdup ("");
    for (int index = 0; index < SESSIONS; index++) {
        struct run_result shown =
            run_stui ("--profile", profile, "session", "show", ids[index], "--json");
        cr_assert_eq (shown.status, 0, "%s", shown.err);
        struct json *session = stage_parse (shown.out);
        char *context = json_print (json_get (session, "context"));
        char *more = stui_printf ("%s%s %s %s\n", all, json_get_text (session, "name"),
                                  json_get_text (session, "created_at"), context);
        free (context);
        free (all);
        all = more;
        json_destroy (&session);
        run_result_fini (&shown);
    }
    return all;
}

Test (backup, what_was_backed_up_is_there_again_and_what_came_later_is_not)
{
    type_all ("first");
    char *before = contents ("default");
    expect (0, "records", run_stui ("backup", file));
    struct stat info;
    cr_assert_eq (stat (file, &info), 0);
    cr_assert_eq (info.st_mode & 0777, 0600);
    expect (1, "is there already", run_stui ("backup", file));
    expect (0, "records", run_stui ("backup", "--force", file));
    type_all ("second");
    expect (1, "end it first", run_stui ("restore", file));
    expect (0, "would restore", run_stui ("restore", "--dry-run", file));
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
    expect (0, "3 sessions", run_stui ("restore", file));
    stage_serve (&stage);
    char *after = contents ("default");
    cr_assert_str_eq (after, before);
    free (after);
    free (before);
}

Test (backup, a_file_that_is_not_whole_changes_nothing)
{
    type_all ("kept");
    expect (0, "records", run_stui ("backup", file));
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
    struct stat info;
    cr_assert_eq (stat (file, &info), 0);
    enum { PLACES = 40 };
    for (int place = 0; place < PLACES; place++) {
        off_t at = info.st_size * place / PLACES;
        char byte;
        int fd = open (file, O_RDWR | O_CLOEXEC);
        cr_assert_eq (pread (fd, &byte, 1, at), 1);
        byte ^= 1;
        cr_assert_eq (pwrite (fd, &byte, 1, at), 1);
        expect (1, "nothing was changed", run_stui ("restore", file));
        byte ^= 1;
        cr_assert_eq (pwrite (fd, &byte, 1, at), 1);
        close (fd);
    }
    expect (0, "would restore", run_stui ("restore", "--dry-run", file));
    for (int place = PLACES; place-- > 0;) {
        cr_assert_eq (truncate (file, info.st_size * place / PLACES), 0);
        expect (1, "nothing was changed", run_stui ("restore", file));
    }
    expect (1, "is no backup", run_stui ("restore", "/etc/passwd"));
    expect (1, "cannot be read", run_stui ("restore", "/no/such/file"));
    stage_serve (&stage);
    char *after = contents ("default");
    cr_assert_not_null (strstr (after, "kept 2"));
    free (after);
}

Test (backup, a_restored_profile_has_the_images_and_the_one_before_is_fenced)
{
    type_all ("both");
    char *before = contents ("default");
    expect (0, "records", run_stui ("backup", file));
    expect (0, "restored", run_stui ("--profile", "other", "restore", file));
    expect (0, "7", run_stui ("--profile", "other", "eval", "one", "-e", "3 + 4"));
    struct json *state = stage_await_state ("one", "state", "failed");
    cr_assert_str_eq (json_get_text (state, "trouble"), "fenced", "%s",
                      json_get_text (state, "cause"));
    json_destroy (&state);
    char *after = contents ("other");
    cr_assert_str_eq (after, before);
    free (after);
    free (before);
}

Test (backup, a_doctor_says_what_it_would_do_before_it_does_it)
{
    type_all ("text");
    expect (0, "would read every record", run_stui ("doctor", "--repair"));
    struct run_result status = run_stui ("doctor", "--json");
    cr_assert_not_null (strstr (status.out, "there is none yet"), "%s", status.out);
    run_result_fini (&status);
    expect (0, "an export was made", run_stui ("doctor", "--repair", "--yes"));
    expect (0, "1, the newest of", run_stui ("doctor"));
    expect (2, "--yes goes with --repair", run_stui ("doctor", "--yes"));
}

/* Symptom: doctor counted the exports, and said ok of one that was damaged. */
Test (backup, a_doctor_reads_the_exports_through)
{
    type_all ("text");
    expect (0, "an export was made", run_stui ("doctor", "--repair", "--yes"));
    char *command = stui_printf (
        "for f in '%s'/state/stui/default/exports/*; do "
        "dd if=/dev/zero of=\"$f\" bs=1 seek=200 count=50 conv=notrunc 2>/dev/null; done",
        stage.place.directory);
    cr_assert_eq (system (command), 0);
    free (command);
    expect (1, "of which 1 is damaged: 0", run_stui ("doctor"));
    expect (0, "a new one was made", run_stui ("doctor", "--repair", "--yes"));
    expect (0, "1, the newest of", run_stui ("doctor"));
}
