"""What a user of openapi-python-client writes: a login, a refusal, a ping, a logout, and what a ping is told after it."""

import os

from curfew_client import AuthenticatedClient
from curfew_client.api.station import login, logout, ping
from curfew_client.models import Message, Over, ProblemSeatTaken, ProblemSessionEnded, Told

url = os.environ["URL"]
first = AuthenticatedClient(base_url=url, token=os.environ["KEY_1"])
second = AuthenticatedClient(base_url=url, token=os.environ["KEY_2"])

opened = login.sync("lib-1", client=first, body=Message(user="ana"))
assert isinstance(opened, Told)
print(opened.outcome.value, opened.user, opened.held_until > opened.opened_at)

refused = login.sync("lib-2", client=second, body=Message(user="ana"))
assert isinstance(refused, ProblemSeatTaken)
print(refused.type_.value, refused.holders[0].station, refused.take_over.value)

renewed = ping.sync("lib-1", client=first, body=Message(session=opened.session))
assert isinstance(renewed, Told)
print(renewed.outcome.value, renewed.session == opened.session)

over = logout.sync("lib-1", client=first, body=Message(session=opened.session))
assert isinstance(over, Over)
print(over.outcome.value, over.reason)

gone = ping.sync("lib-1", client=first, body=Message(session=opened.session))
assert isinstance(gone, ProblemSessionEnded)
print(gone.type_.value, gone.reason)
