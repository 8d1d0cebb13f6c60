package main

// Whether an answer tells what the model knows. What was known as a range is known exactly afterwards.

func (r realm) fits(done became, o operation) (seat, bool) {
	to := done.Seat
	isFarewell := o.Kind == "logout" || o.Kind == "boot" || o.Kind == "end"
	switch done.Answer {
	case "opened", "made-anew", "logged-on-anew":
		return r.shows(to, o.View, o.Now, o.Status == 201 && o.Outcome == string(done.Answer))
	case "renewed", "resumed", "lingering":
		return r.shows(to, o.View, o.Now, o.Status == 200 && o.Outcome == string(done.Answer))
	case "repeated":
		// A login that the SDK tried twice knows its own session by its epoch.
		isOwn := o.Kind == "login" && o.Status == 201 && o.Outcome == "opened"
		return r.shows(to, o.View, o.Now, o.Status == 200 && o.Outcome == "repeated" || isOwn)
	case "shown":
		return r.shows(to, o.View, o.Now, o.Status == 200)
	case "invalidated":
		return r.shows(to, o.View, o.Now, o.Status == 410 && o.Outcome == "session-invalidated")
	case "ended":
		return r.tells(to, o.Past, o.Status == 200 && o.Outcome == "ended")
	case "taken":
		return r.names(to, o)
	case "overtaken":
		return to, o.Status == 410 && o.Outcome == "login-overtaken"
	case "stale":
		return to, o.Status == 200 && o.Outcome == "stale"
	case "nothing-open":
		if o.Kind == "logout" || o.Kind == "boot" {
			return to, o.Status == 200 && o.Outcome == "nothing-open"
		}
		return to, o.Status == 410 && o.Outcome == "no-session"
	case "gone":
		if done.HasMovedOn {
			return to, isGoneBefore(o, isFarewell)
		}
		isToldSo := o.Status == 410 && o.Outcome == "session-ended" || o.Status == 401 && o.Outcome == "logon-expired"
		if isFarewell {
			isToldSo = o.Status == 200 && o.Outcome == "already-ended"
		}
		return r.tells(to, o.Past, isToldSo)
	}
	panic("unknown answer " + string(done.Answer))
}

// isGoneBefore: the seat has moved on. History may not know the session yet, and tells of it later.
func isGoneBefore(o operation, isFarewell bool) bool {
	if o.Past != nil && o.Session != nil && o.Past.Epoch != o.Session.Epoch {
		return false
	}
	if o.Session != nil && o.Session.Seal == "" && o.Status == 403 {
		return true // Nothing shows that its station was ever told of it.
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
func (r realm) shows(s seat, shown *view, now span, isSaid bool) (seat, bool) {
	if !isSaid || shown == nil {
		return s, false
	}
	known := s.Epoch.narrow(shown.Epoch) && s.Opened.narrow(shown.OpenedAt) && s.Heard.narrow(shown.HeardAt) &&
		s.Active.narrow(shown.ActiveAt) && s.Logged.narrow(shown.LoggedOnAt) && s.Station == shown.Station
	if !known {
		return s, false
	}
	if s.Jobs.running() != shown.Jobs {
		return s, false
	}
	if s.MadeAnewOf.Hi > 0 && !s.MadeAnewOf.narrow(shown.Previous) || s.MadeAnewOf.Hi == 0 && shown.Previous != 0 {
		return s, false
	}
	held := r.held(s)
	isOnRung := r.mayStandOn(s, now, rungNames[shown.Rung])
	return s, isOnRung && held.has(shown.HeldUntil) && shown.FreeAt == shown.HeldUntil+clockMargin
}

// tells: this is how the seat's session ended.
func (r realm) tells(s seat, told *past, isSaid bool) (seat, bool) {
	if !isSaid || told == nil {
		return s, false
	}
	known := s.Epoch.narrow(told.Epoch) && s.Opened.narrow(told.OpenedAt) && s.Heard.narrow(told.HeardAt) && s.Station == told.Station
	if !known {
		return s, false
	}
	if s.IsEnded {
		return s, s.Reason == told.Reason && s.EndedAt.narrow(told.EndedAt)
	}
	for _, over := range r.overByPolicy(s) {
		if over.Reason == told.Reason && over.EndedAt.has(told.EndedAt) {
			return s, true
		}
	}
	return s, false
}

// names: a refusal names who holds the seat.
func (r realm) names(s seat, o operation) (seat, bool) {
	if o.Status != 409 || len(o.Holders) != 1 {
		return s, false
	}
	holder := o.Holders[0]
	known := s.Epoch.narrow(holder.Epoch) && s.Opened.narrow(holder.OpenedAt) && s.Heard.narrow(holder.HeardAt) && s.Station == holder.Station
	// Not from freeAt on: whoever asks then has the seat.
	return s, known && r.held(s).plus(clockMargin).has(holder.FreeAt) && o.Now.Lo < holder.FreeAt
}

// audit: after all is quiet, the seat's latest session goes on as it is shown, or is in history as it ended.
func (r realm) audit(s seat, o operation) []seat {
	if s.isNew() {
		return []seat{s}
	}
	for _, shown := range o.Live {
		if next, fits := r.shows(s, &shown, o.Now, r.mayBeLive(s, o.Now) || r.mayBeDormant(s, o.Now)); fits {
			return []seat{next}
		}
	}
	for _, told := range o.History {
		if next, fits := r.tells(s, &told, s.IsEnded || r.mayStandOn(s, o.Now, ended)); fits {
			return []seat{next}
		}
	}
	return nil
}

func (r realm) mayBeDormant(s seat, now span) bool {
	return !s.IsEnded && (r.mayStandOn(s, now, failover) || r.mayStandOn(s, now, remembered))
}
