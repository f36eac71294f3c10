#!/usr/bin/python3
"""The two ways of copying that the bench compares with, without anything around the statements.

    copy.py reference --weeks N --now NS    one statement for each measurement, tenant and week, in turn
    copy.py replay --jobs N                 one for each tenant and shard group, N in flight

They copy the database mon of the server $INFLUX_URL, all of whose points have a tenant.
"""
import argparse
import concurrent.futures
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import influx  # noqa: E402

WEEK = 7 * 86400 * 10**9
LOCAL = threading.local()


def run(statement):
    """Each thread keeps its connection."""
    if not hasattr(LOCAL, "server"):
        LOCAL.server = influx.Influx(os.environ["INFLUX_URL"])
    return LOCAL.server.rows(statement)


def text_literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def statement(source, tenant, start, end):
    target = influx.identifier("mon_" + tenant)
    return (f"SELECT * INTO {target}.autogen.:MEASUREMENT FROM {source} WHERE _tenant_id = {text_literal(tenant)}"
            f" AND time >= {start} AND time < {end} GROUP BY *")


def reference_statements(tenants, weeks, now):
    for row in run("SHOW MEASUREMENTS ON mon"):
        for tenant in tenants:
            for week in range(weeks):
                source = "mon.autogen." + influx.identifier(row["name"])
                yield statement(source, tenant, now - (week + 1) * WEEK, now - week * WEEK)


def replay_statements(tenants):
    server = influx.Influx(os.environ["INFLUX_URL"])
    for tenant in tenants:
        for start, end in influx.shard_groups(server, "mon", "autogen"):
            yield statement("mon.autogen./.*/", tenant, start, end)


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument("how", choices=["reference", "replay"])
    parser.add_argument("--weeks", type=int, default=520)
    parser.add_argument("--now", type=int)
    parser.add_argument("--jobs", type=int, default=4)
    args = parser.parse_args()
    tenants = sorted({row["value"].decode() for row in run('SHOW TAG VALUES ON mon WITH KEY = "_tenant_id"')})
    for tenant in tenants:
        run("CREATE DATABASE " + influx.identifier("mon_" + tenant))
    if args.how == "reference":
        for each in reference_statements(tenants, args.weeks, args.now):
            run(each)
        return
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for _ in pool.map(run, replay_statements(tenants)):
            pass


main()
