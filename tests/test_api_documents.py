"""Documents sent over HTTP: what is indexed, what is refused, and that kill -9 loses nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import WordHashEmbedder
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from serving import NOW, QuotingAssistant, ingest, make_index, settings

from api.app import create_app
from api.caller import Permission
from api.ingest import collection_folder, staging_folder
from api.jobs import JobFile, Jobs, JobStatus, Stage
from api.keys import Terms
from api.metrics import Metrics
from api.records import open_records
from api.uploads import Shelf, Upload, shown_name, stored_name
from api.worker import Told, Worker
from corpus.loading import MEDIA_TYPES, LoadError
from index.index import Index
from index.lock import WriteLock

BOATS = b"# Boats\n\nThe port counted 77 kayaks in 2024. They are stored in the eastern hall.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_index(tmp_path).close()
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with Index.open(folder / "index", WordHashEmbedder()) as index:
        app = create_app(
            QuotingAssistant(index),
            settings(folder, max_upload_bytes=100_000, max_batch_bytes=20_000, max_files=30),
            keyless=True,
            ingest=ingest(folder / "index"),
        )
        with TestClient(app, base_url="http://localhost") as client:
            yield client


def over(client: TestClient, path: str, headers: dict[str, str] | None = None) -> Any:
    while True:
        job = client.get(path, headers=headers).json()
        if JobStatus(job["status"]).over:
            return job
        time.sleep(0.02)


def send(client: TestClient, *files: tuple[str, bytes], **more: str) -> Any:
    parts = [("file", file) for file in files]
    accepted = client.post("/v1/documents", files=parts, headers=more or None)
    assert accepted.status_code == 202, accepted.text
    assert accepted.headers["location"] == f"/v1/jobs/{accepted.json()['id']}"
    return over(client, accepted.headers["location"], more or None)


def test_a_file_is_read_indexed_and_found(client: TestClient) -> None:
    job = send(client, ("kayaks.md", BOATS))
    assert (job["status"], job["error"], job["generation"]) == ("succeeded", None, "g000002")
    assert job["isolation"] in ("namespace", "seccomp")
    (file,) = job["files"]
    assert (file["name"], file["size"], file["status"]) == ("kayaks.md", len(BOATS), "indexed")
    document = client.get(f"/v1/documents/{file['documents'][0]}").json()
    assert (document["key"], document["card"]["title"]) == ("kayaks.md", "Boats")
    found = client.post("/v1/search", json={"query": "77 kayaks"}).json()
    assert found["data"][0]["source"]["id"] == document["id"]
    text = client.get(f"/v1/sources/{document['id']}").json()["text"]
    assert "77 kayaks" in text


def test_each_file_that_cannot_be_read_is_named_with_the_reason(client: TestClient) -> None:
    job = send(
        client,
        ("kayaks.md", BOATS),
        ("program.exe", b"MZ"),
        ("broken.pdf", b"%PDF-1.4 x"),
        ("empty.txt", b""),
        ("kayaks.md", b"Another one."),
    )
    assert job["status"] == "partial"
    assert [file["status"] for file in job["files"]] == ["indexed"] + ["failed"] * 4
    reasons = [file["error"]["reason"] for file in job["files"][1:]]
    assert reasons[0] == ".exe is not read"
    assert reasons[1].startswith("the PDF cannot be read")
    assert reasons[2] == "it is empty"
    assert "has its name" in reasons[3]
    assert all(file["error"]["advice"] for file in job["files"][1:])
    assert len(client.get("/v1/documents").json()["data"]) == 1


def test_an_upload_of_nothing_good_fails(client: TestClient) -> None:
    assert send(client, ("a.exe", b"MZ"))["status"] == "failed"
    assert send(client, ("a.docx", b"MZ"))["status"] == "failed"
    assert client.get("/v1/documents").json()["data"] == []


def test_a_file_of_the_same_name_is_the_next_version(client: TestClient) -> None:
    first = send(client, ("kayaks.md", BOATS))["files"][0]["documents"]
    second = send(client, ("kayaks.md", BOATS.replace(b"77", b"88")))["files"][0]["documents"]
    assert first == second
    versions = client.get(f"/v1/documents/{first[0]}/versions").json()["data"]
    assert [version["live"] for version in versions] == [False, True]
    old = client.get(f"/v1/sources/{first[0]}?at={versions[0]['sha256']}").json()
    assert (old["live"], "77 kayaks" in old["text"]) == (False, True)
    assert len(client.get("/v1/documents").json()["data"]) == 1


def test_a_broken_version_leaves_the_one_before(client: TestClient) -> None:
    document = send(client, ("a.jsonl", b'{"id": "a", "title": "A", "text": "One boat sank."}'))
    assert send(client, ("a.jsonl", b"{"))["status"] == "failed"
    assert send(client, ("other.md", BOATS))["status"] == "succeeded"
    listed = client.get("/v1/documents").json()["data"]
    assert {entry["id"] for entry in listed} > set(document["files"][0]["documents"])


def test_a_batch_of_texts_is_indexed_with_what_is_known_of_them(client: TestClient) -> None:
    texts = [
        {
            "id": f"note {n}",
            "title": f"Note {n}",
            "text": f"The port counted {n} rafts.",
            "publisher": "Port Office",
            "published": "2024-05",
            "url": "https://port.example/rafts",
        }
        for n in (1, 2)
    ]
    accepted = client.post("/v1/documents:batch", json={"documents": texts})
    assert accepted.status_code == 202
    job = over(client, accepted.headers["location"])
    assert [(f["name"], f["status"]) for f in job["files"]] == [
        ("note 1", "indexed"),
        ("note 2", "indexed"),
    ]
    card = client.get(f"/v1/documents/{job['files'][0]['documents'][0]}").json()["card"]
    assert (card["title"], card["publisher"], card["published"]) == (
        "Note 1",
        "Port Office",
        "2024-05",
    )


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"id": ""}, "/documents/0/id"),
        ({"id": "../x"}, "/documents/0/id"),
        ({"id": "a\nb"}, "/documents/0/id"),
        ({"text": ""}, "/documents/0/text"),
        ({"title": 7}, "/documents/0/title"),
        ({"published": "2024-13"}, "/documents/0/published"),
        ({"url": "javascript:alert(1)"}, "/documents/0/url"),
        ({"site": "other"}, "/documents/0/site"),
    ],
)
def test_a_wrong_batch_is_refused_whole(
    client: TestClient, document: dict[str, object], pointer: str
) -> None:
    whole = {"id": "a", "title": "A", "text": "One boat.", **document}
    refused = client.post("/v1/documents:batch", json={"documents": [whole]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert client.get("/v1/jobs").json()["data"] == []


def test_a_batch_with_an_id_twice_is_refused(client: TestClient) -> None:
    text = {"id": "a", "title": "A", "text": "One boat."}
    refused = client.post("/v1/documents:batch", json={"documents": [text, text]})
    assert refused.json()["errors"][0]["pointer"] == "/documents/1/id"


def test_deleting_needs_the_version_and_is_felt_at_once(client: TestClient) -> None:
    document = send(client, ("kayaks.md", BOATS))["files"][0]["documents"][0]
    path = f"/v1/documents/{document}"
    tag = client.get(path).headers["etag"]
    assert client.delete(path).json()["code"] == "precondition_required"
    assert client.delete(path, headers={"If-Match": '"x"'}).json()["code"] == "precondition_failed"
    assert client.delete(path, headers={"If-Match": f"W/{tag}"}).status_code == 412
    answer = client.post("/v1/answers", json={"question": "How many kayaks?"}).json()
    assert client.delete(path, headers={"If-Match": tag}).status_code == 204
    found = client.post("/v1/search", json={"query": "77 kayaks"}).json()["data"]
    assert document not in {hit["source"]["id"] for hit in found}
    assert client.get(path).status_code == 404
    assert client.delete(path, headers={"If-Match": tag}).status_code == 404
    again = client.get(f"/v1/answers/{answer['id']}").json()
    assert [w["code"] for w in again["warnings"]] == ["source_withdrawn"]
    versions = client.get(f"{path}/versions").json()["data"]
    assert [version["live"] for version in versions] == [False]


def test_a_lost_update_is_refused(client: TestClient) -> None:
    document = send(client, ("kayaks.md", BOATS))["files"][0]["documents"][0]
    tag = client.get(f"/v1/documents/{document}").headers["etag"]
    send(client, ("kayaks.md", BOATS + b"One more sank.\n"))
    refused = client.delete(f"/v1/documents/{document}", headers={"If-Match": tag})
    assert refused.status_code == 412
    assert refused.headers["etag"] == client.get(f"/v1/documents/{document}").headers["etag"]


def test_what_was_deleted_comes_back_when_it_is_sent_again(client: TestClient) -> None:
    document = send(client, ("kayaks.md", BOATS))["files"][0]["documents"][0]
    tag = client.get(f"/v1/documents/{document}").headers["etag"]
    client.delete(f"/v1/documents/{document}", headers={"If-Match": tag})
    send(client, ("other.md", b"A canoe was seen."))
    assert client.get(f"/v1/documents/{document}").status_code == 404
    assert send(client, ("kayaks.md", BOATS))["files"][0]["documents"] == [document]
    assert client.get(f"/v1/documents/{document}").status_code == 200


def test_while_the_index_is_written_jobs_wait_and_deleting_says_when_to_come_back(
    client: TestClient, folder: Path
) -> None:
    document = send(client, ("kayaks.md", BOATS))["files"][0]["documents"][0]
    tag = client.get(f"/v1/documents/{document}").headers["etag"]
    lock = WriteLock(folder / "index")
    try:
        refused = client.delete(f"/v1/documents/{document}", headers={"If-Match": tag})
        assert (refused.status_code, refused.json()["code"]) == (503, "index_busy")
        assert refused.headers["retry-after"] == "5"
        sent = client.post("/v1/documents", files=[("file", ("b.md", b"A canoe."))])
        path = sent.headers["location"]
        while client.get(path).json()["stage"] != "waiting for the index":
            time.sleep(0.02)
    finally:
        lock.release()
    assert over(client, path)["status"] == "succeeded"


def test_an_idempotency_key_makes_one_job(client: TestClient) -> None:
    key = {"Idempotency-Key": "one"}
    files = [("file", ("kayaks.md", BOATS))]
    first, second = (client.post("/v1/documents", files=files, headers=key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"
    other = client.post("/v1/documents", files=[("file", ("k.md", BOATS))], headers=key)
    assert other.json()["code"] == "idempotency_mismatch"
    over(client, first.headers["location"])
    assert len(client.get("/v1/jobs").json()["data"]) == 1


@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"file": "text"}},
        {"files": [("other", ("a.md", b"x"))]},
        {"files": [("file", ("a.md", b"x")), ("other", ("b.md", b"x"))]},
        {"files": [("file", (f"{n}.md", b"x")) for n in range(31)]},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"x" * 100, "headers": {"Content-Type": "multipart/form-data; boundary="}},
        {"content": b"{}", "headers": {"Content-Type": "application/json"}},
        {"files": [("file", ("a.md", b"x" * 200_000))]},
    ],
)
def test_what_is_no_upload_is_refused(client: TestClient, request_: dict[str, Any]) -> None:
    refused = client.post("/v1/documents", **request_)
    assert 400 <= refused.status_code < 500
    assert refused.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/jobs").json()["data"] == []


NAMES = [
    "../../etc/cron.d/x.md",
    "..\\..\\windows\\x.md",
    "/etc/passwd.md",
    "C:\\x.md",
    "\\\\server\\share\\x.md",
    "x.md:stream.md",
    "con.md",
    "x.md/../../y.md",
    "%2e%2e%2fx.md",
    "\u2025/\u2024\u2024/x.md",
    "..\uff0fx.md",
    "x\u202ecod.md",
    "x\x00.md",
    "a\nb.md",
    ".md",
    "...md",
    "~/x.md",
    "$(touch x).md",
    "x" * 3000 + ".md",
    "\ud83d\udea4.md",
    "-rf.md",
    " .md",
]


def test_no_name_leaves_its_place(client: TestClient, folder: Path) -> None:
    def outside() -> set[Path]:
        inside = {folder / "server", folder / "index"}
        return {path for path in folder.rglob("*") if not inside & {path, *path.parents}}

    before = outside()
    body = b""
    for n, name in enumerate(NAMES):
        shown = name.encode("utf-8", "surrogatepass").replace(b'"', b"%22").replace(b"\n", b"%0A")
        body += (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + shown + b'"\r\n\r\n'
            b"Canoe %d was seen at the port.\r\n" % n
        )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    sent = client.post("/v1/documents", content=body + b"--x--\r\n", headers=headers)
    assert sent.status_code == 202
    files = over(client, sent.headers["location"])["files"]
    assert len(files) == len(NAMES)
    for file in files:
        assert not set(file["name"]) & set("/\\\n\r\0")
        assert len(file["name"]) <= 200
    assert outside() == before
    kept = collection_folder(folder / "server", "local")
    stored = [path.name for path in kept.iterdir() if path.is_file()]
    assert len(stored) == sum(file["status"] == "indexed" for file in files) > 5
    assert all(len(name) == 35 and name.endswith(".md") for name in stored)


@given(st.text(max_size=300))
def test_names_are_shown_on_one_line_and_stored_under_ours(name: str) -> None:
    shown = shown_name(name)
    assert shown
    assert len(shown) <= 200
    assert not set(shown) & set("/\\\n\r\0")
    stored = stored_name(f"{shown}.md")
    assert len(stored) == 35
    assert stored_name(shown) == "" or Path(stored_name(shown)).suffix in MEDIA_TYPES


def test_two_tenants_cannot_see_or_touch_each_others_documents(client: TestClient) -> None:
    keys = client.app.state.services.admission.keys  # type: ignore[attr-defined]
    scopes = frozenset({Permission.INGEST})
    mine, theirs = (
        {"Authorization": f"Bearer {keys.create(terms, NOW).token}"}
        for terms in (
            Terms("sk", site, scopes=scopes, per_minute=10_000) for site in ("mine", "theirs")
        )
    )
    job = send(client, ("kayaks.md", BOATS), **mine)
    document = job["files"][0]["documents"][0]
    tag = client.get(f"/v1/documents/{document}", headers=mine).headers["etag"]
    absent = "doc_" + "0" * 26
    for method, path in (
        ("GET", "/v1/documents/{}"),
        ("GET", "/v1/documents/{}/versions"),
        ("DELETE", "/v1/documents/{}"),
    ):
        found = [
            client.request(method, path.format(i), headers={**theirs, "If-Match": tag})
            for i in (document, absent)
        ]
        assert [r.status_code for r in found] == [404, 404]
        assert found[0].json()["detail"] == found[1].json()["detail"]
    for method, path in (("GET", ""), ("POST", "/cancel")):
        refused = client.request(method, f"/v1/jobs/{job['id']}{path}", headers=theirs)
        assert refused.status_code == 404
    for path in ("/v1/documents", "/v1/jobs"):
        assert client.get(path, headers=theirs).json()["data"] == []
    # The same name of another site is another document.
    other = send(client, ("kayaks.md", BOATS), **theirs)["files"][0]["documents"]
    assert other != [document]
    assert len(client.get("/v1/documents", headers=mine).json()["data"]) == 1


def test_documents_of_synced_folders_are_not_a_sites_own(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "boats"}).json()["data"]
    for hit in found:
        path = f"/v1/documents/{hit['source']['id']}"
        assert client.get(path).status_code == 404
        assert client.delete(path, headers={"If-Match": "*"}).status_code == 404


def test_lists_go_on_from_page_to_page(client: TestClient) -> None:
    texts = [{"id": f"n{n}", "title": f"N{n}", "text": f"Raft {n} sank."} for n in range(5)]
    accepted = client.post("/v1/documents:batch", json={"documents": texts})
    over(client, accepted.headers["location"])
    seen, after = [], ""
    while True:
        page = client.get(f"/v1/documents?limit=2{after}").json()
        seen += [entry["key"] for entry in page["data"]]
        if not page["has_more"]:
            break
        after = f"&after={page['next_after']}"
    assert sorted(seen) == [f"n{n}" for n in range(5)]
    foreign = client.get(f"/v1/jobs?{after[1:]}")
    assert foreign.json()["code"] == "invalid_cursor"


def test_a_server_without_ingest_says_so(tmp_path: Path) -> None:
    with make_index(tmp_path) as index:
        app = create_app(QuotingAssistant(index), settings(tmp_path), keyless=True)
        with TestClient(app, base_url="http://localhost") as client:
            refused = client.post("/v1/documents", files=[("file", ("a.md", b"x"))])
            assert (refused.status_code, refused.json()["code"]) == (503, "ingest_disabled")
            assert client.get("/v1/documents").json()["data"] == []


def test_jobs_survive_kill_9_of_the_server_and_go_on(folder: Path) -> None:
    state = folder / "server"
    tests = Path(__file__).parent
    serve = f"""
