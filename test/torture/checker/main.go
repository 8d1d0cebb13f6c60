// The checker of the torture run: reads its history and asks Porcupine whether each user's part is linearizable.
//
//	go run . [-picture FILE] [-within DURATION] [-words PART] HISTORY
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Far more than any part has ever needed; one that needs longer is not decided, and that is no yes.
var within = flag.Duration("within", 5*time.Minute, "how long a part may take")

func main() {
	picture := flag.String("picture", "", "where the first part that is not linearizable is drawn (HTML)")
	words := flag.String("words", "", "a part that is told in words: "+`"one/u7 seat 0"`)
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: checker [-picture FILE] [-within DURATION] [-words PART] HISTORY")
		os.Exit(2)
	}
	read, err := readHistory(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if *words != "" {
		read.print(os.Stdout, *words)
		return
	}
	verdicts := check(read)
	bad := 0
	for _, verdict := range verdicts {
		if verdict.Is == porcupine.Ok {
			continue
		}
		bad++
		fmt.Printf("%s: %s (%d operations)\n", verdict.Partition, named(verdict.Is), verdict.Operations)
		if bad == 1 && *picture != "" {
			if err := draw(read, verdict.Partition, *picture); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
	fmt.Printf("%d operations, %d of which may have been tried twice, in %d parts, %d of them not linearizable\n",
		len(read.Operations), len(read.FirstTries), len(verdicts), bad)
	if bad > 0 {
		os.Exit(1)
	}
}

func named(is porcupine.CheckResult) string {
	if is == porcupine.Illegal {
		return "not linearizable"
	}
	return "not decided in time"
}

type verdict struct {
	Partition  string
	Operations int
	Is         porcupine.CheckResult
}

// part is everything that concerns one seat. Parts are decided apart, as Porcupine advises: if each is linearizable, all is.
type part struct {
	Realm realm
	Seat  string
	All   []porcupine.Operation
}

func (r record) parts() map[string]part {
	parts := map[string]part{}
	for _, whole := range slices.Concat(r.FirstTries, r.AtPanels, r.Operations) {
		if whole.Partition == "" {
			continue // It says nothing of anybody: what it may have done is among what was said at panels.
		}
		realm := r.Realms[whole.Realm]
		for _, seat := range realm.concerned(whole) {
			o := whole.about(seat)
			name := o.Partition + " seat " + seat
			of := parts[name]
			parts[name] = part{realm, seat, append(of.All, porcupine.Operation{
				ClientId: max(0, o.Client), Input: o, Call: o.Call, Return: o.Return,
			})}
		}
	}
	for name, of := range parts {
		of.Realm.Sessions = foundOn(of.All)
		parts[name] = of
	}
	return parts
}

// foundOn is the seat's sessions as its last look shows them.
func foundOn(all []porcupine.Operation) map[int64]past {
	for _, one := range all {
		o := one.Input.(operation)
		if o.Kind != "audit" {
			continue
		}
		found := map[int64]past{}
		for _, told := range o.History {
			found[told.Epoch] = told
		}
		for _, live := range o.Live {
			found[live.Epoch] = past{Epoch: live.Epoch, Station: live.Station, OpenedAt: live.OpenedAt}
		}
		return found
	}
	return nil
}

// check decides each part, in the order of their names.
func check(read record) []verdict {
	parts := read.parts()
	names := make([]string, 0, len(parts))
	for partition := range parts {
		names = append(names, partition)
	}
	sort.Strings(names)
	verdicts := make([]verdict, len(names))
	next := make(chan int)
	var working sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		working.Add(1)
		go func() {
			defer working.Done()
			for n := range next {
				part := parts[names[n]]
				model := part.Realm.model(part.Seat)
				verdicts[n] = verdict{names[n], len(part.All), porcupine.CheckOperationsTimeout(model, part.All, *within)}
			}
		}()
	}
	for n := range names {
		next <- n
	}
	close(next)
	working.Wait()
	return verdicts
}

func draw(read record, partition, file string) error {
	part := read.parts()[partition]
	model := part.Realm.model(part.Seat)
	_, info := porcupine.CheckOperationsVerbose(model, part.All, *within)
	return porcupine.VisualizePath(model, info, file)
}
