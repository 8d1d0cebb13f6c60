package main

// What ends sessions, and what is said without naming one.

// unnamed is a word that names its user, or nobody but the panel on which this one is, and no session.
func (r realm) unnamed(s seat, o operation, now span) []became {
	isHere := s.Station == o.Station
	if o.Kind != "logout" && o.Kind != "boot" {
		if !isHere {
			return []became{{s, "nothing-open", false}}
		}
		return r.addressed(s, o, now)
	}
	if o.Bare {
		return r.putOut(s, o, now)
	}
	w := o.word(now)
	mayBeOvertaken, isOvertaken := s.Words.overtakes(w)
	isRepeat := s.Words.repeats(w.Mark)
	var all []became
	if !isRepeat && !isOvertaken {
		all = append(all, r.newsOfLogout(s, w, isHere, now)...)
	}
	if isRepeat || mayBeOvertaken {
		all = append(all, r.staleLogout(s, w, isHere, now)...)
	}
	return all
}

func (r realm) newsOfLogout(s seat, w word, isHere bool, now span) []became {
	kept := s
	if w.isDated() {
		kept.Words.keeps(w)
		if s.isNew() {
			kept.Epoch = later(now, s.Epoch.plus(1))
		}
	}
	if !isHere {
		return []became{{kept, "nothing-open", false}}
	}
	if s.IsEnded {
		return []became{{kept, "gone", false}}
	}
	var all []became
	if r.mayStandOn(s, now, ended) {
		for _, over := range r.overByPolicy(s) {
			if w.isDated() {
				over.Words.departs(w)
			}
			all = append(all, became{over, "gone", false})
		}
	}
	return append(all, r.ended(s, w, now, "logout")...)
}

func (r realm) staleLogout(s seat, w word, isHere bool, now span) []became {
	if !isHere {
		return []became{{s, "nothing-open", false}}
	}
	if s.IsEnded {
		return []became{{s, toldOf(s, w), false}}
	}
	var all []became
	if r.mayStandOn(s, now, ended) {
		for _, over := range r.overByPolicy(s) {
			all = append(all, became{over, "gone", false})
		}
	}
	if r.mayBeOpen(s, now) {
		all = append(all, became{s, "stale", false})
	}
	return all
}

// toldOf: its end is recorded. Was it by this very word?
func toldOf(s seat, w word) answer {
	if s.EndedBy == w.Mark {
		return "ended"
	}
	return "gone"
}

// ended is the session's end by this word, if it is open on some rung.
func (r realm) ended(s seat, w word, now span, reason string) []became {
	if !r.mayBeOpen(s, now) {
		return nil
	}
	s.IsEnded, s.EndedAt, s.Reason, s.EndedBy = true, later(now, s.Heard), reason, w.Mark
	s.Words.departs(w)
	return []became{{s, "ended", false}}
}

func (r realm) mayBeOpen(s seat, now span) bool {
	return r.mayBeLive(s, now) || r.mayBeDormant(s, now)
}

// putOut is what somebody who comes to a panel, or leaves it, does to the seat of the one who was there. Which word it was
// that saw to it only the panel knows.
func (r realm) putOut(s seat, o operation, now span) []became {
	isMeant := s.Station == o.Station && s.Epoch.Lo <= now.Hi+clockMargin && (o.Undoes == "" || s.By == o.Undoes)
	if !isMeant || s.isNew() {
		return []became{{s, "nothing-open", false}}
	}
	w := o.word(now)
	if s.IsEnded {
		return []became{{s, toldOf(s, w), false}}
	}
	var all []became
	if r.mayStandOn(s, now, ended) {
		for _, over := range r.overByPolicy(s) {
			all = append(all, became{over, "gone", false})
		}
	}
	if o.Kind != "put-out" {
		return append(all, r.ended(s, w, now, o.Kind)...)
	}
	for _, reason := range o.Reasons {
		if reason == o.As {
			all = append(all, r.ended(s, w, now, reason)...)
		}
		// What it owes is perhaps paid by another.
		another := word{Mark: "another", Station: w.Station, At: span{0, now.Hi}}
		all = append(all, r.ended(s, another, now, reason)...)
	}
	return all
}

// isOut: whoever was on the panel before has been put out. So has what an overtaken login had opened.
func (r realm) isOut(s seat, o operation) []seat {
	isMeant := s.Station == o.Station && (o.Undoes == "" && s.Answered < o.Since || o.Undoes != "" && s.By == o.Undoes)
	if isMeant && !s.IsEnded && r.held(s).Lo > o.Now.Hi {
		return nil
	}
	return []seat{s}
}

// overByPolicy is the seat with its end recorded as its deadlines have it: one, or, where these are not known exactly, two.
func (r realm) overByPolicy(s seat) []seat {
	_, lo := r.soonest(s)
	_, hi := r.latest(s)
	first, last := lo[len(lo)-1], hi[len(hi)-1]
	s.IsEnded, s.EndedAt, s.Reason, s.EndedBy = true, span{first.At, last.At}, first.By, ""
	if first.By == last.By {
		return []seat{s}
	}
	other := s
	other.Reason = last.By
	return []seat{s, other}
}
