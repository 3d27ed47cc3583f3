#!/bin/busybox sh
# All of the small system: runs Ignition's stages at a first boot, shows what they made, and switches off.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do insmod "$module"; done

fail() {
    echo "The small system failed: $*"
    poweroff -f
}

# A disk appears a while after its driver.
tries=0
until root=$(findfs LABEL=root) && boot=$(findfs LABEL=boot); do
    [ $((tries += 1)) -lt 600 ] || fail 'there is no disk'
    usleep 100000
done 2> /dev/null
mount -t ext4 "$root" /sysroot || fail 'its root'
mount -t ext4 "$boot" /boot || fail 'its boot partition'

if grep -qw ignition.firstboot /proc/cmdline; then
    mkdir -p /usr/lib/ignition /sysroot/etc/selinux /usr/sbin
    cp /boot/ignition/config.ign /usr/lib/ignition/user.ign || fail 'there is no config'
    # Debian's Ignition wants to label what it writes.
    printf 'SELINUX=disabled\nSELINUXTYPE=targeted\n' > /sysroot/etc/selinux/config
    printf '#!/bin/busybox sh\n' > /usr/sbin/setfiles
    chmod 0755 /usr/sbin/setfiles
    for stage in fetch-offline fetch files; do
        PATH=/bin:/usr/sbin ignition --root=/sysroot --platform=metal --stage="$stage" --log-to-stdout > /run/log 2>&1 \
            || { tail -n 20 /run/log; fail "Ignition, in stage $stage"; }
    done
    rm /boot/ignition.firstboot
    echo 'Ignition ran.'
fi
echo "The hostname is $(cat /sysroot/etc/hostname)."
echo "The unit is $(cat /sysroot/etc/systemd/system/hello.service | grep ExecStart=)."
umount /boot /sysroot
sync
poweroff -f
