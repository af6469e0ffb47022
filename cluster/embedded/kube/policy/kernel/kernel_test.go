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

// apply brings a snapshot's rules into the node's kernel.
func (l *lab) apply(table *nft.Table, snapshot policy.Snapshot) {
	l.Helper()
	l.in(l.node, func() error {
		_, err := table.Apply(context.Background(), policy.Compile(snapshot))
		return err
	})
}

// open is nft in the lab's node, as an agent that just started has it.
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

func TestPacketsDoAsTheTruthTablesSay(t *testing.T) {
	l := newLab(t)
	table := l.open()
	flows := policytest.Flows()
	for _, one := range policytest.Cases() {
		// One table for all: each case begins with the rules of the one before.
		one.Play(func(step int, snapshot policy.Snapshot, want policytest.Table) {
			l.apply(table, snapshot)
			l.expect(fmt.Sprintf("%s, step %d", one.Name, step), flows, want.Allows)
		})
	}
}

func TestPacketsDoAsTheOracleSaysOnRandomPolicies(t *testing.T) {
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
		l.expectNoted(table, flows, cluster)
	}
}

// expectNoted holds what the packet path took down against what a shadow would block.
func (l *lab) expectNoted(table *nft.Table, flows []oracle.Flow, cluster oracle.Cluster) {
	l.Helper()
	var noted []nft.Noted
	l.in(l.node, func() (err error) {
		noted, err = table.Noted(context.Background())
		return err
	})
	count := 0
	for _, flow := range flows {
		for _, direction := range cluster.WouldBlock(flow) {
			count++
			want := nft.Noted{Direction: direction, From: flow.From, To: flow.To, Protocol: protocolOf(flow), Port: flow.Port}
			if !slices.Contains(noted, want) {
				l.Errorf("%s was not noted for %s", policytest.Describe(flow), direction)
			}
		}
	}
	if len(noted) != count {
		l.Errorf("%d flows were noted instead of %d", len(noted), count)
	}
}

func TestChangesLeadToTheSameTableAsANewStart(t *testing.T) {
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
			t.Fatalf("seed %d: after changes\n%s\nafter a start over an old table\n%s", 2000+seed, changed, restarted)
		}
	}
}

func TestNothingIsDoneWhenNothingChanged(t *testing.T) {
	l := newLab(t)
	table := l.open()
	l.apply(table, policytest.Random(1))
	l.in(l.node, func() error {
		changed, err := table.Apply(context.Background(), policy.Compile(policytest.Random(1)))
		if changed {
			t.Error("nft was called for nothing")
		}
		return err
	})
}

func TestATableThatSomebodyFlushedIsMadeAnew(t *testing.T) {
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
					t.Error("a whole table is not found to be whole")
				}
				return err
			})
			l.nft(damage...)
			l.in(l.node, func() error {
				intact, err := table.Verify(context.Background())
				if intact {
					t.Error("the damage is not seen")
				}
				return err
			})
			l.apply(table, snapshot)
			if got := l.listing(); sortedLines(got) != sortedLines(whole) {
				t.Errorf("%s\ninstead of\n%s", got, whole)
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
