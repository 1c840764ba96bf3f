# make run: the suite on this machine's kernel and on the reference kernel. make test: waitconf's own tests.
# make matrix: the suite on every system of the published matrix, and the pages made of the results.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RESULTS := build/results.jsonl
# More words for `waitconf run`, such as --shard 1/8.
RUN :=

# Whose columns the matrix has: a name for the file of results, and the target.
SYSTEMS := linux-5.10=qemu:debian/5.10 linux-6.1=qemu:debian/6.1 linux-6.12=qemu:debian/6.12 \
	linux-newest=qemu:debian/newest linux-6.12-aarch64=qemu:debian/6.12,machine=aarch64 \
	linux-6.12-riscv64=qemu:debian/6.12,machine=riscv64 user-mode-linux=uml: gvisor=gvisor: \
	qemu-user-x86_64=qemu-user: qemu-user-aarch64=qemu-user:aarch64 qemu-user-riscv64=qemu-user:riscv64

# What an installation is made from; Python files are read in place.
NATIVE := pyproject.toml setup.py $(wildcard helpers_c/*.c helpers_c/*.h) \
	conformance/executor/bridge.c conformance/executor/build_bridge.py

.PHONY: run test matrix clean
.DELETE_ON_ERROR:

run: $(VENV)/installed
	@mkdir -p build
	$(BIN)/waitconf run --target host --target reference --workers auto --out $(RESULTS) $(RUN)

test: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto tests

# Cells of sweeps run on this machine's kernel alone, where they take minutes. What a system lacks to be started is
# said, and it is left out: its last results stay.
matrix: $(VENV)/installed
	@$(BIN)/waitconf targets $$(for system in $(SYSTEMS); do echo "$${system#*=}"; done) \
		|| echo 'make matrix: what something is missing for is left out' >&2
	@mkdir -p build/systems results
	$(BIN)/waitconf run --workers auto --out build/systems/host.jsonl || [ $$? -eq 1 ]
	$(BIN)/waitconf merge --fold build/systems/host.jsonl -o results/host.jsonl.gz
	@for system in $(SYSTEMS); do \
		name=$${system%%=*}; target=$${system#*=}; results=build/systems/$$name.jsonl; \
		$(BIN)/waitconf run --target $$target -k 'not [' --out $$results; status=$$?; \
		case $$status in \
		0|1) $(BIN)/waitconf merge --fold $$results -o results/$$name.jsonl.gz || exit ;; \
		3) echo "make matrix: $$target is left out (above: why)" >&2 ;; \
		*) exit $$status ;; \
		esac; \
	done
	$(BIN)/waitconf matrix results/*.jsonl.gz -o build/matrix
	cp build/matrix/matrix.md build/matrix/matrix.json results/

clean:
	rm -rf $(VENV) build dist conformance/_bundle conformance/executor/_bridge.c *.egg-info
	find conformance -name '*.so' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

# An interrupted `venv` leaves a half-made directory: the stamp, made last, says that it is whole.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'waitconf needs Python 3.11 or newer: make PYTHON=python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo 'waitconf needs venv. Debian: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/made $(NATIVE)
	@$(call check-compiler)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/made $(NATIVE)
	@$(call check-compiler)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/installed

# Said here in one line; pip would bury it.
define check-compiler
command -v $(firstword $(CC)) >/dev/null \
	|| { echo 'waitconf needs a C compiler. Debian: apt-get install gcc libc6-dev' >&2; exit 1; }; \
test -e "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" \
	|| { echo 'waitconf needs the headers of Python. Debian: apt-get install python3-dev' >&2; exit 1; }
endef
