/* test_sim_eval.c: what the evaluator of simulated images answers, and what it survives. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_eval.h"

static struct sim_world *world;
static struct sim_scope *scope;
static struct sim_run *run;
static struct sim_fault fault;
static struct sim_outcome outcome;

static void
setup (void)
{
    world = sim_world_new ();
    scope = sim_scope_new (world);
}

static void
teardown (void)
{
    sim_run_destroy (&run);
    sim_scope_destroy (&scope);
    sim_world_destroy (&world);
}

TestSuite (sim_eval, .init = setup, .fini = teardown, .timeout = 60);

/* Begins CODE; false when it does not compile. */
static bool
begin (const char *code)
{
    sim_run_destroy (&run);
    run = sim_run_new (world, scope, code, strlen (code), &fault);
    return run != NULL;
}

static void
evaluate (const char *code)
{
    cr_assert (begin (code), "%s: %s", code, fault.text);
    enum sim_progress progress;
    int slices = 0;
    while ((progress = sim_run_step (run, 1000)) == SIM_MORE)
        cr_assert_lt (slices++, 10000, "%s does not end", code);
    cr_assert_eq (progress, SIM_DONE, "%s: %d", code, progress);
    outcome = sim_run_outcome (run);
}

static void
expect (const char *code, const char *text)
{
    evaluate (code);
    cr_assert_not (outcome.has_error, "%s: %s", code, outcome.text);
    cr_assert_str_eq (outcome.text, text, "%s: %s", code, outcome.text);
}

static void
expect_error (const char *code, const char *type, const char *text)
{
    evaluate (code);
    cr_assert (outcome.has_error, "%s: %s", code, outcome.text);
    cr_assert_str_eq (outcome.type, type, "%s: %s", code, outcome.type);
    cr_assert_not_null (strstr (outcome.text, text), "%s: %s", code, outcome.text);
    cr_assert_gt (outcome.stack_count, 0);
}

static void
expect_fault (const char *code, int line, int column, const char *text)
{
    cr_assert_not (begin (code), "%s compiles", code);
    cr_assert_not_null (strstr (fault.text, text), "%s: %s", code, fault.text);
    cr_assert_eq (fault.line, line, "%s: line %d", code, fault.line);
    cr_assert_eq (fault.column, column, "%s: column %d", code, fault.column);
}

Test (sim_eval, integers)
{
    expect ("3 + 4", "7");
    expect ("3 + 4 * 2", "14");
    expect ("3-4", "-1");
    expect ("3 - -4 - 1", "6");
    expect ("7 // 2", "3");
    expect ("7 // -2", "-4");
    expect ("-7 \\\\ 2", "1");
    expect ("12 / 4", "3");
    expect ("16rFF", "255");
    expect ("3 max: 4", "4");
    expect ("(3 < 4) & (4 >= 4)", "true");
    expect ("10 factorial", "3628800");
}

Test (sim_eval, integers_end_where_json_readers_round)
{
    expect ("9007199254740990 + 1", "9007199254740991");
    expect_error ("9007199254740991 + 1", "SimulationLimit", "2^53");
    expect_error ("3000000000 * 4000000000", "SimulationLimit", "2^53");
    expect_error ("100 factorial", "SimulationLimit", "2^53");
    expect_error ("7 / 2", "SimulationLimit", "fractions");
    expect_fault ("9007199254740992", 1, 1, "2^53");
    expect_fault ("3.5", 1, 1, "integers only");
}

Test (sim_eval, strings_and_symbols)
{
    expect ("'it''s'", "'it''s'");
    expect ("'abc' , 'def'", "'abcdef'");
    expect ("'stressed' reverse", "'desserts'");
    expect ("'Grüße 🎈' reverse", "'🎈 eßürG'");
    expect ("'abc' size", "3");
    expect ("#foo:bar:", "#foo:bar:");
    expect ("'a b' asSymbol", "#'a b'");
    expect ("#foo == #foo", "true");
    expect ("'abc' = 'abc'", "true");
    expect ("'abc' == 'abc'", "false");
    expect ("'abc' < 'abd'", "true");
    expect ("('abc' copyFrom: 2 to: 3) asUppercase", "'BC'");
    expect ("'abc' at: 2", "$b");
    expect ("String with: (Character value: 10)", "'\n'");
    expect_error ("'abc' at: 4", "IndexOutOfRange", "index 4 is out of bounds");
}

