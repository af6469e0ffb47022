package policytest

import (
	"fmt"
	"path"
	"strings"

	"careplane.dev/cluster/policy/oracle"
)

// Table is a truth table of allowed flows.
type Table struct{ lines []line }

type line struct {
	from, to, port string
	allowed        bool
}

// ParseTable reads lines of `from -> to[:port/protocol] yes|no`. An endpoint is a name of Endpoints, a pattern (`*/*`
// is every pod, `x/*`) or `any`. A port is `80/tcp` or a pattern (`*/udp`). The last matching line decides. Flows
// without a line, flows from an endpoint to itself and flows from the node are allowed.
func ParseTable(text string) Table {
	var table Table
	for _, row := range strings.Split(text, "\n") {
		fields := strings.Fields(row)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 4 || fields[1] != "->" || fields[3] != "yes" && fields[3] != "no" {
			panic("no line of a truth table: " + row)
		}
		to, port, found := strings.Cut(fields[2], ":")
		if !found {
			port = "any"
		}
		table.lines = append(table.lines, line{fields[0], to, port, fields[3] == "yes"})
	}
	return table
}

// Allows returns the table's decision for a flow.
func (t Table) Allows(flow oracle.Flow) bool {
	if flow.From == flow.To || flow.From == Node {
		return true
	}
	allowed := true
	for _, one := range t.lines {
		if one.fits(flow) {
			allowed = one.allowed
		}
	}
	return allowed
}

func (l line) fits(flow oracle.Flow) bool {
	port := fmt.Sprintf("%d/%s", flow.Port, strings.ToLower(string(flow.Protocol)))
	return matches(l.port, port) && matches(l.from, nameOf(flow.From)) && matches(l.to, nameOf(flow.To))
}

func matches(pattern, name string) bool {
	if pattern == "any" {
		return true
	}
	matched, err := path.Match(pattern, name)
	if err != nil {
		panic(err)
	}
	return matched
}
