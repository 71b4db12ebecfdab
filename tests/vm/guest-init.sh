#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
#
# The guest's first program, from the initrd: loads the modules and makes a root file system in
# memory that borrows from the host, by 9p and read-only: /usr, /etc, and the project's source and
# build folders at the paths that they have there. /vm is shared and writable: it says what to do,
# and logs go there. Then guest-start.sh takes over.

bb=/bin/busybox
root=/root
share=trans=virtio,version=9p2000.L,msize=512000

$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs dev /dev

while read -r module; do
    $bb insmod "/modules/$module" || echo "guest-init: $module cannot be loaded"
done </modules/order
# All modules are loaded; a search for more would only cost time.
echo >/proc/sys/kernel/modprobe

$bb mount -t tmpfs -o mode=755 root $root
for folder in bin lib lib32 lib64 libx32 sbin; do
    $bb ln -s usr/$folder $root/$folder
done
for folder in dev etc home proc root run sys tmp usr var/lib/bluetooth var/lib/dbus var/log vm; do
    $bb mkdir -p $root/$folder
done
$bb ln -s /run $root/var/run
$bb ln -s /tmp $root/var/tmp
$bb chmod 1777 $root/tmp

for folder in dev proc sys; do
    $bb mount --move /$folder $root/$folder
done
$bb mkdir -p $root/dev/pts $root/dev/shm
$bb mount -t devpts devpts $root/dev/pts
$bb mount -t tmpfs -o mode=1777 shm $root/dev/shm
$bb mount -t tmpfs -o mode=755 run $root/run

$bb mount -t 9p -o rw,$share vm $root/vm
while read -r tag path; do
    $bb mkdir -p "$root$path"
    # cache=loose: nobody changes these files while the guest runs.
    $bb mount -t 9p -o ro,cache=loose,$share "$tag" "$root$path" || echo "guest-init: no $path"
done <$root/vm/shares
# Programs may write to /etc, into memory.
$bb mkdir -p $root/run/etc/upper $root/run/etc/work
$bb mount -t overlay etc $root/etc \
    -o "lowerdir=$root/etc,upperdir=$root/run/etc/upper,workdir=$root/run/etc/work"

read -r start <$root/vm/start
exec $bb switch_root $root /bin/sh "$start"