import sys
sys.path.insert(0, {str(tests)!r})
from pathlib import Path
from serving import QuotingAssistant, ingest, settings
from fakes import WordHashEmbedder
from api.app import create_app
from index.index import Index
import uvicorn
folder = Path({str(folder)!r})
index = Index.open(folder / "index", WordHashEmbedder())
app = create_app(QuotingAssistant(index), settings(folder), keyless=True,
                 ingest=ingest(folder / "index"))
uvicorn.run(app, port=0, log_level="error")
"""
    # Each server is killed as soon as the job has come a little further.
    with closing(open_records(state)) as records:
        jobs = Jobs(records)
        staged = Shelf(staging_folder(state, "job_1"))
        staged.make()
        files = []
        for n in range(8):
            upload = Upload(f"{n}.md", stored_name(f"{n}.md"), 10)
            staged.write(upload.stored, f"Raft {n} was seen at the port.".encode())
            files.append(JobFile(upload))
        jobs.add("job_1", "local", files, NOW, None)
        for attempt in range(4):
            process = subprocess.Popen(
                [sys.executable, "-c", serve], cwd=tests.parent, stdout=subprocess.DEVNULL
            )
            try:
                until = time.monotonic() + (1.2 + 0.6 * attempt if attempt < 3 else 60)
                while time.monotonic() < until and (
                    staged.folder.exists() or not jobs.get("job_1").status.over
                ):
                    time.sleep(0.02)
            finally:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
        job = jobs.get("job_1")
    assert job.status == JobStatus.SUCCEEDED
    assert all(len(file.documents) == 1 for file in job.files)
    with Index.open(folder / "index", WordHashEmbedder()) as index, index.snapshot() as snapshot:
        keys = sorted(source.key for _, source in snapshot.sources())
        assert keys == sorted([*(f"{n}.md" for n in range(8)), "cafe", "harbour", "rtl"])
        assert index.check() == []
    assert not staged.folder.exists()


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    with closing(open_records(tmp_path)) as records:
        yield Jobs(records)


def queue(jobs: Jobs, tmp_path: Path, job_id: str = "job_1") -> None:
    upload = Upload("a.md", stored_name("a.md"), 3)
    jobs.add(job_id, "local", [JobFile(upload)], NOW, None)


def work(jobs: Jobs, tmp_path: Path, program: str, *, cancel_at: str = "") -> Any:
    command = (sys.executable, "-c", f"import json, os, signal, sys, time\n{program}")
    worker = Worker(tmp_path, jobs, command, lambda: NOW, Metrics(), grace=0.5)
    worker.start()
    try:
        while not (job := jobs.get("job_1")).status.over:
            if job.stage is not None and job.stage.name == cancel_at and not job.cancel:
                jobs.cancel("job_1", "local", NOW)
            time.sleep(0.01)
    finally:
        worker.close()
    return job


def test_a_job_whose_process_breaks_is_tried_three_times(jobs: Jobs, tmp_path: Path) -> None:
    queue(jobs, tmp_path)
    log = tmp_path / "log"
    job = work(jobs, tmp_path, f"open({str(log)!r}, 'a').write('x')\nos.kill(os.getpid(), 9)")
    assert job.status == JobStatus.FAILED
    assert "killed by signal 9" in job.result["error"]
    assert log.read_text() == "xxx"


def test_a_job_can_be_cancelled_while_its_files_are_read(jobs: Jobs, tmp_path: Path) -> None:
    queue(jobs, tmp_path)
    done = work(jobs, tmp_path, at_work("reading files"), cancel_at="reading files")
    assert done.status == JobStatus.CANCELLED


def at_work(stage: str) -> str:
    """Return a program that gives its file and then does one step after the other, for ever."""
    return f"""
