/* image_filter.h: which images a filter leaves. A filter is words with blanks between, all of which
 * must fit:
 *
 *     TEXT          somewhere in name, address, state, tags, cause or system
 *     ~TEXT         its letters in this order in the name, whatever is between
 *     tag:TAG       has that tag
 *     state:WORD    is in a state that begins so
 *     name:TEXT     in the name alone; address:TEXT likewise
 *     !WORD         any of these, turned round
 *
 * Upper and lower case are the same. Pure. */

#ifndef STUI_UI_IMAGE_FILTER_H
#define STUI_UI_IMAGE_FILTER_H

#include <stdbool.h>

struct model_image;

bool image_filter_fits (const struct model_image *image, const char *filter);

#endif
