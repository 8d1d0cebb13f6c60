package main

import (
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"
)

// What hangs on words: jobs, dates, repeats and panels. Each history stands beside one that differs from it in one thing.

type story struct {
	what       string
	is         porcupine.CheckResult
	operations []operation
}

func tell(t *testing.T, realmName string, stories []story) {
	t.Helper()
	for _, one := range stories {
		if is := verdictOf(realmName, one.operations...); is != one.is {
			t.Errorf("%s: %s", one.what, is)
		}
	}
}

// ofJob is a job's event about the session of epoch 10 000 at "a", which shows so many that run, and how long the seat is held.
func ofJob(t *testing.T, at int64, kind, job string, runs int, activeAt, heldUntil int64) operation {
	t.Helper()
	o := said(t, at, kind, "a", fmt.Sprintf("%s %s %d", kind, job, at), 10_000)
	o.Job, o.Outcome, o.View = job, "renewed", shown("0", 10_000, activeAt, at, heldUntil, "a")
	o.View.Jobs = runs
	return o
}

func again(o operation, at int64) operation {
	o.Call, o.Return, o.Now = at*1_000, at*1_000+500, span{at, at}
	return o
}

func saidAt(o operation, occurredAt int64) operation {
	o.OccurredAt = occurredAt
	return o
}

func outcome(o operation, status int, outcome string) operation {
	o.Status, o.Outcome, o.View, o.Past, o.Holders = status, outcome, nil, nil, nil
	return o
}

func TestJobsHoldTheSeat(t *testing.T) {
	login := opened(t, 10_000, "a", "x")
	started := ofJob(t, 10_500, "job-started", "scan", 1, 10_500, 13_500)
	late := ofJob(t, 12_900, "job-ended", "scan", 0, 12_900, 14_900)
	other := ofJob(t, 11_000, "job-started", "copy", 2, 11_000, 14_000)
	repeated := again(started, 11_200)
	repeated.Outcome, repeated.View = "repeated", shown("0", 10_000, 11_000, 11_000, 14_000, "a")
	repeated.View.Jobs = 2
	early := ofJob(t, 10_400, "job-ended", "scan", 0, 10_000, 12_000)
	afterEnd := ofJob(t, 10_500, "job-started", "scan", 0, 10_500, 12_500)
	counted := ofJob(t, 10_500, "job-started", "scan", 1, 10_500, 13_500)
	endedTwice := ofJob(t, 13_000, "job-ended", "scan", 0, 12_900, 14_900)
	showsUser := ofJob(t, 13_000, "job-ended", "scan", 0, 13_000, 15_000)
	heldOn := ofJob(t, 11_500, "job-ended", "scan", 0, 11_500, 14_000)
	free := ofJob(t, 11_500, "job-ended", "scan", 0, 11_500, 13_500)
	second := ofJob(t, 10_600, "job-started", "", 1, 10_600, 13_600)
	third := ofJob(t, 10_700, "job-started", "", 2, 10_700, 13_700)
	before := saidAt(ofJob(t, 11_000, "job-started", "scan", 0, 10_000, 12_000), 9_000)
	counts := saidAt(ofJob(t, 11_000, "job-started", "scan", 1, 11_000, 14_000), 9_000)
	tell(t, "one", []story{
		{"a job holds past idle", porcupine.Ok, []operation{login, started, late}},
		{"two run, and one is told twice", porcupine.Ok, []operation{login, started, other, repeated}},
		{"an end that came first takes its start with it", porcupine.Ok, []operation{login, early, afterEnd}},
		{"an end that came first and is forgotten", porcupine.Illegal, []operation{login, early, counted}},
		{"an end that is told again says nothing of the user", porcupine.Ok, []operation{login, started, late, endedTwice}},
		{"an end that is told again and taken for activity", porcupine.Illegal, []operation{login, started, late, showsUser}},
		{"a job that has ended holds nothing", porcupine.Ok, []operation{login, started, free}},
		{"a job that has ended and holds on", porcupine.Illegal, []operation{login, started, heldOn}},
		{"jobs without names are counted", porcupine.Ok, []operation{login, second, third}},
		{"the job of whoever was here before is not this session's", porcupine.Ok, []operation{saidAt(login, 9_900), before}},
		{"the job of whoever was here before, counted", porcupine.Illegal, []operation{saidAt(login, 9_900), counts}},
	})
}

