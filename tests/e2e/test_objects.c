/* test_objects.c: looking at objects in a real image: what inspect shows, what object ids are worth
 * and for how long, and that printing an object that misbehaves holds up nobody. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/image.h"
#include "support/wire_expect.h"

static struct image image;
static struct wire_client *client;
static char session[WIRE_ID_SIZE];

static void
s_start (void)
{
    cr_assert_eq (image_start (&image, "objects", NULL, 0, NULL), 0);
    client = wire_claimed (&image, WIRE_CLIENT_A);
    wire_create_session (client, session);
}

static void
s_stop (void)
{
    wire_client_destroy (&client);
    image_stop (&image);
}

TestSuite (objects, .init = s_start, .fini = s_stop, .timeout = 120);

/* ---- helpers ---- */

/* Inspects what the code answers; MORE (taken over) holds further parameters. */
static cJSON *
s_inspect (const char *code, cJSON *more)
{
    cJSON *parameters = more ? more : cJSON_CreateObject ();
    cJSON_AddStringToObject (parameters, "session_id", session);
    cJSON_AddStringToObject (parameters, "target", code);
    return wire_client_call (client, "inspect", parameters);
}

static cJSON *
s_inspect_id (const char *object_id)
{
    return wire_client_call (
        client, "inspect", wire_json ("{'session_id':'%s','object_id':'%s'}", session, object_id));
}

/* The id of what the code answers. */
static void
s_id_of (const char *code, char id[64])
{
    cJSON *answer = wire_evaluate_with (client, session, code, wire_json ("{'mode':'inspectIt'}"));
    snprintf (id, 64, "%s", wire_string (answer, "result.object_id"));
    cr_assert_str_neq (id, "", "%s: %s", code, wire_string (answer, "error"));
    cJSON_Delete (answer);
}

static const cJSON *
s_field (const cJSON *answer, const char *name)
{
    const cJSON *field = NULL;
    cJSON_ArrayForEach (
        field, wire_item (answer, "result.fields")) if (strcmp (wire_string (field, "name"), name)
                                                        == 0) return field;
    return NULL;
}

/* ---- what is shown ---- */

