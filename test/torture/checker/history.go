package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
)

// view is a session that has not ended, as an answer shows it.
type view struct {
	Seat       string `json:"seat"`
	Epoch      int64  `json:"epoch"`
	Station    string `json:"station"`
	Rung       string `json:"rung"`
	OpenedAt   int64  `json:"openedAt"`
	ActiveAt   int64  `json:"activeAt"`
	HeardAt    int64  `json:"heardAt"`
	LoggedOnAt int64  `json:"loggedOnAt"`
	HeldUntil  int64  `json:"heldUntil"`
	FreeAt     int64  `json:"freeAt"`
	Previous   int64  `json:"previous"`
	Jobs       int    `json:"jobs"`
}

// past is a session that has ended, as an answer shows it.
type past struct {
	Seat     string `json:"seat"`
	Epoch    int64  `json:"epoch"`
	Station  string `json:"station"`
	OpenedAt int64  `json:"openedAt"`
	HeardAt  int64  `json:"heardAt"`
	EndedAt  int64  `json:"endedAt"`
	Reason   string `json:"reason"`
}

type name struct {
	Seat  string `json:"seat"`
	Epoch int64  `json:"epoch"`
	// Empty where the station names a session without showing that it was told of it.
	Seal string `json:"seal"`
}

// operation is one request and its answer, a line of the history.
type operation struct {
	N         int    `json:"n"`
	Client    int    `json:"client"`
	Realm     string `json:"realm"`
	User      string `json:"user"`
	Partition string `json:"partition"`
	Kind      string `json:"kind"`
	Station   string `json:"station"`
	ID        string `json:"id"`
	Session   *name  `json:"session"`
	TakeOver  any    `json:"takeOver"`
	// It names neither session nor user: whoever is on the panel is meant.
	Bare bool `json:"bare"`
	// When it happened by its station's clock, in milliseconds; 0 where that is not said.
	OccurredAt int64  `json:"occurredAt"`
	Job        string `json:"job"`
	// Microseconds of the driver's steady clock. Without a return, the outcome is unknown.
	Call   int64 `json:"call"`
	Return int64 `json:"return"`
	// What the clock of the function that heard it may have said.
	Now span `json:"now"`
	// The latest instant that the clock of a sweep may have said by then.
	SweptBy int64 `json:"sweptBy"`
	// 0: unknown.
	Status  int    `json:"status"`
	Outcome string `json:"outcome"`
	View    *view  `json:"view"`
	Past    *past  `json:"past"`
	Holders []view `json:"holders"`
	// The last look at a user: what goes on, and what has ended.
	Live    []view `json:"live"`
	History []past `json:"history"`

	// Which one it is about, where that is known otherwise.
	Seat string `json:"-"`
	// This delivery has been sent before.
	IsAgain bool `json:"-"`
	// Another came to the panel, or left it, at the same time.
	IsCrowded bool `json:"-"`
	// What was said, where the operation is what became of that elsewhere, and for which reasons a session may end by it.
	As      string   `json:"-"`
	Reasons []string `json:"-"`
	// Of the session that this opened, and of no other.
	Undoes mark `json:"-"`
	// Sessions whose login was answered before this, in microseconds, are meant.
	Since int64 `json:"-"`
}

func (s *span) UnmarshalJSON(text []byte) error {
	var ends [2]int64
	if err := json.Unmarshal(text, &ends); err != nil {
		return err
	}
	s.Lo, s.Hi = ends[0], ends[1]
	return nil
}

func (o operation) isUnknown() bool { return o.Status == 0 }

// takes says whether this login may end the holder.
func (o operation) takes(s seat) (whichever, named bool) {
	switch given := o.TakeOver.(type) {
	case bool:
		return given, false
	case map[string]any:
		epoch, _ := given["epoch"].(float64)
		return false, given["seat"] == s.Name && s.Epoch.has(int64(epoch))
	}
	return false, false
}

// concerned is the seats of which the answer tells. A request that nobody answered may have gone to any of the user's.
// A refusal looks at one after the other: that each was held at some instant of it is all that it says.
func (r realm) concerned(o operation) []string {
	if r.Policy.Seats == 0 {
		return []string{"its own"}
	}
	var all []string
	for n := range r.Policy.Seats {
		all = append(all, strconv.Itoa(n))
	}
	switch {
	case o.Seat != "":
		return []string{o.Seat}
	case o.Session != nil:
		return []string{o.Session.Seat}
	case o.View != nil:
		return []string{o.View.Seat}
	case o.Past != nil:
		return []string{o.Past.Seat}
	case o.Outcome == "session-ended" && r.Policy.Seats > 1:
		return nil // A repeat of a login whose seat has moved on, nobody knows which.
	}
	return all
}

