"""What the bench says of its results: the tables, on the terminal and in docs/."""
import csv
import json
import os
import statistics
import textwrap

import model
import plot

# What doubles: its name, and what is counted along the axis.
AXES = {"per_week": ("points", "points a week of a series"), "measurements": ("measurements", "measurements"),
        "tenants": ("tenants", "tenants"), "weeks": ("weeks", "weeks")}
PAGE_WIDTH = 116
SHAPES = ("dense", "wide", "tall")
MIB = 2**20
GROWTH_WAYS = ("old", "replay", "server", "stream", "rerun", "plan")


def sizes_text(sizes):
    text = f"{sizes['measurements']} measurements x {sizes['tenants']} tenants"
    if sizes.get("series", 1) > 1:
        text += f" x {sizes['series']} series"
    if "weeks" in sizes:
        text += f" x {sizes['weeks']} weeks x {sizes['per_week']} points a week"
    return text


# --- figures ---------------------------------------------------------------------------------------


def seconds(rounds, way):
    return statistics.median(one[way]["seconds"] for one in rounds)


class Ratio:
    """The ratios of all rounds."""

    def __init__(self, rounds, of):
        self.all = sorted(of(one) for one in rounds)
        self.median = statistics.median(self.all)

    def text(self, form="{:.2f}"):
        if len(self.all) == 1:
            return form.format(self.median)
        return f"{form} ({form} to {form})".format(self.median, self.all[0], self.all[-1])


def old_at_520(result, sizes):
    """What the old pattern takes for 520 weeks, for each round: the weeks that there are, in full, and for
    each statement of the others what one of a sample took."""
    others = sizes["measurements"] * sizes["tenants"] * (520 - result["old_weeks"])
    return [one["old"]["seconds"] + others * one["old_empty"]["seconds"] / one["old_empty"]["requests"]
            for one in result["rounds"]]


class Row:
    """A line of the issue's table: what, at least or at most, and what was measured."""

    def __init__(self, what, target, measured, met):
        self.what, self.target, self.measured, self.met = what, target, measured, met


def shapes_row(results, what, target, limit, of):
    ratios = {shape: Ratio(results[shape]["rounds"], of) for shape in SHAPES if shape in results}
    missed = [shape for shape, ratio in ratios.items() if ratio.median > limit]
    return Row(what, target, ", ".join(f"{shape} {ratio.text()}" for shape, ratio in ratios.items()),
               "met" if not missed else "not met: " + ", ".join(missed))


def met(yes):
    return "met" if yes else "not met"


def over(way, *others):
    return lambda one: one[way]["seconds"] / sum(one[other]["seconds"] for other in others)


def table(results):
    rows = []
    if "dense" in results:
        ratio = Ratio(results["dense"]["rounds"], over("old", "server"))
        bare = Ratio(results["dense"]["rounds"], over("old", "server_bare"))
        rows.append(Row("``server`` to the old pattern, dense, the weeks that there are", "5 times as fast",
                        f"{ratio.text('{:.1f}')} times; not verified, as the old one, {bare.text('{:.1f}')}",
                        met(ratio.median >= 5)))
    if "wide" in results:
        wide = results["wide"]
        olds = old_at_520(wide, results["sizes"]["shapes"]["wide"])
        ratio = Ratio(range(len(olds)), lambda n: olds[n] / wide["rounds"][n]["server"]["seconds"])
        rows.append(Row("the same, wide, at the old default of 520 weeks", "100 times",
                        ratio.text("{:.0f}") + " times", met(ratio.median >= 100)))
    if any(shape in results for shape in SHAPES):
        rows += common_rows(results)
    for name, wanted_s, wanted_mib in (("1,000 measurements x 500 tenants", 2, None), ("10,000 tenants", 10, 256)):
        if "plans" in results:
            rows.append(plan_row(results["plans"][name], name, wanted_s, wanted_mib))
    return rows


def plan_row(plan, name, wanted_s, wanted_mib):
    took = statistics.median(one["seconds"] for one in plan["rounds"])
    rss = max(one["rss"] for one in plan["rounds"])
    sizes = plan["sizes"]
    return Row("plan of " + name, f"{wanted_s} s" + (f", {wanted_mib} MiB" if wanted_mib else ""),
               f"{took:.2f} s, {rss / MIB:.0f} MiB ({sizes['measurements']:,} x {sizes['tenants']:,})",
               met(took <= wanted_s and (not wanted_mib or rss <= wanted_mib * MIB)))


