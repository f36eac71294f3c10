"""Curves on logarithmic axes, as SVG that reads on light and on dark ground."""
import math
from xml.sax.saxutils import escape

WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 960, 470, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 34, 46
HEAD = 74

# Name, dash, marker; colours that are told apart by most eyes, for light and for dark ground.
STYLES = {
    "old": ("the old pattern", "", "square", "#b3400e", "#ff9a5c"),
    "replay": ("bare replay", "2 3", "none", "#5c5c5c", "#b8b8b8"),
    "server": ("server", "", "circle", "#0b62a8", "#62b6ff"),
    "stream": ("stream", "", "diamond", "#0a7a5a", "#4fd6a8"),
    "rerun": ("rerun, nothing new", "6 3", "circle", "#8a3f8f", "#e39be8"),
    "plan": ("plan", "6 3", "square", "#8a6d00", "#e0c34a"),
}


def style():
    light = "".join(f".{name}{{stroke:{s[3]};fill:{s[3]}}}" for name, s in STYLES.items())
    dark = "".join(f".{name}{{stroke:{s[4]};fill:{s[4]}}}" for name, s in STYLES.items())
    return ("text{font:12px sans-serif;fill:#1f2328;stroke:none}.title{font-size:14px;font-weight:bold}"
            ".ground{fill:#ffffff}.grid{stroke:#d5d9de;stroke-width:1}.axis{stroke:#59636e;stroke-width:1}"
            ".curve{fill:none!important;stroke-width:1.8}" + light +
            "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}.grid{stroke:#30363d}"
            ".axis{stroke:#9198a1}" + dark + "}")


def marker(kind, name, x, y):
    if kind == "circle":
        return f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    if kind == "square":
        return f'<rect class="{name}" x="{x - 2.7:.1f}" y="{y - 2.7:.1f}" width="5.4" height="5.4"/>'
    if kind == "diamond":
        return f'<path class="{name}" d="M{x:.1f} {y - 4:.1f}l4 4-4 4-4-4z"/>'
    return ""


def dash_of(name):
    dash = STYLES[name][1]
    return f' stroke-dasharray="{dash}"' if dash else ""


def text(x, y, words, anchor="start", kind=None):
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'


def seconds_text(value):
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"


class Panel:
    """One plot: x by the doubling, y by the seconds, from 10**low to 10**high."""

    def __init__(self, left, top, steps, low, high):
        self.left, self.top = left + LEFT, top + TOP
        self.width = PANEL_WIDTH - LEFT - RIGHT
        self.height = PANEL_HEIGHT - TOP - BOTTOM
        self.steps, self.low, self.high = steps, low, high

    def x(self, factor):
        return self.left + self.width * (0.04 + 0.92 * (math.log2(factor) / max(1, self.steps)))

    def y(self, seconds):
        return self.top + self.height * (self.high - math.log10(seconds)) / (self.high - self.low)

    def frame(self, title, label, ticks):
        bottom, right = self.top + self.height, self.left + self.width
        parts = [text(self.left, self.top - 12, title, kind="title")]
        for power in range(self.low, self.high + 1):
            y = self.y(10.0**power)
            parts.append(f'<path class="grid" d="M{self.left} {y:.1f}H{right}"/>')
            parts.append(text(self.left - 6, y + 4, seconds_text(10.0**power), "end"))
        for value, factor in ticks:
            x = self.x(factor)
            parts.append(f'<path class="grid" d="M{x:.1f} {self.top}V{bottom}"/>')
            parts.append(text(x, bottom + 17, f"{value:,}", "middle"))
        parts.append(f'<path class="axis" fill="none" d="M{self.left} {self.top}V{bottom}H{right}"/>')
        parts.append(text(self.left + self.width / 2, bottom + 36, label, "middle"))
        return parts

    def curve(self, name, points):
        spots = [(self.x(factor), self.y(seconds)) for factor, seconds in points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        return ([f'<path class="curve {name}"{dash_of(name)} d="{path}"/>'] +
                [marker(STYLES[name][2], name, x, y) for x, y in spots])


def legend():
    parts, x = [], LEFT
    for name, (words, _, kind, *_rest) in STYLES.items():
        parts.append(f'<path class="curve {name}"{dash_of(name)} d="M{x} 50h28"/>')
        parts.append(marker(kind, name, x + 14, 50))
        parts.append(text(x + 34, 54, words))
        x += 52 + 7 * len(words)
    return parts


def svg(panels):
    """`panels`: [(title, label of x, [(value, factor)], {name: [(factor, seconds)]})], two beside each other."""
    every = [seconds for *_, curves in panels for points in curves.values() for _, seconds in points]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    height = HEAD + PANEL_HEIGHT * ((len(panels) + 1) // 2) + 6
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
             ' role="img">',
             "<title>How long each way takes as the data grows</title>", f"<style>{style()}</style>",
             f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
             text(LEFT, 26, "How long each way takes as the data grows (both axes logarithmic)", kind="title"),
             *legend()]
    for number, (title, label, ticks, curves) in enumerate(panels):
        panel = Panel(number % 2 * (WIDTH // 2), HEAD + number // 2 * PANEL_HEIGHT,
                      math.log2(max(factor for _, factor in ticks)), low, high)
        parts += panel.frame(title, label, ticks)
        for name, points in curves.items():
            parts += panel.curve(name, points)
    return "\n".join(part for part in parts if part) + "\n</svg>\n"
