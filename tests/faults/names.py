# SPDX-License-Identifier: MIT
"""Faults of names, addresses and the network: what goes wrong before there is a connection, and a network
that goes away."""

import asyncio

from lab import CEREMONY, STAGE, STATES
from namespace import ADDRESS, LOST, LOST_6, NOT_FOR_YOU, NO_SUCH_NAME, SERVER_FAILED
from rows import Rows

TALKING = STATES[2:-1]            # there is a connection to the tunnel service
STAGED = STATES[2:-3]             # and a deadline for this step


class Lookups(Rows):
    """Rows in which the name service says something else from the moment on when the code is shown."""

    def lookup(self, name, delay=0, **options):
        """Makes a row of function(question) → answers."""
        def take(function):
            async def strike(case, state):
                case.network.names.says = function
                case.network.names.delay = delay
                found = await case.goes_on(STAGE)
                assert case.network.names.n_asked > 0, "nobody asked for the name"
                await case.renew_network()
                return found
            self.row(name, "scan", network=True, needs="network", limit=STAGE, **options)(strike)
            return function
        return take


lookups = Lookups("The tunnel service's name")


@lookups.lookup("the name service says that there is no such name")
def no_such_name(question):
    """NXDOMAIN."""
    return [question.answer(code=NO_SUCH_NAME)]


@lookups.lookup("the name service fails")
def server_failed(question):
    """SERVFAIL."""
    return [question.answer(code=SERVER_FAILED)]


@lookups.lookup("the name service refuses")
def not_for_you(question):
    """REFUSED."""
    return [question.answer(code=NOT_FOR_YOU)]


@lookups.lookup("the name service says nothing")
def nothing(question):
    """It is asked again, and then given up."""
    return []


@lookups.lookup("the name service takes 3 s", delay=3)
def slowly(question):
    """Longer than anybody likes, and shorter than it takes to ask again."""
    return [question.answer(question.addresses(ADDRESS))]


@lookups.lookup("the name service takes 7 s", delay=7)
def very_slowly(question):
    """It has been asked again then."""
    return [question.answer(question.addresses(ADDRESS))]


@lookups.lookup("the name has no address")
def no_address(question):
    """It may have something else."""
    return [question.answer()]


@lookups.lookup("the name is an alias of itself")
def circle(question):
    """CNAME."""
    return [question.answer(question.alias())]


@lookups.lookup("the answer is noise")
def noise(question):
    """With the right number before it."""
    return [question.identity + bytes(range(7, 90))]


@lookups.lookup("the answer is cut off in the middle")
def half(question):
    """Of the address."""
    return [question.answer(question.addresses(ADDRESS))[:-2]]


@lookups.lookup("answers to what nobody asked, and then the right one")
def guesses(question):
    """As from somebody who guesses."""
    right = question.answer(question.addresses(ADDRESS))
    wrong = question.answer(question.addresses(LOST))
    return [bytes([wrong[0] ^ 1 + number]) + wrong[1:] for number in range(50)] + [right]


@lookups.lookup("addresses of this computer and of the house")
def inside(question):
    """A ceremony has nothing to do there."""
    return [question.answer(question.addresses("127.0.0.1", "192.168.1.1", "10.0.0.1", "::1", "fe80::1",
                                               "::ffff:127.0.0.1"))]


@lookups.lookup("60 addresses, of which one is alive")
def many(question):
    """The one is among the first few."""
    dead = [f"198.18.1.{number}" for number in range(60)]
    return [question.answer(question.addresses(*dead[:3], ADDRESS, *dead[3:]))]


@lookups.lookup("IPv6 leads nowhere")
def ipv6_is_lost(question):
    """What is sent there is lost, and IPv4 works."""
    return [question.answer(question.addresses(LOST_6, ADDRESS))]


@lookups.lookup("all addresses lead nowhere")
def all_is_lost(question):
    """As behind a firewall that says nothing."""
    return [question.answer(question.addresses(LOST_6, LOST))]


# ---- the network --------------------------------------------------------------------------------

network = Rows("The network", network=True)


@network.row("nobody listens where the tunnel service should be", "scan", limit=STAGE, needs="network")
async def refused(case, state):
    """RST to each SYN; and the same for names."""
    for server in case.network.servers:
        server.close()
    found = await case.goes_on(STAGE)
    await case.renew_network()
    return found


@network.row("there is no network", "scan", limit=STAGE, needs="network")
async def no_network(case, state):
    """Not even a name service."""
    await case.network.switch(False)
    found = await case.goes_on(STAGE)
    await case.network.switch(True)
    return found


@network.row("the network goes away for 2 s", "scan", *TALKING, limit=STAGE, needs="network")
async def away_for_a_while(case, state):
    """What was on the way is sent again."""
    await case.network.switch(False)
    await asyncio.sleep(2)
    await case.network.switch(True)
    return await case.goes_on(STAGE)


@network.row("the network goes away, and stays away", *TALKING,
             limit=lambda state: STAGE if state in STAGED else CEREMONY, needs="network")
async def away_for_ever(case, state):
    """The phone's messages do not come any more."""
    await case.network.switch(False)
    case.middle.release()
    if state == "lingering":
        await case.ceremonies_end(CEREMONY)
    found = await case.ends(CEREMONY)
    await case.network.switch(True)
    return found


TABLES = (lookups, network)
