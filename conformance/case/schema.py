"""The JSON Schema of a case, made from the table of calls, so that an editor completes and checks.

It says what can be said of a document by its shape: names, keys, kinds of values. What depends on
the other steps (who exists, what can be expected of this very call) is the loader's.

``python -m conformance.case.schema`` prints it; ``python -m conformance.case.schema docs`` brings
``docs/case.schema.json`` and the generated tables of ``docs/case-language.md`` up to date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from conformance.abi.descriptors import SENTINELS
from conformance.abi.processes import INTEGERS
from conformance.abi.signals import SIGNALS
from conformance.case import calltable, observed
from conformance.case.calls import CALLS, CallSpec, Kind, Param
from conformance.case.calls.usage import MAX_WORK
from conformance.case.expectations import ANY, BLOCKS, HANDLED_FIELDS, STATE_FIELDS, STATES
from conformance.case.header import KEYS, REQUIRED
from conformance.case.model import REQUIREMENTS
from conformance.case.names import AXIS, CATCH_ID, DESCRIPTOR, ID, LABEL, RULE_ID
from conformance.case.schemaparts import INTEGER, VARIABLE, Schema, or_variable, ref, text
from conformance.case.steps import KEYS as STEP_KEYS
from conformance.case.steps import MAX_STEPS, MAX_TOGETHER, TOGETHER
from conformance.case.sweep import MAX_SUBSETS
from conformance.case.valueschema import FIELDS, SI_CODE

_ACTOR: Final = "(init|[A-Z][A-Za-z0-9_]*)"
_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "id": "Unique over the suite: small letters and digits joined by `-`.",
    "title": "What the case shows, in one line.",
    "rules": "The rules that the case is evidence for.",
    "neighbour_of": "Rules whose edge the case shows: it fails where one is read too widely.",
    "catches": "Rows of the bug catalogue that the case would catch.",
    "requires": "Facilities without which the case is unsupported.",
    "sweep": "Variables and their values; every combination is a case of its own.",
    "steps": "One actor makes one call, or several are made together; then the whole family settles.",
    "together": "Calls that are made at once; what is expected must hold in every outcome that Linux allows.",
    "expect": "What the documents promise: a subset of what is observed after the step.",
    "rule": "The rule that this step is about.",
    "state": "How the step leaves the actor.",
    "ppid": "The actor's parent after the step.",
    "pgid": "The leader of the actor's process group after the step.",
    "sid": "The leader of the actor's session after the step.",
    "handled": "All signals that the actor's handlers took in this step, in order.",
}


def case_schema() -> Schema:
    """Return the schema of one document, JSON Schema 2020-12."""
    parts: Schema = {
        "id": text(ID.pattern),
        "title": {"type": "string", "minLength": 1},
        "rules": _names(RULE_ID.pattern, 1),
        "neighbour_of": _names(RULE_ID.pattern, 0),
        "catches": _names(CATCH_ID.pattern, 0),
        "requires": {"type": "array", "uniqueItems": True, "items": {"enum": list(REQUIREMENTS)}},
        "sweep": _sweep(),
        "steps": {"type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": ref("step")},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A case of waitconf",
        "type": "object",
        "additionalProperties": False,
        "required": list(REQUIRED),
        "properties": {key: _described(parts[key], _DESCRIPTIONS[key]) for key in KEYS},
        "$defs": {
            "variable": {"type": "string", "pattern": VARIABLE},
            "actor": or_variable(text(_ACTOR)),
            "descriptor": or_variable(text(DESCRIPTOR.pattern)),
            "signal": or_variable({"enum": [*SIGNALS, *INTEGERS]}, INTEGER),
            "step": _step(),
            "together": _together(),
            "call": _call(),
            "expect": or_variable({"const": BLOCKS}, _expectation(nested=True)),
            "expectActor": or_variable({"const": BLOCKS}, _expectation(nested=False)),
            **{f"value.{name}": _or_any(value) for name, value in _values().items()},
        },
    }


def _names(pattern: str, least: int) -> Schema:
    return {"type": "array", "minItems": least, "uniqueItems": True, "items": text(pattern)}


def _described(schema: Schema, doc: str) -> Schema:
    return {"description": doc, **schema}


def _object(properties: Schema, required: Iterable[str] = ()) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    names = list(required)
    return {**found, "required": names} if names else found


def _step() -> Schema:
    """Describe a step: ``expect``, ``rule`` and exactly one key more, the actor."""
    both, either = {"required": list(STEP_KEYS)}, {"anyOf": [{"required": [key]} for key in STEP_KEYS]}

    def size(count: int) -> Schema:
        return {"minProperties": count, "maxProperties": count}

    parts = {"expect": ref("expect"), "rule": or_variable(text(RULE_ID.pattern))}
    step = {
        **_object({key: _described(parts[key], _DESCRIPTIONS[key]) for key in STEP_KEYS}),
        "patternProperties": {f"^{_ACTOR}$|{VARIABLE}": ref("call")},
        "if": both,
        "then": size(3),
        "else": {"if": either, "then": size(2), "else": size(1)},
    }
    return or_variable(step, ref("together"))


def _together() -> Schema:
    """Describe a step of several calls, whose ``expect`` names the actors."""
    act = {**_object({}), "patternProperties": {f"^{_ACTOR}$|{VARIABLE}": ref("call")}}
    one = or_variable({**act, "minProperties": 1, "maxProperties": 1})
    each = {"type": "array", "items": ref("expectActor")}
    expected = {**_object({}), "patternProperties": {f"^{_ACTOR}$": {"anyOf": [ref("expectActor"), each]}}}
    parts: Schema = {
        TOGETHER: or_variable({"type": "array", "minItems": 1, "maxItems": MAX_TOGETHER, "items": one}),
        "expect": or_variable(expected),
        "rule": or_variable(text(RULE_ID.pattern)),
    }
    return _object({key: _described(part, _DESCRIPTIONS[key]) for key, part in parts.items()}, [TOGETHER])


def _call() -> Schema:
    bare = [spec.name for spec in CALLS.values() if all(param.default is not None for param in spec.params)]
    table = _object({spec.name: _arguments(spec) for spec in CALLS.values()})
    swept = {"patternProperties": {VARIABLE: True}}
    return or_variable({"enum": bare}, {**table, **swept, "minProperties": 1, "maxProperties": 1})


def _arguments(spec: CallSpec) -> Schema:
    params = {param.name: _described(_param(spec, param), param.doc) for param in spec.params}
    table = _object(params, (param.name for param in spec.params if param.default is None))
    if spec.name == "waitid":
        table["if"] = {"required": ["id"], "properties": {"id": INTEGER}}
        table["then"] = {"required": ["idtype"]}
    forms = [table]
    if spec.shorthand:
        param = next(param for param in spec.params if param.name == spec.shorthand)
        swept = {"anyOf": [ref("actor"), ref("descriptor")]}
        forms.append(swept if spec.name == "waitid" else _param(spec, param))
    doc = f"{spec.doc} {spec.man}"
    return _described(forms[0] if len(forms) == 1 else {"anyOf": forms}, doc)


def _param(spec: CallSpec, param: Param) -> Schema:
    kind = param.kind
    if kind in _KINDS:
        return _KINDS[kind]
    if kind is Kind.PID:
        sign, also = ("", [ref("descriptor")]) if spec.name == "waitid" else ("-?", [])
        return or_variable(text(sign + _ACTOR), *also, INTEGER)
    if kind is Kind.INTEGER:
        return or_variable(*_integers(param))
    names: Schema = {"enum": list(param.names or {})}
    if kind is Kind.BUFFER:
        return or_variable({"enum": [*names["enum"], None]})
    scalar = (
        ref("signal")
        if param.names is SIGNALS
        else or_variable({"enum": [*names["enum"], *INTEGERS]}, INTEGER)
    )
    if kind in (Kind.FLAGS, Kind.SIGSET):
        all_signals = [{"const": "all"}] if kind is Kind.SIGSET else []
        return {"anyOf": [{"type": "array", "items": scalar}, scalar, *all_signals]}
    return scalar


_KINDS: Final[Mapping[Kind, Schema]] = {
    Kind.CHILD: ref("actor"),
    Kind.ACTOR: ref("actor"),
    Kind.FD: or_variable(ref("descriptor"), {"enum": [*SENTINELS, *INTEGERS]}, INTEGER),
    Kind.NEWFD: or_variable(ref("descriptor"), {"const": None}),
}
"""Kinds of which every parameter takes the same."""


def _values() -> dict[str, Schema]:
    """Return what can be expected of each field of a return, and of each of a state."""
    return {
        **FIELDS,
        **{name: ref("actor") for name in STATE_FIELDS},
        "state": or_variable({"enum": list(STATES)}),
    }


def _or_any(schema: Schema) -> Schema:
    several = {"type": "array", "minItems": 2, "items": schema}
    return {"anyOf": [schema, _object({ANY: several}, [ANY])]}


def _integers(param: Param) -> tuple[Schema, ...]:
    if param.name == "faults":
        return ({"type": "integer", "minimum": 0, "maximum": MAX_WORK},)
    return (INTEGER, {"enum": list(INTEGERS)})


def _expectation(*, nested: bool) -> Schema:
    fields = {name: _described(ref(f"value.{name}"), doc) for name, doc in observed.WANTS.items()}
    state: Schema = {name: ref(f"value.{name}") for name in STATE_FIELDS}
    state["handled"] = _handled()
    fields.update((name, _described(value, _DESCRIPTIONS[name])) for name, value in state.items())
    table = _object(fields)
    return {**table, "patternProperties": {f"^{_ACTOR}$": ref("expectActor")}} if nested else table


def _handled() -> Schema:
    fields = {name: SI_CODE if name == "si_code" else FIELDS[name] for name in HANDLED_FIELDS}
    item = {"anyOf": [ref("signal"), _object(fields, ["si_signo"])]}
    return {"anyOf": [{"type": "array", "items": item}, item]}


def _sweep() -> Schema:
    scalar = {"type": ["string", "integer", "boolean", "null"]}
    values = {"anyOf": [scalar, {"type": "array", "items": scalar}]}
    subsets = {"type": "array", "minItems": 1, "maxItems": MAX_SUBSETS, "items": scalar}
    axis = {
        "anyOf": [
            {"type": "array", "minItems": 1, "items": values},
            _object({"subsets": subsets}, ["subsets"]),
            {"type": "object", "minProperties": 1, "propertyNames": text(LABEL.pattern)},
        ]
    }
    return {**_object({}), "minProperties": 1, "patternProperties": {f"^({AXIS.pattern})$": axis}}


def schema_text() -> str:
    """Return the schema as the text of ``docs/case.schema.json``."""
    return json.dumps(case_schema(), indent=1) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Print the schema, or bring the generated parts of the folder given up to date."""
    if not arguments:
        sys.stdout.write(schema_text())
        return 0
    docs = Path(arguments[0])
    (docs / "case.schema.json").write_text(schema_text(), encoding="utf-8")
    language = docs / "case-language.md"
    language.write_text(calltable.update(language.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
