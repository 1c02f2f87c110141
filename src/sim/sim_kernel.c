/* sim_kernel.c: what can be browsed of the classes that every simulated image has: comments, and the
 * messages that it carries out itself (sim_prims*.c), by category. Text that all images share: a
 * class that nobody looks at takes no memory. Pure. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_class.h"
#include "sim/sim_token.h"

struct kernel_row {
    const char *comment;
    const char *messages[SIM_SIDE_COUNT]; /* "category: selector selector|category: …" */
};

static const struct kernel_row rows[SIM_CLASS_COUNT] = {
    [SIM_CLASS_OBJECT] =
        {"The ancestor of all classes of this simulated image. There is no Smalltalk behind it: "
         "stui sim carries its messages out.",
         {"comparing: = ~= == ~~|testing: isNil notNil isString isSymbol isInteger isKindOf: "
          "ifNil: ifNotNil: ifNil:ifNotNil:|accessing: class yourself|printing: printString "
          "displayString printNl displayNl|errors: error:",
          "instance creation: new"}},
    [SIM_CLASS_UNDEFINED] = {"The class of nil.", {NULL, NULL}},
    [SIM_CLASS_BOOLEAN] = {"What true and false have in common.",
                           {"controlling: ifTrue: ifFalse: ifTrue:ifFalse: ifFalse:ifTrue: and: "
                            "or:|logic: & | not",
                            NULL}},
    [SIM_CLASS_TRUE_CLASS] = {"The class of true.", {NULL, NULL}},
    [SIM_CLASS_FALSE_CLASS] = {"The class of false.", {NULL, NULL}},
    [SIM_CLASS_INTEGER_CLASS] =
        {"Integers. A simulated image has those below 2^53 only.",
         {"arithmetic: + - * / // \\\\ abs negated squared factorial|comparing: < > <= >= min: "
          "max: between:and:|testing: even odd isInteger|converting: asInteger asCharacter "
          "asString to:",
          NULL}},
    [SIM_CLASS_SMALL_INTEGER] = {"The class of all integers of a simulated image.", {NULL, NULL}},
    [SIM_CLASS_CHARACTER_CLASS] = {"Characters, by their code point.",
                                   {"converting: value asInteger asString",
                                    "instance creation: value:"}},
    [SIM_CLASS_STRING] =
        {"Texts, in UTF-8: size and at: count bytes.",
         {"accessing: size at: at:put: first last|comparing: < > <= >=|testing: isEmpty notEmpty "
          "isString isSymbol includes: includesSubstring:|copying: , copyFrom:to: reverse "
          "reversed asUppercase asLowercase|converting: asString asSymbol asInteger",
          "instance creation: new new: with:"}},
    [SIM_CLASS_SYMBOL] = {"Texts of which equal ones are the same.", {NULL, NULL}},
    [SIM_CLASS_ARRAY] = {"Elements by number, from 1.",
                         {"accessing: size at: at:put: first last|testing: isEmpty notEmpty "
                          "includes:|copying: , copyFrom:to:",
                          "instance creation: new new: with:"}},
    [SIM_CLASS_BLOCK] = {"Code in brackets, with the variables around it.",
                         {"evaluating: value value: value:value: value:value:value: numArgs|"
                          "exceptions: on:do:",
                          NULL}},
    [SIM_CLASS_DELAY] = {"A while to wait for.",
                         {"waiting: wait", "instance creation: forMilliseconds: forSeconds:"}},
    [SIM_CLASS_CLASS_CLASS] = {"The class of all classes: a simulated image has no metaclasses.",
                               {"accessing: name superclass category comment comment:|defining: "
                                "subclass: "
                                "subclass:instanceVariableNames:classVariableNames:"
                                "poolDictionaries:category: "
                                "subclass:instanceVariableNames:classVariableNames:category: "
                                "subclass:instanceVariableNames:classVariableNames:package:",
                                NULL}},
    [SIM_CLASS_EXCEPTION] =
        {"What is signalled when something is out of the ordinary. It cannot be resumed, but by a "
         "debugger.",
         {"signalling: signal signal:|accessing: messageText description|handling: return "
          "return:",
          "instance creation: new signal signal:"}},
    [SIM_CLASS_ERROR] = {"Exceptions that are faults.", {NULL, NULL}},
    [SIM_CLASS_ZERO_DIVIDE] = {"A division by zero.", {NULL, NULL}},
    [SIM_CLASS_NOT_UNDERSTOOD] = {"A message that its receiver does not understand.", {NULL, NULL}},
    [SIM_CLASS_OUT_OF_BOUNDS] = {"An index for which there is no element.", {NULL, NULL}},
    [SIM_CLASS_WRONG_VALUE] = {"An argument of the wrong kind.", {NULL, NULL}},
    [SIM_CLASS_NOT_FOUND] = {"A key under which there is nothing.", {NULL, NULL}},
    [SIM_CLASS_LIMITED] = {"What a real image could do, and a simulated one cannot.", {NULL, NULL}},
    [SIM_CLASS_TRANSCRIPT] = {"Where code writes for people.", {NULL, NULL}},
    [SIM_CLASS_SMALLTALK] = {"Global variables by name.", {NULL, NULL}},
    [SIM_CLASS_COUNTER] = {"One number for the whole image, to see what ran, and how often.",
                           {NULL, "counting: next value reset"}},
};

