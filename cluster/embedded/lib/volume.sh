# shellcheck shell=bash
# The encrypted volume: a sparse ext4 image on a loop device with one folder that has an fscrypt v2 policy (AES-256-XTS
# for contents, AES-256-CTS for names). The volume provisioner creates PersistentVolumes in this folder. The key is a
# file of mode 0600 outside the image, in place of a KMS: the image without the key is unreadable.

#
# The volume is mounted in the cluster's own mount namespace (see supervisor.sh), invisible to other processes.
# Otherwise a program that makes a private mount namespace would keep the volume busy after the cluster is down.

# Makes the image and its key. The keeper mounts the image.
make_volume() {
  umask 077
  mkdir -p "$(dirname "$VOLUME_IMAGE")" "$VOLUME_MOUNT"
  if [ ! -s "$VOLUME_KEY" ]; then
    [ ! -e "$VOLUME_IMAGE" ] || fail "the volume $VOLUME_IMAGE exists but its key $VOLUME_KEY is missing" \
      "put the key back, or give the data up: cluster/embedded/clean.sh"
    head -c 64 /dev/urandom | write_file "$VOLUME_KEY"
  fi
  if [ ! -e "$VOLUME_IMAGE" ]; then
    rm -f "$VOLUME_IMAGE.new"
    truncate -s "$VOLUME_SIZE" "$VOLUME_IMAGE.new"
    mkfs.ext4 -q -O encrypt -m 0 "$VOLUME_IMAGE.new"
    mv "$VOLUME_IMAGE.new" "$VOLUME_IMAGE"
  fi
}

# The keeper runs it in the cluster's mount namespace before the components. The folder's parents have mode 0711, so
# that pods' users reach their own volume.
volume_script() {
  cat <<VOLUME
#!/bin/bash
# Written by the embedded cluster; changes are lost.
set -e
if ! mountpoint -q $VOLUME_MOUNT; then
  # A file system in use must not be checked; mount then reuses its loop device.
  if [ -z "\$(losetup --noheadings --output NAME --associated $VOLUME_IMAGE)" ]; then
    e2fsck -p $VOLUME_IMAGE || [ \$? -le 1 ]
  fi
  # -o loop sets autoclear: the loop device is released with the mount, however it ends.
  mount -o loop,noatime $VOLUME_IMAGE $VOLUME_MOUNT
fi
$(readlink -f "$BIN/fscrypt-folder") --key $VOLUME_KEY $VOLUME_FOLDER
touch $CAREPLANE_RUN/volume-ready
VOLUME
}

volume_is_up() {
  [ -e "$CAREPLANE_RUN/volume-ready" ] &&
    in_mounts lsattr -d "$VOLUME_FOLDER" 2>/dev/null | cut -d' ' -f1 | grep -q E
}
