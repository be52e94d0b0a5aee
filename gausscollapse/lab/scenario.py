"""Scenario files: a data law, a diffusion and a score error in TOML, read with one clear line an error."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.core.validation import as_number
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.process import ReverseProcess
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
    SumError,
)

Table = Mapping[str, Any]

LAWS: Mapping[str, tuple[Callable[..., Law], tuple[str, ...]]] = {
    "gaussian": (Gaussian, ("mean", "cov")),
    "mixture": (GaussianMixture, ("weights", "means", "covs")),
}
ERRORS: Mapping[str, tuple[Callable[..., ScoreError], tuple[str, ...]]] = {
    "affine": (AffineError, ("matrix", "offset")),
    "solenoidal": (SolenoidalError, ("antisymmetric",)),
    "amplified": (AmplifiedScoreError, ("factor",)),
    "realizable": (RealizableError, ("target",)),
}


# One generation on the real line: data with a small variance, a score that is a little off everywhere.
EXAMPLE: Table = {
    "data": {"mean": [1.0], "cov": [[0.25]]},
    "diffusion": {"horizon": 4.0, "stop": 0.02},
    "error": {"kind": "affine", "matrix": [[0.15]], "offset": [0.25]},
}


def require_keys(table: Table, where: str, *, needed: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Refuse a table with a key missing or a key unknown; `where` names it in the message."""
    known = [*needed, *optional]
    for key in table:
        if key not in known:
            raise ScenarioError(f"{where}.{key}".lstrip("."), table[key], "is no known key", ", ".join(known))
    for key in needed:
        if key not in table:
            raise ScenarioError(f"{where}.{key}".lstrip("."), None, "is missing", f"a table with {', '.join(needed)}")


def as_table(value: object, where: str) -> Table:
    """Return `value` where it is a TOML table."""
    if not isinstance(value, Mapping):
        raise ScenarioError(where, value, "is not a table", f"a table [{where}]")
    return value


