/* test_secrets.c: a token that is kept in the vault, sessions that are encrypted, and a passphrase
 * before both: real images are reached, and nothing that is secret stands in any file, log, event,
 * output or list of processes. Owners are killed while the passphrase changes. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/json.h"
#include "support/owner_client.h"
#include "support/stage.h"

enum { ROUNDS = 24 };

#define TIMINGS "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"
#define TOKEN   "t0ken-kept-in-the-vault"
#define WORDS   "Arbeitstext den niemand liest"
#define NAME    "Sitzungsname den niemand liest"

static struct stage stage;
static struct image guarded; /* asks for TOKEN */

static void
setup (void)
{
    static const char *const args[] = {"--token", TOKEN, NULL};
    stage_open (&stage, TIMINGS);
    cr_assert_eq (image_start (&guarded, "guarded", NULL, 0, args), 0);
    char *settings = stui_printf ("%s\ntoken_secret = prod", guarded.address);
    stage_list (&stage, "guarded", settings);
    free (settings);
}

static void
teardown (void)
{
    image_stop (&guarded);
    stage_close (&stage);
}

TestSuite (secrets, .init = setup, .fini = teardown, .timeout = 240);

/* Expects STATUS and SAID (NULL: nothing certain), and nothing secret in what was printed. */
static void
expect (int status, const char *said, struct run_result result)
{
    cr_assert_eq (result.status, status, "%d: %s%s", result.status, result.out, result.err);
    if (said)
        cr_assert (strstr (result.out, said) || strstr (result.err, said), "%s%s", result.out,
                   result.err);
    cr_assert_null (strstr (result.out, TOKEN), "%s", result.out);
    cr_assert_null (strstr (result.err, TOKEN), "%s", result.err);
    run_result_fini (&result);
}

/* What COMMAND prints; nothing is expected. */
static void
expect_not_found (const char *command)
{
    FILE *pipe = popen (command, "r");
    char line[512] = "";
    bool found = fgets (line, sizeof line, pipe) != NULL;
    pclose (pipe);
    cr_assert_not (found, "%s: %s", command, line);
}

/* TEXT is in no file of the place: state, configuration, logs. */
static void
expect_in_no_file (const char *text)
{
    char *command = stui_printf ("grep -rlaF -- '%s' '%s'", text, stage.place.directory);
    expect_not_found (command);
    free (command);
}

static void
set_token (void)
{
    expect (0, NULL, run_with (TOKEN "\n", "secret", "set", "prod"));
}

/* ---- A token -------------------------------------------------------------------------------------- */

Test (secrets, an_image_is_reached_by_a_token_that_nobody_sees)
{
    run_serve (&stage.serve, &stage.place, "default", NULL);
    struct json *state = stage_await_state ("guarded", "state", "offline");
    cr_assert_not_null (strstr (json_get_text (state, "cause"), "stui secret set prod"), "%s",
                        json_get_text (state, "cause"));
    json_destroy (&state);
    set_token ();
    state = stage_await_state ("guarded", "state", "online");
    json_destroy (&state);
    stage_expect_eval ("guarded", "3 + 4", "7");
    expect (0, "ping", run_stui ("image", "test", "guarded"));
    expect (0, "prod", run_stui ("secret", "ls"));
    expect (0, "\"names\":[\"prod\"]", run_stui ("secret", "ls", "--json"));
    expect (0, NULL, run_stui ("status", "--json"));
    expect (0, NULL, run_stui ("events", "--json"));
    expect (0, NULL, run_stui ("image", "show", "guarded", "--json"));
    expect (0, "encrypted, with a key in a file", run_stui ("doctor"));
    expect (0, NULL, run_stui ("session", "new", "guarded", "work", "--json"));
    expect (0, NULL, run_stui ("session", "export", "--all"));
    char *backup = stui_printf ("%s/backup", stage.place.directory);
    expect (0, NULL, run_stui ("backup", backup));
    free (backup);
    expect_not_found ("ps -eo args | grep -F '" TOKEN "' | grep -v grep");
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    expect_in_no_file (TOKEN);
    expect (0, NULL, run_stui ("secret", "rm", "prod"));
    expect (1, "there is no secret prod", run_stui ("secret", "rm", "prod"));
}

