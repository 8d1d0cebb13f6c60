package main

import "slices"

// A panel ties together the seats of all who come to it, and parts are to stay small: each user's part has, beside what was
// said about that user, what others said at a panel where that user may have been. It may have ended the session there
// between its call and its return ("put-out"). Once it has been answered, it must have ("is-out"), if the session's own
// login had been answered before. Which of several words ended it only the panel knows: any of them may have.

// The longest that a session goes on which somebody was to put out, and a second for clocks, in microseconds.
func (r realm) longest() int64 { return (r.Policy.Maximum + 2*clockMargin + second) * 1_000 }

const second = 1_000

func (r record) isSaidAtPanel(o operation) bool {
	isTurn := o.Kind == "login" || o.Bare && (o.Kind == "logout" || o.Kind == "boot")
	return isTurn && r.Realms[o.Realm].hasPanel(o.Station)
}

// atPanels also finds out which deliveries have been sent before.
func (r record) atPanels() []operation {
	users := map[string][]operation{} // the logins at each panel
	firstCalls := map[mark]int64{}
	inOrder := make([]*operation, len(r.Operations))
	for n := range r.Operations {
		inOrder[n] = &r.Operations[n]
	}
	slices.SortStableFunc(inOrder, func(a, b *operation) int { return int(a.Call - b.Call) })
	for _, o := range inOrder {
		if o.Kind == "login" && r.Realms[o.Realm].hasPanel(o.Station) {
			users[o.Station] = append(users[o.Station], *o)
		}
		if _, isAgain := firstCalls[o.mark()]; isAgain {
			o.IsAgain = true
		} else {
			firstCalls[o.mark()] = o.Call
		}
	}
	r.findCrowds(inOrder)
	var all []operation
	for _, o := range inOrder {
		for _, partition := range r.mayBeThere(*o, users[o.Station]) {
			to, out := r.toOneThere(*o, partition, firstCalls[o.mark()])
			all = append(all, to)
			if isHeeded(*o) && !comesMeanwhile(*o, partition, users[o.Station]) {
				all = append(all, out)
			}
		}
		if o.Kind == "login" && r.Realms[o.Realm].hasPanel(o.Station) {
			all = append(all, undoing(*o)...)
		}
	}
	return all
}

// findCrowds: of two who come to a panel at the same time, it may have seen the one first, and the seats the other. Then who
// was there before is not certain.
func (r record) findCrowds(inOrder []*operation) {
	latest := map[string][]*operation{} // what was said at each panel
	for _, o := range inOrder {
		if !r.isSaidAtPanel(*o) {
			continue
		}
		kept := latest[o.Station][:0]
		for _, other := range latest[o.Station] {
			if other.Return <= o.Call {
				continue
			}
			kept = append(kept, other)
			o.IsCrowded, other.IsCrowded = true, true
		}
		latest[o.Station] = append(kept, o)
	}
}

// mayBeThere is whose session may have been on the panel when this was said, by their logins there.
func (r record) mayBeThere(o operation, logins []operation) []string {
	isSign := o.Bare && o.isUnknown() && r.Realms[o.Realm].hasPanel(o.Station)
	if !isSign && !r.isSaidAtPanel(o) {
		return nil
	}
	longest := r.Realms[o.Realm].longest()
	var partitions []string
	for _, login := range logins {
		isInTime := login.Call < o.endsAt(longest) && login.Return > o.Call-longest
		isOwn := o.Kind == "login" && login.Partition == o.Partition
		if isInTime && !isOwn && !slices.Contains(partitions, login.Partition) {
			partitions = append(partitions, login.Partition)
		}
	}
	return partitions
}

// endsAt is until when somebody may be put out by this: where nobody answered, the panel keeps the debt until another word
// has it paid, or there is nothing left to be paid.
func (o operation) endsAt(longest int64) int64 {
	if o.isUnknown() && o.Return < never {
		return o.Return + longest
	}
	return o.Return
}

// comesMeanwhile says whether this user logs in there at the same time: whoever is there again is not put out.
func comesMeanwhile(o operation, partition string, logins []operation) bool {
	return slices.ContainsFunc(logins, func(login operation) bool {
		return login.Partition == partition && login.Call < o.Return && login.Return > o.Call
	})
}

// toOneThere is what may become, and what must, of somebody who was on the panel.
func (r record) toOneThere(o operation, partition string, firstCall int64) (to, out operation) {
	to = o
	to.Partition, to.Client = partition, -1
	if o.Kind != "login" && o.Kind != "logout" && o.Kind != "boot" {
		return to, to // An unanswered sign of life: whose, nobody knows.
	}
	to.As, to.Kind, to.Reasons = o.Kind, "put-out", []string{"next-user"}
	if o.Kind != "login" {
		// Of who has left, another word that pays knows no more than that.
		to.Reasons = []string{"logout"}
	}
	if o.Kind == "boot" && o.isUnknown() {
		to.Reasons = append(to.Reasons, "boot")
	}
	to.Session, to.View, to.Past, to.Holders, to.TakeOver = nil, nil, nil, nil, nil
	to.Status, to.Outcome, to.Return = 0, "", o.endsAt(r.Realms[o.Realm].longest())
	// By the clock of whatever saw to it.
	to.Now = span{o.Now.Lo - clockMargin, o.Now.Hi + clockMargin}
	if o.isUnknown() && to.Return < never {
		to.Now.Hi += (to.Return - o.Call) / 1_000
	}
	out = to
	out.Kind, out.Call, out.Return, out.Now, out.Since = "is-out", o.Return, o.Return, o.Now, firstCall
	return to, out
}

// isHeeded says whether this was certainly the panel's news, or had been before.
func isHeeded(o operation) bool {
	switch o.Outcome {
	case "opened", "renewed", "resumed", "repeated", "seat-taken":
		return o.Kind == "login"
	case "ended":
		return true
	case "already-ended", "nothing-open":
		return o.Kind != "login" && o.OccurredAt == 0 && !o.IsAgain
	}
	return false
}

// undoing: a login that the panel knows to be overtaken has perhaps opened a session before that was known. It is ended
// before the answer.
func undoing(o operation) []operation {
	isAnswered := o.Outcome == "login-overtaken"
	if !isAnswered && !o.isUnknown() {
		return nil
	}
	undone := o
	undone.As, undone.Kind, undone.Undoes, undone.Reasons = "login", "put-out", o.mark(), []string{"logout", "next-user"}
	undone.Client, undone.Status, undone.Outcome, undone.TakeOver = -1, 0, "", nil
	if !isAnswered {
		return []operation{undone}
	}
	opened := o
	opened.Client, opened.Status, opened.Outcome = -1, 0, ""
	over := undone
	over.Kind, over.Call, over.Return = "is-out", o.Return+1, o.Return+1
	return []operation{opened, undone, over}
}
