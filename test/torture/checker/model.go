package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// realm is a policy, and its stations.
type realm struct {
	Policy   policy             `json:"policy"`
	Stations map[string]station `json:"stations"`
}

type station struct {
	Reports  bool `json:"reports"`
	HasPanel bool `json:"hasPanel"`
}

func (r realm) reports(station string) bool  { return r.Stations[station].Reports }
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

// open puts a new session on the seat. Its epoch is its opening instant, or later than the last.
func open(old seat, o operation, now span, isAnew bool) seat {
	w := o.word(now)
	s := seat{
		Name: old.Name, Station: o.Station, By: w.Mark, Answered: never, Words: old.Words, Said: w.At,
		Epoch:  later(now, old.Epoch.plus(1)),
		Opened: now, Active: now, Heard: now, Logged: now,
	}
	s.Words.arrives(w)
	if o.Status == 201 && !isAnew {
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
