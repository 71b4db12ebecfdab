#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prepares what the guest boots from, out of Debian's ordinary kernel package, which is downloaded
and unpacked but not installed. Argument: a folder, in which are afterwards

    linux-image-*.deb   the package, so that it is downloaded once
    kernel              the kernel, uncompressed: it boots seconds faster without KVM
    initrd              busybox, guest-init.sh as /init, and the modules in the order of their loading

Does nothing where these are newer than what they are made from. Ends with status 77 and a reason
on stderr where something is missing that the tests can do without."""

import glob
import gzip
import lzma
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
INIT = HERE / "guest-init.sh"
META_PACKAGE = "linux-image-amd64"  # linux-image-cloud-amd64 has neither Bluetooth nor 9p
DOWNLOAD_SECONDS = 180
SKIPPED = 77

# In the order of their loading; what they depend on is added.
MODULES = (
    # The host's files, and a source of randomness.
    "virtio_pci", "virtio_rng", "9pnet_virtio", "9p", "overlay",
    # btvirt encrypts by way of the kernel: without these its controllers never answer.
    "af_alg", "algif_skcipher", "algif_hash", "ecb", "cmac",
    # The kernel's own Bluetooth. Without drbg the self-test of ecdh fails.
    "ctr", "ccm", "sha512_generic", "drbg", "ecdh_generic",
    "bluetooth", "hci_vhci",
)


class Missing(Exception):
    """Something that is not on this machine, and cannot be had; the text says what and why."""


def run(*command, **options):
    """A command that has to succeed; what it wrote."""
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


# ---- the package --------------------------------------------------------------------------------

def image_package(apt_options):
    """The package that the meta package stands for, or None where apt knows none."""
    done = subprocess.run(["apt-cache", *apt_options, "depends", "--important", META_PACKAGE],
                          capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        word, _, name = line.strip().partition(" ")
        if word == "Depends:" and name.startswith("linux-image-"):
            return name
    return None


def try_download(folder, apt_options):
    """Downloads the package; None, or why it could not."""
    name = image_package(apt_options)
    if name is None:
        return f"apt knows no package {META_PACKAGE}"
    with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as work:
        try:
            done = subprocess.run(["apt-get", *apt_options, "download", name], cwd=work,
                                  capture_output=True, text=True, check=False,
                                  timeout=DOWNLOAD_SECONDS)
        except subprocess.TimeoutExpired:
            return f"{name} was not downloaded within {DOWNLOAD_SECONDS} s"
        found = list(pathlib.Path(work).glob("*.deb"))
        if done.returncode != 0 or not found:
            reasons = [line for line in done.stderr.splitlines() if line.startswith("E:")]
            return f"{name} cannot be downloaded: " + " ".join(reasons)[:300]
        found[0].rename(folder / found[0].name)
    return None


def download(folder):
    """The package's file. Tries with the system's lists of packages, and then with new ones of its
    own: those of the system may be missing or old, and only root may renew them."""
    present = sorted(folder.glob("linux-image-*.deb"))
    if present:
        return present[-1]
    if not shutil.which("apt-get"):
        raise Missing(f"no apt-get, which downloads the package {META_PACKAGE}")
    timeout = ["-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20",
               "-o", "Acquire::https::Timeout=20"]
    reason = try_download(folder, timeout)
    if reason is None:
        return download(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix="lists-") as work:
        lists = [*timeout, "-o", f"Dir::State::Lists={work}/lists", "-o", f"Dir::Cache={work}/cache"]
        for name in ("lists/partial", "cache/archives/partial"):
            os.makedirs(f"{work}/{name}")
        try:
            subprocess.run(["apt-get", *lists, "update", "-qq"], capture_output=True, check=False,
                           timeout=DOWNLOAD_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        if try_download(folder, lists) is not None:
            raise Missing(reason)
    return download(folder)


# ---- the kernel ---------------------------------------------------------------------------------

def uncompressed(image):
    """The ELF file inside a bzImage, or the image itself where it is packed in some other way."""
    # Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length.
    setup_size = (image[0x1F1] or 4) * 512 + 512
    offset = setup_size + int.from_bytes(image[0x248:0x24C], "little")
    payload = image[offset:offset + int.from_bytes(image[0x24C:0x250], "little")]
    if payload.startswith(b"\xfd7zXZ\0"):
        elf = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x1f\x8b"):
        elf = zlib.decompressobj(31).decompress(payload)
    else:
        return image
    return elf if elf.startswith(b"\x7fELF") else image


# ---- the initrd ---------------------------------------------------------------------------------

class Archive:
    """A cpio archive of the format that the kernel unpacks as its first root file system."""

    def __init__(self):
        self.data = bytearray()
        self.n_entries = 0

    def _add(self, name, mode, content):
        self.n_entries += 1
        fields = [self.n_entries, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields)
        self.data += name.encode() + b"\0"
        self._pad()
        self.data += content
        self._pad()

    def _pad(self):
        self.data += bytes(-len(self.data) % 4)

    def folder(self, name):
        """An empty folder."""
        self._add(name, stat.S_IFDIR | 0o755, b"")

    def file(self, name, content):
        """A file that may be run."""
        self._add(name, stat.S_IFREG | 0o755, content)

    def finish(self):
        """The whole archive, compressed."""
        self._add("TRAILER!!!", 0, b"")
        return gzip.compress(bytes(self.data), 1)


def module_files(root):
    """Paths of the modules and of what they depend on, in the order of their loading."""
    version = os.listdir(root / "lib" / "modules")[0]
    run("depmod", "-b", str(root), version)
    paths = []
    for module in MODULES:
        shown = run("modprobe", "-d", str(root), "-S", version, "--show-depends", module)
        for line in shown.splitlines():
            word, _, rest = line.partition(" ")
            path = rest.split()[0] if rest else ""
            # The others are "builtin NAME".
            if word == "insmod" and path not in paths:
                paths.append(path)
    return [pathlib.Path(path) for path in paths]


def plain_module(path):
    """A module's name without what says how it is packed, and its content."""
    content = path.read_bytes()
    if path.suffix == ".xz":
        return path.stem, lzma.decompress(content)
    return path.name, content


