/* test_sim_file_in.c: chunks and definitions read, sources filed in and out. */

#include "sim/sim_chunk.h"
#include "sim/sim_define.h"
#include "sim_fixture.h"

static void
setup_claimed (void)
{
    setup ();
    claim (1, ME, 1, 1);
    result_of (1, "create_session", "{'session_id':'s'}");
}

TestSuite (sim_file_in, .init = setup_claimed, .fini = teardown, .timeout = 60);

/* ---- chunks -------------------------------------------------------------------------------- */

Test (sim_file_in, chunks_end_at_single_bangs)
{
    static const char text[] = "one!\n two!! and\nmore !\n\n! !last";
    struct sim_chunks chunks = {.text = text, .size = strlen (text), .line = 1};
    static const struct {
        const char *text;
        int line;
    } wanted[] = {{"one", 1}, {"two! and\nmore", 2}, {"", 5}, {"", 5}, {"last", 5}};
    struct sim_chunk chunk;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cr_assert (sim_chunks_next (&chunks, &chunk), "%zu", i);
        cr_assert_str_eq (chunk.text, wanted[i].text);
        cr_assert_eq (chunk.line, wanted[i].line, "%zu: line %d", i, chunk.line);
        cr_assert_eq (chunk.size, strlen (chunk.text));
        free (chunk.text);
    }
    cr_assert_not (sim_chunks_next (&chunks, &chunk));
}

Test (sim_file_in, a_written_chunk_is_read_again)
{
    static const char *const texts[] = {"a", "!", "'!!' , $!", "x!\ny"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *written = sim_chunk_write (texts[i]);
        struct sim_chunks chunks = {.text = written, .size = strlen (written), .line = 1};
        struct sim_chunk chunk;
        cr_assert (sim_chunks_next (&chunks, &chunk));
        cr_assert_str_eq (chunk.text, texts[i]);
        cr_assert_eq (chunks.at, chunks.size);
        free (chunk.text);
        free (written);
    }
}

/* ---- definitions ----------------------------------------------------------------------------- */

Test (sim_file_in, definitions_are_told_from_other_code)
{
    static const struct {
        const char *source;
        enum sim_definition_kind kind;
    } cases[] = {
        {"Object subclass: #A", SIM_DEFINES_CLASS},
        {"\"first\" nil subclass: 'A' category: 'x'.", SIM_DEFINES_CLASS},
        {"A class instanceVariableNames: 'a'", SIM_DEFINES_CLASS_SIDE},
        {"A comment: 'it''s'", SIM_DEFINES_COMMENT},
        {"A methodsFor: 'x'", SIM_DEFINES_METHODS},
        {"A class methodsFor: 'x' stamp: 'me' prior: 0", SIM_DEFINES_METHODS},
        {"A new foo", SIM_DEFINES_NOTHING},
        {"A class", SIM_DEFINES_NOTHING},
        {"'text", SIM_DEFINES_NOTHING},
        {"", SIM_DEFINES_NOTHING},
    };
    struct sim_definition definition;
    struct sim_fault fault;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq (
            sim_definition_read (cases[i].source, strlen (cases[i].source), &definition, &fault), 0,
            "%s", cases[i].source);
        cr_assert_eq (definition.kind, cases[i].kind, "%s", cases[i].source);
        sim_definition_fini (&definition);
    }
}

Test (sim_file_in, a_wrong_definition_says_where)
{
    static const struct {
        const char *source, *text;
        int line, column;
    } cases[] = {
        {"Object subclass: Foo", "as #Name", 1, 18},
        {"Object subclass: #Foo\n\tinstanceVariableNames: #(a)", "instance variables", 2, 25},
        {"Object subclass: #Foo\n  wings: 2", "or the end", 2, 3},
        {"Foo comment: 3", "comment", 1, 14},
        {"Foo comment: 'x", "string does not end", 1, 14},
        {"Object subclass: #Foo $", "none follows", 1, 23}, /* lost the name that it had taken */
    };
    struct sim_definition definition;
    struct sim_fault fault;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq (
            sim_definition_read (cases[i].source, strlen (cases[i].source), &definition, &fault),
            STUI_E_INVALID_REQUEST, "%s", cases[i].source);
        cr_assert_not_null (strstr (fault.text, cases[i].text), "%s", fault.text);
        cr_assert_eq (fault.line, cases[i].line, "%s: %d", cases[i].source, fault.line);
        cr_assert_eq (fault.column, cases[i].column, "%s: %d", cases[i].source, fault.column);
        sim_definition_fini (&definition);
    }
}

/* ---- file_in --------------------------------------------------------------------------------- */

