# make study   everything, from nothing to the report    make test       the tests
# make results a tenth of the folk tunes, two seeds: the smallest full study
# make install .venv with the pinned packages            make test-slow  the tests that take minutes
# make lint    style                                     make clean      removes .venv and study/
# make mutants planted mistakes that no test notices: PART=statistics|methods|graph|oracles COUNT=100
# make package-test   the wheel in an empty environment, from tunes to a report
# make methods the experiment of each method in docs/methods, into RUNS
# make bench   how fast it is, against stock Magenta, PyTorch and the CPU's limit: QUICK=1 for under 4 minutes,
#              JOBS=data,training CONFIGS=basic_rnn METHODS=seqgan INPUT=FOLDER_OF_MIDI choose; RESUME=1 goes on

PYTHON ?= python3
BIN := .venv/bin
STUDY := configs/studies/quick.yaml
OUTPUT := study
WORKERS := 2
PART := statistics
RUNS := method_runs
COUNT := 100

.PHONY: install study results test test-slow package-test methods bench mutants lint clean

install: .venv/installed

.venv/installed: requirements.txt setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else \
		f"Python 3.11, 3.12 or 3.13 is needed, this is {v.major}.{v.minor}: make PYTHON=python3.11 ...")'
	@echo 'Installing the pinned packages into .venv (one to three minutes).'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
	@touch $@

study: install
	$(BIN)/melody_rnn_reg_study --study=$(STUDY) --output_dir=$(OUTPUT)

results: install
	$(BIN)/melody_rnn_reg_study --study=results --output_dir=results

test: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

test-slow: install
	$(BIN)/python -m pytest -m slow

package-test:
	$(PYTHON) scripts/package_test.py

methods: METHODS ?= scheduled_sampling professor_forcing seqgan
methods: install
	set -e; for method in $(METHODS); do $(BIN)/python scripts/methods/$$method.py $(RUNS)/$$method; done

bench: install
	@$(if $(if $(JOBS),$(findstring torch,$(JOBS)),torch),$(MAKE) --no-print-directory .venv-torch/installed || true)
	$(BIN)/python scripts/benchmark.py --torch_python=.venv-torch/bin/python $(if $(QUICK),--quick) \
		$(if $(JOBS),--jobs=$(JOBS)) $(if $(CONFIGS),--configs=$(CONFIGS)) \
		$(if $(METHODS),--methods=$(METHODS)) $(if $(ROUNDS),--rounds=$(ROUNDS)) \
		$(if $(INPUT),--input=$(INPUT)) $(if $(RESUME),--resume)

.venv-torch/installed: scripts/benchmarks/torch_requirements.txt
	@echo 'Installing PyTorch into .venv-torch, for the job torch alone.'
	@$(PYTHON) -m venv .venv-torch && .venv-torch/bin/pip install --quiet --disable-pip-version-check -r $< && touch $@

mutants: install
	@test -x .venv-mutants/bin/cosmic-ray || { $(PYTHON) -m venv .venv-mutants && \
		.venv-mutants/bin/pip install --quiet -r scripts/mutants_requirements.txt; }
	$(BIN)/python scripts/mutants.py --part=$(PART) --count=$(COUNT)

lint: install
	$(BIN)/ruff check .

clean:
	rm -rf .venv .venv-torch .venv-mutants mutants melodies results $(OUTPUT)