def common_rows(results):
    there = [shape for shape in SHAPES if shape in results]
    rows = [
        shapes_row(results, "``server`` to the bare replay of its statements", "at most 1.15 of its time", 1.15,
                   over("server_bare", "replay")),
        shapes_row(results, "``stream`` to reading alone plus writing alone, two in flight each",
                   "at most 1.0 of their sum", 1.0, over("stream2_bare", "read", "write")),
        shapes_row(results, "verified to unverified run, ``server``", "at most 1.1 of its time", 1.1,
                   over("server", "server_bare")),
        shapes_row(results, "the same, ``stream``", "at most 1.1 of its time", 1.1, over("stream", "stream_bare")),
    ]
    reruns = {shape: (seconds(results[shape]["rounds"], "rerun"), seconds(results[shape]["rounds"], "server"))
              for shape in there}
    missed = [shape for shape, (again, run) in reruns.items() if again >= 1 and again > 0.02 * run]
    rows.append(Row("rerun with nothing new", "under 1 s, or 2% of the run",
                    ", ".join(f"{shape} {again:.2f} s" for shape, (again, _) in reruns.items()), met(not missed)))
    peak, way, shape = max((one[way]["rss"], way, shape) for shape in there for one in results[shape]["rounds"]
                           for way in one if way.startswith(("server", "stream")))
    rows.append(Row("memory of a run", "64 MiB, whatever the data",
                    f"at most {peak / MIB:.0f} MiB ({shape}, ``{'stream' if way.startswith('stream') else 'server'}``)",
                    met(peak <= 64 * MIB)))
    return rows


WAYS = {
    "old": "the old pattern, the weeks that there are",
    "old_520": "the old pattern, 520 weeks (worked out)",
    "replay": "bare replay of the statements of ``server``",
    "server_bare": "``server``, not verified",
    "server": "``server``",
    "read": "reading alone, two in flight",
    "write": "writing alone, two in flight",
    "stream2_bare": "``stream --jobs 2``, not verified",
    "stream_bare": "``stream``, not verified",
    "stream": "``stream``",
    "rerun": "rerun with nothing new",
    "plan": "plan",
}


def duration_text(value):
    if value >= 5400:
        return f"{value / 3600:,.1f} h"
    return f"{value:,.0f} s" if value >= 100 else f"{value:.2f} s"


def rate_text(value):
    return f"{value:,.0f}" if value < 1000 else f"{round(value, -2 if value < 1e5 else -3):,.0f}"


def shape_columns(results, way):
    """Seconds, and points a second, for each shape."""
    for shape in SHAPES:
        if shape not in results:
            yield "", ""
            continue
        result = results[shape]
        took = (statistics.median(old_at_520(result, results["sizes"]["shapes"][shape])) if way == "old_520"
                else seconds(result["rounds"], way))
        yield duration_text(took), "" if way in ("rerun", "plan") else rate_text(result["points"] / took)


# --- parts: what stands between two marks of a page, and on the terminal -----------------------------
#
# A part is a list of tables and paragraphs; ``names`` in them are for pages.


class Table:
    def __init__(self, heads, rows):
        self.heads, self.rows = heads, [[str(cell) for cell in row] for row in rows]

    def plain(self):
        cells = [[without_marks(cell) for cell in row] for row in [self.heads, *self.rows]]
        widths = [max(len(row[n]) for row in cells) for n in range(len(self.heads))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells)

    def rst(self):
        """A grid table, whose cells are wrapped where the lines would be too long."""
        widths = [max(len(row[n]) for row in [self.heads, *self.rows]) for n in range(len(self.heads))]
        while sum(widths) + 3 * len(widths) + 1 > PAGE_WIDTH:
            widths[widths.index(max(widths))] -= 1
        rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
        lines = [rule, *grid_row(self.heads, widths), rule.replace("-", "=")]
        for row in self.rows:
            lines += [*grid_row(row, widths), rule]
        return "\n".join(lines)


def grid_row(cells, widths):
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths)]
    for n in range(max(map(len, wrapped))):
        yield "| " + " | ".join((lines[n] if n < len(lines) else "").ljust(width)
                                for lines, width in zip(wrapped, widths)) + " |"


class Text:
    def __init__(self, text):
        self.text = text

    def plain(self):
        return textwrap.fill(without_marks(self.text), PAGE_WIDTH)

    def rst(self):
        return textwrap.fill(self.text, PAGE_WIDTH, break_long_words=False, break_on_hyphens=False)


class Lines:
    """As they are."""

    def __init__(self, lines):
        self.lines = lines

    def plain(self):
        return "\n".join(self.lines)

    def rst(self):
        return "::\n\n" + "\n".join("    " + line for line in self.lines)


def without_marks(text):
    return text.replace("``", "")


def conditions(results):
    where = results["machine"]
    rounds = f"{results['rounds']} round" + "s" * (results["rounds"] != 1)
    command = "make bench" + ("" if results["size"] == "full" else " SIZE=" + results["size"])
    return [Text(
        f"InfluxDB {where.get('influxd', '')} and the client beside it on {where['cores']} cores with"
        f" {where['memory_gib']} GiB; medians of {rounds}, the lowest and the highest in brackets. ``{command}`` took"
        f" {results['seconds'] / 60:.1f} minutes. Load average before it {where['load_before']:.2f}; other programs used"
        f" {where['others']:.0%} of the machine meanwhile." +
        (f" {where['repeated']} times InfluxDB had lost what it was given and nobody verified, and the way was measured"
         " again." if where["repeated"] else "") +
        ("" if results["size"] == "full" else " What is wanted is meant for the full form, with more data."))]


