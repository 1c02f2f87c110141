/* sim_definition.c: reads the messages that define classes, by their tokens and without carrying
 * anything out, and writes them. Owns nothing beyond the definition that it fills. */

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_define.h"
#include "sim/sim_token.h"

struct reader {
    struct sim_source in;
    struct sim_definition *definition;
    char *text;         /* owned: the last one taken; a fault in the next token must not lose it */
    bool is_definition; /* from here on what is wrong is a fault, not another kind of code */
};

static bool
is_token (const struct sim_token *token, enum sim_token_kind kind, const char *text)
{
    return token->kind == kind && strlen (text) == token->size
           && memcmp (text, token->text, token->size) == 0;
}

static _Noreturn void
expected (struct reader *self, const char *what)
{
    char text[STUI_CAUSE_MAX];
    snprintf (text, sizeof text, "%s was expected here", what);
    sim_source_give_up (&self->in, self->in.token.at, text);
}

/* Reads the next token; the caller gets what was taken. */
static char *
pass_text (struct reader *self)
{
    sim_source_next (&self->in);
    char *text = self->text;
    self->text = NULL;
    return text;
}

static char *
take_name (struct reader *self)
{
    self->text = stui_strndup (self->in.token.text, self->in.token.size);
    return pass_text (self);
}

/* The next token's text: a string, or a symbol too. Caller frees. */
static char *
take_text (struct reader *self, bool may_be_symbol, const char *what)
{
    struct sim_token *token = &self->in.token;
    if (token->kind != SIM_TOKEN_STRING && !(may_be_symbol && token->kind == SIM_TOKEN_SYMBOL))
        expected (self, what);
    self->text = token->string.text;
    token->string.text = NULL;
    return pass_text (self);
}

static void
take_words (struct reader *self, struct sim_names *names, const char *what)
{
    static const char blanks[] = " \t\r\n\f";
    char *text = take_text (self, false, what);
    sim_names_fini (names);
    for (const char *at = text + strspn (text, blanks); *at; at += strspn (at, blanks)) {
        size_t size = strcspn (at, blanks);
        sim_names_add (names, at, size);
        at += size;
    }
    free (text);
}

static void
put_text (char **place, char *text)
{
    free (*place);
    *place = text;
}

/* One keyword of a class definition behind subclass:, with its argument. */
static void
read_part (struct reader *self)
{
    struct sim_definition *definition = self->definition;
    const struct sim_token *token = &self->in.token;
    if (is_token (token, SIM_TOKEN_KEYWORD, "instanceVariableNames:")) {
        sim_source_next (&self->in);
        take_words (self, &definition->names, "a string with names of instance variables");
    }
    else if (is_token (token, SIM_TOKEN_KEYWORD, "classVariableNames:")) {
        sim_source_next (&self->in);
        take_words (self, &definition->class_names, "a string with names of class variables");
    }
    else if (is_token (token, SIM_TOKEN_KEYWORD, "poolDictionaries:")) {
        struct sim_names pools = {0};
        sim_source_next (&self->in);
        size_t at = token->at;
        take_words (self, &pools, "a string");
        bool is_empty = pools.count == 0;
        sim_names_fini (&pools);
        if (!is_empty)
            sim_source_give_up (&self->in, at, "a simulated image has no pool dictionaries");
    }
    else if (is_token (token, SIM_TOKEN_KEYWORD, "category:")
             || is_token (token, SIM_TOKEN_KEYWORD, "package:")) {
        sim_source_next (&self->in);
        put_text (&definition->package, take_text (self, true, "a string with the package"));
    }
    else
        expected (self, "instanceVariableNames:, classVariableNames:, poolDictionaries:, "
                        "category: or the end");
}

static void
read_class (struct reader *self)
{
    struct sim_definition *definition = self->definition;
    self->is_definition = true;
    definition->kind = SIM_DEFINES_CLASS;
    if (strcmp (definition->name, "nil") == 0)
        free (definition->name);
    else
        definition->superclass = definition->name;
    definition->name = NULL;
    sim_source_next (&self->in);
    definition->name = take_text (self, true, "the name of the class, as #Name,");
    while (self->in.token.kind == SIM_TOKEN_KEYWORD)
        read_part (self);
}

/* methodsFor: '…', and behind it a stamp and the like, which say nothing here. */
static void
read_methods (struct reader *self, enum sim_side side)
{
    self->is_definition = true;
    self->definition->kind = SIM_DEFINES_METHODS;
    self->definition->side = side;
    sim_source_next (&self->in);
    put_text (&self->definition->text, take_text (self, true, "a string with the category"));
    while (self->in.token.kind == SIM_TOKEN_KEYWORD) {
        sim_source_next (&self->in);
        if (self->in.token.kind == SIM_TOKEN_INTEGER)
            sim_source_next (&self->in);
        else
            free (take_text (self, true, "a string"));
    }
}

