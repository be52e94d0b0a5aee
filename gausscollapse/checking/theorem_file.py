"""Python files with statements of the user's."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path

from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.registry import registry
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import TheoremFileError


@checked
def load(path: Path) -> list[Theorem]:
    """Run a Python file and return the theorems that it defines, in the order of their definition.

    This runs the file's code with all the rights of this process: load only files that you trust.

    Parameters
    ----------
    path : Path
        A Python file.

    Returns
    -------
    list of Theorem
        Those that are bound to names of the module and are not the registry's.

    Raises
    ------
    TheoremFileError
        If the file cannot be read, is no Python, raises, or has no theorem in it, or takes an id of the registry.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import gausscollapse as gc
    >>> text = ["import gausscollapse as gc", "@gc.statement('a', kind='upper')", "def f(s): return s.kl, s.path_kl"]
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mine.py"
    ...     _ = path.write_text(chr(10).join(text))
    ...     print([theorem.id for theorem in gc.theorems.load(path)])
    ['a']
    """
    if not path.is_file():
        raise TheoremFileError(path, "cannot be read: there is no such file")
    name = f"gausscollapse_user_theorem_{abs(hash(path.resolve())):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TheoremFileError(path, "is not a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as problem:
        raise TheoremFileError(path, f"line {problem.lineno}: syntax error: {problem.msg}") from problem
    except Exception as problem:
        frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == str(path)]
        where = f"line {frames[-1].lineno}: " if frames else ""
        raise TheoremFileError(path, f"{where}{type(problem).__name__}: {problem}") from problem
    finally:
        sys.modules.pop(name, None)
    theirs = [value for value in vars(module).values() if isinstance(value, Theorem)]
    theirs = list({id(value): value for value in theirs if registry.get(value.id) is not value}.values())
    if not theirs:
        raise TheoremFileError(path, "has no theorem in it")
    for theorem in theirs:
        if theorem.id in registry:
            raise TheoremFileError(path, f"theorem {theorem.id}: this id is the registry's; choose another name")
    return theirs
