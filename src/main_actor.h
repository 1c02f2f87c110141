/* main_actor.h: the actor named "main": the first thread of an owner. It starts the others,
 * starts again what ends, turns signals into messages, and stops everything in order. */

#ifndef STUI_MAIN_ACTOR_H
#define STUI_MAIN_ACTOR_H

struct owner_options;

/* Owns the profile until told to stop; an enum stui_exit. Signals are blocked meanwhile. It does
 * not return but ends the process when an actor hangs. */
int main_actor_run (const struct owner_options *options);

#endif
