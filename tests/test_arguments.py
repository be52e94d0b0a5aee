"""Hostile arguments: a few hundred calls of the fuzzing benchmark, and the table of checks itself."""

from collections.abc import Callable

import pytest

import gausscollapse as gc
from benchmarks import fuzz_api as fuzz
from gausscollapse.core.arguments import checked, kind_of
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_size

QUICK = (
    "None",
    "eye",
    "str",
    "bytes",
    "nan",
    "complex",
    "object array",
    "structured",
    "masked",
    "liar",
    "10**400",
    "dict",
)
SLOW = (
    "FunctionError.run",
    "falsify",
    "prove_on_box",
    "judge",
    "check",
    "from_scipy",
    "from_sklearn",
    "MixtureLearner",
)


def test_every_callable_answers_or_refuses_in_one_line():
    known = fuzz.targets()
    wrong = []
    for name, (_, right) in known.items():
        if name.startswith(SLOW):
            continue
        for position, argument in enumerate(right):
            value = QUICK[(position + len(name)) % len(QUICK)]
            found, words = fuzz.outcome(known, (name, argument, value))
            if found not in (fuzz.GOOD, fuzz.REFUSED):
                wrong.append((found, name, argument, value, words))
    assert not wrong


def test_a_function_without_checks_is_caught():
    def careless(process):
        return process.data

    def found(call, argument="process"):
        return fuzz.classified(call, argument)[0]

    def silly(process):
        raise InvalidArgumentError("cov", process, "is bad", "another")

    def wordy(process):
        raise gc.GaussCollapseError("process" + chr(10) + "is bad")

    assert found(lambda: careless(3)) == "foreign exception (AttributeError)"
    assert found(lambda: float("nan")) == found(lambda: (1.0, [float("nan")])) == "silent NaN"
    assert found(lambda: silly(3)) == "nameless refusal"
    assert found(lambda: silly(3), "cov") == found(lambda: wordy(3)) == fuzz.REFUSED
    # What does not read its argument takes anything for it.
    target = {"careless": (lambda t, data=None: data, {"t": 0.5, "data": None})}
    for argument, value, answer in (
        ("t", "liar", "silent misuse"),
        ("t", "0.5", fuzz.GOOD),
        ("data", "None", fuzz.GOOD),
        ("data", "structured", "silent misuse"),
    ):
        assert fuzz.outcome(target, ("careless", argument, value))[0] == answer


def test_a_call_that_does_not_end_is_caught():
    def forever(n):
        while n:
            pass

    assert fuzz.outcome({"forever": (forever, {"n": 0})}, ("forever", "n", "1"), 0.05)[0] == "timeout"
    assert fuzz.outcome({"forever": (forever, {"n": 0})}, ("forever", "n", "0"), 0.05)[0] == fuzz.GOOD


def test_the_table_holds_arguments_to_their_annotations():
    @checked
    def careful(law: gc.Gaussian | None, flag: bool, function: Callable[[int], int], number: float = 0.0) -> str:
        return f"{law} {flag} {function} {number}"

    assert careful(None, True, abs, "unchecked here").startswith("None True")
    for arguments, name in (((3, True, abs), "law"), ((None, "no", abs), "flag"), ((None, True, 3), "function")):
        with pytest.raises(InvalidArgumentError, match=f"^{name} = "):
            careful(*arguments)
    assert kind_of(float) is None


def test_sizes_are_refused_with_their_cost():
    assert as_size("n", 2**29, each=8.0) == 2**29
    with pytest.raises(InvalidArgumentError, match=r"n = 536870913: needs about 4 GiB; .* from 0 to 536870912"):
        as_size("n", 2**29 + 1, each=8.0)
    with pytest.raises(InvalidArgumentError, match=r"needs about 1e\+30 rounds"):
        as_size("n", 10**400, each=1.0, unit="rounds", most=10)


@pytest.mark.parametrize("size", [10**9, 2**63, 10**400])
def test_what_would_never_end_is_refused_at_once(size):
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0.0, 0.3))
    for call in (
        lambda: gc.simulate(process, size, 10, 1),
        lambda: gc.simulate(process, 10, size, 1),
        lambda: gc.richardson(process, size),
        lambda: gc.richardson(process, 20, levels=size),
        lambda: gc.fokker_planck(process, cells=size),
        lambda: gc.fokker_planck(process, steps=size),
        lambda: gc.paired_energy(process, 200, 1, times=size),
        lambda: gc.gradient_energy_estimate(process, 200, 20, 1, degree=size),
        lambda: gc.retraining.hermite_coefficient(gc.Gaussian(0, 1), size),
        lambda: gc.retraining.perfect(size),
        lambda: gc.retraining.memory(0.5, size),
        lambda: gc.Gaussian(0, 1).sample(size, 1),
    ):
        with pytest.raises(InvalidArgumentError, match="needs about"):
            call()


