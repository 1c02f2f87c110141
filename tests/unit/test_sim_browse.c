/* test_sim_browse.c: what a simulated image tells of its classes, and how clients define their own. */

#include "sim_fixture.h"

#define POINT                                                                                      \
    "{'class_name':'Point','source':'Object subclass: #Point instanceVariableNames: `x y` "        \
    "classVariableNames: `Origin` poolDictionaries: `` category: `Shapes`'}"

static void
setup_claimed (void)
{
    setup ();
    claim (1, ME, 1, 1);
    result_of (1, "create_session", "{'session_id':'s'}");
}

TestSuite (sim_browse, .init = setup_claimed, .fini = teardown, .timeout = 60);

static void
compile (const char *class, const char *source)
{
    char *parameters = stui_printf ("{'class_name':'%s','source':'%s'}", class, source);
    result_of (1, "compile_method", parameters);
    free (parameters);
}

static void
define (const char *superclass, const char *name, const char *variables)
{
    char *parameters =
        stui_printf ("{'class_name':'%s','source':'%s subclass: #%s instanceVariableNames: `%s` "
                     "classVariableNames: `` package: `Shapes`'}",
                     name, superclass, name, variables);
    result_of (1, "define_class", parameters);
    free (parameters);
}

/* Evaluates what takes several slices; the answer is LAST. */
static void
await (const char *parameters)
{
    int number = request (1, "evaluate", parameters);
    for (int turns = 0; !find (1, id_of (number)); turns++) {
        cr_assert_lt (turns, 10000, "%s does not end", parameters);
        advance (0);
    }
}

/* ---- classes ------------------------------------------------------------------------------- */

