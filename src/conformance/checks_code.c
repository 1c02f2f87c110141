/* checks_code.c: the section Code: classes and methods made, read, searched, filed in and out, and
 * removed. All of it is done to classes of the kit's own, which are taken away afterwards. */

#include <stdlib.h>
#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

#define POINT   "StuiConformancePoint"
#define CHILD   "StuiConformanceChild"
#define PACKAGE "StuiConformance"

enum { SEARCH_MS = 30000 };

static const char answer_source[] = "kitAnswer\n\t\"what it is\"\n\t^42";

static const struct kit_answer *
define (struct kit_line *line, const char *name, const char *superclass, const char *variables)
{
    return kit_ask (line, "define_class", "{'class_name':'%s','source':'%s'}", name,
                    kit_text (kit_of (line),
                              "%s subclass: #%s instanceVariableNames: '%s' classVariableNames: '' "
                              "poolDictionaries: '' category: '" PACKAGE "'",
                              superclass, name, variables));
}

static const struct kit_answer *
compile (struct kit_line *line, const char *side, const char *category, const char *source)
{
    return kit_ask (line, "compile_method",
                    "{'class_name':'" POINT "','side':'%s','category':'%s','source':'%s'}", side,
                    category, source);
}

/* A claimed connection to an image with the class, and a method in it. */
static struct kit_line *
begin (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (define (line, POINT, "Object", "x y"));
    kit_succeeds (compile (line, "instance", "kit", answer_source));
    return line;
}

/* ---- classes --------------------------------------------------------------------------------- */

static void
check_define (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *made = define (line, POINT, "Object", "x y");
    kit_says (made, "result.name", POINT);
    kit_says (made, "result.package", PACKAGE);
    kit_is (made, "result.is_new", true);
    kit_succeeds (compile (line, "instance", "kit", answer_source));
    const struct kit_answer *changed = define (line, POINT, "Object", "x y z");
    kit_is (changed, "result.is_new", false);
    const struct kit_answer *browsed = kit_ask (line, "browse_class", "{'class_name':'" POINT "'}");
    kit_equals (browsed, "result.instance_vars", "[\"x\",\"y\",\"z\"]");
    kit_lists (browsed, "result.methods", "name", "kitAnswer");
}

static void
check_define_reads (struct kit *kit)
{
    static const char *const sources[] = {
        "3 + 4",
        "Object subclass: #StuiConformanceOther instanceVariableNames: '' classVariableNames: '' "
        "poolDictionaries: '' category: ''",
        "Object subclass: #" POINT " instanceVariableNames: '' classVariableNames: '' "
        "poolDictionaries: '' category: (Transcript showCr: 'evaluated')",
        "",
    };
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        kit_refuses (
            kit_ask (line, "define_class", "{'class_name':'" POINT "','source':'%s'}", sources[i]),
            "InvalidRequest");
    kit_refuses (kit_ask (line, "browse_class", "{'class_name':'" POINT "'}"), "ClassNotFound");
}

static void
check_definition (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    const struct kit_answer *browsed = kit_ask (line, "browse_class", "{'class_name':'" POINT "'}");
    const char *definition = kit_string (browsed, "result.class_info.definition");
    kit_has (browsed, "result", "class_info:o");
    const struct kit_answer *again =
        kit_ask (line, "define_class", "{'class_name':'" POINT "','source':'%s'}", definition);
    kit_is (again, "result.is_new", false);
    browsed = kit_ask (line, "browse_class", "{'class_name':'" POINT "'}");
    kit_says (browsed, "result.class_info.definition", definition);
    kit_lists (browsed, "result.methods", "name", "kitAnswer");
}

static void
check_define_class_side (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (kit_ask (line, "define_class",
                           "{'class_name':'" POINT "','side':'class','source':'%s'}",
                           POINT " class instanceVariableNames: 'kitOnly'"));
    const struct kit_answer *browsed =
        kit_ask (line, "browse_class", "{'class_name':'" POINT "','side':'class'}");
    kit_says (browsed, "result.class_info.side", "class");
    kit_equals (browsed, "result.instance_vars", "[\"kitOnly\"]");
}

