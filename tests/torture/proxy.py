#!/usr/bin/python3
"""Stands between the program and an InfluxDB, and breaks what passes.

    tests/torture/proxy.py --upstream URL --port-file FILE [--log FILE] [--rules FILE]

Listens on a free port of the loopback address, writes its URL to the port file, and serves until it
is ended, or the process OWNER (an environment variable; default: who called it) is gone.

The rules are lines of a file, which is read again when another one takes its place. A RULE is FAULT, FAULT@N, FAULT@N+ or FAULT@N~REGEX: the fault that the N-th request gets (default:
the first; N+: and all later ones) of those whose statement matches REGEX (default: all; that of /write is WRITE). Faults:

    refuse          the port is closed for half a second; what is open is reset
    reset           the connection is reset before the request is passed on
    silence         passed on, and then closed without a reply
    cut             passed on; half of the reply, then a reset
    cut-chunk       half of a chunked reply, then the end of the connection without the last chunk
    truncate        half of the reply, as if that were all: no Content-Length, end of connection
    truncate-line   the same, but what came is whole lines
    short           half of the reply, with a Content-Length that says so
    malformed       a byte of the reply in ten is another one
    garbage         no HTTP at all
    endless         a reply of blanks without an end
    endless-lines   a reply of empty documents, one a line, without an end
    endless-error   status 500, and a page without an end
    huge            a document of 100 MB
    slow            byte by byte, for a second
    empty           status 200, and nothing
    page-401, page-403, page-404, page-500, page-502, page-503    a page of HTML with this status
    delay           the reply comes a second later
    duplicate       the request is passed on twice
    date-back       the Date header tells a time ten days ago
    date-ahead      ... in ten days
    date-odd        ... is no date
    redirect=URL    status 307, Location: URL
    encodings       none; another line of the log: the statement's beginning, the encodings of request and reply
    exec=COMMAND    the shell runs COMMAND before the request is passed on

Each fault that was given is a line in the log: its name, a tab, the statement's beginning.
"""
import argparse
import email.utils
import http.client
import os
import random
import re
import socket
import socketserver
import struct
import subprocess
import threading
import time
import urllib.parse

PAGE = b"<html><head><title>%d</title></head>\n<body><h1>An intermediary's page</h1></body></html>\n"
ENDLESS_BYTES = 1 << 30


class Rule:
    def __init__(self, text):
        head, _, self.regex = text.partition("~")
        self.fault, _, number = head.rpartition("@") if re.search(r"@\d+\+?$", head) else (head, "", "1")
        self.onward = number.endswith("+")
        self.number = int(number.rstrip("+"))
        self.seen = 0

    def takes(self, statement):
        if not re.search(self.regex, statement):
            return False
        self.seen += 1
        return self.seen >= self.number if self.onward else self.seen == self.number


