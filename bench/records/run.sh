#!/usr/bin/env bash
# Measures what a core reads and creates of medical records over FHIR with encryption and audit, an import of the demo's data set, what a core
# encrypts and decrypts of documents beside openssl, and uploads and downloads; writes bench/results/records.md. Fails below 651 reads/s a core
# of the service, and below 500 MB/s and half of openssl. Takes ten minutes, as root.
#
#   run.sh [--only documents,read,create,import] [--seconds 8] [--rounds 5] [--megabytes 256] [--data FOLDER] [--profile FOLDER] [--out FOLDER]
#
# --only leaves the rest of the page as it was. --data: ndjson files of the data set (default ../shared/data/synthea; no import without).
# --profile leaves a CPU profile of the service in a folder.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
for engine in mongodb rabbitmq; do step "$engine" cluster/embedded/engine-rootfs.sh "$engine"; done
exec node bench/records/main.ts "$@"
