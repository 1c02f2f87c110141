/* test_chaos_checker.c: the judge of chaos: what answers and counters have to say, and what it calls
 * lost, duplicated and crossed; and the times to recover. */

#include <criterion/criterion.h>
#include <stdio.h>

#include "chaos/checker.h"
#include "chaos/recovery.h"

static struct checker checker;

static void
setup (void)
{
    checker_init (&checker, 2);
}

static void
teardown (void)
{
    checker_fini (&checker);
}

TestSuite (chaos_checker, .init = setup, .fini = teardown);

/* An image's session, as it should be. */
struct image {
    int64_t count, sum;
};

static void
image_run (struct image *image, uint64_t number)
{
    image->count++;
    image->sum += (int64_t) number;
}

static void
say (size_t session, uint64_t number, const struct image *image)
{
    char text[80];
    snprintf (text, sizeof text, "'%llu %lld %lld'", (unsigned long long) number,
              (long long) image->count, (long long) image->sum);
    checker_answer (&checker, session, text);
}

static void
evaluate (size_t session, struct image *image)
{
    uint64_t number = checker_ask (&checker, session);
    image_run (image, number);
    say (session, number, image);
}

static void
expect (uint64_t lost, uint64_t duplicated, uint64_t crossed)
{
    checker_finish (&checker);
    cr_expect_eq (checker.lost, lost, "%llu lost", (unsigned long long) checker.lost);
    cr_expect_eq (checker.duplicated, duplicated, "%llu duplicated",
                  (unsigned long long) checker.duplicated);
    cr_expect_eq (checker.crossed, crossed, "%llu crossed", (unsigned long long) checker.crossed);
}

Test (chaos_checker, what_goes_well_is_nothing)
{
    struct image one = {0}, two = {0};
    for (int i = 0; i < 100; i++) {
        evaluate (0, &one);
        evaluate (1, &two);
    }
    expect (0, 0, 0);
    cr_expect_eq (checker.answered, 200);
}

Test (chaos_checker, an_evaluation_without_an_answer_is_lost)
{
    struct image image = {0};
    evaluate (0, &image);
    checker_ask (&checker, 0);
    expect (1, 0, 0);
}

Test (chaos_checker, one_that_was_refused_is_not_lost)
{
    struct image image = {0};
    evaluate (0, &image);
    checker_ask (&checker, 0);
    checker_refuse (&checker, 0, "NeverRun");
    evaluate (0, &image);
    expect (0, 0, 0);
}

Test (chaos_checker, one_that_was_refused_and_ran_is_seen)
{
    char said[CHECKER_FIRST_MAX];
    struct image image = {0};
    uint64_t refused = checker_ask (&checker, 0);
    image_run (&image, refused);
    checker_refuse (&checker, 0, "NeverRun");
    uint64_t number = checker_ask (&checker, 0);
    image_run (&image, number);
    say (0, number, &image);
    snprintf (
        said, sizeof said,
        "number %llu says that 2 ran, sum %llu; known were 0, sum 0; in doubt:; refused: %llu "
        "(NeverRun)",
        (unsigned long long) number, (unsigned long long) (refused + number),
        (unsigned long long) refused);
    cr_expect_str_eq (checker.first, said);
    expect (0, 1, 0);
}

Test (chaos_checker, one_in_doubt_may_have_run_or_not_or_later)
{
    struct image image = {0};
    image_run (&image, checker_ask (&checker, 0));
    checker_doubt (&checker, 0); /* it ran */
    evaluate (0, &image);
    uint64_t late = checker_ask (&checker, 0);
    checker_doubt (&checker, 0); /* it did not, yet */
    evaluate (0, &image);
    image_run (&image, late);
    evaluate (0, &image);
    expect (0, 0, 0);
    cr_expect_eq (checker.in_doubt, 2);
}

Test (chaos_checker, one_in_doubt_that_ran_twice_is_duplicated)
{
    struct image image = {0};
    uint64_t number = checker_ask (&checker, 0);
    image_run (&image, number);
    image_run (&image, number);
    checker_doubt (&checker, 0);
    evaluate (0, &image);
    expect (0, 1, 0);
}

Test (chaos_checker, two_runs_of_one_are_duplicated_once)
{
    struct image image = {0};
    evaluate (0, &image);
    uint64_t number = checker_ask (&checker, 0);
    image_run (&image, number);
    say (0, number, &image);
    image_run (&image, number); /* the second copy runs after the answer */
    evaluate (0, &image);
    evaluate (0, &image);
    expect (0, 1, 0);
}

Test (chaos_checker, swapped_answers_are_both_crossed)
{
    struct image one = {0}, two = {0};
    evaluate (0, &one);
    evaluate (1, &two);
    uint64_t first = checker_ask (&checker, 0), second = checker_ask (&checker, 1);
    image_run (&one, first);
    image_run (&two, second);
    say (0, second, &two);
    say (1, first, &one);
    evaluate (0, &one);
    evaluate (1, &two);
    expect (0, 0, 2);
}

