"""A month's plan in figures: spread over its days, rolled on past what was missed, set beside what was done.

All functions are pure and count in whole units: orders, or minor units of one currency. Parts always sum to the whole.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from shopdesk.base.money import allocate

WEEK = 7
ALIKE = (1,) * WEEK
FINEST = 1_000  # weekday weights are shares of this
HEAVIEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Course:
    """A plan beside what was done. `days` is the plan by day; `done` holds the days that are over, in order.

    `to_date` is what was planned for the days that are over, `rolled` what is left over the days to come, `forecast`
    what the month comes to if it goes on as it went (None before the first planned day is over).
    """

    total: int
    days: tuple[int, ...]
    done: tuple[int, ...]
    rolled: tuple[int, ...]
    to_date: int
    forecast: int | None

    @property
    def reached(self) -> int:
        """What was done so far."""
        return sum(self.done)

    @property
    def left(self) -> int:
        """What is still to be done; nothing once the plan is met."""
        return max(self.total - self.reached, 0)

    @property
    def ahead(self) -> int:
        """By how much it is ahead of the plan to date; behind is negative."""
        return self.reached - self.to_date


def weekday_weights(history: Iterable[tuple[date, int]]) -> tuple[int, ...]:
    """Give how much each weekday weighs, Monday first, by the mean of what was done on it; no history: all alike."""
    sums, counts = [0] * WEEK, [0] * WEEK
    for on, done in history:
        sums[on.weekday()] += max(done, 0)
        counts[on.weekday()] += 1
    # Means as whole numbers: all are brought to the same number of days.
    days = 1
    for count in set(counts) - {0}:
        days *= count
    means = [total * days // count if count else 0 for total, count in zip(sums, counts, strict=True)]
    return tuple(allocate(FINEST, means)) if any(means) else ALIKE


def day_weights(days: Sequence[date], weekdays: Sequence[int], holidays: Container[date] = ()) -> tuple[int, ...]:
    """Give how much each day weighs; holidays nothing. A month without a single working day is worked every day."""
    weights = tuple(0 if on in holidays else weekdays[on.weekday()] for on in days)
    return weights if any(weights) else (1,) * len(days)


def spread(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Spread a total by weights, to the last unit."""
    return tuple(allocate(total, weights))


def course(total: int, weights: Sequence[int], done: Sequence[int]) -> Course:
    """Set what was done on the days that are over beside the plan; what they missed rolls on to those to come.

    Days ahead that all weigh nothing share alike: what is left has no other day to be done on.
    """
    days, over = spread(total, weights), len(done)
    ahead = weights[over:]
    left = max(total - sum(done), 0)
    rolled = spread(left, ahead) if ahead else ()
    return Course(total, days, tuple(done), rolled, sum(days[:over]), _forecast(weights, done))


def needed_a_day(course: Course, weights: Sequence[int]) -> int:
    """Give what each working day to come must bring from now on, rounded up; 0 when nothing is left or no day is."""
    ahead = weights[len(course.done) :]
    working = sum(weight > 0 for weight in ahead) or len(ahead)
    return -(-course.left // working) if working else 0


def _forecast(weights: Sequence[int], done: Sequence[int]) -> int | None:
    """The run rate: what was done for each unit of weight, over the weight of the whole month; halves upwards."""
    weight = sum(weights[: len(done)])
    return (2 * sum(done) * sum(weights) + weight) // (2 * weight) if weight else None
