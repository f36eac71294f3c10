#!/usr/bin/python3
"""Stands in front of a server and makes it look like another kind of server.

    tests/lib/front.py influxdb2 --upstream URL --port-file FILE [--token TOKEN] [--map NAME...] [--log FILE]
    tests/lib/front.py cluster   --upstream URL --port-file FILE

influxdb2: an influxd 1.x answers as InfluxDB 2.x does by its interface of 1.x: /ping says v2.7.0; SHOW DATABASES
lists what is mapped to a bucket (the databases of --map, which must be there); SHOW RETENTION POLICIES says 0s for
all; what 2.x hasn't got is refused in its words; the token is asked for, as "Token TOKEN" or as a password. By
v1/coordinator/statement_executor.go and http/legacy of InfluxDB 2.7; it was never compared with a real one.

cluster: a single VictoriaMetrics is reached as a cluster is, at /insert/0/influx/ and /select/0/prometheus/, and
nowhere else but /metrics.

It serves until the process OWNER (an environment variable; default: who called it) is gone. The log gets a line for
each request: method, path, and the statement.
"""
import argparse
import base64
import http.client
import http.server
import json
import os
import re
import threading
import time
import urllib.parse

REFUSED = [
    "CREATE DATABASE", "CREATE RETENTION POLICY", "CREATE USER", "CREATE CONTINUOUS QUERY", "DROP DATABASE",
    "ALTER RETENTION POLICY", "GRANT", "REVOKE", "SHOW USERS", "SHOW GRANTS", "SHOW SHARD GROUPS", "SHOW SHARDS",
    "SHOW CONTINUOUS QUERIES", "SHOW STATS", "SHOW DIAGNOSTICS",
]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reply_json(self, status, value):
        self.reply(status, json.dumps(value).encode() + b"\n", [("Content-Type", "application/json")])

    def pass_on(self, path, body):
        """Replies with what the upstream says, as a whole."""
        upstream = urllib.parse.urlsplit(self.server.options.upstream)
        connection = http.client.HTTPConnection(upstream.hostname, upstream.port, timeout=600)
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() in ("content-type", "accept", "accept-encoding", "content-encoding")}
        connection.request(self.command, path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        kept = [(name, value) for name, value in answer.getheaders()
                if name.lower() in ("content-type", "content-encoding")]
        connection.close()
        return answer.status, data, kept

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        statement = urllib.parse.parse_qs((body or b"").decode("utf-8", "replace")).get("q", [""])[0]
        if self.server.options.log:
            with open(self.server.options.log, "a", encoding="utf-8") as log:
                log.write("%s %s %s\n" % (self.command, self.path, statement))
        if self.server.options.mode == "cluster":
            self.cluster(body)
        else:
            self.influxdb2(body, statement)

    do_POST = do_GET

    # --- a VictoriaMetrics cluster ---------------------------------------------------------------

    def cluster(self, body):
        for prefix in ("/insert/0/influx", "/select/0/prometheus"):
            if self.path.startswith(prefix + "/"):
                return self.reply(*self.pass_on(self.path[len(prefix):], body))
        if self.path == "/metrics":
            status, data, headers = self.pass_on(self.path, body)
            return self.reply(status, re.sub(rb'flag{name="retentionPeriod".*\n', b"", data), headers)
        return self.reply(400, b"unsupported path requested: " + self.path.encode())

    # --- InfluxDB 2 ------------------------------------------------------------------------------

    def is_allowed(self):
        token = self.server.options.token
        given = self.headers.get("Authorization", "")
        if not token:
            return True
        if given.startswith("Basic "):
            return base64.b64decode(given[6:]).decode().partition(":")[2] == token
        return given == "Token " + token

    def influxdb2(self, body, statement):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/ping":
            return self.reply(204, b"", [("X-Influxdb-Build", "OSS"), ("X-Influxdb-Version", "v2.7.0")])
        if not self.is_allowed():
            return self.reply_json(401, {"code": "unauthorized", "message": "unauthorized access"})
        if path == "/write":
            name = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["db"][0]
            if name not in self.server.options.map:
                return self.reply_json(404, {"code": "not found", "message": "unable to find DBRP"})
            return self.reply(*self.pass_on(self.path, body))
        if path != "/query":
            return self.reply_json(404, {"code": "not found", "message": "path not found"})
        return self.query(body, statement)

    def query(self, body, statement):
        for words in REFUSED:
            if words in statement or " INTO " in statement:
                return self.reply_json(200, {"results": [{"statement_id": 0, "error": "not implemented: " + words}]})
        status, data, headers = self.pass_on(self.path, body)
        if statement == "SHOW DATABASES":
            data = json.dumps({"results": [{"statement_id": 0, "series": [
                {"name": "databases", "columns": ["name"], "values": [[n] for n in self.server.options.map]}]}]}).encode()
        elif "SHOW RETENTION POLICIES" in statement:
            data = re.sub(rb'"(\d+[hms])+"', b'"0s"', data)
        return self.reply(status, data, headers)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["influxdb2", "cluster"])
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--token")
    parser.add_argument("--map", nargs="*", default=[])
    parser.add_argument("--log")
    options = parser.parse_args()
    owner = int(os.environ.get("OWNER") or os.getppid())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.options = options
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(options.port_file + ".new", "w", encoding="ascii") as out:
        out.write("http://127.0.0.1:%d" % server.server_port)
    os.rename(options.port_file + ".new", options.port_file)
    while True:
        time.sleep(0.5)
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            return


if __name__ == "__main__":
    main()
