package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"
)

// The checker must refuse what it is there to find: each of these histories has one thing in it that cannot have happened.

func realms() map[string]realm {
	stations := map[string]station{"a": {Reports: true}, "b": {Reports: true}, "silent": {}, "panel": {Reports: true, HasPanel: true}}
	release := policy{Seats: 1, Idle: 2 * second, Lease: 3 * second, Maximum: 15 * second, Job: 3 * second}
	three := release
	three.Seats = 3
	desk := policy{Seats: 1, Idle: second, Lingers: true, Lease: 2 * second, Failover: 2 * second, LogonToken: 9 * second, Maximum: 15 * second, Job: 2 * second}
	return map[string]realm{"one": {Policy: release, Stations: stations}, "three": {Policy: three, Stations: stations}, "desk": {Policy: desk, Stations: stations}}
}

// told makes an operation of what a history's line would say, heard at an instant by a clock that is right.
func told(t *testing.T, heardAt int64, text string) operation {
	t.Helper()
	var o operation
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	o.Call, o.Return, o.Now = heardAt*1_000, heardAt*1_000+500, at(heardAt)
	return o
}

func shown(seat string, epoch, activeAt, heardAt, heldUntil int64, station string) *view {
	return &view{Seat: seat, Epoch: epoch, Station: station, Rung: "active", OpenedAt: epoch, ActiveAt: activeAt, HeardAt: heardAt, LoggedOnAt: epoch,
		HeldUntil: heldUntil, FreeAt: heldUntil + clockMargin}
}

// opened is a login that took a seat of the realm "one" or "three".
func opened(t *testing.T, at int64, station, id string) operation {
	t.Helper()
	o := told(t, at, `{"kind":"login","status":201,"outcome":"opened"}`)
	o.Station, o.ID, o.View = station, id, shown("0", at, at, at, at+2*second, station)
	return o
}

func said(t *testing.T, at int64, kind, station, id string, epoch int64) operation {
	t.Helper()
	o := told(t, at, `{"status":200}`)
	o.Kind, o.Station, o.ID, o.Session = kind, station, id, &name{"0", epoch, "sealed"}
	return o
}

func pinged(t *testing.T, at int64, epoch int64) operation {
	t.Helper()
	o := said(t, at, "ping", "a", "ping", epoch)
	o.Outcome, o.View = "renewed", shown("0", epoch, epoch, at, epoch+2*second, "a")
	return o
}

func loggedOut(t *testing.T, at, epoch int64) operation {
	t.Helper()
	o := said(t, at, "logout", "a", "logout", epoch)
	o.Outcome = "ended"
	o.Past = &past{Seat: "0", Epoch: epoch, Station: "a", OpenedAt: epoch, HeardAt: epoch, EndedAt: at, Reason: "logout"}
	return o
}

func refused(t *testing.T, at int64, station string, holder *view) operation {
	t.Helper()
	o := told(t, at, `{"kind":"login","status":409,"outcome":"seat-taken"}`)
	o.Station, o.ID, o.Holders = station, "refused", []view{*holder}
	return o
}

func verdictOf(realmName string, operations ...operation) porcupine.CheckResult {
	for n := range operations {
		operations[n].N, operations[n].Realm, operations[n].Partition = n, realmName, realmName
	}
	for _, verdict := range check(record{Realms: realms(), Operations: operations}) {
		if verdict.Is != porcupine.Ok {
			return verdict.Is
		}
	}
	return porcupine.Ok
}

func TestWhatMayHappenIsLinearizable(t *testing.T) {
	lost := opened(t, 60_000, "b", "lost")
	lost.Status, lost.Outcome, lost.View, lost.Return = 0, "no answer", nil, never
	swept := opened(t, 13_500, "b", "swept")
	swept.SweptBy = 14_000
	late := opened(t, 13_500, "b", "late")
	late.Now = span{14_400, 14_400} // Its clock is 900 ms ahead: the margin has passed by it.
	late.View = shown("0", 14_400, 14_400, 14_400, 16_400, "b")
	for what, operations := range map[string][]operation{
		"a login, a ping, a refusal, a logout, the next": {
			opened(t, 10_000, "a", "x"), pinged(t, 10_500, 10_000),
			refused(t, 11_000, "b", shown("0", 10_000, 10_000, 10_500, 12_000, "a")),
			loggedOutAfterPing(t), opened(t, 11_600, "b", "y"),
		},
		"two seconds after its end the seat is anybody's":       {opened(t, 10_000, "a", "x"), opened(t, 14_000, "b", "y")},
		"and at once its own station's":                         {opened(t, 10_000, "a", "x"), opened(t, 12_000, "a", "y")},
		"a clock that is ahead may take it sooner":              {opened(t, 10_000, "a", "x"), late},
		"nor one for whom a sweep has, whose clock is ahead":    {opened(t, 10_000, "a", "x"), swept},
		"an unanswered login that did not happen":               {lost, opened(t, 60_001, "a", "y")},
		"an unanswered login that did, as a refusal shows":      {lost, refused(t, 61_000, "a", shown("0", 60_000, 60_000, 60_000, 62_000, "b"))},
		"an end that nobody recorded, told by arithmetic alone": {opened(t, 10_000, "a", "x"), toldOver(t, 12_500)},
	} {
		if is := verdictOf("one", operations...); is != porcupine.Ok {
			t.Errorf("%s: %s", what, is)
		}
	}
}

