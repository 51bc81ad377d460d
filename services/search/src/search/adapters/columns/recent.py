"""What was worked out lately, in case it is wanted again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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
        self._answers: OrderedDict[K, V] = OrderedDict()

    def answer(self, question: K, work_out: Callable[[], V]) -> V:
        """The answer to ``question``, worked out if it is not among the last ones."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
                return self._answers[question]
        answer = work_out()
        with self._lock:
            if question not in self._answers:
                self._answers[question] = answer
                self._weight += self._weigh(answer)
            while self._weight > self._most and len(self._answers) > 1:
                _, oldest = self._answers.popitem(last=False)
                self._weight -= self._weigh(oldest)
        return answer
