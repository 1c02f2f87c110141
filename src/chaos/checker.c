/* checker.c: see checker.h. Pure. */

#include "chaos/checker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

void
checker_init (struct checker *self, size_t sessions)
{
    *self = (struct checker){.count = sessions};
    self->sessions = stui_alloc (sessions * sizeof *self->sessions);
    for (size_t i = 0; i < sessions; i++)
        self->sessions[i].start_count = 1; /* where nothing has run */
}

void
checker_fini (struct checker *self)
{
    free (self->sessions);
    *self = (struct checker){0};
}

uint64_t
checker_ask (struct checker *self, size_t session)
{
    self->asked++;
    self->sessions[session].open_is_older = false;
    self->sessions[session].open_ends = 0;
    return self->sessions[session].open = ++self->last;
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
    if (session->doubt_count == CHECKER_DOUBTS_MAX)
        memmove (session->doubts, session->doubts + 1,
                 --session->doubt_count * sizeof *session->doubts);
    session->doubts[session->doubt_count++] = session->open;
    session->open = 0;
}

void
checker_note_end (struct checker *self, size_t session_index)
{
    struct checker_session *session = &self->sessions[session_index];
    session->may_be_younger = true;
    session->save_has_ended = session->is_saving;
    session->open_is_older = session->open != 0;
    session->open_ends += session->open != 0;
}

/* ---- what an answer has to say -------------------------------------------------------------- */

/* Whether NUMBER, and some of the doubts, lead from BASE to NEW; those that did not run stay in doubt:
 * what hangs on an old connection is not past yet. */
static bool
session_explains (struct checker_session *self, struct checker_state base, struct checker_state new,
                  uint64_t number)
{
    for (unsigned chosen = 0; chosen < 1U << self->doubt_count; chosen++) {
        int64_t count = base.count + 1, sum = base.sum + (int64_t) number;
        for (size_t i = 0; i < self->doubt_count; i++)
            if ((chosen & 1U << i) != 0) {
                count++;
                sum += (int64_t) self->doubts[i];
            }
        if (count != new.count || sum != new.sum)
            continue;
        size_t kept = 0;
        for (size_t i = 0; i < self->doubt_count; i++)
            if ((chosen & 1U << i) == 0)
                self->doubts[kept++] = self->doubts[i];
        self->doubt_count = kept;
        return true;
    }
    return false;
}

/* The answer is the first of a new life: that began at BASE; or, when something that was in doubt ran
 * between, perhaps behind that, since it may have been saved. */
static void
session_begin_anew (struct checker_session *self, struct checker_state base,
                    struct checker_state new, uint64_t number)
{
    const struct checker_state before = {new.count - 1, new.sum - (int64_t) number};
    self->starts[0] = base;
    self->starts[1] = before;
    self->start_count = before.count != base.count ? 2 : 1;
}

static bool
session_may_begin_at (const struct checker_session *self, struct checker_state state)
{
    for (size_t i = 0; i < self->start_count; i++)
        if (self->starts[i].count == state.count && self->starts[i].sum == state.sum)
            return true;
    return false;
}

/* The newest answer is from after the newest end. */
static void
session_note_begun (struct checker_session *self)
{
    self->may_be_younger = self->is_vague = false;
    if (self->save_has_ended)
        self->is_saving = self->save_has_ended = false;
}

/* What goes on from the newest state begins a life only if the image was saved just there: else it has
 * begun before, with an evaluation that waited while the image ended. */
static bool
session_goes_on (struct checker_session *self, struct checker_state new, uint64_t number)
{
    struct checker_state base = self->state;
    if (!session_explains (self, base, new, number))
        return false;
    if (self->may_be_younger && session_may_begin_at (self, base)) {
        if (self->open_is_older)
            self->is_vague = true;
        else if (!self->is_vague)
            session_begin_anew (self, base, new, number);
    }
    if (self->may_be_younger && !self->open_is_older)
        session_note_begun (self);
    return true;
}

static bool
session_begins (struct checker_session *self, struct checker_state new, uint64_t number)
{
    for (size_t i = 0; self->may_be_younger && i < self->start_count; i++)
        if (session_explains (self, self->starts[i], new, number)) {
            session_begin_anew (self, self->starts[i], new, number);
            if (self->open_is_older && self->open_ends > 1)
                self->is_vague = true;
            else
                session_note_begun (self);
            return true;
        }
    return false;
}

/* What is blamed once is not blamed at each end to come: a life may begin where this one did. */
static void
session_believe (struct checker_session *self, struct checker_state new, uint64_t number)
{
    if (!self->may_be_younger)
        return;
    session_begin_anew (self, (struct checker_state){new.count - 1, new.sum - (int64_t) number},
                        new, number);
    if (!self->open_is_older)
        session_note_begun (self);
}

static void
session_add_start (struct checker_session *self)
{
    if (self->start_count == CHECKER_STATES_MAX) /* the first stays: perhaps it was never saved */
        memmove (self->starts + 1, self->starts + 2,
                 (--self->start_count - 1) * sizeof *self->starts);
    self->starts[self->start_count++] = self->state;
}

void
checker_note_save (struct checker *self, size_t session_index)
{
    struct checker_session *session = &self->sessions[session_index];
    session->is_saving = true;
    session->save_has_ended = false;
    session_add_start (session);
}

static void
session_confirm (struct checker_session *self, struct checker_state new)
{
    self->state = new;
    self->is_unsure = false;
    if (self->is_saving)
        session_add_start (self);
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
    if (session->is_unsure) {
        session_believe (session, new, number);
    }
    else if (!session_goes_on (session, new, number) && !session_begins (session, new, number)) {
        checker_describe (self, session_index, new, number);
        checker_blame (self, session, new);
        session->doubt_count = 0;
        session_believe (session, new, number);
    }
    session_confirm (session, new);
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
