"""Job ids in what people paste and pipe: replies of any call, in any notation."""

import json
from typing import Any

import pytest

from kling_tui.formatting.output import job_as_json
from kling_tui.gateways.job_ids import MAX_IDS, ParsedId, decode_input, find_ids
from kling_tui.gateways.pasted_text import MAX_BROKEN, MAX_TEXT_LENGTH
from tests.support.jobs import ENDPOINTS, REQUEST, TASK, a_job

DIGITS = "842250903629086785"
UNIFIED = f"klingai-video_{REQUEST}"
REPLYS_OWN = "5f2a9b1c-77d0-4a7e-9a51-0c6f4be1d2bb"
"""The id of a reply, which has the format of an O1 job's."""
SUBMITTED = {
    "code": 0,
    "message": "SUCCEED",
    "request_id": REPLYS_OWN,
    "data": {"task_id": TASK, "task_status": "submitted", "created_at": 1731498794172},
}
UUID = "00000000-77d0-4a7e-9a51-0c6f4be1d2bb"


def ids(text: str, kind: str | None = None) -> list[str]:
    """Return the ids in a text; none may have a problem."""
    results = find_ids(text, ENDPOINTS, kind)
    assert [result.problem for result in results] == [None] * len(results)
    return [result.id for result in results]


def only_problem(text: str) -> str:
    """Return the problem of the only result in a text."""
    (only,) = find_ids(text, ENDPOINTS)
    assert only.kind is None
    return only.problem or ""


class TestErrorReplies:
    """A refused submit is no job."""

    @pytest.mark.parametrize(
        ("reply", "message"),
        [
            ({"code": 1102, "message": "Account balance not enough", "request_id": REPLYS_OWN},
             "refused by the gateway (code 1102): Account balance not enough"),
            ({"code": "1303", "message": "slow", "request_id": REPLYS_OWN, "data": None},
             "refused by the gateway (code 1303): slow"),
            ({"code": 1201, "message": "no", "data": {"task_id": TASK}},
             "refused by the gateway (code 1201): no"),
            ({"code": "InvalidParameter", "message": "no", "request_id": REPLYS_OWN},
             "refused by the gateway (code InvalidParameter): no"),
            ({"error": "Invalid parameters"}, "refused by the gateway: Invalid parameters"),
            ({"error": {"message": "no", "code": 3}, "request_id": REPLYS_OWN},
             "refused by the gateway: no"),
            ({"error_message": "no", "request_id": REPLYS_OWN}, "refused by the gateway: no"),
            ({"errors": [{"message": "no"}], "request_id": REPLYS_OWN},
             "refused by the gateway: no"),
            ({"statusCode": 401, "message": "Access denied"},
             "refused by the gateway (code 401): Access denied"),
            ({"status": 400, "title": "Bad Request", "message": "no", "request_id": REPLYS_OWN},
             "refused by the gateway (code 400): no"),
            ({"success": False, "message": "no", "request_id": REPLYS_OWN},
             "refused by the gateway: no"),
            ({"status": "error", "message": "no", "request_id": REPLYS_OWN},
             "refused by the gateway: no"),
            ({"detail": [{"loc": ["body", "prompt"], "msg": "field required"}]},
             "refused by the gateway: field required"),
            ({"detail": {"msg": "no"}, "request_id": REPLYS_OWN}, "refused by the gateway: no"),
        ],
    )  # fmt: skip
    def test_refusal_tells_code_and_message(self, reply: dict[str, Any], message: str) -> None:
        """In JSON, in a list, and as Python prints it."""
        assert only_problem(json.dumps(reply)) == message
        assert only_problem(json.dumps([reply], indent=2)) == message
        assert only_problem(repr(reply)) == message

    @pytest.mark.parametrize(
        "reply",
        [
            {"status": "FAILED", "request_id": REQUEST, "error": "Invalid image URL"},
            {"status": "IN_PROGRESS", "request_id": REQUEST, "error": None, "code": 0},
            {"status": "QUEUED", "request_id": REQUEST, "error": "", "success": True},
            {"status": "COMPLETED", "request_id": REQUEST, "message": "Done"},
            {"code": 200, "message": "success", "data": {"request_id": REQUEST}},
        ],
    )
    def test_reply_about_a_job_is_no_refusal(self, reply: dict[str, Any]) -> None:
        """Also of one that has failed."""
        assert ids(json.dumps(reply)) == [REQUEST]

    def test_message_without_an_id_is_told(self) -> None:
        """Whatever the reply is."""
        problem = only_problem('{"message": "Hello"}')
        assert problem == "no task_id, data.task_id or request_id: Hello"

    @pytest.mark.parametrize(
        "reply",
        [
            {"code": 0, "message": "SUCCEED", "request_id": REPLYS_OWN, "data": []},
            {"code": 0, "message": "SUCCEED", "request_id": REPLYS_OWN, "data": None},
            {"code": 0, "request_id": REPLYS_OWN},
        ],
    )
    def test_id_of_a_reply_is_no_jobs(self, reply: dict[str, Any]) -> None:
        """A reply with a code has an id of its own."""
        assert "no task_id" in only_problem(json.dumps(reply))