Test (sim_eval, booleans_nil_and_blocks)
{
    expect ("3 > 2 ifTrue: ['yes'] ifFalse: ['no']", "'yes'");
    expect ("3 > 2 ifFalse: ['no']", "nil");
    expect ("false and: [1/0]", "false");
    expect ("nil isNil", "true");
    expect ("nil ifNil: [3]", "3");
    expect ("[:a :b | a - b] value: 5 value: 3", "2");
    expect ("f := [:n | n < 2 ifTrue: [1] ifFalse: [n * (f value: n - 1)]]. f value: 10",
            "3628800");
    expect ("| a | a := 3. [:x | | b | b := x + a. b * 2] value: 4", "14");
    expect ("^5. 6", "5");
    expect ("", "nil");
    expect_error ("[:a | a] value", "WrongArgument", "takes 1 arguments, not 0");
    expect_error ("[3] whileTrue: [4]", "WrongArgument", "true or false");
}

Test (sim_eval, loops_and_collections)
{
    expect ("| a | a := 0. 5 timesRepeat: [a := a + 2]. a", "10");
    expect ("| a | a := 0. 1 to: 4 do: [:i | a := a + i]. a", "10");
    expect ("x := 0. [x < 10] whileTrue: [x := x + 3]. x", "12");
    expect ("x := 0. [x > 10] whileFalse: [x := x + 3]. x", "12");
    expect ("(1 to: 10) inject: 0 into: [:sum :each | sum + each]", "55");
    expect ("#(1 2 3) collect: [:e | e * e]", "(1 4 9 )");
    expect ("#(1 $a foo #bar 'x' (1 true) -3) , {3 + 4. nil}",
            "(1 $a #foo #bar 'x' (1 true ) -3 7 nil )");
    expect ("| s | s := ''. #(3 4) do: [:e | s := s , e printString]. s", "'34'");
}

Test (sim_eval, a_cascade_sends_to_the_same_receiver)
{
    expect ("3 max: 5; min: 2", "2");
    expect ("#(1 2) size; first", "1");
    expect ("(3 + 4; yourself)", "3");
    expect ("(Array new: 2) at: 1 put: (3 > 2 ifTrue: [7] ifFalse: [8]); yourself", "(7 nil )");
    expect_fault ("3; foo", 1, 2, "; needs a message");
}

Test (sim_eval, variables_belong_to_their_scope_and_last)
{
    expect ("x := 5. y := [:n | n + x]", "a BlockClosure");
    expect ("x := 10. y value: 1", "11");
    struct sim_scope *mine = scope;
    sim_run_destroy (&run);
    scope = sim_scope_new (world);
    cr_assert_not (begin ("x"));
    sim_scope_destroy (&scope);
    scope = mine;
    expect ("x", "10");
}

Test (sim_eval, globals_and_the_counter_are_the_images)
{
    expect ("Counter next. Counter next", "2");
    expect ("Smalltalk at: #Total put: 3", "3");
    expect ("(Smalltalk at: #Total) + Total", "6");
    struct sim_scope *mine = scope;
    sim_run_destroy (&run);
    scope = sim_scope_new (world);
    expect ("Counter next + Total", "6");
    sim_run_destroy (&run);
    sim_scope_destroy (&scope);
    scope = mine;
    expect ("Smalltalk at: #None ifAbsent: ['none']", "'none'");
    expect_error ("Smalltalk at: #None", "KeyNotFound", "#None");
}

Test (sim_eval, an_exception_has_class_text_and_stack)
{
    expect_error ("1/0", "ZeroDivide", "divide a number by zero");
    cr_assert_str_eq (outcome.stack[0], "SmallInteger>>/");
    expect_error ("Error signal: 'x'", "Error", "x");
    expect_error ("self error: 'mine'", "Error", "mine");
    expect_error ("3 + 4.\n[nil foo] value", "MessageNotUnderstood",
                  "UndefinedObject did not understand #foo");
    cr_assert_str_eq (outcome.stack[1], "[] in a doit (line 2)");
    cr_assert_str_eq (outcome.stack[2], "a doit (line 2)");
}

Test (sim_eval, an_exception_finds_its_handler)
{
    expect ("[1/0] on: ZeroDivide do: [:e | e messageText size > 3]", "true");
    expect ("[1/0. 5] on: Error do: [:e | true ifTrue: [e return: 9]. 8]", "9");
    expect ("[[1/0] on: MessageNotUnderstood do: [1]] on: ZeroDivide do: [2]", "2");
    expect ("([nil foo] on: Error do: [:e | e class]) name", "'MessageNotUnderstood'");
    expect_error ("[Error signal: 'a'] on: Error do: [:e | Error signal: 'b']", "Error", "b");
    expect_error ("[1/0] on: Error do: [:a :b | 3]", "WrongArgument", "takes 2 arguments");
}

