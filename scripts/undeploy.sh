#!/usr/bin/env bash
# Takes the clinic and then the operator off the cluster. Data (volumes) and
# CRDs stay; applying the clinic again finds its data.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

delete_clinic() {
  kubectl delete -f examples/clinic/ --ignore-not-found --timeout=180s
}

remove_chart() {
  helm uninstall careplane --namespace careplane-system --ignore-not-found --wait
}

need_cluster
take_lock
step "delete the clinic" delete_clinic
step "uninstall the operator" remove_chart
