// Package nft brings a policy.Ruleset into the kernel: as one nftables table of its own, beside kube-proxy's, changed by
// transactions that are applied whole or not at all.
package nft

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/knftables"

	"careplane.dev/cluster/policy"
)

// TableName is the table's name, in the family inet.
const TableName = "careplane_policy"

// Chains and maps that are always there.
const (
	forwardChain = "forward"
	inputChain   = "input"
	podsSet      = "pods-themselves"
)

// Table is the table in the kernel, and what is known to be in it.
type Table struct {
	nft knftables.Interface
	// nil: unknown, because nothing was applied yet or because the last transaction failed.
	applied *policy.Ruleset
	// What the names of chains and sets end with since everything was last made anew.
	stamp string
}

// Open finds nft. It fails when there is none, or no right to use it. What is in the kernel stays until the first Apply.
func Open() (*Table, error) {
	nft, err := knftables.New(knftables.InetFamily, TableName)
	if err != nil {
		return nil, fmt.Errorf("nftables: %w", err)
	}
	return New(nft), nil
}

// New uses an nft that is there already.
func New(nft knftables.Interface) *Table { return &Table{nft: nft} }

// Apply makes the kernel's rules those of the ruleset, and tells whether there was anything to do. The first time, and
// after an error, it replaces all; else it changes what differs. A packet meets the old rules or the new, nothing between.
func (t *Table) Apply(ctx context.Context, ruleset policy.Ruleset) (changed bool, err error) {
	tx := transactions{t.nft.NewTransaction(), t.nft.NewTransaction()}
	next, err := t.plan(ctx, tx, ruleset)
	if err != nil {
		return false, err
	}
	t.applied = nil
	for _, one := range []*knftables.Transaction{tx.prepare, tx.change} {
		if one.NumOperations() == 0 {
			continue
		}
		changed = true
		if err := t.nft.Run(ctx, one); err != nil {
			return false, fmt.Errorf("nft: %w", err)
		}
	}
	t.applied = &next
	return changed, nil
}

func (t *Table) plan(ctx context.Context, tx transactions, ruleset policy.Ruleset) (policy.Ruleset, error) {
	if t.applied != nil {
		next := stamped(ruleset, t.stamp)
		change(tx, *t.applied, next)
		return next, nil
	}
	found, err := t.nft.ListAll(ctx)
	if err != nil && !knftables.IsNotFound(err) {
		return policy.Ruleset{}, fmt.Errorf("nft: what is in the table: %w", err)
	}
	t.stamp = freshStamp(found)
	next := stamped(ruleset, t.stamp)
	replace(tx, found, next)
	return next, nil
}

// Verify looks whether the table is still there, and has the next Apply replace all when it is not: somebody may have
// flushed it.
func (t *Table) Verify(ctx context.Context) (intact bool, err error) {
	if t.applied == nil {
		return false, nil
	}
	for _, chain := range []string{forwardChain, inputChain} {
		rules, err := t.nft.ListRules(ctx, chain)
		if err != nil && !knftables.IsNotFound(err) {
			return false, fmt.Errorf("nft: %w", err)
		}
		if len(rules) != len(baseRules(chain)) {
			t.applied = nil
			return false, nil
		}
	}
	return true, nil
}

// The packet path's notebook of what a shadow would block. It forgets a flow after a minute, so that a flow that is there
// was seen in the last minute; a full one takes nothing more and blocks nothing.
const (
	notebookSize = 4096
	// A little less than a minute, or a flow seen once would be reported for two.
	NotebookKeeps = 58 * time.Second
)

func notebook(direction policy.Direction) string { return "would-block-" + string(direction) }
func enforced(direction policy.Direction) string { return string(direction) }
func shadow(direction policy.Direction) string   { return "shadow-" + string(direction) }

// baseRules are what every packet meets.
//
// Forwarded packets are those from pod to pod (they cross the bridge: bridge-nf-call-iptables), to and from the outside.
// Service addresses are pods' addresses here: kube-proxy has translated them before. What the node itself sends does not
// come by: a node may always reach its pods. What pods send to the node does, in the input hook, for their egress.
// IPv6 between pods is dropped: the cluster has none, but every pod has a link-local address that no policy knows of.
func baseRules(chain string) []string {
	common := []string{
		"ct state established,related accept",
		"ip saddr vmap @" + enforced(policy.Egress),
	}
	if chain == inputChain {
		return append(common, "ip saddr vmap @"+shadow(policy.Egress))
	}
	return append(append([]string{"meta nfproto ipv6 drop", "ip saddr . ip daddr @" + podsSet + " accept"}, common...),
		"ip daddr vmap @"+enforced(policy.Ingress),
		"ip saddr vmap @"+shadow(policy.Egress),
		"ip daddr vmap @"+shadow(policy.Ingress),
	)
}
