"""What help shows of each command: how it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.commands.reportverbs import EXAMPLES as REPORT_EXAMPLES

EXAMPLES: Final[Mapping[str, str]] = {
    "": """\
  waitconf run                             the whole suite on this machine's kernel
  waitconf show wait4-int-min      what a case does, actor by actor
  waitconf check my-cases/                 is what I wrote right?
""",
    "run": """\
  waitconf run cases/wait4 -k 'nohang and not ['   hand-written cases only: cells of sweeps have a [
  waitconf run --target host --target reference --out results.jsonl
      writes results.host.jsonl and results.reference.jsonl, a whole file for each target
  waitconf run --case 'wait4-exit-codes[exit-255]' --repeat 100
  waitconf run -n auto                     a worker on every core
  waitconf run --shard 2/8 --out shard-2.jsonl     an eighth of it; waitconf merge makes one file of all eight
  waitconf run --target reference --release 5.10
      Linux 5.10 as waitconf knows it; waitconf diff-releases says what it does otherwise
""",
    "targets": """\
  waitconf targets
  waitconf targets qemu:debian/6.12,machine=riscv64 uml:        what do I lack for these?
  waitconf run --target qemu:debian/6.12 -k 'not ['
  waitconf run --target 'command:ssh board ./waitconf-agent'      (docs/targets.md)
""",
    "update-expectations": """\
  waitconf run --target gvisor: --out results.jsonl
  waitconf update-expectations results.jsonl --file gvisor.toml
      keeps what came true, drops what did not, adds what is new; then write the reasons
  waitconf run --target gvisor: --expectations gvisor.toml
""",
    "list": "  waitconf list cases/zombies -k subreaper\n",
    "show": "  waitconf show waitid-wnowait-leaves-a-zombie\n  waitconf show 'wait4-exit-codes[exit-255]'\n",
    "c-program": """\
  waitconf c-program waitid-wnowait-leaves-a-zombie > x.c && cc -o x x.c && ./x
  waitconf c-program --release 6.18 'wait4-exit-codes[exit-255]' > x.c
""",
    "trace": """\
  waitconf trace cases/wait4 --target host | jq 'select(.status != "ok")'
  waitconf trace --case an-orphan-goes-to-init --target reference
""",
    "check": "  waitconf check\n  waitconf check my-cases/new.yaml\n",
    "heatmap": """\
  waitconf heatmap results.jsonl           (written by waitconf run --out results.jsonl)
      a map for each sweep; every place shows the worst verdict of the cells in it
  waitconf heatmap results.jsonl -k waitid-options-by-state --rows state --columns WEXITED,WSTOPPED,WNOWAIT
      rows and columns by name: variables, or single items of subsets
  waitconf heatmap --show outcome -k 'waitid-sigchld-by-state and looks' --rows sigchld,state
      what Linux answers, by the reference kernel: reports, 0, errors, sleeps; no results file is needed
""",
    "matrix": """\
  waitconf matrix results/*.jsonl.gz -o site
      then open site/index.html; a folder that holds an earlier matrix is replaced
  waitconf matrix mine.jsonl --suite my-cases/ -o site
""",
    "rules": "  waitconf rules\n  waitconf rules --json | jq -r '.[] | select(.evidence == {}) | .id'\n",
    "diff-releases": """\
  waitconf diff-releases 5.10 6.12
  waitconf diff-releases 6.12 6.12.117     what the stable series has got since
  waitconf diff-releases 6.1 7.3 --json | jq -r '.[] | select(.cases == []) | .rules[]'
""",
    "bench": "  waitconf bench\n  waitconf bench --json > bench.json\n",
    **REPORT_EXAMPLES,
}
