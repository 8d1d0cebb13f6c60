package main

// Logins, and what they open.

// isLate says whether what the login opens may, or must, be over before it has arrived.
func (r realm) isLate(w word, now span) (may, must bool) {
	if !w.isDated() {
		return false, false
	}
	over := w.At.plus(r.firstDeadline(w.Station))
	return over.Lo <= now.Hi, over.Hi <= now.Lo
}

// login: whether it was heard before, whether it is in order, and how the seat stands.
func (r realm) login(s seat, o operation, now span) []became {
	w := o.word(now)
	if s.Words.repeats(w.Mark) {
		return r.repeatedLogin(s, o, now)
	}
	var all []became
	// Of several seats, what was said of one session says nothing of another.
	mayBeOvertaken, isOvertaken := s.Words.overtakes(w)
	hasOneHere := r.Policy.Seats == 1 || r.hasPanel(o.Station)
	isMine := hasOneHere && s.Station == o.Station && r.mayBeLive(s, now)
	if r.Policy.Seats > 1 && !isMine {
		mayBeOvertaken, isOvertaken = false, false
	}
	mayBeLate, isLate := r.isLate(w, now)
	isHeld := r.mayBeTaken(s, o.Station, now) && !(hasOneHere && s.Station == o.Station)
	isFree := r.mayBeFree(s, o, now)
	// At a panel the panel knows what its station has said later, or that another has come meanwhile.
	isPast := r.hasPanel(o.Station)
	if mayBeLate || isPast || mayBeOvertaken && (isFree || isHeld) {
		all = append(all, became{s, "overtaken", false})
	}
	if mayBeOvertaken && isMine {
		all = append(all, became{s, "repeated", false})
	}
	if isMine && !isOvertaken && (!isLate || r.Policy.Seats > 1) {
		all = append(all, r.renewals(s, o, now)...)
	}
	if isOvertaken || isLate {
		return all
	}
	anyone, named := o.takes(s)
	if isFree || (anyone || named) && !s.isNew() && !s.IsEnded {
		all = append(all, became{open(s, o, now, false), "opened", false})
	}
	// Sent again after another has come to the panel, it ends nobody's session.
	mayNotTake := r.hasPanel(o.Station) && o.IsAgain
	if isHeld && (mayNotTake || !anyone && !(named && s.Epoch.Lo == s.Epoch.Hi)) {
		all = append(all, became{s, "taken", false})
	}
	return all
}

// repeatedLogin is told as the first time, as far as it is still so.
func (r realm) repeatedLogin(s seat, o operation, now span) []became {
	var all []became
	if r.hasPanel(o.Station) {
		all = append(all, became{s, "overtaken", false})
	}
	wentOn := s.Words.saidAsOther(o.mark()) && s.Station == o.Station
	if s.By != o.mark() && !wentOn {
		return append(all, became{s, "gone", true})
	}
	if r.mayBeLive(s, now) {
		all = append(all, became{s, "repeated", false})
	}
	if r.mayBeDormant(s, now) {
		all = append(all, became{s, "invalidated", false})
	}
	if s.IsEnded || r.mayStandOn(s, now, ended) {
		all = append(all, became{s, "gone", false})
	}
	return all
}

// open puts a new session on the seat. Its epoch is its opening instant, or later than the last.
func open(old seat, o operation, now span, isAnew bool) seat {
	w := o.word(now)
	s := seat{
		Name: old.Name, Station: o.Station, By: w.Mark, Answered: never, Words: old.Words, Said: w.At,
		Epoch:  later(now, old.Epoch.plus(1)),
		Opened: now, Active: now, Heard: now, Logged: now,
	}
	s.Words.arrives(w)
	if o.Status == 201 && !isAnew && !o.IsCrowded {
		s.Answered = o.Return
	}
	if isAnew {
		s.Logged, s.MadeAnewOf, s.Station = old.Logged, old.Epoch, old.Station
		s.ChainFrom = old.Epoch
		if old.MadeAnewOf.Hi > 0 {
			s.ChainFrom = old.ChainFrom
		}
	}
	return s
}
