/* store_check.h: everything in the database looked at, and put right, because somebody asked
 * (`stui doctor`). Part of the store. Both answer {records, damaged, missing, quarantined,
 * databases_aside, exported}, which the caller owns: what is there, or what was done about it. NULL
 * with CAUSE when the disk refused. */

#ifndef STUI_ACTORS_STORE_CHECK_H
#define STUI_ACTORS_STORE_CHECK_H

#include "actors/store_db.h"

/* Changes nothing. */
struct json *store_check_look (struct store_db *db, struct stui_cause *cause);

/* Fetches what can be fetched, rebuilds a damaged database, writes an export, and then removes what
 * was set aside: damaged records and databases. */
struct json *store_check_repair (struct store_db *db, int64_t wall_ms, struct stui_cause *cause);

#endif
