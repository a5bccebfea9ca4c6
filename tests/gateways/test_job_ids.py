"""Finding job ids in pasted text and JSON."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.gateways.job_ids import (
    MAX_ID_LENGTH,
    MAX_LABEL_LENGTH,
    UNRECOGNISED,
    ParsedId,
    clean_label,
    find_ids,
    new_job,
)
from kling_tui.jobs import Price
from kling_tui.sanitize import sanitize_line
from tests.support.jobs import ENDPOINTS, I2V_PRICE, NOW, O1_PRICE, RAW_TEXTS, REQUEST, TASK, a_job

DIGITS = "842250903629086785"
I2V_IDS = [TASK, "CjNQtmctxFMAAAAxxxxxx", "CjI17Wev_1IAAAAAAHm-sw", DIGITS, "842250903629086"]
O1_IDS = [REQUEST, "6eefbb94-a633-4fe7-bf37-3a24fc2de32b", REQUEST.upper()]
V2_IDS = [
    f"klingai-video_{REQUEST}",
    f"kling-o1-reference-image-to-video-382_{REQUEST}",
]
UNRECOGNISED_IDS = [
    f"_{REQUEST}",
    "hero-shot",
    "12345",
    "1" * 21,
]


def ids_with_kinds(text: str, kind: str | None = None) -> list[tuple[str, str | None]]:
    """Return the ids in a text with their kinds; none may have a problem."""
    results = find_ids(text, ENDPOINTS, kind)
    assert [result.problem for result in results] == [None] * len(results)
    return [(result.id, result.kind) for result in results]


def only_problem(text: str, kind: str | None = None) -> str | None:
    """Return the problem of the only result in a text."""
    (only,) = find_ids(text, ENDPOINTS, kind)
    return only.problem


class TestFormats:
    """The kinds of ids by their formats."""

    @pytest.mark.parametrize(
        ("job_id", "kind"),
        [(job_id, "i2v") for job_id in I2V_IDS]
        + [(job_id, "o1") for job_id in O1_IDS]
        + [(job_id, "v2") for job_id in V2_IDS],
    )
    def test_known_format_has_its_kind(self, job_id: str, kind: str) -> None:
        """For every format that was seen, and the documents' examples."""
        assert ids_with_kinds(job_id) == [(job_id, kind)]

    @pytest.mark.parametrize("job_id", UNRECOGNISED_IDS)
    def test_unrecognised_format_needs_a_kind(self, job_id: str) -> None:
        """The id is returned with a problem."""
        assert find_ids(job_id, ENDPOINTS) == [ParsedId(job_id, problem=UNRECOGNISED)]

    @pytest.mark.parametrize("kind", ["i2v", "o1", "v2"])
    @pytest.mark.parametrize("job_id", I2V_IDS + O1_IDS + V2_IDS + UNRECOGNISED_IDS)
    def test_given_kind_wins_over_the_format(self, job_id: str, kind: str) -> None:
        """No id is refused because of its format."""
        assert ids_with_kinds(job_id, kind) == [(job_id, kind)]
        assert ids_with_kinds(json.dumps({"task_id": job_id}), kind) == [(job_id, kind)]
        assert ids_with_kinds(json.dumps({"request_id": job_id}), kind) == [(job_id, kind)]


class TestPlainText:
    """Ids outside JSON."""

    @pytest.mark.parametrize(
        "text",
        [
            "{a}\n{b}",
            "{a} {b}",
            "{a},{b}",
            "{a}, {b},\n",
            "  {a}\r\n\r\n\t{b}  ",
            '"{a}", "{b}"',
            "'{a}' '{b}'",
            "{a}\n{b}\n{a}\n{b} {a}",
            '["{a}", "{b}"]',
            '["{a}",\n "{b}", "{a}"]',
            '"{a}"\n"{b}"\n',
        ],
    )
    def test_separators(self, text: str) -> None:
        """Spaces, commas, line ends and quotes separate ids; duplicates are removed."""
        pasted = text.replace("{a}", TASK).replace("{b}", REQUEST)
        assert ids_with_kinds(pasted) == [(TASK, "i2v"), (REQUEST, "o1")]

    @pytest.mark.parametrize("text", ["", " \n\t ", ",", ", ,\n", "[]"])
    def test_empty_text_has_no_ids(self, text: str) -> None:
        """Separators alone are no ids."""
        assert find_ids(text, ENDPOINTS) == []

    def test_hundreds_of_ids_keep_their_order(self) -> None:
        """In one text."""
        ids = [f"{number:018}" for number in range(500)]
        assert ids_with_kinds("\n".join(ids)) == [(job_id, "i2v") for job_id in ids]

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("x" * (MAX_ID_LENGTH + 1), f"longer than {MAX_ID_LENGTH} characters"),
            (f"{TASK[:5]}\u200b{TASK[5:]}", "contains characters that no id has"),
            ("\x1b[31m", "contains characters that no id has"),
            ("half\ud800", "contains characters that no id has"),
            ('""', "empty id"),
            ('[""]', "empty id"),
            ('["two words"]', "contains characters that no id has"),
        ],
    )
    def test_invalid_id_has_a_problem(self, text: str, problem: str) -> None:
        """Its text is printable; a given kind does not help."""
        assert only_problem(text) == problem
        assert only_problem(text, "i2v") == problem

    def test_id_may_have_exactly_the_maximum_length(self) -> None:
        """One character more is a problem."""
        assert ids_with_kinds("x" * MAX_ID_LENGTH, "o1") == [("x" * MAX_ID_LENGTH, "o1")]

    def test_valid_id_wins_over_its_invalid_spelling(self) -> None:
        """Both have the same printable text."""
        assert find_ids(f"{TASK}\u200b {TASK}", ENDPOINTS) == [ParsedId(TASK, "i2v")]


