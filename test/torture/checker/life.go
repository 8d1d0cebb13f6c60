package main

// Signs of life.

// overtakenSigns: a sign of life is one however late, but says nothing of where its user is.
func (r realm) overtakenSigns(s seat, o operation, now span) []became {
	var all []became
	if r.mayStandOn(s, now, active) {
		all = append(all, r.renewed(s, o, now)...)
	}
	if r.mayStandOn(s, now, lingering) {
		all = append(all, became{s, "lingering", false})
	}
	if r.mayBeDormant(s, now) {
		all = append(all, became{s, "invalidated", false})
	}
	return all
}

// renewals is what a sign of life does on each rung on which the session may stand.
func (r realm) renewals(s seat, o operation, now span) []became {
	var all []became
	if o.Kind != "ping" && r.mayBeLive(s, now) || r.mayStandOn(s, now, active) {
		all = append(all, r.renewed(s, o, now)...)
	}
	if o.Kind == "ping" && r.mayStandOn(s, now, lingering) {
		all = append(all, became{s, "lingering", false})
	}
	if o.Kind == "login" {
		return all
	}
	mayBeLate, isLate := r.isLate(o.word(now), now)
	for on, answer := range map[rung]answer{failover: "made-anew", remembered: "logged-on-anew"} {
		if !r.mayStandOn(s, now, on) {
			continue
		}
		comesBack := o.Kind == "activity" || o.Kind == "job-started"
		if !comesBack || mayBeLate {
			all = append(all, became{s, "invalidated", false})
		}
		if comesBack && !isLate {
			all = append(all, became{open(s, o, now, true).with(r, o), answer, false})
		}
	}
	return all
}

// with is the job by whose start a session is made anew.
func (s seat) with(r realm, o operation) seat {
	if o.Kind == "job-started" {
		s.Jobs = jobsOf(started(nil, r.jobIn(o, s.Opened)))
	}
	return s
}

func (r realm) jobIn(o operation, now span) job {
	one := job{Name: o.Job, Until: now.plus(r.Policy.Job)}
	if w := o.word(now); o.Job == "" {
		one.At = w.At.Lo
	}
	return one
}

// renewed is the session as it goes on. Where its user had let it linger, it is resumed.
func (r realm) renewed(s seat, o operation, now span) []became {
	heardAt := later(now, s.Heard)
	var all []became
	isActive, lingers := r.mayStandOn(s, heardAt, active), r.mayStandOn(s, heardAt, lingering)
	goesOn := func(next seat, showsUser bool) {
		if o.Kind != "ping" {
			next.Words.other(o.word(now))
		}
		// To one that lingers, what says nothing of its user is no sign of life.
		if lingers && !showsUser {
			all = append(all, became{next, "lingering", false})
		}
		next.Heard = heardAt
		if showsUser {
			next.Active = heardAt
		}
		if o.Kind == "login" {
			next.Logged = heardAt
		}
		if isActive {
			all = append(all, became{next, "renewed", false})
		}
		if lingers && showsUser {
			all = append(all, became{next, "resumed", false})
		}
	}
	if o.Kind != "job-started" && o.Kind != "job-ended" {
		goesOn(s, o.Kind != "ping")
		return all
	}
	w := o.word(now)
	if w.isDated() && s.Said.Hi > 0 && w.At.Lo < s.Said.Hi {
		goesOn(s, false) // Somebody else's, who was here before.
	}
	if w.isDated() && s.Said.Lo > w.At.Hi {
		return all
	}
	for _, known := range s.Jobs.known(heardAt) {
		next, one := s, r.jobIn(o, heardAt)
		if o.Kind == "job-started" {
			next.Jobs = jobsOf(started(known, one))
			goesOn(next, true)
			continue
		}
		next.Jobs = jobsOf(finished(known, one.Name, one.At))
		showsUser := one.Name == "" || isRunning(known, one.Name)
		goesOn(next, showsUser)
		if lingers && !showsUser {
			// It has come down by caps that have passed: those stay as they were.
			next.Jobs = s.Jobs
			goesOn(next, false)
			next.Jobs = jobsOf(finished(s.Jobs.all(), one.Name, one.At))
			goesOn(next, false)
		}
	}
	// The guess of an end without a name takes the only job for the one that ends, also past its cap.
	if only := s.Jobs.List[0]; o.Kind == "job-ended" && o.Job == "" && s.Jobs.N == 1 && only.Name == "" && only.runs() {
		next := s
		next.Jobs = jobs{}
		goesOn(next, true)
	}
	return all
}
