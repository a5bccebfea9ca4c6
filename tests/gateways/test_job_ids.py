"""Ids, in whatever a person pastes or pipes in."""

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
I2V_SHAPES = [TASK, "CjNQtmctxFMAAAAxxxxxx", "CjI17Wev_1IAAAAAAHm-sw", DIGITS, "842250903629086"]
O1_SHAPES = [REQUEST, "6eefbb94-a633-4fe7-bf37-3a24fc2de32b", REQUEST.upper()]
V2_SHAPES = [
    f"klingai-video_{REQUEST}",
    f"kling-o1-reference-image-to-video-382_{REQUEST}",
]
OTHER_SHAPES = [
    f"_{REQUEST}",
    "hero-shot",
    "12345",
    "1" * 21,
]


def found(text: str, kind: str | None = None) -> list[tuple[str, str | None]]:
    """Return the ids in a text with their kinds, of which none may be a problem."""
    everything = find_ids(text, ENDPOINTS, kind)
    assert [each.problem for each in everything] == [None] * len(everything)
    return [(each.id, each.kind) for each in everything]


def problem(text: str, kind: str | None = None) -> str | None:
    """Return what is wrong with the only thing in a text."""
    (only,) = find_ids(text, ENDPOINTS, kind)
    return only.problem


class TestShapes:
    """The kinds of ids by their looks."""

    @pytest.mark.parametrize(
        ("job_id", "kind"),
        [(each, "i2v") for each in I2V_SHAPES]
        + [(each, "o1") for each in O1_SHAPES]
        + [(each, "v2") for each in V2_SHAPES],
    )
    def test_known(self, job_id: str, kind: str) -> None:
        """Every shape that was seen is known, the document's own examples among them."""
        assert found(job_id) == [(job_id, kind)]

    @pytest.mark.parametrize("job_id", OTHER_SHAPES)
    def test_not_known(self, job_id: str) -> None:
        """An id of no known shape is kept, but needs its kind named."""
        assert find_ids(job_id, ENDPOINTS) == [ParsedId(job_id, problem=UNRECOGNISED)]

    @pytest.mark.parametrize("kind", ["i2v", "o1", "v2"])
    @pytest.mark.parametrize("job_id", I2V_SHAPES + O1_SHAPES + V2_SHAPES + OTHER_SHAPES)
    def test_a_named_kind_wins(self, job_id: str, kind: str) -> None:
        """No id is refused for its shape, and a kind that is given counts whatever the shape."""
        assert found(job_id, kind) == [(job_id, kind)]
        assert found(json.dumps({"task_id": job_id}), kind) == [(job_id, kind)]
        assert found(json.dumps({"request_id": job_id}), kind) == [(job_id, kind)]


class TestPlainText:
    """Ids without JSON around them."""

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
        """Spaces, commas, lines and quotes part ids; each comes once, in its first place."""
        pasted = text.replace("{a}", TASK).replace("{b}", REQUEST)
        assert found(pasted) == [(TASK, "i2v"), (REQUEST, "o1")]

    @pytest.mark.parametrize("text", ["", " \n\t ", ",", ", ,\n", "[]"])
    def test_nothing(self, text: str) -> None:
        """Where there is nothing, nothing is found."""
        assert find_ids(text, ENDPOINTS) == []

    def test_many(self) -> None:
        """Hundreds of ids in one go are found, in their order."""
        ids = [f"{number:018}" for number in range(500)]
        assert found("\n".join(ids)) == [(each, "i2v") for each in ids]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("x" * (MAX_ID_LENGTH + 1), f"longer than {MAX_ID_LENGTH} characters"),
            (TASK + "\u200b", "contains characters that no id has"),
            ("\x1b[31m", "contains characters that no id has"),
            ("half\ud800", "contains characters that no id has"),
            ('""', "empty id"),
            ('[""]', "empty id"),
            ('["two words"]', "contains characters that no id has"),
        ],
    )
    def test_what_is_no_id(self, text: str, words: str) -> None:
        """What cannot be an id is shown harmlessly with what is wrong, whatever the kind."""
        assert problem(text) == words
        assert problem(text, "i2v") == words

    def test_the_longest(self) -> None:
        """An id may have as many characters as the limit says."""
        assert found("x" * MAX_ID_LENGTH, "o1") == [("x" * MAX_ID_LENGTH, "o1")]

    def test_a_good_id_beside_its_spoilt_twin(self) -> None:
        """An id that stands there whole is found, even if it stands there spoilt before."""
        assert find_ids(f"{TASK}\u200b {TASK}", ENDPOINTS) == [ParsedId(TASK, "i2v")]


