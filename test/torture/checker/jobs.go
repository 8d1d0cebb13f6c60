package main

// The jobs of a session, as lib/session/jobs.ts has them. Those with names are a set on which starts and ends commute.

const jobsMax = 8

// Stands for jobs beyond jobsMax. No name of a job is like it.
const beyond = "+"

type job struct {
	Name  string // empty where its station gave none
	At    int64  // when it started or ended, where it has no name and is dated; else 0
	Until span   // its cap; empty where its end has been heard
}

func (j job) runs() bool { return j.Until.Hi > 0 }

type jobs struct {
	N    int
	List [jobsMax]job
}

func (j jobs) all() []job { return append([]job(nil), j.List[:j.N]...) }

func jobsOf(list []job) jobs {
	var j jobs
	j.N = copy(j.List[:], list)
	return j
}

func (j jobs) running() (count int) {
	for _, one := range j.List[:j.N] {
		if one.runs() {
			count++
		}
	}
	return count
}

// waits is until when idle and lease wait; from 0 to 0 where they do not.
func (j jobs) waits() (until span) {
	for _, one := range j.List[:j.N] {
		if one.runs() {
			until = later(until, one.Until)
		}
	}
	return until
}

// known is what may be known of the jobs at an instant of now: past its cap none puts anything off.
func (j jobs) known(now span) [][]job {
	all := j.all()
	var variants [][]job
	// Which of them are past their caps, in every way that the ranges allow.
	var choose func(n int, past []bool)
	choose = func(n int, past []bool) {
		if n == len(all) {
			variants = append(variants, remaining(all, past))
			return
		}
		if one := all[n]; one.runs() && one.Until.Lo <= now.Hi {
			choose(n+1, append(past[:n:n], true))
		}
		if one := all[n]; !one.runs() || one.Until.Hi > now.Lo {
			choose(n+1, append(past[:n:n], false))
		}
	}
	choose(0, nil)
	return variants
}

func remaining(all []job, past []bool) (kept []job) {
	anyRuns := false
	for n, one := range all {
		anyRuns = anyRuns || one.Name == "" && one.runs() && !past[n]
	}
	for n, one := range all {
		switch {
		case !past[n]:
			kept = append(kept, one)
		case one.Name == beyond:
		case one.Name != "":
			kept = append(kept, job{Name: one.Name})
		case anyRuns:
			kept = append(kept, one)
		}
	}
	return kept
}

func started(known []job, start job) []job {
	for n, one := range known {
		if start.Name != "" {
			if one.Name == start.Name {
				return known
			}
			continue
		}
		if one.Name == "" && start.At != 0 && one.runs() && one.At == start.At {
			return known
		}
		// An end that no start was heard of is this one's.
		if one.Name == "" && start.At != 0 && !one.runs() && one.At >= start.At && !hasStart(known, start.At) {
			return append(known[:n:n], known[n+1:]...)
		}
	}
	return added(known, start)
}

func hasStart(known []job, at int64) bool {
	for _, one := range known {
		if one.Name == "" && one.runs() && one.At == at {
			return true
		}
	}
	return false
}

func isRunning(known []job, name string) bool {
	for _, one := range known {
		if one.Name == name && one.runs() {
			return true
		}
	}
	return false
}

func finished(known []job, name string, at int64) []job {
	for n, one := range known {
		if name != "" && one.Name == name {
			ended := append([]job(nil), known...)
			ended[n] = job{Name: name}
			return ended
		}
		if name == "" && one.Name == "" && one.runs() && (at == 0 || one.At == 0 || one.At <= at) {
			return append(known[:n:n], known[n+1:]...)
		}
	}
	if name == "" && at == 0 {
		return known
	}
	return added(known, job{Name: name, At: at})
}

func added(known []job, one job) []job {
	if len(known) < jobsMax {
		return append(known[:len(known):len(known)], one)
	}
	for n, old := range known {
		if !old.runs() {
			return append(append(known[:n:n], known[n+1:]...), one)
		}
	}
	if !one.runs() {
		return known
	}
	all := append([]job(nil), known...)
	last := &all[len(all)-1]
	*last = job{Name: beyond, Until: later(one.Until, last.Until)}
	return all
}
