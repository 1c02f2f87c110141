/* test_disk.c: the disk under a running stui fills up, turns read-only, or the state directory goes.
 * It is said, everybody goes on, what is in memory is written as soon as it can be, and nobody
 * starts anything anew. The disk is a small tmpfs of the test's own, in a mount namespace of its own:
 * only root may do that, and for others the tests are passed over. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/owner_client.h"
#include "support/stage.h"

enum { SESSIONS = 4 };

#define TIMINGS "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

static struct stage stage;
static char *disk; /* owned: where the small one is mounted */
static char ids[SESSIONS][STUI_UUID_LEN + 1];

/* Mounts a disk of a few MB where stui keeps its state, seen by this test and its children only. */
static void
disk_mount (void)
{
    disk = stui_printf ("%s/state", stage.place.directory);
    mkdir (disk, 0700);
    if (unshare (CLONE_NEWNS) < 0)
        cr_skip_test ("mounting is root's: %s", strerror (errno));
    cr_assert_eq (mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0, "%s", strerror (errno));
    cr_assert_eq (mount ("tmpfs", disk, "tmpfs", 0, "size=8m,mode=0700"), 0, "%s",
                  strerror (errno));
}

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    disk_mount ();
    stage_serve_one (&stage);
    for (int index = 0; index < SESSIONS; index++) {
        char name[32];
        snprintf (name, sizeof name, "work %d", index);
        stage_new_session ("one", name, ids[index]);
    }
}

static void
teardown (void)
{
    if (stage.serve.pid > 0)
        stage_end_serve (&stage, SIGKILL);
    if (disk)
        umount2 (disk, MNT_DETACH);
    free (disk);
    stage_close (&stage);
}

TestSuite (disk, .init = setup, .fini = teardown, .timeout = 120);

/* ---- The disk -------------------------------------------------------------------------------- */

static char *
filler (void)
{
    return stui_printf ("%s/filler", disk);
}

static void
disk_fill (void)
{
    static const char block[4096];
    char *path = filler ();
    int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert_geq (fd, 0);
    while (write (fd, block, sizeof block) > 0)
        continue;
    cr_assert_eq (errno, ENOSPC);
    close (fd);
    free (path);
}

static void
disk_free (void)
{
    char *path = filler ();
    cr_assert_eq (unlink (path), 0);
    free (path);
}

/* ---- What is said and kept ------------------------------------------------------------------- */

static bool
is_degraded (void)
{
    struct run_result status = run_stui ("status", "--json");
    struct json *json = stage_parse (status.out);
    const struct json *store = json_get (json, "store");
    bool degraded = json_get_bool (store, "degraded", false);
    cr_assert (!degraded || json_get_text (store, "cause")[0], "degraded, and no cause");
    json_destroy (&json);
    run_result_fini (&status);
    return degraded;
}

static void
await_degraded (bool wanted)
{
    while (is_degraded () != wanted)
        continue;
}

static void
type_text (struct owner_client *client, int session, const char *text)
{
    struct json *patch = json_object (), *workspace = json_object ();
    json_set_text (workspace, "text", text);
    json_set (patch, "workspace_context", workspace);
    char *printed = json_print (patch);
    struct json *done = owner_client_ask (
        client, msg_new ("image/one", MSG_SESSION_EDIT, 0, ids[session], printed));
    json_destroy (&done);
    json_destroy (&patch);
    free (printed);
}

/* Types NAME and a session's number into each, a few times. */
static void
type_all (struct owner_client *client, const char *name)
{
    enum { TIMES = 5 };
    for (int time = 0; time < TIMES; time++)
        for (int index = 0; index < SESSIONS; index++) {
            char *text = stui_printf ("%s %d", time == TIMES - 1 ? name : "on the way", index);
            type_text (client, index, text);
            free (text);
        }
}

/* Whether a session is shown as saved; fails unless it holds EXPECTED (NULL: anything). */
static bool
look_at (int session, const char *expected)
{
    struct run_result shown = run_stui ("session", "show", ids[session], "--json");
    cr_assert_eq (shown.status, 0, "%s", shown.err);
    struct json *json = stage_parse (shown.out);
    const struct json *context = json_get (json, "context");
    const char *text = json_get_text (json_get (context, "workspace_context"), "text");
    if (expected)
        cr_assert_str_eq (text, expected);
    bool saved = json_get_bool (json, "saved", false);
    json_destroy (&json);
    run_result_fini (&shown);
    return saved;
}

static void
expect_all (const char *name, bool saved)
{
    for (int index = 0; index < SESSIONS; index++) {
        char *expected = stui_printf ("%s %d", name, index);
        while (look_at (index, expected) != saved)
            continue;
        free (expected);
    }
}

/* What a doctor says while nothing can be written. */
static void
expect_doctor_to_complain (void)
{
    struct run_result doctor = run_stui ("doctor");
    cr_assert_eq (doctor.status, 1);
    cr_assert_not_null (strstr (doctor.out, "cannot be written"), "%s", doctor.out);
    run_result_fini (&doctor);
}

/* Nothing ends it by mistake, and a backup has what could not be saved. */
static void
expect_a_way_out (const char *name)
{
    struct run_result stop = run_stui ("stop");
    cr_assert_eq (stop.status, 1, "%s", stop.out);
    cr_assert_not_null (strstr (stop.err, "would be lost"), "%s", stop.err);
    run_result_fini (&stop);
    char *file = stui_printf ("%s/way-out.jsonl", stage.place.directory);
    char *text = stui_printf ("%s 0", name), *grep = stui_printf ("grep -q '%s' '%s'", text, file);
    do { /* an edit is told to the store within a second or two, whether it can write or not */
        struct run_result backup = run_stui ("backup", "--force", file);
        run_result_fini (&backup);
    } while (system (grep) != 0);
    free (grep);
    free (text);
    free (file);
}

