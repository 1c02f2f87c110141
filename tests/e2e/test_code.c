/* test_code.c: the commands about code, on real images of GNU Smalltalk, spoken to by a bare DEALER: what
 * docs/protocol.md says in its section "Code", and what a class of the users' might make of it. Long,
 * because there are many commands and each is a few lines. */

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/image.h"
#include "support/wire_client.h"

#define CLIENT_A "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"

/* A definition as class_info shows it. */
#define DEFINITION(superclass, name, variables, package)                                           \
    superclass " subclass: #" name "\n\tinstanceVariableNames: '" variables                        \
               "'\n\tclassVariableNames: ''\n\tpoolDictionaries: ''\n\tcategory: '" package "'"

static struct image image;
static struct wire_client *client;

static void
s_start (void)
{
    cr_assert_eq (image_start (&image, "code", NULL, 0, NULL), 0);
    client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, CLIENT_A, 1, 1, NULL));
}

static void
s_stop (void)
{
    wire_client_destroy (&client);
    image_stop (&image);
}

TestSuite (code, .init = s_start, .fini = s_stop, .timeout = 120);

/* ---- helpers ---- */

/* Parameters from pairs of strings, ended by NULL. */
static cJSON *
s_parameters_v (va_list args)
{
    cJSON *parameters = cJSON_CreateObject ();
    for (const char *key = va_arg (args, const char *); key != NULL;
         key = va_arg (args, const char *))
        cJSON_AddStringToObject (parameters, key, va_arg (args, const char *));
    return parameters;
}

static cJSON *
s_parameters (const char *first, ...)
{
    cJSON *parameters = cJSON_CreateObject ();
    va_list args;
    va_start (args, first);
    for (const char *key = first; key != NULL; key = va_arg (args, const char *))
        cJSON_AddStringToObject (parameters, key, va_arg (args, const char *));
    va_end (args);
    return parameters;
}

static cJSON *
s_call (const char *command, ...)
{
    va_list args;
    va_start (args, command);
    cJSON *parameters = s_parameters_v (args);
    va_end (args);
    cJSON *answer = wire_client_call (client, command, parameters);
    cr_assert_not_null (answer, "%s is not answered", command);
    return answer;
}

/* Checks one string of a message and frees the message. */
static void
s_expect (cJSON *message, const char *path, const char *value)
{
    cr_expect_str_eq (wire_string (message, path), value, "%s is '%s', not '%s' (error: %s)", path,
                      wire_string (message, path), value, wire_string (message, "error"));
    cJSON_Delete (message);
}

/* An error of that type whose sentence holds the text. */
static void
s_expect_error (cJSON *message, const char *type, const char *text)
{
    cr_expect_not_null (strstr (wire_string (message, "error"), text), "'%s' is not in '%s'", text,
                        wire_string (message, "error"));
    s_expect (message, "error_type", type);
}

static void
s_expect_success (cJSON *message)
{
    s_expect (message, "status", "success");
}

static void
s_expect_eval (const char *code, const char *result)
{
    s_expect (wire_client_evaluate (client, NULL, code), "result.result", result);
}

static void
s_define (const char *name, const char *source)
{
    s_expect_success (s_call ("define_class", "class_name", name, "source", source, NULL));
}

static void
s_compile (const char *name, const char *source)
{
    s_expect_success (s_call ("compile_method", "class_name", name, "source", source, NULL));
}

/* The names (or what the member KEY holds) of a list, one after another, with blanks between. */
static const char *
s_names (const cJSON *message, const char *path, const char *key)
{
    static char names[4096];
    size_t used = 0;
    const cJSON *each;
    names[0] = '\0';
    cJSON_ArrayForEach (each, wire_item (message, path))
    {
        const char *name = cJSON_IsString (each) ? each->valuestring : wire_string (each, key);
        used +=
            (size_t) snprintf (names + used, sizeof names - used, used > 0 ? " %s" : "%s", name);
        cr_assert_lt (used, sizeof names);
    }
    return names;
}

static void
s_expect_names (cJSON *message, const char *path, const char *key, const char *names)
{
    cr_expect_str_eq (s_names (message, path, key), names, "%s is '%s', not '%s' (error: %s)", path,
                      s_names (message, path, key), names, wire_string (message, "error"));
    cJSON_Delete (message);
}

static char *
s_file_out (const char *name)
{
    cJSON *answer = s_call ("file_out", "class_name", name, NULL);
    char *source = strdup (wire_string (answer, "result.source"));
    cr_assert_str_not_empty (source, "%s", wire_string (answer, "error"));
    cJSON_Delete (answer);
    return source;
}

/* ---- a class from its beginning to its end ---- */

static void
s_make_counter (void)
{
    cJSON *answer = s_call ("define_class", "class_name", "Counter", "source",
                            DEFINITION ("Object", "Counter", "count step", "Tests"), NULL);
    cr_expect_str_eq (wire_string (answer, "result.package"), "Tests");
    cr_expect (cJSON_IsTrue (wire_item (answer, "result.is_new")));
    cJSON_Delete (answer);
    s_expect_success (s_call ("define_class", "class_name", "Counter", "side", "class", "source",
                              "Counter class instanceVariableNames: 'made'", NULL));
    answer = s_call ("compile_method", "class_name", "Counter", "category", "counting", "source",
                     "next\n\t\"Count on.\"\n\t^count := (count ifNil: [0]) + step", NULL);
    cr_expect_str_eq (wire_string (answer, "result.name"), "next");
    cr_expect_str_eq (wire_string (answer, "result.category"), "counting");
    cr_expect (cJSON_IsTrue (wire_item (answer, "result.is_new")));
    cJSON_Delete (answer);
    s_compile ("Counter", "by: anInteger\n\tstep := anInteger");
    s_expect (
        s_call (
            "compile_method", "class_name", "Counter", "side", "class", "source",
            "by: anInteger\n\tmade := (made ifNil: [0]) + 1.\n\t^self new by: anInteger; yourself",
            NULL),
        "result.category", "as yet unclassified");
}

#define USE_COUNTER "| c | c := Counter by: 3. c next. {c next. Counter instVarNamed: #made}"

Test (code, a_class_behaves_the_same_in_another_image_that_it_was_filed_into)
{
    s_make_counter ();
    s_expect_eval (USE_COUNTER, "(6 1 )");
    char *source = s_file_out ("Counter");
    s_expect (s_call ("remove_class", "class_name", "Counter", NULL), "result.name", "Counter");
    s_expect_error (s_call ("browse_class", "class_name", "Counter", NULL), "ClassNotFound",
                    "Counter");
    s_stop ();

    s_start ();
    cJSON *answer = s_call ("file_in", "source", source, NULL);
    cr_expect_eq ((int) wire_number (answer, "result.error_count"), 0);
    cr_expect_eq ((int) wire_number (answer, "result.definition_count"), 5);
    s_expect_names (answer, "result.definitions", "name",
                    "Counter Counter class Counter>>by: Counter>>next Counter class>>by:");
    s_expect_eval (USE_COUNTER, "(6 1 )");
    char *again = s_file_out ("Counter");
    cr_expect_str_eq (again, source);
    free (again);
    free (source);
}

