"""What the client in Python sends, how long it tries, what it makes of answers, and when it pings: as that in TypeScript does."""

import base64
import hashlib
import hmac
import json
import sys
import threading
import unittest
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

from curfew import Ended, Heard, Left, Misused, Open, Platform, Refused, Station, Unreachable  # noqa: E402

LOST = "lost"
"""The connection ends without an answer."""
SECRET = b"a secret of thirty-two bytes, no less"
SIGNING_KEY = "whsec_" + base64.b64encode(SECRET).decode()
MINUTE = 60.0
OPEN = {
    "outcome": "opened",
    "session": "s1",
    "user": "ana",
    "realm": "print",
    "rung": "active",
    "heardAt": "2026-11-22T14:00:00.000Z",
    "heldUntil": "2026-11-22T14:05:00.000Z",
    "freeAt": "2026-11-22T14:05:02.000Z",
    "bound": "PT5M2S",
}


def answered(status, body=None, **headers):
    text = body if isinstance(body, str) else json.dumps(body or {})
    return Heard(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def opened(**changes):
    return answered(201, {**OPEN, **changes})


def renewed(**changes):
    return answered(200, {**OPEN, "outcome": "renewed", **changes})


def problem(status, kind, headers=None, **members):
    body = {"type": f"urn:curfew:problem:{kind}", "title": kind, "status": status, "detail": f"why {kind}", **members}
    return answered(status, body, **(headers or {}))


class Later(Exception):
    """Nothing more happens until then."""


class Curfew:
    """Answers as it is told to, the last answer for ever, in a time of its own."""

    def __init__(self, *script, random=0.5, **options):
        self.now = datetime(2026, 11, 22, 14, tzinfo=timezone.utc).timestamp()
        self.script = list(script)
        self.asked = []
        self.waited = []
        self.pinging = []
        self.until = float("inf")
        platform = Platform(self.send, lambda: self.now, lambda: random, self.wait, self.pinging.append)
        given = {"station": "lib-1", "key": "curfew_1_key", **options}
        self.station = Station("https://curfew.test/", platform=platform, **given)

    def send(self, url, headers, body, within):
        self.asked.append({"url": url, "headers": headers, "text": body, **json.loads(body)})
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if answer == LOST:
            raise OSError("no answer")
        return answer

    def wait(self, seconds, stopping):
        self.waited.append(seconds)
        if stopping is not None and self.now + seconds > self.until:
            raise Later
        self.now += seconds

    def passing(self, seconds):
        """Each that pings goes on, one after the other; its loop remembers nothing."""
        started = self.now
        for go_on in self.pinging:
            self.now, self.until = started, started + seconds
            try:
                go_on()
            except Later:
                pass
        self.now = started + seconds

    def events(self):
        return [" ".join(filter(None, (one["type"], one.get("session")))) for one in self.asked]


class ADelivery(unittest.TestCase):
    def test_says_in_its_body_what_has_happened_and_is_one_post_with_the_key(self):
        curfew = Curfew(opened())
        answer = curfew.station.login("ana", take_over=True)
        self.assertIsInstance(answer, Open)
        self.assertEqual((answer.session, answer.state_lost), ("s1", False))
        [asked] = curfew.asked
        self.assertEqual(asked["url"], "https://curfew.test/v1/stations/lib-1/events")
        self.assertEqual(asked["headers"]["authorization"], "Bearer curfew_1_key")
        self.assertEqual((asked["type"], asked["user"], asked["takeOver"]), ("login", "ana", True))
        self.assertRegex(asked["id"], r"^[\x21-\x7e]{1,48}$")

    def test_of_an_event_is_about_the_session_that_it_is_given(self):
        curfew = Curfew(renewed())
        tell = curfew.station
        for say in (tell.activity, tell.job_started, tell.job_ended, tell.ping, tell.logout):
            say("s1")
        self.assertEqual(
            curfew.events(), ["activity s1", "job-started s1", "job-ended s1", "ping s1", "logout s1"]
        )

    def test_of_a_job_says_which_it_is_where_it_has_a_name(self):
        curfew = Curfew(renewed())
        curfew.station.job_started("s1", job="scan-17")
        curfew.station.job_started("s1")
        self.assertEqual([one.get("job") for one in curfew.asked], ["scan-17", None])

    def test_of_a_boot_names_nobody(self):
        curfew = Curfew(answered(200, {"outcome": "nothing-open"}))
        self.assertEqual(curfew.station.boot(), Left("nothing-open", None, None, None))
        self.assertEqual(set(curfew.asked[0]) - {"url", "headers", "text"}, {"type", "id"})

    def test_says_when_it_happened_and_which_it_is_if_its_sender_knows(self):
        curfew = Curfew(opened())
        curfew.station.login("ana", occurred_at=datetime(2026, 11, 22, 13, 59, tzinfo=timezone.utc), id="kept")
        self.assertEqual(curfew.asked[0]["occurredAt"], "2026-11-22T13:59:00.000Z")
        self.assertEqual(curfew.asked[0]["id"], "kept")

    def test_of_a_gateway_names_the_station_for_which_it_speaks_on_the_path_of_its_own(self):
        curfew = Curfew(opened(), station="gate")
        curfew.station.for_station("lib-7").login("ana")
        curfew.station.login("ana")
        self.assertEqual({one["url"] for one in curfew.asked}, {"https://curfew.test/v1/stations/gate/events"})
        self.assertEqual([one.get("station") for one in curfew.asked], ["lib-7", None])


class ItsProof(unittest.TestCase):
    def test_of_a_key_that_begins_with_whsec_is_a_standard_webhooks_signature(self):
        curfew = Curfew(opened(), key=SIGNING_KEY)
        curfew.station.login("ana")
        [asked] = curfew.asked
        headers = asked["headers"]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + asked["text"]
        right = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], f"v1,{right}")
        self.assertEqual(headers["webhook-timestamp"], str(int(curfew.now)))
        self.assertNotIn("authorization", headers)
        self.assertNotIn("id", asked)

    def test_of_each_try_has_its_own_timestamp_and_the_same_id(self):
        slow = answered(503, retry_after="2")
        curfew = Curfew(slow, slow, opened(), key=SIGNING_KEY)
        curfew.station.login("ana")
        headers = [one["headers"] for one in curfew.asked]
        self.assertEqual(len({one["webhook-id"] for one in headers}), 1)
        self.assertEqual(len({one["webhook-timestamp"] for one in headers}), 3)
        self.assertEqual(len({one["text"] for one in curfew.asked}), 1)

    def test_may_be_a_name_and_a_password(self):
        curfew = Curfew(opened(), proof="basic")
        curfew.station.login("ana")
        expected = "Basic " + base64.b64encode(b"lib-1:curfew_1_key").decode()
        self.assertEqual(curfew.asked[0]["headers"]["authorization"], expected)

    def test_is_not_made_of_another_key(self):
        for proof, key in (("signature", "k"), ("bearer", SIGNING_KEY), (None, "whsec_not base64"), (None, "whsec_")):
            with self.subTest(proof=proof, key=key), self.assertRaises(Misused):
                Station("https://curfew.test", "lib-1", key, proof=proof)


