/* test_conformance_table.c: the table of checks, as a table: names that can be typed, each once, and
 * a sentence for each. */

#include <criterion/criterion.h>
#include <string.h>

#include "conformance/kit.h"

Test (conformance_table, each_check_has_a_name_of_its_own_and_a_sentence)
{
    cr_assert_gt (kit_checks_count (), 100);
    for (size_t i = 0; i < kit_checks_count (); i++) {
        struct kit_row row = kit_check_at (i);
        cr_expect_eq (strspn (row.name, "abcdefghijklmnopqrstuvwxyz-"), strlen (row.name), "%s",
                      row.name);
        size_t size = strlen (row.rule);
        cr_expect (size > 10 && row.rule[size - 1] == '.', "%s: %s", row.name, row.rule);
        cr_expect (kit_has_check (row.name));
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq (kit_check_at (k).name, row.name);
    }
    cr_expect_not (kit_has_check ("weather"));
    cr_expect_null (kit_check_at (kit_checks_count ()).name);
}

Test (conformance_table, nothing_listens_there)
{
    struct kit_report report;
    struct stui_cause cause = {0};
    struct kit_options options = {.address = "tcp://127.0.0.1:1"};
    cr_expect_eq (kit_run (&options, &report, &cause), STUI_E_UNREACHABLE);
    cr_expect_not_null (strstr (cause.text, "tcp://127.0.0.1:1 cannot be reached"), "%s",
                        cause.text);
    cr_expect_eq (report.count, 0);
    kit_report_fini (&report);
}
