/* sim_complete.c: what a name that has been begun may become. */

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/alloc.h"
#include "sim/sim_message.h"
#include "sim/sim_parts.h"
#include "sim/sim_token.h"

enum { CANDIDATES_MAX = 100, POSITION_MAX = 10485760 };

struct candidates {
    struct json *list; /* owned */
    const char *prefix;
    size_t size; /* of the prefix */
};

/* The SIZE bytes at TEXT, once, if they begin with the prefix. */
static void
offer (struct candidates *self, const char *text, size_t size, const char *kind)
{
    if (size < self->size || memcmp (text, self->prefix, self->size) != 0
        || json_count (self->list) >= CANDIDATES_MAX)
        return;
    char *word = stui_strndup (text, size);
    for (const struct json *row = json_first (self->list); row; row = json_next (row))
        if (strcmp (json_get_text (row, "text"), word) == 0) {
            free (word);
            return;
        }
    struct json *row = json_object ();
    json_set_text (row, "text", word);
    json_set_text (row, "kind", kind);
    json_push (self->list, row);
    free (word);
}

static void
offer_declared (struct candidates *self, struct sim_source *in)
{
    struct sim_token last = {0};
    bool is_between_bars = false, is_argument = false;
    for (sim_source_next (in); in->token.kind != SIM_TOKEN_END; sim_source_next (in)) {
        const struct sim_token *token = &in->token;
        if (token->kind == SIM_TOKEN_NAME && (is_between_bars || is_argument))
            offer (self, token->text, token->size, "variable");
        if (token->kind == SIM_TOKEN_ASSIGN && last.kind == SIM_TOKEN_NAME)
            offer (self, last.text, last.size, "variable");
        is_argument = sim_source_is_mark (in, ':');
        is_between_bars = sim_source_is_bar (in) ? !is_between_bars
                                                 : is_between_bars && token->kind == SIM_TOKEN_NAME;
        free (in->token.string.text);
        in->token.string.text = NULL;
        last = *token;
    }
}

/* Names that code declares: between bars, behind a colon, before an assignment; as far as it is
 * code. */
static void
offer_until_fault (struct candidates *self, struct sim_source *in)
{
    if (setjmp (in->gave_up) == 0)
        offer_declared (self, in);
}

static void
offer_variables (struct candidates *self, const struct sim_variables *variables, const char *kind)
{
    for (size_t i = 0; i < variables->count; i++)
        offer (self, variables->items[i].name, strlen (variables->items[i].name), kind);
}

static void
offer_selectors (struct candidates *self, const struct sim_library *library)
{
    static const char *const words[] = {
#define X(symbol, word) word,
        SIM_SELECTORS (X)
#undef X
    };
    size_t count;
    struct sim_value *classes = sim_library_list (library, &count);
    for (size_t i = 0; i < count; i++) {
        const struct sim_class_body *body = sim_library_body (library, classes[i]);
        for (int side = 0; body && side < SIM_SIDE_COUNT; side++)
            for (size_t m = 0; m < body->methods[side].count; m++)
                offer (self, body->methods[side].items[m].selector,
                       strlen (body->methods[side].items[m].selector), "selector");
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        offer (self, words[i], strlen (words[i]), "selector");
    free (classes);
}

static void
offer_all (struct sim_image *self, struct candidates *candidates, const struct sim_session *session,
           const char *code)
{
    static const char *const pseudo[] = {"self", "super", "nil", "true", "false"};
    struct sim_fault fault;
    struct sim_source *in = stui_alloc (sizeof *in);
    *in = (struct sim_source){.text = code, .size = strlen (code), .line = 1, .fault = &fault};
    offer_until_fault (candidates, in);
    free (in->token.string.text);
    free (in);
    if (session && session->scope)
        offer_variables (candidates, &session->scope->variables, "variable");
    for (size_t i = 0; i < sizeof pseudo / sizeof *pseudo; i++)
        offer (candidates, pseudo[i], strlen (pseudo[i]), "pseudo");
    size_t count;
    struct sim_value *classes = sim_library_list (sim_library_of (self), &count);
    for (size_t i = 0; i < count; i++)
        offer (candidates, sim_class_name (classes[i]), strlen (sim_class_name (classes[i])),
               "class");
    free (classes);
    for (int i = 0; i < SIM_CLASS_COUNT; i++)
        if (!sim_kernel_is_class ((enum sim_class) i))
            offer (candidates, sim_kernel_names[i], strlen (sim_kernel_names[i]), "global");
    if (self->world)
        offer_variables (candidates, &self->world->globals, "global");
    offer_selectors (candidates, sim_library_of (self));
}

void
sim_complete (struct sim_image *self, struct sim_request *request)
{
    const char *prefix, *code, *id;
    const struct sim_session *session = NULL;
    int64_t position;
    if (!sim_text_at (self, request, "prefix", NULL, &prefix)
        || !sim_text_at (self, request, "code", "", &code)
        || !sim_integer_at (self, request, "position", 0, POSITION_MAX, 0, &position))
        return;
    if (sim_has (request, "session_id")
        && (!sim_name_at (self, request, "session_id", &id)
            || !(session = sim_session_used (self, request, id))))
        return;
    struct candidates candidates = {json_array (), prefix, strlen (prefix)};
    if (*prefix)
        offer_all (self, &candidates, session, code);
    struct json *result = json_object ();
    json_set (result, "candidates", candidates.list);
    sim_succeed (self, request, result);
}
