/* checker.h: the independent judge of a run of chaos: its own log of every evaluation asked, and what
 * the counters in the images have to say then. It knows nothing of stui: only what was asked, what was
 * answered, and which images ended meanwhile. Pure but for the heap.
 *
 * Each session in an image counts its evaluations and sums up their numbers. So an answer says, beside
 * its own number, how often anything ran in that session, and (nearly always) what: what the log cannot
 * explain was lost, ran twice, or ran in another session. */

#ifndef STUI_CHAOS_CHECKER_H
#define STUI_CHAOS_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/random.h"

enum {
    CHECKER_DOUBTS_MAX =
        8, /* of a session that an answer may yet explain; older ones are forgotten */
    CHECKER_REFUSED_MAX = 4,
    CHECKER_WHY_MAX = 32,
    CHECKER_FIRST_MAX = 400,
    /* Numbers are so far apart at most, and no one knows how far: else the sums of some of them would often
     * be the same. Those of a million evaluations stay below 2^53 in each of a hundred sessions. */
    CHECKER_STEP_MAX = 100000,
};

/* What a session in an image said of itself. */
struct checker_state {
    int64_t count, sum;
};

struct checker_session {
    struct checker_state state; /* confirmed */
    /* Where it may begin when its image ended: where it began last, and what was while it was saved. */
    struct checker_state *starts; /* owned */
    size_t start_count, start_capacity;
    size_t saves;                        /* of its image that may still happen */
    uint64_t doubts[CHECKER_DOUBTS_MAX]; /* numbers that may have run */
    size_t doubt_count;
    size_t past_doubts;    /* so many are older than the last end */
    unsigned saved_doubts; /* a bit each: the image may have saved itself with it */
    uint64_t open;         /* the evaluation that is not answered; 0: none */
    bool may_be_saved;     /* its image may have saved itself since the last answer */
    bool may_be_younger;   /* its image ended since: it began anew, or as it was saved */
    bool open_is_older;    /* than that end: its answer may come from before, or from behind */
    bool state_is_either;  /* since that end: the state may be of the new life already */
    bool is_unsure;        /* since a wrong answer: the next one is believed */
    /* The newest that were said not to have run, for the sentence about a wrong answer. */
    uint64_t refused[CHECKER_REFUSED_MAX];
    char refused_why[CHECKER_REFUSED_MAX][CHECKER_WHY_MAX];
    size_t refused_count;
};

struct checker {
    struct checker_session *sessions; /* owned */
    size_t count;
    uint64_t last; /* number given */
    struct random_source random;
    uint64_t asked, answered, in_doubt, refused;
    uint64_t lost, duplicated, crossed;
    size_t first_session;          /* of the first answer that cannot be explained */
    char first[CHECKER_FIRST_MAX]; /* what is wrong with it; empty: there was none */
};

void checker_init (struct checker *self, size_t sessions);
void checker_fini (struct checker *self);

/* An evaluation is asked of SESSION: its number, unique in the run. */
uint64_t checker_ask (struct checker *self, size_t session);
/* What came of the open evaluation of SESSION. TEXT is what it printed: "NUMBER COUNT SUM". */
void checker_answer (struct checker *self, size_t session, const char *text);
/* And what was answered, refused or in doubt is answered once more. */
void checker_answer_again (struct checker *self, size_t session);
/* It did not run, and will not: WHY is the error's word. */
void checker_refuse (struct checker *self, size_t session, const char *why);
void checker_doubt (struct checker *self, size_t session); /* nobody can say */
/* The image of SESSION is asked to save itself; nobody knows when it does, perhaps even after its end,
 * in its next life. */
void checker_note_save (struct checker *self, size_t session);
/* And by now it has, or will not. */
void checker_note_save_over (struct checker *self, size_t session);
/* The image of SESSION ended. */
void checker_note_end (struct checker *self, size_t session);
/* The run is over: what is open was lost. */
void checker_finish (struct checker *self);

#endif
