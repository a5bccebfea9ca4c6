"""``add`` with replies of submit calls, and the pipes from it to commands that take ids."""

import json
import shlex
import subprocess

import pytest

from tests.support.documented_gateway import I2V_DONE, O1_DONE, DocumentedGateway
from tests.support.terminal import PROGRAM, Account
from tests.support.waiting import TIMEOUT

TASK = "CjNQtmctxFMAAAAxxxxxx"
OTHER = "842250903629086785"
REQUEST = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"
REFUSED = {
    "code": 1102,
    "message": "Account balance not enough",
    "request_id": "5f2a9b1c-77d0-4a7e-9a51-0c6f4be1d2bb",
}
COMMANDS = ["wait -", "watch -", "watch - --json", "download -", "remove -"]


def tracked(account: Account) -> dict[str, tuple[str, str | None]]:
    """Return kind and cost of each tracked job, by its id."""
    listed = json.loads(account.run("list", "--json").stdout)
    return {job["id"]: (job["kind"], job["cost_usd"]) for job in listed}


def run_pipe(account: Account, pipe: str, given: str) -> subprocess.CompletedProcess[str]:
    """Run a shell's pipe in which ``kling-tui`` is the program."""
    command = pipe.replace("kling-tui", shlex.join(PROGRAM))
    return subprocess.run(  # noqa: S603 - the program under test
        ["/bin/sh", "-c", command],
        input=given,
        env=account.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def test_refused_submit_is_not_tracked(account: Account) -> None:
    """Its code and message are reported."""
    ended = account.run("add", "-", stdin=json.dumps(REFUSED).encode())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "refused by the gateway (code 1102): Account balance not enough" in ended.stderr
    assert tracked(account) == {}


def test_refused_submit_among_others_is_told(account: Account) -> None:
    """The others are tracked."""
    lines = "\n".join(map(json.dumps, [REFUSED, {"task_id": TASK}]))
    ended = account.run("add", "-", stdin=lines.encode())
    assert (ended.returncode, ended.stdout) == (2, f"{TASK}\n")
    assert tracked(account) == {TASK: ("i2v", "0.35")}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_piped_ids_in_every_encoding(account: Account, encoding: str) -> None:
    """PowerShell writes UTF-16."""
    ended = account.run("add", "-", stdin=f"{TASK}\r\n{REQUEST}\r\n".encode(encoding))
    assert (ended.returncode, ended.stdout) == (0, f"{TASK}\n{REQUEST}\n")


def test_more_ids_than_the_limit_are_told(account: Account) -> None:
    """The first are tracked."""
    ended = account.run("add", "-", stdin="\n".join(f"{n:018}" for n in range(10_005)).encode())
    assert ended.returncode == 2
    assert "only the first 10,000 are taken" in ended.stderr
    assert ended.stdout.count("\n") == 10_000


class TestKind:
    """``--kind`` for a job that is tracked already."""

    def test_kind_is_corrected(self, account: Account) -> None:
        """With the price, and a message says so."""
        account.run("add", REQUEST)
        assert tracked(account) == {REQUEST: ("o1", "0.90")}
        ended = account.run("add", REQUEST, "--kind", "i2v")
        assert (ended.returncode, ended.stdout) == (0, f"{REQUEST}\n")
        words = f"{REQUEST} is already tracked; its kind is now i2v, not o1\n"
        assert ended.stderr == f"kling-tui: {words}"
        assert tracked(account) == {REQUEST: ("i2v", "0.35")}

    def test_same_kind_changes_nothing(self, account: Account) -> None:
        """Whether the kind is given again or left out."""
        account.run("add", REQUEST, "--kind", "i2v")
        for arguments in ([], ["--kind", "i2v"]):
            ended = account.run("add", REQUEST, *arguments)
            assert ended.stderr == f"kling-tui: {REQUEST} is already tracked\n"
            assert tracked(account) == {REQUEST: ("i2v", "0.35")}

    def test_kind_of_an_ended_job_stays(self, account: Account, gateway: DocumentedGateway) -> None:
        """The message says why."""
        gateway.script(REQUEST, O1_DONE)
        account.run("add", REQUEST)
        account.run("wait", REQUEST)
        ended = account.run("add", REQUEST, "--kind", "i2v")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "has ended as o1, so its kind was not changed" in ended.stderr
        assert tracked(account) == {REQUEST: ("o1", "0.90")}


class TestPipes:
    """Pipes are safe when a step fails: no command takes all jobs for none."""

    @pytest.fixture(autouse=True)
    def other_job(self, account: Account, gateway: DocumentedGateway) -> None:
        """Track a job that is in none of the pipes."""
        gateway.script(OTHER, I2V_DONE)
        account.run("add", OTHER)

    @pytest.mark.parametrize(
        ("command", "given"),
        [
            *((command, json.dumps(REFUSED)) for command in COMMANDS),
            *(("wait -", given) for given in ('{"error": "no"}', "", "[]")),
        ],
    )
    def test_failed_submit_reaches_no_other_job(
        self, account: Account, command: str, given: str
    ) -> None:
        """Nothing is printed, and the status is not 0."""
        ended = run_pipe(account, f"kling-tui add - | kling-tui {command}", given)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "no ids on standard input" in ended.stderr
        assert list(tracked(account)) == [OTHER]

    @pytest.mark.parametrize("xargs", ["xargs", "xargs -n 1", "xargs -r"])
    @pytest.mark.parametrize("options", ["", " -"])
    @pytest.mark.parametrize("command", ["wait", "watch", "download", "remove"])
    def test_xargs_without_ids_reaches_no_other_job(
        self, account: Account, gateway: DocumentedGateway, command: str, options: str, xargs: str
    ) -> None:
        """GNU xargs runs the command once; with -r, as on BSD, it does not run it."""
        pipe = f"kling-tui add - | {xargs} kling-tui {command}{options}"
        ended = run_pipe(account, pipe, json.dumps(REFUSED))
        assert (ended.returncode, ended.stdout) == (0 if "-r" in xargs else 123, "")
        assert list(tracked(account)) == [OTHER]
        assert not gateway.requests

    @pytest.mark.parametrize(
        "last", ["kling-tui wait -", "xargs kling-tui wait -", "xargs kling-tui wait"]
    )
    def test_pipe_waits_for_its_own_job(
        self, account: Account, gateway: DocumentedGateway, last: str
    ) -> None:
        """Also if xargs appends its id, when standard input is empty."""
        gateway.script(REQUEST, O1_DONE)
        reply = json.dumps({"request_id": REQUEST, "status": "QUEUED"})
        ended = run_pipe(account, f"kling-tui add - | {last}", reply)
        assert ended.returncode == 0
        assert ended.stdout == "https://storage.pixazo.ai/videos/a1b2c3d4.mp4\n"

    def test_listed_jobs_are_taken(self, account: Account) -> None:
        """`list --json` prints what `-` reads."""
        ended = run_pipe(account, "kling-tui list --json | kling-tui remove -", "")
        assert ended.returncode == 0
        assert tracked(account) == {}

    @pytest.mark.parametrize("command", ["wait", "watch", "download", "remove"])
    def test_what_is_no_id_is_an_error(self, account: Account, command: str) -> None:
        """Also beside one that is."""
        for given in (json.dumps(REFUSED), f'{OTHER}\n{{"error": "no"}}'):
            ended = account.run(command, "-", stdin=given.encode())
            assert (ended.returncode, ended.stdout) == (2, "")
            assert "refused by the gateway" in ended.stderr
        assert list(tracked(account)) == [OTHER]

    def test_id_beside_piped_ones(self, account: Account, gateway: DocumentedGateway) -> None:
        """They come in their order."""
        gateway.script(REQUEST, O1_DONE)
        account.run("add", REQUEST)
        account.run("wait")
        ended = account.run("remove", OTHER, "-", stdin=f"{REQUEST}\n".encode())
        assert ended.returncode == 0
        assert tracked(account) == {}
