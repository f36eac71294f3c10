#!/usr/bin/python3 -B
"""How often a server loses one of several writes that come at once into a new shard.

    new_shard.py [--shards N] [--writes N]

InfluxDB 1.6.7 answers all of them with success, has all in its log, and now and then can't read one of them
until it is restarted: the shard's cache is made by the first write, and what another one adds meanwhile goes
nowhere. When the cache is written out, the log is deleted, and the points are gone. This is why a run counts
what it copied. Prints what was lost, and how often.
"""
import argparse
import sys
import threading

import client
import machine


def write_at_once(connections, database):
    """Ten points over each connection, all at once. How many writes were answered with success."""
    gate = threading.Barrier(len(connections))
    statuses = []

    def write(number, connection):
        body = b"".join(b"m,host=%d value=1 %d\n" % (host, 1700000000000000000 + number) for host in range(10))
        gate.wait()
        statuses.append(connection.post(b"/write?db=" + database.encode(), body)[0])

    threads = [threading.Thread(target=write, args=pair) for pair in enumerate(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses.count(204)


def measure(server, shards, writes):
    connections = [client.Connection(server.url) for _ in range(writes)]
    lossy = 0
    for number in range(shards):
        name = f"new_{number}"
        server.ask(f'CREATE DATABASE "{name}"')
        wanted = 10 * write_at_once(connections, name)
        got = server.count(name)
        if got != wanted:
            lossy += 1
            print(f"shard {number}: {got} of {wanted} points", flush=True)
        if number % 20 == 19:
            server.drop("new_")
    print(f"{lossy} of {shards} shards lack points, with {writes} first writes at once")


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--writes", type=int, default=4)
    args = parser.parse_args()
    folder = machine.work_folder()
    try:
        with machine.Server(folder, machine.Others()) as server:
            measure(server, args.shards, args.writes)
    finally:
        machine.remove(folder)


if __name__ == "__main__":
    try:
        main()
    except machine.Failed as failure:
        print(f"new_shard.py: {failure}", file=sys.stderr)
        sys.exit(1)