Test (chaos_checker, what_ran_and_is_forgotten_is_lost)
{
    struct image image = {0};
    evaluate (0, &image);
    evaluate (0, &image);
    image = (struct image){0}; /* nobody ended the image */
    evaluate (0, &image);
    expect (2, 0, 0);
}

/* Symptom: an image that was killed long after it had saved itself went back further than the checker
 * remembered, and what it forgot was called lost. */
Test (chaos_checker, an_image_that_ended_counts_anew_or_from_where_it_was_saved)
{
    struct image image = {0}, saved;
    evaluate (0, &image);
    checker_note_end (&checker, 0);
    image = (struct image){0};
    evaluate (0, &image);
    checker_note_save (&checker, 0);
    evaluate (0, &image);
    saved = image;
    evaluate (0, &image);
    for (int life = 0; life < 3; life++) {
        checker_note_end (&checker, 0);
        image = saved;
        for (int i = 0; i < 200; i++)
            evaluate (0, &image);
    }
    expect (0, 0, 0);
}

/* It was saved with an evaluation that had run and was not answered. */
Test (chaos_checker, what_was_in_doubt_may_have_been_saved)
{
    struct image image = {0}, saved;
    evaluate (0, &image);
    checker_note_save (&checker, 0);
    image_run (&image, checker_ask (&checker, 0));
    saved = image;
    checker_doubt (&checker, 0);
    for (int life = 0; life < 3; life++) {
        checker_note_end (&checker, 0);
        image = saved;
        evaluate (0, &image);
        evaluate (0, &image);
    }
    expect (0, 0, 0);
}

/* Symptom: stui was killed when it had just asked for the first evaluation after an image's end; that ran,
 * and at the image's next end all that had run was called lost. */