def targets(results):
    return [Table(["What", "Wanted", "Measured", "Result"],
                  [[row.what, row.target, row.measured, row.met] for row in table(results)])]


def shapes(results):
    heads = ["Way", *(cell for shape in SHAPES for cell in (shape, "points/s"))]
    rows = [[text, *(cell for pair in shape_columns(results, way) for cell in pair)] for way, text in WAYS.items()]
    sizes = (f"{shape}: {results[shape]['points']:,} points, {sizes_text(results['sizes']['shapes'][shape])}"
             for shape in SHAPES if shape in results)
    return [Table(heads, rows), Text("The data: " + "; ".join(sizes) + ".")]


def growth(results):
    """What the doublings of each axis do to the time."""
    rows = []
    for way in GROWTH_WAYS:
        curves = [growth_curve(results, axis, way) for axis in AXES]
        rows.append([WAYS[way], *(f"{curve[0][1]:.2f} s to {curve[-1][1]:.2f} s" for curve in curves)])
    first = results["growth"][0]
    factor = max(entry["factor"] for entry in results["growth"])
    return [Table(["Way", *(short for short, _ in AXES.values())], rows),
            Text(f"From {first['points']:,} points ({sizes_text(first['sizes'])}) to {factor} times as many, by more of what"
                 " the column names.")]


def schema(results):
    return [Lines(results["schema"])]


def parts(results):
    """By name; what wasn't measured is missing."""
    made = {}
    if "others" in results["machine"]:
        made["conditions"] = conditions(results)
    made["targets"] = targets(results)
    if any(shape in results for shape in SHAPES):
        made["shapes"] = shapes(results)
    if "growth" in results:
        made["growth"] = growth(results)
    if "schema" in results:
        made["schema"] = schema(results)
    return made


def scaling_parts(results):
    if not all(name in results for name in (*SHAPES, "plans", "growth", "databases")):
        return {}
    return model.parts(results, Table, Text)


def growth_curve(results, axis, way):
    """[(factor, seconds)] along an axis, from the base."""
    return [(entry["factor"], seconds(entry["rounds"], way)) for entry in results["growth"]
            if entry["axis"] in ("base", axis)]


def replace_part(page, name, text):
    """What stands between `.. bench: NAME` and `.. bench: end`."""
    with open(page, encoding="utf-8") as file:
        content = file.read()
    head, mark, rest = content.partition(f".. bench: {name}\n")
    end = rest.find(".. bench: end\n")
    if not mark or end < 0:
        raise ValueError(f"{page} has no part '.. bench: {name}'")
    with open(page, "w", encoding="utf-8") as file:
        file.write(f"{head}{mark}\n{text}\n\n{rest[end:]}")


def record(results, docs):
    for page, made in (("performance.rst", parts(results)), ("scaling.rst", scaling_parts(results))):
        for name, part in made.items():
            replace_part(os.path.join(docs, page), name, "\n\n".join(block.rst() for block in part))
    with open(os.path.join(docs, "performance.svg"), "w", encoding="utf-8") as file:
        file.write(picture(results))


def picture(results):
    panels = []
    for axis, (short, text) in AXES.items():
        curves = {way: growth_curve(results, axis, way) for way in GROWTH_WAYS}
        base = results["growth"][0]["sizes"][axis]
        panels.append(("More " + short, text, [(base * factor, factor) for factor, _ in curves["server"]], curves))
    return plot.svg(panels)


# --- the terminal and the files ----------------------------------------------------------------------


def write(results, out, docs):
    with open(os.path.join(out, "results.json"), "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
        file.write("\n")
    if "growth" in results:
        write_csv(results, os.path.join(out, "growth.csv"))
        with open(os.path.join(out, "performance.svg"), "w", encoding="utf-8") as file:
            file.write(picture(results))
    print("\n\n".join(block.plain() for part in (*parts(results).values(), *scaling_parts(results).values())
                      for block in part))
    print(f"\nfiles: {', '.join(sorted(os.listdir(out)))} in {os.path.relpath(out)}")
    if docs:
        record(results, docs)


def write_csv(results, name):
    with open(name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["axis", "factor", "measurements", "tenants", "weeks", "per_week", "points", "way", "round",
                         "seconds", "cpu", "server_cpu", "rss"])
        for entry in results["growth"]:
            sizes = entry["sizes"]
            for number, one in enumerate(entry["rounds"]):
                for way, took in one.items():
                    writer.writerow([entry["axis"], entry["factor"], sizes["measurements"], sizes["tenants"],
                                     sizes["weeks"], sizes["per_week"], entry["points"], way, number + 1,
                                     f"{took['seconds']:.4f}", f"{took['cpu']:.3f}", f"{took['server_cpu']:.2f}",
                                     took["rss"]])
