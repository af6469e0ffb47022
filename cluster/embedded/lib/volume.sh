# shellcheck shell=bash
# The encrypted volume: a sparse ext4 image on a loop device, in it one folder with an fscrypt v2 policy (AES-256-XTS for
# contents, AES-256-CTS for names) from which the volume provisioner hands out PersistentVolumes. The key is a file of
# mode 0600 outside the image: a laptop's stand-in for a KMS. Whoever has the image without the key has nothing.

#
# It is mounted in the cluster's own mount namespace (see supervisor.sh), out of sight of every other process: a test or a
# service that makes a private mount namespace of its own would else keep the volume busy after the cluster is down.

# The image and its key. The mount is the keeper's.
make_volume() {
  umask 077
  mkdir -p "$(dirname "$VOLUME_IMAGE")" "$VOLUME_MOUNT"
  if [ ! -s "$VOLUME_KEY" ]; then
    [ ! -e "$VOLUME_IMAGE" ] || fail "the volume $VOLUME_IMAGE is there but its key $VOLUME_KEY is not" \
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

# Run by the keeper, in the cluster's mount namespace, before anything that uses volumes. The folder's parents are
# opened (0711) so that the pods' users reach their own volume.
volume_script() {
  cat <<VOLUME
#!/bin/bash
# Written by the embedded cluster; changes are lost.
set -e
if ! mountpoint -q $VOLUME_MOUNT; then
  # A file system that is still in use somewhere must not be checked; mount then takes the same loop device again.
  if [ -z "\$(losetup --noheadings --output NAME --associated $VOLUME_IMAGE)" ]; then
    e2fsck -p $VOLUME_IMAGE || [ \$? -le 1 ]
  fi
  # -o loop sets autoclear: the loop device goes when the mount goes, however it goes.
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
