#!/usr/bin/env bash
# CRDs, operator and examples/clinic onto a running cluster; returns when every resource of the clinic is Ready.
#   CAREPLANE_READY_SECONDS   how long to wait for Ready (default 300)
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"

# Server-side: no copy of the whole CRD in an annotation, so their size has no limit. Never deleted by anything here.
install_crds() {
  kubectl apply --server-side --force-conflicts --field-manager=careplane-install -f crds/
  kubectl wait --for=condition=Established --timeout=60s -f crds/
}

make_namespaces() {
  kubectl apply --server-side --force-conflicts --field-manager=careplane-install -f - <<YAML
apiVersion: v1
kind: Namespace
metadata:
  name: clinic
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: latest
    pod-security.kubernetes.io/warn: restricted
---
apiVersion: v1
kind: Namespace
metadata:
  name: careplane-system
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: latest
YAML
}

# A helm that was killed leaves its release "pending", which refuses every later upgrade: roll back to what last worked.
settle_release() {
  local status
  status="$(helm list --all --namespace careplane-system --filter '^careplane$' --output json |
    sed -n 's/.*"status":"\([a-z-]*\)".*/\1/p')"
  case "$status" in
    pending-install) helm uninstall careplane --namespace careplane-system ;;
    pending-upgrade | pending-rollback) helm rollback careplane --namespace careplane-system ;;
    *) ;;
  esac
}

install_chart() {
  settle_release
  helm upgrade --install careplane charts/careplane --namespace careplane-system \
    --values "charts/careplane/values-$CAREPLANE_CLUSTER.yaml" --history-max 5
}

# Prints "namespace kind/name" of every workload one of whose containers runs one of the changed images.
workloads_of_changed_images() {
  kubectl get deployments,statefulsets -A -l 'app.kubernetes.io/part-of=careplane' -o json |
    node scripts/workloads-of-images.ts "$CHANGED_IMAGES"
}

# Before the chart and the clinic are applied: pods that these make new run the new images anyway.
restart_changed() {
  [ -s "$CHANGED_IMAGES" ] || return 0
  restarted="$(workloads_of_changed_images)"
  for_each_restarted kubectl rollout restart
  rm -f "$CHANGED_IMAGES"
}

wait_for_restarted() { for_each_restarted wait_until_restarted; }

# wait_until_restarted -n NAMESPACE KIND/NAME. Members of a replica set are restarted by the operator, and `rollout status` refuses those.
wait_until_restarted() {
  local replicas
  if [ "$(kubectl get "$@" -o jsonpath='{.spec.updateStrategy.type}')" != OnDelete ]; then
    kubectl rollout status --timeout=180s "$@"
    return
  fi
  replicas="$(kubectl get "$@" -o jsonpath='{.spec.replicas}')"
  kubectl wait "$@" --timeout=60s \
    --for="jsonpath={.status.observedGeneration}=$(kubectl get "$@" -o jsonpath='{.metadata.generation}')"
  kubectl wait "$@" --timeout=300s --for="jsonpath={.status.updatedReplicas}=$replicas"
  kubectl wait "$@" --timeout=180s --for="jsonpath={.status.readyReplicas}=$replicas"
}

# for_each_restarted COMMAND...: the command for each workload that was restarted, with its namespace.
for_each_restarted() {
  local namespace workload
  while read -r namespace workload; do
    [ -z "$workload" ] || "$@" -n "$namespace" "$workload" </dev/null
  done <<<"$restarted"
}

apply_clinic() {
  local apply=(kubectl apply --server-side --force-conflicts --field-manager=careplane-install -f)
  if [ "$CAREPLANE_CLUSTER" = kind ]; then
    # The one difference: kind's volumes are not encrypted.
    kubectl kustomize --load-restrictor LoadRestrictionsNone cluster/kind/clinic | "${apply[@]}" -
  else
    "${apply[@]}" examples/clinic/
  fi
}

wait_for_operator() {
  kubectl rollout status -n careplane-system deployment/careplane-operator --timeout=180s
}

# The leader registers the webhooks once they answer; what is applied after that is judged.
wait_for_webhooks() {
  kubectl wait --for='jsonpath={.webhooks[?(@.name=="validate.careplane.dev")].name}=validate.careplane.dev' --timeout=120s \
    validatingwebhookconfiguration/careplane-operator
}

need_node
need_cluster
take_lock
restarted=""
step "resource definitions" install_crds
step "namespaces" make_namespaces
step "restart what runs changed images" restart_changed
step "operator (helm)" install_chart
step "operator is available" wait_for_operator
step "webhooks are registered" wait_for_webhooks
step "clinic (examples/clinic)" apply_clinic
if [ -n "$restarted" ]; then step "restarted pods are there" wait_for_restarted; fi
printf '==> every resource of the clinic is Ready\n'
node scripts/wait-ready.ts --of examples/clinic --seconds "${CAREPLANE_READY_SECONDS:-300}"
