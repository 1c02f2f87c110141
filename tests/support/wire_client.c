/* wire_client.c: A bare DEALER that speaks the protocol, for tests. See wire_client.h. */

#include "wire_client.h"

#include <czmq.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct wire_client {
    zsock_t *dealer; //  owned
    cJSON *kept;     //  owned: an array of messages that nobody asked for yet
};

static struct wire_client *
client_new (int port, const char *user, const char *password)
{
    zsys_handler_set (NULL);
    struct wire_client *self = calloc (1, sizeof *self);
    self->dealer = zsock_new (ZMQ_DEALER);
    self->kept = cJSON_CreateArray ();
    zsock_set_linger (self->dealer, 0);
    zsock_set_rcvtimeo (self->dealer, WIRE_WAIT_MS);
    zsock_set_sndtimeo (self->dealer, WIRE_WAIT_MS);
    if (user) {
        zsock_set_plain_username (self->dealer, user);
        zsock_set_plain_password (self->dealer, password);
    }
    zsock_connect (self->dealer, "tcp://127.0.0.1:%d", port);
    return self;
}

struct wire_client *
wire_client_new (int port)
{
    return client_new (port, NULL, NULL);
}

struct wire_client *
wire_client_new_plain (int port, const char *user, const char *password)
{
    return client_new (port, user, password);
}

void
wire_client_destroy (struct wire_client **self_p)
{
    struct wire_client *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    zsock_destroy (&self->dealer);
    cJSON_Delete (self->kept);
    free (self);
    *self_p = NULL;
}

void
wire_id_make (char id[WIRE_ID_SIZE])
{
    static unsigned long long last;
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    unsigned long long ms = (unsigned long long) now.tv_sec * 1000 + now.tv_nsec / 1000000;
    /* 48 bits of milliseconds and 12 that count within one: never the same, always rising. */
    unsigned long long stamp = ms << 12;
    if (stamp <= last)
        stamp = last + 1;
    last = stamp;
    snprintf (id, WIRE_ID_SIZE, "%08llx-%04llx-7%03llx-8%03x-%012llx",
              (stamp >> 28) & 0xffffffffULL, (stamp >> 12) & 0xffffULL, stamp & 0xfffULL,
              (unsigned) getpid () & 0xfffU, (unsigned long long) now.tv_nsec);
}

void
wire_client_send_bytes (struct wire_client *self, const void *bytes, size_t size)
{
    zmsg_t *message = zmsg_new ();
    zmsg_addmem (message, NULL, 0);
    zmsg_addmem (message, bytes, size);
    zmsg_send (&message, self->dealer);
    zmsg_destroy (&message);
}

void
wire_client_send_as (struct wire_client *self, const char *id, const char *command,
                     cJSON *parameters)
{
    cJSON *request = cJSON_CreateObject ();
    cJSON_AddStringToObject (request, "id", id);
    cJSON_AddStringToObject (request, "command", command);
    cJSON_AddItemToObject (request, "parameters", parameters ? parameters : cJSON_CreateObject ());
    char *text = cJSON_PrintUnformatted (request);
    wire_client_send_bytes (self, text, strlen (text));
    free (text);
    cJSON_Delete (request);
}

void
wire_client_send (struct wire_client *self, const char *command, cJSON *parameters, char *id)
{
    char made[WIRE_ID_SIZE];
    wire_id_make (made);
    if (id)
        memcpy (id, made, sizeof made);
    wire_client_send_as (self, made, command, parameters);
}

/* From the socket, passing by what is kept. */
static cJSON *
s_receive (struct wire_client *self)
{
    zmsg_t *message = zmsg_recv (self->dealer);
    if (!message)
        return NULL;
    zframe_t *body = zmsg_last (message);
    cJSON *json = cJSON_ParseWithLength ((const char *) zframe_data (body), zframe_size (body));
    zmsg_destroy (&message);
    return json;
}

cJSON *
wire_client_recv (struct wire_client *self)
{
    if (cJSON_GetArraySize (self->kept) > 0)
        return cJSON_DetachItemFromArray (self->kept, 0);
    return s_receive (self);
}

bool
wire_client_poll (struct wire_client *self, int timeout_ms)
{
    if (cJSON_GetArraySize (self->kept) > 0)
        return true;
    zmq_pollitem_t item = {zsock_resolve (self->dealer), 0, ZMQ_POLLIN, 0};
    return zmq_poll (&item, 1, timeout_ms) > 0;
}

/* The first message, kept or to come, whose member of that name has that value. */
static cJSON *
s_wait_for (struct wire_client *self, const char *member, const char *value)
{
    for (int i = 0; i < cJSON_GetArraySize (self->kept); i++)
        if (strcmp (wire_string (cJSON_GetArrayItem (self->kept, i), member), value) == 0)
            return cJSON_DetachItemFromArray (self->kept, i);
    int64_t deadline = zclock_mono () + WIRE_WAIT_MS;
    while (zclock_mono () < deadline) {
        cJSON *message = s_receive (self);
        if (!message || strcmp (wire_string (message, member), value) == 0)
            return message;
        cJSON_AddItemToArray (self->kept, message);
    }
    return NULL;
}

cJSON *
wire_client_answer (struct wire_client *self, const char *id)
{
    return s_wait_for (self, "id", id);
}

cJSON *
wire_client_event (struct wire_client *self, const char *name)
{
    return s_wait_for (self, "event", name);
}

cJSON *
wire_client_call (struct wire_client *self, const char *command, cJSON *parameters)
{
    char id[WIRE_ID_SIZE];
    wire_client_send (self, command, parameters, id);
    return wire_client_answer (self, id);
}

bool
wire_client_claim (struct wire_client *self, const char *client_id, int generation, int counter,
                   const char *token)
{
    cJSON *parameters = wire_json ("{'client_id':'%s','protocol':'1.1',"
                                   "'client_epoch':{'generation':%d,'counter':%d}}",
                                   client_id, generation, counter);
    if (token)
        cJSON_AddStringToObject (parameters, "token", token);
    cJSON *answer = wire_client_call (self, "hello", parameters);
    bool accepted = strcmp (wire_string (answer, "status"), "success") == 0;
    cJSON_Delete (answer);
    return accepted;
}

cJSON *
wire_client_evaluate (struct wire_client *self, const char *session_id, const char *code)
{
    cJSON *parameters = wire_json ("{'mode':'printIt'}");
    cJSON_AddStringToObject (parameters, "code", code);
    if (session_id)
        cJSON_AddStringToObject (parameters, "session_id", session_id);
    return wire_client_call (self, "evaluate", parameters);
}

cJSON *
wire_json (const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start (args, format);
    int size = vasprintf (&text, format, args);
    va_end (args);
    if (size < 0)
        return NULL;
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    cJSON *json = cJSON_Parse (text);
    free (text);
    return json;
}

const cJSON *
wire_item (const cJSON *message, const char *path)
{
    char part[64];
    while (message && *path) {
        size_t size = strcspn (path, ".");
        if (size >= sizeof part)
            return NULL;
        memcpy (part, path, size);
        part[size] = 0;
        message = cJSON_GetObjectItemCaseSensitive (message, part);
        path += size + (path[size] == '.');
    }
    return message;
}

const char *
wire_string (const cJSON *message, const char *path)
{
    const char *value = cJSON_GetStringValue (wire_item (message, path));
    return value ? value : "";
}

double
wire_number (const cJSON *message, const char *path)
{
    const cJSON *item = wire_item (message, path);
    return cJSON_IsNumber (item) ? item->valuedouble : -1;
}