class TestLists:
    """Replies with many jobs."""

    @pytest.mark.parametrize(
        "reply",
        [
            {"code": 0, "request_id": REPLYS_OWN, "data": [{"task_id": TASK}, {"task_id": DIGITS}]},
            {"request_id": REPLYS_OWN, "data": [{"task_id": TASK}, {"taskId": DIGITS}]},
            {"data": {"tasks": [{"task_id": TASK}, {"task_id": DIGITS}]}, "request_id": REPLYS_OWN},
            {"request_id": REPLYS_OWN, "items": [{"task_id": TASK}, {"task_id": DIGITS}]},
            {"request_id": REPLYS_OWN, "task_ids": [TASK, DIGITS]},
            {"jobs": [{"id": TASK, "status": "queued"}, {"job_id": DIGITS}]},
            [SUBMITTED, {**SUBMITTED, "data": {"task_id": DIGITS}}],
        ],
    )
    def test_each_job_of_a_list_is_found(self, reply: object) -> None:
        """The id of the reply is not."""
        assert ids(json.dumps(reply)) == [TASK, DIGITS]
        assert ids(repr(reply)) == [TASK, DIGITS]

    def test_inner_request_id_wins_over_the_replys(self) -> None:
        """It is the job's."""
        reply = {"request_id": REPLYS_OWN, "data": [{"request_id": REQUEST}, {"request_id": UUID}]}
        assert ids(json.dumps(reply)) == [REQUEST, UUID]

    def test_refused_job_of_a_list_is_told(self) -> None:
        """The others are found."""
        reply = {"data": [{"task_id": TASK}, {"error": "no"}, {"task_id": DIGITS}]}
        first, refused, last = find_ids(json.dumps(reply), ENDPOINTS)
        assert (first.id, last.id) == (TASK, DIGITS)
        assert refused.problem == "refused by the gateway: no"

    def test_videos_are_no_jobs(self) -> None:
        """Their ids have the format of an O1 job's."""
        videos = [{"id": UUID, "url": "https://cdn.test/1.mp4", "status": "ready"}]
        reply = {"request_id": REQUEST, "status": "COMPLETED", "videos": videos, "output": videos}
        assert ids(json.dumps(reply)) == [REQUEST]


class TestPrintedObjects:
    """Objects as other programs print them."""

    NODE = f"""\
{{
  code: 0,
  message: 'SUCCEED',
  request_id: '{REPLYS_OWN}',
  data: {{
    task_id: '{TASK}',
    task_status: 'submitted',
    task_info: [Object],
    created_at: 1731498794172
  }},
}}
"""
    POWERSHELL = f"""\

code       : 0
message    : SUCCEED
request_id : {REPLYS_OWN}
data       : @{{task_id={TASK}; task_status=submitted; created_at=1731498794172}}

"""

    @pytest.mark.parametrize(
        "text",
        [
            repr(SUBMITTED),
            repr({"data": {"task_id": TASK, "ok": True, "none": None, "f": 1.5}}),
            f"{{'data': {{'task_id': '{TASK}', 'words': \"it's\"}}}}",
            NODE,
            NODE.replace("\n", "\r\n"),
            f"{{ data: {{ task_id: '{TASK}', task_status: 'submitted' }} }}",
            f"{{ data: {{ task_id: `{TASK}` }} }}",
            f"Response: {json.dumps(SUBMITTED)}",
            f"result = {SUBMITTED!r}",
            f"data: {json.dumps(SUBMITTED)}\n\n",
            f"event: message\ndata: {json.dumps(SUBMITTED)}\n\n",
            f"\x1b[32m{json.dumps(SUBMITTED)}\x1b[0m",
            f"{{\n  data: {{ task_id: \x1b[32m'{TASK}'\x1b[39m }}\n}}",
            f"OrderedDict({{'task_id': '{TASK}'}})".removeprefix("OrderedDict(").removesuffix(")"),
            f"{{'data': OrderedDict({{'task_id': '{TASK}'}})}}",
            f"{{ data: Task {{ task_id: '{TASK}' }} }}",
            POWERSHELL,
            POWERSHELL.replace("\n", "\r\n"),
        ],
    )
    def test_object_of_another_language(self, text: str) -> None:
        """Python, Node, PowerShell; in colours, and with a name before it."""
        assert ids(text) == [TASK]

    @pytest.mark.parametrize(
        "text",
        [
            f"task_id: {TASK}",
            f"task_id={TASK}",
            f'"task_id": "{TASK}",',
            f"Task-ID: {TASK}",
            f"request_id: {REPLYS_OWN}\ntask_id: {TASK}",
            f"task_id={TASK}&request_id={REPLYS_OWN}",
            f"code: 0\ntask_id: {TASK}\nrequest_id: {REPLYS_OWN}",
        ],
    )
    def test_named_id(self, text: str) -> None:
        """The better one counts."""
        assert ids(text) == [TASK]

    def test_named_ids_one_after_another(self) -> None:
        """Each is found."""
        assert ids(f"task_id: {TASK}\ntask_id: {DIGITS}") == [TASK, DIGITS]

    @pytest.mark.parametrize(
        "text",
        [
            "{'task_id': 'C", "{ data: { task_id: ", "{'a': ]}", "{" * 100 + "}" * 99,
            "{'a':" * 200 + "1" + "}" * 200, "@{", "[(])",
        ],
    )  # fmt: skip
    def test_broken_object_is_told(self, text: str) -> None:
        """It is neither an id nor JSON."""
        assert "neither an id nor valid JSON" in only_problem(text)


