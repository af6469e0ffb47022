#!/usr/bin/env bash
# What runs and what is Ready.
#   scripts/status.sh --what-next   the resources, the addresses and what to try (the end of `make up`)
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

what_next() {
  local gateway
  gateway="$(scripts/env.sh --gateway)"
  cat <<TEXT

Gateway      $gateway  (FHIR under /fhir/R4, GraphQL at /graphql; its authority: \$GATEWAY_CA)
Prometheus   kubectl -n clinic port-forward service/clinic-observability-prometheus 9090  then http://127.0.0.1:9090
kubectl      eval "\$(${WITH}make -s env)"

Try next
  kubectl describe hs appointments -n clinic    conditions, events, what was derived from the edges
  kubectl delete pod -n clinic -l careplane.dev/service=gateway
  ${WITH}make demo
  ${WITH}make status, logs, test
  ${WITH}make down, which keeps the data; make $([ "$CAREPLANE_CLUSTER" = kind ] && echo kind-down || echo clean) deletes it
TEXT
}

if [ "${1:-}" != --what-next ] && [ "$CAREPLANE_CLUSTER" = embedded ]; then cluster/embedded/status.sh || true; fi
need_cluster
printf '\nkubectl get careplane -A\n'
kubectl get careplane -A
if [ "${1:-}" = --what-next ]; then
  what_next
else
  printf '\nkubectl get pods -A\n'
  kubectl get pods -A
fi