waiting, kept = sys.argv[1:]
os.makedirs(kept, exist_ok=True)
name = {stored_name("a.md")!r}
if os.path.exists(f"{{waiting}}/{{name}}"):
    os.replace(f"{{waiting}}/{{name}}", f"{{kept}}/{{name}}")
print(json.dumps({{"stage": {stage!r}, "total": 9}}), flush=True)
while True:
    time.sleep(0.05)
    print(json.dumps({{"advance": 1}}), flush=True)
"""


def stage_file(tmp_path: Path) -> Shelf:
    staged = Shelf(staging_folder(tmp_path, "job_1"))
    staged.make()
    staged.write(stored_name("a.md"), b"One boat.")
    return staged


def test_a_job_can_be_cancelled_while_its_files_are_indexed_and_leaves_none(
    jobs: Jobs, tmp_path: Path
) -> None:
    queue(jobs, tmp_path)
    staged = stage_file(tmp_path)
    done = work(jobs, tmp_path, at_work("embedding"), cancel_at="embedding")
    assert done.status == JobStatus.CANCELLED
    assert done.files[0].documents == ()
    assert not Shelf(collection_folder(tmp_path, "local")).holds(stored_name("a.md"))
    assert not staged.folder.exists()


SLOW = """
class Slow(WordHashEmbedder):
    def embed(self, texts):
        import time
        time.sleep(0.2)
        return super().embed(texts)
