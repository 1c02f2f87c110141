/* image_words.h: what the terminal says of an image: its four lights, latency, what is tried next, one
 * line of remarks; the same in the list and in the details. Pure. */

#ifndef STUI_UI_IMAGE_WORDS_H
#define STUI_UI_IMAGE_WORDS_H

#include "ui/model.h"

enum { IMAGE_NOTE_SIZE = 400, IMAGE_BUSY_SIZE = AGE_SIZE + 16 };

/* Shape, word and colour. */
struct image_light {
    const char *symbol, *word;
    enum role role;
};

enum image_light_id {
    IMAGE_LIGHT_NETWORK,
    IMAGE_LIGHT_LINK,
    IMAGE_LIGHT_ANSWER,
    IMAGE_LIGHT_EVALUATOR
};

/* Static. */
const struct image_light *image_light (const struct model_image *image, enum image_light_id id);

/* "0.4 ms"; empty when it is unknown. */
void image_latency_text (const struct model_image *image, char *text, size_t size);
/* "busy for 5 min" */
void image_busy_text (const struct model_image *image, struct ui_now now,
                      char text[IMAGE_BUSY_SIZE]);
/* "try 4 in 3 s", or the phase of the attempt that is under way; empty when there is none. */
void image_retry_text (const struct model_image *image, struct ui_now now, char *text, size_t size);
/* What there is to say of an image in one line, and how it is shown. */
enum role image_note_text (const struct model_image *image, struct ui_now now,
                           char text[IMAGE_NOTE_SIZE]);

#endif
