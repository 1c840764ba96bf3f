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
from typing import Any, Final

from conformance.abi.errnos import ERRNOS
from conformance.abi.processes import INTEGERS
from conformance.abi.ptrace import PTRACE_EVENTS, SYSCALL_INFO_OPS, TRAP_CODES
from conformance.abi.siginfo import FAULT_CODES
from conformance.abi.signals import SI_CODES, SIGNALS
from conformance.abi.waiting import CLD_CODES
from conformance.case import calltable, observed
from conformance.case.calls import CALLS, HANDLERS, CallSpec, Kind, Param
from conformance.case.calls.usage import MAX_WORK
from conformance.case.expectations import ANY, BLOCKS, HANDLED_FIELDS, STATE_FIELDS, STATES
from conformance.case.header import KEYS, REQUIRED
from conformance.case.model import REQUIREMENTS
from conformance.case.names import AXIS, CATCH_ID, ID, LABEL, RULE_ID
from conformance.case.observed import UNTOUCHED
from conformance.case.steps import KEYS as STEP_KEYS
from conformance.case.steps import MAX_STEPS, MAX_TOGETHER, TOGETHER
from conformance.case.sweep import MAX_SUBSETS

Schema = dict[str, Any]

_ACTOR: Final = "(init|[A-Z][A-Za-z0-9_]*)"
_VARIABLE: Final = r"^\$[a-z][a-z0-9_]*$|\$\{[a-z][a-z0-9_]*\}"
_STOP_CODE: Final = rf"SIG[A-Z0-9]+(\|({'|'.join((*PTRACE_EVENTS, '0x80'))}))?"
_WORD: Final = rf"(signaled|dumped)\(SIG[A-Z0-9]+\)|stopped\({_STOP_CODE}\)"
_STATUS: Final = rf"^(exited\([0-9]{{1,3}}\)|{_WORD}|continued|untouched)$"
_INTEGER: Final[Schema] = {"type": "integer"}
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
        "id": _text(ID.pattern),
        "title": {"type": "string", "minLength": 1},
        "rules": _names(RULE_ID.pattern, 1),
        "neighbour_of": _names(RULE_ID.pattern, 0),
        "catches": _names(CATCH_ID.pattern, 0),
        "requires": {"type": "array", "uniqueItems": True, "items": {"enum": list(REQUIREMENTS)}},
        "sweep": _sweep(),
        "steps": {"type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": _ref("step")},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A case of waitconf",
        "type": "object",
        "additionalProperties": False,
        "required": list(REQUIRED),
        "properties": {key: _described(parts[key], _DESCRIPTIONS[key]) for key in KEYS},
        "$defs": {
            "variable": {"type": "string", "pattern": _VARIABLE},
            "actor": _or_variable(_text(_ACTOR)),
            "signal": _or_variable({"enum": list(SIGNALS)}, _INTEGER),
            "step": _step(),
            "together": _together(),
            "call": _call(),
            "expect": _or_variable({"const": BLOCKS}, _expectation(nested=True)),
            "expectActor": _or_variable({"const": BLOCKS}, _expectation(nested=False)),
            **{f"value.{name}": _or_any(value) for name, value in _values().items()},
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^({pattern})$"}


def _names(pattern: str, least: int) -> Schema:
    return {"type": "array", "minItems": least, "uniqueItems": True, "items": _text(pattern)}


def _described(schema: Schema, text: str) -> Schema:
    return {"description": text, **schema}


def _or_variable(*schemas: Schema) -> Schema:
    return {"anyOf": [*schemas, _ref("variable")]}


def _object(properties: Schema, required: Iterable[str] = ()) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    names = list(required)
    return {**found, "required": names} if names else found


def _step() -> Schema:
    """Describe a step: ``expect``, ``rule`` and exactly one key more, the actor."""
    both, either = {"required": list(STEP_KEYS)}, {"anyOf": [{"required": [key]} for key in STEP_KEYS]}

    def size(count: int) -> Schema:
        return {"minProperties": count, "maxProperties": count}

    parts = {"expect": _ref("expect"), "rule": _or_variable(_text(RULE_ID.pattern))}
    step = {
        **_object({key: _described(parts[key], _DESCRIPTIONS[key]) for key in STEP_KEYS}),
        "patternProperties": {f"^{_ACTOR}$|{_VARIABLE}": _ref("call")},
        "if": both,
        "then": size(3),
        "else": {"if": either, "then": size(2), "else": size(1)},
    }
    return _or_variable(step, _ref("together"))


def _together() -> Schema:
    """Describe a step of several calls, whose ``expect`` names the actors."""
    act = {**_object({}), "patternProperties": {f"^{_ACTOR}$|{_VARIABLE}": _ref("call")}}
    one = _or_variable({**act, "minProperties": 1, "maxProperties": 1})
    each = {"type": "array", "items": _ref("expectActor")}
    expected = {**_object({}), "patternProperties": {f"^{_ACTOR}$": {"anyOf": [_ref("expectActor"), each]}}}
    parts: Schema = {
        TOGETHER: _or_variable({"type": "array", "minItems": 1, "maxItems": MAX_TOGETHER, "items": one}),
        "expect": _or_variable(expected),
        "rule": _or_variable(_text(RULE_ID.pattern)),
    }
    return _object({key: _described(part, _DESCRIPTIONS[key]) for key, part in parts.items()}, [TOGETHER])


def _call() -> Schema:
    bare = [spec.name for spec in CALLS.values() if all(param.default is not None for param in spec.params)]
    table = _object({spec.name: _arguments(spec) for spec in CALLS.values()})
    swept = {"patternProperties": {_VARIABLE: True}}
    return _or_variable({"enum": bare}, {**table, **swept, "minProperties": 1, "maxProperties": 1})


def _arguments(spec: CallSpec) -> Schema:
    params = {param.name: _described(_param(spec, param), param.doc) for param in spec.params}
    table = _object(params, (param.name for param in spec.params if param.default is None))
    if spec.name == "waitid":
        table["if"] = {"required": ["id"], "properties": {"id": _INTEGER}}
        table["then"] = {"required": ["idtype"]}
    forms = [table]
    if spec.shorthand:
        param = next(param for param in spec.params if param.name == spec.shorthand)
        forms.append(_ref("actor") if spec.name == "waitid" else _param(spec, param))
    doc = f"{spec.doc} {spec.man}"
    return _described(forms[0] if len(forms) == 1 else {"anyOf": forms}, doc)


def _param(spec: CallSpec, param: Param) -> Schema:
    names: Schema = {"enum": list(param.names or {})}
    kind = param.kind
    if kind in (Kind.CHILD, Kind.ACTOR):
        return _ref("actor")
    if kind is Kind.PID:
        sign = "" if spec.name == "waitid" else "-?"
        return _or_variable(_text(sign + _ACTOR), _INTEGER)
    if kind is Kind.INTEGER:
        return _or_variable(*_integers(param))
    if kind is Kind.BUFFER:
        return _or_variable({"enum": [*names["enum"], None]})
    scalar = _ref("signal") if param.names is SIGNALS else _or_variable(names, _INTEGER)
    if kind in (Kind.FLAGS, Kind.SIGSET):
        all_signals = [{"const": "all"}] if kind is Kind.SIGSET else []
        return {"anyOf": [{"type": "array", "items": scalar}, scalar, *all_signals]}
    return scalar


def _values() -> dict[str, Schema]:
    """Return what can be expected of each field of a return, and of each of a state."""
    return {
        **_FIELDS,
        **{name: _ref("actor") for name in STATE_FIELDS},
        "state": _or_variable({"enum": list(STATES)}),
    }


def _or_any(schema: Schema) -> Schema:
    several = {"type": "array", "minItems": 2, "items": schema}
    return {"anyOf": [schema, _object({ANY: several}, [ANY])]}


def _integers(param: Param) -> tuple[Schema, ...]:
    if param.name == "faults":
        return ({"type": "integer", "minimum": 0, "maximum": MAX_WORK},)
    return (_INTEGER, {"enum": list(INTEGERS)})


def _expectation(*, nested: bool) -> Schema:
    fields = {name: _described(_ref(f"value.{name}"), text) for name, text in observed.WANTS.items()}
    state: Schema = {name: _ref(f"value.{name}") for name in STATE_FIELDS}
    state["handled"] = _handled()
    fields.update((name, _described(value, _DESCRIPTIONS[name])) for name, value in state.items())
    table = _object(fields)
    return {**table, "patternProperties": {f"^{_ACTOR}$": _ref("expectActor")}} if nested else table


def _handled() -> Schema:
    codes = _or_variable({"enum": _CODES}, _INTEGER)
    fields = {name: codes if name == "si_code" else _FIELDS[name] for name in HANDLED_FIELDS}
    item = {"anyOf": [_ref("signal"), _object(fields, ["si_signo"])]}
    return {"anyOf": [{"type": "array", "items": item}, item]}


def _sweep() -> Schema:
    scalar = {"type": ["string", "integer", "boolean", "null"]}
    values = {"anyOf": [scalar, {"type": "array", "items": scalar}]}
    subsets = {"type": "array", "minItems": 1, "maxItems": MAX_SUBSETS, "items": scalar}
    axis = {
        "anyOf": [
            {"type": "array", "minItems": 1, "items": values},
            _object({"subsets": subsets}, ["subsets"]),
            {"type": "object", "minProperties": 1, "propertyNames": _text(LABEL.pattern)},
        ]
    }
    return {**_object({}), "minProperties": 1, "patternProperties": {f"^({AXIS.pattern})$": axis}}


def _listed(known: Iterable[str]) -> Schema:
    item = _or_variable({"enum": list(known)})
    return {"anyOf": [{"type": "array", "items": item}, {"type": "string"}]}


_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_UNTOUCHED: Final[Schema] = {"const": UNTOUCHED}
_NUMBER: Final = _or_variable(_INTEGER, _UNTOUCHED)
_SIGNAL: Final[Schema] = {"anyOf": [_ref("signal"), _UNTOUCHED]}
_CODES: Final = [*CLD_CODES, *SI_CODES, *FAULT_CODES, *TRAP_CODES]
_STATUS_WORD: Final = _or_variable({"type": "string", "pattern": _STATUS}, _INTEGER)
_FIELDS: Final[Mapping[str, Schema]] = {
    "ret": {"anyOf": [_INTEGER, _ref("actor")]},
    "errno": _or_variable({"enum": list(ERRNOS)}),
    "status": _STATUS_WORD,
    "rusage": _or_variable({"enum": ["filled", UNTOUCHED]}),
    "ru_minflt": _or_variable(_COUNT),
    "ru_maxrss": _or_variable(_COUNT),
    "ru_nvcsw": _or_variable({"enum": [0, observed.SOME]}),
    "si_signo": _SIGNAL,
    "si_errno": _NUMBER,
    "si_code": _or_variable({"enum": [*_CODES, UNTOUCHED]}, _text(_STOP_CODE), _INTEGER),
    "si_pid": {"anyOf": [_ref("actor"), {"const": 0}, _UNTOUCHED]},
    "si_uid": _NUMBER,
    "si_status": {"anyOf": [*_SIGNAL["anyOf"], _text(_STOP_CODE)]},
    "si_value": _NUMBER,
    "written": _or_variable(_text(r"-|[0-9]+-[0-9]+(,[0-9]+-[0-9]+)*")),
    "old_handler": _or_variable({"enum": list(HANDLERS)}),
    "old_flags": _listed(observed.FLAGS_SHOWN),
    "old_set": _listed(SIGNALS),
    "pending": _listed(SIGNALS),
    "value": _ref("signal"),
    "ruid": _or_variable(_INTEGER),
    "euid": _or_variable(_INTEGER),
    "suid": _or_variable(_INTEGER),
    "proc_state": _or_variable({"enum": list(observed.PROC_STATES)}),
    "proc_exit_code": _STATUS_WORD,
    "proc_cmdline": _or_variable({"enum": ["filled", "empty"]}),
    "proc_exe": _or_variable({"enum": ["readable", *ERRNOS]}),
    "proc_tracer": {"anyOf": [_ref("actor"), {"const": 0}]},
    "message": {"anyOf": [_ref("actor"), _STATUS_WORD]},
    "peeked": _listed(SIGNALS),
    "op": _or_variable({"enum": list(SYSCALL_INFO_OPS.values())}),
    "nr": _or_variable({"enum": [*CALLS, -1]}),
    "rval": {"anyOf": [_ref("actor"), {"enum": list(ERRNOS)}, _INTEGER]},
}


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
