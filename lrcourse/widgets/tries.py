"""Three tries at something, and an honest score: what every challenge has in common."""

from dataclasses import dataclass
from typing import Any

from lrcourse.widgets.controls import slider
from lrcourse.widgets.panel import Control, Panel
from lrcourse.widgets.scores import keep, leave, left

TRIES = 3
TRIED = ("try 1", "try 2", "try 3")
ORDINALS = ("first", "second", "third")


@dataclass(frozen=True)
class Task:
    """What a challenge asks, with which schedule (None: one of the reader's choice), and when it is reached.

    moves: the parameters to set and where they begin; stands: those that stay, where they are not the course's own.
    hint: what is said before the last try.
    """

    lesson: str
    asked: str
    schedule: str | None
    moves: dict
    stands: dict
    goal: Any
    hint: str


@dataclass(frozen=True)
class Attempt:
    """A try: what was measured (the smaller, the better), whether that is good enough, and what there is to draw."""

    measured: float
    reached: bool
    seen: Any


class Tries(Panel):
    """A panel of sliders whose outcome is seen only when a try is spent, three a round.

    A subclass gives `attempt(values)`, an Attempt, and `draw`. `setting` names the controls that make a new round of
    it, and whose default values the score is for; what a lecturer prepares otherwise is played without a record.
    A round's tries stay spent: who leaves it before its end finds them again, also in a cell that is run anew.
    """

    def __init__(self, name, hint, controls, setting=()):
        self.name, self._hint, self._rounds, self._unfinished, self._late = name, hint, None, 0, False
        self._plan, self._setting = [control.name for control in controls], [control.name for control in setting]
        self._begun = {}  # the attempts in every round, by its number and setting
        play = [Control("try", "Try it", kind="button"), Control("next", "Next round", kind="button")]
        rounds = slider("round", range(1, 21), 1, "", "the challenge")
        super().__init__(f"Challenge: {name.replace('_', ' ')}", [*controls, *play, rounds, *setting], resets=False)

    @property
    def _game(self):
        return f"challenge {self.name}"

    def _counts(self, values):
        return all(values[name] == self._controls[name].value(self._controls[name].default) for name in self._setting)

    def _where(self, values):
        return tuple(values[name] for name in ("round", *self._setting))

    @property
    def _tried(self):
        """The attempts in this round."""
        values = self.values()
        where = self._where(values)
        if where not in self._begun:
            self._begun[where] = self._before(values) if self._counts(values) else []
        return self._begun[where]

    def _before(self, values):
        """The attempts of an earlier cell in this round, made again from where its sliders stood."""
        tried = []
        for places in left(self._game, str(values["round"]))[: TRIES - 1]:
            try:
                stood = zip(self._plan, places, strict=True)
                tried.append(self.attempt(values | {name: self._controls[name].value(place) for name, place in stood}))
            except ValueError:
                return []  # of another edition, with other sliders
        return tried

    @property
    def over(self):
        """Whether this round is won or its tries are spent."""
        return bool(self._tried) and (self._tried[-1].reached or len(self._tried) == TRIES)

    def attempt(self, values):
        """The Attempt at these values; ValueError where no schedule can be made of them, which spends no try."""
        raise NotImplementedError

    def answer(self, values):
        """What is told of the way to win a round that is lost: nothing, where there are many."""
        return ""

    def moved(self, before):
        """Go to the next round, begin one anew that was over when it was left, or spend a try."""
        values, old = self.values(), self.values(before)
        self._late = values["try"] != old["try"] and self.over
        if values["next"] != old["next"]:
            self._state["round"] = values["round"] % 20  # positions count from 0: this is one further
        values = self.values()
        if values["next"] != old["next"] or self._where(values) != self._where(old):
            if self.over:
                self._begun[self._where(values)] = []
        elif values["try"] != old["try"] and not self.over:
            self._spend(values)

    def _spend(self, values):
        try:
            attempt = self.attempt(values)
        except ValueError:
            return  # drawing says why
        self._tried.append(attempt)
        if not self._counts(values):
            self._rounds = None
        elif self.over:
            reached = len(self._tried) if attempt.reached else 0
            self._rounds = keep(self._game, str(values["round"]), reached, part_reached)
            self._unfinished = len(leave(self._game, str(values["round"]), []))
        else:
            places = [self._state.get(name, self._controls[name].default) for name in self._plan]
            leave(self._game, str(values["round"]), [*left(self._game, str(values["round"])), places])

    def told(self, values, found):
        """The status: how many tries there are, what the last one found, and at the end of a round the score.

        found: for an attempt, what came of it, in words.
        """
        if not self._tried:
            return f"Round {values['round']}, {TRIES} tries. Set your plan; what comes of it you see when you try it."
        last = self._tried[-1]
        tried = f"Try {len(self._tried)} of {TRIES}: {found(last)}"
        if not self.over:
            return f"{tried}. Not yet." + (f" A hint: {self._hint}" if len(self._tried) == TRIES - 1 else "")
        if last.reached:
            said = f"{tried}. Reached with the {ORDINALS[len(self._tried) - 1]} try!"
        else:
            best = min(self._tried, key=lambda attempt: attempt.measured)
            said = f"{tried}. Not reached in this round; your best was try {self._tried.index(best) + 1}."
        answer = "" if last.reached else self.answer(values)
        return f"{'This round is over. ' * self._late}{said} {answer}{self._record()} Next round?"

    def _record(self):
        rounds = self._rounds
        if not rounds:
            return "In a setting other than the usual one nothing is recorded."
        won = sum(tries > 0 for tries in rounds.values())
        many = "round" if len(rounds) == 1 else "rounds"
        others = f" and left {self._unfinished} unfinished" if self._unfinished else ""
        return f"You have reached {won} of {len(rounds)} {many}{others}; the first go at each counts."


def part_reached(rounds):
    """The part of the rounds that were reached, of 100.

    >>> part_reached([0, 1, 3, 0])
    50
    """
    rounds = list(rounds)
    return round(100 * sum(tries > 0 for tries in rounds) / len(rounds))
