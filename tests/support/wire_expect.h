/* wire_expect.h: what tests on the bare protocol say again and again: expectations on one message,
 * which they free, and the few calls with which every test of a session begins. */

#ifndef TEST_SUPPORT_WIRE_EXPECT_H
#define TEST_SUPPORT_WIRE_EXPECT_H

#include "support/wire_client.h"

struct image;

/* Two clients that are not the same. */
#define WIRE_CLIENT_A "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
#define WIRE_CLIENT_B "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"

/* One string of a message; frees the message. */
void wire_expect (cJSON *message, const char *path, const char *value);
/* An error of that type, with a text; frees the message. */
void wire_expect_error (cJSON *message, const char *type);

/* A client that has claimed the image, or the test fails. Caller owns. */
struct wire_client *wire_claimed (const struct image *image, const char *client_id);
/* A new session of that client. */
void wire_create_session (struct wire_client *client, char id[WIRE_ID_SIZE]);
/* evaluate with these members beside code and session; MORE is taken over, or NULL. */
cJSON *wire_evaluate_with (struct wire_client *client, const char *session_id, const char *code,
                           cJSON *more);
/* Code whose result does not matter, but must be there. */
void wire_do (struct wire_client *client, const char *session_id, const char *code);
/* The longest of so many pings, in ms; each must be answered. */
long wire_ping_longest_ms (struct wire_client *client, int count);

/* Milliseconds that never go back. */
long wire_now_ms (void);

#endif
