# SPDX-License-Identifier: MIT
"""Makes one TAP report out of those of several test programs. A program's results are held until it
has ended, so that they count once, also where the guest dies and another one runs the program
again."""

import re

RESULT = re.compile(r"(not )?ok\b *(\d+)?(?: *-)? *(.*?)(?: *# *(skip\b.*))?$", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)(?: *# *(skip\b.*))?$", re.IGNORECASE)


class Report:
    """Writes to a file; counts all results of all programs."""

    def __init__(self, out):
        self.out = out
        self.n_results = 0
        self.n_failed = 0
        self._forget()

    def _forget(self):
        self.held = []  # (ok, text, directive), or a str: a comment
        self.n_planned = None
        self.skipped = None  # why the program has no tests at all
        self.bailed_out = None

    def begin(self):
        """A program begins. What is held of one that did not end is forgotten."""
        self._forget()

    def line(self, text):
        """A line that the program wrote."""
        text = text.rstrip()
        if plan := PLAN.match(text):
            self.n_planned = int(plan[1])
            self.skipped = plan[2] if self.n_planned == 0 else None
        elif result := RESULT.match(text):
            self.held.append((not result[1], result[3], result[4]))
        elif text.startswith("Bail out!"):
            self.bailed_out = text
        elif text and not text.lower().startswith("tap version"):
            self.held.append(text.lstrip("# "))

    def end(self, name, status):
        """The program has ended with an exit status, or a word that says what ended it. Writes its
        results; returns whether all is well."""
        results = [held for held in self.held if not isinstance(held, str)]
        failed = any(not ok for ok, _, _ in results)
        if status == "late":
            self._hold_failure("did not end in time")
        elif self.bailed_out:
            self._hold_failure(self.bailed_out)
        elif self.n_planned is None:
            self._hold_failure(f"wrote no plan, and ended with status {status}")
        elif self.skipped and not results:
            self.held.append((True, "all", self.skipped))
        elif len(results) != self.n_planned or not results:
            self._hold_failure(f"ran {len(results)} of {self.n_planned} tests, and ended with "
                               f"status {status}")
        elif status != "0" and not failed:
            self._hold_failure(f"ended with status {status}")
        return self._write(name)

    def fail(self, name, text):
        """A program that has not been run, or not to its end."""
        self._forget()
        self._hold_failure(text)
        self._write(name)

    def comment(self, text):
        """A line for people."""
        print(f"# {text}", file=self.out, flush=True)

    def finish(self):
        """Writes the plan; returns the exit status."""
        print(f"1..{self.n_results}", file=self.out, flush=True)
        return 1 if self.n_failed or not self.n_results else 0

    def _hold_failure(self, text):
        self.held.append((False, text, None))

    def _write(self, name):
        n_failed_before = self.n_failed
        for held in self.held:
            if isinstance(held, str):
                self.comment(held)
                continue
            ok, text, directive = held
            self.n_results += 1
            self.n_failed += not ok
            print(f"{'' if ok else 'not '}ok {self.n_results} - {name}: {text}"
                  f"{f' # {directive}' if directive else ''}", file=self.out, flush=True)
        self._forget()
        return self.n_failed == n_failed_before
