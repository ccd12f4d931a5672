# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
#
# The hosts of check_ansible.sh. Each is a chroot with a layer of its own on top, in
# which apt is real, and packages are as good as empty. What the program asks the kernel
# for are files below /machine.
#
# Uses $TESTS, $CHROOT, and $work, where all of it is; sets $HOSTS.

HOSTS=$work/hosts
ALL="canary second third"
REPOSITORY=$work/repository
RELEASE=6.1.0-56-amd64
export HOSTS

# put FILE: below $work/machine, what is on stdin
put()
{
	mkdir -p "$work/machine/$(dirname "$1")"
	cat > "$work/machine/$1"
}

# put_pool DIRECTORY PAGES
put_pool()
{
	echo "$2" | put "$1/nr_hugepages"
	echo "$2" | put "$1/free_hugepages"
	echo 0 | put "$1/surplus_hugepages"
	echo 0 | put "$1/resv_hugepages"
}

# make_machine: a kernel on which the module works, with 64 huge pages
make_machine()
{
	echo $RELEASE | put proc/sys/kernel/osrelease
	echo 1 | put proc/sys/kernel/ftrace_enabled
	for name in alloc_contig_range alloc_contig_pages isolate_migratepages_block \
		move_hugetlb_state hugetlb_vm_op_close remove_inode_hugepages hugetlb_lock; do
		echo "ffffffff81234560 T $name"
	done | put proc/kallsyms
	for name in KPROBES KALLSYMS_ALL DYNAMIC_FTRACE_WITH_REGS DEBUG_INFO_BTF \
		HUGETLB_PAGE CONTIG_ALLOC; do
		echo "CONFIG_$name=y"
	done | put boot/config-$RELEASE
	echo | put sys/kernel/btf/vmlinux
	echo "[none] integrity confidentiality" | put sys/kernel/security/lockdown
	echo N | put sys/module/module/parameters/sig_enforce
	: | put sys/kernel/tracing/enabled_functions
	put_pool sys/kernel/mm/hugepages/hugepages-2048kB 64
	put_pool sys/devices/system/node/node0/hugepages/hugepages-2048kB 64
	put stats <<- END
		requests 100
		requests_ok 98
		gigantic_given_up 0
		failed_pinned 2
		failed_none 0
	END
}

# make_package DIRECTORY NAME VERSION
make_package()
{
	mkdir -p "$1/DEBIAN"
	cat > "$1/DEBIAN/control" <<- END
		Package: $2
		Version: $3
		Architecture: all
		Maintainer: nobody <nobody@localhost>
		Description: of a test
	END
	dpkg-deb --root-owner-group -Znone --build "$1" "$REPOSITORY/$2_$3_all.deb" > /dev/null
}

# make_tools VERSION
make_tools()
{
	tools=$work/packages/tools-$1
	mkdir -p "$tools/usr/sbin" "$tools/usr/lib/hugecontig" "$tools/lib/systemd/system"
	cp "$TESTS/ansible/program" "$tools/usr/sbin/hugecontig"
	cp "$work/source/tools/hugecontig" "$tools/usr/lib/hugecontig/program"
	cat > "$tools/lib/systemd/system/hugecontig.service" <<- END
		[Service]
		Type=oneshot
		ExecStart=/usr/sbin/modprobe hugecontig
		[Install]
		WantedBy=multi-user.target
	END
	make_package "$tools" hugecontig-tools "$1"
}

# make_dkms VERSION: which is built, as long as there is no file "builds_not"
make_dkms()
{
	dkms=$work/packages/dkms-$1
	place=/machine/lib/modules/$RELEASE/updates/dkms
	mkdir -p "$dkms/DEBIAN"
	cat > "$dkms/DEBIAN/postinst" <<- END
		#!/bin/sh
		[ ! -e /machine/builds_not ] || exit 0
		mkdir -p $place && echo $1 > $place/hugecontig.ko
	END
	cat > "$dkms/DEBIAN/prerm" <<- END
		#!/bin/sh
		rm -f $place/hugecontig.ko
	END
	chmod 755 "$dkms/DEBIAN/postinst" "$dkms/DEBIAN/prerm"
	make_package "$dkms" hugecontig-dkms "$1"
}

