/* image_history.h: what `stui image show` says of an image's connections. */

#ifndef STUI_CLI_IMAGE_HISTORY_H
#define STUI_CLI_IMAGE_HISTORY_H

struct cli_options;
struct json;

/* HISTORY as image_history answers it: the sums, and the last few connections. */
void image_history_print (const struct cli_options *cli, const struct json *history);

#endif
