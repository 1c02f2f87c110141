/* checker.c: see checker.h. Pure. */

#include "chaos/checker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static void
session_add_start (struct checker_session *self, struct checker_state state)
{
    for (size_t i = 0; i < self->start_count; i++)
        if (self->starts[i].count == state.count && self->starts[i].sum == state.sum)
            return;
    stui_grow (&self->starts, &self->start_capacity, self->start_count, sizeof *self->starts);
    self->starts[self->start_count++] = state;
}

void
checker_init (struct checker *self, size_t sessions)
{
    *self = (struct checker){.count = sessions};
    self->sessions = stui_alloc (sessions * sizeof *self->sessions);
    for (size_t i = 0; i < sessions; i++)
        session_add_start (&self->sessions[i], (struct checker_state){0}); /* nothing has run */
}

void
checker_fini (struct checker *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->sessions[i].starts);
    free (self->sessions);
    *self = (struct checker){0};
}

uint64_t
checker_ask (struct checker *self, size_t session_index)
{
    struct checker_session *session = &self->sessions[session_index];
    self->asked++;
    session->open_is_older = false;
    self->last += 1 + random_below (&self->random, CHECKER_STEP_MAX);
    return session->open = self->last;
}

void
checker_refuse (struct checker *self, size_t session_index, const char *why)
{
    struct checker_session *session = &self->sessions[session_index];
    size_t place = session->refused_count++ % CHECKER_REFUSED_MAX;
    session->refused[place] = session->open;
    snprintf (session->refused_why[place], CHECKER_WHY_MAX, "%s", why);
    self->refused++;
    session->open = 0;
}

void
checker_doubt (struct checker *self, size_t session_index)
{
    struct checker_session *session = &self->sessions[session_index];
    self->in_doubt++;
    if (session->doubt_count == CHECKER_DOUBTS_MAX) {
        memmove (session->doubts, session->doubts + 1,
                 --session->doubt_count * sizeof *session->doubts);
        session->saved_doubts >>= 1;
        session->past_doubts -= session->past_doubts > 0;
    }
    if (session->may_be_saved)
        session->saved_doubts |= 1U << session->doubt_count;
    session->doubts[session->doubt_count++] = session->open;
    session->open = 0;
}

void
checker_note_end (struct checker *self, size_t session)
{
    self->sessions[session].may_be_younger = true;
    self->sessions[session].past_doubts = self->sessions[session].doubt_count;
    self->sessions[session].open_is_older = self->sessions[session].open != 0;
}

void
checker_note_save (struct checker *self, size_t session_index)
{
    struct checker_session *session = &self->sessions[session_index];
    session->saves++;
    session->may_be_saved = true;
    session->saved_doubts = ~(~0U << session->doubt_count);
    session_add_start (session, session->state);
}

void
checker_note_save_over (struct checker *self, size_t session)
{
    self->sessions[session].saves--;
}

/* ---- what an answer has to say -------------------------------------------------------------- */

/* BASE and those of the doubts that CHOSEN has a bit for. */
static struct checker_state
session_state_with (const struct checker_session *self, struct checker_state base, unsigned chosen)
{
    for (size_t i = 0; i < self->doubt_count; i++)
        if ((chosen & 1U << i) != 0) {
            base.count++;
            base.sum += (int64_t) self->doubts[i];
        }
    return base;
}

/* Whether NUMBER, and some of the doubts, lead from BASE to NEW. *CHOSEN is which: those in all ways there,
 * since the sums of some may be the same. */
static bool
session_explains (const struct checker_session *self, struct checker_state base,
                  struct checker_state new, uint64_t number, unsigned *chosen)
{
    const struct checker_state wanted = {new.count - 1, new.sum - (int64_t) number};
    bool is_explained = false;
    *chosen = ~0U;
    for (unsigned some = 0; some < 1U << self->doubt_count; some++) {
        const struct checker_state with = session_state_with (self, base, some);
        if (with.count != wanted.count || with.sum != wanted.sum)
            continue;
        *chosen &= some;
        is_explained = true;
    }
    return is_explained;
}

