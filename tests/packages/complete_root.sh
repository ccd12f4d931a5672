#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# complete_root.sh ROOT NEXT SUITE KEY: a hook of mmdebstrap: makes a system that
# autopkgtest's runner for QEMU can use, root can log in to with that ssh key, and that
# has a repository in /srv/kernel with the kernel NEXT of SUITE, and no other.
set -eu

root=$1
next=$2
suite=$3
key=$4

inside()
{
	chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}

# QEMU has the same for each of its guests. setup-testbed leaves
# the network alone then.
cat > "$root/etc/systemd/network/80-ether.network" << EOF
[Match]
Type=ether

[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
EOF
inside systemctl enable systemd-networkd.service

AUTOPKGTEST_KEEP_APT_SOURCES=yes /usr/share/autopkgtest/setup-commands/setup-testbed "$root"

# What brings the next kernel may be a suite that the system does not know yet.
base=${suite%-backports}
if [ "$suite" != "$base" ]; then
	sed -n "s/^\(deb .*\) $base \(.*\)/\1 $suite \2/p" "$root/etc/apt/sources.list" \
		> "$root/etc/apt/sources.list.d/next.list"
fi
inside apt-get -q=2 update
inside apt-get -q=2 --download-only --no-install-recommends --target-release "$suite" install \
	"linux-image-$next" "linux-headers-$next"
mkdir -p "$root/srv/kernel"
mv "$root"/var/cache/apt/archives/*.deb "$root/srv/kernel"
inside sh -c 'cd /srv/kernel && dpkg-scanpackages . > Packages' 2> /dev/null
echo "$next" > "$root/srv/next"
rm -f "$root"/etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/srv/kernel ./' > "$root/etc/apt/sources.list"

# Memory of virtio-mem can be given back.
movable=memhp_default_state=online_movable
cat > "$root/etc/default/grub.d/95-hugecontig.cfg" << EOF
GRUB_TIMEOUT=0
GRUB_CMDLINE_LINUX="$movable"
EOF
# Until the first update-grub, which needs the disk that it is on.
mkdir -p "$root/boot/grub"
cat > "$root/boot/grub/grub.cfg" << EOF
linux /vmlinuz root=LABEL=root ro console=tty0 console=ttyS0 $movable
initrd /initrd.img
boot
EOF
echo 'LABEL=root / ext4 errors=remount-ro 0 1' > "$root/etc/fstab"
echo 'LABEL=ESP /boot/efi vfat umask=0077 0 1' >> "$root/etc/fstab"
mkdir -p "$root/boot/efi"
echo hugecontig > "$root/etc/hostname"

install -d -m 0700 "$root/root/.ssh"
install -m 0600 "$key.pub" "$root/root/.ssh/authorized_keys"
