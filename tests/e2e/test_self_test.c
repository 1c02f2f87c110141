/* test_self_test.c: the image's own test, `stui-image --self-test`: it passes on GNU Smalltalk, it
 * has a check of every method of the adapter, and it names the method that is wrong, whatever the
 * method does. Methods are made wrong by a file that is loaded first. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/alloc.h"
#include "support/image.h"
#include "support/scratch.h"
#include "support/wire_expect.h"

static char place[SCRATCH_SIZE];
static char text[8192]; /* what the last run said */

static void
setup (void)
{
    scratch_open (place);
}

static void
teardown (void)
{
    scratch_close (place);
}

TestSuite (self_test, .init = setup, .fini = teardown, .timeout = 480);

/* A self-test of an image in which the METHOD of CLASS_NAME is this; its exit status. */
static int
status_with (const char *class_name, const char *method)
{
    char *path = stui_printf ("%s/wrong.st", place);
    FILE *file = fopen (path, "w");
    cr_assert_not_null (file);
    fprintf (file, "!%s methodsFor: 'test'!\n%s! !\n", class_name, method);
    cr_assert_eq (fclose (file), 0);
    int status = image_launcher_status ((const char *const[]){"--self-test", "--load", path, NULL},
                                        text, sizeof text);
    free (path);
    return status;
}

/* That the self-test fails and that what it says of METHOD is this. */
static void
expect_named (const char *class_name, const char *source, const char *said)
{
    int status = status_with (class_name, source);
    cr_expect_eq (status, 1, "status %d with %s:\n%s", status, source, text);
    cr_expect_not_null (strstr (text, said), "'%s' is not said with %s:\n%s", said, source, text);
    cr_expect_not_null (strstr (text, "self-test failed: "), "%s", text);
    cr_expect_null (strstr (text, "self-test passed"), "%s", text);
}

Test (self_test, it_passes_on_a_real_image_and_says_how_much_was_checked)
{
    int status =
        image_launcher_status ((const char *const[]){"--self-test", NULL}, text, sizeof text);
    int checks = 0, methods = 0, rules = 0;
    cr_assert_eq (status, 0, "status %d: %s", status, text);
    const char *verdict = strstr (text, "self-test passed: ");
    cr_assert_not_null (verdict, "%s", text);
    cr_assert_eq (sscanf (verdict,
                          "self-test passed: %d checks of the adapter's %d methods, %d checks of "
                          "the protocol",
                          &checks, &methods, &rules),
                  3, "%s", text);
    cr_expect_geq (methods, 80);
    cr_expect_geq (checks, methods);
    cr_expect_geq (rules, 80);
    cr_expect_not_null (strstr (verdict, "3.2.5"), "%s", text);
}

Test (self_test, a_method_of_the_adapter_that_has_no_check_is_named)
{
    expect_named ("StuiAdapter", "moonPhase\n\t^nil",
                  "no check covers the method moonPhase of the adapter");
}

/* Each of another kind: no answer, a wrong one, an exception, an effect that does not happen. */
Test (self_test, a_wrong_method_of_the_adapter_is_named)
{
    static const struct {
        const char *source, *said;
    } wrong[] = {
        {"newUuid\n\t^'12345678-1234-4234-8234-123456789abc'", "not so that newUuid answers"},
        {"sleepMilliseconds: anInteger\n\t^nil", "not so that sleepMilliseconds: lets other"},
        {"hostName\n\t^nil foo", "not so that hostName answers a string (MessageNotUnderstood"},
        {"prefixOf: aString bytes: anInteger\n\t^aString copyFrom: 1 to: (aString size min: "
         "anInteger)",
         "not so that prefixOf:bytes: answers whole characters"},
        {"atomically: aBlock\n\t^aBlock value", "not so that atomically: lets nothing run"},
        {"terminate: aProcess\n\taProcess primTerminate", "not so that terminate: ends a process"},
        {"accept: aListener\n\t^nil", "not so that accept: answers the socket"},
        {"run: code in: aScope\n\t^code", "not so that run:in: answers the value"},
        {"temporariesOf: aFrame\n\t^#()", "not so that temporariesOf: answers"},
        {"removeClass: aClass\n\t^self", "not so that removeClass: removes the class"},
        {"saveImage\n\t^'nowhere'", "not so that installHooksFor: tells the server"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_named ("StuiGstAdapter", wrong[i].source, wrong[i].said);
}

Test (self_test, a_method_that_never_comes_back_is_named)
{
    expect_named ("StuiGstAdapter",
                  "waitWritable: aSocket\n\tSemaphore new wait! !\n\n"
                  "!StuiGstLauncher class methodsFor: 'test'!\nselfTestSeconds\n\t^5",
                  "the check of waitWritable: came to no end");
}

Test (self_test, a_rule_that_the_server_breaks_is_named)
{
    expect_named ("StuiServer", "closeSession: aRequest\n\taRequest succeed: StuiJsonObject new",
                  "not so that close_session closes a session");
}

/* The file is what the user has saved. */
Test (self_test, a_saved_image_is_tried_and_its_file_stays_as_it_is)
{
    struct image image;
    struct stat before, after;
    char *path = stui_printf ("%s/saved.im", place);
    cr_assert_eq (
        image_start (&image, "saved", NULL, 0, (const char *const[]){"--image", path, NULL}), 0);
    struct wire_client *client = wire_claimed (&image, WIRE_CLIENT_A);
    wire_expect (wire_client_call (client, "snapshot", NULL), "status", "success");
    wire_client_destroy (&client);
    image_stop (&image);
    cr_assert_eq (stat (path, &before), 0);
    int status = image_launcher_status ((const char *const[]){"--self-test", "--image", path, NULL},
                                        text, sizeof text);
    cr_expect_eq (status, 0, "status %d: %s", status, text);
    cr_expect_not_null (strstr (text, "self-test passed: "), "%s", text);
    cr_assert_eq (stat (path, &after), 0);
    cr_expect_eq (after.st_ino, before.st_ino);
    cr_expect_eq (after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    free (path);
}