/* Its image may have been saved at BASE, or behind any of those CHOSEN among the doubts that ran then. */
static void
session_add_starts_behind (struct checker_session *self, struct checker_state base, unsigned chosen)
{
    for (unsigned some = chosen;; some = (some - 1) & chosen) {
        session_add_start (self, session_state_with (self, base, some));
        if (some == 0)
            break;
    }
}

/* CHOSEN ran, and may have before the image saved itself. The others stay in doubt: what hangs on an old
 * connection is not past yet. */
static void
session_drop_doubts (struct checker_session *self, unsigned chosen)
{
    size_t kept = 0, past = 0, starts = self->start_count;
    unsigned saved = chosen & self->saved_doubts, saved_kept = 0;
    for (size_t i = 0; saved != 0 && i < starts; i++)
        session_add_starts_behind (self, self->starts[i], saved);
    for (size_t i = 0; i < self->doubt_count; i++)
        if ((chosen & 1U << i) == 0) {
            saved_kept |= (self->saved_doubts >> i & 1U) << kept;
            past += i < self->past_doubts;
            self->doubts[kept++] = self->doubts[i];
        }
    self->doubt_count = kept;
    self->past_doubts = past;
    self->saved_doubts = saved_kept;
}

/* While it may have saved itself, what was before NUMBER and behind it is where it may begin. */
static void
session_note_way (struct checker_session *self, struct checker_state base, uint64_t number)
{
    if (!self->may_be_saved)
        return;
    session_add_start (self, base);
    session_add_start (self, (struct checker_state){base.count + 1, base.sum + (int64_t) number});
}

static bool
session_goes_on (struct checker_session *self, struct checker_state new, uint64_t number)
{
    unsigned chosen;
    if (!session_explains (self, self->state, new, number, &chosen))
        return false;
    session_note_way (self, self->state, number);
    session_drop_doubts (self, chosen);
    return true;
}

/* Whether the answer is the first of a new life. Then that began at one of those that lead to it; or, when
 * something that was in doubt ran between, perhaps behind that, since it may have been saved. */
static bool
session_begins_anew (struct checker_session *self, struct checker_state new, uint64_t number)
{
    unsigned chosen, in_all = ~0U, in_any = 0;
    struct checker_session was = *self;
    self->starts = NULL;
    self->start_count = self->start_capacity = 0;
    for (size_t i = 0; i < was.start_count; i++) {
        if (!session_explains (self, was.starts[i], new, number, &chosen))
            continue;
        session_add_starts_behind (self, was.starts[i], chosen);
        session_note_way (self, was.starts[i], number);
        in_all &= chosen;
        in_any |= chosen;
    }
    if (self->start_count == 0) {
        *self = was;
        return false;
    }
    free (was.starts);
    if (!self->open_is_older) /* what did not run by now died with the life that it was asked in */
        in_all |= ~in_any & ~(~0U << self->past_doubts);
    session_drop_doubts (self, in_all);
    return true;
}

static bool
session_can_begin (const struct checker_session *self, struct checker_state new, uint64_t number)
{
    unsigned chosen;
    for (size_t i = 0; i < self->start_count; i++)
        if (session_explains (self, self->starts[i], new, number, &chosen))
            return true;
    return false;
}

/* An image ended. What was asked before that ran before it, or afterwards when it had not been sent; of the
 * latter nobody knows either whether that was the newest life. What was asked since ran in that one. */
static bool
session_accepts (struct checker_session *self, struct checker_state new, uint64_t number)
{
    if (!self->may_be_younger)
        return session_goes_on (self, new, number);
    if (self->open_is_older) {
        bool can_begin = session_can_begin (self, new, number);
        self->state_is_either |= can_begin;
        return session_goes_on (self, new, number)
               || (can_begin && session_begins_anew (self, new, number));
    }
    if ((self->state_is_either && session_goes_on (self, new, number))
        || session_begins_anew (self, new, number))
        return true;
    const struct checker_state before = self->state;
    if (!session_goes_on (self, new, number))
        return false;
    session_add_start (self, before);
    return true;
}

