#!/usr/bin/python3
"""Stands between the program and an InfluxDB, and breaks what passes.

    tests/torture/proxy.py --upstream URL --port-file FILE [--log FILE] [--rules FILE]

Listens on a free port of the loopback address, writes its URL to the port file, and serves until it is
ended. tests/torture/listener.py says what the rules are; the statement of a /write is WRITE. Faults:

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
    answer=JSON     status 200, and this document
    error=WORDS     status 500, and these words as InfluxDB says them
    words=A=>B      in the reply the regular expression A is replaced by B
    encodings       none; another line of the log: the statement's beginning, the encodings of request and reply
    exec=COMMAND    the shell runs COMMAND before the request is passed on
    hold=FILE       the request is passed on once there is FILE, if the client is still there
"""
import email.utils
import gzip
import http.client
import json
import random
import re
import socketserver
import subprocess
import time
import urllib.parse

import listener
from listener import reset

PAGE = b"<html><head><title>%d</title></head>\n<body><h1>An intermediary's page</h1></body></html>\n"
ENDLESS_BYTES = 1 << 30


class Request:
    """Bytes of a client, which are passed on as they are."""

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
        listener.send_slowly(self.send, self.answer(request).whole())
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

    def fault_answer(self, _request, value):
        self.send(Reply(200, [("Content-Type", "application/json")], value.encode()).whole())
        return True

    def fault_error(self, _request, value):
        self.send(Reply(500, [("Content-Type", "application/json")],
                        json.dumps({"error": value}).encode() + b"\n").whole())
        return True

    def fault_words(self, request, value):
        reply = self.answer(request)
        pattern, _, other = value.partition("=>")
        body = reply.body
        if ("content-encoding", "gzip") in [(k.lower(), v) for k, v in reply.headers]:
            body = gzip.decompress(body)
            reply.headers = [(k, v) for k, v in reply.headers if k.lower() != "content-encoding"]
        reply.body = re.sub(pattern.encode(), other.encode(), body)
        self.send(reply.whole())
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

    def fault_hold(self, request, value):
        listener.wait_for_file(value, self.connection)
        return self.fault_none(request, "")


if __name__ == "__main__":
    listener.main(__doc__, Handler, urllib.parse.urlparse, "http://127.0.0.1:%d")
