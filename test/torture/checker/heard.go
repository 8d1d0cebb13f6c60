package main

// What a seat remembers of words, written a second time as lib/session/word.ts has it.

const (
	turnsMax  = 6
	othersMax = 4
	datesMax  = 4
)

// mark names a delivery. No two of one kind and one station share their id.
type mark string

func (o operation) mark() mark {
	kind := o.Kind
	if o.As != "" {
		kind = o.As
	}
	return mark(o.Station + " " + kind + " " + o.ID)
}

// dated is the newest date of a station; where the range begins at 0, perhaps none.
type dated struct {
	Station string
	At      span
}

type heard struct {
	Turns  [turnsMax]mark  // by which somebody came or left
	Others [othersMax]mark // that turned nothing
	Dates  [datesMax]dated // the station that has, or last had, the session comes first
}

// word is a delivery, placed in time. No date is the range from 0 to 0.
type word struct {
	Mark    mark
	Station string
	At      span
}

// A date so far in the past is none, in milliseconds.
const dateBelieved = 7 * 24 * 60 * 60 * 1000

// word places what was said in time; now is what the clock said by which it is carried out. It may have said something
// earlier when the word was heard.
func (o operation) word(now span) word {
	w := word{Mark: o.mark(), Station: o.Station}
	if o.OccurredAt != 0 && o.OccurredAt >= o.Now.Lo-dateBelieved {
		w.At = span{min(o.OccurredAt, o.Now.Lo), min(o.OccurredAt, now.Hi)}
	}
	return w
}

func (w word) isDated() bool { return w.At.Hi > 0 }

func (h heard) repeats(of mark) bool {
	for _, known := range h.Turns {
		if known == of {
			return true
		}
	}
	return h.saidAsOther(of)
}

func (h heard) saidAsOther(of mark) bool {
	for _, known := range h.Others {
		if known == of {
			return true
		}
	}
	return false
}

// overtakes says whether something later was heard of the word's station. Where dates are known only as ranges, both may be.
func (h heard) overtakes(w word) (may, must bool) {
	if !w.isDated() {
		return false, false
	}
	for _, known := range h.Dates {
		if known.Station == w.Station {
			may = may || known.At.Hi > w.At.Lo
			must = must || known.At.Lo > w.At.Hi
		}
	}
	return may, must
}

func (h *heard) turn(by mark) {
	copy(h.Turns[1:], h.Turns[:turnsMax-1])
	h.Turns[0] = by
}

func (h *heard) redate(at span) {
	if at.Hi > 0 && h.Dates[0].Station != "" {
		h.Dates[0].At = later(h.Dates[0].At, at)
	}
}

func (h *heard) arrives(w word) {
	h.turn(w.Mark)
	copy(h.Dates[1:], h.Dates[:datesMax-1])
	h.Dates[0] = dated{w.Station, w.At}
}

func (h *heard) departs(w word) {
	h.turn(w.Mark)
	h.redate(w.At)
}

func (h *heard) other(w word) {
	copy(h.Others[1:], h.Others[:othersMax-1])
	h.Others[0] = w.Mark
	h.redate(w.At)
}

// keeps is for a word that found nobody to put out.
func (h *heard) keeps(w word) {
	if first := h.Dates[0].Station; first == "" || first == w.Station {
		h.departs(w)
		if first == "" {
			h.Dates[0] = dated{w.Station, w.At}
		}
		return
	}
	h.turn(w.Mark)
	at, others := w.At, []dated{}
	for _, known := range h.Dates[1:] {
		if known.Station == w.Station {
			at = later(at, known.At)
		}
		if known.Station != w.Station && known.Station != "" {
			others = append(others, known)
		}
	}
	dates := [datesMax]dated{h.Dates[0], {w.Station, at}}
	copy(dates[2:], others)
	h.Dates = dates
}
