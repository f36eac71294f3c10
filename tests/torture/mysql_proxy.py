#!/usr/bin/python3
"""Stands between the program and a MySQL or MariaDB server, and breaks what passes.

    tests/torture/mysql_proxy.py --upstream HOST:PORT --port-file FILE [--log FILE] [--rules FILE]

Listens on a free port of the loopback address, writes HOST:PORT to the port file, and serves until it is
ended. tests/torture/listener.py says what the rules are. The statement of a handshake is CONNECT, of
what the client answers to it AUTH. No TLS passes: the proxy takes it out of what the server offers. Faults:

    refuse          the port is closed for half a second; what is open is reset
    reset           the connection is reset before the statement is passed on
    half            half of the statement is passed on, and then a reset, to both sides
    silence         passed on, and then closed without a reply
    cut             passed on; half of the reply, then a reset
    truncate        half of the reply, then the end of the connection
    truncate-packet the same, but what came is whole packets
    short           each packet of the reply has half of its bytes, and a header that says so
    malformed       a byte in ten of the packets' contents is another one
    garbage         no packets at all
    huge            a value of 100 MB
    endless         rows without an end
    slow            byte by byte, for a second
    delay           the reply comes a second later
    hang            passed on, and no reply until the client has gone
    no-rows         the reply is OK, which has no rows, whatever the statement was
    ok              not passed on; the reply is OK, as if it had been done
    error-N         not passed on; the reply is error N
    exec=COMMAND    the shell runs COMMAND before the statement is passed on
    exec-after=COMMAND    ... after the server's reply, before it is passed back
    version=TEXT    at CONNECT: the handshake names another version of the server
    hold=FILE       the statement is passed on once there is FILE, if the client is still there
"""
import random
import socket
import socketserver
import struct
import subprocess
import time

import listener
from listener import reset

# The proxy doesn't understand connections with CLIENT_COMPRESS, CLIENT_SSL or CLIENT_DEPRECATE_EOF.
UNKNOWN_CAPABILITIES = 1 << 5 | 1 << 11 | 1 << 24
# MARIADB_CLIENT_EXTENDED_METADATA: the columns that the proxy makes have none.
UNKNOWN_EXTENDED = 1 << 3
QUIT, QUERY = 1, 3
MAX_PACKET = 0xFFFFFF
# The packet by which MariaDB says how far an ALTER is; the reply follows it.
PROGRESS = b"\xff\xff\xff"
ENDLESS_BYTES = 1 << 30
HUGE_BYTES = 100 << 20
ERRORS = {1040: "08004", 1053: "08S01", 1205: "HY000", 1213: "40001", 1235: "42000", 1317: "70100", 1927: "70100"}