func TestWhoeverWantsItEndedRecordsThatItHas(t *testing.T) {
	over := toldOver(t, 12_500)
	over.Kind, over.Status, over.Outcome = "end", 200, "already-ended"
	behind := pinged(t, 13_000, 10_000) // Its clock is 1 100 ms behind.
	behind.Now = at(11_900)
	behind.View = shown("0", 10_000, 10_000, 11_900, 12_000, "a")
	if is := verdictOf("one", opened(t, 10_000, "a", "x"), over, behind); is != porcupine.Illegal {
		t.Errorf("renewed after an operator was told that it has ended: %s", is)
	}
	if is := verdictOf("one", opened(t, 10_000, "a", "x"), toldOver(t, 12_500), behind); is != porcupine.Ok {
		t.Errorf("renewed by a clock that is behind, after one that is not had refused a ping: %s", is)
	}
}

func loggedOutAfterPing(t *testing.T) operation {
	o := loggedOut(t, 11_500, 10_000)
	o.Past.HeardAt = 10_500
	return o
}

func toldOver(t *testing.T, heardAt int64) operation {
	o := said(t, heardAt, "ping", "a", "ping", 10_000)
	o.Status, o.Outcome = 410, "session-ended"
	o.Past = &past{Seat: "0", Epoch: 10_000, Station: "a", OpenedAt: 10_000, HeardAt: 10_000, EndedAt: 12_000, Reason: "idle"}
	return o
}

func unknown(t *testing.T, heardAt int64) operation {
	o := said(t, heardAt, "read", "operator", "read", 10_000)
	o.Status, o.Outcome = 404, "no-such-session"
	return o
}

func TestWhatCannotHaveHappenedIsRefused(t *testing.T) {
	backwards := opened(t, 14_100, "b", "y")
	backwards.View.Epoch = 9_999
	lostPing := loggedOut(t, 11_500, 10_000) // It was heard at 10 500, and knows nothing of it.
	lateRefusal := refused(t, 14_100, "b", shown("0", 10_000, 10_000, 10_000, 12_000, "a"))
	promised := refused(t, 11_000, "b", shown("0", 10_000, 10_000, 10_000, 12_000, "a"))
	promised.Holders[0].FreeAt += 1
	offered := refused(t, 11_000, "b", shown("0", 10_000, 10_000, 10_000, 12_000, "a"))
	offered.TakeOver = true
	audit := told(t, 60_000, `{"kind":"audit","status":200,"outcome":"seen"}`)
	otherReason := audit
	otherReason.History = []past{{Seat: "0", Epoch: 10_000, Station: "a", OpenedAt: 10_000, HeardAt: 10_000, EndedAt: 11_000, Reason: "operator"}}
	for what, operations := range map[string][]operation{
		"a second holder of a held seat":            {opened(t, 10_000, "a", "x"), opened(t, 11_000, "b", "y")},
		"one within the margin":                     {opened(t, 10_000, "a", "x"), opened(t, 13_999, "b", "y")},
		"an epoch that goes back":                   {opened(t, 10_000, "a", "x"), backwards},
		"an acknowledged login that is lost":        {opened(t, 10_000, "a", "x"), unknown(t, 10_500)},
		"an acknowledged ping that is lost":         {opened(t, 10_000, "a", "x"), pinged(t, 10_500, 10_000), lostPing},
		"an acknowledged logout that is lost":       {opened(t, 10_000, "a", "x"), loggedOut(t, 11_000, 10_000), pinged(t, 11_500, 10_000)},
		"a session that nobody opened":              {pinged(t, 10_500, 10_000)},
		"an end before its deadline":                {opened(t, 10_000, "a", "x"), toldOver(t, 11_900)},
		"a ping that brings back what has ended":    {opened(t, 10_000, "a", "x"), pinged(t, 12_000, 10_000)},
		"a refusal after the seat was to be free":   {opened(t, 10_000, "a", "x"), lateRefusal},
		"a refusal that says another freeAt":        {opened(t, 10_000, "a", "x"), promised},
		"a take-over that is offered and refused":   {opened(t, 10_000, "a", "x"), offered},
		"a refusal of a seat that is free":          {opened(t, 10_000, "a", "x"), loggedOut(t, 10_500, 10_000), refused(t, 11_000, "b", shown("0", 10_000, 10_000, 10_000, 12_000, "a"))},
		"history that has lost the last session":    {opened(t, 10_000, "a", "x"), audit},
		"history with a reason that did not happen": {opened(t, 10_000, "a", "x"), otherReason},
	} {
		if is := verdictOf("one", operations...); is != porcupine.Illegal {
			t.Errorf("%s: %s", what, is)
		}
	}
}

