"""How far several judges of the same things agree beyond chance."""

from collections import Counter
from collections.abc import Hashable, Sequence


def krippendorff_alpha(units: Sequence[Sequence[Hashable]]) -> float:
    """Return Krippendorff's alpha for nominal labels (Krippendorff, 2011).

    `units` holds for each thing the labels that it got; things with fewer than two labels do not
    count. 1 - observed / expected disagreement: 1 is full agreement, 0 what chance gives. Not a
    number where no thing has two labels, or where only one label was ever given.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    totals = Counter(label for unit in pairable for label in unit)
    n = sum(totals.values())
    if n == 0 or len(totals) < 2:
        return float("nan")
    observed = sum(
        count * (len(unit) - count) / (len(unit) - 1)
        for unit in pairable
        for count in Counter(unit).values()
    )
    expected = sum(count * (n - count) for count in totals.values()) / (n - 1)
    return 1 - observed / expected
