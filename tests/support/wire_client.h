/* wire_client.h: the bare protocol for tests: one DEALER, JSON in and out, no stui.
 *
 * Answers and events may be taken in any order: what is not the one that is waited for is
 * kept and found later. Every wait ends after WIRE_WAIT_MS, which only a failure reaches. */

#ifndef TEST_SUPPORT_WIRE_CLIENT_H
#define TEST_SUPPORT_WIRE_CLIENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define WIRE_WAIT_MS 120000
#define WIRE_ID_SIZE 37

struct wire_client;

/* Connects to tcp://127.0.0.1:PORT. Never NULL. */
struct wire_client *wire_client_new (int port);

/* The same with ZMTP's PLAIN mechanism. */
struct wire_client *wire_client_new_plain (int port, const char *user, const char *password);

/* Closes the socket at once (no linger: what was not sent is lost). Accepts NULL. */
void wire_client_destroy (struct wire_client **self_p);

/* A UUIDv7, rising from call to call. */
void wire_id_make (char id[WIRE_ID_SIZE]);

/* Sends a request. parameters is taken over (NULL: none). id: its id is put there, or NULL. */
void wire_client_send (struct wire_client *self, const char *command, cJSON *parameters, char *id);

/* The same with an id of the caller's. */
void wire_client_send_as (struct wire_client *self, const char *id, const char *command,
                          cJSON *parameters);

/* Sends these bytes as the body of a message. */
void wire_client_send_bytes (struct wire_client *self, const void *bytes, size_t size);

/* The next message of any kind; the caller frees it. NULL: none came. */
cJSON *wire_client_recv (struct wire_client *self);

/* True when a message can be received without waiting, after at most so long. */
bool wire_client_poll (struct wire_client *self, int timeout_ms);

/* The answer to the request with that id; the caller frees it. NULL: none came. */
cJSON *wire_client_answer (struct wire_client *self, const char *id);

/* The next event with that name; the caller frees it. NULL: none came. */
cJSON *wire_client_event (struct wire_client *self, const char *name);

/* Sends and waits for the answer. */
cJSON *wire_client_call (struct wire_client *self, const char *command, cJSON *parameters);

/* hello with an epoch; token may be NULL. True when it was accepted. */
bool wire_client_claim (struct wire_client *self, const char *client_id, int generation,
                        int counter, const char *token);

/* evaluate with printIt; session_id may be NULL. */
cJSON *wire_client_evaluate (struct wire_client *self, const char *session_id, const char *code);

/* Parameters from text with single quotes instead of double ones, for readable tests. */
cJSON *wire_json (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* A string member at a dotted path ("result.state"), borrowed; "" when there is none. */
const char *wire_string (const cJSON *message, const char *path);

/* A number at a dotted path; -1 when there is none. */
double wire_number (const cJSON *message, const char *path);

/* The item at a dotted path, borrowed; NULL when there is none. */
const cJSON *wire_item (const cJSON *message, const char *path);

#endif
