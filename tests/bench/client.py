#!/usr/bin/python3 -I
"""A client with nothing around the requests, for the bench to compare with. Prints JSON.

    client.py statements URL FILE [--jobs N] [--read]
        Sends the statements of a file, one a line, with N in flight. A line `--` waits for all before
        it. --read: asks as the engine that streams does, in MessagePack and in chunks, and throws away
        what comes.
    client.py write URL FILE --database NAME [--jobs N]
        Writes line protocol to one database, in batches of some 4 MB.
    client.py write URL FILE --prefix PREFIX [--jobs N]
        Writes it to a database a tenant, PREFIX and the id, in batches of at most a megabyte. The file
        holds a tenant at a time, with an empty line after each.

`seconds` is the time from the first request to the last reply; all that is read from files is read
before. Standard library only.
"""
import argparse
import json
import re
import socket
import sys
import threading
import time
import urllib.parse

BATCH = 1 << 20
LOAD_BATCH = 4 << 20
END = 8192
CHUNKED = "&chunked=true&chunk_size=10000"


class Failed(Exception):
    pass


class Connection:
    """One that is kept alive. Reads replies as cheaply as Python can."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host = parts.netloc.encode()
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.room = memoryview(bytearray(1 << 20))
        self.bytes = 0

    def receive(self):
        """What came; of much, what stands at its ends."""
        count = self.socket.recv_into(self.room)
        if not count:
            raise Failed("the server closed the connection")
        self.bytes += count
        if count <= 2 * END:
            return bytes(self.room[:count])
        return bytes(self.room[:END]) + bytes(self.room[count - END:count])

    def post(self, path, body, headers=b""):
        """The status, and of the reply's body what stands at its ends."""
        before = self.bytes
        self.socket.sendall(b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (
            path, self.host, len(body), headers, body))
        reply = self.receive()
        while b"\r\n\r\n" not in reply:
            reply += self.receive()
        head, _, rest = reply.partition(b"\r\n\r\n")
        status = int(head[9:12])
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if length:
            while self.bytes - before < len(head) + 4 + int(length.group(1)):
                rest += self.receive()
        elif status != 204:
            # The end of a chunked reply. That points look like it at the end of a piece that was
            # received is too unlikely to be looked at.
            first = rest
            while not rest.endswith(b"\r\n0\r\n\r\n") and rest != b"0\r\n\r\n":
                rest = rest[-END:] + self.receive()
            rest = first + rest
        return status, rest


class Work:
    """Calls `each(connection, item)` for all items, over `jobs` connections."""

    def __init__(self, url, jobs, each):
        self.connections = [Connection(url) for _ in range(jobs)]
        self.each = each
        self.lock = threading.Lock()
        self.error = None

    def loop(self, connection, items):
        while not self.error:
            with self.lock:
                item = next(items, None)
            if item is None:
                return
            try:
                self.each(connection, item)
            except (Failed, OSError) as error:
                self.error = error

    def do(self, items):
        items = iter(items)
        threads = [threading.Thread(target=self.loop, args=(connection, items))
                   for connection in self.connections[1:]]
        for thread in threads:
            thread.start()
        self.loop(self.connections[0], items)
        for thread in threads:
            thread.join()
        if self.error:
            raise Failed(self.error)

    def received(self):
        return sum(connection.bytes for connection in self.connections)


def send_statement(connection, item):
    path, headers, body, text = item
    status, reply = connection.post(path, body, headers)
    if status != 200 or b'"error"' in reply or b"\xa5error" in reply:
        raise Failed(f"{text[:300]}: {status} {reply[:300]!r}")


def statement_steps(file, read):
    headers = b"Content-Type: application/x-www-form-urlencoded\r\n"
    path = "/query?epoch=ns" + (CHUNKED if read else "")
    if read:
        headers += b"Accept: application/x-msgpack\r\n"
    steps = [[]]
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line == "--":
                steps.append([])
            else:
                steps[-1].append((path.encode(), headers, b"q=" + urllib.parse.quote_plus(line).encode(), line))
    return [step for step in steps if step]


def send_batch(connection, item):
    path, body = item
    status, reply = connection.post(path, body)
    if status != 204:
        raise Failed(f"/write: {status} {reply[:300]!r}")


def cut(data, size):
    at = 0
    while at < len(data):
        end = at + size
        end = len(data) if end >= len(data) else data.rfind(b"\n", at, end) + 1
        yield data[at:end]
        at = end


def batches_of_one(file, database):
    path = f"/write?precision=ns&db={database}".encode()
    with open(file, "rb") as lines:
        return [(path, batch) for batch in cut(lines.read(), LOAD_BATCH)]


def batches_of_tenants(file, prefix):
    batches = []
    with open(file, "rb") as lines:
        for part in lines.read().split(b"\n\n"):
            if part:
                tenant = re.search(rb"_tenant_id=([0-9a-f]+)", part).group(1).decode()
                path = f"/write?precision=ns&db={prefix}{tenant}".encode()
                batches += [(path, batch) for batch in cut(part, BATCH)]
    return batches


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("what", choices=["statements", "write"])
    parser.add_argument("url")
    parser.add_argument("file")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--read", action="store_true")
    parser.add_argument("--database")
    parser.add_argument("--prefix")
    args = parser.parse_args()
    if args.what == "statements":
        steps, each = statement_steps(args.file, args.read), send_statement
    elif args.database:
        steps, each = [batches_of_one(args.file, args.database)], send_batch
    else:
        steps, each = [batches_of_tenants(args.file, args.prefix)], send_batch
    work = Work(args.url, args.jobs, each)
    start = time.monotonic()
    for step in steps:
        work.do(step)
    seconds = time.monotonic() - start
    print(json.dumps({"seconds": seconds, "requests": sum(map(len, steps)), "received": work.received(),
                      "sent": sum(len(item[-2] if args.what == "statements" else item[1])
                                  for step in steps for item in step)}))


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        print(f"client.py: {failure}", file=sys.stderr)
        sys.exit(1)
