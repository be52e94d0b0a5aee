"""No public name is forgotten: each is called with hostile arguments, and each is held to its annotations."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

import gausscollapse as gc
from gausscollapse.core.arguments import _kinds, checked
from tests.test_arguments import fuzz

ROOT = Path(gc.__file__).parent

RESULT = "the package makes it as an answer, from numbers that it has checked"
PROTOCOL = "a protocol or base class for classes of yours"
STRATEGY = "a Hypothesis strategy, which reads its arguments when it draws"
FILES = "works on files; the command line's fuzzing and the tests of hostile folders call it"
THINGS = "takes any number of things, each of which it checks itself; tests/test_plotting.py hands it others"
CERTIFIED = "behind `CertifiedProcess`, whose numbers are exact rationals and checked as such"

NOT_CALLED = {
    "Outcome": RESULT, "Verdict": RESULT, "Simulation": RESULT, "FokkerPlanck": RESULT, "Trajectory": RESULT,
    "RegimePoint": RESULT, "Comparison": RESULT, "ControlPower": RESULT, "BestConstant": RESULT,
    "Audit": RESULT, "AuditedAssumption": RESULT,
    "Animation": RESULT,
    "InjectedTrajectory": RESULT, "PaperTerms": RESULT, "InjectedModel": RESULT,
    "Falsification": RESULT, "Symbol": RESULT, "Agreement": RESULT, "Ruling": RESULT, "Finiteness": RESULT,
    "Measurement": RESULT, "Sweep": RESULT, "KernelDensityModel": RESULT, "NeuralModel": RESULT, "LawModel": RESULT,
    "RemainderConstants": RESULT, "LinearForm": RESULT, "Models": RESULT, "DiscreteLaw": RESULT,
    "Extrapolated": RESULT, "Estimate": RESULT, "PathDivergences": RESULT,
    "Reports": RESULT, "TextureTrajectory": RESULT, "Accuracy": RESULT, "Trial": RESULT, "TrialRow": RESULT,
    "Order": RESULT, "Parts": RESULT, "Trials": RESULT, "Sampler": PROTOCOL,
    "texture_figure": THINGS,
    "MeasuredError": RESULT, "MeasuredNumber": RESULT, "ResidualModel": RESULT, "Scales": RESULT,
    "DiscrepancyEstimate": RESULT, "KernelDrift": RESULT,
    "Theorem": "made by `statement`, which is called", "theorem": "another name of `statement`",
    "Assumption": "two fields of a statement", "Control": "two fields of a statement", "Flags": "a type of arrays",
    "Experiment": PROTOCOL, "Learner": PROTOCOL, "LearnedModel": PROTOCOL, "ScoreError": PROTOCOL,
    "Statistics": PROTOCOL, "NoiseSchedule": PROTOCOL, "Steps": RESULT, "Budget": RESULT, "FreshPlan": RESULT,
    "LimitMoments": RESULT,
    "channels": STRATEGY, "diffusions": STRATEGY, "gaussians": STRATEGY, "mixtures": STRATEGY,
    "score_errors": STRATEGY, "single_generations": STRATEGY, "trajectories": STRATEGY,
    "main": FILES, "save": FILES, "single_generation": FILES, "accumulate_figure": FILES,
    "allocation_figure": FILES, "plan_figure": FILES, "tails_figure": FILES,
    "regimes_figure": FILES, "spectrum_figure": FILES, "trajectory_figure": FILES,
    "plot": THINGS, "collapse_figure": THINGS, "animation": THINGS, "comparison_figure": THINGS,
    "SchemeSampler": "made by `as_sampler`, which is called", "write_figures": FILES,
    "run_sweep": FILES, "load_results": FILES,
    "judge_search": "takes what `falsify` returns; `judge`, which does the work, is called",
    "judge_report": "takes what `verify` returns; `judge`, which does the work, is called",
    "CertifiedProcess": CERTIFIED, "CertifiedStatistics": CERTIFIED, "certified_statistics": CERTIFIED,
    "StoppedRetraining": CERTIFIED, "CertifiedTrajectoryStatistics": CERTIFIED,
}  # fmt: skip

LAWS = "names both laws and compares their dimensions in one place of its own"
SIDES = "its sides may be enclosures or forms, which it checks itself"
NOT_HELD = {
    "bhattacharyya": LAWS, "chi2": LAWS, "fisher_divergence": LAWS, "hellinger2": LAWS, "jeffreys": LAWS, "kl": LAWS,
    "renyi": LAWS, "total_variation": LAWS, "wasserstein1": LAWS, "wasserstein2": LAWS, "mmd": LAWS,
    "at_least": SIDES, "at_most": SIDES, "equal": SIDES, "tends_to": SIDES,
    "plot": THINGS, "collapse_figure": THINGS, "animation": THINGS, "comparison_figure": THINGS,
    "texture_figure": THINGS,
    "marginal": "asks the law itself for its marginal after a check of its own",
    "statement": "its outcome is a word, its other arguments are read one by one", "theorem": "is `statement`",
    "save": "its figure is of another package, and its one flag is the command line's",
}  # fmt: skip


def faces():
    """Return every public callable of all rooms by name, without errors and warnings."""
    found = {}
    for face in sorted(ROOT.glob("**/__init__.pyi")):
        room = importlib.import_module(".".join(face.parent.relative_to(ROOT.parent).parts))
        for name in re.findall(r"^from \S+ import \w+ as (\w+)$", face.read_text(encoding="utf-8"), re.M):
            item = getattr(room, name)
            if callable(item) and not (isinstance(item, type) and issubclass(item, Exception)):
                found[name] = item
    return found


def unlisted(public, called, exempt):
    """Return the public names that are neither called nor exempt."""
    return sorted(set(public) - {name.partition(".")[0] for name in called} - set(exempt))


def unheld(public, exempt):
    """Return the functions whose annotations say what an argument must be, and that nothing holds to it."""
    functions = {name: item for name, item in public.items() if inspect.isfunction(item)}
    loose = (name for name, item in functions.items() if not hasattr(item, "__wrapped__") and _kinds(item))
    return sorted(set(loose) - set(exempt))


def unheld_methods(public, exempt):
    """Return public methods of public classes whose annotations say what an argument must be, and nothing holds."""
    found = []
    for name, item in public.items():
        for method, raw in vars(item).items() if isinstance(item, type) and name not in exempt else ():
            function = getattr(raw, "__func__", raw)
            loose = inspect.isfunction(function) and not hasattr(function, "__wrapped__")
            if loose and not method.startswith("_") and _kinds(function):
                found.append(f"{name}.{method}")
    return sorted(found)


@pytest.fixture(scope="module")
def public():
    return faces()


def test_every_public_callable_is_fuzzed_or_exempt_with_a_reason(public):
    assert len(public) > 120
    called = fuzz.targets(more=True)
    assert unlisted(public, called, NOT_CALLED) == []
    assert sorted(name for name in NOT_CALLED if name not in public) == []


def test_every_function_is_held_to_its_annotations_or_exempt_with_a_reason(public):
    assert unheld(public, NOT_HELD) == []
    assert sorted(name for name in NOT_HELD if name not in public) == []


def test_every_method_is_held_to_its_annotations(public):
    """Those of answers and protocols are called by the package itself."""
    assert unheld_methods(public, NOT_CALLED) == ["OrnsteinUhlenbeck.marginal"]  # with a check of its own
    bases = {"NoiseSchedule": gc.laws.NoiseSchedule}
    assert unheld_methods(bases, {}) == []


def test_a_forgotten_name_is_caught(public):
    class Careless:
        def run(self, process: gc.ReverseProcess) -> None: ...

    assert unheld_methods({"Careless": Careless}, {}) == ["Careless.run"]

    def careless(process: gc.ReverseProcess) -> None: ...

    assert unlisted(public | {"careless": careless}, fuzz.targets(more=True), NOT_CALLED) == ["careless"]
    assert unheld({"careless": careless}, NOT_HELD) == ["careless"]
    assert unheld({"careful": checked(careless)}, NOT_HELD) == []
