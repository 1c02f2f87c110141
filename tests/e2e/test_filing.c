/* test_filing.c: a class on its way from one real image into another by the command line: filed in
 * out of a file, filed out, removed, filed in elsewhere, and the same there: what it answers, what it
 * says of itself, byte for byte what it is filed out as. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "support/run.h"
#include "support/stage.h"
#include "support/wire_expect.h"

/* Both sides, variables of each kind, and exclamation marks wherever a reader of chunks may stumble
 * over them: in the comment, in a string, in a comment in code, as a character, as an operator. */
static const char source[] =
    "\"An account, for tests.\"!\n"
    "\n"
    "Object subclass: #Account\n"
    "\tinstanceVariableNames: 'owner balance'\n"
    "\tclassVariableNames: 'Rate'\n"
    "\tpoolDictionaries: ''\n"
    "\tcategory: 'Bank'!\n"
    "\n"
    "!Account commentStamp: 'me' prior: 0!\n"
    "I keep money!! And I don''t lose it!!!! 'quoted', \"double\"!\n"
    "\n"
    "Account class\n"
    "\tinstanceVariableNames: 'made'!\n"
    "\n"
    "!Account class methodsFor: 'instance creation'!\n"
    "\n"
    "owner: aString\n"
    "\tmade := (made ifNil: [0]) + 1.\n"
    "\tRate := 3.\n"
    "\t^self new setOwner: aString!\n"
    "\n"
    "made\n"
    "\t^made! !\n"
    "\n"
    "!Account methodsFor: 'accessing'!\n"
    "\n"
    "setOwner: aString\n"
    "\towner := aString.\n"
    "\tbalance := 0!\n"
    "\n"
    "deposit: aNumber\n"
    "\t\"More!! Always more!!\"\n"
    "\taNumber < 0 ifTrue: [^self error: 'no!!'].\n"
    "\tbalance := balance + aNumber!\n"
    "\n"
    "greeting\n"
    "\t^'Hello ', owner, '!!', (String with: $!!), ' It''s ', (balance * Rate) printString! !\n"
    "\n"
    "!Account methodsFor: 'gr\xc3\xbc\xc3\x9f"
    "e'!\n"
    "\n"
    "+ other\n"
    "\t^balance + other! !\n";

#define USE                                                                                        \
    "| a | a := Account owner: 'Zo\xc3\xab'. a deposit: 4. {a greeting. a + 1. Account made. "     \
    "Account comment. Account category}"
#define FAILS "(Account owner: 'x') deposit: -1"

/* What is defined, in the order of the source, and in that of what is filed out. */
#define AS_WRITTEN                                                                                 \
    "Account\nAccount\nAccount class\nAccount class>>owner:\nAccount class>>made\n"                \
    "Account>>setOwner:\nAccount>>deposit:\nAccount>>greeting\nAccount>>+\n"
#define AS_FILED_OUT                                                                               \
    "Account\nAccount class\nAccount>>deposit:\nAccount>>greeting\nAccount>>setOwner:\n"           \
    "Account>>+\nAccount class>>made\nAccount class>>owner:\n"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "");
    stage_add_image (&stage, "one");
    stage_add_image (&stage, "two");
    stage_serve (&stage);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (filing, .init = setup, .fini = teardown, .timeout = 120);

/* Writes a file in the place; its path, which the caller frees. */
static char *
file_with (const char *name, const char *text)
{
    char *path = stui_printf ("%s/%s", stage.place.directory, name);
    FILE *file = fopen (path, "w");
    cr_assert_not_null (file);
    cr_assert_geq (fputs (text, file), 0);
    cr_assert_eq (fclose (file), 0);
    return path;
}

/* What WORDS print, which the caller frees; they must exit with STATUS and say ERROR on stderr (NULL:
 * nothing). */
static char *
said (int status, const char *error, const char *const *words)
{
    struct run_result result = run_words (NULL, words);
    char *out = stui_strdup (result.out);
    cr_expect_eq (result.status, status, "status %d: %s%s", result.status, result.out, result.err);
    cr_expect (error ? strstr (result.err, error) != NULL : *result.err == '\0', "'%s', not '%s'",
               result.err, error ? error : "");
    run_result_fini (&result);
    return out;
}

