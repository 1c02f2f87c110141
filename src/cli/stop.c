/* stop.c: `stui stop`: ends the owner of the profile, in order. */

#include "cli/client.h"
#include "cli/command.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/launch.h"

#include <signal.h>
#include <unistd.h>

enum {
    STOP_PATIENCE_MS = 10000, /* an owner stops within 2 s, and store may sync for 5 more */
    STOP_LOOK_MS = 20,
    STOP_ASK_MS = 1000, /* for a store whose disk hangs: it is stopped unasked then */
};

/* Whether process PID is gone within the patience. */
static bool
stop_wait (const char *profile, pid_t pid)
{
    int64_t deadline = clock_mono_ms () + STOP_PATIENCE_MS;
    /* The lock is what counts: once it is free, the next stui can start. */
    while (launch_read_holder (profile).pid == pid && kill (pid, 0) == 0) {
        if (clock_mono_ms () > deadline)
            return false;
        usleep (STOP_LOOK_MS * 1000);
    }
    return true;
}

/* How many sessions the disk refused to store, which would be gone. */
static long long
stop_unsaved (struct client *client)
{
    struct stui_cause cause = {0};
    struct msg *request = msg_new ("store", MSG_STORE_STATUS, 0);
    uint64_t ref = client_send (client, &request, &cause);
    int64_t deadline = clock_mono_ms () + STOP_ASK_MS;
    long long unsaved = 0;
    bool answered = ref == 0;
    while (!answered) {
        struct reply reply = {0};
        if (client_next (client, deadline, &reply, &cause) != CLIENT_REPLY)
            break;
        answered = reply.ref == ref;
        if (answered && json_get_bool (reply.json, "degraded", false))
            unsaved = json_get_number (reply.json, "unsaved", 0);
        reply_fini (&reply);
    }
    return unsaved;
}

static int
stop_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    struct client *client = client_attach (cli, &cause);
    if (client == NULL) {
        struct launch_holder holder = launch_read_holder (cli->profile);
        if (holder.stopped)
            launch_fail_stopped (holder.pid, &cause);
        if (cause.err == STUI_E_NOT_FOUND && holder.pid == 0) {
            printf ("nothing to stop: no stui runs on profile %s\n", cli->profile);
            return STUI_EXIT_DONE;
        }
        cli_complain ("%s", cause.text);
        return STUI_EXIT_FAILED;
    }
    pid_t pid = client_owner_pid (client);
    long long unsaved = arguments_has (arguments, "force") ? 0 : stop_unsaved (client);
    if (unsaved > 0) {
        cli_complain (
            "%lld session%s could not be saved, because the disk refuses, and would be lost: "
            "make room, or take them elsewhere with `stui backup FILE`; `stui stop --force` "
            "ends it all the same",
            unsaved, unsaved == 1 ? "" : "s");
        client_close (&client);
        return STUI_EXIT_FAILED;
    }
    struct json *answer = client_ask (client, msg_new ("main", MSG_SHUTDOWN, 0), &cause);
    bool asked = answer != NULL || cause.err == STUI_E_ACTOR_ENDED;
    json_destroy (&answer);
    client_close (&client);
    if (!asked) {
        cli_complain ("%s", cause.text);
        return STUI_EXIT_FAILED;
    }
    if (!stop_wait (cli->profile, pid)) {
        cli_complain ("owner %ld was asked to stop and still runs; `kill %ld` if it must go",
                      (long) pid, (long) pid);
        return STUI_EXIT_FAILED;
    }
    printf ("the stui that ran on profile %s (process %ld) has ended\n", cli->profile, (long) pid);
    return STUI_EXIT_DONE;
}

static const struct option_row stop_options[] = {
    {"force", 'f', NULL, "also when something could not be saved, which is lost then"},
    {0},
};

const struct command command_stop = {
    .name = "stop",
    .changes = true,
    .usage = "",
    .summary = "end the stui that runs on the profile, in order",
    .help =
        "Sessions are saved first; the images go on running. Nothing running is no failure. When\n"
        "the disk refuses what is to be saved, it says so and stops nothing, unless --force is\n"
        "given. Terminals that are open stay, and wait for the next stui: r on their screen of "
        "images,\n"
        "or :retry, starts it; so does typing into a text, which would be lost else. Close them\n"
        "before a restore.",
    .options = stop_options,
    .run = stop_run,
};