Test (code, a_class_is_browsed_on_both_sides)
{
    s_make_counter ();
    s_define ("Sub", DEFINITION ("Counter", "Sub", "", "Tests"));
    cJSON *answer = s_call ("browse_class", "class_name", "Counter", NULL);
    cr_expect_str_eq (wire_string (answer, "result.class_info.name"), "Counter");
    cr_expect_str_eq (wire_string (answer, "result.class_info.superclass"), "Object");
    cr_expect_str_eq (wire_string (answer, "result.class_info.side"), "instance");
    cr_expect_str_eq (wire_string (answer, "result.class_info.definition"),
                      DEFINITION ("Object", "Counter", "count step", "Tests"));
    cr_expect_str_eq (s_names (answer, "result.class_info.subclasses", NULL), "Sub");
    cr_expect_str_eq (s_names (answer, "result.categories", NULL), "as yet unclassified counting");
    cr_expect_str_eq (s_names (answer, "result.methods", "name"), "by: next");
    s_expect_names (answer, "result.instance_vars", NULL, "count step");

    answer = s_call ("browse_class", "class_name", "Counter", "side", "class", NULL);
    cr_expect_str_eq (wire_string (answer, "result.class_info.definition"),
                      "Counter class\n\tinstanceVariableNames: 'made'");
    cr_expect_str_eq (s_names (answer, "result.methods", "name"), "by:");
    s_expect_names (answer, "result.instance_vars", NULL, "made");
    s_expect (s_call ("browse_class", "class_name", "Sockets.Socket", NULL),
              "result.class_info.superclass", "Sockets.StreamSocket");
}

Test (code, a_method_shows_its_source_without_brackets_and_category)
{
    s_make_counter ();
    cJSON *answer = s_call ("get_method", "class_name", "Counter", "method_name", "next", NULL);
    cr_expect_str_eq (wire_string (answer, "result.method.source"),
                      "next\n\t\"Count on.\"\n\t^count := (count ifNil: [0]) + step");
    cr_expect_str_eq (wire_string (answer, "result.method.category"), "counting");
    s_expect (answer, "result.method.comment", "Count on.");
    answer = s_call ("get_method", "class_name", "Object", "method_name", "->", NULL);
    cr_expect_str_eq (s_names (answer, "result.method.arguments", NULL), "anObject");
    cr_expect_str_eq (wire_string (answer, "result.method.category"), "syntax shortcuts");
    s_expect (answer, "result.method.source",
              "-> anObject\n\t\"Creates a new instance of Association with the receiver being the "
              "key\n\t and "
              "the argument becoming the value\"\n\n\t^Association key: self value: anObject");
}

Test (code, what_is_removed_is_gone_and_what_is_not_there_is_said)
{
    s_make_counter ();
    s_expect (s_call ("remove_method", "class_name", "Counter", "method_name", "next", NULL),
              "result.name", "next");
    s_expect_error (s_call ("remove_method", "class_name", "Counter", "method_name", "next", NULL),
                    "MethodNotFound", "Counter>>next");
    s_expect_error (s_call ("get_method", "class_name", "Counter", "method_name", "made", "side",
                            "class", NULL),
                    "MethodNotFound", "Counter class>>made");
    s_expect_error (s_call ("get_method", "class_name", "NoSuch", "method_name", "x", NULL),
                    "ClassNotFound", "NoSuch");
    s_expect_error (s_call ("browse_class", "class_name", "Transcript", NULL), "ClassNotFound",
                    "Transcript");
    s_expect_error (s_call ("remove_class", "class_name", "No.Such", NULL), "ClassNotFound",
                    "No.Such");
}

Test (code, a_class_with_subclasses_and_one_of_the_servers_are_not_removed)
{
    s_make_counter ();
    s_define ("Sub", DEFINITION ("Counter", "Sub", "", "Tests"));
    s_expect_error (s_call ("remove_class", "class_name", "Counter", NULL), "PermissionDenied",
                    "subclasses");
    s_expect_error (s_call ("remove_class", "class_name", "StuiTokens", NULL), "PermissionDenied",
                    "server");
    /* Not even in another package. */
    s_define ("StuiChunkWriter", DEFINITION ("Object", "StuiChunkWriter", "stream", "Mine"));
    s_expect_error (s_call ("remove_class", "class_name", "StuiChunkWriter", NULL),
                    "PermissionDenied", "server");
    s_expect_success (s_call ("remove_class", "class_name", "Sub", NULL));
    s_expect_success (s_call ("remove_class", "class_name", "Counter", NULL));
}

Test (code, methods_that_name_a_removed_class_find_the_one_that_comes_after_it)
{
    s_make_counter ();
    s_define ("User", DEFINITION ("Object", "User", "", "Tests"));
    s_compile ("User", "use\n\t^Counter");
    s_expect_success (s_call ("remove_class", "class_name", "Counter", NULL));
    s_expect_eval ("User new use", "nil");
    s_expect_error (wire_client_evaluate (client, NULL, "Counter"), "CompileError", "Counter");
    s_make_counter ();
    s_expect_eval ("User new use", "Counter");
}

/* ---- compiling ---- */

static void
s_expect_compile_error (const char *source, int line, int column, const char *text)
{
    cJSON *answer = s_call ("compile_method", "class_name", "Counter", "source", source, NULL);
    cr_expect_eq ((int) wire_number (answer, "details.line"), line, "line %d of %s: %s",
                  (int) wire_number (answer, "details.line"), source,
                  wire_string (answer, "error"));
    if (column > 0)
        cr_expect_eq ((int) wire_number (answer, "details.column"), column, "%s", source);
    s_expect_error (answer, "CompileError", text);
}

Test (code, a_method_that_does_not_compile_says_where_and_leaves_the_old_one)
{
    s_make_counter ();
    s_expect_compile_error ("next\n\t^1.\n\t^(2", 3, 3, ")");
    s_expect_compile_error ("next\n\n\t^zork", 3, 3, "undeclared variable zork");
    s_expect_compile_error ("next\n\tzork := 1", 2, 2, "undeclared variable zork");
    s_expect_compile_error ("next\n\t^[:each | Zork new]", 2, 12, "undeclared variable Zork");
    s_expect_compile_error ("next\n\t^1 ] other [ ^2", 2, 5, "]");
    s_expect_compile_error ("next\n\t^self foo: 1 bar:", 2, 0, "");
    s_expect_compile_error ("next\n\t^'abc", 2, 3, "string");
    s_expect_compile_error ("", 1, 1, "pattern");
    s_expect_compile_error ("by: 3\n\t^3", 1, 1, "pattern");
    s_expect_eval (USE_COUNTER, "(6 1 )");
    s_expect_names (s_call ("browse_class", "class_name", "Counter", NULL), "result.methods",
                    "name", "by: next");
    s_expect_eval ("(Undeclared includesKey: #Zork) printString", "'false'");
}

