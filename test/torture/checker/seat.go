package main

// The ladder as docs/mechanism.md states it, written a second time and in another language on purpose: a mistake in
// lib/session/ladder.ts is not repeated here.

// Instants are milliseconds since 1970; what a request of unknown outcome has set is known only as a range.
type span struct{ Lo, Hi int64 }

func at(instant int64) span           { return span{instant, instant} }
func (s span) has(instant int64) bool { return s.Lo <= instant && instant <= s.Hi }
func (s span) plus(length int64) span { return span{s.Lo + length, s.Hi + length} }
func (s span) isEmpty() bool          { return s.Lo > s.Hi }
func later(a, b span) span            { return span{max(a.Lo, b.Lo), max(a.Hi, b.Hi)} }
func (s *span) narrow(instant int64) bool {
	if !s.has(instant) {
		return false
	}
	*s = at(instant)
	return true
}

// clockMargin lies between the end of one holder and the first instant of another, for clocks apart.
const clockMargin = 2000

const never = int64(1) << 53

// policy is one realm's, in milliseconds; 0 is off.
type policy struct {
	Seats      int   `json:"seats"` // 0: unlimited, and then a partition has the one seat of a login
	Idle       int64 `json:"idle"`
	Lingers    bool  `json:"lingers"`
	Lease      int64 `json:"lease"`
	Failover   int64 `json:"failover"`
	LogonToken int64 `json:"logonToken"`
	Maximum    int64 `json:"maximum"`
	Job        int64 `json:"job"`
}

type rung int

const (
	active rung = iota
	lingering
	failover
	remembered
	ended
)

var rungNames = map[string]rung{"active": active, "lingering": lingering, "failover": failover, "remembered": remembered, "ended": ended}

type step struct {
	Rung rung
	At   int64
	By   string
}

// seat is what the model knows of one seat. Comparable: states are compared with ==.
type seat struct {
	Name    string
	Epoch   span   // 0: there is no item
	Station string // empty: nobody ever sat here
	By      mark   // what opened the session
	// When that was answered, in microseconds; never where nobody knows.
	Answered                      int64
	Words                         heard
	Opened, Active, Heard, Logged span
	Said                          span // when it opened, by its station's clock
	Jobs                          jobs
	MadeAnewOf, ChainFrom         span
	IsEnded                       bool // recorded: by somebody's doing, or by who was told that its time is up
	EndedAt                       span
	Reason                        string
	EndedBy                       mark
}

func (s seat) isNew() bool { return s.Station == "" }

// signs are those of a session, at one end of what is known of them.
type signs struct{ opened, active, heard, logged, jobs int64 }

// descent gives when the seat is lost, and the rungs below active.
func (r realm) descent(station string, known signs) (held step, steps []step) {
	p := r.Policy
	idleAt, lingerAt := never, never
	if r.reports(station) {
		if p.Lingers {
			lingerAt = known.active + p.Idle
		} else {
			idleAt = known.active + p.Idle
		}
	}
	held = step{ended, known.heard + p.Lease, "lease"}
	if idleAt <= held.At {
		held = step{ended, idleAt, "idle"}
	}
	held.At = max(held.At, known.jobs)
	if known.opened+p.Maximum <= held.At {
		held = step{ended, known.opened + p.Maximum, "maximum"}
	}
	if lingerAt = max(lingerAt, known.jobs); lingerAt < held.At {
		steps = append(steps, step{lingering, lingerAt, "idle"})
	}
	last := held
	// On a panel nobody knows whether the one who comes back is the one who left.
	isDormantAfter := !r.hasPanel(station)
	if isDormantAfter && p.Failover > 0 && held.By == "lease" {
		steps = append(steps, step{failover, last.At, last.By})
		last = step{At: held.At + p.Failover, By: "failover"}
	}
	if isDormantAfter && p.LogonToken > 0 && known.logged+p.LogonToken > last.At {
		steps = append(steps, step{remembered, last.At, last.By})
		last = step{At: known.logged + p.LogonToken, By: "logon-token"}
	}
	return held, append(steps, step{ended, last.At, last.By})
}

// firstDeadline is how long after its login a session leaves its first rung, if nothing happens.
func (r realm) firstDeadline(station string) int64 {
	first := min(r.Policy.Lease, r.Policy.Maximum)
	if r.reports(station) {
		return min(first, r.Policy.Idle)
	}
	return first
}

func (r realm) soonest(s seat) (step, []step) {
	return r.descent(s.Station, signs{s.Opened.Lo, s.Active.Lo, s.Heard.Lo, s.Logged.Lo, s.Jobs.waits().Lo})
}

func (r realm) latest(s seat) (step, []step) {
	return r.descent(s.Station, signs{s.Opened.Hi, s.Active.Hi, s.Heard.Hi, s.Logged.Hi, s.Jobs.waits().Hi})
}

// held is the range in which the seat is lost.
func (r realm) held(s seat) span {
	lo, _ := r.soonest(s)
	hi, _ := r.latest(s)
	return span{lo.At, hi.At}
}

func rungAt(steps []step, now int64) rung {
	on := active
	for _, step := range steps {
		if step.At <= now {
			on = step.Rung
		}
	}
	return on
}

// mayStandOn says whether the session, not recorded as ended, stands on the rung at some instant of now.
func (r realm) mayStandOn(s seat, now span, on rung) bool {
	_, lo := r.soonest(s)
	_, hi := r.latest(s)
	if rungAt(hi, now.Lo) > on || rungAt(lo, now.Hi) < on {
		return false
	}
	if on == active {
		return true
	}
	for _, step := range append(lo, hi...) {
		if step.Rung == on {
			return true
		}
	}
	return false
}

func (r realm) mayBeLive(s seat, now span) bool {
	return !s.isNew() && !s.IsEnded && r.held(s).Hi > now.Lo
}

// mayBeFree says whether this station may take the seat. The margin is for the others; a sweep, which waits for it too, has
// perhaps recorded the end by a clock that is ahead.
func (r realm) mayBeFree(s seat, o operation, now span) bool {
	if s.isNew() || s.IsEnded {
		return true
	}
	held := r.held(s)
	if s.Station == o.Station && held.Lo <= now.Hi {
		return true
	}
	return held.Lo+clockMargin <= now.Hi || r.endsThere(s) && held.Lo+clockMargin <= o.SweptBy
}

// endsThere says whether the session ends when its seat is lost, and is not dormant first.
func (r realm) endsThere(s seat) bool {
	_, steps := r.soonest(s)
	return steps[len(steps)-1].At == r.held(s).Lo
}

// mayBeTaken says whether this station may be refused the seat.
func (r realm) mayBeTaken(s seat, station string, now span) bool {
	if s.isNew() || s.IsEnded {
		return false
	}
	held := r.held(s)
	if s.Station == station {
		return held.Hi > now.Lo
	}
	return held.Hi+clockMargin > now.Lo
}
