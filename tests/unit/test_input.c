/* test_input.c: keys, pastes, mouse and replies out of bytes, however these are cut. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/random.h"
#include "runtime/utf8.h"
#include "ui/input.h"

/* One line a list of events: "x ^D paste(3):abc press1@4,7 reply:…". */
struct story {
    char text[4096];
};

static void
tell (struct story *story, const struct input_event *event)
{
    static const char *const actions[] = {
        [MOUSE_PRESS] = "press",      [MOUSE_RELEASE] = "release",      [MOUSE_DRAG] = "drag",
        [MOUSE_WHEEL_UP] = "wheelup", [MOUSE_WHEEL_DOWN] = "wheeldown",
    };
    char word[1024], name[KEY_NAME_SIZE];
    if (event->type == INPUT_KEY)
        snprintf (word, sizeof word, "%s", key_name (event->key, name));
    else if (event->type == INPUT_MOUSE)
        snprintf (word, sizeof word, "%s%d@%d,%d", actions[event->mouse.action],
                  event->mouse.button, event->mouse.row, event->mouse.column);
    else
        snprintf (word, sizeof word, "%s:%.900s", event->type == INPUT_PASTE ? "paste" : "reply",
                  event->text + (event->type == INPUT_REPLY));
    size_t size = strlen (story->text);
    snprintf (story->text + size, sizeof story->text - size, "%s%s", size ? " " : "", word);
}

static void
take_all (struct input *input, int64_t now_ms, struct story *story)
{
    struct input_event event;
    while (input_next (input, now_ms, &event))
        tell (story, &event);
}

/* BYTES, fed STEP at a time, one millisecond apart, then silence. */
static struct story
read_bytes (const char *term, const char *bytes, size_t size, size_t step)
{
    struct story story = {{0}};
    struct stui_cause cause;
    struct input *input = input_new (term, &cause);
    cr_assert_not_null (input, "%s", cause.text);
    int64_t now_ms = 1000;
    for (size_t at = 0; at < size; at += step, now_ms++) {
        input_feed (input, bytes + at, step < size - at ? step : size - at, now_ms);
        take_all (input, now_ms, &story);
    }
    for (int rounds = 0; rounds < 4 && input_deadline_ms (input) != STUI_NEVER; rounds++)
        take_all (input, input_deadline_ms (input), &story);
    cr_assert_eq (input_deadline_ms (input), STUI_NEVER);
    input_destroy (&input);
    return story;
}

#define cr_assert_read(bytes, expected)                                                            \
    for (size_t step = 1; step < sizeof bytes; step++) {                                           \
        struct story story = read_bytes ("xterm-256color", bytes, sizeof bytes - 1, step);         \
        cr_assert_str_eq (story.text, expected, "in steps of %zu: %s", step, story.text);          \
    }

Test (input, keys_have_names)
{
    cr_assert_read ("aZ 1é漢", "a Z Space 1 é 漢");
    cr_assert_read ("\x04\x10\x03\x1a", "^D ^P ^C ^Z");
    cr_assert_read ("\r\t\x7f", "Enter Tab Backspace");
    cr_assert_read ("\033[A\033OB\033[1;5C\033[Z\033[3~\033[5~",
                    "Up Down ^Right S-Tab Delete PageUp");
    cr_assert_read ("\033OS\033[17~\033[24~", "F4 F6 F12");
    cr_assert_read ("\033[H\033[4~", "Home End");
}

