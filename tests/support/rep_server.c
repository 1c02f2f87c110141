/* rep_server.c: see rep_server.h. The server's process owns the REP and its sessions, and ends with
 * the test's. Two pipes: commands received go out, one a line; the words "pause COMMAND",
 * "answer COMMAND RESULT" and "continue" come in, each acknowledged by a line that begins with '+'. */

#include "support/rep_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <zmq.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

enum { LINE_SIZE = 128, WORD_SIZE = 4096, SESSIONS_MAX = 64, ANSWERS_MAX = 8, GUARD_MS = 60000 };

/* ---- The server, in its process ------------------------------------------------------------- */

struct session {
    char id[16];
    char client[64];
    struct json *state; /* owned */
    bool open;
    int changes; /* each is a second later, so that last_modified rises */
};

/* What the test says is answered. */
struct answer {
    char command[64];
    struct json *result; /* owned */
};

struct server {
    void *rep; /* owned */
    int told, words;
    struct session sessions[SESSIONS_MAX];
    int count;
    struct answer answers[ANSWERS_MAX];
    int answer_count;
    char pause_at[LINE_SIZE];
};

static struct session *
session_of (struct server *self, const struct json *parameters)
{
    const char *id = json_get_text (parameters, "session_id");
    for (int index = 0; id && index < self->count; index++)
        if (self->sessions[index].open && strcmp (self->sessions[index].id, id) == 0)
            return &self->sessions[index];
    return NULL;
}

static struct json *
session_json (const struct session *session)
{
    char stamp[CLOCK_TEXT_SIZE];
    struct json *json = json_object ();
    json_set_text (json, "session_id", session->id);
    json_set_text (json, "client_id", session->client);
    json_set_text (json, "created_at", clock_format (0, stamp));
    json_set_text (json, "last_modified", clock_format (session->changes * 1000, stamp));
    json_set_number (json, "timeout", 3600);
    json_set_bool (json, "is_active", true);
    json_set (json, "session_state", json_copy (session->state));
    return json;
}

static void
session_set (struct session *session, const struct json *state)
{
    json_destroy (&session->state);
    session->state = json_is_object (state) ? json_copy (state) : json_object ();
    session->changes++;
}

/* Each command answers its result, or NULL for an error whose sentence is then in *ERROR. */
typedef struct json *command_fn (struct server *self, const struct json *parameters,
                                 const char **error);

static struct json *
create_session (struct server *self, const struct json *parameters, const char **error)
{
    const char *client = json_get_text (parameters, "client_id");
    if (!client || self->count == SESSIONS_MAX) {
        *error = "no client_id, or too many sessions";
        return NULL;
    }
    struct session *session = &self->sessions[self->count++];
    snprintf (session->id, sizeof session->id, "rep-%d", self->count);
    snprintf (session->client, sizeof session->client, "%s", client);
    session->open = true;
    session_set (session, json_get (parameters, "state_data"));
    return session_json (session);
}

static struct json *
restore_session (struct server *self, const struct json *parameters, const char **error)
{
    struct session *session = session_of (self, parameters);
    *error = "SessionNotFound";
    return session ? session_json (session) : NULL;
}

static struct json *
get_session_info (struct server *self, const struct json *parameters, const char **error)
{
    struct json *result = restore_session (self, parameters, error);
    if (result) {
        json_set_number (result, "time_until_expiry", 3600);
        json_set_bool (result, "is_expired", false);
    }
    return result;
}

static struct json *
update_session_state (struct server *self, const struct json *parameters, const char **error)
{
    struct session *session = session_of (self, parameters);
    *error = "SessionNotFound";
    if (!session)
        return NULL;
    session_set (session, json_get (parameters, "state_data"));
    struct json *result = session_json (session);
    json_set_bool (result, "update_successful", true);
    return result;
}

static struct json *
close_session (struct server *self, const struct json *parameters, const char **error)
{
    struct session *session = session_of (self, parameters);
    *error = "SessionNotFound";
    if (!session)
        return NULL;
    session->open = false;
    struct json *result = json_object ();
    json_set_text (result, "session_id", session->id);
    json_set_bool (result, "closed", true);
    return result;
}

