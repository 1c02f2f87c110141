/* sim_define.h: definitions of classes and methods: read from text, and carried out in a world.
 * Pure but for the heap. */

#ifndef STUI_SIM_DEFINE_H
#define STUI_SIM_DEFINE_H

#include "sim/sim_class.h"
#include "sim/sim_eval.h"

enum sim_definition_kind {
    SIM_DEFINES_NOTHING,    /* none of these: an expression, perhaps */
    SIM_DEFINES_CLASS,      /* Object subclass: #Name … */
    SIM_DEFINES_CLASS_SIDE, /* Name class instanceVariableNames: '…' */
    SIM_DEFINES_COMMENT,    /* Name comment: '…' */
    SIM_DEFINES_METHODS,    /* Name methodsFor: '…', Name class methodsFor: '…' */
};

struct sim_definition { /* texts are owned */
    enum sim_definition_kind kind;
    char *name;
    char *superclass;       /* NULL: nil */
    char *package;          /* NULL: the text names none */
    char *text;             /* the comment, or the category of methods */
    enum sim_side side;     /* of methods */
    struct sim_names names; /* instance variables: of instances, or of the class itself */
    struct sim_names class_names;
};

/* ---- sim_definition.c ---------------------------------------------------------------------- */

/* Reads SOURCE. 0 (NOTHING: it begins like none of them), or INVALID_REQUEST and *FAULT, which
 * says what was expected where. The caller finishes *DEFINITION in both cases. */
int sim_definition_read (const char *source, size_t size, struct sim_definition *definition,
                         struct sim_fault *fault);
void sim_definition_fini (struct sim_definition *self);

/* The text that defines CLASS, or one side of it. Caller frees. */
char *sim_definition_text (const struct sim_library *library, struct sim_value class,
                           enum sim_side side);

/* ---- sim_define.c -------------------------------------------------------------------------- */

/* All of these: 0, or an error of the protocol and CAUSE. */

/* A class, new or changed: methods, instances and what its variables hold are kept. */
int sim_define_class (struct sim_world *world, const struct sim_definition *definition,
                      bool *is_new, struct sim_value *class, struct stui_cause *cause);
/* The instance variables of a class itself. */
int sim_define_class_side (struct sim_world *world, const struct sim_definition *definition,
                           struct sim_value *class, struct stui_cause *cause);
int sim_define_comment (struct sim_world *world, const struct sim_definition *definition,
                        struct stui_cause *cause);

/* Gives CLASS, which a client defined, the comment TEXT. */
int sim_comment_class (struct sim_world *world, struct sim_value class, const char *text,
                       struct stui_cause *cause);

/* A method of CLASS. CATEGORY NULL: the one that it has. COMPILE: *FAULT says where too. *METHOD,
 * borrowed, may be NULL. */
int sim_define_method (struct sim_world *world, struct sim_value class, enum sim_side side,
                       const char *source, size_t size, const char *category, bool *is_new,
                       const struct sim_method **method, struct sim_fault *fault,
                       struct stui_cause *cause);

int sim_remove_method (struct sim_world *world, struct sim_value class, enum sim_side side,
                       const char *selector, struct stui_cause *cause);
int sim_remove_class (struct sim_world *world, struct sim_value class, struct stui_cause *cause);
/* How many methods it moved. */
size_t sim_rename_category (struct sim_world *world, struct sim_value class, enum sim_side side,
                            const char *from, const char *to);

#define SIM_UNCLASSIFIED "as yet unclassified"

#endif
