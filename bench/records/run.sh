#!/usr/bin/env bash
# Measures what a core encrypts and decrypts of documents, beside openssl on the same machine, and what uploads and
# downloads take with MongoDB; writes bench/results/records.md. Fails below 500 MB/s and half of openssl. Takes a minute, as root.
#
#   run.sh [--megabytes 256] [--rounds 5] [--out FOLDER]
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "MongoDB" cluster/embedded/engine-rootfs.sh mongodb
exec node bench/records/main.ts "$@"
