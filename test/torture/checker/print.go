package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/anishathalye/porcupine"
)

// print tells a part in words: its operations in the order of their calls, and with a number those that fit, in the longest
// order that could be found for them.
func (r record) print(to io.Writer, partition string) {
	part := r.parts()[partition]
	_, info := porcupine.CheckOperationsVerbose(part.Realm.model(part.Seat), part.All, *within)
	var longest []int
	for _, partials := range info.PartialLinearizations() {
		for _, partial := range partials {
			if len(partial) > len(longest) {
				longest = partial
			}
		}
	}
	order := make([]int, len(part.All))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(part.All[a].Call - part.All[b].Call) })
	for _, n := range order {
		place := "    "
		if at := slices.Index(longest, n); at >= 0 {
			place = fmt.Sprintf("%4d", at)
		}
		one := part.All[n]
		fmt.Fprintf(to, "%s %9d-%9d %s\n", place, one.Call/1_000, min(one.Return, 1<<40)/1_000, one.Input)
	}
}
