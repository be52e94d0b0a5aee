"""Long formulas in several rows, so that they fit a narrow page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# About as many letters as a telephone's screen has room for.
NARROW = 32.0
ARGUMENTS = {"frac": 2, "tfrac": 2, "dfrac": 2} | dict.fromkeys(
    ("sqrt", "hat", "tilde", "bar", "overline", "underline", "text", "operatorname", "mathrm", "mathbb", "bigl"), 1
)
FRACTIONS = ("frac", "dfrac", "tfrac")
RELATIONS = {"=", "<", ">", *(rf"\{name}" for name in ("ge", "le", "ne", "to", "Longrightarrow", "quad", "qquad"))}
NAMES = ("log", "lim", "exp", "max", "min", "sup", "limsup", "det")
PIECE = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Atom:
    """What stands in one row: its text, how wide it is, whether a row may begin with it."""

    text: str
    width: float
    breaks: bool = False


def rows(formula: str, width: float = NARROW) -> list[str]:
    """Return the rows of a formula, one where it is short; each later one begins with an operation or relation."""
    if wide(formula) <= width:
        return [formula]
    found: list[list[Atom]] = [[]]
    for part in _parts(_atoms(formula, width)):
        used = sum(atom.width for atom in found[-1])
        if found[-1] and used + sum(atom.width for atom in part) > width - 2 * (len(found) > 1):
            found.append([])
        found[-1] += part
    return ["".join(atom.text for atom in row).strip() for row in found]


def _parts(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Return what is between two places where a row may begin."""
    found: list[list[Atom]] = [[]]
    for atom in atoms:
        if atom.breaks and any(item.text.strip() for item in found[-1]):
            found.append([])
        found[-1].append(atom)
    return found


def displayed(formula: str, width: float = NARROW) -> str:
    """Return a formula for a display, in rows that are aligned where it is long."""
    first, *others = rows(formula, width)
    if not others:
        return formula
    return r"\begin{aligned}&" + first + "".join(rf" \\ &\quad{{}} {row}" for row in others) + r"\end{aligned}"


def wide(formula: str) -> float:
    """Return about how many letters wide a formula is."""
    return sum(atom.width for atom in _atoms(formula, float("inf")))


def _close(pieces: Sequence[str], start: int, opening: str, closing: str) -> int:
    """Return where what opens at a place is closed."""
    depth = 0
    for place in range(start, len(pieces)):
        depth += (pieces[place] == opening) - (pieces[place] == closing)
        if depth == 0:
            return place
    raise ValueError(f"{''.join(pieces)!r}: {opening} is not closed")


def _argument(pieces: Sequence[str], start: int) -> tuple[str, int]:
    """Return the argument that begins at a place, without braces, and the place after it."""
    while pieces[start].isspace():
        start += 1
    if pieces[start] != "{":
        return pieces[start], start + 1
    end = _close(pieces, start, "{", "}")
    return "".join(pieces[start + 1 : end]), end + 1


def _atoms(formula: str, width: float) -> list[Atom]:
    """Return the atoms of a formula; what is wider than a row is opened where that can be done."""
    pieces, place, found = PIECE.findall(formula), 0, list[Atom]()
    while place < len(pieces):
        piece, name = pieces[place], pieces[place].lstrip("\\")
        if piece in ("^", "_"):
            script, place = _argument(pieces, place + 1)
            before = found.pop() if found else Atom("", 0.0)
            found.append(Atom(f"{before.text}{piece}{{{script}}}", before.width + 0.7 * wide(script), before.breaks))
        elif piece == r"\left":
            end = _close(pieces, place, r"\left", r"\right")
            found += _group(pieces[place : end + 2], width)
            place = end + 2
        elif piece == r"\begin":
            end = _close(pieces, place, r"\begin", r"\end")
            name, end = _argument(pieces, end + 1)
            text = "".join(pieces[place:end])
            found.append(Atom(text, max(map(wide, re.split(r"\\\\", re.sub(r"\\(begin|end)\{\w+\}|&", "", text))))))
            place = end
        elif piece.startswith("\\") and name in ARGUMENTS:
            arguments = []
            place += 1
            for _ in range(ARGUMENTS[name]):
                argument, place = _argument(pieces, place)
                arguments.append(argument)
            found += _command(name, arguments, width)
        elif piece == "{":
            inside, place = _argument(pieces, place)
            found += [Atom("{", 0.0), *_unbroken(inside, width), Atom("}", 0.0)]
        else:
            found.append(_plain(piece, found))
            place += 1
    return found


def _unbroken(formula: str, width: float) -> list[Atom]:
    return [Atom(atom.text, atom.width) for atom in _atoms(formula, width)]


def _plain(piece: str, before: Sequence[Atom]) -> Atom:
    """Return the atom of one sign; plus and minus are operations where something stands before them."""
    if piece in RELATIONS:
        return Atom(f" {piece} ", 2.2, breaks=True)
    if piece in ("+", "-"):
        last = next((atom.text.strip() for atom in reversed(before) if atom.text.strip()), "")
        operation = bool(last) and last not in RELATIONS and last[-1] not in "([{,"
        return Atom(f" {piece} ", 2.0, breaks=True) if operation else Atom(piece, 1.4)
    if piece.isspace() or piece in (r"\,", r"\;", r"\!", r"\ "):
        return Atom(piece, 0.0 if piece.isspace() else 0.3)
    if piece.startswith("\\") and piece[1:].isalpha():
        name = piece[1:]
        size = len(name) + 0.4 if name in NAMES else 0.6 if name in ("big", "Big", "bigl", "bigr") else 1.2
        return Atom(f"{piece} ", 2.5 if name in ("sum", "int") else size)
    return Atom(piece, max(1.0, len(piece)) if piece.isalnum() else 0.8)


def _group(pieces: Sequence[str], width: float) -> list[Atom]:
    """Return a pair of brackets: one atom where it is short, else its atoms between brackets of one size."""
    opening, closing, inside = pieces[1], pieces[-1], "".join(pieces[2:-2])
    size = wide(inside) + 1.6
    if size <= 0.6 * width:
        return [Atom("".join(pieces), size)]
    return [Atom(rf"\bigl{opening}", 0.8), *_atoms(inside, width), Atom(rf"\bigr{closing}", 0.8)]


def _command(name: str, arguments: Sequence[str], width: float) -> list[Atom]:
    """Return a command with its arguments; a fraction that fits no row is written with a slash."""
    widths = [wide(argument) for argument in arguments]
    text = rf"\{name}" + "".join(f"{{{argument}}}" for argument in arguments)
    if name == "text":
        return [Atom(text, 0.85 * len(arguments[0]))]
    if name in FRACTIONS and max(widths) + 1 > width:
        above, below = (_bracketed(argument, width) for argument in arguments)
        return [*above, Atom(" / ", 1.5), *below]
    return [Atom(text, (0.75 if name == "tfrac" else 1.0) * max(widths) + (0.4 if name in FRACTIONS else 0.6))]


def _bracketed(formula: str, width: float) -> list[Atom]:
    return [Atom(r"\bigl(", 0.8), *_atoms(formula, width), Atom(r"\bigr)", 0.8)]