Test (input, alt_is_told_from_escape_by_the_deadline)
{
    cr_assert_read ("\033i\033"
                    "1\033x",
                    "M-i M-1 M-x");
    cr_assert_read ("\033", "Esc");
    cr_assert_read ("\033[", "M-[");
    cr_assert_read ("\033]", "M-]");
    cr_assert_read ("\033Pq", "M-P q");
    cr_assert_read ("\033\033[A", "M-Up");
    struct stui_cause cause;
    struct input *input = input_new ("xterm", &cause);
    struct story story = {{0}};
    input_feed (input, "\033", 1, 1000);
    take_all (input, 1000, &story);
    take_all (input, 1000 + INPUT_ESCAPE_MS - 1, &story);
    cr_assert_str_empty (story.text);
    cr_assert_eq (input_deadline_ms (input), 1000 + INPUT_ESCAPE_MS);
    take_all (input, 1000 + INPUT_ESCAPE_MS, &story);
    input_feed (input, "x", 1, 1100);
    take_all (input, 1100, &story);
    cr_assert_str_eq (story.text, "Esc x");
    input_destroy (&input);
}

Test (input, a_paste_is_text_and_never_a_key)
{
    cr_assert_read ("a\033[200~one\rtwo\033x\003\033[201~b", "a paste:one\ntwo\033x\003 b");
    cr_assert_read ("\033[200~\033[201\033[20\033[201~", "paste:\033[201\033[20");
    cr_assert_read ("\033[200~\xFF\xE6\033[201~", "paste:��");
    cr_assert_read ("\033[200~\033[201~x", "paste: x");
    cr_assert_read ("\033[201~x", "x");
}

Test (input, a_paste_without_end_ends_by_silence)
{
    cr_assert_read ("\033[200~rm -rf\r", "paste:rm -rf\n");
}

Test (input, a_paste_is_bounded)
{
    struct stui_cause cause;
    struct input *input = input_new ("xterm", &cause);
    struct input_event event;
    char block[4096];
    memset (block, 'x', sizeof block);
    input_feed (input, "\033[200~", 6, 0);
    for (size_t fed = 0; fed < 4 * INPUT_PASTE_MAX; fed += sizeof block) {
        input_feed (input, block, sizeof block, 0);
        cr_assert_not (input_next (input, 0, &event));
    }
    input_feed (input, "\033[201~", 6, 0);
    cr_assert (input_next (input, 0, &event));
    cr_assert (event.type == INPUT_PASTE && event.cut);
    cr_assert_eq (event.size, INPUT_PASTE_MAX);
    input_destroy (&input);
}

Test (input, the_terminals_replies_are_no_keys)
{
    cr_assert_read ("a\033[?2026;2$yb", "a reply:[?2026;2$y b");
    cr_assert_read ("\033[?64;1;2c\033[>0;95;0c", "reply:[?64;1;2c reply:[>0;95;0c");
    cr_assert_read ("\033]11;rgb:0/0/0\033\\x", "reply:]11;rgb:0/0/0\033\\ x");
    cr_assert_read ("\033]11;rgb:0/0/0\ax", "reply:]11;rgb:0/0/0\a x");
    cr_assert_read ("\033P>|term 1\033\\x", "reply:P>|term 1\033\\ x");
    cr_assert_read ("\033[I\033[Ox", "x");
}

Test (input, the_mouse_says_where)
{
    cr_assert_read ("\033[<0;20;5M\033[<0;20;5m", "press1@4,19 release1@4,19");
    cr_assert_read ("\033[<32;21;5M", "drag1@4,20");
    cr_assert_read ("\033[<64;1;1M\033[<65;1;1M", "wheelup0@0,0 wheeldown0@0,0");
    cr_assert_read ("\033[M !!x", "press1@0,0 x");
}

Test (input, works_for_terminals_of_all_types)
{
    static const char *const terms[] = {NULL, "xterm", "tmux-256color", "screen", "linux", "vt100"};
    for (size_t index = 0; index < sizeof terms / sizeof *terms; index++) {
        static const char bytes[] = "q\033[A\033[<0;2;2M\x04";
        struct story story = read_bytes (terms[index], bytes, sizeof bytes - 1, sizeof bytes);
        cr_assert_str_eq (story.text, "q Up press1@1,1 ^D", "%s: %s", terms[index], story.text);
    }
}