static void
check_list_classes (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (define (line, CHILD, POINT, ""));
    const struct kit_answer *list =
        kit_ask (line, "list_classes", "{'pattern':'stuiCONFORMANCE*'}");
    kit_has (list, "result", "classes:a total_count:n from:n");
    kit_counts (list, "result.total_count", 2);
    kit_says (list, "result.classes.0.name", CHILD);
    kit_says (list, "result.classes.0.superclass", POINT);
    kit_says (list, "result.classes.1.name", POINT);
    kit_says (list, "result.classes.1.package", PACKAGE);
    kit_counts (kit_ask (line, "list_classes", "{'pattern':'ConformancePoin'}"),
                "result.total_count", 1);
    kit_counts (kit_ask (line, "list_classes", "{'pattern':'ConformancePoin*'}"),
                "result.total_count", 0);
    list = kit_ask (line, "list_classes", "{'package':'" PACKAGE "','limit':1,'from':1}");
    kit_counts (list, "result.total_count", 2);
    kit_counts (list, "result.from", 1);
    kit_says (list, "result.classes.0.name", POINT);
    kit_expect (kit, !kit_goes_on (kit) || kit_size (list, "result.classes") == 1,
                "one class with limit 1, got %zu", kit_size (list, "result.classes"));
    kit_lists (kit_ask (line, "list_classes", "{'pattern':'Object','limit':10000}"),
               "result.classes", "name", "Object");
}

static void
check_browse (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (define (line, CHILD, POINT, ""));
    const struct kit_answer *browsed = kit_ask (line, "browse_class", "{'class_name':'" POINT "'}");
    kit_has (browsed, "result", "class_info:o categories:l methods:a instance_vars:l class_vars:l");
    kit_has (browsed, "result.class_info",
             "name:S superclass:z package:s comment:s definition:S subclasses:l side:S");
    kit_says (browsed, "result.class_info.superclass", "Object");
    kit_says (browsed, "result.class_info.side", "instance");
    kit_equals (browsed, "result.class_info.subclasses", "[\"" CHILD "\"]");
    kit_lists (browsed, "result.categories", NULL, "kit");
    kit_says (browsed, "result.methods.0.name", "kitAnswer");
    kit_says (browsed, "result.methods.0.category", "kit");
    kit_refuses (kit_ask (line, "browse_class", "{'class_name':'StuiConformanceNone'}"),
                 "ClassNotFound");
}

static void
check_remove_class (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (define (line, CHILD, POINT, ""));
    kit_refuses (kit_ask (line, "remove_class", "{'class_name':'" POINT "'}"), "PermissionDenied");
    const struct kit_answer *removed = kit_ask (line, "remove_class", "{'class_name':'" CHILD "'}");
    kit_is (removed, "result.done", true);
    kit_says (removed, "result.name", CHILD);
    kit_refuses (kit_ask (line, "browse_class", "{'class_name':'" CHILD "'}"), "ClassNotFound");
    kit_refuses (kit_ask (line, "remove_class", "{'class_name':'" CHILD "'}"), "ClassNotFound");
}

/* ---- methods ------------------------------------------------------------------------------------ */

static void
check_compile (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (define (line, POINT, "Object", "x y"));
    const struct kit_answer *made = compile (line, "instance", "kit", answer_source);
    kit_says (made, "result.name", "kitAnswer");
    kit_says (made, "result.class_name", POINT);
    kit_says (made, "result.side", "instance");
    kit_says (made, "result.category", "kit");
    kit_is (made, "result.is_new", true);
    const struct kit_answer *again = kit_ask (
        line, "compile_method", "{'class_name':'" POINT "','source':'kitAnswer\\n\\t^43'}");
    kit_is (again, "result.is_new", false);
    kit_says (again, "result.category", "kit");
    kit_says (
        kit_ask (line, "compile_method", "{'class_name':'" POINT "','source':'kitOther\\n\\t^44'}"),
        "result.category", "as yet unclassified");
    kit_refuses (kit_ask (line, "compile_method",
                          "{'class_name':'StuiConformanceNone','source':'kitOther\\n\\t^44'}"),
                 "ClassNotFound");
}