def reset(connection):
    """Ends it with RST instead of FIN."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    except OSError:
        pass


class Request:
    """What a client sent, to be passed on as it is."""

    def __init__(self, stream):
        self.line = stream.readline(65536)
        if not self.line.strip():
            raise EOFError
        self.headers = http.client.parse_headers(stream)
        self.body = stream.read(int(self.headers.get("Content-Length") or 0))
        if b" /write?" in self.line:
            self.statement = "WRITE"
        else:
            form = urllib.parse.parse_qs(self.body.decode("latin-1"))
            self.statement = form.get("q", [""])[0]

    def pass_on(self, upstream):
        method, path, _ = self.line.decode("latin-1").split(" ", 2)
        connection = http.client.HTTPConnection(upstream.hostname, upstream.port)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "host")}
        connection.request(method, path, self.body or None, headers)
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        kept = [(k, v) for k, v in reply.getheaders()
                if k.lower() not in ("content-length", "transfer-encoding", "connection")]
        return Reply(reply.status, kept, body)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def head(self, *more):
        lines = [f"HTTP/1.1 {self.status} X"] + [f"{k}: {v}" for k, v in self.headers] + list(more)
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def whole(self):
        return self.head(f"Content-Length: {len(self.body)}") + self.body

    def set_date(self, text):
        self.headers = [(k, v) for k, v in self.headers if k.lower() != "date"] + [("Date", text)]


def endless(send, head, piece):
    send(head)
    for _ in range(ENDLESS_BYTES // len(piece)):
        send(piece)


class Handler(socketserver.StreamRequestHandler):
    """One connection. A fault that ends it returns False."""

    def handle(self):
        self.server.open.add(self.connection)
        try:
            while self.one(Request(self.rfile)):
                pass
        except (EOFError, OSError, ValueError, http.client.HTTPException):
            reset(self.connection)
        finally:
            self.server.open.discard(self.connection)

    def one(self, request):
        fault = self.server.choose(request.statement)
        name, _, value = fault.partition("=")
        method = getattr(self, "fault_" + name.replace("-", "_"), None)
        if name.startswith("page-"):
            return self.page(int(name[5:]))
        if method is None:
            raise SystemExit(f"there is no fault {fault}")
        return method(request, value)

    def answer(self, request):
        return request.pass_on(self.server.upstream)

    def send(self, data):
        self.wfile.write(data)
        self.wfile.flush()

    def page(self, status):
        self.send(Reply(status, [("Content-Type", "text/html")], PAGE % status).whole())
        return True

    def fault_none(self, request, _value):
        self.send(self.answer(request).whole())
        return True

    def fault_refuse(self, _request, _value):
        self.server.close_for(0.5)
        reset(self.connection)
        return False

    def fault_reset(self, _request, _value):
        reset(self.connection)
        return False

    def fault_silence(self, request, _value):
        self.answer(request)
        return False

    def fault_cut(self, request, _value):
        reply = self.answer(request)
        self.send(reply.whole()[:-(len(reply.body) // 2 or 1)])
        time.sleep(0.05)
        reset(self.connection)
        return False

    def fault_cut_chunk(self, request, _value):
        reply = self.answer(request)
        half = reply.body[:len(reply.body) // 2]
        self.send(reply.head("Transfer-Encoding: chunked") + b"%x\r\n%s\r\n" % (len(half), half))
        return False

    def fault_truncate(self, request, _value):
        reply = self.answer(request)
        self.send(reply.head("Connection: close") + reply.body[:len(reply.body) // 2])
        return False

    def fault_truncate_line(self, request, _value):
        reply = self.answer(request)
        lines = reply.body.splitlines(True)
        self.send(reply.head("Connection: close") + b"".join(lines[:len(lines) // 2]))
        return False

    def fault_short(self, request, _value):
        reply = self.answer(request)
        reply.body = reply.body[:len(reply.body) // 2]
        self.send(reply.whole())
        return True

    def fault_malformed(self, request, _value):
        reply = self.answer(request)
        chance = random.Random(len(reply.body))
        reply.body = bytes(chance.randrange(256) if chance.random() < 0.1 else byte for byte in reply.body)
        self.send(reply.whole())
        return True

    def fault_garbage(self, request, _value):
        self.answer(request)
        self.send(bytes(random.Random(1).randrange(256) for _ in range(4096)))
        return False

    def fault_endless(self, _request, _value):
        endless(self.send, Reply(200, [], b"").head("Connection: close"), b" " * 65536)
        return False

    def fault_endless_lines(self, _request, _value):
        endless(self.send, Reply(200, [], b"").head("Connection: close"), b"{}\n" * 20000)
        return False

    def fault_endless_error(self, _request, _value):
        endless(self.send, Reply(500, [], b"").head("Connection: close"), b"error " * 10000)
        return False

    def fault_huge(self, _request, _value):
        self.send(Reply(200, [("Content-Type", "application/json")],
                        b'{"results":[{"statement_id":0,"x":"' + b"y" * (100 << 20) + b'"}]}\n').whole())
        return True

    def fault_slow(self, request, _value):
        data = self.answer(request).whole()
        end = time.monotonic() + 1
        at = 0
        while at < len(data) and time.monotonic() < end:
            self.send(data[at:at + 1])
            at += 1
            time.sleep(0.001)
        self.send(data[at:])
        return True

    def fault_empty(self, request, _value):
        self.answer(request)
        self.send(Reply(200, [], b"").whole())
        return True

    def fault_delay(self, request, _value):
        reply = self.answer(request)
        time.sleep(1)
        self.send(reply.whole())
        return True

    def fault_duplicate(self, request, _value):
        self.answer(request)
        return self.fault_none(request, "")

    def date(self, request, text):
        reply = self.answer(request)
        reply.set_date(text)
        self.send(reply.whole())
        return True

    def fault_date_back(self, request, _value):
        return self.date(request, email.utils.formatdate(time.time() - 10 * 86400, usegmt=True))

    def fault_date_ahead(self, request, _value):
        return self.date(request, email.utils.formatdate(time.time() + 10 * 86400, usegmt=True))

    def fault_date_odd(self, request, _value):
        return self.date(request, "Thirtieth of February")

    def fault_redirect(self, _request, value):
        self.send(Reply(307, [("Location", value)], b"").whole())
        return True

    def fault_encodings(self, request, _value):
        reply = self.answer(request)
        used = dict((k.lower(), v) for k, v in reply.headers).get("content-encoding")
        self.server.log.write(f"{request.statement[:20]}\t{request.headers.get('Content-Encoding')}\t{used}\n")
        self.send(reply.whole())
        return True

    def fault_exec(self, request, value):
        subprocess.run(value, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        return self.fault_none(request, "")


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, args):
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urllib.parse.urlparse(args.upstream)
        self.rules_file, self.rules_stamp, self.rules = args.rules, None, []
        self.log = open(args.log, "a", encoding="utf-8", buffering=1) if args.log else None
        self.lock = threading.Lock()
        self.open = set()

    def read_rules(self):
        if not self.rules_file:
            return
        about = os.stat(self.rules_file)
        stamp = (about.st_ino, about.st_mtime_ns)
        if stamp != self.rules_stamp:
            self.rules_stamp = stamp
            with open(self.rules_file, encoding="utf-8") as file:
                self.rules = [Rule(line) for line in file.read().splitlines() if line]

    def choose(self, statement):
        with self.lock:
            self.read_rules()
            chosen = [rule.fault for rule in self.rules if rule.takes(statement)]
            if chosen and self.log:
                self.log.write(f"{chosen[0]}\t{statement[:200]!r}\n")
        return chosen[0] if chosen else "none"

    def close_for(self, seconds):
        """The address refuses connections for a while."""
        with self.lock:
            address = self.socket.getsockname()
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            for connection in list(self.open):
                reset(connection)

            closed = self.socket
            # Bound but not listening: refused, and nobody else gets the port meanwhile.
            fresh = socket.socket()
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            closed.close()
            fresh.bind(address)
            time.sleep(seconds)
            fresh.listen(self.request_queue_size)
            self.socket = fresh

    def serve(self):
        """socketserver's loop keeps the first socket; this one takes whichever is open."""
        while True:
            try:
                connection, address = self.socket.accept()
            except OSError:
                time.sleep(0.01)
                continue
            self.process_request(connection, address)


def watch(owner):
    while os.path.exists(f"/proc/{owner}"):
        time.sleep(1)
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--log")
    parser.add_argument("--rules")
    args = parser.parse_args()
    proxy = Proxy(args)
    threading.Thread(target=watch, args=(int(os.environ.get("OWNER", os.getppid())),), daemon=True).start()
    with open(args.port_file + ".new", "w", encoding="utf-8") as file:
        file.write(f"http://127.0.0.1:{proxy.server_address[1]}\n")
    os.rename(args.port_file + ".new", args.port_file)
    proxy.serve()


if __name__ == "__main__":
    main()
