/* owner_client.h: a client of the owner's control socket, for tests that ask much or badly: many
 * requests open on one connection, answers as they come, and one that does not read at all. */

#ifndef TESTS_SUPPORT_OWNER_CLIENT_H
#define TESTS_SUPPORT_OWNER_CLIENT_H

#include <stui/msg.h>

#include "runtime/attach.h"

struct owner_client {
    int fd; /* owned; -1: closed */
    struct attach attach;
};

/* Attaches to the owner of the profile "default", which must be there. */
void owner_client_open (struct owner_client *self);
/* Accepts a zeroed one. */
void owner_client_close (struct owner_client *self);

/* Sends REQUEST and takes it over; the ref under which it will be answered. */
uint64_t owner_client_send (struct owner_client *self, struct msg *request);
/* The same, as far as the socket takes it: false when it takes nothing now. What was not written
 * stays to be written first. */
bool owner_client_try (struct owner_client *self, struct msg *request);

/* The next answer to any request; the caller owns it. Fails the test when none comes in RUN_GUARD_MS. */
struct msg *owner_client_next (struct owner_client *self);
/* Sends REQUEST, passes over other answers, and returns its result, which must be no error; the
 * caller owns it. */
struct json *owner_client_ask (struct owner_client *self, struct msg *request);

/* Waits until the owner has closed the connection; what comes until then is read and forgotten. */
void owner_client_await_end (struct owner_client *self);

/* An evaluation in the image NAME. */
struct msg *owner_client_evaluation (const char *name, const char *code);

#endif
