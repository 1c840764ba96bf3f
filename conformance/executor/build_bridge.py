"""Describe the cffi extension ``conformance.executor._bridge`` (setup.py builds it).

The wire structures come from ``helpers_c/wire.h``, the header that the agent includes: there is no
second declaration of them. The functions are those of ``bridge.c`` beside this file.
"""

from __future__ import annotations

import re
from pathlib import Path

from cffi import FFI

_HERE = Path(__file__).resolve().parent
_HELPERS = _HERE.parent.parent / "helpers_c"

_BRIDGE_DECLARATIONS = """
#define WC_PUMP_TIMEOUT 0
#define WC_PUMP_MOVED 1
#define WC_PUMP_END 2

struct wc_child { int32_t pid; int32_t to; int32_t from; };
struct wc_transfer {
    const char *out; size_t out_size; size_t out_done;
    char *into; size_t into_size; size_t into_done;
};
int wc_spawn(const char *path, char *const argv[], struct wc_child *child);
int wc_pump(struct wc_child *child, struct wc_transfer *t, int timeout_ms);
int wc_reap(struct wc_child *child, int grace_ms);
"""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INTEGER_DEFINE = re.compile(r"#define\s+\w+\s+(0x[0-9a-fA-F]+|\d+)\s*")


def declarations(header: str) -> str:
    """Reduce a C header to what cffi's parser takes: declarations and integer ``#define`` lines."""
    lines = _COMMENT.sub("", header).splitlines()
    return "\n".join(line for line in lines if not line.startswith("#") or _INTEGER_DEFINE.fullmatch(line))


ffibuilder = FFI()
ffibuilder.cdef(declarations((_HELPERS / "wire.h").read_text(encoding="utf-8")) + _BRIDGE_DECLARATIONS)
ffibuilder.set_source(
    "conformance.executor._bridge",
    '#include "bridge.c"',
    include_dirs=[str(_HERE), str(_HELPERS)],
    define_macros=[("_GNU_SOURCE", "1")],
    extra_compile_args=["-g0"],  # debugging information would name the directories of this machine
    depends=[str(_HERE / "bridge.c"), str(_HELPERS / "wire.h")],
)
