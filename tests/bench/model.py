"""The cost model of docs/scaling.rst, from what the bench measured.

    seconds = start + a * points + b * series in windows + c * statements

for each engine, as it runs by default (verified, four in flight); the coefficients are those that fit all
shapes and all sizes of the growth best, by relative error, none below zero.
"""
import itertools
import statistics

TERMS = ("start", "point", "series", "statement")
ENGINES = ("server", "stream")
# The program aims at so many seconds a statement, with so many in flight.
STATEMENT_SECONDS, IN_FLIGHT = 4, 4

# Servers that points are streamed to.
TARGETS = (1, 2, 4)

# Bytes on the source's disk, or points a week of a series.
CASES = {
    "40 GB": {"bytes": 40e9, "tenants": 200, "series": 60 * 5, "weeks": 13},
    "1 TB": {"bytes": 1e12, "tenants": 1000, "series": 60 * 20, "weeks": 26},
    "10,000 tenants": {"per_week": 2016, "tenants": 10000, "series": 40, "weeks": 13},
}


def observations(results, engine):
    """[(terms, seconds)]"""
    found = []
    entries = [(results["sizes"]["shapes"][shape], results[shape]) for shape in results["sizes"]["shapes"]]
    entries += [(entry["sizes"], entry) for entry in results["growth"]]
    for sizes, entry in entries:
        series = sizes["measurements"] * sizes["tenants"] * sizes.get("series", 1) * sizes["weeks"]
        for one in entry["rounds"]:
            took = one[engine]
            found.append(((1.0, float(entry["points"]), float(series), float(took["statements"])), took["seconds"]))
    return found


def solve(matrix, right):
    """Gauss; None where there is no one solution."""
    size = len(right)
    rows = [list(matrix[n]) + [right[n]] for n in range(size)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda n: abs(rows[n][column]))
        if abs(rows[pivot][column]) < 1e-12:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for n in range(size):
            if n != column:
                factor = rows[n][column] / rows[column][column]
                rows[n] = [x - factor * y for x, y in zip(rows[n], rows[column])]
    return [rows[n][size] / rows[n][n] for n in range(size)]


def least_squares(found, used):
    """The coefficients of the terms `used`, by relative error; the others are 0. Terms are scaled to 1, so that
    the equations are sound."""
    scale = [max(terms[n] for terms, _ in found) for n in used]
    rows = [[terms[n] / s / took for n, s in zip(used, scale)] for terms, took in found]
    matrix = [[sum(row[i] * row[j] for row in rows) for j in range(len(used))] for i in range(len(used))]
    solution = solve(matrix, [sum(row[i] for row in rows) for i in range(len(used))])
    if solution is None or min(solution) < 0:
        return None
    result = [0.0] * len(TERMS)
    for n, s, x in zip(used, scale, solution):
        result[n] = x / s
    return result


def predict(coefficients, terms):
    return sum(c * t for c, t in zip(coefficients, terms))


def errors(coefficients, found):
    return [abs(predict(coefficients, terms) / took - 1) for terms, took in found]


def fit(found):
    """Of all sets of terms the one whose solution is nowhere below zero, and fits best."""
    best = None
    for count in range(1, len(TERMS) + 1):
        for used in itertools.combinations(range(len(TERMS)), count):
            solution = least_squares(found, used)
            if solution and (best is None or sum(e * e for e in errors(solution, found)) <
                             sum(e * e for e in errors(best, found))):
                best = solution
    return best


def line(xs, ys):
    """y = base + slope * x, neither below zero."""
    mean_x, mean_y = statistics.mean(xs), statistics.mean(ys)
    spread = sum((x - mean_x)**2 for x in xs)
    slope = max(0.0, sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread) if spread else 0.0
    return max(0.0, mean_y - slope * mean_x), slope


class Databases:
    """What making databases and shards costs: the server writes its list of both anew at each, so the cost
    grows with those that there are. Each database of the bench has two shards: three entries."""

    def __init__(self, blocks):
        middles = [3 * (block["before"] + block["count"] / 2) for block in blocks]
        self.create = line(middles, [block["create"] for block in blocks])
        self.shard = line(middles, [block["shards"] for block in blocks])
        self.most = blocks[-1]["before"] + blocks[-1]["count"]
        # For each shard; databases themselves take little.
        self.bytes = blocks[-1]["rss"] / (2 * self.most)

    def seconds(self, tenants, weeks):
        """Of all; what a shard costs at first is in the engines' figures already."""
        entries = tenants * (1 + weeks)
        return tenants * (self.create[0] + self.create[1] * entries / 2 + weeks * self.shard[1] * entries / 2)


