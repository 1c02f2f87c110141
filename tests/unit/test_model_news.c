/* test_model_news.c: what is said in the last line, and the news that wait for it. */

#include <criterion/criterion.h>
#include <stdio.h>

#include "ui/model.h"

static struct model model;

static void
setup (void)
{
    model_init (&model);
}

static void
teardown (void)
{
    model_fini (&model);
}

TestSuite (model_news, .init = setup, .fini = teardown);

static void
expect_message (int64_t ms, const char *text)
{
    struct ui_now now = {.mono_ms = ms};
    model_message_time (&model, now);
    cr_assert_str_eq (model.message, text, "at %lld ms: '%s'", (long long) ms, model.message);
}

/* Symptom: what came by itself, that code is held for an image that is back, was replaced in the same moment by the next
 * that did, and nobody could read it. */
Test (model_news, news_wait_until_those_before_them_could_be_read)
{
    struct ui_now now = {.mono_ms = 0};
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, "first");
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, "second");
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, "second");
    expect_message (0, "first");
    cr_assert_eq (model_message_deadline (&model), MODEL_READ_MS);
    expect_message (MODEL_READ_MS - 1, "first");
    expect_message (MODEL_READ_MS, "second");
    cr_assert_eq (model_message_deadline (&model), MODEL_READ_MS + MODEL_MESSAGE_MS);
    expect_message (MODEL_READ_MS + MODEL_MESSAGE_MS - 1, "second");
    expect_message (MODEL_READ_MS + MODEL_MESSAGE_MS, "");
    cr_assert_eq (model_message_deadline (&model), STUI_NEVER);
}

Test (model_news, an_answer_to_a_key_goes_before_news_which_come_again)
{
    struct ui_now now = {.mono_ms = 0};
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, "news");
    now.mono_ms = 100;
    model_say (&model, now, ROLE_NORMAL, "answer");
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, "more");
    expect_message (100, "answer");
    expect_message (100 + MODEL_READ_MS, "news");
    expect_message (100 + 2 * MODEL_READ_MS, "more");
    now.mono_ms = 100 + 3 * MODEL_READ_MS; /* this one was there for long enough */
    model_say (&model, now, ROLE_NORMAL, "answer");
    expect_message (now.mono_ms + MODEL_MESSAGE_MS, "");
}

Test (model_news, news_wait_for_a_question_to_be_answered)
{
    struct ui_now now = {.mono_ms = 0};
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, "news");
    model_say (&model, now, ROLE_NORMAL, "");
    model.news_pause = true;
    expect_message (60000, "");
    cr_assert_eq (model_message_deadline (&model), STUI_NEVER);
    model.news_pause = false;
    cr_assert_leq (model_message_deadline (&model), 60000);
    expect_message (60000, "news");
}

Test (model_news, of_too_many_news_the_oldest_go)
{
    struct ui_now now = {.mono_ms = 0};
    char text[16] = "";
    model_say (&model, now, ROLE_NORMAL, "answer");
    for (int number = 0; number < 2 * MODEL_NEWS_MAX; number++) {
        snprintf (text, sizeof text, "news %d", number);
        model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, text);
    }
    cr_assert_eq (model.news_count, MODEL_NEWS_MAX);
    cr_assert_str_eq (model.news[MODEL_NEWS_MAX - 1].text, text);
    cr_assert_str_eq (model.news[0].text, "news 8");
}

Test (model_news, what_is_not_so_any_more_is_recalled)
{
    struct ui_now now = {.mono_ms = 0};
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_HELD, "one is held");
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_NONE, "other");
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_HELD, "two are held");
    expect_message (0, "other");
    cr_assert (model_told_other (&model, MODEL_TOPIC_HELD, "one is held"));
    cr_assert_not (model_told_other (&model, MODEL_TOPIC_HELD, "two are held"));
    model_recall (&model, now, MODEL_TOPIC_HELD);
    cr_assert_not (model_told_other (&model, MODEL_TOPIC_HELD, "one is held"));
    expect_message (MODEL_READ_MS, "other");
    cr_assert_eq (model.news_count, 0);
    model_tell (&model, now, ROLE_WARNING, MODEL_TOPIC_HELD, "one is held");
    now.mono_ms = MODEL_READ_MS;
    model_message_time (&model, now);
    cr_assert_str_eq (model.message, "one is held");
    model_recall (&model, now, MODEL_TOPIC_HELD);
    cr_assert_str_eq (model.message, "");
}