Test (secrets, a_locked_profile_starts_and_what_needs_no_secret_works)
{
    stage_add_image (&stage, "open");
    set_token ();
    expect (1, "one line is expected", run_with ("old\nfirst words\n", "secret", "passphrase"));
    expect (0, "behind the new passphrase", run_with ("first words\n", "secret", "passphrase"));
    run_serve (&stage.serve, &stage.place, "default", NULL);
    struct json *state = stage_await_state ("guarded", "state", "offline");
    cr_assert_eq (strncmp (json_get_text (state, "cause"), "locked: ", 8), 0, "%s",
                  json_get_text (state, "cause"));
    json_destroy (&state);
    stage_expect_eval ("open", "3 + 4", "7");
    expect (3, "stui secret unlock", run_stui ("eval", "guarded", "-e", "3 + 4", "--wait", "0.1"));
    expect (1, "that is not the passphrase", run_with ("wrong words\n", "secret", "unlock"));
    expect (0, NULL, run_with ("first words\n", "secret", "unlock"));
    state = stage_await_state ("guarded", "state", "online");
    json_destroy (&state);
    expect (0, "behind the new", run_with ("first words\nother words\n", "secret", "passphrase"));
    expect (1, "that is not the passphrase",
            run_with ("first words\n", "secret", "passphrase", "--remove"));
    expect (0, "the passphrase is gone",
            run_with ("other words\n", "secret", "passphrase", "--remove"));
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    stage_expect_eval ("guarded", "3 + 4", "7");
    expect_in_no_file ("first words");
    expect_in_no_file ("other words");
    expect_in_no_file (TOKEN);
}

Test (secrets, unlocking_where_nobody_stays_says_what_to_do)
{
    expect (1, "start `stui` or `stui serve` first", run_stui ("secret", "unlock"));
    expect (1, "a line was expected", run_with ("", "secret", "set", "prod"));
    expect (1, "cannot be stored", run_with (TOKEN "\n", "secret", "set", "a/b"));
}

/* ---- Sessions ------------------------------------------------------------------------------------- */

/* A session of the image NAME'd IMAGE with WORDS in its workspace and its history, saved; its id. */
static void
work (const char *image, char id[STUI_UUID_LEN + 1])
{
    struct run_result made = run_stui ("session", "new", image, NAME, "--json");
    cr_assert_eq (made.status, 0, "%s", made.err);
    struct json *session = stage_parse (made.out);
    snprintf (id, STUI_UUID_LEN + 1, "%s", json_get_text (session, "session_id"));
    json_destroy (&session);
    run_result_fini (&made);
    expect (0, NULL, run_stui ("eval", image, "--session", id, "-e", "'" WORDS "' size"));
    struct owner_client client;
    owner_client_open (&client);
    char *to = stui_printf ("image/%s", image);
    struct json *done = owner_client_ask (
        &client, msg_new (to, MSG_SESSION_EDIT, 0, id, "{\"workspace\":{\"text\":\"" WORDS "\"}}"));
    json_destroy (&done);
    for (bool saved = false; !saved;) {
        done = owner_client_ask (&client, msg_new (to, MSG_SESSION_SHOW, 0, id));
        saved = json_get_bool (done, "saved", false);
        json_destroy (&done);
    }
    free (to);
    owner_client_close (&client);
}

/* What was saved in plain is encrypted. */
static void
await_sealed (void)
{
    for (bool sealed = false; !sealed;) {
        struct run_result events = run_stui ("events", "--json");
        sealed = strstr (events.out, "\"sessions_sealed\"") != NULL;
        run_result_fini (&events);
    }
}

Test (secrets, encrypted_sessions_are_in_no_file_and_are_exported_in_plain)
{
    char id[STUI_UUID_LEN + 1];
    stage_add_image (&stage, "one");
    run_serve (&stage.serve, &stage.place, "default", "--encrypt-sessions");
    struct json *state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
    work ("one", id);
    await_sealed ();
    expect (0, "all states of sessions are encrypted", run_stui ("doctor"));
    char *backup = stui_printf ("%s/backup", stage.place.directory);
    expect (0, NULL, run_stui ("backup", backup));
    expect_in_no_file (WORDS); /* as it runs */
    expect_in_no_file (NAME);
    kill (stage.serve.pid, SIGKILL); /* nothing is tidied up */
    run_end (&stage.serve, 0);
    expect_in_no_file (WORDS);
    run_serve (&stage.serve, &stage.place, "default", NULL); /* nobody says it again */
    state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
    expect (0, WORDS, run_stui ("session", "export", id));
    expect (0, NAME, run_stui ("session", "ls"));
    work ("one", id);
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    expect_in_no_file (WORDS);
    expect_in_no_file (NAME);

    /* Another machine: the backup without its key, then with it. */
    char *key = stui_printf ("%s/state/stui/default/key", stage.place.directory);
    char *kept = stui_printf ("%s/kept.key", stage.place.directory);
    cr_assert_eq (rename (key, kept), 0);
    expect (0, "opens with the key file", run_stui ("restore", backup));
    expect (1, "is missing: put it back", run_stui ("session", "export", "--all"));
    cr_assert_eq (rename (kept, key), 0);
    expect (0, NAME, run_stui ("session", "ls"));
    free (kept);
    free (key);
    free (backup);
}

