"""What was used: requests and tokens, of each person and each group, in this minute and on this day."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .limits import Limits, Standing

#: How an account is called: ``("person", name)`` or ``("group", name)``.
Key = tuple[str, str]
#: Days that are kept of each account.
_DAYS = 3


@dataclass(frozen=True)
class Refusal:
    """Why a request is not let in: a sentence for the person, and in how many seconds it is worth another try."""

    reason: str
    sentence: str
    seconds: float


@dataclass
class Bucket:
    """A minute's allowance, filled as time goes by; it may be overdrawn by what nobody could know before.

    Args:
        left: what is left of it; a new one is full.
        at: when that was, in seconds of a clock that nobody sets.
    """

    left: float = math.inf
    at: float = 0.0

    def wait(self, amount: float, size: float, now: float) -> float:
        """Seconds until ``amount`` is there, of an allowance of ``size`` a minute; 0: now. What is larger than the whole is
        let in when the whole is there."""
        self.left = min(size, self.left + (now - self.at) * size / 60)
        self.at = now
        return max(0.0, (min(amount, size) - self.left) * 60 / size)


@dataclass
class Account:
    """Of one person or group. ``days``: tokens and requests by date, as the books have it."""

    requests: Bucket = field(default_factory=Bucket)
    tokens: Bucket = field(default_factory=Bucket)
    days: dict[str, list[int]] = field(default_factory=dict)


class Accounts:
    """Lets requests in, or says why not, and keeps what they used.

    Minutes are counted by a clock that nobody sets, days by their date: a clock that is set forward and back again finds the
    day's count as it was.

    Args:
        monotonic: seconds of a clock that only goes on.
        now: the time of day.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time) -> None:
        self._monotonic, self._now = monotonic, now
        self._accounts: dict[Key, Account] = {}
        self.changed: set[tuple[Key, str]] = set()

    def today(self) -> str:
        """The date, in UTC."""
        return datetime.fromtimestamp(self._now(), timezone.utc).date().isoformat()

    def admit(self, standing: Standing, tokens: int) -> Refusal | None:
        """Let a request in and charge it; or say why not, and charge nothing.

        Args:
            standing: whose it is.
            tokens: what it will use at most, as far as one can say before.
        """
        parts = self._parts(standing)
        for key, limits in parts:
            if (refusal := self._refusal(key, limits, tokens)) is not None:
                return refusal
        for key, _ in parts:
            self._charge(key, tokens)
        return None

    def settle(self, standing: Standing, day: str, charged: int, used: int) -> None:
        """Put what a request did use in the place of what it was charged.

        Args:
            standing: whose it was.
            day: when it was let in.
            charged: tokens that it was charged then.
            used: tokens that it has used.
        """
        for key, _ in self._parts(standing):
            account = self._accounts.setdefault(key, Account())
            account.tokens.left += charged - used
            self._add(key, account, day, tokens=used - charged)

    def used(self, key: Key, day: str) -> tuple[int, int]:
        """Tokens and requests of a day."""
        tokens, requests = self._accounts.get(key, Account()).days.get(day, (0, 0))
        return tokens, requests

    def restore(self, key: Key, day: str, tokens: int, requests: int) -> None:
        """Take over what was kept of a day."""
        self._accounts.setdefault(key, Account()).days[day] = [tokens, requests]

    def forget(self) -> None:
        """Drop all but the last days of each account. Not by the clock: that may be set back."""
        for account in self._accounts.values():
            for day in sorted(account.days)[:-_DAYS]:
                del account.days[day]

    def _parts(self, standing: Standing) -> list[tuple[Key, Limits]]:
        person: tuple[Key, Limits] = (("person", standing.name), standing.limits)
        return [person, (("group", standing.group), standing.group_limits)] if standing.group else [person]

    def _refusal(self, key: Key, limits: Limits, tokens: int) -> Refusal | None:
        account, now = self._accounts.setdefault(key, Account()), self._monotonic()
        whose = "You have" if key[0] == "person" else f"Your group {key[1]} has"
        if (size := limits.requests_per_minute) and (wait := account.requests.wait(1, size, now)):
            return Refusal(
                "requests_per_minute", f"{whose} asked the model {size} times within a minute; {_in(wait)}.", wait
            )
        if (size := limits.tokens_per_minute) and (wait := account.tokens.wait(tokens, size, now)):
            return Refusal(
                "tokens_per_minute", f"{whose} used this minute's {size:,} tokens of the model; {_in(wait)}.", wait
            )
        used = account.days.get(self.today(), [0])[0]
        if (size := limits.tokens_per_day) and used + min(tokens, size) > size:
            wait = 86_400 - self._now() % 86_400
            sentence = f"{whose} used today's {size:,} tokens of the model; the next day begins at 00:00 UTC."
            return Refusal("tokens_per_day", sentence, wait)
        return None

    def _charge(self, key: Key, tokens: int) -> None:
        account = self._accounts[key]
        account.requests.left -= 1
        account.tokens.left -= tokens
        self._add(key, account, self.today(), tokens=tokens, requests=1)

    def _add(self, key: Key, account: Account, day: str, *, tokens: int, requests: int = 0) -> None:
        of_day = account.days.setdefault(day, [0, 0])
        of_day[0] = max(0, of_day[0] + tokens)
        of_day[1] += requests
        self.changed.add((key, day))


def _in(seconds: float) -> str:
    whole = math.ceil(seconds)
    return f"try again in {whole} second{'s' if whole != 1 else ''}"
