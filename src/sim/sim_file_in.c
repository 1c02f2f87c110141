/* sim_file_in.c: sources in the chunk format, filed in: definitions are carried out as they are
 * read, everything else is an expression that runs like any other. What is wrong is noted with its
 * line, and the next chunk is taken. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/utf8.h"
#include "sim/sim_chunk.h"
#include "sim/sim_define.h"
#include "sim/sim_parts.h"

enum {
    CHUNK_STEPS = 200,      /* what a definition counts, in instructions */
    DEFINITIONS_MAX = 1000, /* that are named */
    ERRORS_MAX = 100,
};

struct sim_file_in {
    struct sim_chunks chunks; /* text borrowed from the request */
    const char *name;         /* the same; NULL: none */
    int line;                 /* of the chunk that is carried out */
    char *class, *category;   /* owned: chunks are methods of it; NULL: they are not */
    bool is_unknown;          /* that class is not there: its methods are passed over */
    enum sim_side side;
    struct json *definitions, *errors; /* owned */
    int64_t definition_count, error_count;
};

void
sim_file_in_destroy (struct sim_file_in **self_p)
{
    struct sim_file_in *self = *self_p;
    if (!self)
        return;
    json_destroy (&self->definitions);
    json_destroy (&self->errors);
    free (self->class);
    free (self->category);
    free (self);
    *self_p = NULL;
}

/* ---- what came of it ----------------------------------------------------------------------- */

/* Takes TEXT over. */
static void
note_definition (struct sim_file_in *self, char *text)
{
    if (self->definition_count++ < DEFINITIONS_MAX)
        json_push (self->definitions, json_string (text));
    free (text);
}

static void
note_error (struct sim_file_in *self, int line, const char *text)
{
    if (self->error_count++ >= ERRORS_MAX)
        return;
    struct json *row = json_object ();
    char *named = stui_printf ("%s%s%.*s", self->name ? self->name : "", self->name ? ": " : "",
                               (int) utf8_cut (text, strlen (text), STUI_CAUSE_MAX), text);
    json_set_number (row, "line", line);
    json_set_text (row, "text", named);
    json_push (self->errors, row);
    free (named);
}

void
sim_file_in_answer (struct sim_image *self, struct sim_evaluation *evaluation)
{
    struct sim_file_in *file_in = evaluation->file_in;
    struct json *result = json_object ();
    json_set (result, "definitions", file_in->definitions);
    json_set_number (result, "definition_count", file_in->definition_count);
    json_set (result, "errors", file_in->errors);
    json_set_number (result, "error_count", file_in->error_count);
    file_in->definitions = file_in->errors = NULL;
    sim_succeed (self, evaluation->request, result);
}

/* ---- chunks -------------------------------------------------------------------------------- */

static void
leave_methods (struct sim_file_in *self)
{
    free (self->class);
    free (self->category);
    self->class = self->category = NULL;
}

static void
take_method (struct sim_image *image, struct sim_file_in *self, const struct sim_chunk *chunk)
{
    struct sim_value class;
    struct sim_fault fault;
    struct stui_cause cause;
    const struct sim_method *method;
    bool is_new;
    if (self->is_unknown || !sim_library_find (sim_library_of (image), self->class, &class))
        return; /* that has been said */
    if (sim_define_method (image->world, class, self->side, chunk->text, chunk->size,
                           self->category, &is_new, &method, &fault, &cause)
        < 0)
        note_error (self, chunk->line + fault.line - 1, cause.text);
    else
        note_definition (self, stui_printf ("%s%s>>%s", self->class,
                                            self->side == SIM_SIDE_CLASS ? " class" : "",
                                            method->selector));
}

static int
enter_methods (struct sim_image *image, struct sim_file_in *self,
               const struct sim_definition *definition, struct stui_cause *cause)
{
    struct sim_value class;
    self->class = stui_strdup (definition->name);
    self->category = stui_strdup (definition->text);
    self->side = definition->side;
    self->is_unknown =
        !sim_library_find (sim_library_of (image), self->class, &class)
        || (class.kind == SIM_CLASS && !sim_kernel_is_class ((enum sim_class) class.number));
    if (strlen (self->category) > SIM_NAME_BYTES_MAX) {
        self->is_unknown = true;
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "a category has at most %d bytes",
                          SIM_NAME_BYTES_MAX);
    }
    return self->is_unknown ? stui_fail (cause, STUI_E_CLASS_NOT_FOUND, "there is no class %.100s",
                                         definition->name)
                            : 0;
}