Test (code, a_method_keeps_its_category_until_another_is_given)
{
    s_make_counter ();
    cJSON *answer =
        s_call ("compile_method", "class_name", "Counter", "source", "next\n\t^1", NULL);
    cr_expect (cJSON_IsFalse (wire_item (answer, "result.is_new")));
    s_expect (answer, "result.category", "counting");
    s_expect (s_call ("compile_method", "class_name", "Counter", "source", "next\n\t^1", "category",
                      "other", NULL),
              "result.category", "other");
    answer = s_call ("rename_category", "class_name", "Counter", "old_name", "other", "new_name",
                     "it's new", NULL);
    cr_expect_eq ((int) wire_number (answer, "result.methods"), 1);
    cJSON_Delete (answer);
    s_expect_names (s_call ("browse_class", "class_name", "Counter", NULL), "result.categories",
                    NULL, "as yet unclassified it's new");
    answer = s_call ("rename_category", "class_name", "Counter", "old_name", "other", "new_name",
                     "x", NULL);
    cr_expect_eq ((int) wire_number (answer, "result.methods"), 0);
    cJSON_Delete (answer);
}

/* What is compiled, shown, filed out and filed in again stays what it was, byte for byte. */
static void
s_expect_kept (const char *selector, const char *source)
{
    s_compile ("Counter", source);
    s_expect (s_call ("get_method", "class_name", "Counter", "method_name", selector, NULL),
              "result.method.source", source);
    char *text = s_file_out ("Counter");
    s_expect_success (
        s_call ("remove_method", "class_name", "Counter", "method_name", selector, NULL));
    cJSON *answer = s_call ("file_in", "source", text, NULL);
    cr_expect_eq ((int) wire_number (answer, "result.error_count"), 0, "%s: %s", source,
                  s_names (answer, "result.errors", "text"));
    cJSON_Delete (answer);
    s_expect (s_call ("get_method", "class_name", "Counter", "method_name", selector, NULL),
              "result.method.source", source);
    free (text);
}

Test (code, sources_survive_filing_out_and_in_with_marks_quotes_and_every_language)
{
    s_make_counter ();
    s_expect_kept ("mark", "mark\n\t\"Really! It's 'so'!!\"\n\t^'a!b!!', (String with: $!)");
    s_expect_eval ("Counter new mark", "'a!b!!!'");
    s_expect_kept ("welt", "welt\n\t\"Grüße\"\n\t^'Grüße, 世界 🎈'");
    s_expect_eval ("Counter new welt", "'Grüße, 世界 🎈'");
    s_expect_kept ("blank", "blank\n\t^$ ");
    s_expect_kept ("bracket", "bracket\n\t^#($[ $] ']' \"]\")");
    s_expect_kept ("block", "block\n\t[^1] value");
    s_expect_kept ("empty", "empty");
    s_expect_kept (",", ", other\n\t^other");
    s_expect_kept ("a:b:", "a: x \"one\" b: y\n\t| z |\n\t<primitive: 60>\n\t^z");
}

Test (code, bytes_that_are_no_utf8_are_shown_as_characters)
{
    s_make_counter ();
    s_expect_eval (
        "Counter compile: 'odd [ ^', (String with: $' with: (Character value: 200) with: $'), ' "
        "]'. "
        "Counter comment: (String with: (Character value: 255) with: (Character value: 0))",
        "Counter");
    s_expect (s_call ("get_method", "class_name", "Counter", "method_name", "odd", NULL),
              "result.method.source", "odd\n\t^'\u00c8' ");
    s_expect (s_call ("browse_class", "class_name", "Counter", NULL), "result.class_info.comment",
              "\u00ff\u2400");
    char *source = s_file_out ("Counter");
    cr_expect_not_null (strstr (source, "Counter comment: '\u00ff\u2400'!"), "%s", source);
    free (source);
}

/* ---- defining classes ---- */

static void
s_expect_refused (const char *source, const char *type, const char *text)
{
    s_expect_error (s_call ("define_class", "class_name", "Counter", "source", source, NULL), type,
                    text);
}

Test (code, what_is_no_definition_is_refused_with_a_sentence_and_not_run)
{
    const char *expected = "a class definition is one message, as in: ";
    s_expect_refused ("Smalltalk at: #Ran put: 1", "InvalidRequest", expected);
    s_expect_refused ("", "InvalidRequest", expected);
    s_expect_refused ("Object subclass: #Counter", "InvalidRequest", expected);
    s_expect_refused (DEFINITION ("Object", "Counter", "", "Tests") ". Smalltalk at: #Ran put: 1",
                      "InvalidRequest", expected);
    s_expect_refused (DEFINITION ("(Smalltalk at: #Ran put: Object)", "Counter", "", "Tests"),
                      "InvalidRequest", expected);
    s_expect_refused (DEFINITION ("Object", "counter", "", "Tests"), "InvalidRequest", "capital");
    s_expect_refused (DEFINITION ("Object", "Other", "", "Tests"), "InvalidRequest", "Other");
    s_expect_refused (DEFINITION ("Object", "Counter", "a 1b", "Tests"), "InvalidRequest", "1b");
    s_expect_refused (DEFINITION ("Object", "Counter", "a a", "Tests"), "InvalidRequest", "twice");
    s_expect_refused (DEFINITION ("Object", "Counter", "self", "Tests"), "InvalidRequest", "self");
    s_expect_refused (DEFINITION ("NoSuch", "Counter", "", "Tests"), "ClassNotFound", "NoSuch");
    s_expect_refused ("Counter class instanceVariableNames: 'a'", "InvalidRequest",
                      "side instance");
    s_expect_error (s_call ("define_class", "class_name", "Transcript", "source",
                            DEFINITION ("Object", "Transcript", "", "Tests"), NULL),
                    "InvalidRequest", "no class");
    s_expect_error (s_call ("define_class", "class_name", "No.Counter", "source",
                            DEFINITION ("Object", "No.Counter", "", "Tests"), NULL),
                    "InvalidRequest", "namespace No");
    s_expect_error (s_call ("define_class", "class_name", "Counter", "side", "class", "source",
                            "Counter class instanceVariableNames: 'a'", NULL),
                    "ClassNotFound", "Counter");
    s_expect_eval ("Smalltalk includesKey: #Ran", "false");
    s_expect_eval ("Smalltalk includesKey: #Counter", "false");
}

