# The first program of a throw-away machine that systemd boots: boot.sh DISK LAYERS HOSTNAME.
#
# DISK holds the machine's own /etc and /var, which outlive a boot; LAYERS are folders that lie over
# /usr, separated by colons. Once it is told to go on, systemd takes its place as PID 1.
set -eu
disk=$1 layers=$2
hostname "$3"

# Whatever systemd does at a boot and at a shutdown, nothing outside can be written from here.
while read -r _ point _; do
    case $point in
    /proc | /proc/* | /sys | /sys/* | /dev | /dev/* | /run/?*) ;;
    *) mount -o remount,bind,ro "$(printf %b "$point")" ;;
    esac
done </proc/self/mounts
mount -t overlay -o "lowerdir=$layers:/usr" overlay /usr
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock /run/dev /run/disk
mount --bind "$disk" /run/disk
mount -o remount,bind,rw /run/disk
mount --bind /run/disk/etc /etc
mount --bind /run/disk/var /var
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p "$disk"
mount --move /run/disk "$disk"

mount -t tmpfs -o mode=755 tmpfs /run/dev
mkdir /run/dev/pts /run/dev/shm
for node in null zero full random urandom tty; do
    : >/run/dev/$node
    mount --bind /dev/$node /run/dev/$node
done
ln -s /proc/self/fd /run/dev/fd
ln -s pts/ptmx /run/dev/ptmx
mount -t devpts -o newinstance,ptmxmode=666 devpts /run/dev/pts
mount -t tmpfs -o mode=1777 tmpfs /run/dev/shm
umount -R -l /dev
mount --move /run/dev /dev
rmdir /run/dev /run/disk

# Kernel settings that belong to no namespace stay as they are.
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
umount -R -l /sys
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup

ip link set lo up
echo furnished
read -r _
exec env -i container=dockerwall PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /usr/lib/systemd/systemd --log-target=journal </dev/null >/dev/null 2>&1
