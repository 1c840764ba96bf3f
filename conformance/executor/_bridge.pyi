# The extension that build_bridge.py describes; its names are those of wire.h and bridge.c.

from typing import Any

ffi: Any
lib: Any