Test (code, definitions_may_leave_out_pools_say_package_and_have_no_superclass)
{
    s_expect (
        s_call ("define_class", "class_name", "Counter", "category", "Given", "source",
                "Object subclass: #Counter instanceVariableNames: '' classVariableNames: 'Total'",
                NULL),
        "result.package", "Given");
    s_expect (s_call ("define_class", "class_name", "Counter", "source",
                      "Object subclass: #Counter \"so\" instanceVariableNames: '' "
                      "classVariableNames: 'Total'.",
                      NULL),
              "result.package", "Given");
    s_expect (
        s_call ("define_class", "class_name", "Counter", "category", "Given", "source",
                "Object subclass: #Counter instanceVariableNames: '' classVariableNames: 'Total' "
                "package: 'Named'",
                NULL),
        "result.package", "Named");
    s_expect_names (s_call ("browse_class", "class_name", "Counter", NULL), "result.class_vars",
                    NULL, "Total");
    s_define ("Root", DEFINITION ("nil", "Root", "a", ""));
    cJSON *answer = s_call ("browse_class", "class_name", "Root", NULL);
    cr_expect (cJSON_IsNull (wire_item (answer, "result.class_info.superclass")));
    s_expect (answer, "result.class_info.definition", DEFINITION ("nil", "Root", "a", ""));
    /* Of one name with a class of the usual namespace, and not that one. */
    s_expect_error (s_call ("browse_class", "class_name", "Sockets.Object", NULL), "ClassNotFound",
                    "Sockets.Object");
    s_define ("Sockets.Object", DEFINITION ("Object", "Sockets.Object", "mine", "Tests"));
    s_expect_names (s_call ("browse_class", "class_name", "Sockets.Object", NULL),
                    "result.instance_vars", NULL, "mine");
    s_expect_success (s_call ("remove_class", "class_name", "Sockets.Object", NULL));
    s_define ("Sockets.Mine", DEFINITION ("Sockets.Socket", "Sockets.Mine", "a", ""));
    s_expect (s_call ("browse_class", "class_name", "Sockets.Mine", NULL),
              "result.class_info.definition",
              DEFINITION ("Sockets.Socket", "Sockets.Mine", "a", ""));
}

Test (code, classes_with_elements_keep_their_shape)
{
    const char *source =
        "Object variableSubclass: #Row\n\tinstanceVariableNames: 'a'\n\tclassVariableNames: "
        "''\n\tpoolDictionaries: ''\n\tcategory: 'Tests'";
    s_define ("Row", source);
    s_expect_eval ("(Row new: 3) basicSize", "3");
    s_expect (s_call ("browse_class", "class_name", "Row", NULL), "result.class_info.definition",
              source);
    cJSON *answer = s_call ("browse_class", "class_name", "Symbol", NULL);
    const char *symbol = wire_string (answer, "result.class_info.definition");
    cr_expect_eq (strncmp (symbol, "String variable: #character subclass: #Symbol\n", 46), 0, "%s",
                  symbol);
    cJSON_Delete (answer);
}

Test (code, a_changed_class_keeps_its_instances_and_methods)
{
    s_make_counter ();
    s_define ("Sub", DEFINITION ("Counter", "Sub", "own", "Tests"));
    s_compile ("Sub", "own\n\t^own");
    s_compile ("Sub", "own: x\n\town := x");
    s_compile ("Counter", "step\n\t^step");
    s_expect_eval ("Smalltalk at: #S put: (Sub new by: 7; own: 8; yourself). 0", "0");
    s_define ("Counter", DEFINITION ("Object", "Counter", "name step", "Tests"));
    s_expect_eval ("{S step. S own}", "(7 8 )");
    /* next names a variable that is gone: it must not read whatever lies there. */
    s_expect (wire_client_evaluate (client, NULL, "S next"), "result.result_type", "Error");
    cJSON *answer = s_call ("get_method", "class_name", "Counter", "method_name", "next", NULL);
    cr_expect_not_null (strstr (wire_string (answer, "result.method.source"), "count ifNil:"));
    s_expect (answer, "result.method.category", "counting");
    s_define ("Counter", DEFINITION ("Object", "Counter", "step name count", "Tests"));
    s_expect_eval ("{S step. S own. S next}", "(7 8 7 )");
    s_expect_error (s_call ("define_class", "class_name", "Counter", "source",
                            DEFINITION ("Sub", "Counter", "", "Tests"), NULL),
                    "InvalidRequest", "subclass of itself");
    s_expect_error (s_call ("define_class", "class_name", "Sub", "source",
                            DEFINITION ("Counter", "Sub", "step", "Tests"), NULL),
                    "InvalidRequest", "step is inherited");
}

Test (code, class_variables_pools_and_package_change_without_touching_methods)
{
    s_define ("Counter",
              "Object subclass: #Counter instanceVariableNames: '' classVariableNames: 'A B' "
              "poolDictionaries: 'SystemExceptions' category: 'Tests'");
    s_compile ("Counter", "a\n\t^A := (A ifNil: [0]) + 1");
    s_compile ("Counter", "error\n\t^NotYetImplemented");
    s_expect_eval ("{Counter new a. Counter new error}", "(1 SystemExceptions.NotYetImplemented )");
    s_define ("Counter",
              "Object subclass: #Counter instanceVariableNames: '' classVariableNames: 'A C' "
              "poolDictionaries: '' category: 'Other'");
    s_expect_eval ("Counter new a", "2");
    cJSON *answer = s_call ("browse_class", "class_name", "Counter", NULL);
    cr_expect_str_eq (wire_string (answer, "result.class_info.package"), "Other");
    s_expect_names (answer, "result.class_vars", NULL, "A C");
}

Test (code, classes_of_the_kernel_take_methods_and_keep_their_variables)
{
    /* Whoever moves them ends the virtual machine. */
    const char *refusal = "the virtual machine knows where";
    s_expect_error (s_call ("define_class", "class_name", "Class", "source",
                            DEFINITION ("ClassDescription", "Class", "name", "X"), NULL),
                    "InvalidRequest", refusal);
    s_expect_error (s_call ("define_class", "class_name", "Object", "source",
                            DEFINITION ("nil", "Object", "x", "X"), NULL),
                    "InvalidRequest", refusal);
    s_expect_error (s_call ("define_class", "class_name", "Object", "side", "class", "source",
                            "Object class instanceVariableNames: 'x'", NULL),
                    "InvalidRequest", refusal);
    s_define (
        "Link",
        "Object subclass: #Link instanceVariableNames: 'nextLink' classVariableNames: 'Mine'");
    s_define ("Link",
              "Object subclass: #Link instanceVariableNames: 'nextLink' classVariableNames: ''");
    s_compile ("Object", "printString\n\t^'mine'");
    s_compile ("Object", "stuiTest\n\t^3");
    s_expect_eval ("nil stuiTest", "3");
    s_expect_success (
        s_call ("remove_method", "class_name", "Object", "method_name", "stuiTest", NULL));
    s_expect_success (s_call ("browse_class", "class_name", "Object", NULL));
}

