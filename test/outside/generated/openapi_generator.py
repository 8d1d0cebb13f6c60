"""What a user of openapi-generator's `python` writes: a login, a refusal, a ping, a logout, and what a ping is told after it."""

import os

from curfew_api import ApiClient, Configuration, Message, ProblemSeatTaken, ProblemSessionEnded, StationApi
from curfew_api.exceptions import ApiException


def station(key: str) -> StationApi:
    return StationApi(ApiClient(Configuration(host=os.environ["URL"], access_token=key)))


first, second = station(os.environ["KEY_1"]), station(os.environ["KEY_2"])

opened = first.login("lib-1", Message(user="ana"))
print(opened.outcome, opened.user, opened.held_until > opened.opened_at)

try:
    second.login("lib-2", Message(user="ana"))
except ApiException as error:
    refused = error.data
    assert isinstance(refused, ProblemSeatTaken)
    print(refused.type, refused.holders[0].station, refused.take_over)

renewed = first.ping("lib-1", Message(session=opened.session))
print(renewed.outcome, renewed.session == opened.session)

over = first.logout("lib-1", Message(session=opened.session))
print(over.outcome, over.reason)

try:
    first.ping("lib-1", Message(session=opened.session))
except ApiException as error:
    assert error.data is not None
    gone = error.data.actual_instance
    assert isinstance(gone, ProblemSessionEnded)
    print(gone.type, gone.reason)
