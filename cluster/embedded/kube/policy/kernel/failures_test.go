package kernel

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"sigs.k8s.io/knftables"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/nft"
	"careplane.dev/cluster/policy/oracle"
	"careplane.dev/cluster/policy/policytest"
)

// faulty fails one transaction, either before the kernel commits it or after, so that only the answer is lost.
type faulty struct {
	knftables.Interface
	untilFailure int
	after        bool
}

func (f *faulty) Run(ctx context.Context, tx *knftables.Transaction) error {
	if f.untilFailure--; f.untilFailure != 0 {
		return f.Interface.Run(ctx, tx)
	}
	if f.after {
		if err := f.Interface.Run(ctx, tx); err != nil {
			return err
		}
	}
	return errors.New("no answer from nft")
}

func TestAFailedTransactionKeepsThePreviousRulesUntilTheRetry(t *testing.T) {
	before, after := policytest.Random(11), policytest.Random(12)
	flows := policytest.Flows()
	allowed := func(snapshot policy.Snapshot) func(oracle.Flow) bool {
		return oracle.Cluster{Snapshot: snapshot, Node: []netip.Addr{policytest.Node}}.Allowed
	}
	for _, c := range []struct {
		transaction int
		after       bool
		want        policy.Snapshot
	}{
		{1, false, before}, {1, true, before},
		{2, false, before}, {2, true, after},
	} {
		t.Run(fmt.Sprintf("transaction %d, the kernel has it: %t", c.transaction, c.after), func(t *testing.T) {
			l := newLab(t)
			broken := &faulty{after: c.after}
			l.in(l.node, func() (err error) {
				broken.Interface, err = knftables.New(knftables.InetFamily, nft.TableName)
				return err
			})
			table := nft.New(broken)
			l.apply(table, before)

			broken.untilFailure = c.transaction
			l.in(l.node, func() error {
				if _, err := table.Apply(context.Background(), policy.Compile(after)); err == nil {
					t.Fatal("Apply did not fail")
				}
				return nil
			})
			l.expect("after the failure", flows, allowed(c.want))

			l.apply(table, after)
			l.expect("after the retry", flows, allowed(after))
			retried := l.listing()
			l.nft("flush", "ruleset")
			l.apply(l.open(), after)
			if fresh := l.listing(); sortedLines(retried) != sortedLines(fresh) {
				t.Errorf("the failure left\n%s\ninstead of\n%s", retried, fresh)
			}
		})
	}
}