Test (code, methods_of_old_chunk_files_find_their_variables_after_a_change)
{
    char path[sizeof image.state_dir + 16], code[sizeof path + 128];
    snprintf (path, sizeof path, "%s/old.st", image.state_dir);
    FILE *file = fopen (path, "w");
    cr_assert_not_null (file);
    fputs (DEFINITION ("Object", "Old", "a b", "Tests") "!\n!Old methodsFor: 'old'!\n"
                                                        "b\n\t^b!\nb: x\n\tb := x! !\n",
           file);
    fclose (file);
    snprintf (code, sizeof code, "FileStream fileIn: '%s'. (Smalltalk at: #Old) name", path);
    s_expect_eval (code, "#Old");
    s_expect_eval ("Smalltalk at: #O put: (Old new b: 5; yourself). 0", "0");
    s_expect (s_call ("get_method", "class_name", "Old", "method_name", "b:", NULL),
              "result.method.source", "b: x\n\tb := x");
    s_define ("Old", DEFINITION ("Object", "Old", "b a more", "Tests"));
    s_expect_eval ("{O b. (O b: 6; b). O instVarAt: 1}", "(5 6 6 )");
    s_expect (s_call ("get_method", "class_name", "Old", "method_name", "b:", NULL),
              "result.method.category", "old");
}

/* ---- lists, searching, completing ---- */

Test (code, classes_are_listed_by_pattern_package_and_page)
{
    s_define ("ZzOne", DEFINITION ("Object", "ZzOne", "", "Tests-Zz"));
    s_define ("ZzTwo", DEFINITION ("ZzOne", "ZzTwo", "", "Tests-Zz"));
    s_define ("ZZthree", DEFINITION ("Object", "ZZthree", "", "Other"));
    s_expect_names (s_call ("list_classes", "pattern", "zz", NULL), "result.classes", "name",
                    "ZzOne ZZthree ZzTwo");
    s_expect_names (s_call ("list_classes", "pattern", "*E", "package", "Tests-Zz", NULL),
                    "result.classes", "name", "ZzOne");
    s_expect_names (s_call ("list_classes", "pattern", "zz*e", NULL), "result.classes", "name",
                    "ZzOne ZZthree");
    s_expect_names (s_call ("list_classes", "package", "Tests-Zz", NULL), "result.classes",
                    "superclass", "Object ZzOne");
    s_expect_names (s_call ("list_classes", "pattern", "socketexceptionnothere", NULL),
                    "result.classes", "name", "");
    cJSON *answer = wire_client_call (client, "list_classes",
                                      wire_json ("{'pattern':'zz','limit':1,'from':1}"));
    cr_expect_eq ((int) wire_number (answer, "result.total_count"), 3);
    cr_expect_eq ((int) wire_number (answer, "result.from"), 1);
    s_expect_names (answer, "result.classes", "name", "ZZthree");
    answer = wire_client_call (client, "list_classes", wire_json ("{'from':100000}"));
    cr_expect_gt ((int) wire_number (answer, "result.total_count"), 250);
    s_expect_names (answer, "result.classes", "name", "");
}

Test (code, senders_implementors_and_texts_are_found)
{
    s_make_counter ();
    s_compile ("Counter", "zork: x\n\t^[:each | each printOn: x; zork: #(#(#deepZork))]");
    s_expect_success (s_call ("compile_method", "class_name", "Counter", "side", "class", "source",
                              "zork: x\n\t^'Zebra Crossing (é)' size + x", NULL));
    cJSON *answer = s_call ("implementors", "selector", "zork:", NULL);
    cr_expect_eq ((int) wire_number (answer, "result.total_count"), 2);
    cr_expect_str_eq (s_names (answer, "result.methods", "side"), "instance class");
    cr_expect_str_eq (s_names (answer, "result.methods", "category"),
                      "as yet unclassified as yet unclassified");
    s_expect_names (answer, "result.methods", "class_name", "Counter Counter");
    s_expect_names (s_call ("senders", "selector", "zork:", NULL), "result.methods", "name",
                    "zork:");
    s_expect_names (s_call ("senders", "selector", "deepZork", NULL), "result.methods", "side",
                    "instance");
    s_expect_names (s_call ("senders", "selector", "nobodySendsThis", NULL), "result.methods",
                    "name", "");
    s_expect_names (s_call ("search_source", "text", "zebra CROSSING (é", NULL), "result.methods",
                    "side", "class");
    s_expect_names (s_call ("search_source", "text", "#(#deepzork", NULL), "result.methods",
                    "class_name", "Counter");
    s_expect_names (s_call ("search_source", "text", "<category: 'printing'>", NULL),
                    "result.methods", "name", "");
    static const char *const texts[] = {
        "^'.*+?|(){}[]<>$`/\\^-~!@#%&_=:;,'",
        "<\\w+>",
        "\\<b",
        "[^a]",
        "a{2}",
        "a.b",
        "`x`",
        "\t^1 ",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char source[128];
        snprintf (source, sizeof source, "odd\n\t\"%s\"", texts[i]);
        s_compile ("Counter", source);
        answer = s_call ("search_source", "text", source + 5, NULL);
        cr_expect_eq ((int) wire_number (answer, "result.total_count"), 1, "%s", texts[i]);
        s_expect_names (answer, "result.methods", "name", "odd");
    }
    /* The kernel sends these by number, not by name. */
    answer =
        wire_client_call (client, "senders", wire_json ("{'selector':'printOn:','limit':10000}"));
    cr_expect_gt ((int) wire_number (answer, "result.total_count"), 20);
    bool found = false;
    const cJSON *each;
    cJSON_ArrayForEach (each, wire_item (answer, "result.methods")) found |=
        strcmp (wire_string (each, "class_name"), "Counter") == 0;
    cr_expect (found);
    cJSON_Delete (answer);
}

