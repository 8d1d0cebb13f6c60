package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// realm is a policy, and which stations report activity.
type realm struct {
	Policy   policy          `json:"policy"`
	Stations map[string]bool `json:"stations"`
}

func (r realm) reports(station string) bool { return r.Stations[station] }

// became is one thing that a request may do to a seat: what it leaves, and what it is answered.
type became struct {
	Seat   seat
	Answer answer
	// Whether the seat knows no more of the session than that it is gone.
	HasMovedOn bool
}

type answer string

// model is one seat of the realm as a sequential object, which every request that concerns it finds as the last one left it.
func (r realm) model(name string) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{seat{Name: name}} },
		Step: func(from, input, _ any) []any {
			var to []any
			for _, next := range r.step(from.(seat), input.(operation)) {
				to = append(to, next)
			}
			return to
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(input, _ any) string { return input.(operation).String() },
		DescribeState:     func(from any) string { return fmt.Sprintf("%+v", from) },
	}
	return model.ToModel()
}

// step is the seats that this operation may leave, none where its answer is impossible.
func (r realm) step(s seat, o operation) []seat {
	if o.Kind == "audit" {
		return r.audit(s, o)
	}
	if o.isUnknown() {
		next := []seat{s}
		for _, done := range r.outcomes(s, o, o.Now) {
			if done.Seat != s {
				next = append(next, done.Seat)
			}
		}
		return next
	}
	var next []seat
	for _, done := range r.outcomes(s, o, r.heardAt(s, o)) {
		if to, fits := r.fits(done, o); fits {
			next = append(next, to)
		}
	}
	return next
}

// heardAt narrows what the function's clock said by what it answered.
func (r realm) heardAt(s seat, o operation) span {
	said := int64(0)
	switch {
	case o.View != nil && (o.Outcome == "opened" || o.Outcome == "made-anew" || o.Outcome == "logged-on-anew"):
		said = o.View.OpenedAt
		// Sent again, by a clock that is behind: the epoch that it asked for is, by chance, the one that it has been given.
		if s.By == o.ID && s.Opened.has(said) {
			return o.Now
		}
	case o.View != nil && (o.Outcome == "renewed" || o.Outcome == "resumed"):
		said = o.View.HeardAt
		// Something later had been heard already.
		if s.Heard.has(said) {
			return span{o.Now.Lo, min(o.Now.Hi, said)}
		}
	default:
		return o.Now
	}
	if !o.Now.has(said) {
		return span{1, 0}
	}
	return at(said)
}

// outcomes is everything that the request may come to while the function's clock says now.
func (r realm) outcomes(s seat, o operation, now span) []became {
	if now.isEmpty() {
		return nil
	}
	if o.Kind == "login" {
		return r.login(s, o, now)
	}
	var all []became
	// Never of an epoch that the seat has not come to: a session that a client knows of has been opened.
	if o.Session.Epoch < s.Epoch.Hi {
		if (o.Kind == "ping" || o.Kind == "activity" || o.Kind == "logout") && s.MadeAnewOf.has(o.Session.Epoch) {
			all = append(all, r.addressed(s, o, now)...)
		} else {
			all = append(all, became{s, "gone", true})
		}
	}
	if s.Epoch.has(o.Session.Epoch) {
		s.Epoch = at(o.Session.Epoch)
		all = append(all, r.addressed(s, o, now)...)
	}
	return all
}

// login takes, in this order: a repeat; the user's own here, where there is one seat; what is free; what is given up to it.
func (r realm) login(s seat, o operation, now span) []became {
	var all []became
	if !s.isNew() {
		isKnown := s.Station == o.Station && (s.By == o.ID || s.Latest == o.ID)
		if s.PreviousBy == o.ID || !isKnown && s.PreviousLatest == o.ID {
			return []became{{s, "gone", true}}
		}
		if isKnown {
			if r.mayBeLive(s, now) {
				all = append(all, became{s, "repeated", false})
			}
			if !s.IsEnded && (r.mayStandOn(s, now, failover) || r.mayStandOn(s, now, remembered)) {
				all = append(all, became{s, "invalidated", false})
			}
			if s.IsEnded || r.mayStandOn(s, now, ended) {
				all = append(all, became{s, "gone", false})
			}
			return all
		}
	}
	isMine := r.Policy.Seats == 1 && s.Station == o.Station && r.mayBeLive(s, now)
	if isMine && s.knows(o.ID) {
		all = append(all, became{s, "repeated", false})
	} else if isMine {
		all = append(all, r.renewals(s, o, now)...)
	}
	anyone, named := o.takes(s)
	if r.mayBeFree(s, o, now) || ((anyone || named) && !s.isNew() && !s.IsEnded) {
		all = append(all, became{open(s, o, now, false), "opened", false})
	}
	isRefused := r.mayBeTaken(s, o.Station, now) && !anyone && !(named && s.Epoch.Lo == s.Epoch.Hi)
	if isRefused && !(r.Policy.Seats == 1 && s.Station == o.Station) {
		all = append(all, became{s, "taken", false})
	}
	return all
}

