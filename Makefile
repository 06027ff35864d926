# Short names for what course.py does; a machine without make calls course.py itself.
PYTHON ?= python3

.PHONY: lab test notebooks bench
lab test notebooks bench:
	$(PYTHON) course.py $@ $(ARGS)