Test (code, names_are_completed_with_the_likeliest_first)
{
    s_make_counter ();
    cJSON *answer = wire_client_call (client, "create_session", NULL);
    char session[64];
    snprintf (session, sizeof session, "%s", wire_string (answer, "result.session_id"));
    cJSON_Delete (answer);
    cJSON_Delete (wire_client_evaluate (client, session, "counterOfMine := 3"));
    s_expect_names (s_call ("complete", "prefix", "counter", "session_id", session, NULL),
                    "result.candidates", "text", "counterOfMine Counter counter");
    answer = s_call ("complete", "prefix", "Counte", NULL);
    cr_expect_str_eq (s_names (answer, "result.candidates", "kind"), "class selector");
    s_expect_names (answer, "result.candidates", "text", "Counter counter");
    s_expect_names (s_call ("complete", "prefix", "", NULL), "result.candidates", "text", "");
    answer = s_call ("complete", "prefix", "thisC", NULL);
    s_expect_names (answer, "result.candidates", "kind", "pseudo");

    /* Behind a receiver a message is likelier, elsewhere a variable; position counts characters. */
    cJSON *parameters = s_parameters ("prefix", "ne", "code", "| newest | 'é' ne", NULL);
    cJSON_AddNumberToObject (parameters, "position", 17);
    answer = wire_client_call (client, "complete", parameters);
    cr_expect_str_eq (
        wire_string (cJSON_GetArrayItem (wire_item (answer, "result.candidates"), 0), "kind"),
        "selector");
    cJSON_Delete (answer);
    parameters = s_parameters ("prefix", "ne", "code", "| newest | 'é'. ne", NULL);
    cJSON_AddNumberToObject (parameters, "position", 18);
    answer = wire_client_call (client, "complete", parameters);
    s_expect ((cJSON *) cJSON_Duplicate (
                  cJSON_GetArrayItem (wire_item (answer, "result.candidates"), 0), true),
              "text", "newest");
    cr_expect_leq (cJSON_GetArraySize (wire_item (answer, "result.candidates")), 100);
    cJSON_Delete (answer);
}

