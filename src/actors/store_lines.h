/* store_lines.h: who saved each session last in this run, and what: so that nobody saves over a state
 * that he has never read. Two supervisors can have read one session, where their images turn out to be
 * one; and one that was given up may go on. A function of its arguments but for the heap.
 *
 * A save names the mark of the context that it builds on, and of its own (session_context_mark). It may
 * go on when that one is the newest, when it brings the same context anew (then nothing of the user's is
 * lost but what is written down beside it), or when its writer is who saved last. What nobody saved in
 * this run everybody has read as it lies in the database. */

#ifndef STUI_ACTORS_STORE_LINES_H
#define STUI_ACTORS_STORE_LINES_H

#include <stdbool.h>

#include <czmq.h>

struct json;

zhashx_t *store_lines_new (void);

/* WRITER (an actor's id) saves the session of SUBJECT; ABOUT: {base, state}, texts. Whether it may; then
 * it is who saved last. */
bool store_lines_take (zhashx_t *self, const char *subject, const char *writer,
                       const struct json *about);

/* It was moved by the store itself: whoever saves it next has read it since, or has it alone. */
void store_lines_forget (zhashx_t *self, const char *subject);

#endif