Test (sim_browse, lists_the_classes_that_it_has_values_of)
{
    const struct json *list = result_of (1, "list_classes", "{}");
    const struct json *classes = json_get (list, "classes");
    static const char *const names[] = {"Array", "Boolean", "Object", "SmallInteger", "String"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_assert (has (classes, "name", names[i]), "%s", names[i]);
    cr_assert_not (has (classes, "name", "Transcript"), "an object is no class");
    cr_assert_eq (json_get_number (list, "total_count", 0), (int64_t) json_count (classes));
    cr_assert_eq (json_get_number (list, "from", -1), 0);
    const struct json *object = json_first (classes);
    while (strcmp (json_get_text (object, "name"), "Object") != 0)
        object = json_next (object);
    cr_assert (json_is_null (json_get (object, "superclass")));
}

Test (sim_browse, a_list_has_a_pattern_a_package_and_a_range)
{
    define ("Object", "Point", "x y");
    define ("Point", "Point3D", "z");
    const struct json *list = result_of (1, "list_classes", "{'package':'Shapes'}");
    cr_assert_eq (json_get_number (list, "total_count", 0), 2);
    list = result_of (1, "list_classes", "{'package':'Shapes','limit':1,'from':1}");
    cr_assert_eq (json_count (json_get (list, "classes")), 1);
    cr_assert (has (json_get (list, "classes"), "name", "Point3D"));
    cr_assert_eq (json_get_number (list, "total_count", 0), 2);
    cr_assert_eq (json_get_number (list, "from", 0), 1);
    static const struct {
        const char *pattern;
        int count;
    } cases[] = {{"OINT", 2}, {"point", 2}, {"*point", 1}, {"p*3d", 1}, {"P*t", 1}, {"x*", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *parameters = stui_printf ("{'pattern':'%s'}", cases[i].pattern);
        list = result_of (1, "list_classes", parameters);
        cr_assert_eq (json_get_number (list, "total_count", -1), cases[i].count, "%s",
                      cases[i].pattern);
        free (parameters);
    }
    expect_error (ask (1, "list_classes", "{'limit':0}"), "InvalidRequest");
    expect_error (ask (1, "list_classes", "{'limit':10001}"), "InvalidRequest");
    expect_error (ask (1, "list_classes", "{'from':-1}"), "InvalidRequest");
}

Test (sim_browse, a_pattern_of_stars_takes_no_time)
{
    result_of (1, "list_classes", "{'pattern':'*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'}");
}

Test (sim_browse, shows_a_class_with_both_sides)
{
    const struct json *defined = result_of (1, "define_class", POINT);
    cr_assert_str_eq (json_get_text (defined, "name"), "Point");
    cr_assert_str_eq (json_get_text (defined, "package"), "Shapes");
    cr_assert (json_get_bool (defined, "is_new", false));
    result_of (1, "compile_method",
               "{'class_name':'Point','source':'x\\n\\t^x','category':'accessing'}");
    compile ("Point", "+ other\\n\\t^other");
    result_of (1, "define_class",
               "{'class_name':'Point','side':'class','source':'Point class "
               "instanceVariableNames: `cache`'}");
    const struct json *shown = result_of (1, "browse_class", "{'class_name':'Point'}");
    const struct json *info = json_get (shown, "class_info");
    cr_assert_str_eq (json_get_text (info, "superclass"), "Object");
    cr_assert_str_eq (json_get_text (info, "side"), "instance");
    cr_assert_str_eq (json_get_text (info, "definition"),
                      "Object subclass: #Point\n\tinstanceVariableNames: 'x y'\n"
                      "\tclassVariableNames: 'Origin'\n\tpoolDictionaries: ''\n"
                      "\tcategory: 'Shapes'");
    cr_assert (has (json_get (shown, "methods"), "category", "as yet unclassified"));
    cr_assert_str_eq (json_text (json_at (json_get (shown, "categories"), 0)), "accessing");
    cr_assert_eq (json_count (json_get (shown, "instance_vars")), 2);
    cr_assert (has (json_get (shown, "class_vars"), NULL, "Origin"));
    shown = result_of (1, "browse_class", "{'class_name':'Point','side':'class'}");
    cr_assert_str_eq (json_get_text (json_get (shown, "class_info"), "definition"),
                      "Point class\n\tinstanceVariableNames: 'cache'");
    cr_assert (has (json_get (shown, "instance_vars"), NULL, "cache"));
    info = json_get (result_of (1, "browse_class", "{'class_name':'Object'}"), "class_info");
    cr_assert (has (json_get (info, "subclasses"), NULL, "Point"));
    expect_error (ask (1, "browse_class", "{'class_name':'Nowhere'}"), "ClassNotFound");
    expect_error (ask (1, "browse_class", "{'class_name':'Object','side':'left'}"),
                  "InvalidRequest");
    expect_error (ask (1, "browse_class", "{}"), "InvalidRequest");
}

Test (sim_browse, a_definition_is_read_not_evaluated)
{
    static const struct {
        const char *name, *source, *type, *sentence;
    } cases[] = {
        {"Foo", "Transcript showCr: `x`", "InvalidRequest", "a definition was expected"},
        {"Foo", "Object subclass: #Bar", "InvalidRequest", "class_name is Foo"},
        {"Foo", "Object subclass: #Foo category: 3", "InvalidRequest", "line 1, column 33"},
        {"Foo", "Object subclass: #Foo. Object", "InvalidRequest", "the end"},
        {"foo", "Object subclass: #foo", "InvalidRequest", "capital"},
        {"Foo", "Nowhere subclass: #Foo", "ClassNotFound", "Nowhere"},
        {"Foo", "Object subclass: #Foo instanceVariableNames: `a a`", "InvalidRequest", "twice"},
        {"Foo", "Object subclass: #Foo instanceVariableNames: `self`", "InvalidRequest", "self"},
        {"Foo", "Object subclass: #Foo poolDictionaries: `P`", "InvalidRequest", "pool"},
        {"Array", "Object subclass: #Array instanceVariableNames: `a`", "UnsupportedOperation",
         "built into"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *parameters =
            stui_printf ("{'class_name':'%s','source':'%s'}", cases[i].name, cases[i].source);
        const struct json *answer = ask (1, "define_class", parameters);
        expect_error (answer, cases[i].type);
        cr_assert_not_null (strstr (json_get_text (answer, "error"), cases[i].sentence), "%s",
                            json_get_text (answer, "error"));
        free (parameters);
    }
    cr_assert_eq (
        json_get_number (result_of (1, "list_classes", "{'pattern':'foo'}"), "total_count", -1), 0);
}

Test (sim_browse, a_class_cannot_be_below_itself_nor_have_a_variable_twice)
{
    define ("Object", "One", "a");
    define ("One", "Two", "b");
    expect_error (ask (1, "define_class", "{'class_name':'One','source':'Two subclass: #One'}"),
                  "InvalidRequest");
    expect_error (ask (1, "define_class",
                       "{'class_name':'Two','source':'One subclass: #Two "
                       "instanceVariableNames: `a`'}"),
                  "InvalidRequest");
    expect_error (ask (1, "define_class",
                       "{'class_name':'One','source':'Object subclass: #One "
                       "instanceVariableNames: `b`'}"),
                  "InvalidRequest");
}

Test (sim_browse, the_category_is_the_package_where_the_source_names_none)
{
    const struct json *defined = result_of (
        1, "define_class", "{'class_name':'Foo','source':'nil subclass: #Foo','category':'Mine'}");
    cr_assert_str_eq (json_get_text (defined, "package"), "Mine");
    const struct json *info =
        json_get (result_of (1, "browse_class", "{'class_name':'Foo'}"), "class_info");
    cr_assert (json_is_null (json_get (info, "superclass")));
    cr_assert (has (json_get (result_of (1, "system_info", "{'kind':'packages'}"), "packages"),
                    NULL, "Mine"));
}

/* ---- methods that run ------------------------------------------------------------------------ */

Test (sim_browse, compiled_methods_are_called)
{
    define ("Object", "Account", "balance owner");
    compile ("Account", "balance\\n\\t^balance ifNil: [0]");
    compile ("Account", "deposit: amount\\n\\tbalance := self balance + amount");
    compile ("Account", "add: a to: b\\n\\t| sum |\\n\\tsum := a + b.\\n\\t^sum + self balance");
    cr_assert_str_eq (printed ("(Account new deposit: 3; deposit: 4; yourself) balance"), "7");
    cr_assert_str_eq (printed ("Account new deposit: 3"), "an Account");
    cr_assert_str_eq (printed ("Account new add: 3 to: 4"), "7");
    compile ("Account", "find: n\\n\\t#(1 2 3) do: [:e | e = n ifTrue: [^#found]].\\n\\t^#lost");
    cr_assert_str_eq (printed ("(Account new find: 2) , (Account new find: 9)"), "'foundlost'");
    compile ("Account", "fact: n\\n\\t^n < 2 ifTrue: [1] ifFalse: [n * (self fact: n - 1)]");
    cr_assert_str_eq (printed ("Account new fact: 10"), "3628800");
}

Test (sim_browse, methods_are_inherited_and_super_calls_the_one_above)
{
    define ("Object", "Base", "n");
    define ("Base", "Derived", "");
    compile ("Base", "name\\n\\t^`base`");
    compile ("Base", "setUp\\n\\tn := 1");
    compile ("Derived", "name\\n\\t^super name , ` derived`");
    compile ("Derived", "n\\n\\tself setUp.\\n\\t^n + 1");
    compile ("Derived", "printString\\n\\t^`<` , super printString , `>`");
    cr_assert_str_eq (printed ("Derived new name"), "'base derived'");
    cr_assert_str_eq (printed ("Derived new n"), "2");
    cr_assert_str_eq (printed ("Derived new"), "<a Derived>");
    cr_assert_str_eq (printed ("Derived new isKindOf: Base"), "true");
}

Test (sim_browse, the_class_side_has_methods_and_variables)
{
    define ("Object", "Thing", "n");
    result_of (1, "define_class",
               "{'class_name':'Thing','side':'class','source':'Thing class "
               "instanceVariableNames: `count`'}");
    result_of (1, "compile_method",
               "{'class_name':'Thing','side':'class','source':'new\\n\\tcount := (count ifNil: [0])"
               " + 1.\\n\\t^super new'}");
    result_of (1, "compile_method",
               "{'class_name':'Thing','side':'class','source':'count\\n\\t^count'}");
    cr_assert_str_eq (printed ("Thing new. Thing new. Thing count"), "2");
    expect_error (ask (1, "compile_method", "{'class_name':'Thing','source':'count\\n\\t^count'}"),
                  "CompileError");
}

Test (sim_browse, variables_that_a_class_no_longer_has_are_forgotten)
{
    define ("Object", "Thing", "");
    for (int i = 0; i < 3; i++) {
        char *parameters = stui_printf ("{'class_name':'Thing','side':'class','source':'Thing "
                                        "class instanceVariableNames: `v%d`'}",
                                        i);
        result_of (1, "define_class", parameters);
        free (parameters);
        parameters =
            stui_printf ("{'class_name':'Thing','side':'class','source':'set\\n\\tv%d := 1'}", i);
        result_of (1, "compile_method", parameters);
        free (parameters);
        printed ("Thing set");
    }
    const struct json *result = result_of (1, "inspect", "{'session_id':'s','target':'Thing'}");
    cr_assert_eq (json_get_number (result, "size", 0), 1);
}

Test (sim_browse, class_variables_are_shared)
{
    result_of (1, "define_class", POINT);
    compile ("Point", "origin: o\\n\\tOrigin := o");
    compile ("Point", "origin\\n\\t^Origin");
    cr_assert_str_eq (printed ("Point new origin: 5. Point new origin"), "5");
}

Test (sim_browse, classes_that_every_image_has_can_be_extended)
{
    compile ("SmallInteger", "double\\n\\t^self + self");
    compile ("Object", "hello\\n\\t^`hello`");
    compile ("Object", "size\\n\\t^0");
    compile ("Boolean", "toInt\\n\\t^self ifTrue: [1] ifFalse: [0]");
    cr_assert_str_eq (printed ("4 double"), "8");
    cr_assert_str_eq (printed ("#(1 2) hello , nil hello , Object hello"), "'hellohellohello'");
    cr_assert_str_eq (printed ("#(1 2) size"), "2");
    cr_assert_str_eq (printed ("3 size"), "0");
    cr_assert_str_eq (printed ("true toInt + false toInt"), "1");
    result_of (1, "remove_method", "{'class_name':'Object','method_name':'size'}");
    const struct json *result = result_of (1, "evaluate", "{'code':'3 size'}");
    cr_assert_str_eq (json_get_text (result, "result_type"), "MessageNotUnderstood");
}

Test (sim_browse, loops_reach_the_methods_of_objects_that_have_their_own)
{
    define ("Object", "Bag", "");
    compile ("Bag", "do: aBlock\\n\\taBlock value: 1.\\n\\taBlock value: 2");
    compile ("Bag",
             "sum\\n\\t| sum |\\n\\tsum := 0.\\n\\tself do: [:e | sum := sum + e].\\n\\t^sum");
    cr_assert_str_eq (printed ("Bag new sum"), "3");
    cr_assert_str_eq (printed ("| s | s := 0. #(1 2 3) do: [:e | s := s + e]. s"), "6");
}

Test (sim_browse, exceptions_can_be_defined)
{
    define ("Error", "Broke", "amount");
    compile ("Broke", "amount: n\\n\\tamount := n");
    compile ("Broke", "amount\\n\\t^amount");
    cr_assert_str_eq (printed ("[Broke new amount: 3; signal: `none`] on: Broke do: [:e | "
                               "e messageText , e amount printString]"),
                      "'none3'");
    cr_assert_str_eq (printed ("[Broke signal: `x`] on: Error do: [:e | e class]"), "Broke");
    const struct json *result = result_of (1, "evaluate", "{'code':'Broke signal: `x`'}");
    cr_assert_str_eq (json_get_text (result, "result_type"), "Broke");
}

Test (sim_browse, a_changed_class_keeps_methods_and_instances)
{
    define ("Object", "Pair", "left right");
    define ("Pair", "Named", "name");
    compile ("Pair", "left: l right: r\\n\\tleft := l.\\n\\tright := r");
    compile ("Pair", "right\\n\\t^right");
    compile ("Named", "name: n\\n\\tname := n");
    compile ("Named", "name\\n\\t^name");
    result_of (1, "evaluate",
               "{'session_id':'s','code':'p := Named new. p left: 1 right: 2. p name: #joe'}");
    define ("Object", "Pair", "middle right");
    const struct json *result =
        result_of (1, "evaluate", "{'session_id':'s','code':'{p right. p name}'}");
    cr_assert_str_eq (json_get_text (result, "result"), "(2 #joe )");
    const struct json *again = result_of (1, "define_class",
                                          "{'class_name':'Pair','source':'Object subclass: #Pair "
                                          "instanceVariableNames: `right`'}");
    cr_assert_not (json_get_bool (again, "is_new", true));
    cr_assert_str_eq (json_get_text (again, "package"), "Shapes");
    result = result_of (1, "evaluate", "{'session_id':'s','code':'p right'}");
    cr_assert_str_eq (json_get_text (result, "result"), "2");
}

Test (sim_browse, instances_outlive_their_class)
{
    define ("Object", "Gone", "");
    compile ("Gone", "hello\\n\\t^#hello");
    result_of (1, "evaluate", "{'session_id':'s','code':'g := Gone new'}");
    result_of (1, "remove_class", "{'class_name':'Gone'}");
    await ("{'code':'1 to: 20000 do: [:i | Array new: 10]'}"); /* enough for collections */
    sim_outbox_clear (&outbox);
    const struct json *result = result_of (1, "evaluate", "{'session_id':'s','code':'g hello'}");
    cr_assert_str_eq (json_get_text (result, "result"), "#hello");
    expect_error (ask (1, "evaluate", "{'code':'Gone new'}"), "CompileError");
}

Test (sim_browse, definitions_in_code_define_too)
{
    printed ("Object subclass: #Made instanceVariableNames: `a` classVariableNames: `` "
             "poolDictionaries: `` category: `Mine`");
    cr_assert_str_eq (printed ("Made new"), "a Made");
    cr_assert_str_eq (printed ("(Made comment: `why`; yourself) comment , Made category"),
                      "'whyMine'");
    const struct json *result = result_of (1, "evaluate", "{'code':'Object subclass: #bad'}");
    cr_assert (json_get_bool (result, "has_error", false));
}

Test (sim_browse, runaway_methods_end)
{
    define ("Object", "Deep", "");
    compile ("Deep", "down\\n\\t^self down");
    await ("{'code':'Deep new down'}");
    expect_error (last, "EvaluationError");
    cr_assert_str_eq (json_get_text (json_get (last, "details"), "reason"), "memory");
}

Test (sim_browse, a_block_whose_method_has_ended_says_so)
{
    define ("Object", "Maker", "");
    compile ("Maker", "make\\n\\t^[^3]");
    const struct json *result = result_of (1, "evaluate", "{'code':'Maker new make value'}");
    cr_assert_not_null (strstr (json_get_text (result, "result"), "has ended"));
}

/* ---- compile_method, get_method --------------------------------------------------------------- */

Test (sim_browse, a_method_that_does_not_compile_leaves_the_old_one)
{
    define ("Object", "Foo", "a");
    compile ("Foo", "bar\\n\\t^1");
    const struct json *answer =
        ask (1, "compile_method", "{'class_name':'Foo','source':'bar\\n\\t^(2'}");
    expect_error (answer, "CompileError");
    cr_assert_eq (detail (answer, "line"), 2);
    cr_assert_eq (detail (answer, "column"), 3);
    answer = ask (1, "compile_method", "{'class_name':'Foo','source':'bar\\n\\n  ^nobody'}");
    expect_error (answer, "CompileError");
    cr_assert_eq (detail (answer, "line"), 3);
    cr_assert_eq (detail (answer, "column"), 4);
    expect_error (ask (1, "compile_method", "{'class_name':'Foo','source':'bar\\n\\tb := 2'}"),
                  "CompileError");
    expect_error (ask (1, "compile_method", "{'class_name':'Foo','source':'3 + 4'}"),
                  "CompileError");
    expect_error (ask (1, "compile_method", "{'class_name':'No','source':'bar'}"), "ClassNotFound");
    expect_error (ask (1, "compile_method", "{'class_name':'Foo'}"), "InvalidRequest");
    cr_assert_str_eq (printed ("Foo new bar"), "1");
}

Test (sim_browse, a_recompiled_method_keeps_its_category)
{
    define ("Object", "Foo", "a");
    const struct json *made = result_of (
        1, "compile_method", "{'class_name':'Foo','source':'bar\\n\\t^1','category':'mine'}");
    cr_assert_str_eq (json_get_text (made, "name"), "bar");
    cr_assert_str_eq (json_get_text (made, "class_name"), "Foo");
    cr_assert_str_eq (json_get_text (made, "side"), "instance");
    cr_assert (json_get_bool (made, "is_new", false));
    made = result_of (1, "compile_method", "{'class_name':'Foo','source':'bar\\n\\t^2'}");
    cr_assert_str_eq (json_get_text (made, "category"), "mine");
    cr_assert_not (json_get_bool (made, "is_new", true));
}

Test (sim_browse, shows_a_method_as_it_was_written)
{
    define ("Object", "Foo", "a");
    compile ("Foo", "at: i put: v\\n\\t\\\"Says why.\\\"\\n\\n\\t^v");
    const struct json *method = json_get (
        result_of (1, "get_method", "{'class_name':'Foo','method_name':'at:put:'}"), "method");
    cr_assert_str_eq (json_get_text (method, "source"), "at: i put: v\n\t\"Says why.\"\n\n\t^v");
    cr_assert_str_eq (json_get_text (method, "comment"), "Says why.");
    cr_assert_str_eq (json_get_text (method, "name"), "at:put:");
    cr_assert_str_eq (json_text (json_at (json_get (method, "arguments"), 1)), "v");
    method = json_get (
        result_of (1, "get_method", "{'class_name':'Array','method_name':'at:put:'}"), "method");
    cr_assert_eq (json_count (json_get (method, "arguments")), 2);
    cr_assert_not_null (strstr (json_get_text (method, "comment"), "simulated"));
    expect_error (ask (1, "get_method", "{'class_name':'Foo','method_name':'no'}"),
                  "MethodNotFound");
    expect_error (ask (1, "get_method", "{'class_name':'No','method_name':'no'}"), "ClassNotFound");
}

Test (sim_browse, every_method_that_is_listed_is_shown)
{
    struct json *classes = json_copy (json_get (result_of (1, "list_classes", "{}"), "classes"));
    for (const struct json *class = json_first (classes); class; class = json_next (class))
        for (int side = 0; side < 2; side++) {
            char *parameters =
                stui_printf ("{'class_name':'%s','side':'%s'}", json_get_text (class, "name"),
                             side ? "class" : "instance");
            struct json *shown = json_copy (result_of (1, "browse_class", parameters));
            const struct json *row = json_first (json_get (shown, "methods"));
            for (; row; row = json_next (row)) {
                const char *name = json_get_text (row, "name");
                char *asked =
                    stui_printf ("{'class_name':'%s','side':'%s','method_name':'%s'}",
                                 json_get_text (class, "name"), side ? "class" : "instance",
                                 strcmp (name, "\\\\") == 0 ? "\\\\\\\\" : name);
                const struct json *method = json_get (result_of (1, "get_method", asked), "method");
                cr_assert_str_eq (json_get_text (method, "category"),
                                  json_get_text (row, "category"));
                free (asked);
            }
            json_destroy (&shown);
            free (parameters);
        }
    json_destroy (&classes);
}

/* ---- removing, renaming ------------------------------------------------------------------------ */

Test (sim_browse, what_is_removed_is_gone_and_what_is_needed_stays)
{
    define ("Object", "One", "");
    define ("One", "Two", "");
    compile ("One", "bar\\n\\t^1");
    expect_error (ask (1, "remove_class", "{'class_name':'One'}"), "PermissionDenied");
    expect_error (ask (1, "remove_class", "{'class_name':'Object'}"), "PermissionDenied");
    expect_error (ask (1, "remove_class", "{'class_name':'Nowhere'}"), "ClassNotFound");
    expect_error (ask (1, "remove_method", "{'class_name':'One','method_name':'no'}"),
                  "MethodNotFound");
    expect_error (ask (1, "remove_method", "{'class_name':'Array','method_name':'size'}"),
                  "PermissionDenied");
    const struct json *done =
        result_of (1, "remove_method", "{'class_name':'One','method_name':'bar'}");
    cr_assert (json_get_bool (done, "done", false));
    cr_assert_str_eq (json_get_text (done, "name"), "bar");
    result_of (1, "remove_class", "{'class_name':'Two'}");
    result_of (1, "remove_class", "{'class_name':'One'}");
    expect_error (ask (1, "browse_class", "{'class_name':'One'}"), "ClassNotFound");
}

Test (sim_browse, a_category_is_renamed_with_its_methods)
{
    define ("Object", "Foo", "");
    compile ("Foo", "a");
    compile ("Foo", "b");
    const struct json *renamed = result_of (1, "rename_category",
                                            "{'class_name':'Foo','old_name':'as yet unclassified',"
                                            "'new_name':'mine'}");
    cr_assert_eq (json_get_number (renamed, "methods", 0), 2);
    cr_assert (has (json_get (result_of (1, "browse_class", "{'class_name':'Foo'}"), "categories"),
                    NULL, "mine"));
    renamed =
        result_of (1, "rename_category", "{'class_name':'Foo','old_name':'none','new_name':'x'}");
    cr_assert_eq (json_get_number (renamed, "methods", -1), 0);
    expect_error (ask (1, "rename_category", "{'class_name':'Foo','old_name':'mine'}"),
                  "InvalidRequest");
}

/* ---- searches ---------------------------------------------------------------------------------- */

Test (sim_browse, finds_senders_implementors_and_text)
{
    define ("Object", "Foo", "");
    compile ("Foo", "callMe: x\\n\\t^x");
    compile ("Foo", "call\\n\\t^self callMe: 3");
    compile ("Foo", "loop\\n\\t#(1 2) do: [:e | e printNl]");
    const struct json *found = result_of (1, "senders", "{'selector':'callMe:'}");
    cr_assert_eq (json_get_number (found, "total_count", 0), 1);
    const struct json *row = json_first (json_get (found, "methods"));
    cr_assert_str_eq (json_get_text (row, "class_name"), "Foo");
    cr_assert_str_eq (json_get_text (row, "side"), "instance");
    cr_assert_str_eq (json_get_text (row, "name"), "call");
    found = result_of (1, "senders", "{'selector':'do:'}");
    cr_assert_eq (json_get_number (found, "total_count", 0), 1);
    found = result_of (1, "senders", "{'selector':'value:'}");
    cr_assert_eq (json_get_number (found, "total_count", -1), 0, "how loops are compiled shows");
    found = result_of (1, "implementors", "{'selector':'size'}");
    cr_assert (has (json_get (found, "methods"), "class_name", "Array"));
    found = result_of (1, "implementors", "{'selector':'callMe:'}");
    cr_assert_eq (json_get_number (found, "total_count", 0), 1);
    found = result_of (1, "search_source", "{'text':'SELF CALL'}");
    cr_assert_eq (json_get_number (found, "total_count", 0), 1);
    found = result_of (1, "search_source", "{'text':'foo','limit':1,'from':5}");
    cr_assert_eq (json_count (json_get (found, "methods")), 0);
    expect_error (ask (1, "senders", "{}"), "InvalidRequest");
    expect_error (ask (1, "search_source", "{'text':''}"), "InvalidRequest");
}

static const char *
kind_of (const struct json *result, const char *text)
{
    const struct json *row = json_first (json_get (result, "candidates"));
    while (row && strcmp (json_get_text (row, "text"), text) != 0)
        row = json_next (row);
    return row ? json_get_text (row, "kind") : "";
}

Test (sim_browse, completes_what_has_been_begun)
{
    define ("Object", "Account", "");
    compile ("Account", "accrue\\n\\t^1");
    result_of (1, "evaluate",
               "{'session_id':'s','code':'account := 3. Smalltalk at: #acme put: 1'}");
    const struct json *result =
        result_of (1, "complete", "{'prefix':'acc','session_id':'s','code':'| accent | acc'}");
    cr_assert_str_eq (kind_of (result, "account"), "variable");
    cr_assert_str_eq (kind_of (result, "accent"), "variable");
    cr_assert_str_eq (kind_of (result, "accrue"), "selector");
    cr_assert_str_eq (kind_of (result, "Account"), "");
    result = result_of (1, "complete", "{'prefix':'A'}");
    cr_assert_str_eq (kind_of (result, "Account"), "class");
    result = result_of (1, "complete", "{'prefix':'Tra'}");
    cr_assert_str_eq (kind_of (result, "Transcript"), "global");
    result = result_of (1, "complete", "{'prefix':'acm'}");
    cr_assert_str_eq (kind_of (result, "acme"), "global");
    result = result_of (1, "complete", "{'prefix':'sel'}");
    cr_assert_str_eq (kind_of (result, "self"), "pseudo");
    result = result_of (1, "complete", "{'prefix':'fo','code':'#(1) collect: [:foo | `it'}");
    cr_assert_str_eq (kind_of (result, "foo"), "variable");
    result = result_of (1, "complete", "{'prefix':''}");
    cr_assert_eq (json_count (json_get (result, "candidates")), 0);
    expect_error (ask (1, "complete", "{'prefix':'a','session_id':'none'}"), "SessionNotFound");
    expect_error (ask (1, "complete", "{}"), "InvalidRequest");
}

/* ---- limits ------------------------------------------------------------------------------------ */

Test (sim_browse, definitions_are_bounded)
{
    char *comment = stui_alloc (900001), *parameters;
    memset (comment, 'x', 900000);
    define ("Object", "Large", "");
    const struct json *answer = NULL;
    int kept = 0;
    for (; kept < 100; kept++) {
        parameters =
            stui_printf ("{'class_name':'Large','source':'m%d\\n\\t\\\"%s\\\"'}", kept, comment);
        answer = ask (1, "compile_method", parameters);
        free (parameters);
        if (strcmp (json_get_text (answer, "status"), "success") != 0)
            break;
    }
    expect_error (answer, "UnsupportedOperation");
    cr_assert_eq (kept, 18);
    result_of (1, "remove_class", "{'class_name':'Large'}");
    define ("Object", "Small", "");
    compile ("Small", "a");
    free (comment);
}
