"""The laws of the models of a trajectory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from gausscollapse.laws.mixture import Law
from gausscollapse.retraining._component_pool import ComponentPool, PooledLaw


class Models(Sequence[Law]):
    """The laws of models 0..N, each built when it is asked for; a law with one component is a `Gaussian`.

    A sequence: indices and slices count generations. A `Trajectory` makes it.

    Parameters
    ----------
    pool : ComponentPool
        The components of all models, each once.
    laws : sequence of PooledLaw
        Model by model, its weights and the components that they belong to.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> shift = gc.retraining.offset_channel(1.0)
    >>> models = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=shift, generations=3).models
    >>> len(models), models[3], [float(law.mean[0]) for law in models[1:]]
    (4, Gaussian(mean=[3.0], cov=[[1.0]]), [1.0, 2.0, 3.0])
    """

    def __init__(self, pool: ComponentPool, laws: Sequence[PooledLaw]) -> None:
        self._pool = pool
        self._laws = laws
        self._known: dict[int, Law] = {}

    def __len__(self) -> int:
        return len(self._laws)

    @overload
    def __getitem__(self, index: int) -> Law: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Law]: ...

    def __getitem__(self, index: int | slice) -> Law | Sequence[Law]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        if place not in self._known:
            self._known[place] = self._pool.law(self._laws[place])
        return self._known[place]

    def __repr__(self) -> str:
        return f"Models(0..{len(self) - 1})"