/* Symptom: what was saved before `--encrypt-sessions` lay in the database's files for weeks. */
Test (secrets, sessions_of_before_are_in_no_file_once_they_are_encrypted)
{
    char id[STUI_UUID_LEN + 1];
    stage_add_image (&stage, "one");
    run_serve (&stage.serve, &stage.place, "default", NULL);
    struct json *state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
    work ("one", id);
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    char *command = stui_printf ("grep -rqaF -- '%s' '%s'", WORDS, stage.place.directory);
    cr_assert_eq (system (command), 0, "it is there to be read");
    free (command);
    run_serve (&stage.serve, &stage.place, "default", "--encrypt-sessions");
    await_sealed ();
    expect_in_no_file (WORDS); /* as it runs */
    expect (0, "all states of sessions are encrypted", run_stui ("doctor"));
    kill (stage.serve.pid, SIGKILL);
    run_end (&stage.serve, 0);
    expect_in_no_file (WORDS);
    expect (0, WORDS, run_stui ("session", "export", id));
}

/* Symptom: `--encrypt-sessions` of a command did nothing, and said nothing, while somebody else owned the
 * profile. */
Test (secrets, an_owner_that_runs_already_encrypts_sessions_when_a_command_asks_for_it)
{
    char id[STUI_UUID_LEN + 1];
    stage_add_image (&stage, "one");
    run_serve (&stage.serve, &stage.place, "default", NULL);
    struct json *state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
    work ("one", id);
    expect (0, NAME, run_stui ("--encrypt-sessions", "session", "ls"));
    await_sealed ();
    expect_in_no_file (WORDS); /* as it runs */
    expect (0, "all states of sessions are encrypted", run_stui ("doctor"));
    work ("one", id);
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    expect_in_no_file (WORDS);
}

/* Symptom: after a forgotten passphrase and `secret reset`, an image whose sessions did not open took no
 * new one either, and nothing named those that did not. */
Test (secrets, an_image_goes_on_after_a_reset_beside_sessions_that_do_not_open)
{
    char plain[STUI_UUID_LEN + 1], sealed[STUI_UUID_LEN + 1], more[STUI_UUID_LEN + 1];
    stage_add_image (&stage, "one");
    stage_new_session ("one", "in plain", plain);
    expect (0, NULL, run_stui ("session", "close", plain));
    run_serve (&stage.serve, &stage.place, "default", "--encrypt-sessions");
    work ("one", sealed);
    await_sealed ();
    expect (0, NULL, run_with ("forgotten\n", "secret", "passphrase"));
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    run_serve (&stage.serve, &stage.place, "default", NULL);
    struct json *state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
    expect (0, "locked", run_stui ("session", "ls"));
    expect (0, sealed, run_stui ("session", "ls"));
    expect (1, "stui secret unlock", run_stui ("session", "show", sealed));
    expect (1, "stui secret unlock", run_stui ("session", "new", "one", "more"));
    expect (1, "stui secret unlock", run_stui ("session", "show", plain)); /* sealed meanwhile */
    expect (0, NULL, run_stui ("secret", "reset", "--yes"));
    stage_new_session ("one", "more", more);
    expect (0, "more", run_stui ("session", "show", more));
    expect (1, "stui secret restore", run_stui ("session", "close", sealed));
    expect (1, "more", run_stui ("session", "export", "--all"));
    expect (0, "locked", run_stui ("session", "ls"));
    struct run_result found = run_stui ("doctor");
    cr_assert_not_null (strstr (found.out, "were set aside by `stui secret reset`"), "%s",
                        found.out);
    cr_assert_null (strstr (found.out, "doctor --repair --yes"), "%s", found.out);
    run_result_fini (&found);
    expect (1, "opens nothing", run_with ("another\n", "secret", "restore"));
    expect (0, "are back", run_with ("forgotten\n", "secret", "restore"));
    expect (0, NAME, run_stui ("session", "show", sealed));
    expect (0, "in plain", run_stui ("session", "show", plain));
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    expect_in_no_file (WORDS);
}

