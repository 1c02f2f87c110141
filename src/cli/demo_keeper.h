/* demo_keeper.h: starts an image of the demo again when it has ended, as what runs images elsewhere does
 * (a service manager, a container): so that a visitor may kill one and see it come back. */

#ifndef STUI_CLI_DEMO_KEEPER_H
#define STUI_CLI_DEMO_KEEPER_H

#include "cli/demo_images.h"

struct demo_keeper;

/* Keeps IMAGES, which are its own until its end, in a thread of its own. NULL with CAUSE (SYSTEM). */
struct demo_keeper *demo_keeper_new (struct demo_images *images, struct stui_cause *cause);
/* No image is started any more; those that it started have ended. Accepts one that is NULL, and makes it that. */
void demo_keeper_destroy (struct demo_keeper **self_p);

#endif