def libraries(program):
    """What a program needs beside it; nothing where it is linked statically."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    words = done.stdout.split() if done.returncode == 0 else []
    return [word for word in words if word.startswith("/")]


def make_initrd(root):
    """Busybox, our init and the modules."""
    archive = Archive()
    for name in ("bin", "dev", "modules", "proc", "root", "sys", "vm"):
        archive.folder(name)
    busybox = shutil.which("busybox")
    archive.file("bin/busybox", pathlib.Path(busybox).read_bytes())
    folders = set()
    for library in libraries(busybox):
        for parent in reversed(pathlib.Path(library).parents[:-1]):
            if parent not in folders:
                folders.add(parent)
                archive.folder(str(parent)[1:])
        archive.file(library[1:], pathlib.Path(library).read_bytes())
    order = []
    for path in module_files(root):
        name, content = plain_module(path)
        archive.file(f"modules/{name}", content)
        order.append(name)
    archive.file("modules/order", "".join(f"{name}\n" for name in order).encode())
    archive.file("init", INIT.read_bytes())
    return archive.finish()


# ---- all of it ----------------------------------------------------------------------------------

def is_new(target, sources):
    """Whether it is there and newer than each of what it is made from."""
    return target.exists() and all(target.stat().st_mtime > source.stat().st_mtime
                                   for source in sources)


def write(path, content):
    """Writes the file whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.rename(path)


def make(folder):
    """Makes what is not there yet."""
    for program, package in (("busybox", "busybox-static"), ("depmod", "kmod"),
                             ("dpkg-deb", "dpkg")):
        if not shutil.which(program):
            raise Missing(f"no {program} (package {package})")
    folder.mkdir(parents=True, exist_ok=True)
    package = download(folder)
    sources = [package, INIT, pathlib.Path(__file__).resolve()]
    kernel, initrd = folder / "kernel", folder / "initrd"
    if is_new(kernel, sources) and is_new(initrd, sources):
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix="unpacked-") as work:
        root = pathlib.Path(work)
        run("dpkg-deb", "--extract", str(package), work)
        image = glob.glob(f"{work}/boot/vmlinuz-*")[0]
        write(kernel, uncompressed(pathlib.Path(image).read_bytes()))
        write(initrd, make_initrd(root))


def main(folder):
    """The exit status."""
    # Where depmod and modprobe are, which an ordinary user's PATH need not have.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    try:
        make(pathlib.Path(folder))
    except Missing as reason:
        print(reason, file=sys.stderr)
        return SKIPPED
    except subprocess.CalledProcessError as error:
        print(f"{error}: {error.stderr}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