bool sim_kernel_is_class (enum sim_class class)
{
    return class != SIM_CLASS_TRANSCRIPT && class != SIM_CLASS_SMALLTALK;
}

const char *sim_kernel_comment (enum sim_class class)
{
    return rows[class].comment;
}

bool
sim_kernel_next (enum sim_class class, enum sim_side side, size_t *at, struct sim_word *selector,
                 struct sim_word *category)
{
    const char *text = rows[class].messages[side];
    if (!text || !text[*at])
        return false;
    const char *word = text + *at;
    /* Before the first selector of a category stands its name, which alone ends in ": ". The bar
     * that is a message has a blank on both sides, the one between categories has none. */
    if (*at == 0 || (text[*at - 1] == '|' && text[*at] != ' ')) {
        category->text = word;
        category->size = (size_t) (strstr (word, ": ") - word);
        word += category->size + 2;
    }
    selector->text = word;
    selector->size = strcspn (word, " |");
    if (selector->size == 0 && *word == '|')
        selector->size = 1;
    *at = (size_t) (word - text) + selector->size;
    *at += text[*at] != '\0';
    return true;
}

bool
sim_kernel_has (enum sim_class class, enum sim_side side, const char *selector)
{
    struct sim_word word, category = {0};
    size_t at = 0, size = strlen (selector);
    while (sim_kernel_next (class, side, &at, &word, &category))
        if (word.size == size && memcmp (word.text, selector, size) == 0)
            return true;
    return false;
}

char *
sim_kernel_category (enum sim_class class, enum sim_side side, const char *selector)
{
    struct sim_word word, category = {0};
    size_t at = 0, size = strlen (selector);
    while (sim_kernel_next (class, side, &at, &word, &category))
        if (word.size == size && memcmp (word.text, selector, size) == 0)
            return stui_strndup (category.text, category.size);
    return NULL;
}

char *
sim_kernel_source (const char *selector)
{
    static const char body[] = "\n\t\"" SIM_KERNEL_METHOD_COMMENT "\"";
    if (sim_is_binary (*selector))
        return stui_printf ("%s argument1%s", selector, body);
    char *pattern = stui_strdup (""), *longer;
    int argument = 0;
    for (const char *word = selector; *word;) {
        size_t size = strcspn (word, ":");
        bool is_keyword = word[size] == ':';
        if (is_keyword)
            longer = stui_printf ("%s%s%.*s: argument%d", pattern, argument > 0 ? " " : "",
                                  (int) size, word, argument + 1);
        else
            longer = stui_printf ("%s%s", pattern, word);
        free (pattern);
        pattern = longer;
        argument++;
        word += size + is_keyword;
    }
    longer = stui_printf ("%s%s", pattern, body);
    free (pattern);
    return longer;
}
