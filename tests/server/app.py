"""The HTTP side: routes, the key, rate limits, faults, the log."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.server import faults as faults_of
from tests.server import filestream
from tests.server.graphql_answers import GraphqlAnswers, operation_name
from tests.server.request_log import Request, RequestLog
from tests.server.sampling import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.server.artifacts import Artifact
    from tests.server.faults import Faults
    from tests.server.state import Run, State

_MOST_BODY = 512 * 2**20
_ENTRY = web.RequestKey("entry", Request)
_RAW_ERRORS = {"429": "rate limit exceeded", "500": "internal error", "502": "bad gateway"}


class Answering:
    """Everything that one server holds while it serves."""

    def __init__(self, state: State, faults: Faults, log: RequestLog, api_key: str) -> None:
        self.state, self.faults, self.log = state, faults, log
        self.base_url = ""
        self.graphql: GraphqlAnswers | None = None
        self.accept(api_key)
        self._in_flight = 0
        self._told_to_wait_until = 0.0
        self._window_from = 0.0
        self._in_window = 0

    def accept(self, api_key: str) -> None:
        """Take this key from now on, and no other."""
        basic = base64.b64encode(f"api:{api_key}".encode()).decode()
        self._allowed = {f"Basic {basic}", f"Bearer {api_key}"}

    def app(self) -> web.Application:
        """The application; `base_url` is set when the port is known."""
        app = web.Application(client_max_size=_MOST_BODY, middlewares=[self._around])
        app.router.add_post("/graphql", self._graphql)
        app.router.add_post("/files/{entity}/{project}/{run}/file_stream", self._file_stream)
        app.router.add_get("/files/{entity}/{project}/{run}/{name:.+}", self._download)
        app.router.add_get("/storage/{entity}/{project}/{run}/{name:.+}", self._download)
        app.router.add_put("/storage/{entity}/{project}/{run}/{name:.+}", self._upload)
        app.router.add_get("/artifacts/{kind}/{artifact:[^/]+}{key:.*}", self._download_artifact)
        app.router.add_put("/artifacts/{kind}/{artifact:[^/]+}{key:.*}", self._upload_artifact)
        app.router.add_get("/parquet/{entity}/{project}/{run}/{n}.parquet", self._parquet)
        return app

    @web.middleware
    async def _around(
        self,
        http: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        entry = Request(
            at=time.monotonic(), method=http.method, path=http.path, kind=_kind(http.path)
        )
        entry.signed_in = "Authorization" in http.headers
        entry.waiting_asked = entry.at < self._told_to_wait_until
        self._in_flight += 1
        entry.n_in_flight = self._in_flight
        http[_ENTRY] = entry
        self.log.add(entry)
        try:
            return await self._faulty(http, entry, handler)
        finally:
            self._in_flight -= 1
            entry.ended_at = time.monotonic()

    async def _faulty(
        self,
        http: web.Request,
        entry: Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        body = await http.read()
        if entry.kind == "graphql":
            self._note_document(entry, body)
        if self.faults.latency_s:
            await asyncio.sleep(self.faults.latency_s)
        limit_headers, over = self._rate(entry)
        entry.fault = self.faults.draw(entry.kind)
        if over:
            answer: web.Response = self._too_many(limit_headers["RateLimit-Reset"])
        elif entry.fault in faults_of.BEFORE:
            answer = self._refuse(entry.fault)
        else:
            answer = await self._answer(http, handler)
        if self.state.switches.rate_limit_headers:
            answer.headers.update(limit_headers)
        if entry.fault in faults_of.AFTER:
            return await self._spoil(http, entry, answer)
        entry.status = answer.status
        entry.n_bytes = len(answer.body) if isinstance(answer.body, bytes) else 0
        return answer

    async def _answer(
        self,
        http: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.Response:
        entry = http[_ENTRY]
        signed = "signature" in http.query
        if not signed and http.headers.get("Authorization") not in self._allowed:
            return web.json_response({"errors": [{"message": "not signed in"}]}, status=401)
        try:
            answer = await handler(http)
        except web.HTTPException as error:
            entry.unknown = f"no such address ({error.status})"
            return web.Response(status=error.status, text=error.reason)
        except filestream.StreamError as error:
            entry.unknown = str(error)
            return web.json_response({"error": str(error)}, status=400)
        except Exception as error:  # noqa: BLE001 - a defect of this server must reach the test
            entry.unknown = f"{type(error).__name__}: {error}"
            return web.json_response({"error": entry.unknown}, status=400)
        if not isinstance(answer, web.Response):
            msg = "handlers give whole answers"
            raise TypeError(msg)
        return answer

    def _note_document(self, entry: Request, body: bytes) -> None:
        try:
            asked = json.loads(body)
        except ValueError:
            return
        entry.document, entry.variables = asked.get("query"), asked.get("variables")
        entry.operation = asked.get("operationName") or operation_name(entry.document or "")

    def _rate(self, entry: Request) -> tuple[dict[str, str], bool]:
        switches = self.state.switches
        if switches.rate_limit is None or entry.kind != "graphql":
            return {}, False
        if entry.at >= self._window_from + switches.rate_window_s:
            self._window_from, self._in_window = entry.at, 0
        self._in_window += 1
        left = switches.rate_limit - self._in_window
        reset = max(0.0, self._window_from + switches.rate_window_s - entry.at)
        headers = {
            "RateLimit-Limit": str(switches.rate_limit),
            "RateLimit-Remaining": str(max(0, left)),
            "RateLimit-Reset": f"{reset:.3f}",
        }
        return headers, left < 0

    def _too_many(self, retry_after: str) -> web.Response:
        self._told_to_wait_until = time.monotonic() + float(retry_after)
        return web.Response(
            status=429, text=_RAW_ERRORS["429"], headers={"Retry-After": retry_after}
        )

    def _refuse(self, fault: str) -> web.Response:
        if fault == "429":
            left = self.faults.storm_left_s() or self.faults.retry_after_s
            return self._too_many(f"{left:.3f}".rstrip("0").rstrip("."))
        if fault == "graphql_error":
            body = {"data": None, "errors": [{"message": "something went wrong", "path": []}]}
            return web.json_response(body)
        return web.Response(status=int(fault), text=_RAW_ERRORS[fault])

    async def _spoil(
        self, http: web.Request, entry: Request, answer: web.Response
    ) -> web.StreamResponse:
        body = answer.body if isinstance(answer.body, bytes) else b""
        transport = http.transport
        if entry.fault == "hang":
            await asyncio.sleep(self.faults.hang_s)
        if entry.fault in {"hang", "reset"}:
            if transport is not None:
                transport.abort()
            return answer
        half = body[: len(body) // 2]
        entry.status, entry.n_bytes = answer.status, len(half)
        if entry.fault == "truncated":
            return web.Response(body=half, content_type=answer.content_type, status=answer.status)
        cut = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(body))})
        await cut.prepare(http)
        await cut.write(half)
        if transport is not None:
            transport.close()
        return cut

    async def _graphql(self, http: web.Request) -> web.Response:
        entry = http[_ENTRY]
        if entry.document is None or self.graphql is None:
            entry.unknown = "no GraphQL document"
            return web.json_response({"errors": [{"message": entry.unknown}]}, status=400)
        status, text, entry.unknown = self.graphql.answer(entry.document, entry.variables)
        return web.Response(status=status, text=text, content_type="application/json")

    def _run(self, http: web.Request) -> Run:
        where = http.match_info
        return self.state.projects[where["entity"], where["project"]].runs[where["run"]]

    async def _file_stream(self, http: web.Request) -> web.Response:
        body: dict[str, Any] = await http.json()
        http[_ENTRY].body = body
        return web.json_response(filestream.receive(self.state, self._run(http), body))

    async def _upload(self, http: web.Request) -> web.Response:
        self._run(http).files[http.match_info["name"]] = await http.read()
        return web.Response()

    async def _download(self, http: web.Request) -> web.Response:
        data = self._run(http).files.get(http.match_info["name"])
        return web.Response(status=404) if data is None else web.Response(body=data)

    def _artifact(self, http: web.Request) -> Artifact:
        if self.graphql is None:
            msg = "no GraphQL, no artifacts"
            raise ValueError(msg)
        return self.graphql.artifacts.by_id(http.match_info["artifact"])

    async def _upload_artifact(self, http: web.Request) -> web.Response:
        artifact, data = self._artifact(http), await http.read()
        if http.match_info["kind"] == "manifests":
            artifact.manifest = data
        else:
            artifact.blobs[http.match_info["key"].lstrip("/")] = data
        return web.Response()

    async def _download_artifact(self, http: web.Request) -> web.Response:
        artifact = self._artifact(http)
        if http.match_info["kind"] == "manifests":
            return web.Response(body=artifact.manifest)
        data = artifact.blobs.get(http.match_info["key"].lstrip("/"))
        return web.Response(status=404) if data is None else web.Response(body=data)

    async def _parquet(self, http: web.Request) -> web.Response:
        data = parquet_bytes(self._run(http).history, int(http.match_info["n"]))
        return web.Response(body=data)


def _kind(path: str) -> str:
    if path == "/graphql":
        return "graphql"
    if path.endswith("/file_stream"):
        return "file_stream"
    return (
        "storage"
        if path.startswith(("/storage/", "/files/", "/parquet/", "/artifacts/"))
        else "other"
    )