class TestJson:
    """Ids in replies of submit calls and polls."""

    @pytest.mark.parametrize(
        ("value", "job_id", "kind"),
        [
            ({"task_id": TASK}, TASK, "i2v"),
            ({"data": {"task_id": TASK}}, TASK, "i2v"),
            ({"request_id": REQUEST, "status": "IN_PROGRESS"}, REQUEST, "o1"),
            ({"request_id": "another", "data": {"task_id": TASK}}, TASK, "i2v"),
            ({"request_id": REQUEST, "task_id": TASK}, TASK, "i2v"),
            ({"task_id": None, "request_id": REQUEST}, REQUEST, "o1"),
            ({"task_id": " ", "data": {"task_id": TASK}}, TASK, "i2v"),
            ({"task_id": f" {TASK}\n"}, TASK, "i2v"),
            ({"task_id": True, "request_id": REQUEST}, REQUEST, "o1"),
            ({"task_id": int(DIGITS)}, DIGITS, "i2v"),
            ({"data": {"task_id": int(DIGITS)}}, DIGITS, "i2v"),
            ({"request_id": REQUEST, "data": []}, REQUEST, "o1"),
            ({"task_id": REQUEST}, REQUEST, "o1"),
            ({"request_id": TASK}, TASK, "i2v"),
            ({"task_id": "odd"}, "odd", "i2v"),
            ({"data": {"request_id": "odd"}}, "odd", "o1"),
            ({"request_id": f"any-api_{REQUEST}"}, f"any-api_{REQUEST}", "v2"),
        ],
    )
    def test_id_in_an_object(self, value: dict[str, Any], job_id: str, kind: str) -> None:
        """In ``task_id`` or ``request_id``, also in ``data``; its format wins over its field."""
        assert ids_with_kinds(json.dumps(value)) == [(job_id, kind)]
        assert ids_with_kinds(json.dumps(value, indent=2)) == [(job_id, kind)]
        assert ids_with_kinds(json.dumps([value])) == [(job_id, kind)]

    REPLIES = (
        {"code": 0, "request_id": "x", "data": {"task_id": TASK, "task_status": "submitted"}},
        {"request_id": REQUEST, "status": "IN_QUEUE"},
        {"task_id": int(DIGITS)},
    )
    IDS = ((TASK, "i2v"), (REQUEST, "o1"), (DIGITS, "i2v"))

    @pytest.mark.parametrize(
        "text",
        [
            json.dumps(REPLIES),
            json.dumps(REPLIES, indent=2),
            "\n".join(map(json.dumps, REPLIES)),
            "\r\n\r\n".join(map(json.dumps, REPLIES)) + "\r\n",
            "".join(map(json.dumps, REPLIES)),
            ",\n".join(map(json.dumps, REPLIES)),
            "\n".join(json.dumps(reply, indent=2) for reply in REPLIES),
            f"{TASK}\n{json.dumps(REPLIES[1])}\n{DIGITS}",
            f"{TASK}\n{json.dumps(REPLIES[1:], indent=2)}",
            f'{json.dumps(REPLIES[0])}\n{REQUEST}\n"{DIGITS}"',
            json.dumps([TASK, REPLIES[1], int(DIGITS)]),
            "\ufeff" + json.dumps(REPLIES),
            f"{TASK} {json.dumps(REPLIES[1])}, {DIGITS}",
            "\n".join(json.dumps(REPLIES, indent=2).splitlines()[:-1]).replace("[", "", 1),
        ],
        ids=range(14),
    )
    def test_ids_in_many_replies(self, text: str) -> None:
        """Arrays, JSON Lines, concatenated objects, and plain ids between them."""
        assert ids_with_kinds(text) == list(self.IDS)

    @pytest.mark.parametrize("text", ["{}", "[{}]", "[null]", "[[]]", '{"id": "x"}', "[1.5]"])
    def test_json_without_an_id_has_a_problem(self, text: str) -> None:
        """The problem names the fields."""
        assert only_problem(text) == "no task_id, data.task_id or request_id"

    @pytest.mark.parametrize(
        "text",
        [
            '{"task_id": "C',
            "{",
            pytest.param("{" * 100_000, id="braces"),
            pytest.param('{"a":' * 100_000, id="cut off deep inside"),
            pytest.param("[" * 100_000 + "]" * 100_000, id="deep"),
        ],
    )
    def test_invalid_json_has_a_problem(self, text: str) -> None:
        """It may be incomplete or nested too deep."""
        assert only_problem(text) == "neither an id nor valid JSON"

    def test_invalid_line_affects_no_other_line(self) -> None:
        """Each line is parsed separately."""
        lines = [json.dumps(self.REPLIES[0]), '{"task_id": "C', json.dumps(self.REPLIES[1])]
        first, broken, last = find_ids("\n".join(lines), ENDPOINTS)
        assert (first.id, last.id) == (TASK, REQUEST)
        assert broken == ParsedId('{"task_id": "C', problem="neither an id nor valid JSON")

    @pytest.mark.parametrize("depth", range(900, 1000, 7))
    def test_deep_nesting_has_a_problem(self, depth: int) -> None:
        """At any depth near the recursion limit."""
        assert only_problem("[" * depth + "]" * depth)