static void
check_compile_error (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    const struct kit_answer *refused =
        compile (line, "instance", "kit", "kitAnswer\n\t| a |\n\ta := 3.\n\t^a + kitNobody");
    kit_refuses (refused, "CompileError");
    kit_counts (refused, "details.line", 4);
    kit_says (kit_ask (line, "get_method", "{'class_name':'" POINT "','method_name':'kitAnswer'}"),
              "result.method.source", answer_source);
}

static void
check_compiled_runs (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (compile (line, "instance", "kit", "kitAdd: a to: b\n\t^a + b"));
    kit_succeeds (compile (line, "class", "kit", "kitMade\n\t^self new"));
    kit_prints (line, NULL, POINT " new kitAnswer", "42");
    kit_prints (line, NULL, POINT " kitMade kitAdd: 3 to: 4", "7");
}

static void
check_get_method (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (compile (line, "instance", "kit", "kitAdd: a to: b\n\t^a + b"));
    kit_succeeds (compile (line, "class", "kit", "kitMade\n\t^self new"));
    const struct kit_answer *answer =
        kit_ask (line, "get_method", "{'class_name':'" POINT "','method_name':'kitAdd:to:'}");
    kit_has (answer, "result.method",
             "class_name:S side:S name:S category:s source:S comment:s arguments:l");
    kit_says (answer, "result.method.source", "kitAdd: a to: b\n\t^a + b");
    kit_equals (answer, "result.method.arguments", "[\"a\",\"b\"]");
    kit_says (answer, "result.method.side", "instance");
    kit_says (kit_ask (line, "get_method", "{'class_name':'" POINT "','method_name':'kitAnswer'}"),
              "result.method.comment", "what it is");
    kit_says (kit_ask (line, "get_method",
                       "{'class_name':'" POINT "','method_name':'kitMade','side':'class'}"),
              "result.method.source", "kitMade\n\t^self new");
    kit_refuses (kit_ask (line, "get_method", "{'class_name':'" POINT "','method_name':'kitMade'}"),
                 "MethodNotFound");
    kit_refuses (kit_ask (line, "get_method",
                          "{'class_name':'StuiConformanceNone','method_name':'kitMade'}"),
                 "ClassNotFound");
}

static void
check_remove_method (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    const struct kit_answer *removed =
        kit_ask (line, "remove_method", "{'class_name':'" POINT "','method_name':'kitAnswer'}");
    kit_is (removed, "result.done", true);
    kit_says (removed, "result.name", "kitAnswer");
    kit_refuses (
        kit_ask (line, "remove_method", "{'class_name':'" POINT "','method_name':'kitAnswer'}"),
        "MethodNotFound");
}

static void
check_rename_category (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (compile (line, "instance", "kit", "kitOther\n\t^44"));
    const struct kit_answer *renamed =
        kit_ask (line, "rename_category",
                 "{'class_name':'" POINT "','old_name':'kit','new_name':'kit renamed'}");
    kit_is (renamed, "result.done", true);
    kit_counts (renamed, "result.methods", 2);
    kit_says (kit_ask (line, "get_method", "{'class_name':'" POINT "','method_name':'kitOther'}"),
              "result.method.category", "kit renamed");
}

/* ---- files ---------------------------------------------------------------------------------------- */