static void
take_definition (struct sim_image *image, struct sim_file_in *self,
                 const struct sim_definition *definition)
{
    struct stui_cause cause = {0};
    struct sim_value class;
    bool is_new;
    int rc = 0;
    if (definition->kind == SIM_DEFINES_METHODS)
        rc = enter_methods (image, self, definition, &cause);
    else if (definition->kind == SIM_DEFINES_COMMENT)
        rc = sim_define_comment (image->world, definition, &cause);
    else if (definition->kind == SIM_DEFINES_CLASS_SIDE)
        rc = sim_define_class_side (image->world, definition, &class, &cause);
    else {
        rc = sim_define_class (image->world, definition, &is_new, &class, &cause);
        if (rc == 0)
            note_definition (self, stui_strdup (definition->name));
    }
    if (rc < 0)
        note_error (self, self->line, cause.text);
}

/* Carries a chunk out, or begins a run for it. */
static void
take_chunk (struct sim_image *image, struct sim_evaluation *evaluation,
            const struct sim_chunk *chunk)
{
    struct sim_file_in *self = evaluation->file_in;
    struct sim_definition definition;
    struct sim_fault fault;
    self->line = chunk->line;
    if (chunk->size == 0) {
        leave_methods (self);
        return;
    }
    if (self->class) {
        take_method (image, self, chunk);
        return;
    }
    int rc = sim_definition_read (chunk->text, chunk->size, &definition, &fault);
    if (rc < 0)
        note_error (self, chunk->line + fault.line - 1, fault.text);
    else if (definition.kind != SIM_DEFINES_NOTHING)
        take_definition (image, self, &definition);
    else {
        evaluation->run =
            sim_run_new (image->world, evaluation->scope, chunk->text, chunk->size, &fault);
        if (!evaluation->run)
            note_error (self, chunk->line + fault.line - 1, fault.text);
    }
    sim_definition_fini (&definition);
}

/* The run of an expression is over. */
static void
end_expression (struct sim_image *image, struct sim_evaluation *evaluation)
{
    struct sim_outcome outcome = sim_run_outcome (evaluation->run);
    if (outcome.has_error) {
        char *text = stui_printf ("%s: %s", outcome.type, outcome.text);
        note_error (evaluation->file_in, evaluation->file_in->line, text);
        free (text);
    }
    sim_transcript_flush (image, evaluation);
    sim_run_destroy (&evaluation->run);
}

enum sim_progress
sim_file_in_step (struct sim_image *image, struct sim_evaluation *evaluation, int budget)
{
    struct sim_chunk chunk;
    while (budget > 0) {
        if (evaluation->run) {
            enum sim_progress progress = sim_run_step (evaluation->run, CHUNK_STEPS);
            if (progress != SIM_DONE && progress != SIM_MORE)
                return progress;
            if (progress == SIM_DONE)
                end_expression (image, evaluation);
        }
        else if (sim_chunks_next (&evaluation->file_in->chunks, &chunk)) {
            take_chunk (image, evaluation, &chunk);
            free (chunk.text);
        }
        else
            return SIM_DONE;
        budget -= CHUNK_STEPS;
    }
    return SIM_MORE;
}

/* ---- the command --------------------------------------------------------------------------- */

void
sim_file_in (struct sim_image *self, struct sim_request *request)
{
    const char *source, *name = NULL;
    if (!sim_text_at (self, request, "source", NULL, &source)
        || (sim_has (request, "name") && !sim_name_at (self, request, "name", &name)))
        return;
    struct sim_evaluation *evaluation = sim_evaluation_add (self, request, SIM_WORK_FILE_IN);
    if (!evaluation)
        return;
    struct sim_file_in *file_in = evaluation->file_in = stui_alloc (sizeof *file_in);
    file_in->chunks = (struct sim_chunks){.text = source, .size = strlen (source), .line = 1};
    file_in->name = name;
    file_in->definitions = json_array ();
    file_in->errors = json_array ();
}
