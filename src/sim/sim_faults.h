/* sim_faults.h: a script of faults for simulated images: which reply goes wrong, and how. Rules are read
 * from an INI file, a section each; what happens follows from the seed, and for each image from its
 * own replies alone, so that the same ones go wrong again whatever the other images do. Pure but for
 * the heap.
 *
 *   sim_faults_read.c  the file to rules
 *   sim_faults.c       rules to what is done to a reply, and what is made of its text */

#ifndef STUI_SIM_FAULTS_H
#define STUI_SIM_FAULTS_H

#include <stui/types.h>

enum {
    SIM_FAULTS_RULES_MAX = 64,
    SIM_FAULTS_SPANS_MAX = 16,    /* of images, in one rule */
    SIM_FAULTS_COMMANDS_MAX = 16, /* in one rule */
    SIM_FAULTS_FILE_MAX = 65536,  /* bytes */
    SIM_FAULTS_MS_MAX = 3600000,
    SIM_FAULTS_BYTES_MAX = 31457280, /* of a reply: below what a peer may owe us of output */
    SIM_FAULTS_CERTAIN = 1000000,    /* parts of a million */
};

/* X (symbol, "word", keys of its own, "what happens") */
#define SIM_FAULTS(X)                                                                              \
    X (LATE, "late", SIM_FAULTS_HAS_MS, "the reply comes so many ms later (ms = 200..3000)")       \
    X (PARTIAL, "partial", 0, "half of the reply comes, and the connection is closed")             \
    X (WRONG, "wrong", 0, "the reply is no JSON, or of another id, or of another form")            \
    X (DUPLICATE, "duplicate", 0, "the reply comes twice")                                         \
    X (SILENT, "silent", 0, "the reply never comes")                                               \
    X (HUGE, "huge", SIM_FAULTS_HAS_BYTES,                                                         \
       "the reply has so many bytes (bytes = 10500000..20000000)")                                 \
    X (RESTART, "restart", SIM_FAULTS_HAS_IDENTITY,                                                \
       "the image starts again instead of replying (identity = same, or new)")                     \
    X (FORGET, "forget", 0, "the connection is closed, and the replies kept so far are gone")      \
    X (LEAK, "leak", 0, "a session of a client that never comes back is left in the image")

enum { SIM_FAULTS_HAS_MS = 1, SIM_FAULTS_HAS_BYTES = 2, SIM_FAULTS_HAS_IDENTITY = 4 };

enum sim_faults_kind {
    SIM_FAULTS_NONE,
#define X(symbol, word, has, help) SIM_FAULTS_##symbol,
    SIM_FAULTS (X)
#undef X
        SIM_FAULTS_COUNT
};

struct sim_faults_range {
    int64_t low, high;
};

struct sim_faults_rule {
    enum sim_faults_kind kind;
    int64_t chance; /* parts of a million; 0: by EVERY */
    int64_t every;  /* the EVERYth of the replies that it is about */
    int64_t after_ms;
    struct sim_faults_range images[SIM_FAULTS_SPANS_MAX]; /* by number, from 1 on */
    size_t image_count;                                   /* 0: all */
    char *commands[SIM_FAULTS_COMMANDS_MAX];              /* owned */
    size_t command_count;                                 /* 0: all */
    struct sim_faults_range ms, bytes;
    bool is_new_identity;
};

struct sim_faults {
    uint64_t seed;
    struct sim_faults_rule rules[SIM_FAULTS_RULES_MAX];
    size_t count;
};

/* A reply that is about to be sent. */
struct sim_faults_reply {
    size_t image;        /* its number, from 1 on */
    const char *command; /* that it replies to */
    int64_t since_ms;    /* since the images began */
};

/* What is done to it. */
struct sim_faults_deed {
    enum sim_faults_kind kind;
    int64_t ms, bytes; /* of LATE, of HUGE */
    bool is_new_identity;
    uint64_t random; /* for what is made up */
};

/* The word and the help of a kind; NULL for one that is none. */
const char *sim_faults_word (enum sim_faults_kind kind);
const char *sim_faults_help (enum sim_faults_kind kind);

/* The rules in TEXT, which NAME is called. NULL and CAUSE, FILE:LINE: what is wrong, expected what.
 * IS_COMMAND: whether there is such a command. */
struct sim_faults *sim_faults_read (const char *text, const char *name, uint64_t seed,
                                    bool (*is_command) (const char *word),
                                    struct stui_cause *cause);
void sim_faults_destroy (struct sim_faults **self);

/* What the first rule says that is about REPLY. COUNTS is the image's: a number a rule, of the replies
 * that it was about; they start at 0. */
struct sim_faults_deed sim_faults_at (const struct sim_faults *self, uint64_t *counts,
                                      const struct sim_faults_reply *reply);

/* What WRONG and HUGE make of a reply's TEXT of SIZE bytes. Caller frees; *SIZE is its own. */
char *sim_faults_spoil (const struct sim_faults_deed *deed, const char *text, size_t *size);

#endif