static struct json *
list_client_sessions (struct server *self, const struct json *parameters, const char **error)
{
    const char *client = json_get_text (parameters, "client_id");
    struct json *list = json_array (), *result = json_object ();
    (void) error;
    for (int index = 0; client && index < self->count; index++)
        if (self->sessions[index].open && strcmp (self->sessions[index].client, client) == 0)
            json_push (list, session_json (&self->sessions[index]));
    json_set_text (result, "client_id", client);
    json_set_number (result, "session_count", (int64_t) json_count (list));
    json_set (result, "sessions", list);
    return result;
}

static struct json *
get_session_statistics (struct server *self, const struct json *parameters, const char **error)
{
    (void) parameters, (void) error;
    struct json *result = json_object ();
    json_set_number (result, "total_sessions", self->count);
    json_set_number (result, "active_clients", self->count > 0);
    json_set_number (result, "max_sessions_per_client", 5);
    json_set_number (result, "default_timeout", 3600);
    json_set_number (result, "cleanup_interval", 300);
    return result;
}

static const struct {
    const char *word;
    command_fn *run;
} commands[] = {
    {"create_session", create_session},
    {"restore_session", restore_session},
    {"update_session_state", update_session_state},
    {"close_session", close_session},
    {"get_session_info", get_session_info},
    {"list_client_sessions", list_client_sessions},
    {"get_session_statistics", get_session_statistics},
};

/* What the test said that WORD is answered with; NULL: nothing. */
static struct json *
server_answer_given (struct server *self, const char *word)
{
    struct answer *found = NULL;
    for (int index = 0; index < self->answer_count; index++)
        if (strcmp (self->answers[index].command, word) == 0) {
            if (found) { /* one that is followed by another is used up */
                struct json *result = found->result;
                found->command[0] = '\0';
                found->result = NULL;
                return result;
            }
            found = &self->answers[index];
        }
    return found ? json_copy (found->result) : NULL;
}

static struct json *
server_reply (struct server *self, const struct json *request, const char *word)
{
    char unknown[LINE_SIZE + 32];
    snprintf (unknown, sizeof unknown, "Unknown command: %s", word);
    const char *error = unknown;
    struct json *result = server_answer_given (self, word);
    for (size_t index = 0; !result && index < sizeof commands / sizeof *commands; index++)
        if (strcmp (commands[index].word, word) == 0)
            result = commands[index].run (self, json_get (request, "parameters"), &error);
    struct json *reply = json_object ();
    char stamp[CLOCK_TEXT_SIZE];
    json_set_text (reply, "id", json_get_text (request, "id"));
    json_set_text (reply, "status", result ? "success" : "error");
    if (result)
        json_set (reply, "result", result);
    else
        json_set_text (reply, "error", error);
    if (!result && strcmp (error, "SessionNotFound") == 0)
        json_set_text (reply, "error_type", error);
    json_set_text (reply, "timestamp", clock_format (clock_wall_ms (), stamp));
    return reply;
}

static void
server_take_answer (struct server *self, const char *text)
{
    if (self->answer_count == ANSWERS_MAX)
        _exit (1);
    struct answer *answer = &self->answers[self->answer_count++];
    int used = 0;
    sscanf (text, "%63s %n", answer->command, &used);
    answer->result = json_parse_text (text + used);
    if (!answer->result)
        _exit (1);
}

/* One word of the test's: "pause COMMAND", "answer COMMAND RESULT" or "continue". Waits for it. */
static void
server_hear (struct server *self)
{
    char line[WORD_SIZE];
    size_t size = 0;
    while (size + 1 < sizeof line && read (self->words, line + size, 1) == 1 && line[size] != '\n')
        size++;
    if (size == 0)
        _exit (0); /* the test is gone */
    line[size] = '\0';
    self->pause_at[0] = '\0';
    sscanf (line, "pause %63s", self->pause_at);
    if (strncmp (line, "answer ", strlen ("answer ")) == 0)
        server_take_answer (self, line + strlen ("answer "));
    dprintf (self->told, "+%.100s\n", line);
}

static void
server_answer (struct server *self)
{
    zmq_msg_t message;
    zmq_msg_init (&message);
    if (zmq_msg_recv (&message, self->rep, 0) < 0)
        _exit (1);
    struct json *request = json_parse (zmq_msg_data (&message), zmq_msg_size (&message), NULL);
    const char *word = json_get_text (request, "command");
    dprintf (self->told, "%.100s\n", word ? word : "nothing");
    if (word && strcmp (word, self->pause_at) == 0)
        server_hear (self);
    struct json *reply = server_reply (self, request, word ? word : "");
    char *text = json_print (reply);
    zmq_send (self->rep, text, strlen (text), 0);
    free (text);
    json_destroy (&reply);
    json_destroy (&request);
    zmq_msg_close (&message);
}