class TestUrls:
    """The id in the URL of a poll or of a result."""

    @pytest.mark.parametrize(
        ("url", "job_id"),
        [
            (f"https://gateway.pixazo.ai/v2/requests/status/{UNIFIED}", UNIFIED),
            (f"https://gateway.pixazo.ai/v2/requests/status/{UNIFIED}/?x=1#y", UNIFIED),
            (f"https://queue.test/kling/requests/{REQUEST}/status", REQUEST),
            (f"https://api.test/v1/videos/image2video/{DIGITS}", DIGITS),
            (f"https://api.test/status?task_id={TASK}", TASK),
            (f"https://api.test/status?a=b&requestId={REQUEST}", REQUEST),
            (f"https://cdn.test/bs2/7128237050/text2video/{TASK}_raw_video_1.mp4?x=y", TASK),
            (f"https://cdn.test/videos/{REQUEST}.mp4", REQUEST),
            (f"https://cdn.test/videos/{UNIFIED}.mp4", UNIFIED),
            (f"https://cdn.test/{TASK}/output.mp4", TASK),
        ],
    )
    def test_id_in_a_url(self, url: str, job_id: str) -> None:
        """Plain, quoted or in JSON."""
        assert ids(url) == [job_id]
        assert ids(f'"{url}"') == [job_id]
        assert ids(f"<{url}>") == [job_id]
        assert ids(json.dumps([url])) == [job_id]

    def test_polling_url_of_a_reply(self) -> None:
        """Where the reply has no id."""
        url = f"https://gateway.pixazo.ai/v2/requests/status/{UNIFIED}"
        assert ids(json.dumps({"polling_url": url, "status": "QUEUED"})) == [UNIFIED]
        assert ids(json.dumps({"request_id": REQUEST, "polling_url": url})) == [REQUEST]

    @pytest.mark.parametrize(
        "url",
        [
            "https://storage.pixazo.ai/videos/a1b2c3d4.mp4",
            "https://gateway.pixazo.ai/kling-ai-polling/v1/getImageToVideoStatus",
            "https://",
            "http://[::1",
        ],
    )
    def test_url_without_an_id_is_told(self, url: str) -> None:
        """It is no id itself."""
        assert only_problem(url) == "a URL without a job id"


