"""A station's side of Curfew's API, for gateways, on-device apps and web applications.

One file, for Python 3.9 or later, that needs nothing but the standard library: copy it. docs/clients.md says what it does.

    from curfew import Open, Station

    curfew = Station("https://curfew.example.org", "lib-1", key)
    answer = curfew.login("fay")
    if isinstance(answer, Open):
        curfew.keep_alive(answer, ended=lambda why: print(why.sentence))
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import math
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

__all__ = ["Answer", "Ended", "Holder", "KeptAlive", "Left", "Misused", "Open", "Refused", "Station", "Unreachable"]


@dataclass(frozen=True)
class Open:
    """There is a session to go on with. Instants are RFC 3339 in UTC, lengths ISO 8601."""

    session: str
    """The handle: what is said of this session from now on names it."""
    user: str
    realm: str
    rung: str
    outcome: str
    """``opened``, ``renewed``, ``resumed``, ``made-anew``, ``logged-on-anew``, ``lingering`` or ``repeated``."""
    heard_at: str
    held_until: str
    """Until when it is held, if nothing more is heard."""
    free_at: str
    bound: str
    """The longest that its seat stays taken after a last sign of life."""
    state_lost: bool
    """The user has been away for too long: begin with nothing, whatever is still in memory."""
    previous: Optional[str]
    """The handle in whose place this one has come."""
    body: Mapping[str, Any]
    """All that was answered."""


@dataclass(frozen=True)
class Holder:
    """Who holds a seat, and where."""

    session: str
    station: str
    name: str
    location: str
    opened_at: str
    heard_at: str
    free_at: str


@dataclass(frozen=True)
class Refused:
    """The user's seats are all taken."""

    holders: Tuple[Holder, ...]
    """The one that has been silent the longest first."""
    take_over: str
    """``offered`` or ``refused``: whether a login with ``take_over`` may end one of them."""
    free_at: str
    """The first instant at which one is free, if nothing more is heard of it."""
    retry_after: float
    """As long as that is from now, in seconds, by Curfew's clock: this station's may be wrong. Never too short."""
    sentence: str
    """For the panel."""
    detail: str
    """For logs."""


@dataclass(frozen=True)
class Ended:
    """There is no session to go on with: show the login screen."""

    kind: str
    """``session-ended``, ``session-invalidated``, ``logon-expired``, ``no-session`` or ``login-overtaken``."""
    reason: Optional[str]
    """The deadline that passed (``idle``, ``lease``, ...) or what ended it (``taken-over``, ``operator``, ...), if it is known."""
    ended_at: Optional[str]
    resumable_until: Optional[str]
    sentence: str
    """For the panel."""
    detail: str
    """For logs."""
    body: Mapping[str, Any]
    """All that was answered."""


@dataclass(frozen=True)
class Left:
    """What became of a logout or a boot: ``ended``, ``already-ended``, ``nothing-open``, or ``stale``."""

    outcome: str
    session: Optional[str]
    reason: Optional[str]
    ended_at: Optional[str]


Answer = Union[Open, Refused, Ended]


class Misused(Exception):
    """Curfew does not let this station speak, or does not understand it: its key, its registration or this program is wrong."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        """The end of the problem's type, ``forbidden`` for example; empty where it was not Curfew that answered."""


class Unreachable(Exception):
    """Curfew did not answer, however often it was asked. It may have heard: who says it again later gives the same ``id``."""

    def __init__(self, message: str, id: str) -> None:
        super().__init__(message)
        self.id = id


