// Package nft applies a policy.Ruleset to the kernel, as an nftables table of its own beside kube-proxy's. Its
// transactions are atomic.
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

// Chains and sets that always exist.
const (
	forwardChain = "forward"
	inputChain   = "input"
	podsSet      = "pods-themselves"
)

// Table is the table in the kernel, and what the agent knows of its content.
type Table struct {
	nft knftables.Interface
	// nil: unknown, because nothing was applied yet or the last transaction failed.
	applied *policy.Ruleset
	// Suffix of the names of chains and sets since the last full replacement.
	stamp string
}

// Open finds nft. It fails when nft is missing or not permitted. The kernel's rules stay until the first Apply.
func Open() (*Table, error) {
	nft, err := knftables.New(knftables.InetFamily, TableName)
	if err != nil {
		return nil, fmt.Errorf("nftables: %w", err)
	}
	return New(nft), nil
}

// New uses an existing nft.
func New(nft knftables.Interface) *Table { return &Table{nft: nft} }

// Apply makes the kernel's rules those of the ruleset, and tells whether they differed. The first call, and the first
// after an error, replaces everything; other calls change the difference. A packet meets either the old rules or the
// new ones.
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
		return policy.Ruleset{}, fmt.Errorf("nft: listing the table: %w", err)
	}
	t.stamp = freshStamp(found)
	next := stamped(ruleset, t.stamp)
	replace(tx, found, next)
	return next, nil
}

// Verify checks that the table is intact. If another program flushed it, the next Apply replaces everything.
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

// The would-block sets hold the flows that a shadow policy would block. Entries time out after a minute, so that an
// entry means a flow of the last minute. A full set takes no more entries and blocks nothing.
const (
	wouldBlockSize = 4096
	// A little less than a minute, or a flow seen once would be reported twice.
	WouldBlockTimeout = 58 * time.Second
)

func wouldBlockSet(direction policy.Direction) string { return "would-block-" + string(direction) }
func enforced(direction policy.Direction) string      { return string(direction) }
func shadow(direction policy.Direction) string        { return "shadow-" + string(direction) }

// baseRules apply to every packet.
//
// Forwarded packets are those between pods (the bridge passes them: bridge-nf-call-iptables) and those to and from
// outside. kube-proxy has already translated Service addresses to pod addresses. Packets that the node itself sends
// pass neither hook: a node may always reach its pods. Packets from pods to the node pass the input hook, for their
// egress. IPv6 between pods is dropped: the cluster has no IPv6, but every pod has a link-local address that policies
// do not cover.
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