func TestSeveralSeats(t *testing.T) {
	var all []operation
	var holders []view
	for n, seat := range []string{"0", "1", "2"} {
		o := opened(t, int64(10_000+n), "a", seat)
		o.View.Seat = seat
		all, holders = append(all, o), append(holders, *o.View)
	}
	full := refused(t, 11_000, "b", &holders[0])
	full.Holders = holders
	if is := verdictOf("three", append(slices.Clone(all), full)...); is != porcupine.Ok {
		t.Errorf("three seats, three holders: %s", is)
	}
	if is := verdictOf("three", append(slices.Clone(all[:2]), full)...); is != porcupine.Illegal {
		t.Errorf("a refusal with a free seat: %s", is)
	}
	if is := verdictOf("three", append(slices.Clone(all), opened(t, 11_000, "b", "fourth"))...); is != porcupine.Illegal {
		t.Errorf("four sessions on three seats: %s", is)
	}
}

func TestComingBack(t *testing.T) {
	login := opened(t, 10_000, "a", "x")
	login.View.HeldUntil, login.View.FreeAt = 12_000, 14_000
	back := said(t, 13_000, "activity", "a", "back", 10_000)
	back.Status, back.Outcome = 201, "made-anew"
	back.View = shown("0", 13_000, 13_000, 13_000, 15_000, "a")
	back.View.LoggedOnAt, back.View.Previous = 10_000, 10_000
	if is := verdictOf("desk", login, back); is != porcupine.Ok {
		t.Errorf("made anew in failover: %s", is)
	}
	forgotten := back
	forgotten.View = shown("0", 13_000, 13_000, 13_000, 15_000, "a")
	forgotten.View.Previous = 10_000
	if is := verdictOf("desk", login, forgotten); is != porcupine.Illegal {
		t.Errorf("made anew under another logon: %s", is)
	}
	resumed := back
	resumed.Status, resumed.Outcome = 200, "resumed"
	resumed.View = shown("0", 10_000, 13_000, 13_000, 15_000, "a")
	if is := verdictOf("desk", login, resumed); is != porcupine.Illegal {
		t.Errorf("resumed after its seat was lost: %s", is)
	}
}

func TestALateRepeatIsKnown(t *testing.T) {
	one, two, again := activeAgain(t, 10_500, "one"), activeAgain(t, 11_000, "two"), activeAgain(t, 11_000, "one")
	again.Call, again.Return, again.Outcome = 11_100_000, 11_200_000, "repeated"
	if is := verdictOf("one", opened(t, 10_000, "a", "x"), one, two, again); is != porcupine.Ok {
		t.Errorf("a repeat that something has overtaken: %s", is)
	}
	if is := verdictOf("one", opened(t, 10_000, "a", "x"), two, again); is != porcupine.Illegal {
		t.Errorf("a repeat of what was never said: %s", is)
	}
}

func TestALoginThatIsSentAgainMayBeToldThatItOpened(t *testing.T) {
	again := opened(t, 10_000, "a", "x")
	again.Call, again.Return, again.Now = 10_200_000, 10_300_000, at(10_200)
	if is := verdictOf("one", opened(t, 10_000, "a", "x"), again); is != porcupine.Ok {
		t.Errorf("told of its own session: %s", is)
	}
	other := opened(t, 10_000, "a", "y")
	other.Call, other.Return, other.Now = again.Call, again.Return, again.Now
	if is := verdictOf("one", opened(t, 10_000, "a", "x"), other); is != porcupine.Illegal {
		t.Errorf("told that it opened another's: %s", is)
	}
}

func activeAgain(t *testing.T, at int64, id string) operation {
	t.Helper()
	o := said(t, at, "activity", "a", id, 10_000)
	o.Outcome, o.View = "renewed", shown("0", 10_000, at, at, at+2*second, "a")
	return o
}

func TestATryThatWasRepeatedCountsTwiceAtMost(t *testing.T) {
	login := opened(t, 10_000, "silent", "x")
	login.View.HeldUntil, login.View.FreeAt = 13_000, 15_000
	slow := said(t, 12_000, "ping", "silent", "slow", 10_000)
	slow.Outcome, slow.View = "renewed", shown("0", 10_000, 13_500, 13_500, 16_500, "silent")
	slow.Return = 15_000_000
	between := said(t, 13_500, "activity", "silent", "between", 10_000)
	between.Outcome, between.View = "renewed", shown("0", 10_000, 13_500, 13_500, 16_500, "silent")
	if is := verdictOf("one", login, slow, between); is != porcupine.Illegal {
		t.Errorf("without its first try: %s", is)
	}
	if !slow.mayBeTriedTwice(nil) || between.mayBeTriedTwice(nil) {
		t.Error("what took longer than the engine is waited for may have been tried twice, and nothing else")
	}
	first := slow
	first.Status, first.View = 0, nil
	if is := verdictOf("one", login, slow, between, first); is != porcupine.Ok {
		t.Errorf("with its first try: %s", is)
	}
}
