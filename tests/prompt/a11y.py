#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a screen reader is told of a program's windows, as JSON: a list of objects, in the order of
the tree. Argument: the program's name. A process of its own, since AT-SPI is asked synchronously."""

import json
import sys

import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402  pylint: disable=wrong-import-position


def look_at(node, found):
    """One object and all below it; what vanishes meanwhile is left out."""
    try:
        states = node.get_state_set()
        found.append({"role": node.get_role_name(), "name": node.get_name() or "",
                      "description": node.get_description() or "",
                      "showing": states.contains(Atspi.StateType.VISIBLE),
                      "focused": states.contains(Atspi.StateType.FOCUSED),
                      "usable": states.contains(Atspi.StateType.SENSITIVE),
                      "focusable": states.contains(Atspi.StateType.FOCUSABLE)})
        n_children = node.get_child_count()
    except GLib.Error:
        return
    for i in range(n_children):
        try:
            child = node.get_child_at_index(i)
        except GLib.Error:
            continue
        if child:
            look_at(child, found)


def main():
    """Prints it."""
    Atspi.init()
    desktop = Atspi.get_desktop(0)
    found = []
    for i in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(i)
        if program and program.get_name() == sys.argv[1]:
            look_at(program, found)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
