/* smalltalk.h: where GNU Smalltalk and the launcher of its images lie. Reads the environment and
 * the file system. */

#ifndef STUI_CLI_SMALLTALK_H
#define STUI_CLI_SMALLTALK_H

#include <stui/types.h>

/* The program gst: $STUI_GST, else on PATH, else gst/gst or ../lib/stui/gst-vm/gst beside the
 * executable. NULL when there is none that can be run. Caller frees. */
char *smalltalk_find_gst (void);

/* The launcher stui-image: $STUI_IMAGE, else ../smalltalk/gst or ../lib/stui/gst beside the
 * executable. NULL when there is none that can be run. Caller frees. */
char *smalltalk_find_launcher (void);

/* The version that GST names ("3.2.5"), or NULL when it cannot be run. Caller frees. */
char *smalltalk_version (const char *gst);

#endif