class TestJson:
    """Ids in what a submit call or a poll answered."""

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
    def test_an_object(self, value: dict[str, Any], job_id: str, kind: str) -> None:
        """The id is at task_id or request_id, also in data; its shape counts before its place."""
        assert found(json.dumps(value)) == [(job_id, kind)]
        assert found(json.dumps(value, indent=2)) == [(job_id, kind)]
        assert found(json.dumps([value])) == [(job_id, kind)]

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
    def test_several(self, text: str) -> None:
        """An array, JSON Lines, replies one after another, and ids between them all count."""
        assert found(text) == list(self.IDS)

    @pytest.mark.parametrize("text", ["{}", "[{}]", "[null]", "[[]]", '{"id": "x"}', "[1.5]"])
    def test_without_an_id(self, text: str) -> None:
        """JSON in which there is no id says so."""
        assert problem(text) == "no task_id, data.task_id or request_id"

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
    def test_broken(self, text: str) -> None:
        """JSON that is cut off or nested too deep says so."""
        assert problem(text) == "neither an id nor valid JSON"

    def test_one_broken_line(self) -> None:
        """A broken line spoils no other."""
        lines = [json.dumps(self.REPLIES[0]), '{"task_id": "C', json.dumps(self.REPLIES[1])]
        first, broken, last = find_ids("\n".join(lines), ENDPOINTS)
        assert (first.id, last.id) == (TASK, REQUEST)
        assert broken == ParsedId('{"task_id": "C', problem="neither an id nor valid JSON")

    @pytest.mark.parametrize("depth", range(900, 1000, 7))
    def test_nested_to_the_limit(self, depth: int) -> None:
        """However deep it is nested, it is either read or said to be no JSON."""
        assert problem("[" * depth + "]" * depth)


JSON = [*"{}[]:,'\"\n ", '{"task_id": ', '"request_id"', '"data"', "1e999", "NaN", "\\ud800"]
PIECES = st.sampled_from([*JSON, "9" * 5_000, TASK, REQUEST, DIGITS])
ANYTHING = st.lists(PIECES | RAW_TEXTS, max_size=12).map("".join)
KINDS = st.sampled_from([None, "i2v", "o1", "v2"])


@settings(max_examples=100)
@given(ANYTHING, KINDS)
def test_any_text(text: str, kind: str | None) -> None:
    """No text is too strange: each thing found is harmless, comes once, and is good or is not."""
    everything = find_ids(text, ENDPOINTS, kind)
    ids = [each.id for each in everything]
    assert len(set(ids)) == len(ids)
    assert [sanitize_line(job_id) for job_id in ids] == ids
    for each in everything:
        assert (each.kind is None) == (each.problem is not None)
        assert len(each.id) <= MAX_ID_LENGTH
        assert kind is None or each.problem or each.kind == kind


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(I2V_SHAPES + O1_SHAPES + V2_SHAPES), max_size=6),
    st.sampled_from("\n ,"),
)
def test_ids_among_themselves(ids: list[str], separator: str) -> None:
    """Each of several ids is found once, in order, however they are written."""
    once = list(dict.fromkeys(ids))
    assert [job_id for job_id, _ in found(separator.join(ids))] == once
    assert [job_id for job_id, _ in found(json.dumps(ids))] == once
    lines = "\n".join(json.dumps({"task_id": job_id}) for job_id in ids)
    assert [job_id for job_id, _ in found(lines)] == once


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (" hero\tshot \n", "hero shot"),
        ("[red]\x1b[31mred", "[red][31mred"),
        ("x" * 201, "x" * (MAX_LABEL_LENGTH - 1) + "…"),
        ("", ""),
    ],
)
def test_a_label(text: str, label: str) -> None:
    """A label is whatever a person types, on one line and not without end."""
    assert clean_label(text) == label


@pytest.mark.parametrize(
    ("kind", "price"),
    [("i2v", I2V_PRICE), ("o1", O1_PRICE), ("v2", None), ("other", None), (None, None)],
)
def test_a_new_job(kind: str | None, price: Price | None) -> None:
    """A job begins with its id, its kind, a label, the time, and the price of its kind."""
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
def test_the_price_of_a_unified_job(api: str, price: Price | None) -> None:
    """It is that of the model which the id names, and nobody's guess for any other."""
    ((job_id, kind),) = found(f"{api}_{REQUEST}")
    assert new_job(ParsedId(job_id, kind), "", ENDPOINTS, NOW).price == price