static void
file_in (const char *image, const char *path, const char *definitions)
{
    char *out = said (0, NULL, (const char *const[]){"filein", image, path, NULL});
    cr_expect_str_eq (out, definitions);
    free (out);
}

static char *
file_out (const char *image)
{
    return said (0, NULL, (const char *const[]){"fileout", image, "Account", NULL});
}

/* What an evaluation prints. */
static char *
evaluated (const char *image)
{
    return said (0, NULL, (const char *const[]){"eval", image, "-e", USE, NULL});
}

/* There is no command for it on the command line. */
static void
remove_class (const struct image *image)
{
    struct wire_client *client = wire_claimed (image, WIRE_CLIENT_B);
    wire_expect (wire_client_call (client, "remove_class", wire_json ("{'class_name':'Account'}")),
                 "result.name", "Account");
    wire_client_destroy (&client);
}

Test (filing, a_class_that_is_filed_out_and_in_elsewhere_behaves_the_same)
{
    char *path = file_with ("Account.st", source);
    file_in ("one", path, AS_WRITTEN);
    char *there = evaluated ("one"), *first = file_out ("one");
    cr_expect_not_null (strstr (there, "'Hello Zo\xc3\xab!! It''s 12'"), "%s", there);
    cr_expect_not_null (strstr (there, "I keep money! And I don''''t lose it!!"), "%s", there);
    cr_expect_not_null (strstr (first, "I keep money!!"), "%s", first);
    free (said (1, "no!", (const char *const[]){"eval", "one", "-e", FAILS, NULL}));

    remove_class (&stage.images[0]);
    free (said (1, "Account", (const char *const[]){"eval", "one", "-e", "Account", NULL}));
    free (said (1, "there is no class Account",
                (const char *const[]){"fileout", "one", "Account", NULL}));

    char *way = file_with ("out.st", first);
    file_in ("two", way, AS_FILED_OUT);
    char *here = evaluated ("two"), *second = file_out ("two");
    cr_expect_str_eq (here, there);
    cr_expect_str_eq (second, first);
    free (said (1, "no!", (const char *const[]){"eval", "two", "-e", FAILS, NULL}));

    /* And back, where its name was once another class's. */
    file_in ("one", way, AS_FILED_OUT);
    char *again = evaluated ("one"), *third = file_out ("one");
    cr_expect_str_eq (again, there);
    cr_expect_str_eq (third, first);
    free (path);
    free (way);
    free (there);
    free (here);
    free (again);
    free (first);
    free (second);
    free (third);
}

/* Symptom: "Account>>deposit: (a String:3)". */
Test (filing, a_stack_names_the_line_of_a_method_that_was_filed_in)
{
    char *path = file_with ("Account.st", source);
    file_in ("one", path, AS_WRITTEN);
    struct run_result result = run_stui ("eval", "one", "-e", FAILS);
    cr_expect_eq (result.status, 1);
    cr_expect_not_null (strstr (result.err, "Account>>deposit: (line 3)"), "%s", result.err);
    cr_expect_null (strstr (result.err, "a String"), "%s", result.err);
    run_result_fini (&result);
    free (path);
}

/* Symptom: "Account>>broken:: ". */
Test (filing, an_error_in_the_file_says_its_line_and_the_rest_is_filed_in)
{
    static const char wrong[] = "Object subclass: #Account\n"
                                "\tinstanceVariableNames: 'balance'\n"
                                "\tclassVariableNames: ''\n"
                                "\tpoolDictionaries: ''\n"
                                "\tcategory: 'Bank'!\n"
                                "\n"
                                "!Account methodsFor: 'accessing'!\n"
                                "\n"
                                "broken: aNumber\n"
                                "\tbalance := 3.\n"
                                "\t^(4!\n"
                                "\n"
                                "balance\n"
                                "\t^balance! !\n";
    char *path = file_with ("wrong.st", wrong);
    char *error = stui_printf ("%s:11: Account>>broken: ", path);
    char *out = said (1, error, (const char *const[]){"filein", "one", path, NULL});
    cr_expect_str_eq (out, "Account\nAccount>>balance\n");
    stage_expect_eval ("one", "Account new balance", "nil");
    free (out);
    free (error);
    free (path);
}