def test_text_masks_and_flags_are_no_numbers():
    import numpy as np

    for value in (["1", "2"], b"1", np.ma.array([1.0, 2.0], mask=[0, 1]), np.array([1, "2"], dtype=object), [True]):
        with pytest.raises(InvalidArgumentError, match=r"^mean = "):
            gc.Gaussian(value, 1)


def test_numbers_beyond_the_range_are_refused_or_right():
    mixture = gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5)
    with pytest.raises(InvalidArgumentError, match=r"^x = "):
        mixture.score(1e160)
    symmetric, swirl = gc.hodge([[1e4]], [[1e308]])
    assert symmetric[0, 0] == pytest.approx(1e4)
    assert swirl[0, 0] == 0.0


def test_flags_among_numbers_and_spans_of_time_are_refused():
    import numpy as np

    for value in ([True, 2.0], [2.0, np.bool_(True)], ([1.0], [np.array(True)])):
        with pytest.raises(InvalidArgumentError, match=r"^mean = "):
            gc.Gaussian(value, np.eye(2))
    assert gc.Gaussian([1, 2.0], np.eye(2)).dim == 2
    with pytest.raises(InvalidArgumentError, match=r"^n = "):
        gc.Gaussian(0, 1).sample(np.timedelta64(1, "D"), 1)
    with pytest.raises(InvalidArgumentError, match=r"^threads = .* needs about"):
        gc.KernelDensityLearner(0.1, threads=2**63)


def test_exponents_beyond_the_range_are_refused_by_name():
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0.0, 0.3))
    for moment in (process.exponential_moment, process.log_exponential_moment):
        with pytest.raises(InvalidArgumentError, match=r"^theta1 = 1e\+160"):
            moment(theta1=1e160, theta2=0.0)
        with pytest.raises(InvalidArgumentError, match=r"^theta2 = "):
            moment(theta1=0.0, theta2=10**400)


def test_a_bound_beyond_floats_is_infinite_and_not_nan():
    # g = (1 + 1e160)/4: D_2 has J_0 g + J_1 = 2.5e158 + 0.2, and the g^2 of the next one is beyond floats.
    found = gc.retraining.discounted_bound([0.1, 0.2, 0.0], 0.5, theta=1e160)
    assert found[:3] == pytest.approx([0.0, 0.1, 2.5e158])
    assert found[3] == float("inf")
    assert list(gc.retraining.discounted_bound([0.0, 0.0, 0.0], 0.5, theta=1e160)) == [0.0] * 4


def test_sequences_mappings_and_paths_are_held_to_as_well():
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    @checked
    def careful(laws: Sequence[gc.Gaussian], table: Mapping[str, Any], path: str | Path) -> None: ...

    careful([gc.Gaussian(0, 1)], {}, "x")
    for arguments, name in ((([3], {}, "x"), "laws"), (([], [], "x"), "table"), (([], {}, 3), "path")):
        with pytest.raises(InvalidArgumentError, match=f"^{name} = "):
            careful(*arguments)


def test_methods_of_statistics_hold_their_arguments_too():
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0.0, 0.3))
    batch = gc.process.Batch.of([process, process])
    exact = gc.process.LinearStatistics(batch)
    for call, name in (
        (lambda: batch.scaled("x"), "factor"),
        (lambda: batch.scaled([1.0, 2.0, 3.0]), "factor"),
        (lambda: exact.scaled(float("nan")), "factor"),
        (lambda: exact.gradient_energy("both"), "weight"),
        (lambda: batch.eigenvalues_at(None), "time"),
        (lambda: gc.process.Batch.of(3), "processes"),
        (lambda: gc.lab.load("y" * 5000), "preset"),
        (lambda: gc.checking.power(gc.theorems.registry["dv"], seeds=10**6), "seeds"),
        (lambda: gc.checking.verify([gc.theorems.registry["dv"]], budget=10**400), "budget"),
    ):
        with pytest.raises(InvalidArgumentError, match=f"^{name} = "):
            call()
    # Energies are quadratic in the error.
    assert exact.scaled([1.0, 2.0]).learned_energy.value == pytest.approx([0.081, 4 * 0.081])
