// argo runs a Lua script of integrations/argocd as Argo CD does: `argo health.lua` for health checks, which must return a table with
// status and message, and `argo action.lua` for actions, which must return the object. It reads objects from its input, one JSON
// document after another, and prints what the script returns for each.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: argo SCRIPT <objects")
		os.Exit(2)
	}
	script, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = run(string(script), os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "argo:", err)
		os.Exit(1)
	}
}

func run(script string, input io.Reader, output io.Writer) error {
	answers := json.NewEncoder(output)
	decoder := json.NewDecoder(input)
	for {
		var object map[string]any
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		result, err := evaluate(script, object)
		if err != nil {
			return err
		}
		if err := answers.Encode(result); err != nil {
			return err
		}
	}
}

// evaluate opens what Argo CD opens without `useOpenLibs`, and a clock, which its actions have:
// https://github.com/argoproj/argo-cd/blob/master/util/lua/lua.go
func evaluate(script string, object map[string]any) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
		{lua.OsLibName, openClock},
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), Protect: true}, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	if state.GetTop() == 0 {
		return nil, errors.New("the script returns nothing")
	}
	return fromLua(state.Get(-1)), nil
}

func openClock(state *lua.LState) int {
	date := func(state *lua.LState) int {
		state.Push(lua.LString(time.Now().UTC().Format(time.RFC3339)))
		return 1
	}
	state.Push(state.RegisterModule(lua.OsLibName, map[string]lua.LGFunction{"date": date}))
	return 1
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case nil:
		return lua.LNil
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := state.CreateTable(len(value), 0)
		for _, item := range value {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for key, item := range value {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	default:
		panic(fmt.Sprintf("no JSON value: %T", value))
	}
}

func fromLua(value lua.LValue) any {
	switch value := value.(type) {
	case lua.LBool:
		return bool(value)
	case lua.LNumber:
		return float64(value)
	case lua.LString:
		return string(value)
	case *lua.LTable:
		if value.Len() > 0 {
			items := make([]any, 0, value.Len())
			value.ForEach(func(_, item lua.LValue) { items = append(items, fromLua(item)) })
			return items
		}
		fields := map[string]any{}
		value.ForEach(func(key, item lua.LValue) { fields[key.String()] = fromLua(item) })
		return fields
	default:
		return nil
	}
}