# make_repository VERSION: all packages, of this version
make_repository()
{
	mkdir -p "$REPOSITORY"
	make_package "$work/packages/headers" linux-headers-of-a-test 1
	make_tools "$1"
	make_dkms "$1"
	for package in "$REPOSITORY"/*.deb; do
		dpkg-deb -f "$package"
		echo "Filename: ./${package##*/}"
		echo "Size: $(stat -c %s "$package")"
		echo "SHA256: $(sha256sum "$package" | cut -d ' ' -f 1)"
		echo
	done > "$REPOSITORY/Packages"
}

# unmount HOST
unmount()
{
	if mountpoint -q "$HOSTS/$1/root"; then
		umount --recursive "$HOSTS/$1/root"
	fi
}

# mount_host HOST
mount_host()
{
	mkdir -p "$HOSTS/$1/upper" "$HOSTS/$1/layer" "$HOSTS/$1/root"
	mount -t overlay \
		-o "lowerdir=$CHROOT,upperdir=$HOSTS/$1/upper,workdir=$HOSTS/$1/layer" \
		host "$HOSTS/$1/root"
	mount -t proc proc "$HOSTS/$1/root/proc"
	mount --rbind /dev "$HOSTS/$1/root/dev"
	mkdir -p "$HOSTS/$1/root/srv/repository"
	mount --bind "$REPOSITORY" "$HOSTS/$1/root/srv/repository"
	mount --bind "$HOSTS/$1/root/machine/sys" "$HOSTS/$1/root/sys"
}

# fresh_hosts: without anything of ours
fresh_hosts()
{
	for host in $ALL; do
		unmount $host
		rm -rf "${HOSTS:?}/$host"
		mkdir -p "$HOSTS/$host/upper/machine" "$HOSTS/$host/upper/usr/sbin" \
			"$HOSTS/$host/upper/etc/apt" "$HOSTS/$host/upper/etc/modprobe.d"
		cp -r "$work/machine/." "$HOSTS/$host/upper/machine"
		for tool in modprobe rmmod modinfo; do
			cp "$TESTS/ansible/module_tool" "$HOSTS/$host/upper/usr/sbin/$tool"
		done
		: > "$HOSTS/$host/upper/etc/apt/sources.list"
		mount_host $host
	done
}

# save_hosts NAME: as they are
save_hosts()
{
	for host in $ALL; do
		unmount $host
		mkdir -p "$work/saved/$1/$host"
		cp -a "$HOSTS/$host/upper" "$work/saved/$1/$host"
		mount_host $host
	done
}

# restore_hosts NAME: as they were
restore_hosts()
{
	for host in $ALL; do
		unmount $host
		rm -rf "${HOSTS:?}/$host"
		mkdir -p "$HOSTS/$host"
		cp -a "$work/saved/$1/$host/upper" "$HOSTS/$host"
		mount_host $host
	done
}

# on HOST FILE: what is in it, or nothing
on()
{
	cat "$HOSTS/$1/root/$2" 2> /dev/null
}

# put_on HOST FILE: what is on stdin
put_on()
{
	cat > "$HOSTS/$1/root/$2"
}

# states: of all hosts, what the module does, and what it is to do after a boot
states()
{
	for host in $ALL; do
		mode=$(on $host sys/module/hugecontig/parameters/mode || echo absent)
		[ "$(on $host sys/module/hugecontig/parameters/enabled)" != N ] || mode=$mode,off
		boot=$(on $host etc/modprobe.d/hugecontig.conf |
			sed -n 's/^options hugecontig mode=//p')
		echo "$mode/${boot:-none}"
	done | xargs
}

# forget: what was called so far
forget()
{
	for host in $ALL; do
		: | put_on $host machine/log
	done
}

# files_of HOST: all that is there, but for caches and logs
files_of()
{
	find "$HOSTS/$1/upper" ! -type d \
		! -path '*/machine/log' ! -path '*/var/lib/apt/*' ! -path '*/var/cache/*' \
		! -path '*/var/log/*' ! -path '*/tmp/*' ! -path '*/root/.ansible/*' \
		! -path '*/__pycache__/*' ! -path '*/var/lib/dpkg/*' -printf '%P\n' | sort
}
