"""Families of instances: where theorems are checked."""

from gausscollapse.theorems.instances.amplified_runs import AMPLIFYING
from gausscollapse.theorems.instances.correlated_runs import CORRELATED
from gausscollapse.theorems.instances.flows import FLOWS, NOISY_SAMPLERS
from gausscollapse.theorems.instances.norms import ANNEALED, KERNEL, NORMS, ROBUST
from gausscollapse.theorems.instances.realizable import REALIZABLE
from gausscollapse.theorems.instances.refits import REFITS
from gausscollapse.theorems.instances.refresh_cycles import REFRESH_CYCLES
from gausscollapse.theorems.instances.retraining import LONG_RUN, ORTHOGONAL, REGIMES, RETRAINING, STOPPING, SUMMABLE
from gausscollapse.theorems.instances.samplers import NOISE_SCHEDULES, SAMPLERS, SMALL_STEPS
from gausscollapse.theorems.instances.single import SINGLE_GENERATION
from gausscollapse.theorems.instances.stopping_tradeoffs import TRADEOFFS
from gausscollapse.theorems.instances.workflows import ACCUMULATED, WORKFLOWS
from gausscollapse.theorems.instances.wrong_starts import WRONG_STARTS

CHAPTERS = (
    *(SINGLE_GENERATION, RETRAINING, LONG_RUN, ORTHOGONAL, SUMMABLE, REGIMES, STOPPING, REALIZABLE),
    *(NORMS, KERNEL, ROBUST, ANNEALED),
    *(NOISE_SCHEDULES, SAMPLERS, SMALL_STEPS),
    *(NOISY_SAMPLERS, FLOWS, WRONG_STARTS),
    *(WORKFLOWS, ACCUMULATED, CORRELATED, REFRESH_CYCLES),
    *(AMPLIFYING, REFITS, TRADEOFFS),
)
