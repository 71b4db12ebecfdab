# SPDX-License-Identifier: MIT
"""What a row of the fault matrix is: a fault, the states that it is tried in, and what is to happen."""

import dataclasses
import typing

from lab import AT_ONCE


@dataclasses.dataclass(frozen=True)
class Row:
    """`strike` is a coroutine function(case, state) that does it, and returns how the ceremony ended:
    "done", the cause of a Response, or in other words what became of it. It is called with the
    ceremony in the state. After it, a row looks that nothing is left, and that the next ceremony works."""

    section: str
    name: str
    states: tuple
    strike: typing.Callable
    limit: typing.Callable  # state → seconds
    options: dict           # of the Case
    needs: str              # "": runs everywhere; see run.py


class Rows(list):
    """A table that is filled by decorating functions."""

    def __init__(self, section, **options):
        super().__init__()
        self.section = section
        self.options = options

    def row(self, name, *states, limit=AT_ONCE, needs="", **options):
        """Makes a row of the function that stands below."""
        def take(function):
            seconds = limit if callable(limit) else lambda state: limit
            self.append(Row(self.section, name, states, function, seconds,
                            {**self.options, **options}, needs))
            return function
        return take
