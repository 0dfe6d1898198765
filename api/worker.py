"""Who works on jobs: one thread of one server process, with a process of its own for each job."""

import fcntl
import json
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from api.ingest import collection_folder, leave_out, staging_folder
from api.jobs import FileFault, Job, JobFile, JobNotFound, Jobs, JobStatus, Stage
from api.metrics import Metrics
from api.ports import Clock
from api.uploads import Shelf

_IDLE_SECONDS = 1.0
_TOLD_SECONDS = 0.25
_ATTEMPTS = 3
# How long an interrupted process may take to end.
_GRACE_SECONDS = 5.0
# Nobody takes so long to send files.
_STAGING_SECONDS = 3600
# Exit statuses of the command line: the index is being written, or could not be read.
_UNAVAILABLE = 5

_log = logging.getLogger(__name__)


@dataclass
class Told:
    """What the process that works on a job has told so far."""

    stage: Stage | None = None
    isolation: str | None = None
    faults: dict[str, FileFault] = field(default_factory=dict)
    documents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)

    def hear(self, line: str, now: float) -> None:
        """Take a line of the process in."""
        message = json.loads(line)
        if "stage" in message:
            self.stage = Stage(message["stage"], 0, message["total"], now)
        if self.stage is not None and "advance" in message:
            self.stage = replace(self.stage, done=self.stage.done + message["advance"])
        self.isolation = message.get("isolation", self.isolation)
        if "file" in message:
            self.faults[message["file"]] = FileFault(message["reason"], message["advice"])
        if "summary" in message:
            self.summary = message["summary"]
            self.documents = {k: tuple(v) for k, v in message["documents"].items()}