func TestStartsAndEndsCommute(t *testing.T) {
	start := func(name string) func([]job) []job {
		return func(known []job) []job { return started(known, job{Name: name, Until: at(3_000)}) }
	}
	end := func(known []job) []job { return finished(known, "scan", 0) }
	events := []func([]job) []job{start("scan"), end, start("copy"), end}
	for _, order := range [][]int{{0, 1, 2, 3}, {1, 0, 2, 3}, {1, 3, 0, 2}, {2, 1, 3, 0}, {3, 2, 0, 1}, {0, 2, 3, 1}} {
		var known []job
		for _, n := range order {
			known = events[n](known)
		}
		if jobsOf(known).running() != 1 || !isRunning(known, "copy") {
			t.Errorf("in the order %v the one runs whose end was heard: %+v", order, known)
		}
	}
}

func TestDates(t *testing.T) {
	login := saidAt(opened(t, 10_000, "a", "x"), 9_990)
	bye := saidAt(loggedOut(t, 11_000, 10_000), 10_990)
	late := saidAt(opened(t, 11_100, "a", "y"), 10_500)
	refusedLate := outcome(late, 410, "login-overtaken")
	inOrder := saidAt(opened(t, 11_100, "a", "y"), 11_050)
	// Its clock was four minutes ahead, and is right now: what it said then was said when it was heard.
	ahead := saidAt(opened(t, 10_000, "a", "x"), 250_000)
	setRight := saidAt(opened(t, 11_100, "a", "z"), 11_090)
	byeAhead := saidAt(loggedOut(t, 11_000, 10_000), 251_000)
	old := saidAt(opened(t, 13_000, "a", "old"), 10_900)
	neverSet := opened(t, 1_000_000_000, "a", "printer")
	neverSet.OccurredAt, neverSet.View = 5_000, shown("0", 1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_002_000, "a")
	refusedNeverSet := outcome(neverSet, 410, "login-overtaken")
	tell(t, "one", []story{
		{"a login that its logout has overtaken opens nothing", porcupine.Ok, []operation{login, bye, refusedLate}},
		{"a login that its logout has overtaken, opened", porcupine.Illegal, []operation{login, bye, late}},
		{"a login in order", porcupine.Ok, []operation{login, bye, inOrder}},
		{"a login in order, refused as overtaken", porcupine.Illegal, []operation{login, bye, outcome(inOrder, 410, "login-overtaken")}},
		{"a clock that was ahead and is set right", porcupine.Ok, []operation{ahead, byeAhead, setRight}},
		{"a clock that was ahead, believed", porcupine.Illegal, []operation{ahead, byeAhead, outcome(setRight, 410, "login-overtaken")}},
		{"a login whose session would be over", porcupine.Ok, []operation{outcome(old, 410, "login-overtaken")}},
		{"a login whose session would be over, opened", porcupine.Illegal, []operation{old}},
		{"a clock that was never set dates nothing", porcupine.Ok, []operation{neverSet}},
		{"a clock that was never set, believed", porcupine.Illegal, []operation{refusedNeverSet}},
	})
}

func TestAFarewellByHandleIsNeverStale(t *testing.T) {
	login := saidAt(opened(t, 10_000, "a", "x"), 9_990)
	active := saidAt(activeAgain(t, 10_500, "one"), 10_490)
	bye := saidAt(loggedOut(t, 11_000, 10_000), 10_300)
	bye.Past.HeardAt = 10_500
	byName := bye
	byName.Session = nil
	tell(t, "one", []story{
		{"ended, although something later was said", porcupine.Ok, []operation{login, active, bye}},
		{"called stale", porcupine.Illegal, []operation{login, active, outcome(bye, 200, "stale")}},
		{"by its user's name it is stale", porcupine.Ok, []operation{login, active, outcome(byName, 200, "stale")}},
		{"by its user's name, ended", porcupine.Illegal, []operation{login, active, byName}},
	})
}