// addressed is what becomes of a request that speaks of the seat's latest session.
func (r realm) addressed(s seat, o operation, now span) []became {
	var all []became
	isFarewell := o.Kind == "logout" || o.Kind == "end"
	if s.IsEnded {
		if o.Kind == "logout" && s.Latest == o.ID && s.Reason == "logout" {
			return []became{{s, "ended", false}}
		}
		if o.Kind == "end" && s.Reason == "operator" && later(o.Now, s.Heard).has(s.EndedAt.Lo) {
			all = append(all, became{s, "ended", false})
		}
		return append(all, became{s, "gone", false})
	}
	if r.mayStandOn(s, now, ended) {
		if isFarewell {
			// Whoever wants it ended records that it has.
			for _, over := range r.overByPolicy(s) {
				all = append(all, became{over, "gone", false})
			}
		} else {
			all = append(all, became{s, "gone", false})
		}
	}
	isOpen := false
	for on := active; on < ended; on++ {
		isOpen = isOpen || r.mayStandOn(s, now, on)
	}
	if !isOpen {
		return all
	}
	if (o.Kind == "ping" || o.Kind == "activity") && (s.Latest == o.ID || s.By == o.ID || s.knows(o.ID)) {
		return append(all, became{s, "repeated", false})
	}
	switch o.Kind {
	case "read":
		return append(all, became{s, "shown", false})
	case "logout", "end":
		s.IsEnded, s.EndedAt, s.Recent = true, later(now, s.Heard), [recentMax]string{}
		s.Reason = map[string]string{"logout": "logout", "end": "operator"}[o.Kind]
		if o.Kind == "logout" {
			s.Latest = o.ID
		}
		return append(all, became{s, "ended", false})
	case "ping", "activity":
		return append(all, r.renewals(s, o, now)...)
	}
	panic("unknown kind " + o.Kind)
}

// overByPolicy is the seat with its end recorded as its deadlines have it: one, or, where these are not known exactly, two.
func (r realm) overByPolicy(s seat) []seat {
	_, lo := r.soonest(s)
	_, hi := r.latest(s)
	first, last := lo[len(lo)-1], hi[len(hi)-1]
	s.IsEnded, s.EndedAt, s.Reason, s.Recent = true, span{first.At, last.At}, first.By, [recentMax]string{}
	if first.By == last.By {
		return []seat{s}
	}
	other := s
	other.Reason = last.By
	return []seat{s, other}
}

// renewals is what a sign of life does on each rung on which the session may stand.
func (r realm) renewals(s seat, o operation, now span) []became {
	var all []became
	renewed := func(answer answer) {
		s := s
		s.Heard = later(now, s.Heard)
		if o.Kind != "ping" {
			s.Active, s.Latest = s.Heard, o.ID
			s.hears(o.ID)
		}
		if o.Kind == "login" {
			s.Logged = s.Heard
		}
		all = append(all, became{s, answer, false})
	}
	if r.mayStandOn(s, now, active) {
		renewed("renewed")
	}
	if r.mayStandOn(s, later(now, s.Heard), lingering) {
		if o.Kind == "ping" {
			all = append(all, became{s, "lingering", false})
		} else {
			renewed("resumed")
		}
	}
	if o.Kind == "login" {
		return all
	}
	for on, answer := range map[rung]answer{failover: "made-anew", remembered: "logged-on-anew"} {
		if !r.mayStandOn(s, now, on) {
			continue
		}
		if o.Kind == "ping" {
			all = append(all, became{s, "invalidated", false})
		} else {
			all = append(all, became{open(s, o, now, true), answer, false})
		}
	}
	return all
}

// open puts a new session on the seat. Its epoch is its opening instant, or later than the last.
func open(old seat, o operation, now span, isAnew bool) seat {
	s := seat{
		Name: old.Name, Station: o.Station, By: o.ID, Latest: o.ID, PreviousBy: old.By, PreviousLatest: old.Latest,
		Epoch:  later(now, old.Epoch.plus(1)),
		Opened: now, Active: now, Heard: now, Logged: now,
	}
	s.hears(o.ID)
	if isAnew {
		s.Logged, s.MadeAnewOf, s.Station = old.Logged, old.Epoch, old.Station
	}
	return s
}

func (o operation) String() string {
	text := fmt.Sprintf("#%d %s", o.N, o.Kind)
	if o.Station != "" {
		text += " at " + o.Station
	}
	if o.Session != nil {
		text += fmt.Sprintf(" of %s/%d", o.Session.Seat, o.Session.Epoch)
	}
	if o.TakeOver != nil {
		text += fmt.Sprintf(" takeOver %v", o.TakeOver)
	}
	text += fmt.Sprintf(" id %s now %v -> %d %s", o.ID, o.Now, o.Status, o.Outcome)
	if o.View != nil {
		text += fmt.Sprintf(" %+v", *o.View)
	}
	if o.Past != nil {
		text += fmt.Sprintf(" %+v", *o.Past)
	}
	if o.Holders != nil {
		text += fmt.Sprintf(" held by %+v", o.Holders)
	}
	return text
}
