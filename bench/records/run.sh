#!/usr/bin/env bash
# Measures what a core encrypts and decrypts of documents, beside openssl on the same machine; writes bench/results/records.md. Fails
# below 500 MB/s and half of openssl. Takes half a minute.
#
#   run.sh [--megabytes 256] [--rounds 5] [--out FOLDER]
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
exec node bench/records/main.ts "$@"