static void
read_behind_class (struct reader *self)
{
    sim_source_next (&self->in);
    if (is_token (&self->in.token, SIM_TOKEN_KEYWORD, "methodsFor:")) {
        read_methods (self, SIM_SIDE_CLASS);
        return;
    }
    if (!is_token (&self->in.token, SIM_TOKEN_KEYWORD, "instanceVariableNames:"))
        return;
    self->is_definition = true;
    self->definition->kind = SIM_DEFINES_CLASS_SIDE;
    self->definition->side = SIM_SIDE_CLASS;
    sim_source_next (&self->in);
    take_words (self, &self->definition->names, "a string with names of instance variables");
}

static void
read_definition (struct reader *self)
{
    const struct sim_token *token = &self->in.token;
    sim_source_next (&self->in);
    if (token->kind != SIM_TOKEN_NAME)
        return;
    self->definition->name = take_name (self);
    if (is_token (token, SIM_TOKEN_KEYWORD, "subclass:"))
        read_class (self);
    else if (is_token (token, SIM_TOKEN_KEYWORD, "methodsFor:"))
        read_methods (self, SIM_SIDE_INSTANCE);
    else if (is_token (token, SIM_TOKEN_NAME, "class"))
        read_behind_class (self);
    else if (is_token (token, SIM_TOKEN_KEYWORD, "comment:")) {
        self->is_definition = true;
        self->definition->kind = SIM_DEFINES_COMMENT;
        sim_source_next (&self->in);
        put_text (&self->definition->text, take_text (self, false, "a string with the comment"));
    }
    if (self->definition->kind == SIM_DEFINES_NOTHING)
        return;
    if (sim_source_is_mark (&self->in, '.'))
        sim_source_next (&self->in);
    if (token->kind != SIM_TOKEN_END)
        expected (self, "the end of the definition");
}

/* False when it gave up. */
static bool
read_all (struct reader *self)
{
    if (setjmp (self->in.gave_up) != 0)
        return false;
    read_definition (self);
    return true;
}

int
sim_definition_read (const char *source, size_t size, struct sim_definition *definition,
                     struct sim_fault *fault)
{
    struct reader self = {
        .in = {.text = source, .size = size, .line = 1, .fault = fault},
        .definition = definition,
    };
    *definition = (struct sim_definition){0};
    bool is_read = read_all (&self);
    free (self.in.token.string.text);
    free (self.text);
    if (!is_read && self.is_definition)
        return STUI_E_INVALID_REQUEST;
    if (!is_read)
        definition->kind = SIM_DEFINES_NOTHING;
    return 0;
}

void
sim_definition_fini (struct sim_definition *self)
{
    free (self->name);
    free (self->superclass);
    free (self->package);
    free (self->text);
    sim_names_fini (&self->names);
    sim_names_fini (&self->class_names);
    *self = (struct sim_definition){0};
}

/* ---- writing ------------------------------------------------------------------------------- */

static char *
joined (const struct sim_names *names)
{
    char *text = stui_strdup ("");
    for (size_t i = 0; i < names->count; i++) {
        char *longer = stui_printf ("%s%s%s", text, i > 0 ? " " : "", names->items[i]);
        free (text);
        text = longer;
    }
    return text;
}

/* TEXT with its quotes doubled. */
static char *
quoted (const char *text)
{
    char *copy = stui_alloc (2 * strlen (text) + 1), *to = copy;
    for (; *text; text++) {
        if (*text == '\'')
            *to++ = '\'';
        *to++ = *text;
    }
    return copy;
}

char *
sim_definition_text (const struct sim_library *library, struct sim_value class, enum sim_side side)
{
    static const struct sim_names none;
    const struct sim_class_body *body =
        class.kind == SIM_OBJECT ? sim_library_body (library, class) : NULL;
    char *names = joined (body ? &body->names[side] : &none), *text;
    if (side == SIM_SIDE_CLASS)
        text =
            stui_printf ("%s class\n\tinstanceVariableNames: '%s'", sim_class_name (class), names);
    else {
        struct sim_names variables = {0};
        for (size_t i = 0; body && i < body->class_variables.count; i++)
            sim_names_add (&variables, body->class_variables.items[i].name,
                           strlen (body->class_variables.items[i].name));
        struct sim_value superclass = sim_superclass (class);
        char *class_names = joined (&variables);
        char *package = quoted (body ? body->package : SIM_KERNEL_PACKAGE);
        text = stui_printf ("%s subclass: #%s\n\tinstanceVariableNames: '%s'\n"
                            "\tclassVariableNames: '%s'\n\tpoolDictionaries: ''\n"
                            "\tcategory: '%s'",
                            superclass.kind == SIM_NIL ? "nil" : sim_class_name (superclass),
                            sim_class_name (class), names, class_names, package);
        free (package);
        free (class_names);
        sim_names_fini (&variables);
    }
    free (names);
    return text;
}
