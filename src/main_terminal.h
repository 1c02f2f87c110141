/* main_terminal.h: the actor named "main" of a terminal process: its first thread. It starts relay
 * and ui, turns signals into messages, and ends when ui has. */

#ifndef STUI_MAIN_TERMINAL_H
#define STUI_MAIN_TERMINAL_H

struct terminal_options;

/* Runs the terminal on stdin until its user quits; an enum stui_exit. Signals are blocked meanwhile.
 * It does not return but ends the process, its terminal given back, when ui hangs. */
int main_terminal_run (const struct terminal_options *options);

#endif