Test (input, broken_sequences_are_dropped_not_typed)
{
    cr_assert_read ("\033[12;\001x", "^A x");
    cr_assert_read ("\033[1;2", "");
    cr_assert_read ("\033[ A\033[1 2Ax", "x"); /* libtermkey 0.22 crashes on these, */
    cr_assert_read ("\033[89777777777777777777;7777777777777ux", "x"); /* and on this */
    cr_assert_read ("\x9B Ax\xE6", "Space A x");
    cr_assert_read ("\033é\033\x9By", "M-é Esc y");
    char endless[1000];
    memset (endless, '5', sizeof endless);
    memcpy (endless, "\033[", 2);
    memcpy (endless + sizeof endless - 2, "~x", 2);
    struct story story = read_bytes ("xterm", endless, sizeof endless, sizeof endless);
    cr_assert_str_eq (story.text, "x");
    memset (endless, 'r', sizeof endless);
    memcpy (endless, "\033]11;", 5);
    memcpy (endless + sizeof endless - 2, "\ax", 2);
    story = read_bytes ("xterm", endless, sizeof endless, 7);
    cr_assert_str_eq (story.text, "x");
}

/* Symptom: ESC [ < A ended the program, now and then: libtermkey looks 245 KB beyond a table. */
Test (input, sequences_that_begin_as_a_mouse_report_and_end_otherwise_are_nothing)
{
    struct stui_cause cause;
    struct input *input = input_new ("xterm-256color", &cause);
    struct input_event event;
    for (char final = '@'; final <= '~'; final++) {
        char sequence[] = {'\033', '[', '<', '1', ';', '2', final, 'x'};
        if (final == 'M' || final == 'm')
            continue;
        input_feed (input, sequence, sizeof sequence, 0);
        cr_assert (input_next (input, 0, &event), "%c", final);
        cr_assert_eq (event.type, INPUT_KEY);
        cr_assert_eq (event.key.codepoint, 'x', "%c", final);
        cr_assert_not (input_next (input, 0, &event), "%c", final);
    }
    input_destroy (&input);
}

Test (input, random_bytes_end_and_do_no_harm)
{
    static const char *const pieces[] = {"\033", "[",    "200~",     "201~", "\033[<", ";",
                                         "M",    "]",    "P",        "?",    "\a",     "\\",
                                         "1",    "\xC3", "\xF0\x9F", "\x9B", "O"};
    struct random_source random = {42};
    struct stui_cause cause;
    struct input *input = input_new ("xterm-256color", &cause);
    int64_t now_ms = 0;
    for (int round = 0; round < 20000; round++) {
        char byte = (char) random_below (&random, 256);
        const char *piece = pieces[random_below (&random, sizeof pieces / sizeof *pieces)];
        bool whole = random_below (&random, 3) > 0;
        input_feed (input, whole ? piece : &byte, whole ? strlen (piece) : 1, now_ms);
        struct input_event event;
        while (input_next (input, now_ms, &event))
            if (event.type == INPUT_PASTE)
                cr_assert (utf8_is_valid (event.text, event.size));
        now_ms += (int64_t) random_below (&random, 40);
    }
    input_destroy (&input);
}

Test (key, names_are_parsed_as_they_are_written)
{
    static const char *const names[] = {"x",      "A",     "é",      "^D",    "M-i",   "F4",
                                        "Enter",  "S-Tab", "M-S-Up", "^Left", "Space", "M-1",
                                        "^Space", "?",     "^^",     "M-^D",  "-"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        struct key key;
        char name[KEY_NAME_SIZE];
        cr_assert (key_parse (names[index], &key), "%s", names[index]);
        cr_assert_str_eq (key_name (key, name), names[index]);
    }
    struct key key;
    cr_assert_not (key_parse ("", &key));
    cr_assert_not (key_parse ("Entre", &key));
    cr_assert_not (key_parse ("M-", &key));
    cr_assert_not (key_parse ("\xFF", &key));
}
