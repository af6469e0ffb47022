package kernel

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"careplane.dev/cluster/policy"
	"careplane.dev/cluster/policy/nft"
	"careplane.dev/cluster/policy/oracle"
	"careplane.dev/cluster/policy/policytest"
)

// apply installs a snapshot's rules in the node's kernel.
func (l *lab) apply(table *nft.Table, snapshot policy.Snapshot) {
	l.Helper()
	l.in(l.node, func() error {
		_, err := table.Apply(context.Background(), policy.Compile(snapshot))
		return err
	})
}

// open returns nft in the lab's node, in the state of a newly started agent.
func (l *lab) open() *nft.Table {
	l.Helper()
	var table *nft.Table
	l.in(l.node, func() (err error) {
		table, err = nft.Open()
		return err
	})
	return table
}

// listing is the whole table as nft prints it.
func (l *lab) listing() string {
	l.Helper()
	return l.nft("list", "table", "inet", nft.TableName)
}

func (l *lab) nft(args ...string) string {
	l.Helper()
	var output []byte
	l.in(l.node, func() (err error) {
		if output, err = exec.Command("nft", args...).CombinedOutput(); err != nil {
			err = fmt.Errorf("nft %v: %w: %s", args, err, output)
		}
		return err
	})
	return string(output)
}

func TestPacketsFollowTheTruthTables(t *testing.T) {
	l := newLab(t)
	table := l.open()
	flows := policytest.Flows()
	for _, one := range policytest.Cases() {
		// One table for all cases: each begins with the rules of the previous one.
		one.Play(func(step int, snapshot policy.Snapshot, want policytest.Table) {
			l.apply(table, snapshot)
			l.expect(fmt.Sprintf("%s, step %d", one.Name, step), flows, want.Allows)
		})
	}
}

func TestPacketsFollowTheOracleOnRandomPolicies(t *testing.T) {
	l := newLab(t)
	table := l.open()
	flows := policytest.Flows()
	for seed := range uint64(40) {
		snapshot := policytest.Random(1000 + seed)
		cluster := oracle.Cluster{Snapshot: snapshot, Node: []netip.Addr{policytest.Node}}
		l.nft("flush", "ruleset")
		table = l.open()
		l.apply(table, snapshot)
		l.expect(fmt.Sprintf("seed %d", 1000+seed), flows, cluster.Allowed)
		l.expectWouldBlock(table, flows, cluster)
	}
}

// expectWouldBlock compares the would-block sets with the oracle.
func (l *lab) expectWouldBlock(table *nft.Table, flows []oracle.Flow, cluster oracle.Cluster) {
	l.Helper()
	var found []nft.WouldBlock
	l.in(l.node, func() (err error) {
		found, err = table.WouldBlock(context.Background())
		return err
	})
	count := 0
	for _, flow := range flows {
		for _, direction := range cluster.WouldBlock(flow) {
			count++
			want := nft.WouldBlock{Direction: direction, From: flow.From, To: flow.To, Protocol: protocolOf(flow), Port: flow.Port}
			if !slices.Contains(found, want) {
				l.Errorf("%s is not in the would-block set of %s", policytest.Describe(flow), direction)
			}
		}
	}
	if len(found) != count {
		l.Errorf("%d flows are in the would-block sets, want %d", len(found), count)
	}
}

func TestIncrementalChangesGiveTheSameTableAsARestart(t *testing.T) {
	l := newLab(t)
	table := l.open()
	for seed := range uint64(60) {
		snapshot := policytest.Random(2000 + seed)
		l.apply(table, snapshot)
		if seed%4 != 3 {
			continue
		}
		changed := l.listing()
		table = l.open()
		l.apply(table, snapshot)
		if restarted := l.listing(); sortedLines(changed) != sortedLines(restarted) {
			t.Fatalf("seed %d: after changes\n%s\nafter a restart over the old table\n%s", 2000+seed, changed, restarted)
		}
	}
}

func TestAnUnchangedSnapshotCausesNoTransaction(t *testing.T) {
	l := newLab(t)
	table := l.open()
	l.apply(table, policytest.Random(1))
	l.in(l.node, func() error {
		changed, err := table.Apply(context.Background(), policy.Compile(policytest.Random(1)))
		if changed {
			t.Error("nft was called without a change")
		}
		return err
	})
}

func TestAFlushedTableIsReplaced(t *testing.T) {
	for _, damage := range [][]string{
		{"flush", "ruleset"},
		{"flush", "chain", "inet", nft.TableName, "forward"},
		{"delete", "table", "inet", nft.TableName},
	} {
		t.Run(fmt.Sprint(damage), func(t *testing.T) {
			l := newLab(t)
			table := l.open()
			snapshot := policytest.Random(3)
			l.apply(table, snapshot)
			whole := l.listing()
			l.in(l.node, func() error {
				intact, err := table.Verify(context.Background())
				if !intact {
					t.Error("an intact table is reported as damaged")
				}
				return err
			})
			l.nft(damage...)
			l.in(l.node, func() error {
				intact, err := table.Verify(context.Background())
				if intact {
					t.Error("a damaged table is reported as intact")
				}
				return err
			})
			l.apply(table, snapshot)
			if got := l.listing(); sortedLines(got) != sortedLines(whole) {
				t.Errorf("got\n%s\nwant\n%s", got, whole)
			}
		})
	}
}

func (l *lab) nftScript(script string) {
	l.Helper()
	l.in(l.node, func() error {
		command := exec.Command("nft", "-f", "-")
		command.Stdin = strings.NewReader(script)
		output, err := command.CombinedOutput()
		if err != nil {
			return fmt.Errorf("nft: %w: %s", err, output)
		}
		return nil
	})
}