/* All that was typed while it could not be written is there, now and after a crash. */
static void
expect_healed (const char *name)
{
    await_degraded (false);
    expect_all (name, true);
    stage_pass (&stage, NULL, "store_degraded");
    stage_pass (&stage, NULL, "store_healed");
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    expect_all (name, true);
}

Test (disk, a_full_disk_is_said_and_heals_without_a_restart)
{
    struct owner_client client;
    owner_client_open (&client);
    type_all (&client, "before");
    expect_all ("before", true);
    disk_fill ();
    type_all (&client, "while it was full");
    await_degraded (true);
    type_all (&client, "later");
    expect_all ("later", false);
    stage_expect_eval ("one", "3 + 4", "7");
    expect_doctor_to_complain ();
    expect_a_way_out ("later");
    disk_free ();
    expect_healed ("later");
    owner_client_close (&client);
}

Test (disk, a_start_on_a_full_disk_is_a_start)
{
    struct owner_client client;
    owner_client_open (&client);
    type_all (&client, "before");
    expect_all ("before", true);
    owner_client_close (&client);
    stage_end_serve (&stage, SIGKILL);
    disk_fill ();
    stage_serve (&stage);
    await_degraded (true);
    disk_free ();
    await_degraded (false);
    stage_pass (&stage, "one", "online");
    expect_all ("before", true);
}

/* Symptom: a damaged database on a full disk was a SystemError, and stui ended. */
Test (disk, a_damaged_database_on_a_full_disk_is_a_start_too)
{
    struct owner_client client;
    owner_client_open (&client);
    type_all (&client, "before");
    expect_all ("before", true);
    owner_client_close (&client);
    stage_end_serve (&stage, SIGKILL);
    char *current = stui_printf ("%s/stui/default/db/CURRENT", disk);
    cr_assert_eq (unlink (current), 0);
    disk_fill ();
    stage_serve (&stage);
    await_degraded (true);
    disk_free ();
    await_degraded (false);
    stage_pass (&stage, "one", "online");
    expect_all ("before", true);
    free (current);
}

Test (disk, a_disk_that_turned_read_only_heals_too)
{
    struct owner_client client;
    owner_client_open (&client);
    type_all (&client, "before");
    expect_all ("before", true);
    /* What is open for writing keeps a whole disk from it; so the directory is mounted over itself.
     * LevelDB's log goes on then until it is full, and there cannot be another one. */
    char *profile = stui_printf ("%s/stui/default", disk);
    cr_assert_eq (mount (profile, profile, NULL, MS_BIND, NULL), 0, "%s", strerror (errno));
    cr_assert_eq (mount (NULL, profile, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0, "%s",
                  strerror (errno));
    while (!is_degraded ()) {
        enum { BYTES = 200000 };
        char *text = stui_alloc (BYTES + 1);
        for (int index = 0; index < BYTES; index++)
            text[index] = (char) ('a' + random () % 26);
        for (int index = 0; index < SESSIONS; index++)
            type_text (&client, index, text);
        free (text);
    }
    type_all (&client, "while read-only");
    expect_all ("while read-only", false);
    expect_doctor_to_complain ();
    cr_assert_eq (umount2 (profile, MNT_DETACH), 0);
    expect_healed ("while read-only");
    free (profile);
    owner_client_close (&client);
}

/* Removes PLACE, a directory below the disk, while stui runs. */
static void
remove_and_go_on (const char *place)
{
    struct owner_client client;
    owner_client_open (&client);
    type_all (&client, "before");
    expect_all ("before", true);
    char *path = stui_printf ("%s/%s", disk, place);
    scratch_close (path);
    cr_assert_neq (access (path, F_OK), 0);
    type_text (&client, 0, "after 0");
    type_text (&client, 1, "after 1");
    stage_pass (&stage, NULL, "store_healed");
    type_text (&client, 2, "after 2");
    while (!look_at (2, NULL))
        continue;
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    static const char *const texts[SESSIONS] = {"after 0", "after 1", "after 2", "before 3"};
    for (int index = 0; index < SESSIONS; index++)
        look_at (index, texts[index]);
    free (path);
    owner_client_close (&client);
}

Test (disk, a_state_directory_that_was_removed_is_made_again_with_all_that_was_in_it)
{
    remove_and_go_on ("stui");
}

Test (disk, a_database_that_was_removed_alone_is_made_again_too)
{
    remove_and_go_on ("stui/default/db");
}

/* Symptom: with a state directory that was read-only at the start, every command failed with the name of a
 * file, and doctor called the profile ok. */
Test (disk, a_state_that_is_read_only_at_the_start_is_said_with_what_to_do)
{
    stage_end_serve (&stage, SIGTERM);
    cr_assert_eq (mount (NULL, disk, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0, "%s",
                  strerror (errno));
    struct run_result result = run_stui ("session", "ls");
    cr_assert_eq (result.status, 1);
    cr_assert_not_null (strstr (result.err, "make it writable"), "%s", result.err);
    cr_assert_not_null (strstr (result.err, "XDG_STATE_HOME"), "%s", result.err);
    run_result_fini (&result);
    result = run_stui ("doctor");
    cr_assert_eq (result.status, 1);
    cr_assert_not_null (strstr (result.out, "problem  profile     nothing can be written in "),
                        "%s", result.out);
    run_result_fini (&result);
}
