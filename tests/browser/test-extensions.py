#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What can be said of the extensions without a browser: that they fit the program and the tables, that
they ask for no more than they need, and that all their texts are there."""

import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

from lab import ROOT, tap

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
BROWSER = ROOT / "browser"
LANGUAGES = {"en", "de", "es", "fr", "ja", "zh_CN"}


def load(path):
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


MANIFESTS = {name: load(BROWSER / name / "manifest.json") for name in ("firefox", "chromium")}
SOURCES = [path for path in BROWSER.rglob("*") if path.suffix in (".js", ".html", ".css")]


def native_manifest(name):
    """What tells a browser where the program is."""
    return load(BUILD / "browser" / f"org.hybridd.native_host.{name}.json")


def test_ids_fit():
    key = base64.b64decode(MANIFESTS["chromium"]["key"])
    digits = hashlib.sha256(key).hexdigest()[:32]
    id_ = "".join(chr(ord("a") + int(digit, 16)) for digit in digits)
    assert native_manifest("chromium")["allowed_origins"] == [f"chrome-extension://{id_}/"]
    gecko = MANIFESTS["firefox"]["browser_specific_settings"]["gecko"]["id"]
    assert native_manifest("firefox")["allowed_extensions"] == [gecko]
    assert (BUILD / "browser" / f"{gecko}.xpi").exists()


def test_the_program_is_the_one_that_hybridd_knows():
    table = (BUILD / "callers.d" / "native-host.conf").read_text(encoding="utf-8")
    programs = set(re.findall(r"^exe = (.*)$", table, re.MULTILINE))
    assert programs == {native_manifest(name)["path"] for name in MANIFESTS}, programs
    assert table.count("[caller ") == table.count("exe = ")
    # A section without a parent would believe whoever starts the program.
    for section in table.split("[caller ")[1:]:
        assert "\nparent = /" in section, section


def test_no_more_rights_than_needed():
    assert MANIFESTS["firefox"]["permissions"] == ["nativeMessaging", "storage"]
    assert MANIFESTS["chromium"]["permissions"] == ["nativeMessaging", "storage",
                                                    "webAuthenticationProxy"]
    assert "host_permissions" not in MANIFESTS["chromium"]
    for manifest in MANIFESTS.values():
        assert manifest["manifest_version"] == 3
        for name in ("web_accessible_resources", "externally_connectable",
                     "content_security_policy", "optional_permissions"):
            assert name not in manifest, name
        for script in manifest.get("content_scripts", []):
            assert "world" not in script  # all in the add-on's own
            assert all(re.match(r"https://|http://(\*\.)?localhost/", match)
                       for match in script["matches"]), script
    assert MANIFESTS["firefox"]["browser_specific_settings"]["gecko"][
        "data_collection_permissions"] == {"required": ["none"]}


def test_versions_are_the_projects():
    version = re.search(r"version: '([^']*)'", (ROOT / "meson.build").read_text(encoding="utf-8"))[1]
    assert {manifest["version"] for manifest in MANIFESTS.values()} == {version}


def test_no_code_from_elsewhere():
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for pattern in (r"\beval\(", r"new Function", r"innerHTML", r"\bfetch\(", r"XMLHttpRequest",
                        r"(src|href)=\"https?:", r"postMessage\([^)]*\"\*\"", r"setTimeout\(\s*[\"'`]"):
            assert not re.search(pattern, text), (path, pattern)


def test_nothing_is_there_twice():
    """What both browsers need is in common/."""
    def lines(name):
        return {line.strip() for path in (BROWSER / name).rglob("*.js")
                for line in path.read_text(encoding="utf-8").splitlines()
                if len(line.strip()) > 60 and not line.strip().startswith(("//", "import", "*", "chrome."))}
    assert not lines("firefox") & lines("chromium"), lines("firefox") & lines("chromium")


def used_messages():
    """Names of texts that the sources show."""
    found = set()
    for path in [*SOURCES, *(BROWSER / name / "manifest.json" for name in MANIFESTS)]:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"__MSG_(\w+)__", text))
        found |= set(re.findall(r"data-message=\"(\w+)\"", text))
        found |= set(re.findall(r"\"((?:popup|purpose|choice)[A-Z]\w+)\"", text))
        found |= set(re.findall(r"getMessage\(\"(\w+)\"\)", text))
    return found


def test_texts_are_there_in_all_languages():
    languages = {path.name: load(path / "messages.json") for path in (BROWSER / "_locales").iterdir()}
    assert set(languages) == LANGUAGES
    for language, texts in languages.items():
        assert set(texts) == used_messages(), (language, set(texts) ^ used_messages())
        assert all(entry["message"].strip() for entry in texts.values()), language
        if language != "en":
            same = [name for name, entry in texts.items()
                    if entry["message"] == languages["en"][name]["message"]]
            assert not same, (language, same)
    assert all(entry["description"] for entry in languages["en"].values())


def test_the_file_for_firefox_is_the_sources():
    """Byte by byte, and the same each time."""
    gecko = MANIFESTS["firefox"]["browser_specific_settings"]["gecko"]["id"]
    built = BUILD / "browser" / f"{gecko}.xpi"
    with zipfile.ZipFile(built) as archive:
        for name in archive.namelist():
            source = next(path for path in (BROWSER / "firefox" / name, BROWSER / name)
                          if path.exists())
            assert archive.read(name) == source.read_bytes(), name
        assert not [name for name in archive.namelist() if name.startswith("chromium")]
    with tempfile.TemporaryDirectory() as elsewhere:
        again = pathlib.Path(elsewhere) / "again.xpi"
        subprocess.run([sys.executable, str(BROWSER / "pack.py"), "firefox", str(again)],
                       check=True)
        assert again.read_bytes() == built.read_bytes()


if __name__ == "__main__":
    sys.exit(tap.run(tap.collect(dict(globals()))))
