/* sim_class.h: what clients defined in a simulated image: classes, their variables and methods, and
 * methods that they added to the classes that every image has. One library an image, which takes
 * no memory before the first definition. Pure but for the heap.
 *
 * A class is an object of the image's heap, so it lives while an instance or a variable needs it,
 * also when it was removed; the library holds those that have a name. Instance variables are found
 * by name in the class of the receiver when code runs, so a class can be changed under running code
 * and living instances. */

#ifndef STUI_SIM_CLASS_H
#define STUI_SIM_CLASS_H

#include "sim/sim_heap.h"

enum {
    SIM_DEFINED_MAX = 2000,          /* classes */
    SIM_LIBRARY_METHODS_MAX = 20000, /* in all of them */
    SIM_LIBRARY_MAX = 16777216,      /* bytes of all sources */
    SIM_VARIABLES_MAX = 255,         /* names in one definition */
    SIM_NAME_BYTES_MAX = 128,        /* of a class, variable, category, package: as everywhere */
};

enum sim_side { SIM_SIDE_INSTANCE, SIM_SIDE_CLASS, SIM_SIDE_COUNT };

struct sim_variable {
    char *name; /* owned */
    struct sim_value value;
};

struct sim_variables {          /* zeroed is a good start */
    struct sim_variable *items; /* owned */
    size_t count, room;
};

struct sim_value *sim_variables_find (const struct sim_variables *self, const char *name,
                                      size_t size);
/* Declares NAME as nil when it is not there. */
struct sim_value *sim_variables_declare (struct sim_variables *self, const char *name, size_t size);
void sim_variables_mark (const struct sim_variables *self, struct sim_heap *heap);
void sim_variables_fini (struct sim_variables *self);

struct sim_names { /* of variables */
    char **items;  /* owned */
    size_t count, room;
};

void sim_names_add (struct sim_names *self, const char *name, size_t size);
bool sim_names_have (const struct sim_names *self, const char *name);
void sim_names_fini (struct sim_names *self);

struct sim_method {
    char *selector, *category, *source; /* owned */
    struct sim_value code;
};

struct sim_methods {          /* of one side of a class, by selector */
    struct sim_method *items; /* owned */
    size_t count, room;
};

struct sim_class_body {
    char *name, *package, *comment;         /* owned */
    struct sim_names names[SIM_SIDE_COUNT]; /* instance variables of its instances, of itself */
    struct sim_variables class_variables;
    struct sim_variables own; /* values of its own instance variables */
    struct sim_methods methods[SIM_SIDE_COUNT];
};

struct sim_class_body *sim_class_body_new (const char *name);
void sim_class_body_destroy (struct sim_class_body **self);
void sim_class_body_mark (const struct sim_class_body *self, struct sim_heap *heap);

struct sim_library {
    struct sim_value *classes; /* owned array; objects of shape CLASS, as they were defined */
    size_t class_count, class_room;
    struct sim_class_body *added[SIM_CLASS_COUNT]; /* owned; what clients added to a class that
                                                    * every image has; NULL: nothing */
    size_t method_count, bytes;
};

void sim_library_destroy (struct sim_library **self);
void sim_library_mark (const struct sim_library *self, struct sim_heap *heap);

/* All of these take a library that is NULL: nothing is defined. Bodies and methods are borrowed
 * until the next change. */

/* The class called NAME. */
bool sim_library_find (const struct sim_library *self, const char *name, struct sim_value *class);
/* What clients defined of CLASS; NULL: nothing. */
struct sim_class_body *sim_library_body (const struct sim_library *self, struct sim_value class);
/* The method of CLASS itself. NULL: no client defined it. */
const struct sim_method *sim_library_method (const struct sim_library *self, struct sim_value class,
                                             enum sim_side side, const char *selector);
/* The method that an object understands whose class (side INSTANCE), or that itself (CLASS), is
 * CLASS, and the class that it was found in. NULL: the image itself carries the message out, or
 * nobody does. */
const struct sim_method *sim_library_lookup (const struct sim_library *self, struct sim_value class,
                                             enum sim_side side, const char *selector);
/* All classes, by name, case aside; caller frees the array. */
struct sim_value *sim_library_list (const struct sim_library *self, size_t *count);

/* Whether code of CLASS's side SIDE may name the instance variable NAME; *INDEX: its place. */
bool sim_class_has_variable (const struct sim_library *self, struct sim_value class,
                             enum sim_side side, const char *name, size_t *index);
/* Adds the names of all variables of CLASS's instances, in their order. */
void sim_class_list_variables (struct sim_value class, struct sim_names *all);
/* How many variables an instance of CLASS has. */
size_t sim_class_size (const struct sim_library *self, struct sim_value class);
/* The variable, of all instances or of classes, that code of CLASS sees by NAME. */
struct sim_value *sim_class_variable (const struct sim_library *self, struct sim_value class,
                                      const char *name);

/* -1, 0 or 1, as strcmp, case aside; only what differs in case alone is told apart by it. */
int sim_compare_names (const char *one, const char *other);

/* ---- sim_kernel.c: the classes that every image has ------------------------------------------- */

#define SIM_KERNEL_PACKAGE "Simulated"

/* Transcript, Smalltalk: they are no classes for whoever browses. */
bool sim_kernel_is_class (enum sim_class class);
const char *sim_kernel_comment (enum sim_class class);

struct sim_word { /* in static text */
    const char *text;
    size_t size;
};

/* The messages that the image itself carries out for CLASS, one after another: *AT begins as 0.
 * False: there are no more. */
bool sim_kernel_next (enum sim_class class, enum sim_side side, size_t *at,
                      struct sim_word *selector, struct sim_word *category);
bool sim_kernel_has (enum sim_class class, enum sim_side side, const char *selector);
/* The category; NULL: it does not carry that out. Caller frees. */
char *sim_kernel_category (enum sim_class class, enum sim_side side, const char *selector);
/* What is shown as the source of such a message. Caller frees. */
char *sim_kernel_source (const char *selector);
#define SIM_KERNEL_METHOD_COMMENT "The simulated image carries this out itself."

#endif