// about is what the answer says of one seat.
func (o operation) about(seat string) operation {
	isOf := func(one string) bool { return seat == "its own" || one == seat }
	holders, live, history := o.Holders, o.Live, o.History
	o.Holders, o.Live, o.History = nil, nil, nil
	for _, holder := range holders {
		if isOf(holder.Seat) {
			o.Holders = append(o.Holders, holder)
		}
	}
	for _, shown := range live {
		if isOf(shown.Seat) {
			o.Live = append(o.Live, shown)
		}
	}
	for _, told := range history {
		if isOf(told.Seat) {
			o.History = append(o.History, told)
		}
	}
	return o
}

// record is a whole run.
type record struct {
	Realms     map[string]realm
	Operations []operation
	// Writes that may have happened once more, before the one that was answered.
	FirstTries []operation
	// What was said at panels, as it came to those who had been there.
	AtPanels []operation
}

type line struct {
	Realms map[string]realm `json:"realms"`
	// From when something was being killed.
	Killed int64 `json:"killed"`
	// By then nothing is under way any more of what was asked before the kill.
	Recovered int64 `json:"recovered"`
	// Whether the functions were killed too, and not the engine alone.
	Functions bool `json:"functions"`
	operation
}

func readHistory(file string) (record, error) {
	var read record
	opened, err := os.Open(file)
	if err != nil {
		return read, err
	}
	defer opened.Close()
	var recoveries []line
	lines := bufio.NewScanner(opened)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var next line
		if err := json.Unmarshal(lines.Bytes(), &next); err != nil {
			return read, fmt.Errorf("%s: %w", file, err)
		}
		switch {
		case next.Realms != nil:
			read.Realms = next.Realms
		case next.Recovered > 0:
			recoveries = append(recoveries, next)
		default:
			read.Operations = append(read.Operations, next.operation)
		}
	}
	if err := lines.Err(); err != nil {
		return read, err
	}
	if read.Realms == nil || len(read.Operations) == 0 {
		return read, fmt.Errorf("%s has no realms or no operations", file)
	}
	sort.Slice(recoveries, func(i, j int) bool { return recoveries[i].Recovered < recoveries[j].Recovered })
	for n := range read.Operations {
		o := &read.Operations[n]
		if o.mayBeTriedTwice(recoveries) {
			first := *o
			if o.View != nil {
				first.Seat = o.View.Seat
			}
			first.Status, first.Outcome, first.View, first.Past, first.Holders = 0, "", nil, nil, nil
			first.Client = -o.N
			read.FirstTries = append(read.FirstTries, first)
		}
		o.settle(recoveries)
	}
	read.AtPanels = read.atPanels()
	return read, nil
}

// The functions wait so long for the engine, in microseconds, and ask it again (lib/aws/clients.ts).
const engineTimeout = 1_000_000

// mayBeTriedTwice: the SDK has sent the write again, for no answer came. What the first try did, others may have met before
// the second was answered; a ping is heard each time, anything else is known by its id.
func (o operation) mayBeTriedTwice(recoveries []line) bool {
	if o.isUnknown() || o.Kind == "read" || o.Kind == "audit" || o.knowsItsFirstTry() {
		return false
	}
	for _, recovery := range recoveries {
		if o.Call < recovery.Recovered && o.Return > recovery.Killed {
			return true
		}
	}
	return o.Return-o.Call >= engineTimeout
}

// knowsItsFirstTry: the second is told "repeated", or that it has ended, where the first has done something. But a ping has no id.
func (o operation) knowsItsFirstTry() bool {
	switch o.Outcome {
	case "renewed", "resumed", "made-anew", "logged-on-anew", "seat-taken", "login-overtaken", "no-session":
		return o.Kind != "ping"
	}
	return false
}

// settle gives a request of unknown outcome its end: it may have happened until whatever heard it was dead. A failure
// that the functions themselves have answered can only still be under way in the engine.
func (o *operation) settle(recoveries []line) {
	if !o.isUnknown() {
		return
	}
	isAnswered := o.Return > 0
	gaveUpAt := max(o.Call, o.Return)
	o.Return = never
	for _, recovery := range recoveries {
		if recovery.Recovered > gaveUpAt && (recovery.Functions || isAnswered) {
			o.Return = recovery.Recovered
			break
		}
	}
	// Nobody listened any more, but it went on, and has perhaps looked at its clock again.
	if waited := o.Now.Hi - o.Now.Lo; waited >= answersWithin && !isAnswered && o.Return < never {
		o.Now.Hi = max(o.Now.Hi, o.Now.Lo+(o.Return-o.Call)/1_000)
	}
}

// The driver waits so long for an answer, in milliseconds (client.ts).
const answersWithin = 7_900