Test (code, wrong_parameters_are_refused)
{
    static const char *const wrong[][2] = {
        {"browse_class", "{}"},
        {"browse_class", "{'class_name':3}"},
        {"browse_class", "{'class_name':'Object','side':'both'}"},
        {"list_classes", "{'limit':0}"},
        {"list_classes", "{'limit':10001}"},
        {"list_classes", "{'from':-1}"},
        {"senders", "{'selector':''}"},
        {"search_source", "{'text':''}"},
        {"search_source", "{}"},
        {"file_out", "{}"},
        {"file_out", "{'class_name':'Object','package':'x'}"},
        {"file_out", "{'class_name':'Object','count':0}"},
        {"file_in", "{'source':[]}"},
        {"file_in", "{'source':'3','timeout_ms':0}"},
        {"compile_method", "{'class_name':'Object'}"},
        {"rename_category", "{'class_name':'Object','old_name':'x','new_name':''}"},
        {"complete", "{'prefix':'x','position':'y'}"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cJSON *answer = wire_client_call (client, wrong[i][0], wire_json ("%s", wrong[i][1]));
        cr_expect_str_eq (wire_string (answer, "error_type"), "InvalidRequest", "%s %s: %s",
                          wrong[i][0], wrong[i][1], wire_string (answer, "error"));
        cJSON_Delete (answer);
    }
    s_expect_error (s_call ("file_out", "package", "No such package", NULL), "ClassNotFound",
                    "No such package");
    s_expect_error (s_call ("complete", "prefix", "x", "session_id", "nobody", NULL),
                    "SessionNotFound", "nobody");
}

/* ---- filing in and out ---- */

/* With faults in the lines that the test names. */
static const char faulty[] = DEFINITION (
    "Object", "Counter", "count",
    "Tests") "!\n" /* 5 lines */
             "\n"
             "!Counter methodsFor: 'x'!\n"
             "good\n"
             "\t^1!\n"
             "\n"
             "bad\n" /* 11 */
             "\t^(1\n"
             "!\n"
             "better\n"
             "\t^Later new! !\n"
             "\n"
             "!NoSuch methodsFor: 'x'!\n" /* 17 */
             "one\n"
             "\t^1!\n"
             "two\n"
             "\t^2! !\n"
             "\n"
             "total := 0.\n" /* 23 */
             "1/0!\n"
             "total := 3 +!\n"
             "Smalltalk at: #Total put: total + 1!\n"
             "!Counter class methodsFor: 'y' stamp: 'me'!\n" /* 27 */
             "never\n"
             "\t^Never! !\n"
             "Object subclass: #later instanceVariableNames: '' classVariableNames: ''!\n"
             "Object subclass: #Later instanceVariableNames: '' classVariableNames: ''!\n"
             "Counter new better foo";

Test (code, filing_in_goes_on_after_a_wrong_chunk_and_tells_its_line)
{
    cJSON *answer = s_call ("file_in", "name", "some.st", "source", faulty, NULL);
    cr_expect_eq ((int) wire_number (answer, "result.definition_count"), 5);
    cr_expect_str_eq (s_names (answer, "result.definitions", NULL),
                      "Counter Counter>>good Counter>>better Counter class>>never Later");
    static const struct {
        int line;
        const char *text;
    } expected[] = {
        {12, "Counter>>bad: "},
        {17, "NoSuch"},
        {23, "ZeroDivide"},
        {25, ""},
        {32, "foo"},
        {28, "undeclared variable Never"},
    };
    const cJSON *errors = wire_item (answer, "result.errors");
    char *text = cJSON_Print (errors);
    int count = (int) (sizeof expected / sizeof *expected);
    cr_assert_geq (cJSON_GetArraySize (errors), count, "%s", text);
    for (int i = 0; i < count; i++) {
        bool found = false;
        const cJSON *each;
        cJSON_ArrayForEach (each, errors) found |=
            (int) wire_number (each, "line") == expected[i].line
            && strstr (wire_string (each, "text"), expected[i].text) != NULL;
        cr_expect (found, "no '%s' in line %d: %s", expected[i].text, expected[i].line, text);
    }
    free (text);
    cr_expect_eq ((int) wire_number (answer, "result.error_count"), cJSON_GetArraySize (errors));
    cJSON_Delete (answer);
    s_expect_eval ("{Counter new good. Counter new better class. Smalltalk at: #Total}",
                   "(1 Later 1 )");
    s_expect (s_call ("get_method", "class_name", "Counter", "method_name", "never", "side",
                      "class", NULL),
              "result.method.category", "y");
}

Test (code, filing_in_takes_what_other_dialects_write)
{
    cJSON *answer = s_call (
        "file_in", "source",
        "'From Squeak5.3 of 3 March 2020'!\r\n"
        "Object subclass: #Counter\r\n\tinstanceVariableNames: ''\r\n\tclassVariableNames: ''\r\n"
        "\tpoolDictionaries: ''\r\n\tpackage: 'Tests'!\r\n"
        "!Counter commentStamp: '<historical>' prior: 0!\r\n"
        "I'm a comment!! Yes.!\r\n"
        "!Counter methodsFor: 'x' stamp: 'abc 3/3/2020 10:00'!\r\n"
        "one\r\n\t^1! !\r\n"
        "]style[(10)f1! !\r\n"
        "\"only a comment\"!\r\n",
        NULL);
    cr_expect_str_eq (s_names (answer, "result.errors", "text"), "");
    s_expect_names (answer, "result.definitions", NULL, "Counter Counter Counter>>one");
    s_expect (s_call ("browse_class", "class_name", "Counter", NULL), "result.class_info.comment",
              "I'm a comment! Yes.");
    s_expect_eval ("Counter new one", "1");
    answer = s_call ("file_in", "source", "Object subclass: Bracketed [\n\tone [ ^1 ]\n]\n", NULL);
    cr_expect_eq ((int) wire_number (answer, "result.error_count"), 1);
    cr_expect_not_null (strstr (s_names (answer, "result.errors", "text"), "chunk format"));
    cJSON_Delete (answer);
    s_expect_success (s_call ("file_in", "source", " \n", NULL));
}

Test (code, filing_in_has_its_turn_in_its_session_and_can_be_interrupted)
{
    cJSON *answer = wire_client_call (client, "create_session", NULL);
    char session[64], first[WIRE_ID_SIZE], second[WIRE_ID_SIZE];
    snprintf (session, sizeof session, "%s", wire_string (answer, "result.session_id"));
    cJSON_Delete (answer);
    wire_client_send (
        client, "file_in",
        s_parameters ("session_id", session, "source",
                      "mine := 3!\nTranscript showCr: 'there'!\n[true] whileTrue!\nmine := 4!",
                      NULL),
        first);
    cJSON_Delete (wire_client_call (client, "subscribe",
                                    wire_json ("{'events':['transcript'],'last_seq':0}")));
    cJSON_Delete (wire_client_event (client, "transcript"));
    wire_client_send (client, "evaluate",
                      s_parameters ("session_id", session, "code", "mine", NULL), second);
    s_expect (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", first)),
              "result.how", "terminated");
    s_expect (wire_client_answer (client, first), "details.reason", "interrupted");
    s_expect (wire_client_answer (client, second), "result.result", "3");
    cJSON *parameters = s_parameters ("source", "[true] whileTrue", NULL);
    cJSON_AddNumberToObject (parameters, "timeout_ms", 100);
    s_expect (wire_client_call (client, "file_in", parameters), "details.reason", "timeout");
}

Test (code, many_definitions_and_errors_are_counted_and_not_all_told)
{
    char *source = malloc (400000);
    size_t used = (size_t) sprintf (source, "%s!\n!Counter methodsFor: 'x'!\n",
                                    DEFINITION ("Object", "Counter", "", "Tests"));
    for (int i = 0; i < 1500; i++)
        used += (size_t) sprintf (source + used, "m%d\n\t^%d!\n%s", i, i,
                                  i % 10 == 0 ? "bad\n\t^)!\n" : "");
    cJSON *answer = s_call ("file_in", "source", source, NULL);
    cr_expect_eq ((int) wire_number (answer, "result.definition_count"), 1501);
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.definitions")), 1000);
    cr_expect_eq ((int) wire_number (answer, "result.error_count"), 150);
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.errors")), 100);
    cJSON_Delete (answer);
    free (source);
}

Test (code, a_long_source_is_fetched_in_parts)
{
    s_make_counter ();
    s_expect_eval ("| s | s := WriteStream on: String new. 30000 timesRepeat: [s nextPutAll: "
                   "'Grüße, Welt! ']. "
                   "Counter comment: s contents. 0",
                   "0");
    char *whole = calloc (1, 1200000);
    int from = 0, total = 1, parts = 0;
    while (from < total && parts < 10) {
        cJSON *answer = wire_client_call (client, "file_out",
                                          wire_json ("{'package':'Tests','from':%d}", from));
        total = (int) wire_number (answer, "result.total_size");
        const char *part = wire_string (answer, "result.source");
        for (const char *c = part; *c != '\0'; c++)
            from += (*c & 0xc0) != 0x80;
        strcat (whole, part);
        parts++;
        cJSON_Delete (answer);
    }
    cr_expect_eq (from, total);
    cr_expect_eq (parts, 2);
    s_expect_success (s_call ("remove_class", "class_name", "Counter", NULL));
    cJSON *answer = s_call ("file_in", "source", whole, NULL);
    cr_expect_eq ((int) wire_number (answer, "result.error_count"), 0, "%s",
                  s_names (answer, "result.errors", "text"));
    cJSON_Delete (answer);
    s_expect_eval ("Counter comment size", "450000");
    answer = wire_client_call (client, "file_out",
                               wire_json ("{'package':'Tests','from':10,'count':4}"));
    s_expect (answer, "result.source", "clas");
    free (whole);
}

/* ---- the server goes on ---- */

static long
s_now_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Fills the image up to 10,000 methods and more. */
static void
s_make_many_methods (void)
{
    char *source = malloc (1000000);
    for (int class = 0; class < 25; class ++) {
        size_t used = (size_t) sprintf (
            source,
            "Object subclass: #Many%d instanceVariableNames: '' classVariableNames: "
            "''!\n!Many%d methodsFor: 'x'!\n",
            class, class);
        for (int i = 0; i < 200; i++)
            used += (size_t) sprintf (source + used,
                                      "m%d: x\n\t^(x at: %d) foo: self many%d; bar!\n", i, i, i);
        cJSON *answer = s_call ("file_in", "source", source, NULL);
        cr_assert_eq ((int) wire_number (answer, "result.definition_count"), 201);
        cJSON_Delete (answer);
    }
    free (source);
}

/* Pings while a scan that finds at least LEAST methods runs, and says how long the slowest took. */
static void
s_expect_pings_during (const char *command, const char *key, const char *value, int least)
{
    enum { PINGS = 100 };
    char scan[WIRE_ID_SIZE];
    long begun = s_now_us (), worst = 0;
    wire_client_send (client, command, s_parameters (key, value, NULL), scan);
    for (int i = 0; i < PINGS; i++) {
        char ping[WIRE_ID_SIZE];
        long sent = s_now_us ();
        wire_client_send (client, "ping", NULL, ping);
        cJSON *message = wire_client_recv (client);
        cr_assert_str_eq (wire_string (message, "id"), ping, "%s was over after %d pings", command,
                          i);
        cJSON_Delete (message);
        if (s_now_us () - sent > worst)
            worst = s_now_us () - sent;
    }
    cJSON *answer = wire_client_answer (client, scan);
    cr_expect_geq ((int) wire_number (answer, "result.total_count"), least, "%s",
                   wire_string (answer, "error"));
    cJSON_Delete (answer);
    fprintf (stderr, "%s %s: %ld ms, of the first %d pings the slowest took %ld us\n", command,
             value, (s_now_us () - begun) / 1000, PINGS, worst);
}

Test (code, pings_are_answered_while_ten_thousand_methods_are_searched)
{
    s_make_many_methods ();
    s_expect_pings_during ("senders", "selector", "bar", 5000);
    s_expect_pings_during ("senders", "selector", "at:", 5000);
    s_expect_pings_during ("search_source", "text", "self", 5000);
}

Test (code, a_repeated_compile_method_is_answered_as_get_result_and_not_done_again)
{
    s_make_counter ();
    char id[WIRE_ID_SIZE];
    wire_client_send (client, "compile_method",
                      s_parameters ("class_name", "Counter", "source", "next\n\t^10", NULL), id);
    s_expect (wire_client_answer (client, id), "result.name", "next");
    s_compile ("Counter", "next\n\t^20");
    wire_client_send_as (client, id, "compile_method",
                         s_parameters ("class_name", "Counter", "source", "next\n\t^10", NULL));
    cJSON *answer = wire_client_answer (client, id);
    cr_expect_str_eq (wire_string (answer, "result.state"), "done");
    s_expect (answer, "result.reply.result.name", "next");
    s_expect_eval ("Counter new next", "20");
    s_expect (wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", id)),
              "result.state", "done");
}

Test (code, questions_behind_a_change_see_it)
{
    s_make_counter ();
    for (int i = 0; i < 20; i++) {
        char source[64], change[WIRE_ID_SIZE], question[WIRE_ID_SIZE];
        snprintf (source, sizeof source, "next\n\t^%d", i);
        wire_client_send (client, "compile_method",
                          s_parameters ("class_name", "Counter", "source", source, NULL), change);
        wire_client_send (client, "get_method",
                          s_parameters ("class_name", "Counter", "method_name", "next", NULL),
                          question);
        s_expect (wire_client_answer (client, question), "result.method.source", source);
        s_expect (wire_client_answer (client, change), "result.name", "next");
    }
}

Test (code, a_class_side_that_redefines_what_a_class_answers_fools_nobody)
{
    s_make_counter ();
    static const char *const sources[] = {
        "name\n\t^nil",
        "category\n\t^self error: 'mine'",
        "comment\n\t^42",
        "superclass\n\t^self",
        "subclasses\n\t^Array with: self",
        "environment\n\t^nil",
        "selectors\n\t^#(1 2)",
        "instVarNames\n\t^self",
        "methodDictionary\n\t[true] whileTrue",
        "= other\n\t^true",
        "hash\n\t^1/0",
        "removeSelector: x\n\t^nil",
        "compile: x ifError: y\n\t[true] whileTrue",
        "shape\n\t^#zork",
        "printOn: s\n\t1/0",
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        s_expect_success (s_call ("compile_method", "class_name", "Counter", "side", "class",
                                  "source", sources[i], NULL));
    s_compile ("Counter", "other\n\t^1");
    s_expect_success (
        s_call ("remove_method", "class_name", "Counter", "method_name", "other", NULL));
    cJSON *answer = s_call ("browse_class", "class_name", "Counter", NULL);
    cr_expect_str_eq (wire_string (answer, "result.class_info.definition"),
                      DEFINITION ("Object", "Counter", "count step", "Tests"));
    s_expect_names (answer, "result.methods", "name", "by: next");
    s_expect_names (s_call ("list_classes", "pattern", "counter", NULL), "result.classes", "name",
                    "Counter");
    s_expect_success (s_call ("search_source", "text", "zork", NULL));
    s_expect_success (s_call ("senders", "selector", "zork", NULL));
    s_expect_success (s_call ("file_out", "class_name", "Counter", NULL));
    s_expect_success (s_call ("complete", "prefix", "Cou", NULL));
    s_expect_success (s_call ("remove_class", "class_name", "Counter", NULL));
}

Test (code, a_change_that_runs_into_a_loop_of_the_users_can_be_interrupted)
{
    s_make_counter ();
    s_expect_success (s_call ("compile_method", "class_name", "Counter", "side", "class", "source",
                              "inheritShape\n\tTranscript showCr: 'there'.\n\t[true] whileTrue",
                              NULL));
    char change[WIRE_ID_SIZE], question[WIRE_ID_SIZE];
    wire_client_send (client, "define_class",
                      s_parameters ("class_name", "Sub", "source",
                                    DEFINITION ("Counter", "Sub", "", "Tests"), NULL),
                      change);
    cJSON_Delete (wire_client_call (client, "subscribe",
                                    wire_json ("{'events':['transcript'],'last_seq':0}")));
    cJSON_Delete (wire_client_event (client, "transcript"));
    wire_client_send (client, "browse_class", s_parameters ("class_name", "Counter", NULL),
                      question);
    cJSON *answer = wire_client_call (client, "ping", NULL);
    cr_expect_null (wire_item (answer, "result.busy_with"), "a change is no evaluation");
    cJSON_Delete (answer);
    s_expect (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", change)),
              "result.how", "terminated");
    s_expect (wire_client_answer (client, change), "error_type", "EvaluationError");
    s_expect (wire_client_answer (client, question), "result.class_info.name", "Counter");
}

Test (code_life, a_saved_image_keeps_its_code_and_a_change_that_ran_is_told_as_ended,
      .timeout = 120)
{
    char dir[] = "/tmp/stui-code-test-XXXXXX", file[64], change[WIRE_ID_SIZE];
    cr_assert_not_null (mkdtemp (dir));
    snprintf (file, sizeof file, "%s/saved.im", dir);
    const char *args[] = {"--image", file, NULL};
    cr_assert_eq (image_start (&image, "code", dir, 0, args), 0);
    image.owns_state_dir = true; //  remove the directory with it
    client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, CLIENT_A, 1, 1, NULL));
    s_make_counter ();
    s_expect_success (s_call ("compile_method", "class_name", "Counter", "side", "class", "source",
                              "inheritShape\n\tTranscript showCr: 'there'.\n\t[true] whileTrue",
                              NULL));
    cJSON_Delete (wire_client_call (client, "subscribe", wire_json ("{'events':['transcript']}")));
    wire_client_send (client, "define_class",
                      s_parameters ("class_name", "Sub", "source",
                                    DEFINITION ("Counter", "Sub", "", "Tests"), NULL),
                      change);
    cJSON_Delete (wire_client_event (client, "transcript"));
    s_expect_success (wire_client_call (client, "snapshot", NULL));

    cr_assert_eq (image_restart (&image), 0);
    wire_client_destroy (&client);
    client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, CLIENT_A, 1, 2, NULL));
    s_expect (wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", change)),
              "result.reply.details.reason", "restart");
    s_expect (s_call ("get_method", "class_name", "Counter", "method_name", "next", NULL),
              "result.method.category", "counting");
    s_compile ("Counter", "next\n\t^3");
    s_expect_eval ("Counter new next", "3");
    s_expect_error (s_call ("remove_class", "class_name", "StuiTokens", NULL), "PermissionDenied",
                    "server");
    s_stop ();
}