func TestHowManyWordsAreKnown(t *testing.T) {
	login := opened(t, 10_000, "a", "x")
	four := []operation{login}
	for n := range int64(othersMax) {
		four = append(four, activeAgain(t, 10_100+n*100, fmt.Sprint(n)))
	}
	repeated := again(four[1], 10_800)
	repeated.Outcome, repeated.View = "repeated", shown("0", 10_000, 10_400, 10_400, 12_400, "a")
	asNews := activeAgain(t, 10_800, "0")
	five := append(four[:len(four):len(four)], activeAgain(t, 10_500, "4"))
	tell(t, "one", []story{
		{"the oldest of four is known", porcupine.Ok, append(four[:len(four):len(four)], repeated)},
		{"the oldest of four, taken for news", porcupine.Illegal, append(four[:len(four):len(four)], asNews)},
		{"the oldest of five is news", porcupine.Ok, append(five[:len(five):len(five)], asNews)},
	})
	bye := loggedOut(t, 10_200, 10_000)
	gone := outcome(again(login, 10_300), 410, "session-ended")
	gone.Past = bye.Past
	next := opened(t, 10_400, "a", "y")
	movedOn := outcome(again(login, 10_500), 410, "session-ended")
	tell(t, "one", []story{
		{"a login repeated whose session is gone", porcupine.Ok, []operation{login, bye, gone}},
		{"a login repeated whose seat has moved on", porcupine.Ok, []operation{login, bye, next, movedOn}},
		{"a login repeated, opened again", porcupine.Illegal, []operation{login, bye, opened(t, 10_300, "a", "x")}},
	})
}

func TestAHandleWithoutASealTellsNothingOfWhatIsGone(t *testing.T) {
	login, bye, next := opened(t, 10_000, "a", "x"), loggedOut(t, 10_200, 10_000), opened(t, 10_400, "a", "y")
	ping := said(t, 10_500, "ping", "a", "ping", 10_000)
	ping.Status, ping.Outcome = 403, "forbidden"
	unsealed := ping
	unsealed.Session = &name{"0", 10_000, ""}
	tell(t, "one", []story{
		{"without", porcupine.Ok, []operation{login, bye, next, unsealed}},
		{"with it the station is told", porcupine.Illegal, []operation{login, bye, next, ping}},
	})
}

// atPanel is a login of this user at the panel.
func atPanel(t *testing.T, at int64, user, id string) operation {
	t.Helper()
	o := opened(t, at, "panel", id)
	o.User = user
	return o
}

// panelVerdict is of a whole record, in which each user has a part.
func panelVerdict(operations ...operation) porcupine.CheckResult {
	read := record{Realms: realms(), Operations: operations}
	for n := range operations {
		o := &operations[n]
		o.N, o.Realm = n, "one"
		if o.User != "" {
			o.Partition = "one/" + o.User
		}
	}
	read.AtPanels = read.atPanels()
	for _, verdict := range check(read) {
		if verdict.Is != porcupine.Ok {
			return verdict.Is
		}
	}
	return porcupine.Ok
}

