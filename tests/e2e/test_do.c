/* test_do.c: commands of the terminal from the command line, and completion in a real shell. */

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/stage.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (do, .init = setup, .fini = teardown, .timeout = 120);

/* Runs stui with WORDS, which must end with STATUS and say PART. */
static void
expect_run (int status, const char *part, const char *const *words)
{
    struct run_result result = run_words (NULL, words);
    cr_assert_eq (result.status, status, "%s %s: %s%s", words[0], words[1], result.out, result.err);
    cr_assert (strstr (result.out, part) || strstr (result.err, part), "'%s' is not in:\n%s%s",
               part, result.out, result.err);
    run_result_fini (&result);
}
#define EXPECT_RUN(status, part, ...)                                                              \
    expect_run (status, part, (const char *const[]){__VA_ARGS__, NULL})

Test (do, a_command_of_the_terminal_does_what_it_does_there)
{
    stage_serve_one (&stage);
    EXPECT_RUN (0, "one is tried now", "do", ":retry one");
    EXPECT_RUN (0, "one is left alone until it is retried", "do", "stop one");
    json_destroy (&(struct json *){stage_await_state ("one", "state", "disabled")});
    EXPECT_RUN (0, "one is tried now", "do", ":ret", "one");
    json_destroy (&(struct json *){stage_await_state ("one", "state", "online")});
    EXPECT_RUN (0, "No alerts for 30 min", "do", ":alerts off 30");
    EXPECT_RUN (0, "tags of one is set", "do", ":image set one tags web");
    json_destroy (&(struct json *){stage_await_state ("one", "tags", "web")});
}

Test (do, what_asks_is_done_only_when_it_is_answered)
{
    stage_serve_one (&stage);
    EXPECT_RUN (2, "nothing was done: --answer says it", "do", ":image rm one");
    EXPECT_RUN (2, "nothing was done", "do", ":remove one", "--answer", "n");
    stage_expect_eval ("one", "3 + 4", "7");
    EXPECT_RUN (0, "one is removed", "do", ":remove one", "--answer", "y");
    EXPECT_RUN (2, "one", "image", "show", "one");
}

Test (do, what_makes_no_sense_is_a_sentence)
{
    stage_serve_one (&stage);
    EXPECT_RUN (2, "is about what a terminal shows, and there is none here", "do", ":sort name");
    EXPECT_RUN (2, "is about what a terminal shows", "do", ":print-it");
    EXPECT_RUN (2, "There is no command frobnicate", "do", ":frobnicate");
    EXPECT_RUN (2, "There is no image two", "do", ":retry two");
    EXPECT_RUN (2, "Which image? Name one", "do", ":retry");
    EXPECT_RUN (2, "there is no command in ':'", "do", ":");
    EXPECT_RUN (2, "--read-only forbids `stui do`", "--read-only", "do", ":retry one");
}

/* Symptom: what only a terminal can do was said to be done: it printed nothing, and ended with 0. */
Test (do, what_does_nothing_here_is_not_said_to_be_done)
{
    static const char *const lines[] = {":held",        ":held send",         ":held drop",
                                        ":doubt",       ":doubt resolve ran", ":send-held",
                                        ":cleanup",     ":undo-cleanup",      ":adopt one",
                                        ":move-listed", ":settle-held"};
    stage_serve_one (&stage);
    for (size_t at = 0; at < sizeof lines / sizeof *lines; at++)
        EXPECT_RUN (2, "is about what a terminal shows", "do", lines[at]);
    EXPECT_RUN (2, "nothing was done: A name and an address", "do", ":add");
    EXPECT_RUN (2, "Which image? Name one", "do", ":new-session", "work");
    EXPECT_RUN (2, "nothing was done", "do", ":help");
}

/* What bash completes WORDS to, the last of which is being typed. */
static void
expect_completed (const char *words, const char *expected)
{
    char *command =
        stui_printf ("stui () { \"$STUI\" \"$@\"; }\nsource <(\"$STUI\" completion bash)\n"
                     "COMP_WORDS=(%s) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                     "_stui\necho \"${COMPREPLY[*]}\"\n",
                     words);
    struct run_process shell;
    run_start (&shell, &stage.place, "/bin/bash",
               (const char *const[]){"--norc", "-c", command, NULL});
    const char *line = run_await (&shell, NULL, NULL);
    cr_assert_str_eq (line, expected, "%s: %s", words, line);
    cr_assert_eq (run_end (&shell, 0), 0);
    free (command);
}

Test (do, bash_completes_commands_options_and_images)
{
    char *program = realpath (getenv ("STUI") ? getenv ("STUI") : "build/stui", NULL);
    setenv ("STUI", program, 1);
    free (program);
    stage_list (&stage, "one", "127.0.0.1:1");
    stage_list (&stage, "other", "127.0.0.1:2");
    expect_completed ("stui ima", "image");
    expect_completed ("stui image re", "retry");
    expect_completed ("stui --json stat", "status");
    expect_completed ("stui image retry --ta", "--tag");
    expect_completed ("stui image retry o", "one other");
    expect_completed ("stui eval one ot", "other");
    expect_completed ("stui session cl", "close cleanup");
    expect_completed ("stui completion --prof", "--profile");
}

/* Symptom: tags, settings, kinds of events and commands of the terminal had to be known by heart. */
Test (do, bash_completes_what_only_stui_knows)
{
    char *program = realpath (getenv ("STUI") ? getenv ("STUI") : "build/stui", NULL);
    setenv ("STUI", program, 1);
    free (program);
    run_place_configure (&stage.place, "[image \"one\"]\naddress = 127.0.0.1:1\n"
                                       "tags = nightly, lab\n");
    expect_completed ("stui eval --tag l", "lab");
    expect_completed ("stui image set one ping_", "ping_ms");
    expect_completed ("stui events --kind session_re", "session_reaped session_recreated "
                                                       "session_restored session_returned");
    expect_completed ("stui events --image o", "one");
    expect_completed ("stui do retr", "retry");
    expect_completed ("stui session show 0", "");
    EXPECT_RUN (2, "takes one of", "completion", "--words", "stars");
}

Test (do, completion_is_for_three_shells)
{
    EXPECT_RUN (0, "#compdef stui", "completion", "zsh");
    EXPECT_RUN (0, "complete -c stui", "completion", "fish");
    EXPECT_RUN (2, "not for 'csh'", "completion", "csh");
}