static void
check_file_in (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    const struct kit_answer *answer = kit_ask (line, "file_in", "{'name':'kit.st','source':'%s'}",
                                               "!" POINT " methodsFor: 'kit'!\n"
                                               "kitFirst\n\t^1!\n"
                                               "kitWrong\n\t^(3!\n"
                                               "kitLast\n\t^2! !\n"
                                               "!" POINT " class methodsFor: 'kit'!\n"
                                               "kitSide\n\t^3! !\n");
    kit_has (answer, "result", "definitions:l definition_count:n errors:a error_count:n");
    kit_lists (answer, "result.definitions", NULL, POINT ">>kitFirst");
    kit_lists (answer, "result.definitions", NULL, POINT ">>kitLast");
    kit_lists (answer, "result.definitions", NULL, POINT " class>>kitSide");
    kit_counts (answer, "result.definition_count", 3);
    kit_counts (answer, "result.error_count", 1);
    kit_ranges (answer, "result.errors.0.line", 4, 5);
    kit_has (answer, "result.errors.0", "line:n text:S");
}

static void
check_file_out (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (compile (line, "class", "kit", "kitMade\n\t^self new"));
    const struct kit_answer *out = kit_ask (line, "file_out", "{'class_name':'" POINT "'}");
    kit_has (out, "result", "source:S from:n total_size:n");
    const char *source = kit_string (out, "result.source");
    kit_counts (out, "result.total_size", (int64_t) strlen (source));
    const struct kit_answer *part =
        kit_ask (line, "file_out", "{'class_name':'" POINT "','from':5,'count':7}");
    kit_says (part, "result.source",
              strlen (source) > 12 ? kit_text (kit, "%.7s", source + 5) : "longer");
    kit_counts (part, "result.from", 5);
    kit_is (kit_ask (line, "remove_class", "{'class_name':'" POINT "'}"), "result.done", true);
    const struct kit_answer *in = kit_ask (line, "file_in", "{'source':'%s'}", source);
    kit_counts (in, "result.error_count", 0);
    kit_says (kit_ask (line, "get_method", "{'class_name':'" POINT "','method_name':'kitAnswer'}"),
              "result.method.source", answer_source);
    kit_says (kit_ask (line, "get_method",
                       "{'class_name':'" POINT "','method_name':'kitMade','side':'class'}"),
              "result.method.category", "kit");
    kit_refuses (kit_ask (line, "file_out", "{'class_name':'StuiConformanceNone'}"),
                 "ClassNotFound");
    kit_has (kit_ask (line, "file_out", "{'package':'" PACKAGE "'}"), "result", "source:S");
}

/* ---- searching ---------------------------------------------------------------------------------------- */

static void
expect_row (const struct kit_answer *answer, const char *name)
{
    kit_has (answer, "result", "methods:a total_count:n from:n");
    kit_counts (answer, "result.total_count", 1);
    kit_has (answer, "result.methods.0", "class_name:S side:S name:S category:s");
    kit_says (answer, "result.methods.0.class_name", POINT);
    kit_says (answer, "result.methods.0.name", name);
    kit_says (answer, "result.methods.0.side", "instance");
}

/* An image may have to read all its source for it. */
static const struct kit_answer *
search (struct kit_line *line, const char *command, const char *key, const char *text)
{
    return kit_await_for (line, kit_send (line, command, "{'%s':'%s'}", key, text), SEARCH_MS);
}

static void
check_searches (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    kit_succeeds (compile (line, "instance", "kit", "kitCaller\n\t^self kitAnswer"));
    expect_row (search (line, "senders", "selector", "kitAnswer"), "kitCaller");
    expect_row (search (line, "implementors", "selector", "kitCaller"), "kitCaller");
    expect_row (search (line, "search_source", "text", "SELF KITANSWER"), "kitCaller");
    kit_counts (kit_ask (line, "implementors", "{'selector':'kitNobodyHasThis'}"),
                "result.total_count", 0);
    const struct kit_answer *many = kit_await_for (
        line, kit_send (line, "search_source", "{'text':'kitAnswer','limit':1,'from':1}"),
        SEARCH_MS);
    kit_counts (many, "result.total_count", 2);
    kit_says (many, "result.methods.0.name", "kitCaller");
}