class Worker:
    """Works on the jobs of a state folder, one after the other.

    Of several server processes one works; when it ends another goes on. `command` is the program
    that reads and indexes, see `citeproof ingest`; `grace` is how many seconds it may take to end
    when it is interrupted.
    """

    def __init__(
        self,
        state: Path,
        jobs: Jobs,
        command: Sequence[str],
        clock: Clock,
        metrics: Metrics,
        *,
        grace: float = _GRACE_SECONDS,
    ) -> None:
        self._state = state
        self._jobs = jobs
        self._command = command
        self._clock = clock
        self._metrics = metrics
        self._grace = grace
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._process: subprocess.Popen[str] | None = None
        self._attempts: dict[str, int] = {}

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Look for jobs now."""
        self._wake.set()

    def close(self) -> None:
        """Stop; a job that is worked on will be taken up again where it was."""
        self._stop.set()
        self._wake.set()
        if (process := self._process) is not None:
            self._interrupt(process, lambda: True)
        if self._thread.ident is not None:
            self._thread.join()

    def _interrupt(self, process: "subprocess.Popen[str]", force: Callable[[], bool]) -> None:
        """End a process and what it started, by force (if `force` says so) where it does not heed.

        A server that was started in the background of a shell hands on that interrupts are ignored.
        What is killed is taken up again where it was.
        """
        process.send_signal(signal.SIGINT)
        try:
            process.wait(self._grace)
        except subprocess.TimeoutExpired:
            if force():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _run(self) -> None:
        self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self._state / "jobs.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not self._stop.is_set():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._pause()
                    continue
                self._jobs.requeue()
                self._sweep()
                self._work()
                return
        finally:
            os.close(lock)

    def _sweep(self) -> None:
        """Remove files that a crash left behind: of jobs that are over, or were never queued."""
        for folder in self._state.glob("jobs/*"):
            try:
                over = self._jobs.get(folder.name).status.over
            except JobNotFound:
                over = self._clock() - folder.stat().st_mtime > _STAGING_SECONDS
            if over:
                Shelf(folder).remove()

    def _work(self) -> None:
        while not self._stop.is_set():
            job = self._jobs.take(self._clock())
            if job is None:
                self._pause()
                continue
            try:
                self._do(job)
            except Exception:  # the border of the thread
                _log.exception("job failed", extra={"job": job.id})
                self._end(job, JobStatus.FAILED, Told(), {"error": "something went wrong here"})

    def _pause(self) -> None:
        self._wake.wait(_IDLE_SECONDS)
        self._wake.clear()

    def _do(self, job: Job) -> None:
        told = Told()
        staged = staging_folder(self._state, job.id)
        kept = collection_folder(self._state, job.site)
        files = [
            [f.upload.stored, f.upload.name] for f in job.files if f.upload.stored and not f.fault
        ]
        names = [stored for stored, _ in files]
        shelves = Shelf(staged), Shelf(kept)
        cancelled = job.cancel and leave_out(*shelves, names)
        status = 0
        if files and not cancelled:
            with subprocess.Popen(  # noqa: S603 - our own program
                [*self._command, str(staged), str(kept)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # a Ctrl-C in the terminal is for the server
            ) as process:
                self._process = process
                with suppress(BrokenPipeError):
                    self._send(process, files)
                cancelled = self._listen(job, process, told, shelves[0])
            self._process = None
            status = process.returncode
            cancelled = cancelled and status != 0 and leave_out(*shelves, names)
        if cancelled:
            self._end(job, JobStatus.CANCELLED, told, {})
        elif self._stop.is_set() and status:
            self._jobs.requeue(job.id)
        elif status == _UNAVAILABLE:
            self._jobs.progress(job.id, Stage("waiting for the index", 0, 0, self._clock()))
            self._stop.wait(_IDLE_SECONDS)
            self._jobs.requeue(job.id)
        elif status and self._again(job):
            self._jobs.requeue(job.id)
        elif status:
            # What broke this job must not break those to come.
            leave_out(*shelves, names)
            self._end(job, JobStatus.FAILED, told, {"error": _ending(status)})
        else:
            self._end(job, _outcome(job, told), told, {})

    def _send(self, process: "subprocess.Popen[str]", files: list[list[str]]) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(files))
        process.stdin.close()

    def _listen(
        self, job: Job, process: "subprocess.Popen[str]", told: Told, staged: Shelf
    ) -> bool:
        """Take in what the process tells until it ends; True where it was asked to end before.

        It does not heed that once it publishes what it indexed.
        """
        assert process.stdout is not None
        last = 0.0
        asked = False
        for line in process.stdout:
            told.hear(line, self._clock())
            if told.stage is not None and time.monotonic() >= last + _TOLD_SECONDS:
                last = time.monotonic()
                cancel = self._jobs.progress(job.id, told.stage)
                if cancel and not asked and not staged.published:
                    asked = True
                    self._interrupt(process, lambda: not staged.published)
        return asked

    def _again(self, job: Job) -> bool:
        """Say whether a job whose process broke is tried once more."""
        self._attempts[job.id] = self._attempts.get(job.id, 0) + 1
        return self._attempts[job.id] < _ATTEMPTS

    def _end(self, job: Job, status: JobStatus, told: Told, more: dict[str, Any]) -> None:
        files = [_settled(file, told) for file in job.files]
        for file in files:
            self._metrics.ingested.labels(_result(file)).inc()
        result = {"isolation": told.isolation, **told.summary, **more}
        self._jobs.end(job.id, status, files, result, self._clock())
        self._attempts.pop(job.id, None)
        Shelf(staging_folder(self._state, job.id)).remove()


def _settled(file: JobFile, told: Told) -> JobFile:
    stored = file.upload.stored
    return replace(
        file,
        fault=file.fault or told.faults.get(stored),
        documents=told.documents.get(stored, ()),
    )


def _result(file: JobFile) -> str:
    if file.fault:
        return "failed"
    return "indexed" if file.documents else "left_out"


def _outcome(job: Job, told: Told) -> JobStatus:
    failed = sum(_settled(file, told).fault is not None for file in job.files)
    if failed == 0:
        return JobStatus.SUCCEEDED
    return JobStatus.FAILED if failed == len(job.files) else JobStatus.PARTIAL


def _ending(status: int) -> str:
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"The process that indexes {how}; the server's log says more."
