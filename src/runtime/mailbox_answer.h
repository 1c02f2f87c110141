/* mailbox_answer.h: between actor.c and mailbox.c. */

#ifndef STUI_RUNTIME_MAILBOX_ANSWER_H
#define STUI_RUNTIME_MAILBOX_ANSWER_H

#include <stui/actor.h>

/* As mailbox_send of msg_ok (REQUEST, RESULT), at a DEALER, without making that message first: the
 * result may be of megabytes, and there may be as many answers as saves. */
int mailbox_answer (zsock_t *sock, const struct msg *request, const char *result);

#endif
