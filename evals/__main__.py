"""`python -m evals bench|load|table|fit-judge`: what `citeproof eval` does not offer to all."""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m evals")
    commands = parser.add_subparsers(dest="command", required=True)
    bench = commands.add_parser("bench", help="measure speed and memory on this machine")
    bench.add_argument("--out", type=Path, required=True, help="folder of the run")
    bench.add_argument(
        "--added",
        type=Path,
        help="index of the demonstration notes and other documents, to time reports from it too",
    )
    bench.add_argument("--turns", type=_positive, help="measure everything so often")
    bench.add_argument("--seed", type=int, default=0, help="seed of the intervals")
    load = commands.add_parser("load", help="put load on a server of this machine")
    load.add_argument("--index", type=Path, required=True, help="folder of the index to serve")
    load.add_argument("--seconds", type=float, default=20.0, help="length of each stretch")
    load.add_argument("--soak", type=float, default=300.0, help="length of the last, 0 for none")
    load.add_argument("--workers", type=int, default=1, help="processes of the server")
    load.add_argument("--json", type=Path, help="also write the figures to this file")
    table = commands.add_parser("table", help="show all scored runs of a folder in one table")
    table.add_argument("runs", type=Path)
    fit = commands.add_parser("fit-judge", help="fit the independent judge on labelled pairs")
    fit.add_argument("pairs", type=Path, help="JSON Lines: src, premise, hypothesis, label")
    fit.add_argument("--out", type=Path, required=True, help="file of weights to write")
    arguments = parser.parse_args()
    match arguments.command:
        case "bench":
            _bench(arguments)
        case "load":
            from evals import load as loads

            loads.run(
                arguments.index,
                seconds=arguments.seconds,
                soak=arguments.soak,
                workers=arguments.workers,
                output=arguments.json,
            )
        case "table":
            from evals.table import table as show

            sys.stdout.write(show(arguments.runs))
        case _:
            from evals.judges.fit import fit as fit_judge

            for record in fit_judge(arguments.pairs, arguments.out):
                print(record)


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def _bench(arguments: argparse.Namespace) -> None:
    from evals.bench.bench import bench
    from evals.errors import EvalError
    from index.errors import IndexNotFound

    try:
        run = bench(
            arguments.out,
            added=arguments.added,
            turns=arguments.turns,
            seed=arguments.seed,
            told=lambda item: print(item.id, file=sys.stderr),
        )
    except (EvalError, IndexNotFound) as error:
        sys.exit(f"evals: {error}")
    sys.stdout.write((run.path / "report.md").read_text("utf-8"))


if __name__ == "__main__":
    main()
