"""The common part of the fault proxies: rules, a port that can be closed for a while, an owner.

The rules are lines of a file, which is read again when another file takes its place. A RULE is FAULT, FAULT@N,
FAULT@N+ or FAULT@N~REGEX. It counts the requests whose statement matches REGEX (default: all); the N-th of them
(default: the first) gets the fault, with N+ all later ones do, too. Each fault that was given is a line in the log:
its name, a tab, the statement's beginning.

A proxy ends when the process OWNER (an environment variable; default: the calling process) is gone.
"""
import argparse
import os
import re
import socket
import socketserver
import struct
import threading
import time


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
    """Ends a connection with RST instead of FIN."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    except OSError:
        pass


def send_slowly(send, data, seconds=1):
    """Sends the data byte by byte for so many seconds, and then the rest."""
    end = time.monotonic() + seconds
    at = 0
    while at < len(data) and time.monotonic() < end:
        send(data[at:at + 1])
        at += 1
        time.sleep(0.001)
    send(data[at:])


def wait_for_file(path, connection):
    """Waits until a file is there; raises EOFError where the client goes away first."""
    while True:
        try:
            if not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                raise EOFError
        except BlockingIOError:
            pass
        if os.path.exists(path):
            return
        time.sleep(0.01)


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, handler, upstream, args):
        super().__init__(("127.0.0.1", 0), handler)
        self.upstream = upstream
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
        """Lets the address refuse connections for a while."""
        with self.lock:
            address = self.socket.getsockname()
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            for connection in list(self.open):
                reset(connection)

            closed = self.socket
            # A port that is bound, but not listened to, refuses connections, and nobody else can get it meanwhile.
            fresh = socket.socket()
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            closed.close()
            fresh.bind(address)
            time.sleep(seconds)
            fresh.listen(self.request_queue_size)
            self.socket = fresh

    def serve(self):
        """Serves on the socket that is open: socketserver's own loop would keep to the first one."""
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


def main(description, handler, read_upstream, address="127.0.0.1:%d"):
    """Serves until the owner is gone; writes `address` to the port file."""
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=description)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--log")
    parser.add_argument("--rules")
    args = parser.parse_args()
    proxy = Proxy(handler, read_upstream(args.upstream), args)
    threading.Thread(target=watch, args=(int(os.environ.get("OWNER", os.getppid())),), daemon=True).start()
    with open(args.port_file + ".new", "w", encoding="utf-8") as file:
        file.write(address % proxy.server_address[1] + "\n")
    os.rename(args.port_file + ".new", args.port_file)
    proxy.serve()