class Model:
    def __init__(self, results):
        self.results = results
        dense = results["dense"]
        self.coefficients, self.misses = {}, {}
        for engine in ENGINES:
            found = observations(results, engine)
            self.coefficients[engine] = fit(found)
            self.misses[engine] = sorted(errors(self.coefficients[engine], found))
        self.databases = Databases(results["databases"])
        self.points = dense["points"]
        self.disk = dense["source_bytes"] / self.points
        self.read_rate, self.write_rate = self.rate("read"), self.rate("write")
        self.client_rate = 1 / self.per_point("stream_bare", "cpu")

    def median(self, way, key):
        return statistics.median(one[way][key] for one in self.results["dense"]["rounds"])

    def rate(self, way):
        return self.points / self.median(way, "seconds")

    def per_point(self, way, key):
        return self.median(way, key) / self.points

    def case(self, case):
        """Points, and seconds by engine."""
        points = (case["bytes"] / self.disk if "bytes" in case
                  else case["per_week"] * case["tenants"] * case["series"] * case["weeks"])
        pieces = case["tenants"] * case["weeks"]
        took = {}
        for engine, coefficients in self.coefficients.items():
            long = coefficients[1] * points * IN_FLIGHT / STATEMENT_SECONDS
            terms = (1, points, case["series"] * pieces, 2 * max(pieces, long))
            took[engine] = predict(coefficients, terms) + self.databases.seconds(case["tenants"], case["weeks"])
        return points, took


def count_text(number):
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:,.3g} {word}" if number < 1000 * size else f"{number / size:,.0f} {word}"
    return f"{number:,.0f}"


def time_text(seconds):
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:.1f} days"
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def figures(model):
    """What each thing costs, by engine."""
    scale = (("once", 1, "s"), ("a point", 1e6, "µs"), ("a series in a window, whatever it holds", 1e6, "µs"),
             ("a statement, two for each window", 1e3, "ms"))
    rows = [[what, *(f"{model.coefficients[engine][n] * factor:.3g} {unit}" for engine in ENGINES)]
            for n, (what, factor, unit) in enumerate(scale)]
    for what, key in (("the client's processor, a million points", "cpu"),
                      ("the server's processor, a million points", "server_cpu")):
        rows.append([what, *(f"{model.per_point(engine, key) * 1e6:.2f} s" for engine in ENGINES)])
    rows.append(["read by the client, a point", "none", f"{model.per_point('read', 'received'):.0f} bytes"])
    rows.append(["written by the client, a point", "none", f"{model.per_point('write', 'sent'):.0f} bytes"])
    return rows


def fit_text(model):
    return "The sum against what was measured: " + "; ".join(
        f"``{engine}``: half of the {len(misses)} times within {misses[len(misses) // 2]:.0%}, nine of ten within"
        f" {misses[int(len(misses) * 0.9)]:.0%}" for engine, misses in model.misses.items()) + "."


def databases_text(model):
    made = model.databases
    return (f"On the disk of the source a point takes {model.disk:.1f} bytes. A database costs"
            f" {made.create[0] * 1e3:.1f} ms while there are few, and {made.create[1] * 1e6:.2f} ms more for each thousand"
            f" databases and shards that there are already; a shard {made.shard[1] * 1e6:.2f} ms more, likewise."
            f" The server's memory grows by {made.bytes / 2**20:.1f} MiB for each shard, however little is in it. Measured"
            f" up to {made.most:,} databases with two shards each, of a point each.")


def answers(model):
    rows = []
    for name, case in CASES.items():
        points, took = model.case(case)
        rows.append([name, count_text(points), f"{case['tenants']:,}", f"{case['series']:,}", f"{case['weeks']}",
                     time_text(model.databases.seconds(case["tenants"], case["weeks"])),
                     f"{model.databases.bytes * case['tenants'] * case['weeks'] / 2**30:,.0f} GiB",
                     *(time_text(took[engine]) for engine in ENGINES)])
    return rows


def machines(model):
    rows = [["the source gives, read by two", f"{model.read_rate:,.0f} points/s"],
            ["a target takes, written by two", f"{model.write_rate:,.0f} points/s"],
            ["the client passes on, for each core that it has alone", f"{model.client_rate:,.0f} points/s"],
            ["targets that take what the source gives", f"{model.read_rate / model.write_rate:.1f}"],
            ["cores of clients that pass on what the source gives", f"{model.read_rate / model.client_rate:.1f}"]]
    return rows


def streamed(model):
    """How long it takes at least, to several targets, each with a client and a core for it."""
    rows = []
    for name, case in CASES.items():
        points, _ = model.case(case)
        row = [name]
        for count in TARGETS:
            limits = {"source": model.read_rate, "targets": count * model.write_rate, "clients": count * model.client_rate}
            what = min(limits, key=limits.get)
            row.append(f"{time_text(points / limits[what])} ({what})")
        rows.append(row)
    return rows


def parts(results, table, text):
    """The parts of docs/scaling.rst, by their names, of what `table` and `text` make."""
    model = Model(results)
    engines = [f"``{engine}``" for engine in ENGINES]
    return {
        "figures": [table(["Cost", *engines], figures(model)), text(fit_text(model)), text(databases_text(model))],
        "answers": [table(["What", "Points", "Tenants", "Series of each", "Weeks", "Making databases",
                           "Memory of the server for shards", *engines],
                          answers(model))],
        "machines": [table(["What", "How much"], machines(model))],
        "streamed": [table(["Case", *(f"{n} target{'s' * (n > 1)}" for n in TARGETS)], streamed(model))],
    }
