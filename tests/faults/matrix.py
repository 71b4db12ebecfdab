# SPDX-License-Identifier: MIT
"""docs/faults.md: what the fault matrix is compared with."""

import itertools
import pathlib

import lab
import peers

PATH = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "faults.md"
NONE = "–"
COLUMNS = (*lab.STATES, peers.WHEN)

HEAD = """# Faults

What becomes of a ceremony when something goes wrong, for every fault in every state in which it can
happen. Written by `tests/faults/run.py --write`; the suite `faults` tries all of it again, and fails
where the outcome is another one. Each of the {n} cases has a hybridd of its own, and shows besides the
outcome that it came in time, that no process, descriptor, thread, timer or scan is left, and that
the next ceremony works; the same under AddressSanitizer, LeakSanitizer and UBSan, but for the few
that these cannot live with.

*done*: the caller has its answer. Other words in this type are causes of a `Response`
(`docs/dbus/`), or say what became of hybridd; *a code* stands where a new request gets that far. *done
or internal*: what is short may or may not be needed any more, and both are good. Dashes: this cannot
happen there, or is not tried.

The advert and the connection come at the same moment here, so they are one state.

Not tried here:

- Real sleep of the machine: SIGSTOP for 2, 20 and 190 s stands for it: shorter and longer than a step may
  take, and longer than a whole ceremony may. Its clock goes on in a sleep as it does then.
- A clock that somebody sets: that would be this computer's. No timer follows it, as a row shows, and
  certificates of the past and of the future are what is left.
- The real bluetoothd, a real kernel's adapters: here it is one of the test's; the suite `vm` has the real one.
- Each allocation of a ceremony's protocol failing in turn: the suite `rig` does that, and
  `tests/faults/test-allocations.c` for settings, policy, callers, phones and the link to hybridd.
- A store of phones whose writing is cut short at any moment, or that is damaged: the suite `phones`.
- Linked phones that are gone, silent or strange, and proxies that are: the suites `e2e` and `rig`.
- Many callers at once and many ceremonies in a row: the suite `bus`, and `tests/bench/soak.py`.

| state | what it waits for |
| --- | --- |
| idle | there is no request |
| scan | the code is shown, and the phone's advert is waited for |
| tcp | the advert was heard; the tunnel service has taken the connection, and TLS has not begun |
| upgrade | the websocket is asked for |
| handshake | message 1 of Noise is sent |
| first record | the handshake is done; the phone has not said yet what it is |
| reply | the command is sent |
| lingering | the caller has its answer; the phone may send a link |
| done | all is over |
"""


def cells(line):
    """Of a line of a table."""
    return [cell.strip().strip("*") for cell in line.strip().strip("|").split("|")]


def read():
    """{(section, row, state): outcome} of the committed table."""
    found = {}
    if not PATH.exists():
        return found
    section, states = None, None
    for line in PATH.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section, states = line[3:], None
        elif line.startswith("|") and section:
            row = cells(line)
            if states is None:
                states = row[1:]
            elif not row[0].startswith("---"):
                found.update({(section, row[0], state): outcome
                              for state, outcome in zip(states, row[1:]) if outcome != NONE})
    return found


def write(rows, outcomes):
    """Makes the table of what was found."""
    text = HEAD.format(n=len(outcomes))
    for section, group in itertools.groupby(rows, lambda row: row.section):
        group = list(group)
        states = [state for state in COLUMNS if any(state in row.states for row in group)]
        text += f"\n## {section}\n\n| fault | {' | '.join(states)} |\n"
        text += "| --- |" + " --- |" * len(states) + "\n"
        for row in group:
            found = (outcomes.get((section, row.name, state)) for state in states)
            text += f"| {row.name} | {' | '.join(f'*{o}*' if o else NONE for o in found)} |\n"
    PATH.write_text(text, encoding="utf-8")
