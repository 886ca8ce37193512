"""A Hugging Face Hub on the loopback: repositories, downloads, pushes, and a log of all requests.

It answers what the real client asks for: the listing of a revision, HEAD and GET of files,
creating a repository, and a commit with its uploads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPO = r"(?P<repo>(?:datasets/)?[\w.-]+/[\w.-]+)"


@dataclass
class Request:
    """A request as it came in."""

    method: str
    path: str
    token: str | None
    body: bytes


@dataclass
class Hub:
    """What the stub holds, how it misbehaves, and what it was asked."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)  # by repository, then path
    commits: dict[str, str] = field(default_factory=dict)
    private: dict[str, bool] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    cut_after: int | None = None
    busy: list[int] = field(default_factory=list)  # statuses of the next requests for files
    tampered: dict[str, bytes] = field(default_factory=dict)  # served in place of a path
    failing: dict[str, int] = field(default_factory=dict)  # status by step of a push: lfs, commit
    uploads: dict[str, bytes] = field(default_factory=dict)
    log: list[Request] = field(default_factory=list)
    endpoint: str = ""

    def add(self, repo: str, files: dict[str, bytes], commit: str = COMMIT) -> None:
        self.files[repo], self.commits[repo] = dict(files), commit

    def asked(self, method: str = "", part: str = "") -> list[str]:
        """Paths of the requests so far."""
        return [one.path for one in self.log if one.method.startswith(method) and part in one.path]


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Run the stub until the block ends."""
    handler = type("Bound", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def hub(files: dict[str, bytes], cut_after: int | None = None) -> Iterator[str]:
    """Serve files by path, e.g. ``"datasets/owner/name/resolve/main/dataset.csv"``.

    ``cut_after`` drops the connection after that many bytes of a body.
    """
    stub = Hub(cut_after=cut_after)
    for path, body in files.items():
        repo, _, rest = path.partition("/resolve/")
        stub.add(repo, {rest.partition("/")[2]: body})
    with serve(stub):
        yield stub.endpoint


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self):
        self.route()

    def do_GET(self):
        self.route()

    def do_POST(self):
        self.route()

    def do_PUT(self):
        self.route()

    def route(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        request = Request(self.command, path, self.headers.get("Authorization"), body)
        self.hub.log.append(request)
        routes = {
            rf"/{REPO}/resolve/(?P<rev>[^/]+)/(?P<path>.+)": self.file,
            rf"/api/models/{REPO}(?:/revision/(?P<rev>[^/]+))?": self.listing,
            r"/api/repos/create": self.create,
            r"/api/validate-yaml": lambda: self.json({"warnings": [], "errors": []}),
            rf"/api/models/{REPO}/preupload/(?P<rev>[^/]+)": self.preupload,
            rf"/{REPO}\.git/info/lfs/objects/batch": self.lfs,
            r"/lfs/(?P<oid>[0-9a-f]+)": self.upload,
            rf"/api/models/{REPO}/commit/(?P<rev>[^/]+)": self.commit,
        }
        for pattern, answer in routes.items():
            if found := re.fullmatch(pattern, path):
                return answer(**found.groupdict())
        return self.answer(404)

    def known(self, repo, rev):
        """Answer with an error, and return nothing, unless the revision can be had."""
        if repo in self.hub.gated:
            self.answer(403, error="GatedRepo")
        elif repo not in self.hub.files:
            self.answer(404, error="RepoNotFound")
        elif rev not in (None, "main", self.hub.commits[repo]):
            self.answer(404, error="RevisionNotFound")
        else:
            return True
        return False

    def file(self, repo, rev, path):
        if self.hub.busy:
            return self.answer(self.hub.busy.pop(0))
        if not self.known(repo, rev):
            return None
        body = self.hub.files[repo].get(path)
        if body is None:
            return self.answer(404, error="EntryNotFound")
        headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
            "X-Repo-Commit": self.hub.commits[repo],
        }
        return self.answer(200, self.hub.tampered.get(path, body), headers, self.hub.cut_after)

    def listing(self, repo, rev):
        if self.known(repo, rev):
            names = [
                {"rfilename": name, "size": len(content)}
                for name, content in self.hub.files[repo].items()
            ]
            names.append({"rfilename": ".gitattributes"})
            told = {"id": repo, "sha": self.hub.commits[repo], "siblings": names}
            self.json(told | {"private": self.hub.private.get(repo, False)})

    def create(self):
        told = json.loads(self.hub.log[-1].body)
        repo = f"{told['organization']}/{told['name']}"
        if repo in self.hub.files:
            return self.json({"error": "exists", "url": f"{self.hub.endpoint}/{repo}"}, 409)
        self.hub.add(repo, {})
        self.hub.private[repo] = told.get("visibility") == "private"
        return self.json({"url": f"{self.hub.endpoint}/{repo}"})

    def preupload(self, repo, rev):
        asked = json.loads(self.hub.log[-1].body)["files"]
        large = (".ubj", ".npz")
        modes = {True: "lfs", False: "regular"}
        files = [
            {
                "path": f["path"],
                "shouldIgnore": False,
                "uploadMode": modes[f["path"].endswith(large)],
            }
            for f in asked
        ]
        self.json({"files": files})

    def lfs(self, repo):
        objects = json.loads(self.hub.log[-1].body)["objects"]
        for one in objects:
            one["actions"] = {"upload": {"href": f"{self.hub.endpoint}/lfs/{one['oid']}"}}
        self.json({"transfer": "basic", "objects": objects})

    def upload(self, oid):
        if "lfs" in self.hub.failing:
            return self.answer(self.hub.failing["lfs"])
        body = next(r.body for r in reversed(self.hub.log) if r.path == f"/lfs/{oid}")
        assert hashlib.sha256(body).hexdigest() == oid
        self.hub.uploads[oid] = body
        return self.answer(200)

    def commit(self, repo, rev):
        if not self.known(repo, rev):
            return
        if "commit" in self.hub.failing:
            self.answer(self.hub.failing["commit"])
            return
        lines = self.hub.log[-1].body.splitlines()
        files = self.hub.files[repo]
        for line in map(json.loads, lines):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.uploads[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.hub.commits[repo] = hashlib.sha1(b"".join(lines)).hexdigest()
        self.json({"commitUrl": f"{self.hub.endpoint}/{repo}", "commitOid": self.hub.commits[repo]})

    def json(self, content, status=200):
        self.answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def answer(self, status, body=b"", headers=None, cut_after=None, error=""):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if error:
            self.send_header("X-Error-Code", error)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut_after])
            self.close_connection = self.close_connection or cut_after is not None

    def log_message(self, *args):
        pass
