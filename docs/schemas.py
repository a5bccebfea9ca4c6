"""Generates the JSON Schemas in this folder from the code: ``python -m docs.schemas``.

Types, limits and defaults of the config come from its validators, and the descriptions from the
comments of config.example.toml. Types of a job come from `JobJson`, and the descriptions from
json.md. The config's schema is of draft 7, which the TOML plugins of editors understand.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import msgspec
from msgspec.structs import asdict, fields
from textual.theme import BUILTIN_THEMES

from kling_tui.config import validators
from kling_tui.config.errors import InvalidSettingError
from kling_tui.config.settings import Config
from kling_tui.config.tables import EntriesValidator, Section, TableValidator
from kling_tui.config.validators import Validator
from kling_tui.formatting.output import JobJson
from kling_tui.tui.app import KNOWN_KEYS
from kling_tui.tui.sorting import SORT_ORDERS

FOLDER = Path(__file__).parent
Schema = dict[str, Any]
_TYPES: Mapping[Any, str | list[str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: ["number", "string"],
    tuple: "array",
    Mapping: "object",
}
"""The types of JSON for those of settings whose validators say nothing more."""


def schemas() -> dict[str, str]:
    """Return the content of each file by its name."""
    made = {"config.schema.json": config_schema(), "job.schema.json": job_schema()}
    return {
        name: json.dumps(each, indent=2, ensure_ascii=False) + "\n" for name, each in made.items()
    }


def config_schema() -> Schema:
    """Return the schema of the config, with the names that only the app knows."""
    example = (FOLDER.parent / "config.example.toml").read_text("utf-8")
    schema = _section(Config(), dict(_comments(example)), "")
    sections = schema["properties"]
    sections["views"]["additionalProperties"]["properties"]["sort"] |= {
        "enum": [order.id for order in SORT_ORDERS]
    }
    # A newer Textual may have more themes, so other names are valid too.
    sections["ui"]["properties"]["theme"]["anyOf"] = [
        {"enum": sorted(BUILTIN_THEMES)},
        {"type": "string"},
    ]
    sections["keys"] |= {
        "properties": {
            binding_id: {
                "description": binding.tooltip or binding.description,
                **validators.NAME.schema,
                "default": binding.key,
            }
            for binding_id, binding in KNOWN_KEYS.items()
        },
        "additionalProperties": False,
    }
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The config of kling-tui (config.toml)",
    }
    return head | schema


def _comments(example: str) -> Iterator[tuple[str, str]]:
    """Yield the comment above each setting and table of the example, by its dotted name.

    A comment belongs to all settings that follow it without an empty line, and one that ends in
    "For example:" to the table of which it announces an entry.
    """
    table, comment, ended = "", "", False
    for line in example.splitlines():
        header = re.fullmatch(r"(?:# )?\[(.+)\]", line)
        setting = re.match(r"(?:# )?(\w+) = ", line)
        if comment.endswith(" For example:"):
            yield table, comment.removesuffix(" For example:")
        if header:
            table, comment = header[1].replace('"', ""), ""
        elif setting and _is_toml(line.removeprefix("# ")):
            yield f"{table}.{setting[1]}", comment
            ended = True
        else:
            comment = "" if ended or not line else comment
            comment = f"{comment} {line.removeprefix('#').strip()}".strip()
            ended = False


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _section(section: Section, comments: Mapping[str, str], path: str) -> Schema:
    """Return the schema of a section whose defaults are those of `section`."""
    return {
        "description": type(section).__doc__,
        "type": "object",
        "properties": {
            setting.name: _setting(
                setting.type, getattr(section, setting.name), comments, f"{path}{setting.name}"
            )
            for setting in fields(section)
        },
        "additionalProperties": False,
        **section.schema,
    }


def _setting(annotation: Any, default: Any, comments: Mapping[str, str], path: str) -> Schema:
    """Return the schema of a setting, or of a section in a section."""
    if isinstance(default, Section):
        return _section(default, comments, f"{path}.")
    declared, validator = get_args(annotation)
    schema = _described(path, comments) | _value(validator, declared, comments, path)
    value = _as_toml(default)
    if isinstance(validator, EntriesValidator) or not _accepts(validator, value):
        return schema
    return schema | {"default": value}


def _described(path: str, comments: Mapping[str, str]) -> Schema:
    return {"description": comments[path]} if path in comments else {}


def _value(validator: Validator, declared: Any, comments: Mapping[str, str], path: str) -> Schema:
    """Return what JSON Schema can say of the values that a validator accepts."""
    if isinstance(validator, EntriesValidator):
        example = next((name for name in comments if name.startswith(f"{path}.")), "")
        prefix = example.rpartition(".")[0]
        return _entries(validator, declared, comments, prefix)
    if isinstance(validator, TableValidator):
        return {
            "type": "object",
            "properties": {
                name: _described(f"{path}.{name}", comments)
                | _value(each, Any, comments, f"{path}.{name}")
                for name, each in validator.settings.items()
            },
            "required": list(validator.required),
            "additionalProperties": False,
        }
    return dict(getattr(validator, "schema", ()) or _of_type(declared))


def _entries(
    validator: EntriesValidator, declared: Any, comments: Mapping[str, str], path: str
) -> Schema:
    """Return the schema of a table whose entries the user names; `path` is that of an example."""
    _, entry = get_args(declared)
    if validator.entry:
        values = _value(validator.entry, entry, comments, path)
    elif isinstance(entry, type) and issubclass(entry, Section):
        values = _section(entry(), comments, f"{path}.")
    else:
        values = _of_type(entry)
    schema = {"type": "object", "additionalProperties": values}
    return schema | ({"propertyNames": dict(validator.names)} if validator.names else {})


def _of_type(declared: Any) -> Schema:
    options = get_args(declared) if isinstance(declared, UnionType) else (declared,)
    names: list[str] = []
    for option in options:
        name = _TYPES[get_origin(option) or option]
        names += [name] if isinstance(name, str) else name
    return {"type": names if len(names) > 1 else names[0]}


def _as_toml(default: Any) -> Any:
    """Return a default as a user writes it."""
    if isinstance(default, msgspec.Struct):
        settings = {name: _as_toml(value) for name, value in asdict(default).items()}
        return {name: value for name, value in settings.items() if value is not None}
    if isinstance(default, Decimal):
        return float(default)
    return list(default) if isinstance(default, tuple) else default


def _accepts(validator: Validator, value: Any) -> bool:
    try:
        validator(value)
    except InvalidSettingError:
        return False
    return True


def job_schema() -> Schema:
    """Return the schema of a job, as `list --json` and `watch --json` print it."""
    (reference,), definitions = msgspec.json.schema_components(
        [JobJson], ref_template="#/$defs/{name}"
    )
    page = (FOLDER / "json.md").read_text("utf-8")
    for name, heading in (("JobJson", "| field |"), ("VideoJson", "| field of a video |")):
        table = page.split(f"\n{heading}", 1)[1].split("\n\n")[0]
        for names, text in re.findall(r"^\| (`\w.*?) \| (.+) \|$", table, re.MULTILINE):
            for field in re.findall(r"`(\w+)`", names):
                description = re.sub(r"\[(.+?)\]\(.+?\)", r"\1", text)
                properties = definitions[name]["properties"]
                properties[field] = {"description": description, **properties[field]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **definitions.pop(reference["$ref"].rpartition("/")[2]),
        "title": "A job of kling-tui, as list --json and watch --json print it",
        "$defs": definitions,
    }


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, "utf-8")
        print(FOLDER / name)
