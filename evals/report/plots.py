"""Plots as SVG text: drawn here, with no script, no font and nothing from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from evals.scoring import Score


@dataclass(frozen=True, slots=True)
class Cell:
    """A share of `n` items in a table by topic."""

    share: float
    n: int
    higher_is_better: bool = True

    @property
    def good(self) -> float:
        """The share, turned round where less is better."""
        return self.share if self.higher_is_better else 1 - self.share


_WIDTH, _HEIGHT, _PAD = 360, 220, 36
_ROW = 28
# Beyond this many times the least value the others would not be told apart on a plain scale.
_FAR = 20


def bar(score: Score) -> str:
    """Return a share from 0 to 1 with its interval as a line of 160 by 14."""
    if score.value is None or score.low is None or score.high is None or score.unit != "share":
        return ""
    low, value, high = (round(150 * min(1, max(0, v)) + 5, 1) for v in _ordered(score))
    return (
        '<svg class="bar" viewBox="0 0 160 14" role="img" aria-hidden="true">'
        '<line class="axis" x1="5" y1="7" x2="155" y2="7"/>'
        f'<line class="interval" x1="{low}" y1="7" x2="{high}" y2="7"/>'
        f'<circle class="dot" cx="{value}" cy="7" r="3.5"/></svg>'
    )


def _ordered(score: Score) -> tuple[float, float, float]:
    assert score.value is not None, "checked by the caller"
    assert score.low is not None, "checked by the caller"
    assert score.high is not None, "checked by the caller"
    return score.low, score.value, score.high


def line(
    title: str,
    x: Sequence[float],
    y: Sequence[float],
    *,
    across: str,
    up: str,
    square: bool = False,
) -> str:
    """Return a line plot; `square` fixes both axes to 0 .. 1 and draws the diagonal."""
    if not x:
        return ""
    top_x = 1.0 if square else (max(x) or 1.0)
    top_y = 1.0 if square else max(1e-9, min(1.0, max(y) * 1.1) if max(y) <= 1 else max(y))
    place = [(_at_x(a / top_x), _at_y(b / top_y)) for a, b in zip(x, y, strict=True)]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in place)
    dots = "".join(f'<circle class="dot" cx="{a:.1f}" cy="{b:.1f}" r="2.5"/>' for a, b in place)
    diagonal = (
        f'<line class="axis" x1="{_at_x(0)}" y1="{_at_y(0)}" x2="{_at_x(1)}" y2="{_at_y(1)}"/>'
        if square
        else ""
    )
    return _frame(
        title,
        diagonal + f'<polyline class="line" points="{path}"/>' + (dots if len(x) <= 25 else ""),
        (across, f"{top_x:.3g}"),
        (up, f"{top_y:.3g}"),
    )


def _frame(title: str, inside: str, across: tuple[str, str], up: tuple[str, str]) -> str:
    left, right, bottom, top = _at_x(0), _at_x(1), _at_y(0), _at_y(1)
    return (
        f'<figure><svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">'
        f'<line class="axis" x1="{left}" y1="{bottom}" x2="{right}" y2="{bottom}"/>'
        f'<line class="axis" x1="{left}" y1="{bottom}" x2="{left}" y2="{top}"/>{inside}'
        f'<text x="{left}" y="{_HEIGHT - 18}">0</text>'
        f'<text x="{right}" y="{_HEIGHT - 18}" text-anchor="end">{escape(across[1])}</text>'
        f'<text x="{(left + right) / 2}" y="{_HEIGHT - 4}" text-anchor="middle">'
        f"{escape(across[0])}</text>"
        f'<text x="{left - 4}" y="{top + 4}" text-anchor="end">{escape(up[1])}</text>'
        f'<text x="{left + 4}" y="{top + 2}">{escape(up[0])}</text></svg>'
        f"<figcaption>{escape(title)}</figcaption></figure>"
    )


def _at_x(share: float) -> float:
    return round(_PAD + share * (_WIDTH - _PAD - 12), 1)


def _at_y(share: float) -> float:
    return round(_HEIGHT - _PAD - share * (_HEIGHT - _PAD - 20), 1)


def cumulative(title: str, values: Sequence[float], *, across: str) -> str:
    """Return the share of values up to each value."""
    ordered = np.sort(np.asarray(values, dtype=float))
    if not len(ordered):
        return ""
    picked = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), 120)).astype(int))
    x = [float(ordered[i]) for i in picked]
    y = [float((i + 1) / len(ordered)) for i in picked]
    return line(title, x, y, across=across, up="share")


def distributions(title: str, series: Mapping[str, Sequence[float]], *, across: str) -> str:
    """Return the share of values up to each value, a line for each series that has values."""
    ordered = {name: np.sort(np.asarray(v, dtype=float)) for name, v in series.items() if len(v)}
    if not ordered:
        return ""
    top = max(float(values[-1]) for values in ordered.values()) or 1.0
    parts = []
    for number, (name, values) in enumerate(ordered.items()):
        picked = np.unique(np.linspace(0, len(values) - 1, min(len(values), 120)).astype(int))
        path = " ".join(
            f"{_at_x(float(values[i]) / top):.1f},{_at_y((i + 1) / len(values)):.1f}"
            for i in picked
        )
        high = _at_y(0.05) - 14 * (len(ordered) - 1 - number)
        left = _at_x(0.62)
        parts.append(
            f'<polyline class="line c{number}" points="{path}"/>'
            f'<line class="line c{number}" x1="{left}" y1="{high}" x2="{left + 24}" y2="{high}"/>'
            f'<text x="{left + 28}" y="{high + 4}">{escape(name)}</text>'
        )
    return _frame(title, "".join(parts), (across, f"{top:,.4g}"), ("share", "1"))


def forest(title: str, scores: Sequence[Score], *, mark: float | None = None) -> str:
    """Return the scores of one unit one below the other, each with its interval.

    The scale is logarithmic where the values lie far apart, else it begins at 0. `mark` is a value
    to draw a line at.
    """
    rows = [s for s in scores if s.value is not None]
    bounds = [v for s in rows for v in (s.value, s.low, s.high, mark) if v is not None]
    if not rows or max(bounds) <= 0:
        return ""
    low, high = min(bounds), max(bounds)
    far = low > 0 and high / low > _FAR

    def at(value: float) -> float:
        share = np.log(value / low) / np.log(high / low) if far else value / high
        return round(10 + float(share) * (_WIDTH - 20), 1)

    height, parts = _ROW * len(rows) + 20, []
    if mark is not None:
        parts.append(
            f'<line class="axis" x1="{at(mark)}" y1="0" x2="{at(mark)}" y2="{height - 16}"/>'
        )
    for number, score in enumerate(rows):
        assert score.value is not None, "chosen by it"
        y = _ROW * number + 20
        if score.low is not None and score.high is not None:
            parts.append(
                f'<line class="interval" x1="{at(score.low)}" y1="{y}" '
                f'x2="{at(score.high)}" y2="{y}"/>'
            )
        parts.append(
            f'<circle class="dot" cx="{at(score.value)}" cy="{y}" r="3.5"/>'
            f'<text x="10" y="{y - 7}">{escape(score.key.replace("_", " "))}</text>'
            f'<text x="{_WIDTH - 10}" y="{y - 7}" text-anchor="end">{score.value:,.4g}</text>'
        )
    ends = (f"{low:,.4g}", " (logarithmic)") if far else ("0", "")
    return (
        f'<figure><svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}'
        f'<line class="axis" x1="10" y1="{height - 16}" x2="{_WIDTH - 10}" y2="{height - 16}"/>'
        f'<text x="10" y="{height - 4}">{ends[0]}</text>'
        f'<text x="{_WIDTH - 10}" y="{height - 4}" text-anchor="end">{high:,.4g}</text></svg>'
        f"<figcaption>{escape(title)}{ends[1]}</figcaption></figure>"
    )


def reliability(title: str, score: Sequence[float], label: Sequence[float]) -> str:
    """Return the share supported against the mean score, in ten bins; the diagonal is perfect."""
    s, truth = np.asarray(score, dtype=float), np.asarray(label, dtype=float)
    bins = np.minimum((s * 10).astype(int), 9)
    kept = [b for b in range(10) if (bins == b).any()]
    x = [float(s[bins == b].mean()) for b in kept]
    y = [float(truth[bins == b].mean()) for b in kept]
    return line(title, x, y, across="score", up="share supported", square=True)


def risk_coverage(title: str, confidence: Sequence[float], error: Sequence[float]) -> str:
    """Return the error rate among the most confident answers against their share."""
    c, e = np.asarray(confidence, dtype=float), np.asarray(error, dtype=float)
    if not len(c):
        return ""
    order = np.argsort(-c, kind="stable")
    risk = np.cumsum(e[order]) / np.arange(1, len(e) + 1)
    picked = np.unique(np.linspace(0, len(e) - 1, min(len(e), 120)).astype(int))
    x = [float((i + 1) / len(e)) for i in picked]
    return line(title, x, [float(risk[i]) for i in picked], across="coverage", up="error rate")


def heat(rows: Mapping[str, Mapping[str, Cell]], columns: Sequence[str]) -> str:
    """Return a table of shares by topic and metric, coloured by how good, each with its items."""
    head = "".join(f'<th scope="col">{escape(c.replace("_", " "))}</th>' for c in columns)
    body = []
    for topic, values in rows.items():
        cells = "".join(
            f'<td class="heat h{_tenth(values[c].good)}">{100 * values[c].share:.0f}'
            f"<small>{values[c].n}</small></td>"
            if c in values
            else "<td>–</td>"
            for c in columns
        )
        body.append(f'<tr><th scope="row">{escape(topic)}</th>{cells}</tr>')
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _tenth(share: float) -> int:
    return int(min(0.999, max(0.0, share)) * 10)
