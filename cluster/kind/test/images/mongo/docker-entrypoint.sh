#!/bin/bash
# What docker-library/mongo's entry point does where no database is to be initialised: options alone are mongod's, root becomes
# mongodb after it has taken over the folders, and mongod listens on all addresses unless told otherwise.
set -Eeuo pipefail

case "$1" in -*) set -- mongod "$@" ;; esac
if [[ "$1" == mongo* ]] && [ "$(id -u)" = 0 ]; then
  find -L /data/configdb /data/db \! -user mongodb -exec chown mongodb '{}' +
  exec setpriv --reuid mongodb --regid mongodb --init-groups "${BASH_SOURCE[0]}" "$@"
fi
if [ "$1" = mongod ] && [[ " $* " != *" --bind_ip"* && " $* " != *" --config "* && " $* " != *" -f "* ]]; then
  set -- "$@" --bind_ip_all
fi
exec "$@"