class TheAddress(unittest.TestCase):
    def test_that_is_no_url_is_said_at_once(self):
        for url in ("curfew.test", "https://", "https://[", "ftp://curfew.test"):
            with self.subTest(url), self.assertRaisesRegex(Misused, "is no URL"):
                Station(url, "lib-1", "k")

    def test_that_would_show_the_key_to_who_is_on_the_way_is_for_those_who_say_so(self):
        for url in (
            "http://curfew.test",
            "HTTP://10.0.0.7:4600",
            "http://localhost.test",
            "http://127.0.0.1.test",
            "http://localhost@curfew.test",
            "http://[::2]",
        ):
            with self.subTest(url):
                self.assertRaisesRegex(Misused, "is not https", Station, url, "lib-1", "k")
                Station(url, "lib-1", "k", insecure=True)

    def test_with_tls_or_on_this_machine_is_well(self):
        for url in ("https://curfew.test", "http://localhost:4600", "http://127.0.0.1:4600/", "http://[::1]:4600"):
            Station(url, "lib-1", "k")

    def test_is_no_use_without_a_station_and_a_key(self):
        for station, key, missing in (("", "k", "station"), ("lib-1", "", "key")):
            self.assertRaisesRegex(Misused, f"no {missing} is given", Station, "https://curfew.test", station, key)
        self.assertRaises(Misused, Station("https://curfew.test", "gate", "k").for_station, "")


