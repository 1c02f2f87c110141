/* parts.h: the insides of the kit, for kit.c (a run), line.c (connections), ask.c (requests and
 * answers) and expect.c. Checks see check.h alone. One thread owns it all. */

#ifndef STUI_CONFORMANCE_PARTS_H
#define STUI_CONFORMANCE_PARTS_H

#include <sys/socket.h>

#include "conformance/check.h"
#include "conformance/kit.h"

struct kit_answer {
    struct kit *kit;
    const char *asked; /* what failures call it: the command */
    char *body;        /* owned, NUL-terminated */
    size_t size;
    struct json *json; /* owned; NULL: no JSON, and FAULT says why */
    struct stui_cause fault;
    char *id; /* owned: as far as it was found; NULL */
    int64_t order;
    bool is_nothing; /* none came */
};

/* A request that was sent, so that its answer can be named and its traces removed. */
struct kit_sent {
    char *id; /* owned */
    const char *command;
    char *class_name; /* owned: that define_class is to define; NULL */
    bool is_answered;
};

struct addrinfo;

struct kit_line {
    struct kit *kit;
    int fd; /* owned; -1: closed, by whichever side */
    struct kit_bytes in;
    struct kit_bytes message;    /* the body's frames so far */
    struct kit_answer **waiting; /* borrowed from the kit: came and not taken yet */
    size_t waiting_count, waiting_capacity;
};

struct kit {
    const struct kit_options *options;
    struct sockaddr_storage address;
    socklen_t address_size;
    char client[KIT_ID_SIZE], other_client[KIT_ID_SIZE];
    int64_t generation, counter;
    struct uuid_source uuids;
    struct random_source random;
    struct json *hello; /* owned: its result; NULL of an older peer */
    bool is_older, asks_token;
    int64_t received; /* messages of this run */
    int idle_fd;      /* owned: says nothing from the start on, for the handshake's limit; or -1 */
    int64_t idle_since_ms;

    /* of the check that is going on: all owned */
    bool has_failed, is_skipped;
    char *said;
    struct kit_line **lines;
    struct kit_answer **answers;
    struct kit_sent *sent;
    char **texts;
    char **sessions; /* that were made */
    size_t line_count, line_capacity, answer_count, answer_capacity, sent_count, sent_capacity;
    size_t text_count, text_capacity, session_count, session_capacity;
    struct kit_answer *nothing; /* one of ANSWERS */
};

/* kit.c */
char *kit_keep (struct kit *kit, char *text); /* until the check ends; takes TEXT over */

/* line.c */
void kit_lines_close (struct kit *kit);
int kit_dial_fd (struct kit *kit); /* -1: not reached */
/* The same of the first address in LIST that takes a connection, which is the kit's from then on. */
int kit_dial_any (struct kit *kit, const struct addrinfo *list);
/* Waits for the next message with ID (NULL: any); NULL: none. */
struct kit_answer *kit_line_take (struct kit_line *line, const char *id, const char *event,
                                  int64_t wait_ms);

/* ask.c */
struct kit_answer *kit_answer_new (struct kit *kit, const char *body, size_t size);
void kit_answers_free (struct kit *kit);
void kit_tidy_up (struct kit *kit); /* takes from the image what the check has left */

#endif
