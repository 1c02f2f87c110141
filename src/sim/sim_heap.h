/* sim_heap.h: the values of a simulated image and the memory that they live in: one heap an image,
 * with a collector that marks and sweeps. Pure but for the heap.
 *
 * A value that is to survive a collection is reachable from what the owner of the heap marks.
 * Collections happen only when the owner asks for one, never inside an allocation. */

#ifndef STUI_SIM_HEAP_H
#define STUI_SIM_HEAP_H

#include "sim/sim_code.h"

enum sim_kind {
    SIM_NIL,
    SIM_FALSE,
    SIM_TRUE,
    SIM_INTEGER,
    SIM_CHARACTER,
    SIM_CLASS, /* number: an enum sim_class; also the objects that are the only ones of theirs.
                * Classes that clients defined are objects of shape CLASS */
    SIM_OBJECT,
};

/* X (symbol, "Name", superclass): what code can name, and what class_of answers. */
#define SIM_CLASSES(X)                                                                             \
    X (OBJECT, "Object", OBJECT)                                                                   \
    X (UNDEFINED, "UndefinedObject", OBJECT)                                                       \
    X (BOOLEAN, "Boolean", OBJECT)                                                                 \
    X (TRUE_CLASS, "True", BOOLEAN)                                                                \
    X (FALSE_CLASS, "False", BOOLEAN)                                                              \
    X (INTEGER_CLASS, "Integer", OBJECT)                                                           \
    X (SMALL_INTEGER, "SmallInteger", INTEGER_CLASS)                                               \
    X (CHARACTER_CLASS, "Character", OBJECT)                                                       \
    X (STRING, "String", OBJECT)                                                                   \
    X (SYMBOL, "Symbol", STRING)                                                                   \
    X (ARRAY, "Array", OBJECT)                                                                     \
    X (BLOCK, "BlockClosure", OBJECT)                                                              \
    X (DELAY, "Delay", OBJECT)                                                                     \
    X (CLASS_CLASS, "Class", OBJECT)                                                               \
    X (EXCEPTION, "Exception", OBJECT)                                                             \
    X (ERROR, "Error", EXCEPTION)                                                                  \
    X (ZERO_DIVIDE, "ZeroDivide", ERROR)                                                           \
    X (NOT_UNDERSTOOD, "MessageNotUnderstood", ERROR)                                              \
    X (OUT_OF_BOUNDS, "IndexOutOfRange", ERROR)                                                    \
    X (WRONG_VALUE, "WrongArgument", ERROR)                                                        \
    X (NOT_FOUND, "KeyNotFound", ERROR)                                                            \
    X (LIMITED, "SimulationLimit", ERROR) /* what a real image could do, and this one cannot */    \
    X (TRANSCRIPT, "Transcript", OBJECT)                                                           \
    X (SMALLTALK, "Smalltalk", OBJECT)                                                             \
    X (COUNTER, "Counter", OBJECT)

enum sim_class {
#define X(symbol, name, super) SIM_CLASS_##symbol,
    SIM_CLASSES (X)
#undef X
        SIM_CLASS_COUNT
};

struct sim_value {
    enum sim_kind kind;
    union {
        int64_t number;
        struct sim_object *object;
    };
};

enum sim_shape {
    SIM_SHAPE_STRING,
    SIM_SHAPE_SYMBOL,
    SIM_SHAPE_ARRAY,
    SIM_SHAPE_PLAIN,       /* values: class, then an array of the instance variables, or nil */
    SIM_SHAPE_ENVIRONMENT, /* values: the outer one, then the slots */
    SIM_SHAPE_BLOCK,       /* values: enum sim_block_value */
    SIM_SHAPE_CODE,        /* owns CODE; values: enum sim_code_value */
    SIM_SHAPE_DELAY,       /* values: milliseconds */
    SIM_SHAPE_EXCEPTION,   /* values: class, text, then as PLAIN */
    SIM_SHAPE_CLASS,       /* that a client defined: owns BODY; values: its superclass, or nil */
    SIM_SHAPE_COUNT
};

enum sim_block_value {
    SIM_BLOCK_CODE,
    SIM_BLOCK_ENVIRONMENT,
    SIM_BLOCK_INDEX,
    SIM_BLOCK_SELF,
    SIM_BLOCK_HOME, /* the number of the frame that ^ leaves */
    SIM_BLOCK_VALUES
};