Test (chaos_checker, what_was_in_doubt_may_have_run_before_the_first_answer_of_a_life)
{
    struct image image = {0};
    evaluate (0, &image);
    for (int life = 0; life < 3; life++) {
        checker_note_end (&checker, 0);
        image = (struct image){0};
        image_run (&image, checker_ask (&checker, 0));
        checker_doubt (&checker, 0);
        evaluate (0, &image);
        evaluate (0, &image);
    }
    checker_note_end (&checker, 0);
    image = (struct image){0};
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* Symptom: the answer to what was asked before the image ended came after that end was noted, and the
 * first one of the new life was called lost. */
Test (chaos_checker, an_answer_from_before_the_end_says_nothing_of_the_new_life)
{
    struct image image = {0};
    evaluate (0, &image);
    uint64_t number = checker_ask (&checker, 0);
    image_run (&image, number);
    checker_note_end (&checker, 0);
    say (0, number, &image);
    image = (struct image){0};
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* Symptom: a soak under load called all lost that had run in a life of an image, once that ended as well.
 * The first evaluation of that life had been asked before it, and the life was taken to begin behind it. */
Test (chaos_checker, what_was_asked_before_the_end_may_run_in_the_new_life)
{
    struct image image = {0}, saved;
    for (int i = 0; i < 73; i++)
        evaluate (0, &image);
    checker_note_save (&checker, 0);
    saved = image;
    checker_note_save_over (&checker, 0);
    checker_note_end (&checker, 0);
    image = saved;
    evaluate (0, &image);
    uint64_t number = checker_ask (&checker, 0);
    checker_note_end (&checker, 0);
    image = saved;
    image_run (&image, number); /* stui had it, and sent it only now */
    say (0, number, &image);
    for (int i = 0; i < 115; i++)
        evaluate (0, &image);
    checker_note_end (&checker, 0);
    image = saved;
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* Symptom: the same, of an image that was asked to save itself before a session had answered in its life:
 * that answer ended the time in which it may save itself. */
Test (chaos_checker, an_image_saves_itself_behind_the_first_answer_of_a_life)
{
    struct image image = {0}, saved;
    evaluate (0, &image);
    checker_note_end (&checker, 0);
    image = (struct image){0};
    checker_note_save (&checker, 0);
    for (int i = 0; i < 5; i++)
        evaluate (0, &image);
    saved = image;
    evaluate (0, &image);
    checker_note_save_over (&checker, 0);
    checker_note_end (&checker, 0);
    image = saved;
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* Symptom: the same, of an image that took so long to save itself that it was killed: stui still had the
 * request, and the next life did it. */
Test (chaos_checker, the_next_life_may_save_itself)
{
    struct image image = {0}, saved;
    evaluate (0, &image);
    checker_note_save (&checker, 0);
    checker_note_end (&checker, 0);
    image = (struct image){0};
    for (int i = 0; i < 5; i++)
        evaluate (0, &image);
    saved = image;
    evaluate (0, &image);
    checker_note_save_over (&checker, 0);
    for (int i = 0; i < 200; i++)
        evaluate (0, &image);
    checker_note_end (&checker, 0);
    image = saved;
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* Symptom: the same, of an image that was saved between one that was in doubt and the next answer. */
Test (chaos_checker, an_image_saves_itself_between_what_was_in_doubt_and_the_next)
{
    struct image image = {0}, saved;
    evaluate (0, &image);
    checker_note_save (&checker, 0);
    image_run (&image, checker_ask (&checker, 0));
    saved = image;
    checker_doubt (&checker, 0);
    evaluate (0, &image);
    checker_note_save_over (&checker, 0);
    checker_note_end (&checker, 0);
    image = saved;
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* What is accepted after an end is no more than what may be: where it began, and was saved. */
Test (chaos_checker, an_image_that_goes_back_to_where_it_was_not_saved_has_lost)
{
    struct image image = {0}, before;
    for (int i = 0; i < 10; i++)
        evaluate (0, &image);
    before = image;
    evaluate (0, &image);
    evaluate (0, &image);
    checker_note_save (&checker, 0);
    checker_note_save_over (&checker, 0);
    checker_note_end (&checker, 0);
    image = before;
    evaluate (0, &image);
    expect (2, 0, 0);
}

/* Symptom: what had been asked before an image ended, and ran in its next life, was taken for the end of the
 * old one; at the image's next end all that had run since was called lost. */
Test (chaos_checker, what_waited_while_its_image_ended_is_the_first_of_the_new_life)
{
    struct image image = {0};
    evaluate (0, &image);
    for (int life = 0; life < 3; life++) {
        uint64_t number = checker_ask (&checker, 0);
        checker_note_end (&checker, 0);
        image = (struct image){0};
        image_run (&image, number);
        say (0, number, &image);
        evaluate (0, &image);
        evaluate (0, &image);
    }
    checker_note_end (&checker, 0);
    image = (struct image){0};
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* Symptom: an image that cannot be saved was asked to be, when it had answered the first time after an end;
 * it was taken for saved, and what ran since was called lost at its next end. */
Test (chaos_checker, an_image_that_is_not_saved_begins_where_it_began)
{
    struct image image = {0};
    evaluate (0, &image);
    for (int life = 0; life < 6; life++) {
        uint64_t number = checker_ask (&checker, 0);
        for (int end = 0; end < 1 + life % 2; end++)
            checker_note_end (&checker, 0);
        image = (struct image){0};
        image_run (&image, number);
        say (0, number, &image);
        checker_note_save (&checker, 0);
        evaluate (0, &image);
        evaluate (0, &image);
    }
    checker_note_end (&checker, 0);
    image = (struct image){0};
    evaluate (0, &image);
    expect (0, 0, 0);
}

/* Symptom: an image answered what had waited while it ended, saved itself, and was called to have lost what
 * it had saved. */
Test (chaos_checker, an_image_that_saves_itself_after_its_first_answer_begins_there)
{
    struct image image = {0}, saved = {0};
    evaluate (0, &image);
    for (int life = 0; life < 6; life++) {
        uint64_t number = checker_ask (&checker, 0);
        for (int end = 0; end < 1 + life % 2; end++)
            checker_note_end (&checker, 0);
        image = saved;
        image_run (&image, number);
        say (0, number, &image);
        checker_note_save (&checker, 0);
        evaluate (0, &image);
        evaluate (0, &image);
        saved = image;
        evaluate (0, &image);
    }
    expect (0, 0, 0);
}

/* A life that begins where none can begin is one loss of what is missing, not one more at each end. */
Test (chaos_checker, a_life_that_begins_wrongly_is_blamed_once)
{
    struct image image = {0}, behind = {0};
    evaluate (0, &image);
    checker_note_save (&checker, 0);
    evaluate (0, &image);
    image_run (&behind, 1000);
    for (int life = 0; life < 3; life++) {
        checker_note_end (&checker, 0);
        image = behind;
        evaluate (0, &image);
        evaluate (0, &image);
    }
    expect (1, 0, 0);
}

Test (chaos_recovery, is_from_the_faults_end_to_the_next_answer_of_its_image)
{
    struct recovery recovery = {0};
    recovery_begin (&recovery, 0, "reset", 1000);
    recovery_begin (&recovery, 1, "reset", 1000);
    recovery_note_answer (&recovery, 0, 1100);
    recovery_note_answer (&recovery, 0, 1200);
    cr_expect_eq (recovery.count, 1);
    recovery_note_answer (&recovery, 1, 1500);
    recovery_begin (&recovery, 0, "reset", 2000);
    recovery_note_answer (&recovery, 0, 2010);
    cr_expect_eq (recovery.slowest.image, 1);
    cr_expect_eq (recovery.slowest_ms, 500);
    cr_expect_str_eq (recovery.slowest.what, "reset");
    cr_expect_eq (recovery_percentile (&recovery, 50), 100);
    cr_expect_eq (recovery_percentile (&recovery, 99), 500);
    cr_expect_eq (recovery_percentile (&recovery, 100), 500);
    recovery_fini (&recovery);
}
