#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs guest-main.py on the guest's root file system, and switches the guest off when it ends. Stays
# the first process meanwhile, which takes in those whose parents are gone.

export HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PYTHONDONTWRITEBYTECODE=1 # the source is read-only

hostname guest
ip link set lo up
mkdir -m 700 /run/user /run/user/0
cd /root || exit 1

/usr/bin/python3 "$(dirname "$0")/guest-main.py"
echo "guest-start: guest-main.py has ended with status $?"

dmesg >/vm/dmesg.log
echo o >/proc/sysrq-trigger
# Until then; the end of the first process would be a panic.
sleep 60
