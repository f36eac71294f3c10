/*
 * Ends the program at its Nth statement, for tests: LD_PRELOADed, it stands between the program and
 * the MySQL client library.
 *
 *     INTERRUPT_AT=7                the statement, counted from 1
 *     INTERRUPT_WHEN=before|after   it reaches the server
 *     INTERRUPT_HOW=kill            SIGKILL to the program
 *     INTERRUPT_HOW=connection      the server kills the connection, by INTERRUPT_CLIENT (a shell
 *                                   command that reads SQL)
 *     INTERRUPT_HOW=stop            SIGTERM to the program
 */
#include <dlfcn.h>
#include <mysql.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mysql_real_query(MYSQL *mysql, const char *sql, unsigned long length);

static int is(const char *name, const char *value)
{
    const char *have = getenv(name);

    return have && strcmp(have, value) == 0;
}

static void interrupt(MYSQL *mysql)
{
    char command[1024];

    if (is("INTERRUPT_HOW", "kill")) {
        kill(getpid(), SIGKILL);
    } else if (is("INTERRUPT_HOW", "stop")) {
        kill(getpid(), SIGTERM);
    } else {
        snprintf(command, sizeof(command), "unset LD_PRELOAD; echo 'KILL %lu' | %s",
                 mysql_thread_id(mysql), getenv("INTERRUPT_CLIENT"));
        if (system(command) != 0)
            abort();
    }
}

int mysql_real_query(MYSQL *mysql, const char *sql, unsigned long length)
{
    static int (*real)(MYSQL *, const char *, unsigned long);
    static long count;
    const char *at = getenv("INTERRUPT_AT");
    int meant = at && ++count == atol(at), rc;

    if (!real)
        real = (int (*)(MYSQL *, const char *, unsigned long))dlsym(RTLD_NEXT, "mysql_real_query");
    if (meant && is("INTERRUPT_WHEN", "before"))
        interrupt(mysql);
    rc = real(mysql, sql, length);
    if (meant && is("INTERRUPT_WHEN", "after"))
        interrupt(mysql);
    return rc;
}
