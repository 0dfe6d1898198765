"""The command line: `citeproof`, or `python -m rag`."""

import os

# Waiting threads must sleep, not spin; native libraries read this when they load.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def main() -> None:
    """Run the command line and exit with its status."""
    from rag.cli.app import app

    app()


if __name__ == "__main__":
    main()