class Heard(NamedTuple):
    """An answer of HTTP, read to its end. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Platform:
    """What a test sets, and a device without one of these brings along. Lengths and instants are in seconds."""

    send: Callable[[str, Mapping[str, str], bytes, float], Heard]
    """POSTs a body to a URL, within so many seconds. Raises ``OSError`` where nothing is answered."""
    clock: Callable[[], float]
    random: Callable[[], float]
    wait: Callable[[float, Optional[threading.Event]], object]
    """Returns after so long, or as soon as the event is set."""
    start: Callable[[Callable[[], None]], object]
    """Runs this beside its caller."""


_ANSWER_WITHIN = 10.0
_GIVE_UP_AFTER = 30.0
# Full jitter, as AWS has it: stations that failed together do not come back together.
_BACKOFF_FIRST = 0.25
_BACKOFF_MAX = 8.0
# Request Timeout, Too Early, Too Many Requests: the same will be heard another time.
_PASSING = (408, 425, 429)
# As far as a signature may be from Curfew's clock, by Standard Webhooks.
_TOLERANCE = 300.0
_PROBLEM = "urn:curfew:problem:"
_SECRET_PREFIX = "whsec_"
_ENDS = ("session-ended", "session-invalidated", "logon-expired", "no-session", "login-overtaken")

When = Union[datetime, str, None]
"""When it happened, by this station's clock, where that can be relied on. It orders this station's events, and nothing else."""


class Station:
    """Each method is one delivery: it has one id, and is sent until it is answered or ``Unreachable`` is raised.

    :param url: Curfew's, without a path. ``https``, unless it is on this machine or ``insecure`` is true.
    :param proof: as registered; by default by the key: ``signature`` for a ``whsec_...``, else ``bearer``.
    :param answer_within: one try is given so many seconds.
    :param give_up_after: no try begins later than this after the first.
    """

    def __init__(
        self,
        url: str,
        station: str,
        key: str,
        *,
        proof: Optional[str] = None,
        insecure: bool = False,
        answer_within: float = _ANSWER_WITHIN,
        give_up_after: float = _GIVE_UP_AFTER,
        platform: Optional[Platform] = None,
    ) -> None:
        for name, value in (("station", station), ("key", key)):
            if not value:
                raise Misused(f"no {name} is given")
        if not insecure and not _is_private(_parsed(url)):
            raise Misused(f'"{url}" is not https: who is on the way reads along, unless insecure=True says that nobody is')
        # The body says which event it is and of which station: a signature covers that, and not the path.
        self._url = f"{url.rstrip('/')}/v1/stations/{urllib.parse.quote(station, safe='')}/events"
        proof = proof or ("signature" if key.startswith(_SECRET_PREFIX) else "bearer")
        self._prove = _prover(proof, station, key)
        self._is_signed = proof == "signature"
        self._answer_within = answer_within
        self._give_up_after = give_up_after
        self._platform = platform or _PLATFORM
        self._speaks_for: Optional[str] = None
        self._pinged: List[KeptAlive] = []
        self._lock = threading.RLock()

    def for_station(self, station: str) -> Station:
        """What is said in the name of another station, which this one, a gateway, is registered to speak for."""
        if not station:
            raise Misused("no station is given")
        other = object.__new__(Station)
        other.__dict__.update(self.__dict__, _speaks_for=station, _pinged=[], _lock=threading.RLock())
        return other

    def login(
        self, user: str, *, take_over: Union[bool, str, None] = None, occurred_at: When = None, id: Optional[str] = None
    ) -> Answer:
        """:param take_over: ends the session that has been silent the longest, or the one of this handle, and logs in."""
        return self._read("login", self._tell("login", id, user=user, takeOver=take_over, occurredAt=occurred_at))

    def activity(
        self,
        session: Optional[str] = None,
        *,
        user: Optional[str] = None,
        occurred_at: When = None,
        id: Optional[str] = None,
    ) -> Answer:
        """The user has done something. Brings a session back too, as long as it can come back."""
        return self._live("activity", session, user, id, occurredAt=occurred_at)

    def job_started(
        self,
        session: Optional[str] = None,
        *,
        user: Optional[str] = None,
        job: Optional[str] = None,
        occurred_at: When = None,
        id: Optional[str] = None,
    ) -> Answer:
        """Until its end, or for as long as the realm's policy says, idle and lease wait.

        :param job: what this station calls it: with names several may run at once, and an end ends its own.
        """
        return self._live("job-started", session, user, id, job=job, occurredAt=occurred_at)

    def job_ended(
        self,
        session: Optional[str] = None,
        *,
        user: Optional[str] = None,
        job: Optional[str] = None,
        occurred_at: When = None,
        id: Optional[str] = None,
    ) -> Answer:
        return self._live("job-ended", session, user, id, job=job, occurredAt=occurred_at)

    def ping(self, session: Optional[str] = None, *, user: Optional[str] = None) -> Answer:
        """The station lives. Tried once; see ``keep_alive``, which does this by itself."""
        return self._live("ping", session, user, None)

    def logout(
        self,
        session: Optional[str] = None,
        *,
        user: Optional[str] = None,
        occurred_at: When = None,
        id: Optional[str] = None,
    ) -> Left:
        """Without a session and a user it is about who is at the panel."""
        return self._leave("logout", session, user, id, occurred_at)

    def boot(self, *, occurred_at: When = None, id: Optional[str] = None) -> Left:
        """The station has started: who was at its panel is not any more."""
        return self._leave("boot", None, None, id, occurred_at)

    def keep_alive(
        self,
        open: Open,
        *,
        ended: Callable[[Ended], object],
        lingering: Callable[[], object] = lambda: None,
        failed: Optional[Callable[[Exception], object]] = None,
        is_alive: Callable[[], bool] = lambda: True,
        every: Optional[float] = None,
    ) -> KeptAlive:
        """Pings, in a thread, until the session ends or this station ends it.

        :param ended: called once, when it is learned that the session has ended otherwise than by this station's own logout.
        :param lingering: called once, when the user has been idle and a ping renews nothing any more. No ping follows.
        :param failed: called with each ping that failed otherwise than by an unreachable Curfew. By default it is raised.
        :param is_alive: asked before each ping; while it says no, none is sent. Who pings for another asks that one first.
        :param every: seconds; by default a third of the session's lease, so that one lost ping ends nothing.
        """
        with self._lock:
            # A user who logs in again where they are goes on with the same session.
            for before in self._pinged_of(open.session, open.user):
                before.stop()
            kept = KeptAlive(self, open, _ping_every(open) if every is None else every, ended, lingering, failed, is_alive)
            self._pinged.append(kept)
        self._platform.start(kept._go_on)
        return kept

    def _live(self, event: str, session: Optional[str], user: Optional[str], id: Optional[str], **said: Any) -> Answer:
        about = self._pinged_of(session, user)
        answer = self._read(event, self._tell(event, id, session=session, user=user, **said))
        for kept in about:
            kept._learn(answer)
        return answer

    def _leave(self, event: str, session: Optional[str], user: Optional[str], id: Optional[str], at: When) -> Left:
        # Before it is sent: no ping may say otherwise, even where Curfew cannot be told.
        for kept in self._pinged_of(session, user):
            kept.stop()
        heard = self._tell(event, id, session=session, user=user, occurredAt=at)
        if not _is_success(heard):
            raise self._misused(event, heard)
        body = _object_of(heard.text)
        return Left(str(body.get("outcome")), body.get("session"), body.get("reason"), body.get("endedAt"))

    def _pinged_of(self, session: Optional[str], user: Optional[str]) -> List[KeptAlive]:
        """The sessions, among those that are kept alive, that this is about."""
        with self._lock:
            return [
                kept
                for kept in self._pinged
                if (user is None or user == kept.open.user if session is None else session == kept.open.session)
            ]

    def _tell(self, event: str, id: Optional[str], **said: Any) -> Heard:
        id = id or str(uuid.uuid4())
        at = said.get("occurredAt")
        if isinstance(at, datetime):
            said["occurredAt"] = at.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = {"type": event, "station": self._speaks_for, **said}
        # A signed delivery has its id in a header that the signature covers.
        if not self._is_signed:
            fields["id"] = id
        body = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
        return self._deliver(id, body, 0.0 if event == "ping" else self._give_up_after)

    def _deliver(self, id: str, body: bytes, give_up_after: float) -> Heard:
        """Again and again with the same id, so that nothing is done twice."""
        platform = self._platform
        give_up_at = platform.clock() + give_up_after
        tries = 0
        while True:
            # A new timestamp each time, or a late try would be taken for a replay.
            headers = {"content-type": "application/json", **self._prove(id, platform.clock(), body)}
            wait = platform.random() * min(_BACKOFF_MAX, _BACKOFF_FIRST * 2**tries)
            tries += 1
            cause: Optional[Exception] = None
            try:
                heard = platform.send(self._url, headers, body, self._answer_within)
                if _is_final(heard):
                    return heard
                came = f"answered {heard.status}"
                wait += _retry_after(heard.headers, platform.clock())
            except (OSError, http.client.HTTPException) as error:
                came, cause = "not answered", error
            if platform.clock() + wait >= give_up_at:
                times = "once" if tries == 1 else f"{tries} times"
                raise Unreachable(f"{self._url} was {came}, tried {times}", id) from cause
            platform.wait(wait, None)

    def _read(self, event: str, heard: Heard) -> Answer:
        body = _object_of(heard.text)
        if _is_success(heard):
            return _open_of(body)
        kind = _kind_of(body)
        if kind == "seat-taken":
            return _refused_of(body, heard.headers)
        if kind in _ENDS:
            return _ended_of(kind, body)
        raise self._misused(event, heard)

    def _misused(self, event: str, heard: Heard) -> Misused:
        body = _object_of(heard.text)
        apart = self._platform.clock() - _instant_of(heard.headers.get("date", ""), self._platform.clock())
        is_clock_wrong = heard.status == 401 and abs(apart) > _TOLERANCE
        clock = f"; the clock here is {round(apart)} s from Curfew's" if is_clock_wrong else ""
        detail = body.get("detail", "this is no answer of Curfew's")
        return Misused(f"{event} was answered {heard.status}: {detail}{clock}", _kind_of(body))


class KeptAlive:
    """A session that is kept alive."""

    def __init__(
        self,
        station: Station,
        open: Open,
        every: float,
        ended: Callable[[Ended], object],
        lingering: Callable[[], object],
        failed: Optional[Callable[[Exception], object]],
        is_alive: Callable[[], bool],
    ) -> None:
        self.open = open
        self._station = station
        self._every = every
        self._ended = ended
        self._lingering = lingering
        self._failed = failed
        self._is_alive = is_alive
        self._stopping = threading.Event()

    def stop(self) -> None:
        with self._station._lock:
            self._stopping.set()
            if self in self._station._pinged:
                self._station._pinged.remove(self)

    def _learn(self, answer: Answer) -> None:
        """Takes what was answered to whichever event of this session."""
        with self._station._lock:
            if self._stopping.is_set() or isinstance(answer, Refused):
                return
            if isinstance(answer, Open) and answer.outcome != "lingering":
                self.open = answer
                return
            self.stop()
        # Outside of the lock: it is the caller's own, and may speak to this station.
        if isinstance(answer, Ended):
            self._ended(answer)
        else:
            self._lingering()

    def _go_on(self) -> None:
        platform = self._station._platform
        while not self._stopping.is_set():
            # Sooner by up to a fifth: stations that started together do not ping together.
            platform.wait(self._every * (1 - platform.random() / 5), self._stopping)
            if self._stopping.is_set():
                return
            try:
                self._ping_once()
            except Unreachable:
                continue
            except Exception as error:
                if self._failed is None:
                    raise
                self._failed(error)

    def _ping_once(self) -> None:
        if not self._is_alive() or self._stopping.is_set():
            return
        asked = self.open
        answer = self._station._read("ping", self._station._tell("ping", None, session=asked.session))
        # Meanwhile its user may have come back: then this is of before, and the next ping will tell.
        if asked is self.open:
            self._learn(answer)


# --- what is answered


def _open_of(body: Mapping[str, Any]) -> Open:
    return Open(
        session=body["session"],
        user=body["user"],
        realm=body["realm"],
        rung=body["rung"],
        outcome=body["outcome"],
        heard_at=body["heardAt"],
        held_until=body["heldUntil"],
        free_at=body["freeAt"],
        bound=body["bound"],
        state_lost=body.get("stateLost") is True,
        previous=body.get("previous"),
        body=body,
    )


def _refused_of(body: Mapping[str, Any], headers: Mapping[str, str]) -> Refused:
    holders = tuple(
        Holder(
            one["session"], one["station"], one["name"], one["location"], one["openedAt"], one["heardAt"], one["freeAt"]
        )
        for one in body["holders"]
    )
    retry_after = float(headers.get("retry-after", 0))
    sentence = _sentence_of_refusal(holders, body["takeOver"], retry_after)
    free_at = min((one.free_at for one in holders), default="")
    return Refused(holders, body["takeOver"], free_at, retry_after, sentence, body["detail"])


def _ended_of(kind: str, body: Mapping[str, Any]) -> Ended:
    reason = body.get("reason", body.get("invalidatedBy"))
    ended_at, until = body.get("endedAt"), body.get("resumableUntil")
    return Ended(kind, reason, ended_at, until, _sentence_of_end(kind, reason), body["detail"], body)


def _is_success(heard: Heard) -> bool:
    return 200 <= heard.status < 300


def _is_final(heard: Heard) -> bool:
    """A success that says nothing, or a redirection, is from something in between, which wants a login of its own."""
    if _is_success(heard):
        return isinstance(_object_of(heard.text).get("outcome"), str)
    return 400 <= heard.status < 500 and heard.status not in _PASSING


def _kind_of(body: Mapping[str, Any]) -> str:
    kind = body.get("type")
    return kind[len(_PROBLEM) :] if isinstance(kind, str) and kind.startswith(_PROBLEM) else ""


def _object_of(text: str) -> Dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(headers: Mapping[str, str], now: float) -> float:
    text = headers.get("retry-after", "")
    return float(text) if re.fullmatch(r"\d+", text) else max(0.0, _instant_of(text, now) - now)


def _instant_of(text: str, otherwise: float) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError):
        return otherwise


# --- what a panel can show, in a sentence or two. No clock times: a printer's clock and time zone are often wrong

_AWAY = "Your session has ended, for nothing was heard of you for a while"
_WHYS = {
    "idle": _AWAY,
    "lease": _AWAY,
    "failover": _AWAY,
    "logon-token": _AWAY,
    "maximum": "Your session has lasted for as long as one may",
    "logout": "You have logged out",
    "boot": "Your session has ended, for this device was restarted",
    "next-user": "Your session has ended, for somebody else has logged in here",
    "taken-over": "You have ended this session by logging in elsewhere",
    "superseded": "You have logged in elsewhere meanwhile",
    "operator": "An administrator has ended your session",
}
_PLACES_MAX = 3


def _sentence_of_refusal(holders: Tuple[Holder, ...], take_over: str, retry_after: float) -> str:
    places = [f"{one.name} ({one.location})" if one.location else one.name for one in holders[:_PLACES_MAX]]
    untold = len(holders) - len(places)
    where = ", ".join(places) + (f" and {untold} more" if untold > 0 else "")
    if len(holders) == 1:
        said, there, offer = f"You are logged in at {where}.", "there", "that session"
    else:
        said = f"All of your {len(holders)} sessions are in use: at {where}."
        there, offer = "at one of them", "one of them"
    said += f" Log out {there}; or, if nothing more happens there, log in here in {_length_of(retry_after)}."
    return said + (f" You may also end {offer} now and log in here." if take_over == "offered" else "")


def _sentence_of_end(kind: str, reason: Optional[str]) -> str:
    if kind in ("no-session", "login-overtaken"):
        return "You are not logged in here. Please log in."
    if kind == "logon-expired":
        return "You have been away for too long. Please log in again."
    why = _WHYS.get(reason or "")
    return f"{why}." if why else "Your session has ended. Please log in again."


def _length_of(seconds: float) -> str:
    """Rounded up: nobody is sent back too early."""
    minutes = math.ceil(seconds / 60)
    if minutes >= 120:
        return f"{math.ceil(minutes / 60)} hours"
    if seconds > 60:
        return f"{minutes} minutes"
    whole = max(1, math.ceil(seconds))
    return "a second" if whole == 1 else f"{whole} seconds"


# --- how often to ping

_SHORTEST = 0.25
_LONGEST = 3_600.0


def _ping_every(open: Open) -> float:
    """While a job runs a session is held for longer than its lease, and towards its maximum for less."""
    held = _seconds_of(open.held_until) - _seconds_of(open.heard_at)
    return min(_LONGEST, max(_SHORTEST, min(held, _seconds_in(open.bound)) / 3))


def _seconds_of(rfc3339: str) -> float:
    return datetime.fromisoformat(rfc3339.replace("Z", "+00:00")).timestamp()


def _seconds_in(iso8601: str) -> float:
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?", iso8601)
    days, hours, minutes, seconds = (float(part or 0) for part in (found.groups() if found else (0, 0, 0, 0)))
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


# --- how a station shows who it is

_Prove = Callable[[str, float, bytes], Dict[str, str]]


def _prover(proof: str, station: str, key: str) -> _Prove:
    if proof not in ("bearer", "basic", "signature"):
        raise Misused(f'there is no proof "{proof}", only bearer, basic and signature')
    if (proof == "signature") != key.startswith(_SECRET_PREFIX):
        does = "does" if proof == "signature" else "does not"
        raise Misused(f"the key of a station whose proof is {proof} {does} begin with {_SECRET_PREFIX}")
    if proof == "signature":
        return _signer(key[len(_SECRET_PREFIX) :])
    credentials = f"Bearer {key}" if proof == "bearer" else f"Basic {base64.b64encode(f'{station}:{key}'.encode()).decode()}"
    return lambda id, now, body: {"authorization": credentials}


def _signer(text: str) -> _Prove:
    """Standard Webhooks, version 1: HMAC-SHA256 of id, timestamp and body."""
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not secret:
        raise Misused(f"the key is not {_SECRET_PREFIX} and base64")

    def prove(id: str, now: float, body: bytes) -> Dict[str, str]:
        at = str(int(now))
        mac = hmac.new(secret, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
        return {
            "webhook-id": id,
            "webhook-timestamp": at,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        }

    return prove


# --- the way there


def _parsed(url: str) -> urllib.parse.SplitResult:
    try:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme.lower() in ("http", "https") and parts.hostname:
            return parts
    except ValueError:
        pass
    raise Misused(f'"{url}" is no URL')


def _is_private(url: urllib.parse.SplitResult) -> bool:
    """Whether nobody between here and there reads along: it is TLS, or does not leave this machine."""
    here = r"(?:.+\.)?localhost|127(?:\.\d+){3}|::1"
    return url.scheme.lower() == "https" or re.fullmatch(here, url.hostname or "") is not None


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """A key is not carried to wherever somebody in between points."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _send(url: str, headers: Mapping[str, str], body: bytes, within: float) -> Heard:
    request = urllib.request.Request(url, body, dict(headers), method="POST")
    try:
        answer = urllib.request.build_opener(_NoRedirection).open(request, timeout=within)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Heard(answer.status or 0, told, answer.read().decode("utf-8", "replace"))


def _wait(seconds: float, stopping: Optional[threading.Event]) -> None:
    if stopping is None:
        time.sleep(seconds)
    else:
        stopping.wait(seconds)


def _start(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="curfew", daemon=True).start()


_PLATFORM = Platform(_send, time.time, random.random, _wait, _start)
