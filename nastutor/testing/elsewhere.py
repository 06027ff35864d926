"""What strategies ask for in another process, whose hashes of strings are other ones: it must be what they ask for here."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType

from nastutor.core import Strategy
from nastutor.testing.drive import asked, drive

Make = Callable[[], Strategy]
CODE = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from nastutor.testing.elsewhere import _answer; _answer()"


class Elsewhere:
    """A new interpreter that drives strategies as often as it is asked to, for starting one takes seconds.

    >>> with Elsewhere() as other:                                                  # doctest: +SKIP
    ...     other.asked([partial(nt.RandomSearch, space, seed=5)], trials=20)
    """

    def __enter__(self) -> Elsewhere:
        environment = {**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
        command = [sys.executable, "-c", CODE, json.dumps([path or os.getcwd() for path in sys.path])]
        self.said = tempfile.TemporaryFile()  # closed in __exit__
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, env=environment)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # it may be gone
            self.child.communicate()
        self.said.close()

    def asked(self, makes: Sequence[Make], trials: int) -> list[list[str]]:
        """For each what `asked(drive(make(), trials))` gives there."""
        import cloudpickle

        assert self.child.stdin is not None and self.child.stdout is not None
        try:
            self.child.stdin.write(cloudpickle.dumps((list(makes), trials)))
            self.child.stdin.flush()
            lists, failure = pickle.load(self.child.stdout)
        except (EOFError, OSError):
            code = self.child.wait()
            self.said.seek(0)
            lists, failure = [], f"{self.said.read().decode(errors='replace')}\nit ended with code {code}"
        if failure:
            raise RuntimeError(f"another process could not run it (`process=False` leaves this check out):\n{failure[-2000:]}")
        return lists  # type: ignore[no-any-return]


def _answer() -> None:
    """The other process: reads what to make from stdin, which its own parent writes, and answers with the trials, until there is no more."""
    answers = sys.stdout.buffer
    with contextlib.redirect_stdout(sys.stderr):
        while True:
            lists, failure = list[list[str]](), ""
            try:
                makes, trials = pickle.load(sys.stdin.buffer)
                lists = [asked(drive(make(), trials)) for make in makes]
            except EOFError:
                return
            except Exception:  # of any kind: the one who asks hears of it
                failure = traceback.format_exc()
            pickle.dump((lists, failure), answers)
            answers.flush()
