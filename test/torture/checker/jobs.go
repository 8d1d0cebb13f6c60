package main

// The jobs of a session, as lib/session/jobs.ts has them. Those with names are a set on which starts and ends commute.

const jobsMax = 7

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
	if start.Name != "" {
		for _, one := range known {
			if one.Name == start.Name {
				return known
			}
		}
		return added(known, start)
	}
	end := -1
	for n, one := range known {
		if one.Name != "" || start.At == 0 {
			continue
		}
		if one.runs() && one.At == start.At {
			return known
		}
		// The first end that no start was heard of is this one's, if it can be.
		if !one.runs() && one.At >= start.At && (end < 0 || one.At < known[end].At) {
			end = n
		}
	}
	if end >= 0 {
		return append(known[:end:end], known[end+1:]...)
	}
	return added(known, start)
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
	if name != "" {
		for n, one := range known {
			if one.Name == name {
				ended := append([]job(nil), known...)
				ended[n] = job{Name: name}
				return ended
			}
		}
		return added(known, job{Name: name})
	}
	mine := -1
	for n, one := range known {
		if one.Name != "" || !one.runs() || at != 0 && one.At > at {
			continue
		}
		// The last that it can be; without a date, the first.
		if mine < 0 || at != 0 && one.At >= known[mine].At {
			mine = n
		}
	}
	if mine < 0 {
		if at == 0 {
			return known
		}
		return added(known, job{At: at})
	}
	var left []job
	hasHeir := false
	for n, one := range known {
		if n == mine {
			continue
		}
		// Which of them it was is a guess: the later cap stays.
		if one.Name == "" && one.runs() && !hasHeir {
			hasHeir = true
			one.Until = later(one.Until, known[mine].Until)
		}
		left = append(left, one)
	}
	return left
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
