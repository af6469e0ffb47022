# shellcheck shell=bash
# Imports images from the OCI layout in the cache into containerd.

# Prints "NAME DIGEST" of every image that containerd has.
imported_images() {
  k8s_ctr images ls | awk 'NR > 1 {print $1, $3}'
}

# import_changed NAMES...: imports the images that differ from containerd's, in one stream, so that a shared layer is
# read once. Prints the imported names.
import_changed() {
  local have name changed=()
  have="$(imported_images)"
  while read -r name; do
    grep -qxF "$name" <<<"$have" || changed+=("${name% *}")
  done < <(image digest "$@")
  [ ${#changed[@]} -gt 0 ] || return 0
  image export "${changed[@]}" | k8s_ctr images import - >&2
  printf '%s\n' "${changed[@]}"
}