static void
session_confirm (struct checker_session *self, struct checker_state new)
{
    self->state = new;
    self->is_unsure = false;
    if (!self->open_is_older)
        self->may_be_younger = self->state_is_either = false;
    self->may_be_saved = self->saves > 0;
}

/* A sentence about the first answer that cannot be explained: what was known, what it says, and what else
 * may have run. */
static void
checker_describe (struct checker *self, size_t session_index, struct checker_state new,
                  uint64_t number)
{
    const struct checker_session *session = &self->sessions[session_index];
    if (self->first[0] != '\0')
        return;
    self->first_session = session_index;
    int size = snprintf (self->first, CHECKER_FIRST_MAX,
                         "number %llu says that %lld ran, sum %lld; known were %lld, sum %lld%s;"
                         " in doubt:",
                         (unsigned long long) number, (long long) new.count, (long long) new.sum,
                         (long long) session->state.count, (long long) session->state.sum,
                         session->may_be_younger ? ", and its image ended since" : "");
    for (size_t i = 0; i < session->doubt_count && size < CHECKER_FIRST_MAX; i++)
        size += snprintf (self->first + size, CHECKER_FIRST_MAX - (size_t) size, " %llu",
                          (unsigned long long) session->doubts[i]);
    if (size < CHECKER_FIRST_MAX && session->may_be_younger)
        size +=
            snprintf (self->first + size, CHECKER_FIRST_MAX - (size_t) size, "; it may begin at:");
    for (size_t i = 0;
         session->may_be_younger && i < session->start_count && size < CHECKER_FIRST_MAX / 2; i++)
        size += snprintf (self->first + size, CHECKER_FIRST_MAX - (size_t) size, " %lld/%lld",
                          (long long) session->starts[i].count, (long long) session->starts[i].sum);
    if (size < CHECKER_FIRST_MAX)
        size += snprintf (self->first + size, CHECKER_FIRST_MAX - (size_t) size, "; refused:");
    for (size_t i = 0;
         i < session->refused_count && i < CHECKER_REFUSED_MAX && size < CHECKER_FIRST_MAX; i++)
        size += snprintf (self->first + size, CHECKER_FIRST_MAX - (size_t) size, " %llu (%s)",
                          (unsigned long long) session->refused[i], session->refused_why[i]);
}

/* What cannot be explained was lost when less ran than was answered, else it ran twice. */
static void
checker_blame (struct checker *self, const struct checker_session *session,
               struct checker_state new)
{
    int64_t more = new.count - session->state.count - 1;
    int64_t doubts = (int64_t) session->doubt_count;
    if (more < 0)
        self->lost += (uint64_t) -more;
    else
        self->duplicated += more > doubts ? (uint64_t) (more - doubts) : 1;
}

void
checker_answer (struct checker *self, size_t session_index, const char *text)
{
    struct checker_session *session = &self->sessions[session_index];
    uint64_t number = session->open;
    long long echo = 0;
    struct checker_state new = {0};
    long long count = 0, sum = 0;
    int found = sscanf (text + strcspn (text, "0123456789"), "%lld %lld %lld", &echo, &count, &sum);
    self->answered++;
    session->open = 0;
    if (found != 3 || (uint64_t) echo != number) {
        self->crossed++;
        session->is_unsure = true;
        return;
    }
    new = (struct checker_state){count, sum};
    if (!session->is_unsure && !session_accepts (session, new, number)) {
        checker_describe (self, session_index, new, number);
        checker_blame (self, session, new);
        session->doubt_count = session->past_doubts = session->saved_doubts = 0;
        /* and is not called wrong once more */
        session_add_start (session,
                           (struct checker_state){new.count - 1, new.sum - (int64_t) number});
    }
    session_confirm (session, new);
}

void
checker_answer_again (struct checker *self, size_t session)
{
    self->duplicated++;
    if (self->first[0] != '\0')
        return;
    self->first_session = session;
    snprintf (self->first, CHECKER_FIRST_MAX, "an evaluation was answered a second time");
}

void
checker_finish (struct checker *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->sessions[i].open != 0) {
            self->lost++;
            self->sessions[i].open = 0;
        }
}