#define SHAPES                                                                                     \
    "Object subclass: #Shape\\n  instanceVariableNames: `sides`\\n  classVariableNames: ``\\n"     \
    "  poolDictionaries: ``\\n  category: `Shapes`!\\n\\n"                                         \
    "Shape comment: `It has sides!!`!\\n\\nShape class instanceVariableNames: `made`!\\n\\n"       \
    "!Shape methodsFor: `accessing`!\\nsides\\n\\t^sides!\\n\\nsides: n\\n\\tsides := n! !\\n\\n"  \
    "!Shape class methodsFor: `making`!\\nwith: n\\n\\tmade := n.\\n\\t^self new sides: n; "       \
    "yourself! !\\n\\nTranscript showCr: `filed in`!\\n"

Test (sim_file_in, a_source_defines_and_runs)
{
    result_of (1, "subscribe", "{'events':['transcript']}");
    int number = request (1, "file_in", "{'source':'" SHAPES "','session_id':'s'}");
    cr_assert (find (1, NULL));
    cr_assert_str_eq (json_get_text (json_get (last, "data"), "text"), "filed in\n");
    cr_assert (find (1, id_of (number)));
    const struct json *result = json_get (last, "result");
    cr_assert_eq (json_get_number (result, "definition_count", 0), 4);
    cr_assert_eq (json_get_number (result, "error_count", -1), 0, "%s",
                  json_get_text (json_first (json_get (result, "errors")), "text"));
    cr_assert (has (json_get (result, "definitions"), NULL, "Shape"));
    cr_assert (has (json_get (result, "definitions"), NULL, "Shape>>sides:"));
    cr_assert (has (json_get (result, "definitions"), NULL, "Shape class>>with:"));
    sim_outbox_clear (&outbox);
    cr_assert_str_eq (printed ("(Shape with: 4) sides"), "4");
    const struct json *shown = result_of (1, "browse_class", "{'class_name':'Shape'}");
    cr_assert_str_eq (json_get_text (json_get (shown, "class_info"), "comment"), "It has sides!");
}

Test (sim_file_in, goes_on_after_a_wrong_chunk_and_says_its_line)
{
    const struct json *result = result_of (
        1, "file_in",
        "{'name':'a.st','source':'Object subclass: #A!\\n!A methodsFor: `x`!\\nbad\\n  ^(1!\\n"
        "good\\n  ^2! !\\n3 +!\\nNowhere subclass: #B!\\n!B methodsFor: `x`!\\nfoo ^1! !\\n1/0!\\n"
        "Smalltalk at: #Reached put: 1!'}");
    static const struct {
        int line;
        const char *text;
    } wanted[] = {
        {4, ") is missing"}, {7, "expected"},    {8, "no class Nowhere"},
        {9, "no class B"},   {11, "ZeroDivide"},
    };
    const struct json *errors = json_get (result, "errors");
    cr_assert_eq (json_get_number (result, "error_count", 0), 5);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct json *row = json_at (errors, i);
        const char *text = json_get_text (row, "text");
        cr_assert_eq (json_get_number (row, "line", 0), wanted[i].line, "%s: %lld", text,
                      (long long) json_get_number (row, "line", 0));
        cr_assert_not_null (strstr (text, wanted[i].text), "%s", text);
        cr_assert_eq (strncmp (text, "a.st: ", 6), 0, "%s", text);
    }
    cr_assert_str_eq (printed ("A new good + (Smalltalk at: #Reached)"), "3");
}

Test (sim_file_in, waits_for_its_turn_and_can_be_interrupted)
{
    int running = request (1, "evaluate", "{'session_id':'s','code':'(Delay forSeconds: 1) wait'}");
    int filing = request (1, "file_in", "{'session_id':'s','source':'[true] whileTrue! 3!'}");
    sim_outbox_clear (&outbox);
    advance (1000);
    cr_assert (find (1, id_of (running)));
    cr_assert_not (find (1, id_of (filing)));
    char *parameters = stui_printf ("{'id':'%s'}", id_of (filing));
    request (1, "interrupt", parameters);
    free (parameters);
    cr_assert (find (1, id_of (filing)));
    expect_error (last, "EvaluationError");
}

Test (sim_file_in, has_a_time_limit)
{
    int filing = request (1, "file_in", "{'source':'(Delay forSeconds: 9) wait!','timeout_ms':50}");
    advance (51);
    cr_assert (find (1, id_of (filing)));
    expect_error (last, "EvaluationError");
    cr_assert_str_eq (json_get_text (json_get (last, "details"), "reason"), "timeout");
}

Test (sim_file_in, a_delay_in_a_source_lets_it_go_on)
{
    int filing = request (
        1, "file_in", "{'source':'(Delay forMilliseconds: 50) wait! Smalltalk at: #X put: 7!'}");
    advance (50);
    cr_assert (find (1, id_of (filing)));
    sim_outbox_clear (&outbox);
    cr_assert_str_eq (printed ("Smalltalk at: #X"), "7");
}

