/* image_capabilities.h: what an image says it can do, in groups that a person can read. Pure but for the
 * heap. */

#ifndef STUI_CLI_IMAGE_CAPABILITIES_H
#define STUI_CLI_IMAGE_CAPABILITIES_H

struct json;

/* The words of CAPABILITIES (an array) by what they are about: an object, group: array of words, the
 * groups in a fixed order, without those that are empty. Each word is in one. Caller owns. */
struct json *image_capabilities_group (const struct json *capabilities);

#endif
