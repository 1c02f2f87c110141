/* model_news.c: the last line's message, and the news that wait for it (model.h). */

#include "ui/model.h"

#include <stdio.h>
#include <string.h>

static void
message_show (struct model *self, struct ui_now now, enum role role, const char *text)
{
    snprintf (self->message, sizeof self->message, "%s", text);
    self->message_role = role;
    self->message_is_news = false;
    self->message_topic = MODEL_TOPIC_NONE;
    self->message_until_ms = text[0] ? now.mono_ms + MODEL_MESSAGE_MS : STUI_NEVER;
    self->message_read_ms = text[0] ? now.mono_ms + MODEL_READ_MS : now.mono_ms;
}

static void
news_remove (struct model *self, size_t index)
{
    self->news_count--;
    memmove (self->news + index, self->news + index + 1,
             (self->news_count - index) * sizeof *self->news);
}

static void
news_insert (struct model *self, size_t index, const struct model_news *news)
{
    if (self->news_count == MODEL_NEWS_MAX) {
        news_remove (self, 0);
        index -= index > 0;
    }
    memmove (self->news + index + 1, self->news + index,
             (self->news_count - index) * sizeof *self->news);
    self->news[index] = *news;
    self->news_count++;
}

static bool
news_waits (const struct model *self, const char *text)
{
    for (size_t index = 0; index < self->news_count; index++)
        if (strcmp (self->news[index].text, text) == 0)
            return true;
    return false;
}

void
model_say (struct model *self, struct ui_now now, enum role role, const char *text)
{
    bool again_later = self->message_is_news && now.mono_ms < self->message_read_ms;
    if (self->message[0] && again_later && self->news_count < MODEL_NEWS_MAX) {
        struct model_news again = {.topic = self->message_topic, .role = self->message_role};
        strcpy (again.text, self->message);
        news_insert (self, 0, &again);
    }
    message_show (self, now, role, text);
}

void
model_tell (struct model *self, struct ui_now now, enum role role, enum model_topic topic,
            const char *text)
{
    struct model_news news = {.topic = topic, .role = role};
    snprintf (news.text, sizeof news.text, "%s", text);
    if (topic != MODEL_TOPIC_NONE)
        model_recall (self, now, topic);
    if (self->message[0] && strcmp (self->message, text) == 0)
        self->message_until_ms = now.mono_ms + MODEL_MESSAGE_MS;
    else if (!news_waits (self, text))
        news_insert (self, self->news_count, &news);
    model_message_time (self, now);
}

void
model_recall (struct model *self, struct ui_now now, enum model_topic topic)
{
    for (size_t index = self->news_count; index-- > 0;)
        if (self->news[index].topic == topic)
            news_remove (self, index);
    if (self->message_is_news && self->message_topic == topic)
        message_show (self, now, ROLE_NORMAL, "");
    model_message_time (self, now);
}

bool
model_told_other (const struct model *self, enum model_topic topic, const char *text)
{
    bool stands = self->message[0] && self->message_is_news && self->message_topic == topic;
    if (stands && strcmp (self->message, text) != 0)
        return true;
    for (size_t index = 0; index < self->news_count; index++)
        if (self->news[index].topic == topic && strcmp (self->news[index].text, text) != 0)
            return true;
    return false;
}

void
model_message_time (struct model *self, struct ui_now now)
{
    bool gives_way = !self->message[0] || now.mono_ms >= self->message_read_ms;
    if (self->news_count > 0 && gives_way && !self->news_pause) {
        struct model_news next = self->news[0];
        news_remove (self, 0);
        message_show (self, now, next.role, next.text);
        self->message_is_news = true;
        self->message_topic = next.topic;
    }
    else if (self->message[0] && now.mono_ms >= self->message_until_ms)
        message_show (self, now, ROLE_NORMAL, "");
}

int64_t
model_message_deadline (const struct model *self)
{
    return self->news_count > 0 && !self->news_pause ? self->message_read_ms
                                                     : self->message_until_ms;
}