JSON = [*"{}[]:,'\"\n ", '{"task_id": ', '"request_id"', '"data"', "1e999", "NaN", "\\ud800"]
PIECES = st.sampled_from([*JSON, "9" * 5_000, TASK, REQUEST, DIGITS])
ANYTHING = st.lists(PIECES | RAW_TEXTS, max_size=12).map("".join)
KINDS = st.sampled_from([None, "i2v", "o1", "v2"])


@settings(max_examples=100)
@given(ANYTHING, KINDS)
def test_any_text(text: str, kind: str | None) -> None:
    """Every result is printable, distinct, and has either a kind or a problem."""
    results = find_ids(text, ENDPOINTS, kind)
    ids = [result.id for result in results]
    assert len(set(ids)) == len(ids)
    assert [sanitize_line(job_id) for job_id in ids] == ids
    for result in results:
        assert (result.kind is None) == (result.problem is not None)
        assert len(result.id) <= MAX_ID_LENGTH
        assert kind is None or result.problem or result.kind == kind


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(I2V_IDS + O1_IDS + V2_IDS), max_size=6),
    st.sampled_from("\n ,"),
)
def test_ids_are_found_in_any_notation(ids: list[str], separator: str) -> None:
    """Each once, in their order."""
    distinct = list(dict.fromkeys(ids))
    assert [job_id for job_id, _ in ids_with_kinds(separator.join(ids))] == distinct
    assert [job_id for job_id, _ in ids_with_kinds(json.dumps(ids))] == distinct
    lines = "\n".join(json.dumps({"task_id": job_id}) for job_id in ids)
    assert [job_id for job_id, _ in ids_with_kinds(lines)] == distinct


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (" hero\tshot \n", "hero shot"),
        ("[red]\x1b[31mred", "[red][31mred"),
        ("x" * 201, "x" * (MAX_LABEL_LENGTH - 1) + "…"),
        ("", ""),
    ],
)
def test_label_is_sanitised(text: str, label: str) -> None:
    """It is one printable line of bounded length."""
    assert clean_label(text) == label


@pytest.mark.parametrize(
    ("kind", "price"),
    [("i2v", I2V_PRICE), ("o1", O1_PRICE), ("v2", None), ("other", None), (None, None)],
)
def test_new_job(kind: str | None, price: Price | None) -> None:
    """It has the id, kind, label, time and current price."""
    job = new_job(ParsedId(TASK, kind), " hero shot", ENDPOINTS, NOW)
    assert job == a_job(TASK, kind=kind or "", label="hero shot", price=price)
    assert job.is_new


@pytest.mark.parametrize(
    ("api", "price"),
    [
        ("klingai-video", I2V_PRICE),
        ("kling-o1-reference-image-to-video-382", O1_PRICE),
        ("hailuo-02", None),
    ],
)
def test_unified_job_has_the_price_of_its_model(api: str, price: Price | None) -> None:
    """The id names the model; other models have no known price."""
    ((job_id, kind),) = ids_with_kinds(f"{api}_{REQUEST}")
    assert new_job(ParsedId(job_id, kind), "", ENDPOINTS, NOW).price == price
