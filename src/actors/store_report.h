/* store_report.h: what `store_status` answers (msg.h). Part of the store. */

#ifndef STUI_ACTORS_STORE_REPORT_H
#define STUI_ACTORS_STORE_REPORT_H

#include "actors/store_db.h"

/* CAUSE is that of a degraded state. Caller owns. */
struct json *store_report (struct store_db *db, const struct store_policy *policy,
                           const struct stui_cause *cause);

#endif
