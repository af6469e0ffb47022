package policytest

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"careplane.dev/cluster/policy"
)

// Case is one question to the semantics: policies and the expected truth table.
type Case struct {
	Name  string
	Steps []Step
}

// Step changes the world of the previous step. Policies, when not empty, replaces all policies; `none` removes them.
type Step struct {
	Policies string
	Change   func(world *policy.Snapshot)
	Want     string
}

// Play calls `check` with the world and the table after each step.
func (c Case) Play(check func(step int, snapshot policy.Snapshot, want Table)) {
	world := World()
	for i, step := range c.Steps {
		if step.Policies == "none" {
			world.Policies = nil
		} else if step.Policies != "" {
			world.Policies = Policies(step.Policies)
		}
		if step.Change != nil {
			step.Change(&world)
		}
		check(i, world, ParseTable(step.Want))
	}
}

func one(name, policies, want string) Case {
	return Case{name, []Step{{Policies: policies, Want: want}}}
}

func relabel(name string, set labels.Set) func(*policy.Snapshot) {
	return func(world *policy.Snapshot) { Pod(world, name).Labels = set }
}

func relabelNamespace(name string, set labels.Set) func(*policy.Snapshot) {
	return func(world *policy.Snapshot) {
		world.Namespaces = maps.Clone(world.Namespaces)
		world.Namespaces[name] = set
	}
}

func removePod(name string) func(*policy.Snapshot) {
	return func(world *policy.Snapshot) {
		world.Pods = slices.DeleteFunc(world.Pods, func(pod policy.Pod) bool { return PodName(pod) == name })
	}
}

// Cases covers upstream's own tests (test/e2e/network/netpol), in the same world of x, y, z and a, b, c, and adds defaults,
// exceptions, address reuse and the node.
func Cases() []Case {
	var all []Case
	for _, list := range [][]Case{
		isolation(), selectors(), ports(), namedPorts(), blocks(), combinations(), changes(), oddPods(),
	} {
		all = append(all, list...)
	}
	return all
}