"""


def test_a_job_is_cancelled_between_two_slices_and_the_next_one_is_done(folder: Path) -> None:
    usual = ingest(folder / "index")
    python, flag, program, *arguments = usual.command
    program = program.replace("class Models", f"{SLOW}class Models")
    program = program.replace("settings: WordHashEmbedder()", "settings: Slow()")
    slow = replace(usual, command=(python, flag, program, *arguments))
    many = b" ".join(b"Boat %d was counted at the port." % n for n in range(3000))
    with Index.open(folder / "index", WordHashEmbedder()) as index:
        app = create_app(QuotingAssistant(index), settings(folder), keyless=True, ingest=slow)
        with TestClient(app, base_url="http://localhost") as client:
            (first,) = send(client, ("kayaks.md", BOATS))["files"]
            parts = [("file", (name, many)) for name in ("kayaks.md", "boats.md")]
            path = client.post("/v1/documents", files=parts).headers["location"]
            while client.get(path).json()["stage"] != "embedding":
                time.sleep(0.02)
            assert client.post(f"{path}/cancel").status_code == 202
            job = over(client, path)
            assert (job["status"], job["generation"]) == ("cancelled", None)
            assert [file["status"] for file in job["files"]] == ["left_out", "left_out"]
            assert index.check() == []
            done = send(client, ("rafts.md", b"One raft was counted."))
            assert (done["status"], done["generation"]) == ("succeeded", "g000003")
            listed = {d["key"]: d["id"] for d in client.get("/v1/documents").json()["data"]}
            assert sorted(listed) == ["kayaks.md", "rafts.md"]
            assert listed["kayaks.md"] == first["documents"][0]
            text = client.get(f"/v1/sources/{listed['kayaks.md']}").json()["text"]
            assert "77 kayaks" in text


def test_what_is_being_published_is_not_cancelled(jobs: Jobs, tmp_path: Path) -> None:
    queue(jobs, tmp_path)
    stage_file(tmp_path)
    name = stored_name("a.md")
    program = f"""
