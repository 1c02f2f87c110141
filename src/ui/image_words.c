/* image_words.c: see image_words.h. Pure. */

#include "ui/image_words.h"

#include <stdio.h>

/* ---- lights: shape, colour and word --------------------------------------------------------- */

#define LIGHT_GOOD(word)                                                                           \
    {                                                                                              \
        "●", word, ROLE_ONLINE                                                                     \
    }
#define LIGHT_BAD(word)                                                                            \
    {                                                                                              \
        "✗", word, ROLE_OFFLINE                                                                    \
    }
#define LIGHT_PART(word)                                                                           \
    {                                                                                              \
        "◐", word, ROLE_SUSPECT                                                                    \
    }
#define LIGHT_UNKNOWN(word)                                                                        \
    {                                                                                              \
        "·", word, ROLE_DIM                                                                        \
    }

static const struct image_light network_lights[STUI_NETWORK_COUNT] = {
    [STUI_NETWORK_UNKNOWN] = LIGHT_UNKNOWN ("unknown"),
    [STUI_NETWORK_OK] = LIGHT_GOOD ("ok"),
    [STUI_NETWORK_NO_ROUTE] = LIGHT_BAD ("no route"),
    [STUI_NETWORK_NO_NAME] = LIGHT_BAD ("no name"),
};
static const struct image_light link_lights[STUI_LINK_COUNT] = {
    [STUI_LINK_DOWN] = LIGHT_BAD ("down"),
    [STUI_LINK_HANDSHAKING] = LIGHT_PART ("handshaking"),
    [STUI_LINK_UP] = LIGHT_GOOD ("up"),
};
static const struct image_light answer_lights[STUI_ANSWER_COUNT] = {
    [STUI_ANSWER_UNKNOWN] = LIGHT_UNKNOWN ("unknown"),
    [STUI_ANSWER_ANSWERS] = LIGHT_GOOD ("answers"),
    [STUI_ANSWER_SILENT] = LIGHT_BAD ("silent"),
};
static const struct image_light evaluator_lights[STUI_EVALUATOR_COUNT] = {
    [STUI_EVALUATOR_UNKNOWN] = LIGHT_UNKNOWN ("unknown"),
    [STUI_EVALUATOR_IDLE] = LIGHT_GOOD ("idle"),
    [STUI_EVALUATOR_BUSY] = LIGHT_PART ("busy"),
};

const struct image_light *
image_light (const struct model_image *image, enum image_light_id id)
{
    switch (id) {
    case IMAGE_LIGHT_NETWORK:
        return &network_lights[image->network];
    case IMAGE_LIGHT_LINK:
        return &link_lights[image->link];
    case IMAGE_LIGHT_ANSWER:
        return &answer_lights[image->answer];
    default:
        return &evaluator_lights[image->evaluator];
    }
}

/* ---- words ---------------------------------------------------------------------------------- */

void
image_latency_text (const struct model_image *image, char *text, size_t size)
{
    if (image->latency_ms < 0)
        text[0] = '\0';
    else
        snprintf (text, size, image->latency_ms < 10 ? "%.1f ms" : "%.0f ms", image->latency_ms);
}

void
image_busy_text (const struct model_image *image, struct ui_now now, char text[IMAGE_BUSY_SIZE])
{
    char age[AGE_SIZE];
    age_text (image->busy_since_ms > 0 ? now.wall_ms - image->busy_since_ms : 0, age);
    snprintf (text, IMAGE_BUSY_SIZE, age[0] ? "busy for %s" : "busy%s", age);
}

/* "try 4 in 3 s", or the phase of the attempt that is under way; empty when there is none. */
void
image_retry_text (const struct model_image *image, struct ui_now now, char *text, size_t size)
{
    bool resting = image->state == STUI_IMAGE_ONLINE || image->state == STUI_IMAGE_SUSPECT
                   || image->state == STUI_IMAGE_DISABLED || image->state == STUI_IMAGE_FAILED;
    text[0] = '\0';
    if (resting)
        return;
    if (image->retry_ms != STUI_NEVER && image->retry_ms > now.mono_ms)
        snprintf (text, size, "try %lld in %lld s", (long long) image->attempt + 1,
                  (long long) (image->retry_ms - now.mono_ms + 999) / 1000);
    else if (image->phase[0] && image->attempt > 0)
        snprintf (text, size, "try %lld, %s", (long long) image->attempt, image->phase);
}

/* What there is to say of an image in one line. */
enum role
image_note_text (const struct model_image *image, struct ui_now now, char text[IMAGE_NOTE_SIZE])
{
    char retry[80], busy[IMAGE_BUSY_SIZE];
    image_retry_text (image, now, retry, sizeof retry);
    if (image->other) {
        snprintf (text, IMAGE_NOTE_SIZE, "another route to %s", image->other);
        return ROLE_WARNING;
    }
    if (image->stuck) {
        snprintf (text, IMAGE_NOTE_SIZE, "its supervisor does not answer");
        return ROLE_ERROR;
    }
    if (image->cause && image->state != STUI_IMAGE_ONLINE) {
        snprintf (text, IMAGE_NOTE_SIZE, "%s%s%s", retry, retry[0] ? ": " : "", image->cause);
        return theme_image_role (image->state) == ROLE_FAILED ? ROLE_ERROR : ROLE_NORMAL;
    }
    if (image->evaluator == STUI_EVALUATOR_BUSY) {
        image_busy_text (image, now, busy);
        snprintf (text, IMAGE_NOTE_SIZE, "%s", busy);
        return ROLE_WARNING;
    }
    if (image->kin && !retry[0]) {
        snprintf (text, IMAGE_NOTE_SIZE, "%s", image->kin);
        return ROLE_WARNING;
    }
    snprintf (text, IMAGE_NOTE_SIZE, "%.*s", IMAGE_NOTE_SIZE - 1,
              retry[0]        ? retry
              : image->system ? image->system
                              : image->address);
    return ROLE_DIM;
}