/* Symptom: the code's first instruction read a variable that was not there. */
Test (sim_eval, repeat_leaves_the_beginning_of_the_code_alone)
{
    expect ("| n | n. n := 0. [n := n + 1. n = 3 ifTrue: [^n]] repeat", "3");
}

/* Symptom: pointers to nothing were counted on from. */
Test (sim_eval, empty_texts_are_written_and_made)
{
    expect ("Transcript show: ''. Transcript show: (String new: 0). '' , ''", "''");
    expect_error ("1 repeat", "MessageNotUnderstood", "value");
}

/* ---- what is ensured ------------------------------------------------------------------------- */

Test (sim_eval, what_is_ensured_runs_however_the_block_ends)
{
    expect ("| t | t := 0. ([5] ensure: [t := 1]) * 10 + t", "51");
    expect ("| t | t := 0. ([5] ifCurtailed: [t := 1]) * 10 + t", "50");
    expect ("| t | t := 0. [[1/0] ensure: [t := 1]] on: Error do: [:e | 7]. t", "1");
    expect ("| t | t := 0. [[1/0] ifCurtailed: [t := 1]] on: Error do: [:e | 7]. t", "1");
    expect ("[[1/0] ensure: [8]] on: Error do: [:e | 7]", "7");
    evaluate ("[Error signal: 'a'] ensure: [kept := 3]");
    cr_expect (outcome.has_error);
    cr_expect_str_eq (outcome.text, "a");
    expect ("kept", "3");
    evaluate ("[^5] ensure: [kept := 4]");
    cr_expect_str_eq (outcome.text, "5");
    expect ("kept", "4");
    expect ("[Error signal: 'a'] ensure: [^6]", "6");
}

Test (sim_eval, a_handler_runs_before_what_is_ensured_and_inner_ones_before_outer_ones)
{
    expect (
        "| t | t := ''. [[[1/0] ensure: [t := t, 'a']] ensure: [t := t, 'b']] on: Error do: [:e "
        "| t := t, 'h']. t",
        "'hab'");
    expect ("| t | t := ''. [[1/0] ensure: [t := t, 'a']] on: Error do: [:e | t := t, 'h'. e "
            "return: 3. t := t, 'no']. t",
            "'ha'");
    expect (
        "| t | t := ''. [[[1/0] ensure: [nil foo]] on: Error do: [:e | t := t, e class name. 1]] "
        "on: Error do: [:e | t := t, '-', e class name. 2]. t",
        "'ZeroDivide-MessageNotUnderstood'");
}

Test (sim_eval, retry_begins_the_protected_block_anew)
{
    expect (
        "| n | n := 0. [n := n + 1. n < 4 ifTrue: [Error signal: 'a']. n] on: Error do: [:e | e "
        "retry. 99]",
        "4");
    expect ("| n t | n := t := 0. [[n := n + 1. n < 4 ifTrue: [1/0]. n] ensure: [t := t + 1]] on: "
            "Error do: [:e | e retry]. t",
            "4");
    expect_error ("| e | [1/0] on: Error do: [:x | e := x]. e retry", "MessageNotUnderstood",
                  "retry");
}

Test (sim_eval, what_is_ensured_lives_through_a_collection)
{
    expect (
        "| t | t := ''. 1 to: 2000 do: [:i | [Array new: 500] ensure: [t := 'x', i printString]]. "
        "t",
        "'x2000'");
    expect (
        "| t | [[1/0] ensure: [1 to: 5000 do: [:i | Array new: 500]. t := 5]] on: Error do: [:e | "
        "(Array new: 3) size]",
        "3");
}

Test (sim_eval, code_that_is_ended_runs_what_it_ensures_within_bounds)
{
    expect ("kept := 0", "0");
    cr_assert (begin ("[[true] whileTrue: [nil]] ensure: [kept := 5]"));
    cr_assert_eq (sim_run_step (run, 1000), SIM_MORE);
    cr_expect (sim_run_end (run, SIM_ENDING_STEPS));
    expect ("kept", "5");
    cr_assert (begin ("[[true] whileTrue: [nil]] ensure: [[true] whileTrue: [nil]]"));
    cr_assert_eq (sim_run_step (run, 1000), SIM_MORE);
    cr_expect_not (sim_run_end (run, SIM_ENDING_STEPS));
    cr_assert (begin ("[[[true] whileTrue: [nil]] on: Exception do: [:e | e retry]] ifCurtailed: "
                      "[(Delay forSeconds: 1000) wait. kept := 6]"));
    cr_assert_eq (sim_run_step (run, 1000), SIM_MORE);
    cr_expect (sim_run_end (run, SIM_ENDING_STEPS));
    expect ("kept", "6");
}

