"""What the JSON Schema of a case is put together from."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

VARIABLE: Final = r"^\$[a-z][a-z0-9_]*$|\$\{[a-z][a-z0-9_]*\}"
INTEGER: Final[Schema] = {"type": "integer"}


def ref(name: str) -> Schema:
    """Point to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def text(pattern: str) -> Schema:
    """Describe a text that a pattern matches from end to end."""
    return {"type": "string", "pattern": f"^({pattern})$"}


def or_variable(*schemas: Schema) -> Schema:
    """Describe what a variable of a sweep can stand for."""
    return {"anyOf": [*schemas, ref("variable")]}
