/* untagged.h: a session's context as it leaves its profile, or comes from another one. Pure but for the heap. */

#ifndef STUI_RUNTIME_UNTAGGED_H
#define STUI_RUNTIME_UNTAGGED_H

struct json;

/* CONTEXT with results without `asked_by`: a tag by which only the profile where they were asked for knows what
 * became of them. Caller owns. */
struct json *context_untagged (const struct json *context);

#endif