Test (sim_eval, what_does_not_compile_is_said_with_its_place)
{
    expect_fault ("3 + 4.\n(5 + ", 2, 6, "an expression is expected");
    expect_fault ("(3 + 4", 1, 1, ") is missing");
    expect_fault ("3 + 'abc", 1, 5, "a string does not end");
    expect_fault ("\"abc", 1, 1, "a comment does not end");
    expect_fault ("'ü' , zork", 1, 7, "undeclared variable zork");
    expect_fault ("3 ]", 1, 3, "one too many");
    expect_fault ("nil := 3", 1, 1, "cannot be assigned");
    expect_fault ("[:a b]", 1, 5, "| is missing");
    expect ("later := 3. later", "3");
}

Test (sim_eval, brackets_that_nest_too_deeply_are_refused)
{
    char code[2 * SIM_NESTING_MAX + 4] = "";
    memset (code, '(', 2 * SIM_NESTING_MAX);
    cr_assert_not (begin (code));
    cr_assert_not_null (strstr (fault.text, "nested too deeply"));
}

Test (sim_eval, a_delay_is_a_wait_not_work)
{
    cr_assert (begin ("(Delay forMilliseconds: 500) wait. 7"));
    cr_assert_eq (sim_run_step (run, 1000), SIM_WAITS);
    cr_assert_eq (sim_run_wait_ms (run), 500);
    cr_assert_eq (sim_run_step (run, 1000), SIM_DONE);
    cr_assert_str_eq (sim_run_outcome (run).text, "7");
}

Test (sim_eval, an_endless_loop_takes_its_budget_and_no_memory)
{
    cr_assert (begin ("[true] whileTrue"));
    cr_assert_eq (sim_run_step (run, 100000), SIM_MORE);
    size_t before = sim_world_bytes (world);
    cr_assert_eq (sim_run_step (run, 100000), SIM_MORE);
    cr_assert_leq (sim_world_bytes (world), before + 524288);
}

Test (sim_eval, garbage_is_collected_and_what_is_held_stays)
{
    expect ("a := 'kept' , ''. b := {a. {a}}. 20000 timesRepeat: ['x' , 'y']. b",
            "('kept' ('kept' ) )");
    cr_assert_lt (sim_world_bytes (world), 2097152);
}

Test (sim_eval, code_that_eats_memory_is_ended)
{
    static const char *const codes[] = {
        "s := 'x'. [true] whileTrue: [s := s , s]",
        "String new: 200000000",
        "f := [f value]. f value",
        "a := nil. [true] whileTrue: [a := {a}]",
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        enum sim_progress progress;
        int slices = 0;
        cr_assert (begin (codes[i]));
        while ((progress = sim_run_step (run, 10000)) == SIM_MORE)
            cr_assert_lt (slices++, 1000);
        cr_assert_eq (progress, SIM_TOO_LARGE, "%s: %d", codes[i], progress);
    }
    expect ("3 + 4", "7");
}

Test (sim_eval, a_result_above_the_limit_is_cut)
{
    evaluate ("String new: 2000000");
    cr_assert (outcome.is_truncated);
    cr_assert_eq (outcome.size, 1 + 3 * (SIM_RESULT_MAX - 1)); /* NULs are shown as U+2400 */
    evaluate ("'abc'");
    cr_assert_not (outcome.is_truncated);
}

Test (sim_eval, an_array_that_holds_itself_prints)
{
    evaluate ("a := Array new: 1. a at: 1 put: a. a");
    cr_assert_not_null (strstr (outcome.text, "an Array"));
}

Test (sim_eval, the_transcript_is_taken_in_pieces)
{
    size_t size, lost;
    evaluate ("Transcript show: 'a'; show: 3; tab; print: 'b'; cr. nil printNl");
    char *text = sim_run_take_transcript (run, &size, &lost);
    cr_assert_eq (size, strlen ("a3\t'b'\nnil\n"));
    cr_assert_arr_eq (text, "a3\t'b'\nnil\n", size);
    free (text);
    cr_assert_null (sim_run_take_transcript (run, &size, &lost));
    evaluate ("Transcript show: (String new: 300000)");
    cr_assert_null (sim_run_take_transcript (run, &size, &lost));
    cr_assert_eq (lost, 900000);
}