class WhatIsNotAnswered(unittest.TestCase):
    def test_is_sent_again_with_the_same_id(self):
        for first in (
            LOST,
            answered(429),
            answered(408),
            answered(425),
            problem(503, "unavailable"),
            answered(504, {"message": "Endpoint request timed out"}),
            answered(200, "<h1>Welcome to this network</h1>"),
            answered(302, "", location="https://login.test"),
        ):
            with self.subTest(first):
                curfew = Curfew(first, first, opened())
                self.assertIsInstance(curfew.station.login("ana"), Open)
                self.assertEqual(len(curfew.asked), 3)
                self.assertEqual(len({one["id"] for one in curfew.asked}), 1)

    def test_is_sent_after_waits_that_grow_and_are_drawn_by_lot(self):
        for random, waits in ((1, [0.25, 0.5, 1, 2, 4, 8, 8]), (0.5, [0.125, 0.25, 0.5, 1, 2, 4, 4])):
            curfew = Curfew(LOST, random=random, give_up_after=60)
            self.assertRaises(Unreachable, curfew.station.login, "ana")
            self.assertEqual(curfew.waited[:7], waits)

    def test_is_sent_no_sooner_than_retry_after_says_in_seconds_or_as_an_instant(self):
        as_instant = answered(429, retry_after="Sun, 22 Nov 2026 14:00:10 GMT")
        curfew = Curfew(answered(503, retry_after="3"), as_instant, opened())
        curfew.station.login("ana")
        self.assertEqual(curfew.waited, [3.125, 10 - 3.125 + 0.25])

    def test_is_given_up_in_time_and_named_to_be_said_again(self):
        curfew = Curfew(LOST, give_up_after=5)
        began = curfew.now
        with self.assertRaises(Unreachable) as raised:
            curfew.station.login("ana", id="kept")
        self.assertEqual(raised.exception.id, "kept")
        self.assertGreater(len(curfew.asked), 3)
        self.assertLessEqual(curfew.now, began + 5)

    def test_is_not_sent_again_where_it_is_to_wait_for_longer_than_that_nor_where_it_is_a_ping(self):
        for first, tell in ((answered(503, retry_after="60"), "activity"), (LOST, "ping")):
            curfew = Curfew(first)
            self.assertRaises(Unreachable, getattr(curfew.station, tell), "s1")
            self.assertEqual(len(curfew.asked), 1)


class WhatIsTheStationsOwnFault(unittest.TestCase):
    def test_is_raised_and_not_sent_again(self):
        for status, kind in ((400, "bad-request"), (401, "not-authenticated"), (403, "forbidden"), (415, "not-json")):
            curfew = Curfew(problem(status, kind))
            with self.assertRaises(Misused) as raised:
                curfew.station.activity("s1")
            self.assertEqual(raised.exception.kind, kind)
            self.assertRaises(Misused, curfew.station.logout)
            self.assertEqual(len(curfew.asked), 2)

    def test_is_raised_where_it_was_not_curfew_that_answered(self):
        self.assertRaises(Misused, Curfew(answered(410, "<h1>Gone</h1>")).station.activity, "s1")

    def test_is_told_with_how_wrong_the_clock_is(self):
        curfew = Curfew(problem(401, "not-authenticated", {"date": "Sun, 22 Nov 2026 13:00:00 GMT"}), key=SIGNING_KEY)
        self.assertRaisesRegex(Misused, "the clock here is 3600 s from Curfew's", curfew.station.login, "ana")


def holder(n):
    place = {"name": f"Library {n}", "location": "First floor" if n == 1 else ""}
    times = {"openedAt": "2026-11-22T13:00:00.000Z", "heardAt": "2026-11-22T13:59:00.000Z"}
    return {"session": f"s{n}", "station": f"lib-{n}", **place, **times, "freeAt": f"2026-11-22T14:0{n}:00.000Z"}


def taken(take_over, retry_after, *holders):
    headers = {"retry_after": str(retry_after)}
    return problem(409, "seat-taken", headers, holders=list(holders), takeOver=take_over)


