"""`python -m evals bench [--json FILE]`."""

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m evals")
    commands = parser.add_subparsers(dest="command", required=True)
    bench = commands.add_parser("bench", help="measure speed and memory on this machine")
    bench.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    from evals.bench import run

    run(arguments.json)


if __name__ == "__main__":
    main()