def packet(sequence, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([sequence & 255]) + payload


def read_exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def read_packet(stream):
    """Returns a packet with its header."""
    header = read_exactly(stream, 4)
    return header + read_exactly(stream, int.from_bytes(header[:3], "little"))


def is_end(one):
    return one[4] == 0xFF or (one[4] == 0xFE and len(one) < 4 + 9)


def read_reply(stream):
    """Reads the packets of a reply to a statement."""
    packets = [read_packet(stream)]
    if packets[0][4:7] == PROGRESS:
        return packets + read_reply(stream)
    if packets[0][4] in (0x00, 0xFF) or is_end(packets[0]):
        return packets
    for _ in range(2):  # the columns, and then the rows
        packets.append(read_packet(stream))
        while not is_end(packets[-1]):
            packets.append(read_packet(stream))
        if packets[-1][4] == 0xFF:
            break
    return packets


def without_capabilities(greeting):
    at = greeting.index(b"\0", 5) + 1 + 4 + 8 + 1
    data = bytearray(greeting)
    low, high = struct.unpack_from("<H", data, at)[0], struct.unpack_from("<H", data, at + 5)[0]
    known = (high << 16 | low) & ~UNKNOWN_CAPABILITIES
    struct.pack_into("<H", data, at, known & 0xFFFF)
    struct.pack_into("<H", data, at + 5, known >> 16)
    data[at + 14] &= ~UNKNOWN_EXTENDED & 255
    return bytes(data)


def text_of(command):
    return command[5:].decode("utf-8", "replace") if command[4] == QUERY else f"COM {command[4]}"


def malformed(packets):
    chance = random.Random(sum(map(len, packets)))
    return [one[:4] + bytes(chance.randrange(256) if chance.random() < 0.1 else byte for byte in one[4:])
            for one in packets]


def result_head(sequence):
    """Returns the packets of a result with one column of text."""
    column = b"\x03def\0\0\0\x01x\x01x\x0c" + struct.pack("<HIBHB", 33, 1 << 30, 0xFD, 0, 0) + b"\0\0"
    return (packet(sequence, b"\x01") + packet(sequence + 1, column) +
            packet(sequence + 2, b"\xfe\0\0\2\0")), sequence + 3


class Handler(socketserver.BaseRequestHandler):
    """One connection. A fault that ends it returns False."""

    def handle(self):
        self.server.open.add(self.request)
        self.upstream, self.client_in = None, self.request.makefile("rb")
        try:
            self.upstream = socket.create_connection(self.server.upstream, 10)
            self.upstream.settimeout(None)
            self.server_in = self.upstream.makefile("rb")
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.connect():
                while self.command():
                    pass
        except (EOFError, OSError, ValueError):
            self.client_in.close()
            reset(self.request)
        finally:
            self.server.open.discard(self.request)
            if self.upstream:
                self.client_in.close()
                self.server_in.close()
                self.upstream.close()

    def connect(self):
        if not self.exchange("CONNECT", b"", lambda stream: [without_capabilities(read_packet(stream))]):
            return False
        while True:
            answer = read_packet(self.client_in)
            kept = []

            def read(stream):
                kept[:] = [read_packet(stream)]
                return list(kept)
            if not self.exchange("AUTH", answer, read):
                return False
            if kept[0][4] == 0x00:
                return True
            if kept[0][4] == 0xFF:
                return False

    def command(self):
        command = read_packet(self.client_in)
        if command[4] == QUIT:
            self.upstream.sendall(command)
            return False
        while int.from_bytes(command[:3], "little") == MAX_PACKET:
            command += read_packet(self.client_in)
        return self.exchange(text_of(command), command, read_reply)

    def exchange(self, statement, request, read):
        fault = self.server.choose(statement)
        name, _, value = fault.partition("=")
        if name.startswith("error-"):
            return self.error(request, int(name[6:]))
        method = getattr(self, "fault_" + name.replace("-", "_"), None)
        if method is None:
            raise SystemExit(f"there is no fault {fault}")
        return method(request, read, value)

    def answer(self, request, read):
        if request:
            self.upstream.sendall(request)
        return read(self.server_in)

    def send(self, packets):
        self.request.sendall(b"".join(packets))
        return True

    def sequence(self, request):
        return request[3] + 1 if request else 0

    def error(self, request, number):
        text = f"#{ERRORS.get(number, 'HY000')}a fault of the tests".encode()
        self.send([packet(self.sequence(request), b"\xff" + struct.pack("<H", number) + text)])
        return bool(request)

    def fault_none(self, request, read, _value):
        return self.send(self.answer(request, read))

    def fault_version(self, request, read, value):
        one = self.answer(request, read)[0]
        end = one.index(b"\0", 5)
        return self.send([packet(one[3], one[4:5] + value.encode() + one[end:])])

    def fault_refuse(self, _request, _read, _value):
        self.server.close_for(0.5)
        reset(self.request)
        return False

    def fault_reset(self, _request, _read, _value):
        reset(self.request)
        return False

    def fault_half(self, request, _read, _value):
        self.upstream.sendall(request[:len(request) // 2])
        time.sleep(0.05)
        reset(self.upstream)
        reset(self.request)
        return False

    def fault_silence(self, request, read, _value):
        self.answer(request, read)
        return False

    def fault_cut(self, request, read, _value):
        data = b"".join(self.answer(request, read))
        self.request.sendall(data[:len(data) // 2])
        time.sleep(0.05)
        reset(self.request)
        return False

    def fault_truncate(self, request, read, _value):
        data = b"".join(self.answer(request, read))
        self.request.sendall(data[:len(data) // 2])
        return False

    def fault_truncate_packet(self, request, read, _value):
        packets = self.answer(request, read)
        self.send(packets[:len(packets) // 2])
        return False

    def fault_short(self, request, read, _value):
        return self.send([packet(one[3], one[4:4 + (len(one) - 3) // 2]) for one in self.answer(request, read)])

    def fault_malformed(self, request, read, _value):
        return self.send(malformed(self.answer(request, read)))

    def fault_garbage(self, request, read, _value):
        self.answer(request, read)
        self.request.sendall(bytes(random.Random(1).randrange(256) for _ in range(4096)))
        return False

    def fault_huge(self, request, read, _value):
        self.answer(request, read)
        head, sequence = result_head(self.sequence(request))
        self.request.sendall(head)
        value = b"\xfe" + struct.pack("<Q", HUGE_BYTES) + b"y" * HUGE_BYTES
        for at in range(0, len(value), MAX_PACKET):
            self.request.sendall(packet(sequence, value[at:at + MAX_PACKET]))
            sequence += 1
        return self.send([packet(sequence, b"\xfe\0\0\2\0")])

    def fault_endless(self, request, read, _value):
        self.answer(request, read)
        head, sequence = result_head(self.sequence(request))
        self.request.sendall(head)
        row = b"\xfc" + struct.pack("<H", 1000) + b"z" * 1000
        rows = b"".join(packet(sequence + n, row) for n in range(256))
        for _ in range(ENDLESS_BYTES // len(rows)):
            self.request.sendall(rows)
        return False

    def fault_slow(self, request, read, _value):
        listener.send_slowly(self.request.sendall, b"".join(self.answer(request, read)))
        return True

    def fault_delay(self, request, read, _value):
        packets = self.answer(request, read)
        time.sleep(1)
        return self.send(packets)

    def fault_hang(self, request, read, _value):
        self.answer(request, read)
        while self.request.recv(65536):
            pass
        return False

    def fault_no_rows(self, request, read, _value):
        self.answer(request, read)
        return self.send([packet(self.sequence(request), b"\0\0\0\2\0\0\0")])

    def fault_ok(self, request, _read, _value):
        return self.send([packet(self.sequence(request), b"\0\0\0\2\0\0\0")])

    def fault_exec(self, request, read, value):
        subprocess.run(value, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        return self.fault_none(request, read, "")

    def fault_exec_after(self, request, read, value):
        packets = self.answer(request, read)
        subprocess.run(value, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        return self.send(packets)

    def fault_hold(self, request, read, value):
        listener.wait_for_file(value, self.request)
        return self.fault_none(request, read, "")


def read_upstream(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    listener.main(__doc__, Handler, read_upstream)