Test (secrets, a_backup_with_secrets_opens_with_a_passphrase_of_its_own)
{
    set_token ();
    char *backup = stui_printf ("%s/backup", stage.place.directory);
    expect (0, NULL, run_with ("of the backup\n", "backup", backup, "--with-secrets"));
    expect_in_no_file (TOKEN);
    expect (0, "opens with its passphrase", run_stui ("restore", backup));
    run_serve (&stage.serve, &stage.place, "default", NULL);
    expect (0, NULL, run_with ("of the backup\n", "secret", "unlock"));
    struct json *state = stage_await_state ("guarded", "state", "online");
    json_destroy (&state);
    free (backup);
}

/* ---- Killed --------------------------------------------------------------------------------------- */

struct passphrase {
    char hex[CRYPT_HEX_SIZE]; /* the key; empty: in the key file */
    char *kdf;                /* owned */
};

/* Cheap ones: what is tried here is the change, not what a passphrase costs. */
static struct passphrase
passphrase_make (int number)
{
    struct passphrase self = {.kdf = stui_strdup ("{}")};
    if (number % 3 == 0)
        return self;
    struct crypt_kdf kdf;
    char words[32];
    snprintf (words, sizeof words, "words %d", number);
    crypt_kdf_new (&kdf);
    kdf.operations = 1;
    kdf.memory_bytes = 8192;
    struct crypt_key *key = crypt_key_from_passphrase (words, &kdf, NULL);
    crypt_key_hex (key, self.hex);
    crypt_key_destroy (&key);
    struct json *json = crypt_kdf_to_json (&kdf);
    free (self.kdf);
    self.kdf = json_print (json);
    json_destroy (&json);
    return self;
}

/* Opens the vault by ONE or the OTHER: which one it was. */
static bool
opens_by_other (struct owner_client *client, const struct passphrase *one,
                const struct passphrase *other)
{
    struct json *vault = owner_client_ask (client, msg_new ("store", MSG_SECRET_LIST, 0));
    bool by_file = !json_is_object (json_get (vault, "argon2id"));
    cr_assert_str_eq (json_get_text (vault, "state"), by_file ? "open" : "locked", "%s",
                      json_get_text (vault, "why"));
    cr_assert_eq (json_count (json_get (vault, "names")), 1);
    json_destroy (&vault);
    if (by_file)
        return other->hex[0] == '\0';
    owner_client_send (client, msg_new ("store", MSG_VAULT_UNLOCK, 0, one->hex));
    struct msg *answer = owner_client_next (client);
    bool is_one = answer->verb == MSG_OK && one->hex[0];
    msg_destroy (&answer);
    if (!is_one) {
        struct json *done =
            owner_client_ask (client, msg_new ("store", MSG_VAULT_UNLOCK, 0, other->hex));
        json_destroy (&done);
    }
    return !is_one;
}

/* After each kill one of the two passphrases opens all, and the next change needs every secret open. */
Test (secrets, a_passphrase_that_changes_as_the_owner_is_killed_is_the_old_or_the_new_one)
{
    struct passphrase current = passphrase_make (0);
    int changed = 0;
    set_token ();
    for (int round = 1; round <= ROUNDS; round++) {
        struct owner_client client;
        struct passphrase next = passphrase_make (round);
        run_serve (&stage.serve, &stage.place, "default", NULL);
        owner_client_open (&client);
        if (current.hex[0]) {
            struct json *done =
                owner_client_ask (&client, msg_new ("store", MSG_VAULT_UNLOCK, 0, current.hex));
            json_destroy (&done);
        }
        owner_client_send (&client, msg_new ("store", MSG_VAULT_REKEY, 0, current.hex, next.hex,
                                             next.hex[0] ? next.kdf : NULL));
        usleep ((useconds_t) ((round - 1) * 100)); /* where in the change is the dice's business */
        kill (stage.serve.pid, SIGKILL);
        owner_client_close (&client);
        run_end (&stage.serve, 0);

        run_serve (&stage.serve, &stage.place, "default", NULL);
        owner_client_open (&client);
        bool is_next = opens_by_other (&client, &current, &next);
        changed += is_next;
        owner_client_close (&client);
        cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
        struct passphrase *gone = is_next ? &current : &next;
        free (gone->kdf);
        if (is_next)
            current = next;
    }
    cr_log_info ("%d of %d changes were in time", changed, ROUNDS);
    run_serve (&stage.serve, &stage.place, "default", NULL);
    struct owner_client client;
    owner_client_open (&client);
    opens_by_other (&client, &current, &current);
    owner_client_close (&client);
    struct json *state = stage_await_state ("guarded", "state", "online");
    json_destroy (&state);
    free (current.kdf);
}