/* Where names are looked up beside temporaries: the class that a method belongs to; for code that
 * a debugger evaluates, also the activation that it is evaluated in. */
enum sim_code_value {
    SIM_CODE_OWNER, /* the class; nil: it belongs to none */
    SIM_CODE_SIDE,  /* true: a method of the class side */
    SIM_CODE_FRAME_CODE,
    SIM_CODE_FRAME_ENVIRONMENT,
    SIM_CODE_FRAME_BLOCK,
    SIM_CODE_VALUES
};

enum { SIM_EXCEPTION_CLASS, SIM_EXCEPTION_TEXT, SIM_EXCEPTION_VARIABLES, SIM_EXCEPTION_VALUES };
enum { SIM_PLAIN_CLASS, SIM_PLAIN_VARIABLES, SIM_PLAIN_VALUES };

struct sim_class_body; /* sim_class.h */

struct sim_object {
    struct sim_object *next; /* all objects of the heap */
    struct sim_object *gray; /* while marking */
    uint8_t shape;
    bool is_marked;
    size_t count; /* bytes of a string or symbol, else values */
    union {
        struct sim_code *code;
        struct sim_class_body *body;
    };
    char *text; /* of a string or symbol: COUNT bytes and a NUL, where VALUES begin */
    struct sim_value values[]; /* of all others: COUNT of them */
};

struct sim_heap {
    struct sim_object *objects;
    struct sim_object *gray; /* marked, its values not yet */
    size_t bytes, threshold; /* at which a collection is worth while */
    size_t live;             /* bytes that the last one left */
};

#define SIM_HEAP_GROWTH_MAX 16777216 /* bytes that one evaluation may add */

extern const char *const sim_kernel_names[SIM_CLASS_COUNT];

struct sim_value sim_nil (void);
struct sim_value sim_bool (bool value);
struct sim_value sim_integer (int64_t number);
struct sim_value sim_character (int64_t number);
struct sim_value sim_class_value (enum sim_class class);

/* New objects; their values are nil, their text NUL. Borrowed from the heap. */
struct sim_value sim_heap_new (struct sim_heap *self, enum sim_shape shape, size_t count);
struct sim_value sim_heap_text (struct sim_heap *self, enum sim_shape shape, const char *text,
                                size_t size);
struct sim_value sim_heap_code (struct sim_heap *self, struct sim_code **code); /* takes it over */
struct sim_value sim_heap_class (struct sim_heap *self,
                                 struct sim_class_body **body); /* the same */

/* A collection: sim_heap_mark for each value that is held, then sim_heap_sweep. */
void sim_heap_mark (struct sim_heap *self, struct sim_value value);
void sim_heap_sweep (struct sim_heap *self);
void sim_heap_fini (struct sim_heap *self);

bool sim_is (struct sim_value value, enum sim_shape shape);
bool sim_is_text (struct sim_value value);                         /* a string or symbol */
bool sim_equal (struct sim_value one, struct sim_value other);     /* = */
bool sim_identical (struct sim_value one, struct sim_value other); /* == */

/* Classes: an enum sim_class as a value, or an object of shape CLASS. */
bool sim_is_class (struct sim_value value);
struct sim_value sim_class_of (struct sim_value value);
struct sim_value sim_superclass (struct sim_value class); /* nil: it has none */
const char *sim_class_name (struct sim_value class);      /* borrowed */
bool sim_class_inherits (struct sim_value class, struct sim_value from);
/* CLASS itself, else its nearest ancestor that every image has; COUNT: there is none. */
enum sim_class sim_kernel_class (struct sim_value class);
bool sim_inherits_kernel (struct sim_value class, enum sim_class from);
/* Where an instance of a defined class keeps its variables: an array or nil. NULL: it is none. */
struct sim_value *sim_instance_variables (struct sim_value value);

/* VALUE's print string, or its display string (a string without quotes), cut at LIMIT characters.
 * Valid UTF-8 without NUL. *SIZE may be NULL. Caller frees. */
char *sim_print (struct sim_value value, bool displays, size_t limit, size_t *size,
                 bool *is_truncated);

#endif