Test (objects, named_variables_come_first_and_elements_after_them)
{
    static const struct {
        const char *code, *class, *name, *value;
        int size;
        bool is_indexable;
    } rows[] = {
        {"3 @ 4", "Point", "y", "4", 2, false},
        {"#(5 6 7)", "Array", "2", "6", 3, true},
        {"OrderedCollection new add: 9; yourself", "OrderedCollection", "1", "9", 3, true},
        {"OrderedCollection new add: 9; yourself", "OrderedCollection", "firstIndex", "8", 3, true},
        {"Dictionary new at: #x put: 5; yourself", "Dictionary", "#x", "5", 2, true},
        {"Set new add: 5; yourself", "Set", "1", "5", 2, true},
        {"'abc'", "String", "3", "$c", 3, true},
        {"nil", "UndefinedObject", NULL, NULL, 0, false},
        {"3", "SmallInteger", NULL, NULL, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *answer = s_inspect (rows[i].code, NULL);
        const cJSON *info = wire_item (answer, "result.object_info");
        cr_expect_str_eq (wire_string (info, "class"), rows[i].class);
        cr_expect_str_neq (wire_string (info, "print_string"), "");
        cr_expect_str_neq (wire_string (info, "object_id"), "");
        cr_expect_eq (cJSON_IsTrue (wire_item (info, "is_indexable")), rows[i].is_indexable, "%s",
                      rows[i].code);
        cr_expect_eq ((int) wire_number (answer, "result.size"), rows[i].size, "%s has %d",
                      rows[i].code, (int) wire_number (answer, "result.size"));
        const cJSON *field = rows[i].name ? s_field (answer, rows[i].name) : NULL;
        cr_expect_eq (field != NULL, rows[i].name != NULL, "%s", rows[i].code);
        if (field)
            cr_expect_str_eq (wire_string (field, "value"), rows[i].value);
        cJSON_Delete (answer);
    }
}

Test (objects, a_part_of_a_long_collection_is_shown)
{
    cJSON *answer = s_inspect ("(1 to: 5000) asArray", wire_json ("{'from':4990,'count':20}"));
    cr_expect_eq ((int) wire_number (answer, "result.size"), 5000);
    cr_expect_eq ((int) wire_number (answer, "result.from"), 4990);
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.fields")), 10);
    cr_expect_str_eq (wire_string (s_field (answer, "4991"), "value"), "4991");
    cJSON_Delete (answer);
    answer = s_inspect ("(1 to: 5000) asArray", NULL);
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.fields")), 100, "by default");
    cJSON_Delete (answer);
    wire_expect_error (s_inspect ("3", wire_json ("{'count':1001}")), "InvalidRequest");
    wire_expect_error (s_inspect ("3", wire_json ("{'depth':6}")), "InvalidRequest");
}

/* How many fields there are in all, and at most at one place below the first level. */
static void
s_count (const cJSON *fields, int level, int *total, int *widest, int *deepest)
{
    const cJSON *field;
    int here = cJSON_GetArraySize (fields);
    *total += here;
    if (level > 1 && here > *widest)
        *widest = here;
    if (here > 0 && level > *deepest)
        *deepest = level;
    cJSON_ArrayForEach (field, fields)
        s_count (wire_item (field, "fields"), level + 1, total, widest, deepest);
}

Test (objects, depth_is_bounded_by_twenty_fields_each_and_a_thousand_in_all)
{
    const char *code = "| nest | nest := nil. nest := [:n | n = 0 ifTrue: [0] ifFalse: [(1 to: 30) "
                       "collect: [:i | nest value: n - 1]]]. nest value: 3";
    int total = 0, widest = 0, deepest = 0;
    cJSON *answer = s_inspect (code, wire_json ("{'depth':5}"));
    s_count (wire_item (answer, "result.fields"), 1, &total, &widest, &deepest);
    cr_expect_eq (widest, 20);
    cr_expect_eq (total, 1000, "%d fields", total);
    cr_expect_eq (deepest, 3, "level %d", deepest);
    cJSON_Delete (answer);
    total = widest = deepest = 0;
    answer = s_inspect ("| a | a := Array new: 1. a at: 1 put: a. a", wire_json ("{'depth':5}"));
    s_count (wire_item (answer, "result.fields"), 1, &total, &widest, &deepest);
    cr_expect_eq (deepest, 5, "a cycle ends at the depth");
    cJSON_Delete (answer);
}

Test (objects, an_object_that_cannot_be_printed_does_not_hide_the_others)
{
    wire_do (client, NULL,
             "Object subclass: #StuiTestBad instanceVariableNames: '' classVariableNames: '' "
             "poolDictionaries: '' category: 'x'");
    wire_do (client, NULL, "StuiTestBad compile: 'printOn: aStream [ self foo ]'");
    cJSON *answer = s_inspect ("Array with: 3 with: StuiTestBad new with: (Array new: 3000)", NULL);
    cr_expect_str_eq (wire_string (s_field (answer, "1"), "value"), "3");
    cr_expect_str_eq (wire_string (s_field (answer, "2"), "value"), "an exception while printing");
    cr_expect_eq (strlen (wire_string (s_field (answer, "3"), "value")), 1000);
    cJSON_Delete (answer);
}

Test (objects, printing_that_does_not_end_holds_up_nobody_and_can_be_interrupted)
{
    wire_do (client, NULL,
             "Object subclass: #StuiTestBad instanceVariableNames: '' classVariableNames: '' "
             "poolDictionaries: '' category: 'x'");
    wire_do (client, NULL,
             "StuiTestBad compile: 'printOn: aStream [ (Smalltalk at: #StuiTestHang) ifTrue: "
             "[[true] whileTrue] ]'");
    char object[64], id[WIRE_ID_SIZE];
    wire_do (client, NULL, "Smalltalk at: #StuiTestHang put: false");
    s_id_of ("Array with: StuiTestBad new", object);
    wire_do (client, NULL, "Smalltalk at: #StuiTestHang put: true");
    wire_client_send (client, "inspect",
                      wire_json ("{'session_id':'%s','object_id':'%s'}", session, object), id);
    struct wire_client *other = wire_claimed (&image, WIRE_CLIENT_B);
    wire_ping_longest_ms (other, 50);
    wire_expect (wire_client_evaluate (client, session, "3 + 4"), "result.result", "7");
    wire_expect (wire_client_call (other, "interrupt", wire_json ("{'id':'%s'}", id)), "result.how",
                 "terminated");
    wire_expect_error (wire_client_answer (client, id), "EvaluationError");
    cJSON *late = wire_client_call (
        client, "inspect",
        wire_json ("{'session_id':'%s','object_id':'%s','timeout_ms':50}", session, object));
    wire_expect (late, "details.reason", "timeout");
    wire_client_destroy (&other);
}

Test (objects, a_target_that_fails_says_why)
{
    wire_expect (s_inspect ("1 / 0", NULL), "details.error_type", "ZeroDivide");
    wire_expect (s_inspect ("1 / 0", NULL), "details.reason", "exception");
    wire_expect_error (s_inspect ("1 / 0", NULL), "EvaluationError");
    wire_expect_error (s_inspect ("zork foo", NULL), "CompileError");
    wire_expect_error (
        wire_client_call (client, "inspect", wire_json ("{'session_id':'%s'}", session)),
        "InvalidRequest");
    wire_expect_error (wire_client_call (client, "inspect",
                                         wire_json ("{'session_id':'%s','target':'3',"
                                                    "'object_id':'3'}",
                                                    session)),
                       "InvalidRequest");
}

/* ---- ids ---- */

Test (objects, an_id_keeps_its_object_and_belongs_to_its_session)
{
    char object[64], other[WIRE_ID_SIZE];
    s_id_of ("Array with: 42", object);
    wire_do (client, NULL, "ObjectMemory compact");
    cJSON *answer = s_inspect_id (object);
    cr_expect_str_eq (wire_string (answer, "result.object_info.object_id"), object);
    cr_expect_str_eq (wire_string (s_field (answer, "1"), "value"), "42");
    char inner[64];
    snprintf (inner, sizeof inner, "%s", wire_string (s_field (answer, "1"), "object_id"));
    cJSON_Delete (answer);
    wire_expect (s_inspect_id (inner), "result.object_info.print_string", "42");
    wire_create_session (client, other);
    wire_expect_error (
        wire_client_call (client, "inspect",
                          wire_json ("{'session_id':'%s','object_id':'%s'}", other, object)),
        "ObjectNotFound");
}

Test (objects, without_a_session_or_with_an_exception_there_is_no_id)
{
    cJSON *answer = wire_evaluate_with (client, NULL, "3", wire_json ("{'mode':'inspectIt'}"));
    cr_expect_str_eq (wire_string (answer, "result.result"), "3");
    cr_expect_null (wire_item (answer, "result.object_id"));
    cJSON_Delete (answer);
    answer = wire_evaluate_with (client, session, "nil foo", wire_json ("{'mode':'inspectIt'}"));
    cr_expect (cJSON_IsTrue (wire_item (answer, "result.has_error")));
    cr_expect_null (wire_item (answer, "result.object_id"));
    cJSON_Delete (answer);
}

Test (objects, released_ids_are_dead)
{
    char one[64], two[64];
    s_id_of ("Object new", one);
    s_id_of ("Object new", two);
    cJSON *answer = wire_client_call (
        client, "release",
        wire_json ("{'session_id':'%s','object_ids':['%s','never']}", session, one));
    cr_expect_eq ((int) wire_number (answer, "result.released"), 1);
    cJSON_Delete (answer);
    wire_expect_error (s_inspect_id (one), "ObjectNotFound");
    wire_expect (s_inspect_id (two), "result.object_info.class", "Object");
}

Test (objects, a_session_holds_a_thousand_and_lets_the_least_used_go)
{
    char first[64], second[64], object[64];
    s_id_of ("Object new", first);
    s_id_of ("Object new", second);
    for (int i = 2; i < 1000; i++)
        s_id_of ("Object new", object);
    wire_expect (s_inspect_id (first), "result.object_info.class", "Object");
    s_id_of ("Object new", object);
    wire_expect_error (s_inspect_id (second), "ObjectNotFound");
    wire_expect (s_inspect_id (first), "result.object_info.class", "Object");
    /* Fields take places too, but not the one of the object that they are of. */
    cJSON *answer = wire_client_call (
        client, "inspect",
        wire_json ("{'session_id':'%s','target':'(1 to: 1000) asArray','count':1000}", session));
    char root[64];
    snprintf (root, sizeof root, "%s", wire_string (answer, "result.object_info.object_id"));
    cJSON_Delete (answer);
    cJSON_Delete (s_inspect_id (root));
    wire_expect (s_inspect_id (root), "result.object_info.class", "Array");
    wire_expect_error (s_inspect_id (first), "ObjectNotFound");
}

Test (objects, what_a_session_held_is_collected_when_it_ends)
{
    char object[64];
    wire_do (client, NULL,
             "Object subclass: #StuiTestHeld instanceVariableNames: '' classVariableNames: '' "
             "poolDictionaries: '' category: 'x'");
    for (int i = 0; i < 20; i++)
        s_id_of ("StuiTestHeld new", object);
    wire_expect (
        wire_client_evaluate (client, NULL, "ObjectMemory compact. StuiTestHeld allInstances size"),
        "result.result", "20");
    cJSON_Delete (
        wire_client_call (client, "close_session", wire_json ("{'session_id':'%s'}", session)));
    wire_expect (wire_client_evaluate (client, NULL,
                                       "ObjectMemory compact. ObjectMemory compact. "
                                       "StuiTestHeld allInstances size"),
                 "result.result", "0");
}