Test (sim_file_in, errors_and_definitions_that_are_named_are_bounded)
{
    char *source = stui_strdup ("Object subclass: #A! !A methodsFor: `x`! ");
    for (int i = 0; i < 1200; i++) {
        char *longer = stui_printf ("%sm%d ^%s! ", source, i, i < 1050 ? "1" : "(");
        free (source);
        source = longer;
    }
    char *parameters = stui_printf ("{'source':'%s !'}", source);
    int filing = request (1, "file_in", parameters);
    while (!find (1, id_of (filing)))
        advance (1);
    const struct json *result = json_get (last, "result");
    cr_assert_eq (json_get_number (result, "definition_count", 0), 1051);
    cr_assert_eq (json_count (json_get (result, "definitions")), 1000);
    cr_assert_eq (json_get_number (result, "error_count", 0), 150);
    cr_assert_eq (json_count (json_get (result, "errors")), 100);
    free (parameters);
    free (source);
}

Test (sim_file_in, wrong_parameters_are_refused)
{
    expect_error (ask (1, "file_in", "{}"), "InvalidRequest");
    expect_error (ask (1, "file_in", "{'source':'','name':''}"), "InvalidRequest");
    expect_error (ask (1, "file_in", "{'source':'','session_id':'none'}"), "SessionNotFound");
}

/* ---- file_out -------------------------------------------------------------------------------- */

Test (sim_file_in, what_is_filed_out_can_be_filed_in)
{
    result_of (1, "file_in", "{'source':'" SHAPES "'}");
    result_of (1, "file_in",
               "{'source':'Shape subclass: #Box instanceVariableNames: `` classVariableNames: `` "
               "package: `Shapes`! !Box methodsFor: `why`! bang ^`!!`! !'}");
    struct json *out = json_copy (result_of (1, "file_out", "{'package':'Shapes'}"));
    const char *source = json_get_text (out, "source");
    cr_assert_eq (json_get_number (out, "total_size", 0), (int64_t) strlen (source));
    result_of (1, "remove_class", "{'class_name':'Box'}");
    result_of (1, "remove_class", "{'class_name':'Shape'}");
    struct json *parameters = json_object ();
    json_set_text (parameters, "source", source);
    char *text = json_print (parameters);
    char *message = stui_printf ("{\"id\":\"%s\",\"command\":\"file_in\",\"parameters\":%s}",
                                 id_of (++requests), text);
    sim_image_receive (image, 1, (struct sim_envelope){0}, message, strlen (message), now, &outbox);
    cr_assert (find (1, id_of (requests)));
    cr_assert_eq (json_get_number (json_get (last, "result"), "error_count", -1), 0);
    sim_outbox_clear (&outbox);
    cr_assert_str_eq (printed ("(Box with: 4) bang , (Box with: 4) sides printString"), "'!4'");
    const struct json *again = result_of (1, "file_out", "{'package':'Shapes'}");
    cr_assert_str_eq (json_get_text (again, "source"), source);
    free (message);
    free (text);
    json_destroy (&parameters);
    json_destroy (&out);
}

Test (sim_file_in, a_source_is_fetched_in_parts_of_characters)
{
    result_of (1, "file_in",
               "{'source':'Object subclass: #A category: `Grüße`! !A methodsFor: `x`! a ^1! !'}");
    struct json *whole = json_copy (result_of (1, "file_out", "{'class_name':'A'}"));
    const char *source = json_get_text (whole, "source");
    int64_t total = json_get_number (whole, "total_size", 0);
    cr_assert_eq (total, (int64_t) strlen (source) - 2, "bytes were counted");
    char *joined = stui_strdup ("");
    for (int64_t from = 0; from < total; from += 7) {
        char *parameters =
            stui_printf ("{'class_name':'A','from':%lld,'count':7}", (long long) from);
        const struct json *part = result_of (1, "file_out", parameters);
        char *longer = stui_printf ("%s%s", joined, json_get_text (part, "source"));
        cr_assert_eq (json_get_number (part, "from", -1), from);
        free (joined);
        free (parameters);
        joined = longer;
    }
    cr_assert_str_eq (joined, source);
    free (joined);
    json_destroy (&whole);
    expect_error (ask (1, "file_out", "{'class_name':'Nowhere'}"), "ClassNotFound");
    expect_error (ask (1, "file_out", "{'package':'Nowhere'}"), "ClassNotFound");
    expect_error (ask (1, "file_out", "{}"), "InvalidRequest");
    expect_error (ask (1, "file_out", "{'class_name':'A','count':0}"), "InvalidRequest");
}