static _Noreturn void
server_run (int told, int words)
{
    struct server self = {.told = told, .words = words};
    char address[64];
    size_t size = sizeof address;
    self.rep = zmq_socket (zmq_ctx_new (), ZMQ_REP);
    if (zmq_bind (self.rep, "tcp://127.0.0.1:*") != 0)
        _exit (1);
    zmq_getsockopt (self.rep, ZMQ_LAST_ENDPOINT, address, &size);
    dprintf (told, "%s\n", address);
    for (;;) {
        zmq_pollitem_t items[] = {{.socket = self.rep, .events = ZMQ_POLLIN},
                                  {.fd = words, .events = ZMQ_POLLIN}};
        zmq_poll (items, 2, -1);
        if (items[1].revents)
            server_hear (&self);
        else if (items[0].revents)
            server_answer (&self);
    }
}

/* ---- The test's side --------------------------------------------------------------------------- */

/* The next line that the server tells; the caller frees it. */
static char *
server_line (struct rep_server *self)
{
    char line[LINE_SIZE];
    size_t size = 0;
    while (size + 1 < sizeof line) {
        struct pollfd ready = {.fd = self->told, .events = POLLIN};
        cr_assert_gt (poll (&ready, 1, GUARD_MS), 0, "the REP server says nothing");
        cr_assert_eq (read (self->told, line + size, 1), 1, "the REP server has ended");
        if (line[size] == '\n')
            break;
        size++;
    }
    return stui_strndup (line, size);
}

void
rep_server_start (struct rep_server *self)
{
    int told[2], words[2];
    *self = (struct rep_server){0};
    cr_assert (pipe2 (told, O_CLOEXEC) == 0 && pipe2 (words, O_CLOEXEC) == 0);
    self->pid = fork ();
    cr_assert_geq (self->pid, 0);
    if (self->pid == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        close (told[0]);
        close (words[1]);
        server_run (told[1], words[0]);
    }
    close (told[1]);
    close (words[0]);
    self->told = told[0];
    self->words = words[1];
    char *address = server_line (self);
    snprintf (self->address, sizeof self->address, "%s", address);
    free (address);
}

void
rep_server_stop (struct rep_server *self)
{
    if (self->pid <= 0)
        return;
    kill (self->pid, SIGKILL);
    waitpid (self->pid, NULL, 0);
    close (self->told);
    close (self->words);
    while (self->count > 0)
        free (self->commands[--self->count]);
    self->pid = 0;
}

/* Takes the next line; true when it is the acknowledgement of a word. */
static bool
server_take (struct rep_server *self)
{
    char *line = server_line (self);
    if (line[0] == '+') {
        free (line);
        return true;
    }
    cr_assert_lt (self->count, REP_COMMANDS_MAX);
    self->commands[self->count++] = line;
    return false;
}

static size_t
commands_count (const struct rep_server *self, const char *command)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++)
        count += strcmp (self->commands[index], command) == 0;
    return count;
}

size_t
rep_server_count (struct rep_server *self, const char *command)
{
    struct pollfd ready = {.fd = self->told, .events = POLLIN};
    while (poll (&ready, 1, 0) > 0)
        server_take (self);
    return commands_count (self, command);
}

void
rep_server_await (struct rep_server *self, const char *command, size_t count)
{
    while (commands_count (self, command) < count)
        server_take (self);
}

static void
server_say (struct rep_server *self, const char *word, const char *command)
{
    dprintf (self->words, "%s%s\n", word, command);
    while (!server_take (self))
        ;
}

void
rep_server_pause_at (struct rep_server *self, const char *command)
{
    server_say (self, "pause ", command);
}

void
rep_server_answer (struct rep_server *self, const char *command, const char *result)
{
    char *words = stui_printf ("%s %s", command, result);
    server_say (self, "answer ", words);
    free (words);
}

void
rep_server_continue (struct rep_server *self)
{
    server_say (self, "continue", "");
}
