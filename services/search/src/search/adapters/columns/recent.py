"""What was worked out lately, in case it is wanted again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Asked(Generic[K]):
    """A question with its hash, which takes a while to work out of a large one."""

    __slots__ = ("_hash", "_question")

    def __init__(self, question: K) -> None:
        self._question = question
        self._hash = hash(question)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._question == other._question


class Recent(Generic[K, V]):
    """The answers to the last questions, the oldest forgotten first. For many threads."""

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        """None yet.

        Args:
            most: How much all answers may weigh together; one is kept, whatever it weighs.
            weigh: How much an answer weighs.
        """
        self._most = most
        self._weigh = weigh
        self._weight = 0
        self._lock = Lock()
        self._answers: OrderedDict[_Asked[K], V] = OrderedDict()

    def answer(self, question: K, work_out: Callable[[], V]) -> V:
        """The answer to ``question``, worked out if it is not among the last ones."""
        asked = _Asked(question)
        with self._lock:
            if asked in self._answers:
                self._answers.move_to_end(asked)
                return self._answers[asked]
        answer = work_out()
        with self._lock:
            if asked not in self._answers:
                self._answers[asked] = answer
                self._weight += self._weigh(answer)
            while self._weight > self._most and len(self._answers) > 1:
                _, oldest = self._answers.popitem(last=False)
                self._weight -= self._weigh(oldest)
        return answer
