/*
 * The tables of the journal. PRAGMA user_version is JOURNAL_VERSION; a change of a table raises it,
 * and journal.c carries older files over.
 */
#ifndef TENANTS_JOURNAL_SQL_H
#define TENANTS_JOURNAL_SQL_H

#define JOURNAL_VERSION 1

static const char journal_tables[] =
    "CREATE TABLE source (url TEXT NOT NULL, database TEXT NOT NULL);"
    /* Names as influx/quote.h has them. */
    "CREATE TABLE measurement (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    /* A set of measurements is known by the digest of its tags and names; members are ids,
       comma-separated. */
    "CREATE TABLE measurement_set (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, tags TEXT "
    "NOT NULL,"
    " members TEXT NOT NULL);"
    /* Ranges are half-open, ns since the epoch, merged; as_of_ns is the cutoff of the newest run
       that copied into it. */
    "CREATE TABLE coverage (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL,"
    " as_of_ns INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;"
    /* What of it was verified: both sides were counted, and the target lacked nothing. */
    "CREATE TABLE verified (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL,"
    " as_of_ns INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;"
    "CREATE TABLE failure (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL,"
    " words TEXT NOT NULL, run_id INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;"
    "CREATE TABLE run (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_ns INTEGER NOT NULL,"
    " updated_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL "
    "DEFAULT -1,"
    " cutoff_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,"
    " tenants_total INTEGER NOT NULL DEFAULT 0, tenants_done INTEGER NOT NULL DEFAULT 0,"
    " windows_total INTEGER NOT NULL DEFAULT 0, windows_done INTEGER NOT NULL DEFAULT 0,"
    " windows_failed INTEGER NOT NULL DEFAULT 0, statements INTEGER NOT NULL DEFAULT 0,"
    " retries INTEGER NOT NULL DEFAULT 0, splits INTEGER NOT NULL DEFAULT 0,"
    " points INTEGER NOT NULL DEFAULT 0);";

#endif
