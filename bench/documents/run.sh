#!/usr/bin/env bash
# Measures encryption and decryption of documents beside the age tool, and in chromium; writes bench/results/documents.md. Fails when the library
# does less than 200 MB of content for a second of CPU. Takes about a minute.
#
#   run.sh [--bytes 256000000] [--rounds 5] [--out FOLDER]
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

print_help_if_asked "$@"
need_node
step "age" testing/ecosystem/build.sh
exec node bench/documents/main.ts "$@"
