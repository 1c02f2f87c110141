/* golden_fixture.h: a stage whose screens are compared with what tests/golden holds. */

#ifndef TESTS_UNIT_GOLDEN_FIXTURE_H
#define TESTS_UNIT_GOLDEN_FIXTURE_H

#include "unit/golden.h"

static struct stage stage;

#define check_all(name, show) golden_check_all (&stage, name, show)

#endif
