# What the examples have in common: the command of this working copy, and where it
# listens.
PORT     ?= 9001
VIALAMBDA = ../bin/vialambda
SHELL     = /bin/sh

run: # the first target of every example

.PHONY: run vialambda
vialambda:
	cd ../.. && go build -o examples/bin/vialambda ./cmd/vialambda

# A virtual environment of the example's own; PYTHON=… takes another.
PYTHON   ?= .venv/bin/python
.venv/bin/python: requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install -q --no-deps --only-binary :all: --require-hashes -r requirements.txt
	touch $@
