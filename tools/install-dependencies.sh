#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs what is missing of the Debian packages that this project needs.
#
#         tools/install-dependencies.sh [build] [test] [ci]
#
# build: to build and to run the demonstration; test: for all test suites. Both by default.
# ci: what a test is skipped without, because its package starts a service.

set -eu

build_packages="build-essential ca-certificates dbus dbus-daemon fonts-dejavu-core gettext
    libadwaita-1-dev libbluetooth-dev libcairo2-dev libcbor-dev libcurl4-openssl-dev libgtk-4-dev
    libidn2-dev libinih-dev libjansson-dev libpng-dev libpsl-dev libqrencode-dev libseccomp-dev
    libssl-dev libsystemd-dev libwebsockets-dev libzbar-dev meson ninja-build pkg-config publicsuffix
    scdoc"
test_packages="adwaita-icon-theme appstream at-spi2-core bash-completion bluez bluez-test-tools
    busybox-static check chromium chromium-driver clang clang-format clang-tidy cppcheck desktop-file-utils
    firefox-esr fish fonts-noto-cjk gir1.2-atspi-2.0 gnome-keyring grim iproute2 kmod lcov
    libclang-rt-14-dev nodejs npm
    openssl python3 python3-cbor2 python3-dbus-fast python3-fido2 python3-gi python3-pyflakes python3-selenium
    python3-websockets qemu-system-x86 shellcheck strace sway tinyproxy-bin valgrind x11-utils xdotool xvfb
    zbar-tools zsh"
ci_packages="squid"

[ $# -gt 0 ] || set -- build test
wanted=
for group; do
    case $group in
    build) wanted="$wanted $build_packages" ;;
    test) wanted="$wanted $test_packages" ;;
    ci) wanted="$wanted $ci_packages" ;;
    --help)
        sed -n '4,9s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *)
        echo "install-dependencies.sh: $group: no such group; use build, test or ci" >&2
        exit 2
        ;;
    esac
done

# A program from elsewhere is as good as Debian's.
provided() {
    case $1 in
    busybox-static) command -v busybox >/dev/null ;;
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    esac
}

missing=
for package in $wanted; do
    provided "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "install-dependencies.sh: this is no Debian; install the likes of:$missing" >&2
    exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install-dependencies.sh: not root, and no sudo; as root, run: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi

echo "Installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >&2
# shellcheck disable=SC2086 # a list of words
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
