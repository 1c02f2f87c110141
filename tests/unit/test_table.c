/* test_table.c: members are found by their hashes, however many share one, and gone once they are taken out. */

#include "runtime/table.h"

#include <criterion/criterion.h>

enum { MEMBERS = 1000, HASHES = 37 };

struct member {
    struct table_link link;
    int number;
};

static struct member members[MEMBERS];

static int
count_of (const struct table *table, uint64_t hash)
{
    int count = 0;
    for (struct member *member = table_first (table, hash); member; member = table_next (member))
        count += (uint64_t) member->number % HASHES == hash;
    return count;
}

static void
add_number (void *context, void *member)
{
    *(int *) context += ((struct member *) member)->number;
}

static void
fill (struct table *table)
{
    for (int number = 0; number < MEMBERS; number++) {
        members[number].number = number;
        table_add (table, &members[number], (uint64_t) number % HASHES);
    }
}

Test (table, finds_all_members_of_a_hash)
{
    struct table table = {0};
    int sum = 0;
    fill (&table);
    for (int hash = 0; hash < HASHES; hash++)
        cr_assert_eq (count_of (&table, (uint64_t) hash),
                      MEMBERS / HASHES + (hash < MEMBERS % HASHES));
    table_each (&table, add_number, &sum);
    cr_assert_eq (sum, MEMBERS * (MEMBERS - 1) / 2);
    table_fini (&table);
}

Test (table, finds_nothing_in_an_empty_one)
{
    struct table table = {0};
    cr_assert_null (table_first (&table, 7));
    table_fini (&table);
}

Test (table, forgets_what_is_taken_out)
{
    struct table table = {0};
    fill (&table);
    for (int number = 0; number < MEMBERS; number += 2)
        table_remove (&table, &members[number]);
    cr_assert_eq (table.count, MEMBERS / 2);
    for (int hash = 0; hash < HASHES; hash++)
        for (struct member *member = table_first (&table, (uint64_t) hash); member;
             member = table_next (member))
            cr_assert_eq (member->number % 2, 1);
    table_fini (&table);
}