class ARefusal(unittest.TestCase):
    def test_says_who_holds_the_seat_until_when_what_can_be_done_and_what_to_show(self):
        refused = Curfew(taken("offered", 299, holder(1))).station.login("ana")
        self.assertIsInstance(refused, Refused)
        self.assertEqual((refused.free_at, refused.retry_after), ("2026-11-22T14:01:00.000Z", 299))
        self.assertEqual((refused.holders[0].station, refused.take_over), ("lib-1", "offered"))
        self.assertEqual(
            refused.sentence,
            "You are logged in at Library 1 (First floor). Log out there; or, if nothing more happens there, log in "
            "here in 5 minutes. You may also end that session now and log in here.",
        )

    def test_of_several_seats_names_no_more_than_fit(self):
        refused = Curfew(taken("refused", 60, *map(holder, (4, 3, 2, 1)))).station.login("ana")
        self.assertEqual(refused.free_at, "2026-11-22T14:01:00.000Z")
        self.assertEqual(
            refused.sentence,
            "All of your 4 sessions are in use: at Library 4, Library 3, Library 2 and 1 more. Log out at one of "
            "them; or, if nothing more happens there, log in here in 60 seconds.",
        )

    def test_says_lengths_as_people_do(self):
        for seconds, text in ((1, "a second"), (59, "59 seconds"), (61, "2 minutes"), (43_000, "12 hours")):
            refused = Curfew(taken("refused", seconds, holder(1))).station.login("ana")
            self.assertIn(f"in {text}.", refused.sentence)


class WhereThereIsNoSessionToGoOnWith(unittest.TestCase):
    def test_it_is_said_why(self):
        for status, kind, members, sentence in (
            (410, "session-ended", {"reason": "operator"}, "An administrator has ended your session."),
            (410, "session-ended", {}, "Your session has ended. Please log in again."),
            (410, "session-invalidated", {"invalidatedBy": "lease"}, "Your session has ended, for nothing was heard of you for a while."),
            (410, "no-session", {}, "You are not logged in here. Please log in."),
            (401, "logon-expired", {"passed": []}, "You have been away for too long. Please log in again."),
        ):
            ended = Curfew(problem(status, kind, **members)).station.activity("s1")
            self.assertIsInstance(ended, Ended)
            self.assertEqual((ended.kind, ended.sentence, ended.detail), (kind, sentence, f"why {kind}"))