class TestSurroundings:
    """What is around ids."""

    HEAD = f"""\
HTTP/2 200 \r
date: Fri, 20 Nov 2026 10:00:00 GMT\r
content-type: application/json\r
apim-request-id: {REPLYS_OWN}\r
x-ms-request-id: {UUID}\r
server: {UUID}\r
\r
"""

    @pytest.mark.parametrize(
        "text",
        [
            HEAD + json.dumps(SUBMITTED),
            (HEAD + json.dumps(SUBMITTED, indent=2)).replace("\r", ""),
            "HTTP/1.1 100 Continue\r\n\r\n" + HEAD + json.dumps(SUBMITTED),
            f"apim-request-id: {REPLYS_OWN}\n\n{json.dumps(SUBMITTED)}",
            (
                "* Trying 10.0.0.7:443...\n> POST /v1 HTTP/2\n> Host: api.test\n> X-Id: "
                f"{UUID}\n> \n{{ [5 bytes data]\n< HTTP/2 200\n"
                f"< apim-request-id: {REPLYS_OWN}\n< \n"
                f"{json.dumps(SUBMITTED)}\n* Connection #0 left intact\n"
            ),
            HEAD + TASK,
        ],
    )
    def test_headers_are_no_jobs(self, text: str) -> None:
        """Of `curl -i` and `curl -v`."""
        assert ids(text) == [TASK]

    def test_headers_alone_are_told(self) -> None:
        """They have ids, but none of a job."""
        for text in (self.HEAD, f"apim-request-id: {REPLYS_OWN}"):
            assert only_problem(text) == "HTTP headers without a body, not a job id"

    def test_page_is_told_once(self) -> None:
        """An error page of a proxy has hundreds of words."""
        page = "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1>" + "<p>no</p>" * 500
        assert only_problem(page) == "HTML or XML, neither an id nor JSON"

    @pytest.mark.parametrize(
        "text",
        [f"{TASK}\u200b", f"\u200b{TASK}",
         f"\ufeff{TASK}\ufeff", f"{TASK}\xad", f"\u2060{TASK}\u200e",
         f"`{TASK}`", f"<{TASK}>", f"({TASK})", f"“{TASK}”", f"{TASK}.", f"{TASK};", f"**{TASK}**",
         f"- {TASK}", f"* {TASK}", f"\x1b[1m{TASK}\x1b[0m", f'"{TASK}\u200b"'],
    )  # fmt: skip
    def test_what_documents_put_around_an_id(self, text: str) -> None:
        """Invisible characters, quotes, punctuation, bullets and colours."""
        assert ids(text) == [TASK]
        assert ids(text, "o1")

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
    )
    def test_piped_bytes_in_every_encoding(self, encoding: str) -> None:
        """PowerShell writes UTF-16."""
        for text in (f"{TASK}\r\n{REQUEST}\r\n", json.dumps([TASK, REQUEST])):
            assert ids(decode_input(text.encode(encoding))) == [TASK, REQUEST]
        assert decode_input(b"") == ""
        assert decode_input(b"\xff") == "\N{REPLACEMENT CHARACTER}"


class TestOwnJson:
    """What `list --json` and `watch --json` print."""

    @pytest.mark.parametrize("kind", ["i2v", "o1", "v2"])
    def test_jobs_of_this_program(self, kind: str) -> None:
        """As an array and as a line each, with the kind that each has."""
        jobs = [job_as_json(a_job(job_id, kind=kind)) for job_id in (TASK, "odd")]
        expected = [ParsedId(TASK, kind), ParsedId("odd", kind)]
        assert find_ids(json.dumps(jobs, indent=2), ENDPOINTS) == expected
        assert find_ids("\n".join(map(json.dumps, jobs)), ENDPOINTS) == expected

    def test_kind_that_is_not_known_here(self) -> None:
        """The format counts, or it has to be chosen."""
        jobs = [job_as_json(a_job(job_id, kind="wan")) for job_id in (TASK, "odd")]
        first, second = find_ids(json.dumps(jobs), ENDPOINTS)
        assert first == ParsedId(TASK, "i2v")
        assert second.needs_kind


class TestLimits:
    """Any amount of text is read in bounded time, and what is not read is reported."""

    @pytest.mark.parametrize(
        "text",
        [
            "\n".join(f"{number:018}" for number in range(260_000)),
            json.dumps([f"{number:018}" for number in range(260_000)]),
            json.dumps({"data": [{"task_id": f"{number:018}"} for number in range(260_000)]}),
        ],
        ids=["lines", "array", "list reply"],
    )
    def test_number_of_ids_is_bounded(self, text: str) -> None:
        """The limit is named."""
        *first, last = find_ids(text, ENDPOINTS)
        assert [parsed.id for parsed in first] == [f"{number:018}" for number in range(MAX_IDS)]
        assert "only the first 10,000 are taken" in (last.problem or "")

    def test_length_of_the_text_is_bounded(self) -> None:
        """What comes after the limit is reported."""
        first, *_ = find_ids(f"{TASK} {' ' * MAX_TEXT_LENGTH}{REQUEST}", ENDPOINTS)
        assert first.problem == "only the first 10,000,000 characters were read"

    @pytest.mark.parametrize("line", ["[\n", "[1,\n", "[{'a':1},\n"])
    def test_broken_objects_are_bounded(self, line: str) -> None:
        """Each would be read to the end of the text."""
        results = find_ids(line * 200_000, ENDPOINTS)
        assert results[-1].problem == f"not read: {MAX_BROKEN} broken objects before it"
