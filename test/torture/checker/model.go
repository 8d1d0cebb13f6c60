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

const seatsMax = 3

// state is all seats of one user; of an unlimited realm, the one seat of a login.
type state [seatsMax]seat

// became is one thing that a request may do: what it leaves, and what it is answered.
type became struct {
	State  state
	Answer string
	// The seat of which the answer tells; -1: of none that the model still knows.
	Seat int
}

func (r realm) model() porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{r.initial()} },
		Step: func(from, input, _ any) []any {
			var to []any
			for _, next := range r.step(from.(state), input.(operation)) {
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

func (r realm) initial() state {
	var free state
	for n := range free {
		free[n].Name = fmt.Sprint(n)
	}
	return free
}

func (r realm) seats() int { return max(1, r.Policy.Seats) }

// step is the sequential seat: the states that this operation may leave, none where its answer is impossible.
func (r realm) step(from state, o operation) []state {
	if o.Kind == "audit" {
		return r.audit(from, o)
	}
	if o.isUnknown() {
		next := []state{from}
		for _, done := range r.outcomes(from, o, o.Now) {
			if done.State != from {
				next = append(next, done.State)
			}
		}
		return next
	}
	var next []state
	for _, done := range r.outcomes(from, o, r.heardAt(from, o)) {
		if to, fits := r.fits(done, o); fits {
			next = append(next, to)
		}
	}
	return next
}

// heardAt narrows what the function's clock said by what it answered.
func (r realm) heardAt(from state, o operation) span {
	said := int64(0)
	switch {
	case o.View != nil && (o.Outcome == "opened" || o.Outcome == "made-anew" || o.Outcome == "logged-on-anew"):
		said = o.View.OpenedAt
	case o.View != nil && (o.Outcome == "renewed" || o.Outcome == "resumed"):
		said = o.View.HeardAt
		// Something later had been heard already.
		if n := r.seatOf(from, o.View.Seat); n >= 0 && from[n].Heard.has(said) {
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
func (r realm) outcomes(from state, o operation, now span) []became {
	if now.isEmpty() {
		return nil
	}
	if o.Kind == "login" {
		return r.login(from, o, now)
	}
	n := r.seatOf(from, o.Session.Seat)
	if n < 0 {
		return nil
	}
	s := from[n]
	var all []became
	// Never of an epoch that the seat has not come to: a session that a client knows of has been opened.
	if o.Session.Epoch < s.Epoch.Hi {
		if (o.Kind == "ping" || o.Kind == "activity" || o.Kind == "logout") && s.MadeAnewOf.has(o.Session.Epoch) {
			all = append(all, r.addressed(from, n, o, now)...)
		} else {
			all = append(all, became{from, "gone", -1})
		}
	}
	if s.Epoch.has(o.Session.Epoch) {
		from[n].Epoch = at(o.Session.Epoch)
		all = append(all, r.addressed(from, n, o, now)...)
	}
	return all
}

func (r realm) seatOf(from state, name string) int {
	if r.Policy.Seats == 0 {
		return 0
	}
	for n := range r.seats() {
		if from[n].Name == name {
			return n
		}
	}
	return -1
}

// login takes, in this order: a repeat; the user's own here; a free seat; one that is given up to it; none.
func (r realm) login(from state, o operation, now span) []became {
	var all []became
	for n := range r.seats() {
		s := from[n]
		if s.isNew() {
			continue
		}
		if s.PreviousBy == o.ID {
			return []became{{from, "gone", -1}}
		}
		if s.By != o.ID || s.Station != o.Station {
			continue
		}
		if r.mayBeLive(s, now) {
			all = append(all, became{from, "repeated", n})
		}
		if !s.IsEnded && (r.mayStandOn(s, now, failover) || r.mayStandOn(s, now, remembered)) {
			all = append(all, became{from, "invalidated", n})
		}
		if s.IsEnded || r.mayStandOn(s, now, ended) {
			all = append(all, became{from, "gone", n})
		}
		return all
	}
	if s := from[0]; r.seats() == 1 && s.Station == o.Station && r.mayBeLive(s, now) {
		if s.Latest == o.ID {
			all = append(all, became{from, "repeated", 0})
		} else {
			all = append(all, r.renewals(from, 0, o, now)...)
		}
	}
	isFull := true
	for n := range r.seats() {
		s := from[n]
		anyone, named := o.takes(s)
		if r.mayBeFree(s, o.Station, now) || ((anyone || named) && !s.isNew() && !s.IsEnded) {
			all = append(all, became{open(from, n, o, now, false), "opened", n})
		}
		isFull = isFull && r.mayBeTaken(s, o.Station, now) && !anyone && !(named && s.Epoch.Lo == s.Epoch.Hi)
	}
	if s := from[0]; r.seats() == 1 && s.Station == o.Station && isFull {
		isFull = false // Their own session goes on.
	}
	if isFull {
		all = append(all, became{from, "taken", -1})
	}
	return all
}

// addressed is what becomes of a request that speaks of the seat's latest session.
func (r realm) addressed(from state, n int, o operation, now span) []became {
	s := from[n]
	var all []became
	if s.IsEnded {
		if o.Kind == "logout" && s.Latest == o.ID && s.Reason == "logout" {
			return []became{{from, "ended", n}}
		}
		if o.Kind == "end" && s.Reason == "operator" && later(o.Now, s.Heard).has(s.EndedAt.Lo) {
			all = append(all, became{from, "ended", n})
		}
		return append(all, became{from, "gone", n})
	}
	if r.mayStandOn(s, now, ended) {
		all = append(all, became{from, "gone", n})
	}
	isOpen := false
	for on := active; on < ended; on++ {
		isOpen = isOpen || r.mayStandOn(s, now, on)
	}
	if !isOpen {
		return all
	}
	if (o.Kind == "ping" || o.Kind == "activity") && (s.Latest == o.ID || s.By == o.ID) {
		return append(all, became{from, "repeated", n})
	}
	switch o.Kind {
	case "read":
		return append(all, became{from, "shown", n})
	case "logout", "end":
		s.IsEnded, s.EndedAt = true, later(now, s.Heard)
		s.Reason = map[string]string{"logout": "logout", "end": "operator"}[o.Kind]
		if o.Kind == "logout" {
			s.Latest = o.ID
		}
		from[n] = s
		return append(all, became{from, "ended", n})
	case "ping", "activity":
		return append(all, r.renewals(from, n, o, now)...)
	}
	panic("unknown kind " + o.Kind)
}

// renewals is what a sign of life does on each rung on which the session may stand.
func (r realm) renewals(from state, n int, o operation, now span) []became {
	s := from[n]
	var all []became
	renewed := func(answer string) {
		next := from
		s := s
		heard := later(now, s.Heard)
		s.Heard = heard
		if o.Kind != "ping" {
			s.Active, s.Latest = heard, o.ID
		}
		if o.Kind == "login" {
			s.Logged = heard
		}
		next[n] = s
		all = append(all, became{next, answer, n})
	}
	if r.mayStandOn(s, now, active) {
		renewed("renewed")
	}
	if r.mayStandOn(s, later(now, s.Heard), lingering) {
		if o.Kind == "ping" {
			all = append(all, became{from, "lingering", n})
		} else {
			renewed("resumed")
		}
	}
	if o.Kind == "login" {
		return all
	}
	for on, answer := range map[rung]string{failover: "made-anew", remembered: "logged-on-anew"} {
		if !r.mayStandOn(s, now, on) {
			continue
		}
		if o.Kind == "ping" {
			all = append(all, became{from, "invalidated", n})
		} else {
			all = append(all, became{open(from, n, o, now, true), answer, n})
		}
	}
	return all
}

// open puts a new session on the seat. Its epoch is its opening instant, or later than the last.
func open(from state, n int, o operation, now span, isAnew bool) state {
	old := from[n]
	s := seat{
		Name: old.Name, Station: o.Station, By: o.ID, Latest: o.ID, PreviousBy: old.By,
		Epoch:  later(now, old.Epoch.plus(1)),
		Opened: now, Active: now, Heard: now, Logged: now,
	}
	if isAnew {
		s.Logged, s.MadeAnewOf, s.Station = old.Logged, old.Epoch, old.Station
	}
	from[n] = s
	return from
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