static void
expect_candidate (const struct kit_answer *answer, const char *text, const char *kind)
{
    kit_lists (answer, "result.candidates", "text", text);
    const char *got =
        json_get_text (kit_row_of (answer, "result.candidates", "text", text), "kind");
    if (got)
        kit_expect (kit_of_answer (answer), strcmp (got, kind) == 0, "%s to be a %s, got %s", text,
                    kind, got);
}

static void
check_complete (struct kit *kit)
{
    struct kit_line *line = begin (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "kitVariable := 1", "1");
    expect_candidate (kit_ask (line, "complete", "{'prefix':'kitVar','session_id':'%s'}", session),
                      "kitVariable", "variable");
    expect_candidate (kit_ask (line, "complete", "{'prefix':'StuiConformanceP'}"), POINT, "class");
    expect_candidate (kit_ask (line, "complete", "{'prefix':'kitAns'}"), "kitAnswer", "selector");
    expect_candidate (kit_ask (line, "complete", "{'prefix':'sel'}"), "self", "pseudo");
    expect_candidate (
        kit_ask (line, "complete",
                 "{'prefix':'kitTem','code':'| kitTemporary | kitTem','position':23}"),
        "kitTemporary", "variable");
    kit_equals (kit_ask (line, "complete", "{'prefix':''}"), "result.candidates", "[]");
}

static const struct kit_check checks[] = {
    {"define-class", "define_class makes a class, and changes one with its methods kept.",
     KIT_NEWER, "define_class compile_method browse_class remove_class", check_define},
    {"define-class-reads",
     "A definition is read, not evaluated: anything else is an InvalidRequest.", KIT_NEWER,
     "define_class browse_class", check_define_reads},
    {"definition", "browse_class shows a definition that define_class takes.", KIT_NEWER,
     "define_class compile_method browse_class remove_class", check_definition},
    {"define-class-side", "define_class of the class side gives the class variables of its own.",
     KIT_NEWER, "define_class compile_method browse_class remove_class", check_define_class_side},
    {"list-classes", "list_classes finds by pattern and package, sorted, in parts.", KIT_NEWER,
     "define_class compile_method list_classes remove_class", check_list_classes},
    {"browse-class", "browse_class tells all of a class.", KIT_NEWER,
     "define_class compile_method browse_class remove_class", check_browse},
    {"remove-class", "remove_class removes; with subclasses it is PermissionDenied.", KIT_NEWER,
     "define_class compile_method browse_class remove_class", check_remove_class},
    {"compile-method", "compile_method keeps a method's category; a new one's is given.", KIT_NEWER,
     "define_class compile_method remove_class", check_compile},
    {"compile-method-error",
     "A method that does not compile is a CompileError with its line, and leaves the old one.",
     KIT_NEWER, "define_class compile_method get_method remove_class", check_compile_error},
    {"compiled-runs", "What was compiled is what runs.", KIT_NEWER,
     "define_class compile_method evaluate remove_class", check_compiled_runs},
    {"get-method", "get_method answers the source as it was sent, comment and arguments.",
     KIT_NEWER, "define_class compile_method get_method remove_class", check_get_method},
    {"remove-method", "remove_method removes.", KIT_NEWER,
     "define_class compile_method remove_method remove_class", check_remove_method},
    {"rename-category", "rename_category moves its methods, and says how many.", KIT_NEWER,
     "define_class compile_method get_method rename_category remove_class", check_rename_category},
    {"file-in", "file_in goes on after a wrong chunk, and says its line.", KIT_NEWER,
     "define_class compile_method file_in remove_class", check_file_in},
    {"file-out", "file_out answers what file_in takes, whole or in parts.", KIT_NEWER,
     "define_class compile_method get_method file_in file_out remove_class", check_file_out},
    {"searches", "senders, implementors and search_source find methods.", KIT_NEWER,
     "define_class compile_method senders implementors search_source remove_class", check_searches},
    {"complete", "complete knows variables, pseudo variables, classes and selectors.", KIT_NEWER,
     "define_class compile_method complete evaluate remove_class", check_complete},
    {0},
};

const struct kit_section kit_code = {"code", checks};
