package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// realm is a policy, and its stations.
type realm struct {
	Policy   policy             `json:"policy"`
	Stations map[string]station `json:"stations"`
	// The seat's sessions by their epochs, as the last look has found them; nil where there was none.
	Sessions map[int64]past `json:"-"`
}

type station struct {
	Reports  bool `json:"reports"`
	HasPanel bool `json:"hasPanel"`
}

func (r realm) reports(station string) bool { return r.Stations[station].Reports }

func (r realm) hasPanel(station string) bool { return r.Stations[station].HasPanel }

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
				for _, known := range r.asFound(next) {
					to = append(to, known)
				}
			}
			return to
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(input, _ any) string { return input.(operation).String() },
		DescribeState:     func(from any) string { return fmt.Sprintf("%+v", from) },
	}
	return model.ToModel()
}

// asFound: what nobody was answered is known only as a range, and may not have happened at all. But each session that opened
// was found in the end, with the end that was recorded; so only what leads there need be followed, and that is exact.
func (r realm) asFound(s seat) []seat {
	if r.Sessions == nil || s.isNew() {
		return []seat{s}
	}
	var all []seat
	for epoch, found := range r.Sessions {
		s := s
		fits := s.Epoch.narrow(epoch) && s.Opened.narrow(found.OpenedAt) && s.Station == found.Station
		if fits && s.IsEnded && found.EndedAt != 0 {
			fits = s.Reason == found.Reason && s.EndedAt.narrow(found.EndedAt)
		}
		if fits {
			all = append(all, s)
		}
	}
	return all
}

// step is the seats that this operation may leave, none where its answer is impossible.
func (r realm) step(s seat, o operation) []seat {
	switch o.Kind {
	case "audit":
		return r.audit(s, o)
	case "is-out":
		return r.isOut(s, o)
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
		if s.By == o.mark() && s.Opened.has(said) {
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
	switch {
	case o.Kind == "login":
		return r.login(s, o, now)
	case o.Kind == "put-out":
		return r.putOut(s, o, now)
	case o.Session == nil:
		return r.unnamed(s, o, now)
	}
	var all []became
	// Never of an epoch that the seat has not come to: a session that a client knows of has been opened.
	if o.Session.Epoch < s.Epoch.Hi {
		goesOnAs := s.MadeAnewOf
		if o.Kind == "logout" {
			goesOnAs = span{s.ChainFrom.Lo, s.MadeAnewOf.Hi}
		}
		if o.Kind != "read" && o.Kind != "end" && !s.isNew() && goesOnAs.Hi > 0 && goesOnAs.has(o.Session.Epoch) {
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

// addressed is what becomes of a request that speaks of the seat's latest session.
func (r realm) addressed(s seat, o operation, now span) []became {
	isFarewell := o.Kind == "logout" || o.Kind == "end"
	w := o.word(now)
	if s.IsEnded {
		if o.Kind == "logout" {
			return []became{{s, toldOf(s, w), false}}
		}
		all := []became{{s, "gone", false}}
		if o.Kind == "end" && s.Reason == "operator" && later(o.Now, s.Heard).has(s.EndedAt.Lo) {
			all = append(all, became{s, "ended", false})
		}
		return all
	}
	var all []became
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
	if !r.mayBeOpen(s, now) {
		return all
	}
	switch o.Kind {
	case "read":
		return append(all, became{s, "shown", false})
	case "logout":
		return append(all, r.ended(s, w, now, "logout")...)
	case "end":
		s.IsEnded, s.EndedAt, s.Reason, s.EndedBy = true, later(now, s.Heard), "operator", ""
		return append(all, became{s, "ended", false})
	case "ping":
		return append(all, r.renewals(s, o, now)...)
	case "activity", "job-started", "job-ended":
	default:
		panic("unknown kind " + o.Kind)
	}
	if s.Words.repeats(w.Mark) {
		if r.mayBeLive(s, now) {
			all = append(all, became{s, "repeated", false})
		}
		if r.mayBeDormant(s, now) {
			all = append(all, became{s, "invalidated", false})
		}
		return all
	}
	mayBeOvertaken, isOvertaken := s.Words.overtakes(w)
	if mayBeOvertaken {
		all = append(all, r.overtakenSigns(s, o, now)...)
	}
	if !isOvertaken {
		all = append(all, r.renewals(s, o, now)...)
	}
	return all
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
	if o.Job != "" {
		text += " job " + o.Job
	}
	if o.OccurredAt != 0 {
		text += fmt.Sprintf(" dated %d", o.OccurredAt)
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
