#!/bin/bash
# What docker-library/rabbitmq's entry point does: root becomes rabbitmq after it has taken over the folder; long host names
# are used where the host's name is long.
set -euo pipefail

if [[ "$1" == rabbitmq* ]] && [ "$(id -u)" = 0 ]; then
  if [ "$1" = rabbitmq-server ]; then find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +; fi
  exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups "${BASH_SOURCE[0]}" "$@"
fi
if [ -z "${RABBITMQ_USE_LONGNAME:-}" ] && [ "$(hostname)" != "$(hostname -s)" ]; then export RABBITMQ_USE_LONGNAME=true; fi
exec "$@"
