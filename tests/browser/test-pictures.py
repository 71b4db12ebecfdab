#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the add-on shows, in light and dark: taken in the real Firefox, looked at by people, and checked for
what they would stumble over. With --write, for docs/screenshots."""

import base64
import sys

import firefox as firefox_module
from firefox import FirefoxDesk
from lab import Lab, ROOT, script_of, tap

WRITE = "--write" in sys.argv
BUILD = next((word for word in sys.argv[1:] if not word.startswith("-")), str(ROOT / "build"))
PICTURES = ROOT / "docs" / "screenshots"
SCHEMES = {"light": 1, "dark": 0}

# Contrast of what is written, WCAG 2's way; and whether all of it is to be seen.
LOOK = """
    const channel = (value) => value / 255 <= 0.03928 ? value / 255 / 12.92
        : ((value / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const color = numbers(getComputedStyle(element).backgroundColor);
            if (color.length === 3 || color[3] > 0) {
                return color;
            }
        }
        return [255, 255, 255];
    };
    const bad = [];
    for (const element of document.body.querySelectorAll("*")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || !element.checkVisibility()) {
            continue;
        }
        const back = behind(element), style = getComputedStyle(element);
        const front = numbers(style.color).slice(0, 3)
            .map((value, i) => value * style.opacity + back[i] * (1 - style.opacity));
        const [high, low] = [luminance(front), luminance(back)].sort((a, b) => b - a);
        if ((high + 0.05) / (low + 0.05) < 4.5) {
            bad.push(element.textContent);
        }
    }
    const page = document.documentElement;
    return { bad, wide: page.scrollWidth > page.clientWidth, high: page.scrollHeight > window.innerHeight };"""


class Desk(FirefoxDesk):
    """One that takes pictures."""

    def take(self, name, whole_page):
        """A picture of the page that is looked at; what is wrong with it is raised."""
        found = self.firefox.run(LOOK)
        assert not found["bad"], found
        assert not found["wide"], found
        assert whole_page or not found["high"], found
        body = next(iter(self.firefox.command(
            "WebDriver:FindElement", {"using": "css selector", "value": "body"}).values()))
        parameters = {"id": body, "hash": False, "full": False} if whole_page else {"full": False}
        picture = base64.b64decode(self.firefox.command("WebDriver:TakeScreenshot", parameters))
        assert picture.startswith(b"\x89PNG") and len(picture) > 3000, len(picture)
        if WRITE:
            (PICTURES / f"browser-{name}.png").write_bytes(picture)
        return picture


def popup(desk, name):
    """The toolbar's popup, with what the doctor has found."""
    desk.new_tab(desk.base() + "common/popup.html")
    desk.until("return document.querySelector('#findings li') && true")
    taken = desk.take(name, True)
    desk.close_tab()
    desk.switch(desk.first_tab)
    return taken


def choice(desk, lab, name):
    """The question."""
    desk.open(lab.sites.secure + "/")
    desk.start(script_of("signIn", allow=False))
    desk.dialog()
    taken = desk.take(name, False)
    desk.close_tab()
    desk.switch(desk.first_tab)
    desk.outcome()
    return taken


def test_popup_and_choice_in_light_and_dark():
    firefox_module.need(firefox_module.PROGRAM)
    taken = {}
    with Lab(BUILD) as lab:
        for scheme, number in SCHEMES.items():
            preferences = {"layout.css.prefers-color-scheme.content-override": number,
                           "ui.systemUsesDarkTheme": 1 - number}
            with Desk(lab, preferences=preferences, name=scheme) as desk:
                taken[scheme] = [popup(desk, f"popup-{scheme}"), choice(desk, lab, f"choice-{scheme}")]
                lab.bus.stop()
                try:
                    taken[scheme].append(popup(desk, f"popup-missing-{scheme}"))
                finally:
                    lab.bus.start()
    for light, dark in zip(taken["light"], taken["dark"]):
        assert light != dark


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