class ASessionThatIsKeptAlive(unittest.TestCase):
    def kept(self, *script, view=None, **options):
        curfew = Curfew(opened(**(view or {})))
        self.ended, self.lingering = [], []
        self.open = curfew.station.login("ana")
        curfew.script = list(script or (renewed(),))
        given = {"ended": self.ended.append, "lingering": lambda: self.lingering.append(True), **options}
        self.kept_alive = curfew.station.keep_alive(self.open, **given)
        curfew.asked.clear()
        return curfew

    def test_is_pinged_three_times_within_its_lease_sooner_by_up_to_a_fifth(self):
        curfew = self.kept()
        curfew.passing(5 * MINUTE)
        self.assertEqual(curfew.events(), ["ping s1"] * 3)
        self.assertEqual(curfew.waited[0], 90)

    def test_is_pinged_by_its_lease_where_a_job_holds_it_for_longer_and_by_what_is_left_where_that_is_less(self):
        for held_until, bound, seconds in (
            ("2026-11-22T14:30:00.000Z", "PT5M2S", 302 / 3 * 0.9),
            ("2026-11-22T14:01:00.000Z", "PT5M2S", 18),
            ("2027-11-22T14:00:00.000Z", "P365DT2S", 3_240),
        ):
            curfew = self.kept(view={"heldUntil": held_until, "bound": bound})
            curfew.passing(1)
            self.assertAlmostEqual(curfew.waited[0], seconds)

    def test_is_pinged_on_where_curfew_does_not_answer(self):
        curfew = self.kept(LOST, problem(503, "unavailable"), renewed())
        curfew.passing(6 * MINUTE)
        self.assertEqual(len(curfew.asked), 4)
        self.assertEqual(self.ended, [])

    def test_is_not_pinged_for_a_station_that_does_not_live(self):
        curfew = self.kept(is_alive=lambda: False)
        curfew.passing(10 * MINUTE)
        self.assertEqual(curfew.events(), [])

    def test_is_pinged_on_where_the_key_is_refused_which_is_said(self):
        failed = []
        curfew = self.kept(problem(401, "not-authenticated"), renewed(), failed=failed.append)
        curfew.passing(5 * MINUTE)
        self.assertEqual([error.kind for error in failed], ["not-authenticated"])
        self.assertEqual(len(curfew.asked), 3)

    def test_is_let_be_once_it_has_ended_which_is_said_once(self):
        curfew = self.kept(problem(410, "session-ended", reason="taken-over"))
        curfew.passing(60 * MINUTE)
        self.assertEqual(curfew.events(), ["ping s1"])
        self.assertEqual([why.reason for why in self.ended], ["taken-over"])

    def test_is_let_be_where_another_event_learns_that_first(self):
        curfew = self.kept(problem(410, "session-ended"))
        curfew.station.activity("s1")
        curfew.passing(60 * MINUTE)
        self.assertEqual(curfew.events(), ["activity s1"])
        self.assertEqual(len(self.ended), 1)

    def test_is_let_be_while_its_user_is_idle(self):
        curfew = self.kept(renewed(outcome="lingering"))
        curfew.passing(60 * MINUTE)
        self.assertEqual((curfew.events(), self.lingering, self.ended), (["ping s1"], [True], []))

    def test_is_let_be_at_a_logout_even_one_that_nobody_hears_and_at_a_boot(self):
        for leave in (
            lambda station: station.logout("s1"),
            lambda station: station.logout(user="ana"),
            lambda station: station.logout(),
            lambda station: station.boot(),
        ):
            curfew = self.kept(LOST)
            self.assertRaises(Unreachable, leave, curfew.station)
            curfew.passing(60 * MINUTE)
            self.assertNotIn("ping s1", curfew.events())
            self.assertEqual(self.ended, [])

    def test_is_pinged_on_at_a_logout_of_somebody_else(self):
        curfew = self.kept(answered(200, {"outcome": "nothing-open"}), renewed())
        curfew.station.logout(user="ben")
        curfew.passing(2 * MINUTE)
        self.assertEqual(curfew.events(), ["logout", "ping s1"])

    def test_is_let_be_when_it_is_told_to_or_kept_alive_anew(self):
        curfew = self.kept()
        again = curfew.station.keep_alive(self.open, ended=self.ended.append)
        curfew.passing(2 * MINUTE)
        self.assertEqual(curfew.events(), ["ping s1"])
        again.stop()
        curfew.passing(60 * MINUTE)
        self.assertEqual(curfew.events(), ["ping s1"])

    def test_goes_on_as_the_one_that_has_come_in_its_place(self):
        curfew = self.kept(opened(outcome="made-anew", session="s2", previous="s1"), renewed(session="s2"))
        curfew.station.activity("s1")
        curfew.passing(2 * MINUTE)
        self.assertEqual(curfew.events(), ["activity s1", "ping s2"])

    def test_goes_on_where_its_user_came_back_while_a_ping_was_under_way(self):
        curfew = self.kept(renewed(outcome="lingering"))
        send = curfew.station._platform.send

        def meanwhile(*letter):
            curfew.station._platform.__dict__["send"] = lambda *_: renewed(outcome="resumed", stateLost=True)
            curfew.station.activity("s1")
            curfew.station._platform.__dict__["send"] = lambda *_: renewed()
            return send(*letter)

        curfew.station._platform.__dict__["send"] = meanwhile
        curfew.passing(2 * MINUTE)
        self.assertEqual(self.lingering, [])

    def test_of_one_station_of_a_gateway_is_apart_from_that_of_another(self):
        curfew = Curfew(opened(), station="gate")
        one, two = curfew.station.for_station("lib-1"), curfew.station.for_station("lib-2")
        one.keep_alive(one.login("ana"), ended=print)
        two.keep_alive(two.login("ben"), ended=print)
        curfew.script = [answered(200, {"outcome": "ended"}), renewed()]
        one.logout()
        curfew.asked.clear()
        curfew.passing(2 * MINUTE)
        self.assertEqual([(asked["type"], asked["station"]) for asked in curfew.asked], [("ping", "lib-2")])

    def test_is_pinged_in_a_thread_that_stops(self):
        pinged = threading.Event()

        def send(*_):
            pinged.set()
            return renewed()

        from curfew import _start, _wait

        station = Station("https://curfew.test", "lib-1", "k", platform=Platform(send, lambda: 0, lambda: 0, _wait, _start))
        kept = station.keep_alive(Curfew(opened()).station.login("ana"), ended=print, every=0.001)
        self.assertTrue(pinged.wait(10))
        kept.stop()


if __name__ == "__main__":
    unittest.main()
