/* test_chaos_repeat.c: the same seed gives the same faults at the same virtual moments, in two runs that
 * really happen; what differs is when the machine came to carrying them out. Several scenarios in turn. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/run.h"

enum { LOG_BYTES_MAX = 1024 * 1024 };

static struct run_place place;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_place_close (&place);
}

TestSuite (chaos_repeat, .init = setup, .fini = teardown, .timeout = 300);

/* The faults of a run with SEED, without the last column; caller frees. */
static char *
faults_of (const char *seed)
{
    char *path = stui_printf ("%s/faults-%s", place.directory, seed);
    struct run_result result =
        run_stui ("chaos", "kill-stui", "rolling-restart", "--sim", "4", "--seconds", "2", "--seed",
                  seed, "--faults", path, "--json");
    cr_assert_eq (result.status, 0, "%s%s", result.out, result.err);
    char *text = path_read (path, LOG_BYTES_MAX, NULL), *to = text;
    cr_assert (text);
    for (const char *line = text, *end; (end = strchr (line, '\n')) != NULL; line = end + 1) {
        const char *last = end;
        while (last > line && *last != '\t')
            last--;
        memmove (to, line, (size_t) (last - line));
        to += last - line;
        *to++ = '\n';
    }
    *to = '\0';
    run_result_fini (&result);
    free (path);
    return text;
}

Test (chaos_repeat, the_same_seed_gives_the_same_faults_at_the_same_moments_in_two_runs)
{
    char *one = faults_of ("42"), *again = faults_of ("42"), *other = faults_of ("43");
    cr_expect_str_eq (one, again);
    cr_expect_str_neq (one, other);
    cr_expect (strstr (one, "\tkill-stui\t-\t0\t-\n"), "%s", one);
    cr_expect (strstr (one, "\treset\tboth\t0\tsim-"), "%s", one);
    free (one);
    free (again);
    free (other);
}

Test (chaos_repeat, a_file_that_cannot_be_written_gets_a_sentence)
{
    struct run_result result = run_stui ("chaos", "kill-stui", "--faults", "/proc/none/faults");
    cr_expect_eq (result.status, 2);
    cr_expect (strstr (result.err, "'/proc/none/faults' cannot be written"), "%s", result.err);
    run_result_fini (&result);
}
