package nft

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"sigs.k8s.io/knftables"

	"careplane.dev/cluster/policy"
)

// A container is a set or map that the table has because of a ruleset, with its members in nft's notation, so that they
// can be compared. Members of maps have a value.
type container struct {
	object  knftables.Object
	members map[string]knftables.Element
}

// Transactions come in pairs: `prepare` adds objects that no packet meets yet, `change` makes packets meet them. With a
// single one, a packet during the commit could jump to a chain that is still empty: the kernel looks up set members in
// the current generation, but rules in the generation of the packet's arrival.
type transactions struct{ prepare, change *knftables.Transaction }

// replace rebuilds everything under new names (see stamp), whatever the table holds. Hooks, and the sets and maps that
// every packet is looked up in, stay: between two of them a packet would meet neither.
func replace(tx transactions, found map[string][]string, next policy.Ruleset) {
	for _, object := range statics() {
		tx.prepare.Add(object)
		switch one := object.(type) {
		case *knftables.Chain:
			tx.change.Flush(&knftables.Chain{Name: one.Name})
		case *knftables.Map:
			tx.change.Flush(&knftables.Map{Name: one.Name})
		case *knftables.Set:
			tx.change.Flush(&knftables.Set{Name: one.Name})
		}
	}
	change(tx, policy.Ruleset{}, next)
	for _, chain := range []string{forwardChain, inputChain} {
		for _, rule := range baseRules(chain) {
			tx.change.Add(&knftables.Rule{Chain: chain, Rule: rule})
		}
	}
	isStatic := func(name string) bool { return slices.Contains(staticNames, name) }
	removeChains(tx.change, slices.DeleteFunc(slices.Clone(found["chain"]), isStatic))
	for _, name := range slices.DeleteFunc(slices.Clone(found["set"]), isStatic) {
		tx.change.Delete(&knftables.Set{Name: name})
	}
}

// change adds new objects, moves the pods to them, and removes unused objects.
func change(tx transactions, old, next policy.Ruleset) {
	before, after := containers(old), containers(next)
	for _, name := range sorted(after) {
		if _, known := before[name]; known {
			changeMembers(tx.change, before[name].members, after[name].members)
		} else {
			tx.prepare.Add(after[name].object)
			changeMembers(tx.prepare, nil, after[name].members)
		}
	}
	for _, name := range sorted(next.Chains) {
		if _, known := old.Chains[name]; !known {
			addChain(tx.prepare, name, next.Chains[name])
		}
	}
	removeUnused(tx.change, old, next, before, after)
}

func removeUnused(tx *knftables.Transaction, old, next policy.Ruleset, before, after map[string]container) {
	removeChains(tx, slices.DeleteFunc(sorted(old.Chains), func(name string) bool {
		_, needed := next.Chains[name]
		return needed
	}))
	for _, name := range sorted(before) {
		if _, needed := after[name]; !needed {
			tx.Delete(&knftables.Set{Name: name})
		}
	}
}

func removeChains(tx *knftables.Transaction, names []string) {
	for _, name := range names {
		tx.Flush(&knftables.Chain{Name: name})
	}
	for _, name := range names {
		tx.Delete(&knftables.Chain{Name: name})
	}
}

func addChain(tx *knftables.Transaction, name string, chain policy.Chain) {
	tx.Add(&knftables.Chain{Name: name, Comment: shorten(policy.Names(chain.Policies))})
	for _, rule := range rules(name, chain) {
		tx.Add(rule)
	}
}

// changeMembers removes before it adds: a pod that moves to another chain is one key, removed and added again.
func changeMembers(tx *knftables.Transaction, before, after map[string]knftables.Element) {
	for _, key := range sorted(before) {
		if now, stays := after[key]; !stays || !slices.Equal(now.Value, before[key].Value) {
			element := before[key]
			tx.Delete(&element)
		}
	}
	for _, key := range sorted(after) {
		if then, was := before[key]; !was || !slices.Equal(then.Value, after[key].Value) {
			element := after[key]
			tx.Add(&element)
		}
	}
}

// containers returns those of a ruleset by name; those of `statics` have no object.
func containers(ruleset policy.Ruleset) map[string]container {
	all := map[string]container{podsSet: {members: map[string]knftables.Element{}}}
	for _, pod := range ruleset.Pods {
		all[podsSet].add(podsSet, pod.String(), pod.String())
	}
	for _, direction := range directions {
		all[enforced(direction)] = lookup(enforced(direction), ruleset.Enforced[direction])
		all[shadow(direction)] = lookup(shadow(direction), ruleset.Shadow[direction])
	}
	for name, set := range ruleset.Sets {
		object := &knftables.Set{Name: name, Type: "ipv4_addr", Comment: shorten(set.About)}
		all[name] = container{object: object, members: map[string]knftables.Element{}}
		for _, address := range set.Addresses {
			all[name].add(name, address.String())
		}
	}
	for name, ports := range ruleset.Ports {
		object := &knftables.Set{Name: name, Type: "ipv4_addr . inet_proto . inet_service"}
		all[name] = container{object: object, members: map[string]knftables.Element{}}
		for _, port := range ports {
			all[name].add(name, port.Address.String(), string(port.Protocol), fmt.Sprint(port.Port))
		}
	}
	return all
}

func (c container) add(set string, key ...string) {
	c.members[fmt.Sprint(key)] = knftables.Element{Set: set, Key: key}
}

func lookup(name string, chains map[netip.Addr]string) container {
	c := container{members: map[string]knftables.Element{}}
	for address, chain := range chains {
		c.members[address.String()] = knftables.Element{Map: name, Key: []string{address.String()}, Value: []string{"jump " + chain}}
	}
	return c
}

func sorted[T any](of map[string]T) []string { return slices.Sorted(maps.Keys(of)) }