def _built(where: str, build: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a constructor, naming the key of the file where an argument is refused: one of `where`, or a table."""
    try:
        return build(**arguments)
    except InvalidArgumentError as error:
        inside = error.argument.partition("[")[0] in arguments
        key = f"{where}.{error.argument}" if inside else error.argument
        raise ScenarioError(key, error.value, error.reason, error.accepted) from None


def _kind(table: Table, where: str, kinds: Mapping[str, Any], default: str | None = None) -> str:
    kind = table.get("kind", default)
    if not isinstance(kind, str) or kind not in kinds:
        reason = "is missing" if kind is None else "is not known"
        raise ScenarioError(f"{where}.kind", kind, reason, ", ".join(kinds))
    return kind


def read_law(table: object, where: str) -> Law:
    """Return the law that a table describes: ``kind = "gaussian"`` (default) or ``"mixture"``."""
    entries = as_table(table, where)
    kind = _kind(entries, where, LAWS, "gaussian")
    build, keys = LAWS[kind]
    require_keys(entries, where, needed=keys, optional=("kind",))
    law: Law = _built(where, build, {key: entries[key] for key in keys})
    return law


def read_error(table: object, where: str = "error") -> ScoreError:
    """Return the score error that a table describes, or the sum of a list of tables ``[[error]]``."""
    if isinstance(table, list):
        if not table:
            raise ScenarioError(where, table, "is empty", f"at least one table [[{where}]]")
        return SumError(tuple((1.0, read_error(entry, f"{where}[{i}]")) for i, entry in enumerate(table)))
    entries = as_table(table, where)
    kind = _kind(entries, where, ERRORS)
    build, keys = ERRORS[kind]
    require_keys(entries, where, needed=keys, optional=("kind", "scale"))
    arguments = {key: entries[key] for key in keys}
    if "target" in arguments:
        arguments["target"] = read_law(arguments["target"], f"{where}.target")
    error: ScoreError = _built(where, build, arguments)
    scaled: ScoreError = error
    if "scale" in entries:
        arguments = {"scale": entries["scale"]}
        scaled = _built(where, lambda scale: error.scaled(as_number("scale", scale)), arguments)
    return scaled


def read_process(document: Table) -> ReverseProcess:
    """Return the reverse process that a scenario describes.

    Tables ``[data]``, ``[diffusion]`` (optional), ``[error]`` or ``[[error]]``, and ``[process]`` (optional, with
    `start` and `tolerance`).

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    require_keys(document, "", needed=("data", "error"), optional=("diffusion", "process", "name"))
    times = as_table(document.get("diffusion", {}), "diffusion")
    require_keys(times, "diffusion", needed=(), optional=("horizon", "stop"))
    options = as_table(document.get("process", {}), "process")
    require_keys(options, "process", needed=(), optional=("start", "tolerance"))
    data = read_law(document["data"], "data")
    error = read_error(document["error"])
    diffusion = _built("diffusion", OrnsteinUhlenbeck, times)
    process: ReverseProcess = _built(
        "process", lambda **rest: ReverseProcess(data, diffusion, error, **rest), options
    )
    return process


def read_document(path: Path) -> Table:
    """Return the TOML document of a file.

    Raises
    ------
    ScenarioError
        If the file cannot be read or is no TOML, with the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "is not UTF-8 text"
        raise ScenarioError("file", str(path), f"cannot be read ({reason})", "a TOML file") from None
    except tomllib.TOMLDecodeError as problem:
        raise ScenarioError("file", str(path), f"is not TOML ({problem})", "a TOML file") from None


def load(path: Path) -> ReverseProcess:
    """Return the reverse process of a scenario file; see `read_process`."""
    return read_process(read_document(path))


def describe_law(law: Law) -> dict[str, Any]:
    """Return the table of a law."""
    if isinstance(law, Gaussian):
        return {"kind": "gaussian", "mean": law.mean.tolist(), "cov": law.cov.tolist()}
    return {
        "kind": "mixture",
        "weights": law.weights.tolist(),
        "means": law.means.tolist(),
        "covs": law.covs.tolist(),
    }


def describe_error(error: ScoreError, factor: float = 1.0) -> list[dict[str, Any]]:
    """Return the tables whose sum is `factor` times an error."""
    if isinstance(error, SumError):
        return [table for share, term in error.terms for table in describe_error(term, factor * share)]
    if isinstance(error, AffineError):
        table: dict[str, Any] = {"kind": "affine", "matrix": error.matrix.tolist(), "offset": error.offset.tolist()}
    elif isinstance(error, SolenoidalError):
        table = {"kind": "solenoidal", "antisymmetric": error.antisymmetric.tolist()}
        factor *= error.scale
    elif isinstance(error, AmplifiedScoreError):
        table = {"kind": "amplified", "factor": error.factor}
    elif isinstance(error, RealizableError):
        table = {"kind": "realizable", "target": describe_law(error.target)}
    else:
        raise InvalidArgumentError("error", error, "cannot be written to a file", ", ".join(ERRORS))
    return [table if factor == 1.0 else {**table, "scale": factor}]


def describe(process: ReverseProcess) -> dict[str, Any]:
    """Return the scenario of a reverse process: `read_process` gives it back to the last bit."""
    return {
        "data": describe_law(process.data),
        "diffusion": {"horizon": process.diffusion.horizon, "stop": process.diffusion.stop},
        "process": {"start": process.start, "tolerance": process.tolerance},
        "error": describe_error(process.error),
    }


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON escapes what TOML escapes, save the delete character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_literal(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list | tuple | np.ndarray):
        return "[" + ", ".join(_literal(entry) for entry in value) + "]"
    return repr(float(value)) if isinstance(value, float | np.floating) else repr(value)


def to_toml(document: Table) -> str:
    """Return a document as TOML text; tables of tables are written inline, numbers to the last bit."""
    blocks: list[str] = []
    for name, value in document.items():
        if isinstance(value, Mapping):
            blocks.append("\n".join([f"[{name}]", *(f"{key} = {_literal(entry)}" for key, entry in value.items())]))
        elif isinstance(value, list) and value and all(isinstance(entry, Mapping) for entry in value):
            for table in value:
                blocks.append("\n".join([f"[[{name}]]", *(f"{key} = {_literal(e)}" for key, e in table.items())]))
        else:
            blocks.insert(0, f"{name} = {_literal(value)}")
    return "\n\n".join(blocks) + "\n"
