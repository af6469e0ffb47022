#!/usr/bin/env bash
# Takes the clinic and then the operator off the cluster. The operator goes last: it is who cleans up. Data (volumes) and
# CRDs stay; applying the clinic again finds its data.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

# All of a kind at once is held as a slip, unless the namespace says that it is meant. It says so no longer than it is.
delete_clinic() {
  local status=0
  confirm_deletion true
  kubectl delete -f examples/clinic/ --ignore-not-found --timeout=180s || status=$?
  confirm_deletion ''
  return "$status"
}

confirm_deletion() {
  kubectl get namespace clinic >/dev/null 2>&1 || return 0
  # Away first: one that was forgotten is too old to count, and setting the same value again would not make it younger.
  kubectl annotate namespace clinic careplane.dev/confirm-deletion-
  [ -z "$1" ] || kubectl annotate namespace clinic "careplane.dev/confirm-deletion=$1"
}

remove_chart() {
  helm uninstall careplane --namespace careplane-system --ignore-not-found --wait
}

need_cluster
take_lock
step "delete the clinic" delete_clinic
step "uninstall the operator" remove_chart
