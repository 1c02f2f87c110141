/* test_held.c: the list of what one image has held, sent and in doubt. */

#include "actors/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

#define CODE "{\"code\":\"3 + 4\",\"mode\":\"printIt\"}"

static struct held_ask
ask (const char *id, const char *parameters)
{
    return (struct held_ask){.id = id,
                             .command = "evaluate",
                             .parameters = parameters,
                             .session = "s",
                             .asked_by = "a terminal",
                             .asked_at_ms = 1000};
}

static struct held_entry *
hold (struct held *held, const char *id)
{
    struct held_ask one = ask (id, CODE);
    return held_add (held, &one, "it is offline", NULL);
}

/* Parameters with code of SIZE bytes; caller frees. */
static char *
long_parameters (size_t size)
{
    char *code = stui_alloc (size + 1);
    memset (code, 'x', size);
    char *text = stui_printf ("{\"code\":\"%s\"}", code);
    free (code);
    return text;
}

Test (held, what_is_held_goes_and_comes_back_or_is_in_doubt)
{
    struct held held = {0};
    struct held_entry *entry = hold (&held, "a");
    cr_assert_eq (held_count (&held), 1);
    held_sent (&held, entry, "r", "boot");
    cr_assert_eq (held_count (&held), 0);
    cr_assert_eq (held_find_request (&held, "r"), entry);
    cr_assert_not (held_is_doubtful (entry), "somebody waits for it");
    held_back (&held, entry, "never run");
    cr_assert_eq (held_count (&held), 1);
    cr_assert_null (held_find_request (&held, "r"));
    held_sent (&held, entry, "q", "boot");
    held_doubt (&held, entry, "the image was started again");
    cr_assert_eq (held_count_doubtful (&held), 1);
    held_remove (&held, &entry);
    cr_assert_eq (held.bytes, 0);
    held_fini (&held);
}

Test (held, an_empty_request_is_nobodys)
{
    struct held held = {0};
    hold (&held, "a");
    cr_assert_null (held_find_request (&held, ""));
    held_fini (&held);
}

Test (held, no_more_is_held_than_there_are_places)
{
    struct held held = {0};
    char id[16];
    for (int number = 0; number < HELD_MAX; number++) {
        snprintf (id, sizeof id, "%d", number);
        cr_assert_not_null (hold (&held, id));
    }
    struct stui_cause cause = {0};
    struct held_ask one = ask ("more", CODE);
    cr_assert_null (held_add (&held, &one, "", &cause));
    cr_assert_eq (cause.err, STUI_E_QUEUE_FULL);
    held_fini (&held);
}

Test (held, no_more_is_held_than_can_be_stored)
{
    struct held held = {0};
    struct stui_cause cause = {0};
    char *text = long_parameters (HELD_BYTES_MAX);
    struct held_ask one = ask ("a", text);
    cr_assert_null (held_add (&held, &one, "", &cause));
    cr_assert_eq (cause.err, STUI_E_QUEUE_FULL);
    cr_assert_eq (held.count, 0);
    free (text);
}

/* Symptom: a file of 9 MB that was in doubt was not told of, since it was too long to be kept. */
Test (held, of_what_is_too_long_the_beginning_is_noted_when_it_is_sent)
{
    struct held held = {0};
    char *text = long_parameters (HELD_BYTES_MAX);
    struct held_ask one = ask ("a", text);
    struct held_entry *entry = held_note (&held, &one, "r", "boot");
    cr_assert_not_null (entry);
    cr_assert_null (entry->parameters);
    cr_assert_eq (strlen (entry->code), HELD_CUT_BYTES);
    struct json *stored = held_to_json (&held);
    struct held later = {0};
    held_load (&later, stored);
    cr_assert_eq (later.count, 1);
    cr_assert_null (later.items[0]->parameters);
    cr_assert_eq (strlen (later.items[0]->code), HELD_CUT_BYTES);
    held_fini (&later);
    json_destroy (&stored);
    free (text);
    held_fini (&held);
}

Test (held, what_was_stored_comes_before_what_came_meanwhile)
{
    struct held held = {0}, later = {0};
    hold (&held, "a");
    struct held_ask one = ask ("b", CODE);
    held_note (&held, &one, "r", "boot");
    struct json *stored = held_to_json (&held);
    hold (&later, "c");
    held_load (&later, stored);
    cr_assert_eq (later.count, 3);
    cr_assert_str_eq (later.items[0]->id, "a");
    cr_assert_str_eq (later.items[0]->parameters, CODE);
    cr_assert_str_eq (later.items[0]->why, "it is offline");
    cr_assert (later.items[1]->earlier);
    cr_assert_str_eq (later.items[1]->boot, "boot");
    cr_assert_str_eq (later.items[2]->id, "c");
    cr_assert_eq (later.bytes, 3 * strlen (CODE));
    json_destroy (&stored);
    held_fini (&held);
    held_fini (&later);
}

Test (held, people_see_what_is_held_and_in_doubt_and_not_what_runs)
{
    struct held held = {0};
    struct held_ask one = ask ("a", CODE), two = ask ("b", CODE);
    hold (&held, "h");
    held_note (&held, &one, "r", "boot");
    held_doubt (&held, held_note (&held, &two, "q", "boot"), "nobody can say");
    struct json *shown = held_show (&held);
    cr_assert_eq (json_count (shown), 2);
    const struct json *first = json_at (shown, 0), *second = json_at (shown, 1);
    cr_assert_str_eq (json_get_text (first, "state"), "held");
    cr_assert_str_eq (json_get_text (first, "code"), "3 + 4");
    cr_assert_str_eq (json_get_text (first, "mode"), "printIt");
    cr_assert_str_eq (json_get_text (second, "state"), "doubt");
    cr_assert_str_eq (json_get_text (second, "why"), "nobody can say");
    json_destroy (&shown);
    /* Of a stored list nobody waits for what was sent. */
    struct json *stored = held_to_json (&held);
    shown = held_show_record (stored);
    cr_assert_eq (json_count (shown), 3);
    json_destroy (&shown);
    json_destroy (&stored);
    held_fini (&held);
}

Test (held, what_makes_no_sense_is_left_out)
{
    struct held held = {0};
    struct json *json = json_parse_text (
        "{\"entries\":[{\"id\":\"a\"},{\"id\":\"b\",\"state\":\"held\",\"command\":\"evaluate\","
        "\"code\":\"only the beginning\"},{\"id\":\"\",\"state\":\"held\",\"command\":\"evaluate\","
        "\"parameters\":{}},{\"id\":\"c\",\"state\":\"held\",\"command\":\"evaluate\","
        "\"parameters\":{}},{\"id\":\"c\",\"state\":\"held\",\"command\":\"evaluate\","
        "\"parameters\":{}}]}");
    held_load (&held, json);
    cr_assert_eq (held.count, 1);
    json_destroy (&json);
    held_load (&held, NULL);
    cr_assert_eq (held.count, 1);
    held_fini (&held);
}
