package main

// Whether an answer tells what the model knows. What was known as a range is known exactly afterwards.

func (r realm) fits(done became, o operation) (state, bool) {
	to := done.State
	isFarewell := o.Kind == "logout" || o.Kind == "end"
	switch done.Answer {
	case "opened", "made-anew", "logged-on-anew":
		return r.shows(to, done.Seat, o.View, o.Now, o.Status == 201 && o.Outcome == done.Answer)
	case "renewed", "resumed", "lingering":
		return r.shows(to, done.Seat, o.View, o.Now, o.Status == 200 && o.Outcome == done.Answer)
	case "repeated":
		// A login that the SDK tried twice knows its own session by its epoch.
		isOwn := o.Kind == "login" && o.Status == 201 && o.Outcome == "opened"
		return r.shows(to, done.Seat, o.View, o.Now, o.Status == 200 && o.Outcome == "repeated" || isOwn)
	case "shown":
		return r.shows(to, done.Seat, o.View, o.Now, o.Status == 200)
	case "invalidated":
		return r.shows(to, done.Seat, o.View, o.Now, o.Status == 410 && o.Outcome == "session-invalidated")
	case "ended":
		return r.tells(to, done.Seat, o.Past, o.Status == 200 && o.Outcome == "ended")
	case "taken":
		return r.names(to, o)
	case "gone":
		if done.Seat < 0 {
			return to, isGoneBefore(o, isFarewell)
		}
		isToldSo := o.Status == 410 && o.Outcome == "session-ended" || o.Status == 401 && o.Outcome == "logon-expired"
		if isFarewell {
			isToldSo = o.Status == 200 && o.Outcome == "already-ended"
		}
		return r.tells(to, done.Seat, o.Past, isToldSo)
	}
	panic("unknown answer " + done.Answer)
}

// isGoneBefore: the seat has moved on. History may not know the session yet, and tells of it later.
func isGoneBefore(o operation, isFarewell bool) bool {
	if o.Past != nil && o.Session != nil && o.Past.Epoch != o.Session.Epoch {
		return false
	}
	switch o.Kind {
	case "logout":
		return o.Status == 200 && o.Outcome == "stale"
	case "end":
		return o.Status == 200 && o.Outcome == "already-ended" || o.Status == 404
	case "read":
		return o.Status == 410 && o.Outcome == "session-ended" || o.Status == 404
	}
	return o.Status == 410 && o.Outcome == "session-ended" || o.Status == 401 && o.Outcome == "logon-expired"
}

// shows: the answer's session is the seat's, in every particular.
func (r realm) shows(to state, n int, shown *view, now span, isSaid bool) (state, bool) {
	if !isSaid || shown == nil {
		return to, false
	}
	s := &to[n]
	known := s.Epoch.narrow(shown.Epoch) && s.Opened.narrow(shown.OpenedAt) && s.Heard.narrow(shown.HeardAt) &&
		s.Active.narrow(shown.ActiveAt) && s.Logged.narrow(shown.LoggedOnAt) && s.Station == shown.Station
	if !known || r.Policy.Seats > 0 && s.Name != shown.Seat {
		return to, false
	}
	if s.MadeAnewOf.Hi > 0 && !s.MadeAnewOf.narrow(shown.Previous) || s.MadeAnewOf.Hi == 0 && shown.Previous != 0 {
		return to, false
	}
	held := r.held(*s)
	isOnRung := r.mayStandOn(*s, now, rungNames[shown.Rung])
	return to, isOnRung && shown.HeldUntil == held.Lo && shown.FreeAt == held.Lo+clockMargin
}

// tells: this is how the seat's session ended.
func (r realm) tells(to state, n int, told *past, isSaid bool) (state, bool) {
	if !isSaid || told == nil {
		return to, false
	}
	s := &to[n]
	known := s.Epoch.narrow(told.Epoch) && s.Opened.narrow(told.OpenedAt) && s.Heard.narrow(told.HeardAt) && s.Station == told.Station
	if !known {
		return to, false
	}
	if s.IsEnded {
		return to, s.Reason == told.Reason && s.EndedAt.narrow(told.EndedAt)
	}
	_, lo := r.soonest(*s)
	_, hi := r.latest(*s)
	first, last := lo[len(lo)-1], hi[len(hi)-1]
	return to, span{first.At, last.At}.has(told.EndedAt) && (told.Reason == first.By || told.Reason == last.By)
}

// names: a refusal names exactly those who hold the seats.
func (r realm) names(to state, o operation) (state, bool) {
	if o.Status != 409 || len(o.Holders) != r.seats() {
		return to, false
	}
	for _, holder := range o.Holders {
		n := r.seatOf(to, holder.Seat)
		if n < 0 {
			return to, false
		}
		s := &to[n]
		known := s.Epoch.narrow(holder.Epoch) && s.Opened.narrow(holder.OpenedAt) && s.Heard.narrow(holder.HeardAt) && s.Station == holder.Station
		if !known || !r.held(*s).plus(clockMargin).has(holder.FreeAt) {
			return to, false
		}
		// Not from freeAt on: whoever asks then has the seat.
		if holder.FreeAt <= o.Now.Lo {
			return to, false
		}
	}
	return to, true
}

// audit: after all is quiet, every seat's latest session goes on as it is shown, or is in history as it ended.
func (r realm) audit(from state, o operation) []state {
	for n := range r.seats() {
		if from[n].isNew() {
			continue
		}
		isFound := false
		for _, shown := range o.Live {
			if next, fits := r.shows(from, n, &shown, o.Now, r.mayBeLive(from[n], o.Now) || r.mayBeDormant(from[n], o.Now)); fits {
				from, isFound = next, true
			}
		}
		for _, told := range o.History {
			if next, fits := r.tells(from, n, &told, from[n].IsEnded || r.mayStandOn(from[n], o.Now, ended)); fits {
				from, isFound = next, true
			}
		}
		if !isFound {
			return nil
		}
	}
	return []state{from}
}

func (r realm) mayBeDormant(s seat, now span) bool {
	return !s.IsEnded && (r.mayStandOn(s, now, failover) || r.mayStandOn(s, now, remembered))
}