waiting, kept = sys.argv[1:]
os.makedirs(kept, exist_ok=True)
os.replace(f"{{waiting}}/{name}", f"{{kept}}/{name}")
signal.signal(signal.SIGINT, signal.SIG_IGN)
open(f"{{waiting}}/.publishing", "w").close()
print(json.dumps({{"stage": "publishing", "total": 1}}), flush=True)
for _ in range(20):
    time.sleep(0.05)
    print(json.dumps({{"advance": 0}}), flush=True)
print(json.dumps({{"documents": {{{name!r}: ["doc_1"]}}, "summary": {{}}}}), flush=True)
"""
    done = work(jobs, tmp_path, program, cancel_at="publishing")
    assert (done.cancel, done.status) == (True, JobStatus.SUCCEEDED)
    assert done.files[0].documents == ("doc_1",)
    assert Shelf(collection_folder(tmp_path, "local")).holds(name)


def test_a_job_that_was_begun_before_a_crash_is_undone_when_it_is_cancelled(
    jobs: Jobs, tmp_path: Path
) -> None:
    queue(jobs, tmp_path)
    kept = Shelf(collection_folder(tmp_path, "local"))
    kept.make()
    stage_file(tmp_path).swap(stored_name("a.md"), kept)
    jobs.take(NOW)
    jobs.requeue()
    assert jobs.cancel("job_1", "local", NOW).status == JobStatus.QUEUED
    log = tmp_path / "log"
    done = work(jobs, tmp_path, f"open({str(log)!r}, 'a').write('x')")
    assert done.status == JobStatus.CANCELLED
    assert not kept.holds(stored_name("a.md"))
    assert not log.exists()


def test_a_job_that_breaks_leaves_nothing_for_the_next(jobs: Jobs, tmp_path: Path) -> None:
    queue(jobs, tmp_path)
    stage_file(tmp_path)
    program = at_work("embedding").replace("while True:", "os.kill(os.getpid(), 9)\nwhile True:")
    assert work(jobs, tmp_path, program).status == JobStatus.FAILED
    assert not Shelf(collection_folder(tmp_path, "local")).holds(stored_name("a.md"))


def test_a_job_is_cancelled_though_its_process_ignores_interrupts(
    jobs: Jobs, tmp_path: Path
) -> None:
    queue(jobs, tmp_path)
    program = f"signal.signal(signal.SIGINT, signal.SIG_IGN)\n{at_work('reading files')}"
    done = work(jobs, tmp_path, program, cancel_at="reading files")
    assert done.status == JobStatus.CANCELLED


def test_a_job_that_waits_is_cancelled_at_once_and_one_that_is_over_is_not(
    client: TestClient, jobs: Jobs, tmp_path: Path
) -> None:
    queue(jobs, tmp_path)
    assert jobs.cancel("job_1", "local", NOW).status == JobStatus.CANCELLED
    assert jobs.take(NOW) is None
    done = send(client, ("kayaks.md", BOATS))
    refused = client.post(f"/v1/jobs/{done['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_finished")


def test_files_that_a_crash_left_behind_are_removed(jobs: Jobs, tmp_path: Path) -> None:
    queue(jobs, tmp_path)
    jobs.end("job_1", JobStatus.SUCCEEDED, [], {}, NOW)
    over, forgotten, coming = (
        staging_folder(tmp_path, name) for name in ("job_1", "job_2", "job_3")
    )
    for folder in (over, forgotten, coming):
        Shelf(folder).make()
    os.utime(forgotten, (NOW - 4000, NOW - 4000))
    os.utime(coming, (NOW - 10, NOW - 10))
    worker = Worker(tmp_path, jobs, (), lambda: NOW, Metrics())
    worker.start()
    while over.exists() or forgotten.exists():
        time.sleep(0.01)
    worker.close()
    assert coming.exists()


def test_one_worker_of_many_works(jobs: Jobs, tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = f"open({str(log)!r}, 'a').write('x')\nprint(json.dumps({{'advance': 1}}))"
    command = (sys.executable, "-c", f"import json\n{program}")
    workers = [Worker(tmp_path, jobs, command, lambda: NOW, Metrics()) for _ in range(3)]
    for worker in workers:
        worker.start()
    for n in range(3):
        queue(jobs, tmp_path, f"job_{n}")
        workers[n].wake()
    while not all(jobs.get(f"job_{n}").status.over for n in range(3)):
        time.sleep(0.01)
    for worker in workers:
        worker.close()
    assert log.read_text() == "xxx"


def test_progress_tells_rate_and_time_left() -> None:
    told = Told()
    for line in ({"stage": "embedding", "total": 100}, {"advance": 20}, {"advance": 5}):
        told.hear(json.dumps(line), NOW)
    assert told.stage == Stage("embedding", 25, 100, NOW)
    assert told.stage.rate(NOW + 5) == 5
    assert told.stage.remaining(NOW + 5) == 15
    assert Stage("embedding", 0, 100, NOW).remaining(NOW + 5) is None


def test_a_reading_of_another_content_is_not_used(tmp_path: Path) -> None:
    from corpus.loading import File, parse

    shelf = Shelf(tmp_path)
    shelf.make()
    stored = stored_name("a.md")
    shelf.write(stored, b"One boat.")
    shelf.keep_reading(stored, parse(File("a.md", "text/markdown", b"One boat.")))
    assert shelf.keys(stored) == ["a.md"]
    shelf.write(stored, b"Two boats.")
    with pytest.raises(LoadError, match="upload it again"):
        shelf.load(shelf.path(stored))