func TestOneAfterTheOtherAtAPanel(t *testing.T) {
	ping := func(at int64) operation {
		o := said(t, at, "ping", "panel", fmt.Sprint("ping", at), 10_000)
		o.User, o.Outcome, o.View = "ana", "renewed", shown("0", 10_000, 10_000, at, 12_000, "panel")
		return o
	}
	out := func(at int64, reason string) operation {
		o := said(t, at, "ping", "panel", "told", 10_000)
		o.User, o.Status, o.Outcome = "ana", 410, "session-ended"
		o.Past = &past{Seat: "0", Epoch: 10_000, Station: "panel", OpenedAt: 10_000, HeardAt: 10_000, EndedAt: 10_500, Reason: reason}
		return o
	}
	bare := func(at int64, kind, id string) operation {
		o := told(t, at, `{"status":200,"outcome":"nothing-open","bare":true}`)
		o.Kind, o.Station, o.ID = kind, "panel", id
		return o
	}
	ana, ben := atPanel(t, 10_000, "ana", "x"), atPanel(t, 10_500, "ben", "y")
	lost := outcome(ben, 0, "no answer")
	lost.Return = 11_000_000
	refusedBen := outcome(ben, 409, "seat-taken")
	held := atPanel(t, 10_100, "ben", "elsewhere")
	held.Station, held.View = "b", shown("0", 10_100, 10_100, 10_100, 12_100, "b")
	refusedBen.Holders = []view{*held.View}
	elsewhere := ben
	elsewhere.Station, elsewhere.View = "b", shown("0", 10_500, 10_500, 10_500, 12_500, "b")
	bye := bare(10_500, "logout", "bye")
	bye.User, bye.Outcome = "ana", "ended"
	bye.Past = &past{Seat: "0", Epoch: 10_000, Station: "panel", OpenedAt: 10_000, HeardAt: 10_000, EndedAt: 10_500, Reason: "logout"}
	twice := again(bye, 10_700)
	boot := bare(10_500, "boot", "boot")
	lostBye := outcome(bare(10_500, "logout", "bye"), 0, "503")
	lostBye.Return = 11_000_000
	overtaken := saidAt(outcome(atPanel(t, 10_600, "ben", "late"), 410, "login-overtaken"), 9_000)
	reopened := said(t, 10_700, "ping", "panel", "after", 10_600)
	reopened.User, reopened.Outcome, reopened.View = "ben", "renewed", shown("0", 10_600, 10_600, 10_700, 12_600, "panel")
	for _, one := range []story{
		{"the next one's login puts out the last", porcupine.Ok, []operation{ana, ben, out(10_600, "next-user")}},
		{"the last one goes on", porcupine.Illegal, []operation{ana, ben, ping(10_600)}},
		{"a login that is refused puts out too", porcupine.Ok, []operation{ana, held, refusedBen, out(10_600, "next-user")}},
		{"after one that is refused, the last one goes on", porcupine.Illegal, []operation{ana, held, refusedBen, ping(10_600)}},
		{"a login elsewhere puts nobody out", porcupine.Ok, []operation{ana, elsewhere, ping(10_600)}},
		{"put out by nobody", porcupine.Illegal, []operation{ana, elsewhere, out(10_600, "next-user")}},
		{"an unanswered login may put out", porcupine.Ok, []operation{ana, lost, out(11_500, "next-user")}},
		{"or not, or not yet", porcupine.Ok, []operation{ana, lost, ping(11_500)}},
		{"a bare logout, told twice", porcupine.Ok, []operation{ana, bye, twice, out(10_800, "logout")}},
		{"a bare logout that says that nobody is there", porcupine.Illegal, []operation{ana, bare(10_500, "logout", "bye"), ping(10_600)}},
		{"a late bare logout puts out nobody who has come since", porcupine.Ok, []operation{ana, bye, atPanel(t, 10_600, "ben", "y"), twice}},
		{"a boot that says that nobody is there", porcupine.Illegal, []operation{ana, boot, ping(10_600)}},
		{"an unanswered bare logout may put out", porcupine.Ok, []operation{ana, lostBye, out(11_500, "logout")}},
		{"whoever pays for it puts out nobody for the next user", porcupine.Illegal, []operation{ana, lostBye, out(11_500, "next-user")}},
		{"nor for a boot", porcupine.Illegal, []operation{ana, lostBye, out(11_500, "boot")}},
		{"an overtaken login opens nothing that lasts", porcupine.Ok, []operation{overtaken}},
		{"an overtaken login, whose session goes on", porcupine.Illegal, []operation{overtaken, reopened}},
	} {
		if is := panelVerdict(one.operations...); is != one.is {
			t.Errorf("%s: %s", one.what, is)
		}
	}
}

func TestOnlyWhatWasFoundIsFollowed(t *testing.T) {
	lost := outcome(opened(t, 10_000, "a", "x"), 0, "no answer")
	lost.Return, lost.Now = 12_000_000, span{9_000, 12_000}
	seen := told(t, 60_000, `{"kind":"audit","status":200,"outcome":"seen"}`)
	found := seen
	found.History = []past{{Seat: "0", Epoch: 10_500, Station: "a", OpenedAt: 10_500, HeardAt: 10_500, EndedAt: 12_500, Reason: "idle"}}
	elsewhere := seen
	elsewhere.History = []past{{Seat: "0", Epoch: 10_500, Station: "b", OpenedAt: 10_500, HeardAt: 10_500, EndedAt: 12_500, Reason: "idle"}}
	refusal := refused(t, 11_000, "b", shown("0", 10_500, 10_500, 10_500, 12_500, "a"))
	tell(t, "one", []story{
		{"an unanswered login that opened nothing", porcupine.Ok, []operation{lost, seen}},
		{"one whose session is found", porcupine.Ok, []operation{lost, refusal, found}},
		{"one whose session was seen, and is not found", porcupine.Illegal, []operation{lost, refusal, seen}},
		{"one whose session is found at another station", porcupine.Illegal, []operation{lost, refusal, elsewhere}},
	})
}
