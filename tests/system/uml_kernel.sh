#!/bin/sh
# Builds a user-mode-linux kernel that has the image's test camera (vivid), of Debian's source: what booted.py's --kernel and --modules take.
# usage: uml_kernel.sh SOURCE.tar.xz FOLDER    SOURCE.tar.xz: Debian's linux-source-6.1, /usr/src/linux-source-6.1.tar.xz
# Needs: gcc make flex bison bc kmod. Some minutes of a processor, 1.5 GB. Its steps were run one by one so far, with 6.1.192 (VMAP_STACK left out of
# kernel/fork.c alone); the whole of it in one go not yet.
set -eu
source=$(realpath "${1:?}")
mkdir -p "${2:?}"
cd "$2"
[ -d source ] || { mkdir source.new; tar -C source.new --strip-components=1 -xf "$source"; mv source.new source; }
cd source
make ARCH=um x86_64_defconfig >/dev/null
# a setting a word: what systemd and the units ask for, a card's file systems, the camera. PCI over virtio only gives the memory that vivid asks for;
# stacks in virtual memory made this kernel hang at a restart (6.1.192).
for word in \
  PID_NS=y NAMESPACES=y UTS_NS=y IPC_NS=y USER_NS=y NET_NS=y SYSFS_DEPRECATED=n MEMCG=y CGROUP_PIDS=y CGROUP_BPF=y BPF_SYSCALL=y SECCOMP=y \
  SECCOMP_FILTER=y FHANDLE=y AUTOFS_FS=y DEVTMPFS=y TMPFS=y TMPFS_POSIX_ACL=y TMPFS_XATTR=y BLK_DEV_INITRD=y EXT4_FS=y EXT4_FS_POSIX_ACL=y \
  CRYPTO_HMAC=y CRYPTO_SHA256=y CRYPTO_USER_API_HASH=y UNIX=y INET=y UNIX98_PTYS=y \
  UML_NET=n REISERFS_FS=n ISO9660_FS=n QUOTA=n SOUND=n DRM=n INPUT=n USB_SUPPORT=n WATCHDOG=n HWMON=n HID=n \
  DEBUG_INFO_NONE=y DEBUG_KERNEL=n FANOTIFY=y PARTITION_ADVANCED=y \
  FAT_FS=m VFAT_FS=m NLS_CODEPAGE_437=m NLS_ASCII=m NLS_ISO8859_1=m BLK_DEV_LOOP=m MISC_FILESYSTEMS=y SQUASHFS=m SQUASHFS_ZSTD=y SQUASHFS_XZ=y \
  VMAP_STACK=n VIRTIO_UML=y UML_PCI_OVER_VIRTIO=y UML_PCI_OVER_VIRTIO_DEVICE_ID=63 \
  MEDIA_SUPPORT=m MEDIA_SUPPORT_FILTER=y MEDIA_SUBDRV_AUTOSELECT=n MEDIA_TEST_SUPPORT=y V4L_TEST_DRIVERS=y FB=y VIDEO_VIVID=m; do
  echo "CONFIG_$word"
done >>.config
make ARCH=um olddefconfig >/dev/null
make ARCH=um -j"$(nproc)" linux modules
make ARCH=um INSTALL_MOD_PATH="$PWD/.." INSTALL_MOD_STRIP=1 modules_install
cd ..
cp source/linux linux.uml
echo "kernel: $PWD/linux.uml, modules: $(echo "$PWD"/lib/modules/*)"
