# SPDX-License-Identifier: MIT
"""Certificates of all kinds, good and bad, of an authority that lives as long as the test."""

import pathlib
import ssl
import subprocess

HOST, OTHER_HOST = "cable.ua5v.com", "cable.auth.com"
EXTENSIONS = """
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[leaf]
basicConstraints = critical,CA:FALSE
subjectAltName = {names}
extendedKeyUsage = serverAuth
"""


def openssl(folder, *arguments):
    """Runs it in a folder; it has to succeed."""
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


class Authority:
    """An authority in a folder, whose certificate is ca.pem."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.ca_file = self.folder / f"{name}.pem"
        self._config(HOST)
        self._key(name)
        openssl(self.folder, "req", "-x509", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}",
                "-days", 2, "-config", "config", "-extensions", "ca", "-out", self.ca_file)

    def _config(self, *hosts):
        names = ",".join(f"DNS:{host}" for host in hosts)
        text = "[req]\ndistinguished_name = dn\n[dn]\n" + EXTENSIONS.format(names=names)
        (self.folder / "config").write_text(text, encoding="ascii")

    def _key(self, name):
        openssl(self.folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                f"{name}.key")

    def issue(self, name, *hosts, dates=None):
        """A certificate for hosts, valid between two dates (YYMMDDHHMMSSZ): its file, with the key."""
        self._config(*hosts)
        self._key(name)
        openssl(self.folder, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-config",
                "config", "-out", f"{name}.csr")
        if dates:
            self._issue_dated(name, dates)
        else:
            openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-CA", self.ca_file, "-CAkey",
                    f"{self.name}.key", "-CAcreateserial", "-days", 2, "-extfile", "config",
                    "-extensions", "leaf", "-out", f"{name}.crt")
        return self._bundle(name)

    def _issue_dated(self, name, dates):
        """`openssl x509` knows only days from now; `openssl ca` any dates."""
        (self.folder / "index").write_text("", encoding="ascii")
        (self.folder / "serial").write_text(f"{abs(hash(name)) % 2**32 + 16:016x}\n",
                                            encoding="ascii")
        with open(self.folder / "config", "a", encoding="ascii") as config:
            config.write("[book]\ndatabase = index\nserial = serial\nnew_certs_dir = .\n"
                         "default_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n")
        openssl(self.folder, "ca", "-batch", "-notext", "-config", "config", "-name", "book",
                "-cert", self.ca_file, "-keyfile", f"{self.name}.key", "-in", f"{name}.csr",
                "-startdate", dates[0], "-enddate", dates[1], "-extensions", "leaf", "-out",
                f"{name}.crt")

    def self_signed(self, name):
        """One that nobody but itself vouches for."""
        self._config(HOST)
        self._key(name)
        openssl(self.folder, "req", "-x509", "-new", "-key", f"{name}.key", "-subj", f"/CN={HOST}",
                "-days", 2, "-config", "config", "-extensions", "leaf", "-out", f"{name}.crt")
        return self._bundle(name)

    def _bundle(self, name):
        path = self.folder / f"{name}-bundle.pem"
        path.write_bytes((self.folder / f"{name}.crt").read_bytes() +
                         (self.folder / f"{name}.key").read_bytes())
        return path


def server(bundle, newest=None):
    """What a TLS server needs; `newest` is the newest version that it speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if newest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
    context.load_cert_chain(bundle)
    return context
