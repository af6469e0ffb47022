#!/usr/bin/env bash
# Everything that can be checked without running it: code, scripts, generated files, chart, manifests, alert rules.
# Run through `make lint`, which installs what it needs and counts.
source "$(dirname "${BASH_SOURCE[0]}")/lib/environment.sh"
# shellcheck source=lib/check.sh
source "$ROOT/scripts/lib/check.sh"

schemas="$CAREPLANE_CACHE/schemas"

shell_scripts() {
  # By name or by #! line: git hooks and .ci/run have no ending.
  { find scripts cluster bench testing -name '*.sh' -not -path '*/node_modules/*'; echo .ci/run; } | xargs shellcheck -x -P SCRIPTDIR --severity=warning
}

generated() {
  node operator/src/api/generate.ts --check
  node scripts/generated/main.ts --check
}

chart_values() {
  printf '%s\n' charts/careplane/values.yaml charts/careplane/values-*.yaml charts/careplane/ci/*.yaml
}

# As `helm template` and `helm lint` cannot ask a cluster.
KUBE_VERSION=1.36.3

# helm tells of each symbolic link that it follows; the chart's are meant.
quiet_helm() { helm "$@" 2> >(grep -v 'found symbolic link' >&2); }

helm_lint() {
  local values
  for values in $(chart_values); do quiet_helm lint --strict --quiet --kube-version $KUBE_VERSION charts/careplane --values "$values"; done
}

manifests() {
  local values
  node scripts/kubernetes-schemas.ts "$schemas"
  for values in $(chart_values); do
    quiet_helm template careplane charts/careplane --namespace careplane-system --kube-version $KUBE_VERSION --values "$values" | validate
  done
  validate examples/clinic/*.yaml
}

validate() {
  kubeconform -strict -summary \
    -schema-location "$schemas/{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json" "$@"
}

# The flags of the cluster's own build, so that what it compiled is not compiled again.
go_in_cluster() {
  (cd cluster/embedded/kube && GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 go "$1" -trimpath -buildvcs=false \
    -tags no_btrfs,no_devmapper,no_zfs -gcflags all=-dwarf=false "${@:2}")
}

# What of the cluster's Go is tested without a kernel (that is for the integration tests) and without a cluster.
go_vet() { go_in_cluster vet ./policy/... ./policy-agent ./policy-cni; }
go_tests() { go_in_cluster test ./policy ./policy/claims ./policy/agent ./policy-cni; }

# Which layer imports which, cycles, dead files: .dependency-cruiser.mjs.
layers() { depcruise bench cli clients e2e examples observability operator scripts services testing; }

# One spelling: kebab-case, with the endings that say what a file is (x.int.test.ts).
file_names() {
  local others
  others=$(find bench charts cli clients cluster e2e examples observability operator scripts services testing -not -path '*/node_modules/*' \
    -regextype egrep -regex '.*\.(ts|js|mjs|sh)' -not -regex '.*/[a-z0-9]+([-.][a-z0-9]+)*\.[a-z]+')
  [ -z "$others" ] || { printf 'not kebab-case: %s\n' $others; return 1; }
}

failed=0
run() {
  check "$@"
  [ "$CHECK_STATUS" = 0 ] || failed=1
}

run "eslint" eslint .
run "prettier" prettier --log-level warn --check .
run "tsc" tsc -b . observability
run "layers, import cycles, dead files (dependency-cruiser)" layers
run "file names" file_names
run "shellcheck" shell_scripts
run "every program that is called is installed" node scripts/programs/check.ts
run "go vet (policy agent)" go_vet
run "network policies: semantics, agent (go test)" go_tests
run "crds, reference, chart README and Argo CD config are fresh" generated
run "helm lint" helm_lint
run "chart and examples are valid manifests (kubeconform)" manifests
run "alert rules (promtool check)" scripts/promtool.sh check rules observability/rules/*.yaml
run "alert rules fire when they must (promtool test)" scripts/promtool.sh test rules observability/tests/*.yaml
exit "$failed"
